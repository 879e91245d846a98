/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Moving a ring's device side, alone or with its page: backend_state.h. */
#include "xencons_host.h"
#include "blob_at.h"

#include <stdlib.h>

#include <vpl011/backend_state.h>
#include <vpl011/state.h>

#define PAGE VPL011_XENCONS_SAVE_PAGE
#define BLOB_MAX VPL011_XENCONS_BLOB_MAX

/* Numbers of records: docs/state-format.md. */
enum {
    OUT_PROD = 1,
    IN_CONS,
    BROKEN,
    RESYNC,
    FULL_TOLD,
    WRITE_WAS_SHORT,
    TOLD,
    TOLD_CONS,
    IN_WAS_FULL,
    THE_PAGE,
    OUT_CONS,
    IN_PROD,
    OUT = 64,
    IN,
};

static int save(struct ring_host *r, uint32_t flags, uint8_t blob[BLOB_MAX])
{
    int size = vpl011_xencons_save(&r->ring, flags, blob, BLOB_MAX);

    assert_in_range(size, 1, BLOB_MAX);
    assert_int_equal(vpl011_xencons_save(&r->ring, flags, NULL, 0), size);
    return size;
}

static void refuse(struct ring_host *r, const uint8_t *blob, size_t size,
                   int expected)
{
    const struct vpl011_xencons ring = r->ring;
    const struct vpl011_xencons_page page = r->page;
    /* On the heap, so that a sanitizer sees a read behind the end. */
    uint8_t *copy = malloc(size ? size : 1);

    assert_non_null(copy);
    memcpy(copy, blob, size);
    assert_result(vpl011_xencons_load(&r->ring, copy, size), expected);
    free(copy);
    assert_memory_equal(&ring, &r->ring, sizeof(ring));
    assert_memory_equal(&page, &r->page, sizeof(page));
}

/* A device in mid-traffic, a while after its ring began at this index. */
static void in_mid_traffic(struct ring_host *r, uint32_t index)
{
    ring_init(r, index);
    guest_sends(&r->h, "seen, ");
    assert_peer_takes(r, "seen, ");
    guest_sends(&r->h, "and not yet");
    peer_puts(r, "typed");
}

/* Another device with its device side, on the same page or a new one. */
static void fresh(struct ring_host *to, const struct ring_host *from)
{
    if (from) {
        to->page = from->page;
    } else {
        memset(&to->page, 0, sizeof(to->page));
    }
    ring_attach(to, 0);
    to->h.loads = true;
}

/*
 * The page stays
 */

static void the_device_moves_while_its_page_stays(void)
{
    static const uint32_t indices[] = {0, 1020, 0xFFFFFFFAu};
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    size_t i;

    for (i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        struct vpl011_xencons_page before;
        int size;

        in_mid_traffic(&from, indices[i]);
        size = save(&from, 0, blob);
        fresh(&to, &from);
        before = to.page;
        assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size),
                      VPL011_OK);
        assert_memory_equal(&before, &to.page, sizeof(before));

        /* Both go on, and whoever waits is told. */
        host_forget(&to.h);
        assert_int_equal(vpl011_data_avail(&to.h.uart), 5);
        assert_int_equal(to.h.notified, VPL011_EVENT_FAR_END);
        assert_receives(&to.h, "typed");
        guest_sends(&to.h, ", goes on");
        assert_peer_takes(&to, "and not yet, goes on");
    }
}

/* P.C37: the console is rung, even if nothing waits for it. */
static void the_console_is_kicked_after_a_load(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    int size;

    ring_init(&r, 5);
    assert_int_equal(vpl011_data_avail(&r.h.uart), 0);
    size = save(&r, 0, blob);
    host_forget(&r.h);
    assert_int_equal(vpl011_data_avail(&r.h.uart), 0);
    assert_int_equal(r.h.notified, 0);
    assert_result(vpl011_xencons_load(&r.ring, blob, (size_t)size), VPL011_OK);
    assert_int_equal(vpl011_data_avail(&r.h.uart), 0);
    assert_int_equal(r.h.notified, VPL011_EVENT_FAR_END);
}

