/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The xencons ring: one shared page that carries a console's bytes between
 * the device and a console daemon, in the binary layout of Xen's consoles.
 *
 *     device side (a backend)                console side (a daemon)
 *
 *     vpl011_xencons_init()                  vpl011_xencons_console_attach()
 *     vpl011_xencons_backend()               ..._read(), _publish(), _write()
 *     VPL011_EVENT_FAR_END  -- doorbell -->  serve the ring
 *     vpl011_data_avail()   <-- doorbell --  VPL011_XENCONS_TODO_NOTIFY
 *
 * Neither side trusts the other; any content of the page is safe. How each side
 * uses the indices, what stops a direction, and when to ring the doorbell:
 * <vpl011/ring.h>. A call moves at most twice the size of a ring.
 */
#ifndef VPL011_XENCONS_H
#define VPL011_XENCONS_H

#include <vpl011/backend.h>
#include <vpl011/export.h>
#include <vpl011/ring.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The page
 */

/** [bytes] of `in`. */
#define VPL011_XENCONS_IN_SIZE 1024u
/** [bytes] of `out`. */
#define VPL011_XENCONS_OUT_SIZE 2048u

/** Value of `connection`: somebody may be there. Every value but DISCONNECTED
 * means the same; 0 is what a page of an old toolstack has. */
#define VPL011_XENCONS_CONNECTED 0u
/** Value of `connection`: nobody is there. */
#define VPL011_XENCONS_DISCONNECTED 1u

/**
 * Xen's `struct xencons_interface` (public/io/console.h), bit for bit. The
 * indices run freely and wrap at 2^32: used = prod - cons, slot = index
 * modulo size. Native byte order.
 */
struct vpl011_xencons_page {
    uint8_t in[VPL011_XENCONS_IN_SIZE];   /**< console to guest */
    uint8_t out[VPL011_XENCONS_OUT_SIZE]; /**< guest to console */
    uint32_t in_cons;                     /**< written by the device */
    uint32_t in_prod;                     /**< written by the console */
    uint32_t out_cons;                    /**< written by the console */
    uint32_t out_prod;                    /**< written by the device */
    uint8_t connection; /**< written by the console; Xen 4.21 and later */
};

/** [bytes] Without `connection`: the layout before Xen 4.21. */
#define VPL011_XENCONS_PAGE_OLD_SIZE 3088u

/** Checks the layout below; not part of the API. */
#ifdef __cplusplus
#define VPL011_XENCONS_LAYOUT_(condition) static_assert(condition, #condition)
#else
#define VPL011_XENCONS_LAYOUT_(condition) _Static_assert(condition, #condition)
#endif
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, in) == 0);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, out) == 1024);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, in_cons) == 3072);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, in_prod) == 3076);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, out_cons) == 3080);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, out_prod) == 3084);
VPL011_XENCONS_LAYOUT_(offsetof(struct vpl011_xencons_page, connection) ==
                       VPL011_XENCONS_PAGE_OLD_SIZE);
VPL011_XENCONS_LAYOUT_(sizeof(struct vpl011_xencons_page) == 3092);
#undef VPL011_XENCONS_LAYOUT_

/*
 * Flags of vpl011_xencons_config and vpl011_xencons_console_attach().
 */

/** The page has `connection`. Both sides must agree: a page of an older Xen may
 * hold anything there. */
#define VPL011_XENCONS_CONNECTION (1u << 0)
/** Start with both directions empty: this side's indices are set to the peer's,
 * and what waits is discarded. Default: continue where the page's indices are,
 * so that a restart loses nothing; impossible indices are refused. */
#define VPL011_XENCONS_EMPTY (1u << 1)

/** @name Other names of what is declared in <vpl011/ring.h>
 * @{ */
/** Another name of what is declared in <vpl011/ring.h> without XENCONS. */
#define VPL011_XENCONS_OUT VPL011_RING_OUT
#define VPL011_XENCONS_IN VPL011_RING_IN
#define VPL011_XENCONS_ALWAYS VPL011_RING_ALWAYS
#define vpl011_xencons_corrupt vpl011_ring_corrupt
#define vpl011_xencons_config vpl011_ring_config
#define vpl011_xencons_status vpl011_ring_status
#define VPL011_XENCONS_BATCH_US VPL011_RING_BATCH_US
#define VPL011_XENCONS_NOW VPL011_RING_NOW
#define VPL011_XENCONS_TODO_NOTIFY VPL011_RING_TODO_NOTIFY
#define VPL011_XENCONS_TODO_HELD VPL011_RING_TODO_HELD
#define VPL011_XENCONS_TODO_MORE VPL011_RING_TODO_MORE
#define VPL011_XENCONS_TODO_RESYNC VPL011_RING_TODO_RESYNC
#define VPL011_XENCONS_TODO_FULL VPL011_RING_TODO_FULL
/** @} */

