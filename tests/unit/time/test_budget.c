/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A budget for the guest's output: so many characters a second, and a burst,
 * whatever the guest does.
 */
#include "clock.h"

static void budget_init(struct timed *t, uint32_t budget, uint32_t burst,
                        uint32_t over_budget)
{
    const struct host_options options = {
        .config = {.personality = VPL011_SBSA}};

    memset(t, 0, sizeof(*t));
    t->now = 5 * SECOND;
    host_init(&t->h, &options);
    timed_give(t, (struct vpl011_time_config){.what = VPL011_TIME_BUDGET,
                                              .budget = budget,
                                              .burst = burst,
                                              .over_budget = over_budget});
}

/* A guest that writes whenever TXFF allows, without end: 50 characters at most
 * in each 100 us. What it sends is an event at the far end. */
static void flood_for(struct timed *t, uint64_t ns)
{
    const uint64_t end = t->now + ns;

    t->h.far.write_event = VPL011_EVENT_FAR_END;
    while (t->now < end) {
        uint64_t when;
        int i;

        for (i = 0; i < 50; i++) {
            if (guest_read(&t->h, PL011_UARTFR) & PL011_FR_TXFF) {
                break;
            }
            guest_write(&t->h, PL011_UARTDR, 'x');
            t->h.far.sent_count = 0;
        }
        t->now += 100000;
        if (vpl011_time_next(&t->h.uart, &when) == 1 && when <= t->now) {
            assert_int_equal(vpl011_tick(&t->h.uart), 0);
            t->ticks++;
            t->h.far.sent_count = 0;
        }
    }
}

static uint64_t sent(struct timed *t)
{
    struct vpl011_counters c;

    assert_result(vpl011_get_counters(&t->h.uart, &c), VPL011_OK);
    return c.tx_bytes;
}

static void a_burst_leaves_at_once_and_then_the_budget_each_second(void)
{
    struct timed t;

    budget_init(&t, 1000, 20, 0);
    guest_sends_count(&t.h, 30);
    assert_int_equal(t.h.far.sent_count, 20);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_int_equal(next_in(&t), MS);
    t.now += MS - 1;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.far.sent_count, 20);
    t.now += 1;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.far.sent_count, 21);
    run_for(&t, 9 * MS);
    assert_int_equal(t.h.far.sent_count, 30);
    assert_int_equal(next_in(&t), UINT64_MAX);

    run_for(&t, 5 * MS); /* five more of the burst */
    guest_sends_count(&t.h, 30);
    assert_int_equal(t.h.far.sent_count, 35);
}

/* What waited leaves, because its time has come, and then one burst. */
static void a_jump_of_the_clock_gives_one_burst_at_most(void)
{
    struct timed t;

    budget_init(&t, 1000, 20, 0);
    guest_sends_count(&t.h, 52);
    assert_int_equal(t.h.far.sent_count, 20);
    t.now += 3600 * SECOND;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.far.sent_count, 52);
    guest_sends_count(&t.h, 52);
    assert_int_equal(t.h.far.sent_count, 52 + 20);
    assert_int_equal(next_in(&t), MS);
}

static void a_budget_without_a_burst_is_one_at_a_time(void)
{
    struct timed t;

    budget_init(&t, 1000, 0, 0);
    guest_sends_count(&t.h, 3);
    assert_int_equal(t.h.far.sent_count, 1);
    run_for(&t, MS);
    assert_int_equal(t.h.far.sent_count, 2);
}

#ifdef BRIEF
#define SECONDS 2u
#else
#define SECONDS 10u
#endif

static void flood_keeps_to_its_budget(void)
{
    static const uint32_t budgets[] = {1, 7, 300, 10000, 99999};
    struct timed t;
    size_t i;

    for (i = 0; i < sizeof(budgets) / sizeof(budgets[0]); i++) {
        const uint64_t expected = SECONDS * budgets[i];

        budget_init(&t, budgets[i], 1, 0);
        flood_for(&t, SECONDS * SECOND);
        assert_in_range(sent(&t), expected - expected / 100,
                        expected + expected / 100 + 1);
        /* One for each, and the first tick. */
        assert_in_range(t.h.notifies, 1, sent(&t) + 1);
        print_message("# %u a second: %u sent, %u events\n", budgets[i],
                      (unsigned int)sent(&t), t.h.notifies);
        assert_counter(&t.h, tx_dropped, 0);
        assert_counter(&t.h, tx_overflow, 0);
    }
}

/* The same guest without a budget: each character leaves, and is an event. */
static void the_same_flood_without_a_budget_is_all_of_it(void)
{
    struct timed t;

    budget_init(&t, 0, 0, 0);
    assert_result(vpl011_time_set(&t.h.uart, NULL, NULL), VPL011_OK);
    flood_for(&t, SECONDS * SECOND);
    assert_int_equal(sent(&t), SECONDS * 500000);
    assert_int_equal(t.h.notifies, SECONDS * 500000);
    print_message("# without: %u sent, %u events\n", (unsigned int)sent(&t),
                  t.h.notifies);
}

