/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Where the bytes and the words of a ring lie; never installed. A layout is
 * made anew for each call, of what the compiler mostly knows, so that the sizes
 * of a page are constants and a FIFO holds no pointer into itself.
 */
#ifndef VPL011_RING_LAYOUT_H
#define VPL011_RING_LAYOUT_H

#include <stdbool.h>
#include <string.h>

#include <vpl011/atomic.h>
#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "byte_ring.h"

#if defined(__GNUC__)
#define OUT_OF_LINE __attribute__((noinline))
#define LAYOUT static inline __attribute__((always_inline))
#else
#define OUT_OF_LINE
#define LAYOUT static inline
#endif

/* Where size is what counts, there is one way to write. */
#ifdef __OPTIMIZE_SIZE__
#define RING_PUT NULL
#define INLINE_FOR_SPEED OUT_OF_LINE
#else
#define RING_PUT ring_put
#define INLINE_FOR_SPEED inline
#endif

struct ring {
    uint8_t *in;
    uint8_t *out;
    uint32_t in_size;
    uint32_t out_size;
    uint32_t *in_cons;  /* written by the device */
    uint32_t *in_prod;  /* by the far end */
    uint32_t *out_cons; /* by the far end; by a drop too where there is a lock
                         */
    uint32_t *out_prod; /* by the device */
    /* NULL where the layout has no place for it: */
    struct vpl011_ring_break *in_brk;
    struct vpl011_ring_break *out_brk;
    uint32_t *out_lock; /* whoever moves out_cons */
    uint32_t *wanted;   /* the far end found the lock taken */
};

LAYOUT struct ring page_layout(struct vpl011_xencons_page *page)
{
    return (struct ring){
        .in = page->in,
        .out = page->out,
        .in_size = VPL011_XENCONS_IN_SIZE,
        .out_size = VPL011_XENCONS_OUT_SIZE,
        .in_cons = &page->in_cons,
        .in_prod = &page->in_prod,
        .out_cons = &page->out_cons,
        .out_prod = &page->out_prod,
    };
}

LAYOUT struct ring fifo_layout(struct vpl011_fifo *f)
{
    return (struct ring){
        .in = f->in,
        .out = f->out,
        .in_size = f->in_size,
        .out_size = f->out_size,
        .in_cons = &f->in_cons,
        .in_prod = &f->in_prod,
        .out_cons = &f->out_cons,
        .out_prod = &f->out_prod,
        .in_brk = &f->in_brk,
        .out_brk = &f->out_brk,
        .out_lock = &f->out_lock,
        .wanted = &f->wanted,
    };
}

/* Bits of vpl011_ring_device.unusual, beside VPL011_RING_OUT, _IN, _ALWAYS. */
#define RING_STOPPED (VPL011_RING_OUT | VPL011_RING_IN)
#define RING_OWED (1u << 3) /* raise an event, whatever was told */

/* OUT 0, IN 1, as the arrays of both sides have them. */
static inline unsigned int ring_index(uint32_t direction)
{
    return direction == VPL011_RING_IN;
}

/* One writer, readers on any thread. */
static inline void ring_count(uint32_t *counter)
{
    vpl011_store_relaxed(counter, *counter + 1);
}

static inline void ring_owe(struct vpl011_ring_device *d)
{
    vpl011_store_relaxed(&d->unusual, d->unusual | RING_OWED);
}

/* Begin with these own indices, and with all forgotten that was told. */
static inline void ring_begin(struct vpl011_ring_device *d, uint32_t out_prod,
                              uint32_t in_cons, uint32_t stopped)
{
    d->out_prod = out_prod;
    d->in_cons = in_cons;
    d->told = 0;
    d->dropped = 0;
    d->in_was_full = 0;
    d->write_was_short = 0;
    vpl011_store_relaxed(&d->unusual, (d->unusual & VPL011_RING_ALWAYS) |
                                          RING_OWED | stopped);
}

static inline void ring_status(const struct vpl011_ring_device *d,
                               struct vpl011_ring_status *s)
{
    s->broken = vpl011_load_relaxed(&d->unusual) & RING_STOPPED;
    s->events = vpl011_load_relaxed(&d->events);
    s->corrupt_out = vpl011_load_relaxed(&d->corrupt[0]);
    s->corrupt_in = vpl011_load_relaxed(&d->corrupt[1]);
    s->resyncs = vpl011_load_relaxed(&d->resyncs);
}

#define FIFO_READY 0x46494630u
#define DEVICE_READY 0x58454E30u
#define CONSOLE_READY 0x58454E31u

static inline bool is_fifo(const struct vpl011_fifo *f)
{
    return f && f->guard == FIFO_READY;
}

static inline bool is_device(const struct vpl011_xencons *x)
{
    return x && x->guard == DEVICE_READY;
}

static inline bool is_console(const struct vpl011_xencons_console *c)
{
    return c && c->guard == CONSOLE_READY;
}

/* Check a page and take its indices, for either side. */
struct xencons_indices {
    uint32_t in_cons;
    uint32_t in_prod;
    uint32_t out_cons;
    uint32_t out_prod;
};

int vpl011_xencons_take_(struct vpl011_xencons_page *page, size_t size,
                         uint32_t flags, struct xencons_indices *indices);

#endif
