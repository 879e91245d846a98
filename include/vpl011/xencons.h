/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The xencons ring: one shared page that carries a console's bytes between
 * the device and a console daemon, in the binary layout of Xen's consoles.
 *
 * The names are the guest's: `out` is what it sends, `in` what it receives.
 *
 *     device side (a backend)             console side (a daemon)
 *     vpl011_xencons_init()               vpl011_xencons_console_attach()
 *     vpl011_xencons_backend()            ..._read(), ..._publish(),
 * ..._write() VPL011_EVENT_FAR_END  -- doorbell -->  serve the ring
 *     vpl011_data_avail()   <-- doorbell --  VPL011_XENCONS_TODO_NOTIFY
 *
 * The page belongs to both sides, and neither trusts the other. Each side
 * keeps its own indices privately and only publishes them; what the peer wrote
 * is loaded once for each transfer and checked before use; every slot is
 * masked; a call moves two rings' size at most. A window larger than
 * its ring stops that direction (status.broken) until a resync: nothing moves,
 * no index is written. Any content of the page is safe.
 *
 * When to ring the doorbell, and why nothing is lost: docs/notification.md.
 */
#ifndef VPL011_XENCONS_H
#define VPL011_XENCONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/backend.h>
#include <vpl011/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The page
 */

#define VPL011_XENCONS_IN_SIZE 1024u
#define VPL011_XENCONS_OUT_SIZE 2048u

/* Values of `connection`: every other value means connected too, and a zeroed
 * page of an old toolstack does. */
#define VPL011_XENCONS_CONNECTED 0u
#define VPL011_XENCONS_DISCONNECTED 1u

/**
 * Xen's `struct xencons_interface` (public/io/console.h), bit for bit. The
 * indices run freely and wrap at 2^32: used = prod - cons, slot = index
 * modulo size. Native byte order.
 */
struct vpl011_xencons_page {
    uint8_t in[VPL011_XENCONS_IN_SIZE];   /* console to guest */
    uint8_t out[VPL011_XENCONS_OUT_SIZE]; /* guest to console */
    uint32_t in_cons;                     /* written by the device */
    uint32_t in_prod;                     /* written by the console */
    uint32_t out_cons;                    /* written by the console */
    uint32_t out_prod;                    /* written by the device */
    uint8_t connection; /* written by the console; Xen 4.21 and later */
};

/* Without `connection`: the layout before Xen 4.21. */
#define VPL011_XENCONS_PAGE_OLD_SIZE 3088u

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

/* The page has `connection`. Both sides must agree: a page of an older Xen may
 * hold anything there. */
#define VPL011_XENCONS_CONNECTION (1u << 0)
/* Begin with both directions empty, whatever the page says: the own indices
 * become the peer's. What waits is discarded. Default: go on where the page's
 * indices are, so that a restart loses nothing; indices that cannot be a
 * ring's are refused. */
#define VPL011_XENCONS_EMPTY (1u << 1)
/* Device side: raise FAR_END after every transfer that moved something, for
 * consoles that do not notify after each consumption. Default: coalesced. */
#define VPL011_XENCONS_ALWAYS (1u << 2)

/* Directions, in status.broken and in the corrupt op. */
#define VPL011_XENCONS_OUT (1u << 0)
#define VPL011_XENCONS_IN (1u << 1)

/*
 * Device side
 */

/** What was found in the page when a direction was stopped. */
struct vpl011_xencons_corrupt {
    uint32_t direction; /* VPL011_XENCONS_OUT or _IN */
    uint32_t prod;      /* out_prod (own), or in_prod as found */
    uint32_t cons;      /* out_cons as found, or in_cons (own) */
};

/** How a ring is to be used. All zero is usable. Copied at init. */
struct vpl011_xencons_config {
    uint32_t flags;     /* VPL011_XENCONS_* */
    uint32_t reserved0; /* zero */
    /** First argument of corrupt. */
    void *ctx;
    /**
     * A direction was stopped. Optional. Called once for each stop, under the
     * device lock, and must not call the device; to go on, see
     * vpl011_xencons_resync(). The structure is valid for the call.
     */
    void (*corrupt)(void *ctx, const struct vpl011_xencons_corrupt *what);
    void *reserved[4]; /* zero */
};

