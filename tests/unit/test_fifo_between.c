/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The in-process FIFO with the other thread running between any two of its
 * loads: the interleavings that real threads rarely reach.
 */
#include "support.h"

#include "hostile_atomic.h"

void (*hostile_before_load)(const uint32_t *p);
void (*hostile_before_exchange)(const uint32_t *p);

static struct vpl011_fifo fifo;
static struct vpl011_backend device;
static uint8_t in[8];
static uint8_t out[8];

static void start(void (*between)(const uint32_t *p))
{
    hostile_before_load = NULL;
    hostile_before_exchange = NULL;
    assert_result(vpl011_fifo_init(&fifo, in, sizeof(in), out, sizeof(out)),
                  VPL011_OK);
    assert_result(vpl011_fifo_backend(&fifo, &device), VPL011_OK);
    hostile_before_load = between;
}

/* The host pushes two bytes and a break after the device counted its input. */
static void push_before_the_break_is_looked_for(const uint32_t *p)
{
    if (p == &fifo.in_brk.valid) {
        hostile_before_load = NULL;
        assert_int_equal(vpl011_fifo_push(&fifo, "bc", 2), 2);
        assert_true(vpl011_fifo_push_break(&fifo));
    }
}

static void break_pushed_during_a_read_stays_behind_its_bytes(void)
{
    uint8_t bytes[8];
    uint32_t events = 0;

    start(NULL);
    assert_int_equal(vpl011_fifo_push(&fifo, "a", 1), 1);
    hostile_before_load = push_before_the_break_is_looked_for;
    assert_int_equal(device.read(device.ctx, bytes, 8, &events), 1);
    assert_int_equal(events, 0);
    assert_int_equal(device.read(device.ctx, bytes, 8, &events), 2);
    assert_memory_equal(bytes, "bc", 2);
    assert_int_equal(events, VPL011_BACKEND_BREAK);
}

static size_t dropped;

/* The device drops while the host has begun to pop. */
static void drop_during_the_pop(const uint32_t *p)
{
    if (p == &fifo.out_prod) {
        hostile_before_load = NULL;
        dropped = device.drop_oldest(device.ctx, 2);
    }
}

static void pop_under_way_keeps_what_it_copies(void)
{
    uint32_t events = 0;
    uint8_t bytes[8];

    start(NULL);
    assert_int_equal(
        device.write(device.ctx, (const uint8_t *)"abcd", 4, &events), 4);
    dropped = 99;
    hostile_before_load = drop_during_the_pop;
    assert_int_equal(vpl011_fifo_pop(&fifo, bytes, 8), 4);
    assert_memory_equal(bytes, "abcd", 4);
    assert_int_equal(dropped, 0);
    assert_int_equal(vpl011_fifo_pop_waiting(&fifo), 0);
}

static size_t popped;

/* The host pops while the device has begun to drop. */
static void pop_during_the_drop(const uint32_t *p)
{
    uint8_t bytes[8];

    if (p == &fifo.out_cons) {
        hostile_before_load = NULL;
        popped = vpl011_fifo_pop(&fifo, bytes, 8);
    }
}

static void drop_under_way_lets_no_pop_in(void)
{
    uint32_t events = 0;

    start(NULL);
    assert_int_equal(
        device.write(device.ctx, (const uint8_t *)"abcd", 4, &events), 4);
    popped = 99;
    hostile_before_load = pop_during_the_drop;
    assert_int_equal(device.drop_oldest(device.ctx, 3), 3);
    assert_int_equal(popped, 0);
    assert_int_equal(vpl011_fifo_pop_waiting(&fifo), 1);
    /* The host may sleep now: FAR_END is raised, although bytes waited before.
     */
    assert_int_equal(device.write(device.ctx, (const uint8_t *)"e", 1, &events),
                     1);
    assert_int_equal(events, VPL011_EVENT_FAR_END);
    events = 0;
    assert_int_equal(device.write(device.ctx, (const uint8_t *)"f", 1, &events),
                     1);
    assert_int_equal(events, 0);
}

static uint32_t published;

/* And publishes then. */
static void publish_during_the_drop(const uint32_t *p)
{
    if (p == &fifo.out_cons) {
        hostile_before_load = NULL;
        published = vpl011_fifo_publish(&fifo, VPL011_RING_NOW);
    }
}

static void drop_under_way_holds_what_was_consumed(void)
{
    struct vpl011_backend_status status = {0};
    uint32_t events = 0;
    uint8_t bytes[8];
    uint32_t at;

    start(NULL);
    assert_int_equal(
        device.write(device.ctx, (const uint8_t *)"abcd", 4, &events), 4);
    assert_int_equal(vpl011_fifo_peek(&fifo, bytes, 2, &at), 2);
    vpl011_fifo_consume(&fifo, at, 2);
    published = 99;
    hostile_before_load = publish_during_the_drop;
    assert_int_equal(device.drop_oldest(device.ctx, 1), 1);
    assert_int_equal(published, VPL011_RING_TODO_HELD);
    events = 0;
    device.poll(device.ctx, &status, &events);
    assert_int_equal(events, VPL011_EVENT_FAR_END);
    assert_int_equal(vpl011_fifo_publish(&fifo, VPL011_RING_NOW),
                     VPL011_RING_TODO_NOTIFY | VPL011_RING_TODO_MORE);
    assert_int_equal(vpl011_fifo_pop(&fifo, bytes, 8), 2);
    assert_memory_equal(bytes, "cd", 2);
}

