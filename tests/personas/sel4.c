/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * seL4 util_libs: read-modify-write of every register, FIFOs off, TX always
 * unmasked although output is polled. Each interrupt is acknowledged with all
 * bits before the server reads.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, r4(g, CR) & ~UARTEN);
    w4(g, IMSC, 0);
    while (r4(g, FR) & BUSY) {
    }
    w4(g, LCR_H, r4(g, LCR_H) & ~FEN);
    w4(g, CR, r4(g, CR) | TXE | RXE);
    w4(g, LCR_H, r4(g, LCR_H) | 0x60);
    w4(g, IBRD, r4(g, IBRD) | 0x27);
    w4(g, FBRD, r4(g, FBRD) | 4);
    w4(g, IMSC, r4(g, IMSC) | PL011_INT_RI | RX | TX | RT | ERRORS);
    w4(g, CR, r4(g, CR) | UARTEN);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, tx_next(g));
    }
}

static void irq(struct guest *g)
{
    w4(g, ICR, 0x7FF);
    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
}

const struct persona persona_sel4 = {
    .name = "sel4",
    .traits = ON_PL011 | ON_SBSA | FLUSHES,
    .init = init,
    .send = send,
    .irq = irq,
};
