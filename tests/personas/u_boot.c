/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * U-Boot: never writes the divisor, repeats its set-up after each relocation,
 * and takes any bit above the character as an error: ECR, and the character is
 * dropped. Its prompt asks whether there is a character before it gets one, and
 * to get one looks again.
 */
#include "guest.h"

static void init(struct guest *g)
{
    int phase;

    for (phase = 0; phase < 3; phase++) {
        w4(g, CR, 0);
        w4(g, LCR_H, 0x70);
        w4(g, CR, 0xB01);
    }
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
    uint32_t c;

    while (rx_wanted(g) > 0) {
        if (r4(g, FR) & RXFE) {
            continue;
        }
        while (r4(g, FR) & RXFE) {
        }
        c = r4(g, DR);
        if (c & ~0xFFu) {
            w4(g, ECR, 0xFFFFFFFF);
        } else {
            rx_char(g, c);
        }
    }
}

const struct persona persona_u_boot = {
    .name = "u-boot",
    .qemu_like = "2000 / 0",
    .traits = ON_PL011 | ON_SBSA,
    .init = init,
    .send = send,
    .recv = recv,
};
