/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The in-process FIFO backend: order, sizes, wrap, breaks, events, misuse. */
#include "support.h"
#include "fifo_at.h"

#include <stdlib.h>

struct pair {
    struct host h; /* with the FIFO attached, not the scripted far end */
    struct vpl011_fifo fifo;
    uint8_t *in;
    uint8_t *out;
};

/* Storage at its exact size on the heap, so that a sanitizer guards it. */
static void pair_init(struct pair *p, size_t in_size, size_t out_size,
                      const struct host_options *options)
{
    struct vpl011_backend backend;

    host_init(&p->h, options);
    p->in = malloc(in_size);
    p->out = malloc(out_size);
    assert_non_null(p->in);
    assert_non_null(p->out);
    assert_result(vpl011_fifo_init(&p->fifo, p->in, in_size, p->out, out_size),
                  VPL011_OK);
    assert_result(vpl011_fifo_backend(&p->fifo, &backend), VPL011_OK);
    assert_result(vpl011_attach(&p->h.uart, &backend), VPL011_OK);
    host_forget(&p->h);
}

static void pair_free(struct pair *p)
{
    assert_result(vpl011_attach(&p->h.uart, NULL), VPL011_OK);
    free(p->in);
    free(p->out);
}

static void echo_through(struct pair *p, size_t total)
{
    uint32_t push_seed = 5;
    uint32_t receive_seed = 5;
    uint32_t pop_seed = 5;
    size_t pushed = 0, received = 0, popped = 0;
    unsigned int rounds = 0;

    while (popped < total && rounds++ < 100000) {
        uint8_t bytes[64];
        size_t n, i;

        /* The host sends what fits; the guest echoes what it receives. */
        while (pushed < total && vpl011_fifo_push_room(&p->fifo) > 0) {
            bytes[0] = (uint8_t)next_random(&push_seed);
            assert_int_equal(vpl011_fifo_push(&p->fifo, bytes, 1), 1);
            pushed++;
        }
        vpl011_tick(&p->h.uart);
        while (!(guest_read(&p->h, PL011_UARTFR) &
                 (PL011_FR_RXFE | PL011_FR_TXFF))) {
            uint32_t byte = guest_read(&p->h, PL011_UARTDR);

            assert_int_equal(byte, (uint8_t)next_random(&receive_seed));
            guest_write(&p->h, PL011_UARTDR, byte);
            received++;
        }
        n = vpl011_fifo_pop(&p->fifo, bytes, 1 + received % sizeof(bytes));
        for (i = 0; i < n; i++) {
            assert_int_equal(bytes[i], (uint8_t)next_random(&pop_seed));
        }
        popped += n;
        vpl011_tick(&p->h.uart);
    }
    assert_int_equal(popped, total);
    assert_int_equal(vpl011_fifo_pop_waiting(&p->fifo), 0);
}

static void every_size_carries_a_long_stream_in_order(void)
{
    size_t in_size, out_size;

    for (in_size = 1; in_size <= 4096; in_size *= 2) {
        for (out_size = 1; out_size <= 4096; out_size *= 8) {
            struct pair p;

            pair_init(&p, in_size, out_size, &host_enabled);
            echo_through(&p, 3000);
            pair_free(&p);
        }
    }
}

static void stream_is_seamless_across_the_wrap_of_the_indices(void)
{
    static const size_t sizes[] = {1, 2, 16, 64, 1024};
    size_t i;

    for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct pair p;

        pair_init(&p, sizes[i], sizes[i], &host_enabled);
        fifo_at(&p.fifo, 0xFFFFFFF0u, 0xFFFFFFF0u);
        echo_through(&p, 3000);
        assert_int_equal(p.fifo.in_prod, 3000 - 16);
        pair_free(&p);
    }
}

/* Full and empty at each position of the indices. */
static void room_and_waiting_are_exact(void)
{
    uint8_t bytes[16] = {0};
    uint32_t start;
    size_t fill;

    for (start = 0xFFFFFFF0u; start != 0x10; start++) {
        for (fill = 0; fill <= 8; fill++) {
            struct pair p;

            pair_init(&p, 8, 8, &host_enabled);
            fifo_at(&p.fifo, start, start);
            assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, fill), fill);
            assert_int_equal(vpl011_fifo_push_room(&p.fifo), 8 - fill);
            assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 16), 8 - fill);
            assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 1), 0);
            guest_sends_count(&p.h, fill);
            assert_int_equal(vpl011_fifo_pop_waiting(&p.fifo), fill);
            assert_int_equal(vpl011_fifo_pop(&p.fifo, bytes, 16), fill);
            assert_int_equal(vpl011_fifo_pop(&p.fifo, bytes, 16), 0);
            pair_free(&p);
        }
    }
}

