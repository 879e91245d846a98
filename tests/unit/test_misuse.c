/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Host mistakes: a named error, and nothing changes. */
#include "support.h"

#include <stdlib.h>

/* Call every function with this device: each returns `expected`. */
static void assert_every_call_gives(struct vpl011 *uart, int expected)
{
    const struct vpl011_backend *none = NULL;
    const uint16_t entry = 'x';
    struct vpl011_counters counters;
    struct vpl011_line line;
    uint64_t value;

    memset(&counters, 0x11, sizeof(counters));
    memset(&line, 0x11, sizeof(line));
    assert_result(vpl011_reset(uart), expected);
    assert_result(vpl011_attach(uart, none), expected);
    assert_result(vpl011_mmio_read(uart, PL011_UARTDR, 4, &value), expected);
    assert_result(vpl011_mmio_read(uart, PL011_UARTCR, 8, &value), expected);
    assert_result(vpl011_mmio_write(uart, PL011_UARTDR, 4, 'x'), expected);
    assert_result(vpl011_data_avail(uart), expected);
    assert_result(vpl011_rx_push(uart, &entry, 1), expected);
    assert_result(vpl011_set_modem(uart, 0), expected);
    assert_result(vpl011_get_line(uart, &line), expected);
    assert_result(vpl011_get_counters(uart, &counters), expected);
    assert_int_equal(vpl011_take_events(uart), 0);
    assert_int_equal(line.baud, 0x11111111);
    assert_int_equal(counters.rx_read >> 32, 0x11111111);
}

static void null_device_is_refused_everywhere(void)
{
    assert_every_call_gives(NULL, VPL011_ERR_NULL);
    assert_int_equal(vpl011_irq_lines(NULL), 0);
}

static void uninitialised_device_is_refused_everywhere(void)
{
    struct vpl011 uart;
    uint64_t value;

    memset(&uart, 0, sizeof(uart));
    assert_every_call_gives(&uart, VPL011_ERR_UNINIT);
    assert_result(vpl011_mmio_read(&uart, PL011_UARTFR, 4, &value),
                  VPL011_ERR_UNINIT);
    memset(&uart, 0x11, sizeof(uart));
    assert_every_call_gives(&uart, VPL011_ERR_UNINIT);
}

static void null_results_are_refused(void)
{
    struct host h;

    host_init(&h, NULL);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTDR, 4, NULL),
                  VPL011_ERR_NULL);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTFR, 4, NULL),
                  VPL011_ERR_NULL);
    assert_result(vpl011_get_line(&h.uart, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_get_counters(&h.uart, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_rx_push(&h.uart, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_rx_push(&h.uart, NULL, 0), 0);
}

static void rx_push_out_of_range_takes_nothing(void)
{
    const uint16_t entries[] = {'a', 'b', 0x0800};
    struct host h;
    uint16_t *one;
    uint16_t bit;

    host_init(&h, &host_enabled);
    assert_result(vpl011_rx_push(&h.uart, entries, 3), VPL011_ERR_RANGE);
    for (bit = 0x0800; bit; bit = (uint16_t)(bit << 1)) {
        assert_result(vpl011_rx_push(&h.uart, &bit, 1), VPL011_ERR_RANGE);
    }
    /* On the heap, so that a sanitizer sees a look behind the first. */
    one = malloc(sizeof(*one));
    assert_non_null(one);
    *one = 'a';
    assert_result(vpl011_rx_push(&h.uart, one, (size_t)INT32_MAX + 1),
                  VPL011_ERR_RANGE);
    free(one);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_result(vpl011_rx_push(&h.uart, entries, 2), 2);
}

/* Entries that do not fit are not taken, nor any while reception is off. */
static void rx_push_takes_what_fits(void)
{
    uint16_t entries[40];
    struct host h;
    size_t i;

    for (i = 0; i < 40; i++) {
        entries[i] = (uint16_t)i;
    }
    host_init(&h, &host_enabled);
    assert_result(vpl011_rx_push(&h.uart, entries, 40), 32);
    assert_result(vpl011_rx_push(&h.uart, entries, 40), 0);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, 0);
    guest_drains(&h);
    guest_write(&h, PL011_UARTCR, 0);
    assert_result(vpl011_rx_push(&h.uart, entries, 40), 0);
    assert_counter(&h, rx_ignored, 0);
}

static void modem_inputs_out_of_range_are_refused(void)
{
    struct host h;
    uint32_t bit;

    host_init(&h, NULL);
    for (bit = 1; bit; bit <<= 1) {
        assert_result(vpl011_set_modem(&h.uart, bit),
                      bit & PL011_FR_MODEM ? VPL011_OK : VPL011_ERR_RANGE);
    }
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, PL011_FR_RI);
    host_init(&h, &host_sbsa);
    assert_result(vpl011_set_modem(&h.uart, 0), VPL011_ERR_UNSUPPORTED);
    assert_result(vpl011_set_modem(&h.uart, 8), VPL011_ERR_RANGE);
}

