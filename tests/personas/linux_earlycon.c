/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux earlycon: the first lines of a boot, before any driver has programmed
 * the device. DR is written with 8 bits, or 32 with "mmio32"; FR is read with
 * 32. BUSY is polled after every character, without a bound, interrupts off.
 */
#include "guest.h"

static void init(struct guest *g)
{
    (void)g;
}

static void put(struct guest *g, unsigned int size, uint8_t c)
{
    while (r4(g, FR) & TXFF) {
    }
    wr(g, DR, size, c);
    while (r4(g, FR) & BUSY) {
    }
}

static void send_8(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        put(g, 1, tx_next(g));
    }
}

static void send_32(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        put(g, 4, tx_next(g));
    }
}

const struct persona persona_linux_earlycon_8 = {
    .name = "linux-earlycon-8",
    .qemu_like = "3000 / 0",
    .traits = ON_PL011 | ON_SBSA | SEND_ONLY,
    .init = init,
    .send = send_8,
};

const struct persona persona_linux_earlycon_32 = {
    .name = "linux-earlycon-32",
    .qemu_like = "3000 / 0",
    .traits = ON_PL011 | ON_SBSA | SEND_ONLY | BESIDE,
    .init = init,
    .send = send_32,
};
