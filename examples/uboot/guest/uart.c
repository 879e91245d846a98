/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <stdbool.h>
#include <stdint.h>

#include <vpl011/regs.h>

#include "cpu.h"
#include "uart.h"

#define UART_BASE 0x09000000u
#define BATCH 16u
#define RING 1024u

struct uart_counts uart_counts;

/* Received, not yet read. Filled by the interrupt alone. */
static volatile uint8_t ring[RING];
static volatile uint32_t ring_in;
static volatile uint32_t ring_out;

/* To be sent. The interrupt takes from it until it is empty. */
static const uint8_t *volatile tx_next;
static volatile uint32_t tx_left;

static volatile uint32_t *reg(uint32_t offset)
{
    return (volatile uint32_t *)(uintptr_t)(UART_BASE + offset);
}

static void send_batch(void)
{
    uint32_t count = tx_left < BATCH ? tx_left : BATCH;

    for (uint32_t i = 0; i < count; i++) {
        *reg(PL011_UARTDR) = tx_next[i];
    }
    tx_next += count;
    tx_left -= count;
    if (tx_left > 0) {
        *reg(PL011_UARTIMSC) |= PL011_INT_TX;
    } else {
        *reg(PL011_UARTIMSC) &= ~PL011_INT_TX;
    }
}

static void receive(void)
{
    while (!(*reg(PL011_UARTFR) & PL011_FR_RXFE)) {
        uint32_t entry;

        if (ring_in - ring_out == RING) {
            /* What is not read from DR stays in the UART, so nothing is lost.
             * uart_get() continues. */
            *reg(PL011_UARTIMSC) &= ~(PL011_INT_RX | PL011_INT_RT);
            return;
        }
        entry = *reg(PL011_UARTDR);
        if (entry >> 8) {
            uart_counts.errors++;
        }
        ring[ring_in % RING] = (uint8_t)entry;
        ring_in++;
    }
}

void uart_irq(void)
{
    uint32_t mis = *reg(PL011_UARTMIS);

    uart_counts.interrupts++;
    uart_counts.rx += (mis & PL011_INT_RX) != 0;
    uart_counts.rt += (mis & PL011_INT_RT) != 0;
    uart_counts.tx += (mis & PL011_INT_TX) != 0;
    uart_counts.spurious += mis == 0;
    if (mis & (PL011_INT_RX | PL011_INT_RT)) {
        receive();
    }
    if (mis & PL011_INT_TX) {
        send_batch();
    }
}

void uart_start(void)
{
    *reg(PL011_UARTCR) = 0;
    *reg(PL011_UARTIBRD) = 13;
    *reg(PL011_UARTFBRD) = 1;
    *reg(PL011_UARTLCR_H) = PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN;
    *reg(PL011_UARTIMSC) = PL011_INT_RX | PL011_INT_RT;
    *reg(PL011_UARTCR) = PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE;
    irq_enable();
}

uint32_t uart_id(void)
{
    uint32_t id = 0;

    for (uint32_t i = 0; i < 4; i++) {
        id |= (*reg(PL011_UARTPeriphID0 + 4 * i) & 0xffu) << (8 * i);
    }
    return id;
}

uint8_t uart_get(void)
{
    uint8_t byte;

    irq_disable();
    while (ring_in == ring_out) {
        *reg(PL011_UARTIMSC) |= PL011_INT_RX | PL011_INT_RT;
        irq_wait();
        irq_enable();
        irq_disable();
    }
    irq_enable();
    byte = ring[ring_out % RING];
    ring_out++;
    return byte;
}

void uart_send_polled(const uint8_t *bytes, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        while (*reg(PL011_UARTFR) & PL011_FR_TXFF) {
        }
        *reg(PL011_UARTDR) = bytes[i];
    }
}

void uart_send(const uint8_t *bytes, uint32_t count)
{
    irq_disable();
    tx_next = bytes;
    tx_left = count;
    send_batch();
    while (tx_left > 0) {
        irq_wait();
        irq_enable();
        irq_disable();
    }
    irq_enable();
}
