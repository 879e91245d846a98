/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * MicroPython on RP2: TXIM always set; the trigger is at 24, and the handler
 * takes 23 of these. It acknowledges RX and RT first and then leaves
 * characters, all of them if its ring of 256 is full or the program is reading
 * itself. The acknowledge must therefore lower the line, or the program never
 * runs. The program empties the ring and then looks at FR.
 */
#include "guest.h"

#define RING 256u
#define TX_RING 256u

static void program_lcr_h(struct guest *g, uint32_t set)
{
    uint32_t cr = r4(g, CR);

    if (cr & UARTEN) {
        w4(g, CR, cr & ~(UARTEN | TXE | RXE));
    }
    w4(g, LCR_H, r4(g, LCR_H) | set);
    w4(g, CR, cr);
}

static void init(struct guest *g)
{
    w4(g, IBRD, 0x27);
    w4(g, FBRD, 4);
    program_lcr_h(g, 0);
    program_lcr_h(g, 0x60);
    program_lcr_h(g, FEN);
    w4(g, CR, 0x301);
    w4(g, DMACR, 3);
    program_lcr_h(g, 0x60);
    program_lcr_h(g, FEN);
    w4(g, CR, r4(g, CR) & ~(PL011_CR_RTSEN | PL011_CR_CTSEN));
    w4(g, IMSC, TX | RX | RT);
    w4(g, IFLS, (r4(g, IFLS) & ~0x38u) | 0x18);
    irq_on(g);
}

/* Where the program is doing the same, its lock keeps the handler out. */
static void fill(struct guest *g)
{
    if (g->busy) {
        return;
    }
    g->busy = true;
    while (!(r4(g, FR) & TXFF) && g->tx_left > 0) {
        w4(g, DR, tx_next(g));
    }
    g->busy = false;
}

static void drain(struct guest *g, unsigned int most)
{
    if (g->saved) {
        return;
    }
    g->saved = 1;
    while (!(r4(g, FR) & RXFE) && g->ring < RING && most-- > 0) {
        rx_char(g, r4(g, DR));
        g->ring++;
    }
    g->saved = 0;
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    size_t first = n < TX_RING ? n : TX_RING;

    tx_queue(g, bytes, first);
    fill(g);
    for (n -= first; n > 0; n--) {
        while (g->tx_left >= TX_RING) {
            idle(g);
        }
        g->tx_left++;
        fill(g);
    }
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void irq(struct guest *g)
{
    if (r4(g, MIS) & (RX | RT)) {
        w4(g, ICR, 0x7FF & ~(TX | PL011_INT_BE));
        drain(g, 23);
    }
    if (r4(g, MIS) & TX) {
        w4(g, ICR, 0x7FF & ~(RX | RT | PL011_INT_BE));
        if (g->tx_left > 0) {
            fill(g);
        }
    }
    r4(g, MIS);
}

static void program(struct guest *g)
{
    do {
        g->ring = 0;
        drain(g, 33);
    } while (g->ring > 0);
}

const struct persona persona_micropython = {
    .name = "micropython",
    .traits = ON_PL011 | BOUNDED,
    .init = init,
    .send = send,
    .irq = irq,
    .lower = program,
};
