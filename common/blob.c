/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Saved state as bytes, for the device and its backends alike. */
#include "blob.h"

#include <vpl011/vpl011.h>

#include <string.h>

#define MAJOR 1u
#define MINOR 0u

/* A record that an older library may skip has this bit in its number. */
#define SKIPPABLE 0x8000u

/*
 * Writing
 */

void vpl011_blob_put_(struct blob_writer *w, uint32_t value, unsigned int bytes)
{
    while (bytes-- > 0) {
        if (w->to) {
            w->to[w->at] = (uint8_t)value;
        }
        w->at++;
        value >>= 8;
    }
}

void vpl011_blob_put_header_(struct blob_writer *w, uint32_t magic,
                             uint32_t length)
{
    vpl011_blob_put_(w, magic, 4);
    vpl011_blob_put_(w, MAJOR, 2);
    vpl011_blob_put_(w, MINOR, 2);
    vpl011_blob_put_(w, length, 4);
}

void vpl011_blob_put_record_(struct blob_writer *w, uint32_t id, size_t bytes)
{
    vpl011_blob_put_(w, id, 2);
    vpl011_blob_put_(w, (uint32_t)bytes, 2);
}

void vpl011_blob_put_bytes_(struct blob_writer *w, const uint8_t *from,
                            size_t bytes)
{
    if (w->to && bytes > 0) {
        memcpy(w->to + w->at, from, bytes);
    }
    w->at += bytes;
}

/* A scalar of a state, by its place. */
static uint32_t *scalar(void *state, const struct blob_field *field)
{
    return (void *)((uint8_t *)state + field->offset);
}

static uint32_t value_of(const void *state, const struct blob_field *field)
{
    uint32_t value;

    memcpy(&value, (const uint8_t *)state + field->offset, sizeof(value));
    return value;
}

void vpl011_blob_put_scalars_(struct blob_writer *w,
                              const struct blob_fields *fields,
                              const void *state)
{
    unsigned int i;

    for (i = 0; i < fields->count; i++) {
        const struct blob_field *f = &fields->field[i];
        uint32_t value = value_of(state, f);

        if (value || !f->optional) {
            vpl011_blob_put_record_(w, f->id, f->bytes);
            vpl011_blob_put_(w, value, f->bytes);
        }
    }
}

/*
 * Reading
 */

uint32_t vpl011_blob_get_(const uint8_t *from, size_t bytes)
{
    uint32_t value = 0;

    while (bytes-- > 0) {
        value = value << 8 | from[bytes];
    }
    return value;
}

int vpl011_blob_open_(struct blob_reader *r, const void *blob, size_t size,
                      uint32_t magic)
{
    const uint8_t *bytes = blob;
    size_t length;

    if (size < BLOB_HEADER_SIZE) {
        return VPL011_ERR_STATE_TRUNCATED;
    }
    if (vpl011_blob_get_(bytes, 4) != magic) {
        return VPL011_ERR_STATE_MAGIC;
    }
    if (vpl011_blob_get_(bytes + 4, 2) != MAJOR) {
        return VPL011_ERR_STATE_VERSION;
    }
    length = vpl011_blob_get_(bytes + 8, 4);
    if (length > size) {
        return VPL011_ERR_STATE_TRUNCATED;
    }
    /* A length that ends within the header means that there are no records. */
    *r = (struct blob_reader){
        .blob = bytes,
        .length = length,
        .at = BLOB_HEADER_SIZE,
    };
    return VPL011_OK;
}

/* Whether the record is a scalar, and taken: 1, 0, or an error. */
static int take_scalar(struct blob_reader *r, const struct blob_fields *fields,
                       void *state, const struct blob_record *record)
{
    unsigned int i;

    for (i = 0; i < fields->count; i++) {
        const struct blob_field *f = &fields->field[i];

        if (f->id == record->id) {
            if (record->bytes != f->bytes || (r->seen & 1u << i)) {
                return VPL011_ERR_STATE_FORMAT;
            }
            r->seen |= 1u << i;
            *scalar(state, f) = vpl011_blob_get_(record->value, f->bytes);
            return 1;
        }
    }
    return 0;
}

/* Every scalar that the first version wrote must be there. */
static int all_seen(const struct blob_reader *r,
                    const struct blob_fields *fields)
{
    unsigned int i;

    for (i = 0; i < fields->count; i++) {
        if (!fields->field[i].optional && !(r->seen & 1u << i)) {
            return VPL011_ERR_STATE_FORMAT;
        }
    }
    return VPL011_OK;
}

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record)
{
    while (r->at < r->length) {
        const uint8_t *head = r->blob + r->at;
        size_t left = r->length - r->at;
        int taken;

        if (left < BLOB_RECORD_SIZE) {
            return VPL011_ERR_STATE_FORMAT;
        }
        record->id = vpl011_blob_get_(head, 2);
        record->bytes = vpl011_blob_get_(head + 2, 2);
        record->value = head + BLOB_RECORD_SIZE;
        if (left - BLOB_RECORD_SIZE < record->bytes) {
            return VPL011_ERR_STATE_FORMAT;
        }
        r->at += BLOB_RECORD_SIZE + record->bytes;
        taken = take_scalar(r, fields, state, record);
        if (taken <= 0) {
            return taken < 0 ? taken : 1;
        }
    }
    return all_seen(r, fields);
}

int vpl011_blob_unknown_(const struct blob_record *record)
{
    return (record->id & SKIPPABLE) ? VPL011_OK : VPL011_ERR_STATE_VERSION;
}

int vpl011_blob_check_(const struct blob_fields *fields, const void *state)
{
    unsigned int i;

    for (i = 0; i < fields->count; i++) {
        if (value_of(state, &fields->field[i]) & ~fields->field[i].mask) {
            return VPL011_ERR_STATE_VALUE;
        }
    }
    return VPL011_OK;
}
