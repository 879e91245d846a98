/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Moving what is in a FIFO pair: backend_state.h, docs/state-format.md. */
#include "support.h"
#include "blob_at.h"
#include "fifo_at.h"

#include <stdlib.h>

#include <vpl011/backend_state.h>
#include <vpl011/state.h>

#define SIZE 64u
#define BLOB_MAX VPL011_FIFO_BLOB_MAX(SIZE, SIZE)

/* Numbers of records: docs/state-format.md. */
enum { IN_COUNT = 1, OUT_COUNT, BRK, BRK_AT };

struct pair {
    struct vpl011_fifo fifo;
    uint8_t in[SIZE];
    uint8_t out[SIZE];
};

/* An idle pair with arbitrary indices. */
static void pair_init_at(struct pair *p, uint32_t index)
{
    memset(p, 0x55, sizeof(*p));
    assert_result(vpl011_fifo_init(&p->fifo, p->in, SIZE, p->out, SIZE),
                  VPL011_OK);
    fifo_at(&p->fifo, index, index);
}

static void pair_attach(struct pair *p, struct host *h)
{
    struct vpl011_backend backend;

    assert_result(vpl011_fifo_backend(&p->fifo, &backend), VPL011_OK);
    assert_result(vpl011_attach(&h->uart, &backend), VPL011_OK);
}

/* A pair with everything under way, and its device. */
static void in_mid_traffic(struct host *h, struct pair *p, uint32_t index)
{
    host_init(h, &host_enabled);
    pair_init_at(p, index);
    pair_attach(p, h);
    guest_sends(h, "sent, and not taken");
    assert_int_equal(vpl011_fifo_push(&p->fifo, "typed", 5), 5);
    assert_true(vpl011_fifo_push_break(&p->fifo));
    assert_int_equal(vpl011_fifo_push(&p->fifo, "behind", 6), 6);
}

static int save(struct pair *p, uint8_t blob[BLOB_MAX])
{
    int size = vpl011_fifo_save(&p->fifo, blob, BLOB_MAX);

    assert_in_range(size, 1, BLOB_MAX);
    assert_int_equal(vpl011_fifo_save(&p->fifo, NULL, 0), size);
    return size;
}

static void refuse(struct pair *p, const uint8_t *blob, size_t size,
                   int expected)
{
    const struct pair before = *p;
    /* On the heap, so that a sanitizer sees a read behind the end. */
    uint8_t *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, blob, size);
    assert_result(vpl011_fifo_load(&p->fifo, copy, size), expected);
    free(copy);
    assert_memory_equal(&before, p, sizeof(before));
}

#define assert_pops(p, text) \
    do { \
        char popped_[SIZE + 1] = {0}; \
        (void)vpl011_fifo_pop(&(p)->fifo, popped_, SIZE); \
        assert_string_equal(popped_, text); \
    } while (0)

static void both_directions_move_with_the_device(void)
{
    static const uint32_t indices[] = {0, 40, 0xFFFFFFF8u};
    uint8_t blob[BLOB_MAX], device[VPL011_STATE_BLOB_MAX];
    struct host from, to;
    struct pair a, b;
    size_t i;

    for (i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        int size, device_size;

        in_mid_traffic(&from, &a, indices[i]);
        size = save(&a, blob);
        device_size = vpl011_state_save(&from.uart, device, sizeof(device));
        memset(&a, 0xA5, sizeof(a));

        host_init(&to, &(struct host_options){.no_backend = true});
        to.loads = true;
        pair_init_at(&b, 7);
        assert_result(vpl011_fifo_load(&b.fifo, blob, (size_t)size), VPL011_OK);
        pair_attach(&b, &to);
        assert_result(vpl011_state_load(&to.uart, device, (size_t)device_size),
                      VPL011_OK);
        assert_pops(&b, "sent, and not taken");
        /* A BREAK is where it was: behind five characters. */
        assert_int_equal(vpl011_data_avail(&to.uart), 6);
        assert_reg(&to, PL011_UARTDR, 't');
        guest_read(&to, PL011_UARTDR);
        guest_read(&to, PL011_UARTDR);
        guest_read(&to, PL011_UARTDR);
        assert_reg(&to, PL011_UARTDR, 'd');
        assert_reg(&to, PL011_UARTDR, PL011_DR_BE | PL011_DR_FE);
        assert_int_equal(vpl011_data_avail(&to.uart), 6);
        assert_receives(&to, "behind");
    }
}

