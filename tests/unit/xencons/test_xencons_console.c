/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console side of the xencons ring. */
#include "xencons_host.h"

#define NOTIFY VPL011_XENCONS_TODO_NOTIFY
#define HELD VPL011_XENCONS_TODO_HELD
#define MORE VPL011_XENCONS_TODO_MORE
#define RESYNC VPL011_XENCONS_TODO_RESYNC
#define FULL VPL011_XENCONS_TODO_FULL
#define NOW VPL011_XENCONS_NOW

struct pair {
    struct vpl011_xencons_page page;
    struct vpl011_xencons_console c;
};

static struct vpl011_xencons_status status_of(const struct pair *p)
{
    struct vpl011_xencons_status status;

    assert_result(vpl011_xencons_console_get_status(&p->c, &status), VPL011_OK);
    return status;
}

static void pair_init(struct pair *p, uint32_t index)
{
    ring_page(&p->page, index);
    assert_result(
        vpl011_xencons_console_attach(&p->c, &p->page, sizeof(p->page), 0),
        VPL011_OK);
}

/* The device: sends count bytes. */
static void device_sends(struct pair *p, uint32_t count)
{
    while (count-- > 0) {
        p->page.out[p->page.out_prod % OUT_SIZE] = (uint8_t)p->page.out_prod;
        p->page.out_prod++;
    }
}

static size_t reads(struct pair *p, size_t count)
{
    static uint8_t bytes[OUT_SIZE + 1];

    return vpl011_xencons_console_read(&p->c, bytes, count);
}

static uint32_t publishes(struct pair *p, uint32_t how)
{
    return vpl011_xencons_console_publish(&p->c, how);
}

static size_t writes(struct pair *p, size_t count, uint32_t *todo)
{
    static const uint8_t bytes[4096] = {1, 2, 3};

    *todo = 0;
    return vpl011_xencons_console_write(&p->c, bytes, count, todo);
}

static void read_is_released_by_publish_alone(void)
{
    struct pair p;

    pair_init(&p, 0xFFFFFFF0u);
    device_sends(&p, 40);
    assert_int_equal(vpl011_xencons_console_waiting(&p.c), 40);
    assert_int_equal(reads(&p, 30), 30);
    assert_int_equal(reads(&p, 30), 10);
    assert_int_equal(reads(&p, 30), 0);
    assert_int_equal(p.page.out_cons, 0xFFFFFFF0u);
    assert_int_equal(publishes(&p, NOW), NOTIFY);
    assert_int_equal(p.page.out_cons, 24);
    assert_int_equal(publishes(&p, NOW), 0);
}

/* V.24: the indices pass 2^32, from the other side. */
static void indices_across_2_32_pass_40_bytes_intact(void)
{
    struct pair p;
    uint8_t bytes[40];
    uint32_t todo;
    uint32_t i;

    pair_init(&p, 0xFFFFFFF0u);
    device_sends(&p, 40);
    assert_int_equal(vpl011_xencons_console_read(&p.c, bytes, 40), 40);
    for (i = 0; i < 40; i++) {
        assert_int_equal(bytes[i], (uint8_t)(0xFFFFFFF0u + i));
    }
    todo = 0;
    assert_int_equal(vpl011_xencons_console_write(&p.c, bytes, 40, &todo), 40);
    assert_int_equal(p.page.in_prod, 24);
    for (i = 0; i < 40; i++) {
        assert_int_equal(p.page.in[(0xFFFFFFF0u + i) % IN_SIZE], bytes[i]);
    }
}

