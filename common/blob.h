/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Saved state as bytes (docs/state-format.md): a header, then records. What
 * the device and each backend of this library share; it knows none of them.
 */
#ifndef VPL011_BLOB_H
#define VPL011_BLOB_H

#include <stddef.h>
#include <stdint.h>

/* Header: magic, major, minor, length; records: number, length, value. */
#define BLOB_HEADER_SIZE 12u
#define BLOB_RECORD_SIZE 4u
#define BLOB_RECORD_MAX 0xFFFFu

/** One scalar, which is a uint32_t in the structure. */
struct blob_field {
    uint16_t id;
    uint8_t bytes;    /* in the blob */
    uint8_t optional; /* written where it is not 0; missing, it is 0 */
    uint32_t offset;
    uint32_t mask; /* bits that may be set */
};

/* An entry of such a table, from a list X(id, bits, name, mask). */
#define BLOB_FIELD(type, id, bits, name, mask) \
    {(id), (bits) / 8, 0, offsetof(type, name), (mask)},
/* One that came after the format's first version: blobs without it load. */
#define BLOB_OPTIONAL(type, id, bits, name, mask) \
    {(id), (bits) / 8, 1, offsetof(type, name), (mask)},

/** The table of a state's scalars: at most 32. */
struct blob_fields {
    const struct blob_field *field;
    unsigned int count;
};

/** Where the next bytes go. Without memory they are only counted. */
struct blob_writer {
    uint8_t *to;
    size_t at;
};

void vpl011_blob_put_(struct blob_writer *w, uint32_t value,
                      unsigned int bytes);
void vpl011_blob_put_header_(struct blob_writer *w, uint32_t magic,
                             uint32_t length);
/* Only its head: the value is put next. */
void vpl011_blob_put_record_(struct blob_writer *w, uint32_t id, size_t bytes);
void vpl011_blob_put_bytes_(struct blob_writer *w, const uint8_t *from,
                            size_t bytes);
void vpl011_blob_put_scalars_(struct blob_writer *w,
                              const struct blob_fields *fields,
                              const void *state);

struct blob_reader {
    const uint8_t *blob;
    size_t length;
    size_t at;
    uint32_t seen; /* scalars */
};

struct blob_record {
    uint32_t id;
    size_t bytes;
    const uint8_t *value;
};

uint32_t vpl011_blob_get_(const uint8_t *from, size_t bytes);

/** Check the header. */
int vpl011_blob_open_(struct blob_reader *r, const void *blob, size_t size,
                      uint32_t magic);

/**
 * The next record that is no scalar; those on the way go into the state, in
 * which an optional one that is missing stays what it was before: 0.
 *
 * @return  1: there is one; 0: this was all, and every scalar was there once,
 *          or is optional; or VPL011_ERR_STATE_FORMAT
 */
int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record);

/** What a record that nobody knows means. */
int vpl011_blob_unknown_(const struct blob_record *record);

/** Whether each scalar has only bits that it may have. */
int vpl011_blob_check_(const struct blob_fields *fields, const void *state);

#endif
