/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The state of a backend: what is under way between a device and its far end,
 * for moving it together with the device, whose own state is <vpl011/state.h>.
 *
 * It is a byte blob (docs/state-format.md). Saving changes nothing, and returns
 * the size of the blob, > 0: NULL with size 0 asks for it, and where the
 * caller's memory is too small (VPL011_ERR_SIZE) it is untouched. Loading
 * checks everything first, and a refused state changes nothing; the blob must
 * not change meanwhile. An embedder that does not call these functions does
 * not link them.
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
 * vpl011_data_avail() afterwards. The next poll raises VPL011_EVENT_FAR_END,
 * whatever the far end missed.
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

/** [bytes] that vpl011_fifo_save() writes at most, for FIFOs of these sizes. */
#define VPL011_FIFO_BLOB_MAX(in_size, out_size) \
    (96 + ((in_size) + (out_size)) + ((in_size) + (out_size)) / 8192)

/**
 * Save what is in a FIFO pair as a blob.
 *
 * @errors   VPL011_ERR_NULL, _UNINIT; VPL011_ERR_SIZE also where more than
 *           2,130,706,432 bytes are under way
 * @context  while neither side uses the pair
 * @since    0.1
 */
VPL011_API int vpl011_fifo_save(const struct vpl011_fifo *fifo, void *blob,
                                size_t size);

/**
 * Load a blob into a FIFO pair, in place of what is in it: all, or nothing.
 *
 * The sizes of the pair may be others than where the blob is from, as long as
 * everything fits.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, _UNINIT; those of vpl011_state_load() that concern
 *           a blob; VPL011_ERR_SIZE: it does not fit this pair
 * @context  while neither side uses the pair; vpl011_data_avail() afterwards
 * @since    0.1
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

/** Flag of save: the contents of the page travel too. */
#define VPL011_XENCONS_SAVE_PAGE (1u << 0)

/** [bytes] that vpl011_xencons_save() writes at most. */
#define VPL011_XENCONS_BLOB_MAX 3200

/**
 * Save a ring's device side as a blob.
 *
 * With VPL011_XENCONS_SAVE_PAGE a direction whose indices cannot be a ring's
 * is taken as stopped, and empty: a hostile console does not hinder a move.
 *
 * @param flags  VPL011_XENCONS_SAVE_PAGE, or 0: the page stays
 * @errors       VPL011_ERR_NULL, _UNINIT, _FLAGS, _SIZE
 * @context      while no device uses x
 * @since        0.1
 */
VPL011_API int vpl011_xencons_save(const struct vpl011_xencons *x,
                                   uint32_t flags, void *blob, size_t size);

/**
 * Load a blob into a ring's device side, in place of its own: all, or nothing.
 *
 * Without the page's contents the page is only looked at, each index once, as
 * something that a hostile console wrote: it must still show the own indices
 * as saved, and windows that a ring can have. (A direction that is stopped is
 * not looked at, nor is anything where a resync is due.) With them the
 * contents and all four indices are written to the page; `connection` stays.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, _UNINIT; those of vpl011_state_load() that concern
 *           a blob; VPL011_ERR_RING: the page is not the one that was left, or
 *           went on since: to start again, see VPL011_XENCONS_EMPTY
 * @context  while no device uses x; vpl011_data_avail() afterwards
 * @since    0.1
 */
VPL011_API int vpl011_xencons_load(struct vpl011_xencons *x, const void *blob,
                                   size_t size);

#ifdef __cplusplus
}
#endif

#endif
