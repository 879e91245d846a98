/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * What the in-process FIFO (<vpl011/fifo.h>) and the shared page
 * (<vpl011/xencons.h>) have in common: they are one ring in two layouts.
 *
 * The names are the guest's: `out` is what it sends, `in` what it receives.
 * Each side keeps its own indices privately and only publishes them. It loads
 * an index of the peer once for each transfer and checks it before use. If the
 * two indices of a direction are further apart than its ring is large, that
 * direction stops (status.broken) until a resync: nothing moves, and no index
 * is written.
 *
 * A far end batches: what it consumed is held back (HELD) until the ring is
 * half full as the device sees it. Otherwise one that is faster than its guest
 * would be woken for each character. Without HELD no timer is needed, so an
 * idle ring costs nothing.
 *
 * When a side rings, and why no wake-up is lost: docs/notification.md.
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

/** [us] how long a far end that batches holds its index back. */
#define VPL011_RING_BATCH_US 1000u

/** How to publish: at once, because the timer fired or you do not batch. */
#define VPL011_RING_NOW (1u << 0)

/** To do: ring the device's doorbell, or call vpl011_data_avail(). */
#define VPL011_RING_TODO_NOTIFY (1u << 0)
/** To do: start a timer of VPL011_RING_BATCH_US for this ring unless one runs,
 * and publish with VPL011_RING_NOW when it fires. */
#define VPL011_RING_TODO_HELD (1u << 1)
/** To do: make another pass before you sleep, because nobody will wake you. Who
 * leaves bytes in the ring on purpose has to come back unasked. */
#define VPL011_RING_TODO_MORE (1u << 2)
/** To do: resync, or close: the device's indices are impossible. */
#define VPL011_RING_TODO_RESYNC (1u << 3)
/** Not all input fitted: FAR_END is raised once half of the ring is free. */
#define VPL011_RING_TODO_FULL (1u << 4)
/** A BREAK comes before the next byte: vpl011_fifo_pop_break(). */
#define VPL011_RING_TODO_BREAK (1u << 5)

/** The indices that stopped a direction. */
struct vpl011_ring_corrupt {
    /** VPL011_RING_OUT or _IN. */
    uint32_t direction;
    /** OUT: the device's own out_prod; IN: in_prod as loaded. */
    uint32_t prod;
    /** OUT: out_cons as loaded; IN: the device's own in_cons. */
    uint32_t cons;
};

/** The configuration of a ring. All zero is usable. Copied at init. */
struct vpl011_ring_config {
    /** VPL011_RING_ALWAYS; for a page, VPL011_XENCONS_* too. */
    uint32_t flags;
    /** Zero. */
    uint32_t reserved0;
    /** First argument of corrupt. */
    void *ctx;
    /**
     * A direction was stopped; a resync starts it again. Optional. Called once
     * for each stop, under the device lock, and must not call the device. The
     * structure is valid for the call.
     */
    void (*corrupt)(void *ctx, const struct vpl011_ring_corrupt *what);
    /** Zero. */
    void *reserved[4];
};

/** The status of a ring, which any thread and any callback may get. Each member
 * is current, but together they are not a snapshot. Counts are modulo 2^32,
 * since init. */
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
    /** @privatesection */
    uint32_t out_prod;  /**< published */
    uint32_t in_cons;   /**< published */
    uint32_t unusual;   /**< stopped directions; ALWAYS; an event is owed */
    uint32_t told;      /**< what the far end was told: 1 bytes wait, 2 full */
    uint32_t told_cons; /**< valid while out_cons is this */
    uint32_t write_was_short;
    uint32_t dropped;     /**< bytes were dropped since `told` was set */
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
    /** @privatesection */
    uint32_t out_cons; /**< published; unused where drops move it too */
    uint32_t out_read; /**< consumed, up to a ring's size ahead of out_cons */
    uint32_t in_prod;  /**< published */
    /** One element for OUT, one for IN: each may have its own thread. */
    uint32_t stopped[2]; /**< its direction, or 0 */
    uint32_t corrupt[2];
    uint32_t events[2];
    uint32_t resyncs;
    uint32_t reserved[2];
};

/** A BREAK that is under way, and the index of the byte after it. Private. */
struct vpl011_ring_break {
    /** @privatesection */
    uint32_t valid;
    uint32_t at;
};

#ifdef __cplusplus
}
#endif

#endif