static void a_console_that_waits_for_room_is_told_after_the_move(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    int size, taken;

    ring_page(&from.page, 0);
    from.page.in_prod = IN_SIZE; /* full: the console sleeps */
    ring_attach(&from, 0);
    assert_int_equal(vpl011_tick(&from.h.uart), 32);
    guest_drains(&from.h);
    size = save(&from, 0, blob);
    fresh(&to, &from);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    for (taken = 32; taken < (int)IN_SIZE / 2 - 32; taken += 32) {
        assert_int_equal(vpl011_tick(&to.h.uart), 32);
        guest_drains(&to.h);
    }
    host_forget(&to.h);
    assert_int_equal(vpl011_tick(&to.h.uart), 32);
    assert_int_equal(to.h.notified & VPL011_EVENT_FAR_END,
                     VPL011_EVENT_FAR_END);
}

/* Once, and not for each DR write. */
static void what_was_told_is_told_anew(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    int size;

    ring_init(&from, 0);
    guest_sends_count(&from.h, OUT_SIZE + 3);
    size = save(&from, 0, blob);
    assert_int_equal(blob_get(blob, OUT_PROD), OUT_SIZE);
    assert_int_equal(blob_get(blob, TOLD), 0);
    fresh(&to, &from);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    host_forget(&to.h);
    (void)vpl011_data_avail(&to.h.uart);
    assert_int_equal(to.h.notifies, 1);
    guest_sends_count(&to.h, 5); /* full, as it is told */
    assert_int_equal(to.h.notifies, 2);
}

/* A page that changed since, another page, or one that a hostile peer wrote. */
static void a_page_that_does_not_fit_changes_nothing(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    size_t size;

    in_mid_traffic(&r, 0xFFFFFFFAu);
    size = (size_t)save(&r, 0, blob);
    r.page.out_prod++;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.out_prod--;
    r.page.in_cons--;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.in_cons++;
    r.page.out_cons = r.page.out_prod + 1;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.out_cons = r.page.out_prod - OUT_SIZE - 1;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.out_cons++;
    r.page.in_prod = r.page.in_cons - 1;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.in_prod = r.page.in_cons + IN_SIZE + 1;
    refuse(&r, blob, size, VPL011_ERR_RING);
    r.page.in_prod--;
    assert_result(vpl011_xencons_load(&r.ring, blob, size), VPL011_OK);
}

static void a_stopped_direction_is_still_stopped(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    int size;

    in_mid_traffic(&r, 0);
    r.page.out_cons = 0x80000000u;
    (void)vpl011_data_avail(&r.h.uart);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
    guest_sends(&r.h, "for nobody");
    size = save(&r, 0, blob);
    vpl011_xencons_resync(&r.ring);
    (void)vpl011_data_avail(&r.h.uart);
    assert_int_equal(ring_status(&r).broken, 0);
    r.page.out_prod = 77; /* whatever: it is not looked at */
    r.page.in_cons = r.ring.device.in_cons;
    assert_result(vpl011_xencons_load(&r.ring, blob, (size_t)size), VPL011_OK);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_OUT);
    assert_int_equal(ring_status(&r).corrupt_out, 1);
}

static void a_stopped_input_is_still_stopped(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    int size;

    in_mid_traffic(&r, 0);
    r.page.in_prod = 0x80000000u;
    (void)vpl011_data_avail(&r.h.uart);
    size = save(&r, 0, blob);
    assert_int_equal(blob_get(blob, BROKEN), VPL011_XENCONS_IN);
    r.page.in_cons = 77; /* whatever: it is not looked at */
    assert_result(vpl011_xencons_load(&r.ring, blob, (size_t)size), VPL011_OK);
    assert_int_equal(ring_status(&r).broken, VPL011_XENCONS_IN);
    assert_int_equal(r.page.in_cons, 77);
}

