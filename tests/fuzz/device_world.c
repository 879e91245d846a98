/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The device target's host: operations and backends, each watched. */
#include "device.h"
#include "stuck.h"

#include <stdio.h>
#include <stdlib.h>

void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

void enter(struct world *w)
{
    memset(&w->calls, 0, sizeof(w->calls));
    w->entered = true;
}

void leave(struct world *w, int locks)
{
    const struct calls *c = &w->calls;
    struct vpl011 *moved;

    w->entered = false;
    require(!w->locked, "the lock is dropped");
    /* Looked at once more after each notify, to see whether further events are
     * due. */
    require(c->locks == c->unlocks && c->locks <= 1 + c->notify,
            "lock and unlock");
    require(!w->ops.lock || c->locks >= locks, "entered under the lock");
    require(c->irq <= 1 && c->pending <= 1, "one irq for each entry");
    require(c->notify <= (w->touchy ? 3 : 1), "one notify for each entry");
    require(c->mistakes <= 1, "one guest_error for each entry");
    /* Each further offer follows one that moved a character, or a drop: of the
     * 64 that the FIFO holds at most. */
    require(c->writes <= 65 && c->drops <= 64 && c->polls <= 65, "offers");
    require(c->reads <= 1 && c->breaks <= 2, "reads and breaks");
    if (!w->ops.notify) {
        uint32_t events;

        /* An entry of its own, in which the far end may take more. */
        w->loading = false;
        w->entered = true;
        events = vpl011_take_events(w->dev);
        w->entered = false;
        require(!(events & ~EVENTS), "events");
        w->refilled |= (events & ASKS_FOR_INPUT) != 0;
        w->ticks |= (events & VPL011_EVENT_TICK) != 0;
    }
    if (w->ops.irq) {
        require(w->told == vpl011_irq_lines(w->dev), "irq told the lines");
    }
    if (w->move) {
        moved = malloc(sizeof(*moved));
        if (moved) {
            memcpy(moved, w->dev, sizeof(*moved));
            free(w->dev);
            w->dev = moved;
        }
    }
}

int world_read(struct world *w, uint64_t offset, unsigned int size,
               uint64_t *value)
{
    int err;

    enter(w);
    err = vpl011_mmio_read(w->dev, offset, size, value);
    require(!w->ops.guest_error || !err || w->calls.mistakes == 1,
            "a bad read is told");
    leave(w, 0);
    require(err == VPL011_OK || err == VPL011_ERR_ACCESS, "a guest's read");
    return err;
}

int world_write(struct world *w, uint64_t offset, unsigned int size,
                uint64_t value)
{
    int err;

    enter(w);
    err = vpl011_mmio_write(w->dev, offset, size, value);
    require(!w->ops.guest_error || !err || w->calls.mistakes == 1,
            "a bad write is told");
    leave(w, 1);
    require(err == VPL011_OK || err == VPL011_ERR_ACCESS, "a guest's write");
    w->written += !err && offset == PL011_UARTDR;
    return err;
}

/*
 * Operations
 */

/* A callback under the lock. Calling the device from there is refused. */
static void begin(struct world *w)
{
    uint64_t value;

    require(w->entered && !w->in_callback, "no callback outside a call");
    require(!w->ops.lock || w->locked, "under the lock");
    if (w->touchy && !w->ops.lock) {
        require(vpl011_mmio_read(w->dev, PL011_UARTMIS, 4, &value) ==
                        VPL011_ERR_REENTRY &&
                    vpl011_data_avail(w->dev) == VPL011_ERR_REENTRY,
                "called from a callback");
    }
}

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct world *w = ctx;

    begin(w);
    w->calls.irq++;
    require(lines == vpl011_irq_lines(w->dev), "irq has the lines");
    require(changed == (w->loading ? VPL011_IRQ_ALL : lines ^ w->told) &&
                changed != 0,
            "irq on change only");
    w->told = lines;
}

static void on_pending(void *ctx, uint32_t bits)
{
    struct world *w = ctx;

    begin(w);
    w->calls.pending++;
    require(bits && !(bits & ~PL011_INT_ALL), "pending bits");
    require(vpl011_irq_lines(w->dev) & VPL011_IRQ_UARTINTR,
            "pending with the line");
}

static void on_notify(void *ctx, uint32_t events)
{
    struct world *w = ctx;
    struct calls before;
    uint64_t value;

    require(w->entered && !w->in_callback && !w->locked,
            "notify outside the lock");
    w->calls.notify++;
    require(events && !(events & ~EVENTS), "events");
    w->refilled |= (events & ASKS_FOR_INPUT) != 0;
    w->ticks |= (events & VPL011_EVENT_TICK) != 0;
    if (w->touchy && w->calls.notify == 1) {
        before = w->calls;
        memset(&w->calls, 0, sizeof(w->calls));
        w->calls.notify = 2; /* not deeper than this */
        require(!vpl011_mmio_read(w->dev, PL011_UARTMIS, 4, &value),
                "notify may call the device");
        w->calls = before;
    }
}

