/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Pacing of input, in place of the speed of a serial line. After 64 characters
 * in a row, all of them read, the guest has a rest, in which its handler ends
 * and the ring that it filled is emptied.
 */
#include <vpl011/state.h>

#include "support.h"

/* 64 characters have come and were read; `more` wait. */
static void init_at_rest(struct host *h, const struct host_options *options,
                         size_t more)
{
    unsigned int i;

    host_init(h, options);
    far_end_types_count(h, 64 + more);
    for (i = 0; i < 32; i++) {
        guest_read(h, PL011_UARTDR);
    }
    assert_int_equal(vpl011_data_avail(&h->uart), 32);
    host_forget(h);
    for (i = 0; i < 32; i++) {
        guest_read(h, PL011_UARTDR);
    }
    assert_int_equal(far_end_waiting(h), more);
}

/* A host that answers before the guest's next access. */
static void answer_at_once(struct host *h, uint32_t events)
{
    if (events & VPL011_EVENT_REFILL) {
        vpl011_data_avail(&h->uart);
    }
}

/* drivers.md R1, FreeBSD: its handler reads while there is something, and asks
 * MIS before it leaves. At the speed of a serial line it always leaves. */
static void handler_ends_under_a_host_that_answers_at_once(void)
{
    unsigned int calls = 0;
    unsigned int received = 0;
    struct host h;

    host_init(&h, &host_enabled);
    h.on_notify = answer_at_once;
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types_count(&h, 1000);
    while (vpl011_irq_lines(&h.uart) & VPL011_IRQ_UARTINTR ||
           vpl011_tick(&h.uart) > 0) {
        unsigned int longest = 0;

        calls++;
        while (guest_read(&h, PL011_UARTMIS)) {
            while (!(guest_read(&h, PL011_UARTFR) & PL011_FR_RXFE)) {
                guest_read(&h, PL011_UARTDR);
                longest++;
            }
        }
        /* OpenBSD's ring is the smallest. */
        assert_in_range(longest, 1, 127);
        received += longest;
    }
    assert_int_equal(received, 1000);
    assert_in_range(calls, 8, 32);
}

static void nothing_is_admitted_in_a_rest(void)
{
    const uint16_t entry = 'x';
    struct host h;

    init_at_rest(&h, &host_enabled, 10);
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 0);
    assert_result(vpl011_rx_room(&h.uart), 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(far_end_waiting(&h), 10);
}

/* Single characters on an idle serial line are given at once, up to the same
 * amount. */
static void single_characters_are_not_paced_before_that(void)
{
    struct host h;
    unsigned int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 64; i++) {
        assert_int_equal(far_end_types(&h, "k"), 1);
        guest_read(&h, PL011_UARTDR);
    }
    assert_int_equal(far_end_types(&h, "k"), 0);
    assert_int_equal(h.notified, VPL011_EVENT_TICK);
}

static void tick_ends_a_rest_and_takes_input(void)
{
    struct host h;

    init_at_rest(&h, &host_enabled, 40);
    assert_int_equal(h.notified, VPL011_EVENT_TICK);
    assert_result(vpl011_tick(&h.uart), 32);
    guest_drains(&h);
    assert_result(vpl011_data_avail(&h.uart), 8);
}

static void tick_is_asked_for_once_and_only_while_input_waits(void)
{
    struct host h;
    int i;

    init_at_rest(&h, &host_enabled, 1);
    assert_int_equal(h.notifies, 1);
    for (i = 0; i < 1000; i++) {
        vpl011_data_avail(&h.uart);
    }
    assert_int_equal(h.notifies, 1);

    init_at_rest(&h, &host_enabled, 0);
    guest_read(&h, PL011_UARTFR);
    assert_int_equal(h.notifies, 0);
    far_end_types(&h, "late");
    assert_int_equal(h.notified, VPL011_EVENT_TICK);
    assert_int_equal(h.notifies, 1);
}

/* NuttX makes five until it has left its handler. */
static void eight_reads_in_a_row_end_a_rest(void)
{
    static const uint32_t regs[] = {PL011_UARTFR,   PL011_UARTCR,
                                    PL011_UARTDR,   PL011_UARTIMSC,
                                    PL011_UARTIFLS, 0x050};
    struct host h;
    uint64_t value;
    unsigned int i;
    unsigned int r;

    for (r = 0; r < sizeof(regs) / sizeof(regs[0]); r++) {
        init_at_rest(&h, &host_enabled, 5);
        host_forget(&h);
        for (i = 0; i < 7; i++) {
            (void)vpl011_mmio_read(&h.uart, regs[r], 4, &value);
            assert_int_equal(h.notified, 0);
            assert_result(vpl011_data_avail(&h.uart), 0);
        }
        (void)vpl011_mmio_read(&h.uart, regs[r], 4, &value);
        assert_int_equal(h.notified, VPL011_EVENT_REFILL);
        assert_result(vpl011_data_avail(&h.uart), 5);
    }
}

