/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What a register access costs, beside floors that cannot cost less.
 *
 *     vpl011-bench                       a table of ns and of ratios
 *     vpl011-bench --json                the same for a program
 *     vpl011-bench --run SUBJECT WORKLOAD COUNT
 *                                        one of them so many times, for an
 *                                        instruction counter (scripts/bench)
 *
 * Times are the median of interleaved repetitions on a monotonic clock, with
 * the spread from the lower to the upper quartile.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "floor.h"
#include "measure.h"

#define ACCESSES 1024

struct access {
    uint32_t offset;
    uint32_t value;
    bool write;
};

struct bench {
    struct vpl011 uart;
    struct floor floor;
    struct vpl011_xencons ring;
    struct vpl011_xencons_console console;
    struct vpl011_fifo fifo;
    struct vpl011_xencons_page *page;
    uint32_t lock;
    uint64_t events;
    uint64_t notifies;
    bool through_fifo;
    uint8_t in[1024];
    uint8_t out[2048];
    uint8_t bytes[2048];
    struct access accesses[ACCESSES];
};

/*
 * The console's side, the same for every subject
 */

static void console_takes(struct bench *b)
{
    if (b->through_fifo) {
        vpl011_fifo_pop(&b->fifo, b->bytes, sizeof(b->bytes));
        return;
    }
    vpl011_xencons_console_read(&b->console, b->bytes, sizeof(b->bytes));
    vpl011_xencons_console_publish(&b->console, VPL011_XENCONS_NOW);
}

static void console_gives(struct bench *b)
{
    uint32_t todo = 0;

    if (b->through_fifo) {
        vpl011_fifo_push(&b->fifo, b->bytes, 1024);
        return;
    }
    vpl011_xencons_console_write(&b->console, b->bytes, 1024, &todo);
}

/*
 * The workloads, for each subject
 */

#define ARRIVED() ((void)b)
#define SUBJECT empty
#define READ(offset, size, value) empty_read(&b->floor, offset, size, value)
#define WRITE(offset, size, value) empty_write(&b->floor, offset, size, value)
#include "workloads.h"
#undef SUBJECT
#undef READ
#undef WRITE

#define SUBJECT plain
#define READ(offset, size, value) plain_read(&b->floor, offset, size, value)
#define WRITE(offset, size, value) plain_write(&b->floor, offset, size, value)
#include "workloads.h"
#undef SUBJECT
#undef READ
#undef WRITE

#define SUBJECT edge
#define READ(offset, size, value) edge_read(&b->floor, offset, size, value)
#define WRITE(offset, size, value) edge_write(&b->floor, offset, size, value)
#include "workloads.h"
#undef SUBJECT
#undef READ
#undef WRITE
#undef ARRIVED

/* With time passing between two loads: it is what the guest's reading costs,
 * and not the host's waiting, that is counted. */
#define ARRIVED() vpl011_tick(&b->uart)
#define SUBJECT model
#define READ(offset, size, value) \
    vpl011_mmio_read(&b->uart, offset, size, value)
#define WRITE(offset, size, value) \
    vpl011_mmio_write(&b->uart, offset, size, value)
#include "workloads.h"

/*
 * Subjects
 */

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
}

static void notify(void *ctx, uint32_t events)
{
    struct bench *b = ctx;

    b->notifies++;
    b->events |= events;
}

static uintptr_t lock(void *ctx)
{
    struct bench *b = ctx;

    while (__atomic_exchange_n(&b->lock, 1, __ATOMIC_ACQUIRE)) {
    }
    return 0;
}

static void unlock(void *ctx, uintptr_t saved)
{
    struct bench *b = ctx;

    (void)saved;
    __atomic_store_n(&b->lock, 0, __ATOMIC_RELEASE);
}

enum kind { FLOOR, RING, RING_ALWAYS, RING_LOCKED, FIFO };

struct subject {
    const char *name;
    const char *says;
    enum kind kind;
    void (*workload[4])(struct bench *b, unsigned long count);
};

#define WORKLOADS(s) \
    { \
        s##_w1, s##_w2, s##_w3, s##_w4 \
    }

