/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What vuart.c uses of the hypervisor, by the names that Xen has for it, so
 * that the example compiles and runs elsewhere. In Xen its own headers stand
 * here.
 */
#ifndef HYPERVISOR_H
#define HYPERVISOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint64_t paddr_t;
typedef uint64_t register_t;
typedef int64_t s_time_t; /* [ns] */
typedef struct {
    bool taken;
} spinlock_t;
struct vcpu;
struct domain;

typedef struct {
    paddr_t gpa;
    struct {
        unsigned int size; /* of the access: 0 to 3 mean 1 to 8 bytes */
    } dabt;
} mmio_info_t;

struct mmio_handler_ops {
    int (*read)(struct vcpu *v, mmio_info_t *info, register_t *r, void *priv);
    int (*write)(struct vcpu *v, mmio_info_t *info, register_t r, void *priv);
};

struct timer {
    void (*function)(void *data);
    void *data;
    s_time_t expires; /* 0: stopped */
};

#define MILLISECS(ms) ((s_time_t)(ms)*1000000)
s_time_t NOW(void);
void init_timer(struct timer *timer, void (*function)(void *data), void *data,
                unsigned int cpu);
void set_timer(struct timer *timer, s_time_t expires);
void kill_timer(struct timer *timer);

unsigned long lock_irqsave(spinlock_t *lock);
void unlock_irqrestore(spinlock_t *lock, unsigned long flags);

void register_mmio_handler(struct domain *d, const struct mmio_handler_ops *ops,
                           paddr_t addr, paddr_t size, void *priv);
void vgic_inject_irq(struct domain *d, struct vcpu *v, unsigned int virq,
                     bool level);
void notify_via_xen_event_channel(struct domain *d, int port);

#endif
