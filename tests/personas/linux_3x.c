/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux up to 4.0, and vendor kernels for years after. When the port is opened
 * one NUL is sent in loopback, so that TXRIS is latched; from then on every
 * start of output only sets TXIM. The NUL must not reach the line, BUSY must
 * clear, and TXRIS must survive the CR and LCR_H writes that follow.
 */
#include "linux_tty.h"

static void set_termios(struct guest *g)
{
    uint32_t cr = r2(g, CR);

    w2(g, CR, 0);
    w2(g, FBRD, 4);
    w2(g, IBRD, 0x27);
    w2(g, LCR_H, 0x70);
    w2(g, CR, cr);
}

static void init(struct guest *g)
{
    linux_amba_probe(g);

    w2(g, ICR, ERRORS | RT | RX);
    r2(g, IMSC);
    w2(g, IMSC, RX | RT);
    w2(g, IMSC, 0);
    w2(g, IFLS, 0x12);

    w2(g, CR, UARTEN | TXE | LBE);
    w2(g, FBRD, 0);
    w2(g, IBRD, 1);
    w2(g, LCR_H, 0);
    w2(g, DR, 0);
    while (r2(g, FR) & BUSY) {
    }
    w2(g, CR, UARTEN | RXE | TXE);
    r2(g, FR);
    w2(g, ICR, RT | RX);
    g->imsc = RX | RT;
    w2(g, IMSC, g->imsc);

    set_termios(g);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    g->imsc |= TX;
    w2(g, IMSC, g->imsc);
    irq_on(g);
    /* "stty" with output queued: the same FEN must not empty the FIFO. */
    irq_off(g);
    set_termios(g);
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

const struct persona persona_linux_3x = {
    .name = "linux-3.x",
    .traits = ON_PL011 | DISCARDS,
    .init = init,
    .send = send,
    .irq = linux_irq_amba,
    .close = linux_amba_close,
};
