/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The backend contract: a byte stream in each direction.
 *
 * A backend carries what the guest sends to the far end and what the far end
 * sends to the guest: a shared ring, an in-process FIFO, a pty, yours. The
 * device calls it; it never calls the device. The names are the guest's:
 * `write` takes what the guest transmitted, `read` gives what it will receive.
 * examples/backend.c is a complete one.
 *
 * All operations are called under the device lock, from whichever thread is
 * in the device. They must not block, nor call the device. For work that has to
 * be done outside (ringing a doorbell, writing to a descriptor) they raise
 * VPL011_EVENT_FAR_END, which the embedder receives after the lock is dropped.
 */
#ifndef VPL011_BACKEND_H
#define VPL011_BACKEND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Events: what the device asks of its embedder. A bit mask.
 */

/**
 * Ring the far end's doorbell, or run the backend's own pump. Raised once for
 * what the far end does not know yet; again only when something moved, when a
 * backend is attached, when state is loaded, by vpl011_resume() and by
 * vpl011_remind().
 */
#define VPL011_EVENT_FAR_END (1u << 0)
/** Call vpl011_data_avail(): input waits, and the guest has room for it. */
#define VPL011_EVENT_REFILL (1u << 1)
/** Baud rate, frame format or a modem output changed: vpl011_get_line(). */
#define VPL011_EVENT_LINE (1u << 2)
/**
 * Call vpl011_tick() about a millisecond from now, not earlier: input waits,
 * and the guest first needs the time to leave its interrupt handler. Never
 * raised while no input waits, so that an idle device needs no timer. Of a
 * device with a clock: call it at the moment that vpl011_time_next() tells.
 */
#define VPL011_EVENT_TICK (1u << 3)
/** vpl011_rx_push() took less than all, and would take more now. */
#define VPL011_EVENT_ROOM (1u << 4)

/**
 * Set by a backend's read in its result mask, never seen by the embedder: a
 * BREAK follows the bytes just returned.
 */
#define VPL011_BACKEND_BREAK (1u << 31)

/**
 * Set by a backend's put in its result, never seen by the embedder: it took the
 * character.
 */
#define VPL011_BACKEND_TAKEN (1u << 30)

/**
 * The status that a backend reports when it is polled. The device passes one
 * that is all zero. Members are only ever added in place of `reserved`, and
 * zero in them means "unknown", which is what a backend compiled earlier leaves
 * there.
 */
struct vpl011_backend_status {
    /** [bytes, or breaks] that a read would find now. 0 only if there are
     * none: they may not be read otherwise, and no refill is asked for */
    size_t waiting;
    /** [bytes] that a write would take now; VPL011_POLICY_DROP_OLDEST discards
     * that many fewer. 0 if the backend cannot know */
    size_t room;
    /** somebody is at the far end: on_stall applies, otherwise on_gone */
    bool attached;
    /** output cannot move any more, and queued output cannot be discarded:
     * VPL011_POLICY_DROP_OLDEST then discards the newest */
    bool stopped;
    uint32_t reserved[4]; /**< zero */
};

/**
 * The operations of a backend. Copied when it is attached, so the structure
 * may be a temporary; `ctx` must live until the backend is replaced. Members
 * are only ever added at the end, and a zero means "absent".
 */
struct vpl011_backend {
    /**
     * First argument of every operation.
     */
    void *ctx;

    /**
     * Take characters that the guest sent, oldest first. Required.
     *
     * @param bytes   the characters, valid for the call
     * @param count   how many [1 .. 64]
     * @param events  0 at the call: OR in VPL011_EVENT_FAR_END if the far end
     *                may be asleep and must be woken. Other bits are ignored.
     * @return how many were taken, 0 to count. Fewer than count means "full
     *         now": the rest is offered again at the next access other than a
     *         read of UARTFR, or at vpl011_data_avail(), which the embedder has
     *         to call when there is room. More than count is taken as count.
     */
    size_t (*write)(void *ctx, const uint8_t *bytes, size_t count,
                    uint32_t *events);

    /**
     * Give characters for the guest to receive, oldest first. Required.
     *
     * Called from vpl011_data_avail(), vpl011_tick() and vpl011_page_closed()
     * only, never from a register access.
     *
     * @param bytes   where to put them; zero before
     * @param count   how many are wanted [1 .. 32]
     * @param events  0 at the call: OR in VPL011_EVENT_FAR_END if the far end
     *                waits for room, and VPL011_BACKEND_BREAK if a BREAK
     *                follows the bytes given (which delivers it, and takes one
     *                of the count places). Other bits are ignored.
     * @return how many were given, 0 to count; more is taken as count.
     */
    size_t (*read)(void *ctx, uint8_t *bytes, size_t count, uint32_t *events);

    /**
     * Report the status. Required. Called when the backend is attached, at the
     * end of vpl011_data_avail() and vpl011_tick(), and at their beginning
     * where the last of them found no input, which decides whether read is
     * called; after a short write, after send_break, by vpl011_resume(),
     * vpl011_remind() and vpl011_deferrable(), and before input is taken while
     * the register page is open.
     *
     * @param status  to fill; zeroed by the device before
     * @param events  0 at the call: OR in VPL011_EVENT_FAR_END if bytes wait
     *                that the far end does not know of; once, until something
     *                moved
     */
    void (*poll)(void *ctx, struct vpl011_backend_status *status,
                 uint32_t *events);

    /**
     * The guest began (on) or ended (off) sending a BREAK. Optional.
     */
    void (*send_break)(void *ctx, bool on);

    /**
     * Discard up to count of the oldest characters that the far end has not
     * taken yet, for VPL011_POLICY_DROP_OLDEST. Optional: without it that
     * policy is refused for this backend.
     *
     * @return how many were discarded, 0 to count; more is taken as count. 0
     *         while the far end is taking them: the guest's characters stay
     *         queued, and are offered again as after a short write.
     */
    size_t (*drop_oldest)(void *ctx, size_t count);

    /**
     * The same as write with a count of 1, in fewer instructions: most
     * characters then bypass the TX FIFO. Optional: without it write is used.
     *
     * @param character  what the guest sent
     * @return VPL011_BACKEND_TAKEN, or 0 to refuse it: "full now", as a write
     *         that returns 0. OR in VPL011_EVENT_FAR_END if the far end may be
     *         asleep and must be woken. Other bits are ignored.
     */
    uint32_t (*put)(void *ctx, uint8_t character);

    /** Zero. */
    void *reserved[2];
};

#ifdef __cplusplus
}
#endif

#endif
