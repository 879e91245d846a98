/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The trace op that is a probe. */
#include "probes.h"

#include <vpl011/probes.h>

void vpl011_trace_probe(void *ctx, const struct vpl011_trace *what)
{
    (void)ctx;
    PROBE5(trace, what->kind, what->offset, what->size, what->value,
           what->irq_lines);
}
