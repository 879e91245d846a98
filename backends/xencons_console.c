/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The xencons ring, the console's side: what a daemon links. */
#include "xencons_ring.h"

#include <string.h>

#define CONSOLE_READY 0x58454E31u
#define CONSOLE_FLAGS (VPL011_XENCONS_CONNECTION | VPL011_XENCONS_EMPTY)

static bool is_ready(const struct vpl011_xencons_console *c)
{
    return c && c->guard == CONSOLE_READY;
}

static void stop(struct vpl011_xencons_console *c, uint32_t direction)
{
    c->broken |= direction;
    if (direction == VPL011_XENCONS_OUT) {
        c->corrupt_out++;
    } else {
        c->corrupt_in++;
    }
}

/*
 * Whether out_prod, as loaded, leaves a window that a ring can have, both
 * against the index that the device was shown and against what was read since.
 */
static bool is_out_window(const struct vpl011_xencons_console *c, uint32_t prod)
{
    return prod - c->out_cons <= OUT_SIZE && prod - c->out_read <= OUT_SIZE;
}

static void start_empty(struct vpl011_xencons_console *c, uint32_t in_cons,
                        uint32_t out_prod)
{
    c->in_prod = in_cons;
    c->out_cons = out_prod;
    c->out_read = out_prod;
    c->broken = 0;
    vpl011_store_seq_cst(&c->page->in_prod, in_cons);
    vpl011_store_seq_cst(&c->page->out_cons, out_prod);
}

static uint32_t notify(struct vpl011_xencons_console *c)
{
    c->events++;
    return VPL011_XENCONS_TODO_NOTIFY;
}

int vpl011_xencons_console_attach(struct vpl011_xencons_console *c, void *page,
                                  size_t size, uint32_t flags)
{
    struct xencons_indices indices;
    int err;

    if (!c || !page) {
        return VPL011_ERR_NULL;
    }
    if (flags & ~CONSOLE_FLAGS) {
        return VPL011_ERR_FLAGS;
    }
    err = vpl011_xencons_take_(page, size, flags, &indices);
    if (err) {
        return err;
    }
    memset(c, 0, sizeof(*c));
    c->page = page;
    c->flags = flags;
    c->out_cons = indices.out_cons;
    c->out_read = indices.out_cons;
    c->in_prod = indices.in_prod;
    if (flags & VPL011_XENCONS_EMPTY) {
        start_empty(c, indices.in_cons, indices.out_prod);
    }
    if (flags & VPL011_XENCONS_CONNECTION) {
        vpl011_store_relaxed_u8(&c->page->connection, VPL011_XENCONS_CONNECTED);
    }
    c->guard = CONSOLE_READY;
    return VPL011_OK;
}

uint32_t vpl011_xencons_console_detach(struct vpl011_xencons_console *c)
{
    uint32_t todo;

    if (!is_ready(c)) {
        return 0;
    }
    todo = vpl011_xencons_console_publish(c, VPL011_XENCONS_NOW);
    todo &= VPL011_XENCONS_TODO_NOTIFY;
    if (c->flags & VPL011_XENCONS_CONNECTION) {
        vpl011_store_relaxed_u8(&c->page->connection,
                                VPL011_XENCONS_DISCONNECTED);
        if (!todo) {
            todo = notify(c);
        }
    }
    c->guard = 0;
    return todo;
}

size_t vpl011_xencons_console_read(struct vpl011_xencons_console *c,
                                   void *bytes, size_t count)
{
    uint32_t prod;

    if (!is_ready(c) || !bytes || (c->broken & VPL011_XENCONS_OUT)) {
        return 0;
    }
    prod = vpl011_load_acquire(&c->page->out_prod);
    if (unlikely(!is_out_window(c, prod))) {
        stop(c, VPL011_XENCONS_OUT);
        return 0;
    }
    count = byte_ring_min(count, prod - c->out_read);
    if (count > 0) {
        byte_ring_get(c->page->out, OUT_SIZE, c->out_read, bytes, count);
        c->out_read += (uint32_t)count;
    }
    return count;
}

