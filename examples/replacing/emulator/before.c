/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A PL011 as small emulators have it: enough for the guest that it was written
 * with. TX is always done and therefore always interrupts, acknowledging does
 * nothing, there is no receive timeout, and input that does not fit is lost.
 */
#include "uart.h"

#include <string.h>

#include <vpl011/regs.h>

#define DEPTH 16

static struct {
    uint8_t fifo[DEPTH];
    unsigned int head;
    unsigned int count;
    uint32_t ibrd;
    uint32_t fbrd;
    uint32_t lcr_h;
    uint32_t cr;
    uint32_t ifls;
    uint32_t imsc;
} uart;

static uint32_t raw_status(void)
{
    return PL011_INT_TX | (uart.count > 0 ? PL011_INT_RX : 0);
}

void uart_reset(void)
{
    memset(&uart, 0, sizeof(uart));
    uart.cr = 0x300;
    uart.ifls = 0x12;
}

uint32_t uart_read(uint32_t offset, unsigned int size)
{
    static const uint8_t id[] = {0x11, 0x10, 0x14, 0x00,
                                 0x0D, 0xF0, 0x05, 0xB1};
    uint32_t character;

    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        if (uart.count == 0) {
            return 0;
        }
        character = uart.fifo[uart.head];
        uart.head = (uart.head + 1) % DEPTH;
        uart.count--;
        return character;
    case PL011_UARTFR:
        return PL011_FR_TXFE | (uart.count == 0 ? PL011_FR_RXFE : 0) |
               (uart.count == DEPTH ? PL011_FR_RXFF : 0);
    case PL011_UARTIBRD:
        return uart.ibrd;
    case PL011_UARTFBRD:
        return uart.fbrd;
    case PL011_UARTLCR_H:
        return uart.lcr_h;
    case PL011_UARTCR:
        return uart.cr;
    case PL011_UARTIFLS:
        return uart.ifls;
    case PL011_UARTIMSC:
        return uart.imsc;
    case PL011_UARTRIS:
        return raw_status();
    case PL011_UARTMIS:
        return raw_status() & uart.imsc;
    default:
        return offset >= PL011_UARTPeriphID0 && offset % 4 == 0
                   ? id[(offset - PL011_UARTPeriphID0) / 4 % 8]
                   : 0;
    }
}

void uart_write(uint32_t offset, unsigned int size, uint32_t value)
{
    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        host_emit((uint8_t)value);
        break;
    case PL011_UARTIBRD:
        uart.ibrd = value;
        break;
    case PL011_UARTFBRD:
        uart.fbrd = value;
        break;
    case PL011_UARTLCR_H:
        uart.lcr_h = value;
        break;
    case PL011_UARTCR:
        uart.cr = value;
        break;
    case PL011_UARTIFLS:
        uart.ifls = value;
        break;
    case PL011_UARTIMSC:
        uart.imsc = value;
        break;
    default: /* UARTICR: nothing is latched */
        break;
    }
}

bool uart_irq(void)
{
    return (raw_status() & uart.imsc) != 0;
}

void uart_poll(void)
{
    int key;

    while ((key = host_key()) >= 0) {
        if (uart.count < DEPTH) {
            uart.fifo[(uart.head + uart.count++) % DEPTH] = (uint8_t)key;
        }
    }
}