static const struct subject subjects[] = {
    {"empty", "empty calls", FLOOR, WORKLOADS(empty)},
    {"plain", "floor: byte store, release index", FLOOR, WORKLOADS(plain)},
    {"edge", "floor: and TX edge, ordering, event", FLOOR, WORKLOADS(edge)},
    {"ring", "libvpl011, ring", RING, WORKLOADS(model)},
    {"always", "libvpl011, ring, always notify", RING_ALWAYS, WORKLOADS(model)},
    {"locked", "libvpl011, ring, lock ops", RING_LOCKED, WORKLOADS(model)},
    {"fifo", "libvpl011, in-process FIFO", FIFO, WORKLOADS(model)},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))
#define YARDSTICK 2 /* the second floor */

static const char *const workload_says[4] = {
    "W1 character sent",
    "W2 interrupt round",
    "W3 character received",
    "W4 register access",
};
static const unsigned long per_run[4] = {65536, 4096, 65536, 65536};

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

/* Every register but DR, reads and writes alike, the same on every machine.
 * LCR_H keeps FEN, and CR and TCR keep the device in normal operation. */
static void fill_accesses(struct bench *b)
{
    static const struct {
        uint32_t offset;
        uint32_t mask;
        uint32_t set;
        bool read_only;
    } regs[] = {
        {PL011_UARTRSR, 0, 0, false},
        {PL011_UARTFR, 0, 0, true},
        {PL011_UARTILPR, 0xFF, 0, false},
        {PL011_UARTIBRD, 0xFFFF, 0, false},
        {PL011_UARTFBRD, 0x3F, 0, false},
        {PL011_UARTLCR_H, 0x0E, 0x70, false},
        {PL011_UARTCR, 0x3C00, 0x301, false},
        {PL011_UARTIFLS, 0x3F, 0, false},
        {PL011_UARTIMSC, 0x7FF, 0, false},
        {PL011_UARTRIS, 0, 0, true},
        {PL011_UARTMIS, 0, 0, true},
        {PL011_UARTICR, 0x7FF, 0, false},
    };
    uint32_t seed = 0x011;
    size_t i;

    for (i = 0; i < ACCESSES; i++) {
        size_t r;

        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        r = (seed >> 8) % (sizeof(regs) / sizeof(regs[0]));
        b->accesses[i].offset = regs[r].offset;
        b->accesses[i].value = (seed & regs[r].mask) | regs[r].set;
        b->accesses[i].write = ((seed >> 20) & 3) == 0 && !regs[r].read_only;
    }
}

static struct bench *prepare(const struct subject *s)
{
    struct bench *b = calloc(1, sizeof(*b));
    void *page = aligned_alloc(4096, 4096);
    struct vpl011_xencons_config ring = {0};
    struct vpl011_config config = {.clock_hz = 24000000};
    struct vpl011_ops ops = {.ctx = b, .irq = irq, .notify = notify};
    struct vpl011_backend backend;

    if (!b || !page) {
        perror("vpl011-bench");
        exit(1);
    }
    memset(page, 0, 4096);
    b->page = page;
    fill_accesses(b);
    floor_init(&b->floor, page);
    check(vpl011_xencons_console_attach(&b->console, page, 4096, 0));
    if (s->kind == RING_LOCKED) {
        ops.lock = lock;
        ops.unlock = unlock;
    }
    if (s->kind == RING_ALWAYS) {
        ring.flags |= VPL011_XENCONS_ALWAYS;
    }
    check(vpl011_init(&b->uart, &config, &ops));
    if (s->kind == FIFO) {
        b->through_fifo = true;
        check(vpl011_fifo_init(&b->fifo, b->in, sizeof(b->in), b->out,
                               sizeof(b->out)));
        check(vpl011_fifo_backend(&b->fifo, &backend));
    } else {
        check(vpl011_xencons_init(&b->ring, page, 4096, &ring));
        check(vpl011_xencons_backend(&b->ring, &backend));
    }
    check(vpl011_attach(&b->uart, &backend));
    check(vpl011_mmio_write(&b->uart, PL011_UARTLCR_H, 4, 0x70));
    check(vpl011_mmio_write(&b->uart, PL011_UARTCR, 4, 0x301));
    b->notifies = 0;
    return b;
}

