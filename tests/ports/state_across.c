/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Saved state across machines. The same traffic everywhere, and the device is
 * saved again and again in the middle of it:
 *
 *     state_across save DIR   write the blobs, a file for each kind of device
 *     state_across load DIR   load those of another machine: byte for byte what
 *                             this one saves there, and field by field what its
 *                             device is there
 *     state_across self       load its own
 */
#include "../personas/tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/state.h>
#include <vpl011/vpl011.h>

#define SAVES 200
#define STEPS 23 /* between two of them */

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
    uint8_t in[64];
    uint8_t out[16];
    uint32_t random;
};

static uint32_t next(struct world *w)
{
    w->random ^= w->random << 13;
    w->random ^= w->random >> 17;
    w->random ^= w->random << 5;
    return w->random >> 4;
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
           !vpl011_fifo_init(&w->fifo, w->in, sizeof(w->in), w->out,
                             sizeof(w->out)) &&
           !vpl011_fifo_backend(&w->fifo, &backend) &&
           !vpl011_attach(&w->uart, &backend);
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
        vpl011_fifo_pop(&w->fifo, bytes, next(w) % sizeof(w->out));
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

/* The next blob of this machine; its size. */
static uint32_t world_saves(struct world *w,
                            uint8_t blob[VPL011_STATE_BLOB_MAX])
{
    uint32_t i;
    int size;

    for (i = 0; i < STEPS; i++) {
        step(w);
    }
    size = vpl011_state_save(&w->uart, blob, VPL011_STATE_BLOB_MAX);
    check(size > 0, "saving: %s", vpl011_strerror(size));
    return size > 0 ? (uint32_t)size : 0;
}

/* Load a blob into the other device: it is now what this one is. */
static bool world_loads(struct world *w, const uint8_t *blob, uint32_t size)
{
    struct vpl011_state here;
    struct vpl011_state there;
    const char *field;
    int err = vpl011_state_load(&w->other, blob, size);

    if (!check(!err, "loading: %s", vpl011_strerror(err)) ||
        !check(!vpl011_state_get(&w->uart, &here), "the own state") ||
        !check(!vpl011_state_get(&w->other, &there), "the loaded state")) {
        return false;
    }
    field = vpl011_state_diff(&here, &there);
    return check(!field, "%s differs", field ? field : "");
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
    uint8_t blob[VPL011_STATE_BLOB_MAX];
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

/* A blob of the file; its size, 0 where there is none. */
static uint32_t blob_of(FILE *f, uint8_t blob[VPL011_STATE_BLOB_MAX])
{
    int low = fgetc(f);
    int high = fgetc(f);
    uint32_t size = high < 0 ? 0 : (uint32_t)(low | high << 8);

    if (size > VPL011_STATE_BLOB_MAX || fread(blob, 1, size, f) != size) {
        return 0;
    }
    return size;
}

static void load(struct world *w, const struct kind *kind, const char *dir)
{
    FILE *f = dir ? file_of(dir, kind, "rb") : NULL;
    uint8_t mine[VPL011_STATE_BLOB_MAX];
    uint8_t theirs[VPL011_STATE_BLOB_MAX];
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