/* A driver that sends from its handler, or has an interrupt to serve, is not
 * done: NuttX, FreeBSD with output of its own. */
static void a_write_or_something_pending_begins_the_rest_anew(void)
{
    struct host h;
    unsigned int i;

    init_at_rest(&h, &host_enabled, 5);
    host_forget(&h);
    for (i = 0; i < 100; i++) {
        guest_read(&h, PL011_UARTFR);
        guest_read(&h, PL011_UARTFR);
        guest_sends(&h, "x");
    }
    assert_int_equal(h.notified, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    for (i = 0; i < 100; i++) {
        assert_reg(&h, PL011_UARTMIS, PL011_INT_TX);
    }
    assert_int_equal(h.notified, 0);
    guest_write(&h, PL011_UARTIMSC, 0);
    for (i = 0; i < 8; i++) {
        guest_read(&h, PL011_UARTFR);
    }
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
}

/* FreeBSD asks UARTMIS once more before it leaves its handler. Input that came
 * then would enter the handler again, before the software interrupt which
 * empties the ring; after some 400 characters the ring is full, and the handler
 * never ends. */
static void the_read_that_shows_nothing_pending_does_not_end_a_rest(void)
{
    struct host h;
    unsigned int i;

    init_at_rest(&h, &host_enabled, 5);
    host_forget(&h);
    for (i = 0; i < 7; i++) {
        assert_reg_bits(&h, i % 2 ? PL011_UARTMIS : PL011_UARTRIS,
                        PL011_INT_RX | PL011_INT_RT, 0);
        assert_int_equal(h.notified, 0);
        assert_result(vpl011_data_avail(&h.uart), 0);
    }
    guest_read(&h, PL011_UARTMIS);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&h.uart), 5);
}

/* A bad access has no effect: it counts neither as a read nor as a write. */
static void a_bad_access_leaves_a_rest_as_it_is(void)
{
    struct vpl011_state before, after;
    struct host h;
    uint64_t value;

    init_at_rest(&h, &host_enabled, 5);
    host_forget(&h);
    assert_result(vpl011_state_get(&h.uart, &before), VPL011_OK);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTMIS, 8, &value),
                  VPL011_ERR_ACCESS);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTFR + 1, 1, &value),
                  VPL011_ERR_ACCESS);
    assert_result(vpl011_state_get(&h.uart, &after), VPL011_OK);
    assert_null(vpl011_state_diff(&before, &after));
    assert_int_equal(h.notified, 0);
}

/* A stale edge may enter the handler again before the ring that it filled is
 * emptied. */
static void edges_leave_it_to_time(void)
{
    struct host h;
    unsigned int i;

    init_at_rest(&h, &(struct host_options){.enabled = true, .pending = true},
                 5);
    host_forget(&h);
    for (i = 0; i < 100; i++) {
        guest_read(&h, PL011_UARTMIS);
    }
    assert_int_equal(h.notified, 0);
    assert_result(vpl011_tick(&h.uart), 5);
}

/* A polling guest makes the accesses while it waits. */
static void polled_guest_receives_everything_without_a_tick(void)
{
    struct host h;
    unsigned int polls = 0;
    unsigned int count = 0;

    host_init(&h, &host_enabled);
    h.on_notify = answer_at_once;
    far_end_types_count(&h, 1000);
    while (count < 1000 && polls++ < 3000) {
        if (!(guest_read(&h, PL011_UARTFR) & PL011_FR_RXFE)) {
            assert_reg(&h, PL011_UARTDR, 'a' + count % 26);
            count++;
        }
    }
    assert_int_equal(count, 1000);
}

/* UARTFR is one load without the lock; it takes the long path only in a rest.
 */
static void fr_is_plain_again_after_the_rest(void)
{
    struct host h;

    init_at_rest(&h, &(struct host_options){.enabled = true, .locks = true}, 5);
    h.lock_count = 0;
    guest_read(&h, PL011_UARTFR);
    assert_int_equal(h.lock_count, 1);
    vpl011_tick(&h.uart);
    h.lock_count = 0;
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, 0);
    assert_int_equal(h.lock_count, 0);
}

static void a_flush_and_a_reset_end_a_rest(void)
{
    struct host h;

    init_at_rest(&h, &host_enabled, 5);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_result(vpl011_data_avail(&h.uart), 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70);

    init_at_rest(&h, &host_enabled, 5);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_int_equal(vpl011_data_avail(&h.uart), 1);
}

/* Without a timer nobody would answer TICK; on an unthrottled line nothing is
 * held. */