static void a_resync_that_was_asked_for_is_done_after_the_move(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    int size;

    in_mid_traffic(&from, 0);
    vpl011_xencons_resync(&from.ring);
    size = save(&from, 0, blob);
    ring_init(&to, 0x1000);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    to.page.in_prod = 0x2000;
    to.page.out_cons = 0x3000;
    (void)vpl011_data_avail(&to.h.uart);
    assert_int_equal(ring_status(&to).resyncs, 1);
    assert_int_equal(to.page.in_cons, 0x2000);
    assert_int_equal(to.page.out_prod, 0x3000);
}

/*
 * The page moves too
 */

static void the_ring_moves_with_the_device(void)
{
    static const uint32_t indices[] = {0, 1020, 0xFFFFFFFAu};
    uint8_t blob[BLOB_MAX], device[VPL011_STATE_BLOB_MAX], text[64];
    struct vpl011_xencons_console console;
    struct ring_host from, to;
    size_t i;

    for (i = 0; i < sizeof(indices) / sizeof(indices[0]); i++) {
        int size, device_size;

        in_mid_traffic(&from, indices[i]);
        size = save(&from, PAGE, blob);
        device_size = vpl011_state_save(&from.h.uart, device, sizeof(device));
        memset(&from.page, 0xA5, sizeof(from.page));

        fresh(&to, NULL);
        to.page.connection = 1;
        assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size),
                      VPL011_OK);
        assert_int_equal(to.page.connection, 1);
        host_forget(&to.h);
        assert_result(
            vpl011_state_load(&to.h.uart, device, (size_t)device_size),
            VPL011_OK);
        assert_int_equal(to.h.notified & VPL011_EVENT_FAR_END,
                         VPL011_EVENT_FAR_END);
        assert_result(vpl011_xencons_console_attach(&console, &to.page,
                                                    sizeof(to.page), 0),
                      VPL011_OK);
        assert_int_equal(
            vpl011_xencons_console_read(&console, text, sizeof(text)), 11);
        assert_memory_equal(text, "and not yet", 11);
        assert_int_equal(vpl011_data_avail(&to.h.uart), 5);
        assert_receives(&to.h, "typed");
    }
}

static void a_full_ring_moves(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    unsigned int i;
    int size;

    ring_page(&from.page, 700);
    for (i = 0; i < IN_SIZE; i++) {
        from.page.in[(700 + i) % IN_SIZE] = (uint8_t)(i * 7);
    }
    from.page.in_prod += IN_SIZE;
    ring_attach(&from, 0);
    guest_sends_count(&from.h, OUT_SIZE);
    size = save(&from, PAGE, blob);
    assert_int_equal(size, 12 + 12 * 4 + 6 * 4 + 6 + 2 * 4 + 3072);
    fresh(&to, NULL);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    assert_memory_equal(from.page.in, to.page.in, IN_SIZE);
    assert_memory_equal(from.page.out, to.page.out, OUT_SIZE);
    assert_int_equal(to.page.out_prod - to.page.out_cons, OUT_SIZE);
    assert_int_equal(to.page.in_prod - to.page.in_cons, IN_SIZE);
}

