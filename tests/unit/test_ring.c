/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the FIFO shares with the ring, and events in both layouts. */
#include "support.h"
#include "blob_at.h"
#include "fifo_at.h"
#include "fixtures/blobs_of_0_1.h"
#include "xencons/xencons_host.h"

#include <stdlib.h>

#include <vpl011/backend_state.h>
#include <vpl011/state.h>

/* The backend alone; other tests have the device's use of it. */
struct pair {
    struct vpl011_fifo f;
    struct vpl011_backend b;
    uint8_t in[64];
    uint8_t out[64];
};

static void pair_init(struct pair *p, size_t size)
{
    assert_result(vpl011_fifo_init(&p->f, p->in, size, p->out, size),
                  VPL011_OK);
    fifo_at(&p->f, 0xFFFFFFFFu, 0xFFFFFFFFu);
    assert_result(vpl011_fifo_backend(&p->f, &p->b), VPL011_OK);
}

/* What the device writes, and whether it told the far end. */
static size_t sends(struct pair *p, const char *text, bool *tells)
{
    uint32_t events = 0;
    size_t taken =
        p->b.write(p->b.ctx, (const uint8_t *)text, strlen(text), &events);

    *tells = (events & VPL011_EVENT_FAR_END) != 0;
    return taken;
}

#define assert_sends(p, text, told) \
    do { \
        bool tells_; \
        assert_int_equal(sends((p), (text), &tells_), strlen(text)); \
        assert_int_equal(tells_, (told)); \
    } while (0)

static bool poll_tells(struct pair *p)
{
    struct vpl011_backend_status status = {0};
    uint32_t events = 0;

    p->b.poll(p->b.ctx, &status, &events);
    return (events & VPL011_EVENT_FAR_END) != 0;
}

static uint32_t position;

#define assert_peeks(p, text) \
    do { \
        char peeked_[65] = {0}; \
        assert_int_equal(vpl011_fifo_peek(&(p)->f, peeked_, 64, &position), \
                         strlen(text)); \
        assert_string_equal(peeked_, (text)); \
    } while (0)

#define assert_pops(p, text) \
    do { \
        char popped_[65] = {0}; \
        (void)vpl011_fifo_pop(&(p)->f, popped_, 64); \
        assert_string_equal(popped_, (text)); \
    } while (0)

/*
 * Peek, consume, publish
 */

static void what_is_peeked_stays_until_it_is_consumed(void)
{
    struct pair p;

    pair_init(&p, 16);
    assert_sends(&p, "abcdef", true);
    assert_peeks(&p, "abcdef");
    assert_peeks(&p, "abcdef");
    vpl011_fifo_consume(&p.f, position, 2); /* a short write */
    assert_peeks(&p, "cdef");
    assert_int_equal(vpl011_fifo_pop_waiting(&p.f), 4);
    /* The same position again, with a smaller count: already consumed. */
    vpl011_fifo_consume(&p.f, position - 2, 1);
    assert_pops(&p, "cdef");
}

static void a_host_that_batches_is_told_once(void)
{
    struct pair p;

    pair_init(&p, 16);
    assert_sends(&p, "a", true);
    assert_peeks(&p, "a");
    vpl011_fifo_consume(&p.f, position, 1);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_HELD);
    assert_sends(&p, "b", false);
    assert_false(poll_tells(&p));
    assert_int_equal(vpl011_fifo_publish(&p.f, VPL011_RING_NOW),
                     VPL011_RING_TODO_NOTIFY | VPL011_RING_TODO_MORE);
    assert_true(poll_tells(&p));
    assert_peeks(&p, "b");
    vpl011_fifo_consume(&p.f, position, 1);
    assert_int_equal(vpl011_fifo_publish(&p.f, VPL011_RING_NOW),
                     VPL011_RING_TODO_NOTIFY);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), 0);
    assert_sends(&p, "c", true);
}

static void half_a_ring_is_published_at_once(void)
{
    static const size_t sizes[] = {1, 2, 4, 16};
    size_t i, n;

    for (i = 0; i < 4; i++) {
        size_t half = sizes[i] > 1 ? sizes[i] / 2 : 1;
        struct pair p;

        pair_init(&p, sizes[i]);
        for (n = 1; n <= half; n++) {
            assert_sends(&p, "x", n == 1);
            assert_peeks(&p, "x");
            vpl011_fifo_consume(&p.f, position, 1);
            assert_int_equal(vpl011_fifo_publish(&p.f, 0),
                             n < half ? VPL011_RING_TODO_HELD
                                      : VPL011_RING_TODO_NOTIFY);
        }
    }
}