static void discard(struct bench *b)
{
    free(b->page);
    free(b);
}

/*
 * Times
 */

#define REPETITIONS 41

struct figure {
    double ns;
    double lower;
    double upper;
    double events_per_kib;
};

static void measure(unsigned int w, struct figure figures[SUBJECTS])
{
    static double ns[SUBJECTS][REPETITIONS];
    struct bench *b[SUBJECTS];
    size_t s;
    unsigned int r;

    for (s = 0; s < SUBJECTS; s++) {
        b[s] = prepare(&subjects[s]);
        subjects[s].workload[w](b[s], per_run[w]);
        b[s]->notifies = 0;
        b[s]->floor.events = 0;
    }
    for (r = 0; r < REPETITIONS; r++) {
        for (s = 0; s < SUBJECTS; s++) {
            double start = now_ns();

            subjects[s].workload[w](b[s], per_run[w]);
            ns[s][r] = (now_ns() - start) / (double)per_run[w];
        }
    }
    for (s = 0; s < SUBJECTS; s++) {
        uint64_t events =
            subjects[s].kind == FLOOR ? b[s]->floor.events : b[s]->notifies;

        qsort(ns[s], REPETITIONS, sizeof(double), by_value);
        figures[s] = (struct figure){
            .ns = ns[s][REPETITIONS / 2],
            .lower = ns[s][REPETITIONS / 4],
            .upper = ns[s][REPETITIONS * 3 / 4],
            .events_per_kib =
                (double)events * 1024 / ((double)per_run[w] * REPETITIONS),
        };
        discard(b[s]);
    }
}

static void print_tables(bool json)
{
    struct figure figures[SUBJECTS];
    unsigned int w;
    size_t s;

    for (w = 0; w < 4; w++) {
        if (!json) {
            fprintf(stderr, "measuring %s\n", workload_says[w]);
        }
        measure(w, figures);
        if (!json) {
            printf("%-38s %9s %17s %7s", workload_says[w], "median ns",
                   "quartiles", "ratio");
            printf("%s\n", w == 0 ? "  events/KiB" : "");
        }
        for (s = 0; s < SUBJECTS; s++) {
            double ratio = figures[s].ns / figures[YARDSTICK].ns;

            if (json) {
                printf("{\"workload\": \"w%u\", \"subject\": \"%s\", "
                       "\"ns\": %.3f, \"lower\": %.3f, \"upper\": %.3f, "
                       "\"ratio\": %.3f, \"events_per_kib\": %.3f}\n",
                       w + 1, subjects[s].name, figures[s].ns, figures[s].lower,
                       figures[s].upper, ratio, figures[s].events_per_kib);
                continue;
            }
            printf("  %-36s %9.2f %8.2f-%-8.2f %7.2f", subjects[s].says,
                   figures[s].ns, figures[s].lower, figures[s].upper, ratio);
            if (w == 0) {
                printf("  %10.1f", figures[s].events_per_kib);
            }
            printf("\n");
        }
    }
}

/*
 * One of them, for an instruction counter
 */

static int run_one(const char *name, const char *workload, const char *count)
{
    unsigned long n = strtoul(count, NULL, 10);
    size_t s;

    for (s = 0; s < SUBJECTS; s++) {
        if (strcmp(subjects[s].name, name) == 0 && workload[0] == 'w' &&
            workload[1] >= '1' && workload[1] <= '4' && !workload[2] && n > 0) {
            struct bench *b = prepare(&subjects[s]);

            subjects[s].workload[workload[1] - '1'](b, n);
            discard(b);
            return 0;
        }
    }
    fprintf(stderr, "vpl011-bench: no subject \"%s\" or workload \"%s\"\n",
            name, workload);
    return 2;
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--run") == 0) {
        return run_one(argv[2], argv[3], argv[4]);
    }
    if (argc == 1 || (argc == 2 && strcmp(argv[1], "--json") == 0)) {
        print_tables(argc == 2);
        return 0;
    }
    fprintf(stderr,
            "usage: vpl011-bench [--json | --run SUBJECT WORKLOAD COUNT]\n");
    return 2;
}
