/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The trace op: what it is given. */
#include "internal.h"

void vpl011_trace_(struct vpl011 *d, uint32_t kind, uint64_t offset,
                   unsigned int size, uint64_t value)
{
    const struct vpl011_trace trace = {
        .kind = kind,
        .size = size,
        .offset = offset,
        .value = value,
        .irq_lines = d->irq_lines,
        .tx_fill = d->tx_fill,
        .rx_fill = d->rx_fill,
        .counters = &d->counters,
    };

    d->ops.trace(d->ops.ctx, &trace);
}