static void no_rest_without_a_timer_or_a_throttle(void)
{
    static const uint32_t flags[] = {VPL011_CFG_NO_TICK,
                                     VPL011_CFG_UNTHROTTLED};
    struct host h;
    unsigned int i;
    unsigned int n;

    for (i = 0; i < 2; i++) {
        host_init(&h, &(struct host_options){.enabled = true,
                                             .config = {.flags = flags[i]}});
        far_end_types_count(&h, 320);
        for (n = 0; n < 9; n++) {
            guest_drains(&h);
            assert_result(vpl011_data_avail(&h.uart), 32);
        }
        assert_int_equal(h.notified & VPL011_EVENT_TICK, 0);
    }
}

/* An unthrottled line sends even to a receiver that is off. */
static void without_a_throttle_input_comes_with_the_receiver_off(void)
{
    struct host h;

    host_init(
        &h, &(struct host_options){
                .enabled = true, .config = {.flags = VPL011_CFG_UNTHROTTLED}});
    guest_write(&h, PL011_UARTCR, 0x101);
    host_forget(&h);
    far_end_types_count(&h, 40);
    assert_int_equal(h.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
    (void)vpl011_data_avail(&h.uart);
    assert_counter(&h, rx_ignored, 40);
}

/* drivers.md R2 needs the burst to end with the last character read, not with
 * the last one admitted: a guest that leaves some is given no more until it has
 * read them. */
static void no_more_than_a_burst_is_admitted_while_some_of_it_waits(void)
{
    struct host h;
    unsigned int i;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 500);
    for (i = 0; i < 64; i++) {
        guest_read(&h, PL011_UARTDR);
        vpl011_data_avail(&h.uart);
    }
    assert_int_equal(500 - far_end_waiting(&h), 64);
}

static void tick_is_asked_for_in_each_rest(void)
{
    struct host h;
    unsigned int i;

    init_at_rest(&h, &host_enabled, 160);
    for (i = 0; i < 2; i++) {
        assert_int_equal(h.notified, VPL011_EVENT_TICK);
        assert_result(vpl011_tick(&h.uart), 32);
        guest_drains(&h);
        assert_result(vpl011_data_avail(&h.uart), 32);
        host_forget(&h);
        guest_drains(&h);
    }
}

/* Looped characters are received in a rest, too. */
/* So who ticks without being asked has to know that the guest leaves its
 * handler meanwhile: NuttX does not while there is something to read. */
static void ticks_that_nobody_asked_for_leave_no_rest(void)
{
    struct host h;
    unsigned int round;
    unsigned int i;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 1000);
    for (round = 0; round < 20; round++) {
        for (i = 0; i < 32; i++) {
            guest_read(&h, PL011_UARTDR);
        }
        assert_result(vpl011_tick(&h.uart), 32);
    }
    assert_int_equal(h.notified & VPL011_EVENT_TICK, 0);
}

static void a_status_read_that_shows_something_to_receive_ends_no_rest(void)
{
    struct host h;
    unsigned int i;

    init_at_rest(&h, &host_enabled, 5);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE);
    guest_sends(&h, "x");
    assert_reg(&h, PL011_UARTMIS, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTCR, 0x301);
    for (i = 0; i < 8; i++) {
        assert_result(vpl011_rx_room(&h.uart), 0);
        assert_reg(&h, PL011_UARTMIS, 0);
    }
    assert_result(vpl011_rx_room(&h.uart), 31);
}

static void a_rest_goes_on_after_a_move(void)
{
    struct vpl011_state state;
    struct host from;
    struct host to;
    unsigned int i;

    init_at_rest(&from, &host_enabled, 0);
    for (i = 0; i < 3; i++) {
        guest_read(&from, PL011_UARTFR);
    }
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    assert_int_equal(state.rx_rest, 5);
    host_init(&to, &host_enabled);
    to.loads = true;
    assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
    to.loads = false;
    assert_int_equal(far_end_types(&to, "late"), 0);
    for (i = 0; i < 5; i++) {
        assert_result(vpl011_data_avail(&to.uart), 0);
        guest_read(&to, PL011_UARTFR);
    }
    assert_result(vpl011_data_avail(&to.uart), 4);
}

/* The last character of a burst is read while reception is off: the rest begins
 * nevertheless, can be saved and loaded, and applies when reception is on
 * again. */
