/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <inttypes.h>
#include <stdio.h>

#include <vpl011/state.h>

#include "figures.h"

/* The carriage return is for a terminal in raw mode. */
static void row(const char *prefix, const char *name, uint64_t value)
{
    int width = 28 - (int)fprintf(stderr, "%s%s", prefix, name);

    fprintf(stderr, "%*s%14" PRIu64 "\r\n", width > 0 ? width : 0, "", value);
}

/* Input that was given and that the guest has not taken, as the far end counts
 * it, not the library. */
static void print_input(struct uart *u, struct farend *f, const char *prefix)
{
    struct vpl011_state state;
    uint64_t pushed;
    uint64_t held;

    if (f->count && vpl011_state_get(uart_device(u), &state) == 0) {
        f->count(f, &pushed, &held);
        row(prefix, "pushed", pushed);
        row(prefix, "held", held + state.rx_count);
    }
}

static void print_without_exits(struct uart *u, const char *prefix)
{
    struct vpl011_kvm_status s;

    uart_get_kvm(u, &s);
    row(prefix, "exits while open", s.exits_open);
    row(prefix, "sent without exit", s.deferred);
    row(prefix, "repeats dropped", s.repeats);
    row(prefix, "longest wait [us]", s.longest_wait / 1000);
    row(prefix, "openings", s.openings);
    row(prefix, "closed, input", s.closings[VPL011_KVM_INPUT]);
    row(prefix, "closed, state", s.closings[VPL011_KVM_STATE]);
    row(prefix, "closed, idle", s.closings[VPL011_KVM_IDLE]);
    row(prefix, "closed, host", s.closings[VPL011_KVM_HOST]);
    row(prefix, "refused", s.refused);
    row(prefix, "ioctls failed", s.failures);
}

static void print_uart(struct uart *u, struct farend *f, const char *prefix)
{
    struct vpl011_counters c;

    uart_get_counters(u, &c);
    row(prefix, "MMIO exits", atomic_load(&u->reads) + atomic_load(&u->writes));
    row(prefix, "reads", atomic_load(&u->reads));
    row(prefix, "writes", atomic_load(&u->writes));
    print_without_exits(u, prefix);
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
    print_input(u, f, prefix);
    if (u->moves > 0) {
        row(prefix, "moves", u->moves);
        row(prefix, "moved, unsent", u->moved_tx);
        row(prefix, "moved, unread", u->moved_rx);
    }
}

void figures_print(struct vm *vm, struct farend *const *farends,
                   uint64_t elapsed_ms, uint64_t turns, uint64_t resets)
{
    row("", "wall time [ms]", elapsed_ms);
    row("", "turns of the loop", turns);
    row("", "resets", resets);
    row("", "unmapped accesses", atomic_load(&vm->unmapped));
    print_uart(vm->uart[0], farends[0], "");
    if (vm->uarts > 1) {
        print_uart(vm->uart[1], farends[1], "second, ");
    }
}