/* The state of a pair in traffic, and a device with another pair to load it. */
static int save_for_another(uint8_t *blob, uint32_t at, struct pair *b,
                            struct host *to)
{
    struct host from;
    struct pair a;
    int size;

    in_mid_traffic(&from, &a, at);
    size = save(&a, blob);
    host_init(to, &(struct host_options){.no_backend = true, .enabled = true});
    pair_init_at(b, 0);
    pair_attach(b, to);
    return size;
}

static void the_far_end_is_kicked_after_a_load(void)
{
    uint8_t blob[BLOB_MAX];
    struct host to;
    struct pair b;
    int size;

    size = save_for_another(blob, 3, &b, &to);
    host_forget(&to);
    assert_result(vpl011_fifo_load(&b.fifo, blob, (size_t)size), VPL011_OK);
    assert_int_equal(vpl011_data_avail(&to.uart), 6);
    assert_int_equal(to.notified & VPL011_EVENT_FAR_END, VPL011_EVENT_FAR_END);
}

/* The host did not look since: what it read up to lies before what is left. */
static void what_was_dropped_does_not_move(void)
{
    struct vpl011_backend backend;
    uint8_t blob[BLOB_MAX];
    struct host from;
    struct pair a, b;
    int size;

    in_mid_traffic(&from, &a, 0xFFFFFFF8u);
    assert_result(vpl011_fifo_backend(&a.fifo, &backend), VPL011_OK);
    assert_int_equal(backend.drop_oldest(backend.ctx, 6), 6);
    size = save(&a, blob);
    pair_init_at(&b, 7);
    assert_result(vpl011_fifo_load(&b.fifo, blob, (size_t)size), VPL011_OK);
    assert_pops(&b, "and not taken");
}

/* A drop before the load does not count as movement after it: no second event.
 */
static void a_drop_before_the_load_is_forgotten(void)
{
    struct vpl011_backend backend;
    uint8_t blob[BLOB_MAX];
    struct host to;
    struct pair b;
    int size;

    size = save_for_another(blob, 0, &b, &to);
    guest_sends(&to, "old");
    assert_result(vpl011_fifo_backend(&b.fifo, &backend), VPL011_OK);
    assert_int_equal(backend.drop_oldest(backend.ctx, 1), 1);
    assert_result(vpl011_fifo_load(&b.fifo, blob, (size_t)size), VPL011_OK);
    host_forget(&to);
    guest_sends(&to, "x");
    assert_int_equal(to.notified & VPL011_EVENT_FAR_END, VPL011_EVENT_FAR_END);
    host_forget(&to);
    vpl011_data_avail(&to.uart);
    assert_int_equal(to.notified & VPL011_EVENT_FAR_END, 0);
}

static void what_is_the_destinations_stays(void)
{
    uint8_t blob[BLOB_MAX];
    struct host from, to;
    struct pair a, b;
    int size;

    in_mid_traffic(&from, &a, 0);
    size = save(&a, blob);
    host_init(&to, &host_enabled);
    pair_init_at(&b, 0);
    pair_attach(&b, &to);
    vpl011_fifo_set_attached(&b.fifo, false);
    guest_write(&to, PL011_UARTLCR_H, 0x71);
    assert_true(vpl011_fifo_break(&b.fifo));
    assert_result(vpl011_fifo_load(&b.fifo, blob, (size_t)size), VPL011_OK);
    assert_true(vpl011_fifo_break(&b.fifo));
    assert_true(b.fifo.device.detached);
}

static void a_pair_of_another_size_takes_what_fits(void)
{
    uint8_t blob[BLOB_MAX];
    uint8_t small_in[8], small_out[32], large[256];
    struct vpl011_fifo small, large_fifo, before;
    struct host h;
    struct pair a;
    char text[SIZE] = {0};
    int size;

    in_mid_traffic(&h, &a, 60);
    size = save(&a, blob);
    memset(small_in, 'i', sizeof(small_in));
    memset(small_out, 'o', sizeof(small_out));
    assert_result(vpl011_fifo_init(&small, small_in, 8, small_out, 32),
                  VPL011_OK);
    before = small;
    assert_result(vpl011_fifo_load(&small, blob, (size_t)size),
                  VPL011_ERR_SIZE);
    assert_memory_equal(&before, &small, sizeof(small));
    assert_int_equal(small_in[0], 'i');
    assert_int_equal(small_out[31], 'o');

    assert_result(vpl011_fifo_init(&large_fifo, large, 128, large + 128, 128),
                  VPL011_OK);
    assert_result(vpl011_fifo_load(&large_fifo, blob, (size_t)size), VPL011_OK);
    assert_int_equal(vpl011_fifo_push_room(&large_fifo), 128 - 11);
    assert_int_equal(vpl011_fifo_pop(&large_fifo, text, sizeof(text)), 19);
    assert_string_equal(text, "sent, and not taken");
}

