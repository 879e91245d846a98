/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The receive timeout, the rate of the line and the budget, for a device with a
 * clock. Each of them is a moment before which something does not happen, and
 * settling asks for a tick at the first of these moments. Nothing of this is
 * called for a device without a clock.
 */
#include "internal.h"

/* A moment that never comes. */
#define NEVER UINT64_MAX
#define SECOND 1000000000u

/* What the embedder's clock says, or the latest that it has said, where it went
 * backwards since. */
static uint64_t time_of(const struct vpl011_time *t)
{
    const uint64_t now = t->now(t->ctx);

    return now > t->last ? now : t->last;
}

static uint64_t now_of(struct vpl011 *d)
{
    d->time->last = time_of(d->time);
    return d->time->last;
}

static uint64_t later_by(uint64_t at, uint64_t ns)
{
    return at > NEVER - ns ? NEVER : at + ns;
}

static void earliest(uint64_t *when, uint64_t at)
{
    if (at < *when) {
        *when = at;
    }
}

static void pace_next(struct vpl011_pace *p)
{
    p->at = later_by(p->at, p->step);
    p->part += p->step_part;
    if (p->part >= p->parts) {
        p->part -= p->parts;
        p->at = later_by(p->at, 1);
    }
}

static void pace_from(struct vpl011_pace *p, uint64_t at)
{
    p->at = at;
    p->part = 0;
}

static void pace_not_before(struct vpl011_pace *p, uint64_t at)
{
    if (p->at < at) {
        pace_from(p, at);
    }
}

/* How many frames fit into a jump of the clock does not matter beyond a FIFO of
 * them: the line then starts anew. */
static unsigned int count_due(struct vpl011_pace p, uint64_t now,
                              unsigned int most)
{
    unsigned int count = 0;

    while (count < most && p.at <= now) {
        pace_next(&p);
        count++;
    }
    return count;
}

/* Long division: 32-bit machines have none of 64 bits without their compiler's
 * library. Slow, so only for what is rare: a change of the line's settings, a
 * new clock, saved state. */
static uint64_t divide(uint64_t n, uint64_t by, uint64_t *rest)
{
    uint64_t quotient = 0;
    uint64_t left = 0;
    int bit;

    for (bit = 63; bit >= 0; bit--) {
        left = left << 1 | (n >> bit & 1);
        if (left >= by) {
            left -= by;
            quotient |= (uint64_t)1 << bit;
        }
    }
    *rest = left;
    return quotient;
}

static void pace_set(struct vpl011_pace *p, uint64_t ns, uint64_t parts)
{
    p->step = divide(ns, parts, &p->step_part);
    p->parts = parts;
    p->part = 0;
}

/* How many characters have come from the line, kept or not. */
static uint64_t received(const struct vpl011 *d)
{
    return d->counters.rx_bytes + d->counters.rx_overruns +
           d->counters.rx_ignored;
}

/*
 * The bit period is ns / parts nanoseconds: (64 * IBRD + FBRD) / (4 * UARTCLK)
 * seconds (TRM 3.3.6). Where it is unknown the line takes no time.
 */
static void bit_period(const struct vpl011 *d, uint64_t *ns, uint64_t *parts)
{
    uint32_t divisor = (uint32_t)d->line_ibrd << 6 | d->line_fbrd;

    *ns = 0;
    *parts = 1;
    if (is_sbsa(d)) {
        *ns = SECOND;
        *parts = d->baud;
    } else if (divisor >= (1u << 6) && d->clock_hz > 0) {
        if (divisor > (0xFFFFu << 6)) {
            divisor = 0xFFFFu << 6;
        }
        *ns = (uint64_t)SECOND * divisor;
        *parts = (uint64_t)4 * d->clock_hz;
    }
}

/* Start bit, data, parity and stop bits. */
static unsigned int frame_bits(const struct vpl011 *d)
{
    if (is_sbsa(d)) {
        return 10;
    }
    return 1u + 5u + (d->lcr_h >> PL011_LCR_H_WLEN_SHIFT) % 4u +
           ((d->lcr_h & PL011_LCR_H_PEN) ? 1u : 0u) +
           ((d->lcr_h & PL011_LCR_H_STP2) ? 2u : 1u);
}

/* The clock, divisor or format may have changed. A frame that is being sent
 * ends when it would have. */
