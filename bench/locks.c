/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * How often a device with lock ops takes its lock: once for an access that
 * changes or takes something, and not at all for one that only reads.
 *
 *     vpl011-bench-locks    a line of JSON for each kind of access
 *
 * Every access of a kind is made, with a device that is in use; the least and
 * the most locks that one of them took are reported. Checked meanwhile: the
 * lock is never taken or dropped twice, irq is called under it and notify is
 * not.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

static _Alignas(4096) struct vpl011_xencons_page page;
static struct vpl011 uart;
static struct vpl011_xencons ring;
static struct vpl011_xencons_console console;
static bool held;
static unsigned int locks;
static unsigned int unlocks;

static void fail(const char *says)
{
    fprintf(stderr, "vpl011-bench-locks: %s\n", says);
    exit(1);
}

static void check(int result)
{
    if (result < 0) {
        fail(vpl011_strerror(result));
    }
}

static uintptr_t lock(void *ctx)
{
    (void)ctx;
    if (held) {
        fail("the lock was taken twice");
    }
    held = true;
    locks++;
    return 0;
}

static void unlock(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    if (!held) {
        fail("the lock was dropped twice");
    }
    held = false;
    unlocks++;
}

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
    if (!held) {
        fail("irq was called without the lock");
    }
}

static void notify(void *ctx, uint32_t events)
{
    (void)ctx;
    (void)events;
    if (held) {
        fail("notify was called under the lock");
    }
}

static void guest_read(uint64_t offset)
{
    uint64_t value;

    check(vpl011_mmio_read(&uart, offset, 4, &value));
}

static void guest_write(uint64_t offset)
{
    uint64_t value = 0;

    /* Write what the register holds, so that the device does not change. */
    if (offset != PL011_UARTDR && offset != PL011_UARTICR) {
        check(vpl011_mmio_read(&uart, offset, 4, &value));
    }
    locks = 0;
    unlocks = 0;
    check(vpl011_mmio_write(&uart, offset, 4, value));
}

/* A device in use: its ring is not empty, and it has half a FIFO of input. */
static void start(void)
{
    struct vpl011_config config = {.flags = VPL011_CFG_FIRMWARE_INIT};
    struct vpl011_ops ops = {
        .irq = irq,
        .notify = notify,
        .lock = lock,
        .unlock = unlock,
    };
    struct vpl011_backend backend;
    uint8_t text[16] = {0};
    uint32_t todo = 0;

    memset(&page, 0, sizeof(page));
    check(vpl011_xencons_init(&ring, &page, sizeof(page), NULL));
    check(vpl011_xencons_console_attach(&console, &page, sizeof(page), 0));
    check(vpl011_xencons_backend(&ring, &backend));
    check(vpl011_init(&uart, &config, &ops));
    check(vpl011_attach(&uart, &backend));
    guest_write(PL011_UARTDR);
    vpl011_xencons_console_write(&console, text, sizeof(text), &todo);
    check(vpl011_data_avail(&uart));
}

static void console_takes(void)
{
    uint8_t text[16];

    vpl011_xencons_console_read(&console, text, sizeof(text));
    vpl011_xencons_console_publish(&console, VPL011_XENCONS_NOW);
}

/*
 * Kinds of access, and their registers
 */

static void take_away_and_write(uint64_t offset)
{
    console_takes();
    guest_write(offset);
}

static void read_empty(uint64_t offset)
{
    unsigned int i;

    for (i = 0; i < 16; i++) {
        guest_read(PL011_UARTDR);
    }
    locks = 0;
    unlocks = 0;
    guest_read(offset);
}

static void raise_interrupt(uint64_t offset)
{
    check(vpl011_mmio_write(&uart, offset, 4, PL011_INT_RT));
}

static void data_avail(uint64_t offset)
{
    (void)offset;
    check(vpl011_data_avail(&uart));
}

static void irq_lines(uint64_t offset)
{
    (void)offset;
    (void)vpl011_irq_lines(&uart);
}

struct kind {
    const char *says;
    unsigned int least; /* what it should take */
    unsigned int most;
    void (*act)(uint64_t offset);
    uint64_t offsets[16]; /* the first one, then until 0 */
};

static const struct kind kinds[] = {
    {"UARTFR read", 0, 0, guest_read, {PL011_UARTFR}},
    {"another register read that takes nothing",
     0,
     0,
     guest_read,
     {PL011_UARTRSR, PL011_UARTILPR, PL011_UARTIBRD, PL011_UARTFBRD,
      PL011_UARTLCR_H, PL011_UARTCR, PL011_UARTIFLS, PL011_UARTIMSC,
      PL011_UARTRIS, PL011_UARTMIS, PL011_UARTDMACR, PL011_UARTTCR,
      PL011_UARTITOP}},
    {"an ID or a test register read",
     0,
     1,
     guest_read,
     {PL011_UARTPeriphID0, PL011_UARTPeriphID1, PL011_UARTPeriphID2,
      PL011_UARTPeriphID3, PL011_UARTPCellID0, PL011_UARTPCellID1,
      PL011_UARTPCellID2, PL011_UARTPCellID3, PL011_UARTITIP, PL011_UARTTDR}},
    {"UARTDR read", 1, 1, guest_read, {PL011_UARTDR}},
    {"UARTDR read, nothing there", 1, 1, read_empty, {PL011_UARTDR}},
    {"UARTDR write", 1, 1, guest_write, {PL011_UARTDR}},
    {"UARTDR write that rings the console",
     1,
     2,
     take_away_and_write,
     {PL011_UARTDR}},
    {"another register written",
     1,
     1,
     guest_write,
     {PL011_UARTECR, PL011_UARTILPR, PL011_UARTIBRD, PL011_UARTFBRD,
      PL011_UARTLCR_H, PL011_UARTCR, PL011_UARTIFLS, PL011_UARTIMSC,
      PL011_UARTICR, PL011_UARTDMACR, PL011_UARTTCR, PL011_UARTITOP}},
    {"UARTIMSC write that raises UARTINTR",
     1,
     1,
     raise_interrupt,
     {PL011_UARTIMSC}},
    {"vpl011_data_avail(), nothing new", 1, 1, data_avail, {0}},
    {"vpl011_irq_lines()", 0, 0, irq_lines, {0}},
};

static void count(const struct kind *k)
{
    const size_t offsets = sizeof(k->offsets) / sizeof(k->offsets[0]);
    unsigned int least = ~0u;
    unsigned int most = 0;
    unsigned int dropped = 0;
    size_t i;

    for (i = 0; i < offsets && (i == 0 || k->offsets[i]); i++) {
        start();
        locks = 0;
        unlocks = 0;
        k->act(k->offsets[i]);
        least = locks < least ? locks : least;
        most = locks > most ? locks : most;
        dropped = unlocks > dropped ? unlocks : dropped;
    }
    printf("{\"figure\": \"locks\", \"access\": \"%s\", \"registers\": %zu, "
           "\"least\": %u, \"most\": %u, \"unlocks\": %u, "
           "\"needs_least\": %u, \"needs_most\": %u}\n",
           k->says, i, least, most, dropped, k->least, k->most);
}

int main(void)
{
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        count(&kinds[i]);
    }
    return 0;
}
