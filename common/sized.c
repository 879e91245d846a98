/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "sized.h"

#include <string.h>

bool vpl011_copy_sized_(void *to, size_t known, const void *from,
                        size_t from_size)
{
    const uint8_t *bytes = from;
    size_t i;

    for (i = known; i < from_size; i++) {
        if (bytes[i]) {
            return false;
        }
    }
    memcpy(to, from, from_size < known ? from_size : known);
    return true;
}

void vpl011_give_sized_(void *to, size_t to_size, const void *from,
                        size_t from_size)
{
    size_t common = to_size < from_size ? to_size : from_size;

    /* All of it is zeroed first: to zero only the rest could mean a memset() of
     * nothing at a pointer past the end. */
    memset(to, 0, to_size);
    memcpy(to, from, common);
}