static void index_is_held_until_half_full_or_now(void)
{
    struct pair p;

    pair_init(&p, 0);
    device_sends(&p, 1);
    assert_int_equal(reads(&p, 1), 1);
    assert_int_equal(publishes(&p, 0), HELD);
    assert_int_equal(p.page.out_cons, 0);
    device_sends(&p, OUT_SIZE / 2 - 2);
    assert_int_equal(reads(&p, OUT_SIZE), OUT_SIZE / 2 - 2);
    assert_int_equal(publishes(&p, 0), HELD);
    device_sends(&p, 1);
    assert_int_equal(reads(&p, OUT_SIZE), 1);
    assert_int_equal(publishes(&p, 0), NOTIFY);
    assert_int_equal(p.page.out_cons, OUT_SIZE / 2);
    device_sends(&p, 1);
    assert_int_equal(reads(&p, 1), 1);
    assert_int_equal(publishes(&p, 0), HELD);
    assert_int_equal(publishes(&p, NOW), NOTIFY);
    assert_int_equal(publishes(&p, 0), 0);
}

static void what_came_after_the_read_is_more(void)
{
    struct pair p;

    pair_init(&p, 0);
    device_sends(&p, 5);
    assert_int_equal(reads(&p, 3), 3);
    assert_int_equal(publishes(&p, NOW), NOTIFY | MORE);
    assert_int_equal(publishes(&p, NOW), MORE);
    assert_int_equal(reads(&p, 3), 2);
    assert_int_equal(publishes(&p, NOW), NOTIFY);
}

/* P.C28: a device as broken as a peer may be. */
static void c28_window_that_no_ring_has_is_not_read(void)
{
    static const uint32_t prods[] = {OUT_SIZE + 1, 0xFFFFFFFFu, 0x80000000u};
    struct pair p;
    struct vpl011_xencons_page before;
    struct vpl011_xencons_status status;
    uint32_t todo;
    size_t i;

    for (i = 0; i < 3; i++) {
        pair_init(&p, 0);
        p.page.out_prod = prods[i];
        before = p.page;
        assert_int_equal(vpl011_xencons_console_waiting(&p.c), 0);
        assert_int_equal(reads(&p, 1), 0);
        assert_int_equal(publishes(&p, NOW), RESYNC);
        assert_int_equal(publishes(&p, 0), RESYNC);
        assert_memory_equal(&p.page, &before, sizeof(before));
        assert_result(vpl011_xencons_console_get_status(&p.c, &status),
                      VPL011_OK);
        assert_int_equal(status.broken, VPL011_XENCONS_OUT);
        assert_int_equal(status.corrupt_out, 1);
        /* Input still goes. */
        assert_int_equal(writes(&p, 3, &todo), 3);
        assert_int_equal(todo, NOTIFY);
    }
    vpl011_xencons_console_resync(&p.c);
    assert_int_equal(p.page.out_cons, prods[2]);
    device_sends(&p, 2);
    assert_int_equal(reads(&p, 5), 2);
    assert_int_equal(publishes(&p, NOW), NOTIFY);
}

static void device_that_ran_backwards_under_a_held_index_is_corrupt(void)
{
    struct pair p;

    pair_init(&p, 0);
    device_sends(&p, 10);
    assert_int_equal(reads(&p, 10), 10);
    p.page.out_prod = 5; /* fine by out_cons, not by what was read */
    assert_int_equal(reads(&p, 10), 0);
    assert_int_equal(publishes(&p, 0), RESYNC);
    assert_int_equal(p.page.out_cons, 0);
    /* The same, found by publish. */
    pair_init(&p, 0);
    device_sends(&p, 10);
    assert_int_equal(reads(&p, 10), 10);
    p.page.out_prod = 5;
    assert_int_equal(publishes(&p, NOW), RESYNC);
    assert_int_equal(p.page.out_cons, 0);
    assert_int_equal(status_of(&p).broken, VPL011_XENCONS_OUT);
    assert_int_equal(status_of(&p).corrupt_out, 1);
    p.page.out_prod = 10;
    assert_int_equal(publishes(&p, NOW), RESYNC);
    assert_int_equal(p.page.out_cons, 0);
}

