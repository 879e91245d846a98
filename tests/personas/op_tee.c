/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * OP-TEE: FIFOs off, RX without RT, and a handler that only reads and looks at
 * FR twice for each character: once to see whether there is one, and once to
 * get it.
 */
#include "guest.h"

static void flush(struct guest *g)
{
    while ((r4(g, CR) & UARTEN) && !(r4(g, FR) & TXFE)) {
    }
}

static void init(struct guest *g)
{
    flush(g);
    w4(g, ECR, 0);
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x60);
    w4(g, IMSC, RX);
    w4(g, CR, 0x301);
    flush(g);
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
        while (r4(g, FR) & RXFE) {
        }
        rx_char(g, r4(g, DR));
    }
}

const struct persona persona_op_tee = {
    .name = "op-tee",
    .qemu_like = "2000 / 0",
    .traits = ON_PL011 | ON_SBSA | FLUSHES,
    .init = init,
    .send = send,
    .irq = irq,
};
