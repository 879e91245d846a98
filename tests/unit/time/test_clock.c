/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The clock itself: given, taken away, wrong, and saved; the ticks that it asks
 * for; and that a device with an infinitely fast line is one without a clock.
 */
#include <vpl011/page.h>
#include <vpl011/deferred.h>
#include <vpl011/state.h>

#include "clock.h"

#define ALL_OF_THE_LINE \
    (VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX | VPL011_TIME_RX)

static void refused_configurations_change_nothing(void)
{
    struct timed t;
    struct vpl011_time_config good = {.ctx = &t, .now = timed_now};
    struct vpl011_time_config c;
    struct vpl011_time memory[2];
    struct vpl011 before;
    uint64_t when = 0;

    memset(&t, 0, sizeof(t));
    host_init(&t.h, NULL);
    before = t.h.uart;
    c = good;
    c.now = NULL;
    assert_result(vpl011_time_set(&t.h.uart, memory, &c),
                  VPL011_ERR_OP_MISSING);
    c = good;
    c.what = 1u << 4;
    assert_result(vpl011_time_set(&t.h.uart, memory, &c), VPL011_ERR_FLAGS);
    c = good;
    c.over_budget = VPL011_POLICY_DROP_OLDEST;
    assert_result(vpl011_time_set(&t.h.uart, memory, &c), VPL011_ERR_POLICY);
    c = good;
    c.reserved[3] = 1;
    assert_result(vpl011_time_set(&t.h.uart, memory, &c), VPL011_ERR_ABI);
    assert_result(vpl011_time_set_sized(&t.h.uart, memory,
                                        sizeof(memory[0]) - 1, &good,
                                        sizeof(good)),
                  VPL011_ERR_ABI);
    assert_result(vpl011_time_set(&t.h.uart, memory, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_time_set(NULL, memory, &good), VPL011_ERR_NULL);
    assert_result(
        vpl011_time_set(&t.h.uart,
                        (struct vpl011_time *)(void *)((char *)memory + 1),
                        &good),
        VPL011_ERR_SIZE);
    assert_result(vpl011_time_next(&t.h.uart, &when), VPL011_ERR_UNSUPPORTED);
    assert_memory_equal(&before, &t.h.uart, sizeof(before));
    assert_int_equal(t.asked, 0);

    assert_result(vpl011_time_set(&t.h.uart, memory, &good), VPL011_OK);
    assert_result(vpl011_time_next(&t.h.uart, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_time_next(NULL, &when), VPL011_ERR_NULL);
    assert_int_equal(vpl011_time_next(&t.h.uart, &when), 0);
    assert_int_equal(when, 0);
    assert_int_equal(vpl011_time_sizeof(), sizeof(struct vpl011_time));
}

/* A library that knows more is given zeroes for it. */
static void a_shorter_configuration_is_an_older_one(void)
{
    struct timed t;
    const struct vpl011_time_config c = {.ctx = &t, .now = timed_now};

    memset(&t, 0, sizeof(t));
    host_init(&t.h, NULL);
    assert_result(
        vpl011_time_set_sized(&t.h.uart, &t.time, sizeof(t.time), &c,
                              offsetof(struct vpl011_time_config, what)),
        VPL011_OK);
    guest_sends(&t.h, "a");
    assert_int_equal(next_in(&t), UINT64_MAX);
}

static void without_the_clock_everything_leaves_at_once(void)
{
    struct timed t;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    guest_sends_count(&t.h, 20);
    far_end_types_count(&t.h, 5);
    assert_int_equal(t.h.far.sent_count, 1);
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_RT, 0);
    assert_result(vpl011_time_set(&t.h.uart, NULL, NULL), VPL011_OK);
    assert_int_equal(t.h.far.sent_count, 20);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, 0);
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
    guest_drains(&t.h);
    assert_int_equal(vpl011_data_avail(&t.h.uart), 4);
    t.asked = 0;
    guest_sends_count(&t.h, 20);
    assert_int_equal(t.asked, 0);
    assert_result(vpl011_time_next(&t.h.uart, &t.now), VPL011_ERR_UNSUPPORTED);
}