/* A full FIFO makes TXFF show; a pop and vpl011_data_avail() clear it. */
static void full_output_stalls_and_is_released_by_a_pop(void)
{
    struct pair p;
    char got[16];

    pair_init(&p, 4, 4, &host_enabled);
    guest_sends(&p.h, "0123456789");
    assert_reg_bits(&p.h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 4);
    assert_memory_equal(got, "0123", 4);
    vpl011_data_avail(&p.h.uart);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 4);
    assert_memory_equal(got, "4567", 4);
    vpl011_data_avail(&p.h.uart);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 2);
    assert_memory_equal(got, "89", 2);
    assert_reg_bits(&p.h, PL011_UARTFR, PL011_FR_BUSY, 0);
    pair_free(&p);
}

/* FAR_END when output begins to wait, not for each byte. */
static void far_end_is_asked_when_output_begins_to_wait(void)
{
    struct pair p;
    char got[16];

    pair_init(&p, 16, 16, &host_enabled);
    guest_sends(&p.h, "abc");
    assert_int_equal(p.h.notifies, 1);
    assert_int_equal(p.h.notified, VPL011_EVENT_FAR_END);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 2), 2);
    guest_sends(&p.h, "d"); /* one still waits: it is not asleep */
    assert_int_equal(p.h.notifies, 1);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 2);
    guest_sends(&p.h, "e");
    assert_int_equal(p.h.notifies, 2);
    /* As often as it is looked for where nothing moved. */
    vpl011_data_avail(&p.h.uart);
    vpl011_data_avail(&p.h.uart);
    assert_int_equal(p.h.notifies, 2);
    /* A host that took some may sleep now: FAR_END is raised for the rest. */
    guest_sends(&p.h, "fg");
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 1), 1);
    vpl011_data_avail(&p.h.uart);
    assert_int_equal(p.h.notifies, 3);
    vpl011_data_avail(&p.h.uart);
    assert_int_equal(p.h.notifies, 3);
    pair_free(&p);
}

/* FAR_END when input that was full has room again. */
static void far_end_is_asked_when_full_input_has_room(void)
{
    uint8_t bytes[64] = {0};
    struct pair p;

    pair_init(&p, 64, 16, &host_enabled);
    assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 63), 63);
    assert_result(vpl011_tick(&p.h.uart), 32);
    assert_int_equal(p.h.notified & VPL011_EVENT_FAR_END, 0);
    assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 33), 33);
    guest_drains(&p.h);
    host_forget(&p.h);
    assert_result(vpl011_tick(&p.h.uart), 32);
    assert_int_equal(p.h.notified, VPL011_EVENT_FAR_END);
    pair_free(&p);
}

/* A BREAK keeps its place among the characters. */
static void break_is_received_in_order(void)
{
    static const size_t before[] = {0, 1, 3};
    size_t i;

    for (i = 0; i < 3; i++) {
        struct pair p;
        size_t n;

        pair_init(&p, 8, 8, &host_enabled);
        fifo_at(&p.fifo, 0xFFFFFFFEu, 0xFFFFFFFEu);
        assert_int_equal(vpl011_fifo_push(&p.fifo, "abc", before[i]),
                         before[i]);
        assert_true(vpl011_fifo_push_break(&p.fifo));
        assert_int_equal(vpl011_fifo_push(&p.fifo, "z", 1), 1);
        while (vpl011_data_avail(&p.h.uart) > 0) {
        }
        for (n = 0; n < before[i]; n++) {
            assert_reg(&p.h, PL011_UARTDR, (uint32_t)('a' + n));
        }
        assert_reg(&p.h, PL011_UARTDR, 0x500);
        assert_reg(&p.h, PL011_UARTDR, 'z');
        assert_reg_bits(&p.h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
        pair_free(&p);
    }
}

/* A BREAK takes a place in the RX FIFO, and waits for one. */
static void break_behind_a_full_load_waits(void)
{
    uint8_t bytes[32] = {0};
    struct pair p;

    pair_init(&p, 64, 8, &host_enabled);
    assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 32), 32);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_result(vpl011_data_avail(&p.h.uart), 32);
    guest_drains(&p.h);
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    assert_reg(&p.h, PL011_UARTDR, 0x500);
    assert_counter(&p.h, rx_overruns, 0);
    pair_free(&p);
}