static void c28_in_cons_that_no_ring_has_stops_input(void)
{
    static const uint32_t conses[] = {1, 0xFFFFFFFFu - IN_SIZE, 0x80000000u};
    struct pair p;
    uint32_t todo;
    size_t i;

    for (i = 0; i < 3; i++) {
        pair_init(&p, 0);
        p.page.in_cons = conses[i];
        assert_int_equal(vpl011_xencons_console_room(&p.c), 0);
        assert_int_equal(writes(&p, 3, &todo), 0);
        assert_int_equal(todo, RESYNC);
        assert_int_equal(p.page.in_prod, 0);
        p.page.in_cons = 0;
        assert_int_equal(writes(&p, 3, &todo), 0);
        device_sends(&p, 1);
        assert_int_equal(reads(&p, 1), 1);
        vpl011_xencons_console_resync(&p.c);
        assert_int_equal(writes(&p, 3, &todo), 3);
    }
}

/* Indices that are possible again do not restart it: what was lost is unknown.
 */
static void stopped_output_waits_for_a_resync(void)
{
    struct pair p;

    pair_init(&p, 0);
    device_sends(&p, 10);
    assert_int_equal(reads(&p, 10), 10);
    device_sends(&p, OUT_SIZE - 9); /* one more than was released */
    assert_int_equal(reads(&p, 1), 0);
    assert_int_equal(status_of(&p).broken, VPL011_XENCONS_OUT);
    assert_int_equal(status_of(&p).corrupt_out, 1);
    assert_int_equal(status_of(&p).corrupt_in, 0);
    p.page.out_prod -= 5;
    assert_int_equal(reads(&p, 1), 0);
    assert_int_equal(vpl011_xencons_console_waiting(&p.c), 0);
    assert_int_equal(publishes(&p, NOW), RESYNC);
    assert_int_equal(p.page.out_cons, 0);
    vpl011_xencons_console_resync(&p.c);
    assert_int_equal(status_of(&p).broken, 0);
    assert_int_equal(status_of(&p).resyncs, 1);
    assert_int_equal(vpl011_xencons_console_waiting(&p.c), 0);
    device_sends(&p, 2);
    assert_int_equal(reads(&p, 9), 2);
}

static void stopped_input_waits_for_a_resync(void)
{
    struct pair p;
    uint32_t todo;

    pair_init(&p, 0);
    p.page.in_cons = 1;
    assert_int_equal(writes(&p, 3, &todo), 0);
    assert_int_equal(status_of(&p).broken, VPL011_XENCONS_IN);
    assert_int_equal(status_of(&p).corrupt_in, 1);
    assert_int_equal(status_of(&p).corrupt_out, 0);
    assert_int_equal(status_of(&p).events, 0);
    p.page.in_cons = 0;
    assert_int_equal(vpl011_xencons_console_room(&p.c), 0);
    assert_int_equal(writes(&p, 3, &todo), 0);
    assert_int_equal(todo, RESYNC);
    assert_int_equal(writes(&p, 0, &todo), 0);
    assert_int_equal(todo, 0);
    assert_int_equal(status_of(&p).corrupt_in, 1);
    vpl011_xencons_console_resync(&p.c);
    assert_int_equal(vpl011_xencons_console_room(&p.c), IN_SIZE);
}

/* Input that the device has not taken is discarded, and overwritten. */
static void resync_begins_input_where_the_device_is(void)
{
    struct pair p;
    uint32_t todo;

    pair_init(&p, 0);
    assert_int_equal(writes(&p, 30, &todo), 30);
    p.page.in_cons = 10;
    vpl011_xencons_console_resync(&p.c);
    assert_int_equal(p.page.in_prod, 10);
    assert_int_equal(vpl011_xencons_console_room(&p.c), IN_SIZE);
    assert_int_equal(writes(&p, 3, &todo), 3);
    assert_int_equal(p.page.in_prod, 13);
    assert_memory_equal(p.page.in + 10, "\1\2\3", 3);
}