static void a_clock_is_given_with_full_fifos(void)
{
    struct timed t;

    timed_init(&t, 0);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types_count(&t.h, 32);
    far_end_holds(&t.h);
    guest_sends_count(&t.h, 64);
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
    timed_give(&t, (struct vpl011_time_config){.what = ALL_OF_THE_LINE});
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_RT, 0);
    far_end_takes(&t.h, FAR_UNLIMITED);
    assert_int_equal(t.h.far.sent_count, 1);
    run_for(&t, 70 * FRAME);
    assert_int_equal(t.h.far.sent_count, 64);
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
}

static void a_clock_that_runs_backwards_stands_still(void)
{
    struct timed t;
    uint64_t when = 0;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_sends(&t.h, "ab");
    t.now = 0;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_sent(&t.h, "a");
    t.now = 5 * SECOND + FRAME;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_sent(&t.h, "ab");
    run_for(&t, FRAME);
    t.now = SECOND;
    guest_sends(&t.h, "cd");
    assert_int_equal(vpl011_time_next(&t.h.uart, &when), 1);
    assert_in_range(when, 5 * SECOND + 3 * FRAME - 3, 5 * SECOND + 3 * FRAME);
    t.now = UINT64_MAX; /* and one at its end */
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    guest_sends(&t.h, "e");
    assert_sent(&t.h, "abcde");
}

/* Nothing is due, and nobody is asked to call again and again. */
static void a_clock_that_stands_still_waits_quietly(void)
{
    struct timed t;
    unsigned int i;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    guest_sends_count(&t.h, 10);
    far_end_types(&t.h, "ab");
    host_forget(&t.h);
    for (i = 0; i < 1000; i++) {
        assert_int_equal(vpl011_tick(&t.h.uart), 0);
        (void)guest_read(&t.h, PL011_UARTFR);
    }
    assert_int_equal(t.h.notifies, 0);
    assert_int_equal(t.h.far.sent_count, 1);
    assert_lines(&t.h, 0);
    run_for(&t, 10 * FRAME);
    assert_int_equal(t.h.far.sent_count, 10);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

/* The guest's own accesses do what a tick would. */
static void nothing_hangs_where_ticks_never_come(void)
{
    struct timed t;
    int i;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    guest_sends_count(&t.h, 10);
    far_end_types(&t.h, "ab");
    for (i = 0; i < 10; i++) {
        t.now += FRAME;
        (void)guest_read(&t.h, PL011_UARTFR);
    }
    assert_int_equal(t.h.far.sent_count, 10);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, 0);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

/* An embedder that answers REFILL alone, as without a clock, and a guest that
 * looks: it receives everything. */
static void input_comes_where_ticks_never_do(void)
{
    struct timed t;
    unsigned int received = 0;
    int i;

    timed_init(&t, ALL_OF_THE_LINE);
    far_end_types_count(&t.h, 200);
    for (i = 0; i < 200; i++) {
        host_forget(&t.h);
        while (!(guest_read(&t.h, PL011_UARTFR) & PL011_FR_RXFE)) {
            assert_reg(&t.h, PL011_UARTDR, 'a' + received % 26);
            received++;
        }
        t.now += FRAME;
        (void)guest_read(&t.h, PL011_UARTFR);
        if (t.h.notified & VPL011_EVENT_REFILL) {
            (void)vpl011_data_avail(&t.h.uart);
        }
    }
    assert_int_equal(received, 200);
}

/* One for each moment, however often the device is called before it. */
static void a_tick_is_asked_for_once(void)
{
    struct timed t;
    unsigned int i;

    timed_init(&t, ALL_OF_THE_LINE);
    host_forget(&t.h);
    guest_sends_count(&t.h, 3);
    for (i = 0; i < 1000; i++) {
        (void)guest_read(&t.h, PL011_UARTFR);
        (void)vpl011_data_avail(&t.h.uart);
    }
    assert_int_equal(t.h.notifies, 1);
    assert_int_equal(t.h.notified, VPL011_EVENT_TICK);
    t.now += FRAME;
    for (i = 0; i < 1000; i++) {
        (void)guest_read(&t.h, PL011_UARTRIS);
    }
    assert_int_equal(t.h.notifies, 2);
    t.now += 2 * FRAME; /* all is sent, and nothing is waited for */
    for (i = 0; i < 1000; i++) {
        (void)guest_read(&t.h, PL011_UARTRIS);
        (void)vpl011_data_avail(&t.h.uart);
    }
    assert_int_equal(t.h.notifies, 2);

    /* An earlier moment is told. */
    guest_write(&t.h, PL011_UARTIBRD, 1); /* 1.5 Mbaud */
    guest_write(&t.h, PL011_UARTFBRD, 0);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    host_forget(&t.h);
    far_end_types(&t.h, "a");
    assert_int_equal(t.h.notified, VPL011_EVENT_TICK);
    assert_int_equal(next_in(&t), 32 * 2000 / 3 + 1);

    /* One that may have been lost is told again. */
    host_forget(&t.h);
    assert_result(vpl011_remind(&t.h.uart), VPL011_OK);
    assert_true(t.h.notified & VPL011_EVENT_TICK);
}

/* An embedder that asks, and sleeps until then, is told of what comes sooner
 * than it was told, although that is later than what it was asked for. */
static void a_tick_earlier_than_the_answer_is_asked_for(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&t.h, "a");
    t.now += 2 * MS;
    far_end_types(&t.h, "b");
    assert_int_equal(next_in(&t), TIMEOUT);
    t.now += MS;
    host_forget(&t.h);
    guest_sends(&t.h, "c"); /* after the first timeout's moment */
    assert_int_equal(t.h.notified, VPL011_EVENT_TICK);
    assert_in_range(next_in(&t), FRAME - 1, FRAME);
}

