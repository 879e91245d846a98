/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux's tty path. Output is written by polling until TXFF shows; only then is
 * TXIM set, and the handler writes half a FIFO without reading FR. Input comes
 * by RX and RT, which are never acknowledged through ICR: reading must clear
 * both, or the handler makes its 256 passes each time.
 */
#include "linux_tty.h"

void linux_discard(struct guest *g, unsigned int size, unsigned int limit)
{
    while (limit-- > 0 && !(rd(g, FR, size) & RXFE)) {
        rd(g, DR, size);
    }
}

/* Returns whether something is left, which the interrupt has to send. */
static bool tx_chars(struct guest *g, unsigned int size, bool from_irq)
{
    uint32_t count = g->depth / 2;

    while (g->tx_left > 0) {
        if (from_irq ? count-- == 0 : (rd(g, FR, size) & TXFF) != 0) {
            return true;
        }
        wr(g, DR, size, tx_next(g));
    }
    g->imsc &= ~TX;
    wr(g, IMSC, size, g->imsc);
    return false;
}

void linux_send(struct guest *g, unsigned int size, const uint8_t *bytes,
                size_t n)
{
    irq_off(g);
    tx_queue(g, bytes, n);
    if (tx_chars(g, size, false)) {
        g->imsc |= TX;
        wr(g, IMSC, size, g->imsc);
    }
    irq_on(g);
    while (g->tx_left > 0) {
        idle(g);
    }
}

/* Lines of six characters, as seq's: the text, the line's end, and a flush that
 * finds nothing, each of which masks TX. What is left waits for the interrupt,
 * with the lines after it. */
void linux_send_lines(struct guest *g, unsigned int size, const uint8_t *bytes,
                      size_t n)
{
    static const size_t pieces[] = {4, 2, 0};
    size_t piece;
    unsigned int i = 0;

    g->tx = bytes;
    while (n > 0) {
        piece = pieces[i++ % 3];
        if (piece > n) {
            piece = n;
        }
        irq_off(g);
        g->tx_left += piece;
        n -= piece;
        if (tx_chars(g, size, false)) {
            g->imsc |= TX;
            wr(g, IMSC, size, g->imsc);
        }
        irq_on(g);
    }
    while (g->tx_left > 0) {
        idle(g);
    }
}

static void rx_chars(struct guest *g, unsigned int size)
{
    unsigned int limit = 256;

    while (limit-- > 0 && !(rd(g, FR, size) & RXFE)) {
        rx_char(g, rd(g, DR, size));
    }
}

void linux_irq(struct guest *g, unsigned int size)
{
    unsigned int passes = 256;
    uint32_t status = rd(g, RIS, size) & g->imsc;

    while (status) {
        wr(g, ICR, size, status & ~(TX | RT | RX));
        if (status & (RX | RT)) {
            rx_chars(g, size);
        }
        if (status & TX) {
            tx_chars(g, size, true);
        }
        if (--passes == 0) {
            break;
        }
        status = rd(g, RIS, size) & g->imsc;
    }
}