/*
 * Drops
 */

static void what_a_drop_went_past_is_not_consumed_twice(void)
{
    struct pair p;

    pair_init(&p, 8);
    assert_sends(&p, "abcdefgh", true);
    assert_peeks(&p, "abcdefgh");
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 3), 3);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_MORE);
    vpl011_fifo_consume(&p.f, position, 5);
    assert_int_equal(vpl011_fifo_publish(&p.f, VPL011_RING_NOW),
                     VPL011_RING_TODO_NOTIFY | VPL011_RING_TODO_MORE);
    assert_peeks(&p, "fgh");
    /* Past all that was peeked. */
    assert_sends(&p, "ij", false);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 4), 4);
    vpl011_fifo_consume(&p.f, position, 3);
    assert_peeks(&p, "j");
    /* And past what was consumed and held back. */
    vpl011_fifo_consume(&p.f, position, 1);
    assert_sends(&p, "klmnopq", false);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 3), 3);
    assert_pops(&p, "mnopq");
}

/* All of it is dropped before the host consumes it. */
static void what_is_known_to_be_dropped_is_not_consumed(void)
{
    struct pair p;

    pair_init(&p, 8);
    assert_sends(&p, "abcdefgh", true);
    assert_peeks(&p, "abcdefgh");
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 5), 5);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_MORE);
    vpl011_fifo_consume(&p.f, position, 3);
    assert_int_equal(vpl011_fifo_pop_waiting(&p.f), 3);
    assert_pops(&p, "fgh");
}

/* The host consumes bytes that were dropped since it peeked; it sleeps, and
 * bytes wait. */
static void a_drop_is_movement(void)
{
    struct pair p;

    pair_init(&p, 4);
    assert_sends(&p, "abcd", true);
    assert_peeks(&p, "abcd");
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 2), 2);
    assert_sends(&p, "ef", false);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 2), 2);
    assert_sends(&p, "gh", false);
    vpl011_fifo_consume(&p.f, position, 4);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_MORE);
    assert_true(poll_tells(&p));
    assert_false(poll_tells(&p));
    assert_pops(&p, "efgh");
}

static void a_drop_that_drops_nothing_tells_nothing(void)
{
    struct pair p;

    pair_init(&p, 4);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 4), 0);
    assert_false(poll_tells(&p));
}

/*
 * BREAK to the host
 */

static void a_break_is_seen_in_order(void)
{
    struct pair p;

    pair_init(&p, 16);
    assert_sends(&p, "ab", true);
    p.b.send_break(p.b.ctx, true);
    assert_true(poll_tells(&p));
    assert_false(poll_tells(&p));
    p.b.send_break(p.b.ctx, false);
    assert_sends(&p, "cd", false);
    assert_false(vpl011_fifo_pop_break(&p.f));
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_MORE);
    assert_peeks(&p, "ab");
    vpl011_fifo_consume(&p.f, position, 2);
    assert_int_equal(vpl011_fifo_publish(&p.f, VPL011_RING_NOW),
                     VPL011_RING_TODO_NOTIFY | VPL011_RING_TODO_BREAK);
    assert_peeks(&p, "");
    assert_true(vpl011_fifo_pop_break(&p.f));
    assert_false(vpl011_fifo_pop_break(&p.f));
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_MORE);
    assert_peeks(&p, "cd");
}

static void a_second_break_is_refused(void)
{
    struct pair p;

    pair_init(&p, 16);
    p.b.send_break(p.b.ctx, true);
    assert_true(vpl011_fifo_break(&p.f));
    p.b.send_break(p.b.ctx, false);
    assert_false(vpl011_fifo_break(&p.f));
    assert_sends(&p, "a", true);
    p.b.send_break(p.b.ctx, true);
    assert_true(vpl011_fifo_pop_break(&p.f));
    assert_peeks(&p, "a");
    vpl011_fifo_consume(&p.f, position, 1);
    assert_false(vpl011_fifo_pop_break(&p.f));
    p.b.send_break(p.b.ctx, true); /* and one after it is not */
    assert_true(vpl011_fifo_pop_break(&p.f));
}