/* Without input no REFILL is raised, whatever the indices are. */
static void empty_input_asks_for_no_refill(void)
{
    struct pair p;

    pair_init(&p, 8, 8, &host_enabled);
    fifo_at(&p.fifo, 5, 5);
    assert_int_equal(vpl011_fifo_push(&p.fifo, "x", 1), 1);
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    guest_drains(&p.h);
    assert_int_equal(p.h.notified, 0);
    pair_free(&p);
}

static void one_break_at_a_time(void)
{
    struct pair p;

    pair_init(&p, 8, 8, &host_enabled);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_false(vpl011_fifo_push_break(&p.fifo));
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    assert_reg(&p.h, PL011_UARTDR, 0x500);
    assert_reg(&p.h, PL011_UARTDR, 0x500);
    pair_free(&p);
}

/* A BREAK that waits alone is input too: REFILL is raised. */
static void waiting_break_asks_for_a_refill(void)
{
    struct pair p;

    pair_init(&p, 64, 8, &host_enabled);
    guest_write(&p.h, PL011_UARTIMSC, PL011_INT_RT);
    assert_int_equal(vpl011_fifo_push(&p.fifo, "x", 1), 1);
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_result(vpl011_data_avail(&p.h.uart), 0);
    host_forget(&p.h);
    guest_read(&p.h, PL011_UARTDR);
    assert_int_equal(p.h.notified, VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&p.h.uart), 1);
    /* And beside one character it counts as well, whoever reads the output. */
    vpl011_fifo_set_attached(&p.fifo, false);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_int_equal(vpl011_fifo_push(&p.fifo, "y", 1), 1);
    assert_result(vpl011_data_avail(&p.h.uart), 0);
    host_forget(&p.h);
    guest_read(&p.h, PL011_UARTDR);
    assert_int_equal(p.h.notified, VPL011_EVENT_REFILL);
    pair_free(&p);
}

static void guest_break_is_shown_to_the_host(void)
{
    struct pair p;

    pair_init(&p, 8, 8, &host_enabled);
    assert_false(vpl011_fifo_break(&p.fifo));
    guest_write(&p.h, PL011_UARTLCR_H, 0x71);
    assert_true(vpl011_fifo_break(&p.fifo));
    guest_write(&p.h, PL011_UARTLCR_H, 0x70);
    assert_false(vpl011_fifo_break(&p.fifo));
    pair_free(&p);
}

/* P.C33: each policy on a real FIFO. */
static void detached_fifo_drops_the_newest_by_default(void)
{
    struct pair p;
    char got[16];

    pair_init(&p, 4, 4, &host_enabled);
    vpl011_fifo_set_attached(&p.fifo, false);
    guest_sends(&p.h, "abcdefgh");
    assert_reg_bits(&p.h, PL011_UARTFR, PL011_FR_BUSY, 0);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 4);
    assert_memory_equal(got, "abcd", 4);
    assert_counter(&p.h, tx_dropped, 4);
    vpl011_fifo_set_attached(&p.fifo, true);
    guest_sends(&p.h, "123456");
    assert_counter(&p.h, tx_dropped, 4);
    assert_reg_bits(&p.h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    pair_free(&p);
}

static void drop_oldest_keeps_the_newest(void)
{
    struct pair p;
    char got[16];

    pair_init(&p, 4, 4,
              &(struct host_options){
                  .config = {.on_stall = VPL011_POLICY_DROP_OLDEST},
                  .enabled = true,
                  .no_backend = true});
    guest_sends(&p.h, "abcdefghij");
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 16), 4);
    assert_memory_equal(got, "ghij", 4);
    assert_counter(&p.h, tx_bytes, 10);
    assert_counter(&p.h, tx_dropped_oldest, 6);
    assert_counter(&p.h, tx_dropped, 0);
    pair_free(&p);
}

/* The device drops what is there, and nothing while a pop is under way; nor
 * does a pop take what is being dropped. */