/**
 * The device side of a ring. Public so that it can be static or embedded,
 * private in its members. May be moved while no device uses it. No destructor.
 */
struct vpl011_xencons {
    struct vpl011_xencons_page *page;
    uint32_t out_prod; /* own, published */
    uint32_t in_cons;  /* own, published */
    uint32_t broken;   /* VPL011_XENCONS_OUT, _IN */
    uint32_t flags;
    uint32_t full_told; /* out_prod for which "full" raised its event */
    uint32_t write_was_short;
    uint32_t told;        /* an event was raised, and nothing taken since */
    uint32_t told_cons;   /* out_cons then */
    uint32_t in_was_full; /* the console may wait for room */
    uint32_t greet;       /* raise an event at the next poll */
    uint32_t resync;      /* requested: done by the next read or poll */
    uint32_t detached;
    uint32_t guard;
    uint32_t events;
    uint32_t corrupt_out;
    uint32_t corrupt_in;
    uint32_t resyncs;
    uint32_t reserved0;
    void *ctx;
    void (*corrupt)(void *ctx, const struct vpl011_xencons_corrupt *what);
    void *reserved[2];
};

/**
 * Take over the device side of a page.
 *
 * Reads the four indices once; writes to the page only with
 * VPL011_XENCONS_EMPTY. What waits in either direction goes on from there.
 *
 * @param x       the caller's memory
 * @param page    shared with the console, mapped as ordinary cacheable memory;
 *                must live and stay mapped as long as x is used. The device
 *                reads every byte of it as hostile.
 * @param size    [bytes] of the mapping from page on: at least 3092, or 3088
 *                without VPL011_XENCONS_CONNECTION
 * @param config  NULL: all zero
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL: x or page; VPL011_ERR_SIZE: size too small,
 *                or page not aligned to 4 bytes; VPL011_ERR_FLAGS: unknown
 *                flag; VPL011_ERR_ABI: a reserved member is set;
 *                VPL011_ERR_RING: the page holds indices that no ring has:
 *                wait for a peer that initialises it, or use
 *                VPL011_XENCONS_EMPTY. On error nothing is touched.
 * @context       any thread; nobody else may use x yet
 * @since         0.1
 */
VPL011_API int vpl011_xencons_init(struct vpl011_xencons *x, void *page,
                                   size_t size,
                                   const struct vpl011_xencons_config *config);

/**
 * The backend to give to vpl011_attach().
 *
 * VPL011_POLICY_DROP_OLDEST is not possible: what is in the ring belongs to
 * the peer. A BREAK is not carried: the ring has no place for one. The far end
 * is gone (on_gone) while `connection` is exactly 1, while
 * vpl011_xencons_set_attached() says so, and while OUT is stopped.
 *
 * @param x   initialised; must live until another backend is attached
 * @param to  receives the operations
 * @return    VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since     0.1
 */
VPL011_API int vpl011_xencons_backend(struct vpl011_xencons *x,
                                      struct vpl011_backend *to);

/**
 * Ask to start again after the peer was replaced or a direction was stopped;
 * call vpl011_data_avail() afterwards, which does it.
 *
 * Both directions begin empty: the own index becomes the peer's, and is
 * published. What waited in the ring is lost, what waits in the device's
 * FIFOs is not. A console that only detached and came back needs no resync.
 *
 * @context  any thread, any callback
 * @since    0.1
 */
VPL011_API void vpl011_xencons_resync(struct vpl011_xencons *x);

/**
 * Say what the embedder knows of the peer beyond the page (its socket closed,
 * its process ended). True after init. Call vpl011_data_avail() afterwards.
 *
 * @context  any thread, any callback
 * @since    0.1
 */
