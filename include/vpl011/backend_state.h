/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The state of a backend: what is under way between a device and its far end,
 * for moving it together with the device, whose own state is <vpl011/state.h>.
 *
 * It, too, comes as plain data and as a byte blob (docs/state-format.md).
 * Loading checks everything first, and a refused state changes nothing. An
 * embedder that does not call these functions does not link them.
 *
 * The order of a move, during which vCPUs and the host's side of the backend
 * are stopped:
 *
 *     here:   length = vpl011_fifo_save(&fifo, blob, sizeof(blob));
 *             vpl011_state_save(&uart, ...);
 *     there:  vpl011_init(&uart, ...);                   as it was here
 *             vpl011_fifo_init(&fifo, ...);
 *             vpl011_fifo_load(&fifo, blob, length);
 *             vpl011_fifo_backend(&fifo, &backend);
 *             vpl011_attach(&uart, &backend);
 *             vpl011_state_load(&uart, ...);             raises the events
 *
 * If the backend is loaded into a device that uses it already, call
 * vpl011_data_avail() afterwards.
 *
 * Not in it: configuration and counters; whether somebody is at the far end,
 * which the destination decides; and a BREAK that the guest is sending, which
 * the device's state has.
 */
#ifndef VPL011_BACKEND_STATE_H
#define VPL011_BACKEND_STATE_H

#include <vpl011/export.h>
#include <vpl011/fifo.h>
#include <vpl011/xencons.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * The in-process FIFO
 */

/** The one list of scalars, as in <vpl011/state.h>: record number in the blob,
 * width there, name, bits that may be set. */
#define VPL011_FIFO_STATE_FIELDS(X) \
    X(1, 32, in_count, 0xFFFFFFFFu) \
    X(2, 32, out_count, 0xFFFFFFFFu) \
    X(3, 8, brk, 0x1u) \
    X(4, 32, brk_at, 0xFFFFFFFFu)
/** Those that were added later, and are in a blob if they are not 0. */
#define VPL011_FIFO_STATE_LATER(X) \
    X(5, 8, in_was_full, 0x1u) \
    X(6, 8, out_brk, 0x1u) \
    X(7, 32, out_brk_at, 0xFFFFFFFFu)

/** What is in a FIFO pair. Members are only ever added before `reserved`. */
struct vpl011_fifo_state {
    /** The caller's memory for what is on its way to the guest, oldest byte
     * first; NULL only where none is needed. To be set before
     * vpl011_fifo_state_get(), which writes to it. */
    uint8_t *in;
    /** Likewise for what the host has not taken yet. */
    uint8_t *out;
    /** [bytes] of `in`, for get; the size of the FIFO is always enough. */
    uint32_t in_room;
    /** [bytes] of `out`. */
    uint32_t out_room;

    /** [bytes] */
    uint32_t in_count;
    /** [bytes] */
    uint32_t out_count;
    /** 1: a BREAK is on its way to the guest. */
    uint32_t brk;
    /** How many of `in` come before it; 0 without a BREAK. */
    uint32_t brk_at;
    /** 1: the host may wait for room. */
    uint32_t in_was_full;
    /** 1: a BREAK is on its way to the host. */
    uint32_t out_brk;
    /** How many of `out` come before it; 0 without a BREAK. */
    uint32_t out_brk_at;
    /** Zero. */
    uint32_t reserved[5];
};

/** vpl011_fifo_state_get() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fifo_state_get_sized(const struct vpl011_fifo *fifo,
                                           struct vpl011_fifo_state *state,
                                           size_t size);

/**
 * Take what is in a FIFO pair. The pair is not changed.
 *
 * @param state  in, out and their room are set by the caller; the rest is
 *               filled on success, untouched on error
 * @return       VPL011_OK, or VPL011_ERR_NULL, _UNINIT; VPL011_ERR_SIZE: more
 *               is under way than there is room for; VPL011_ERR_ABI: size is
 *               smaller than this library's structure
 * @context      while neither side uses the pair
 * @since        0.1
 */
static inline int vpl011_fifo_state_get(const struct vpl011_fifo *fifo,
                                        struct vpl011_fifo_state *state)
{
    return vpl011_fifo_state_get_sized(fifo, state, sizeof(*state));
}

/** vpl011_fifo_state_set() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fifo_state_set_sized(
    struct vpl011_fifo *fifo, const struct vpl011_fifo_state *state,
    size_t size);

/**
 * Replace the contents of a FIFO pair by a state: all of it, or nothing.
 *
 * The pair may have other sizes than the one that the state is from, as long as
 * everything fits.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, _UNINIT, _ABI. VPL011_ERR_SIZE: it does not fit
 *           this pair. VPL011_ERR_STATE_VALUE: a member is outside its range,
 *           or contradicts another. The pair is unchanged.
 * @context  while neither side uses the pair; vpl011_data_avail() afterwards
 * @since    0.1
 */
