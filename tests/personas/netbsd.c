/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * NetBSD: byte accesses for FR, DR, RSR, ECR, FBRD and LCR_H, words for the
 * others. It assumes a depth of 16 whatever the ID says, and leaves IFLS as
 * after reset, so that on a 16-deep device it writes 16 characters where there
 * is room for 8. RSR is read for each character. The console waits for TXFE
 * after each one, up to 1.5 million reads.
 */
#include "guest.h"

#define CONSOLE_POLLS 1500000

static void init(struct guest *g)
{
    unsigned int limit = 50000;

    while (limit-- > 0 && !(r1(g, FR) & RXFE)) {
        r1(g, DR);
    }
    w4(g, CR, 0);
    w1(g, FBRD, 4);
    w4(g, IBRD, 0x27);
    w1(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    g->imsc = RX | RT | MODEM;
    w4(g, IMSC, g->imsc);
    irq_on(g);
}

static void tx_batch(struct guest *g)
{
    unsigned int batch = 16;

    while (batch-- > 0 && g->tx_left > 0) {
        w1(g, DR, tx_next(g));
    }
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    g->busy = true;
    g->imsc |= TX;
    w4(g, IMSC, g->imsc);
    tx_batch(g);
    irq_on(g);
    while (g->busy) {
        idle(g);
    }
}

static void receive(struct guest *g)
{
    uint32_t c;

    if (r1(g, FR) & RXFE) {
        uint32_t cr = r4(g, CR);

        w4(g, CR, 0);
        w4(g, CR, cr);
        return;
    }
    do {
        c = r1(g, DR);
        if (r1(g, RSR)) {
            w1(g, ECR, 0);
        }
        rx_char(g, c);
    } while (!(r1(g, FR) & RXFE));
}

static void irq(struct guest *g)
{
    uint32_t pending = r4(g, MIS);

    while (pending) {
        if (pending & (RX | RT)) {
            receive(g);
        }
        r4(g, FR);
        if (pending & MODEM) {
            w4(g, ICR, pending & MODEM);
        }
        if (pending & TX) {
            if (g->tx_left > 0) {
                tx_batch(g);
            } else {
                g->imsc &= ~TX;
                w4(g, IMSC, g->imsc);
                g->busy = false;
            }
        }
        pending = r4(g, MIS) & 0x7FF;
    }
}

static void console_send(struct guest *g, const uint8_t *bytes, size_t n)
{
    unsigned int polls;

    tx_queue(g, bytes, n);
    irq_off(g);
    while (g->tx_left > 0) {
        r1(g, FR);
        while (r1(g, FR) & TXFF) {
        }
        w1(g, DR, tx_next(g));
        polls = CONSOLE_POLLS;
        while (!(r1(g, FR) & TXFE) && --polls > 0) {
        }
    }
    irq_on(g);
}

const struct persona persona_netbsd = {
    .name = "netbsd",
    .qemu_like = "1190 / 1",
    .traits = ON_PL011 | ON_SBSA | DISCARDS,
    .init = init,
    .send = send,
    .irq = irq,
};

const struct persona persona_netbsd_console = {
    .name = "netbsd-console",
    .qemu_like = "4000 / 0",
    .traits = ON_PL011 | ON_SBSA | DISCARDS | BESIDE,
    .init = init,
    .send = console_send,
    .irq = irq,
};