/* More than a record can hold. */
static void a_blob_has_as_many_records_as_it_needs(void)
{
    enum { BIG = 1 << 18 };
    uint8_t *in = malloc(BIG), *out = malloc(BIG), *bytes = malloc(BIG);
    const size_t most = VPL011_FIFO_BLOB_MAX(BIG, BIG);
    uint8_t *blob = malloc(most);
    struct vpl011_fifo fifo;
    uint32_t seed = 77;
    int size, i;

    assert_true(in && out && bytes && blob);
    for (i = 0; i < BIG; i++) {
        bytes[i] = (uint8_t)next_random(&seed);
    }
    assert_result(vpl011_fifo_init(&fifo, in, BIG, out, BIG), VPL011_OK);
    fifo_at(&fifo, 100, 0);
    assert_int_equal(vpl011_fifo_push(&fifo, bytes, BIG), BIG);
    size = vpl011_fifo_save(&fifo, blob, most);
    assert_int_equal(size, 12 + 29 + BIG + 4 * 5 + 4);
    assert_result(vpl011_fifo_init(&fifo, in, BIG, out, BIG), VPL011_OK);
    memset(in, 0, BIG);
    assert_result(vpl011_fifo_load(&fifo, blob, (size_t)size), VPL011_OK);
    assert_int_equal(vpl011_fifo_push_room(&fifo), 0);
    assert_memory_equal(in, bytes, BIG);
    free(in);
    free(out);
    free(bytes);
    free(blob);
}

/* A pair goes on at 0, wherever its indices were. */
static void a_blob_is_the_same_wherever_its_indices_were(void)
{
    uint8_t one[BLOB_MAX], two[BLOB_MAX];
    struct host h;
    struct pair a, b;
    int size;

    in_mid_traffic(&h, &a, 0xFFFFFFFEu);
    size = save(&a, one);
    assert_int_equal(blob_get(one, IN_COUNT), 11);
    assert_int_equal(blob_get(one, OUT_COUNT), 19);
    assert_int_equal(blob_get(one, BRK), 1);
    assert_int_equal(blob_get(one, BRK_AT), 5);
    pair_init_at(&b, 9);
    assert_result(vpl011_fifo_load(&b.fifo, one, (size_t)size), VPL011_OK);
    assert_int_equal(save(&b, two), size);
    assert_memory_equal(one, two, (size_t)size);
}

static void contradictions_change_nothing(void)
{
    uint8_t good[BLOB_MAX], blob[BLOB_MAX];
    struct host h;
    struct pair a;
    size_t size;

    in_mid_traffic(&h, &a, 1);
    size = (size_t)save(&a, good);
#define WRONG(id, value, expected) \
    memcpy(blob, good, sizeof(blob)); \
    blob_set(blob, id, value); \
    refuse(&a, blob, size, expected)
    WRONG(BRK, 2 | 1, VPL011_ERR_STATE_VALUE);
    WRONG(BRK_AT, 12, VPL011_ERR_STATE_VALUE); /* behind what there is */
    WRONG(BRK, 0, VPL011_ERR_STATE_VALUE);     /* of one that there is not */
    WRONG(IN_COUNT, SIZE + 1, VPL011_ERR_SIZE);
    WRONG(OUT_COUNT, SIZE + 1, VPL011_ERR_SIZE);
}

