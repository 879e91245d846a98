/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * LK: RX without RT at the lowest trigger, LCR_H as it was found, the receiver
 * turned on only after the transmitter. Its ring holds 32 characters: when it
 * is full the handler masks RX, and each character that is taken unmasks it
 * again.
 */
#include "guest.h"

#define RING 31u

static void init(struct guest *g)
{
    w4(g, CR, TXE | UARTEN);
    w4(g, ICR, 0x3FF);
    w4(g, IFLS, 0);
    w4(g, IMSC, RX);
    w4(g, CR, r4(g, CR) | RXE);
    irq_on(g);
}

static void irq(struct guest *g)
{
    if (!(r4(g, MIS) & RX)) {
        return;
    }
    while (!(r4(g, FR) & RXFE)) {
        if (g->ring == RING) {
            w4(g, IMSC, r4(g, IMSC) & ~RX);
            break;
        }
        rx_char(g, r4(g, DR));
        g->ring++;
    }
}

static void lower(struct guest *g)
{
    while (g->ring > 0) {
        g->ring--;
        w4(g, IMSC, r4(g, IMSC) | RX);
    }
}

const struct persona persona_lk = {
    .name = "lk",
    .traits = ON_PL011 | ON_SBSA,
    .init = init,
    .send = send_polled,
    .irq = irq,
    .lower = lower,
};
