/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What a register access costs, compared with floors.
 *
 *     vpl011-bench                       a table of ns and of ratios
 *     vpl011-bench --json                the same for a program
 *     vpl011-bench --run SUBJECT WORKLOAD COUNT
 *                                        one of them COUNT times, for an
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
    struct access sbsa_accesses[ACCESSES];
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
#define LOOK() ((void)b)
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

#define SUBJECT edge_locked
#define READ(offset, size, value) \
    edge_locked_read(&b->floor, offset, size, value)
#define WRITE(offset, size, value) \
    edge_locked_write(&b->floor, offset, size, value)
#include "workloads.h"
#undef SUBJECT
#undef READ
#undef WRITE
#undef ARRIVED
#undef LOOK

/* Time passes between two loads, so that the cost of the guest's reads is
 * counted, and not the host's waiting. */
#define ARRIVED() vpl011_tick(&b->uart)
#define LOOK() vpl011_data_avail(&b->uart)
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

enum kind { FLOOR, RING, RING_ALWAYS, RING_LOCKED, RING_SBSA, FIFO };

#define WORKLOADS 7
#define TIMED 6 /* the last one is counted only */

struct subject {
    const char *name;
    const char *says;
    enum kind kind;
    unsigned int floor; /* the second floor, without or with a lock */
    void (*workload[WORKLOADS])(struct bench *b, unsigned long count);
};

#define EDGE 2
#define EDGE_LOCKED 3
#define OF(s) \
    { \
        s##_w1, s##_w2, s##_w2l, s##_w3, s##_w4, s##_w4s, s##_da \
    }

