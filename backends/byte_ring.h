/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Arithmetic of a byte ring with free-running 32-bit indices and a power-of-
 * two size: used = produced - consumed, every slot usable, seamless across the
 * wrap at 2^32. At most two memcpy for each transfer.
 */
#ifndef VPL011_BYTE_RING_H
#define VPL011_BYTE_RING_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "../common/compiler.h"

static inline size_t byte_ring_min(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * gcc copies inline, by rep movs, where it knows that a length has a bound (as
 * that of a piece of a ring has); that takes longer to start than memcpy takes
 * for a short piece, and longer in all for a long one. So the bound is hidden
 * from it, except at -Os.
 */
static inline void byte_ring_copy(uint8_t *to, const uint8_t *from,
                                  size_t count)
{
#if __GNUC__ >= 8 && !defined(__clang__) && !defined(__OPTIMIZE_SIZE__)
    __asm__("" : "+r"(count));
#endif
    memcpy(to, from, count);
}

/* Copy into the ring at an index; the caller has checked that it fits. */
static inline void byte_ring_put(uint8_t *ring, uint32_t size, uint32_t index,
                                 const uint8_t *bytes, size_t count)
{
    uint32_t slot = index & (size - 1);
    size_t first = size - slot;

    if (likely(count <= first)) {
        byte_ring_copy(&ring[slot], bytes, count);
    } else {
        byte_ring_copy(&ring[slot], bytes, first);
        byte_ring_copy(ring, bytes + first, count - first);
    }
}

/* Copy out of the ring from an index; likewise. */
static inline void byte_ring_get(const uint8_t *ring, uint32_t size,
                                 uint32_t index, uint8_t *bytes, size_t count)
{
    uint32_t slot = index & (size - 1);
    size_t first = size - slot;

    if (likely(count <= first)) {
        byte_ring_copy(bytes, &ring[slot], count);
    } else {
        byte_ring_copy(bytes, &ring[slot], first);
        byte_ring_copy(bytes + first, ring, count - first);
    }
}

#endif