static void the_rest_from_input_has_its_moment(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX_TIMEOUT);
    far_end_queues(&t.h,
                   "0123456789012345678901234567890123456789"
                   "0123456789012345678901234567890123456789"
                   "0123456789012345678901234567890123456789",
                   120);
    host_forget(&t.h);
    while (vpl011_data_avail(&t.h.uart) > 0) {
        guest_drains(&t.h);
    }
    assert_true(t.h.notified & VPL011_EVENT_TICK);
    assert_int_equal(next_in(&t), MS);
    t.now += MS / 2;
    assert_int_equal(next_in(&t), MS / 2);
    run_for(&t, MS);
    assert_int_equal(t.ticks, 1);
    guest_drains(&t.h);
    t.now += SECOND;
    while (vpl011_data_avail(&t.h.uart) > 0) {
        guest_drains(&t.h);
    }
    assert_int_equal(t.h.far.input_first, 120);
}

static void a_paced_line_needs_no_rest(void)
{
    struct timed t;
    unsigned int i;

    timed_init(&t, VPL011_TIME_RX);
    far_end_types_count(&t.h, 200);
    for (i = 1; i < 200; i++) {
        guest_drains(&t.h);
        assert_in_range(next_in(&t), FRAME - 2, FRAME);
        run_for(&t, next_in(&t));
    }
    assert_counter(&t.h, rx_bytes, 200);
}

static void looking_lets_no_time_pass(void)
{
    struct timed t;
    struct vpl011_counters counters;
    struct vpl011_state state;
    struct vpl011_line line;
    struct vpl011_time time_before;
    struct vpl011 before;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    guest_sends_count(&t.h, 10);
    far_end_types(&t.h, "ab");
    t.now += SECOND;
    before = t.h.uart;
    time_before = t.time;
    assert_result(vpl011_get_counters(&t.h.uart, &counters), VPL011_OK);
    assert_result(vpl011_get_line(&t.h.uart, &line), VPL011_OK);
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(vpl011_tx_waiting(&t.h.uart), 9);
    assert_true(vpl011_rx_room(&t.h.uart) > 0);
    assert_memory_equal(&before, &t.h.uart, sizeof(before));
    assert_memory_equal(&time_before, &t.time, sizeof(time_before));
}

