/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * illumos on arm64 at boot: FR and DR alone. After each character it waits for
 * TXFE, without a bound.
 */
#include "guest.h"

static void init(struct guest *g)
{
    (void)g;
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, tx_next(g));
        while (!(r4(g, FR) & TXFE)) {
        }
    }
}

const struct persona persona_illumos = {
    .name = "illumos",
    .qemu_like = "3000 / 0",
    .traits = ON_PL011 | ON_SBSA | SEND_ONLY,
    .init = init,
    .send = send,
};
