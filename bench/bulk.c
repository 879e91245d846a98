/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Bulk transfers: what the host's push, pop, read and write cost compared with
 * memcpy of the same pieces.
 *
 *     vpl011-bench-bulk                          a line of JSON for each
 *     vpl011-bench-bulk --run NAME PIECE COUNT   one of them COUNT times,
 *                                                for an instruction counter
 *
 * Each piece goes in at one end and comes out at the other. For comparison
 * memcpy copies it into memory of the same size and out again, alone and with
 * an index published after each copy, as a ring for two threads needs it.
 * Medians of interleaved repetitions.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/atomic.h>
#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "measure.h"

#define REPETITIONS 31
#define MOVED (1u << 18) /* bytes in each */
#define STORAGE 8192u
#define MOST 4096u

struct ends {
    _Alignas(4096) struct vpl011_xencons_page page;
    struct vpl011_xencons ring;
    struct vpl011_xencons_console console;
    struct vpl011_fifo fifo;
    struct vpl011_backend over_ring;
    struct vpl011_backend over_fifo;
    uint32_t copied;
    uint32_t produced;
    uint32_t consumed;
    _Alignas(64) uint8_t in[STORAGE];
    uint8_t out[STORAGE];
    _Alignas(64) uint8_t from[MOST];
    uint8_t to[MOST];
};

static struct ends ends;

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-bulk: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

static void prepare(void)
{
    struct ends *e = &ends;
    size_t i;

    memset(e, 0, sizeof(*e));
    for (i = 0; i < MOST; i++) {
        e->from[i] = (uint8_t)(i * 7);
    }
    check(vpl011_xencons_init(&e->ring, &e->page, sizeof(e->page), NULL));
    check(vpl011_xencons_backend(&e->ring, &e->over_ring));
    check(vpl011_xencons_console_attach(&e->console, &e->page, sizeof(e->page),
                                        0));
    check(vpl011_fifo_init(&e->fifo, e->in, STORAGE, e->out, STORAGE));
    check(vpl011_fifo_backend(&e->fifo, &e->over_fifo));
}

/*
 * A piece from e->from to e->to
 */

static void copies(struct ends *e, size_t piece)
{
    uint32_t slot = e->copied % STORAGE;

    memcpy(&e->in[slot], e->from, piece);
    memcpy(e->to, &e->in[slot], piece);
    e->copied += (uint32_t)piece;
}

static void copies_and_publishes(struct ends *e, size_t piece)
{
    uint32_t prod = e->produced;
    uint32_t cons = vpl011_load_acquire(&e->consumed);

    memcpy(&e->in[prod % STORAGE], e->from, piece);
    vpl011_store_seq_cst(&e->produced, prod + (uint32_t)piece);
    prod = vpl011_load_acquire(&e->produced);
    memcpy(e->to, &e->in[cons % STORAGE], prod - cons);
    vpl011_store_seq_cst(&e->consumed, prod);
}

static void into_fifo(struct ends *e, size_t piece)
{
    uint32_t events;

    vpl011_fifo_push(&e->fifo, e->from, piece);
    e->over_fifo.read(e->over_fifo.ctx, e->to, piece, &events);
}

static void out_of_fifo(struct ends *e, size_t piece)
{
    uint32_t events = 0;

    e->over_fifo.write(e->over_fifo.ctx, e->from, piece, &events);
    vpl011_fifo_pop(&e->fifo, e->to, piece);
}

/* As much as the ring holds. */
static void into_ring(struct ends *e, size_t piece)
{
    uint32_t todo = 0;
    uint32_t events = 0;
    size_t at;

    for (at = 0; at < piece;) {
        vpl011_xencons_console_write(&e->console, e->from + at, piece - at,
                                     &todo);
        at += e->over_ring.read(e->over_ring.ctx, e->to + at, piece - at,
                                &events);
    }
}

static void out_of_ring(struct ends *e, size_t piece)
{
    uint32_t events = 0;
    size_t at;

    for (at = 0; at < piece;) {
        e->over_ring.write(e->over_ring.ctx, e->from + at, piece - at, &events);
        at += vpl011_xencons_console_read(&e->console, e->to + at, piece - at);
        vpl011_xencons_console_publish(&e->console, VPL011_XENCONS_NOW);
    }
}

struct subject {
    const char *name;
    const char *says;
    void (*move)(struct ends *e, size_t piece);
};

static const struct subject subjects[] = {
    {"memcpy", "memcpy in, memcpy out", copies},
    {"publish", "and an index published after each", copies_and_publishes},
    {"fifo-in", "FIFO: push, device reads", into_fifo},
    {"fifo-out", "FIFO: device writes, pop", out_of_fifo},
    {"ring-in", "ring: console writes, device reads", into_ring},
    {"ring-out", "ring: device writes, console reads", out_of_ring},
};

#define SUBJECTS (sizeof(subjects) / sizeof(subjects[0]))

/* The compiler must not know the size. */
static void move(const struct subject *s, size_t piece, unsigned long count)
{
    volatile size_t size = piece;
    unsigned long i;

    for (i = 0; i < count; i++) {
        s->move(&ends, size);
    }
    if (memcmp(ends.from, ends.to, piece) != 0) {
        fprintf(stderr, "vpl011-bench-bulk: %s moved wrong bytes\n", s->name);
        exit(1);
    }
}

static void measure(size_t piece)
{
    static double ns[SUBJECTS][REPETITIONS];
    unsigned long count = MOVED / piece;
    double median[SUBJECTS];
    size_t s;
    int r;

    prepare();
    for (r = -1; r < REPETITIONS; r++) {
        for (s = 0; s < SUBJECTS; s++) {
            double start = now_ns();

            move(&subjects[s], piece, count);
            if (r >= 0) {
                ns[s][r] = (now_ns() - start) / (double)count;
            }
        }
    }
    for (s = 0; s < SUBJECTS; s++) {
        qsort(ns[s], REPETITIONS, sizeof(double), by_value);
        median[s] = ns[s][REPETITIONS / 2];
        printf("{\"figure\": \"bulk\", \"subject\": \"%s\", \"says\": "
               "\"%s\", \"piece\": %zu, \"ns\": %.2f, \"bytes_per_ns\": "
               "%.2f, \"ratio\": %.3f, \"of_publish\": %.3f}\n",
               subjects[s].name, subjects[s].says, piece, median[s],
               2.0 * (double)piece / median[s], median[s] / median[0],
               s >= 1 ? median[s] / median[1] : 0.0);
    }
}

int main(int argc, char **argv)
{
    size_t s;

    if (argc == 5 && strcmp(argv[1], "--run") == 0) {
        size_t piece = strtoul(argv[3], NULL, 10);

        for (s = 0; s < SUBJECTS; s++) {
            if (strcmp(argv[2], subjects[s].name) == 0 && piece > 0 &&
                piece <= MOST) {
                prepare();
                move(&subjects[s], piece, strtoul(argv[4], NULL, 10));
                return 0;
            }
        }
    }
    if (argc != 1) {
        fprintf(stderr, "usage: vpl011-bench-bulk [--run NAME PIECE COUNT]\n");
        return 2;
    }
    measure(64);
    measure(4096);
    return 0;
}
