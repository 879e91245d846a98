/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * OpenBSD in 2018 and 2019: FIFOs off, RX and TX always unmasked. The handler
 * acknowledges everything first, reads while RXFF shows, and sends one
 * character for each TX interrupt (2018), or while TXFE shows (2019). ICR must
 * clear TX with an empty FIFO, and a single character must raise it again.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x60);
    w4(g, CR, 0x301);
    w4(g, IMSC, RX | TX);
    irq_on(g);
}

static void start(struct guest *g)
{
    g->busy = g->tx_left > 0;
    if (g->busy) {
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

static uint32_t acknowledge(struct guest *g)
{
    uint32_t ris = r4(g, RIS);

    w4(g, ICR, 0xFFFFFFFF);
    while (r4(g, FR) & RXFF) {
        rx_char(g, r4(g, DR));
    }
    return ris;
}

static void irq_2018(struct guest *g)
{
    if (acknowledge(g) & TX) {
        start(g);
    }
}

static void irq_2019(struct guest *g)
{
    if (acknowledge(g) & TX) {
        do {
            start(g);
        } while (g->busy && (r4(g, FR) & TXFE));
    }
}

const struct persona persona_openbsd_2018 = {
    .name = "openbsd-2018",
    .qemu_like = "4000 / 1000",
    .traits = ON_PL011 | FLUSHES,
    .init = init,
    .send = send,
    .irq = irq_2018,
};

const struct persona persona_openbsd_2019 = {
    .name = "openbsd-2019",
    .traits = ON_PL011 | FLUSHES | BESIDE,
    .init = init,
    .send = send,
    .irq = irq_2019,
};
