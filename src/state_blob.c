/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state of a device as bytes: docs/state-format.md. */
#include <vpl011/state.h>

#include "../common/blob.h"
#include "internal.h"

#define MAGIC 0x53303131u /* "110S" in the file */

#define RECORD_TX 64u
#define RECORD_RX 65u

#define SIZE(id, bits, name, mask) +BLOB_RECORD_SIZE + (bits) / 8
_Static_assert(BLOB_HEADER_SIZE VPL011_STATE_FIELDS(SIZE) +
                       2 * BLOB_RECORD_SIZE +
                       sizeof(((struct vpl011_state *)0)->tx) +
                       sizeof(((struct vpl011_state *)0)->rx) <=
                   VPL011_STATE_BLOB_MAX,
               "the largest blob fits what the header promises");

#define FIELD(id, bits, name, mask) \
    BLOB_FIELD(struct vpl011_state, id, bits, name, mask)
#define LATER(id, bits, name, mask) \
    BLOB_OPTIONAL(struct vpl011_state, id, bits, name, mask)
static const struct blob_field field[] = {
    VPL011_STATE_IDENTITY(FIELD) VPL011_STATE_REGISTERS(FIELD)
        VPL011_STATE_LATER(LATER) VPL011_STATE_TIME(LATER)};
static const struct blob_fields scalars = {field,
                                           sizeof(field) / sizeof(field[0])};
_Static_assert(sizeof(field) / sizeof(field[0]) <= 32,
               "each scalar has a bit that says that it was there");

/* Returns the length; without memory it is only counted. */
static size_t encode(uint8_t *blob, const struct vpl011_state *s, size_t length)
{
    struct blob_writer w = {.to = blob};
    uint32_t i;

    vpl011_blob_put_header_(&w, MAGIC, (uint32_t)length);
    vpl011_blob_put_scalars_(&w, &scalars, s);
    vpl011_blob_put_record_(&w, RECORD_TX, s->tx_count);
    vpl011_blob_put_bytes_(&w, s->tx, s->tx_count);
    vpl011_blob_put_record_(&w, RECORD_RX, (size_t)2 * s->rx_count);
    for (i = 0; i < s->rx_count; i++) {
        vpl011_blob_put_(&w, s->rx[i], 2);
    }
    return w.at;
}

int vpl011_state_save(struct vpl011 *d, void *blob, size_t size)
{
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
    length = encode(NULL, &s, 0);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        encode(blob, &s, length);
    }
    return (int)length;
}

static int decode_tx(struct vpl011_state *s, const struct blob_record *record)
{
    size_t i;

    if (record->bytes > sizeof(s->tx)) {
        return VPL011_ERR_STATE_VALUE;
    }
    for (i = 0; i < record->bytes; i++) {
        s->tx[i] = record->value[i];
    }
    s->tx_count = (uint32_t)record->bytes;
    return VPL011_OK;
}

static int decode_rx(struct vpl011_state *s, const struct blob_record *record)
{
    size_t i;

    if (record->bytes % 2 != 0) {
        return VPL011_ERR_STATE_FORMAT;
    }
    if (record->bytes > sizeof(s->rx)) {
        return VPL011_ERR_STATE_VALUE;
    }
    for (i = 0; i < record->bytes / 2; i++) {
        s->rx[i] = (uint16_t)vpl011_blob_get_(record->value + 2 * i, 2);
    }
    s->rx_count = (uint32_t)(record->bytes / 2);
    return VPL011_OK;
}

/* Both FIFOs must be there, once. */
#define SEEN_TX 1u
#define SEEN_RX 2u

static int decode_fifo(struct vpl011_state *s, unsigned int *seen,
                       const struct blob_record *record)
{
    unsigned int bit = record->id == RECORD_TX ? SEEN_TX : SEEN_RX;

    if (*seen & bit) {
        return VPL011_ERR_STATE_FORMAT;
    }
    *seen |= bit;
    return bit == SEEN_TX ? decode_tx(s, record) : decode_rx(s, record);
}

static int decode(struct vpl011_state *s, const void *blob, size_t size)
{
    struct blob_record record;
    struct blob_reader r;
    unsigned int seen = 0;
    int err = vpl011_blob_open_(&r, blob, size, MAGIC);
    int more;

    if (err) {
        return err;
    }
    while ((more = vpl011_blob_next_(&r, &scalars, s, &record)) > 0) {
        if (record.id == RECORD_TX || record.id == RECORD_RX) {
            err = decode_fifo(s, &seen, &record);
        } else {
            err = vpl011_blob_unknown_(&record);
        }
        if (err) {
            return err;
        }
    }
    if (!more && seen != (SEEN_TX | SEEN_RX)) {
        return VPL011_ERR_STATE_FORMAT;
    }
    return more;
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
