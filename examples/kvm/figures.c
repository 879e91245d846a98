/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <inttypes.h>
#include <stdio.h>

#include "figures.h"

/* The carriage return is for a terminal in raw mode. */
static void row(const char *prefix, const char *name, uint64_t value)
{
    int width = 24 - (int)fprintf(stderr, "%s%s", prefix, name);

    fprintf(stderr, "%*s%14" PRIu64 "\r\n", width > 0 ? width : 0, "", value);
}

static void print_uart(struct uart *u, const char *prefix)
{
    struct vpl011_counters c;

    if (vpl011_get_counters(&u->device, &c)) {
        return;
    }
    row(prefix, "MMIO exits", atomic_load(&u->reads) + atomic_load(&u->writes));
    row(prefix, "reads", atomic_load(&u->reads));
    row(prefix, "writes", atomic_load(&u->writes));
    row(prefix, "interrupts", c.irq_raises);
    row(prefix, "notifies", c.notifies);
    row(prefix, "sent", c.tx_bytes);
    row(prefix, "sent, dropped", c.tx_dropped + c.tx_dropped_oldest);
    row(prefix, "sent, overflowed", c.tx_overflow);
    row(prefix, "sent, flushed", c.tx_flushed);
    row(prefix, "received", c.rx_bytes);
    row(prefix, "received, read", c.rx_read);
    row(prefix, "received, flushed", c.rx_flushed);
    row(prefix, "received, lost", c.rx_overruns + c.rx_ignored);
    row(prefix, "guest errors", c.guest_errors);
}

void figures_print(struct vm *vm, uint64_t elapsed_ms, uint64_t resets)
{
    row("", "wall time [ms]", elapsed_ms);
    row("", "resets", resets);
    row("", "unmapped accesses", atomic_load(&vm->unmapped));
    print_uart(vm->uart[0], "");
    if (vm->uarts > 1) {
        print_uart(vm->uart[1], "second, ");
    }
}
