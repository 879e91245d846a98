/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The SBSA architecture compliance suite: writes to read-only registers in all
 * widths change nothing, DR shows no error bits when it was only written, and a
 * short polled string with TXIM set raises one TX interrupt, whose handler only
 * masks it.
 */
#include "guest.h"

static void write_read_only(struct guest *g, unsigned int reg,
                            unsigned int size)
{
    uint32_t before = r4(g, reg);

    wr(g, reg, size, 0xF);
    if (r4(g, reg) != before) {
        give_up(g, "a read-only register changed");
    }
}

static void init(struct guest *g)
{
    write_read_only(g, FR, 1);
    write_read_only(g, FR, 2);
    write_read_only(g, FR, 4);
    write_read_only(g, RIS, 2);
    write_read_only(g, RIS, 4);
    write_read_only(g, MIS, 2);
    write_read_only(g, MIS, 4);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    uint32_t errors = r4(g, DR) & 0xF00;

    g->busy = true;
    w4(g, IMSC, r4(g, IMSC) | TX);
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, tx_next(g));
    }
    while (g->busy) {
        idle(g);
    }
    if ((r4(g, DR) & 0xF00) != errors) {
        give_up(g, "DR shows errors after a write");
    }
}

static void irq(struct guest *g)
{
    w4(g, IMSC, r4(g, IMSC) & ~TX);
    g->busy = false;
}

const struct persona persona_sbsa_acs = {
    .name = "sbsa-acs",
    .traits = ON_PL011 | ON_SBSA | SEND_ONLY | EATS,
    .init = init,
    .send = send,
    .irq = irq,
};