/*
 * Device side
 */

/**
 * The device side of a ring. Public so that it can be static or embedded,
 * private in its members. May be moved while no device uses it. No destructor.
 */
struct vpl011_xencons {
    /** @privatesection */
    struct vpl011_xencons_page *page;
    uint32_t flags;
    uint32_t guard;
    struct vpl011_ring_device device;
    void *reserved[2];
};

/** The size of the library's `struct vpl011_xencons`, for bindings. [bytes] */
VPL011_API size_t vpl011_xencons_sizeof(void);

/** vpl011_xencons_init() with the size of the caller's structure [bytes]:
 * VPL011_ERR_ABI where it is less than vpl011_xencons_sizeof(). */
VPL011_API int vpl011_xencons_init_sized(
    struct vpl011_xencons *x, size_t x_size, void *page, size_t size,
    const struct vpl011_xencons_config *config);

/**
 * Take over the device side of a page.
 *
 * Reads the four indices once; writes to the page only with
 * VPL011_XENCONS_EMPTY. What waits in either direction is kept.
 *
 * @param page    shared with the console, mapped as ordinary cacheable memory;
 *                must live and stay mapped as long as x is used. The device
 *                treats every byte of it as hostile.
 * @param size    [bytes] of the mapping from page on: at least 3092, or 3088
 *                without VPL011_XENCONS_CONNECTION
 * @param config  NULL: all zero
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL: x or page; VPL011_ERR_SIZE: size too small,
 *                or page not aligned to 4 bytes; VPL011_ERR_FLAGS: unknown
 *                flag; VPL011_ERR_ABI: a reserved member is set;
 *                VPL011_ERR_RING: the page holds impossible indices: wait for
 *                a peer that initialises it, or use VPL011_XENCONS_EMPTY. On
 *                error nothing is touched.
 * @context       any thread; nobody else may use x yet
 * @since         0.1
 */
static inline int vpl011_xencons_init(
    struct vpl011_xencons *x, void *page, size_t size,
    const struct vpl011_xencons_config *config)
{
    return vpl011_xencons_init_sized(x, sizeof(*x), page, size, config);
}

/**
 * The backend to give to vpl011_attach().
 *
 * VPL011_POLICY_DROP_OLDEST is not possible, because what is in the ring
 * belongs to the peer. The ring does not carry a BREAK. The far end counts as
 * gone (on_gone) while `connection` is exactly 1, while
 * vpl011_xencons_set_attached() says so, and while OUT is stopped.
 *
 * @param x  initialised; must live until another backend is attached
 * @return   VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since    0.1
 */
VPL011_API int vpl011_xencons_backend(struct vpl011_xencons *x,
                                      struct vpl011_backend *to);

/**
 * Request a new start after the peer was replaced or a direction was stopped;
 * vpl011_data_avail(), to be called afterwards, performs it.
 *
 * Both directions start empty: the device's indices are set to the peer's, and
 * published. What waited in the ring is lost, what waits in the device's FIFOs
 * is not. A console that only detached and came back needs no resync.
 *
 * @context  any thread, any callback
 * @since    0.1
 */
VPL011_API void vpl011_xencons_resync(struct vpl011_xencons *x);

/**
 * Say whether the peer is there, if the embedder knows more than the page says
 * (its socket closed, its process ended). True after init. Call
 * vpl011_data_avail() afterwards.
 *
 * @context  any thread, any callback
 * @since    0.1
 */
VPL011_API void vpl011_xencons_set_attached(struct vpl011_xencons *x,
                                            bool attached);

/** vpl011_xencons_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_get_status_sized(
    const struct vpl011_xencons *x, struct vpl011_xencons_status *status,
    size_t size);

/**
 * Get the status of the device side.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT: status untouched
 * @since   0.1
 */
static inline int vpl011_xencons_get_status(
    const struct vpl011_xencons *x, struct vpl011_xencons_status *status)
{
    return vpl011_xencons_get_status_sized(x, status, sizeof(*status));
}

/**
 * @name Console side
 * One pass over a ring, on its doorbell and when its timer fires; `how` is
 * VPL011_XENCONS_NOW when the timer fired, else 0, and the bits of `todo`
 * (VPL011_RING_TODO_*) say what there is to do afterwards:
 *
 *     todo = 0;
 *     while ((n = vpl011_xencons_console_read(&c, buf, sizeof(buf))) > 0) {
 *         keep(buf, n);
 *     }
 *     todo |= vpl011_xencons_console_publish(&c, how);
 *     typed -= vpl011_xencons_console_write(&c, keys, typed, &todo);
 *
 * The device still sees bytes that were read and not published, so that it does
 * not ring for each character; a daemon that dies repeats at most those.
 *
 * One thread at a time may use a console context, but for its status, and no
 * function blocks. Different contexts share nothing.
 * @{ */

