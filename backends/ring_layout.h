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

#include "../common/compiler.h"
#include "../common/sized.h"
#include "byte_ring.h"

/* A direction: OUT or IN. */
struct ring_way {
    uint8_t *bytes;
    uint32_t size;
    uint32_t *prod; /* written by the side that sends */
    uint32_t *cons; /* by the other; of OUT by a drop too, where it is locked */
    struct vpl011_ring_break *brk; /* or NULL, as the following: */
};

struct ring {
    struct ring_way out;
    struct ring_way in;
    const uint8_t *connection; /* says whether anybody is there */
    uint32_t *out_lock;        /* whoever moves out.cons */
    uint32_t *wanted;          /* the far end found the lock taken */
};

static ALWAYS_INLINE struct ring page_ring(struct vpl011_xencons_page *page,
                                           uint32_t flags)
{
    return (struct ring){
        .out = {page->out, VPL011_XENCONS_OUT_SIZE, &page->out_prod,
                &page->out_cons, NULL},
        .in = {page->in, VPL011_XENCONS_IN_SIZE, &page->in_prod, &page->in_cons,
               NULL},
        .connection =
            (flags & VPL011_XENCONS_CONNECTION) ? &page->connection : NULL,
    };
}

static ALWAYS_INLINE struct ring fifo_ring(const struct vpl011_fifo *fifo)
{
    struct vpl011_fifo *f = (struct vpl011_fifo *)fifo;

    return (struct ring){
        .out = {f->out, f->out_size, &f->out_prod, &f->out_cons, &f->out_brk},
        .in = {f->in, f->in_size, &f->in_prod, &f->in_cons, &f->in_brk},
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

/* Of both sides, or of one (the other NULL). Of both, events are the device's,
 * and a resync is counted where it is asked for. */
static inline int ring_status(const struct vpl011_ring_device *d,
                              const struct vpl011_ring_far *f, void *status,
                              size_t size)
{
    struct vpl011_ring_status s = {0};

    if (f) {
        s.broken = vpl011_load_relaxed(&f->stopped[0]) |
                   vpl011_load_relaxed(&f->stopped[1]);
        s.events = vpl011_load_relaxed(&f->events[0]) +
                   vpl011_load_relaxed(&f->events[1]);
        s.corrupt_out = vpl011_load_relaxed(&f->corrupt[0]);
        s.corrupt_in = vpl011_load_relaxed(&f->corrupt[1]);
    }
    if (d) {
        s.broken |= vpl011_load_relaxed(&d->unusual) & RING_STOPPED;
        s.events = vpl011_load_relaxed(&d->events);
        s.corrupt_out += vpl011_load_relaxed(&d->corrupt[0]);
        s.corrupt_in += vpl011_load_relaxed(&d->corrupt[1]);
    }
    s.resyncs = vpl011_load_relaxed(f ? &f->resyncs : &d->resyncs);
    vpl011_give_sized_(status, size, &s, sizeof(s));
    return VPL011_OK;
}

#define FIFO_READY 0x46494630u
#define DEVICE_READY 0x58454E30u
#define CONSOLE_READY 0x58454E31u

/* Whether there is one, and it was set up. */
#define is_set_up(x, mark) ((x) && (x)->guard == (mark))
#define is_fifo(f) is_set_up(f, FIFO_READY)
#define is_device(x) is_set_up(x, DEVICE_READY)
#define is_console(c) is_set_up(c, CONSOLE_READY)

/* Whether a call can be made of a context that is ready, with what it is given:
 * a macro, so that nothing is read of one where something is missing. */
#define ring_usable(x, ready, given) \
    (!(x) || !(given)        ? VPL011_ERR_NULL \
     : (x)->guard == (ready) ? VPL011_OK \
                             : VPL011_ERR_UNINIT)

/* Check a page and take its indices, for either side. */
struct xencons_indices {
    uint32_t in_cons;
    uint32_t in_prod;
    uint32_t out_cons;
    uint32_t out_prod;
};

int vpl011_xencons_check_page_(struct vpl011_xencons_page *page, size_t size,
                               uint32_t flags, struct xencons_indices *indices);

#endif
