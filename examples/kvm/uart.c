/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>

#include "uart.h"
#include "vm.h"

static void irq(void *ctx, bool high)
{
    const struct uart *u = ctx;

    vm_set_irq(u->vm, u->intid, high);
}

static void keep_events(void *ctx, uint32_t events)
{
    struct uart *u = ctx;

    u->events |= events;
}

static void keep_key(void *ctx, uint8_t key)
{
    struct uart *u = ctx;

    u->key = key;
}

void uart_init(struct uart *u, struct vm *vm, unsigned int number,
               const struct vpl011_config *device)
{
    memset(u, 0, sizeof(*u));
    u->vm = vm;
    u->base = VM_UART_BASE + number * VM_UART_STRIDE;
    u->intid = VM_UART_INTID + number;
    u->config = (struct vpl011_console_config){
        .ctx = u,
        .irq = irq,
        .events = keep_events,
        .key = keep_key,
        .end = VPL011_CONSOLE_END_FDS,
        .in_fd = -1,
        .out_fd = -1,
        .device = *device,
    };
}

int uart_open(struct uart *u)
{
    return vpl011_console_init(&u->console, &u->config);
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
        (void)vpl011_console_write(&u->console, offset, size, value);
    } else {
        atomic_fetch_add_explicit(&u->reads, 1, memory_order_relaxed);
        (void)vpl011_console_read(&u->console, offset, size, &value);
        memcpy(data, &value, size);
    }
}

uint32_t uart_take_events(struct uart *u)
{
    const uint32_t events = u->events;

    u->events = 0;
    return events;
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
    (void)vpl011_get_counters(uart_device(u), c);
    add_counters(c, &u->past);
}