/**
 * The console side of a ring. Public so that it can be embedded, private in
 * its members. May be moved between calls. No destructor.
 */
struct vpl011_xencons_console {
    /** @privatesection */
    struct vpl011_xencons_page *page;
    uint32_t flags;
    uint32_t guard;
    struct vpl011_ring_far far;
    uint32_t reserved;
};

/** The size of the library's `struct vpl011_xencons_console`. [bytes] */
VPL011_API size_t vpl011_xencons_console_sizeof(void);

/** vpl011_xencons_console_attach() with the size of the caller's structure
 * [bytes]: VPL011_ERR_ABI where it is less than the library's. */
VPL011_API int vpl011_xencons_console_attach_sized(
    struct vpl011_xencons_console *c, size_t c_size, void *page, size_t size,
    uint32_t flags);

/**
 * Take over the console side of a page, perhaps from another console: what that
 * one did not publish is read again.
 *
 * With VPL011_XENCONS_CONNECTION it writes CONNECTED to the page. Afterwards
 * make one pass and ring the device's doorbell once: output may wait, and the
 * device may wait for you.
 *
 * @param page   shared with the device; must stay mapped as long as c is used
 * @param size   [bytes] of the mapping, as for vpl011_xencons_init()
 * @param flags  of VPL011_XENCONS_CONNECTION, VPL011_XENCONS_EMPTY
 * @return       VPL011_OK
 * @errors       as vpl011_xencons_init(); on error nothing is touched
 * @since        0.1
 */
static inline int vpl011_xencons_console_attach(
    struct vpl011_xencons_console *c, void *page, size_t size, uint32_t flags)
{
    return vpl011_xencons_console_attach_sized(c, sizeof(*c), page, size,
                                               flags);
}

/**
 * Publish what was read and leave. With VPL011_XENCONS_CONNECTION the device
 * sees that nobody is there, and its on_gone policy applies. The page may be
 * attached again, even if this was not called (SIGKILL).
 *
 * @return   VPL011_XENCONS_TODO_NOTIFY: ring the device's doorbell, or 0
 * @since    0.1
 */
VPL011_API uint32_t
vpl011_xencons_console_detach(struct vpl011_xencons_console *c);

/**
 * Read what the guest sent. vpl011_xencons_console_publish() releases it.
 *
 * @param bytes  where to put them; NULL only if count is 0
 * @param count  [bytes] at most; 2048 take all that the ring can hold
 * @return       how many were read, 0 to count; 0 also for a stopped direction
 *               and an unusable context
 * @since        0.1
 */
VPL011_API size_t vpl011_xencons_console_read(struct vpl011_xencons_console *c,
                                              void *bytes, size_t count);

/**
 * Release what was read, when due, and check whether more has arrived (MORE).
 * Call it at the end of each pass.
 *
 * @param how  0 or VPL011_XENCONS_NOW
 * @return     VPL011_XENCONS_TODO_NOTIFY, _HELD, _MORE, _RESYNC; 0 if there is
 *             nothing to do, and for an unusable context
 * @since      0.1
 */
VPL011_API uint32_t
vpl011_xencons_console_publish(struct vpl011_xencons_console *c, uint32_t how);

/**
 * Send as many bytes to the guest as fit; published at once.
 *
 * @param bytes  NULL only if count is 0
 * @param todo   OR in VPL011_XENCONS_TODO_NOTIFY, _MORE, _FULL, _RESYNC
 * @return       how many were taken, 0 to count
 * @since        0.1
 */
VPL011_API size_t vpl011_xencons_console_write(struct vpl011_xencons_console *c,
                                               const void *bytes, size_t count,
                                               uint32_t *todo);

/**
 * [bytes] How much vpl011_xencons_console_read() would return now.
 *
 * @since   0.1
 */
VPL011_API size_t
vpl011_xencons_console_waiting(const struct vpl011_xencons_console *c);

/**
 * [bytes] How much vpl011_xencons_console_write() would take now: poll the
 * terminal for input only while it is not 0.
 *
 * @since   0.1
 */
VPL011_API size_t
vpl011_xencons_console_room(const struct vpl011_xencons_console *c);

/**
 * Start again after a direction was stopped, or the device was replaced: both
 * directions start empty. Ring the device's doorbell afterwards.
 *
 * @since    0.1
 */
VPL011_API void vpl011_xencons_console_resync(struct vpl011_xencons_console *c);

/** vpl011_xencons_console_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_console_get_status_sized(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status, size_t size);

/**
 * Get the status of the console side.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT: status untouched
 * @since   0.1
 */
static inline int vpl011_xencons_console_get_status(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status)
{
    return vpl011_xencons_console_get_status_sized(c, status, sizeof(*status));
}

/** @} */

#ifdef __cplusplus
}
#endif

#endif
