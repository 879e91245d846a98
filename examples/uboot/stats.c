/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <inttypes.h>
#include <stdio.h>

#include "move.h"
#include "stats.h"

/* The carriage return is for a terminal in raw mode. */
static void row(const char *name, uint64_t value)
{
    fprintf(stderr, "%-20s %12" PRIu64 "\r\n", name, value);
}

void stats_print(struct board *b, uint64_t elapsed_ms)
{
    struct vpl011_counters c;

    if (!move_counters(b, &c)) {
        return;
    }
    row("wall time [ms]", elapsed_ms);
    row("UART reads", b->stats.uart_reads);
    row("UART writes", b->stats.uart_writes);
    row("  refused", c.bad_accesses);
    row("bytes from guest", c.tx_bytes);
    row("  lost", c.tx_dropped + c.tx_dropped_oldest + c.tx_overflow);
    row("bytes to guest", c.rx_bytes);
    row("  lost", c.rx_overruns + c.rx_ignored);
    row("  flushed unread", c.rx_flushed);
    row("notifies", c.notifies);
    row("interrupts raised", c.irq_raises);
    row("interrupts taken", b->stats.interrupts);
    row("stops for the loop", b->stats.runs);
    row("resets", b->stats.resets);
    row("moves", b->stats.moves);
    row("  with input in it", b->stats.moves_in_fifo);
}
