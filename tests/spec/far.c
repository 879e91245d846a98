/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "far.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "misuse.h"

/* Everything but notify is called while the device is in the middle of it. */
static void called(struct world *w, struct call c)
{
    if (w->inside && c.kind != CALL_NOTIFY && !w->allowed) {
        w->allowed = all_refused(w->inside, VPL011_ERR_REENTRY, &w->backend);
    }
    if (w->count < CALLS_MAX) {
        w->calls[w->count] = c;
    }
    w->count++;
}

/*
 * The operations of a device
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    called(ctx, (struct call){CALL_IRQ, lines, changed, 0, 0, 0});
}

static void on_edges(void *ctx, uint32_t bits)
{
    called(ctx, (struct call){CALL_EDGES, bits, 0, 0, 0, 0});
}

static void on_notify(void *ctx, uint32_t events)
{
    const struct world *w = ctx;

    /* Called after the lock is dropped: what is said of it is checked here. */
    called(ctx, (struct call){CALL_NOTIFY, events, w->locked, 0, 0, 0});
}

static void on_error(void *ctx, const struct vpl011_guest_error *error)
{
    called(ctx,
           (struct call){CALL_ERROR, error->kind, error->write,
                         (uint32_t)error->size, error->offset, error->value});
}

/* Which characters are queued during a write is not specified; once the device
 * has settled it is. */
static void on_trace(void *ctx, const struct vpl011_trace *t)
{
    const bool settled = t->kind == VPL011_TRACE_SETTLED;
    const uint32_t fills = settled ? t->tx_fill << 8 | t->rx_fill : 0u;

    called(ctx, (struct call){CALL_TRACE, t->kind, fills | t->size << 16,
                              settled ? t->irq_lines : 0, t->offset, t->value});
}

static uintptr_t on_lock(void *ctx)
{
    struct world *w = ctx;

    if (w->locked++) {
        abort(); /* it is not recursive */
    }
    return 0x5A;
}

static void on_unlock(void *ctx, uintptr_t saved)
{
    struct world *w = ctx;

    if (w->locked-- != 1 || saved != 0x5A) {
        abort();
    }
}

/* Who holds the lock is always the one who asks. */
static bool on_owner(void *ctx)
{
    const struct world *w = ctx;

    return w->locked > 0;
}

/*
 * The backend
 */

static uint32_t asks(const struct world *w, uint32_t flag)
{
    return ((w->far.flags & flag) ? VPL011_EVENT_FAR_END : 0u) |
           ((w->far.flags & FAR_LIES)
                ? ~(VPL011_BACKEND_BREAK | VPL011_EVENT_FAR_END)
                : 0u);
}

static size_t on_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct world *w = ctx;
    const size_t room = w->far.room == FAR_ENDLESS ? count : w->far.room;
    const size_t taken = count < room ? count : room;
    uint64_t sum = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        sum = sum * 0x100000001B3u + bytes[i] + 1;
    }
    if (w->far.room != FAR_ENDLESS) {
        w->far.room = (uint8_t)(room - taken);
    }
    w->far.held = (uint8_t)(w->far.held + taken < 2 ? w->far.held + taken : 2);
    *events |= asks(w, FAR_ASKS_WRITE);
    called(w, (struct call){CALL_WRITE, (uint32_t)count, (uint32_t)taken,
                            bytes[0], sum, 0});
    return (w->far.flags & FAR_LIES) && taken == count ? count + 7 : taken;
}

/* The same as a write of one, and so it is recorded. */
static uint32_t on_put(void *ctx, uint8_t character)
{
    uint32_t events = 0;
    const size_t taken = on_write(ctx, &character, 1, &events);

    events &= ~VPL011_BACKEND_TAKEN; /* one of the bits that it may lie with */
    return events | (taken ? VPL011_BACKEND_TAKEN : 0u);
}

static size_t on_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    struct world *w = ctx;
    size_t given = 0;
    bool brk;

    if (!(w->far.flags & FAR_KEEPS)) {
        while (given < count && w->far.waiting > 0) {
            bytes[given++] = (uint8_t)(0x60 + w->far.waiting--);
        }
    }
    /* A BREAK needs a place of its own, but who lies does not know that. */
    brk = w->far.breaking && w->far.waiting == 0 &&
          (given < count || (w->far.flags & FAR_LIES));
    if (brk) {
        w->far.breaking = 0;
        *events |= VPL011_BACKEND_BREAK;
    }
    *events |= asks(w, FAR_ASKS_READ);
    called(w, (struct call){CALL_READ, (uint32_t)count, (uint32_t)given, brk, 0,
                            0});
    return (w->far.flags & FAR_LIES) && given == count ? count + 3 : given;
}