static void a_rest_begins_whether_or_not_the_receiver_is_on(void)
{
    enum { PAUSED, OFF, TESTFIFO, WAYS };
    struct vpl011_state state;
    struct host from;
    struct host to;
    int way;

    for (way = 0; way < WAYS; way++) {
        host_init(&from, &host_enabled);
        far_end_types_count(&from, 64);
        guest_drains(&from);
        assert_result(vpl011_data_avail(&from.uart), 32);
        if (way == PAUSED) {
            assert_result(vpl011_pause(&from.uart), VPL011_OK);
        } else if (way == OFF) {
            guest_write(&from, PL011_UARTCR, 0x101);
        } else {
            guest_write(&from, PL011_UARTTCR, PL011_TCR_TESTFIFO);
        }
        guest_drains(&from);
        assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
        assert_int_equal(state.rx_burst, 64);
        assert_in_range(state.rx_rest, 1, 8);
        host_init(&to, &host_enabled);
        to.loads = true;
        assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
        to.loads = false;
        if (way == OFF) {
            guest_write(&to, PL011_UARTCR, 0x301);
        } else if (way == TESTFIFO) {
            guest_write(&to, PL011_UARTTCR, 0);
        }
        assert_int_equal(far_end_types(&to, "late"), 0);
        assert_result(vpl011_tick(&to.uart), 4);
    }
}

/* A backend that fills all places has none left for a BREAK. If it reports one
 * nevertheless, no more than the room is counted, so that the saved state can
 * be loaded. */
static size_t reads_all_and_a_break(void *ctx, uint8_t *bytes, size_t count,
                                    uint32_t *events)
{
    (void)ctx;
    memset(bytes, 'b', count);
    *events = VPL011_BACKEND_BREAK;
    return count;
}

static void a_break_without_a_place_is_no_part_of_a_burst(void)
{
    struct vpl011_backend backend;
    struct vpl011_state state;
    struct host h;
    unsigned int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 63; i++) {
        assert_int_equal(far_end_types(&h, "k"), 1);
        guest_read(&h, PL011_UARTDR);
    }
    backend = h.far_backend;
    backend.read = reads_all_and_a_break;
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_OK);
    assert_result(vpl011_data_avail(&h.uart), 32);
    assert_counter(&h, rx_overruns, 1);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(state.rx_burst, 95);
    h.loads = true;
    assert_result(vpl011_state_set(&h.uart, &state), VPL011_OK);
}

/* A rest is from a burst, all of which was read; and a burst that was read is
 * followed by a rest. */
static void a_rest_that_no_device_has_is_refused(void)
{
    static const struct {
        uint32_t burst, rest, count;
        int result;
    } states[] = {
        {64, 8, 0, VPL011_OK},
        {64, 1, 0, VPL011_OK},
        {63, 0, 0, VPL011_OK},
        {95, 0, 1, VPL011_OK},
        {64, 9, 0, VPL011_ERR_STATE_VALUE},
        {63, 1, 0, VPL011_ERR_STATE_VALUE},
        {64, 0, 0, VPL011_ERR_STATE_VALUE},
        {96, 8, 0, VPL011_ERR_STATE_VALUE},
    };
    struct vpl011_state state;
    struct host h;
    size_t i;

    for (i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
        host_init(&h, &host_enabled);
        h.loads = true;
        assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
        state.rx_burst = states[i].burst;
        state.rx_rest = states[i].rest;
        state.rx_count = states[i].count;
        assert_result(vpl011_state_set(&h.uart, &state), states[i].result);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(handler_ends_under_a_host_that_answers_at_once),
        CASE(nothing_is_admitted_in_a_rest),
        CASE(single_characters_are_not_paced_before_that),
        CASE(tick_ends_a_rest_and_takes_input),
        CASE(tick_is_asked_for_once_and_only_while_input_waits),
        CASE(eight_reads_in_a_row_end_a_rest),
        CASE(a_write_or_something_pending_begins_the_rest_anew),
        CASE(the_read_that_shows_nothing_pending_does_not_end_a_rest),
        CASE(a_bad_access_leaves_a_rest_as_it_is),
        CASE(edges_leave_it_to_time),
        CASE(polled_guest_receives_everything_without_a_tick),
        CASE(fr_is_plain_again_after_the_rest),
        CASE(a_flush_and_a_reset_end_a_rest),
        CASE(no_rest_without_a_timer_or_a_throttle),
        CASE(without_a_throttle_input_comes_with_the_receiver_off),
        CASE(no_more_than_a_burst_is_admitted_while_some_of_it_waits),
        CASE(tick_is_asked_for_in_each_rest),
        CASE(ticks_that_nobody_asked_for_leave_no_rest),
        CASE(a_status_read_that_shows_something_to_receive_ends_no_rest),
        CASE(a_rest_goes_on_after_a_move),
        CASE(a_rest_begins_whether_or_not_the_receiver_is_on),
        CASE(a_break_without_a_place_is_no_part_of_a_burst),
        CASE(a_rest_that_no_device_has_is_refused),
    };

    return run_cases(cases);
}
