/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The xencons ring backend, through the device and through its own API. */
#include "xencons_host.h"

/* V.24: the indices pass 2^32. */
static void v24_indices_across_2_32_pass_40_bytes_intact(void)
{
    static const char text[] = "0123456789abcdefghijklmnopqrstuvwxyzABCD";
    static struct ring_host r;
    char got[64] = {0};
    size_t n;

    ring_init(&r, 0xFFFFFFF0u);
    guest_sends(&r.h, text);
    assert_int_equal(r.page.out_prod, 24);
    assert_peer_takes(&r, text);
    peer_puts(&r, text);
    vpl011_data_avail(&r.h.uart);
    n = guest_receives(&r.h, got, 40);
    vpl011_data_avail(&r.h.uart);
    n += guest_receives(&r.h, got + n, 40 - n);
    assert_int_equal(n, 40);
    assert_string_equal(got, text);
    assert_int_equal(r.page.in_cons, 24);
}

/* V.23 P.C28 G.H3: an index that claims more than the ring holds. */
static void v23_window_of_1025_delivers_nothing_and_writes_no_index(void)
{
    static struct ring_host r;
    struct vpl011_xencons_page before;

    ring_init(&r, 100);
    r.page.in_prod = 100 + IN_SIZE + 1;
    before = r.page;
    assert_int_equal(vpl011_data_avail(&r.h.uart), 0);
    assert_int_equal(vpl011_data_avail(&r.h.uart), 0);
    assert_reg_bits(&r.h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_memory_equal(&r.page, &before, sizeof(before));
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_IN);
    assert_int_equal(ring_status(&r).corrupt_in, 1);
    assert_int_equal(r.founds, 1);
    assert_int_equal(r.found.direction, VPL011_XENCONS_IN);
    assert_int_equal(r.found.prod, 1125);
    assert_int_equal(r.found.cons, 100);
    /* The other direction is not concerned. */
    guest_sends(&r.h, "ok");
    assert_peer_takes(&r, "ok");
}

/* P.C28: the window is also checked for a character that bypasses the TX FIFO,
 * as most do. */
static void c28_out_window_is_checked_for_each_character(void)
{
    static struct ring_host r;
    struct vpl011_xencons_page before;

    ring_page(&r.page, 100);
    ring_attach_as(&r, 0,
                   (struct host_options){
                       .config.on_gone = VPL011_POLICY_STALL,
                   });
    guest_sends(&r.h, "ab");
    assert_int_equal(r.page.out_prod, 102);
    r.page.out_cons = 200;
    before = r.page;
    guest_sends(&r.h, "c");
    assert_memory_equal(&r.page, &before, sizeof(before));
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
}

/* P.C28: the same for OUT, with both ways a window can be wrong. */
static void c28_out_window_that_no_ring_has_stops_out_alone(void)
{
    static const uint32_t cons[] = {101, 102, 100 - OUT_SIZE - 1,
                                    100 + 0x80000000u};
    static struct ring_host r;
    size_t i;

    for (i = 0; i < 4; i++) {
        struct vpl011_xencons_page before;

        ring_page(&r.page, 100);
        r.page.out_cons = 100 - OUT_SIZE;
        ring_attach_as(&r, 0,
                       (struct host_options){
                           .config.on_gone = VPL011_POLICY_STALL,
                       });
        r.page.out_cons = cons[i];
        before = r.page;
        guest_sends(&r.h, "abc");
        assert_memory_equal(&r.page, &before, sizeof(before));
        assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
        assert_int_equal(ring_status(&r).corrupt_out, 1);
        assert_int_equal(r.founds, 1);
        assert_int_equal(r.found.cons, cons[i]);
        /* A possible index does not restart it, because what was lost is
         * unknown. */
        r.page.out_cons = 100;
        guest_sends(&r.h, "d");
        assert_int_equal(r.page.out_prod, 100);
        peer_puts(&r, "in");
        vpl011_tick(&r.h.uart);
        assert_receives(&r.h, "in");
    }
}

