/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The UART of a domain: what the rest of the hypervisor knows of it. */
#ifndef VUART_H
#define VUART_H

#include "hypervisor.h"
#include "xen_vpl011.h"

struct vuart {
    struct domain *domain;
    spinlock_t lock;
    struct xen_vpl011 device;
    struct xen_vpl011_xencons ring;
    struct timer tick;
    paddr_t base;
    unsigned int virq;
    int port; /* event channel to the console daemon */
};

/* `page` is the console page, which the toolstack has chosen and the console
 * daemon maps. Returns 0, or an error of enum xen_vpl011_err. */
int vuart_init(struct vuart *u, struct domain *d, void *page, paddr_t base,
               unsigned int virq, int port);
void vuart_deinit(struct vuart *u);
/* The daemon has sent an event. */
void vuart_notification(struct vuart *u);

#endif
