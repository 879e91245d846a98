/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Entering, and the one exit. Every entry point changes registers and FIFOs and
 * then settles, unless a short way of access.c has shown that nothing else can
 * change: characters leave the TX FIFO, the pins are looked at, UARTFR and the
 * interrupts are derived and published, and the embedder is told of what it has
 * to do. What each of these steps decides is in drain.c, pins.c and
 * interrupts.h.
 */
#include "interrupts.h"

/*
 * If more input waits, ask the embedder for it once the RX FIFO is empty,
 * whatever emptied it (reading, a flush, reset, RXE, the end of loopback); with
 * VPL011_CFG_UNTHROTTLED, at any fill. After a burst the guest has a rest
 * first, and the embedder is asked for a tick instead. The rest begins even
 * where the receiver is off, because the guest may turn it off before it reads
 * the last character, and so may pausing or saving the device.
 */
static void settle_input(struct vpl011 *d)
{
    if (d->rx_fill == 0 && d->rx_burst >= RX_BURST && d->rx_rest == 0) {
        d->rx_rest = RX_REST;
        d->todo |= TODO_RESTING;
    }
    if (!(d->more_waits | d->room_owed) ||
        (!(d->flags & VPL011_CFG_UNTHROTTLED) &&
         (d->rx_fill > 0 || !(d->gates & GATE_RX)))) {
        return;
    }
    if (d->todo & (TODO_RESTING | TODO_RX_LATER)) {
        if ((d->todo & TODO_RESTING) && !d->tick_asked) {
            d->tick_asked = true;
            vpl011_raise_(d, VPL011_EVENT_TICK);
        }
        return;
    }
    if (d->more_waits && !d->refill_asked) {
        d->refill_asked = true;
        vpl011_raise_(d, VPL011_EVENT_REFILL);
    }
    if (d->room_owed) {
        d->room_owed = false;
        vpl011_raise_(d, VPL011_EVENT_ROOM);
    }
}

/* Which ways the next access may take. This is the only place that decides it;
 * the table is in internal.h. */
uint32_t vpl011_way_(const struct vpl011 *d)
{
    if (d->tx_fill > 0 ||
        (d->todo & (TODO_TRACED | TODO_RESTING | TODO_TIMED))) {
        return GUARD_WATCHED;
    }
    return (d->ops.lock ? GUARD_LOCKED_STEADY : GUARD_STEADY) +
           (vpl011_is_steady_(d) && d->backend.put ? 0
                                                   : GUARD_IDLE - GUARD_STEADY);
}

/*
 * The RX fill at which taking a character changes what can be seen: when the
 * FIFO is full, at its trigger, down to its last character, or empty. It is the
 * present fill where the next read does more than take a character: where it
 * undoes an acknowledge, or clears errors of the one before it in UARTRSR.
 */
static inline uint8_t rx_watch(const struct vpl011 *d)
{
    if (unlikely((d->acks & ACK_RECEIVE) || (d->rsr & ~PL011_RSR_OE)) ||
        d->rx_fill >= d->depth) {
        return d->rx_fill;
    }
    return d->rx_fill >= d->rx_trigger ? d->rx_trigger : d->rx_fill > 0;
}

static OUT_OF_LINE void settle_tied(struct vpl011 *d)
{
    if (d->time && (d->todo & TODO_DERIVE)) {
        d->time->calls->settle(d);
    }
    if (d->dma_settle) {
        d->dma_settle(d);
    }
}

static inline void settle_pins_and_tied(struct vpl011 *d)
{
    if (!(d->flags & FLAG_PAUSED)) {
        vpl011_settle_pins_(d);
    }
    if (unlikely(d->flags & FLAG_TIED)) {
        settle_tied(d);
    }
}

/* Derive everything that follows from the registers, the FIFOs and time. */
static OUT_OF_LINE void derive(struct vpl011 *d)
{
    if (unlikely(d->todo & (TODO_PINS | TODO_TIED))) {
        settle_pins_and_tied(d);
    }
    if (d->todo & TODO_DERIVE) {
        settle_input(d);
        /* UARTFR is stored before the interrupt outputs move, because a vCPU
         * that they interrupt reads it next. */
        publish_fr(d);
        d->rx_watch = rx_watch(d);
        d->way = vpl011_way_(d);
    }
    settle_interrupts(d);
    d->todo &= ~(TODO_DERIVE | TODO_INTERRUPTS | TODO_TIMEOUT);
}

/*
 * Under the lock, if there is one: take the guard. On error the lock is given
 * back. Returns a positive number where the device is watched, because then
 * something may wait for time.
 */
static ALWAYS_INLINE int take_guard(struct vpl011 *d, uintptr_t saved)
{
    const uint32_t guard = vpl011_load_relaxed(&d->guard);

    if (unlikely(guard == GUARD_BUSY)) {
        if (d->ops.unlock) {
            d->ops.unlock(d->ops.ctx, saved);
        }
        return VPL011_ERR_REENTRY;
    }
    d->lock_saved = saved;
    vpl011_store_relaxed(&d->guard, GUARD_BUSY);
    return guard == GUARD_WATCHED;
}

