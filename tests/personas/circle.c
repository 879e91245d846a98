/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Circle: acknowledges what MIS shows before it reads. TX is unmasked where the
 * FIFO was full, and masked by the handler once all is sent. Its older form
 * takes one character for each interrupt, so that RX and RT are acknowledged
 * with characters left and have to come again.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, IMSC, 0);
    w4(g, ICR, 0x7FF);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, IFLS, 0x09);
    w4(g, LCR_H, 0x70);
    w4(g, IMSC, RX | RT | PL011_INT_OE);
    w4(g, CR, 0x301);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        if (r4(g, FR) & TXFF) {
            w4(g, IMSC, r4(g, IMSC) | TX);
            break;
        }
        w4(g, DR, tx_next(g));
    }
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void send_rest(struct guest *g)
{
    while (!(r4(g, FR) & TXFF)) {
        if (g->tx_left == 0) {
            w4(g, IMSC, r4(g, IMSC) & ~TX);
            break;
        }
        w4(g, DR, tx_next(g));
    }
}

static void irq(struct guest *g)
{
    w4(g, ICR, r4(g, MIS));
    read_all(g);
    send_rest(g);
}

static void irq_one(struct guest *g)
{
    w4(g, ICR, r4(g, MIS));
    if (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
    send_rest(g);
}

const struct persona persona_circle = {
    .name = "circle",
    .traits = ON_PL011,
    .init = init,
    .send = send,
    .irq = irq,
};

const struct persona persona_circle_one = {
    .name = "circle-one",
    .traits = ON_PL011 | BESIDE,
    .init = init,
    .send = send,
    .irq = irq_one,
};
