/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The xencons ring backend: the device's side of the shared page. */
#include "xencons_ring.h"

#include <string.h>

#define DEVICE_READY 0x58454E30u
#define DEVICE_FLAGS \
    (VPL011_XENCONS_CONNECTION | VPL011_XENCONS_EMPTY | VPL011_XENCONS_ALWAYS)

static bool is_ready(const struct vpl011_xencons *x)
{
    return x && x->guard == DEVICE_READY;
}

/* One writer (the device lock), readers on any thread. */
static void count(uint32_t *counter)
{
    vpl011_store_relaxed(counter, *counter + 1);
}

int vpl011_xencons_take_(struct vpl011_xencons_page *page, size_t size,
                         uint32_t flags, struct xencons_indices *indices)
{
    size_t least = (flags & VPL011_XENCONS_CONNECTION)
                       ? sizeof(*page)
                       : VPL011_XENCONS_PAGE_OLD_SIZE;

    if (size < least || (uintptr_t)page % sizeof(uint32_t) != 0) {
        return VPL011_ERR_SIZE;
    }
    indices->in_cons = vpl011_load_acquire(&page->in_cons);
    indices->in_prod = vpl011_load_acquire(&page->in_prod);
    indices->out_cons = vpl011_load_acquire(&page->out_cons);
    indices->out_prod = vpl011_load_acquire(&page->out_prod);
    if (!(flags & VPL011_XENCONS_EMPTY) &&
        (indices->in_prod - indices->in_cons > IN_SIZE ||
         indices->out_prod - indices->out_cons > OUT_SIZE)) {
        return VPL011_ERR_RING;
    }
    return VPL011_OK;
}

/*
 * A window that no ring has. The peer's index is not repaired and the own is
 * not moved: to guess would alias old data as new (nothing sane can follow
 * until both sides agree to start again).
 */
static void stop(struct vpl011_xencons *x, uint32_t direction, uint32_t prod,
                 uint32_t cons)
{
    struct vpl011_xencons_corrupt what = {
        .direction = direction,
        .prod = prod,
        .cons = cons,
    };

    vpl011_store_relaxed(&x->broken, x->broken | direction);
    count(direction == VPL011_XENCONS_OUT ? &x->corrupt_out : &x->corrupt_in);
    if (x->corrupt) {
        x->corrupt(x->ctx, &what);
    }
}

/* Both directions empty, by moving the own indices to the peer's. */
static void start_empty(struct vpl011_xencons *x, uint32_t in_prod,
                        uint32_t out_cons)
{
    x->in_cons = in_prod;
    x->out_prod = out_cons;
    x->full_told = out_cons;
    x->told = 0;
    x->in_was_full = 0;
    x->write_was_short = 0;
    x->greet = 1;
    vpl011_store_relaxed(&x->broken, 0);
    vpl011_store_seq_cst(&x->page->in_cons, in_prod);
    vpl011_store_seq_cst(&x->page->out_prod, out_cons);
}

/* Asked for by any thread, done here, under the device lock. */
static void resync_if_asked(struct vpl011_xencons *x)
{
    if (unlikely(vpl011_load_relaxed(&x->resync)) &&
        vpl011_exchange_acquire(&x->resync, 0)) {
        start_empty(x, vpl011_load_acquire(&x->page->in_prod),
                    vpl011_load_acquire(&x->page->out_cons));
        count(&x->resyncs);
    }
}

/* The console had taken all there was: it may sleep, and did not see this. */
static OUT_OF_LINE void tell_of_output(struct vpl011_xencons *x, uint32_t cons,
                                       uint32_t *events)
{
    x->told = 1;
    x->told_cons = cons;
    *events |= VPL011_EVENT_FAR_END;
    count(&x->events);
}

/* Any number of bytes, in any state of the ring. */
static OUT_OF_LINE size_t write_any(struct vpl011_xencons *x,
                                    const uint8_t *bytes, size_t wanted,
                                    uint32_t cons, uint32_t *events)
{
    struct vpl011_xencons_page *page = x->page;
    uint32_t prod = x->out_prod;
    uint32_t used = prod - cons;
    size_t taken;

    if (unlikely(used >= OUT_SIZE || x->broken & VPL011_XENCONS_OUT)) {
        x->write_was_short = 1;
        if (used > OUT_SIZE && !(x->broken & VPL011_XENCONS_OUT)) {
            stop(x, VPL011_XENCONS_OUT, prod, cons);
        }
        return 0;
    }
    taken = byte_ring_min(wanted, OUT_SIZE - used);
    if (taken < wanted) {
        x->write_was_short = 1;
    }
    byte_ring_put(page->out, OUT_SIZE, prod, bytes, taken);
    x->out_prod = prod + (uint32_t)taken;
    vpl011_store_seq_cst(&page->out_prod, x->out_prod);
    cons = vpl011_load_seq_cst(&page->out_cons);
    if (cons == prod || (x->flags & VPL011_XENCONS_ALWAYS)) {
        tell_of_output(x, cons, events);
    }
    return taken;
}

