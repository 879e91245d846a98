/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The in-process FIFO backend: both sides of a ring in the caller's memory. */
#include "../common/sized.h"
#include "ring_layout.h"

#define RING struct vpl011_fifo
#define FAR struct vpl011_fifo
#define ring_of fifo_ring
#define is_ready is_fifo
#include "ring_device.h"
#include "ring_far.h"

static bool is_size(size_t size)
{
    return size - 1 < 0x80000000u && (size & (size - 1)) == 0;
}

size_t vpl011_fifo_sizeof(void)
{
    return sizeof(struct vpl011_fifo);
}

int vpl011_fifo_init_sized(struct vpl011_fifo *f, size_t f_size,
                           void *in_storage, size_t in_size, void *out_storage,
                           size_t out_size,
                           const struct vpl011_ring_config *config)
{
    int err;

    if (!f || !in_storage || !out_storage) {
        return VPL011_ERR_NULL;
    }
    if (f_size < sizeof(*f)) {
        return VPL011_ERR_ABI;
    }
    if (!is_size(in_size) || !is_size(out_size)) {
        return VPL011_ERR_SIZE;
    }
    err = ring_check(config, VPL011_RING_ALWAYS);
    if (err) {
        return err;
    }
    ring_configure(f, config);
    f->in = in_storage;
    f->out = out_storage;
    f->in_size = (uint32_t)in_size;
    f->out_size = (uint32_t)out_size;
    f->guard = FIFO_READY;
    return VPL011_OK;
}

/*
 * What only this layout has room for
 */

static void fifo_send_break(void *ctx, bool on)
{
    struct vpl011_fifo *f = ctx;

    vpl011_store_release(&f->breaking, on);
    if (on && !vpl011_load_acquire(&f->out_brk.valid)) {
        f->out_brk.at = f->device.out_prod;
        vpl011_store_release(&f->out_brk.valid, 1);
        ring_owe(&f->device);
    }
}

/*
 * The host's reading is under the same lock, and makes room by itself: then
 * nothing is dropped here, and the device asks again. A BREAK that is passed
 * comes before the next byte that is left.
 */
static size_t fifo_drop_oldest(void *ctx, size_t count)
{
    struct vpl011_fifo *f = ctx;
    struct vpl011_ring_device *d = &f->device;
    uint32_t cons;

    if (vpl011_exchange_acquire(&f->out_lock, 1)) {
        return 0;
    }
    cons = vpl011_load_relaxed(&f->out_cons);
    count = byte_ring_min(count, d->out_prod - cons);
    if (f->out_brk.at - cons < count) {
        f->out_brk.at = cons + (uint32_t)count;
    }
    vpl011_store_release(&f->out_cons, cons + (uint32_t)count);
    if (d->told_cons == cons) {
        d->told_cons += (uint32_t)count;
    }
    d->dropped = 1;
    vpl011_store_seq_cst(&f->out_lock, 0);
    if (vpl011_load_seq_cst(&f->wanted)) {
        vpl011_store_relaxed(&f->wanted, 0);
        ring_owe(d);
    }
    return count;
}

int vpl011_fifo_backend(struct vpl011_fifo *f, struct vpl011_backend *to)
{
    const int err = ring_backend(f, to);

    if (!err) {
        to->send_break = fifo_send_break;
        to->drop_oldest = fifo_drop_oldest;
    }
    return err;
}

void vpl011_fifo_set_attached(struct vpl011_fifo *f, bool attached)
{
    if (is_fifo(f)) {
        vpl011_store_relaxed(&f->device.detached, !attached);
    }
}

/*
 * The host's side
 */

size_t vpl011_fifo_push(struct vpl011_fifo *f, const void *bytes, size_t count)
{
    uint32_t todo = 0;

    return is_fifo(f) && bytes ? far_write(f, bytes, count, count, &todo) : 0;
}

bool vpl011_fifo_push_break(struct vpl011_fifo *f)
{
    if (!is_fifo(f) || vpl011_load_acquire(&f->in_brk.valid)) {
        return false;
    }
    f->in_brk.at = f->far.in_prod;
    vpl011_store_release(&f->in_brk.valid, 1);
    return true;
}

size_t vpl011_fifo_push_room(const struct vpl011_fifo *f)
{
    return is_fifo(f) ? far_room(f) : 0;
}

/* Whether output may be looked at: else there is none, or a drop under way. */
static bool begin_pop(struct vpl011_fifo *f, const void *to)
{
    return is_fifo(f) && to && !f->far.stopped[0] && far_lock(f);
}

size_t vpl011_fifo_pop(struct vpl011_fifo *f, void *bytes, size_t count)
{
    if (!begin_pop(f, bytes)) {
        return 0;
    }
    count = far_copy(f, bytes, count, false);
    if (count > 0) {
        if (unlikely(vpl011_load_acquire(&f->out_brk.valid)) &&
            f->out_brk.at - f->far.out_read < count) {
            vpl011_store_release(&f->out_brk.valid, 0);
        }
        /* No look follows: vpl011_data_avail() does, and looks for both. */
        f->far.out_read += (uint32_t)count;
        vpl011_store_release(&f->out_cons, f->far.out_read);
        ring_count(&f->far.events[0]);
    }
    far_unlock(f);
    return count;
}

size_t vpl011_fifo_peek(struct vpl011_fifo *f, void *bytes, size_t count,
                        uint32_t *position)
{
    if (!position || !begin_pop(f, bytes)) {
        return 0;
    }
    count = far_copy(f, bytes, count, true);
    *position = f->far.out_read;
    far_unlock(f);
    return count;
}

void vpl011_fifo_consume(struct vpl011_fifo *f, uint32_t position, size_t count)
{
    /* A peek after a drop may have begun behind the position. */
    if (is_fifo(f) && f->far.out_read - position < count) {
        f->far.out_read = position + (uint32_t)count;
    }
}

uint32_t vpl011_fifo_publish(struct vpl011_fifo *f, uint32_t how)
{
    return is_fifo(f) ? far_publish(f, how) : 0;
}

bool vpl011_fifo_pop_break(struct vpl011_fifo *f)
{
    uint32_t cons;
    uint32_t left;
    bool found;

    if (!begin_pop(f, f)) {
        return false;
    }
    left = far_place(f, vpl011_load_seq_cst(&f->out_prod), &cons,
                     &f->far.out_read);
    found = left <= f->out_size && vpl011_load_acquire(&f->out_brk.valid) &&
            f->out_brk.at == f->far.out_read;
    if (found) {
        vpl011_store_release(&f->out_brk.valid, 0);
    }
    far_unlock(f);
    return found;
}

size_t vpl011_fifo_pop_waiting(const struct vpl011_fifo *f)
{
    return is_fifo(f) ? far_waiting(f) : 0;
}

bool vpl011_fifo_break(const struct vpl011_fifo *f)
{
    return is_fifo(f) && vpl011_load_acquire(&f->breaking);
}

void vpl011_fifo_resync(struct vpl011_fifo *f)
{
    if (is_fifo(f)) {
        far_resync(f);
        vpl011_store_release(&f->device.resync, 1);
    }
}

int vpl011_fifo_get_status_sized(const struct vpl011_fifo *f,
                                 struct vpl011_ring_status *status, size_t size)
{
    const int err = ring_usable(f, is_fifo(f), status);
    struct vpl011_ring_status s = {0};

    if (!err) {
        ring_status(&f->device, &s);
        s.resyncs = 0;
        far_status(&f->far, &s);
        vpl011_give_sized_(status, size, &s, sizeof(s));
    }
    return err;
}
