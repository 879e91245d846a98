/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The same with libvpl011: the two queues are a backend, and each entry of the
 * component is a call of the device.
 */
#include "component.h"

#include <vpl011/vpl011.h>

static struct vpl011 uart;

/*
 * The queues as a backend. FAR_END is asked for where the serial component
 * waits, and signalled when the device is left.
 */

static size_t queue_write(void *ctx, const uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    const size_t n = queue_put(to_serial, bytes, count);

    (void)ctx;
    if (n > 0 && queue_wakes(&to_serial->taker_waits)) {
        *events |= VPL011_EVENT_FAR_END;
    }
    return n;
}

static size_t queue_read(void *ctx, uint8_t *bytes, size_t count,
                         uint32_t *events)
{
    const size_t n = queue_take(from_serial, bytes, count);

    (void)ctx;
    if (n > 0 && queue_wakes(&from_serial->putter_waits)) {
        *events |= VPL011_EVENT_FAR_END;
    }
    return n;
}

static void queue_poll(void *ctx, struct vpl011_backend_status *status,
                       uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->waiting = queue_waiting(from_serial);
    if (status->waiting == 0) {
        vpl011_store_seq_cst(&from_serial->taker_waits, 1);
        status->waiting = queue_waiting(from_serial);
    }
    status->room = queue_room(to_serial);
    status->attached = true;
}

/*
 * What the device asks for
 */

static void set_line(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)changed;
    virq_set((lines & VPL011_IRQ_UARTINTR) != 0);
}

static void answer(void *ctx, uint32_t events)
{
    (void)ctx;
    if (events & VPL011_EVENT_FAR_END) {
        signal_serial();
    }
    if (events & VPL011_EVENT_REFILL) {
        vpl011_data_avail(&uart);
    }
    if (events & VPL011_EVENT_TICK) {
        timer_in(1000);
    }
}

/*
 * The entries
 */

void uart_init(void)
{
    const struct vpl011_ops ops = {.irq = set_line, .notify = answer};
    const struct vpl011_backend queues = {
        .write = queue_write, .read = queue_read, .poll = queue_poll};

    virq_set(false);
    vpl011_init(&uart, NULL, &ops);
    vpl011_attach(&uart, &queues);
}

bool uart_fault(uint64_t offset, unsigned int size, bool is_write,
                uint64_t *value)
{
    return (is_write ? vpl011_mmio_write(&uart, offset, size, *value)
                     : vpl011_mmio_read(&uart, offset, size, value)) == 0;
}

void uart_notified(void)
{
    vpl011_data_avail(&uart);
}

void uart_timeout(void)
{
    vpl011_tick(&uart);
}