/*
 * One byte for each DR write into a ring with room is the common case, and
 * done here; the console that may sleep, and everything else, in write_any().
 * The index that sizes the transfer is loaded once; the look after publishing
 * is only compared.
 */
static size_t xencons_write(void *ctx, const uint8_t *bytes, size_t wanted,
                            uint32_t *events)
{
    struct vpl011_xencons *x = ctx;
    struct vpl011_xencons_page *page = x->page;
    uint32_t prod = x->out_prod;
    uint32_t cons = vpl011_load_acquire(&page->out_cons);

    if (unlikely(wanted != 1 || prod - cons >= OUT_SIZE || x->broken ||
                 (x->flags & VPL011_XENCONS_ALWAYS))) {
        return write_any(x, bytes, wanted, cons, events);
    }
    page->out[prod % OUT_SIZE] = *bytes;
    x->out_prod = prod + 1;
    vpl011_store_seq_cst(&page->out_prod, prod + 1);
    if (unlikely(vpl011_load_seq_cst(&page->out_cons) == prod)) {
        tell_of_output(x, prod, events);
    }
    return 1;
}

static size_t xencons_read(void *ctx, uint8_t *bytes, size_t wanted,
                           uint32_t *events)
{
    struct vpl011_xencons *x = ctx;
    struct vpl011_xencons_page *page = x->page;
    uint32_t prod;
    uint32_t cons;
    size_t given;

    resync_if_asked(x);
    cons = x->in_cons;
    prod = vpl011_load_acquire(&page->in_prod);
    if (unlikely(x->broken & VPL011_XENCONS_IN)) {
        return 0;
    }
    if (unlikely(prod - cons > IN_SIZE)) {
        stop(x, VPL011_XENCONS_IN, prod, cons);
        return 0;
    }
    given = byte_ring_min(wanted, prod - cons);
    if (given == 0) {
        return 0;
    }
    byte_ring_get(page->in, IN_SIZE, cons, bytes, given);
    x->in_cons = cons + (uint32_t)given;
    vpl011_store_seq_cst(&page->in_cons, x->in_cons);
    prod = vpl011_load_seq_cst(&page->in_prod);
    /* It was full as the console saw it: it may sleep until there is room, and
     * is told when half of the ring is free, not for each turn of the guest's
     * FIFO. What fills the other half is the guest's to take first. */
    if (prod - cons == IN_SIZE) {
        x->in_was_full = 1;
    }
    if ((x->in_was_full && prod - x->in_cons <= IN_SIZE / 2) ||
        (x->flags & VPL011_XENCONS_ALWAYS)) {
        x->in_was_full = 0;
        *events |= VPL011_EVENT_FAR_END;
        count(&x->events);
    }
    return given;
}

/*
 * Exactly 1 is nobody: any other value, also one that no Xen writes, must not
 * make the guest's output vanish.
 */
static bool is_attached(const struct vpl011_xencons *x)
{
    if (vpl011_load_relaxed(&x->detached) || (x->broken & VPL011_XENCONS_OUT)) {
        return false;
    }
    return !(x->flags & VPL011_XENCONS_CONNECTION) ||
           vpl011_load_relaxed_u8(&x->page->connection) !=
               VPL011_XENCONS_DISCONNECTED;
}

/*
 * Bytes still wait: ring again, because a console that took some of them went
 * to sleep after an index that was older than these. Not where it has taken
 * nothing since the last event, which is then still on its way (but the next
 * time: it may have been lost). Nor for each DR write that finds the ring
 * full: then once, until something moved.
 */
static void remind(struct vpl011_xencons *x, uint32_t cons, uint32_t *events)
{
    bool was_short = x->write_was_short != 0;
    bool full = x->out_prod - cons == OUT_SIZE;

    x->write_was_short = 0;
    if (was_short) {
        if (x->full_told == x->out_prod) {
            return;
        }
    } else if (x->told && x->told_cons == cons) {
        x->told = 0;
        return;
    }
    if (full) {
        x->full_told = x->out_prod;
    }
    x->told = 0;
    *events |= VPL011_EVENT_FAR_END;
    count(&x->events);
}