static bool close_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

static void pages_and_deferred_writes_end_while_something_waits_for_time(void)
{
    static uint32_t registers[PL011_WINDOW_SIZE / 4];
    struct timed t;
    const struct vpl011_page page = {
        .ctx = &t,
        .registers = registers,
        .close = close_at_once,
    };

    timed_init(&t, VPL011_TIME_RX_TIMEOUT);
    guest_sends(&t.h, "a");
    assert_true(vpl011_deferrable(&t.h.uart) > 0);
    assert_result(vpl011_page_set(&t.h.uart, &page), VPL011_OK);
    assert_int_equal(vpl011_page_open(&t.h.uart), 1);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&t.h, "a");
    assert_int_equal(vpl011_page_open(&t.h.uart), 0);
    assert_int_equal(vpl011_deferrable(&t.h.uart), 0);

    timed_init(&t, VPL011_TIME_TX);
    assert_result(vpl011_page_set(&t.h.uart, &page), VPL011_OK);
    assert_int_equal(vpl011_deferrable(&t.h.uart), 0);
    assert_int_equal(vpl011_page_open(&t.h.uart), 1);
    guest_sends(&t.h, "a");
    assert_int_equal(vpl011_page_open(&t.h.uart), 0);
    run_for(&t, FRAME);
    assert_int_equal(vpl011_page_open(&t.h.uart), 1);
    assert_int_equal(vpl011_deferrable(&t.h.uart), 0);
}