/* One event for all that a detach changes, and none for nothing. */
static void detach_tells_once_what_it_changed(void)
{
    struct pair p;

    pair_init(&p, 0);
    p.page.connection = 0x77;
    assert_int_equal(vpl011_xencons_console_detach(&p.c), 0);
    assert_int_equal(p.page.connection, 0x77);
    assert_int_equal(p.c.far.events[0] + p.c.far.events[1], 0);

    pair_init(&p, 0);
    device_sends(&p, 4);
    assert_int_equal(reads(&p, 2), 2);
    p.page.connection = 0x77;
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(p.page.connection, 0x77);
    assert_int_equal(p.c.far.events[0] + p.c.far.events[1], 1);

    ring_page(&p.page, 0);
    assert_result(vpl011_xencons_console_attach(&p.c, &p.page, sizeof(p.page),
                                                VPL011_XENCONS_CONNECTION),
                  VPL011_OK);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(p.c.far.events[0] + p.c.far.events[1], 1);

    ring_page(&p.page, 0);
    assert_result(vpl011_xencons_console_attach(&p.c, &p.page, sizeof(p.page),
                                                VPL011_XENCONS_CONNECTION),
                  VPL011_OK);
    device_sends(&p, 4);
    assert_int_equal(reads(&p, 2), 2);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(p.c.far.events[0] + p.c.far.events[1], 1);
}

static void no_console_does_nothing(void)
{
    struct pair p;
    uint32_t todo = 0;
    uint8_t byte = 0;

    assert_int_equal(vpl011_xencons_console_read(NULL, &byte, 1), 0);
    assert_int_equal(vpl011_xencons_console_write(NULL, &byte, 1, &todo), 0);
    assert_int_equal(vpl011_xencons_console_publish(NULL, NOW), 0);
    assert_int_equal(vpl011_xencons_console_waiting(NULL), 0);
    assert_int_equal(vpl011_xencons_console_room(NULL), 0);
    assert_int_equal(vpl011_xencons_console_detach(NULL), 0);
    vpl011_xencons_console_resync(NULL);
    assert_int_equal(todo, 0);

    pair_init(&p, 0);
    device_sends(&p, 3);
    assert_int_equal(vpl011_xencons_console_read(&p.c, NULL, 3), 0);
    assert_int_equal(vpl011_xencons_console_write(&p.c, NULL, 3, &todo), 0);
    assert_int_equal(vpl011_xencons_console_write(&p.c, &byte, 1, NULL), 0);
    assert_int_equal(vpl011_xencons_console_write(&p.c, &byte, 0, &todo), 0);
    assert_result(vpl011_xencons_console_get_status(&p.c, NULL),
                  VPL011_ERR_NULL);
    assert_int_equal(vpl011_xencons_console_waiting(&p.c), 3);
    assert_int_equal(p.page.in_prod, 0);
    assert_int_equal(todo, 0);
}

static void full_input_says_so(void)
{
    struct pair p;
    uint32_t todo;

    pair_init(&p, 0xFFFFFFFEu);
    assert_int_equal(vpl011_xencons_console_room(&p.c), IN_SIZE);
    assert_int_equal(writes(&p, 1500, &todo), IN_SIZE);
    assert_int_equal(todo, NOTIFY | FULL);
    assert_int_equal(writes(&p, 476, &todo), 0);
    assert_int_equal(todo, FULL);
    p.page.in_cons += 32;
    assert_int_equal(vpl011_xencons_console_room(&p.c), 32);
    assert_int_equal(writes(&p, 1, &todo), 1);
    assert_int_equal(todo, NOTIFY);
    assert_int_equal(writes(&p, 31, &todo), 31);
    assert_int_equal(todo, NOTIFY);
    assert_int_equal(writes(&p, 1, &todo), 0);
    assert_int_equal(todo, FULL);
}