static const struct subject subjects[] = {
    {"empty", "empty calls", FLOOR, EDGE, OF(empty)},
    {"plain", "floor: byte store, release index", FLOOR, EDGE, OF(plain)},
    {"edge", "floor: and TX edge, ordering, event", FLOOR, EDGE, OF(edge)},
    {"edge-locked", "floor: and a lock", FLOOR, EDGE_LOCKED, OF(edge_locked)},
    {"ring", "libvpl011, ring", RING, EDGE, OF(model)},
    {"always", "libvpl011, ring, always notify", RING_ALWAYS, EDGE, OF(model)},
    {"locked", "libvpl011, ring, lock ops", RING_LOCKED, EDGE_LOCKED,
     OF(model)},
    {"sbsa", "libvpl011, ring, SBSA", RING_SBSA, EDGE, OF(model)},
    {"fifo", "libvpl011, in-process FIFO", FIFO, EDGE, OF(model)},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

static const struct {
    const char *name;
    const char *says;
    unsigned long per_run;
} workloads[WORKLOADS] = {
    {"w1", "W1 character sent", 8192},
    {"w2", "W2 interrupt round", 512},
    {"w2l", "W2L Linux's interrupt, character", 8192},
    {"w3", "W3 character received", 8192},
    {"w4", "W4 register access", 8192},
    {"w4s", "W4S Generic UART's register access", 8192},
    {"da", "DA vpl011_data_avail(), nothing new", 8192},
};

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

/* Accesses to every register but DR, or to those of a Generic UART but DR, the
 * same on every machine. LCR_H keeps FEN, and CR and TCR keep the device in
 * normal operation. */
static void fill_accesses(struct access accesses[ACCESSES], bool sbsa)
{
    static const struct {
        uint32_t offset;
        uint32_t mask;
        uint32_t set;
        bool read_only;
        bool sbsa;
    } regs[] = {
        {PL011_UARTRSR, 0, 0, false, true},
        {PL011_UARTFR, 0, 0, true, true},
        {PL011_UARTILPR, 0xFF, 0, false, false},
        {PL011_UARTIBRD, 0xFFFF, 0, false, false},
        {PL011_UARTFBRD, 0x3F, 0, false, false},
        {PL011_UARTLCR_H, 0x0E, 0x70, false, false},
        {PL011_UARTCR, 0x3C00, 0x301, false, false},
        {PL011_UARTIFLS, 0x3F, 0, false, false},
        {PL011_UARTIMSC, 0x7FF, 0, false, true},
        {PL011_UARTRIS, 0, 0, true, true},
        {PL011_UARTMIS, 0, 0, true, true},
        {PL011_UARTICR, 0x7FF, 0, false, true},
    };
    uint32_t seed = 0x011;
    size_t i = 0;

    while (i < ACCESSES) {
        size_t r;

        seed ^= seed << 13;
        seed ^= seed >> 17;
        seed ^= seed << 5;
        r = (seed >> 8) % (sizeof(regs) / sizeof(regs[0]));
        if (sbsa && !regs[r].sbsa) {
            continue;
        }
        accesses[i].offset = regs[r].offset;
        accesses[i].value = (seed & regs[r].mask) | regs[r].set;
        accesses[i].write = ((seed >> 20) & 3) == 0 && !regs[r].read_only;
        i++;
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
    fill_accesses(b->accesses, false);
    fill_accesses(b->sbsa_accesses, true);
    floor_init(&b->floor, page, lock, unlock, b);
    check(vpl011_xencons_console_attach(&b->console, page, 4096, 0));
    if (s->kind == RING_LOCKED) {
        ops.lock = lock;
        ops.unlock = unlock;
    }
    if (s->kind == RING_SBSA) {
        config.personality = VPL011_SBSA;
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

/* Many short repetitions: most of them are not interrupted by another program,
 * and the median is one of these. */
#define REPETITIONS 201

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
        subjects[s].workload[w](b[s], workloads[w].per_run);
        b[s]->notifies = 0;
        b[s]->floor.events = 0;
    }
    for (r = 0; r < REPETITIONS; r++) {
        for (s = 0; s < SUBJECTS; s++) {
            double start = now_ns();

            subjects[s].workload[w](b[s], workloads[w].per_run);
            ns[s][r] = (now_ns() - start) / (double)workloads[w].per_run;
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
            .events_per_kib = (double)events * 1024 /
                              ((double)workloads[w].per_run * REPETITIONS),
        };
        discard(b[s]);
    }
}

static void print_tables(bool json)
{
    struct figure figures[SUBJECTS];
    unsigned int w;
    size_t s;

    for (w = 0; w < TIMED; w++) {
        if (!json) {
            fprintf(stderr, "measuring %s\n", workloads[w].says);
        }
        measure(w, figures);
        if (!json) {
            printf("%-38s %9s %17s %7s", workloads[w].says, "median ns",
                   "quartiles", "ratio");
            printf("%s\n", w == 0 ? "  events/KiB" : "");
        }
        for (s = 0; s < SUBJECTS; s++) {
            double ratio = figures[s].ns / figures[subjects[s].floor].ns;

            if (json) {
                printf("{\"workload\": \"%s\", \"subject\": \"%s\", "
                       "\"ns\": %.3f, \"lower\": %.3f, \"upper\": %.3f, "
                       "\"ratio\": %.3f, \"events_per_kib\": %.3f}\n",
                       workloads[w].name, subjects[s].name, figures[s].ns,
                       figures[s].lower, figures[s].upper, ratio,
                       figures[s].events_per_kib);
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
    struct bench *b;
    unsigned int w = 0;
    size_t s = 0;

    while (s < SUBJECTS && strcmp(subjects[s].name, name) != 0) {
        s++;
    }
    while (w < WORKLOADS && strcmp(workloads[w].name, workload) != 0) {
        w++;
    }
    if (s == SUBJECTS || w == WORKLOADS || n == 0) {
        fprintf(stderr, "vpl011-bench: no subject \"%s\" or workload \"%s\"\n",
                name, workload);
        return 2;
    }
    b = prepare(&subjects[s]);
    subjects[s].workload[w](b, n);
    discard(b);
    return 0;
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