/* Saved as what remains: another clock, another time of day. */
static void what_remains_of_the_time_moves_with_the_state(void)
{
    struct timed from, to;
    struct vpl011_state state;
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    int size;

    timed_init(&from, ALL_OF_THE_LINE);
    guest_write(&from.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&from.h, "z");
    guest_sends(&from.h, "abc");
    from.now += FRAME / 2 + 1;
    assert_result(vpl011_pause(&from.h.uart), VPL011_OK);
    assert_result(vpl011_state_get(&from.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 80);
    assert_int_equal(state.rx_timeout, 432);
    size = vpl011_state_save(&from.h.uart, blob, sizeof(blob));
    assert_true(size > 0);

    timed_init(&to, ALL_OF_THE_LINE);
    to.now = 77 * SECOND;
    to.h.loads = true;
    assert_result(vpl011_state_load(&to.h.uart, blob, (size_t)size), VPL011_OK);
    assert_sent(&to.h, "");
    assert_in_range(next_in(&to), FRAME / 2 - 1, FRAME / 2 + BIT / 16);
    run_for(&to, FRAME / 2 + BIT / 16);
    assert_sent(&to.h, "b");
    assert_reg_bits(&to.h, PL011_UARTRIS, PL011_INT_RT, 0);
    run_for(&to, TIMEOUT - FRAME + BIT / 8);
    assert_reg_bits(&to.h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
    run_for(&to, SECOND);
    assert_sent(&to.h, "bc");

    /* One without a clock ignores it, and saves a state without. */
    timed_init(&to, 0);
    assert_result(vpl011_time_set(&to.h.uart, NULL, NULL), VPL011_OK);
    to.h.loads = true;
    assert_result(vpl011_state_set(&to.h.uart, &state), VPL011_OK);
    assert_sent(&to.h, "bc");
    assert_reg_bits(&to.h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
    assert_result(vpl011_state_get(&to.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame | state.rx_timeout, 0);
}

/* 300 baud, and then 115200 in the midst of a frame. */
static void a_frame_of_a_slower_line_is_saved_as_one_of_this(void)
{
    struct timed t;
    struct vpl011_state state;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    guest_write(&t.h, PL011_UARTIBRD, 5000);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_sends(&t.h, "ab");
    far_end_types(&t.h, "z");
    guest_write(&t.h, PL011_UARTIBRD, 13);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 192);
    assert_int_equal(state.rx_timeout, 512);
    t.h.loads = true;
    assert_result(vpl011_state_set(&t.h.uart, &state), VPL011_OK);
}

static void contradictory_times_are_refused(void)
{
    struct timed t;
    struct vpl011_state good, s;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&t.h, "z");
    assert_result(vpl011_state_get(&t.h.uart, &good), VPL011_OK);
    assert_int_equal(good.rx_timeout, 512);
    t.h.loads = true;
    s = good;
    s.rx_timeout = 513;
    assert_result(vpl011_state_set(&t.h.uart, &s), VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx_frame = 193;
    assert_result(vpl011_state_set(&t.h.uart, &s), VPL011_ERR_STATE_VALUE);
    s = good;
    s.imsc = 0;
    assert_result(vpl011_state_set(&t.h.uart, &s), VPL011_ERR_STATE_VALUE);
    s = good;
    s.rx_count = 0;
    s.rx[0] = 0;
    assert_result(vpl011_state_set(&t.h.uart, &s), VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx_frame = 192;
    assert_result(vpl011_state_set(&t.h.uart, &s), VPL011_OK);
}

static void no_more_than_a_frame_remains_where_the_clock_runs_backwards(void)
{
    struct timed t;
    struct vpl011_state state;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_sends(&t.h, "ab");
    t.now -= FRAME / 10;
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 160);
}

/* 132,868 ns of 277,667 are a little more than 245 sixteenths of a bit. */
static void what_remains_is_rounded_up(void)
{
    struct timed t;
    struct vpl011_state state;

    timed_init(&t, VPL011_TIME_RX_TIMEOUT);
    guest_write(&t.h, PL011_UARTIBRD, 13); /* 115246 baud */
    guest_write(&t.h, PL011_UARTFBRD, 1);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&t.h, "a");
    assert_int_equal(next_in(&t), 277667);
    t.now += 277667 - 132868;
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.rx_timeout, 246);
}

/* The slowest line that can be programmed: 1 Hz, and a divisor of 65535. */
static void the_slowest_line_is_saved_and_loaded(void)
{
    struct timed t;
    struct vpl011_state state;
    uint64_t whole, half;

    timed_init(&t, ALL_OF_THE_LINE);
    assert_result(vpl011_set_clock(&t.h.uart, 1), VPL011_OK);
    guest_write(&t.h, PL011_UARTIBRD, 0xFFFF);
    guest_write(&t.h, PL011_UARTFBRD, 0x3F); /* ignored there */
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_sends(&t.h, "ab");
    whole = next_in(&t);
    assert_int_equal(whole, UINT64_C(10485600) * SECOND);
    t.now += whole / 2;
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 80);
    t.h.loads = true;
    assert_result(vpl011_state_set(&t.h.uart, &state), VPL011_OK);
    half = next_in(&t);
    assert_in_range(half, whole / 2 - 1000, whole / 2 + 1000);

    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&t.h, "c");
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.rx_timeout, 512);
    t.now += whole / 10 * 16; /* of 32 bits */
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.rx_timeout, 256);
}

/* What has no time any more has none left. */
static void a_line_that_became_infinitely_fast_has_no_time_left(void)
{
    struct timed t;
    struct vpl011_state state;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_sends(&t.h, "a");
    guest_write(&t.h, PL011_UARTIBRD, 0);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_sends(&t.h, "b");
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 0);
    run_for(&t, FRAME);
    assert_sent(&t.h, "ab");
}

/* Its output takes no time here. */
static void a_frame_is_over_where_output_takes_no_time(void)
{
    struct timed t;
    struct vpl011_state state;

    timed_init(&t, ALL_OF_THE_LINE);
    guest_sends(&t.h, "ab");
    assert_result(vpl011_state_get(&t.h.uart, &state), VPL011_OK);
    assert_int_equal(state.tx_frame, 160);
    timed_init(&t, VPL011_TIME_RX_TIMEOUT);
    t.h.loads = true;
    assert_result(vpl011_state_set(&t.h.uart, &state), VPL011_OK);
    assert_sent(&t.h, "b");
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, 0);
}