/* P.C27: the peer may write them. */
static void c27_own_indices_in_the_page_are_never_read_again(void)
{
    static struct ring_host r;

    ring_init(&r, 7);
    r.page.out_prod = 0x12345678;
    r.page.in_cons = 0x9ABCDEF0;
    guest_sends(&r.h, "a");
    r.page.out_prod = 17; /* what a ring may well have */
    guest_sends(&r.h, "b");
    assert_int_equal(r.page.out_prod, 9);
    assert_int_equal(r.page.out[7], 'a');
    assert_int_equal(r.page.out[8], 'b');
    peer_puts(&r, "xyz");
    vpl011_data_avail(&r.h.uart);
    assert_receives(&r.h, "xyz");
    assert_int_equal(r.page.in_cons, 10);
    assert_int_equal(r.founds, 0);
}

static void resync_starts_both_directions_empty(void)
{
    static struct ring_host r;

    ring_init(&r, 5);
    guest_sends(&r.h, "old");
    r.page.out_cons = 0x70000000;
    r.page.in_prod = 0x50000000;
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(ring_status(&r).broken,
                     VPL011_XENCONS_IN | VPL011_XENCONS_OUT);
    vpl011_xencons_resync(&r.ring);
    /* It is only requested until a call is made under the device's lock. */
    assert_int_equal(r.page.out_prod, 8);
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(ring_status(&r).broken, 0);
    assert_int_equal(ring_status(&r).resyncs, 1);
    assert_int_equal(r.page.out_prod, 0x70000000);
    assert_int_equal(r.page.in_cons, 0x50000000);
    host_forget(&r.h);
    guest_sends(&r.h, "new");
    assert_peer_takes(&r, "new");
    assert_int_equal(r.h.notifies, 1);
    peer_puts(&r, "in");
    vpl011_data_avail(&r.h.uart);
    assert_receives(&r.h, "in");
    /* A second stop is counted again. */
    r.page.in_prod -= 1;
    vpl011_data_avail(&r.h.uart);
    assert_int_equal(ring_status(&r).corrupt_in, 2);
    assert_int_equal(r.founds, 3);
}

static void stopped_out_is_a_far_end_that_is_gone(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0);
    ring_attach_as(&r, 0, (struct host_options){0});
    r.page.out_cons = 1;
    guest_sends_count(&r.h, 100);
    assert_counter(&r.h, tx_dropped, 100);
    assert_reg_bits(&r.h, PL011_UARTFR, PL011_FR_TXFF | PL011_FR_TXFE,
                    PL011_FR_TXFE);
}

static void attach_goes_on_where_the_page_is(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0xFFFFFFFEu);
    memcpy(&r.page.out[OUT_SIZE - 2], "ab", 2);
    r.page.out_prod += 2;
    peer_puts(&r, "keys");
    ring_attach(&r, 0);
    assert_true(r.h.notified & VPL011_EVENT_FAR_END);
    guest_sends(&r.h, "c");
    assert_peer_takes(&r, "abc");
    vpl011_data_avail(&r.h.uart);
    assert_receives(&r.h, "keys");
}

static void attach_refuses_indices_that_no_ring_has(void)
{
    struct vpl011_xencons_config empty = {.flags = VPL011_XENCONS_EMPTY};
    struct vpl011_xencons_page page;
    struct vpl011_xencons_page before;
    struct vpl011_xencons ring;
    struct vpl011_backend backend;

    memset(&ring, 0, sizeof(ring));
    ring_page(&page, 0);
    page.in_prod = IN_SIZE + 1;
    page.out_prod = 17;
    before = page;
    assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), NULL),
                  VPL011_ERR_RING);
    assert_memory_equal(&page, &before, sizeof(page));
    assert_result(vpl011_xencons_backend(&ring, &backend), VPL011_ERR_UNINIT);
    page.in_prod = 3;
    page.out_cons = 18;
    assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), NULL),
                  VPL011_ERR_RING);
    assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), &empty),
                  VPL011_OK);
    assert_int_equal(page.in_cons, 3);
    assert_int_equal(page.in_prod, 3);
    assert_int_equal(page.out_prod, 18);
    assert_int_equal(page.out_cons, 18);
}