static void unusable_pairs_are_named(void)
{
    struct vpl011_fifo never;
    uint8_t blob[64];

    memset(&never, 0, sizeof(never));
    assert_result(vpl011_fifo_save(&never, blob, sizeof(blob)),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_fifo_load(&never, blob, sizeof(blob)),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_fifo_save(NULL, blob, sizeof(blob)), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_save(&never, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_load(NULL, blob, sizeof(blob)), VPL011_ERR_NULL);
    assert_result(vpl011_fifo_load(&never, NULL, 0), VPL011_ERR_NULL);
}

/*
 * The blob
 */

/* The bytes are the format: another machine must find the same ones. */
static void the_blob_is_these_bytes(void)
{
    static const uint8_t expected[] = {
        '1', '1', '0', 'F', 1,   0,   0,   0,   57,  0, 0, 0, /* header */
        1,   0,   4,   0,   5,   0,   0,   0,                 /* in_count */
        2,   0,   4,   0,   3,   0,   0,   0,                 /* out_count */
        3,   0,   1,   0,   1,                                /* brk */
        4,   0,   4,   0,   2,   0,   0,   0,                 /* brk_at */
        64,  0,   3,   0,   'o', 'u', 't',                    /* to the host */
        65,  0,   5,   0,   'i', 'n', 'p', 'u', 't',          /* to the guest */
    };
    uint8_t blob[BLOB_MAX];
    struct host h;
    struct pair a;

    host_init(&h, &host_enabled);
    pair_init_at(&a, 0xFFFFFFFFu);
    pair_attach(&a, &h);
    guest_sends(&h, "out");
    vpl011_fifo_push(&a.fifo, "in", 2);
    assert_true(vpl011_fifo_push_break(&a.fifo));
    vpl011_fifo_push(&a.fifo, "put", 3);
    assert_int_equal(save(&a, blob), sizeof(expected));
    assert_memory_equal(blob, expected, sizeof(expected));
}

static void a_blob_buffer_too_small_is_untouched(void)
{
    uint8_t blob[BLOB_MAX];
    struct host h;
    struct pair a;
    size_t i, size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, blob);
    memset(blob, 0xEE, sizeof(blob));
    assert_result(vpl011_fifo_save(&a.fifo, blob, size - 1), VPL011_ERR_SIZE);
    for (i = 0; i < sizeof(blob); i++) {
        assert_int_equal(blob[i], 0xEE);
    }
}

static void every_truncation_of_a_blob_is_refused(void)
{
    uint8_t blob[BLOB_MAX];
    struct host h;
    struct pair a, b;
    size_t cut, size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, blob);
    pair_init_at(&b, 0);
    for (cut = 0; cut < size; cut++) {
        refuse(&b, blob, cut, VPL011_ERR_STATE_TRUNCATED);
    }
}

static void wrong_headers_and_records_are_named(void)
{
    uint8_t good[BLOB_MAX], blob[BLOB_MAX];
    struct host h;
    struct pair a;
    size_t size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, good);
#define BAD(at, value, expected) \
    memcpy(blob, good, sizeof(blob)); \
    blob[at] = (value); \
    refuse(&a, blob, size, expected)
    BAD(3, 'S', VPL011_ERR_STATE_MAGIC); /* a device's */
    BAD(4, 2, VPL011_ERR_STATE_VERSION);
    BAD(8, 11, VPL011_ERR_STATE_FORMAT);
    BAD(8, (uint8_t)(size - 1), VPL011_ERR_STATE_FORMAT);
    BAD(12, 2, VPL011_ERR_STATE_FORMAT);    /* twice */
    BAD(14, 3, VPL011_ERR_STATE_FORMAT);    /* not its width */
    BAD(13, 0x80, VPL011_ERR_STATE_FORMAT); /* a record is missing */
    BAD(12, 99, VPL011_ERR_STATE_VERSION);  /* nobody knows it */
    BAD(16, 12, VPL011_ERR_STATE_FORMAT);   /* another count than bytes */
    BAD(24, 20, VPL011_ERR_STATE_FORMAT);
    BAD(32, 2, VPL011_ERR_STATE_VALUE);
    BAD(37, 12, VPL011_ERR_STATE_VALUE);
    BAD(41, 65, VPL011_ERR_STATE_FORMAT); /* all of it in one direction */
}

static void a_newer_minor_blob_loads_where_additions_may_be_skipped(void)
{
    uint8_t blob[BLOB_MAX + 5];
    struct host h;
    struct pair a;
    size_t size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, blob);
    blob[6] = 9; /* minor */
    blob[size] = 99;
    blob[size + 1] = 0x80;
    blob[size + 2] = 1;
    blob[size + 3] = 0;
    blob[size + 4] = 0x77;
    blob[8] = (uint8_t)(size + 5);
    assert_result(vpl011_fifo_load(&a.fifo, blob, size + 5), VPL011_OK);
    blob[size + 1] = 0;
    refuse(&a, blob, size + 5, VPL011_ERR_STATE_VERSION);
}