static inline int vpl011_fifo_state_set(struct vpl011_fifo *fifo,
                                        const struct vpl011_fifo_state *state)
{
    return vpl011_fifo_state_set_sized(fifo, state, sizeof(*state));
}

/**
 * Compare two states, with the field list.
 *
 * @return  the name of the first member that differs, or NULL: a static string
 * @since   0.1
 */
VPL011_API const char *vpl011_fifo_state_diff(
    const struct vpl011_fifo_state *a, const struct vpl011_fifo_state *b);

/** [bytes] that vpl011_fifo_save() writes at most, for FIFOs of these sizes. */
#define VPL011_FIFO_BLOB_MAX(in_size, out_size) \
    (96 + ((in_size) + (out_size)) + ((in_size) + (out_size)) / 8192)

/**
 * Save a FIFO pair as a blob.
 *
 * @param blob  the caller's memory; NULL with size 0 asks for the size
 * @param size  [bytes] of it
 * @return      the size of the blob now, > 0
 * @errors      VPL011_ERR_SIZE: too small, the memory is untouched; or more
 *              than 2,130,706,432 bytes are under way. VPL011_ERR_NULL, _UNINIT
 * @context     while neither side uses the pair
 * @since       0.1
 */
VPL011_API int vpl011_fifo_save(const struct vpl011_fifo *fifo, void *blob,
                                size_t size);

/**
 * Load a blob into a FIFO pair, as vpl011_fifo_state_set() does.
 *
 * @param blob  must not change meanwhile
 * @return      VPL011_OK
 * @errors      those of vpl011_state_load() that concern a blob, and those of
 *              vpl011_fifo_state_set(). The pair is unchanged.
 * @context     while neither side uses the pair; vpl011_data_avail() afterwards
 * @since       0.1
 */
VPL011_API int vpl011_fifo_load(struct vpl011_fifo *fifo, const void *blob,
                                size_t size);

/*
 * The xencons ring, device side
 *
 * Either the page stays: it is shared memory, which the destination maps again,
 * and the console continues with it. Then only the device's own words are
 * saved, and the page must hold at the destination what it held here.
 *
 *     here:   vpl011_xencons_save(&ring, 0, blob, sizeof(blob));
 *     there:  vpl011_xencons_init(&ring, page, ...);
 *             vpl011_xencons_load(&ring, blob, length);  writes no page
 *
 * Or the ring moves too: what waits in the page is in the blob, and is written
 * to a page of the destination, before a console attaches to it.
 *
 *     here:   vpl011_xencons_console_detach(&console);   or it was told to
 *             vpl011_xencons_save(&ring, VPL011_XENCONS_SAVE_PAGE, ...);
 *     there:  memset(page, 0, sizeof(*page));
 *             vpl011_xencons_init(&ring, page, ...);
 *             vpl011_xencons_load(&ring, blob, length);
 *             vpl011_xencons_console_attach(&console, page, ...);
 *
 * What a console read and did not release is still in the page, and is read
 * again. What a FIFO's host consumed is not saved, even if it was not published
 * yet.
 */

/** Flag of save and get: the contents of the page travel too. */
#define VPL011_XENCONS_SAVE_PAGE (1u << 0)

/** The device's own words. Records 5 to 8 belonged to an earlier notification
 * rule, and are 0: after a load the console is told everything again. */
#define VPL011_XENCONS_STATE_OWN(X) \
    X(1, 32, out_prod, 0xFFFFFFFFu) \
    X(2, 32, in_cons, 0xFFFFFFFFu) \
    X(3, 8, broken, VPL011_XENCONS_OUT | VPL011_XENCONS_IN) \
    X(4, 8, resync, 0x1u) \
    X(5, 32, full_told, 0xFFFFFFFFu) \
    X(6, 8, write_was_short, 0x1u) \
    X(7, 8, told, 0x1u) \
    X(8, 32, told_cons, 0xFFFFFFFFu) \
    X(9, 8, in_was_full, 0x1u)
/** What is saved of the page. */
#define VPL011_XENCONS_STATE_PAGE(X) \
    X(10, 8, page, 0x1u) \
    X(11, 32, out_cons, 0xFFFFFFFFu) \
    X(12, 32, in_prod, 0xFFFFFFFFu)
/** All scalars, as in <vpl011/state.h>. */
#define VPL011_XENCONS_STATE_FIELDS(X) \
    VPL011_XENCONS_STATE_OWN(X) \
    VPL011_XENCONS_STATE_PAGE(X)

/**
 * The device side of a ring, and what waits in it. Members are only ever added
 * in place of `reserved`.
 */
