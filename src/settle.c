/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The one exit. Every entry point changes registers and FIFOs and then comes
 * here: drain TX, look at the pins, publish FR, derive the interrupts and
 * publish the interrupt outputs, collect the events. If a condition exists, it
 * is decided in this file and nowhere else.
 */
#include "internal.h"

#include <string.h>

/*
 * Whether the guest will be interrupted for this drain and for nothing else:
 * TX is enabled, and nothing was pending since the guest last acknowledged, so
 * that no handler runs whose acknowledge could be meant for something earlier.
 * A controller of edges may hold one from before all the same.
 */
static inline bool is_interrupt_of_its_own(const struct vpl011 *d)
{
    return d->txi == 0 && (d->imsc & PL011_INT_TX) &&
           !(d->acks & ACK_PENDING) && !d->ops.irq_pending;
}

/*
 * Characters leave the TX FIFO, however: each drain that leaves at most the
 * trigger sets TXRIS.
 *
 * To two, because the acknowledge that a driver writes after DR, in one
 * handler, belongs to the drain before (RTEMS, 9front, OpenBSD 2018). One step
 * of ICR is for that one, the other for this; at most one interrupt is
 * spurious. To one where it is an interrupt of its own, as for drivers that
 * keep TXIM set and send one character for each (seL4, MicroPython).
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
    d->tx_load = (uint8_t)(load < d->depth ? load : d->depth);
    d->irq_edges &= ~PL011_INT_TX;
    vpl011_changed_(d);
}

/*
 * The backend did not take everything: let the policy for this state of the
 * far end decide about the rest. Returns true if the backend should be asked
 * once more.
 */
static bool far_end_full(struct vpl011 *d)
{
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
        if (d->tx_fill <= status.room) {
            return true;
        }
        wanted = d->tx_fill - status.room;
        dropped = d->backend.drop_oldest(d->backend.ctx, wanted);
        if (dropped > wanted) {
            dropped = wanted;
        }
        d->counters.tx_dropped_oldest += dropped;
        /* None: the far end is taking them now. What is here stays, and is
         * offered again by the next entry. */
        return dropped > 0;
    }
    d->counters.tx_dropped += d->tx_fill;
    vpl011_tx_leave_(d, d->tx_fill);
    return false;
}

/* A backend gets a word of its own: nothing that it stores is the device's. */
static inline size_t offer(struct vpl011 *d, uint32_t *events)
{
    *events = 0;
    return d->backend.write(d->backend.ctx, d->tx_fifo, d->tx_fill, events);
}

/*
 * What the backend took of an offer, with every effect, and what becomes of the
 * rest. Each further offer needs that the one before moved something.
 */
static OUT_OF_LINE void drain_partly(struct vpl011 *d, size_t taken,
                                     uint32_t events)
{
    for (;;) {
        vpl011_asked_(d, events);
        if (taken > d->tx_fill) {
            taken = d->tx_fill;
        }
        if (taken > 0) {
            d->counters.tx_bytes += taken;
            vpl011_tx_leave_(d, taken);
        }
        if (d->tx_fill == 0 || !far_end_full(d)) {
            return;
        }
        taken = offer(d, &events);
        if (taken == 0) {
            vpl011_asked_(d, events);
            return;
        }
    }
}

/*
 * Loopback (TRM 2.4.3): what is sent is received, and never leaves. With the
 * receiver off it vanishes (Linux up to 4.0 sends a NUL so at open). CTSEN
 * sees the own RTS, so that with RTSEN too the sender stops at the watermark.
 */
