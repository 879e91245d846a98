/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * UARTRIS, UARTMIS and the interrupt outputs: what is not needed for each
 * character. interrupts.h has the rest; TXRIS is set in drain.c.
 */
#include "interrupts.h"

/* RXRIS and RTRIS as the TRM words them: latched by an arrival, cleared by
 * UARTICR or by reading. For VPL011_CFG_STRICT_INTERRUPTS, to test drivers. */
uint32_t vpl011_rx_strict_(struct vpl011 *d)
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

static INLINE_FOR_SPEED void tell(struct vpl011 *d, uint32_t lines,
                                  uint32_t changed)
{
    if (lines & ~d->irq_lines & VPL011_IRQ_UARTINTR) {
        d->counters.irq_raises++;
    }
    /* A release store, made after UARTFR was stored: whoever sees the interrupt
     * output also sees the UARTFR that belongs to it. */
    vpl011_store_release(&d->irq_lines, lines);
    if (d->ops.irq && !(d->flags & FLAG_PAUSED)) {
        d->ops.irq(d->ops.ctx, lines, changed);
    }
}

/* Some of this is told although no output has changed: the open register page,
 * before any output moves, and all outputs where somebody may have missed them
 * (REPUBLISH_LINES). */
static OUT_OF_LINE void tell_anew(struct vpl011 *d, uint32_t lines)
{
    uint32_t changed = lines ^ d->irq_lines;

    if (d->republish & REPUBLISH_PAGE) {
        vpl011_page_store_(d);
    }
    if (d->republish & REPUBLISH_LINES) {
        d->republish &= (uint8_t)~REPUBLISH_LINES;
        changed = VPL011_IRQ_ALL;
    }
    if (changed) {
        tell(d, lines, changed);
    }
}

_Static_assert(PL011_INT_RX >> 2 == VPL011_IRQ_UARTRXINTR &&
                   PL011_INT_TX >> 2 == VPL011_IRQ_UARTTXINTR &&
                   PL011_INT_RT >> 2 == VPL011_IRQ_UARTRTINTR,
               "RX, TX and RT are in the same order in UARTMIS as the outputs");

/* The interrupt outputs: each is the OR of its share of MIS (TRM 2.8). */
void vpl011_publish_lines_(struct vpl011 *d)
{
    const uint32_t mis = d->mis;
    uint32_t lines = (mis & (PL011_INT_RX | PL011_INT_TX | PL011_INT_RT)) >> 2;

    if (mis & PL011_INT_MODEM) {
        lines |= VPL011_IRQ_UARTMSINTR;
    }
    if (mis & PL011_INT_ERROR) {
        lines |= VPL011_IRQ_UARTEINTR;
    }
    if (mis) {
        lines |= VPL011_IRQ_UARTINTR;
    }
    if (unlikely(d->republish)) {
        tell_anew(d, lines);
    } else if (lines != d->irq_lines) {
        tell(d, lines, lines ^ d->irq_lines);
    }
}

/* For edge-triggered controllers: tell which bits of UARTMIS are pending that
 * the controller has not been told of yet. */
void vpl011_publish_edges_(struct vpl011 *d)
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
