/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * How often each side writes the words that it shares with the other, how
 * often a cache line goes from one writer to the other, and how often each side
 * wakes the other, for each KiB.
 *
 *     vpl011-bench-words    a line of JSON for each kind of run
 *
 * The library is compiled with counting_atomic.h, and the two sides take
 * turns in one thread: the counts are of the code, and the same on every run.
 * Characters of a stream have one writer, and are not counted.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "counting_atomic.h"

#define LINE 64u
#define KIB 64u /* sent or received in each course */

enum side { DEVICE, CONSOLE, NOBODY };

static enum side side = NOBODY;
static const uint8_t *shared; /* what both sides write; begins a line */
static size_t shared_size;
static struct {
    const void *start;
    size_t size;
} private_words[2];
static unsigned long loads[2];
static unsigned long stores[2];
static unsigned long handovers;
static unsigned long
    notifies; /* calls of notify, and of these to the console */
static unsigned long wakes;
static unsigned long doorbells; /* of the console */
static enum side last_writer[4096 / LINE];

static bool is_within(const void *word, const void *start, size_t size)
{
    return (uintptr_t)word - (uintptr_t)start < size;
}

/* The words that each side keeps for itself are not shared: in the FIFO too,
 * where they are in the same structure. */
static bool is_counted(const void *word)
{
    return side != NOBODY && is_within(word, shared, shared_size) &&
           !is_within(word, private_words[DEVICE].start,
                      private_words[DEVICE].size) &&
           !is_within(word, private_words[CONSOLE].start,
                      private_words[CONSOLE].size);
}

void bench_loaded(const void *word)
{
    if (is_counted(word)) {
        loads[side]++;
    }
}

void bench_stored(const void *word)
{
    if (is_counted(word)) {
        size_t line = ((uintptr_t)word - (uintptr_t)shared) / LINE;

        stores[side]++;
        handovers += last_writer[line] != side && last_writer[line] != NOBODY;
        last_writer[line] = side;
    }
}

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-words: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

/*
 * One device, over the ring or over the FIFO
 */

union shared_lines {
    struct vpl011_xencons_page page;
    struct vpl011_fifo fifo;
    uint8_t bytes[4096];
};

static _Alignas(LINE) union shared_lines lines;
static struct vpl011 uart;
static struct vpl011_xencons ring;
static struct vpl011_xencons_console console;
static uint8_t in[1024];
static uint8_t out[2048];
static uint8_t text[1024];

static void notify(void *ctx, uint32_t events)
{
    (void)ctx;
    notifies++;
    wakes += (events & VPL011_EVENT_FAR_END) != 0;
}

static void start(bool over_ring)
{
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                            VPL011_CFG_FIRMWARE_INIT};
    struct vpl011_ops ops = {.notify = notify};
    struct vpl011_backend backend;
    size_t i;

    side = NOBODY;
    memset(&lines, 0, sizeof(lines));
    shared = lines.bytes;
    shared_size = over_ring ? sizeof(lines.page) : sizeof(lines.fifo);
    if (over_ring) {
        check(vpl011_xencons_init(&ring, &lines.page, sizeof(lines.page), 0));
        check(vpl011_xencons_console_attach(&console, &lines.page,
                                            sizeof(lines.page), 0));
        check(vpl011_xencons_backend(&ring, &backend));
    } else {
        check(vpl011_fifo_init(&lines.fifo, in, sizeof(in), out, sizeof(out)));
        check(vpl011_fifo_backend(&lines.fifo, &backend));
    }
    check(vpl011_init(&uart, &config, &ops));
    check(vpl011_attach(&uart, &backend));
    memset(private_words, 0, sizeof(private_words));
    if (!over_ring) {
        private_words[DEVICE].start = &lines.fifo.device;
        private_words[DEVICE].size = sizeof(lines.fifo.device);
        private_words[CONSOLE].start = &lines.fifo.far;
        private_words[CONSOLE].size = sizeof(lines.fifo.far);
    }
    memset(loads, 0, sizeof(loads));
    memset(stores, 0, sizeof(stores));
    handovers = 0;
    notifies = 0;
    wakes = 0;
    doorbells = 0;
    for (i = 0; i < sizeof(last_writer) / sizeof(last_writer[0]); i++) {
        last_writer[i] = NOBODY;
    }
}

static void guest_sends(void)
{
    uint64_t fr;

    side = DEVICE;
    check(vpl011_mmio_read(&uart, PL011_UARTFR, 4, &fr));
    check(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'));
    side = NOBODY;
}

/* Read until UARTFR shows no more; returns the count. */
static unsigned int guest_receives(void)
{
    unsigned int count = 0;
    uint64_t value;

    side = DEVICE;
    for (;;) {
        check(vpl011_mmio_read(&uart, PL011_UARTFR, 4, &value));
        if (value & PL011_FR_RXFE) {
            break;
        }
        check(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value));
        count++;
    }
    side = NOBODY;
    return count;
}

