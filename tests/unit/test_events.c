/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Events: given to notify, or kept for vpl011_take_events(). */
#include "support.h"

static const struct host_options collected = {.no_notify = true,
                                              .enabled = true};

static void no_event_no_notify(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "quiet");
    far_end_types(&h, "x");
    guest_drains(&h);
    guest_read(&h, PL011_UARTFR);
    assert_int_equal(h.notifies, 0);
}

/* Each operation of the backend may raise FAR_END. */
static void far_end_is_asked_for_by_write_read_and_poll(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends(&h, "x");
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
    h.far.write_event = 0;
    host_forget(&h);

    h.far.read_event = VPL011_EVENT_FAR_END;
    far_end_types(&h, "y");
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
    h.far.read_event = 0;
    host_forget(&h);

    h.far.poll_event = VPL011_EVENT_FAR_END;
    vpl011_data_avail(&h.uart);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
}

/* notify is called at most once for each call, however much happened. */
static void notify_is_called_once_for_each_entry(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends_count(&h, 30);
    host_forget(&h);
    h.far.write_event = VPL011_EVENT_FAR_END;
    h.far.read_event = VPL011_EVENT_FAR_END;
    h.far.poll_event = VPL011_EVENT_FAR_END;
    h.far.room = 15;
    far_end_types_count(&h, 40);
    assert_int_equal(h.notifies, 1);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
}

/* The embedder gets neither BREAK marks nor unknown bits of a backend. */
static void embedder_never_sees_backend_marks(void)
{
    struct host h;

    host_init(&h, &collected);
    vpl011_take_events(&h.uart);
    h.far.read_event = VPL011_EVENT_FAR_END;
    h.far.break_after = 0;
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_int_equal(vpl011_take_events(&h.uart), VPL011_EVENT_FAR_END);
}

static void events_are_kept_without_notify_and_taken_once(void)
{
    struct host h;

    host_init(&h, &collected);
    vpl011_take_events(&h.uart);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends(&h, "x");
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_DTR);
    guest_read(&h, PL011_UARTRIS);
    assert_int_equal(vpl011_take_events(&h.uart),
                     VPL011_EVENT_FAR_END | VPL011_EVENT_LINE);
    assert_int_equal(vpl011_take_events(&h.uart), 0);
    assert_int_equal(h.notifies, 0);
}

/* The line as it is born is no change. */
static void new_device_has_no_events(void)
{
    const struct vpl011_config config = {
        .flags = VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_NO_IRQ_OP,
    };
    const struct vpl011_ops ops = {0};
    struct vpl011 uart;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    assert_int_equal(vpl011_take_events(&uart), 0);
}

static void take_events_with_notify_has_nothing_left(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends(&h, "x");
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
    assert_int_equal(vpl011_take_events(&h.uart), 0);
}

static void notifies_are_counted_in_both_forms(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends(&h, "xyz");
    assert_int_equal(h.notifies, 3);
    h.far.write_event = 0;
    /* host_init() attached the far end and set up the line: two events before.
     */
    assert_counter(&h, notifies, 3 + 2);

    host_init(&h, &collected);
    vpl011_take_events(&h.uart);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends(&h, "xyz");
    vpl011_take_events(&h.uart);
    vpl011_take_events(&h.uart);
    assert_counter(&h, notifies, 2);
}

/* Whatever the header allows from notify. */
static void answer_all(struct host *h, uint32_t events)
{
    static unsigned int depth;

    assert_int_equal(depth, 0);
    depth++;
    (void)events;
    assert_in_range(vpl011_data_avail(&h->uart), 0, PL011_DEPTH_MAX);
    assert_int_equal(vpl011_take_events(&h->uart), 0);
    depth--;
}

/* notify is not entered while it runs, and what its own calls owe is told when
 * it has returned. */
static void refill_answered_inside_notify_loses_nothing(void)
{
    struct host h;
    char got[64];

    host_init(&h, &host_enabled);
    h.on_notify = answer_all;
    far_end_types_count(&h, 64);
    assert_int_equal(guest_receives(&h, got, 64), 64);
    assert_memory_equal(got, h.far.input, 64);
}

static void owe_more(struct host *h, uint32_t events)
{
    if (events & VPL011_EVENT_FAR_END) {
        h->far.write_event = 0;
        guest_write(h, PL011_UARTLCR_H, 0x71);
        assert_int_equal(h->notified, VPL011_EVENT_FAR_END);
    }
}

static void what_notify_owes_is_told_when_it_has_returned(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    h.on_notify = owe_more;
    guest_sends(&h, "x");
    assert_int_equal(h.notifies, 2);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_LINE);
}

