/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The receive timeout with a clock: UARTRTINTR is set when the RX FIFO is not
 * empty and no character came for 32 bit periods (TRM 2.8.4).
 */
#include "clock.h"

#define RT PL011_INT_RT
#define RX PL011_INT_RX

static void timeout_init(struct timed *t)
{
    timed_init(t, VPL011_TIME_RX_TIMEOUT);
    guest_write(&t->h, PL011_UARTIMSC, RX | RT);
}

static void timeout_comes_32_bit_periods_after_the_last_character(void)
{
    struct timed t;

    timeout_init(&t);
    far_end_types(&t.h, "a");
    assert_reg(&t.h, PL011_UARTRIS, 0);
    assert_int_equal(next_in(&t), TIMEOUT);
    t.now += TIMEOUT - 1;
    assert_reg(&t.h, PL011_UARTRIS, 0);
    assert_lines(&t.h, 0);
    t.now++;
    assert_reg(&t.h, PL011_UARTRIS, RT);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    assert_reg(&t.h, PL011_UARTDR, 'a');
    assert_reg(&t.h, PL011_UARTRIS, 0);
}

static void tick_raises_the_interrupt_of_a_guest_that_sleeps(void)
{
    struct timed t;

    timeout_init(&t);
    host_forget(&t.h);
    far_end_types(&t.h, "a");
    assert_true(t.h.notified & VPL011_EVENT_TICK);
    assert_lines(&t.h, 0);
    run_for(&t, TIMEOUT);
    assert_int_equal(t.ticks, 1);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    assert_int_equal(next_in(&t), UINT64_MAX);
}

static void each_character_begins_the_timeout_anew(void)
{
    struct timed t;
    int i;

    timeout_init(&t);
    for (i = 0; i < 10; i++) {
        far_end_types(&t.h, "a");
        run_for(&t, TIMEOUT - 1);
        assert_reg(&t.h, PL011_UARTRIS, 0);
    }
    run_for(&t, 1);
    assert_reg(&t.h, PL011_UARTRIS, RT);
}

static void a_burst_is_one_interrupt_at_the_trigger_and_one_timeout(void)
{
    struct timed t;
    int i;

    timed_init(&t, VPL011_TIME_RX_TIMEOUT | VPL011_TIME_RX);
    guest_write(&t.h, PL011_UARTIMSC, RX | RT);
    host_forget(&t.h);
    far_end_types_count(&t.h, 20);
    run_for(&t, 15 * FRAME + 10); /* the first came at once */
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRXINTR);
    for (i = 0; i < 16; i++) {
        assert_reg(&t.h, PL011_UARTDR, (uint32_t)('a' + i));
    }
    assert_lines(&t.h, 0);
    run_for(&t, 4 * FRAME + TIMEOUT - FRAME / 2);
    assert_lines(&t.h, 0);
    run_for(&t, FRAME);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    guest_drains(&t.h);
    run_for(&t, SECOND);
    assert_counter(&t.h, irq_raises, 2);
}

static void a_read_that_leaves_data_does_not_begin_it_anew(void)
{
    struct timed t;

    timeout_init(&t);
    far_end_types(&t.h, "abc");
    t.now += TIMEOUT / 2;
    assert_reg(&t.h, PL011_UARTDR, 'a');
    t.now += TIMEOUT - TIMEOUT / 2;
    assert_reg(&t.h, PL011_UARTRIS, RT);
    assert_reg(&t.h, PL011_UARTDR, 'b');
    assert_reg(&t.h, PL011_UARTRIS, RT);
    assert_reg(&t.h, PL011_UARTDR, 'c');
    assert_reg(&t.h, PL011_UARTRIS, 0);
}

/* The mask powers the counter, and Linux unmasks with data waiting. */
static void unmasking_begins_it_anew(void)
{
    struct timed t;

    timeout_init(&t);
    guest_write(&t.h, PL011_UARTIMSC, RX);
    far_end_types(&t.h, "a");
    run_for(&t, SECOND);
    assert_reg_bits(&t.h, PL011_UARTRIS, RT, 0);
    guest_write(&t.h, PL011_UARTIMSC, RX | RT);
    assert_reg(&t.h, PL011_UARTRIS, 0);
    guest_write(&t.h, PL011_UARTIMSC, RX | RT | PL011_INT_TX);
    run_for(&t, TIMEOUT - 1);
    assert_reg_bits(&t.h, PL011_UARTRIS, RT, 0);
    run_for(&t, 1);
    assert_reg_bits(&t.h, PL011_UARTRIS, RT, RT);
}

