/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Set the indices of an idle pair, which run freely, to any value. By traffic
 * that would take up to 4 GiB.
 */
#ifndef TESTS_FIFO_AT_H
#define TESTS_FIFO_AT_H

#include <vpl011/fifo.h>

static inline void fifo_at(struct vpl011_fifo *f, uint32_t in, uint32_t out)
{
    f->device.in_cons = f->in_cons = f->far.in_prod = f->in_prod = in;
    f->device.out_prod = f->out_prod = f->out_cons = out;
    f->far.out_cons = f->far.out_read = out;
}

#endif
