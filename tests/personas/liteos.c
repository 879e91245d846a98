/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * LiteOS: the handler reads DR once, and accesses no other register. It relies
 * on one interrupt for each character.
 */
#include "guest.h"

static void init(struct guest *g)
{
    w4(g, ICR, 0x7FF);
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    w4(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    w4(g, IMSC, RX | RT);
    irq_on(g);
}

static void irq(struct guest *g)
{
    rx_char(g, r4(g, DR));
}

const struct persona persona_liteos = {
    .name = "liteos",
    .traits = ON_PL011 | ON_SBSA | LEVELS,
    .init = init,
    .send = send_polled,
    .irq = irq,
};
