/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * NuttX: uses none of ICR, RIS and MIS, but IMSC and FR, and before each FR it
 * reads CR, once for every enable that it needs. Its handler reads until RXFE
 * into a ring of 256, which holds one less, and discards what does not fit. A
 * program empties the ring.
 */
#include "guest.h"

#define RING 255u

static void init(struct guest *g)
{
    if (!g->sbsa) {
        w4(g, CR, r4(g, CR) & ~UARTEN);
        w4(g, LCR_H, r4(g, LCR_H) & ~FEN);
        w4(g, IBRD, 0x27);
        w4(g, FBRD, 4);
        w4(g, LCR_H, r4(g, LCR_H));
        w4(g, LCR_H, (r4(g, LCR_H) & FEN) | 0x60);
        w4(g, LCR_H, r4(g, LCR_H) | FEN);
    }
    w4(g, IMSC, 0);
    w4(g, ICR, 0x7FF);
    if (!g->sbsa) {
        w4(g, DMACR, 0);
        w4(g, CR,
           r4(g, CR) & ~(PL011_CR_RTSEN | PL011_CR_CTSEN | PL011_CR_SIREN));
        w4(g, CR, r4(g, CR) | RXE | TXE);
    }
    w4(g, CR, r4(g, CR) | UARTEN);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static bool rx_available(struct guest *g)
{
    if (!g->sbsa && (!(r4(g, CR) & UARTEN) || !(r4(g, CR) & RXE))) {
        return false;
    }
    return !(r4(g, FR) & RXFE);
}

static bool rx_ready(struct guest *g)
{
    if (!g->sbsa && !(r4(g, CR) & RXE)) {
        return false;
    }
    return (r4(g, IMSC) & RX) && !(r4(g, FR) & RXFE);
}

static bool tx_ready(struct guest *g)
{
    if (!g->sbsa && !(r4(g, CR) & TXE)) {
        return false;
    }
    return (r4(g, IMSC) & TX) && !(r4(g, FR) & TXFF);
}

static void transmit(struct guest *g)
{
    while (g->tx_left > 0 && tx_ready(g)) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, tx_next(g));
    }
    if (g->tx_left == 0) {
        w4(g, IMSC, r4(g, IMSC) & ~TX);
    }
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    w4(g, IMSC, r4(g, IMSC) | TX);
    transmit(g);
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void irq(struct guest *g)
{
    if (rx_ready(g)) {
        while (rx_available(g)) {
            uint32_t c = r4(g, DR);

            if (g->ring < RING) {
                rx_char(g, c);
                g->ring++;
            }
        }
    }
    if (tx_ready(g)) {
        transmit(g);
    }
}

static void program(struct guest *g)
{
    g->ring = 0;
}

const struct persona persona_nuttx = {
    .name = "nuttx",
    .traits = ON_PL011 | ON_SBSA | FLUSHES | BOUNDED,
    .init = init,
    .send = send,
    .irq = irq,
    .lower = program,
};
