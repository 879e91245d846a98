/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The register page: reads of the guest that cost no exit.
 *
 * An exit to user space costs a guest a few microseconds, and Linux polls
 * UARTFR before each character that it prints. But while the RX FIFO is empty,
 * no read of a PL011 has a side effect, and the register window can be plain
 * memory: the device keeps each register's value in a page of the embedder's,
 * and the embedder maps that page into the guest, readable, over the window.
 * Writes go on to cause exits. On KVM it is a memory slot with
 * KVM_MEM_READONLY, on Xen an entry of the p2m, in an emulator a ROM page.
 *
 *     guest_polls_and_sends_much:
 *         if (vpl011_page_open(&uart) == 1) {
 *             map the page;
 *         }
 *
 *     bool my_close(void *ctx)      under the device lock: input has come
 *     {
 *         unmap the page, or wake whoever can, and say which;
 *     }
 *
 * When to open is the embedder's decision: in bursts of output, because opening
 * and closing cost some tens of microseconds. To close is the device's right.
 * It keeps input in the backend until no read is served from the page any more.
 *
 * What a guest can see is the same with and without the page, except that reads
 * which are mistakes (of UARTICR, of a reserved offset) read 0 without being
 * counted and reported, and that a read which an exit would refuse (between two
 * registers, or of a size that no register has) gets what lies there. An
 * embedder that turns VPL011_ERR_ACCESS into an abort does not open the page.
 */
#ifndef VPL011_PAGE_H
#define VPL011_PAGE_H

#include <stdbool.h>

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The register page, and what the device calls for it. It is copied; leave what
 * is not used zero.
 */
struct vpl011_page {
    /** First argument of close and clean. */
    void *ctx;

    /**
     * PL011_WINDOW_SIZE bytes, aligned to 4, the embedder's, valid until
     * another page is set. vpl011_page_set() clears them and stores the IDs;
     * opening stores each register's value, little-endian, and so does each
     * change while the page is open. A guest maps it read-only: nobody else
     * writes to it.
     */
    uint32_t *registers;

    /**
     * Stop serving reads of the guest from the page. Required.
     *
     * Called under the device lock, from whichever call is about to let
     * something happen that such a read would miss; once for each opening. It
     * may not call the device.
     *
     * @return true: done; each read that begins after this return causes an
     *         exit. false: not yet. Then input waits in the backend, and
     *         loopback in the TX FIFO, until vpl011_page_closed() is called,
     *         which is the embedder's duty from now on.
     */
    bool (*close)(void *ctx);

    /**
     * Bytes of the open page were stored. Optional. For arm64 CPUs without
     * FEAT_S2FWB: the guest maps the window as Device memory and reads past the
     * caches, so that each store has to be cleaned to the point of coherency
     * ("dc cvac" for each cache line, then "dsb"). Called under the device
     * lock, before an interrupt output moves. It may not call the device.
     */
    void (*clean)(void *ctx, void *start, size_t bytes);

    /** Zero. */
    void *reserved[2];
};

/** vpl011_page_set() with an explicit structure size, for bindings. */
VPL011_API int vpl011_page_set_sized(struct vpl011 *dev,
                                     const struct vpl011_page *page,
                                     size_t page_size);

/**
 * Give the device a page, in place of the one there was. It begins closed. If
 * the old one is open, its close is called first.
 *
 * @param page  NULL: none. The memory is the embedder's again.
 * @return      VPL011_OK
 * @errors      VPL011_ERR_NULL, _UNINIT, _REENTRY: dev, or page->registers.
 *              VPL011_ERR_SIZE: the memory is misaligned.
 *              VPL011_ERR_OP_MISSING: close is NULL.
 *              VPL011_ERR_PAGE: the one there was is not closed yet.
 *              VPL011_ERR_ABI: a member that is not known is set.
 * @context     any thread, notify
 * @since       0.1
 */
static inline int vpl011_page_set(struct vpl011 *dev,
                                  const struct vpl011_page *page)
{
    return vpl011_page_set_sized(dev, page, sizeof(*page));
}

/**
 * Ask whether reads may be served from the page from now on.
 *
 * They may while the RX FIFO is empty, the guest has no rest from input,
 * nothing waits for time (<vpl011/time.h>), the FIFOs are not under test
 * (UARTTCR.TESTFIFO), and there is neither a trace op nor
 * VPL011_CFG_TXFF_ONCE_PER_LOAD. After a 1 the page holds each register's value
 * until it is closed. That may be at once: close can be called before this
 * returns (by what notify does, or another thread), so the embedder looks
 * whether it was, after it has mapped the page.
 *
 * @return  1: the page is open. 0: not now; ask again after the next output.
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY: dev.
 *          VPL011_ERR_OP_MISSING: there is no page.
 *          VPL011_ERR_UNSUPPORTED: never with this configuration or trace op.
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_page_open(struct vpl011 *dev);

/**
 * Tell the device that no read is served from the page any more: after close
 * returned false, or because the embedder unmapped it of its own accord. Takes
 * the input that was held for it, as vpl011_data_avail() does.
 *
 * @return  as vpl011_data_avail()
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_page_closed(struct vpl011 *dev);

#ifdef __cplusplus
}
#endif

#endif
