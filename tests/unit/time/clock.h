/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A host with a clock that the test moves, at 9600 baud. */
#ifndef TESTS_UNIT_TIME_CLOCK_H
#define TESTS_UNIT_TIME_CLOCK_H

#include <vpl011/time.h>

#include "support.h"

#define MS UINT64_C(1000000)
#define SECOND UINT64_C(1000000000)

/* At 9600 baud, 8N1, rounded up [ns]: a bit, a frame of 10, and 32 of them. */
#define BIT UINT64_C(104167)
#define FRAME UINT64_C(1041667)
#define TIMEOUT UINT64_C(3333334)

struct timed {
    struct host h;
    struct vpl011_time time;
    uint64_t now;       /* [ns] what the clock says */
    unsigned int ticks; /* calls of vpl011_tick() by run_until() */
    unsigned int asked; /* calls of now */
};

static inline uint64_t timed_now(void *ctx)
{
    struct timed *t = ctx;

    t->asked++;
    return t->now;
}

static inline void timed_give(struct timed *t, struct vpl011_time_config config)
{
    config.ctx = t;
    config.now = timed_now;
    assert_result(vpl011_time_set(&t->h.uart, &t->time, &config), VPL011_OK);
}

/* A PL011 as firmware leaves it, at 9600 baud of a 24 MHz clock. */
static inline void timed_init(struct timed *t, uint32_t what)
{
    const struct host_options options = {
        .config = {.flags = VPL011_CFG_FIRMWARE_INIT,
                   .clock_hz = 24000000,
                   .baud = 9600}};

    memset(t, 0, sizeof(*t));
    t->now = 5 * SECOND;
    host_init(&t->h, &options);
    timed_give(t, (struct vpl011_time_config){.what = what});
}

/* An embedder with a timer: ticks come when they were asked for. */
static inline void run_until(struct timed *t, uint64_t end)
{
    uint64_t when;

    while (vpl011_time_next(&t->h.uart, &when) == 1 && when <= end) {
        if (when > t->now) {
            t->now = when;
        }
        t->ticks++;
        assert_true(vpl011_tick(&t->h.uart) >= 0);
    }
    if (t->now < end) {
        t->now = end;
    }
}

static inline void run_for(struct timed *t, uint64_t ns)
{
    run_until(t, t->now + ns);
}

/* When the next tick is due from now [ns]; UINT64_MAX: never. */
static inline uint64_t next_in(struct timed *t)
{
    uint64_t when;
    int result = vpl011_time_next(&t->h.uart, &when);

    if (result == 0) {
        return UINT64_MAX;
    }
    assert_int_equal(result, 1);
    return when - t->now;
}

#endif
