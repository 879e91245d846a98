/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * What the in-process FIFO (<vpl011/fifo.h>) and the shared page
 * (<vpl011/xencons.h>) have in common: they are one ring in two layouts.
 *
 * The names are the guest's: `out` is what it sends, `in` what it receives.
 * Each side keeps its own indices privately and only publishes them; what the
 * peer wrote is loaded once for each transfer and checked before use; every
 * slot is masked. A window larger than its ring stops that direction
 * (status.broken) until a resync: nothing moves, no index is written.
 *
 * When a side rings, and why nothing is lost: docs/notification.md.
 */
#ifndef VPL011_RING_H
#define VPL011_RING_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Direction: guest to far end. In status.broken and in the corrupt op. */
#define VPL011_RING_OUT (1u << 0)
/** Direction: far end to guest. */
#define VPL011_RING_IN (1u << 1)

/** Device side: raise FAR_END after every transfer that moved something, for
 * far ends that do not notify after each consumption. Default: coalesced. */
#define VPL011_RING_ALWAYS (1u << 2)

/** [us] how long a far end that batches holds its index back: half of what a
 * person may notice. */
#define VPL011_RING_BATCH_US 1000u

/** How to publish: at once, whatever the batching rule says. */
#define VPL011_RING_NOW (1u << 0)

/** To do: ring the device's doorbell, or call vpl011_data_avail(). */
#define VPL011_RING_TODO_NOTIFY (1u << 0)
/** To do: have a timer of VPL011_RING_BATCH_US running for this ring, and
 * publish with VPL011_RING_NOW when it fires; one that runs is left alone. */
#define VPL011_RING_TODO_HELD (1u << 1)
/** To do: make another pass before you sleep: nobody will wake you. */
#define VPL011_RING_TODO_MORE (1u << 2)
/** To do: close, or resync: the device's indices are no ring's. */
#define VPL011_RING_TODO_RESYNC (1u << 3)
/** Not all input fitted: FAR_END is raised once half of the ring is free. */
#define VPL011_RING_TODO_FULL (1u << 4)
/** A BREAK comes before the next byte: vpl011_fifo_pop_break(). */
#define VPL011_RING_TODO_BREAK (1u << 5)

/** What was found when a direction was stopped. */
struct vpl011_ring_corrupt {
    /** VPL011_RING_OUT or _IN. */
    uint32_t direction;
    /** out_prod (own), or in_prod as found. */
    uint32_t prod;
    /** out_cons as found, or in_cons (own). */
    uint32_t cons;
};

/** How a ring is to be used. All zero is usable. Copied at init. */
struct vpl011_ring_config {
    /** VPL011_RING_ALWAYS; for a page, VPL011_XENCONS_* too. */
    uint32_t flags;
    /** Zero. */
    uint32_t reserved0;
    /** First argument of corrupt. */
    void *ctx;
    /**
     * A direction was stopped. Optional. Called once for each stop, under the
     * device lock, and must not call the device; to go on, resync. The
     * structure is valid for the call.
     */
    void (*corrupt)(void *ctx, const struct vpl011_ring_corrupt *what);
    /** Zero. */
    void *reserved[4];
};

/** What an operator wants to know. Counts are modulo 2^32, since init. */
struct vpl011_ring_status {
    /** Directions that are stopped: VPL011_RING_*. */
    uint32_t broken;
    /** Device: FAR_END raised; far end: TODO_NOTIFY returned. */
    uint32_t events;
    /** Times OUT was stopped. */
    uint32_t corrupt_out;
    /** Times IN was stopped. */
    uint32_t corrupt_in;
    /** Resyncs done. */
    uint32_t resyncs;
    /** Zero. */
    uint32_t reserved[3];
};

/** A device's own words of a ring. Private. */
struct vpl011_ring_device {
    uint32_t out_prod;  /**< published */
    uint32_t in_cons;   /**< published */
    uint32_t unusual;   /**< stopped directions; ALWAYS; an event is owed */
    uint32_t told;      /**< what the far end was told: 1 bytes wait, 2 full */
    uint32_t told_cons; /**< while out_cons is this */
    uint32_t write_was_short;
    uint32_t dropped;     /**< what was told may be of bytes that are gone */
    uint32_t in_was_full; /**< the far end may wait for room */
    uint32_t resync;      /**< requested: done by the next read or poll */
    uint32_t detached;
    uint32_t events;
    uint32_t corrupt[2]; /**< OUT, IN */
    uint32_t resyncs;
    void *ctx;
    void (*corrupted)(void *ctx, const struct vpl011_ring_corrupt *what);
    void *reserved[2];
};

/** A far end's own words of a ring. Private. */
struct vpl011_ring_far {
    uint32_t out_cons; /**< published; unused where drops move it too */
    uint32_t out_read; /**< consumed, up to a ring's size ahead of it */
    uint32_t in_prod;  /**< published */
    /** Of OUT, of IN: each may have a thread of its own. */
    uint32_t stopped[2];
    uint32_t corrupt[2];
    uint32_t events[2];
    uint32_t resyncs;
    uint32_t reserved[2];
};

/** A BREAK on its way: a word that says so, and before which index. Private. */
struct vpl011_ring_break {
    uint32_t valid;
    uint32_t at;
};

#ifdef __cplusplus
}
#endif

#endif