static void drop_oldest_and_pop_exclude_each_other(void)
{
    struct vpl011_backend backend;
    struct pair p;
    char got[8];

    pair_init(&p, 8, 8, &host_enabled);
    fifo_at(&p.fifo, 0xFFFFFFFDu, 0xFFFFFFFDu);
    assert_result(vpl011_fifo_backend(&p.fifo, &backend), VPL011_OK);
    guest_sends(&p.h, "abcde");
    p.fifo.out_lock = 1;
    assert_int_equal(backend.drop_oldest(backend.ctx, 2), 0);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 8), 0);
    p.fifo.out_lock = 0;
    assert_int_equal(backend.drop_oldest(backend.ctx, 2), 2);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, got, 1), 1);
    assert_int_equal(got[0], 'c');
    assert_int_equal(backend.drop_oldest(backend.ctx, 100), 2);
    assert_int_equal(vpl011_fifo_pop_waiting(&p.fifo), 0);
    assert_int_equal(backend.drop_oldest(backend.ctx, 1), 0);
    pair_free(&p);
}

static void poll_tells_what_waits_and_what_fits(void)
{
    struct vpl011_backend backend;
    struct pair p;
    size_t fill;

    for (fill = 0; fill <= 8; fill++) {
        struct vpl011_backend_status status = {0};
        uint8_t bytes[8] = {0};
        uint32_t events = 0;

        pair_init(&p, 8, 8, &host_enabled);
        fifo_at(&p.fifo, 0xFFFFFFFDu, 0xFFFFFFFDu);
        assert_result(vpl011_fifo_backend(&p.fifo, &backend), VPL011_OK);
        guest_sends_count(&p.h, fill);
        assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 8 - fill), 8 - fill);
        backend.poll(backend.ctx, &status, &events);
        assert_int_equal(status.waiting, 8 - fill);
        assert_int_equal(status.room, 8 - fill);
        assert_true(status.attached);
        assert_int_equal(events, 0);
        pair_free(&p);
    }
}

/* A break before a full FIFO takes no byte, so the host gets no room. */
static void break_alone_makes_no_room(void)
{
    struct vpl011_backend backend;
    struct pair p;
    uint8_t bytes[8] = {0};
    uint32_t events = 0;

    pair_init(&p, 8, 8, &host_enabled);
    assert_result(vpl011_fifo_backend(&p.fifo, &backend), VPL011_OK);
    assert_true(vpl011_fifo_push_break(&p.fifo));
    assert_int_equal(vpl011_fifo_push(&p.fifo, bytes, 8), 8);
    assert_int_equal(backend.read(backend.ctx, bytes, 8, &events), 0);
    assert_int_equal(events, VPL011_BACKEND_BREAK);
    events = 0;
    assert_int_equal(backend.read(backend.ctx, bytes, 8, &events), 8);
    assert_int_equal(events, VPL011_EVENT_FAR_END);
    pair_free(&p);
}

/* The largest FIFO has 2 GiB; its memory is not accessed. */
static void sizes_up_to_2_gib_are_taken(void)
{
    struct vpl011_fifo fifo;
    uint8_t store[4];
    const size_t largest = 0x80000000u;

    assert_result(vpl011_fifo_init(&fifo, store, largest, store, 1), VPL011_OK);
    assert_int_equal(vpl011_fifo_push_room(&fifo), largest);
    assert_result(vpl011_fifo_init(&fifo, store, 1, store, largest), VPL011_OK);
    if (sizeof(size_t) > 4) {
        assert_result(vpl011_fifo_init(&fifo, store, largest * 2, store, 1),
                      VPL011_ERR_SIZE);
    }
}