static void page_too_small_or_misaligned_is_named(void)
{
    static uint32_t memory[1024];
    struct vpl011_xencons_config with = {.flags = VPL011_XENCONS_CONNECTION};
    struct vpl011_xencons ring;
    size_t shift;

    assert_result(vpl011_xencons_init(&ring, memory, 3087, NULL),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_xencons_init(&ring, memory, 3088, NULL), VPL011_OK);
    assert_result(vpl011_xencons_init(&ring, memory, 3091, &with),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_xencons_init(&ring, memory, 3092, &with), VPL011_OK);
    for (shift = 1; shift < 4; shift++) {
        assert_result(
            vpl011_xencons_init(&ring, (char *)memory + shift, 4000, NULL),
            VPL011_ERR_SIZE);
    }
    assert_result(vpl011_xencons_init(&ring, memory + 1, 4000, NULL),
                  VPL011_OK);
}

static void host_mistakes_are_named_and_change_nothing(void)
{
    struct vpl011_xencons_config config = {.flags = 1u << 3};
    struct vpl011_xencons_page page = {{0}, {0}, 0, 0, 0, 0, 0};
    struct vpl011_xencons_status status;
    struct vpl011_xencons ring;
    struct vpl011_xencons before;
    struct vpl011_backend backend;
    unsigned int i;

    memset(&ring, 0x5A, sizeof(ring));
    before = ring;
    assert_result(vpl011_xencons_init(NULL, &page, sizeof(page), NULL),
                  VPL011_ERR_NULL);
    assert_result(vpl011_xencons_init(&ring, NULL, sizeof(page), NULL),
                  VPL011_ERR_NULL);
    assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), &config),
                  VPL011_ERR_FLAGS);
    config.flags = 0;
    for (i = 0; i < 4; i++) {
        config.reserved[i] = &page;
        assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), &config),
                      VPL011_ERR_ABI);
        config.reserved[i] = NULL;
    }
    config.reserved0 = 1;
    assert_result(vpl011_xencons_init(&ring, &page, sizeof(page), &config),
                  VPL011_ERR_ABI);
    assert_memory_equal(&ring, &before, sizeof(ring));
    assert_result(vpl011_xencons_backend(&ring, &backend), VPL011_ERR_UNINIT);
    assert_result(vpl011_xencons_backend(NULL, &backend), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_backend(&ring, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_get_status(&ring, &status), VPL011_ERR_UNINIT);
    assert_result(vpl011_xencons_get_status(NULL, &status), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_get_status(&ring, NULL), VPL011_ERR_NULL);
    vpl011_xencons_resync(NULL);
    vpl011_xencons_set_attached(NULL, true);
    vpl011_xencons_resync(&ring);
    vpl011_xencons_set_attached(&ring, false);
    assert_memory_equal(&ring, &before, sizeof(ring));
    assert_non_null(strstr(vpl011_strerror(VPL011_ERR_RING), "indices"));
}

static void drop_oldest_is_refused_for_a_ring(void)
{
    static struct ring_host r;
    struct vpl011_backend backend;
    struct host_options options = {
        .config.on_stall = VPL011_POLICY_DROP_OLDEST,
        .no_backend = true,
    };

    ring_init(&r, 0);
    assert_result(vpl011_xencons_backend(&r.ring, &backend), VPL011_OK);
    host_init(&r.h, &options);
    assert_result(vpl011_attach(&r.h.uart, &backend), VPL011_ERR_UNSUPPORTED);
}

/* P.C31: the ring is filled first, then what the guest sends is dropped. */
static void c31_only_connection_1_is_gone_and_wedges_nothing(void)
{
    static struct ring_host r;
    unsigned int value;

    for (value = 0; value < 256; value++) {
        ring_page(&r.page, 0);
        r.page.connection = (uint8_t)value;
        ring_attach_as(&r, VPL011_XENCONS_CONNECTION, (struct host_options){0});
        guest_sends_count(&r.h, OUT_SIZE + 40);
        assert_int_equal(r.page.out_prod, OUT_SIZE);
        assert_counter(&r.h, tx_dropped,
                       value == VPL011_XENCONS_DISCONNECTED ? 40 : 0);
        assert_reg_bits(&r.h, PL011_UARTFR, PL011_FR_TXFF,
                        value == VPL011_XENCONS_DISCONNECTED ? 0
                                                             : PL011_FR_TXFF);
        assert_int_equal(r.page.connection, value);
    }
}

