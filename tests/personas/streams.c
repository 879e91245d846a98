/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The account of the two streams, out and in. It knows nothing of registers,
 * which are the specification's (tests/spec/): it follows each character by its
 * position, through every way in which the device may lose one, so that a lost,
 * doubled or altered character is found at the access that shows it. It reads
 * the device's counters in place, without calling the device.
 */
#include "world.h"

/* Neighbours differ, and every value comes. */
uint8_t pattern_out(size_t i)
{
    return (uint8_t)(i + 1);
}

uint8_t pattern_in(size_t i)
{
    return (uint8_t)(i + 78);
}

static void out_lost(struct world *w, uint64_t n)
{
    if (n > w->out_tail - w->out_head) {
        fail(&w->cpu, BROKEN, "more output lost than there was");
    }
    w->out_tail -= (size_t)n;
}

/* What the last entry into the device did, by the difference it made. */
void account(struct world *w)
{
    const struct vpl011_counters *now = &w->dev->counters;
    struct vpl011_counters *was = &w->seen;
    uint64_t n;
    uint64_t moved;

    out_lost(w, now->tx_flushed - was->tx_flushed);
    out_lost(w, now->tx_looped - was->tx_looped);
    n = now->tx_dropped - was->tx_dropped + now->tx_overflow - was->tx_overflow;
    out_lost(w, n);
    w->cpu.result.lost += (uint32_t)n;
    n = now->tx_dropped_oldest - was->tx_dropped_oldest;
    w->out_head += (size_t)n;
    w->cpu.result.lost += (uint32_t)n;

    if (now->rx_flushed != was->rx_flushed) {
        n = now->rx_flushed - was->rx_flushed;
        if (n != w->fifo_tail - w->fifo_head) {
            fail(&w->cpu, BROKEN, "a flush is not of the whole RX FIFO");
        }
        w->in_done += (size_t)n;
        w->cpu.result.discarded += (uint32_t)n;
        w->fifo_head = w->fifo_tail;
    }
    /* Within one entry what fits comes first, then what overruns. */
    for (n = now->rx_bytes - was->rx_bytes; n > 0; n--) {
        w->in_fifo[w->fifo_tail++ % TRAFFIC_MAX] = (uint32_t)w->in_line++;
    }
    n = now->rx_overruns - was->rx_overruns + now->rx_ignored - was->rx_ignored;
    w->in_line += (size_t)n;
    w->in_done += (size_t)n;
    w->cpu.result.overruns += (uint32_t)n;
    if (w->in_line > w->in_given) {
        fail(&w->cpu, WRONG, "the device received what was not sent");
    }

    moved = now->tx_bytes + now->tx_dropped + now->tx_looped + now->tx_flushed +
            now->tx_overflow + now->rx_bytes + now->rx_read + now->rx_flushed +
            now->rx_overruns + now->rx_ignored;
    if (moved != w->cpu.moved) {
        w->cpu.moved = moved;
        w->cpu.quiet = 0;
        w->cpu.fruitless = 0;
    }
    *was = *now;
    if (((w->lines & VPL011_IRQ_UARTINTR) != 0) != (w->dev->mis != 0) ||
        w->lines != vpl011_irq_lines(w->dev)) {
        fail(&w->cpu, BROKEN, "the irq op, the levels and MIS differ");
    }
}

/* What was in its FIFOs counts as received there, and as not yet written. */
void account_anew(struct world *w)
{
    const struct vpl011_counters *c = &w->dev->counters;

    w->seen = *c;
    w->dr_writes = c->tx_bytes + c->tx_dropped + c->tx_overflow +
                   c->tx_flushed + c->tx_looped + w->dev->tx_fill;
    if (w->dev->rx_fill != w->fifo_tail - w->fifo_head) {
        fail(&w->cpu, BROKEN, "the RX FIFO did not come along");
    }
    w->cpu.moved--;
    account(w);
}

void check_write_dr(struct world *w, uint8_t c)
{
    if (w->dev->fr & PL011_FR_TXFF) {
        w->cpu.result.counts.blind++;
    }
    if (w->out_tail + w->outside.queued >= TRAFFIC_MAX) {
        fail(&w->cpu, WRONG, "the guest does not stop to send");
    }
    w->cpu.moved--; /* a write is progress of the guest */
    if (w->dev->cr & PL011_CR_LBE) {
        return;
    }
    if (c != pattern_out(w->out_written++)) {
        fail(&w->cpu, WRONG, "the guest sent another character");
    }
    w->cpu.result.checks++;
}

/* What waits outside the device is not lost with what is in it. */
void account_dr(struct world *w, uint8_t c)
{
    const bool looped = w->dev->cr & PL011_CR_LBE;

    w->accepted[w->out_tail++] = looped ? c | NOT_FOR_THE_LINE : c;
    w->dr_writes++;
    if (!looped && c != pattern_out(w->out_reached++)) {
        fail(&w->cpu, WRONG, "a character overtakes another");
    }
}

void check_read_dr(struct world *w, uint32_t value, unsigned int size)
{
    uint32_t errors = w->cpu.result.overruns > 0 ? ~PL011_DR_OE : ~0u;

    if (w->dev->counters.rx_read == w->seen.rx_read) {
        if (value != 0) {
            fail(&w->cpu, WRONG, "an empty DR reads as something");
        }
        return;
    }
    if (w->fifo_head == w->fifo_tail) {
        fail(&w->cpu, WRONG, "a character that was not received");
    }
    w->last_pop = w->in_fifo[w->fifo_head++ % TRAFFIC_MAX];
    w->popped = true;
    w->in_done++;
    w->cpu.result.discarded++; /* until rx_char() */
    if ((value & 0xFF) != pattern_in(w->last_pop)) {
        fail(&w->cpu, WRONG, "another character than was sent");
    }
    if (size > 1 && (value & errors & ~0xFFu)) {
        fail(&w->cpu, WRONG, "error bits in a good character");
    }
}

void streams_handed(struct processor *p, uint32_t c)
{
    struct world *w = (void *)p;

    if (!w->popped || (c & 0xFF) != pattern_in(w->last_pop)) {
        fail(p, WRONG, "the guest received another character");
    }
    w->popped = false;
    p->result.discarded--;
    p->result.checks++;
}

size_t streams_wanted(struct processor *p)
{
    struct world *w = (void *)p;

    return w->in_total - w->in_done;
}
