/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A world: one device, a persona as its guest, a far end, and the account of
 * every character. Between any two guest accesses the host may act and
 * an interrupt may come. A run ends with an outcome, never with a crash.
 */
#ifndef PERSONAS_WORLD_H
#define PERSONAS_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/deferred.h>
#include <vpl011/fifo.h>
#include <vpl011/page.h>
#include <vpl011/time.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "processor.h"

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
    ALWAYS,    /* calls vpl011_data_avail() between any two accesses */
    SCHEDULED, /* acts where the schedule says */
    RANDOM,    /* acts where the seed says */
    AT_9600,   /* reacts at once, but the device has a clock, and its line that
                  rate, with the divisor that drivers set for 115200 */
    AT_115200, /* likewise */
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
    bool without_exits; /* where the device lets it be: without_exits.c */
    bool never;         /* the host does nothing but what the schedule says */
    size_t room;      /* [bytes] of the far end in each direction; 0: by pace */
    uint32_t latency; /* [accesses] of a latent host; 0: 99 */
    size_t sends;
    size_t receives;
    uint64_t seed;
    const struct action *actions;
    size_t action_count;
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
    uint64_t clock;    /* [ns] the device's, where it has one */
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

/* As many as KVM's coalesced ring takes, where pages have 4 KiB */
#define OUTSIDE_MAX 169u

/* What the embedder keeps for a guest that it spares exits. */
struct outside {
    bool mapped;      /* reads are served from the page */
    bool closing;     /* and are not to be for long: close said "not yet" */
    size_t allowance; /* characters that may be queued */
    size_t queued;
    uint64_t random;
    uint64_t from_page; /* reads that were no exits */
    uint64_t deferred;  /* writes that were none */
    uint8_t queue[OUTSIDE_MAX];
    uint32_t page[PL011_WINDOW_SIZE / 4];
};

struct world {
    struct processor cpu; /* first: a persona's guest is its world */
    struct setup setup;
    struct vpl011 *dev;
    struct vpl011_counters seen; /* counters after the last entry */

    uint32_t lines; /* as the irq op told */
    bool edge;      /* it rose since it was taken */
    bool pending;   /* the irq_pending op was called since */
    bool resumes;   /* a device is taking over another's state */
    bool may_discard;
    uint32_t reset_at; /* boundary; 0: never */
    uint32_t plays;    /* personas so far */

    /* Output: what DR was given, and how far it got. */
    size_t out_written; /* of the work, checked as it is written */
    size_t out_goal;
    size_t out_reached; /* of them, the device */
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

    uint64_t observed; /* a sum of all that the guest has read, written and
                        * been interrupted by */

    struct outside outside;
    struct host host;
    struct vpl011_time time;
    struct vpl011 slots[2];
    uint32_t in_fifo[TRAFFIC_MAX]; /* positions that wait in the RX FIFO */
    uint16_t accepted[TRAFFIC_MAX];
};

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

/* streams.c */
void account(struct world *w);
/* The counters are those of another device, which took over. */
void account_anew(struct world *w);
size_t streams_wanted(struct processor *p);
void streams_handed(struct processor *p, uint32_t c);
/* Before a guest writes DR, before the device takes that, and after a read. */
void check_write_dr(struct world *w, uint8_t c);
void account_dr(struct world *w, uint8_t c);
void check_read_dr(struct world *w, uint32_t value, unsigned int size);
uint8_t pattern_out(size_t i);
uint8_t pattern_in(size_t i);

/* host.c */
int host_attach(struct world *w);
void host_boundary(struct world *w);
/* Returns whether anything was done. */
bool host_when_idle(struct world *w);
bool host_has_clock(const struct world *w);
int host_give_clock(struct world *w);
void host_data_avail(struct world *w);

/* without_exits.c; all of it does nothing beside a guest with exits */
int outside_join(struct world *w, struct vpl011 *dev);
/* Whether an access of the guest is no exit. If it is one, what waits has been
 * delivered, and outside_after() follows it. */
bool outside_read(struct world *w, unsigned int reg, unsigned int size,
                  uint32_t *value);
bool outside_write(struct world *w, unsigned int reg, uint32_t value);
/* Before what depends on the output, and before a device is saved. */
void outside_deliver(struct world *w);
void outside_leave(struct world *w);
/* After the device was called. */
void outside_after(struct world *w);
/* Between two accesses, and while the guest sleeps: whether anything was done.
 */
void outside_boundary(struct world *w);
bool outside_when_idle(struct world *w);
/* Whether this result of a call says that input waits for the page. */
bool outside_holds(const struct world *w, int result);

#endif