/* All of a line's settings are 0. */
static void before_it_is_set_up_the_line_takes_no_time(void)
{
    const struct host_options options = {.config = {0}};
    struct timed t = {.now = SECOND};

    host_init(&t.h, &options);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_TX});
    guest_write(&t.h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE);
    guest_sends(&t.h, "ab");
    assert_sent(&t.h, "ab");
}

static void a_generic_uart_has_ten_bits_to_a_frame_whatever_it_stores(void)
{
    const struct host_options options = {
        .config = {.personality = VPL011_SBSA,
                   .flags = VPL011_CFG_STORE_CONFIG,
                   .baud = 9600}};
    struct timed t = {.now = SECOND};

    host_init(&t.h, &options);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_TX});
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_STP2);
    guest_sends(&t.h, "ab");
    assert_sent(&t.h, "a");
    assert_in_range(next_in(&t), FRAME - 1, FRAME);
}

static void an_infinitely_fast_line_is_no_clock(void)
{
    /* clock_hz 0: no bit period. A Generic UART always has one. */
    static const struct host_options kinds[] = {
        {.config = {.flags = VPL011_CFG_FIRMWARE_INIT}},
        {.config = {.flags = VPL011_CFG_FIRMWARE_INIT |
                             VPL011_CFG_STRICT_INTERRUPTS}},
        {.config = {.flags = VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_UNTHROTTLED,
                    .revision = VPL011_R1P4}},
        {.config = {.flags = VPL011_CFG_FIRMWARE_INIT}, .no_put = true},
    };
    uint32_t seed;

    for (seed = 1; seed <= 48; seed++) {
        const struct host_options options = kinds[seed % 4];
        uint32_t random = seed * 2654435761u;
        struct timed a = {.now = SECOND}, b = {.now = SECOND};
        int step;

        host_init(&a.h, &options);
        host_init(&b.h, &options);
        timed_give(&a, (struct vpl011_time_config){.what = ALL_OF_THE_LINE |
                                                           VPL011_TIME_BUDGET,
                                                   .budget = UINT32_MAX,
                                                   .burst = UINT32_MAX});
        for (step = 0; step < 3000; step++) {
            static const uint16_t written[] = {
                PL011_UARTDR,   PL011_UARTDR,  PL011_UARTLCR_H, PL011_UARTCR,
                PL011_UARTIMSC, PL011_UARTICR, PL011_UARTIFLS,  PL011_UARTRSR};
            const uint32_t what = next_random(&random) % 8;
            const uint32_t value = next_random(&random);
            const uint32_t reg = written[value >> 16 & 7];

            a.now += value % 1000;
            if (what < 3) {
                guest_write(&a.h, reg, value & 0xFFFF);
                guest_write(&b.h, reg, value & 0xFFFF);
            } else if (what < 5) {
                assert_reg(&a.h, PL011_UARTDR, guest_read(&b.h, PL011_UARTDR));
            } else if (what < 6) {
                const size_t count = value % 40;

                if (count > sizeof(a.h.far.input) - a.h.far.input_end) {
                    a.h.far.input_first = a.h.far.input_end = 0;
                    b.h.far.input_first = b.h.far.input_end = 0;
                }
                assert_int_equal(far_end_types_count(&a.h, count),
                                 far_end_types_count(&b.h, count));
            } else if (what < 7) {
                assert_int_equal(vpl011_tick(&a.h.uart),
                                 vpl011_tick(&b.h.uart));
            } else {
                far_end_takes(&a.h, value % 50);
                far_end_takes(&b.h, value % 50);
            }
            assert_reg(&a.h, PL011_UARTFR, guest_read(&b.h, PL011_UARTFR));
            assert_reg(&a.h, PL011_UARTRIS, guest_read(&b.h, PL011_UARTRIS));
            assert_int_equal(a.h.lines, b.h.lines);
            assert_int_equal(a.h.irqs, b.h.irqs);
            assert_int_equal(a.h.notifies, b.h.notifies);
            assert_int_equal(a.h.far.sent_count, b.h.far.sent_count);
            assert_memory_equal(a.h.far.sent, b.h.far.sent, a.h.far.sent_count);
            assert_int_equal(next_in(&a) == UINT64_MAX || a.h.uart.tick_asked,
                             true);
            a.h.far.sent_count = b.h.far.sent_count = 0;
        }
    }
}

