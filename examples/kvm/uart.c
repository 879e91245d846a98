/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>

#include <vpl011/doorbell.h>

#include "uart.h"
#include "vm.h"

static uintptr_t lock(void *ctx)
{
    struct uart *u = ctx;

    (void)pthread_mutex_lock(&u->lock);
    return 0;
}

static void unlock(void *ctx, uintptr_t saved)
{
    struct uart *u = ctx;

    (void)saved;
    (void)pthread_mutex_unlock(&u->lock);
}

/* Under the lock: else two threads could set the line in the wrong order. */
static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct uart *u = ctx;

    if (changed & VPL011_IRQ_UARTINTR) {
        vm_set_irq(u->vm, u->intid, (lines & VPL011_IRQ_UARTINTR) != 0);
    }
}

static void notify(void *ctx, uint32_t events)
{
    struct uart *u = ctx;

    /* Whoever sets the first bit rings; the console thread takes all. */
    if (atomic_fetch_or(&u->events, events) == 0) {
        (void)vpl011_doorbell_ring(u->wake);
    }
}

int uart_init(struct uart *u, struct vm *vm, unsigned int number,
              uint32_t personality, int wake)
{
    const struct vpl011_config config = {
        .personality = personality,
        .clock_hz = UART_CLOCK,
    };
    const struct vpl011_ops ops = {
        .ctx = u,
        .irq = irq,
        .notify = notify,
        .lock = lock,
        .unlock = unlock,
    };

    memset(u, 0, sizeof(*u));
    (void)pthread_mutex_init(&u->lock, NULL);
    u->vm = vm;
    u->base = VM_UART_BASE + number * VM_UART_STRIDE;
    u->intid = VM_UART_INTID + number;
    u->wake = wake;
    return vpl011_init(&u->device, &config, &ops);
}

/* Registers are little-endian, as this machine is: the low bytes come first.
 * A refused access reads as 0 and has no other effect; this monitor leaves it
 * at that, where another might give the guest a data abort. */
void uart_access(struct uart *u, uint64_t offset, unsigned int size,
                 bool is_write, uint8_t *data)
{
    uint64_t value = 0;

    if (is_write) {
        atomic_fetch_add_explicit(&u->writes, 1, memory_order_relaxed);
        memcpy(&value, data, size);
        (void)vpl011_mmio_write(&u->device, offset, size, value);
    } else {
        atomic_fetch_add_explicit(&u->reads, 1, memory_order_relaxed);
        (void)vpl011_mmio_read(&u->device, offset, size, &value);
        memcpy(data, &value, size);
    }
}

uint32_t uart_take_events(struct uart *u)
{
    return atomic_exchange(&u->events, 0);
}
