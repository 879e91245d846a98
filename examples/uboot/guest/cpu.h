/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* In start.S. */
#ifndef GUEST_CPU_H
#define GUEST_CPU_H

void irq_enable(void);
void irq_disable(void);
/** Sleep until an interrupt is pending, even if they are disabled. */
void irq_wait(void);
_Noreturn void power_off(void);
_Noreturn void power_cycle(void);

/* What start.S calls. */
void guest_main(void);
void uart_irq(void);

#endif
