/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * How characters leave the TX FIFO: to the backend, in loopback to the device's
 * own receiver, or as the policy says where the far end takes none. This is
 * where TXRIS is set: it is high while d->txi is not 0 (interrupts.h), and
 * falls here, by UARTICR (access.c) and at a reset. The short ways of access.c
 * find it set and only renew it (vpl011_left_steadily_(), internal.h); a loaded
 * state brings its own.
 */
#include "internal.h"

#include <string.h>

/*
 * Whether the guest takes an interrupt for this drain and for nothing else. It
 * does where TXIM is set and nothing has been pending since the guest's last
 * write of UARTICR: then no handler is running which would acknowledge TX
 * because of an earlier interrupt. An edge-triggered controller may still hold
 * an earlier interrupt, so there it cannot be known.
 */
static inline bool is_interrupt_of_its_own(const struct vpl011 *d)
{
    return (d->imsc & PL011_INT_TX) && !(d->acks & ACK_PENDING) &&
           !d->ops.irq_pending;
}

/*
 * Characters leave the TX FIFO, by whatever way. Every drain that leaves no
 * more than the trigger sets TXRIS; by the strict rules, only one that began
 * above it.
 *
 * Except by the strict rules, TXRIS then takes two acknowledges to clear,
 * because some drivers write UARTDR first and UARTICR after it in the same
 * handler (RTEMS, 9front, OpenBSD 2018). That acknowledge is meant for the
 * interrupt which brought them there, but it arrives after the new characters
 * have left; if it cleared their interrupt as well, the driver would wait for
 * ever. The price is at most one spurious interrupt. One acknowledge is enough
 * where this drain will interrupt by itself, as with drivers that keep TXIM set
 * and send one character for each interrupt (seL4, MicroPython).
 */
void vpl011_tx_leave_(struct vpl011 *d, size_t count)
{
    const size_t before = d->tx_fill;
    const size_t fill = before - count;
    const size_t load = d->tx_load + count;

    d->tx_fill = (uint8_t)fill;
    memmove(d->tx_fifo, d->tx_fifo + count, fill);
    if (fill <= d->tx_trigger) {
        if (!(d->flags & VPL011_CFG_STRICT_INTERRUPTS)) {
            d->txi = is_interrupt_of_its_own(d) ? 1 : 2;
        } else if (before > d->tx_trigger) {
            d->txi = 1;
        }
    }
    if (d->flags & VPL011_CFG_TXFF_ONCE_PER_LOAD) {
        d->tx_load = (uint8_t)(load < d->depth ? load : d->depth);
    }
    d->irq_edges &= ~PL011_INT_TX;
    vpl011_changed_(d);
}

/*
 * The backend did not take everything. Apply the policy: on_stall where
 * somebody is at the far end, on_gone where nobody is. Returns true if the
 * backend should be asked once more.
 */
static bool far_end_full(struct vpl011 *d, unsigned int later)
{
    const size_t due = d->tx_fill - later;
    struct vpl011_backend_status status;
    size_t wanted;
    size_t dropped;
    uint8_t policy;

    vpl011_poll_(d, &status);
    policy = status.attached ? d->on_stall : d->on_gone;
    if (policy == VPL011_POLICY_STALL) {
        return false;
    }
    if (policy == VPL011_POLICY_DROP_OLDEST && d->backend.drop_oldest &&
        !status.stopped) {
        if (due <= status.room) {
            return true;
        }
        wanted = due - status.room;
        dropped = d->backend.drop_oldest(d->backend.ctx, wanted);
        if (dropped > wanted) {
            dropped = wanted;
        }
        d->counters.tx_dropped_oldest += dropped;
        /* If none was dropped, the far end is reading at this moment. The
         * characters stay here, and the next call offers them again. */
        return dropped > 0;
    }
    d->counters.tx_dropped += due;
    vpl011_tx_leave_(d, due);
    return false;
}

/* The backend gets a word of its own for events, so that nothing it stores
 * there reaches the device's state unchecked. */
static inline size_t offer(struct vpl011 *d, unsigned int later,
                           uint32_t *events)
{
    *events = 0;
    return d->backend.write(d->backend.ctx, d->tx_fifo, d->tx_fill - later,
                            events);
}

/*
 * Account for what the backend took of an offer, and decide about the rest. The
 * loop ends because a further offer either takes something, of which there is
 * a FIFO at most, or is the last.
 */
