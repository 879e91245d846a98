/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The fake host itself: it records what happened, and it can fail. */
#include "support.h"

static void far_end_takes_then_holds(void)
{
    struct host h;

    host_init(&h, NULL);
    h.far.room = 2;
    guest_sends(&h, "abc");
    assert_sent(&h, "ab");
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "abc");
}

static void typed_text_is_received(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .locks = true});
    assert_int_equal(far_end_types(&h, "hello"), 5);
    assert_receives(&h, "hello");
    assert_int_equal(h.lock_count, h.unlock_count);
    assert_false(h.locked);
}

static void calls_are_logged_in_order(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "x");
    guest_read(&h, PL011_UARTDR);
    assert_int_equal(h.log_count, 2);
    assert_int_equal(h.log[0].call, HOST_IRQ);
    assert_int_equal(h.log[0].a, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    assert_int_equal(h.log[1].call, HOST_IRQ);
    assert_int_equal(h.log[1].a, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(far_end_takes_then_holds),
        CASE(typed_text_is_received),
        CASE(calls_are_logged_in_order),
    };

    return run_cases(cases);
}