static void connection_is_not_looked_at_without_the_flag(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0);
    r.page.connection = VPL011_XENCONS_DISCONNECTED;
    ring_attach(&r, 0);
    guest_sends_count(&r.h, OUT_SIZE + 40);
    assert_counter(&r.h, tx_dropped, 0);
    assert_reg_bits(&r.h, PL011_UARTFR, PL011_FR_TXFF, PL011_FR_TXFF);
}

static void embedder_knows_that_the_peer_is_gone(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends_count(&r.h, OUT_SIZE + 3);
    assert_counter(&r.h, tx_dropped, 0);
    vpl011_xencons_set_attached(&r.ring, false);
    vpl011_data_avail(&r.h.uart);
    assert_counter(&r.h, tx_dropped, 3);
    vpl011_xencons_set_attached(&r.ring, true);
    guest_sends_count(&r.h, 3);
    assert_counter(&r.h, tx_dropped, 3);
}

/* P.C30: the next vpl011_data_avail() makes up for a lost doorbell, in both
 * directions. */
static void c30_missed_event_heals_at_the_next_poll(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    guest_sends_count(&r.h, OUT_SIZE + 10);
    r.page.out_cons = r.page.out_prod;
    peer_puts(&r, "missed");
    host_forget(&r.h);
    assert_int_equal(vpl011_data_avail(&r.h.uart), 6);
    assert_receives(&r.h, "missed");
    assert_int_equal(r.page.out_prod, OUT_SIZE + 10);
    assert_true(r.h.notified & VPL011_EVENT_FAR_END);
}

static void peer_that_never_consumes_costs_bounded_events(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    host_forget(&r.h);
    guest_sends_count(&r.h, 100000);
    /* FAR_END when it becomes non-empty and when it is full, then no more. */
    assert_int_equal(r.h.notifies, 2);
    assert_int_equal(ring_status(&r).events, 3); /* and the one at attach */
    assert_int_equal(r.page.out_prod, OUT_SIZE);
    assert_counter(&r.h, tx_overflow, 100000 - OUT_SIZE - 64);
}

static void peer_that_advances_for_ever_gives_one_fifo_for_each_call(void)
{
    static struct ring_host r;
    unsigned int i;

    ring_init(&r, 0);
    for (i = 0; i < 1000; i++) {
        r.page.in_prod = r.page.in_cons + IN_SIZE;
        assert_int_equal(vpl011_tick(&r.h.uart), PL011_DEPTH_R1P5);
        guest_drains(&r.h);
    }
    assert_int_equal(r.page.in_cons, 1000 * PL011_DEPTH_R1P5);
    assert_int_equal(r.founds, 0);
}

/* Each operation by itself, as for a device that never polls. */
static void each_operation_stops_at_a_wrong_window_and_stays_stopped(void)
{
    static struct ring_host r;
    struct vpl011_backend b;
    uint32_t events = 0;
    uint8_t bytes[4] = {0};

    ring_init(&r, 0);
    assert_result(vpl011_xencons_backend(&r.ring, &b), VPL011_OK);
    r.page.out_cons = 1;
    assert_int_equal(b.write(b.ctx, bytes, 1, &events), 0);
    assert_int_equal(r.founds, 1);
    assert_int_equal(r.found.direction, VPL011_XENCONS_OUT);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
    r.page.out_cons = 0;
    assert_int_equal(b.write(b.ctx, bytes, 1, &events), 0);
    assert_int_equal(r.page.out_prod, 0);

    r.page.in_prod = IN_SIZE + 1;
    assert_int_equal(b.read(b.ctx, bytes, 4, &events), 0);
    assert_int_equal(r.founds, 2);
    assert_int_equal(r.found.direction, VPL011_XENCONS_IN);
    assert_int_equal(ring_status(&r).broken,
                     VPL011_XENCONS_OUT | VPL011_XENCONS_IN);
    r.page.in_prod = 1;
    assert_int_equal(b.read(b.ctx, bytes, 4, &events), 0);
}