static void a_record_that_is_there_twice_is_refused(void)
{
    uint8_t blob[BLOB_MAX + 5];
    struct host h;
    struct pair a;
    size_t size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, blob);
    memcpy(blob + size, blob + 28, 5); /* brk */
    blob[8] = (uint8_t)(size + 5);
    refuse(&a, blob, size + 5, VPL011_ERR_STATE_FORMAT);
}

/* Save, load, save: the same bytes; and the same bytes come out. */
static void save_load_save_is_identical_at_every_step(void)
{
    uint8_t one[BLOB_MAX], two[BLOB_MAX];
    struct pair pairs[2];
    struct host h;
    uint32_t seed = 0x5EED;
    unsigned int i, now = 0;
    uint8_t sent = 0, expected = 0, bytes[SIZE] = {0};

    host_init(&h, &host_enabled);
    pair_init_at(&pairs[0], 0xFFFFFF00u);
    for (i = 0; i < 2000; i++) {
        struct pair *p = &pairs[now], *q = &pairs[1 - now];
        size_t count = next_random(&seed) % 50, n;
        int size;

        pair_attach(p, &h);
        for (n = 0; n < count; n++) {
            if (guest_read(&h, PL011_UARTFR) & PL011_FR_TXFF) {
                break;
            }
            guest_write(&h, PL011_UARTDR, sent++);
        }
        if (next_random(&seed) % 4 == 0) {
            (void)vpl011_fifo_push(&p->fifo, bytes, count);
            (void)vpl011_fifo_push_break(&p->fifo);
        }
        if (next_random(&seed) % 2) {
            (void)vpl011_data_avail(&h.uart);
            guest_drains(&h);
        }
        size = save(p, one);
        pair_init_at(q, next_random(&seed));
        assert_result(vpl011_fifo_load(&q->fifo, one, (size_t)size), VPL011_OK);
        assert_int_equal(save(q, two), size);
        assert_memory_equal(one, two, (size_t)size);
        now = 1 - now;
        count = vpl011_fifo_pop(&q->fifo, bytes, next_random(&seed) % SIZE);
        for (n = 0; n < count; n++) {
            assert_int_equal(bytes[n], expected++);
        }
    }
    assert_true(i == 2000);
}

/* What there is none of has an empty record; a single byte arrives. */
static void one_byte_is_contents_and_none_is_not(void)
{
    static const uint8_t none[] = {64, 0, 0, 0, 65, 0, 0, 0};
    uint8_t blob[BLOB_MAX], other[SIZE] = {0};
    struct vpl011_backend device;
    uint32_t events = 0;
    struct pair a, b;
    size_t size;

    pair_init_at(&a, 3);
    pair_init_at(&b, 9);
    size = (size_t)save(&a, blob);
    assert_memory_equal(blob + size - sizeof(none), none, sizeof(none));
    assert_result(vpl011_fifo_load(&b.fifo, blob, size), VPL011_OK);
    assert_int_equal(vpl011_fifo_pop_waiting(&b.fifo), 0);
    assert_int_equal(vpl011_fifo_push_room(&b.fifo), SIZE);

    assert_int_equal(vpl011_fifo_push(&a.fifo, "i", 1), 1);
    size = (size_t)save(&a, blob);
    assert_result(vpl011_fifo_load(&b.fifo, blob, size), VPL011_OK);
    assert_result(vpl011_fifo_backend(&b.fifo, &device), VPL011_OK);
    assert_int_equal(device.read(device.ctx, other, SIZE, &events), 1);
    assert_int_equal(other[0], 'i');
    blob_set(blob, BRK_AT, 1); /* of no BREAK */
    refuse(&b, blob, size, VPL011_ERR_STATE_VALUE);

    pair_init_at(&a, 3);
    assert_result(vpl011_fifo_backend(&a.fifo, &device), VPL011_OK);
    assert_int_equal(device.write(device.ctx, (const uint8_t *)"o", 1, &events),
                     1);
    size = (size_t)save(&a, blob);
    assert_result(vpl011_fifo_load(&b.fifo, blob, size), VPL011_OK);
    assert_pops(&b, "o");
}

