/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state of a device as bytes: docs/state-format.md. */
#include <vpl011/state.h>

#include "internal.h"

#include <string.h>

#define MAGIC 0x53303131u /* "110S" in the file */
#define MAJOR 1u
#define MINOR 0u

/* Header: magic, major, minor, length; records: number, length, value. */
#define HEADER_SIZE 12u
#define RECORD_SIZE 4u

/* A record that an older library may skip has this bit in its number. */
#define SKIPPABLE 0x8000u
#define RECORD_TX 64u
#define RECORD_RX 65u

#define SIZE(id, bits, name, mask) +RECORD_SIZE + (bits) / 8
_Static_assert(HEADER_SIZE VPL011_STATE_FIELDS(SIZE) + 2 * RECORD_SIZE +
                       sizeof(((struct vpl011_state *)0)->tx) +
                       sizeof(((struct vpl011_state *)0)->rx) <=
                   VPL011_STATE_BLOB_MAX,
               "the largest blob fits what the header promises");

/*
 * Writing
 */

static uint8_t *put(uint8_t *to, uint32_t value, unsigned int bytes)
{
    while (bytes-- > 0) {
        *to++ = (uint8_t)value;
        value >>= 8;
    }
    return to;
}

static uint8_t *put_record(uint8_t *to, uint32_t id, uint32_t bytes)
{
    return put(put(to, id, 2), bytes, 2);
}

static size_t encode(uint8_t *blob, const struct vpl011_state *s)
{
    uint8_t *to = blob + HEADER_SIZE;
    uint32_t length;
    uint32_t i;

#define PUT(id, bits, name, mask) \
    to = put(put_record(to, (id), (bits) / 8), s->name, (bits) / 8);
    VPL011_STATE_FIELDS(PUT)
    to = put_record(to, RECORD_TX, s->tx_count);
    for (i = 0; i < s->tx_count; i++) {
        to = put(to, s->tx[i], 1);
    }
    to = put_record(to, RECORD_RX, 2 * s->rx_count);
    for (i = 0; i < s->rx_count; i++) {
        to = put(to, s->rx[i], 2);
    }
    length = (uint32_t)(to - blob);
    put(put(put(put(blob, MAGIC, 4), MAJOR, 2), MINOR, 2), length, 4);
    return length;
}

int vpl011_state_save(struct vpl011 *d, void *blob, size_t size)
{
    uint8_t bytes[VPL011_STATE_BLOB_MAX];
    struct vpl011_state s;
    size_t length;
    int err;

    if (!blob && size > 0) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_state_get(d, &s);
    if (err) {
        return err;
    }
    length = encode(bytes, &s);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        memcpy(blob, bytes, length);
    }
    return (int)length;
}

/*
 * Reading
 */

static uint32_t get(const uint8_t *from, size_t bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0) {
        value = value << 8 | from[bytes];
    }
    return value;
}

/* Every record that this version writes must be there, once. */
#define SEEN(id, bits, name, mask) | (uint64_t)1 << (id)
#define ALL_SCALARS ((uint64_t)0 VPL011_STATE_FIELDS(SEEN))
#define SEEN_TX 1u
#define SEEN_RX 2u

struct seen {
    uint64_t scalars;
    uint32_t fifos;
};

static int decode_tx(struct vpl011_state *s, const uint8_t *from, size_t bytes)
{
    if (bytes > sizeof(s->tx)) {
        return VPL011_ERR_STATE_VALUE;
    }
    memcpy(s->tx, from, bytes);
    s->tx_count = (uint32_t)bytes;
    return VPL011_OK;
}

static int decode_rx(struct vpl011_state *s, const uint8_t *from, size_t bytes)
{
    size_t i;

    if (bytes % 2 != 0) {
        return VPL011_ERR_STATE_FORMAT;
    }
    if (bytes > sizeof(s->rx)) {
        return VPL011_ERR_STATE_VALUE;
    }
    for (i = 0; i < bytes / 2; i++) {
        s->rx[i] = (uint16_t)get(from + 2 * i, 2);
    }
    s->rx_count = (uint32_t)(bytes / 2);
    return VPL011_OK;
}

static int decode_record(struct vpl011_state *s, struct seen *seen, uint32_t id,
                         const uint8_t *from, size_t bytes)
{
    switch (id) {
#define TAKE(number, bits, name, mask) \
    case (number): \
        if (bytes != (bits) / 8 || \
            (seen->scalars & (uint64_t)1 << (number))) { \
            return VPL011_ERR_STATE_FORMAT; \
        } \
        seen->scalars |= (uint64_t)1 << (number); \
        s->name = get(from, (bits) / 8); \
        return VPL011_OK;
        VPL011_STATE_FIELDS(TAKE)
    case RECORD_TX:
    case RECORD_RX: {
        uint32_t bit = id == RECORD_TX ? SEEN_TX : SEEN_RX;

        if (seen->fifos & bit) {
            return VPL011_ERR_STATE_FORMAT;
        }
        seen->fifos |= bit;
        return id == RECORD_TX ? decode_tx(s, from, bytes)
                               : decode_rx(s, from, bytes);
    }
    default:
        return (id & SKIPPABLE) ? VPL011_OK : VPL011_ERR_STATE_VERSION;
    }
}

static int decode(struct vpl011_state *s, const uint8_t *blob, size_t size)
{
    struct seen seen = {0, 0};
    size_t length;
    size_t at = HEADER_SIZE;
    int err;

    if (size < HEADER_SIZE) {
        return VPL011_ERR_STATE_TRUNCATED;
    }
    if (get(blob, 4) != MAGIC) {
        return VPL011_ERR_STATE_MAGIC;
    }
    if (get(blob + 4, 2) != MAJOR) {
        return VPL011_ERR_STATE_VERSION;
    }
    length = get(blob + 8, 4);
    if (length > size) {
        return VPL011_ERR_STATE_TRUNCATED;
    }
    if (length < HEADER_SIZE) {
        return VPL011_ERR_STATE_FORMAT;
    }
    while (at < length) {
        size_t bytes;

        if (length - at < RECORD_SIZE) {
            return VPL011_ERR_STATE_FORMAT;
        }
        bytes = get(blob + at + 2, 2);
        if (length - at - RECORD_SIZE < bytes) {
            return VPL011_ERR_STATE_FORMAT;
        }
        err = decode_record(s, &seen, get(blob + at, 2),
                            blob + at + RECORD_SIZE, bytes);
        if (err) {
            return err;
        }
        at += RECORD_SIZE + bytes;
    }
    if (seen.scalars != ALL_SCALARS || seen.fifos != (SEEN_TX | SEEN_RX)) {
        return VPL011_ERR_STATE_FORMAT;
    }
    return VPL011_OK;
}

int vpl011_state_load(struct vpl011 *d, const void *blob, size_t size)
{
    struct vpl011_state s = {0};
    int err;

    if (!d || !blob) {
        return VPL011_ERR_NULL;
    }
    err = decode(&s, blob, size);
    return err ? err : vpl011_state_set(d, &s);
}