static void doorbell(void)
{
    doorbells++;
    side = DEVICE;
    check(vpl011_data_avail(&uart));
    side = NOBODY;
}

/* One pass of a console, and the doorbell if it is due. */
static void console_passes(uint32_t how)
{
    uint32_t todo;

    side = CONSOLE;
    vpl011_xencons_console_read(&console, text, sizeof(text));
    todo = vpl011_xencons_console_publish(&console, how);
    side = NOBODY;
    if (todo & VPL011_XENCONS_TODO_NOTIFY) {
        doorbell();
    }
}

/*
 * Courses of events
 */

/* After how many characters the console makes a pass, and after how many its
 * timer fires. */
static void sends_over_ring(unsigned int looks, unsigned int fires)
{
    unsigned int i;

    start(true);
    for (i = 1; i <= KIB * 1024; i++) {
        guest_sends();
        if (i % fires == 0) {
            console_passes(VPL011_XENCONS_NOW);
        } else if (i % looks == 0) {
            console_passes(0);
        }
    }
}

static void receives_over_ring(unsigned int piece)
{
    unsigned int received = 0;

    start(true);
    while (received < KIB * 1024) {
        uint32_t todo = 0;

        side = CONSOLE;
        vpl011_xencons_console_write(&console, text, piece, &todo);
        side = NOBODY;
        do {
            doorbell();
            received += guest_receives();
        } while (vpl011_xencons_console_room(&console) <
                 VPL011_XENCONS_IN_SIZE);
    }
}

static void sends_over_fifo(unsigned int looks)
{
    unsigned int i;

    start(false);
    for (i = 1; i <= KIB * 1024; i++) {
        guest_sends();
        if (i % looks == 0) {
            side = CONSOLE;
            vpl011_fifo_pop(&lines.fifo, text, sizeof(text));
            side = NOBODY;
            doorbell();
        }
    }
}

static void receives_over_fifo(unsigned int piece)
{
    unsigned int received = 0;

    start(false);
    while (received < KIB * 1024) {
        size_t room;

        side = CONSOLE;
        vpl011_fifo_push(&lines.fifo, text, piece);
        do {
            doorbell();
            received += guest_receives();
            side = CONSOLE;
            room = vpl011_fifo_push_room(&lines.fifo);
        } while (room < sizeof(in));
    }
    side = NOBODY;
}

/* `device` and `console`: how many stores the rules ask for; `wakes_needed` and
 * `others_needed`: calls of notify that wake the console, and that do not. */
static void print(const char *over, const char *course, double device,
                  double other, double wakes_needed, double others_needed)
{
    printf("{\"figure\": \"words\", \"over\": \"%s\", \"course\": \"%s\", "
           "\"device_stores\": %.2f, \"device_needs\": %.2f, "
           "\"console_stores\": %.2f, \"console_needs\": %.2f, "
           "\"device_loads\": %.2f, \"console_loads\": %.2f, "
           "\"handovers\": %.2f, \"notifies\": %.2f, \"wakes\": %.2f, "
           "\"wakes_needed\": %.2f, \"notifies_needed\": %.2f, "
           "\"doorbells\": %.2f}\n",
           over, course, (double)stores[DEVICE] / KIB, device,
           (double)stores[CONSOLE] / KIB, other, (double)loads[DEVICE] / KIB,
           (double)loads[CONSOLE] / KIB, (double)handovers / KIB,
           (double)notifies / KIB, (double)wakes / KIB, wakes_needed,
           wakes_needed + others_needed, (double)doorbells / KIB);
}

int main(void)
{
    static const unsigned int paces[] = {2, 5, 10, 20};
    char course[64];
    size_t i;

    /* Half a ring is published at once. */
    sends_over_ring(1024, UINT32_MAX);
    print("ring", "sent, taken by the KiB", 1024, 1, 1, 0);
    for (i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
        unsigned int fires = VPL011_XENCONS_BATCH_US / paces[i];

        sends_over_ring(1, fires);
        snprintf(course, sizeof(course), "sent every %u us, taken at once",
                 paces[i]);
        print("ring", course, 1024, 1024.0 / fires, 1024.0 / fires, 0);
    }
    /* Why there is a timer: a console that publishes at once. */
    sends_over_ring(1, 1);
    print("ring", "sent, taken and shown at once", 1024, 1024, 1024, 0);
    /* A REFILL for each FIFO that the guest emptied, and a TICK after two of
     * them. */
    receives_over_ring(1024);
    print("ring", "received, given by the KiB", 1024.0 / 32, 1, 1, 32 + 16);
    receives_over_ring(1);
    print("ring", "received, one key at a time", 1024, 1024, 0, 32);

    sends_over_fifo(1024);
    print("fifo", "sent, taken by the KiB", 1024, 3, 1, 0);
    sends_over_fifo(1);
    print("fifo", "sent, taken at once", 1024, 3 * 1024, 1024, 0);
    receives_over_fifo(1024);
    print("fifo", "received, given by the KiB", 1024.0 / 32, 1, 1, 32 + 16);
    return 0;
}
