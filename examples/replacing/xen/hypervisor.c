/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * In place of Xen, of xenconsoled and of a guest: the functions that vuart.c
 * calls, a console daemon on the other side of the page, and a driver whose
 * interrupt handler sends back what was typed.
 */
#include "vuart.h"

#include <stdio.h>
#include <stdlib.h>

#define BASE 0x22000000u

static struct xen_vpl011_xencons_page page;
static struct vuart vuart;
static struct xen_vpl011_xencons_console console;
static const struct mmio_handler_ops *handlers;
static s_time_t now = 1;
static bool pending;
static unsigned int events;
static unsigned int typed;
static unsigned int received;
static unsigned int shown;

s_time_t NOW(void)
{
    return now;
}

void init_timer(struct timer *timer, void (*function)(void *data), void *data,
                unsigned int cpu)
{
    (void)cpu;
    timer->function = function;
    timer->data = data;
    timer->expires = 0;
}

void set_timer(struct timer *timer, s_time_t expires)
{
    timer->expires = expires;
}

void kill_timer(struct timer *timer)
{
    timer->expires = 0;
}

unsigned long lock_irqsave(spinlock_t *lock)
{
    if (lock->taken) {
        abort(); /* would spin for ever */
    }
    lock->taken = true;
    return 0;
}

void unlock_irqrestore(spinlock_t *lock, unsigned long flags)
{
    (void)flags;
    lock->taken = false;
}

void register_mmio_handler(struct domain *d, const struct mmio_handler_ops *ops,
                           paddr_t addr, paddr_t size, void *priv)
{
    (void)d;
    (void)addr;
    (void)size;
    (void)priv;
    handlers = ops;
}

void vgic_inject_irq(struct domain *d, struct vcpu *v, unsigned int virq,
                     bool level)
{
    (void)d;
    (void)v;
    (void)virq;
    pending = level;
}

void notify_via_xen_event_channel(struct domain *d, int port)
{
    (void)d;
    (void)port;
    events++;
}

static register_t guest_reads(uint32_t offset)
{
    mmio_info_t info = {.gpa = BASE + offset, .dabt = {.size = 2}};
    register_t value = 0;

    if (!handlers->read(NULL, &info, &value, &vuart)) {
        abort(); /* the guest crashes */
    }
    return value;
}

static void guest_writes(uint32_t offset, register_t value)
{
    mmio_info_t info = {.gpa = BASE + offset, .dabt = {.size = 2}};

    if (!handlers->write(NULL, &info, value, &vuart)) {
        abort();
    }
}

static void guest_handles_interrupt(void)
{
    guest_writes(XEN_PL011_UARTICR, XEN_PL011_INT_RX | XEN_PL011_INT_RT);
    while (!(guest_reads(XEN_PL011_UARTFR) & XEN_PL011_FR_RXFE)) {
        const register_t character = guest_reads(XEN_PL011_UARTDR);

        received++;
        guest_writes(XEN_PL011_UARTDR, character & 0xFF);
    }
}

static bool console_daemon(void)
{
    static char line[64];
    static size_t waiting;
    char text[256];
    uint32_t todo = 0;
    size_t taken;
    size_t n;
    size_t i;

    while ((n = xen_vpl011_xencons_console_read(&console, text, sizeof(text))) >
           0) {
        fwrite(text, 1, n, stdout);
        shown += (unsigned int)n;
    }
    todo |= xen_vpl011_xencons_console_publish(&console, XEN_VPL011_RING_NOW);
    if (waiting == 0) {
        waiting = fread(line, 1, sizeof(line), stdin);
        typed += (unsigned int)waiting;
    }
    taken = xen_vpl011_xencons_console_write(&console, line, waiting, &todo);
    waiting -= taken;
    for (i = 0; i < waiting; i++) {
        line[i] = line[taken + i];
    }
    if (todo & XEN_VPL011_RING_TODO_NOTIFY) {
        vuart_notification(&vuart);
    }
    return waiting > 0 || shown < typed;
}

int main(void)
{
    unsigned int idle = 0;

    if (vuart_init(&vuart, NULL, &page, BASE, 32, 1) ||
        xen_vpl011_xencons_console_attach(&console, &page, sizeof(page), 0)) {
        return 1;
    }
    guest_writes(XEN_PL011_UARTIMSC, XEN_PL011_INT_RX | XEN_PL011_INT_RT);
    for (; idle < 100; now += MILLISECS(1)) {
        idle = console_daemon() || pending ? 0 : idle + 1;
        if (vuart.tick.expires != 0 && now >= vuart.tick.expires) {
            vuart.tick.expires = 0;
            vuart.tick.function(vuart.tick.data);
        }
        while (pending) {
#ifndef CONFIG_NEW_VGIC
            pending = false; /* an edge */
#endif
            guest_handles_interrupt();
        }
    }
    vuart_deinit(&vuart);
    fprintf(stderr, "typed %u, received %u, shown %u, events %u\n", typed,
            received, shown, events);
    return received != typed || shown != typed;
}