/* A million calls while nothing moves raise no event. */
static void calls_where_nothing_moves_raise_nothing(void)
{
    static const uint32_t masks[] = {0, PL011_INT_RX, 0x7FF};
    const uint16_t entries[40] = {0};
    size_t i;
    int state;

    for (state = 0; state < 12; state++) {
        struct host h;

        host_init(&h, &host_enabled);
        h.on_notify = answer_all;
        guest_write(&h, PL011_UARTIMSC, masks[state % 3]);
        if (state & 1) {
            far_end_holds(&h);
            guest_sends_count(&h, 70);
        }
        if (state & 2) {
            far_end_types_count(&h, 500);
        }
        if (state & 4) {
            guest_write(&h, PL011_UARTCR, 0);
        }
        if (state & 8) {
            vpl011_rx_push(&h.uart, entries, 40);
        }
        host_forget(&h);
        for (i = 0; i < 100000; i++) {
            vpl011_data_avail(&h.uart);
        }
        assert_in_range(h.notifies, 0, 1);
    }
}

/* A doorbell may be lost; a slow timer makes it good. */
static void remind_owes_everything_anew(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_queues(&h, "x", 1);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL);
    host_forget(&h);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL);
    host_forget(&h);
    assert_result(vpl011_attach(&h.uart, NULL), VPL011_OK);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_int_equal(h.notified, 0);
}

/* LINE: only for format, divisor and outputs. */
static void line_event_tells_changes_only(void)
{
    static const struct {
        uint32_t offset, value, expected;
    } steps[] = {
        {PL011_UARTLCR_H, 0x70, 0},
        {PL011_UARTLCR_H, 0x60, 0}, /* FEN is not the line's */
        {PL011_UARTLCR_H, 0x70, 0},
        {PL011_UARTLCR_H, 0x50, VPL011_EVENT_LINE},
        {PL011_UARTIBRD, 13, 0},
        {PL011_UARTFBRD, 1, 0},
        {PL011_UARTLCR_H, 0x50, VPL011_EVENT_LINE},
        {PL011_UARTLCR_H, 0x51, VPL011_EVENT_LINE},
        {PL011_UARTLCR_H, 0x50, VPL011_EVENT_LINE},
        {PL011_UARTCR, 0x301, 0},
        {PL011_UARTCR, 0xF01, VPL011_EVENT_LINE},
        {PL011_UARTCR, 0xF01, 0},
        {PL011_UARTIMSC, 0x7FF, 0},
    };
    struct host h;
    size_t i;

    host_init(&h, &host_enabled);
    for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        host_forget(&h);
        guest_write(&h, steps[i].offset, steps[i].value);
        assert_int_equal(h.notified, steps[i].expected);
    }
    host_forget(&h);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_LINE);
}

/* The quick way of a character counts too where the backend asks for something.
 */
static void a_character_that_is_taken_with_an_event_is_counted(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    guest_sends_count(&h, 10);
    assert_counter(&h, tx_bytes, 10);
}

/* The initial levels and settings are not reported as changes. */
static void init_owes_and_counts_nothing(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {0};
    struct vpl011_counters counters;
    struct vpl011 uart;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_get_counters(&uart, &counters), VPL011_OK);
    assert_int_equal(counters.notifies, 0);
    assert_int_equal(vpl011_take_events(&uart), 0);
}

/* And that one reads only where something waits. */
static void a_look_after_an_empty_one_asks_before_it_reads(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true});
    assert_result(vpl011_data_avail(&h.uart), 0);
    h.far.reads = 0;
    h.far.polls = 0;
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_int_equal(h.far.reads, 0);
    assert_int_equal(h.far.polls, 1);
    far_end_queues(&h, "a", 1);
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_int_equal(h.far.reads, 1);

    /* That found something, and so may this one. */
    far_end_queues(&h, "b", 1);
    h.far.polls = 0;
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_int_equal(h.far.reads, 2);
    assert_int_equal(h.far.polls, 1);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(init_owes_and_counts_nothing),
        CASE(no_event_no_notify),
        CASE(far_end_is_asked_for_by_write_read_and_poll),
        CASE(notify_is_called_once_for_each_entry),
        CASE(embedder_never_sees_backend_marks),
        CASE(events_are_kept_without_notify_and_taken_once),
        CASE(new_device_has_no_events),
        CASE(take_events_with_notify_has_nothing_left),
        CASE(notifies_are_counted_in_both_forms),
        CASE(refill_answered_inside_notify_loses_nothing),
        CASE(what_notify_owes_is_told_when_it_has_returned),
        CASE(calls_where_nothing_moves_raise_nothing),
        CASE(a_look_after_an_empty_one_asks_before_it_reads),
        CASE(remind_owes_everything_anew),
        CASE(line_event_tells_changes_only),
        CASE(a_character_that_is_taken_with_an_event_is_counted),
    };

    return run_cases(cases);
}
