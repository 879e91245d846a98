/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A record of a blob (docs/state-format.md) by its number. */
#ifndef BLOB_AT_H
#define BLOB_AT_H

#include <stdint.h>

/* Where its length is; the value is behind that. It must be there. */
static inline uint8_t *blob_record(uint8_t *blob, unsigned int id)
{
    uint8_t *at = blob + 12;

    while ((at[0] | at[1] << 8) != (int)id) {
        at += 4 + (at[2] | at[3] << 8);
    }
    return at + 2;
}

static inline uint32_t blob_get(uint8_t *blob, unsigned int id)
{
    const uint8_t *at = blob_record(blob, id);
    unsigned int i = at[0];
    uint32_t value = 0;

    while (i-- > 0) {
        value = value << 8 | at[2 + i];
    }
    return value;
}

static inline void blob_set(uint8_t *blob, unsigned int id, uint32_t value)
{
    uint8_t *at = blob_record(blob, id);
    unsigned int i;

    for (i = 0; i < at[0]; i++) {
        at[2 + i] = (uint8_t)(value >> 8 * i);
    }
}

#endif
