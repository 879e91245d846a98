/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The in-process FIFO backend: two byte rings in the caller's memory, for a
 * console that lives in the same program as the device.
 *
 * The device is one side, the host the other. In each direction there is one
 * producer and one consumer, which may be different threads without a lock:
 * all vpl011_fifo_ functions that push belong to one host thread at a time,
 * those that pop to one host thread at a time.
 *
 *     host pushes        -> vpl011_data_avail()
 *     VPL011_EVENT_FAR_END -> host pops (and pushes) -> vpl011_data_avail()
 *
 * The device asks with FAR_END when output begins to wait, and when input that
 * was full has room again: a few events for each KiB, not one for each byte.
 */
#ifndef VPL011_FIFO_H
#define VPL011_FIFO_H

#include <vpl011/backend.h>
#include <vpl011/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One side's own words, on cache lines of its own. Private. */
struct vpl011_fifo_side {
    uint8_t line_before[64];
    uint32_t out_index; /* device: produced; host: consumed */
    uint32_t in_index;  /* device: consumed; host: produced */
    uint32_t
        brk; /* device: a BREAK is being sent; host: one is to be received */
    uint32_t brk_at;   /* host: before this input index */
    uint32_t attached; /* host */
    uint8_t line_after[44];
};

/**
 * A FIFO pair. Public so that it can be static or embedded, private in its
 * members. May be moved only while neither side uses it. No destructor.
 */
struct vpl011_fifo {
    uint8_t *in;  /* host to guest */
    uint8_t *out; /* guest to host */
    uint32_t in_size;
    uint32_t out_size;
    uint32_t guard;
    struct vpl011_fifo_side device;
    struct vpl011_fifo_side host;
    uint32_t out_lock; /* try-lock: pop against drop_oldest */
    uint32_t reserved[3];
};

/**
 * Make a FIFO pair of the caller's storage, empty and attached.
 *
 * The storage must live as long as the pair. Sizes may differ.
 *
 * @param in_storage   for what the host sends to the guest
 * @param in_size      [bytes; a power of two, 1 .. 2^31]
 * @param out_storage  for what the guest sends to the host
 * @param out_size     [bytes; a power of two, 1 .. 2^31]
 * @return             VPL011_OK
 * @errors             VPL011_ERR_NULL; VPL011_ERR_SIZE: a size is not so.
 *                     On error the memory is left untouched.
 * @context            any thread; nobody else may use it yet
 * @since              0.1
 */
VPL011_API int vpl011_fifo_init(struct vpl011_fifo *fifo, void *in_storage,
                                size_t in_size, void *out_storage,
                                size_t out_size);

/**
 * The backend to give to vpl011_attach(). It supports every policy.
 *
 * @param fifo  initialised; must live until another backend is attached
 * @param to    receives the operations
 * @return      VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since       0.1
 */
VPL011_API int vpl011_fifo_backend(struct vpl011_fifo *fifo,
                                   struct vpl011_backend *to);

/**
 * Send characters to the guest, as many as fit. Call vpl011_data_avail()
 * afterwards.
 *
 * @param bytes  copied; NULL only if count is 0
 * @return       how many were taken, 0 to count; 0 for an unusable pair
 * @context      the pushing host thread; never blocks
 * @since        0.1
 */
VPL011_API size_t vpl011_fifo_push(struct vpl011_fifo *fifo, const void *bytes,
                                   size_t count);

/**
 * Send a BREAK to the guest, in order with what was pushed before. One can be
 * under way at a time.
 *
 * @return   true: it will be received; false: the one before still waits
 * @context  the pushing host thread; never blocks
 * @since    0.1
 */
VPL011_API bool vpl011_fifo_push_break(struct vpl011_fifo *fifo);

/**
 * Room for vpl011_fifo_push().
 *
 * @return   [bytes]
 * @context  the pushing host thread
 * @since    0.1
 */
VPL011_API size_t vpl011_fifo_push_room(const struct vpl011_fifo *fifo);

/**
 * Take characters that the guest sent. Call vpl011_data_avail() afterwards:
 * the device may hold more that did not fit.
 *
 * @param bytes  where to put them; NULL only if count is 0
 * @return       how many were given, 0 to count; 0 for an unusable pair
 * @context      the popping host thread; never blocks
 * @since        0.1
 */
VPL011_API size_t vpl011_fifo_pop(struct vpl011_fifo *fifo, void *bytes,
                                  size_t count);

/**
 * What vpl011_fifo_pop() would find now.
 *
 * @return   [bytes]
 * @context  the popping host thread
 * @since    0.1
 */
VPL011_API size_t vpl011_fifo_pop_waiting(const struct vpl011_fifo *fifo);

/**
 * Whether the guest is sending a BREAK now.
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

#ifdef __cplusplus
}
#endif

#endif
