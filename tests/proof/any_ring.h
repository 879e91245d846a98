/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * In place of backends/byte_ring.h: the preconditions of its two copies are
 * checked, and their results are arbitrary. bytes.c proves that the real copies
 * need no more.
 */
#ifndef VPL011_BYTE_RING_H
#define VPL011_BYTE_RING_H

#include "any.h"

static inline size_t byte_ring_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

static inline void byte_ring_put(uint8_t *ring, uint32_t size, uint32_t index,
                                 const uint8_t *bytes, size_t count)
{
    /*@ assert ring: \valid(ring + (0 .. size - 1)); */
    /*@ assert fits: count <= size; */
    /*@ assert bytes: count == 0 || \valid_read(bytes + (0 .. count - 1)); */
    (void)index;
    any_bytes(ring, size);
}

static inline void byte_ring_get(const uint8_t *ring, uint32_t size,
                                 uint32_t index, uint8_t *bytes, size_t count)
{
    /*@ assert ring: \valid_read(ring + (0 .. size - 1)); */
    /*@ assert fits: count <= size; */
    /*@ assert bytes: count == 0 || \valid(bytes + (0 .. count - 1)); */
    (void)index;
    if (count > 0) {
        any_bytes(bytes, count);
    }
}

#endif