static uintptr_t on_lock(void *ctx)
{
    struct world *w = ctx;

    require(w->entered && !w->locked, "the lock is not recursive");
    w->locked = true;
    w->calls.locks++;
    return 0x5A;
}

static void on_unlock(void *ctx, uintptr_t saved)
{
    struct world *w = ctx;

    require(w->locked && saved == 0x5A, "unlock of what was locked");
    w->locked = false;
    w->calls.unlocks++;
}

static void on_guest_error(void *ctx, const struct vpl011_guest_error *error)
{
    struct world *w = ctx;

    begin(w);
    w->calls.mistakes++;
    require(error->kind >= VPL011_GUEST_BAD_ACCESS &&
                error->kind <= VPL011_GUEST_TX_OVERFLOW && error->write <= 1,
            "what the guest did");
}

/*
 * Backends: one that records, around one that works or one that lies.
 */

static size_t on_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct world *w = ctx;
    uint8_t copy[2 * PL011_DEPTH_MAX];
    size_t taken;

    begin(w);
    w->calls.writes++;
    require(count >= 1 && count <= sizeof(copy), "characters to write");
    memcpy(copy, bytes, count);
    w->in_callback = true;
    taken = w->inner.write(w->inner.ctx, copy, count, events);
    w->in_callback = false;
    if (w->inner.ctx == &w->fifo) {
        queue_add(&w->sent, copy, taken);
    }
    return taken;
}

static size_t on_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    struct world *w = ctx;
    size_t given;

    begin(w);
    w->calls.reads++;
    w->polled = false; /* the look that follows decides */
    require(count >= 1 && count <= PL011_DEPTH_MAX, "characters to read");
    given = w->inner.read(w->inner.ctx, bytes, count, events);
    if (w->inner.ctx == &w->fifo) {
        queue_take(&w->typed, bytes, given);
    }
    return given;
}

static void on_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    struct world *w = ctx;

    begin(w);
    w->calls.polls++;
    require(!status->waiting && !status->room && !status->attached,
            "the status is zeroed");
    w->inner.poll(w->inner.ctx, status, events);
    if (!w->polled) {
        w->polled = true;
        w->waits = status->waiting > 0;
    }
}

static void on_break(void *ctx, bool on)
{
    struct world *w = ctx;

    begin(w);
    w->calls.breaks++;
    if (w->inner.send_break) {
        w->inner.send_break(w->inner.ctx, on);
    }
}

static size_t on_drop(void *ctx, size_t count)
{
    struct world *w = ctx;
    size_t dropped;

    begin(w);
    w->calls.drops++;
    require(count >= 1 && count <= 2 * PL011_DEPTH_MAX, "characters to drop");
    dropped = w->inner.drop_oldest(w->inner.ctx, count);
    if (w->inner.ctx == &w->fifo) {
        queue_take(&w->sent, NULL, dropped);
    }
    return dropped;
}

static size_t script_write(void *ctx, const uint8_t *bytes, size_t count,
                           uint32_t *events)
{
    struct world *w = ctx;

    (void)bytes;
    *events |= (w->script.how & 1) ? VPL011_EVENT_FAR_END : 0;
    if (w->script.how & 2) {
        return (w->script.take & 1) ? SIZE_MAX : count + w->script.take;
    }
    return w->script.take;
}

static size_t script_read(void *ctx, uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    struct world *w = ctx;
    size_t given = w->script.give < count ? w->script.give : count;

    memset(bytes, 'r', given);
    *events |= (w->script.how & 4) ? VPL011_BACKEND_BREAK : 0;
    *events |= (w->script.how & 8) ? VPL011_EVENT_FAR_END : 0;
    /* A backend that overstates its count still gave what it could. */
    if (w->script.how & 16) {
        memset(bytes, 'r', count);
        return (w->script.give & 1) ? SIZE_MAX : count + w->script.give;
    }
    return given;
}

static void script_poll(void *ctx, struct vpl011_backend_status *status,
                        uint32_t *events)
{
    struct world *w = ctx;

    status->waiting = (w->script.how & 32) ? SIZE_MAX : w->script.give;
    status->room = (w->script.how & 2) ? SIZE_MAX : w->script.take;
    status->attached = !(w->script.how & 64);
    *events |= (w->script.how & 8) ? VPL011_EVENT_FAR_END : 0;
}

static size_t script_drop(void *ctx, size_t count)
{
    struct world *w = ctx;

    return w->script.take < count ? w->script.take : count;
}

