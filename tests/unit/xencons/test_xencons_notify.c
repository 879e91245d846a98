/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* When the device rings the console's doorbell (docs/notification.md). */
#include "xencons_host.h"

/* P.C32: not an event for each byte, as Xen sends. */
static void c32_burst_that_fits_the_ring_is_one_event(void)
{
    static const size_t bursts[] = {1, 2, 31, 32, 33, 1023, 1024, 1025, 2048};
    static struct ring_host r;
    size_t i;

    ring_init(&r, 0xFFFFFC00u);
    assert_int_equal(ring_status(&r).events, 1); /* at attach */
    for (i = 0; i < 9; i++) {
        host_forget(&r.h);
        guest_sends_count(&r.h, bursts[i]);
        assert_int_equal(r.h.notifies, 1);
        assert_int_equal(r.h.notified, VPL011_EVENT_FAR_END);
        r.page.out_cons = r.page.out_prod;
    }
    assert_int_equal(ring_status(&r).events, 10);
}

/* P.C32, G.H3: Linux throttles a port that rings without progress. */
static void c32_nothing_moved_nothing_told(void)
{
    static const uint32_t policies[] = {0, VPL011_XENCONS_ALWAYS};
    static struct ring_host r;
    unsigned int i;

    for (i = 0; i < 2; i++) {
        ring_page(&r.page, 0);
        ring_attach(&r, policies[i]);
        host_forget(&r.h);
        vpl011_tick(&r.h.uart);
        guest_read(&r.h, PL011_UARTDR);
        guest_read(&r.h, PL011_UARTFR);
        guest_write(&r.h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_TX);
        guest_write(&r.h, PL011_UARTICR, PL011_INT_ALL);
        assert_int_equal(r.h.notifies, 0);

        guest_sends_count(&r.h, OUT_SIZE + 1);
        host_forget(&r.h);
        guest_sends_count(&r.h, 200); /* the ring is full */
        assert_int_equal(r.h.notifies, 0);
    }
}

static void c32_input_below_full_is_taken_without_a_word(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    r.page.in_prod = IN_SIZE - 1;
    while (r.page.in_cons != r.page.in_prod) {
        host_forget(&r.h);
        assert_true(vpl011_tick(&r.h.uart) > 0);
        guest_drains(&r.h);
        assert_int_equal(r.h.notified & VPL011_EVENT_FAR_END, 0);
    }
}

/* The guest reads one FIFO; returns whether the console was told. */
static bool a_fifo_is_read(struct ring_host *r)
{
    host_forget(&r->h);
    vpl011_tick(&r->h.uart);
    guest_drains(&r->h);
    return (r->h.notified & VPL011_EVENT_FAR_END) != 0;
}

static void full_input_is_told_of_room_once_half_is_free(void)
{
    static struct ring_host r;
    int fill;
    int i;

    ring_init(&r, 0);
    for (fill = 0; fill < 3; fill++) {
        r.page.in_prod = r.page.in_cons + IN_SIZE;
        for (i = 1; i <= 32; i++) {
            assert_int_equal(a_fifo_is_read(&r), i == 16);
        }
        assert_false(a_fifo_is_read(&r));
    }
    assert_int_equal(ring_status(&r).events, 1 + 3); /* and one at attach */
}

static void console_that_fills_up_again_before_half_is_told_later(void)
{
    static struct ring_host r;
    int i;

    ring_init(&r, 0);
    r.page.in_prod = IN_SIZE;
    for (i = 0; i < 10; i++) {
        assert_false(a_fifo_is_read(&r));
        r.page.in_prod = r.page.in_cons + IN_SIZE;
    }
    for (i = 1; i <= 16; i++) {
        assert_int_equal(a_fifo_is_read(&r), i == 16);
    }
}

/* A console may wait for an event that an earlier device did not raise. */
static void attach_and_resync_are_told(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    assert_int_equal(r.h.notified, VPL011_EVENT_FAR_END);
    host_forget(&r.h);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
    vpl011_xencons_resync(&r.ring);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, VPL011_EVENT_FAR_END);
}