static void on_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    struct world *w = ctx;
    const uint32_t flags = w->far.flags;

    status->waiting = w->far.waiting + (size_t)w->far.breaking +
                      ((flags & FAR_KEEPS) ? 1u : 0u);
    status->room = w->far.room;
    if (w->far.room == FAR_ENDLESS || (flags & FAR_BOASTS)) {
        status->room = 64;
    }
    if (flags & FAR_SILENT) {
        status->room = 0;
    }
    status->attached = !(flags & FAR_DETACHED);
    status->stopped = (flags & FAR_STOPPED) != 0;
    *events |= asks(w, FAR_ASKS_POLL);
    called(w, (struct call){CALL_POLL, 0, 0, 0, 0, 0});
}

static void on_break(void *ctx, bool on)
{
    called(ctx, (struct call){CALL_BREAK, on, 0, 0, 0, 0});
}

static size_t on_drop(void *ctx, size_t count)
{
    struct world *w = ctx;
    size_t dropped = w->far.held < count ? w->far.held : count;

    if (w->far.flags & FAR_BUSY) {
        dropped = 0;
    }
    w->far.held = (uint8_t)(w->far.held - dropped);
    if (w->far.room != FAR_ENDLESS) {
        w->far.room = (uint8_t)(w->far.room + dropped);
    }
    called(w, (struct call){CALL_DROP, (uint32_t)count, (uint32_t)dropped, 0, 0,
                            0});
    return (w->far.flags & FAR_LIES) && dropped == count ? count + 5 : dropped;
}

void world_init(struct world *w, unsigned int with)
{
    memset(w, 0, sizeof(*w));
    w->far.room = FAR_ENDLESS;
    w->ops.ctx = w;
    w->ops.irq = (with & WITH_IRQ) ? on_irq : NULL;
    w->ops.irq_pending = (with & WITH_EDGES) ? on_edges : NULL;
    w->ops.notify = (with & WITH_NOTIFY) ? on_notify : NULL;
    w->ops.lock = (with & WITH_LOCK) ? on_lock : NULL;
    w->ops.unlock = (with & WITH_LOCK) ? on_unlock : NULL;
    w->ops.owner = (with & WITH_CALLS) && w->ops.lock ? on_owner : NULL;
    w->ops.trace = (with & WITH_TRACE) ? on_trace : NULL;
    w->ops.guest_error = (with & WITH_ERRORS) ? on_error : NULL;
    w->plain = (struct vpl011_backend){
        .ctx = w,
        .write = on_write,
        .read = on_read,
        .poll = on_poll,
        .put = (with & WITH_PUT) ? on_put : NULL,
    };
    w->backend = w->plain;
    w->backend.send_break = on_break;
    w->backend.drop_oldest = on_drop;
}

void call_describe(const struct call *c, char *to, size_t size)
{
    switch (c->kind) {
    case CALL_IRQ:
        snprintf(to, size, "irq lines %02X changed %02X", c->a, c->b);
        break;
    case CALL_EDGES:
        snprintf(to, size, "irq_pending %03X", c->a);
        break;
    case CALL_NOTIFY:
        snprintf(to, size, "notify%s%s%s%s%s%s",
                 (c->a & VPL011_EVENT_FAR_END) ? " FAR_END" : "",
                 (c->a & VPL011_EVENT_REFILL) ? " REFILL" : "",
                 (c->a & VPL011_EVENT_LINE) ? " LINE" : "",
                 (c->a & VPL011_EVENT_TICK) ? " TICK" : "",
                 (c->a & VPL011_EVENT_ROOM) ? " ROOM" : "",
                 c->b ? " under the lock" : "");
        break;
    case CALL_ERROR:
        snprintf(to, size, "guest_error %u", c->a);
        break;
    case CALL_TRACE:
        snprintf(to, size, "trace %u: %X %llX", c->a, c->b,
                 (unsigned long long)c->e);
        break;
    case CALL_WRITE:
        snprintf(to, size, "backend takes %u of %u from %02X", c->b, c->a,
                 c->c);
        break;
    case CALL_READ:
        snprintf(to, size, "backend gives %u of %u%s", c->b, c->a,
                 c->c ? " and a BREAK" : "");
        break;
    case CALL_POLL:
        snprintf(to, size, "backend polled");
        break;
    case CALL_BREAK:
        snprintf(to, size, "BREAK %s", c->a ? "begins" : "ends");
        break;
    default:
        snprintf(to, size, "backend drops %u of %u", c->b, c->a);
        break;
    }
}
