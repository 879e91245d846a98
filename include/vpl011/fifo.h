/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The in-process FIFO backend: a ring in the caller's memory, for a console
 * that lives in the same program as the device.
 *
 * The device is one side, the host the other, and no lock is needed between
 * them. On the host's side one thread at a time may use the functions that
 * push, and one thread at a time, which may be another, those that pop, peek,
 * consume or publish; none of them blocks.
 *
 *     host pushes          -> vpl011_data_avail()
 *     VPL011_EVENT_FAR_END -> host pops (and pushes) -> vpl011_data_avail()
 *
 * The device raises FAR_END when output begins to wait, when it is full, and
 * when input that was full has room again, but not if nothing moved since the
 * last event. How often that is depends on the host: one that pops may get an
 * event after each pop, so at most one for each byte; one that peeks and
 * publishes later, as below, a few for each KiB.
 *
 *     while ((n = vpl011_fifo_peek(&fifo, buf, sizeof(buf), &at)) > 0) {
 *         n = terminal_write(buf, n);              // as much as it takes
 *         vpl011_fifo_consume(&fifo, at, n);
 *     }
 *     todo = vpl011_fifo_publish(&fifo, how);      // 0, or VPL011_RING_NOW
 *     if (todo & VPL011_RING_TODO_NOTIFY) {        // when the timer fired
 *         vpl011_data_avail(&uart);
 *     }
 */
#ifndef VPL011_FIFO_H
#define VPL011_FIFO_H

#include <vpl011/backend.h>
#include <vpl011/export.h>
#include <vpl011/ring.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A FIFO pair. Public so that it can be static or embedded, private in its
 * members. May be moved only while neither side uses it. No destructor.
 */
struct vpl011_fifo {
    /** @privatesection */
    /** The device's words; each side's on cache lines of their own. */
    struct vpl011_ring_device device;
    uint32_t out_prod;
    uint32_t in_cons;
    struct vpl011_ring_break out_brk; /**< the host takes it */
    uint32_t breaking;                /**< as a level */
    uint8_t line0[64];
    uint8_t *in;  /**< host to guest */
    uint8_t *out; /**< guest to host */
    uint32_t in_size;
    uint32_t out_size;
    uint32_t guard;
    uint8_t line1[64];
    struct vpl011_ring_far far;
    uint32_t out_cons;
    uint32_t in_prod;
    struct vpl011_ring_break in_brk; /**< the device takes it */
    uint32_t out_lock;               /**< try-lock: reading against a drop */
    uint32_t wanted;                 /**< reading found a drop in progress */
    uint8_t line2[64];
    uint32_t reserved[4];
};

/** The size of the library's `struct vpl011_fifo`, for bindings. [bytes] */
VPL011_API size_t vpl011_fifo_sizeof(void);

/** vpl011_fifo_init() with the size of the caller's structure [bytes], and with
 * a configuration (VPL011_RING_ALWAYS and the corrupt op; NULL: all zero).
 * VPL011_ERR_ABI: the size is less than vpl011_fifo_sizeof(), or a reserved
 * member is set; VPL011_ERR_FLAGS: unknown flag. */
VPL011_API int vpl011_fifo_init_sized(struct vpl011_fifo *fifo,
                                      size_t fifo_size, void *in_storage,
                                      size_t in_size, void *out_storage,
                                      size_t out_size,
                                      const struct vpl011_ring_config *config);

/**
 * Make a FIFO pair, empty and attached, in the caller's storage.
 *
 * The storage must live as long as the pair. Sizes are powers of two from 1 to
 * 2^31 [bytes], and may differ.
 *
 * @param in_storage   for what the host sends to the guest
 * @param out_storage  for what the guest sends to the host
 * @return             VPL011_OK
 * @errors             VPL011_ERR_NULL; VPL011_ERR_SIZE: a size is not allowed.
 *                     On error the memory is left untouched.
 * @context            any thread; nobody else may use it yet
 * @since              0.1
 */
static inline int vpl011_fifo_init(struct vpl011_fifo *fifo, void *in_storage,
                                   size_t in_size, void *out_storage,
                                   size_t out_size)
{
    return vpl011_fifo_init_sized(fifo, sizeof(*fifo), in_storage, in_size,
                                  out_storage, out_size, NULL);
}

/**
 * The backend to give to vpl011_attach(). It supports every policy.
 *
 * @param fifo  initialised; must live until another backend is attached
 * @return      VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since       0.1
 */
VPL011_API int vpl011_fifo_backend(struct vpl011_fifo *fifo,
                                   struct vpl011_backend *to);

/**
 * Send as many characters to the guest as fit. Call vpl011_data_avail()
 * afterwards.
 *
 * If not all fit, FAR_END is raised when half of the FIFO is free; it is never
 * missed, because the last look for room follows the last byte.
 *
 * @param bytes  copied; NULL only if count is 0
 * @return       how many were taken, 0 to count; 0 for an unusable pair
 * @since        0.1
 */
