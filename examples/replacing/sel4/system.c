/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * In place of the system: a kernel that injects, a timer, a serial component
 * that takes 20 characters a millisecond, and a guest with an interrupt handler
 * that sends back each character twice.
 */
#include "component.h"

#include <stdio.h>

#include <vpl011/regs.h>

static struct queue out;
static struct queue in;
struct queue *to_serial = &out;
struct queue *from_serial = &in;

static unsigned long now; /* [ms] */
static unsigned long timer;
static bool pending;
static unsigned int signals;
static unsigned int typed;
static unsigned int received;
static unsigned int shown;

void signal_serial(void)
{
    signals++;
}

void timer_in(uint32_t us)
{
    timer = now + us / 1000;
}

void kernel_inject(void)
{
    pending = true;
}

static uint64_t guest_reads(uint64_t offset)
{
    uint64_t value = 0;

    (void)uart_fault(offset, 4, false, &value);
    return value;
}

static void guest_writes(uint64_t offset, uint64_t value)
{
    (void)uart_fault(offset, 4, true, &value);
}

static void serial_component(void)
{
    uint8_t bytes[20];
    size_t n = queue_take(&out, bytes, sizeof(bytes));

    fwrite(bytes, 1, n, stdout);
    shown += (unsigned int)n;
    if (n > 0 && queue_wakes(&out.putter_waits)) {
        uart_notified();
    }
    for (n = queue_room(&in); n > 0; n--) {
        const int c = getchar();

        if (c == EOF) {
            break;
        }
        typed++;
        bytes[0] = (uint8_t)c;
        (void)queue_put(&in, bytes, 1);
    }
    if (queue_waiting(&in) > 0) {
        uart_notified();
    }
}

/* Its handler, and what is left to send when the FIFO is full. */
static uint8_t unsent[1 << 16];
static size_t unsent_from, unsent_to;

static void guest_sends(void)
{
    while (unsent_from < unsent_to &&
           !(guest_reads(PL011_UARTFR) & PL011_FR_TXFF)) {
        guest_writes(PL011_UARTDR, unsent[unsent_from++]);
    }
}

static void guest_handles_interrupt(void)
{
    while (!(guest_reads(PL011_UARTFR) & PL011_FR_RXFE)) {
        const uint8_t c = (uint8_t)guest_reads(PL011_UARTDR);

        received++;
        unsent[unsent_to++] = c;
        unsent[unsent_to++] = c;
    }
}

int main(void)
{
    unsigned long quiet = 0;

    uart_init();
    guest_writes(PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    guest_writes(PL011_UARTCR, PL011_UARTCR_FIRMWARE);
    guest_writes(PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    for (now = 1; quiet < 100; now++) {
        const unsigned int before = received + shown + typed;

        serial_component();
        if (timer != 0 && now >= timer) {
            timer = 0;
            uart_timeout();
        }
        if (pending) {
            pending = false;
            guest_handles_interrupt();
            virq_ended();
        }
        guest_sends();
        quiet = received + shown + typed == before ? quiet + 1 : 0;
    }
    fprintf(stderr, "typed %u, received %u, shown %u, signals %u\n", typed,
            received, shown, signals);
    return received != typed || shown != 2 * typed;
}
