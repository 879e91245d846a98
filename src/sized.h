/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Extensible structures across a library boundary (docs/abi.md). Inline, so
 * that every library has its own: none of them exports it.
 */
#ifndef VPL011_SIZED_H
#define VPL011_SIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Copy one in: a shorter one is zero-extended, a longer one must have a zero
 * tail (false otherwise). */
static inline bool vpl011_copy_sized_(void *to, size_t to_size,
                                      const void *from, size_t from_size)
{
    const uint8_t *bytes = from;
    size_t i;

    for (i = to_size; i < from_size; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    memset(to, 0, to_size);
    memcpy(to, from, from_size < to_size ? from_size : to_size);
    return true;
}

/* Copy one out: cut to what the caller knows, or zero-extended to it. */
static inline void vpl011_give_sized_(void *to, size_t to_size,
                                      const void *from, size_t from_size)
{
    size_t common = to_size < from_size ? to_size : from_size;

    memcpy(to, from, common);
    if (to_size > common) {
        memset((uint8_t *)to + common, 0, to_size - common);
    }
}

#endif
