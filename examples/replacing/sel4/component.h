/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A virtual machine monitor in a component of its own, as on seL4: it has one
 * thread, is called by the kernel, shares memory with the serial component, and
 * has no C library. The same with its own UART (before.c) and with the library
 * (after.c).
 */
#ifndef COMPONENT_H
#define COMPONENT_H

#include "queue.h"

/* Entries of the UART. */
void uart_init(void);
/* The guest faulted in the window of the UART. False: it gets an abort. */
bool uart_fault(uint64_t offset, unsigned int size, bool is_write,
                uint64_t *value);
void uart_notified(void); /* the serial component has signalled */
void uart_timeout(void);  /* timer_in() */

/* virq.c: levels for a kernel that only injects. */
void virq_set(bool level);
void virq_ended(void); /* the guest has ended the interrupt */

/* What the component has of the system. */
extern struct queue *to_serial;
extern struct queue *from_serial;
void signal_serial(void);
void timer_in(uint32_t us);
void kernel_inject(void);

#endif
