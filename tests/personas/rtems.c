/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * RTEMS: RX is acknowledged before at most one FIFO is read. Its tty sends one
 * character at a time, started by software until the first TX interrupt. That
 * never comes, because TX is unmasked before the character and masked after it,
 * with interrupts off.
 */
#include "guest.h"

static void set_attributes(struct guest *g)
{
    w4(g, IMSC, r4(g, IMSC) & ~0x7FFu);
    while (!(r4(g, FR) & TXFE) || (r4(g, FR) & BUSY)) {
    }
    w4(g, CR, UARTEN);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, CR, r4(g, CR) & ~(UARTEN | TXE | RXE));
    r4(g, CR);
    w4(g, LCR_H, r4(g, LCR_H) & ~FEN);
    w4(g, LCR_H, r4(g, LCR_H) | FEN);
    w4(g, CR, 0x301);
    w4(g, ICR, 0x7FF);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
}

static void init(struct guest *g)
{
    w4(g, LCR_H, 0x60);
    w4(g, CR, 0x301);
    set_attributes(g);
    w4(g, IFLS, 0x10);
    w4(g, LCR_H, r4(g, LCR_H) | FEN);
    w4(g, IMSC, r4(g, IMSC) & ~0x7FFu);
    w4(g, ICR, 0x7FF);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static void write_one(struct guest *g)
{
    bool written = false;

    w4(g, IMSC, r4(g, IMSC) | TX);
    while (r4(g, FR) & TXFF) {
    }
    while (!(r4(g, FR) & TXFF) && !written) {
        w4(g, DR, tx_next(g));
        written = true;
    }
    w4(g, IMSC, r4(g, IMSC) & ~TX);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        irq_off(g);
        write_one(g);
        irq_on(g);
    }
}

static void irq(struct guest *g)
{
    unsigned int room = 32;

    if (!(r4(g, MIS) & (RX | RT))) {
        return;
    }
    w4(g, ICR, RX | RT);
    while (room-- > 0 && !(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
}

const struct persona persona_rtems = {
    .name = "rtems",
    .traits = ON_PL011 | DISCARDS,
    .init = init,
    .send = send,
    .irq = irq,
};
