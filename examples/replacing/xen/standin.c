/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* In place of Xen: the functions that vuart.c calls. */
#include "standin.h"

#include <stdlib.h>

const struct mmio_handler_ops *standin_handlers;
bool standin_irq;
unsigned int standin_events;
static s_time_t now = 1;

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

void standin_pass(s_time_t ns, struct timer *timer)
{
    now += ns;
    if (timer->expires != 0 && now >= timer->expires) {
        timer->expires = 0;
        timer->function(timer->data);
    }
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
    standin_handlers = ops;
}

void vgic_inject_irq(struct domain *d, struct vcpu *v, unsigned int virq,
                     bool level)
{
    (void)d;
    (void)v;
    (void)virq;
    standin_irq = level;
}

void notify_via_xen_event_channel(struct domain *d, int port)
{
    (void)d;
    (void)port;
    standin_events++;
}