/* A hostile console cannot prevent a move. */
static void a_window_that_no_ring_has_moves_stopped_and_empty(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host from, to;
    int size;

    in_mid_traffic(&from, 100);
    from.page.in_prod = from.page.in_cons + IN_SIZE + 1;
    size = save(&from, PAGE, blob);
    fresh(&to, NULL);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    assert_int_equal(ring_status(&to).broken, VPL011_XENCONS_IN);
    assert_int_equal(to.page.in_prod, to.page.in_cons);
    assert_peer_takes(&to, "and not yet");

    from.page.in_prod = from.page.in_cons;
    from.page.out_cons = from.page.out_prod + 1;
    size = save(&from, PAGE, blob);
    assert_int_equal(blob_get(blob, BROKEN), VPL011_XENCONS_OUT);
    assert_int_equal(blob_get(blob, OUT_CONS), blob_get(blob, OUT_PROD));
    assert_int_equal(blob_record(blob, OUT)[0], 0);
    fresh(&to, NULL);
    assert_result(vpl011_xencons_load(&to.ring, blob, (size_t)size), VPL011_OK);
    assert_int_equal(ring_status(&to).broken, VPL011_XENCONS_OUT);
}

static void the_state_without_its_page_has_no_contents(void)
{
    static const uint8_t none[] = {64, 0, 0, 0, 65, 0, 0, 0};
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    int size;

    in_mid_traffic(&r, 0);
    size = save(&r, 0, blob);
    assert_memory_equal(blob + size - sizeof(none), none, sizeof(none));
}

#define WRONG(id, value) \
    memcpy(blob, good, sizeof(blob)); \
    blob_set(blob, id, value); \
    refuse(&r, blob, size, VPL011_ERR_STATE_VALUE)

static void contradictions_change_nothing(void)
{
    uint8_t good[BLOB_MAX], blob[BLOB_MAX];
    struct ring_host r;
    uint32_t out_prod, in_cons;
    size_t size;

    in_mid_traffic(&r, 3);
    size = (size_t)save(&r, PAGE, good);
    out_prod = blob_get(good, OUT_PROD);
    in_cons = blob_get(good, IN_CONS);
    WRONG(BROKEN, 4);
    WRONG(RESYNC, 2);
    WRONG(WRITE_WAS_SHORT, 2);
    WRONG(TOLD, 2);
    WRONG(IN_WAS_FULL, 2);
    WRONG(THE_PAGE, 2 | 1);
    WRONG(OUT_CONS, out_prod + 1);
    WRONG(OUT_CONS, out_prod - OUT_SIZE - 1);
    WRONG(IN_PROD, in_cons - 1);
    WRONG(IN_PROD, in_cons + IN_SIZE + 1);
    WRONG(BROKEN, VPL011_XENCONS_OUT);
    WRONG(BROKEN, VPL011_XENCONS_IN);
    WRONG(THE_PAGE, 0);
    WRONG(TOLD_CONS, 9);
    size = (size_t)save(&r, 0, good);
    WRONG(OUT_CONS, 1);
    WRONG(IN_PROD, 1);
}

/* A stopped direction must have no bytes under way. */
static void a_stopped_direction_holds_nothing(void)
{
    uint8_t good[BLOB_MAX], blob[BLOB_MAX];
    struct ring_host r;
    size_t size;

    ring_init(&r, 0);
    guest_sends(&r.h, "g");
    size = (size_t)save(&r, PAGE, good);
    assert_int_equal(blob_record(good, OUT)[0], 1);
    WRONG(BROKEN, VPL011_XENCONS_OUT);
    ring_init(&r, 0);
    peer_puts(&r, "k");
    size = (size_t)save(&r, PAGE, good);
    assert_int_equal(blob_record(good, IN)[0], 1);
    WRONG(BROKEN, VPL011_XENCONS_IN);
}

/* A page that stays keeps what is in it: nothing of it comes with the blob. */
static void contents_without_their_page_are_refused(void)
{
    uint8_t blob[BLOB_MAX];
    struct ring_host r;
    size_t size;

    in_mid_traffic(&r, 0);
    size = (size_t)save(&r, 0, blob);
    blob_record(blob, IN)[0] = 1;
    blob[size] = 'k';
    blob[8] = (uint8_t)(size + 1);
    refuse(&r, blob, size + 1, VPL011_ERR_STATE_FORMAT);
    blob_record(blob, IN)[-2] = OUT;
    blob_record(blob, OUT)[-2] = IN;
    refuse(&r, blob, size + 1, VPL011_ERR_STATE_FORMAT);
}