VPL011_API size_t vpl011_fifo_push(struct vpl011_fifo *fifo, const void *bytes,
                                   size_t count);

/**
 * Send a BREAK to the guest, in order with what was pushed before. One can be
 * under way at a time.
 *
 * @return   true: it will be received; false: an earlier one still waits
 * @since    0.1
 */
VPL011_API bool vpl011_fifo_push_break(struct vpl011_fifo *fifo);

/**
 * [bytes] Room for vpl011_fifo_push().
 *
 * @since    0.1
 */
VPL011_API size_t vpl011_fifo_push_room(const struct vpl011_fifo *fifo);

/**
 * Take characters that the guest sent. Call vpl011_data_avail() afterwards:
 * the device may hold more that did not fit.
 *
 * A BREAK before a character that is taken is discarded: to see it, use
 * vpl011_fifo_peek().
 *
 * @param bytes  where to put them; NULL only if count is 0
 * @return       how many were given, 0 to count; 0 for an unusable pair, and
 *               while the device is dropping the oldest: FAR_END follows
 * @since        0.1
 */
VPL011_API size_t vpl011_fifo_pop(struct vpl011_fifo *fifo, void *bytes,
                                  size_t count);

/**
 * Copy characters that the guest sent, and leave them in the FIFO.
 *
 * @param bytes     where to copy them; NULL only if count is 0
 * @param position  where they begin, for vpl011_fifo_consume(); set if the
 *                  result is not 0
 * @return          as vpl011_fifo_pop(); stops before a BREAK
 * @since           0.1
 */
VPL011_API size_t vpl011_fifo_peek(struct vpl011_fifo *fifo, void *bytes,
                                   size_t count, uint32_t *position);

/**
 * Consume characters: the next peek begins after them. vpl011_fifo_publish()
 * tells the device. Characters that it dropped meanwhile (with
 * VPL011_POLICY_DROP_OLDEST) are not counted twice.
 *
 * @param position  as vpl011_fifo_peek() set it
 * @param count     [bytes] from there on, at most what was copied
 * @since           0.1
 */
VPL011_API void vpl011_fifo_consume(struct vpl011_fifo *fifo, uint32_t position,
                                    size_t count);

/**
 * Release what was consumed, when due. Call it at the end of each pass. What is
 * held back and then dropped counts as dropped.
 *
 * @param how  0 or VPL011_RING_NOW
 * @return     VPL011_RING_TODO_NOTIFY, _HELD, _MORE, _BREAK, _RESYNC; 0 if
 *             there is nothing to do, and for an unusable pair. HELD also
 *             while the device is dropping: FAR_END follows.
 * @since      0.1
 */
VPL011_API uint32_t vpl011_fifo_publish(struct vpl011_fifo *fifo, uint32_t how);

/**
 * Take a BREAK that the guest sent, if it comes before the next character. One
 * can be under way at a time: one that the guest sends while another waits is
 * lost.
 *
 * @return   true: it was taken; false: there is none, or characters come first
 * @since    0.1
 */
VPL011_API bool vpl011_fifo_pop_break(struct vpl011_fifo *fifo);

/**
 * [bytes] How much vpl011_fifo_pop() would find now.
 *
 * @since    0.1
 */
VPL011_API size_t vpl011_fifo_pop_waiting(const struct vpl011_fifo *fifo);

/**
 * Whether the guest is sending a BREAK now, as a level: not in order with the
 * characters.
 *
 * @context  any thread
 * @since    0.1
 */
VPL011_API bool vpl011_fifo_break(const struct vpl011_fifo *fifo);

/**
 * Say whether somebody reads the guest's output: it decides which far-end
 * policy applies once the FIFO is full. Call vpl011_data_avail() afterwards.
 *
 * @context  any thread
 * @since    0.1
 */
VPL011_API void vpl011_fifo_set_attached(struct vpl011_fifo *fifo,
                                         bool attached);

/**
 * Start again with both directions empty, after one was stopped. Call
 * vpl011_data_avail() afterwards, which does the device's part.
 *
 * @context  while the host neither pushes nor pops, until that call has
 *           returned
 * @since    0.1
 */
VPL011_API void vpl011_fifo_resync(struct vpl011_fifo *fifo);

/** vpl011_fifo_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_fifo_get_status_sized(const struct vpl011_fifo *fifo,
                                            struct vpl011_ring_status *status,
                                            size_t size);

/**
 * Get the status of a pair; events are the device's.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT: status untouched
 * @since   0.1
 */
static inline int vpl011_fifo_get_status(const struct vpl011_fifo *fifo,
                                         struct vpl011_ring_status *status)
{
    return vpl011_fifo_get_status_sized(fifo, status, sizeof(*status));
}

#ifdef __cplusplus
}
#endif

#endif