static void timeout_rearms_after_icr_while_data_waits(void)
{
    struct timed t;

    timeout_init(&t);
    far_end_types(&t.h, "a");
    run_for(&t, TIMEOUT);
    guest_write(&t.h, PL011_UARTICR, RX); /* not of RT */
    assert_reg(&t.h, PL011_UARTRIS, RT);
    guest_write(&t.h, PL011_UARTICR, RT);
    assert_reg(&t.h, PL011_UARTDR, 'a');
    far_end_types(&t.h, "b");
    run_for(&t, TIMEOUT);
    assert_reg(&t.h, PL011_UARTRIS, RT);
    guest_write(&t.h, PL011_UARTICR, RT);
    assert_reg(&t.h, PL011_UARTRIS, 0);
    run_for(&t, TIMEOUT - 1);
    assert_lines(&t.h, 0);
    run_for(&t, 1);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

static void strict_timeout_does_not_rearm_after_icr(void)
{
    const struct host_options strict = {
        .config = {.flags =
                       VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_STRICT_INTERRUPTS,
                   .clock_hz = 24000000,
                   .baud = 9600}};
    struct timed t = {.now = SECOND};

    host_init(&t.h, &strict);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_RX_TIMEOUT});
    guest_write(&t.h, PL011_UARTIMSC, RX | RT);
    far_end_types(&t.h, "a");
    assert_reg(&t.h, PL011_UARTRIS, 0);
    run_for(&t, TIMEOUT);
    assert_reg(&t.h, PL011_UARTRIS, RT);
    guest_write(&t.h, PL011_UARTICR, RT);
    run_for(&t, SECOND);
    assert_reg(&t.h, PL011_UARTRIS, 0);
    far_end_types(&t.h, "b");
    run_for(&t, TIMEOUT - 1);
    assert_reg(&t.h, PL011_UARTRIS, 0);
    run_for(&t, 1);
    assert_reg(&t.h, PL011_UARTRIS, RT);
}

static void without_fifos_the_timeout_is_of_the_holding_register(void)
{
    struct timed t;

    timeout_init(&t);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    far_end_types(&t.h, "a");
    assert_reg(&t.h, PL011_UARTRIS, RX);
    run_for(&t, TIMEOUT);
    assert_reg(&t.h, PL011_UARTRIS, RX | RT);
}

static void a_generic_uart_has_the_bit_period_of_its_baud_rate(void)
{
    const struct host_options sbsa = {
        .config = {.personality = VPL011_SBSA, .baud = 9600}};
    struct timed t = {.now = SECOND};

    host_init(&t.h, &sbsa);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_RX_TIMEOUT});
    guest_write(&t.h, PL011_UARTIMSC, RX | RT);
    far_end_types(&t.h, "a");
    assert_int_equal(next_in(&t), TIMEOUT);
}

/* A divisor of 0, or a clock of 0: as without a clock. */
static void without_a_bit_period_the_timeout_is_over_at_once(void)
{
    struct timed t;

    timeout_init(&t);
    guest_write(&t.h, PL011_UARTIBRD, 0);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    far_end_types(&t.h, "a");
    assert_reg(&t.h, PL011_UARTRIS, RT);
    assert_int_equal(next_in(&t), UINT64_MAX);
    guest_drains(&t.h);

    timeout_init(&t);
    assert_result(vpl011_set_clock(&t.h.uart, 0), VPL011_OK);
    far_end_types(&t.h, "a");
    assert_reg(&t.h, PL011_UARTRIS, RT);
}

static void the_divisor_sets_the_timeout_once_it_is_latched(void)
{
    struct timed t;

    timeout_init(&t);
    guest_write(&t.h, PL011_UARTIBRD, 13); /* 115200: 8.68 us a bit */
    guest_write(&t.h, PL011_UARTFBRD, 1);
    far_end_types(&t.h, "a");
    assert_int_equal(next_in(&t), TIMEOUT);
    guest_drains(&t.h);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    far_end_types(&t.h, "a");
    assert_int_equal(next_in(&t), 277667); /* 32 * 833 / 96 MHz */
}

static void a_paused_device_counts_and_tells_at_resume(void)
{
    struct timed t;

    timeout_init(&t);
    far_end_types(&t.h, "a");
    assert_result(vpl011_pause(&t.h.uart), VPL011_OK);
    t.now += TIMEOUT;
    host_forget(&t.h);
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.irqs, 0);
    t.h.loads = true;
    assert_result(vpl011_resume(&t.h.uart), VPL011_OK);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(timeout_comes_32_bit_periods_after_the_last_character),
        CASE(tick_raises_the_interrupt_of_a_guest_that_sleeps),
        CASE(each_character_begins_the_timeout_anew),
        CASE(a_burst_is_one_interrupt_at_the_trigger_and_one_timeout),
        CASE(a_read_that_leaves_data_does_not_begin_it_anew),
        CASE(unmasking_begins_it_anew),
        CASE(timeout_rearms_after_icr_while_data_waits),
        CASE(strict_timeout_does_not_rearm_after_icr),
        CASE(without_fifos_the_timeout_is_of_the_holding_register),
        CASE(a_generic_uart_has_the_bit_period_of_its_baud_rate),
        CASE(without_a_bit_period_the_timeout_is_over_at_once),
        CASE(the_divisor_sets_the_timeout_once_it_is_latched),
        CASE(a_paused_device_counts_and_tells_at_resume),
    };

    return run_cases(cases);
}
