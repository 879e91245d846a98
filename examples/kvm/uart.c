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

/* Under the lock; otherwise two threads could set the line in the wrong order.
 */
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

    /* The thread that sets the first bit rings; the console thread takes all.
     */
    if (atomic_fetch_or(&u->events, events) == 0) {
        (void)vpl011_doorbell_ring(u->wake);
    }
}

int uart_open_device(struct uart *u, struct vpl011 *device)
{
    const struct vpl011_ops ops = {
        .ctx = u,
        .irq = irq,
        .notify = notify,
        .lock = lock,
        .unlock = unlock,
    };

    return vpl011_init(device, &u->config, &ops);
}

int uart_init(struct uart *u, struct vm *vm, unsigned int number,
              const struct vpl011_config *config, int wake)
{
    memset(u, 0, sizeof(*u));
    (void)pthread_mutex_init(&u->lock, NULL);
    u->vm = vm;
    u->base = VM_UART_BASE + number * VM_UART_STRIDE;
    u->intid = VM_UART_INTID + number;
    u->wake = wake;
    u->config = *config;
    return uart_open_device(u, &u->device);
}

/* Registers are little-endian, as this machine is: the low bytes come first. A
 * refused access reads as 0 and has no other effect. Another monitor might give
 * the guest a data abort instead. */
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

/* Every member is a count, and members may be added. */
static void add_counters(struct vpl011_counters *to,
                         const struct vpl011_counters *more)
{
    enum { COUNT = sizeof(*to) / sizeof(uint64_t) };
    uint64_t sum[COUNT];
    uint64_t part[COUNT];

    memcpy(sum, to, sizeof(sum));
    memcpy(part, more, sizeof(part));
    for (size_t i = 0; i < COUNT; i++) {
        sum[i] += part[i];
    }
    memcpy(to, sum, sizeof(sum));
}

void uart_get_counters(struct uart *u, struct vpl011_counters *c)
{
    memset(c, 0, sizeof(*c));
    (void)vpl011_get_counters(&u->device, c);
    add_counters(c, &u->past);
}
