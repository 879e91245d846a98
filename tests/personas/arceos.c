/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * ArceOS, and the copies of its driver in rCore and hvisor: IFLS at its lowest,
 * RX without RT, LCR_H as it was found: FIFOs off after reset, on after
 * firmware. Everything is acknowledged after reading.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, ICR, 0x7FF);
    w4(g, IFLS, 0);
    w4(g, IMSC, RX);
    w4(g, CR, 0x301);
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
    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
    w4(g, ICR, 0x7FF);
}

const struct persona persona_arceos = {
    .name = "arceos",
    .traits = ON_PL011 | ON_SBSA,
    .init = init,
    .send = send,
    .irq = irq,
};