struct vpl011_xencons_state {
    /** Own index. */
    uint32_t out_prod;
    /** Own index. */
    uint32_t in_cons;
    /** Stopped: VPL011_XENCONS_OUT, _IN. */
    uint32_t broken;
    /** 1: requested, and not done yet. */
    uint32_t resync;
    /** get: 0; set: ignored. */
    uint32_t full_told;
    /** get: 0; set: 0 or 1, ignored. */
    uint32_t write_was_short;
    /** get: 0; set: 0 or 1, ignored. */
    uint32_t told;
    /** get: 0; set: ignored, but 0 if told is 0. */
    uint32_t told_cons;
    /** 1: the console may wait for room. */
    uint32_t in_was_full;
    /** 1: the page's contents follow; 0: all that follows is 0. */
    uint32_t page;
    /** The console's index. */
    uint32_t out_cons;
    /** The console's index. */
    uint32_t in_prod;
    /** Zero. */
    uint32_t reserved[4];
    /** Oldest first; 0 after the last. */
    uint8_t out[VPL011_XENCONS_OUT_SIZE];
    /** Likewise. */
    uint8_t in[VPL011_XENCONS_IN_SIZE];
};

/** vpl011_xencons_state_get() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_state_get_sized(
    const struct vpl011_xencons *x, uint32_t flags,
    struct vpl011_xencons_state *state, size_t size);

/**
 * Take the state of a ring's device side. Nothing is changed.
 *
 * With VPL011_XENCONS_SAVE_PAGE a direction with impossible indices is saved as
 * stopped and empty, so that a hostile console cannot prevent a move.
 *
 * @param flags  VPL011_XENCONS_SAVE_PAGE, or 0: the page stays
 * @param state  filled on success, untouched on error
 * @return       VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _FLAGS; VPL011_ERR_ABI:
 *               size is smaller than this library's structure
 * @context      while no device uses x
 * @since        0.1
 */
static inline int vpl011_xencons_state_get(const struct vpl011_xencons *x,
                                           uint32_t flags,
                                           struct vpl011_xencons_state *state)
{
    return vpl011_xencons_state_get_sized(x, flags, state, sizeof(*state));
}

/** vpl011_xencons_state_set() with an explicit size, for bindings. */
VPL011_API int vpl011_xencons_state_set_sized(
    struct vpl011_xencons *x, const struct vpl011_xencons_state *state,
    size_t size);

/**
 * Replace the state of a ring's device side: all of it, or nothing.
 *
 * If the state is without the page's contents, the page is only read, each
 * index once: it must still hold the device's indices as saved, and indices of
 * the console that are possible. (A stopped direction is not checked, nor is
 * anything if a resync is due.) Otherwise the contents and all four indices are
 * written to the page; `connection` stays.
 *
 * The next poll raises VPL011_EVENT_FAR_END in any case.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, _UNINIT, _ABI. VPL011_ERR_STATE_VALUE: a member
 *           is outside its range, or contradicts another. VPL011_ERR_RING: the
 *           page is not the one that was left, or has changed since: to start
 *           again, see VPL011_XENCONS_EMPTY. x and the page are unchanged.
 * @context  while no device uses x; vpl011_data_avail() afterwards
 * @since    0.1
 */
static inline int vpl011_xencons_state_set(
    struct vpl011_xencons *x, const struct vpl011_xencons_state *state)
{
    return vpl011_xencons_state_set_sized(x, state, sizeof(*state));
}

/**
 * Compare two states, with the field list.
 *
 * @return  the name of the first member that differs, or NULL: a static string
 * @since   0.1
 */
VPL011_API const char *vpl011_xencons_state_diff(
    const struct vpl011_xencons_state *a, const struct vpl011_xencons_state *b);

/** The most that vpl011_xencons_save() writes. [bytes] */
#define VPL011_XENCONS_BLOB_MAX 3200

/**
 * Save a ring's device side as a blob.
 *
 * @param flags  as of vpl011_xencons_state_get()
 * @param blob   the caller's memory; NULL with size 0 asks for the size
 * @param size   [bytes] of it; VPL011_XENCONS_BLOB_MAX is always enough
 * @return       the size of the blob now, > 0
 * @errors       VPL011_ERR_SIZE: too small, the memory is untouched;
 *               VPL011_ERR_NULL, _UNINIT, _FLAGS
 * @context      while no device uses x
 * @since        0.1
 */
VPL011_API int vpl011_xencons_save(const struct vpl011_xencons *x,
                                   uint32_t flags, void *blob, size_t size);

/**
 * Load a blob into a ring's device side, as vpl011_xencons_state_set() does.
 *
 * @param blob  must not change meanwhile
 * @return      VPL011_OK
 * @errors      those of vpl011_state_load() that concern a blob, and those of
 *              vpl011_xencons_state_set(). x and the page are unchanged.
 * @context     while no device uses x; vpl011_data_avail() afterwards
 * @since       0.1
 */
VPL011_API int vpl011_xencons_load(struct vpl011_xencons *x, const void *blob,
                                   size_t size);

#ifdef __cplusplus
}
#endif

#endif
