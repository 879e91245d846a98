/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device target's far ends: what the FIFO carries arrives once and in
 * order, whatever is dropped, and backends move between any two operations.
 */
#include "device.h"

#include "../fifo_at.h"

#include <stdlib.h>

#include <vpl011/backend_state.h>

#define FIFO_MOST 128u

void queue_add(struct queue *q, const uint8_t *bytes, size_t count)
{
    require(count <= sizeof(q->bytes) - q->count, "more than the FIFO holds");
    memcpy(q->bytes + q->count, bytes, count);
    q->count += count;
}

void queue_take(struct queue *q, const uint8_t *bytes, size_t count)
{
    require(count <= q->count, "more than was sent");
    require(!bytes || memcmp(q->bytes, bytes, count) == 0,
            "what was sent arrives in order");
    q->count -= count;
    memmove(q->bytes, q->bytes + count, q->count);
}

/*
 * Saving
 */

static void check_fifo(struct world *w)
{
    uint8_t one[VPL011_FIFO_BLOB_MAX(FIFO_MOST, FIFO_MOST)];
    uint8_t two[sizeof(one)];
    uint8_t in[FIFO_MOST];
    uint8_t out[FIFO_MOST];
    struct vpl011_fifo twin;
    int size = vpl011_fifo_save(&w->fifo, one, sizeof(one));

    require(vpl011_fifo_pop_waiting(&w->fifo) == w->sent.count,
            "characters for the host");
    require(vpl011_fifo_push_room(&w->fifo) == w->fifo_size - w->typed.count,
            "characters for the guest");
    require(size > 0 && vpl011_fifo_save(&w->fifo, NULL, 0) == size,
            "save a FIFO");
    require(!vpl011_fifo_init(&twin, in, FIFO_MOST, out, FIFO_MOST) &&
                !vpl011_fifo_load(&twin, one, (size_t)size),
            "load a FIFO");
    require(vpl011_fifo_save(&twin, two, sizeof(two)) == size &&
                memcmp(one, two, (size_t)size) == 0,
            "save, load, save a FIFO");
}

static void check_ring(struct world *w)
{
    uint8_t one[VPL011_XENCONS_BLOB_MAX];
    uint8_t two[sizeof(one)];
    struct vpl011_xencons_page page = {0};
    struct vpl011_xencons twin;
    int size = vpl011_xencons_save(&w->ring, VPL011_XENCONS_SAVE_PAGE, one,
                                   sizeof(one));

    require(size > 0, "save a ring");
    require(!vpl011_xencons_init(&twin, &page, sizeof(page), NULL) &&
                !vpl011_xencons_load(&twin, one, (size_t)size),
            "load a ring, whatever its page");
    require(page.out_prod - page.out_cons <= VPL011_XENCONS_OUT_SIZE &&
                page.in_prod - page.in_cons <= VPL011_XENCONS_IN_SIZE,
            "windows of a loaded ring");
    require(vpl011_xencons_save(&twin, VPL011_XENCONS_SAVE_PAGE, two,
                                sizeof(two)) == size &&
                memcmp(one, two, (size_t)size) == 0,
            "save, load, save a ring");
}

void far_end_check(struct world *w)
{
    check_fifo(w);
    check_ring(w);
}

/*
 * Moving
 */

static void move_fifo(struct world *w, uint32_t index)
{
    uint8_t blob[VPL011_FIFO_BLOB_MAX(FIFO_MOST, FIFO_MOST)];
    bool attached = !w->fifo.device.detached;
    int size = vpl011_fifo_save(&w->fifo, blob, sizeof(blob));
    uint8_t *in = malloc(w->fifo_size);
    uint8_t *out = malloc(w->fifo_size);

    require(size > 0 && in && out, "save a FIFO");
    free(w->fifo_in);
    free(w->fifo_out);
    w->fifo_in = in;
    w->fifo_out = out;
    require(!vpl011_fifo_init(&w->fifo, in, w->fifo_size, out, w->fifo_size),
            "FIFO");
    fifo_at(&w->fifo, index, 0u - index);
    require(!vpl011_fifo_load(&w->fifo, blob, (size_t)size), "load a FIFO");
    vpl011_fifo_set_attached(&w->fifo, attached);
}

/* Whether a page shows what a ring's device side left in it. */
static bool goes_on(const struct vpl011_xencons *x)
{
    const struct vpl011_xencons_page *p = x->page;

    return x->device.resync ||
           (((x->device.unusual & VPL011_XENCONS_OUT) ||
             (p->out_prod == x->device.out_prod &&
              x->device.out_prod - p->out_cons <= VPL011_XENCONS_OUT_SIZE)) &&
            ((x->device.unusual & VPL011_XENCONS_IN) ||
             (p->in_cons == x->device.in_cons &&
              p->in_prod - x->device.in_cons <= VPL011_XENCONS_IN_SIZE)));
}

/* The page stays, and the device side is made again if the page allows it. */
static void move_device_side(struct world *w,
                             const struct vpl011_xencons_config *config)
{
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    uint8_t page[sizeof(struct vpl011_xencons_page)];
    struct vpl011_xencons fresh;
    struct vpl011_xencons before;
    int size = vpl011_xencons_save(&w->ring, 0, blob, sizeof(blob));
    int err;

    require(size > 0, "save a ring");
    if (vpl011_xencons_init(&fresh, w->page, w->page_size, config)) {
        return;
    }
    before = fresh;
    memcpy(page, w->page, w->page_size);
    err = vpl011_xencons_load(&fresh, blob, (size_t)size);
    require(memcmp(page, w->page, w->page_size) == 0, "the page is untouched");
    require(err == (goes_on(&w->ring) ? VPL011_OK : VPL011_ERR_RING),
            "a page is judged");
    if (err) {
        require(memcmp(&before, &fresh, sizeof(fresh)) == 0,
                "touched on error");
        return;
    }
    vpl011_xencons_set_attached(&fresh, !w->ring.device.detached);
    w->ring = fresh;
}

/* The page moves too. */
static void move_ring(struct world *w,
                      const struct vpl011_xencons_config *config)
{
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    int size = vpl011_xencons_save(&w->ring, VPL011_XENCONS_SAVE_PAGE, blob,
                                   sizeof(blob));
    bool detached = w->ring.device.detached != 0;
    void *page = calloc(1, w->page_size);

    require(size > 0 && page, "save a ring");
    free(w->page);
    w->page = page;
    require(!vpl011_xencons_init(&w->ring, page, w->page_size, config) &&
                !vpl011_xencons_load(&w->ring, blob, (size_t)size) &&
                !vpl011_xencons_console_attach(&w->console, page, w->page_size,
                                               w->ring_flags),
            "load a ring");
    vpl011_xencons_set_attached(&w->ring, !detached);
}

void far_end_move(struct world *w, uint32_t how)
{
    const struct vpl011_xencons_config config = {
        .flags = w->ring.flags & ~VPL011_XENCONS_EMPTY};

    switch (how % 3) {
    case 0:
        move_fifo(w, how << 24);
        break;
    case 1:
        move_device_side(w, &config);
        break;
    default:
        move_ring(w, &config);
        break;
    }
    world_attach(w, w->kind);
}
