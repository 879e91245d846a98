/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux kgdb: the debugger stops the kernel and polls the tty's device. Before
 * each poll it writes MIS to ICR, which acknowledges RX and RT while characters
 * wait, and masks TX. When the kernel continues, it must still get an interrupt
 * for them.
 */
#include "linux_tty.h"

static void quiesce(struct guest *g)
{
    w2(g, ICR, r2(g, MIS));
    w2(g, IMSC, r2(g, IMSC) & ~TX);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    irq_off(g);
    while (g->tx_left > 0) {
        while (r2(g, FR) & TXFF) {
        }
        w2(g, DR, tx_next(g));
    }
    irq_on(g);
}

static void recv(struct guest *g)
{
    size_t rest = rx_wanted(g) / 2;

    irq_off(g);
    while (rx_wanted(g) > rest) {
        quiesce(g);
        if (!(r2(g, FR) & RXFE)) {
            rx_char(g, r2(g, DR));
        }
    }
    irq_on(g);
    while (rx_wanted(g) > 0) {
        idle(g);
    }
}

const struct persona persona_linux_kgdb = {
    .name = "linux-kgdb",
    .traits = ON_PL011 | DISCARDS,
    .init = linux_amba_init,
    .send = send,
    .recv = recv,
    .irq = linux_irq_amba,
    .close = linux_amba_close,
};
