/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The in-process FIFO, the host's side. */
#include "ring_layout.h"

#define FAR struct vpl011_fifo
#define ring_of fifo_ring
#include "ring_far.h"

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
    const int err = ring_usable(f, FIFO_READY, status);

    return err ? err : ring_status(&f->device, &f->far, status, size);
}
