/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The in-process FIFO: a ring in the caller's memory, the device's side. */
#include "ring_layout.h"

#define RING struct vpl011_fifo
#define ring_of fifo_ring
#define READY FIFO_READY
#include "ring_device.h"

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
