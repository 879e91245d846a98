/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Far-end policies, for output that nobody takes (P.C33). */
#include "support.h"

static void init_policy(struct host *h, uint32_t on_stall, uint32_t on_gone,
                        bool attached)
{
    host_init(h, &(struct host_options){
                     .config = {.on_stall = on_stall, .on_gone = on_gone},
                     .enabled = true,
                 });
    h->far.attached = attached;
    h->far.room = 3;
}

/* P.C33 G.C5: with a slow reader TXFF shows, and nothing is lost. */
static void stall_is_the_default_while_attached(void)
{
    struct host h;

    init_policy(&h, 0, 0, true);
    guest_sends_count(&h, 40);
    assert_sent(&h, "abc");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF | PL011_FR_BUSY,
                    PL011_FR_TXFF | PL011_FR_BUSY);
    assert_counter(&h, tx_dropped, 0);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_counter(&h, tx_bytes, 40);
}

/* P.C33: with nobody there a guest always boots. */
static void drop_newest_is_the_default_while_gone(void)
{
    struct host h;

    init_policy(&h, 0, 0, false);
    guest_sends_count(&h, 40);
    assert_sent(&h, "abc");
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFE | PL011_FR_TXFF | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    assert_counter(&h, tx_dropped, 37);
    assert_counter(&h, tx_bytes, 3);
}

/* The two are independent. */
static void each_state_has_its_own_policy(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_NEWEST, VPL011_POLICY_STALL, true);
    guest_sends(&h, "abcd");
    assert_counter(&h, tx_dropped, 1);
    h.far.attached = false;
    guest_sends(&h, "efgh");
    assert_counter(&h, tx_dropped, 1);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
}

/* The oldest in the backend make room for the newest. */
static void drop_oldest_makes_room_in_the_backend(void)
{
    static const bool attached[] = {true, false};
    size_t i;

    for (i = 0; i < 2; i++) {
        struct host h;

        init_policy(&h, VPL011_POLICY_DROP_OLDEST, VPL011_POLICY_DROP_OLDEST,
                    attached[i]);
        guest_sends(&h, "abcde");
        assert_sent(&h, "abcde");
        assert_int_equal(h.far.dropped, 2);
        assert_counter(&h, tx_bytes, 5);
        assert_counter(&h, tx_dropped_oldest, 2);
        assert_counter(&h, tx_dropped, 0);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
        assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    }
}

/* Without a backend there is no oldest: the newest are dropped. */
static void without_a_backend_there_is_nothing_older(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.on_gone = VPL011_POLICY_DROP_OLDEST},
                      .enabled = true,
                      .no_backend = true});
    guest_sends(&h, "abcde");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    assert_counter(&h, tx_dropped, 5);
    assert_counter(&h, tx_dropped_oldest, 0);
    assert_counter(&h, tx_bytes, 0);
}

static size_t drops_nothing(void *ctx, size_t count)
{
    (void)ctx;
    (void)count;
    return 0;
}

/* While the far end is reading nothing is dropped, and nothing spins. */
static void drop_oldest_that_finds_a_pop_under_way_waits_for_it(void)
{
    struct host h;
    unsigned int writes;

    init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
    h.far_backend.drop_oldest = drops_nothing;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    guest_sends(&h, "abc");
    writes = h.far.writes;
    guest_sends(&h, "d");
    assert_in_range(h.far.writes - writes, 1, 3);
    assert_counter(&h, tx_dropped, 0);
    assert_counter(&h, tx_dropped_oldest, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, 0);
    far_end_takes(&h, 1);
    assert_sent(&h, "abcd");
}

static void poll_stopped(void *ctx, struct vpl011_backend_status *status,
                         uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->stopped = true;
}

/* A corrupt ring does not move any more, but must not hold up the guest. */
static void drop_oldest_of_a_stopped_backend_drops_the_newest(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_OLDEST, VPL011_POLICY_DROP_OLDEST, true);
    h.far_backend.drop_oldest = drops_nothing;
    h.far_backend.poll = poll_stopped;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    far_end_holds(&h);
    guest_sends(&h, "x");
    assert_counter(&h, tx_dropped, 1);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
}

static size_t claims_more(void *ctx, size_t count)
{
    struct host *h = ctx;

    h->far.room += count;
    return SIZE_MAX - count;
}

/* Whatever the backend claims, only as many are counted as had to be dropped.
 */
static void drop_oldest_counts_no_more_than_was_asked(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
    h.far_backend.drop_oldest = claims_more;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    guest_sends(&h, "abcde");
    assert_sent(&h, "abcde");
    assert_counter(&h, tx_dropped_oldest, 2);
    assert_counter(&h, tx_dropped, 0);
}

static size_t drops_at_once;
static unsigned int drops_asked_for;

static size_t drops_few(void *ctx, size_t count)
{
    struct host *h = ctx;

    (void)count;
    drops_asked_for++;
    h->far.room += drops_at_once;
    return drops_at_once;
}

/* A far end smaller than the TX FIFO makes room for one character at a time:
 * none has to stay, and each offer but the first follows a drop. */
static void drop_oldest_asks_once_for_each_character_at_most(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
    h.far_backend.drop_oldest = drops_few;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    far_end_holds(&h);
    drops_at_once = 0;
    guest_sends_count(&h, 63);
    drops_at_once = 1;
    drops_asked_for = 0;
    h.far.writes = 0;
    guest_sends(&h, "x");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    assert_int_equal(h.far.writes, 65);
    assert_int_equal(drops_asked_for, 64);
    assert_counter(&h, tx_dropped_oldest, 64);
    assert_counter(&h, tx_overflow, 0);
}