static void settle_line(struct vpl011 *d)
{
    struct vpl011_time *t = d->time;
    const uint64_t line = (uint64_t)d->clock_hz << 32 |
                          (uint32_t)d->line_ibrd << 16 |
                          (uint32_t)d->line_fbrd << 8 | d->lcr_h;
    const unsigned int bits = frame_bits(d);
    uint64_t ns;
    uint64_t parts;
    uint64_t rest;

    if (line == t->line) {
        return;
    }
    t->line = line;
    bit_period(d, &ns, &parts);
    pace_set(&t->tx, ns * bits, parts);
    pace_set(&t->rx, ns * bits, parts);
    t->timeout = divide(ns * 32, parts, &rest);
    t->timeout += rest > 0;
}

static bool is_over_budget(const struct vpl011_time *t, uint64_t now)
{
    return (t->what & VPL011_TIME_BUDGET) &&
           (t->budget.at == NEVER || t->budget.at > later_by(now, t->burst));
}

/* Whether the first character of the TX FIFO may leave now. */
enum turn { NOW, LATER, DISCARD };

static enum turn whose_turn(struct vpl011 *d, uint64_t now)
{
    struct vpl011_time *t = d->time;

    if (t->tx.at <= now) {
        if (!is_over_budget(t, now)) {
            return NOW;
        }
        if (t->drop) {
            return DISCARD;
        }
    }
    t->tx_waits = true;
    return LATER;
}

/*
 * A character has left. If it had to wait for the line or the budget, it counts
 * as sent when that wait ended, and the next is timed from there, so that a
 * late call does not shift all that follow. Otherwise it counts as sent now.
 */
static void sent(struct vpl011 *d, uint64_t now)
{
    struct vpl011_time *t = d->time;
    uint64_t at = now;

    if (t->tx_waits) {
        at = t->tx.at;
        if ((t->what & VPL011_TIME_BUDGET) && t->budget.at > t->burst &&
            at < t->budget.at - t->burst) {
            at = t->budget.at - t->burst;
        }
    }
    if (t->what & VPL011_TIME_TX) {
        pace_not_before(&t->tx, at);
        pace_next(&t->tx);
    }
    if (t->what & VPL011_TIME_BUDGET) {
        pace_not_before(&t->budget, at);
        pace_next(&t->budget);
    }
    t->tx_waits = d->tx_fill > 0;
}

/* Character by character. Where none leaves although its time has come, the
 * line is idle until one does. */
static void drain(struct vpl011 *d)
{
    const uint64_t time = now_of(d);
    enum turn turn;
    unsigned int fill;

    settle_line(d);
    while (d->tx_fill > 0 && (turn = whose_turn(d, time)) != LATER) {
        fill = d->tx_fill;
        if (turn == DISCARD) {
            d->counters.tx_dropped++;
            vpl011_tx_leave_(d, 1);
            continue;
        }
        vpl011_drain_all_but_(d, fill - 1);
        if (d->tx_fill == fill) {
            d->time->tx_waits = false;
            return;
        }
        sent(d, time);
    }
}

/*
 * How many characters the line has brought by now, at most a FIFO of them.
 * Where the backend had none the line was idle, and its next character comes
 * now.
 */
static unsigned int arrivals(struct vpl011 *d)
{
    struct vpl011_time *t = d->time;
    const uint64_t now = now_of(d);

    if (!t->rx_waits) {
        pace_not_before(&t->rx, now);
    }
    t->rx_taken = true;
    vpl011_changed_(d); /* settle_rx_line() counts what comes of it */
    return count_due(t->rx, now, d->depth);
}

static void settle_rx_line(struct vpl011 *d, uint64_t now)
{
    struct vpl011_time *t = d->time;
    const uint64_t all = received(d);
    uint64_t count = all - t->received;

    t->received = all;
    d->todo &= ~TODO_RX_LATER;
    if (!(t->what & VPL011_TIME_RX)) {
        return;
    }
    for (; count > 0 && t->rx.at <= now; count--) {
        pace_next(&t->rx);
    }
    if (t->rx_taken) {
        /* If the next character was due already, the line waits for room in the
         * FIFO, not for time, and what it lost by that is not made up. */
        t->rx_waits = d->more_waits && t->rx.at > now;
        t->rx_taken = false;
    }
    if (d->more_waits && t->rx.at > now) {
        d->todo |= TODO_RX_LATER;
        earliest(&t->when, t->rx.at);
    }
}

static void settle_timeout(struct vpl011 *d, uint64_t now)
{
    struct vpl011_time *t = d->time;

    if (!(t->what & VPL011_TIME_RX_TIMEOUT) || d->rx_fill == 0 ||
        !(d->imsc & PL011_INT_RT)) {
        t->timeout_runs = false;
        return;
    }
    if (d->todo & TODO_TIMEOUT) {
        t->timeout_at = later_by(now, t->timeout);
        t->timeout_runs = true;
    }
    t->timeout_runs = t->timeout_runs && t->timeout_at > now;
    if (t->timeout_runs) {
        earliest(&t->when, t->timeout_at);
    }
}

