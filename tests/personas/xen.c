/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Xen's own driver, as a guest. It writes 16 characters without reading FR when
 * TXFE shows, and takes TXRIS to mean the same. Its handler has no limit of
 * passes and never acknowledges RX, RT or TX, so that it spins while TXRIS
 * shows and TXFE does not. And it masks TX when it has nothing to send,
 * although the FIFO may not be empty: what is queued later then waits for an
 * interrupt that is masked. Both need TXRIS at an empty FIFO only.
 */
#include "guest.h"

static uint32_t status(struct guest *g)
{
    uint32_t ris = r4(g, RIS);

    return ris & r4(g, IMSC);
}

static void init(struct guest *g)
{
    w4(g, IMSC, 0);
    if (!g->sbsa) {
        w4(g, DMACR, 0);
        w4(g, LCR_H, 0x70);
    }
    w4(g, RSR, 0);
    w4(g, IMSC, 0);
    w4(g, ICR, 0x7FF);
    if (!g->sbsa) {
        r4(g, CR);
        w4(g, CR, 0x301);
    }
    w4(g, ICR, ERRORS);
    w4(g, IMSC, RX | TX | RT | ERRORS);
    irq_on(g);
}

static void start_tx(struct guest *g)
{
    w4(g, IMSC, r4(g, IMSC) | TX);
}

/* One string: the lock is held, so the interrupt finds all of it queued. */
static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    size_t i;

    irq_off(g);
    tx_queue(g, bytes, 0);
    for (i = 0; i < n; i++) {
        bool ready = (r4(g, FR) & TXFE) != 0;

        g->tx_left++;
        if (ready && g->tx_left == 1) {
            start_tx(g);
            w4(g, DR, tx_next(g));
        }
    }
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void tx_interrupt(struct guest *g)
{
    unsigned int n = 16;

    if (g->tx_left == 0) {
        w4(g, IMSC, r4(g, IMSC) & ~TX);
        return;
    }
    if (!(r4(g, FR) & TXFE)) {
        return;
    }
    start_tx(g);
    while (n-- > 0 && g->tx_left > 0) {
        w4(g, DR, tx_next(g));
    }
}

static void irq(struct guest *g)
{
    uint32_t pending = status(g);

    while (pending) {
        w4(g, ICR, pending & ~(TX | RT | RX));
        if ((pending & (RX | RT)) && !(r4(g, FR) & RXFE)) {
            rx_char(g, r4(g, DR));
        }
        if (pending & TX) {
            tx_interrupt(g);
        }
        pending = status(g);
    }
}

const struct persona persona_xen = {
    .name = "xen",
    .qemu_like = "4000 / 6",
    .traits = ON_PL011 | ON_SBSA,
    .init = init,
    .send = send,
    .irq = irq,
};