static void unusable_rings_are_named(void)
{
    struct vpl011_xencons never;
    uint8_t blob[BLOB_MAX];
    struct ring_host r;

    memset(&never, 0, sizeof(never));
    assert_result(vpl011_xencons_save(&never, 0, blob, BLOB_MAX),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_xencons_load(&never, blob, BLOB_MAX),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_xencons_save(NULL, 0, blob, 1), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_save(&never, 0, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_load(NULL, blob, 1), VPL011_ERR_NULL);
    assert_result(vpl011_xencons_load(&never, NULL, 1), VPL011_ERR_NULL);
    ring_init(&r, 0);
    assert_result(vpl011_xencons_save(&r.ring, 2, blob, BLOB_MAX),
                  VPL011_ERR_FLAGS);
}

/*
 * The blob
 */

/* The bytes are the format: another machine must find the same ones. */
static void the_blob_is_these_bytes(void)
{
    static const uint8_t expected[] = {
        '1', '1', '0', 'R', 1,    0,    0,    0,    106, 0, 0, 0, /* header */
        1,   0,   4,   0,   3,    0,    0,    0,                  /* out_prod */
        2,   0,   4,   0,   0xFE, 0xFF, 0xFF, 0xFF,               /* in_cons */
        3,   0,   1,   0,   0,                                    /* broken */
        4,   0,   1,   0,   0,                                    /* resync */
        5,   0,   4,   0,   0,    0,    0,    0,         /* full_told */
        6,   0,   1,   0,   0,                           /* write_was_short */
        7,   0,   1,   0,   0,                           /* told */
        8,   0,   4,   0,   0,    0,    0,    0,         /* told_cons */
        9,   0,   1,   0,   0,                           /* in_was_full */
        10,  0,   1,   0,   1,                           /* page */
        11,  0,   4,   0,   0xFE, 0xFF, 0xFF, 0xFF,      /* out_cons */
        12,  0,   4,   0,   1,    0,    0,    0,         /* in_prod */
        64,  0,   5,   0,   'g',  'u',  'e',  's',  't', /* to the console */
        65,  0,   3,   0,   'k',  'e',  'y',             /* to the guest */
    };
    uint8_t blob[BLOB_MAX];
    struct ring_host r;

    ring_init(&r, 0xFFFFFFFEu);
    guest_sends(&r.h, "guest");
    peer_puts(&r, "key");
    assert_int_equal(save(&r, PAGE, blob), sizeof(expected));
    assert_memory_equal(blob, expected, sizeof(expected));
}

static void wrong_headers_and_records_are_named(void)
{
    uint8_t good[BLOB_MAX], blob[BLOB_MAX];
    struct ring_host r;
    size_t size;

    in_mid_traffic(&r, 0);
    size = (size_t)save(&r, PAGE, good);
#define BAD(at, value, expected) \
    memcpy(blob, good, sizeof(blob)); \
    blob[at] = (uint8_t)(value); \
    refuse(&r, blob, size, expected)
    BAD(3, 'F', VPL011_ERR_STATE_MAGIC); /* a FIFO's */
    BAD(4, 2, VPL011_ERR_STATE_VERSION);
    BAD(8, size - 1, VPL011_ERR_STATE_FORMAT);
    BAD(12, 2, VPL011_ERR_STATE_FORMAT);    /* twice */
    BAD(14, 3, VPL011_ERR_STATE_FORMAT);    /* not its width */
    BAD(13, 0x80, VPL011_ERR_STATE_FORMAT); /* a record is missing */
    BAD(16, 18, VPL011_ERR_STATE_FORMAT);   /* another window than bytes */
    BAD(20, 1, VPL011_ERR_STATE_FORMAT);
    BAD(24, 1, VPL011_ERR_STATE_FORMAT); /* the same for IN */
    BAD(32, 4, VPL011_ERR_STATE_VALUE);
    BAD(86, 4, VPL011_ERR_STATE_FORMAT);    /* another window into the guest */
    BAD(91, 0x80, VPL011_ERR_STATE_FORMAT); /* OUT is missing */
    BAD(size - 9, 64, VPL011_ERR_STATE_FORMAT);   /* OUT twice */
    BAD(size - 8, 0x80, VPL011_ERR_STATE_FORMAT); /* IN is missing */
    BAD(size - 8, 1, VPL011_ERR_STATE_VERSION);   /* nobody knows it */
}

/* Two device sides alternate during traffic, with the page saved and without:
 * what was sent arrives once and in order. */
static void save_load_save_is_identical_at_every_step(void)
{
    uint8_t one[BLOB_MAX], two[BLOB_MAX];
    struct ring_host a, b, *now = &a, *next = &b, *swap;
    uint32_t seed = 0x5EED;
    uint8_t sent = 0, expected = 0;
    unsigned int i;

    ring_init(&a, 0xFFFFF000u);
    for (i = 0; i < 2000; i++) {
        uint32_t count = next_random(&seed) % 60;
        uint32_t flags = next_random(&seed) % 2 ? PAGE : 0;
        uint32_t n;
        int size;

        for (n = 0; n < count; n++) {
            if (guest_read(&now->h, PL011_UARTFR) & PL011_FR_TXFF) {
                break;
            }
            guest_write(&now->h, PL011_UARTDR, sent++);
        }
        /* The FIFO is the device's to move: here it must be empty. */
        while (!(guest_read(&now->h, PL011_UARTFR) & PL011_FR_TXFE)) {
            assert_int_equal(now->page.out[now->page.out_cons++ % OUT_SIZE],
                             expected++);
            (void)vpl011_tick(&now->h.uart);
        }
        if (now->page.in_prod - now->page.in_cons < IN_SIZE - 9) {
            peer_puts(now, "nine keys");
        }
        if (next_random(&seed) % 2) {
            (void)vpl011_tick(&now->h.uart);
            guest_drains(&now->h);
        }
        size = save(now, flags, one);
        fresh(next, flags ? NULL : now);
        assert_result(vpl011_xencons_load(&next->ring, one, (size_t)size),
                      VPL011_OK);
        assert_int_equal(save(next, flags, two), size);
        assert_memory_equal(one, two, (size_t)size);
        count = next_random(&seed) % 60;
        while (count-- > 0 && next->page.out_cons != next->page.out_prod) {
            assert_int_equal(next->page.out[next->page.out_cons++ % OUT_SIZE],
                             expected++);
        }
        swap = now;
        now = next;
        next = swap;
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(the_device_moves_while_its_page_stays),
        CASE(the_console_is_kicked_after_a_load),
        CASE(a_console_that_waits_for_room_is_told_after_the_move),
        CASE(what_was_told_is_told_anew),
        CASE(a_page_that_does_not_fit_changes_nothing),
        CASE(a_stopped_direction_is_still_stopped),
        CASE(a_stopped_input_is_still_stopped),
        CASE(a_resync_that_was_asked_for_is_done_after_the_move),
        CASE(the_ring_moves_with_the_device),
        CASE(a_full_ring_moves),
        CASE(a_window_that_no_ring_has_moves_stopped_and_empty),
        CASE(the_state_without_its_page_has_no_contents),
        CASE(contradictions_change_nothing),
        CASE(a_stopped_direction_holds_nothing),
        CASE(contents_without_their_page_are_refused),
        CASE(unusable_rings_are_named),
        CASE(the_blob_is_these_bytes),
        CASE(wrong_headers_and_records_are_named),
        CASE(save_load_save_is_identical_at_every_step),
    };

    return run_cases(cases);
}
