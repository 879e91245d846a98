/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What is in a FIFO pair, as plain data and as bytes. */
#include <vpl011/atomic.h>
#include <vpl011/backend_state.h>
#include <vpl011/vpl011.h>

#include "../src/blob.h"
#include "../src/sized.h"
#include "byte_ring.h"
#include "fifo_pair.h"

#define MAGIC 0x46303131u /* "110F" in the file */

#define RECORD_OUT 64u
#define RECORD_IN 65u

/* So that the length of a blob is an int. */
#define CONTENTS_MAX 0x7F000000u

/* A member that is in the structure but in no list does not build. */
#define COUNT(id, bits, name, mask) +1
_Static_assert(sizeof(struct vpl011_fifo_state) ==
                   2 * sizeof(uint8_t *) + 2 * 4 +
                       (0 VPL011_FIFO_STATE_FIELDS(COUNT)) * 4 + 4 * 4,
               "every member is in the field list");

#define FIELD(id, bits, name, mask) \
    BLOB_FIELD(struct vpl011_fifo_state, id, bits, name, mask)
static const struct blob_field field[] = {VPL011_FIFO_STATE_FIELDS(FIELD)};
static const struct blob_fields scalars = {field,
                                           sizeof(field) / sizeof(field[0])};

/* Indices are a pair's own matter: what counts is how far they are apart. */
static struct vpl011_fifo_state scalars_of(const struct vpl011_fifo *f)
{
    struct vpl011_fifo_state s = {
        .in_count = vpl011_load_acquire(&f->host.in_index) - f->device.in_index,
        .out_count =
            f->device.out_index - vpl011_load_acquire(&f->host.out_index),
        .brk = vpl011_load_acquire(&f->host.brk),
    };

    if (s.brk) {
        s.brk_at = f->host.brk_at - f->device.in_index;
    }
    return s;
}

int vpl011_fifo_state_get_sized(const struct vpl011_fifo *f,
                                struct vpl011_fifo_state *state, size_t size)
{
    struct vpl011_fifo_state s;

    if (!f || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(s)) {
        return VPL011_ERR_ABI;
    }
    if (!is_ready(f)) {
        return VPL011_ERR_UNINIT;
    }
    s = scalars_of(f);
    s.in = state->in;
    s.out = state->out;
    s.in_room = state->in_room;
    s.out_room = state->out_room;
    if (s.in_count > s.in_room || s.out_count > s.out_room) {
        return VPL011_ERR_SIZE;
    }
    if ((s.in_count > 0 && !s.in) || (s.out_count > 0 && !s.out)) {
        return VPL011_ERR_NULL;
    }
    if (s.in_count > 0) {
        byte_ring_get(f->in, f->in_size, f->device.in_index, s.in, s.in_count);
    }
    if (s.out_count > 0) {
        byte_ring_get(f->out, f->out_size, f->host.out_index, s.out,
                      s.out_count);
    }
    vpl011_give_sized_(state, size, &s, sizeof(s));
    return VPL011_OK;
}

static int check(const struct vpl011_fifo *f, const struct vpl011_fifo_state *s)
{
    int err = vpl011_blob_check_(&scalars, s);

    if (err) {
        return err;
    }
    if (s->brk_at > (s->brk ? s->in_count : 0)) {
        return VPL011_ERR_STATE_VALUE;
    }
    if (s->in_count > f->in_size || s->out_count > f->out_size) {
        return VPL011_ERR_SIZE;
    }
    return VPL011_OK;
}

/* The bytes are put at the beginning of both rings, by the caller. */
static void commit(struct vpl011_fifo *f, const struct vpl011_fifo_state *s)
{
    f->device.in_index = 0;
    f->host.in_index = s->in_count;
    f->host.brk_at = s->brk_at;
    vpl011_store_release(&f->host.brk, s->brk);
    f->host.out_index = 0;
    vpl011_store_release(&f->device.out_index, s->out_count);
}

int vpl011_fifo_state_set_sized(struct vpl011_fifo *f,
                                const struct vpl011_fifo_state *state,
                                size_t size)
{
    struct vpl011_fifo_state s = {0};
    int err;

    if (!f || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(s) ||
        !vpl011_copy_sized_(&s, KNOWN(struct vpl011_fifo_state), state, size)) {
        return VPL011_ERR_ABI;
    }
    if (!is_ready(f)) {
        return VPL011_ERR_UNINIT;
    }
    err = check(f, &s);
    if (err) {
        return err;
    }
    if ((s.in_count > 0 && !s.in) || (s.out_count > 0 && !s.out)) {
        return VPL011_ERR_NULL;
    }
    if (s.in_count > 0) {
        memcpy(f->in, s.in, s.in_count);
    }
    if (s.out_count > 0) {
        memcpy(f->out, s.out, s.out_count);
    }
    commit(f, &s);
    return VPL011_OK;
}