static void drain_to_self(struct vpl011 *d)
{
    size_t count = 0;

    while (count < d->tx_fill &&
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

/* Whatever can move, with every effect that it has. */
static OUT_OF_LINE void drain(struct vpl011 *d)
{
    uint32_t events;
    size_t taken;

    if (!(d->gates & GATE_TX)) {
        return;
    }
    if (d->gates & GATE_LOOP) {
        drain_to_self(d);
    } else if (!(d->flags & FLAG_UNATTACHED) &&
               (!(d->gates & GATE_CTSEN) || (d->modem_inputs & PL011_FR_CTS))) {
        taken = offer(d, &events);
        drain_partly(d, taken, events);
    }
}

/*
 * The modem outputs as the pins show them. Under RTSEN the RX FIFO drives RTS
 * and CR.RTS has no effect (TRM 3.3.8).
 */
uint32_t vpl011_outputs_(const struct vpl011 *d)
{
    uint32_t outputs =
        d->cr & (PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 | PL011_CR_OUT2);

    if (is_sbsa(d)) {
        return 0;
    }
    if (d->gates & GATE_RTSEN) {
        outputs &= ~PL011_CR_RTS;
        if (d->rx_fill < d->rx_trigger) {
            outputs |= PL011_CR_RTS;
        }
    }
    return outputs;
}

/*
 * The four modem pairs: the output that loopback feeds into the input (TRM
 * 4.5.2), and where the input shows. No two registers have the same order.
 */
uint32_t vpl011_modem_map_(uint32_t bits, enum modem_column from,
                           enum modem_column to)
{
    static const uint16_t modem[4][4] = {
        {PL011_CR_RTS, PL011_FR_CTS, PL011_INT_CTS, PL011_ITIP_nCTS},
        {PL011_CR_DTR, PL011_FR_DSR, PL011_INT_DSR, PL011_ITIP_nDSR},
        {PL011_CR_OUT1, PL011_FR_DCD, PL011_INT_DCD, PL011_ITIP_nDCD},
        {PL011_CR_OUT2, PL011_FR_RI, PL011_INT_RI, PL011_ITIP_nRI},
    };
    uint32_t mapped = 0;
    int i;

    for (i = 0; i < 4; i++) {
        if (bits & modem[i][from]) {
            mapped |= modem[i][to];
        }
    }
    return mapped;
}

/* The modem inputs as FR shows them: in loopback, the own outputs. */
uint32_t vpl011_modem_visible_(const struct vpl011 *d)
{
    if (d->gates & GATE_LOOP) {
        return vpl011_modem_map_(vpl011_outputs_(d), MODEM_CR, MODEM_FR);
    }
    return d->modem_inputs;
}

/* BREAK, modem lines and the line's settings: only when they can have moved. */
static OUT_OF_LINE void settle_pins(struct vpl011 *d)
{
    uint32_t outputs;
    uint32_t visible;
    bool looped = (d->gates & GATE_LOOP) != 0;
    bool brk = !is_sbsa(d) && (d->lcr_h & PL011_LCR_H_BRK);
    bool told = (d->latches & LATCH_BREAK_OUT) != 0;
    uint64_t line;

    d->gates &= (uint8_t)~GATE_PINS;

    if (told != (brk && !looped)) {
        d->latches ^= LATCH_BREAK_OUT;
        if (d->backend.send_break) {
            struct vpl011_backend_status status;

            d->backend.send_break(d->backend.ctx, !told);
            vpl011_poll_(d, &status);
        }
    }
    if (!(brk && looped)) {
        d->latches &= (uint8_t)~LATCH_BREAK_LOOP;
    } else if (!(d->latches & LATCH_BREAK_LOOP)) {
        d->latches |= LATCH_BREAK_LOOP;
        if (d->gates & GATE_LOOP_RX) {
            vpl011_rx_put_(d, vpl011_break_entry_(d));
        }
    }

    /* After the BREAK: it may be what fills the RX FIFO up to RTSEN's level. */
    outputs = vpl011_outputs_(d);
    visible = vpl011_modem_visible_(d);
    if (visible != d->modem_seen) {
        d->ris_latched |= (uint16_t)vpl011_modem_map_(visible ^ d->modem_seen,
                                                      MODEM_FR, MODEM_INT);
        d->modem_seen = (uint16_t)visible;
    }

    line = outputs;
    if (!is_sbsa(d)) {
        line |= (uint64_t)(d->lcr_h & ~PL011_LCR_H_FEN) << 16 |
                (uint64_t)d->line_fbrd << 24 | (uint64_t)d->line_ibrd << 32;
    }
    if (line != d->line_seen) {
        d->line_seen = line;
        vpl011_raise_(d, VPL011_EVENT_LINE);
    }
}

/*
 * RXRIS and RTRIS as levels: they go away by reading, so that no order of
 * reading and acknowledging leaves characters behind. No time is modelled: the
 * timeout is over at once. Who acknowledges again and has read nothing since is
 * not reading: then they are put down (write_icr()), and come back when
 * anything happens that may make the guest read.
 */
static uint32_t rx_level(const struct vpl011 *d)
{
    uint32_t rx = 0;

    if (d->rx_fill > 0) {
        /* RX without RT: 9front and ArceOS have no other way to learn of a
         * key press below the trigger. */
        if (d->rx_fill >= d->rx_trigger ||
            (d->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX) {
            rx = PL011_INT_RX;
        }
        rx |= d->imsc & PL011_INT_RT;
    }
    return rx & ~(uint32_t)d->acks;
}

/* The same as the TRM words it, for those who test drivers. */
static OUT_OF_LINE uint32_t rx_strict(struct vpl011 *d)
{
    if (d->rx_fill < d->rx_trigger) {
        d->latches &= (uint8_t)~LATCH_RX;
    }
    if (d->rx_fill == 0) {
        d->latches &= (uint8_t)~LATCH_RT;
    }
    return ((d->latches & LATCH_RX) ? PL011_INT_RX : 0) |
           ((d->latches & LATCH_RT) ? (d->imsc & PL011_INT_RT) : 0);
}

/* The interrupt outputs: each is the OR of its share of MIS (TRM 2.8). */
static OUT_OF_LINE void publish_lines(struct vpl011 *d)
{
    static const uint16_t share[6] = {
        PL011_INT_ALL, PL011_INT_MODEM, PL011_INT_RX,
        PL011_INT_TX,  PL011_INT_RT,    PL011_INT_ERROR,
    };
    uint32_t lines = 0;
    uint32_t changed;
    unsigned int i;

    for (i = 0; i < 6; i++) {
        if (d->mis & share[i]) {
            lines |= VPL011_IRQ_UARTINTR << i;
        }
    }
    changed = d->republish ? VPL011_IRQ_ALL : lines ^ d->irq_lines;
    if (changed) {
        d->republish = false;
        if (lines & ~d->irq_lines & VPL011_IRQ_UARTINTR) {
            d->counters.irq_raises++;
        }
        /* After FR: who sees the line sees what FR had to say before it. */
        vpl011_store_release(&d->irq_lines, lines);
        if (d->ops.irq && !(d->flags & FLAG_PAUSED)) {
            d->ops.irq(d->ops.ctx, lines, changed);
        }
    }
}

/* The newly-pending form: what MIS shows and the controller has not seen. */
static OUT_OF_LINE void publish_edges(struct vpl011 *d)
{
    const uint32_t mis = d->mis;
    uint32_t edges;

    if (!d->ops.irq_pending || (d->flags & FLAG_PAUSED)) {
        return;
    }
    edges = mis & ~d->irq_edges;
    d->irq_edges = mis;
    if (edges) {
        d->ops.irq_pending(d->ops.ctx, edges);
    }
}

static void settle_interrupts(struct vpl011 *d)
{
    uint32_t ris = d->ris_latched;
    uint32_t mis;

    if (d->txi > 0) {
        ris |= PL011_INT_TX;
    }
    if (d->flags & VPL011_CFG_STRICT_INTERRUPTS) {
        ris |= rx_strict(d);
    } else {
        ris |= rx_level(d);
    }
    vpl011_store_relaxed_u16(&d->ris, (uint16_t)ris);

    mis = ris & d->imsc;
    if (mis) {
        d->acks |= ACK_PENDING;
    }
    if (mis != d->mis || unlikely(d->republish)) {
        vpl011_store_relaxed_u16(&d->mis, (uint16_t)mis);
        publish_lines(d);
    }
    if (unlikely(d->gates & GATE_EVERY)) {
        publish_edges(d);
    }
}

static void publish_fr(struct vpl011 *d)
{
    uint32_t fr = FR_PLAIN | d->modem_seen;

    /*
     * BUSY says "characters are queued", not "a frame is on the line", so that
     * it never waits for the host while the backend has room: Linux earlycon
     * and printk poll it after each character with interrupts off.
     */
    fr |= d->tx_fill == 0 ? PL011_FR_TXFE : PL011_FR_BUSY;
    if (d->tx_fill >= d->depth) {
        fr |= PL011_FR_TXFF;
    }
    if (d->rx_fill == 0) {
        fr |= PL011_FR_RXFE;
    }
    if (d->rx_fill >= d->depth) {
        fr |= PL011_FR_RXFF;
    }
    if (unlikely((d->flags & VPL011_CFG_TXFF_ONCE_PER_LOAD) |
                 (d->todo & (TODO_TRACED | TODO_RESTING)))) {
        if (vpl011_load_shown_(d)) {
            fr &= ~(FR_PLAIN | PL011_FR_TXFE);
            fr |= PL011_FR_TXFF | PL011_FR_BUSY;
        }
        if (d->todo & (TODO_TRACED | TODO_RESTING)) {
            fr &= FR_VALUE;
        }
    }
    /* Not where it is the same: others poll it. */
    if (fr != d->fr) {
        vpl011_store_relaxed(&d->fr, fr);
    }
}

/*
 * Once the guest has taken what there was, whatever made the room (reading, a
 * flush, reset, RXE, the end of loopback): after a burst it has a rest, else
 * more input is asked for. During a rest the time is asked for instead. The
 * rest needs no receiver that is on: it may be off when the last is read, and
 * a device that is paused, or saved, then has it all the same.
 */
static void settle_input(struct vpl011 *d)
{
    if (d->rx_fill == 0 && d->rx_burst >= RX_BURST && d->rx_rest == 0) {
        d->rx_rest = RX_REST;
        d->todo |= TODO_RESTING;
    }
    if (!(d->more_waits | d->push_waits) ||
        (!(d->flags & VPL011_CFG_UNTHROTTLED) &&
         (d->rx_fill > 0 || !(d->gates & GATE_RX)))) {
        return;
    }
    if (d->rx_rest > 0) {
        if (!d->tick_asked) {
            d->tick_asked = true;
            vpl011_raise_(d, VPL011_EVENT_TICK);
        }
        return;
    }
    if (d->more_waits && !d->refill_asked) {
        d->refill_asked = true;
        vpl011_raise_(d, VPL011_EVENT_REFILL);
    }
    if (d->push_waits) {
        d->push_waits = false;
        vpl011_raise_(d, VPL011_EVENT_ROOM);
    }
}

/*
 * Whether a character that leaves at once changes nothing that can be seen:
 * the FIFO is empty, TXRIS is set, and nothing stops, loops or counts it.
 */
static inline bool tx_is_steady(const struct vpl011 *d)
{
    return d->tx_fill == 0 && d->txi > 0 &&
           (d->gates & (GATE_TX | GATE_LOOP | GATE_CTSEN | GATE_EVERY)) ==
               GATE_TX;
}

/* Taking a character from the RX FIFO changes what can be seen at these fills
 * only: it was full, at the trigger, the last, or there was none. */
static inline uint8_t rx_watch(const struct vpl011 *d)
{
    if (unlikely(d->acks & ACK_RECEIVE)) {
        return d->rx_fill; /* the next read makes this past */
    }
    if (d->rx_fill >= d->depth) {
        return d->depth;
    }
    return d->rx_fill >= d->rx_trigger ? d->rx_trigger : d->rx_fill > 0;
}

/* What follows from registers and FIFOs, once they are as they will be. */
static inline void derive(struct vpl011 *d)
{
    if (unlikely(d->gates & (GATE_PINS | GATE_RTSEN)) &&
        !(d->flags & FLAG_PAUSED)) {
        settle_pins(d);
    }
    settle_input(d);
    /* Before the lines: a vCPU that they interrupt reads it next. */
    publish_fr(d);
    settle_interrupts(d);
    d->rx_watch = rx_watch(d);
    d->todo &= ~(TODO_DERIVE | TODO_WATCH_TX);
    if (!tx_is_steady(d)) {
        d->todo |= TODO_WATCH_TX;
    }
}

/* After the drain, not at the push: RTEMS with FEN=0 fills and empties the
 * holding register in one write. */
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
 * Characters that wait in the TX FIFO leave, if they can. In the steady state,
 * where the backend takes all of them, that comes to the little that
 * vpl011_tx_leave_() would then do.
 */
static void settle_tx(struct vpl011 *d)
{
    uint32_t events;
    size_t taken;

    if (!FOR_SPEED || (d->todo & (TODO_DERIVE | TODO_WATCH_TX))) {
        drain(d);
    } else {
        taken = offer(d, &events);
        if (likely(taken == d->tx_fill)) {
            d->counters.tx_bytes += taken;
            d->tx_fill = 0;
            d->txi = 2;
            vpl011_asked_(d, events);
            return;
        }
        drain_partly(d, taken, events);
    }
    settle_rest_of_tx(d);
}

int vpl011_enter_(struct vpl011 *d)
{
    uint32_t guard;
    uintptr_t saved = 0;

    if (unlikely(!d)) {
        return VPL011_ERR_NULL;
    }
    guard = vpl011_load_relaxed(&d->guard);
    if (likely(guard == GUARD_IDLE)) {
        vpl011_store_relaxed(&d->guard, GUARD_BUSY);
        return VPL011_OK;
    }
    if (guard - GUARD_IDLE > GUARD_LAST - GUARD_IDLE) {
        return VPL011_ERR_UNINIT;
    }
    if (d->ops.lock) {
        saved = d->ops.lock(d->ops.ctx);
    }
    return vpl011_enter_locked_(d, saved);
}

/* The same under the lock, if there is one, which is given back on error. */
int vpl011_enter_locked_(struct vpl011 *d, uintptr_t saved)
{
    if (unlikely(vpl011_load_relaxed(&d->guard) == GUARD_BUSY)) {
        if (d->ops.unlock) {
            d->ops.unlock(d->ops.ctx, saved);
        }
        return VPL011_ERR_REENTRY;
    }
    d->lock_saved = saved;
    vpl011_store_relaxed(&d->guard, GUARD_BUSY);
    return VPL011_OK;
}

static INLINE_FOR_SPEED void leave_as_it_is(struct vpl011 *d)
{
    const bool watched = (d->todo & TODO_WATCH_ALL) || d->tx_fill > 0;

    vpl011_store_relaxed(&d->guard, watched         ? GUARD_WATCHED
                                    : d->ops.unlock ? GUARD_LOCKED
                                                    : GUARD_IDLE);
    if (d->ops.unlock) {
        d->ops.unlock(d->ops.ctx, d->lock_saved);
    }
}

void vpl011_looked_(struct vpl011 *d)
{
    leave_as_it_is(d);
}

/*
 * Leaving, settled, where somebody is to be told, or the lock dropped. notify
 * is not entered again while it runs: what it does to the device, or another
 * thread, may owe more events, which are told when it has returned.
 */
static OUT_OF_LINE_FOR_SPEED int leave_telling(struct vpl011 *d)
{
    uint32_t events = d->todo & TODO_EVENTS;

    if (unlikely(d->todo & TODO_TRACED)) {
        vpl011_trace_(d, VPL011_TRACE_SETTLED, 0, 0, events);
    }
    if (events && d->ops.notify && !d->notifying && !(d->flags & FLAG_PAUSED)) {
        d->notifying = true;
        do {
            d->todo &= ~TODO_EVENTS;
            leave_as_it_is(d);
            d->ops.notify(d->ops.ctx, events);
            if (d->ops.lock) {
                (void)vpl011_enter_(d);
            }
            events = d->todo & TODO_EVENTS;
        } while (events);
        d->notifying = false;
        if (!d->ops.lock) {
            return VPL011_OK;
        }
    }
    leave_as_it_is(d);
    return VPL011_OK;
}

/* What is left to do once the TX FIFO is settled. */
static OUT_OF_LINE int leave_deriving(struct vpl011 *d)
{
    if (d->todo & TODO_DERIVE) {
        derive(d);
    }
    if (FOR_SPEED &&
        likely(!(d->todo & (TODO_EVENTS | TODO_WATCH_ALL | TODO_HOOKED)))) {
        vpl011_store_relaxed(&d->guard,
                             d->tx_fill > 0 ? GUARD_WATCHED : GUARD_IDLE);
        return VPL011_OK;
    }
    return leave_telling(d);
}

/* Settle and leave. Mostly there is nothing to do. */
int vpl011_leave_(struct vpl011 *d)
{
    if (d->tx_fill > 0) {
        settle_tx(d);
    }
    if (FOR_SPEED && likely((d->todo & ~TODO_WATCH_TX) == 0)) {
        vpl011_store_relaxed(&d->guard, GUARD_IDLE);
        return VPL011_OK;
    }
    return leave_deriving(d);
}

#if FOR_SPEED
/* The same in the steady state, for a character that was offered already: the
 * backend took it and asks for something, or it did not. */
OUT_OF_LINE int vpl011_leave_offered_(struct vpl011 *d, size_t taken,
                                      uint32_t events)
{
    if (likely(taken == 1)) {
        d->counters.tx_bytes++;
        d->txi = 2;
        vpl011_asked_(d, events);
    } else {
        d->tx_fill = 1;
        drain_partly(d, taken, events);
        settle_rest_of_tx(d);
    }
    return leave_deriving(d);
}
#endif
