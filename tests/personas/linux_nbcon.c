/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux printk through the nbcon console (6.15 and later), on a tty that is
 * open and receives. For each record it enables the transmitter, sends one
 * character in each critical section, so that interrupts come in between, polls
 * BUSY without a bound, and restores CR.
 */
#include "linux_tty.h"

static void record(struct guest *g, size_t n)
{
    uint32_t cr;

    irq_off(g);
    cr = r2(g, CR);
    w2(g, CR, (cr & ~PL011_CR_CTSEN) | UARTEN | TXE);
    irq_on(g);
    while (n-- > 0) {
        irq_off(g);
        while (r2(g, FR) & TXFF) {
        }
        w2(g, DR, tx_next(g));
        irq_on(g);
    }
    irq_off(g);
    while (r2(g, FR) & BUSY) {
    }
    w2(g, CR, cr);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        record(g, g->tx_left < 80 ? g->tx_left : 80);
    }
}

const struct persona persona_linux_nbcon = {
    .name = "linux-nbcon",
    .qemu_like = "2052 / 0",
    .traits = ON_PL011 | DISCARDS,
    .init = linux_amba_init,
    .send = send,
    .irq = linux_irq_amba,
    .close = linux_amba_close,
};