static void bad_arguments_are_refused(void)
{
    static const size_t bad[] = {0, 3, 5, 6, 7, 1000, 0x80000001u, SIZE_MAX};
    struct vpl011_backend backend;
    struct vpl011_fifo fifo;
    uint8_t before[sizeof(fifo)];
    uint8_t store[4] = {0};
    size_t i;

    memset(&fifo, 0xA5, sizeof(fifo));
    memset(before, 0xA5, sizeof(before));
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_result(vpl011_fifo_init(&fifo, store, bad[i], store, 4),
                      VPL011_ERR_SIZE);
        assert_result(vpl011_fifo_init(&fifo, store, 4, store, bad[i]),
                      VPL011_ERR_SIZE);
    }
    assert_result(vpl011_fifo_init(NULL, store, 4, store, 4), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_init(&fifo, NULL, 4, store, 4), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_init(&fifo, store, 4, NULL, 4), VPL011_ERR_NULL);
    assert_memory_equal(&fifo, before, sizeof(fifo));

    assert_result(vpl011_fifo_backend(NULL, &backend), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_backend(&fifo, &backend), VPL011_ERR_UNINIT);
    assert_int_equal(vpl011_fifo_push(&fifo, store, 4), 0);
    assert_int_equal(vpl011_fifo_pop(&fifo, store, 4), 0);
    assert_int_equal(vpl011_fifo_push_room(&fifo), 0);
    assert_int_equal(vpl011_fifo_pop_waiting(&fifo), 0);
    assert_false(vpl011_fifo_push_break(&fifo));
    assert_false(vpl011_fifo_break(&fifo));
    vpl011_fifo_set_attached(&fifo, false);
    assert_memory_equal(&fifo, before, sizeof(fifo));

    assert_int_equal(vpl011_fifo_push(NULL, store, 4), 0);
    assert_int_equal(vpl011_fifo_pop(NULL, store, 4), 0);
    assert_int_equal(vpl011_fifo_push_room(NULL), 0);
    assert_int_equal(vpl011_fifo_pop_waiting(NULL), 0);
    assert_false(vpl011_fifo_push_break(NULL));
    assert_false(vpl011_fifo_break(NULL));
    vpl011_fifo_set_attached(NULL, true);

    assert_result(vpl011_fifo_init(&fifo, store, 4, store, 4), VPL011_OK);
    assert_result(vpl011_fifo_backend(&fifo, NULL), VPL011_ERR_NULL);
    assert_int_equal(vpl011_fifo_push(&fifo, NULL, 4), 0);
    assert_int_equal(vpl011_fifo_pop(&fifo, NULL, 4), 0);
    assert_int_equal(vpl011_fifo_push(&fifo, NULL, 0), 0);
    {
        uint32_t events = 0;

        assert_result(vpl011_fifo_backend(&fifo, &backend), VPL011_OK);
        assert_int_equal(backend.write(backend.ctx, store, 2, &events), 2);
        assert_int_equal(vpl011_fifo_pop(&fifo, NULL, 4), 0);
        assert_int_equal(vpl011_fifo_pop_waiting(&fifo), 2);
    }
}

/* A pop that does not reach a BREAK leaves it where it is. */
static void a_pop_before_a_break_leaves_it(void)
{
    struct pair p;
    char byte;

    pair_init(&p, 16, 16, &host_enabled);
    guest_sends(&p.h, "ab");
    guest_write(&p.h, PL011_UARTLCR_H, 0x71);
    assert_int_equal(vpl011_fifo_pop(&p.fifo, &byte, 1), 1);
    assert_false(vpl011_fifo_pop_break(&p.fifo));
    assert_int_equal(vpl011_fifo_pop(&p.fifo, &byte, 1), 1);
    assert_true(vpl011_fifo_pop_break(&p.fifo));
    pair_free(&p);
}

static void consuming_of_an_unusable_pair_does_nothing(void)
{
    static struct vpl011_fifo never;
    struct vpl011_fifo before = never;

    vpl011_fifo_consume(NULL, 0, 1);
    vpl011_fifo_consume(&never, 0, 1);
    assert_memory_equal(&never, &before, sizeof(never));
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(every_size_carries_a_long_stream_in_order),
        CASE(stream_is_seamless_across_the_wrap_of_the_indices),
        CASE(room_and_waiting_are_exact),
        CASE(full_output_stalls_and_is_released_by_a_pop),
        CASE(far_end_is_asked_when_output_begins_to_wait),
        CASE(far_end_is_asked_when_full_input_has_room),
        CASE(break_is_received_in_order),
        CASE(break_behind_a_full_load_waits),
        CASE(empty_input_asks_for_no_refill),
        CASE(one_break_at_a_time),
        CASE(waiting_break_asks_for_a_refill),
        CASE(guest_break_is_shown_to_the_host),
        CASE(detached_fifo_drops_the_newest_by_default),
        CASE(drop_oldest_keeps_the_newest),
        CASE(drop_oldest_and_pop_exclude_each_other),
        CASE(poll_tells_what_waits_and_what_fits),
        CASE(break_alone_makes_no_room),
        CASE(sizes_up_to_2_gib_are_taken),
        CASE(bad_arguments_are_refused),
        CASE(a_pop_before_a_break_leaves_it),
        CASE(consuming_of_an_unusable_pair_does_nothing),
    };

    return run_cases(cases);
}
