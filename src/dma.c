/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The DMA request lines (TRM 2.7). */
#include <vpl011/dma.h>

#include "internal.h"

/* The conditions of the lines that UARTDMACR enables. DMAONERR masks the
 * requests of the receiver while UARTEINTR is asserted (TRM 3.3.14). */
static uint32_t wanted(const struct vpl011 *d)
{
    const bool fifos = (d->lcr_h & PL011_LCR_H_FEN) != 0;
    uint32_t lines = 0;

    if (d->tx_fill < d->depth) {
        lines |= VPL011_DMA_TXSREQ;
    }
    if (fifos && d->tx_fill <= d->tx_trigger) {
        lines |= VPL011_DMA_TXBREQ;
    }
    if (d->rx_fill > 0) {
        lines |= VPL011_DMA_RXSREQ;
    }
    if (fifos && d->rx_fill >= d->rx_trigger) {
        lines |= VPL011_DMA_RXBREQ;
    }
    return lines;
}

static uint32_t enabled(const struct vpl011 *d)
{
    uint32_t lines = 0;

    if (!(d->cr & PL011_CR_UARTEN)) {
        return 0;
    }
    if (d->dmacr & PL011_DMACR_TXDMAE) {
        lines |= VPL011_DMA_TX;
    }
    if ((d->dmacr & PL011_DMACR_RXDMAE) &&
        !((d->dmacr & PL011_DMACR_DMAONERR) &&
          (d->ris_latched & d->imsc & PL011_INT_ERROR))) {
        lines |= VPL011_DMA_RX;
    }
    return lines;
}

static void tell(struct vpl011 *d, uint32_t lines)
{
    const uint32_t changed = lines ^ d->dma_lines;

    if (changed && !(d->flags & FLAG_PAUSED)) {
        vpl011_store_relaxed(&d->dma_lines, lines);
        d->dma_request(d->dma_ctx, lines, changed);
    }
}

/* A request stays until it is cleared, or its direction is disabled. */
static void settle(struct vpl011 *d)
{
    d->dma_held = (d->dma_held | wanted(d)) & enabled(d);
    tell(d, d->dma_held);
}

int vpl011_dma_set_sized(struct vpl011 *d, const struct vpl011_dma *dma,
                         size_t dma_size)
{
    struct vpl011_dma given = {0};
    int err;

    if (dma) {
        if (!vpl011_copy_sized_(&given, KNOWN(struct vpl011_dma), dma,
                                dma_size)) {
            return VPL011_ERR_ABI;
        }
        if (!given.request) {
            return VPL011_ERR_OP_MISSING;
        }
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (is_sbsa(d)) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        d->dma_ctx = given.ctx;
        d->dma_request = given.request;
        d->dma_settle = given.request ? settle : NULL;
        d->dma_held = 0;
        vpl011_store_relaxed(&d->dma_lines, 0);
        vpl011_tied_(d);
    }
    vpl011_settle_(d);
    return err;
}

int vpl011_dma_clear(struct vpl011 *d, uint32_t lines)
{
    int err;

    if (lines & ~(uint32_t)(VPL011_DMA_TX | VPL011_DMA_RX)) {
        return VPL011_ERR_RANGE;
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (lines & VPL011_DMA_TX) {
        d->dma_held &= ~VPL011_DMA_TX;
    }
    if (lines & VPL011_DMA_RX) {
        d->dma_held &= ~VPL011_DMA_RX;
    }
    tell(d, d->dma_held);
    vpl011_changed_(d);
    return vpl011_settle_(d);
}

uint32_t vpl011_dma_lines(const struct vpl011 *d)
{
    return d ? vpl011_load_relaxed(&d->dma_lines) : 0;
}
