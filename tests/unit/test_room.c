/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011_rx_room(), VPL011_EVENT_ROOM and vpl011_tx_waiting(). */
#include "support.h"

static void init_full(struct host *h)
{
    const uint16_t entries[40] = {0};

    host_init(h, &host_enabled);
    assert_result(vpl011_rx_push(&h->uart, entries, 40), 32);
    host_forget(h);
}

static void room_is_what_a_push_would_take(void)
{
    const uint16_t entries[40] = {0};
    struct host h;

    host_init(&h, &host_enabled);
    assert_result(vpl011_rx_room(&h.uart), 32);
    assert_result(vpl011_rx_push(&h.uart, entries, 5), 5);
    assert_result(vpl011_rx_room(&h.uart), 27);
    guest_write(&h, PL011_UARTCR, 0);
    assert_result(vpl011_rx_room(&h.uart), 0);
    host_init(&h, NULL);
    assert_result(vpl011_rx_room(&h.uart), 1);
    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_UNTHROTTLED}});
    assert_result(vpl011_rx_room(&h.uart), INT32_MAX);
}

/* ROOM is raised once the FIFO is empty, not for each character that is taken.
 */
static void room_is_told_once_after_a_push_that_took_less_than_all(void)
{
    struct host h;

    init_full(&h);
    guest_read(&h, PL011_UARTDR);
    assert_int_equal(h.notified, 0);
    guest_drains(&h);
    assert_int_equal(h.notified, VPL011_EVENT_ROOM);
    assert_int_equal(h.notifies, 1);
    guest_read(&h, PL011_UARTDR);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_FE); /* which settles */
    assert_int_equal(h.notifies, 1);
    assert_result(vpl011_rx_room(&h.uart), 32);
}

/* The doorbell may have been lost: what is still waited for is told again. */
static void a_reminder_tells_of_room_again(void)
{
    const uint16_t entry = 'x';
    struct host h;

    init_full(&h);
    guest_drains(&h);
    host_forget(&h);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, VPL011_EVENT_ROOM);
    /* Not once the others were pushed. */
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 1);
    guest_drains(&h);
    host_forget(&h);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, 0);
}

static void a_push_that_took_all_is_told_nothing(void)
{
    const uint16_t entries[32] = {0};
    struct host h;

    host_init(&h, &host_enabled);
    assert_result(vpl011_rx_push(&h.uart, entries, 32), 32);
    guest_drains(&h);
    assert_int_equal(h.notified, 0);
}

static void room_is_told_when_reception_comes_on(void)
{
    const uint16_t entry = 'x';
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR, 0);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 0);
    host_forget(&h);
    guest_write(&h, PL011_UARTCR, 0x301);
    assert_int_equal(h.notified, VPL011_EVENT_ROOM);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 1);
}

/* A push during a rest raises TICK, after which there is room. */
static void room_is_told_after_a_rest(void)
{
    const uint16_t entries[64] = {0};
    struct host h;

    init_full(&h);
    guest_drains(&h);
    assert_result(vpl011_rx_push(&h.uart, entries, 32), 32);
    guest_drains(&h);
    host_forget(&h);
    assert_result(vpl011_rx_push(&h.uart, entries, 1), 0);
    assert_int_equal(h.notified, VPL011_EVENT_TICK);
    host_forget(&h);
    assert_result(vpl011_tick(&h.uart), 0);
    assert_int_equal(h.notified, VPL011_EVENT_ROOM);
    assert_result(vpl011_rx_push(&h.uart, entries, 64), 32);
}

static void waiting_output_is_what_the_backend_has_not_taken(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    assert_result(vpl011_tx_waiting(&h.uart), 0);
    h.far.room = 3;
    guest_sends(&h, "hello");
    assert_result(vpl011_tx_waiting(&h.uart), 2);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_result(vpl011_tx_waiting(&h.uart), 0);
}

static void unusable_devices_are_refused(void)
{
    static struct vpl011 never;

    assert_result(vpl011_rx_room(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_rx_room(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_tx_waiting(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_tx_waiting(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_tick(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_tick(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_remind(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_remind(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_pause(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_pause(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_resume(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_resume(&never), VPL011_ERR_UNINIT);
    assert_result(vpl011_set_clock(NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_set_clock(&never, 1), VPL011_ERR_UNINIT);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(room_is_what_a_push_would_take),
        CASE(room_is_told_once_after_a_push_that_took_less_than_all),
        CASE(a_reminder_tells_of_room_again),
        CASE(a_push_that_took_all_is_told_nothing),
        CASE(room_is_told_when_reception_comes_on),
        CASE(room_is_told_after_a_rest),
        CASE(waiting_output_is_what_the_backend_has_not_taken),
        CASE(unusable_devices_are_refused),
    };

    return run_cases(cases);
}
