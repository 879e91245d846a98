/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What arrives in the RX FIFO, overrun, and what a break looks like. The newest
 * entry is the first of the array, so that reading one is counting down.
 */
#include "internal.h"

#include <string.h>

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

/* Make room in front of the entries for newer ones. */
static inline void make_place(struct vpl011 *d, size_t count)
{
    memmove(d->rx_fifo + count, d->rx_fifo, d->rx_fill * sizeof(d->rx_fifo[0]));
    d->rx_fill = (uint8_t)(d->rx_fill + count);
}

/* What follows from every arrival, whatever arrived. `before` is the fill
 * before it. */
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
    d->todo |= TODO_DERIVE | TODO_TIMEOUT;
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
    make_place(d, 1);
    d->rx_fifo[0] = (uint16_t)entry;
    arrived(d, before);
}

/* One character from the serial line, if the receiver is on. */
void vpl011_line_in_(struct vpl011 *d, uint32_t entry)
{
    if (d->gates & GATE_RX) {
        vpl011_rx_put_(d, entry);
    } else {
        d->counters.rx_ignored++;
    }
}

static inline void newest_first(uint16_t *to, const uint8_t *from, size_t count)
{
    while (count >= 4) {
        count -= 4;
        to[count] = from[3];
        to[count + 1] = from[2];
        to[count + 2] = from[1];
        to[count + 3] = from[0];
        from += 4;
    }
    while (count > 0) {
        count--;
        to[count] = *from++;
    }
}

/* One or more characters from the line, without errors. Most often all of them
 * fit, and are copied at once. */
void vpl011_text_in_(struct vpl011 *d, const uint8_t *bytes, size_t count)
{
    size_t i;

    if (!FOR_SPEED || !(d->gates & GATE_RX) || (d->latches & LATCH_OVERRUN) ||
        count > (size_t)(d->depth - d->rx_fill)) {
        for (i = 0; i < count; i++) {
            vpl011_line_in_(d, bytes[i]);
        }
    } else {
        const unsigned int before = d->rx_fill;

        make_place(d, count);
        newest_first(d->rx_fifo, bytes, count);
        arrived(d, before);
    }
}