VPL011_API void vpl011_xencons_set_attached(struct vpl011_xencons *x,
                                            bool attached);

/** What an operator wants to know. Counts are modulo 2^32, since init. */
struct vpl011_xencons_status {
    uint32_t broken;      /* directions that are stopped: VPL011_XENCONS_* */
    uint32_t events;      /* device: FAR_END raised; console: NOTIFY returned */
    uint32_t corrupt_out; /* times OUT was stopped */
    uint32_t corrupt_in;  /* times IN was stopped */
    uint32_t resyncs;     /* done */
    uint32_t reserved[3]; /* zero */
};

/** vpl011_xencons_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_get_status_sized(
    const struct vpl011_xencons *x, struct vpl011_xencons_status *status,
    size_t size);

/**
 * How the device side stands. Members are each current, not one snapshot.
 *
 * @param status  filled on success, untouched on error
 * @return        VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @context       any thread, any callback
 * @since         0.1
 */
static inline int vpl011_xencons_get_status(
    const struct vpl011_xencons *x, struct vpl011_xencons_status *status)
{
    return vpl011_xencons_get_status_sized(x, status, sizeof(*status));
}

/*
 * Console side
 *
 * One pass over a ring, on its doorbell and when its timer fires; `how` is
 * VPL011_XENCONS_NOW when the timer fired, else 0:
 *
 *     todo = 0;
 *     while ((n = vpl011_xencons_console_read(&c, buf, sizeof(buf))) > 0) {
 *         keep(buf, n);
 *     }
 *     todo |= vpl011_xencons_console_publish(&c, how);
 *     typed -= vpl011_xencons_console_write(&c, keys, typed, &todo);
 *
 *     NOTIFY  ring the device's doorbell
 *     HELD    have a timer of VPL011_XENCONS_BATCH_US running for this ring;
 *             leave one that runs already alone
 *     MORE    make another pass before you sleep: nobody will wake you (a
 *             daemon that leaves bytes in the ring on purpose remembers that)
 *     RESYNC  the device's indices are no ring's: close, or
 *             vpl011_xencons_console_resync()
 *     FULL    not all input fitted: the doorbell rings when half is free
 *
 * Without HELD no timer is needed: an idle ring costs nothing. What was read
 * but not published stays in the ring as the device sees it, so that it does
 * not ring for each character; and a daemon that dies repeats at most that.
 *
 * All functions of one console context are for one thread at a time, and none
 * blocks. Different contexts share nothing.
 */

/* [us] how long to hold an index back: half of what a person may notice. */
#define VPL011_XENCONS_BATCH_US 1000u

/* How to publish: at once, whatever the batching rule says. */
#define VPL011_XENCONS_NOW (1u << 0)

/* What is to be done next: results of publish and write. */
#define VPL011_XENCONS_TODO_NOTIFY (1u << 0)
#define VPL011_XENCONS_TODO_HELD (1u << 1)
#define VPL011_XENCONS_TODO_MORE (1u << 2)
#define VPL011_XENCONS_TODO_RESYNC (1u << 3)
#define VPL011_XENCONS_TODO_FULL (1u << 4)

/**
 * The console side of a ring. Public so that it can be embedded, private in
 * its members. May be moved between calls. No destructor.
 */
struct vpl011_xencons_console {
    struct vpl011_xencons_page *page;
    uint32_t out_cons; /* own: published */
    uint32_t out_read; /* own: read, up to a ring's size ahead of it */
    uint32_t in_prod;  /* own: published */
    uint32_t broken;   /* VPL011_XENCONS_OUT, _IN */
    uint32_t flags;
    uint32_t guard;
    uint32_t events;
    uint32_t corrupt_out;
    uint32_t corrupt_in;
    uint32_t resyncs;
    uint32_t reserved;
};

