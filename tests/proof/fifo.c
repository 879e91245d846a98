/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The in-process FIFO, whose two sides trust each other: a load of the other
 * side's index finds anything that this side's own allows, at each load anew.
 * The own indices are chosen values, at the wrap among them: what the code
 * does depends on differences and slots, not on where the count has got to.
 */
#include "any_ring.h"

#define PROOF_OWN_LOAD
static uint32_t proof_load(const uint32_t *p);

/* Of the own index, or where the order does not matter. */
static uint32_t proof_load_own(const uint32_t *p)
{
    return *p;
}

#define vpl011_load_relaxed proof_load_own
#include "any_atomic.h"

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static struct vpl011_fifo fifo;

static uint32_t proof_load(const uint32_t *p)
{
    uint32_t before = *p;

    (void)before;
    if (p == &fifo.host.out_index) {
        return fifo.device.out_index - any_upto(fifo.out_size);
    }
    if (p == &fifo.device.out_index) {
        return fifo.host.out_index + any_upto(fifo.out_size);
    }
    if (p == &fifo.host.in_index) {
        return fifo.device.in_index + any_upto(fifo.in_size);
    }
    if (p == &fifo.device.in_index) {
        return fifo.host.in_index - any_upto(fifo.in_size);
    }
    return any_u32();
}

#include "../../backends/fifo.c"

static uint8_t in[256];
static uint8_t out[256];

static void one_call(const struct vpl011_backend *b, size_t count)
{
    struct vpl011_backend_status status = {0};
    uint8_t bytes[64];
    uint32_t events = 0;

    any_bytes(bytes, sizeof(bytes));
    switch (any_upto(10)) {
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
    default:
        vpl011_fifo_set_attached(&fifo, any_bool());
        break;
    }
}

static void at(uint32_t own, size_t size, size_t count)
{
    struct vpl011_backend b;

    if (vpl011_fifo_init(&fifo, in, size, out, size) != VPL011_OK ||
        vpl011_fifo_backend(&fifo, &b) != VPL011_OK) {
        return;
    }
    fifo.device.out_index = own;
    fifo.device.in_index = own;
    fifo.host.out_index = own;
    fifo.host.in_index = own;
    fifo.host.brk_at = any_u32();
    one_call(&b, count);
}

void proof_fifo(void)
{
    struct vpl011_backend b;

    at(0, 1, 1);
    at(UINT32_MAX, 1, 64);
    at(0, 16, 64);
    at(7, 16, 1);
    at(UINT32_MAX - 3, 16, 15);
    at(0x80000000u, 256, 64);
    at(UINT32_MAX - 3, 64, 0);
    vpl011_fifo_init(&fifo, in, any_size(), out, any_size());
    vpl011_fifo_init(NULL, in, 1, out, 1);
    vpl011_fifo_backend(NULL, &b);
}