/* A console that took some bytes, and went to sleep without seeing the rest. */
static void bytes_that_still_wait_are_told_again(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends(&r.h, "ab");
    r.page.out_cons = 1;
    host_forget(&r.h);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, VPL011_EVENT_FAR_END);
}

/* The event is under way, and a poll does not repeat it. */
static void bytes_told_of_are_not_told_again(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends(&r.h, "a");
    host_forget(&r.h);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
    r.page.out_cons = 1;
    host_forget(&r.h);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
}

static void full_ring_is_told_once_for_each_fill(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends_count(&r.h, OUT_SIZE);
    host_forget(&r.h);
    guest_sends_count(&r.h, 5);
    assert_int_equal(r.h.notifies, 1);
    r.page.out_cons += 10;
    guest_sends_count(&r.h, 5); /* drains what was held */
    host_forget(&r.h);
    guest_sends_count(&r.h, 5);
    assert_int_equal(r.h.notifies, 1);
}

/* The second fill is a burst that fits: its bytes are told of, and not that
 * more was refused. */
static void a_ring_that_is_just_full_is_no_refusal(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends_count(&r.h, OUT_SIZE + 1);
    assert_int_equal(vpl011_tx_waiting(&r.h.uart), 1);
    r.page.out_cons += OUT_SIZE;
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(vpl011_tx_waiting(&r.h.uart), 0);
    guest_sends_count(&r.h, OUT_SIZE - 1);
    host_forget(&r.h);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
}

static void a_stopped_direction_is_not_told_of(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    vpl011_data_avail(&r.h.uart);
    host_forget(&r.h);
    r.page.out_cons = 1; /* of nothing */
    vpl011_data_avail(&r.h.uart);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(r.h.notified, 0);
}

static void always_tells_each_transfer(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0);
    ring_attach(&r, VPL011_XENCONS_ALWAYS);
    host_forget(&r.h);
    guest_sends_count(&r.h, 1024);
    assert_int_equal(r.h.notifies, 1024);
    r.page.out_cons = r.page.out_prod;
    host_forget(&r.h);
    peer_puts(&r, "x");
    vpl011_data_avail(&r.h.uart);
    assert_true(r.h.notified & VPL011_EVENT_FAR_END);
}

/*
 * The backend by itself: which operation tells the console.
 */

static bool tells_of(struct ring_host *r, const char *text)
{
    const size_t room = OUT_SIZE - (r->page.out_prod - r->page.out_cons);
    const size_t wanted = strlen(text);
    struct vpl011_backend b;
    uint32_t events = 0;

    assert_result(vpl011_xencons_backend(&r->ring, &b), VPL011_OK);
    assert_int_equal(b.write(b.ctx, (const uint8_t *)text, wanted, &events),
                     wanted < room ? wanted : room);
    return (events & VPL011_EVENT_FAR_END) != 0;
}

static bool polling_tells(struct ring_host *r)
{
    struct vpl011_backend_status status = {0};
    struct vpl011_backend b;
    uint32_t events = 0;

    assert_result(vpl011_xencons_backend(&r->ring, &b), VPL011_OK);
    b.poll(b.ctx, &status, &events);
    return (events & VPL011_EVENT_FAR_END) != 0;
}

static bool reading_tells(struct ring_host *r, size_t count)
{
    uint8_t bytes[IN_SIZE];
    struct vpl011_backend b;
    uint32_t events = 0;

    assert_result(vpl011_xencons_backend(&r->ring, &b), VPL011_OK);
    assert_int_equal(b.read(b.ctx, bytes, count, &events), count);
    return (events & VPL011_EVENT_FAR_END) != 0;
}

