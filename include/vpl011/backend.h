/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The backend contract: a byte stream in each direction.
 *
 * A backend carries what the guest sends to the far end and what the far end
 * sends to the guest: a shared ring, an in-process FIFO, a pty, yours. The
 * device calls it; it never calls the device. The names are the guest's:
 * `write` takes what the guest transmitted, `read` gives what it will receive.
 *
 * All operations are called under the device lock, from whichever thread is
 * in the device. They must not block, make no system call that can block, and
 * never call the device again. What has to be done outside (ringing a
 * doorbell, writing a descriptor) is asked for by VPL011_EVENT_FAR_END, which
 * the embedder receives after the lock is dropped.
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

/* Ring the far end's doorbell, or run the backend's own pump. */
#define VPL011_EVENT_FAR_END (1u << 0)
/* Call vpl011_data_avail() from your loop: input waits and there is room. */
#define VPL011_EVENT_REFILL (1u << 1)
/* Baud rate, frame format or a modem output changed: vpl011_get_line(). */
#define VPL011_EVENT_LINE (1u << 2)

/*
 * Set by a backend's read in its result mask, never seen by the embedder: a
 * BREAK follows the bytes just returned.
 */
#define VPL011_BACKEND_BREAK (1u << 31)

/* What a backend says of itself when it is polled. */
struct vpl011_backend_status {
    size_t waiting; /* [bytes, or breaks] that a read would find now */
    size_t room;    /* [bytes] that a write would take now */
    bool attached;  /* somebody is at the far end */
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
     * @param bytes   the characters; the device's memory, valid for the call
     * @param count   how many [1 .. 64]
     * @param events  OR in VPL011_EVENT_FAR_END where the far end may be
     *                asleep and must be told
     * @return how many were taken, 0 to count. Fewer than count means "full
     *         now": the rest is offered again at the next access or
     *         vpl011_data_avail(). More than count is read as count.
     */
    size_t (*write)(void *ctx, const uint8_t *bytes, size_t count,
                    uint32_t *events);

    /**
     * Give characters for the guest to receive, oldest first. Required.
     *
     * Called from vpl011_data_avail() only, never from a register access.
     *
     * @param bytes   where to put them; the device's memory
     * @param count   how many are wanted [1 .. 32]
     * @param events  OR in VPL011_EVENT_FAR_END where the far end waits for
     *                room, and VPL011_BACKEND_BREAK where a BREAK comes next
     *                (stop reading there; it is delivered with this, and needs
     *                one of the count places itself)
     * @return how many were given, 0 to count; more is read as count.
     */
    size_t (*read)(void *ctx, uint8_t *bytes, size_t count, uint32_t *events);

    /**
     * Say how things stand. Required. Called when the backend is attached,
     * after each vpl011_data_avail(), and after a short write.
     *
     * @param status  to fill; zeroed by the device before
     * @param events  OR in VPL011_EVENT_FAR_END where bytes still wait for a
     *                far end that may have missed an earlier event
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
     * @return how many were discarded, 0 to count; more is read as count.
     */
    size_t (*drop_oldest)(void *ctx, size_t count);

    /** Zero. */
    void *reserved[2];
};

#ifdef __cplusplus
}
#endif

#endif
