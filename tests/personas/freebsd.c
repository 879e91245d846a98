/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * FreeBSD: the ID's revision decides how many characters it writes without
 * reading FR, 24 or 12; then it sets TXIM and waits for TXRIS, for a single
 * character too. Its handler has no bound, and ICR is never written after
 * attach. Input goes into a ring of 384, which a software interrupt empties,
 * and that runs only between two hardware interrupts. When the ring is full it
 * leaves characters in the FIFO, so that RX stays asserted and the handler
 * never ends.
 */
#include "guest.h"

#define RING 384u

static void init(struct guest *g)
{
    g->depth = (r4(g, PID2) >> 4 & 0xF) <= 2 ? 16 : 32;
    r4(g, IMSC);
    w4(g, IMSC, 0);
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, (r4(g, LCR_H) & ~0xFFu) | 0x70);
    w4(g, IFLS, 0x19);
    w4(g, CR, 0x301);
    r4(g, IBRD);
    r4(g, FBRD);
    g->imsc = RX | RT | TX;
    w4(g, IMSC, g->imsc);
    w4(g, ICR, 0x7FF);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    irq_off(g);
    while (g->tx_left > 0 || g->busy) {
        if (!g->busy) {
            uint32_t batch = g->depth / 4 * 3;

            while (batch-- > 0 && g->tx_left > 0) {
                w4(g, DR, tx_next(g));
            }
            g->busy = true;
            g->imsc |= TX;
            w4(g, IMSC, g->imsc);
        }
        irq_on(g);
        if (g->busy) {
            idle(g);
        }
        irq_off(g);
    }
    irq_on(g);
}

static void irq(struct guest *g)
{
    uint32_t pending;

    while ((pending = r4(g, MIS)) != 0) {
        if (pending & (RX | RT)) {
            while (!(r4(g, FR) & RXFE) && g->ring < RING) {
                rx_char(g, r4(g, DR));
                g->ring++;
            }
        }
        if (pending & TX) {
            g->imsc &= ~TX;
            w4(g, IMSC, g->imsc);
            g->busy = false;
        }
    }
}

static void software_interrupt(struct guest *g)
{
    g->ring = 0;
}

const struct persona persona_freebsd = {
    .name = "freebsd",
    .qemu_like = "1170 / 42",
    .traits = ON_PL011 | ON_SBSA | BOUNDED,
    .init = init,
    .send = send,
    .irq = irq,
    .lower = software_interrupt,
};