static void flood_may_be_discarded_and_counted_instead(void)
{
    struct timed t;
    int ms;

    budget_init(&t, 1000, 100, VPL011_POLICY_DROP_NEWEST);
    for (ms = 0; ms < 1000; ms++) {
        guest_sends_count(&t.h, 10);
        assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFF | PL011_FR_BUSY, 0);
        assert_int_equal(next_in(&t), UINT64_MAX);
        t.now += MS;
        t.h.far.sent_count = 0;
    }
    assert_counter(&t.h, tx_bytes, 1099);
    assert_counter(&t.h, tx_dropped, 10000 - 1099);
}

static void a_budget_of_0_sends_nothing(void)
{
    struct timed t;

    budget_init(&t, 0, 100, 0);
    guest_sends_count(&t.h, 40);
    run_for(&t, 1000 * SECOND);
    assert_int_equal(t.h.far.sent_count, 0);
    assert_int_equal(t.ticks, 0);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFF, PL011_FR_TXFF);

    budget_init(&t, 0, 100, VPL011_POLICY_DROP_NEWEST);
    guest_sends_count(&t.h, 40);
    assert_counter(&t.h, tx_dropped, 40);
}

static void the_largest_budget_and_burst(void)
{
    struct timed t;

    budget_init(&t, UINT32_MAX, UINT32_MAX, 0);
    guest_sends_count(&t.h, 1000);
    assert_int_equal(t.h.far.sent_count, 1000);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, 0);

    budget_init(&t, 1, UINT32_MAX, 0);
    guest_sends_count(&t.h, 1000);
    assert_int_equal(t.h.far.sent_count, 1000);

    budget_init(&t, UINT32_MAX, 1, 0);
    guest_sends_count(&t.h, 20); /* 0.23 ns each */
    assert_int_equal(t.h.far.sent_count, 5);
    t.now += 1;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.far.sent_count, 9);
}

/* The slower of the two decides. */
static void line_and_budget_together(void)
{
    struct timed t;

    timed_init(&t, 0);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_TX |
                                                       VPL011_TIME_BUDGET,
                                               .budget = 100,
                                               .burst = 3});
    guest_sends_count(&t.h, 10);
    run_for(&t, 2 * FRAME);
    assert_int_equal(t.h.far.sent_count, 3);
    run_for(&t, FRAME);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_int_equal(t.h.far.sent_count, 3);
    run_for(&t, 10 * MS - 3 * FRAME);
    assert_int_equal(t.h.far.sent_count, 4);
    t.now += 29 * MS;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_int_equal(t.h.far.sent_count, 6); /* each in its time */
    assert_in_range(next_in(&t), MS - 10, MS);
}

/* 1000 a second is more than 960: what waits for the line is within it. */
static void what_waits_for_the_line_is_not_discarded(void)
{
    struct timed t;

    timed_init(&t, 0);
    timed_give(&t, (struct vpl011_time_config){
                       .what = VPL011_TIME_TX | VPL011_TIME_BUDGET,
                       .budget = 1000,
                       .over_budget = VPL011_POLICY_DROP_NEWEST});
    guest_sends_count(&t.h, 10);
    run_for(&t, 10 * FRAME);
    assert_int_equal(t.h.far.sent_count, 10);
    assert_counter(&t.h, tx_dropped, 0);
}

/* A clock that begins at 0, and a burst that is longer than it runs. */
static void a_burst_may_be_longer_than_the_clock_runs(void)
{
    struct timed t;

    timed_init(&t, 0);
    t.now = 0;
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_TX |
                                                       VPL011_TIME_BUDGET,
                                               .budget = 1000,
                                               .burst = 5000});
    guest_sends_count(&t.h, 10);
    run_for(&t, 9 * FRAME);
    assert_int_equal(t.h.far.sent_count, 10);
    assert_in_range(next_in(&t), FRAME - 9, FRAME);
}

static void what_the_far_end_refuses_costs_no_budget(void)
{
    struct timed t;

    budget_init(&t, 1000, 5, 0);
    far_end_holds(&t.h);
    guest_sends_count(&t.h, 8);
    far_end_takes(&t.h, FAR_UNLIMITED);
    assert_int_equal(t.h.far.sent_count, 5);
    assert_int_equal(next_in(&t), MS);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_burst_leaves_at_once_and_then_the_budget_each_second),
        CASE(a_jump_of_the_clock_gives_one_burst_at_most),
        CASE(a_budget_without_a_burst_is_one_at_a_time),
        CASE(flood_keeps_to_its_budget),
        CASE(the_same_flood_without_a_budget_is_all_of_it),
        CASE(flood_may_be_discarded_and_counted_instead),
        CASE(a_budget_of_0_sends_nothing),
        CASE(the_largest_budget_and_burst),
        CASE(line_and_budget_together),
        CASE(what_waits_for_the_line_is_not_discarded),
        CASE(a_burst_may_be_longer_than_the_clock_runs),
        CASE(what_the_far_end_refuses_costs_no_budget),
    };

    return run_cases(cases);
}
