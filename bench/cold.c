/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Which memory a character touches, for cold.py, which runs this under a tool
 * that reports each load and store.
 *
 *     vpl011-bench-cold    a line of JSON for each run, then the runs
 *
 * In each run a device that is in use, at one of the eight places in a cache
 * line where it can begin, sends or receives one character (UARTFR read, UARTDR
 * written or read). `marker` is stored before and after it. The addresses are
 * printed before the first run.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "spin.h"

#define LINE 64u
#define PLACES (LINE / 8u)

static _Alignas(LINE) volatile uint32_t marker;
static _Alignas(LINE) uint32_t lock_word;
static _Alignas(LINE) uint8_t memory[sizeof(struct vpl011) + LINE];
static struct ends {
    _Alignas(4096) struct vpl011_xencons_page page;
    _Alignas(LINE) struct vpl011_xencons ring;
    _Alignas(LINE) struct vpl011_fifo fifo;
    _Alignas(LINE) uint8_t in[1024];
    uint8_t out[2048];
} ends;
static struct vpl011_xencons_console console;

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-cold: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

struct course {
    const char *says;
    bool locked;
    bool over_fifo;
    bool receives;
};

static const struct course courses[] = {
    {"ring: a character sent", false, false, false},
    {"ring: a character received", false, false, true},
    {"ring, lock ops: a character sent", true, false, false},
    {"ring, lock ops: a character received", true, false, true},
    {"in-process FIFO: a character sent", false, true, false},
    {"in-process FIFO: a character received", false, true, true},
    {"in-process FIFO, lock ops: a character sent", true, true, false},
    {"in-process FIFO, lock ops: a character received", true, true, true},
};

#define COURSES (sizeof(courses) / sizeof(courses[0]))

/* A device in use: some text has passed in each direction, and some waits. */
static struct vpl011 *prepare(const struct course *c, size_t place)
{
    struct vpl011 *device = (struct vpl011 *)(void *)(memory + place);
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                            VPL011_CFG_FIRMWARE_INIT};
    struct vpl011_ops ops = {.ctx = &lock_word};
    struct vpl011_backend backend;
    uint8_t text[16] = {0};
    uint32_t todo;
    uint64_t value;
    int i;

    if (c->locked) {
        ops.lock = spin_lock;
        ops.unlock = spin_unlock;
    }
    memset(&ends, 0, sizeof(ends));
    memset(memory, 0, sizeof(memory));
    if (c->over_fifo) {
        check(vpl011_fifo_init(&ends.fifo, ends.in, sizeof(ends.in), ends.out,
                               sizeof(ends.out)));
        check(vpl011_fifo_backend(&ends.fifo, &backend));
        vpl011_fifo_push(&ends.fifo, text, sizeof(text));
    } else {
        check(vpl011_xencons_init(&ends.ring, &ends.page, sizeof(ends.page),
                                  NULL));
        check(vpl011_xencons_console_attach(&console, &ends.page,
                                            sizeof(ends.page), 0));
        check(vpl011_xencons_backend(&ends.ring, &backend));
        vpl011_xencons_console_write(&console, text, sizeof(text), &todo);
    }
    check(vpl011_init(device, &config, &ops));
    check(vpl011_attach(device, &backend));
    check(vpl011_data_avail(device));
    for (i = 0; i < 4; i++) {
        check(vpl011_mmio_write(device, PL011_UARTDR, 4, 'x'));
        check(vpl011_mmio_read(device, PL011_UARTDR, 4, &value));
    }
    (void)vpl011_take_events(device);
    return device;
}

static void run(const struct course *c, size_t place, uint32_t number)
{
    struct vpl011 *device = prepare(c, place);
    const bool receives = c->receives;
    uint64_t value = 'x';

    marker = number;
    vpl011_mmio_read(device, PL011_UARTFR, 4, &value);
    if (receives) {
        vpl011_mmio_read(device, PL011_UARTDR, 4, &value);
    } else {
        vpl011_mmio_write(device, PL011_UARTDR, 4, value);
    }
    marker = number;
}

static void tell(const char *name, const volatile void *start, size_t size)
{
    printf(", \"%s\": [%" PRIuPTR ", %zu]", name, (uintptr_t)start, size);
}

int main(void)
{
    uint8_t on_stack = 0;
    uint32_t number = 0;
    size_t place;
    size_t c;

    for (c = 0; c < COURSES; c++) {
        for (place = 0; place < PLACES; place++) {
            printf("{\"figure\": \"cold\", \"course\": \"%s\", \"place\": %zu",
                   courses[c].says, 8 * place);
            tell("marker", &marker, sizeof(marker));
            tell("device", memory + 8 * place, sizeof(struct vpl011));
            tell("backend", &ends, sizeof(ends));
            tell("stack", &on_stack, 0);
            printf("}\n");
        }
    }
    fflush(stdout);
    for (c = 0; c < COURSES; c++) {
        for (place = 0; place < PLACES; place++) {
            run(&courses[c], 8 * place, ++number);
        }
    }
    return 0;
}