/* A drop that was under way when the host asked for the lock is over when it
 * looks again. */
static void end_the_drop(const uint32_t *p)
{
    if (p == &fifo.out_lock) {
        hostile_before_load = drop_during_the_pop;
        fifo.out_lock = 0;
    }
}

static unsigned int drops_begun;

/* And another drop begins before the host tries again. */
static void begin_a_drop(const uint32_t *p)
{
    if (p == &fifo.out_lock) {
        drops_begun++;
        fifo.out_lock = 1;
    }
}

static void pop_right_after_a_drop_is_let_in(void)
{
    uint32_t events = 0;
    uint8_t bytes[8];

    start(NULL);
    assert_int_equal(
        device.write(device.ctx, (const uint8_t *)"abcd", 4, &events), 4);
    fifo.out_lock = 1;
    dropped = 99;
    hostile_before_load = end_the_drop;
    assert_int_equal(vpl011_fifo_pop(&fifo, bytes, 3), 3);
    assert_memory_equal(bytes, "abc", 3);
    assert_int_equal(dropped, 0); /* the lock is the host's meanwhile */
    assert_int_equal(fifo.out_lock, 0);

    drops_begun = 0;
    hostile_before_load = end_the_drop;
    hostile_before_exchange = begin_a_drop;
    assert_int_equal(vpl011_fifo_pop(&fifo, bytes, 1), 0);
    assert_int_equal(drops_begun, 2);
    hostile_before_exchange = NULL;
    fifo.out_lock = 0;
    assert_int_equal(vpl011_fifo_pop(&fifo, bytes, 1), 1);
    assert_int_equal(bytes[0], 'd');
}

/* Another thread takes the request after this one saw it. */
static void take_the_request(const uint32_t *p)
{
    if (p == &fifo.device.resync) {
        hostile_before_exchange = NULL;
        fifo.device.resync = 0;
    }
}

static void resync_is_done_once(void)
{
    struct vpl011_backend_status status = {0};
    struct vpl011_ring_status ring = {0};
    uint32_t events = 0;

    start(NULL);
    vpl011_fifo_resync(&fifo);
    hostile_before_exchange = take_the_request;
    device.poll(device.ctx, &status, &events);
    assert_null(hostile_before_exchange);
    vpl011_fifo_resync(&fifo);
    device.poll(device.ctx, &status, &events);
    device.poll(device.ctx, &status, &events);
    assert_result(vpl011_fifo_get_status(&fifo, &ring), VPL011_OK);
    assert_int_equal(ring.resyncs, 2);
    assert_int_equal(fifo.device.resyncs, 1);
}

static unsigned int looks;

/* The device reads between what the host saw and what it published: it saw no
 * full FIFO, and tells nobody of the room that it made. */
static void read_after_the_first_look(const uint32_t *p)
{
    uint8_t bytes[8];
    uint32_t events = 0;

    if (p == &fifo.in_cons && ++looks == 2) {
        hostile_before_load = NULL;
        assert_int_equal(device.read(device.ctx, bytes, 7, &events), 7);
    }
}

static void push_looks_again_after_it_published(void)
{
    start(NULL);
    assert_int_equal(vpl011_fifo_push(&fifo, "1234567", 7), 7);
    looks = 0;
    hostile_before_load = read_after_the_first_look;
    assert_int_equal(vpl011_fifo_push(&fifo, "abcde", 5), 5);
}

/* A device that takes input at once gets all of it, however much that is. */
static void read_at_each_look(const uint32_t *p)
{
    uint8_t bytes[8];
    uint32_t events = 0;

    if (p == &fifo.in_cons) {
        hostile_before_load = NULL;
        (void)device.read(device.ctx, bytes, 8, &events);
        hostile_before_load = read_at_each_look;
    }
}

static void push_beside_a_quick_device_takes_all(void)
{
    static const uint8_t bytes[100];

    start(read_at_each_look);
    assert_int_equal(vpl011_fifo_push(&fifo, bytes, 100), 100);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(break_pushed_during_a_read_stays_behind_its_bytes),
        CASE(pop_under_way_keeps_what_it_copies),
        CASE(drop_under_way_lets_no_pop_in),
        CASE(drop_under_way_holds_what_was_consumed),
        CASE(pop_right_after_a_drop_is_let_in),
        CASE(resync_is_done_once),
        CASE(push_looks_again_after_it_published),
        CASE(push_beside_a_quick_device_takes_all),
    };

    return run_cases(cases);
}
