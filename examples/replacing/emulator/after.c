/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The same with libvpl011. The terminal is a backend of three functions, which
 * takes a character from the keyboard only when the guest has room for it.
 */
#include "uart.h"

#include <vpl011/vpl011.h>

static struct vpl011 uart;
static int key;     /* was typed, and the guest has not received it; or -1 */
static int tick_in; /* polls until a tick is due; 0: none was asked for */

static size_t to_terminal(void *ctx, const uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    (void)ctx;
    (void)events;
    for (size_t i = 0; i < count; i++) {
        host_emit(bytes[i]);
    }
    return count;
}

static size_t from_keyboard(void *ctx, uint8_t *bytes, size_t count,
                            uint32_t *events)
{
    size_t n;

    (void)ctx;
    (void)events;
    for (n = 0; n < count && key >= 0; n++) {
        bytes[n] = (uint8_t)key;
        key = host_key();
    }
    return n;
}

static void look(void *ctx, struct vpl011_backend_status *status,
                 uint32_t *events)
{
    (void)ctx;
    (void)events;
    if (key < 0) {
        key = host_key();
    }
    status->waiting = key >= 0;
    status->attached = true;
}

void uart_reset(void)
{
    const struct vpl011_config config = {.revision = VPL011_R1P1,
                                         .flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_ops ops = {0};
    const struct vpl011_backend terminal = {
        .write = to_terminal, .read = from_keyboard, .poll = look};

    key = -1;
    tick_in = 0;
    vpl011_init(&uart, &config, &ops);
    vpl011_attach(&uart, &terminal);
}

/* What the device asks for: more input, or a tick, which may come a millisecond
 * from now at the earliest. The next poll may be sooner. */
static void answer(void)
{
    const uint32_t events = vpl011_take_events(&uart);

    if (events & VPL011_EVENT_TICK) {
        tick_in = 2;
    }
    if (events & VPL011_EVENT_REFILL) {
        vpl011_data_avail(&uart);
    }
}

uint32_t uart_read(uint32_t offset, unsigned int size)
{
    uint64_t value;

    vpl011_mmio_read(&uart, offset, size, &value); /* an error reads as 0 */
    answer();
    return (uint32_t)value;
}

void uart_write(uint32_t offset, unsigned int size, uint32_t value)
{
    vpl011_mmio_write(&uart, offset, size, value);
    answer();
}

bool uart_irq(void)
{
    return (vpl011_irq_lines(&uart) & VPL011_IRQ_UARTINTR) != 0;
}

void uart_poll(void)
{
    if (tick_in > 0 && --tick_in == 0) {
        vpl011_tick(&uart);
    } else {
        vpl011_data_avail(&uart);
    }
    answer();
}
