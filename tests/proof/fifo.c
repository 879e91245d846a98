/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The in-process FIFO. Each shared word is arbitrary at each load, as in the
 * shared page, and so is every private word: memory that another program wrote
 * to does no harm. Only the location of the bytes has to be right.
 */
#include "any_ring.h"

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static struct vpl011_fifo fifo;

static uint8_t in[256];
static uint8_t out[256];

static void one_call(const struct vpl011_backend *b, size_t count)
{
    struct vpl011_backend_status status = {0};
    struct vpl011_ring_status told;
    uint8_t bytes[64];
    uint32_t events = 0;
    uint32_t at;

    any_bytes(bytes, sizeof(bytes));
    switch (any_upto(17)) {
    case 0:
        b->write(b->ctx, bytes + sizeof(bytes) - count, count, &events);
        break;
    case 1:
        b->read(b->ctx, bytes + sizeof(bytes) - count, count, &events);
        break;
    case 2:
        b->poll(b->ctx, &status, &events);
        break;
    case 3:
        b->send_break(b->ctx, any_bool());
        break;
    case 4:
        b->drop_oldest(b->ctx, any_size());
        break;
    case 5:
        vpl011_fifo_push(&fifo, bytes + sizeof(bytes) - count, count);
        break;
    case 6:
        vpl011_fifo_pop(&fifo, bytes + sizeof(bytes) - count, count);
        break;
    case 7:
        vpl011_fifo_push_break(&fifo);
        break;
    case 8:
        vpl011_fifo_push_room(&fifo);
        vpl011_fifo_pop_waiting(&fifo);
        break;
    case 9:
        vpl011_fifo_break(&fifo);
        break;
    case 10:
        vpl011_fifo_peek(&fifo, bytes + sizeof(bytes) - count, count, &at);
        break;
    case 11:
        vpl011_fifo_consume(&fifo, any_u32(), any_size());
        break;
    case 12:
        vpl011_fifo_publish(&fifo, any_u32());
        break;
    case 13:
        vpl011_fifo_pop_break(&fifo);
        break;
    case 14:
        vpl011_fifo_resync(&fifo);
        break;
    case 15:
        vpl011_fifo_get_status(&fifo, &told);
        break;
    case 16:
        b->put(b->ctx, any_u8());
        break;
    default:
        vpl011_fifo_set_attached(&fifo, any_bool());
        break;
    }
}

static void on_corrupt(void *ctx, const struct vpl011_ring_corrupt *what)
{
    struct vpl011_ring_corrupt seen = *what;

    (void)ctx;
    (void)seen;
}

static void of(uint32_t size, size_t count)
{
    struct vpl011_backend b = {0};

    any_bytes(&fifo, sizeof(fifo));
    fifo.in = in + sizeof(in) - size;
    fifo.out = out + sizeof(out) - size;
    fifo.in_size = size;
    fifo.out_size = size;
    fifo.device.corrupted = any_bool() ? on_corrupt : NULL;
    fifo.device.ctx = NULL;
    if (vpl011_fifo_backend(&fifo, &b) == VPL011_OK) {
        one_call(&b, count);
    }
}

void proof_fifo(void)
{
    struct vpl011_backend b;

    of(1, 1);
    of(1, 64);
    of(16, 64);
    of(16, 1);
    of(256, 64);
    of(64, 0);
    vpl011_fifo_init(&fifo, in, any_size(), out, any_size());
    vpl011_fifo_init(NULL, in, 1, out, 1);
    vpl011_fifo_backend(NULL, &b);
}
