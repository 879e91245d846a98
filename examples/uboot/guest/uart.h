/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * An interrupt-driven PL011 driver that counts what it sees.
 *
 * It sends as FreeBSD and NetBSD do: batches of half a FIFO without looking at
 * FR, one for each TX interrupt. So a text of n characters takes exactly
 * (n - 1) / 16 of them, however its reader stalls.
 */
#ifndef GUEST_UART_H
#define GUEST_UART_H

#include <stdint.h>

struct uart_counts {
    uint32_t interrupts;
    uint32_t rx;
    uint32_t rt;
    uint32_t tx;
    uint32_t spurious; /* nothing in MIS */
    uint32_t errors;   /* characters with an error bit */
};

extern struct uart_counts uart_counts;

/** Set the UART up, and take its interrupts from now on. */
void uart_start(void);

/** PeriphID as the UART shows it, packed. */
uint32_t uart_id(void);

/** The next character received, after waiting for it. */
uint8_t uart_get(void);

/** Send characters, and wait until the UART has all of them. */
void uart_send(const uint8_t *bytes, uint32_t count);

/** The same without interrupts, which the caller has disabled. */
void uart_send_polled(const uint8_t *bytes, uint32_t count);

#endif
