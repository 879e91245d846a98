/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The stub that a monitor begins with: UARTDR, UARTFR and the interrupt
 * registers, for the one guest that it is to boot. Output that finds the queue
 * full is dropped, and the serial component is signalled for each character.
 */
#include "component.h"

#include <vpl011/regs.h>

static uint32_t imsc;
static uint32_t ris;
static uint8_t held;
static bool has_held;

static void next_character(void)
{
    has_held = queue_take(from_serial, &held, 1) == 1;
    if (has_held) {
        ris |= PL011_INT_RX;
    } else {
        ris &= ~PL011_INT_RX;
    }
}

static void update(void)
{
    virq_set((ris & imsc) != 0);
}

static uint64_t uart_read(uint64_t offset)
{
    uint8_t character;

    switch (offset) {
    case PL011_UARTDR:
        character = held;
        next_character();
        return character;
    case PL011_UARTFR:
        return PL011_FR_TXFE | (has_held ? 0 : PL011_FR_RXFE);
    case PL011_UARTIMSC:
        return imsc;
    case PL011_UARTRIS:
        return ris;
    case PL011_UARTMIS:
        return ris & imsc;
    default:
        return 0;
    }
}

static void uart_write(uint64_t offset, uint64_t value)
{
    const uint8_t character = (uint8_t)value;

    switch (offset) {
    case PL011_UARTDR:
        (void)queue_put(to_serial, &character, 1);
        signal_serial();
        ris |= PL011_INT_TX;
        break;
    case PL011_UARTIMSC:
        imsc = (uint32_t)value;
        break;
    case PL011_UARTICR:
        ris &= ~(uint32_t)value;
        break;
    default:
        break;
    }
}

void uart_init(void)
{
    imsc = 0;
    ris = 0;
    has_held = false;
    update();
}

bool uart_fault(uint64_t offset, unsigned int size, bool is_write,
                uint64_t *value)
{
    (void)size;
    if (is_write) {
        uart_write(offset, *value);
    } else {
        *value = uart_read(offset);
    }
    update();
    return true;
}

void uart_notified(void)
{
    if (!has_held) {
        next_character();
    }
    update();
}

void uart_timeout(void)
{
}