static void connection_says_who_is_there(void)
{
    struct pair p;

    ring_page(&p.page, 3);
    p.page.connection = VPL011_XENCONS_DISCONNECTED;
    assert_result(vpl011_xencons_console_attach(&p.c, &p.page, sizeof(p.page),
                                                VPL011_XENCONS_CONNECTION),
                  VPL011_OK);
    assert_int_equal(p.page.connection, VPL011_XENCONS_CONNECTED);
    device_sends(&p, 4);
    assert_int_equal(reads(&p, 2), 2);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(p.page.connection, VPL011_XENCONS_DISCONNECTED);
    assert_int_equal(p.page.out_cons, 5);
    assert_int_equal(reads(&p, 2), 0);
    /* The next one goes on. */
    assert_result(
        vpl011_xencons_console_attach(&p.c, &p.page, sizeof(p.page), 0),
        VPL011_OK);
    assert_int_equal(p.page.connection, VPL011_XENCONS_DISCONNECTED);
    assert_int_equal(reads(&p, 5), 2);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), 0);
}

/* A console that was killed: what it had not published is read again. */
static void second_console_repeats_what_was_not_published(void)
{
    struct pair p;
    struct vpl011_xencons_console second;
    uint8_t bytes[64];

    pair_init(&p, 0);
    device_sends(&p, 20);
    assert_int_equal(reads(&p, 5), 5);
    assert_int_equal(publishes(&p, NOW), NOTIFY | MORE);
    assert_int_equal(reads(&p, 5), 5);
    assert_result(
        vpl011_xencons_console_attach(&second, &p.page, sizeof(p.page), 0),
        VPL011_OK);
    assert_int_equal(vpl011_xencons_console_read(&second, bytes, 64), 15);
    assert_int_equal(bytes[0], 5);
    assert_int_equal(bytes[14], 19);
}

static void mistakes_are_named(void)
{
    struct vpl011_xencons_page page;
    struct vpl011_xencons_console c;
    struct vpl011_xencons_status status;
    struct vpl011_xencons_page *wrong = (void *)((uint8_t *)&page + 2);
    uint32_t todo = 0;

    memset(&c, 0, sizeof(c));
    ring_page(&page, 0);
    assert_result(vpl011_xencons_console_attach(NULL, &page, 4096, 0),
                  VPL011_ERR_NULL);
    assert_result(vpl011_xencons_console_attach(&c, NULL, 4096, 0),
                  VPL011_ERR_NULL);
    assert_result(vpl011_xencons_console_attach(&c, wrong, 4096, 0),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_xencons_console_attach(&c, &page, 3087, 0),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_xencons_console_attach(&c, &page, 3091,
                                                VPL011_XENCONS_CONNECTION),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_xencons_console_attach(&c, &page, sizeof(page),
                                                VPL011_XENCONS_ALWAYS),
                  VPL011_ERR_FLAGS);
    page.out_prod = OUT_SIZE + 1;
    assert_result(vpl011_xencons_console_attach(&c, &page, sizeof(page), 0),
                  VPL011_ERR_RING);
    assert_int_equal(vpl011_xencons_console_publish(&c, NOW), 0);
    assert_int_equal(vpl011_xencons_console_room(&c), 0);
    assert_int_equal(vpl011_xencons_console_waiting(&c), 0);
    assert_int_equal(vpl011_xencons_console_write(&c, "x", 1, &todo), 0);
    assert_int_equal(vpl011_xencons_console_detach(&c), 0);
    vpl011_xencons_console_resync(&c);
    assert_result(vpl011_xencons_console_get_status(&c, &status),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_xencons_console_get_status(NULL, &status),
                  VPL011_ERR_NULL);
    assert_result(vpl011_xencons_console_get_status(&c, NULL), VPL011_ERR_NULL);
    assert_int_equal(vpl011_xencons_console_publish(NULL, NOW), 0);
    assert_int_equal(vpl011_xencons_console_room(NULL), 0);
    assert_int_equal(vpl011_xencons_console_waiting(NULL), 0);
    assert_int_equal(vpl011_xencons_console_detach(NULL), 0);
    vpl011_xencons_console_resync(NULL);
    page.in_prod = 7;
    assert_result(vpl011_xencons_console_attach(&c, &page, sizeof(page),
                                                VPL011_XENCONS_EMPTY),
                  VPL011_OK);
    assert_int_equal(page.out_cons, OUT_SIZE + 1);
    assert_int_equal(page.in_prod, 0);
    assert_int_equal(vpl011_xencons_console_read(&c, NULL, 0), 0);
    assert_int_equal(vpl011_xencons_console_write(&c, NULL, 1, &todo), 0);
    assert_int_equal(vpl011_xencons_console_write(&c, "x", 0, &todo), 0);
    assert_int_equal(vpl011_xencons_console_write(&c, "x", 1, NULL), 0);
    assert_int_equal(page.in_prod, 0);
    assert_int_equal(todo, 0);
}