static void drain_partly(struct vpl011 *d, unsigned int later, size_t taken,
                         uint32_t events)
{
    for (;;) {
        vpl011_asked_(d, events);
        if (taken > d->tx_fill - later) {
            taken = d->tx_fill - later;
        }
        if (taken > 0) {
            d->counters.tx_bytes += taken;
            vpl011_tx_leave_(d, taken);
        }
        if (d->tx_fill == later || !far_end_full(d, later)) {
            return;
        }
        taken = offer(d, later, &events);
        if (taken == 0) {
            vpl011_asked_(d, events);
            return;
        }
    }
}

/*
 * Loopback (TRM 2.4.3): what is sent is received, and never leaves the device.
 * With the receiver off it vanishes; Linux up to 4.0 sends a NUL that way when
 * it opens the port. CTSEN looks at the device's own RTS, so that with RTSEN
 * set as well the sender stops when the RX FIFO reaches its trigger.
 */
static void drain_to_self(struct vpl011 *d, unsigned int later)
{
    const size_t due = d->tx_fill - later;
    size_t count = 0;

    if ((d->gates & GATE_LOOP_RX) && !vpl011_close_page_(d)) {
        return;
    }
    while (count < due &&
           (!(d->gates & GATE_CTSEN) || (vpl011_outputs_(d) & PL011_CR_RTS))) {
        if (d->gates & GATE_LOOP_RX) {
            vpl011_rx_put_(d, d->tx_fifo[count]);
        }
        count++;
    }
    if (count > 0) {
        d->counters.tx_looped += count;
        vpl011_tx_leave_(d, count);
    }
}

/* Send all but the last `later` characters, which are not due yet. Without a
 * clock `later` is 0. */
static ALWAYS_INLINE void drain_all_but(struct vpl011 *d, unsigned int later)
{
    uint32_t events;
    size_t taken;

    if (d->gates & GATE_LOOP) {
        drain_to_self(d, later);
    } else if (!(d->flags & FLAG_UNATTACHED) &&
               (!(d->gates & GATE_CTSEN) || (d->modem_inputs & PL011_FR_CTS))) {
        taken = offer(d, later, &events);
        drain_partly(d, later, taken, events);
    }
}

OUT_OF_LINE void vpl011_drain_all_but_(struct vpl011 *d, unsigned int later)
{
    drain_all_but(d, later);
}

/* Move what can move now. */
static void drain(struct vpl011 *d)
{
    if (!(d->gates & GATE_TX)) {
        return;
    }
    if (unlikely(d->flags & FLAG_TIMED_TX)) {
        d->time->calls->drain(d);
    } else {
        drain_all_but(d, 0);
    }
}

/* TXRIS falls when more than the trigger is left after the drain. It is not
 * lowered before the drain: with FEN=0 a character fills and empties the
 * holding register within one write, and RTEMS must keep its interrupt. */
static void settle_rest_of_tx(struct vpl011 *d)
{
    if (d->tx_fill > 0) {
        if (d->tx_fill > d->tx_trigger) {
            d->txi = 0;
        }
        vpl011_changed_(d);
    }
}

/*
 * Characters that wait in the TX FIFO leave, if they can. The first case is the
 * steady state, of a backend without put or for a run of deferred writes: the
 * backend takes all of them, and nothing has to be derived.
 */
void vpl011_drain_(struct vpl011 *d)
{
    uint32_t events;
    size_t taken;

    if (FOR_SPEED && d->way != GUARD_WATCHED && !(d->todo & TODO_DERIVE) &&
        vpl011_is_steady_(d)) {
        taken = offer(d, 0, &events);
        if (likely(taken == d->tx_fill)) {
            d->tx_fill = 0;
            vpl011_left_steadily_(d, taken);
            vpl011_asked_(d, events);
            return;
        }
        drain_partly(d, 0, taken, events);
    } else {
        drain(d);
    }
    settle_rest_of_tx(d);
}

#if FOR_SPEED
/* The same for a character that was offered to the backend directly, past the
 * FIFO, and refused. */
void vpl011_drain_refused_(struct vpl011 *d, uint32_t events)
{
    d->tx_fifo[0] = d->tx_offered;
    d->tx_fill = 1;
    drain_partly(d, 0, 0, events);
    settle_rest_of_tx(d);
}
#endif