/* A console that has not taken all is awake: only a poll raises an event. */
static void text_behind_other_text_is_not_told_of(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    assert_true(tells_of(&r, "abc"));
    assert_false(tells_of(&r, "def"));
    assert_false(polling_tells(&r));
    r.page.out_cons = 4;
    assert_false(tells_of(&r, "gh"));
    assert_false(tells_of(&r, "i"));
    assert_true(polling_tells(&r));
    assert_false(polling_tells(&r));
}

static void index_of_the_last_event_is_remembered(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    assert_true(tells_of(&r, "abc"));
    r.page.out_cons = 3;
    assert_true(tells_of(&r, "def"));
    assert_false(polling_tells(&r));
    r.page.out_cons = 4;
    assert_true(polling_tells(&r));
    assert_false(polling_tells(&r));
}

/* If output does not fit, FAR_END is raised at once, and once for each time. */
static void text_cut_by_a_full_ring_is_told_of(void)
{
    static char text[OUT_SIZE];
    static struct ring_host r;

    memset(text, 'x', sizeof(text) - 1);
    ring_init(&r, 0);
    assert_true(tells_of(&r, text));
    assert_false(tells_of(&r, "ab"));
    assert_int_equal(r.page.out_prod, OUT_SIZE);
    assert_true(polling_tells(&r));
}

/* A resync forgets everything from before. */
static void resync_forgets_what_was_told(void)
{
    static char text[OUT_SIZE + 1];
    static struct ring_host r;

    memset(text, 'x', sizeof(text) - 1);
    ring_init(&r, 0);
    assert_true(tells_of(&r, text + 1));
    assert_false(tells_of(&r, "ab")); /* cut: the ring is full */
    assert_true(polling_tells(&r));
    assert_false(polling_tells(&r));
    vpl011_xencons_resync(&r.ring);
    assert_true(polling_tells(&r));
    assert_true(tells_of(&r, text + 1));
    assert_false(tells_of(&r, "ab"));
    assert_true(polling_tells(&r));
    r.page.out_cons += 2;
    assert_false(tells_of(&r, "cde"));
    vpl011_xencons_resync(&r.ring);
    assert_true(polling_tells(&r));
    assert_true(tells_of(&r, "a"));
    assert_false(polling_tells(&r));
}

static void resync_forgets_that_input_was_full(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    r.page.in_prod = IN_SIZE;
    assert_false(reading_tells(&r, 32));
    vpl011_xencons_resync(&r.ring);
    assert_true(polling_tells(&r));
    peer_puts(&r, "x");
    assert_false(reading_tells(&r, 1));
}

static void without_a_notify_op_events_are_collected(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0);
    ring_attach_as(&r, 0, (struct host_options){.no_notify = true});
    vpl011_take_events(&r.h.uart);
    assert_int_equal(vpl011_take_events(&r.h.uart), 0);
    guest_sends(&r.h, "x");
    assert_true(vpl011_take_events(&r.h.uart) & VPL011_EVENT_FAR_END);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(c32_burst_that_fits_the_ring_is_one_event),
        CASE(c32_nothing_moved_nothing_told),
        CASE(c32_input_below_full_is_taken_without_a_word),
        CASE(full_input_is_told_of_room_once_half_is_free),
        CASE(console_that_fills_up_again_before_half_is_told_later),
        CASE(attach_and_resync_are_told),
        CASE(bytes_that_still_wait_are_told_again),
        CASE(bytes_told_of_are_not_told_again),
        CASE(full_ring_is_told_once_for_each_fill),
        CASE(a_ring_that_is_just_full_is_no_refusal),
        CASE(a_stopped_direction_is_not_told_of),
        CASE(always_tells_each_transfer),
        CASE(text_behind_other_text_is_not_told_of),
        CASE(index_of_the_last_event_is_remembered),
        CASE(text_cut_by_a_full_ring_is_told_of),
        CASE(resync_forgets_what_was_told),
        CASE(resync_forgets_that_input_was_full),
        CASE(without_a_notify_op_events_are_collected),
    };

    return run_cases(cases);
}
