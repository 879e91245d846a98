/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * EDK2: compares the configuration registers with the values it wants, at each
 * phase of the boot and each SetAttributes; where they differ it waits for TXFE
 * without a bound, and programs the device again. DR is accessed with 8 bits. A
 * key is polled for three times: by GetControl, by Poll, and by Read.
 */
#include "guest.h"

static void set_attributes(struct guest *g)
{
    if ((r4(g, CR) & UARTEN) && r4(g, LCR_H) == 0x70 && r4(g, IBRD) == 0x27 &&
        r4(g, FBRD) == 4) {
        return;
    }
    while (!(r4(g, FR) & TXFE)) {
    }
    w4(g, CR, 0);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, ECR, 0);
    w4(g, CR, 0x301);
}

static void init(struct guest *g)
{
    int phase;

    for (phase = 0; phase < 6; phase++) {
        set_attributes(g);
    }
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w1(g, DR, tx_next(g));
    }
}

static void recv(struct guest *g)
{
    while (rx_wanted(g) > 0) {
        r4(g, CR);
        if (r4(g, FR) & RXFE) {
            continue;
        }
        if (r4(g, FR) & RXFE) {
            continue;
        }
        if (!(r4(g, FR) & RXFE)) {
            rx_char(g, r1(g, DR));
        }
    }
}

const struct persona persona_edk2 = {
    .name = "edk2",
    .qemu_like = "2000 / 0",
    .traits = ON_PL011 | ON_SBSA,
    .init = init,
    .send = send,
    .recv = recv,
};
