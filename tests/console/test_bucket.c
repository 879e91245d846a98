/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console daemon's token bucket: its arithmetic at the ends. */
#include "support.h"

#include "bucket.h"

#define SECOND 1000000LL

static void it_begins_full_and_gives_its_burst_once(void)
{
    struct bucket b;

    bucket_init(&b, 1000, 300, 50);
    assert_int_equal(bucket_room(&b, 50), 300);
    bucket_take(&b, 300);
    assert_int_equal(bucket_room(&b, 50), 0);
    assert_int_equal(bucket_room(&b, 50 + 999), 0);
    assert_int_equal(bucket_room(&b, 50 + 1000), 1);
    assert_int_equal(bucket_room(&b, 50 + 100 * SECOND), 300);
}

static void without_a_rate_there_is_no_limit(void)
{
    struct bucket b;

    bucket_init(&b, 0, 0, 0);
    bucket_take(&b, SIZE_MAX);
    assert_true(bucket_room(&b, 1) == SIZE_MAX);
    assert_int_equal(bucket_wait_us(&b, SIZE_MAX), 0);
}

/* Looked at each microsecond for a second, at a rate that fits into none. */
static void no_time_is_lost_to_rounding(void)
{
    struct bucket b;
    uint64_t passed = 0;
    long long now;

    bucket_init(&b, 999983, 100, 0);
    bucket_take(&b, 100);
    for (now = 1; now <= SECOND; now++) {
        size_t room = bucket_room(&b, now);

        bucket_take(&b, room);
        passed += room;
    }
    assert_int_equal(passed, 999983);
}

static void what_it_says_to_wait_is_enough_and_no_more(void)
{
    static const uint32_t rates[] = {1, 7, 999983, BUCKET_MAX};
    size_t i;

    for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        struct bucket b;
        long long wait;

        bucket_init(&b, rates[i], 4096, 0);
        bucket_take(&b, 4096);
        wait = bucket_wait_us(&b, 100);
        assert_true(wait > 0);
        assert_true(bucket_room(&b, wait - 1) < 100);
        assert_true(bucket_room(&b, wait) >= 100);
        /* More than the burst never comes: that much is waited for. */
        assert_true(bucket_wait_us(&b, SIZE_MAX) < 4096 * SECOND);
    }
}

static void the_largest_numbers_do_not_overflow(void)
{
    struct bucket b;
    int i;

    bucket_init(&b, BUCKET_MAX, BUCKET_MAX, 0);
    assert_int_equal(bucket_room(&b, INT64_MAX), BUCKET_MAX);
    for (i = 0; i < 100; i++) {
        bucket_take(&b, SIZE_MAX);
    }
    assert_int_equal(bucket_room(&b, INT64_MAX), 0);
    assert_int_equal(bucket_wait_us(&b, BUCKET_MAX), 2 * SECOND);
}

static void more_than_its_room_is_a_debt(void)
{
    struct bucket b;

    bucket_init(&b, 1000, 100, 0);
    bucket_take(&b, 2100);
    assert_int_equal(bucket_room(&b, 2 * SECOND), 0);
    assert_int_equal(bucket_room(&b, 2 * SECOND + 1000), 1);
}

static void a_clock_that_goes_back_gives_nothing(void)
{
    struct bucket b;

    bucket_init(&b, 1000, 100, 5 * SECOND);
    bucket_take(&b, 100);
    assert_int_equal(bucket_room(&b, 0), 0);
    assert_int_equal(bucket_room(&b, 5 * SECOND + 1000), 1);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(it_begins_full_and_gives_its_burst_once),
        CASE(without_a_rate_there_is_no_limit),
        CASE(no_time_is_lost_to_rounding),
        CASE(what_it_says_to_wait_is_enough_and_no_more),
        CASE(the_largest_numbers_do_not_overflow),
        CASE(more_than_its_room_is_a_debt),
        CASE(a_clock_that_goes_back_gives_nothing),
    };

    return run_cases(cases);
}