static void settle_tx_line(struct vpl011 *d, uint64_t now)
{
    struct vpl011_time *t = d->time;

    t->frame = t->tx.at > now;
    if (t->frame) {
        earliest(&t->when, t->tx.at);
    }
    if (!(d->gates & GATE_TX) || d->tx_fill == 0) {
        t->tx_waits = false;
    } else if (is_over_budget(t, now) && t->budget.at != NEVER) {
        earliest(&t->when, t->budget.at - t->burst);
    }
}

/*
 * Called whenever something changed: find what is still waited for, and what of
 * it comes first. The embedder is asked for a tick at that moment, if it is
 * earlier than the one asked for last, or that one has passed.
 */
static void settle(struct vpl011 *d)
{
    struct vpl011_time *t = d->time;
    const uint64_t now = now_of(d);

    settle_line(d);
    t->when = NEVER;
    settle_tx_line(d, now);
    settle_timeout(d, now);
    settle_rx_line(d, now);
    d->todo &= ~TODO_TIMED;
    if (t->when != NEVER) {
        d->todo |= TODO_TIMED;
    }
    if (t->when != NEVER && (t->when < t->told || t->told <= now)) {
        t->told = t->when;
        vpl011_raise_(d, VPL011_EVENT_TICK);
    }
}

/*
 * Saved state has moments as what remains, in sixteenths of a bit period, which
 * is what the part itself counts in (Baud16, TRM 2.4.1): so they mean the same
 * under another clock. If the line was made faster after the moment was set,
 * that could be more than the part ever counts: at most `most` is saved.
 */
static uint32_t remains(uint64_t at, uint64_t now, uint64_t bits_32,
                        uint32_t most)
{
    uint64_t left = at > now ? at - now : 0;
    uint64_t rest;
    uint64_t count;

    while (left >> 54) {
        left >>= 1;
        bits_32 >>= 1;
    }
    if (left == 0 || bits_32 == 0) {
        return 0;
    }
    count = divide(left << 9, bits_32, &rest);
    return count < most ? (uint32_t)count + (rest > 0) : most;
}

static uint64_t after(uint64_t now, uint32_t count, uint64_t bits_32)
{
    return later_by(now,
                    (bits_32 >> 9) * count + (((bits_32 & 511) * count) >> 9));
}

static void get(const struct vpl011 *d, uint32_t *tx_frame,
                uint32_t *rx_timeout)
{
    const struct vpl011_time *t = d->time;
    const uint64_t now = time_of(t);

    *tx_frame = remains(t->tx.at, now, t->timeout, 12 * 16);
    *rx_timeout =
        t->timeout_runs ? remains(t->timeout_at, now, t->timeout, 32 * 16) : 0;
}

static void load(struct vpl011 *d, uint32_t tx_frame, uint32_t rx_timeout)
{
    struct vpl011_time *t = d->time;
    const uint64_t now = now_of(d);

    settle_line(d);
    pace_from(&t->tx, (t->what & VPL011_TIME_TX)
                          ? after(now, tx_frame, t->timeout)
                          : 0);
    t->tx_waits = true;
    t->timeout_runs = rx_timeout > 0;
    t->timeout_at = after(now, rx_timeout, t->timeout);
    t->received = received(d);
}

static const struct vpl011_time_calls calls = {
    .now = now_of,
    .settle = settle,
    .drain = drain,
    .arrivals = arrivals,
    .get = get,
    .load = load,
};

/* The clock begins: nothing waits. */
void vpl011_time_start_(struct vpl011 *d,
                        const struct vpl011_time_config *config)
{
    struct vpl011_time *t = d->time;

    *t = (struct vpl011_time){
        .calls = &calls,
        .ctx = config->ctx,
        .now = config->now,
        .when = NEVER,
        .told = NEVER,
        .line = NEVER, /* no line has this: its periods are to be computed */
        .received = received(d),
        .what = config->what,
        .drop = config->over_budget == VPL011_POLICY_DROP_NEWEST,
    };
    if (config->budget == 0) {
        pace_from(&t->budget, NEVER);
        return;
    }
    pace_set(&t->budget, SECOND, config->budget);
    if (config->burst > 1) {
        const uint64_t more = config->burst - 1;
        uint64_t rest;

        t->burst = more * t->budget.step +
                   divide(more * t->budget.step_part, t->budget.parts, &rest);
    }
}