void world_attach(struct world *w, enum kind kind)
{
    const struct vpl011_backend script = {
        .ctx = w,
        .write = script_write,
        .read = script_read,
        .poll = script_poll,
        .drop_oldest = script_drop,
    };
    struct vpl011_backend recording = {
        .ctx = w,
        .write = on_write,
        .read = on_read,
        .poll = on_poll,
        .send_break = on_break,
    };
    struct vpl011_backend inner = script;
    bool oldest = w->config.on_stall == VPL011_POLICY_DROP_OLDEST ||
                  w->config.on_gone == VPL011_POLICY_DROP_OLDEST;
    bool refused;
    int err;

    if (kind == KIND_FIFO) {
        require(!vpl011_fifo_backend(&w->fifo, &inner), "FIFO");
    } else if (kind == KIND_RING) {
        require(!vpl011_xencons_backend(&w->ring, &inner), "ring");
    }
    recording.drop_oldest = inner.drop_oldest ? on_drop : NULL;
    refused = kind != KIND_NONE && oldest && !inner.drop_oldest;
    enter(w);
    if (!refused) {
        w->polled = false;
        w->refilled = false;
        w->waits = false;
    }
    /* The old one is called once more, to end a BREAK; both record alike. */
    if (!refused && kind != KIND_NONE) {
        if (w->inner.send_break && w->kind != kind) {
            w->inner.send_break(w->inner.ctx, false);
        }
        w->inner = inner;
    }
    err = vpl011_attach(w->dev, kind == KIND_NONE ? NULL : &recording);
    leave(w, 1);
    require(err == (refused ? VPL011_ERR_UNSUPPORTED : VPL011_OK), "attach");
    if (!refused) {
        w->kind = kind;
    }
}

static void twin_pending(void *ctx, uint32_t bits)
{
    (void)ctx;
    (void)bits;
}

static void init_twin(struct world *w)
{
    const struct vpl011_backend stuck = {
        .write = stuck_write, .read = stuck_read, .poll = stuck_poll};
    struct vpl011_config config = w->config;
    struct vpl011_ops ops = {.irq_pending =
                                 w->ops.irq_pending ? twin_pending : NULL};

    config.flags |= VPL011_CFG_NO_IRQ_OP;
    config.on_stall = VPL011_POLICY_STALL;
    config.on_gone = VPL011_POLICY_STALL;
    require(!vpl011_init(&w->twin, &config, &ops) &&
                !vpl011_attach(&w->twin, &stuck),
            "twin");
}

static void init_far_ends(struct world *w, uint32_t backend)
{
    size_t size = (size_t)1 << (backend >> 2) % 8;
    struct vpl011_xencons_config ring = {0};

    w->ring_flags = (backend & 0x20) ? VPL011_XENCONS_CONNECTION : 0;
    ring.flags = w->ring_flags | ((backend & 0x40) ? VPL011_XENCONS_ALWAYS : 0);
    w->page_size = w->ring_flags ? sizeof(struct vpl011_xencons_page)
                                 : VPL011_XENCONS_PAGE_OLD_SIZE;
    /* Each of its exact size, so that a sanitizer sees one byte too many. */
    w->page = calloc(1, w->page_size);
    w->fifo_size = size;
    w->fifo_in = malloc(size);
    w->fifo_out = malloc(size);
    require(w->page && w->fifo_in && w->fifo_out, "memory");
    require(!vpl011_fifo_init(&w->fifo, w->fifo_in, size, w->fifo_out, size),
            "FIFO");
    require(!vpl011_xencons_init(&w->ring, w->page, w->page_size, &ring) &&
                !vpl011_xencons_console_attach(&w->console, w->page,
                                               w->page_size, w->ring_flags),
            "ring");
}

bool world_init(struct world *w, const struct world_setup *setup)
{
    w->config.personality = setup->shape & 1;
    w->config.revision = (setup->shape >> 1) & 3;
    w->touchy = (setup->shape & 8) != 0;
    w->move = (setup->shape & 16) != 0;
    w->config.clock_hz = (setup->shape & 32) ? 24000000 : 0;
    w->config.flags = setup->flags;
    w->config.on_stall = setup->policies & 3;
    w->config.on_gone = (setup->policies >> 2) & 3;
    w->ops = (struct vpl011_ops){
        .ctx = w,
        .irq = (setup->ops & 1) ? NULL : on_irq,
        .irq_pending = (setup->ops & 2) ? on_pending : NULL,
        .notify = (setup->ops & 4) ? NULL : on_notify,
        .lock = (setup->ops & 8) ? on_lock : NULL,
        .unlock = (setup->ops & 8) ? on_unlock : NULL,
        .guest_error = (setup->ops & 16) ? on_guest_error : NULL,
    };
    w->dev = malloc(sizeof(*w->dev));
    if (!w->dev || vpl011_init(w->dev, &w->config, &w->ops)) {
        return false;
    }
    init_twin(w);
    init_far_ends(w, setup->backend);
    world_attach(w, (enum kind)(setup->backend % KINDS));
    return true;
}

void world_end(struct world *w)
{
    free(w->dev);
    free(w->page);
    free(w->fifo_in);
    free(w->fifo_out);
}