static void a_break_that_nobody_asks_for_stops_no_pop(void)
{
    struct pair p;

    pair_init(&p, 16);
    assert_sends(&p, "ab", true);
    p.b.send_break(p.b.ctx, true);
    assert_sends(&p, "cd", true); /* for the BREAK, which is told of too */
    assert_pops(&p, "abcd");
    assert_false(vpl011_fifo_pop_break(&p.f));
    p.b.send_break(p.b.ctx, true);
    assert_true(vpl011_fifo_pop_break(&p.f));
}

static void a_break_that_is_passed_comes_before_the_next_byte(void)
{
    struct pair p;

    pair_init(&p, 8);
    assert_sends(&p, "ab", true);
    p.b.send_break(p.b.ctx, true);
    assert_sends(&p, "cdefgh", true);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 2), 2);
    assert_true(vpl011_fifo_pop_break(&p.f));
    p.b.send_break(p.b.ctx, true); /* at the end */
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 4), 4);
    assert_false(vpl011_fifo_pop_break(&p.f));
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 4), 2);
    assert_true(vpl011_fifo_pop_break(&p.f));
    assert_sends(&p, "abcd", true);
    p.b.send_break(p.b.ctx, true);
    assert_sends(&p, "efgh", true);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 6), 6);
    assert_peeks(&p, "");
    assert_true(vpl011_fifo_pop_break(&p.f));
    assert_peeks(&p, "gh");
}

/*
 * What was the page's alone
 */

static struct vpl011_ring_corrupt found;

static void on_corrupt(void *ctx, const struct vpl011_ring_corrupt *what)
{
    (void)ctx;
    found = *what;
}

static struct vpl011_ring_status status_of(const struct pair *p)
{
    struct vpl011_ring_status status;

    memset(&status, 0x55, sizeof(status));
    assert_result(vpl011_fifo_get_status(&p->f, &status), VPL011_OK);
    return status;
}

/* Memory that was overwritten. */
static void a_window_above_the_size_stops_the_direction(void)
{
    const struct vpl011_ring_config config = {.corrupt = on_corrupt};
    uint32_t events = 0;
    uint8_t byte;
    struct pair p;
    bool tells;

    pair_init(&p, 8);
    assert_result(
        vpl011_fifo_init_sized(&p.f, sizeof(p.f), p.in, 8, p.out, 8, &config),
        VPL011_OK);
    assert_sends(&p, "abcdefgh", true); /* full is legal */
    p.f.out_cons = 0xFFFFFFFFu;
    assert_int_equal(sends(&p, "i", &tells), 0);
    assert_int_equal(status_of(&p).broken, VPL011_RING_OUT);
    assert_int_equal(found.direction, VPL011_RING_OUT);
    assert_int_equal(found.prod, 8);
    assert_int_equal(found.cons, 0xFFFFFFFFu);
    p.f.in_prod = 9;
    assert_int_equal(p.b.read(p.b.ctx, &byte, 1, &events), 0);
    assert_int_equal(status_of(&p).broken, VPL011_RING_OUT | VPL011_RING_IN);
    assert_int_equal(status_of(&p).corrupt_out, 1);
    assert_int_equal(status_of(&p).corrupt_in, 1);
    p.f.in_prod = 0;
    vpl011_fifo_resync(&p.f);
    assert_true(poll_tells(&p));
    assert_false(poll_tells(&p));
    assert_int_equal(status_of(&p).broken, 0);
    assert_int_equal(status_of(&p).resyncs, 1);
    assert_sends(&p, "new", true);
    assert_pops(&p, "new");
}

/* That a write was short is of the ring before: who fills the new one exactly
 * asks for nothing. */
static void a_resync_forgets_that_a_write_was_short(void)
{
    uint32_t events = 0;
    uint8_t byte;
    bool tells;
    struct pair p;

    pair_init(&p, 8);
    assert_int_equal(sends(&p, "abcdefghi", &tells), 8);
    vpl011_fifo_resync(&p.f);
    assert_int_equal(p.b.read(p.b.ctx, &byte, 1, &events), 0);
    assert_sends(&p, "01234567", true);
    assert_false(poll_tells(&p));
}

/* Neither side waits for the other: who found a drop under way is told when it
 * is over, whatever was told before. */
