/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * An embedder that spares its guest exits: reads are served from the register
 * page while it is open, and characters wait in a queue while the device says
 * that they may. It opens the page at random moments, closes it at once or only
 * later, and delivers at random moments, where the queue is full, and before
 * anything that might notice.
 *
 * Its moments come from a random sequence of its own, so that the host acts as
 * it does beside a guest whose every access is an exit.
 */
#include "world.h"

#include <string.h>

/* splitmix64 */
static bool one_in(struct world *w, uint32_t chances)
{
    uint64_t z = w->outside.random += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    return (z >> 33) % chances == 0;
}

static bool close_op(void *ctx)
{
    struct world *w = ctx;

    /* Where the host's moments are fixed, those of the input are, too. */
    w->outside.closing = w->setup.pace == RANDOM && one_in(w, 2);
    w->outside.mapped = w->outside.closing;
    return !w->outside.closing;
}

int outside_join(struct world *w, struct vpl011 *dev)
{
    const struct vpl011_page page = {
        .ctx = w,
        .registers = w->outside.page,
        .close = close_op,
    };

    return w->setup.without_exits ? vpl011_page_set(dev, &page) : VPL011_OK;
}

static void ask(struct world *w)
{
    const int n = vpl011_deferrable(w->dev);

    if (n < 0) {
        fail(&w->cpu, BROKEN, "vpl011_deferrable() refused");
    }
    w->outside.allowance = (size_t)n < OUTSIDE_MAX ? (size_t)n : OUTSIDE_MAX;
}

void outside_deliver(struct world *w)
{
    struct outside *o = &w->outside;
    const size_t count = o->queued;
    size_t i;

    if (!w->setup.without_exits || count == 0) {
        return;
    }
    for (i = 0; i < count; i++) {
        account_dr(w, o->queue[i]);
    }
    o->queued = 0;
    if (vpl011_write_deferred(w->dev, o->queue, count)) {
        fail(&w->cpu, BROKEN, "vpl011_write_deferred() refused");
    }
    account(w);
    ask(w);
}

/* The guest's reads are exits again. */
static void close_page(struct world *w)
{
    w->outside.closing = false;
    w->outside.mapped = false;
    if (vpl011_page_closed(w->dev) < 0) {
        fail(&w->cpu, BROKEN, "vpl011_page_closed() refused");
    }
    account(w);
}

void outside_leave(struct world *w)
{
    outside_deliver(w);
    if (w->outside.mapped) {
        close_page(w);
    }
}

bool outside_holds(const struct world *w, int result)
{
    return result == VPL011_ERR_PAGE && w->outside.closing;
}

void outside_after(struct world *w)
{
    struct outside *o = &w->outside;

    if (!w->setup.without_exits) {
        return;
    }
    ask(w);
    if (o->queued > o->allowance) {
        outside_deliver(w);
    }
    if (!o->mapped && one_in(w, 4)) {
        o->mapped = true; /* close may be called before it returns */
        o->mapped &= vpl011_page_open(w->dev) == 1;
    }
    account(w);
}

void outside_boundary(struct world *w)
{
    if (!w->setup.without_exits) {
        return;
    }
    if (w->outside.closing && one_in(w, 4)) {
        close_page(w);
        outside_after(w);
    }
    if (one_in(w, 32)) {
        outside_deliver(w);
    }
}

bool outside_when_idle(struct world *w)
{
    const bool waits = w->outside.queued > 0 || w->outside.closing;

    outside_deliver(w);
    if (w->outside.closing) {
        close_page(w);
    }
    return waits;
}

bool outside_read(struct world *w, unsigned int reg, unsigned int size,
                  uint32_t *value)
{
    struct outside *o = &w->outside;
    const uint8_t *at = (const uint8_t *)o->page + reg;

    if (!o->mapped) {
        outside_deliver(w);
        return false;
    }
    *value = 0;
    while (size-- > 0) {
        *value = *value << 8 | at[size];
    }
    o->from_page++;
    return true;
}

bool outside_write(struct world *w, unsigned int reg, uint32_t value)
{
    struct outside *o = &w->outside;

    if (reg != DR || o->queued >= o->allowance) {
        outside_deliver(w);
    }
    if (reg != DR || o->queued >= o->allowance) {
        return false;
    }
    o->queue[o->queued++] = (uint8_t)value;
    o->deferred++;
    return true;
}