const char *vpl011_fifo_state_diff(const struct vpl011_fifo_state *a,
                                   const struct vpl011_fifo_state *b)
{
#define DIFFERS(id, bits, name, mask) \
    if (a->name != b->name) { \
        return #name; \
    }
    VPL011_FIFO_STATE_FIELDS(DIFFERS)
    if (a->in_count > 0 && memcmp(a->in, b->in, a->in_count) != 0) {
        return "in";
    }
    if (a->out_count > 0 && memcmp(a->out, b->out, a->out_count) != 0) {
        return "out";
    }
    return NULL;
}

/* A ring's bytes, in as many records as they need. */
static void put_ring(struct blob_writer *w, uint32_t id, const uint8_t *ring,
                     uint32_t size, uint32_t index, uint32_t count)
{
    while (count > 0) {
        uint32_t part = (uint32_t)byte_ring_min(count, BLOB_RECORD_MAX);

        vpl011_blob_put_record_(w, id, part);
        if (w->to) {
            byte_ring_get(ring, size, index, w->to + w->at, part);
        }
        w->at += part;
        index += part;
        count -= part;
    }
}

static size_t encode(uint8_t *blob, const struct vpl011_fifo *f,
                     const struct vpl011_fifo_state *s, size_t length)
{
    struct blob_writer w = {.to = blob};

    vpl011_blob_put_header_(&w, MAGIC, (uint32_t)length);
    vpl011_blob_put_scalars_(&w, &scalars, s);
    put_ring(&w, RECORD_OUT, f->out, f->out_size, f->host.out_index,
             s->out_count);
    put_ring(&w, RECORD_IN, f->in, f->in_size, f->device.in_index, s->in_count);
    return w.at;
}

int vpl011_fifo_save(const struct vpl011_fifo *f, void *blob, size_t size)
{
    struct vpl011_fifo_state s;
    size_t length;

    if (!f || (!blob && size > 0)) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(f)) {
        return VPL011_ERR_UNINIT;
    }
    s = scalars_of(f);
    if (s.in_count > CONTENTS_MAX || s.out_count > CONTENTS_MAX - s.in_count) {
        return VPL011_ERR_SIZE;
    }
    length = encode(NULL, f, &s, 0);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        encode(blob, f, &s, length);
    }
    return (int)length;
}

/*
 * One pass over a blob: with memory to put them in, which a pass before has
 * found large enough, the bytes go there; they are counted in any case.
 */
struct contents {
    uint8_t *in;
    uint8_t *out;
    size_t in_count;
    size_t out_count;
};

static void take_bytes(uint8_t *to, size_t *count,
                       const struct blob_record *record)
{
    if (to) {
        memcpy(to + *count, record->value, record->bytes);
    }
    *count += record->bytes;
}

static int decode(struct vpl011_fifo_state *s, struct contents *c,
                  const void *blob, size_t size)
{
    struct blob_record record;
    struct blob_reader r;
    int err = vpl011_blob_open_(&r, blob, size, MAGIC);
    int more = 0;

    while (!err && (more = vpl011_blob_next_(&r, &scalars, s, &record)) > 0) {
        if (record.id == RECORD_OUT) {
            take_bytes(c->out, &c->out_count, &record);
        } else if (record.id == RECORD_IN) {
            take_bytes(c->in, &c->in_count, &record);
        } else {
            err = vpl011_blob_unknown_(&record);
        }
    }
    return err ? err : more;
}

int vpl011_fifo_load(struct vpl011_fifo *f, const void *blob, size_t size)
{
    struct vpl011_fifo_state s = {0};
    struct contents c = {0};
    int err;

    if (!f || !blob) {
        return VPL011_ERR_NULL;
    }
    if (!is_ready(f)) {
        return VPL011_ERR_UNINIT;
    }
    err = decode(&s, &c, blob, size);
    if (!err && (c.in_count != s.in_count || c.out_count != s.out_count)) {
        err = VPL011_ERR_STATE_FORMAT;
    }
    if (!err) {
        err = check(f, &s);
    }
    if (err) {
        return err;
    }
    c = (struct contents){.in = f->in, .out = f->out};
    (void)decode(&s, &c, blob, size);
    commit(f, &s);
    return VPL011_OK;
}
