/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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
    u->slot = VM_UART_SLOT + number;
    u->holds = VPL011_CONSOLE_QUEUE_OUT;
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
    if (!u->page) {
        u->page =
            mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    }
    if (u->page == MAP_FAILED) {
        return VPL011_ERR_SYSTEM;
    }
    return vpl011_console_init(&u->console, &u->config);
}

int uart_join(struct uart *u)
{
    const bool exits = u->vm->exits;
    const struct vpl011_kvm_config config = {
        .device = uart_device(u),
        .memory = exits ? NULL : u->page,
        .base = u->base,
        .window = VM_UART_STRIDE,
        .backend_holds = u->holds,
        .slot = u->slot,
        .flags = exits ? VPL011_KVM_NO_ZONE : 0,
    };

    return vpl011_kvm_init(&u->kvm, &u->vm->kvm_vm, &config);
}

void uart_leave(struct uart *u)
{
    struct vpl011_kvm_status status;

    uart_get_kvm(u, &status);
    if (vpl011_kvm_close(&u->kvm) == VPL011_OK) {
        u->past_kvm = status;
    }
}

/* Registers are little-endian, as this machine is: the low bytes come first. A
 * refused access reads as 0 and has no other effect. Another monitor might give
 * the guest a data abort instead. */
void uart_access(struct uart *u, uint64_t offset, unsigned int size,
                 bool is_write, uint8_t *data)
{
    uint64_t value = 0;

    atomic_fetch_add_explicit(is_write ? &u->writes : &u->reads, 1,
                              memory_order_relaxed);
    if (is_write) {
        memcpy(&value, data, size);
    }
    (void)vpl011_kvm_exit(&u->kvm, offset, size, is_write, &value);
    if (!is_write) {
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

void uart_get_kvm(struct uart *u, struct vpl011_kvm_status *s)
{
    const struct vpl011_kvm_status *past = &u->past_kvm;

    memset(s, 0, sizeof(*s));
    (void)vpl011_kvm_get_status(&u->kvm, s);
    s->exits_open += past->exits_open;
    s->openings += past->openings;
    for (size_t i = 0; i < VPL011_KVM_REASONS; i++) {
        s->closings[i] += past->closings[i];
    }
    s->deferred += past->deferred;
    s->repeats += past->repeats;
    s->failures += past->failures;
    s->refused += past->refused;
    if (s->longest_wait < past->longest_wait) {
        s->longest_wait = past->longest_wait;
    }
}
