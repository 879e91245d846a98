/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * OSv: programs only IMSC, with RX alone, and accesses every register with 8
 * bits. Its interrupt is edge-triggered: the handler acknowledges RX and wakes
 * a thread, which reads until RXFE; then the line must fall, or no further edge
 * comes. Output is written without reading FR, with FIFOs off after reset: what
 * the far end has no room for is lost, as on a real part.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w1(g, IMSC, RX);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    while (n-- > 0) {
        w1(g, DR, *bytes++);
    }
}

static void irq(struct guest *g)
{
    w1(g, ICR, RX);
}

static void lower(struct guest *g)
{
    while (!(r1(g, FR) & RXFE)) {
        rx_char(g, r1(g, DR));
    }
}

const struct persona persona_osv = {
    .name = "osv",
    .traits = ON_PL011 | ON_SBSA | BLIND | RISING,
    .init = init,
    .send = send,
    .irq = irq,
    .lower = lower,
};
