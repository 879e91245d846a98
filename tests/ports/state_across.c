/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Saved state across machines. The same traffic everywhere, and the device, its
 * FIFO and a ring beside it are saved again and again in the middle of it:
 *
 *     state_across save DIR   write the blobs, a file for each kind of device
 *     state_across load DIR   load those of another machine: byte for byte what
 *                             this one saves there, field by field what its
 *                             device is there, and saved again the same bytes
 *     state_across self       load its own
 */
#include "../personas/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/backend_state.h>
#include <vpl011/fifo.h>
#include <vpl011/state.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#define SAVES 200
#define STEPS 23 /* between two of them */

/* The three blobs of a save, one behind the other. */
#define IN_SIZE 64
#define OUT_SIZE 16
#define BLOBS_MAX \
    (VPL011_STATE_BLOB_MAX + VPL011_FIFO_BLOB_MAX(IN_SIZE, OUT_SIZE) + \
     VPL011_XENCONS_BLOB_MAX)

static const struct kind {
    const char *name;
    struct vpl011_config config;
} kinds[] = {
    {"r1p5", {.flags = 0}},
    {"r1p4", {.revision = VPL011_R1P4}},
    {"r1p1-strict",
     {.revision = VPL011_R1P1, .flags = VPL011_CFG_STRICT_INTERRUPTS}},
    {"bcm2835",
     {.periph_id = 0x00241011, .flags = VPL011_CFG_TXFF_ONCE_PER_LOAD}},
    {"unthrottled", {.flags = VPL011_CFG_UNTHROTTLED}},
    {"firmware-init",
     {.flags = VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_TX_TRIGGER_EMPTY}},
    {"strict-enables", {.flags = VPL011_CFG_STRICT_ENABLES}},
    {"sbsa", {.personality = VPL011_SBSA}},
    {"sbsa-store",
     {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG}},
};

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

/* A device amid its traffic, and another to load into. */
struct world {
    struct vpl011_config config;
    struct vpl011 uart;
    struct vpl011 other;
    struct vpl011_fifo fifo;
    struct vpl011_fifo other_fifo;
    uint8_t in[2][IN_SIZE];
    uint8_t out[2][OUT_SIZE];
    struct vpl011_xencons ring;
    struct vpl011_xencons other_ring;
    struct vpl011_xencons_page page[2];
    struct vpl011_xencons_console console;
    struct vpl011_backend ring_backend;
    uint32_t random;
};

static uint32_t next(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return w->random >> 4;
}

/* The ring has no device of its own: its traffic is made by hand. */
static bool ring_init(struct world *w)
{
    const size_t size = sizeof(w->page[0]);

    return !vpl011_xencons_init(&w->ring, &w->page[0], size, NULL) &&
           !vpl011_xencons_init(&w->other_ring, &w->page[1], size, NULL) &&
           !vpl011_xencons_console_attach(&w->console, &w->page[0], size, 0) &&
           !vpl011_xencons_backend(&w->ring, &w->ring_backend);
}

static bool world_init(struct world *w, const struct kind *kind)
{
    struct vpl011_ops ops = {0};
    struct vpl011_backend backend;

    memset(w, 0, sizeof(*w));
    w->random = 0x2545F491u;
    w->config = kind->config;
    w->config.flags |= VPL011_CFG_NO_IRQ_OP;
    w->config.on_stall = VPL011_POLICY_STALL;
    w->config.on_gone = VPL011_POLICY_STALL;
    /* The other has no far end: what is loaded into it stays there. */
    return !vpl011_init(&w->uart, &w->config, &ops) &&
           !vpl011_init(&w->other, &w->config, &ops) &&
           !vpl011_fifo_init(&w->fifo, w->in[0], IN_SIZE, w->out[0],
                             OUT_SIZE) &&
           !vpl011_fifo_init(&w->other_fifo, w->in[1], IN_SIZE, w->out[1],
                             OUT_SIZE) &&
           !vpl011_fifo_backend(&w->fifo, &backend) &&
           !vpl011_attach(&w->uart, &backend) && ring_init(w);
}

