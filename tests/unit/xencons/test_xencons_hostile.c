/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The xencons ring against a peer that writes anything at any time: every
 * index at the edges of validity in every position, random ones between, a
 * page of random bytes, and words that change between two loads.
 *
 * The page is the last bytes of an allocation of exactly its size, so that an
 * access outside it is seen by AddressSanitizer.
 */
#include "xencons_host.h"

#include <stdlib.h>

#include <vpl011/backend_state.h>

#include "hostile_atomic.h"

void (*hostile_before_load)(const uint32_t *p);
void (*hostile_before_exchange)(const uint32_t *p);

static struct vpl011_xencons_page *page;
static uint32_t seed = 0x2545F491;
static bool always;

/* Distances of a peer's index from this side's own. */
static const uint32_t edges[] = {
    0,
    1,
    2,
    IN_SIZE - 1,
    IN_SIZE,
    IN_SIZE + 1,
    OUT_SIZE - 1,
    OUT_SIZE,
    OUT_SIZE + 1,
    0x7FFFFFFFu,
    0x80000000u,
    0x80000001u,
    0xFFFFFFFFu,
    0xFFFFFFFEu,
    0u - IN_SIZE + 1,
    0u - IN_SIZE,
    0u - IN_SIZE - 1,
    0u - OUT_SIZE + 1,
    0u - OUT_SIZE,
    0u - OUT_SIZE - 1,
};
#define EDGES (sizeof(edges) / sizeof(edges[0]))

static const uint32_t bases[] = {0, 1000, 0xFFFFFFF0u, 0x7FFFFFFFu};
#define BASES (sizeof(bases) / sizeof(bases[0]))

/* A device side whose own indices are out_prod and in_cons. */
static void device_on(struct vpl011_xencons *x, struct vpl011_backend *b,
                      uint32_t out_prod, uint32_t in_cons)
{
    struct vpl011_xencons_config config = {
        .flags = always ? VPL011_XENCONS_ALWAYS : 0,
    };

    page->out_prod = page->out_cons = out_prod;
    page->in_cons = page->in_prod = in_cons;
    if (vpl011_xencons_init(x, page, sizeof(*page), &config) ||
        vpl011_xencons_backend(x, b)) {
        fail();
    }
}

/* One write and one read with these words in the page. Counts its own checks
 * by hand: an assertion for each of some millions would take minutes. */
static bool device_is_right(uint32_t base, uint32_t in_cons, uint32_t in_prod,
                            uint32_t out_cons, uint32_t out_prod)
{
    uint32_t used = base - out_cons;
    uint32_t waits = in_prod - base;
    struct vpl011_backend_status status;
    struct vpl011_xencons x;
    struct vpl011_backend b;
    uint8_t bytes[32] = {0};
    uint32_t events = 0;
    size_t expected;

    device_on(&x, &b, base, base);
    page->in_cons = in_cons;
    page->in_prod = in_prod;
    page->out_cons = out_cons;
    page->out_prod = out_prod;

    expected = used > OUT_SIZE ? 0 : OUT_SIZE - used;
    expected = expected > 32 ? 32 : expected;
    if (b.write(b.ctx, bytes, 32, &events) != expected ||
        page->out_prod != (expected ? base + (uint32_t)expected : out_prod)) {
        return false;
    }
    expected = waits > IN_SIZE ? 0 : waits;
    expected = expected > 32 ? 32 : expected;
    if (b.read(b.ctx, bytes, 32, &events) != expected ||
        page->in_cons != (expected ? base + (uint32_t)expected : in_cons)) {
        return false;
    }
    memset(&status, 0, sizeof(status));
    b.poll(b.ctx, &status, &events);
    return page->in_prod == in_prod && page->out_cons == out_cons &&
           status.attached == (used <= OUT_SIZE) && status.waiting <= IN_SIZE &&
           status.room <= OUT_SIZE && !(events & ~VPL011_EVENT_FAR_END);
}

