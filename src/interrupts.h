/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * UARTRIS, UARTMIS and UARTFR, derived from registers and FIFOs; TXRIS from
 * what drain.c has set. In a header, because settle.c does it for each burst of
 * characters, and nobody else does.
 */
#ifndef VPL011_INTERRUPTS_H
#define VPL011_INTERRUPTS_H

#include "internal.h"

/* interrupts.c */
uint32_t vpl011_rx_strict_(struct vpl011 *d);
void vpl011_publish_lines_(struct vpl011 *d);
void vpl011_publish_edges_(struct vpl011 *d);

/*
 * RXRIS and RTRIS are levels here: reading clears them and UARTICR does not, so
 * that characters are never left behind, in whatever order a driver reads and
 * acknowledges. Without a clock the receive timeout is over at once. The
 * exception is a guest that acknowledges twice and reads nothing in between; it
 * cannot take more now. Then they are lowered (write_icr()), and rise again at
 * the next thing that may make the guest read.
 */
static inline uint32_t rx_level(const struct vpl011 *d)
{
    uint32_t rx = 0;

    if (d->rx_fill > 0) {
        /* With RXIM set and RTIM clear, RXRIS also rises below the trigger:
         * 9front and ArceOS enable only RX, and would never see a key press. */
        if (d->rx_fill >= d->rx_trigger ||
            (d->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX) {
            rx = PL011_INT_RX;
        }
        rx |= d->imsc & PL011_INT_RT;
    }
    return rx & ~(uint32_t)d->acks;
}

/* RXRIS and RTRIS where the receive timeout takes time, or where the rules are
 * the strict ones. */
static inline uint32_t rx_by_other_rules(struct vpl011 *d)
{
    const uint32_t rx = (d->flags & VPL011_CFG_STRICT_INTERRUPTS)
                            ? vpl011_rx_strict_(d)
                            : rx_level(d);

    return (d->flags & FLAG_TIMED_TIMEOUT) && d->time->timeout_runs
               ? rx & ~(uint32_t)PL011_INT_RT
               : rx;
}

static inline void settle_interrupts(struct vpl011 *d)
{
    uint32_t ris = d->ris_latched;
    uint32_t mis;

    if (d->txi > 0) {
        ris |= PL011_INT_TX;
    }
    if (d->flags & (VPL011_CFG_STRICT_INTERRUPTS | FLAG_TIMED_TIMEOUT)) {
        ris |= rx_by_other_rules(d);
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
        vpl011_publish_lines_(d);
    }
    if (unlikely(d->gates & GATE_EVERY)) {
        vpl011_publish_edges_(d);
    }
}

static inline void publish_fr(struct vpl011 *d)
{
    uint32_t fr = FR_PLAIN | d->modem_seen;

    /*
     * Without a clock BUSY says "characters are queued", not "a frame is on the
     * serial line", so that it never waits for the host while the backend has
     * room: Linux earlycon and printk poll it after each character with
     * interrupts off.
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
                 (d->todo & (TODO_TRACED | TODO_RESTING | TODO_TIMED)))) {
        if (vpl011_load_shown_(d)) {
            fr &= ~(FR_PLAIN | PL011_FR_TXFE);
            fr |= PL011_FR_TXFF | PL011_FR_BUSY;
        }
        if ((d->todo & TODO_TIMED) && d->time->frame) {
            fr |= PL011_FR_BUSY;
        }
        if (d->todo & (TODO_TRACED | TODO_RESTING | TODO_TIMED)) {
            fr &= FR_VALUE;
        }
    }
    /* Stored only where it changes, since other vCPUs may be polling it. */
    if (fr != d->fr) {
        vpl011_store_relaxed(&d->fr, fr);
    }
}

#endif
