/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the FIFO pair and its state share; never installed. */
#ifndef VPL011_FIFO_PAIR_H
#define VPL011_FIFO_PAIR_H

#include <vpl011/fifo.h>

#define FIFO_READY 0x46494630u

static inline bool is_ready(const struct vpl011_fifo *f)
{
    return f && f->guard == FIFO_READY;
}

#endif