static void device_takes_every_index_at_the_edges(void)
{
    unsigned int wrong = 0;
    size_t base;
    size_t i[4];

    for (base = 0; base < BASES; base++) {
        uint32_t b = bases[base];

        always = base & 1;
        for (i[0] = 0; i[0] < EDGES; i[0]++) {
            for (i[1] = 0; i[1] < EDGES; i[1]++) {
                for (i[2] = 0; i[2] < EDGES; i[2]++) {
                    for (i[3] = 0; i[3] < EDGES; i[3]++) {
                        wrong += !device_is_right(
                            b, b + edges[i[0]], b + edges[i[1]],
                            b + edges[i[2]], b + edges[i[3]]);
                    }
                }
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void device_takes_random_indices(void)
{
    unsigned int wrong = 0;
    int i;

    for (i = 0; i < 300000; i++) {
        uint32_t near = next_random(&seed) % (2 * OUT_SIZE + 100);
        uint32_t base = next_random(&seed);

        wrong += !device_is_right(base, next_random(&seed),
                                  base + next_random(&seed) % (3 * IN_SIZE),
                                  base - near, next_random(&seed));
        wrong += !device_is_right(base, next_random(&seed), next_random(&seed),
                                  next_random(&seed), next_random(&seed));
    }
    assert_int_equal(wrong, 0);
}

static bool console_is_right(uint32_t base, uint32_t in_cons, uint32_t in_prod,
                             uint32_t out_cons, uint32_t out_prod)
{
    static uint8_t bytes[OUT_SIZE];
    uint32_t waits = out_prod - base;
    uint32_t used = base - in_cons;
    struct vpl011_xencons_console c;
    uint32_t todo = 0;
    uint32_t room;

    page->in_cons = page->in_prod = base;
    page->out_cons = page->out_prod = base;
    if (vpl011_xencons_console_attach(&c, page, sizeof(*page), 0)) {
        return false;
    }
    page->in_cons = in_cons;
    page->in_prod = in_prod;
    page->out_cons = out_cons;
    page->out_prod = out_prod;

    waits = waits > OUT_SIZE ? 0 : waits;
    room = used > IN_SIZE ? 0 : IN_SIZE - used;
    if (vpl011_xencons_console_waiting(&c) != waits ||
        vpl011_xencons_console_room(&c) != room ||
        vpl011_xencons_console_read(&c, bytes, OUT_SIZE) != waits) {
        return false;
    }
    todo = vpl011_xencons_console_publish(&c, VPL011_XENCONS_NOW);
    if (page->out_cons != (waits ? base + waits : out_cons) ||
        !(todo & VPL011_XENCONS_TODO_RESYNC) != (out_prod - base <= OUT_SIZE)) {
        return false;
    }
    todo = 0;
    if (vpl011_xencons_console_write(&c, bytes, OUT_SIZE, &todo) != room ||
        page->in_prod != (room ? base + room : in_prod) ||
        !(todo & VPL011_XENCONS_TODO_RESYNC) != (used <= IN_SIZE)) {
        return false;
    }
    return page->out_prod == out_prod && page->in_cons == in_cons;
}

static void console_takes_every_index_at_the_edges(void)
{
    unsigned int wrong = 0;
    size_t base;
    size_t i;
    size_t j;
    size_t k;

    for (base = 0; base < BASES; base++) {
        uint32_t b = bases[base];

        for (i = 0; i < EDGES; i++) {
            for (j = 0; j < EDGES; j++) {
                for (k = 0; k < EDGES; k++) {
                    wrong += !console_is_right(b, b + edges[i], b + edges[k],
                                               b + edges[EDGES - 1 - k],
                                               b + edges[j]);
                }
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void console_takes_random_indices(void)
{
    unsigned int wrong = 0;
    int i;

    for (i = 0; i < 100000; i++) {
        uint32_t base = next_random(&seed);

        wrong += !console_is_right(
            base, base - next_random(&seed) % (2 * IN_SIZE), next_random(&seed),
            next_random(&seed), base + next_random(&seed) % (2 * OUT_SIZE));
        wrong += !console_is_right(base, next_random(&seed), next_random(&seed),
                                   next_random(&seed), next_random(&seed));
    }
    assert_int_equal(wrong, 0);
}

/* Loads of one word since it was set to 0, and what the later ones find. */
static const uint32_t *watched;
static unsigned int loads;
static uint32_t then;

static void change_after_the_first(const uint32_t *p)
{
    if (p == watched && ++loads == 2) {
        *(uint32_t *)(uintptr_t)watched = then;
    }
}

/* P.C27: what sizes a transfer is loaded once; the second load is compared. */
static void c27_index_is_loaded_once_for_each_transfer(void)
{
    struct vpl011_xencons x;
    struct vpl011_backend b;
    uint8_t bytes[32] = {0};
    uint32_t events = 0;
    size_t i;

    always = false;
    for (i = 0; i < EDGES; i++) {
        device_on(&x, &b, 50, 50);
        then = 50 + edges[i];
        watched = &page->out_cons;
        loads = 0;
        hostile_before_load = change_after_the_first;
        assert_int_equal(b.write(b.ctx, bytes, 10, &events), 10);
        assert_int_equal(page->out_prod, 60);
        assert_int_equal(loads, 2);

        page->in_prod = 57;
        watched = &page->in_prod;
        loads = 0;
        assert_int_equal(b.read(b.ctx, bytes, 32, &events), 7);
        assert_int_equal(page->in_cons, 57);
        assert_int_equal(loads, 2);
        hostile_before_load = NULL;
    }
}

static void change_anything(const uint32_t *p)
{
    uint32_t *words = (uint32_t *)&page->in_cons;
    uint32_t *word = &words[next_random(&seed) % 4];
    uint32_t step = next_random(&seed);

    (void)p;
    switch (step >> 30) {
    case 0:
        *word = next_random(&seed);
        break;
    case 1:
        *word += step % 64;
        break;
    case 2:
        *word += edges[step % EDGES];
        break;
    default:
        break;
    }
    page->connection = (uint8_t)step;
}

static void indices_that_change_between_loads_move_nothing_outside(void)
{
    struct vpl011_xencons_console c;
    struct vpl011_xencons x;
    struct vpl011_backend b;
    uint8_t *bytes = malloc(64);
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    unsigned int wrong = 0;
    unsigned int moved = 0;
    unsigned int restored = 0;
    int size;
    int i;

    assert_non_null(bytes);
    memset(bytes, 0, 64);
    device_on(&x, &b, 0, 0);
    assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                  VPL011_OK);
    hostile_before_load = change_anything;
    for (i = 0; i < 400000; i++) {
        struct vpl011_backend_status status = {0};
        size_t count = 1 + next_random(&seed) % 64;
        uint32_t events = 0;
        uint32_t todo = 0;
        size_t n = 0;

        switch (next_random(&seed) % 7) {
        case 0:
            n = b.write(b.ctx, bytes, count, &events);
            break;
        case 1:
            n = b.read(b.ctx, bytes, count, &events);
            break;
        case 2:
            b.poll(b.ctx, &status, &events);
            wrong += status.room > OUT_SIZE || status.waiting > IN_SIZE;
            break;
        case 3:
            n = vpl011_xencons_console_read(&c, bytes, count);
            break;
        case 4:
            n = vpl011_xencons_console_write(&c, bytes, count, &todo);
            break;
        case 5:
            size = vpl011_xencons_save(&x, next_random(&seed) & 1, blob,
                                       sizeof(blob));
            wrong += size < 0;
            restored += !vpl011_xencons_load(&x, blob, (size_t)size);
            break;
        default:
            vpl011_xencons_console_publish(&c, next_random(&seed) & 1);
            break;
        }
        wrong += n > count;
        moved += n > 0;
        if (next_random(&seed) % 8 == 0) {
            vpl011_xencons_resync(&x);
            vpl011_xencons_console_resync(&c);
        }
    }
    hostile_before_load = NULL;
    assert_int_equal(wrong, 0);
    assert_true(moved > 10000);
    assert_true(restored > 10000);
    free(bytes);
}

static unsigned int looks_at_out_prod;

/* The device sends while the console shows how far it got. */
static void send_before_the_second_look(const uint32_t *p)
{
    if (p == &page->out_prod && ++looks_at_out_prod == 2) {
        page->out_prod += 3;
    }
}

static void what_comes_during_a_publish_is_more(void)
{
    struct vpl011_xencons_console c;
    uint8_t bytes[4];

    memset(page, 0, sizeof(*page));
    assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                  VPL011_OK);
    page->out_prod = 4;
    assert_int_equal(vpl011_xencons_console_read(&c, bytes, 4), 4);
    looks_at_out_prod = 0;
    hostile_before_load = send_before_the_second_look;
    assert_int_equal(vpl011_xencons_console_publish(&c, VPL011_XENCONS_NOW),
                     VPL011_XENCONS_TODO_NOTIFY | VPL011_XENCONS_TODO_MORE);
    hostile_before_load = NULL;
    assert_int_equal(page->out_cons, 4);
}

static unsigned int looks_at_in_cons;
static bool spoils;

/* The device takes all that it is shown, as fast as it comes, or writes an
 * impossible index. */
static void take_before_each_look_but_the_first(const uint32_t *p)
{
    if (p == &page->in_cons && ++looks_at_in_cons > 1) {
        page->in_cons = page->in_prod + (spoils ? 1 : 0);
    }
}

static size_t writes_beside_a_device(uint32_t used, size_t count,
                                     uint32_t *todo)
{
    static const uint8_t bytes[4 * IN_SIZE];
    struct vpl011_xencons_console c;
    size_t taken;

    memset(page, 0, sizeof(*page));
    page->in_prod = used;
    assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                  VPL011_OK);
    looks_at_in_cons = 0;
    *todo = 0;
    hostile_before_load = take_before_each_look_but_the_first;
    taken = vpl011_xencons_console_write(&c, bytes, count, todo);
    hostile_before_load = NULL;
    assert_int_equal(page->in_prod, used + taken);
    return taken;
}

/* At most twice the size of the ring, then the caller is told to call again. */
static void write_beside_a_fast_device_is_bounded(void)
{
    const uint32_t more = VPL011_XENCONS_TODO_NOTIFY |
                          VPL011_XENCONS_TODO_MORE | VPL011_XENCONS_TODO_FULL;
    uint32_t todo;

    spoils = false;
    assert_int_equal(writes_beside_a_device(0, 3000, &todo), IN_SIZE);
    assert_int_equal(todo, more);
    assert_int_equal(writes_beside_a_device(24, 3000, &todo),
                     IN_SIZE - 24 + IN_SIZE);
    assert_int_equal(todo, more);
    assert_int_equal(writes_beside_a_device(24, 1500, &todo), 1500);
    assert_int_equal(todo, VPL011_XENCONS_TODO_NOTIFY);
    /* All at once: nothing is left to come for. */
    assert_int_equal(writes_beside_a_device(0, IN_SIZE, &todo), IN_SIZE);
    assert_int_equal(todo, VPL011_XENCONS_TODO_NOTIFY);
}

static void write_stops_where_the_device_goes_mad(void)
{
    uint32_t todo;

    spoils = true;
    assert_int_equal(writes_beside_a_device(24, 3000, &todo), IN_SIZE - 24);
    assert_int_equal(todo,
                     VPL011_XENCONS_TODO_NOTIFY | VPL011_XENCONS_TODO_RESYNC);
}

/*
 * The saved state against such a page: backend_state.h
 */

static unsigned int looks[4];

static void count_looks(const uint32_t *p)
{
    const uint32_t *first = &page->in_cons;

    if (p >= first && p < first + 4) {
        looks[p - first]++;
    }
}

static void state_looks_at_each_index_once(void)
{
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    struct vpl011_xencons x;
    struct vpl011_backend b;
    int flags;

    for (flags = 0; flags < 2; flags++) {
        const unsigned int saved = flags ? 1 : 0, loaded = flags ? 0 : 1;
        int size;

        device_on(&x, &b, 5, 6);
        page->in_prod += 7;
        memset(looks, 0, sizeof(looks));
        hostile_before_load = count_looks;
        size = vpl011_xencons_save(&x, (uint32_t)flags, blob, sizeof(blob));
        /* in_cons, in_prod, out_cons, out_prod; two of these are this side's
         * own */
        assert_true(looks[0] == 0 && looks[1] == saved && looks[2] == saved &&
                    looks[3] == 0);
        memset(looks, 0, sizeof(looks));
        assert_result(vpl011_xencons_load(&x, blob, (size_t)size), VPL011_OK);
        hostile_before_load = NULL;
        assert_true(looks[0] == loaded && looks[1] == loaded &&
                    looks[2] == loaded && looks[3] == loaded);
    }
}

/* The page differs at the destination: whatever it holds, a load judges it
 * correctly, and changes nothing if it is refused. */
static bool load_is_right(uint32_t base, uint32_t in_cons, uint32_t in_prod,
                          uint32_t out_cons, uint32_t out_prod)
{
    const bool good = in_cons == base && out_prod == base &&
                      in_prod - base <= IN_SIZE && base - out_cons <= OUT_SIZE;
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    struct vpl011_xencons before;
    struct vpl011_xencons x;
    struct vpl011_backend b;
    int size;
    int err;

    device_on(&x, &b, base, base);
    size = vpl011_xencons_save(&x, 0, blob, sizeof(blob));
    x.device.unusual = 0;
    before = x;
    page->in_cons = in_cons;
    page->in_prod = in_prod;
    page->out_cons = out_cons;
    page->out_prod = out_prod;
    err = vpl011_xencons_load(&x, blob, (size_t)size);
    return err == (good ? VPL011_OK : VPL011_ERR_RING) &&
           (good || memcmp(&x, &before, sizeof(x)) == 0) &&
           page->in_cons == in_cons && page->in_prod == in_prod &&
           page->out_cons == out_cons && page->out_prod == out_prod;
}

static void a_load_judges_every_page_at_the_edges(void)
{
    unsigned int wrong = 0;
    size_t base;
    size_t i, j, k;

    for (base = 0; base < BASES; base++) {
        uint32_t b = bases[base];

        for (i = 0; i < EDGES; i++) {
            for (j = 0; j < EDGES; j++) {
                wrong += !load_is_right(b, b, b + edges[i], b - edges[j], b);
                for (k = 0; k < EDGES; k++) {
                    wrong += !load_is_right(b, b + edges[k], b + edges[i],
                                            b - edges[j], b + edges[i]);
                }
            }
        }
    }
    assert_int_equal(wrong, 0);
}

static void page_of_random_bytes_is_safe(void)
{
    unsigned int refused = 0;
    unsigned int i;
    size_t j;

    for (i = 0; i < 3000; i++) {
        struct vpl011_xencons_config config = {
            .flags =
                VPL011_XENCONS_CONNECTION | (i & 1 ? VPL011_XENCONS_EMPTY : 0),
        };
        struct vpl011_xencons_console c;
        struct vpl011_xencons x;
        struct vpl011_backend b;
        uint8_t bytes[32] = {0};
        uint32_t events = 0;

        for (j = 0; j < sizeof(*page); j++) {
            ((uint8_t *)page)[j] = (uint8_t)(next_random(&seed) >> 7);
        }
        if (vpl011_xencons_init(&x, page, sizeof(*page), &config)) {
            refused++;
            assert_result(
                vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                VPL011_ERR_RING);
            continue;
        }
        assert_result(vpl011_xencons_backend(&x, &b), VPL011_OK);
        assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                      VPL011_OK);
        assert_true(b.write(b.ctx, bytes, 32, &events) <= 32);
        assert_true(b.read(b.ctx, bytes, 32, &events) <= 32);
        assert_true(vpl011_xencons_console_read(&c, bytes, 32) <= 32);
    }
    /* Both indices valid by chance: once in ten million million. */
    assert_int_equal(refused, 1500);
}

static void take_at_once(const uint32_t *p)
{
    if (p == &page->in_cons) {
        page->in_cons = page->in_prod;
    }
}

/* Work for each call is bounded: what one ring holds, however fast it goes. */
static void a_device_that_takes_at_once_gets_one_ring_for_each_call(void)
{
    static const uint8_t bytes[4 * VPL011_XENCONS_IN_SIZE];
    struct vpl011_xencons_console c;
    uint32_t todo = 0;

    memset(page, 0, sizeof(*page));
    assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                  VPL011_OK);
    hostile_before_load = take_at_once;
    assert_int_equal(
        vpl011_xencons_console_write(&c, bytes, sizeof(bytes), &todo),
        VPL011_XENCONS_IN_SIZE);
    hostile_before_load = NULL;
    assert_int_equal(todo, VPL011_XENCONS_TODO_MORE | VPL011_XENCONS_TODO_FULL |
                               VPL011_XENCONS_TODO_NOTIFY);
}

static void take_one_before_the_second_look(const uint32_t *p)
{
    if (p == &page->in_cons && ++looks_at_in_cons == 2) {
        page->in_cons++;
    }
}

/* The device does not ring for a byte that it took before it saw the ring full,
 * so a console that slept now would not be woken for this one. */
static void one_byte_of_room_at_the_last_look_is_more(void)
{
    static const uint8_t bytes[2 * IN_SIZE];
    struct vpl011_xencons_console c;
    uint32_t todo = 0;

    memset(page, 0, sizeof(*page));
    assert_result(vpl011_xencons_console_attach(&c, page, sizeof(*page), 0),
                  VPL011_OK);
    looks_at_in_cons = 0;
    hostile_before_load = take_one_before_the_second_look;
    assert_int_equal(
        vpl011_xencons_console_write(&c, bytes, sizeof(bytes), &todo), IN_SIZE);
    hostile_before_load = NULL;
    assert_int_equal(looks_at_in_cons, 2);
    assert_int_equal(todo, VPL011_XENCONS_TODO_MORE | VPL011_XENCONS_TODO_FULL |
                               VPL011_XENCONS_TODO_NOTIFY);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(device_takes_every_index_at_the_edges),
        CASE(device_takes_random_indices),
        CASE(console_takes_every_index_at_the_edges),
        CASE(console_takes_random_indices),
        CASE(c27_index_is_loaded_once_for_each_transfer),
        CASE(indices_that_change_between_loads_move_nothing_outside),
        CASE(page_of_random_bytes_is_safe),
        CASE(what_comes_during_a_publish_is_more),
        CASE(write_beside_a_fast_device_is_bounded),
        CASE(write_stops_where_the_device_goes_mad),
        CASE(state_looks_at_each_index_once),
        CASE(a_load_judges_every_page_at_the_edges),
        CASE(a_device_that_takes_at_once_gets_one_ring_for_each_call),
        CASE(one_byte_of_room_at_the_last_look_is_more),
    };
    int result;

    page = calloc(1, sizeof(*page));
    if (!page) {
        return 1;
    }
    result = run_cases(cases);
    free(page);
    return result;
}
