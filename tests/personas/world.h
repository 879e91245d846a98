/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A world: one device, a persona as its guest, a far end, and an oracle that
 * follows every character. Between any two guest accesses the host may act and
 * an interrupt may come. A run ends with an outcome, never with a crash.
 */
#ifndef PERSONAS_WORLD_H
#define PERSONAS_WORLD_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "guest.h"

enum outcome {
    OK,      /* every character arrived, the line is low */
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

enum far_end {
    SINK, /* takes what it has room for; independent of the library */
    FIFO, /* <vpl011/fifo.h> */
    RING, /* <vpl011/xencons.h> */
    FAR_ENDS,
};

enum pace {
    IMMEDIATE, /* reacts between two accesses */
    SLOW,      /* one character every few accesses */
    STALLED,   /* takes output only when the guest sleeps, or spins for it */
    TINY,      /* room for one character in each direction */
    LATENT,    /* reacts so many accesses after it was told */
    TICKED,    /* looks each millisecond, and hears of nothing else */
    SCHEDULED, /* acts where the schedule says */
    RANDOM,    /* acts where the seed says */
    PACES,
};

/* One action of a schedule: before the access with this number. */
struct action {
    uint32_t at;
    char what; /* host.c, act() */
};

struct setup {
    const struct persona *persona;
    struct vpl011_config config;
    enum far_end far_end;
    enum pace pace;
    bool edges;       /* the controller takes irq_pending, not levels */
    bool early;       /* input comes from the first access on, not after init */
    bool both;        /* input comes while output goes */
    bool may_lose;    /* output that is dropped is counted, and no failure */
    bool may_overrun; /* the same for input that overruns */
    bool whole;       /* output is sent in one call, not in two */
    bool never;       /* the host does nothing but what the schedule says */
    size_t room;      /* [bytes] of the far end in each direction; 0: by pace */
    uint32_t latency; /* [accesses] of a latent host; 0: 99 */
    size_t sends;
    size_t receives;
    uint64_t seed;
    const struct action *actions;
    size_t action_count;
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

#define TRAFFIC_MAX 4096
/* Set in an accepted character that was written in loopback. */
#define NOT_FOR_THE_LINE 0x100u

struct host {
    struct vpl011_fifo fifo;
    uint32_t events;
    bool armed;   /* output may wait: told, or not emptied since */
    bool blocked; /* input did not fit: wait to be told of room */
    bool gone;
    bool polls;     /* also looks without having been told */
    uint32_t since; /* access at which the first unanswered event came */
    uint32_t tick;
    uint32_t tick_due; /* asked for by the device; 0: not */
    size_t next_action;
    uint64_t random;
    size_t room;
    struct vpl011_backend backend;
    /* The sink's own queues. */
    size_t out_head, out_tail;
    size_t in_head, in_tail;
    struct vpl011_xencons ring;
    uint32_t ring_cons; /* how far the console read; it publishes less */
    struct vpl011_xencons_page page;
    uint8_t out[TRAFFIC_MAX];
    uint8_t in[TRAFFIC_MAX];
};

struct world {
    struct guest guest; /* first: a persona's guest is its world */
    struct setup setup;
    struct result result;
    jmp_buf escape;
    struct vpl011 *dev;
    struct vpl011_counters seen; /* counters after the last entry */

    /* Interrupts. */
    uint32_t lines; /* as the irq op told */
    bool edge;      /* it rose since it was taken */
    bool pending;   /* the irq_pending op was called since */
    uint32_t masked;
    uint32_t handler_start;
    uint32_t fruitless;  /* handler calls in a row that moved nothing */
    uint64_t moved;      /* characters that moved at all */
    uint32_t quiet;      /* accesses since then */
    uint64_t idle_moved; /* the same when the guest last slept */
    uint32_t naps;       /* how often it slept since */
    bool in_handler;
    bool in_lower;  /* the handler may come within it */
    bool lower_due; /* the handler ran since */
    bool sleeps;    /* the guest waits for an interrupt */
    bool resumes;   /* a device is taking over another's state */
    bool bound;     /* the persona's init was done */
    bool may_discard;
    uint32_t reset_at; /* boundary; 0: never */
    uint32_t plays;    /* personas so far */

    /* Output: what DR was given, and how far it got. */
    size_t out_written; /* of the work, checked as it is written */
    size_t out_goal;
    uint64_t dr_writes;
    size_t out_head; /* at the far end */
    size_t out_tail; /* accepted */
    /* Input: positions in the far end's stream. */
    size_t in_total; /* to be sent */
    size_t in_given; /* to the backend */
    size_t in_line;  /* past the backend */
    size_t in_done;  /* handed over or lost */
    size_t fifo_head, fifo_tail;
    size_t last_pop;
    bool popped; /* and not yet handed over */

    struct host host;
    struct vpl011 slots[2];
    uint32_t in_fifo[TRAFFIC_MAX]; /* positions that wait in the RX FIFO */
    uint16_t accepted[TRAFFIC_MAX];
};

const char *outcome_name(enum outcome outcome);

/* One run: open, send, receive, come to rest. Returns the outcome. */
enum outcome run(const struct setup *setup, struct result *result);

/* The same in steps, for more than one persona on a device. */
struct world *world_new(void);
void world_begin(struct world *w, const struct setup *setup);
/* Open a persona, send and receive, come to rest; close it if told to. */
enum outcome world_play(struct world *w, const struct persona *persona,
                        bool then_close);
/* Stop the persona before access `at` and reset the device under it. */
enum outcome world_reset_at(struct world *w, uint32_t at);

/* world.c */
int world_device(struct world *w, struct vpl011 *dev);
void fail(struct world *w, enum outcome outcome, const char *why);

/* oracle.c */
void account(struct world *w);
/* The counters are those of another device, which took over. */
void account_anew(struct world *w);
/* Before a write to DR, and after a read of it. */
void check_write_dr(struct world *w, uint8_t c);
void check_read_dr(struct world *w, uint32_t value, unsigned int size);
uint8_t pattern_out(size_t i);
uint8_t pattern_in(size_t i);

/* host.c */
int host_attach(struct world *w);
void host_boundary(struct world *w);
/* Returns whether anything was done. */
bool host_when_idle(struct world *w);
void host_data_avail(struct world *w);

#endif
