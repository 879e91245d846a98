/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Zephyr: its handler does not write ICR, so reading must clear RX and RT. The
 * transmitter is ready with TXIM and (TXRIS or TXFE). The first enable calls
 * the handler by software; later ones rely on the TXRIS that the last drain
 * left latched. TXIM is set with interrupts on, so that the handler may run
 * before that call and again within it: a callback that does not lock sends a
 * byte twice.
 */
#include "guest.h"

static void init(struct guest *g)
{
    if (!g->sbsa) {
        w4(g, CR, r4(g, CR) & ~UARTEN);
        w4(g, LCR_H, r4(g, LCR_H) & ~FEN);
        w4(g, IBRD, 0x27);
        w4(g, FBRD, 4);
        w4(g, LCR_H, 0x60);
        w4(g, IFLS, 0x10);
        w4(g, LCR_H, r4(g, LCR_H) | FEN);
    }
    w4(g, IMSC, 0);
    w4(g, ICR, 0x7FF);
    if (!g->sbsa) {
        w4(g, DMACR, 0);
        w4(g, CR, r4(g, CR) & ~PL011_CR_SIREN);
        w4(g, CR, r4(g, CR) | RXE | TXE);
        w4(g, CR, r4(g, CR) | UARTEN);
    }
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static bool tx_ready(struct guest *g)
{
    return (r4(g, IMSC) & TX) && ((r4(g, RIS) & TX) || (r4(g, FR) & TXFE));
}

static void callback(struct guest *g)
{
    bool again = true;

    irq_off(g);
    while (again) {
        again = false;
        while (!(r4(g, FR) & RXFE)) {
            rx_char(g, r4(g, DR));
            again = true;
        }
        if (tx_ready(g)) {
            while (g->tx_left > 0 && !(r4(g, FR) & TXFF)) {
                w4(g, DR, tx_next(g));
            }
            if (g->tx_left == 0) {
                w4(g, IMSC, r4(g, IMSC) & ~TX);
            }
            again = true;
        }
    }
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    w4(g, IMSC, r4(g, IMSC) | TX);
    if (!g->saved) {
        g->saved = 1;
        callback(g);
    }
    while (g->tx_left > 0) {
        idle(g);
    }
}

const struct persona persona_zephyr = {
    .name = "zephyr",
    .qemu_like = "2008 / 1",
    .traits = ON_PL011 | ON_SBSA | FLUSHES,
    .init = init,
    .send = send,
    .irq = callback,
};
