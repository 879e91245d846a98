/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * One UART of the machine: the library's device, and what it needs from this
 * program.
 *
 *     vCPU threads    uart_access()          under the device lock
 *     console thread  vpl011_data_avail()    under the device lock
 *     interrupts      a level of the GIC     from either
 *     events          kept, and `wake` rung  answered by the console thread
 *
 * Events are not answered where they are raised: that is inside a guest's
 * access, and the guest would have to wait for the console.
 */
#ifndef KVM_UART_H
#define KVM_UART_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include <vpl011/vpl011.h>

struct vm;

#define UART_CLOCK 24000000u /* [Hz] */

struct uart {
    struct vpl011 device;
    struct vpl011_config config;
    /* Counts of the devices before this one: uart_move() */
    struct vpl011_counters past;
    uint64_t moves;
    uint64_t moved_tx; /* characters that were in the FIFOs then */
    uint64_t moved_rx;
    pthread_mutex_t lock;
    struct vm *vm;
    uint64_t base;
    uint32_t intid;
    int wake; /* eventfd of the console thread */
    _Atomic uint32_t events;
    /* Figures */
    _Atomic uint64_t reads;
    _Atomic uint64_t writes;
    _Atomic uint64_t refills;
};

/** Returns VPL011_OK, or why not. */
int uart_init(struct uart *uart, struct vm *vm, unsigned int number,
              const struct vpl011_config *config, int wake);

/** Make in `device` a device with this UART's configuration. */
int uart_open_device(struct uart *uart, struct vpl011 *device);

/** A vCPU's access to the window, `size` bytes in `data`. */
void uart_access(struct uart *uart, uint64_t offset, unsigned int size,
                 bool is_write, uint8_t *data);

/** The events since the last call, VPL011_EVENT_*. */
uint32_t uart_take_events(struct uart *uart);

/** The counts since uart_init(), over all moves. */
void uart_get_counters(struct uart *uart, struct vpl011_counters *counters);

#endif
