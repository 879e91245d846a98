/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * When a console is served, and how much of its output is taken then: passes
 * that are due at a moment, the rate of each console, and the rate of all.
 *
 * A guest that sends more than its rate is pushed back: what exceeds it stays
 * in the ring, which fills up, and the guest waits for its UART. Where the rate
 * of all consoles together is used up they take turns.
 */
#include "daemon.h"

/* [bytes] that a console may take of the common rate in its turn. */
#define TURN 512u

/* [1/s] How often a console that waits for its rate is looked at, at most. */
#define LOOKS 100u

/* [us] over which the rate that --list shows is measured. */
#define MEASURE_US 1000000

/* What the operator says goes to every viewer: so many times a second, and at
 * once. */
#define MESSAGES_RATE 10u
#define MESSAGES_BURST 100u

/* What the operator says goes to every viewer: so many times a second, and at
 * once. */
#define MESSAGES_RATE 10u
#define MESSAGES_BURST 100u

void pace_init(struct daemon *d)
{
    bucket_init(&d->common, d->options.common_rate, d->options.common_burst,
                clock_us());
    bucket_init(&d->messages, MESSAGES_RATE, MESSAGES_BURST, clock_us());
    bucket_init(&d->messages, MESSAGES_RATE, MESSAGES_BURST, clock_us());
    d->queue_end = &d->queue;
}

void pace_begin(struct daemon *d, struct ring *r)
{
    bucket_init(&r->bucket, d->options.rate, d->options.burst, clock_us());
    r->measured_us = clock_us();
}

void pace_end(struct daemon *d, const struct ring *r)
{
    struct ring **at = &d->timed;

    while (*at) {
        if (*at == r) {
            *at = r->next_timed;
        } else {
            at = &(*at)->next_timed;
        }
    }
    at = &d->queue;
    while (*at) {
        if (*at == r) {
            *at = r->next_queued;
        } else {
            at = &(*at)->next_queued;
        }
    }
    d->queue_end = at;
}

/*
 * Rates
 */

static void enqueue(struct daemon *d, struct ring *r)
{
    if (!r->queued) {
        r->queued = true;
        r->next_queued = NULL;
        *d->queue_end = r;
        d->queue_end = &r->next_queued;
    }
}

static struct ring *dequeue(struct daemon *d)
{
    struct ring *r = d->queue;

    d->queue = r->next_queued;
    if (!d->queue) {
        d->queue_end = &d->queue;
    }
    r->queued = false;
    return r;
}

size_t pace_room(struct daemon *d, struct ring *r, long long now_us)
{
    size_t room = VPL011_XENCONS_OUT_SIZE;
    size_t own = bucket_room(&r->bucket, now_us);
    size_t common = bucket_room(&d->common, now_us);

    /* The last words of a device that is gone have no other time. */
    if (r->leaving) {
        return room;
    }
    if (now_us < r->rest_until_us) {
        return 0;
    }
    if (d->common.rate > 0) {
        /* Those who wait already come first. */
        if (d->queue && !r->turn) {
            return 0;
        }
        r->turn = false;
        room = common < TURN ? common : TURN;
    }
    return own < room && !d->options.drops ? own : room;
}

size_t pace_take(struct daemon *d, struct ring *r, size_t count,
                 long long now_us)
{
    size_t own = bucket_room(&r->bucket, now_us);
    size_t kept = count;

    if (d->options.drops && !r->leaving && own < count) {
        kept = own;
        if (r->dropped == 0) {
            report("%s: it sends more than --rate; the rest is dropped",
                   r->name);
        }
        r->dropped += count - kept;
    }
    bucket_take(&r->bucket, kept);
    bucket_take(&d->common, kept);
    return kept;
}

/* The bucket is empty: when to look again. Not for each byte, although the
 * device rings for each, but before the bucket could run over or the guest had
 * to wait for nothing but this. */
static long long rest_until(const struct bucket *b, long long now_us)
{
    size_t enough = b->rate / LOOKS;

    if (enough > VPL011_XENCONS_OUT_SIZE / 2) {
        enough = VPL011_XENCONS_OUT_SIZE / 2;
    }
    if (enough > b->burst / 2) {
        enough = b->burst / 2;
    }
    return now_us + bucket_wait_us(b, enough > 0 ? enough : 1);
}

bool pace_rest(struct daemon *d, struct ring *r, size_t waiting,
               long long now_us)
{
    bool rests = false;

    if (waiting > 0 && !d->options.drops &&
        (now_us < r->rest_until_us || bucket_room(&r->bucket, now_us) == 0)) {
        if (now_us >= r->rest_until_us) {
            r->rest_until_us = rest_until(&r->bucket, now_us);
        }
        pace_at(d, r, r->rest_until_us);
        rests = true;
    } else if (waiting > 0 && d->common.rate > 0) {
        enqueue(d, r);
        rests = true;
    }
    if (rests && r->rests_us == 0) {
        r->rests_us = now_us;
    } else if (!rests && r->rests_us != 0) {
        r->rested_us += now_us - r->rests_us;
        r->rests_us = 0;
    }
    return rests;
}

void pace_measure(struct ring *r, long long now_us)
{
    long long passed = now_us - r->measured_us;

    if (passed >= MEASURE_US) {
        r->measured =
            (r->history.end - r->measured_from) * 1000000 / (uint64_t)passed;
        r->measured_from = r->history.end;
        r->measured_us = now_us;
    }
}

/*
 * Moments
 */

void pace_at(struct daemon *d, struct ring *r, long long deadline_us)
{
    if (!r->timed) {
        r->timed = true;
        r->deadline_us = deadline_us;
        r->next_timed = d->timed;
        d->timed = r;
    } else if (deadline_us < r->deadline_us) {
        r->deadline_us = deadline_us;
    }
}

static int sooner(int a_ms, int b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int until_ms(long long deadline_us, long long now_us)
{
    long long left = deadline_us - now_us;

    return left > 0 ? (int)((left + 999) / 1000) : 0;
}

static int serve_timed(struct daemon *d, long long now_us)
{
    struct ring *due = d->timed;
    struct ring *r;
    int next = -1;

    d->timed = NULL;
    while (due) {
        r = due;
        due = r->next_timed;
        r->timed = false;
        if (r->deadline_us > now_us) {
            pace_at(d, r, r->deadline_us);
        } else {
            ring_serve(d, r, VPL011_XENCONS_NOW);
        }
    }
    for (r = d->timed; r; r = r->next_timed) {
        next = sooner(next, until_ms(r->deadline_us, now_us));
    }
    return next;
}

/* One turn for each of those who wait, as far as the common rate goes. */
static int serve_queue(struct daemon *d, long long now_us)
{
    size_t turns = d->ring_count;

    while (d->queue && turns-- > 0 && now_us >= d->rest_until_us &&
           bucket_room(&d->common, now_us) > 0) {
        struct ring *r = dequeue(d);

        r->turn = true;
        ring_serve(d, r, VPL011_XENCONS_NOW);
        r->turn = false;
    }
    if (!d->queue) {
        return -1;
    }
    if (now_us >= d->rest_until_us && bucket_room(&d->common, now_us) == 0) {
        d->rest_until_us = rest_until(&d->common, now_us);
    }
    return until_ms(d->rest_until_us, now_us);
}

int pace_serve(struct daemon *d)
{
    long long now_us;

    if (!d->timed && !d->queue) {
        return -1;
    }
    now_us = clock_us();
    return sooner(serve_timed(d, now_us), serve_queue(d, now_us));
}