/**
 * Take over the console side of a page, also one that another console left:
 * what it did not publish is read again.
 *
 * With VPL011_XENCONS_CONNECTION it writes CONNECTED to the page. Make one
 * pass, and ring the device's doorbell once, after this: input may wait, and
 * the device may wait for you.
 *
 * @param c      the caller's memory
 * @param page   shared with the device; must stay mapped as long as c is used
 * @param size   [bytes] of the mapping, as for vpl011_xencons_init()
 * @param flags  of VPL011_XENCONS_CONNECTION, VPL011_XENCONS_EMPTY
 * @return       VPL011_OK
 * @errors       as vpl011_xencons_init(); on error nothing is touched
 * @since        0.1
 */
VPL011_API int vpl011_xencons_console_attach(struct vpl011_xencons_console *c,
                                             void *page, size_t size,
                                             uint32_t flags);

/**
 * Publish what was read and leave. With VPL011_XENCONS_CONNECTION the device
 * sees that nobody is there, and its on_gone policy applies. The context may
 * be attached again; without this call (SIGKILL) another one may be, too.
 *
 * @return   VPL011_XENCONS_TODO_NOTIFY: ring the device's doorbell, or 0
 * @since    0.1
 */
VPL011_API uint32_t
vpl011_xencons_console_detach(struct vpl011_xencons_console *c);

/**
 * Read what the guest sent. It is not released until
 * vpl011_xencons_console_publish().
 *
 * @param bytes  where to put them; NULL only if count is 0
 * @param count  [bytes] at most so many; 2048 take all there can be
 * @return       how many were read, 0 to count; 0 also for a stopped direction
 *               and an unusable context
 * @since        0.1
 */
VPL011_API size_t vpl011_xencons_console_read(struct vpl011_xencons_console *c,
                                              void *bytes, size_t count);

/**
 * Release what was read, if it is time. Call it at the end of each pass.
 *
 * Without VPL011_XENCONS_NOW the index is held back (HELD) until the ring is
 * half full as the device sees it: else a console that is faster than its
 * guest would be woken for each character. When it was published, it also
 * looks whether more came meanwhile (MORE).
 *
 * @param how  0, or VPL011_XENCONS_NOW: the timer fired, or a daemon that does
 *             not batch
 * @return     VPL011_XENCONS_TODO_NOTIFY, _HELD, _MORE, _RESYNC; 0 if there is
 *             nothing to do, and for an unusable context
 * @since      0.1
 */
VPL011_API uint32_t
vpl011_xencons_console_publish(struct vpl011_xencons_console *c, uint32_t how);

/**
 * Send to the guest, as many as fit; published at once.
 *
 * FULL says that not all fitted: the device's doorbell rings once half of the
 * ring is free, not for each turn of the guest's FIFO.
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
 * What vpl011_xencons_console_read() would find now.
 *
 * @return  [bytes]; 0 for a stopped direction and an unusable context
 * @since   0.1
 */
VPL011_API size_t
vpl011_xencons_console_waiting(const struct vpl011_xencons_console *c);

/**
 * What vpl011_xencons_console_write() would take now: poll the terminal for
 * input only while it is not 0.
 *
 * @return  [bytes]; 0 for a stopped direction and an unusable context
 * @since   0.1
 */
VPL011_API size_t
vpl011_xencons_console_room(const struct vpl011_xencons_console *c);

/**
 * Start again after a direction was stopped, or the device was replaced: both
 * directions begin empty. Ring the device's doorbell afterwards.
 *
 * @since    0.1
 */
VPL011_API void vpl011_xencons_console_resync(struct vpl011_xencons_console *c);

/** vpl011_xencons_console_get_status() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_console_get_status_sized(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status, size_t size);

/**
 * How the console side stands.
 *
 * @param status  filled on success, untouched on error
 * @return        VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_UNINIT
 * @since         0.1
 */
static inline int vpl011_xencons_console_get_status(
    const struct vpl011_xencons_console *c,
    struct vpl011_xencons_status *status)
{
    return vpl011_xencons_console_get_status_sized(c, status, sizeof(*status));
}

#ifdef __cplusplus
}
#endif

#endif
