/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The in-process FIFO backend. */
#include <string.h>

#include <vpl011/atomic.h>
#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

#include "byte_ring.h"
#include "fifo_pair.h"

static bool is_size(size_t size)
{
    return size >= 1 && size <= 0x80000000u && (size & (size - 1)) == 0;
}

int vpl011_fifo_init(struct vpl011_fifo *f, void *in_storage, size_t in_size,
                     void *out_storage, size_t out_size)
{
    if (!f || !in_storage || !out_storage) {
        return VPL011_ERR_NULL;
    }
    if (!is_size(in_size) || !is_size(out_size)) {
        return VPL011_ERR_SIZE;
    }
    memset(f, 0, sizeof(*f));
    f->in = in_storage;
    f->out = out_storage;
    f->in_size = (uint32_t)in_size;
    f->out_size = (uint32_t)out_size;
    f->host.attached = 1;
    f->guard = FIFO_READY;
    return VPL011_OK;
}

/*
 * Device side
 */

static size_t fifo_write(void *ctx, const uint8_t *bytes, size_t count,
                         uint32_t *events)
{
    struct vpl011_fifo *f = ctx;
    uint32_t prod = f->device.out_index;
    uint32_t cons = vpl011_load_acquire(&f->host.out_index);

    count = byte_ring_min(count, f->out_size - (prod - cons));
    if (count == 0) {
        return 0;
    }
    byte_ring_put(f->out, f->out_size, prod, bytes, count);
    vpl011_store_seq_cst(&f->device.out_index, prod + (uint32_t)count);
    /* The host had taken everything: it may sleep, and did not see this. */
    if (vpl011_load_seq_cst(&f->host.out_index) == prod) {
        *events |= VPL011_EVENT_FAR_END;
    }
    return count;
}

static size_t fifo_read(void *ctx, uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct vpl011_fifo *f = ctx;
    uint32_t cons = f->device.in_index;
    /* Before the break: bytes behind it are not seen without it. */
    uint32_t prod = vpl011_load_acquire(&f->host.in_index);
    bool brk = vpl011_load_acquire(&f->host.brk) != 0;
    size_t given = byte_ring_min(count, prod - cons);

    if (brk) {
        given = byte_ring_min(given, f->host.brk_at - cons);
    }
    if (given > 0) {
        byte_ring_get(f->in, f->in_size, cons, bytes, given);
        vpl011_store_seq_cst(&f->device.in_index, cons + (uint32_t)given);
        /* It was full as the host saw it: the host may wait for room. */
        if (vpl011_load_seq_cst(&f->host.in_index) - cons == f->in_size) {
            *events |= VPL011_EVENT_FAR_END;
        }
    }
    if (brk && given < count && f->host.brk_at == f->device.in_index) {
        *events |= VPL011_BACKEND_BREAK;
        vpl011_store_release(&f->host.brk, 0);
    }
    return given;
}

static void fifo_poll(void *ctx, struct vpl011_backend_status *status,
                      uint32_t *events)
{
    struct vpl011_fifo *f = ctx;
    uint32_t used =
        f->device.out_index - vpl011_load_acquire(&f->host.out_index);

    status->waiting =
        vpl011_load_acquire(&f->host.in_index) - f->device.in_index;
    if (vpl011_load_acquire(&f->host.brk)) {
        status->waiting++;
    }
    status->room = f->out_size - used;
    status->attached = vpl011_load_relaxed(&f->host.attached) != 0;
    if (used > 0) {
        *events |= VPL011_EVENT_FAR_END;
    }
}

static void fifo_send_break(void *ctx, bool on)
{
    struct vpl011_fifo *f = ctx;

    vpl011_store_release(&f->device.brk, on);
}

/*
 * The consumed index belongs to the host's pop; to move it the device needs
 * the try-lock. A pop that is under way keeps what it copies, and makes room
 * by itself: nothing is dropped here then.
 */
static size_t fifo_drop_oldest(void *ctx, size_t count)
{
    struct vpl011_fifo *f = ctx;
    uint32_t cons;

    if (vpl011_exchange_acquire(&f->out_lock, 1)) {
        return 0;
    }
    cons = vpl011_load_relaxed(&f->host.out_index);
    count = byte_ring_min(count, f->device.out_index - cons);
    vpl011_store_release(&f->host.out_index, cons + (uint32_t)count);
    vpl011_store_release(&f->out_lock, 0);
    return count;
}

int vpl011_fifo_backend(struct vpl011_fifo *f, struct vpl011_backend *to)
{
    static const struct vpl011_backend operations = {
        .write = fifo_write,
        .read = fifo_read,
        .poll = fifo_poll,
        .send_break = fifo_send_break,
        .drop_oldest = fifo_drop_oldest,
    };

    if (!f || !to) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(f)) {
        return VPL011_ERR_UNINIT;
    }
    *to = operations;
    to->ctx = f;
    return VPL011_OK;
}

/*
 * Host side
 */

size_t vpl011_fifo_push(struct vpl011_fifo *f, const void *bytes, size_t count)
{
    uint32_t prod;

    if (!is_ready(f) || !bytes) {
        return 0;
    }
    prod = f->host.in_index;
    count = byte_ring_min(
        count, f->in_size - (prod - vpl011_load_acquire(&f->device.in_index)));
    if (count > 0) {
        byte_ring_put(f->in, f->in_size, prod, bytes, count);
        vpl011_store_seq_cst(&f->host.in_index, prod + (uint32_t)count);
    }
    return count;
}

bool vpl011_fifo_push_break(struct vpl011_fifo *f)
{
    if (!is_ready(f) || vpl011_load_acquire(&f->host.brk)) {
        return false;
    }
    f->host.brk_at = f->host.in_index;
    vpl011_store_release(&f->host.brk, 1);
    return true;
}

size_t vpl011_fifo_push_room(const struct vpl011_fifo *f)
{
    if (!is_ready(f)) {
        return 0;
    }
    return f->in_size -
           (f->host.in_index - vpl011_load_seq_cst(&f->device.in_index));
}

size_t vpl011_fifo_pop(struct vpl011_fifo *f, void *bytes, size_t count)
{
    uint32_t cons;

    if (!is_ready(f) || !bytes || vpl011_exchange_acquire(&f->out_lock, 1)) {
        return 0;
    }
    cons = vpl011_load_relaxed(&f->host.out_index);
    count =
        byte_ring_min(count, vpl011_load_seq_cst(&f->device.out_index) - cons);
    if (count > 0) {
        byte_ring_get(f->out, f->out_size, cons, bytes, count);
        vpl011_store_seq_cst(&f->host.out_index, cons + (uint32_t)count);
    }
    vpl011_store_release(&f->out_lock, 0);
    return count;
}

size_t vpl011_fifo_pop_waiting(const struct vpl011_fifo *f)
{
    if (!is_ready(f)) {
        return 0;
    }
    return vpl011_load_seq_cst(&f->device.out_index) -
           vpl011_load_relaxed(&f->host.out_index);
}

bool vpl011_fifo_break(const struct vpl011_fifo *f)
{
    return is_ready(f) && vpl011_load_acquire(&f->device.brk);
}

void vpl011_fifo_set_attached(struct vpl011_fifo *f, bool attached)
{
    if (is_ready(f)) {
        vpl011_store_relaxed(&f->host.attached, attached);
    }
}
