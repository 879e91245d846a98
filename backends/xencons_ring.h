/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What both sides of the xencons ring share; never installed. */
#ifndef VPL011_XENCONS_RING_H
#define VPL011_XENCONS_RING_H

#include <vpl011/atomic.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "../src/sized.h"
#include "byte_ring.h"

#define IN_SIZE VPL011_XENCONS_IN_SIZE
#define OUT_SIZE VPL011_XENCONS_OUT_SIZE

#if defined(__GNUC__)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define OUT_OF_LINE __attribute__((noinline))
#else
#define unlikely(x) (x)
#define OUT_OF_LINE
#endif

/* The four indices, each loaded once. */
struct xencons_indices {
    uint32_t in_cons;
    uint32_t in_prod;
    uint32_t out_cons;
    uint32_t out_prod;
};

/* Check a page and take its indices, for either side. */
int vpl011_xencons_take_(struct vpl011_xencons_page *page, size_t size,
                         uint32_t flags, struct xencons_indices *indices);

#endif
