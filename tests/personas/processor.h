/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The guest's processor: it makes a persona's accesses, calls its interrupt
 * handler, and notices where the guest is stuck. What is under it is a board: a
 * device, a host and the account of both streams. world.c has this library's,
 * and tests/judge one for any PL011.
 */
#ifndef PERSONAS_PROCESSOR_H
#define PERSONAS_PROCESSOR_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest.h"

enum outcome {
    OK,      /* every character arrived, the interrupt output is low */
    REFUSED, /* the driver found the device not to be what it needs */
    LOST,    /* a character was dropped */
    WRONG,   /* a character was doubled, altered, reordered or made up */
    HANG,    /* the guest polls for ever */
    STALL,   /* the guest sleeps for ever: a wake-up was lost */
    ENDLESS, /* the handler does not leave */
    STORM,   /* the handler is called for nothing, again and again */
    HIGH,    /* the line is high at the end */
    BROKEN,  /* the device contradicts itself: levels, counters, results */
};

struct counts {
    uint32_t reads[64]; /* by offset / 4 */
    uint32_t writes[64];
    uint32_t accesses;
    uint32_t irqs;    /* handler calls */
    uint32_t longest; /* [accesses] of one handler call */
    uint32_t notifies;
    uint32_t blind; /* DR writes while FR showed TXFF: a real part loses them */
};

struct result {
    enum outcome outcome;
    char why[120];
    struct counts counts; /* of the whole run */
    uint32_t open_accesses;
    uint32_t lost;      /* output that the device dropped */
    uint32_t discarded; /* input that the guest threw away */
    uint32_t overruns;
    uint32_t boundaries; /* where the host could have acted */
    uint32_t checks;
};

struct processor;

struct board {
    /* The host acts, before each access. */
    void (*boundary)(struct processor *p);
    uint32_t (*read)(struct processor *p, unsigned int reg, unsigned int size);
    void (*write)(struct processor *p, unsigned int reg, unsigned int size,
                  uint32_t value);
    /* Whether the interrupt controller has one for this guest; it is taken. */
    bool (*interrupts)(const struct processor *p);
    void (*taken)(struct processor *p);
    /* Time passes for a guest that sleeps. Returns whether anything was done.
     */
    bool (*when_idle)(struct processor *p);
    /* What rx_wanted() and rx_char() of guest.h are to the account. */
    size_t (*wanted)(struct processor *p);
    void (*handed)(struct processor *p, uint32_t c);
};

struct processor {
    struct guest guest; /* first: a persona's guest is its processor */
    const struct persona *persona;
    const struct board *board;
    struct result result;
    jmp_buf escape; /* setjmp() before anything that may fail */

    uint32_t masked;
    uint32_t handler_start;
    uint32_t fruitless;  /* handler calls in a row that moved nothing */
    uint64_t moved;      /* characters that moved at all, as the board counts */
    uint32_t quiet;      /* accesses since then */
    uint64_t idle_moved; /* the same when the guest last slept */
    uint32_t naps;       /* how often it slept since */
    bool in_handler;
    bool in_lower;  /* the handler may come within it */
    bool lower_due; /* the handler ran since */
    bool sleeps;    /* the guest waits for an interrupt */
    bool bound;     /* the persona's init was done */
};

/* What `escape` is left with. */
#define ESCAPE_FAILED 1
#define ESCAPE_RESET 2

const char *outcome_name(enum outcome outcome);

/* Leave the run. */
_Noreturn void fail(struct processor *p, enum outcome outcome, const char *why);

/* Another guest, which was not started yet. */
void processor_begin(struct processor *p, const struct persona *persona,
                     bool sbsa);
/* Let it open the device, send, and receive all that is wanted. */
void processor_open(struct processor *p);
void processor_send(struct processor *p, const uint8_t *bytes, size_t n);
void processor_receive(struct processor *p);
/* The host finishes what it knows of, the guest answers its interrupts. */
void processor_rest(struct processor *p);

#endif