static void guest_writes(struct world *w)
{
    static const uint16_t registers[] = {
        PL011_UARTRSR,   PL011_UARTILPR, PL011_UARTIBRD,  PL011_UARTFBRD,
        PL011_UARTLCR_H, PL011_UARTCR,   PL011_UARTIFLS,  PL011_UARTIMSC,
        PL011_UARTICR,   PL011_UARTTCR,  PL011_UARTDMACR, PL011_UARTITIP,
        PL011_UARTITOP,
    };
    uint32_t offset = registers[next(w) % 13];
    uint32_t value = next(w);

    if (offset == PL011_UARTCR) {
        /* Loopback and off are for now and then. */
        value |= PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;
        value &= value >> 20 & 3 ? ~PL011_CR_LBE : UINT32_MAX;
    } else if (offset == PL011_UARTTCR || offset == PL011_UARTLCR_H) {
        value &= value >> 20 & 3 ? 0x70 : 0xFF;
    }
    (void)vpl011_mmio_write(&w->uart, offset, 4, value);
}

/* One thing that either side of the ring does. */
static void ring_step(struct world *w, const uint8_t *bytes, size_t count)
{
    const struct vpl011_backend *b = &w->ring_backend;
    uint8_t taken[256];
    uint32_t events = 0;

    switch (next(w) % 6) {
    case 0:
    case 1:
        (void)b->write(b->ctx, bytes, count, &events);
        break;
    case 2:
        (void)b->read(b->ctx, taken, 1 + next(w) % 32, &events);
        break;
    case 3:
    case 4:
        (void)vpl011_xencons_console_write(&w->console, bytes, count, &events);
        break;
    default:
        (void)vpl011_xencons_console_read(&w->console, taken,
                                          next(w) % sizeof(taken));
        (void)vpl011_xencons_console_publish(&w->console, next(w) & 1);
        break;
    }
}

/* One thing that a guest, a far end or a line does. */
static void step(struct world *w)
{
    uint8_t bytes[40];
    uint16_t entries[8];
    uint32_t count;
    uint64_t value;
    uint32_t i;

    for (i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)next(w);
    }
    ring_step(w, bytes, 1 + next(w) % sizeof(bytes));
    switch (next(w) % 9) {
    case 0:
    case 1:
        count = next(w) % sizeof(bytes);
        for (i = 0; i < count; i++) {
            (void)vpl011_mmio_write(&w->uart, PL011_UARTDR, 1, bytes[i]);
        }
        break;
    case 2:
        count = next(w) % 20;
        for (i = 0; i < count; i++) {
            (void)vpl011_mmio_read(&w->uart, PL011_UARTDR, 4, &value);
        }
        break;
    case 3:
        vpl011_fifo_push(&w->fifo, bytes, next(w) % sizeof(bytes));
        (void)vpl011_data_avail(&w->uart);
        break;
    case 4:
        vpl011_fifo_pop(&w->fifo, bytes, next(w) % OUT_SIZE);
        (void)vpl011_data_avail(&w->uart);
        break;
    case 5:
        for (i = 0; i < 8; i++) {
            entries[i] = (uint16_t)(bytes[i] | (next(w) & 0x700));
        }
        (void)vpl011_rx_push(&w->uart, entries, next(w) % 8);
        break;
    case 6:
        (void)vpl011_set_modem(&w->uart, next(w) & PL011_FR_MODEM);
        break;
    default:
        guest_writes(w);
        break;
    }
}

/* The next blobs of this machine; their size. */
static uint32_t world_saves(struct world *w, uint8_t blobs[BLOBS_MAX])
{
    int size[3];
    uint32_t i;

    for (i = 0; i < STEPS; i++) {
        step(w);
    }
    size[0] = vpl011_state_save(&w->uart, blobs, BLOBS_MAX);
    if (!check(size[0] > 0, "saving: %s", vpl011_strerror(size[0]))) {
        return 0;
    }
    blobs += size[0];
    size[1] = vpl011_fifo_save(&w->fifo, blobs, BLOBS_MAX - (size_t)size[0]);
    if (!check(size[1] > 0, "saving: %s", vpl011_strerror(size[1]))) {
        return 0;
    }
    blobs += size[1];
    size[2] =
        vpl011_xencons_save(&w->ring, VPL011_XENCONS_SAVE_PAGE, blobs,
                            BLOBS_MAX - (size_t)size[0] - (size_t)size[1]);
    if (!check(size[2] > 0, "saving: %s", vpl011_strerror(size[2]))) {
        return 0;
    }
    return (uint32_t)(size[0] + size[1] + size[2]);
}

/* Of the blobs that follow one another, the length of the first. */
static uint32_t length_of(const uint8_t *blob)
{
    return (uint32_t)blob[8] | (uint32_t)blob[9] << 8;
}