/* The size follows from the indices alone: the memory is not accessed. */
static int size_with(struct pair *p, uint32_t in_count, uint32_t out_count)
{
    assert_result(
        vpl011_fifo_init(&p->fifo, p->in, 0x80000000u, p->out, 0x80000000u),
        VPL011_OK);
    p->fifo.in_prod = in_count;
    p->fifo.device.out_prod = out_count;
    return vpl011_fifo_save(&p->fifo, NULL, 0);
}

static void a_blob_is_no_larger_than_its_length_can_say(void)
{
    const uint32_t most = 0x7F000000u;
    struct pair p;

    assert_true(size_with(&p, most, 0) > (int)most);
    assert_true(size_with(&p, 0, most) > (int)most);
    assert_true(size_with(&p, 1, most - 1) > (int)most);
    assert_result(size_with(&p, most + 1, 0), VPL011_ERR_SIZE);
    assert_result(size_with(&p, 0, most + 1), VPL011_ERR_SIZE);
    assert_result(size_with(&p, 1, most), VPL011_ERR_SIZE);
    assert_result(size_with(&p, 0x80000000u, 0x80000000u), VPL011_ERR_SIZE);
}

static void a_buffer_of_the_size_is_enough(void)
{
    uint8_t blob[BLOB_MAX];
    struct host h;
    struct pair p;
    size_t size;

    in_mid_traffic(&h, &p, 0);
    size = (size_t)vpl011_fifo_save(&p.fifo, NULL, 0);
    assert_int_equal(vpl011_fifo_save(&p.fifo, blob, size), size);
}

/* Contents of an unknown kind mean another version, not missing contents. */
static void unknown_contents_are_of_another_version(void)
{
    uint8_t blob[BLOB_MAX];
    struct host h;
    struct pair p;
    size_t at = 12;
    size_t size;

    in_mid_traffic(&h, &p, 0);
    size = (size_t)save(&p, blob);
    while (blob[at] <= 4) {
        at += 4u + blob[at + 2];
    }
    blob[at] = 0x7F;
    assert_result(vpl011_fifo_load(&p.fifo, blob, size),
                  VPL011_ERR_STATE_VERSION);
}

/* No library writes such a blob, but it is valid. */
static void records_without_bytes_change_nothing(void)
{
    uint8_t blob[BLOB_MAX + 8];
    uint8_t record[4];
    struct host h;
    struct pair a, b;
    size_t size;

    in_mid_traffic(&h, &a, 0);
    size = (size_t)save(&a, blob);
    /* The first record of bytes is behind the scalars. */
    memcpy(record, blob + 41, 2);
    record[2] = 0;
    record[3] = 0;
    memmove(blob + 45, blob + 41, size - 41);
    memcpy(blob + 41, record, 4);
    memcpy(blob + size + 4, record, 4);
    blob[8] = (uint8_t)(size + 8);
    pair_init_at(&b, 0);
    assert_result(vpl011_fifo_load(&b.fifo, blob, size + 8), VPL011_OK);
    assert_int_equal(vpl011_fifo_push_room(&b.fifo),
                     vpl011_fifo_push_room(&a.fifo));
    assert_int_equal(vpl011_fifo_save(&b.fifo, blob, sizeof(blob)), size);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(both_directions_move_with_the_device),
        CASE(the_far_end_is_kicked_after_a_load),
        CASE(what_was_dropped_does_not_move),
        CASE(a_drop_before_the_load_is_forgotten),
        CASE(what_is_the_destinations_stays),
        CASE(a_pair_of_another_size_takes_what_fits),
        CASE(a_blob_has_as_many_records_as_it_needs),
        CASE(a_blob_is_the_same_wherever_its_indices_were),
        CASE(contradictions_change_nothing),
        CASE(unusable_pairs_are_named),
        CASE(the_blob_is_these_bytes),
        CASE(a_blob_buffer_too_small_is_untouched),
        CASE(every_truncation_of_a_blob_is_refused),
        CASE(wrong_headers_and_records_are_named),
        CASE(a_newer_minor_blob_loads_where_additions_may_be_skipped),
        CASE(a_record_that_is_there_twice_is_refused),
        CASE(save_load_save_is_identical_at_every_step),
        CASE(one_byte_is_contents_and_none_is_not),
        CASE(a_blob_is_no_larger_than_its_length_can_say),
        CASE(a_buffer_of_the_size_is_enough),
        CASE(unknown_contents_are_of_another_version),
        CASE(records_without_bytes_change_nothing),
    };

    return run_cases(cases);
}
