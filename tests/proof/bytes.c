/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The two copies of backends/byte_ring.h, for every index and every count that
 * fits: what any_ring.h takes for granted. Each slot is tried by itself. Sizes
 * are small, since only the mask depends on the size.
 */
#include "any.h"

#include <string.h>

/* C allows a copy of nothing at the end of an object; Eva does not know. */
static void copy(void *to, const void *from, size_t count)
{
    if (count > 0) {
        memcpy(to, from, count);
    }
}

#define memcpy copy
#include "byte_ring.h"

static uint8_t ring[64];
static uint8_t bytes[64];

static void copies(uint32_t size)
{
    uint8_t *from = ring + sizeof(ring) - size;
    uint32_t slot = any_upto(size - 1);
    size_t count = any_upto(size);
    uint32_t index;

    /*@ split slot; */
    /*@ split count; */
    index = slot + size * any_upto(UINT32_MAX / size - 1);
    byte_ring_put(from, size, index, bytes + sizeof(bytes) - count, count);
    byte_ring_get(from, size, index, bytes + sizeof(bytes) - count, count);
}

void proof_bytes(void)
{
    copies(1);
    copies(2);
    copies(8);
    copies(32);
}
