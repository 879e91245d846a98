/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The rest of the emulator: its terminal and its loop. In place of a processor
 * is the interrupt handler of a guest, which reads what was typed and sends it
 * back. Built with before.c or with after.c.
 */
#include "uart.h"

#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include <vpl011/regs.h>

static unsigned int typed;
static unsigned int received;
static bool ended;

int host_key(void)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    uint8_t character;

    if (ended || poll(&input, 1, 0) <= 0) {
        return -1;
    }
    if (read(STDIN_FILENO, &character, 1) != 1) {
        ended = true;
        return -1;
    }
    typed++;
    return character;
}

void host_emit(uint8_t character)
{
    putchar(character);
}

static void guest_handles_interrupt(void)
{
    uart_write(PL011_UARTICR, 4, PL011_INT_RX | PL011_INT_RT);
    while (!(uart_read(PL011_UARTFR, 4) & PL011_FR_RXFE)) {
        const uint32_t character = uart_read(PL011_UARTDR, 4);

        received++;
        while (uart_read(PL011_UARTFR, 4) & PL011_FR_TXFF) {
        }
        uart_write(PL011_UARTDR, 4, character);
    }
}

int main(void)
{
    int idle = 0;

    uart_reset();
    uart_write(PL011_UARTLCR_H, 4, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    uart_write(PL011_UARTCR, 4, PL011_UARTCR_FIRMWARE);
    uart_write(PL011_UARTIMSC, 4, PL011_INT_RX | PL011_INT_RT);
    while (!ended || idle < 10) {
        idle = uart_irq() ? 0 : idle + 1;
        if (uart_irq()) {
            guest_handles_interrupt();
        }
        poll(NULL, 0, 1);
        uart_poll();
    }
    fprintf(stderr, "the guest received %u of %u characters\n", received,
            typed);
    return received != typed;
}