static void newer_caller_gets_zeroes_and_older_its_part(void)
{
    struct {
        struct vpl011_xencons_status known;
        uint32_t unknown;
    } newer;
    struct pair p;
    uint32_t older[2] = {0, 0x5A5A5A5A};

    pair_init(&p, 0);
    device_sends(&p, 1);
    assert_int_equal(reads(&p, 1), 1);
    publishes(&p, NOW);
    memset(&newer, 0xFF, sizeof(newer));
    assert_result(vpl011_xencons_console_get_status_sized(&p.c, &newer.known,
                                                          sizeof(newer)),
                  VPL011_OK);
    assert_int_equal(newer.known.events, 1);
    assert_int_equal(newer.unknown, 0);
    assert_result(vpl011_xencons_console_get_status_sized(
                      &p.c, (struct vpl011_xencons_status *)older, 4),
                  VPL011_OK);
    assert_int_equal(older[1], 0x5A5A5A5A);
}

/* A detach always raises an event for the connection, even if there is nothing
 * to publish. */
static void detaching_with_nothing_read_is_told(void)
{
    struct pair p;

    ring_page(&p.page, 3);
    assert_result(vpl011_xencons_console_attach(&p.c, &p.page, sizeof(p.page),
                                                VPL011_XENCONS_CONNECTION),
                  VPL011_OK);
    assert_int_equal(vpl011_xencons_console_detach(&p.c), NOTIFY);
    assert_int_equal(p.page.connection, VPL011_XENCONS_DISCONNECTED);
}

static void a_stopped_direction_has_nothing_and_takes_nothing(void)
{
    struct pair p;
    uint32_t todo = 0;

    pair_init(&p, 0);
    device_sends(&p, 4);
    p.page.out_prod += OUT_SIZE;
    assert_int_equal(reads(&p, 2), 0);
    assert_int_equal(publishes(&p, NOW), RESYNC);
    p.page.out_prod -= OUT_SIZE;
    assert_int_equal(vpl011_xencons_console_waiting(&p.c), 0);
    assert_int_equal(vpl011_xencons_console_room(&p.c), IN_SIZE);

    p.page.in_cons = 1;
    assert_int_equal(writes(&p, 1, &todo), 0);
    assert_int_equal(todo, RESYNC);
    p.page.in_cons = 0;
    assert_int_equal(vpl011_xencons_console_room(&p.c), 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(read_is_released_by_publish_alone),
        CASE(indices_across_2_32_pass_40_bytes_intact),
        CASE(index_is_held_until_half_full_or_now),
        CASE(what_came_after_the_read_is_more),
        CASE(c28_window_that_no_ring_has_is_not_read),
        CASE(device_that_ran_backwards_under_a_held_index_is_corrupt),
        CASE(c28_in_cons_that_no_ring_has_stops_input),
        CASE(stopped_output_waits_for_a_resync),
        CASE(stopped_input_waits_for_a_resync),
        CASE(resync_begins_input_where_the_device_is),
        CASE(detach_tells_once_what_it_changed),
        CASE(no_console_does_nothing),
        CASE(full_input_says_so),
        CASE(connection_says_who_is_there),
        CASE(second_console_repeats_what_was_not_published),
        CASE(mistakes_are_named),
        CASE(newer_caller_gets_zeroes_and_older_its_part),
        CASE(detaching_with_nothing_read_is_told),
        CASE(a_stopped_direction_has_nothing_and_takes_nothing),
    };

    return run_cases(cases);
}
