/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A small emulator and its UART: what the one calls of the other. It is the
 * same with the emulator's own model (before.c) and with the library (after.c).
 */
#ifndef UART_H
#define UART_H

#include <stdbool.h>
#include <stdint.h>

/* The UART, for the emulator's bus, interrupt controller and loop. */
void uart_reset(void);
uint32_t uart_read(uint32_t offset, unsigned int size);
void uart_write(uint32_t offset, unsigned int size, uint32_t value);
bool uart_irq(void);  /* the level of its interrupt line */
void uart_poll(void); /* a millisecond has passed */

/* The emulator's terminal, for the UART. */
int host_key(void); /* the next character that was typed, or -1 */
void host_emit(uint8_t character);

#endif