static void xencons_poll(void *ctx, struct vpl011_backend_status *status,
                         uint32_t *events)
{
    struct vpl011_xencons *x = ctx;
    uint32_t prod;
    uint32_t cons;

    resync_if_asked(x);
    /* A console may wait for what the device before this one did not tell. */
    if (unlikely(x->greet)) {
        x->greet = 0;
        *events |= VPL011_EVENT_FAR_END;
        count(&x->events);
    }
    prod = vpl011_load_acquire(&x->page->in_prod);
    cons = vpl011_load_acquire(&x->page->out_cons);
    if (!(x->broken & VPL011_XENCONS_IN)) {
        if (prod - x->in_cons <= IN_SIZE) {
            status->waiting = prod - x->in_cons;
        } else {
            stop(x, VPL011_XENCONS_IN, prod, x->in_cons);
        }
    }
    if (!(x->broken & VPL011_XENCONS_OUT)) {
        if (x->out_prod - cons <= OUT_SIZE) {
            status->room = OUT_SIZE - (x->out_prod - cons);
            if (x->out_prod != cons) {
                remind(x, cons, events);
            }
        } else {
            stop(x, VPL011_XENCONS_OUT, x->out_prod, cons);
        }
    }
    status->attached = is_attached(x);
}

static bool has_reserved(const struct vpl011_xencons_config *config)
{
    return config->reserved0 || config->reserved[0] || config->reserved[1] ||
           config->reserved[2] || config->reserved[3];
}

int vpl011_xencons_init(struct vpl011_xencons *x, void *page, size_t size,
                        const struct vpl011_xencons_config *config)
{
    struct vpl011_xencons_config c = {0};
    struct xencons_indices indices;
    int err;

    if (!x || !page) {
        return VPL011_ERR_NULL;
    }
    if (config) {
        c = *config;
    }
    if (has_reserved(&c)) {
        return VPL011_ERR_ABI;
    }
    if (c.flags & ~DEVICE_FLAGS) {
        return VPL011_ERR_FLAGS;
    }
    err = vpl011_xencons_take_(page, size, c.flags, &indices);
    if (err) {
        return err;
    }
    memset(x, 0, sizeof(*x));
    x->page = page;
    x->flags = c.flags;
    x->ctx = c.ctx;
    x->corrupt = c.corrupt;
    x->in_cons = indices.in_cons;
    x->out_prod = indices.out_prod;
    x->full_told = indices.out_cons;
    if (c.flags & VPL011_XENCONS_EMPTY) {
        start_empty(x, indices.in_prod, indices.out_cons);
    }
    x->greet = 1;
    x->guard = DEVICE_READY;
    return VPL011_OK;
}

int vpl011_xencons_backend(struct vpl011_xencons *x, struct vpl011_backend *to)
{
    if (!x || !to) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(x)) {
        return VPL011_ERR_UNINIT;
    }
    *to = (struct vpl011_backend){
        .ctx = x,
        .write = xencons_write,
        .read = xencons_read,
        .poll = xencons_poll,
    };
    return VPL011_OK;
}

void vpl011_xencons_resync(struct vpl011_xencons *x)
{
    if (is_ready(x)) {
        vpl011_store_release(&x->resync, 1);
    }
}

void vpl011_xencons_set_attached(struct vpl011_xencons *x, bool attached)
{
    if (is_ready(x)) {
        vpl011_store_relaxed(&x->detached, !attached);
    }
}

int vpl011_xencons_get_status_sized(const struct vpl011_xencons *x,
                                    struct vpl011_xencons_status *status,
                                    size_t size)
{
    struct vpl011_xencons_status s = {0};

    if (!x || !status) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(x)) {
        return VPL011_ERR_UNINIT;
    }
    s.broken = vpl011_load_relaxed(&x->broken);
    s.events = vpl011_load_relaxed(&x->events);
    s.corrupt_out = vpl011_load_relaxed(&x->corrupt_out);
    s.corrupt_in = vpl011_load_relaxed(&x->corrupt_in);
    s.resyncs = vpl011_load_relaxed(&x->resyncs);
    vpl011_give_sized_(status, size, &s, sizeof(s));
    return VPL011_OK;
}
