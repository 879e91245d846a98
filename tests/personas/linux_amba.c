/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux, "arm,pl011" on the AMBA bus: identified by the ID registers, which
 * decide the depth; fully programmed; 16-bit accesses. Output comes in one
 * piece, as from a program that writes much at once, or line by line.
 */
#include "linux_tty.h"

static uint32_t read_id(struct guest *g, unsigned int reg)
{
    uint32_t id = 0;
    unsigned int i;

    for (i = 0; i < 4; i++) {
        id |= (r4(g, reg + 4 * i) & 0xFF) << (8 * i);
    }
    return id;
}

void linux_amba_probe(struct guest *g)
{
    uint32_t id = read_id(g, PID0);

    if (read_id(g, CID0) != 0xB105F00D || (id & 0xFFFFF) != 0x41011) {
        give_up(g, "no driver for this peripheral ID");
    }
    g->depth = (id >> 20 & 0xF) < 3 ? 16 : 32;
    w2(g, IMSC, 0);
    w2(g, ICR, 0xFFFF);
    w2(g, CR, r2(g, CR));
    /* Console setup takes the baud rate over from firmware if there was one. */
    if (r2(g, CR) & UARTEN) {
        r2(g, LCR_H);
        r2(g, IBRD);
        r2(g, FBRD);
    }
    r2(g, CR);
    w2(g, FBRD, 4);
    w2(g, IBRD, 0x27);
    w2(g, LCR_H, 0x70);
    w2(g, CR, 0x301);
}

void linux_amba_init(struct guest *g)
{
    linux_amba_probe(g);

    w2(g, ICR, 0x7D0);
    r2(g, IMSC);
    w2(g, IMSC, RX | RT);
    w2(g, IMSC, 0);
    w2(g, IFLS, 0x12);
    w2(g, CR, r2(g, CR));
    w2(g, LCR_H, 0x70);
    w2(g, CR, 0x301);
    r2(g, FR);
    w2(g, ICR, RX | RT);
    linux_discard(g, 2, 2 * g->depth);
    g->imsc = RX | RT;
    w2(g, IMSC, g->imsc);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    linux_send(g, 2, bytes, n);
}

static void send_lines(struct guest *g, const uint8_t *bytes, size_t n)
{
    linux_send_lines(g, 2, bytes, n);
}

void linux_irq_amba(struct guest *g)
{
    linux_irq(g, 2);
}

void linux_amba_close(struct guest *g)
{
    while (r2(g, FR) & (BUSY | TXFF)) {
    }
    irq_off(g);
    w2(g, CR, r2(g, CR));
    w2(g, IMSC, 0);
    w2(g, ICR, 0xFFFF);
    r2(g, CR);
    w2(g, CR, 0x101);
    w2(g, LCR_H, r2(g, LCR_H) & ~FEN);
}

const struct persona persona_linux_amba = {
    .name = "linux-amba",
    .qemu_like = "2001 / 0",
    .traits = ON_PL011 | DISCARDS,
    .init = linux_amba_init,
    .send = send,
    .irq = linux_irq_amba,
    .close = linux_amba_close,
};

const struct persona persona_linux_lines = {
    .name = "linux-lines",
    .traits = ON_PL011 | DISCARDS | BESIDE,
    .init = linux_amba_init,
    .send = send_lines,
    .irq = linux_irq_amba,
    .close = linux_amba_close,
};