/*
 * Re-entry: every callback that runs under the lock calls everything.
 */

static struct {
    struct vpl011 uart;
    unsigned int calls[8];
} re;

static void re_enter(unsigned int which)
{
    uint64_t value;

    re.calls[which]++;
    assert_every_call_gives(&re.uart, VPL011_ERR_REENTRY);
    /* These two take no lock, and are for callbacks too. */
    assert_result(vpl011_mmio_read(&re.uart, PL011_UARTFR, 4, &value),
                  VPL011_OK);
    (void)vpl011_irq_lines(&re.uart);
}

static void re_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)changed;
    re_enter(0);
    assert_int_equal(vpl011_irq_lines(&re.uart), lines);
}

static void re_pending(void *ctx, uint32_t bits)
{
    (void)ctx;
    (void)bits;
    re_enter(1);
}

static void re_error(void *ctx, const struct vpl011_guest_error *error)
{
    (void)ctx;
    (void)error;
    re_enter(2);
}

static size_t re_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)events;
    re_enter(3);
    return count - 1;
}

static size_t re_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    (void)ctx;
    (void)count;
    (void)events;
    re_enter(4);
    bytes[0] = 'r';
    return 1;
}

static void re_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->attached = true;
    re_enter(5);
}

static void re_break(void *ctx, bool on)
{
    (void)ctx;
    (void)on;
    re_enter(6);
}

static size_t re_drop(void *ctx, size_t count)
{
    (void)ctx;
    re_enter(7);
    return count;
}

static void re_entry_from_every_callback_is_refused(void)
{
    const struct vpl011_config config = {
        .on_stall = VPL011_POLICY_DROP_OLDEST,
    };
    const struct vpl011_ops ops = {
        .irq = re_irq,
        .irq_pending = re_pending,
        .guest_error = re_error,
    };
    const struct vpl011_backend backend = {
        .write = re_write,
        .read = re_read,
        .poll = re_poll,
        .send_break = re_break,
        .drop_oldest = re_drop,
    };
    struct vpl011_counters counters;
    uint64_t value;
    size_t i;

    memset(&re, 0, sizeof(re));
    assert_result(vpl011_init(&re.uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_attach(&re.uart, &backend), VPL011_OK);
    assert_result(vpl011_mmio_write(&re.uart, PL011_UARTIMSC, 4,
                                    PL011_INT_TX | PL011_INT_RT),
                  VPL011_OK);
    assert_result(vpl011_mmio_write(&re.uart, PL011_UARTDR, 4, 'x'), VPL011_OK);
    assert_result(vpl011_mmio_write(&re.uart, PL011_UARTLCR_H, 4, 1),
                  VPL011_OK);
    assert_result(vpl011_mmio_read(&re.uart, PL011_UARTICR, 4, &value),
                  VPL011_OK);
    assert_result(vpl011_data_avail(&re.uart), 1);
    for (i = 0; i < 8; i++) {
        assert_int_not_equal(re.calls[i], 0);
    }
    /* The outer calls took effect, and only these. */
    assert_result(vpl011_mmio_read(&re.uart, PL011_UARTDR, 4, &value),
                  VPL011_OK);
    assert_int_equal(value, 'r');
    assert_result(vpl011_get_counters(&re.uart, &counters), VPL011_OK);
    assert_int_equal(counters.rx_bytes, 1);
    assert_int_equal(counters.rx_read, 1);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(null_device_is_refused_everywhere),
        CASE(uninitialised_device_is_refused_everywhere),
        CASE(null_results_are_refused),
        CASE(rx_push_out_of_range_takes_nothing),
        CASE(rx_push_takes_what_fits),
        CASE(modem_inputs_out_of_range_are_refused),
        CASE(re_entry_from_every_callback_is_refused),
    };

    return run_cases(cases);
}
