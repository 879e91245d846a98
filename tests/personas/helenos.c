/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * HelenOS: LCR_H as it was found, hardware flow control on in both directions,
 * so that RTS moves with the RX FIFO. The kernel reads all there is and then
 * acknowledges everything but overruns. Its user-space driver, which takes over
 * what the kernel set up, reads one character for each interrupt and
 * acknowledges nothing.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, CR, r4(g, CR) & ~UARTEN);
    w4(g, CR, r4(g, CR) | PL011_CR_RTSEN | PL011_CR_CTSEN);
    w4(g, IMSC, 0);
    w4(g, ICR, 0x3FF);
    w4(g, CR, r4(g, CR) | UARTEN | TXE | RXE);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static void irq_kernel(struct guest *g)
{
    read_all(g);
    w4(g, ICR, 0x3FF);
}

static void irq_user(struct guest *g)
{
    if (r4(g, MIS) & (RX | RT)) {
        rx_char(g, r4(g, DR));
    }
}

const struct persona persona_helenos_kernel = {
    .name = "helenos-kernel",
    .traits = ON_PL011 | BESIDE,
    .init = init,
    .send = send_polled,
    .irq = irq_kernel,
};

const struct persona persona_helenos = {
    .name = "helenos",
    .traits = ON_PL011 | LEVELS,
    .init = init,
    .send = send_polled,
    .irq = irq_user,
};