static INLINE_FOR_SPEED int take_device(struct vpl011 *d)
{
    uint32_t guard;
    uintptr_t saved = 0;

    if (unlikely(!d)) {
        return VPL011_ERR_NULL;
    }
    guard = vpl011_load_relaxed(&d->guard);
    if (likely(guard_is_quick(guard))) {
        vpl011_store_relaxed(&d->guard, GUARD_BUSY);
        return VPL011_OK;
    }
    if (guard - GUARD_STEADY > GUARD_BUSY - GUARD_STEADY) {
        return VPL011_ERR_UNINIT;
    }
    if (d->ops.lock) {
        if (unlikely(guard == GUARD_BUSY) && d->ops.owner &&
            d->ops.owner(d->ops.ctx)) {
            return VPL011_ERR_REENTRY;
        }
        saved = d->ops.lock(d->ops.ctx);
    }
    return take_guard(d, saved);
}

/* The time has come for something: it happens before whatever the caller wants,
 * so that a read shows it. */
static OUT_OF_LINE int pass_time(struct vpl011 *d)
{
    if ((d->todo & TODO_TIMED) && d->time->calls->now(d) >= d->time->when) {
        vpl011_changed_(d);
        if (d->tx_fill > 0) {
            vpl011_drain_(d);
        }
        derive(d);
    }
    return VPL011_OK;
}

int vpl011_enter_(struct vpl011 *d)
{
    const int err = take_device(d);

    return likely(err <= 0) ? err : pass_time(d);
}

/* The same for a caller that has taken the lock already. */
int vpl011_enter_locked_(struct vpl011 *d, uintptr_t saved)
{
    const int err = take_guard(d, saved);

    return likely(err <= 0) ? err : pass_time(d);
}

int vpl011_look_(struct vpl011 *d)
{
    const int err = take_device(d);

    return err < 0 ? err : VPL011_OK;
}

/* Leave a device that is settled, or that was only looked at. */
static INLINE_FOR_SPEED void leave(struct vpl011 *d)
{
    vpl011_store_relaxed(&d->guard, d->way);
    if (d->ops.unlock) {
        d->ops.unlock(d->ops.ctx, d->lock_saved);
    }
}

void vpl011_leave_(struct vpl011 *d)
{
    leave(d);
}

/*
 * Store the register page or tell the trace op, leave, and call notify, which
 * may call the device, as other threads may while it runs. The events which
 * that raises are told by one more call when notify has returned, so that it is
 * never entered twice at a time.
 */
static OUT_OF_LINE void leave_telling(struct vpl011 *d)
{
    uint32_t events = d->todo & TODO_EVENTS;

    if (unlikely(d->todo & (TODO_TRACED | TODO_PAGE))) {
        if (d->todo & TODO_TRACED) {
            vpl011_trace_(d, VPL011_TRACE_SETTLED, 0, 0, events);
        } else {
            vpl011_page_settle_(d); /* open only without a trace op */
        }
    }
    if (events && d->ops.notify && !d->notifying && !(d->flags & FLAG_PAUSED)) {
        d->notifying = true;
        do {
            d->todo &= ~TODO_EVENTS;
            leave(d);
            d->ops.notify(d->ops.ctx, events);
            if (d->ops.lock) {
                (void)vpl011_enter_(d);
            }
            events = (d->flags & FLAG_PAUSED) ? 0 : d->todo & TODO_EVENTS;
        } while (events);
        d->notifying = false;
        if (!d->ops.lock) {
            return;
        }
    }
    leave(d);
}

static inline int derive_and_leave(struct vpl011 *d)
{
    if (d->todo & (TODO_DERIVE | TODO_INTERRUPTS | TODO_PINS)) {
        derive(d);
    }
    if (unlikely(d->todo & (TODO_EVENTS | TODO_TRACED | TODO_PAGE))) {
        leave_telling(d);
    } else {
        leave(d);
    }
    return VPL011_OK;
}

/* Settle and leave. In most calls there is nothing to settle. */
int vpl011_settle_(struct vpl011 *d)
{
    if (d->tx_fill > 0) {
        vpl011_drain_(d);
    }
    return derive_and_leave(d);
}

#if FOR_SPEED
/* The same after a put() whose answer is not simply "taken": the backend took
 * the character and asks for an event, or it refused it. */
OUT_OF_LINE int vpl011_settle_put_(struct vpl011 *d, uint32_t answer)
{
    if (likely(answer & VPL011_BACKEND_TAKEN)) {
        vpl011_left_steadily_(d, 1);
        vpl011_asked_(d, answer);
    } else {
        vpl011_drain_refused_(d, answer);
    }
    return derive_and_leave(d);
}
#endif
