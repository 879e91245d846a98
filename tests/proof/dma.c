/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device whose DMA request lines somebody has, or nobody. The invariant
 * (check_dma()): who is told of them is there, there are four of them, and
 * without anybody none is up.
 */
#include "device.c"

#include "../../src/dma.c"

#define LINES (VPL011_DMA_TX | VPL011_DMA_RX)

static void on_request(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    /*@ assert lines: lines <= 15; */
    /*@ assert changed: 1 <= changed <= 15; */
    (void)lines;
    (void)changed;
}

static void any_dma(struct vpl011 *d)
{
    d->dma_settle = settle;
    d->dma_request = on_request;
    d->dma_held = any_upto(LINES);
    d->dma_lines = any_upto(LINES);
    d->flags |= FLAG_TIED;
    d->todo |= TODO_TIED;
}

static void no_dma(struct vpl011 *d)
{
    d->dma_settle = NULL;
    d->dma_request = NULL;
    d->dma_held = 0;
    d->dma_lines = 0;
}

static void check_dma(const struct vpl011 *d)
{
    const uint32_t untold = d->dma_request ? 0 : d->dma_held | d->dma_lines;
    const bool is_told = !d->dma_settle || d->dma_request;

    /*@ assert settles: d->dma_settle == \null || d->dma_settle == settle; */
    /*@ assert told: is_told && untold == 0; */
    /*@ assert held: d->dma_held <= 15; */
    /*@ assert up: d->dma_lines <= 15; */
    (void)is_told;
    (void)untold;
    check(d);
}

static void call_set(struct vpl011 *d)
{
    struct vpl011_dma dma;

    any_bytes(&dma, sizeof(dma));
    dma.request = any_bool() ? on_request : NULL;
    any_state(d);
    vpl011_dma_set(d, &dma);
    check_dma(d);
    any_state(d);
    any_tied = no_dma; /* for others, too, from when they are taken */
    if (vpl011_dma_set(d, NULL) == VPL011_OK) {
        check_dma(d);
    }
    any_state(d);
    vpl011_dma_clear(d, any_u32());
    check_dma(d);
    any_tied = any_dma;
}

static void call_dma(struct vpl011 *d)
{
    call_set(d);
    any_state(d);
    switch (any_upto(4)) {
    case 0:
        vpl011_dma_clear(d, any_u32());
        break;
    case 1:
        vpl011_mmio_write(d, PL011_UARTDMACR, 4, any_u32());
        break;
    case 2:
        vpl011_pause(d);
        break;
    case 3:
        vpl011_resume(d);
        break;
    default:
        vpl011_dma_lines(d);
        break;
    }
    check_dma(d);
}

void proof_dma(void)
{
    any_tied = any_dma;
    depth_stays = true;
    kind = ON_32;
    locking = true;
    call_dma(&device);
    kind = OFF_32;
    locking = false;
    call_dma(&device);
}