static size_t room_after_a_pop;

static void poll_after_a_pop(void *ctx, struct vpl011_backend_status *status,
                             uint32_t *events)
{
    struct host *h = ctx;

    (void)events;
    h->far.room = room_after_a_pop;
    status->room = room_after_a_pop;
    status->attached = true;
}

/* The reader took something between the write and the question: only what
 * still does not fit has to be dropped. */
static void room_that_appears_meanwhile_is_not_dropped(void)
{
    static const struct {
        size_t room, dropped;
    } pops[] = {{0, 3}, {1, 2}, {2, 1}, {3, 0}, {100, 0}};
    size_t i;

    for (i = 0; i < sizeof(pops) / sizeof(pops[0]); i++) {
        struct host h;

        init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
        h.far_backend.poll = poll_after_a_pop;
        room_after_a_pop = pops[i].room;
        guest_write(&h, PL011_UARTLCR_H, 0x71); /* BREAK: nothing moves */
        guest_sends(&h, "kept");
        assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
        h.far.room = 1;
        guest_write(&h, PL011_UARTLCR_H, 0x70);
        assert_sent(&h, "kept");
        assert_int_equal(h.far.dropped, pops[i].dropped);
        assert_counter(&h, tx_dropped_oldest, pops[i].dropped);
    }
}

/* The reader comes back after a stall, or leaves during one. */
static void leaving_during_a_stall_releases_the_guest(void)
{
    struct host h;

    init_policy(&h, 0, 0, true);
    guest_sends_count(&h, 20);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    h.far.attached = false;
    vpl011_data_avail(&h.uart);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY | PL011_FR_TXFE,
                    PL011_FR_TXFE);
    assert_counter(&h, tx_dropped, 17);
    h.far.attached = true;
    far_end_takes(&h, FAR_UNLIMITED);
    guest_sends(&h, "z");
    assert_sent(&h, "abcz");
}

/* A policy does not override what holds characters inside the device. */
static void policies_do_not_touch_held_characters(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_NEWEST, VPL011_POLICY_DROP_NEWEST,
                false);
    h.far.room = 0;
    guest_write(&h, PL011_UARTLCR_H, 0x71); /* BREAK: nothing moves */
    guest_sends(&h, "kept");
    assert_counter(&h, tx_dropped, 0);
    h.far.room = FAR_UNLIMITED;
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_sent(&h, "kept");
}

/* The store wraps in the middle of a burst: each part is handled the same. */
static void policies_hold_across_the_wrap_of_the_store(void)
{
    struct host h;
    int i;

    for (i = 0; i < 64; i++) {
        init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
        h.far.room = FAR_UNLIMITED;
        guest_sends_count(&h, (size_t)i);
        h.far.room = 1;
        guest_write(&h, PL011_UARTLCR_H, 0x71);
        guest_sends_count(&h, 40);
        guest_write(&h, PL011_UARTLCR_H, 0x70);
        assert_counter(&h, tx_bytes, (uint64_t)i + 40);
        assert_counter(&h, tx_dropped_oldest, 39);
    }
}

/* Nothing can be dropped from the backend: the newest are, and the guest
 * continues. */
static void drop_oldest_without_a_backend_drops_the_newest(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.on_gone = VPL011_POLICY_DROP_OLDEST},
                      .enabled = true,
                      .no_backend = true,
                  });
    guest_sends_count(&h, 40);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF | PL011_FR_BUSY, 0);
    assert_counter(&h, tx_dropped, 40);
    assert_counter(&h, tx_dropped_oldest, 0);
}

static unsigned int offers;

static size_t asks_at_the_second_offer(void *ctx, const uint8_t *bytes,
                                       size_t count, uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    if (++offers == 2) {
        *events = VPL011_EVENT_FAR_END;
    }
    return 0;
}

static size_t drops_all(void *ctx, size_t count)
{
    (void)ctx;
    return count;
}

/* The device offers once more after the oldest were dropped. */
static void an_event_of_an_offer_that_takes_nothing_is_raised(void)
{
    struct host h;

    init_policy(&h, VPL011_POLICY_DROP_OLDEST, 0, true);
    h.far.room = 0;
    h.far_backend.write = asks_at_the_second_offer;
    h.far_backend.put = NULL;
    h.far_backend.drop_oldest = drops_all;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    host_forget(&h);
    offers = 0;
    guest_sends(&h, "a");
    assert_int_equal(offers, 2);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(stall_is_the_default_while_attached),
        CASE(drop_newest_is_the_default_while_gone),
        CASE(each_state_has_its_own_policy),
        CASE(drop_oldest_makes_room_in_the_backend),
        CASE(without_a_backend_there_is_nothing_older),
        CASE(drop_oldest_that_finds_a_pop_under_way_waits_for_it),
        CASE(drop_oldest_of_a_stopped_backend_drops_the_newest),
        CASE(drop_oldest_counts_no_more_than_was_asked),
        CASE(drop_oldest_asks_once_for_each_character_at_most),
        CASE(room_that_appears_meanwhile_is_not_dropped),
        CASE(leaving_during_a_stall_releases_the_guest),
        CASE(policies_do_not_touch_held_characters),
        CASE(policies_hold_across_the_wrap_of_the_store),
        CASE(drop_oldest_without_a_backend_drops_the_newest),
        CASE(an_event_of_an_offer_that_takes_nothing_is_raised),
    };

    return run_cases(cases);
}
