/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * OpenBSD now: waits for TXFE at attach, sets TXIM before it fills the FIFO,
 * and stays busy until a TX interrupt comes, after one character too. The
 * handler acknowledges RX and RT before it reads DR, with 16 bits. It keeps 128
 * characters for a software interrupt, and discards what does not fit.
 */
#include "guest.h"

#define RING 128u

static void init(struct guest *g)
{
    if (!g->sbsa) {
        g->depth = (r4(g, PID2) >> 4 & 0xF) < 3 ? 16 : 32;
    }
    while (!(r4(g, FR) & TXFE)) {
    }
    if (!g->sbsa) {
        w4(g, IFLS, 0x19);
    }
    g->imsc = RX | RT;
    w4(g, IMSC, g->imsc);
    w4(g, ICR, 0x7FF);
    /* Clears FEN on SBSA, which has no LCR_H. */
    w4(g, LCR_H, g->sbsa ? r4(g, LCR_H) & ~FEN : r4(g, LCR_H) | FEN);

    r4(g, LCR_H);
    r4(g, CR);
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    irq_on(g);
}

static void start(struct guest *g)
{
    if (g->tx_left == 0) {
        return;
    }
    g->busy = true;
    g->imsc |= TX;
    w4(g, IMSC, g->imsc);
    while (g->tx_left > 0 && !(r4(g, FR) & TXFF)) {
        w4(g, DR, tx_next(g));
    }
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    start(g);
    irq_on(g);
    while (g->busy) {
        idle(g);
    }
}

static void irq(struct guest *g)
{
    uint32_t pending = r4(g, MIS);

    w4(g, ICR, pending & ~TX);
    if (pending & TX) {
        g->imsc &= ~TX;
        w4(g, IMSC, g->imsc);
        g->busy = false;
        start(g);
    }
    if (pending & (RX | RT)) {
        while (!(r4(g, FR) & RXFE)) {
            uint32_t c = r2(g, DR);

            if (g->ring < RING) {
                rx_char(g, c);
                g->ring++;
            }
        }
    }
}

static void software_interrupt(struct guest *g)
{
    g->ring = 0;
}

const struct persona persona_openbsd_now = {
    .name = "openbsd-now",
    .qemu_like = "2005 / 1",
    .traits = ON_PL011 | ON_SBSA | BOUNDED,
    .init = init,
    .send = send,
    .irq = irq,
    .lower = software_interrupt,
};