/* The other FIFO, and the other ring with a page of its own. */
static bool backends_load(struct world *w, const uint8_t *blobs, uint32_t size)
{
    static uint8_t again[BLOBS_MAX];
    int err = vpl011_fifo_load(&w->other_fifo, blobs, size);
    uint32_t at = length_of(blobs);
    int length;

    if (!err && at < size) {
        err = vpl011_xencons_load(&w->other_ring, blobs + at, size - at);
    }
    if (!check(!err, "loading: %s", vpl011_strerror(err))) {
        return false;
    }
    length = vpl011_fifo_save(&w->other_fifo, again, sizeof(again));
    if (!check(length == (int)at && memcmp(again, blobs, at) == 0,
               "the FIFO is another")) {
        return false;
    }
    length = vpl011_xencons_save(&w->other_ring, VPL011_XENCONS_SAVE_PAGE,
                                 again, sizeof(again));
    return check(length == (int)(size - at) &&
                     memcmp(again, blobs + at, size - at) == 0,
                 "the ring is another");
}

/* Load blobs into the other device: it is now what this one is. */
static bool world_loads(struct world *w, const uint8_t *blobs, uint32_t size)
{
    struct vpl011_state here;
    struct vpl011_state there;
    const char *field;
    int err = vpl011_state_load(&w->other, blobs, size);
    uint32_t at = length_of(blobs);

    if (!check(!err, "loading: %s", vpl011_strerror(err)) ||
        !check(!vpl011_state_get(&w->uart, &here), "the own state") ||
        !check(!vpl011_state_get(&w->other, &there), "the loaded state")) {
        return false;
    }
    field = vpl011_state_diff(&here, &there);
    return check(!field, "%s differs", field ? field : "") &&
           check(at < size, "the FIFO is missing") &&
           backends_load(w, blobs + at, size - at);
}

static FILE *file_of(const char *dir, const struct kind *kind, const char *mode)
{
    char path[1000];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s.blobs", dir, kind->name);
    f = fopen(path, mode);
    if (!f) {
        perror(path);
        exit(1);
    }
    return f;
}

static void save(struct world *w, const struct kind *kind, const char *dir)
{
    FILE *f = file_of(dir, kind, "wb");
    static uint8_t blob[BLOBS_MAX];
    uint32_t size;
    uint32_t i;

    for (i = 0; i < SAVES; i++) {
        size = world_saves(w, blob);
        fputc((int)(size & 0xFF), f);
        fputc((int)(size >> 8), f);
        check(fwrite(blob, 1, size, f) == size, "writing");
    }
    check(!fclose(f), "writing");
}

/* The next blobs of the file; their size, 0 where there are none. */
static uint32_t blob_of(FILE *f, uint8_t blob[BLOBS_MAX])
{
    int low = fgetc(f);
    int high = fgetc(f);
    uint32_t size = high < 0 ? 0 : (uint32_t)(low | high << 8);

    if (size > BLOBS_MAX || fread(blob, 1, size, f) != size) {
        return 0;
    }
    return size;
}

static void load(struct world *w, const struct kind *kind, const char *dir)
{
    FILE *f = dir ? file_of(dir, kind, "rb") : NULL;
    static uint8_t mine[BLOBS_MAX];
    static uint8_t theirs[BLOBS_MAX];
    uint32_t size;
    uint32_t their_size;
    uint32_t i;
    bool good = true;

    for (i = 0; i < SAVES && good; i++) {
        size = world_saves(w, mine);
        if (!f) {
            good = world_loads(w, mine, size);
            continue;
        }
        their_size = blob_of(f, theirs);
        good = check(their_size > 0, "blob %u is missing", i) &&
               world_loads(w, theirs, their_size) &&
               check(their_size == size && memcmp(mine, theirs, size) == 0,
                     "blob %u is another, byte for byte", i);
    }
    if (f) {
        check(!good || fgetc(f) == EOF, "more blobs than are due");
        fclose(f);
    }
}

int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "";
    const bool saves = strcmp(what, "save") == 0;
    const bool self = strcmp(what, "self") == 0;
    static struct world w;
    size_t i;

    if (!(self && argc == 2) &&
        !((saves || strcmp(what, "load") == 0) && argc == 3)) {
        fprintf(stderr, "usage: state_across self | save DIR | load DIR\n");
        return 2;
    }
    for (i = 0; i < KINDS; i++) {
        case_begin("%s is %s in mid-traffic", kinds[i].name,
                   saves ? "saved" : "loaded");
        if (check(world_init(&w, &kinds[i]), "init")) {
            if (saves) {
                save(&w, &kinds[i], argv[2]);
            } else {
                load(&w, &kinds[i], self ? NULL : argv[2]);
            }
        }
        case_end("%d blobs", SAVES);
    }
    return tap_end();
}
