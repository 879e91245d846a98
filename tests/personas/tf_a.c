/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * TF-A: programs the device for a clock that its qemu platform gives as 1, so
 * that the divisor is 0, with UARTEN set.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, r4(g, CR) & ~UARTEN);
    w4(g, IBRD, 0);
    w4(g, FBRD, 0);
    w4(g, LCR_H, 0x70);
    w4(g, ECR, 0);
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
    /* Flush: a boot stage ends. */
    while (r4(g, FR) & BUSY) {
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

const struct persona persona_tf_a = {
    .name = "tf-a",
    .qemu_like = "2000 / 0",
    .traits = ON_PL011 | ON_SBSA | BESIDE,
    .init = init,
    .send = send,
    .recv = recv,
};
