/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * L4Re: FIFOs off, all but RX and RT acknowledged, and ECR written after each
 * character. Fiasco has the same driver and changes its mode, which turns the
 * FIFOs on after the receiver.
 */
#include "guest.h"

static void startup(struct guest *g)
{
    w4(g, CR, 0x301);
    w4(g, FBRD, 4);
    w4(g, IBRD, 0x27);
    w4(g, LCR_H, 0x60);
    w4(g, IMSC, 0);
    while (r4(g, FR) & BUSY) {
    }
}

static void change_mode(struct guest *g)
{
    uint32_t cr = r4(g, CR);

    w4(g, CR, 0);
    w4(g, FBRD, 4);
    w4(g, IBRD, 0x27);
    w4(g, LCR_H, 0x70);
    w4(g, CR, cr);
}

static void acknowledge(struct guest *g)
{
    w4(g, ICR, 0xFFFF & ~(RX | RT));
    w4(g, ECR, 0xFF);
}

static void enable(struct guest *g)
{
    acknowledge(g);
    w4(g, IMSC, r4(g, IMSC) | RX | RT);
    irq_on(g);
}

static void init_l4re(struct guest *g)
{
    startup(g);
    enable(g);
}

static void init_fiasco(struct guest *g)
{
    startup(g);
    change_mode(g);
    enable(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    send_polled(g, bytes, n);
    while (r4(g, FR) & BUSY) {
    }
}

static void irq(struct guest *g)
{
    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
        w4(g, ECR, 0xFF);
    }
    acknowledge(g);
}

const struct persona persona_l4re = {
    .name = "l4re",
    .traits = ON_PL011 | FLUSHES,
    .init = init_l4re,
    .send = send,
    .irq = irq,
};

const struct persona persona_fiasco = {
    .name = "fiasco",
    .traits = ON_PL011 | DISCARDS | BESIDE,
    .init = init_fiasco,
    .send = send,
    .irq = irq,
};
