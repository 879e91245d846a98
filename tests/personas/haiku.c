/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Haiku: its constructor sends a NUL in loopback, which must not reach the
 * line; then it polls.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, UARTEN | TXE | LBE);
    w4(g, FBRD, 0);
    w4(g, IBRD, 1);
    w4(g, LCR_H, 0);
    w4(g, DR, 0);
    while (r4(g, FR) & BUSY) {
    }
    w4(g, CR, 0x301);
    w4(g, ICR, ERRORS);
    w4(g, IMSC, r4(g, IMSC) & ~0x7FFu);

    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, IFLS, 0x12);
    w4(g, CR, 0x301);
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

static void recv(struct guest *g)
{
    while (rx_wanted(g) > 0) {
        if (!(r4(g, FR) & RXFE)) {
            rx_char(g, r4(g, DR));
        }
    }
}

const struct persona persona_haiku = {
    .name = "haiku",
    .traits = ON_PL011 | DISCARDS | BESIDE,
    .init = init,
    .send = send,
    .recv = recv,
};