static void poll_says_what_waits_and_what_room_there_is(void)
{
    static struct ring_host r;
    struct vpl011_backend_status status = {0};
    struct vpl011_backend b;
    uint32_t events = 0;
    uint8_t bytes[4] = {0};

    ring_init(&r, 0);
    assert_result(vpl011_xencons_backend(&r.ring, &b), VPL011_OK);
    assert_int_equal(b.write(b.ctx, bytes, 4, &events), 4);
    peer_puts(&r, "in");
    b.poll(b.ctx, &status, &events);
    assert_int_equal(status.waiting, 2);
    assert_int_equal(status.room, OUT_SIZE - 4);
    assert_true(status.attached);
}

static void poll_alone_stops_at_a_wrong_window(void)
{
    static struct ring_host r;
    struct vpl011_backend_status status = {0};
    struct vpl011_backend b;
    uint32_t events = 0;

    ring_init(&r, 0);
    assert_result(vpl011_xencons_backend(&r.ring, &b), VPL011_OK);
    r.page.in_prod = IN_SIZE + 1;
    b.poll(b.ctx, &status, &events);
    assert_int_equal(status.waiting, 0);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_IN);
    assert_int_equal(r.founds, 1);
    assert_int_equal(r.found.direction, VPL011_XENCONS_IN);
    r.page.out_cons = 1;
    b.poll(b.ctx, &status, &events);
    assert_int_equal(ring_status(&r).broken,
                     VPL011_XENCONS_OUT | VPL011_XENCONS_IN);
    assert_int_equal(r.founds, 2);
    assert_false(status.attached);
}

static void resync_takes_effect_before_the_next_read(void)
{
    static struct ring_host r;
    struct vpl011_backend b;
    uint32_t events = 0;
    uint8_t bytes[4];

    ring_init(&r, 0);
    assert_result(vpl011_xencons_backend(&r.ring, &b), VPL011_OK);
    peer_puts(&r, "old");
    vpl011_xencons_resync(&r.ring);
    assert_int_equal(b.read(b.ctx, bytes, 4, &events), 0);
    peer_puts(&r, "new");
    assert_int_equal(b.read(b.ctx, bytes, 4, &events), 3);
    assert_memory_equal(bytes, "new", 3);
}

static void status_into_nothing_is_refused(void)
{
    static struct ring_host r;

    ring_init(&r, 0);
    assert_result(vpl011_xencons_get_status(&r.ring, NULL), VPL011_ERR_NULL);
}

static void full_rings_are_attached_to(void)
{
    static struct ring_host r;

    ring_page(&r.page, 0);
    r.page.in_prod = IN_SIZE;
    r.page.out_prod = OUT_SIZE;
    ring_attach(&r, 0);
    assert_int_equal(ring_status(&r).broken, 0);
    assert_int_equal(vpl011_tick(&r.h.uart), PL011_DEPTH_R1P5);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(v24_indices_across_2_32_pass_40_bytes_intact),
        CASE(v23_window_of_1025_delivers_nothing_and_writes_no_index),
        CASE(c28_out_window_that_no_ring_has_stops_out_alone),
        CASE(c28_out_window_is_checked_for_each_character),
        CASE(c27_own_indices_in_the_page_are_never_read_again),
        CASE(resync_starts_both_directions_empty),
        CASE(stopped_out_is_a_far_end_that_is_gone),
        CASE(attach_goes_on_where_the_page_is),
        CASE(attach_refuses_indices_that_no_ring_has),
        CASE(page_too_small_or_misaligned_is_named),
        CASE(host_mistakes_are_named_and_change_nothing),
        CASE(drop_oldest_is_refused_for_a_ring),
        CASE(c31_only_connection_1_is_gone_and_wedges_nothing),
        CASE(connection_is_not_looked_at_without_the_flag),
        CASE(embedder_knows_that_the_peer_is_gone),
        CASE(c30_missed_event_heals_at_the_next_poll),
        CASE(peer_that_never_consumes_costs_bounded_events),
        CASE(peer_that_advances_for_ever_gives_one_fifo_for_each_call),
        CASE(each_operation_stops_at_a_wrong_window_and_stays_stopped),
        CASE(poll_says_what_waits_and_what_room_there_is),
        CASE(poll_alone_stops_at_a_wrong_window),
        CASE(resync_takes_effect_before_the_next_read),
        CASE(status_into_nothing_is_refused),
        CASE(full_rings_are_attached_to),
    };

    return run_cases(cases);
}
