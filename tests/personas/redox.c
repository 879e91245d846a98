/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Redox: discards up to 64 characters at start, loops in its handler for as
 * long as RX or RT shows, and waits for TXFE before each character.
 */
#include "guest.h"

static void init(struct guest *g)
{
    unsigned int limit = 64;

    w4(g, CR, 0);
    w4(g, IFLS, 0x12);
    w4(g, LCR_H, r4(g, LCR_H) | 0x60 | FEN);
    w4(g, CR, 0x301);
    w4(g, ICR, RT | RX);
    while (limit-- > 0 && !(r4(g, FR) & RXFE)) {
        r4(g, DR);
    }
    w4(g, IMSC, RX | RT);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (!(r4(g, FR) & TXFE)) {
        }
        w4(g, DR, tx_next(g));
    }
}

static void irq(struct guest *g)
{
    uint32_t pending;

    while ((pending = r4(g, RIS)) & (RX | RT)) {
        unsigned int limit = 256;

        w4(g, ICR, pending & ~(RX | RT));
        while (limit-- > 0 && !(r4(g, FR) & RXFE)) {
            rx_char(g, r4(g, DR));
        }
    }
}

const struct persona persona_redox = {
    .name = "redox",
    .qemu_like = "2000 / 0",
    .traits = ON_PL011 | ON_SBSA | DISCARDS,
    .init = init,
    .send = send,
    .irq = irq,
};
