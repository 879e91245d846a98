/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What of the stand-in for Xen a guest and a console daemon need. */
#ifndef STANDIN_H
#define STANDIN_H

#include "vuart.h"

extern const struct mmio_handler_ops *standin_handlers;
extern bool standin_irq;            /* as it was injected last */
extern unsigned int standin_events; /* that the console daemon was sent */

/* Time passes; the timer of the UART, if it is due, is served. */
void standin_pass(s_time_t ns, struct timer *timer);

#endif
