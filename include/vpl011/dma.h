/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The DMA request lines of a PL011 (TRM 2.7), for an embedder that models a DMA
 * controller. Data is moved by accesses to UARTDR, as everything else moves it.
 *
 *     request:  a line rose: the controller may begin a transfer
 *     the controller reads or writes UARTDR by vpl011_mmio_read(), _write()
 *     vpl011_dma_clear(&uart, ...) with the last of the transfer
 *
 * A line rises where its condition holds, the UART is enabled, and UARTDMACR
 * enables its direction. It stays up until the controller clears it, or until
 * one of these two ends. With FEN=0 only single requests are made. An SBSA
 * Generic UART has no such lines.
 */
#ifndef VPL011_DMA_H
#define VPL011_DMA_H

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name The lines
 * @{ */
#define VPL011_DMA_TXSREQ (1u << 0) /**< the TX FIFO has a free place */
#define VPL011_DMA_TXBREQ (1u << 1) /**< it holds no more than its trigger */
#define VPL011_DMA_RXSREQ (1u << 2) /**< the RX FIFO is not empty */
#define VPL011_DMA_RXBREQ (1u << 3) /**< it holds its trigger or more */
#define VPL011_DMA_TX (VPL011_DMA_TXSREQ | VPL011_DMA_TXBREQ) /**< of TX */
#define VPL011_DMA_RX (VPL011_DMA_RXSREQ | VPL011_DMA_RXBREQ) /**< of RX */
/** @} */

/** Copied; zero what is not used. */
struct vpl011_dma {
    /** First argument of request. */
    void *ctx;

    /**
     * Request lines changed. Required. Called under the device lock, only on
     * change; it may not call the device.
     *
     * @param lines    levels of all lines, VPL011_DMA_*
     * @param changed  which of them differ from the last call
     */
    void (*request)(void *ctx, uint32_t lines, uint32_t changed);

    /** Zero. */
    void *reserved[2];
};

/** vpl011_dma_set() with an explicit structure size, for bindings. */
VPL011_API int vpl011_dma_set_sized(struct vpl011 *dev,
                                    const struct vpl011_dma *dma,
                                    size_t dma_size);

/**
 * Give the device's request lines to a DMA controller, in place of the one
 * there was. Lines that are up now are told at once. They are no part of the
 * saved state: after a load they follow from what was loaded.
 *
 * @param dma  NULL: nobody
 * @return     VPL011_OK
 * @errors     VPL011_ERR_NULL, _UNINIT, _REENTRY: dev.
 *             VPL011_ERR_OP_MISSING: request is NULL.
 *             VPL011_ERR_UNSUPPORTED: an SBSA Generic UART.
 *             VPL011_ERR_ABI: a member that is not known is set.
 * @context    any thread, notify
 * @since      0.1
 */
static inline int vpl011_dma_set(struct vpl011 *dev,
                                 const struct vpl011_dma *dma)
{
    return vpl011_dma_set_sized(dev, dma, sizeof(*dma));
}

/**
 * The controller pulses UARTTXDMACLR, UARTRXDMACLR, or both: the request lines
 * of that direction fall, and rise again where their condition still holds.
 *
 * @param lines  of VPL011_DMA_TX and VPL011_DMA_RX: one bit is enough for a
 *               direction
 * @return       VPL011_OK
 * @errors       VPL011_ERR_NULL, _UNINIT, _REENTRY;
 *               VPL011_ERR_RANGE: other bits
 * @context      any thread, notify
 * @since        0.1
 */
VPL011_API int vpl011_dma_clear(struct vpl011 *dev, uint32_t lines);

/**
 * The request lines now.
 *
 * @return  VPL011_DMA_*; 0 for NULL, and where nobody has been given the lines
 * @context any thread, any callback; takes no lock
 * @since   0.1
 */
VPL011_API uint32_t vpl011_dma_lines(const struct vpl011 *dev);

#ifdef __cplusplus
}
#endif

#endif
