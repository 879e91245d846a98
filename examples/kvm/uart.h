/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * One UART of the machine: a console of the library, and what it needs from
 * this program.
 *
 *     vCPU threads    uart_access()
 *     console thread  vpl011_console_pollfds(), vpl011_console_serve()
 *     interrupts      a level of the GIC, from either
 *
 * The console has the lock and the doorbell, answers the device's events and
 * moves the bytes. A far end of this program's own (a script, a ring) gets the
 * events from uart_take_events().
 */
#ifndef KVM_UART_H
#define KVM_UART_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vpl011/console.h>
#include <vpl011/kvm.h>

struct vm;

#define UART_CLOCK 24000000u /* [Hz] */

struct uart {
    struct vpl011_console console;
    struct vpl011_console_config config;
    /* Counts of the devices before this one: move_uart() */
    struct vpl011_counters past;
    uint64_t moves;
    uint64_t moved_tx; /* characters that were in the FIFOs then */
    uint64_t moved_rx;
    struct vm *vm;
    /* Output without exits */
    struct vpl011_kvm kvm;
    struct vpl011_kvm_status past_kvm; /* of the machines before this one */
    void *page;     /* one host page, from which the guest reads registers */
    uint64_t holds; /* [bytes] of output that the backend can hold */
    uint64_t base;
    uint32_t slot;
    uint32_t intid;
    /* The console thread's */
    uint32_t events; /* VPL011_EVENT_*, of which the far end was not told */
    uint8_t key;     /* typed behind the escape, and not obeyed; 0: none */
    /* Figures */
    _Atomic uint64_t reads;
    _Atomic uint64_t writes;
};

/** What a UART of the machine is, with nobody at its far end. Who is there
 * changes uart->config as it needs it, and opens it. */
void uart_init(struct uart *uart, struct vm *vm, unsigned int number,
               const struct vpl011_config *device);

/** Make the console. Returns VPL011_OK, or why not. */
int uart_open(struct uart *uart);

static inline struct vpl011 *uart_device(struct uart *uart)
{
    return vpl011_console_device(&uart->console);
}

/** The UART becomes part of a new machine, and leaves it. Returns VPL011_OK, or
 * why not. */
int uart_join(struct uart *uart);
void uart_leave(struct uart *uart);

/** A vCPU's access to the window, `size` bytes in `data`. */
void uart_access(struct uart *uart, uint64_t offset, unsigned int size,
                 bool is_write, uint8_t *data);

/** The events since the last call, VPL011_EVENT_*. */
uint32_t uart_take_events(struct uart *uart);

/** The counts since uart_open(), over all moves. */
void uart_get_counters(struct uart *uart, struct vpl011_counters *counters);

/** What was done without exits, over all machines. */
void uart_get_kvm(struct uart *uart, struct vpl011_kvm_status *status);

#endif
