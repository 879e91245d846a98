/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * rCore's some-serial before it was fixed: RX and RT are acknowledged after the
 * FIFO was read, so that a character which arrives in between is acknowledged
 * unread. It must still be noticed.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, 0);
    w4(g, ICR, 0x7FF);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, IMSC, RX | RT);
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
    uint32_t pending = r4(g, MIS);

    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
    w4(g, ICR, pending);
}

const struct persona persona_some_serial = {
    .name = "some-serial",
    .traits = ON_PL011 | ON_SBSA | BESIDE,
    .init = init,
    .send = send,
    .irq = irq,
};
