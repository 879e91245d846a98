/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * An older RTEMS: DR is written by read-modify-write, so that a read of DR,
 * mostly of an empty FIFO, precedes every character, and discards what was
 * received meanwhile. RX is acknowledged before a bounded number of reads, TX
 * after the next characters were written, which acknowledges their interrupt
 * too.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, LCR_H, 0x60);
    w4(g, CR, 0x301);

    w4(g, IMSC, 0);
    while ((r4(g, FR) & (TXFE | BUSY)) != TXFE) {
    }
    w4(g, CR, UARTEN);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, CR, r4(g, CR) & ~UARTEN);
    w4(g, LCR_H, 0x60);
    w4(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    w4(g, ICR, 0x7FF);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static void write_support(struct guest *g)
{
    if (g->tx_left == 0) {
        g->busy = false;
        w4(g, IMSC, r4(g, IMSC) & ~TX);
        return;
    }
    g->busy = true;
    while (g->tx_left > 0 && !(r4(g, FR) & TXFF)) {
        w4(g, DR, (r4(g, DR) & ~0xFFu) | tx_next(g));
    }
    w4(g, IMSC, r4(g, IMSC) | TX);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    write_support(g);
    irq_on(g);
    while (g->busy) {
        idle(g);
    }
}

static void irq(struct guest *g)
{
    uint32_t pending = r4(g, MIS);
    unsigned int room = 16;

    if (pending & (RX | RT)) {
        w4(g, ICR, RX | RT);
        while (room-- > 0 && !(r4(g, FR) & RXFE)) {
            rx_char(g, r4(g, DR));
        }
    }
    if (pending & TX) {
        write_support(g);
        w4(g, ICR, TX);
    }
}

const struct persona persona_rtems_old = {
    .name = "rtems-old",
    .traits = ON_PL011 | DISCARDS | EATS | BESIDE,
    .init = init,
    .send = send,
    .irq = irq,
};
