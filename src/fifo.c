/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The two FIFOs: entries in and out, overrun, and what a break looks like. */
#include "internal.h"

/*
 * The entry that a break leaves (TRM 2.4.3, 3.3.1). Real parts flag FE beside
 * BE, and Linux expects it. The parity bit of a break is 0, which is wrong
 * where the format has odd or mark parity.
 */
uint32_t vpl011_break_entry_(const struct vpl011 *d)
{
    uint32_t parity = d->lcr_h & (PL011_LCR_H_PEN | PL011_LCR_H_EPS);

    if (!is_sbsa(d) && parity == PL011_LCR_H_PEN) {
        return BREAK_ENTRY | PL011_DR_PE;
    }
    return BREAK_ENTRY;
}

/* Something arrived, and the fill was `before`: what that means by itself. */
static inline void arrived(struct vpl011 *d, unsigned int before)
{
    if (before < d->rx_trigger && d->rx_fill >= d->rx_trigger) {
        d->latches |= LATCH_RX;
    }
    d->latches |= LATCH_RT;
    if (d->depth == 1) {
        d->latches &= (uint8_t)~LATCH_EARLY_RX;
        if (!(d->latches & LATCH_CR_WRITTEN)) {
            d->latches |= LATCH_EARLY_RX;
        }
    }
    d->acks &= (uint8_t)~ACK_RECEIVE;
    d->irq_edges &= ~(PL011_INT_RX | PL011_INT_RT);
    d->counters.rx_bytes += d->rx_fill - before;
    vpl011_changed_(d);
}

/*
 * One character arrives from the line. A full FIFO keeps what it has: the new
 * character is lost, RSR.OE is set at once, and the next one that fits carries
 * OE in bit 11 (TRM 2.4.3). RIS.OE is raised at the onset of RSR.OE only, as
 * silicon does, so that software which never writes UARTECR sees one.
 */
void vpl011_rx_put_(struct vpl011 *d, uint32_t entry)
{
    unsigned int before = d->rx_fill;

    if (before >= d->depth) {
        d->counters.rx_overruns++;
        d->latches |= LATCH_OVERRUN;
        if (!(d->rsr & PL011_RSR_OE)) {
            vpl011_store_relaxed_u16(&d->rsr,
                                     (uint16_t)(d->rsr | PL011_RSR_OE));
            d->ris_latched |= PL011_INT_OE;
            vpl011_changed_(d);
        }
        return;
    }
    /* FE, PE and BE are one place higher in DR than in RIS. */
    d->ris_latched |= (uint16_t)((entry & ~PL011_DR_OE & PL011_DR_ERRORS) >> 1);
    if (d->latches & LATCH_OVERRUN) {
        d->latches &= (uint8_t)~LATCH_OVERRUN;
        entry |= PL011_DR_OE;
    }
    d->rx_fifo[(d->rx_head + before) % PL011_DEPTH_MAX] = (uint16_t)entry;
    d->rx_fill++;
    arrived(d, before);
}

static inline void copy_text(uint16_t *to, const uint8_t *from, size_t count)
{
    size_t i;

    for (i = 0; i + 4 <= count; i += 4) {
        to[i] = from[i];
        to[i + 1] = from[i + 1];
        to[i + 2] = from[i + 2];
        to[i + 3] = from[i + 3];
    }
    for (; i < count; i++) {
        to[i] = from[i];
    }
}

/* One character from the line, if the receiver listens. */
void vpl011_line_in_(struct vpl011 *d, uint32_t entry)
{
    if (d->gates & GATE_RX) {
        vpl011_rx_put_(d, entry);
    } else {
        d->counters.rx_ignored++;
    }
}

/* The same for characters without errors, of which most fit. */
void vpl011_text_in_(struct vpl011 *d, const uint8_t *bytes, size_t count)
{
    const unsigned int before = d->rx_fill;
    const unsigned int slot = (d->rx_head + before) % PL011_DEPTH_MAX;
    const size_t to_the_end = PL011_DEPTH_MAX - slot;
    const size_t first = count < to_the_end ? count : to_the_end;
    size_t i;

    if (!FOR_SPEED || !(d->gates & GATE_RX) || (d->latches & LATCH_OVERRUN) ||
        count > (size_t)(d->depth - before)) {
        for (i = 0; i < count; i++) {
            vpl011_line_in_(d, bytes[i]);
        }
    } else if (count > 0) {
        copy_text(&d->rx_fifo[slot], bytes, first);
        copy_text(d->rx_fifo, bytes + first, count - first);
        d->rx_fill = (uint8_t)(before + count);
        arrived(d, before);
    }
}