static void a_host_that_found_a_drop_under_way_is_told_after_it(void)
{
    bool tells;
    char byte;
    struct pair p;

    pair_init(&p, 8);
    assert_int_equal(sends(&p, "abcdefghi", &tells), 8);
    assert_true(poll_tells(&p));
    assert_int_equal(sends(&p, "i", &tells), 0);
    p.f.out_lock = 1;
    assert_int_equal(vpl011_fifo_pop(&p.f, &byte, 1), 0);
    p.f.out_lock = 0;
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 1), 1);
    assert_true(poll_tells(&p));
    /* And not where nobody found one. */
    assert_int_equal(sends(&p, "ij", &tells), 1);
    assert_true(poll_tells(&p));
    assert_int_equal(sends(&p, "j", &tells), 0);
    assert_int_equal(p.b.drop_oldest(p.b.ctx, 1), 1);
    assert_false(poll_tells(&p));
}

static void a_host_that_finds_no_window_stops_too(void)
{
    struct pair p;
    char byte;

    pair_init(&p, 8);
    p.f.out_prod = 77;
    assert_pops(&p, "");
    assert_int_equal(status_of(&p).broken, VPL011_RING_OUT);
    assert_int_equal(vpl011_fifo_publish(&p.f, 0), VPL011_RING_TODO_RESYNC);
    /* Until a resync, whatever the indices are meanwhile. */
    p.f.out_prod = p.f.out_cons + 1;
    assert_int_equal(vpl011_fifo_pop(&p.f, &byte, 1), 0);
    assert_int_equal(vpl011_fifo_peek(&p.f, &byte, 1, &position), 0);
    assert_false(vpl011_fifo_pop_break(&p.f));
    assert_int_equal(vpl011_fifo_pop_waiting(&p.f), 0);
    p.f.in_cons = 77;
    assert_int_equal(vpl011_fifo_push(&p.f, "a", 1), 0);
    assert_int_equal(vpl011_fifo_push_room(&p.f), 0);
    assert_int_equal(status_of(&p).broken, VPL011_RING_OUT | VPL011_RING_IN);
    /* Nor is there a BREAK in it, by its position alone. */
    pair_init(&p, 8);
    p.b.send_break(p.b.ctx, true);
    p.f.out_prod += 77;
    assert_false(vpl011_fifo_pop_break(&p.f));
}

static void always_tells_each_transfer(void)
{
    const struct vpl011_ring_config config = {.flags = VPL011_RING_ALWAYS};
    uint32_t events = 0;
    uint8_t byte;
    struct pair p;

    pair_init(&p, 8);
    assert_result(
        vpl011_fifo_init_sized(&p.f, sizeof(p.f), p.in, 8, p.out, 8, &config),
        VPL011_OK);
    assert_sends(&p, "a", true);
    assert_sends(&p, "b", true);
    assert_false(poll_tells(&p));
    assert_int_equal(vpl011_fifo_push(&p.f, "a", 1), 1);
    assert_int_equal(p.b.read(p.b.ctx, &byte, 1, &events), 1);
    assert_int_equal(events, VPL011_EVENT_FAR_END);
    assert_int_equal(status_of(&p).events, 3);
}

static void contexts_carry_their_sizes(void)
{
    const struct vpl011_ring_config unknown = {.flags = 1};
    const struct vpl011_ring_config reserved = {.reserved0 = 1};
    const struct vpl011_ring_config later = {.reserved = {NULL, &position}};
    static struct vpl011_xencons_page page;
    struct vpl011_xencons_console c;
    struct vpl011_xencons x;
    struct vpl011_fifo f;
    uint8_t bytes[2];

    assert_int_equal(vpl011_fifo_sizeof(), sizeof(f));
    assert_int_equal(vpl011_xencons_sizeof(), sizeof(x));
    assert_int_equal(vpl011_xencons_console_sizeof(), sizeof(c));
#define INIT(size, config) \
    vpl011_fifo_init_sized(&f, size, bytes, 1, bytes + 1, 1, config)
    assert_result(INIT(sizeof(f), NULL), VPL011_OK);
    assert_result(INIT(sizeof(f) + 1, NULL), VPL011_OK);
    assert_result(INIT(sizeof(f) - 1, NULL), VPL011_ERR_ABI);
    assert_result(INIT(sizeof(f), &unknown), VPL011_ERR_FLAGS);
    assert_result(INIT(sizeof(f), &reserved), VPL011_ERR_ABI);
    assert_result(INIT(sizeof(f), &later), VPL011_ERR_ABI);
    assert_result(
        vpl011_xencons_init_sized(&x, sizeof(x) - 1, &page, sizeof(page), NULL),
        VPL011_ERR_ABI);
    assert_result(vpl011_xencons_console_attach_sized(&c, sizeof(c) - 1, &page,
                                                      sizeof(page), 0),
                  VPL011_ERR_ABI);
}