static void what_is_not_timed_takes_no_time(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTLCR_H, 0x70);
    assert_int_equal(far_end_types(&t.h, "abc"), 3);
    timed_init(&t, VPL011_TIME_RX);
    guest_sends(&t.h, "abc");
    assert_sent(&t.h, "abc");
}

static size_t takes_one_too_many(void *ctx, const uint8_t *bytes, size_t count,
                                 uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)events;
    return count + 1;
}

/* The first begins its frame at once, the second when that is over. */
static void of_what_is_queued_only_what_is_due_is_taken_or_dropped(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTLCR_H, 0x70);
    t.h.far_backend.write = takes_one_too_many;
    t.h.far_backend.put = NULL;
    assert_result(vpl011_attach(&t.h.uart, &t.h.far_backend), VPL011_OK);
    guest_sends(&t.h, "abcde");
    run_for(&t, FRAME);
    assert_counter(&t.h, tx_bytes, 2);
    assert_int_equal(vpl011_tx_waiting(&t.h.uart), 3);

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTLCR_H, 0x70);
    t.h.far.room = 0;
    t.h.far.attached = false;
    guest_sends(&t.h, "abcde");
    run_for(&t, FRAME);
    assert_counter(&t.h, tx_dropped, 2);
    assert_int_equal(vpl011_tx_waiting(&t.h.uart), 3);
}

/* The host is late: a read shows what is due. */
static void a_read_sees_the_last_character_leave_without_a_tick(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTLCR_H, 0x70);
    guest_sends(&t.h, "ab");
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFE, 0);
    t.now += FRAME;
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(refused_configurations_change_nothing),
        CASE(a_shorter_configuration_is_an_older_one),
        CASE(without_the_clock_everything_leaves_at_once),
        CASE(a_clock_is_given_with_full_fifos),
        CASE(a_clock_that_runs_backwards_stands_still),
        CASE(a_clock_that_stands_still_waits_quietly),
        CASE(nothing_hangs_where_ticks_never_come),
        CASE(input_comes_where_ticks_never_do),
        CASE(a_tick_is_asked_for_once),
        CASE(a_tick_earlier_than_the_answer_is_asked_for),
        CASE(the_rest_from_input_has_its_moment),
        CASE(a_paced_line_needs_no_rest),
        CASE(looking_lets_no_time_pass),
        CASE(pages_and_deferred_writes_end_while_something_waits_for_time),
        CASE(what_remains_of_the_time_moves_with_the_state),
        CASE(a_frame_of_a_slower_line_is_saved_as_one_of_this),
        CASE(contradictory_times_are_refused),
        CASE(no_more_than_a_frame_remains_where_the_clock_runs_backwards),
        CASE(what_remains_is_rounded_up),
        CASE(the_slowest_line_is_saved_and_loaded),
        CASE(a_line_that_became_infinitely_fast_has_no_time_left),
        CASE(a_frame_is_over_where_output_takes_no_time),
        CASE(before_it_is_set_up_the_line_takes_no_time),
        CASE(a_generic_uart_has_ten_bits_to_a_frame_whatever_it_stores),
        CASE(an_infinitely_fast_line_is_no_clock),
        CASE(what_is_not_timed_takes_no_time),
        CASE(of_what_is_queued_only_what_is_due_is_taken_or_dropped),
        CASE(a_read_sees_the_last_character_leave_without_a_tick),
    };

    return run_cases(cases);
}
