/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * 9front: FIFOs on and RX without RT, so that a key press below the trigger
 * must interrupt too. TX is never masked, and is acknowledged after the next
 * characters were written. The console polls, with TX unmasked, so that each of
 * its characters interrupts.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, IMSC, 0);
    w4(g, ICR, 0x7E0);
    while (r4(g, FR) & BUSY) {
    }
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 0x1C4); /* a remainder of more than six bits */
    w4(g, LCR_H, (r4(g, LCR_H) & ~FEN) | 0x60);
    w4(g, IMSC, TX | RX);
    w4(g, LCR_H, r4(g, LCR_H) | FEN);
    w4(g, CR, 0x301);
    irq_on(g);
}

static void kick(struct guest *g)
{
    while (!(r4(g, FR) & TXFF) && g->tx_left > 0) {
        w4(g, DR, tx_next(g));
    }
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    kick(g);
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void console_send(struct guest *g, const uint8_t *bytes, size_t n)
{
    while (n-- > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, *bytes++);
    }
}

static void irq(struct guest *g)
{
    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
    if (!(r4(g, FR) & TXFF)) {
        kick(g);
    }
    w4(g, ICR, TX | RT | ERRORS);
}

const struct persona persona_9front = {
    .name = "9front",
    .traits = ON_PL011 | ON_SBSA | FLUSHES,
    .init = init,
    .send = send,
    .irq = irq,
};

const struct persona persona_9front_console = {
    .name = "9front-console",
    .traits = ON_PL011 | ON_SBSA | FLUSHES | BESIDE,
    .init = init,
    .send = console_send,
    .irq = irq,
};
