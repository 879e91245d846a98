/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The stream backend: the far end is a pair of file descriptors. Standard
 * input and output, a pty, a Unix-domain or TCP socket, a pipe, a regular
 * file, with a log file alongside.
 *
 * The device only moves bytes to and from two queues (an in-process FIFO,
 * <vpl011/fifo.h>) in the caller's memory. vpl011_stream_pump() makes the
 * system calls, outside the device lock, in the embedder's loop:
 *
 *     VPL011_EVENT_FAR_END, or a descriptor is ready -> vpl011_stream_pump()
 *     it returned more than 0                        -> vpl011_data_avail()
 *     before sleeping                                -> vpl011_stream_wait()
 *
 * The far end may hang up at any byte and be replaced: output that the old far
 * end did not take is given to the new one.
 */
#ifndef VPL011_STREAM_H
#define VPL011_STREAM_H

#include <poll.h>

#include <vpl011/fifo.h>

#ifdef __cplusplus
extern "C" {
#endif

/** [bytes] of one transfer from the queue to the far end and the log. */
#define VPL011_STREAM_BLOCK 1024

/** A descriptor and its kind. Private. */
struct vpl011_stream_end {
    /** @privatesection */
    int fd;
    uint32_t kind;
};

/**
 * A stream. Public so that it can be static or embedded, private in its
 * members. May be moved only while it is in no device. No destructor: it owns
 * no descriptor.
 */
struct vpl011_stream {
    /** @privatesection */
    struct vpl011_fifo fifo;
    uint32_t guard;
    uint32_t state;
    struct vpl011_stream_end in;
    struct vpl011_stream_end out;
    struct vpl011_stream_end log;
    uint32_t log_flags;
    int error;
    int log_error;
    uint32_t staged; /**< [bytes] in block */
    uint32_t sent;   /**< of these, taken by the far end */
    uint64_t in_bytes;
    uint64_t out_bytes;
    uint64_t out_discarded;
    uint64_t log_bytes;
    uint64_t log_lost;
    uint8_t *history; /**< a ring; NULL: none */
    size_t history_size;
    uint64_t kept;  /**< [bytes] ever put into the history */
    uint64_t shown; /**< how many of these the far end has been given */
    void (*key)(void *ctx, uint8_t key);
    void *key_ctx;
    uint8_t escape;    /**< the byte before a key, if there is a key op */
    uint8_t in_escape; /**< it was just read */
    uint8_t block[VPL011_STREAM_BLOCK];
    uint64_t reserved[8];
};

/** The status of a stream. Members are only ever added at the end. */
struct vpl011_stream_status {
    uint32_t attached; /**< 1: output has somewhere to go */
    /** 1: no more input until the next attach, or until a pty is reopened */
    uint32_t input_ended;
    int error; /**< errno that ended the far end; 0: none, or a hang-up */
    /** errno of the last log failure; 0: the last write succeeded */
    int log_error;
    uint64_t in_bytes;      /**< read */
    uint64_t out_bytes;     /**< written, including history that was shown */
    uint64_t out_discarded; /**< logged while nobody was there, not kept */
    uint64_t log_bytes;     /**< logged */
    uint64_t log_lost;      /**< not logged, because it failed or would block */
};

/** The size of the library's `struct vpl011_stream`, for bindings. [bytes] */
VPL011_API size_t vpl011_stream_sizeof(void);

/** vpl011_stream_init() with the size of the caller's structure. */
VPL011_API int vpl011_stream_init_sized(struct vpl011_stream *stream,
                                        size_t stream_size, void *in_storage,
                                        size_t in_size, void *out_storage,
                                        size_t out_size);

/**
 * Make a stream, with nobody at the far end and no log. The memory belongs to
 * the caller and must live as long as the stream.
 *
 * @param in_storage   queue of what the guest will receive
 * @param in_size      [bytes; a power of two, 1 .. 2^31]
 * @param out_storage  queue of what the guest sent; what is in it when the far
 *                     end goes away waits for the next one
 * @param out_size     [bytes; a power of two, 1 .. 2^31]
 * @return             VPL011_OK
 * @errors             VPL011_ERR_NULL; VPL011_ERR_SIZE: a size is not allowed;
 *                     VPL011_ERR_ABI: the library's structure is larger. On
 *                     error the memory is left untouched.
 * @context            any thread; nobody else may use it yet
 * @since              0.1
 */
static inline int vpl011_stream_init(struct vpl011_stream *stream,
                                     void *in_storage, size_t in_size,
                                     void *out_storage, size_t out_size)
{
    return vpl011_stream_init_sized(stream, sizeof(*stream), in_storage,
                                    in_size, out_storage, out_size);
}

/**
 * The backend to give to vpl011_attach(). It supports every policy.
 *
 * @param to  receives the operations
 * @return    VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since     0.1
 */
VPL011_API int vpl011_stream_backend(struct vpl011_stream *stream,
                                     struct vpl011_backend *to);

/**
 * Put descriptors at the far end, in place of those that were there. Call
 * vpl011_stream_pump() and vpl011_data_avail() afterwards.
 *
 * They stay the caller's, who closes them after they were replaced. Their
 * O_NONBLOCK is not touched, because standard input and output share it with
 * other processes. Where it is clear, transfers are small and made only when
 * poll() reports the descriptor ready; a terminal with less room than that may
 * still block the pump until it is read.
 *
 * The master of a pty counts as attached while somebody has the other side
 * open. Because the system does not report that nobody ever had, the other side
 * is opened and closed once here; one that is still locked counts as not
 * opened.
 *
 * @param in_fd   to read from, or -1
 * @param out_fd  to write to, or -1; may be the same
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL, VPL011_ERR_UNINIT; VPL011_ERR_SYSTEM: EBADF.
 *                On error nothing changes.
 * @context       the pumping thread
 * @since         0.1
 */
VPL011_API int vpl011_stream_attach(struct vpl011_stream *stream, int in_fd,
                                    int out_fd);

/**
 * Remove the descriptors: nobody is at the far end.
 *
 * @context  the pumping thread
 * @since    0.1
 */
VPL011_API void vpl011_stream_detach(struct vpl011_stream *stream);

/** While the far end is gone, continue to log, and keep none of that output for
 * the next one. Without this the queue fills, and then the device's policy
 * decides. */
#define VPL011_STREAM_LOG_ALWAYS (1u << 0)

/**
 * Write everything that the far end is given to a log as well, once and in
 * order. A log never holds the console up: what it refuses (a full disk, a
 * full pipe) is counted as lost, and the next block is tried again.
 *
 * @param fd     to write to, or -1 for none; stays the caller's
 * @param flags  VPL011_STREAM_LOG_*, or 0
 * @return       VPL011_OK
 * @errors       VPL011_ERR_NULL, VPL011_ERR_UNINIT, VPL011_ERR_FLAGS;
 *               VPL011_ERR_SYSTEM: EBADF. On error nothing changes.
 * @context      the pumping thread
 * @since        0.1
 */
VPL011_API int vpl011_stream_log(struct vpl011_stream *stream, int fd,
                                 unsigned int flags);

/**
 * Keep the last bytes that the guest sent, and show them once to each new far
 * end (by vpl011_stream_attach(), or when a pty is opened), before anything
 * else. While nobody is there, output goes to the history only, so that the
 * newest is kept and not the oldest. A far end that reads slowly misses
 * nothing: the queue fills, and then the device's policy decides.
 *
 * @param storage  the caller's, for as long as the stream is used; NULL: none
 * @param size     [bytes] of it; 0 with NULL only
 * @return         VPL011_OK
 * @errors         VPL011_ERR_NULL, VPL011_ERR_UNINIT; VPL011_ERR_SIZE: a size
 *                 without storage or the reverse. VPL011_ERR_UNSUPPORTED:
 *                 something was sent already, or there is a history.
 * @context        the pumping thread; before output begins
 * @since          0.1
 */
VPL011_API int vpl011_stream_history(struct vpl011_stream *stream,
                                     void *storage, size_t size);

/**
 * Make a byte of the input an escape: it and the byte after it are removed, and
 * `key` is called with the latter. Typed twice it is sent once.
 *
 * It is noticed when it is read, so not while more input precedes it than the
 * queue holds.
 *
 * @param escape  the byte [1 .. 255], 0x1D for Ctrl-]; 0 only without key
 * @param key     called by vpl011_stream_pump() with the byte that followed,
 *                in order with the input; it may call vpl011_stream_break().
 *                NULL: no byte is special
 * @param ctx     first argument of key
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL, VPL011_ERR_UNINIT; VPL011_ERR_RANGE: escape
 * @context       the pumping thread
 * @since         0.1
 */
VPL011_API int vpl011_stream_escape(struct vpl011_stream *stream,
                                    unsigned int escape,
                                    void (*key)(void *ctx, uint8_t key),
                                    void *ctx);

/**
 * Send a BREAK to the guest, in order with the input that was read so far. Call
 * vpl011_data_avail() afterwards.
 *
 * @return   1: it will be received; 0: an earlier one still waits
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @context  the pumping thread, key
 * @since    0.1
 */
VPL011_API int vpl011_stream_break(struct vpl011_stream *stream);

/**
 * Move what can be moved now, both ways, without blocking. The amount is
 * bounded (64 KiB each way), so that a peer which always sends cannot hold it.
 *
 * @return   more than 0: something moved or the far end came or went: call
 *           vpl011_data_avail(); 0: nothing did
 * @errors   VPL011_ERR_NULL, VPL011_ERR_UNINIT. A failing far end or log is
 *           not an error here: vpl011_stream_get_status().
 * @context  one thread at a time, not under the device lock. Raises no
 *           SIGPIPE.
 * @since    0.1
 */
VPL011_API int vpl011_stream_pump(struct vpl011_stream *stream);

/**
 * Get what to wait for before the next vpl011_stream_pump(), besides
 * VPL011_EVENT_FAR_END. An entry may ask for no event at all: poll() then
 * still reports a hang-up.
 *
 * @param fds         receives up to 2 entries for poll()
 * @param timeout_ms  receives how long to wait at most [ms]; -1: for ever. It
 *                    is finite while a pty waits for somebody to open it,
 *                    which no descriptor reports.
 * @return            how many entries were filled, 0 .. 2
 * @errors            VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @context           the pumping thread
 * @since             0.1
 */
VPL011_API int vpl011_stream_wait(const struct vpl011_stream *stream,
                                  struct pollfd fds[2], int *timeout_ms);

/**
 * How much of the guest's output no far end has taken: what is queued, staged,
 * or in the history and not shown yet. vpl011_stream_pump() returns 0 both when
 * nothing is left and when nobody takes it; this distinguishes the two.
 *
 * All output has left when first vpl011_tx_waiting() and then this is 0. (In
 * the other order, a character could pass in between.)
 *
 * @return   [bytes]; 0 for an unusable stream
 * @context  the pumping thread
 * @since    0.1
 */
VPL011_API size_t vpl011_stream_waiting(const struct vpl011_stream *stream);

/** vpl011_stream_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_stream_get_status_sized(
    const struct vpl011_stream *stream, struct vpl011_stream_status *status,
    size_t size);

/**
 * Get the status of a stream.
 *
 * @param status  filled on success, untouched on error
 * @return        VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @context       the pumping thread
 * @since         0.1
 */
static inline int vpl011_stream_get_status(const struct vpl011_stream *stream,
                                           struct vpl011_stream_status *status)
{
    return vpl011_stream_get_status_sized(stream, status, sizeof(*status));
}

#ifdef __cplusplus
}
#endif

#endif