static void unusable_pairs_do_nothing(void)
{
    struct vpl011_ring_status status;
    struct vpl011_fifo f = {0};
    uint8_t byte;

    assert_int_equal(vpl011_fifo_peek(&f, &byte, 1, &position), 0);
    assert_int_equal(vpl011_fifo_peek(NULL, &byte, 1, &position), 0);
    vpl011_fifo_consume(NULL, 0, 1);
    vpl011_fifo_consume(&f, 0, 1);
    assert_int_equal(f.far.out_read, 0);
    assert_int_equal(vpl011_fifo_publish(&f, VPL011_RING_NOW), 0);
    assert_int_equal(vpl011_fifo_publish(NULL, VPL011_RING_NOW), 0);
    assert_false(vpl011_fifo_pop_break(&f));
    vpl011_fifo_resync(NULL);
    vpl011_fifo_resync(&f);
    assert_int_equal(f.device.resync, 0);
    assert_result(vpl011_fifo_get_status(&f, &status), VPL011_ERR_UNINIT);
    assert_result(vpl011_fifo_get_status(NULL, &status), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_get_status(&f, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_init(&f, &byte, 1, &byte, 1), VPL011_OK);
    assert_int_equal(vpl011_fifo_peek(&f, NULL, 0, &position), 0);
    assert_int_equal(vpl011_fifo_peek(&f, &byte, 1, NULL), 0);
}

/* FAR_END is raised for full input when half is free, at every size. */
static void full_input_is_told_of_at_half(void)
{
    static const size_t sizes[] = {1, 2, 4, 16};
    size_t i, n;

    for (i = 0; i < 4; i++) {
        size_t free_for_event = sizes[i] > 1 ? sizes[i] / 2 : 1;
        uint8_t bytes[32] = {0};
        struct pair p;

        pair_init(&p, sizes[i]);
        assert_int_equal(vpl011_fifo_push(&p.f, bytes, 32), sizes[i]);
        for (n = 1; n <= sizes[i]; n++) {
            uint32_t events = 0;

            assert_int_equal(p.b.read(p.b.ctx, bytes, 1, &events), 1);
            assert_int_equal(events, n == free_for_event ? 1 : 0);
        }
    }
}

/* With 2 GiB, of which only the first bytes are there, and read: the indices
 * are set to where they would be. */
static void the_thresholds_of_2_gib_are_half_of_it(void)
{
    static const uint32_t size = 0x80000000u;
    uint8_t byte = 'x';
    uint32_t more;

    for (more = 0; more < 2; more++) {
        struct vpl011_backend_status status = {0};
        uint32_t events = 0;
        struct pair p;

        assert_result(vpl011_fifo_init(&p.f, p.in, size, p.out, size),
                      VPL011_OK);
        assert_result(vpl011_fifo_backend(&p.f, &p.b), VPL011_OK);
        /* Full is legal, and nothing above it. */
        p.f.in_prod = size + more;
        p.b.poll(p.b.ctx, &status, &events);
        assert_int_equal(status.waiting, more ? 0 : size);

        assert_result(vpl011_fifo_init(&p.f, p.in, size, p.out, size),
                      VPL011_OK);
        p.f.device.in_was_full = 1;
        p.f.in_prod = size / 2 + 1 + more;
        events = 0;
        assert_int_equal(p.b.read(p.b.ctx, &byte, 1, &events), 1);
        assert_int_equal(events, more ? 0 : VPL011_EVENT_FAR_END);

        p.f.device.out_prod = p.f.out_prod = size / 2 - more;
        assert_int_equal(vpl011_fifo_peek(&p.f, &byte, 1, &position), 1);
        vpl011_fifo_consume(&p.f, position, 1);
        assert_int_equal(vpl011_fifo_publish(&p.f, 0) &
                             (VPL011_RING_TODO_HELD | VPL011_RING_TODO_NOTIFY),
                         more ? VPL011_RING_TODO_HELD
                              : VPL011_RING_TODO_NOTIFY);
    }
}

/*
 * Saved state
 */

static void blobs_of_before_load(void)
{
    struct ring_host r;
    struct pair p;
    struct host h;
    uint32_t events = 0;
    uint8_t bytes[16];

    pair_init(&p, 64);
    assert_result(vpl011_fifo_load(&p.f, fifo_idle, sizeof(fifo_idle)),
                  VPL011_OK);
    assert_int_equal(vpl011_fifo_push_room(&p.f), 64);
    assert_result(vpl011_fifo_load(&p.f, fifo_busy, sizeof(fifo_busy)),
                  VPL011_OK);
    assert_pops(&p, "sent, and not taken");
    assert_int_equal(p.b.read(p.b.ctx, bytes, 16, &events), 5);
    assert_memory_equal(bytes, "typed", 5);
    assert_true(events & VPL011_BACKEND_BREAK);
    assert_int_equal(p.b.read(p.b.ctx, bytes, 16, &events), 6);
    assert_memory_equal(bytes, "behind", 6);

    host_init(&h, &(struct host_options){.no_irq = true,
                                         .config.flags = VPL011_CFG_NO_IRQ_OP});
    assert_result(vpl011_state_load(&h.uart, device_busy, sizeof(device_busy)),
                  VPL011_OK);

    ring_page(&r.page, 0);
    r.page.in_cons = r.page.in_prod = 0xFFFFFFF0u;
    r.page.out_cons = r.page.out_prod = 0xFFFFFFFEu;
    ring_attach(&r, 0);
    assert_result(vpl011_xencons_load(&r.ring, ring_idle, sizeof(ring_idle)),
                  VPL011_OK);
    assert_result(vpl011_xencons_load(&r.ring, ring_page_, 1),
                  VPL011_ERR_STATE_TRUNCATED);
    assert_result(vpl011_xencons_load(&r.ring, ring_busy, sizeof(ring_busy)),
                  VPL011_ERR_RING);
    assert_result(vpl011_xencons_load(&r.ring, ring_page_, sizeof(ring_page_)),
                  VPL011_OK);
    assert_int_equal(r.page.in_prod, 0xFFFFFFF5u);
    assert_peer_takes(&r, "sent, and not taken");
    r.page.out_cons -= 19;
    assert_result(vpl011_xencons_load(&r.ring, ring_busy, sizeof(ring_busy)),
                  VPL011_OK);
    assert_result(
        vpl011_xencons_load(&r.ring, ring_stopped, sizeof(ring_stopped)),
        VPL011_OK);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
}

/* Numbers of records: docs/state-format.md. */
enum { OUT_COUNT = 2, IN_WAS_FULL = 5, OUT_BRK, OUT_BRK_AT };

static void what_came_later_is_written_where_it_says_something(void)
{
    uint8_t idle[VPL011_FIFO_BLOB_MAX(64, 64)];
    uint8_t blob[VPL011_FIFO_BLOB_MAX(64, 64)];
    struct pair p, q;
    int size;

    pair_init(&p, 8);
    size = vpl011_fifo_save(&p.f, idle, sizeof(idle));
    assert_int_equal(size, sizeof(fifo_idle) + 8);
    assert_sends(&p, "abc", true);
    p.b.send_break(p.b.ctx, true);
    assert_sends(&p, "de", true);
    assert_int_equal(vpl011_fifo_push(&p.f, "12345678", 8), 8);
    assert_int_equal(p.b.read(p.b.ctx, blob, 1, &(uint32_t){0}), 1);
    /* Consumed and held: not read again. */
    assert_peeks(&p, "abc");
    vpl011_fifo_consume(&p.f, position, 1);
    size = vpl011_fifo_save(&p.f, blob, sizeof(blob));
    assert_int_equal(size, sizeof(fifo_idle) + 8 + 5 + 5 + 8 + 4 + 7);
    assert_int_equal(blob_get(blob, OUT_COUNT), 4);
    assert_int_equal(blob_get(blob, IN_WAS_FULL), 1);
    assert_int_equal(blob_get(blob, OUT_BRK), 1);
    assert_int_equal(blob_get(blob, OUT_BRK_AT), 2);
    pair_init(&q, 8);
    assert_result(vpl011_fifo_load(&q.f, blob, (size_t)size), VPL011_OK);
    assert_true(poll_tells(&q));
    assert_peeks(&q, "bc");
    vpl011_fifo_consume(&q.f, position, 2);
    assert_true(vpl011_fifo_pop_break(&q.f));
    assert_pops(&q, "de");
#define PUT(id, value, expected) \
    blob_set(blob, id, value); \
    assert_result(vpl011_fifo_load(&q.f, blob, (size_t)size), expected)
    PUT(OUT_BRK_AT, 5, VPL011_ERR_STATE_VALUE);
    PUT(OUT_BRK_AT, 4, VPL011_OK);
    PUT(OUT_BRK, 0, VPL011_ERR_STATE_VALUE);
    PUT(OUT_BRK_AT, 0, VPL011_OK);
    PUT(OUT_BRK, 2, VPL011_ERR_STATE_VALUE);
    PUT(OUT_BRK, 0, VPL011_OK);
    PUT(OUT_BRK_AT, 1, VPL011_ERR_STATE_VALUE);
    PUT(OUT_BRK_AT, 0, VPL011_OK);
    PUT(IN_WAS_FULL, 2, VPL011_ERR_STATE_VALUE);
#undef PUT
}

/*
 * Storms: however often the device is asked to look
 */

/* Once a call tells nothing and leaves every byte as it was, so do all that
 * follow: it is not much that has to be tried. */
static void look_until_nothing_changes(struct host *h, const void *ring,
                                       size_t size)
{
    const void *device = &h->uart;
    uint8_t before[sizeof(h->uart)];
    uint8_t *copy = malloc(size);
    bool same = false;
    int i;

    assert_non_null(copy);
    for (i = 0; i < 10 && !same; i++) {
        const unsigned int told = h->notifies;

        memcpy(before, device, sizeof(before));
        memcpy(copy, ring, size);
        (void)vpl011_data_avail(&h->uart);
        same = h->notifies == told &&
               memcmp(before, device, sizeof(before)) == 0 &&
               memcmp(copy, ring, size) == 0;
    }
    free(copy);
    assert_true(same);
    assert_in_range(h->notifies, 0, 3);
}

/* In every state that a FIFO can be in, with somebody there and with nobody. */
static void looking_at_a_fifo_raises_nothing_more(void)
{
    struct host_options options = host_enabled;
    int state, attached, policy;

    for (policy = 1; policy <= 3; policy++) {
        for (attached = 0; attached < 2; attached++) {
            for (state = 0; state < 5; state++) {
                struct pair p = {0}; /* its bytes are compared */
                struct host h;

                options.config.on_stall = (uint32_t)policy;
                options.config.on_gone = (uint32_t)policy;
                host_init(&h, &options);
                pair_init(&p, 16);
                assert_result(vpl011_attach(&h.uart, &p.b), VPL011_OK);
                vpl011_fifo_set_attached(&p.f, attached);
                if (state > 0) {
                    guest_sends_count(&h, state == 1 ? 3 : 40);
                }
                if (state > 2) {
                    (void)vpl011_fifo_push(&p.f, p.out, 16);
                }
                if (state == 4) {
                    p.f.out_cons = p.f.in_prod = 99;
                }
                host_forget(&h);
                look_until_nothing_changes(&h, &p, sizeof(p));
            }
        }
    }
}

static void looking_at_a_page_raises_nothing_more(void)
{
    int state;

    for (state = 0; state < 5; state++) {
        static struct ring_host r;

        ring_init(&r, 0xFFFFFFF0u);
        if (state > 0) {
            guest_sends_count(&r.h, state == 1 ? 3 : OUT_SIZE + 40);
        }
        if (state == 2) {
            r.page.connection = VPL011_XENCONS_DISCONNECTED;
        }
        if (state == 3) {
            r.page.in_prod += IN_SIZE;
        }
        if (state == 4) {
            r.page.out_cons = r.page.in_prod = 99;
        }
        host_forget(&r.h);
        look_until_nothing_changes(&r.h, &r.ring,
                                   offsetof(struct ring_host, found) -
                                       offsetof(struct ring_host, ring));
    }
}

/* All that the header allows from notify and that promises to raise nothing new
 * where nothing moved. It is not entered again meanwhile. */
static void answer_with_everything(struct host *h, uint32_t events)
{
    static unsigned int depth;
    struct vpl011_counters counters;
    struct vpl011_state state;
    int i;

    assert_int_equal(depth++, 0);
    assert_in_range(h->notifies, 1, 3);
    (void)events;
    for (i = 0; i < 3; i++) {
        assert_in_range(vpl011_data_avail(&h->uart), 0, PL011_DEPTH_MAX);
        assert_in_range(vpl011_rx_room(&h->uart), 0, PL011_DEPTH_MAX);
        assert_in_range(vpl011_tx_waiting(&h->uart), 0, 64);
        assert_result(vpl011_get_counters(&h->uart, &counters), VPL011_OK);
        assert_result(vpl011_state_get(&h->uart, &state), VPL011_OK);
        (void)guest_read(h, PL011_UARTFR);
    }
    depth--;
}

/* The guest's first character used to call such a notify without end, and each
 * character again. */
static void notify_that_answers_with_everything_is_called_a_few_times(void)
{
    static struct ring_host r;
    struct pair p;
    struct host h;
    int i;

    for (i = 0; i < 2; i++) {
        host_init(&h, &host_enabled);
        pair_init(&p, i ? 64 : 1);
        assert_result(vpl011_attach(&h.uart, &p.b), VPL011_OK);
        (void)vpl011_fifo_push(&p.f, p.out, 64);
        h.on_notify = answer_with_everything;
        host_forget(&h);
        guest_sends_count(&h, 5000);
        assert_int_not_equal(h.notifies, 0);
    }
    ring_init(&r, 0xFFFFFFF0u);
    r.page.in_prod += IN_SIZE;
    r.h.on_notify = answer_with_everything;
    host_forget(&r.h);
    guest_sends_count(&r.h, 5000);
    assert_int_not_equal(r.h.notifies, 0);
}

/* Each DR write that finds it full asks the far end's policy. */
static void writing_to_a_full_fifo_raises_nothing_more(void)
{
    struct host_options options = host_enabled;
    int attached, policy;

    for (policy = 1; policy <= 3; policy++) {
        for (attached = 0; attached < 2; attached++) {
            struct pair p;
            struct host h;

            options.config.on_stall = (uint32_t)policy;
            options.config.on_gone = (uint32_t)policy;
            host_init(&h, &options);
            pair_init(&p, 16);
            assert_result(vpl011_attach(&h.uart, &p.b), VPL011_OK);
            vpl011_fifo_set_attached(&p.f, attached);
            host_forget(&h);
            guest_sends_count(&h, 10000);
            assert_in_range(h.notifies, 1, 3);
        }
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(what_is_peeked_stays_until_it_is_consumed),
        CASE(a_host_that_batches_is_told_once),
        CASE(half_a_ring_is_published_at_once),
        CASE(what_a_drop_went_past_is_not_consumed_twice),
        CASE(what_is_known_to_be_dropped_is_not_consumed),
        CASE(a_drop_is_movement),
        CASE(a_drop_that_drops_nothing_tells_nothing),
        CASE(a_break_is_seen_in_order),
        CASE(a_second_break_is_refused),
        CASE(a_break_that_nobody_asks_for_stops_no_pop),
        CASE(a_break_that_is_passed_comes_before_the_next_byte),
        CASE(a_window_above_the_size_stops_the_direction),
        CASE(a_resync_forgets_that_a_write_was_short),
        CASE(a_host_that_found_a_drop_under_way_is_told_after_it),
        CASE(a_host_that_finds_no_window_stops_too),
        CASE(always_tells_each_transfer),
        CASE(contexts_carry_their_sizes),
        CASE(unusable_pairs_do_nothing),
        CASE(full_input_is_told_of_at_half),
        CASE(the_thresholds_of_2_gib_are_half_of_it),
        CASE(blobs_of_before_load),
        CASE(what_came_later_is_written_where_it_says_something),
        CASE(looking_at_a_fifo_raises_nothing_more),
        CASE(looking_at_a_page_raises_nothing_more),
        CASE(notify_that_answers_with_everything_is_called_a_few_times),
        CASE(writing_to_a_full_fifo_raises_nothing_more),
    };

    return run_cases(cases);
}
