/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux, "arm,sbsa-uart" or ACPI ARMH0011: 32-bit accesses, only to DR, FR and
 * the interrupt registers, with an assumed depth of 32. ACPI binds this driver
 * to a full PL011 too, which then keeps the settings that firmware left.
 */
#include "linux_tty.h"

static void init(struct guest *g)
{
    g->depth = 32;
    w4(g, IMSC, 0);
    w4(g, ICR, 0xFFFF);

    w4(g, ICR, 0x7D0);
    r4(g, IMSC);
    w4(g, IMSC, RX | RT);
    w4(g, IMSC, 0);
    w4(g, ICR, RX | RT);
    linux_discard(g, 4, 2 * g->depth);
    g->imsc = RX | RT;
    w4(g, IMSC, g->imsc);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    linux_send(g, 4, bytes, n);
}

static void irq(struct guest *g)
{
    linux_irq(g, 4);
}

static void close(struct guest *g)
{
    while (r4(g, FR) & (BUSY | TXFF)) {
    }
    irq_off(g);
    w4(g, IMSC, 0);
    w4(g, IMSC, 0);
    w4(g, ICR, 0xFFFF);
}

const struct persona persona_linux_sbsa = {
    .name = "linux-sbsa",
    .qemu_like = "2001 / 0",
    .traits = ON_PL011 | ON_SBSA | DISCARDS,
    .init = init,
    .send = send,
    .irq = irq,
    .close = close,
};