uint32_t vpl011_xencons_console_publish(struct vpl011_xencons_console *c,
                                        uint32_t how)
{
    uint32_t todo = 0;
    uint32_t prod;

    if (!is_ready(c)) {
        return 0;
    }
    if (c->broken & VPL011_XENCONS_OUT) {
        return VPL011_XENCONS_TODO_RESYNC;
    }
    prod = vpl011_load_acquire(&c->page->out_prod);
    if (c->out_read != c->out_cons && is_out_window(c, prod)) {
        if (!(how & VPL011_XENCONS_NOW) && prod - c->out_cons < OUT_SIZE / 2) {
            return VPL011_XENCONS_TODO_HELD;
        }
        c->out_cons = c->out_read;
        vpl011_store_seq_cst(&c->page->out_cons, c->out_cons);
        /* The device rings where it sees that all was taken; it did not for
         * what came before this store. */
        prod = vpl011_load_seq_cst(&c->page->out_prod);
        todo |= notify(c);
    }
    if (unlikely(!is_out_window(c, prod))) {
        stop(c, VPL011_XENCONS_OUT);
        todo |= VPL011_XENCONS_TODO_RESYNC;
    } else if (prod != c->out_read) {
        todo |= VPL011_XENCONS_TODO_MORE;
    }
    return todo;
}

/* Room in IN by an index that is loaded once; false: stopped. */
static bool in_room(struct vpl011_xencons_console *c, size_t *room)
{
    uint32_t used = c->in_prod - vpl011_load_seq_cst(&c->page->in_cons);

    if (c->broken & VPL011_XENCONS_IN) {
        return false;
    }
    if (unlikely(used > IN_SIZE)) {
        stop(c, VPL011_XENCONS_IN);
        return false;
    }
    *room = IN_SIZE - used;
    return true;
}

/*
 * Fill the ring, and look again after each publishing: the device rings for
 * room that it makes where it sees the ring full, but not for what it took
 * before this was shown. To sleep is safe only after a look that found none.
 */
static size_t fill(struct vpl011_xencons_console *c, const uint8_t *bytes,
                   size_t count, size_t room, uint32_t *todo)
{
    size_t taken = 0;

    while (room > 0 && taken < count) {
        size_t part = byte_ring_min(count - taken, room);

        if (taken >= IN_SIZE) {
            *todo |= VPL011_XENCONS_TODO_MORE;
            break;
        }
        byte_ring_put(c->page->in, IN_SIZE, c->in_prod, bytes + taken, part);
        c->in_prod += (uint32_t)part;
        vpl011_store_seq_cst(&c->page->in_prod, c->in_prod);
        taken += part;
        if (!in_room(c, &room)) {
            *todo |= VPL011_XENCONS_TODO_RESYNC;
            break;
        }
    }
    return taken;
}

size_t vpl011_xencons_console_write(struct vpl011_xencons_console *c,
                                    const void *bytes, size_t count,
                                    uint32_t *todo)
{
    size_t taken;
    size_t room;

    if (!is_ready(c) || !bytes || !todo || count == 0) {
        return 0;
    }
    if (!in_room(c, &room)) {
        *todo |= VPL011_XENCONS_TODO_RESYNC;
        return 0;
    }
    taken = fill(c, bytes, count, room, todo);
    if (taken < count) {
        *todo |= VPL011_XENCONS_TODO_FULL;
    }
    if (taken > 0) {
        *todo |= notify(c);
    }
    return taken;
}

size_t vpl011_xencons_console_waiting(const struct vpl011_xencons_console *c)
{
    uint32_t prod;

    if (!is_ready(c) || (c->broken & VPL011_XENCONS_OUT)) {
        return 0;
    }
    prod = vpl011_load_acquire(&c->page->out_prod);
    return is_out_window(c, prod) ? prod - c->out_read : 0;
}

size_t vpl011_xencons_console_room(const struct vpl011_xencons_console *c)
{
    uint32_t used;

    if (!is_ready(c) || (c->broken & VPL011_XENCONS_IN)) {
        return 0;
    }
    used = c->in_prod - vpl011_load_seq_cst(&c->page->in_cons);
    return used <= IN_SIZE ? IN_SIZE - used : 0;
}

void vpl011_xencons_console_resync(struct vpl011_xencons_console *c)
{
    if (is_ready(c)) {
        start_empty(c, vpl011_load_acquire(&c->page->in_cons),
                    vpl011_load_acquire(&c->page->out_prod));
        c->resyncs++;
    }
}

int vpl011_xencons_console_get_status_sized(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status, size_t size)
{
    struct vpl011_xencons_status s = {0};

    if (!c || !status) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(c)) {
        return VPL011_ERR_UNINIT;
    }
    s.broken = c->broken;
    s.events = c->events;
    s.corrupt_out = c->corrupt_out;
    s.corrupt_in = c->corrupt_in;
    s.resyncs = c->resyncs;
    vpl011_give_sized_(status, size, &s, sizeof(s));
    return VPL011_OK;
}
