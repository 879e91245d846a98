/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What is in a ring, as bytes (docs/state-format.md): in a FIFO pair, and in
 * the device's side of a page.
 */
#include <vpl011/backend_state.h>

#include "../common/blob.h"
#include "ring_layout.h"

#define RECORD_OUT 64u
#define RECORD_IN 65u

/* So that the length of a blob is an int. */
#define CONTENTS_MAX 0x7F000000u

/* A direction: where its bytes are, how many, and where a BREAK is. */
struct span {
    uint32_t prod;
    uint32_t cons;
    uint32_t count;
    uint32_t brk;
    uint32_t brk_at; /* behind so many */
};

/* Every scalar of either layout. A FIFO's indices are its own matter: it begins
 * at 0 where it is loaded, and the counts alone travel. */
struct scalars {
    struct span out;
    struct span in;
    uint32_t broken;      /* the directions that are stopped */
    uint32_t resync;      /* asked for, and not done yet */
    uint32_t in_was_full; /* the far end may wait for room */
    /* Of an earlier notification rule, and not used: after a load the far end
     * is told everything again. */
    uint32_t full_told;
    uint32_t write_was_short;
    uint32_t told;
    uint32_t told_cons;
    uint32_t page; /* the peer's indices and the contents travel too */
};

/* The records: number, bytes, whether it came later (and is in a blob where it
 * is not 0), place, bits that may be set. */
#define AT(name) offsetof(struct scalars, name)
#define ANY UINT32_MAX
static const struct blob_field fifo_field[] = {
    {1, 4, 0, AT(in.count), ANY},   {2, 4, 0, AT(out.count), ANY},
    {3, 1, 0, AT(in.brk), 1},       {4, 4, 0, AT(in.brk_at), ANY},
    {5, 1, 1, AT(in_was_full), 1},  {6, 1, 1, AT(out.brk), 1},
    {7, 4, 1, AT(out.brk_at), ANY},
};
static const struct blob_field page_field[] = {
    {1, 4, 0, AT(out.prod), ANY},
    {2, 4, 0, AT(in.cons), ANY},
    {3, 1, 0, AT(broken), RING_STOPPED},
    {4, 1, 0, AT(resync), 1},
    {5, 4, 0, AT(full_told), ANY},
    {6, 1, 0, AT(write_was_short), 1},
    {7, 1, 0, AT(told), 1},
    {8, 4, 0, AT(told_cons), ANY},
    {9, 1, 0, AT(in_was_full), 1},
    {10, 1, 0, AT(page), 1},
    {11, 4, 0, AT(out.cons), ANY},
    {12, 4, 0, AT(in.prod), ANY},
};

struct format {
    uint32_t magic;
    struct blob_fields fields;
    int too_many; /* the error, where contents do not fit */
};

static const struct format fifo_format = {
    .magic = 0x46303131u, /* "110F" in the file */
    .fields = {fifo_field, sizeof(fifo_field) / sizeof(fifo_field[0])},
    .too_many = VPL011_ERR_SIZE,
};
static const struct format page_format = {
    .magic = 0x52303131u, /* "110R" in the file */
    .fields = {page_field, sizeof(page_field) / sizeof(page_field[0])},
    .too_many = VPL011_ERR_STATE_VALUE,
};

/* No scalar is wider than four bytes, and each direction has a record. */
#define LARGEST(table, contents) \
    (BLOB_HEADER_SIZE + 2 * BLOB_RECORD_SIZE + (contents) + \
     sizeof(table) / sizeof((table)[0]) * (BLOB_RECORD_SIZE + 4))
_Static_assert(LARGEST(page_field,
                       VPL011_XENCONS_OUT_SIZE + VPL011_XENCONS_IN_SIZE) <=
                       VPL011_XENCONS_BLOB_MAX &&
                   LARGEST(fifo_field, 0) <= VPL011_FIFO_BLOB_MAX(0, 0),
               "the largest blob fits what the header promises");

/*
 * Saving: the ring as it lies, from where the far end reads on. What cannot be
 * a window holds nothing that anybody could go on with.
 */

static void take_break(const struct ring_way *way, struct span *s)
{
    if (way->brk) {
        s->brk = vpl011_load_acquire(&way->brk->valid);
        s->brk_at = s->brk ? way->brk->at - s->cons : 0;
    }
}

static struct scalars take(const struct vpl011_ring_device *d,
                           const struct ring *r, uint32_t out_cons,
                           uint32_t in_prod)
{
    struct scalars s = {
        .out = {.prod = d->out_prod, .cons = out_cons},
        .in = {.prod = in_prod, .cons = d->in_cons},
        .broken = vpl011_load_relaxed(&d->unusual) & RING_STOPPED,
        .resync = vpl011_load_relaxed(&d->resync),
        .in_was_full = d->in_was_full,
        .page = 1,
    };

    if ((s.broken & VPL011_RING_OUT) || s.out.prod - s.out.cons > r->out.size) {
        s.broken |= VPL011_RING_OUT;
        s.out.cons = s.out.prod;
    }
    if ((s.broken & VPL011_RING_IN) || s.in.prod - s.in.cons > r->in.size) {
        s.broken |= VPL011_RING_IN;
        s.in.prod = s.in.cons;
    }
    s.out.count = s.out.prod - s.out.cons;
    s.in.count = s.in.prod - s.in.cons;
    take_break(&r->out, &s.out);
    take_break(&r->in, &s.in);
    return s;
}

/* Contents, in as many records as they need, and in one at least. */
static void put_contents(struct blob_writer *w, uint32_t id,
                         const struct ring_way *way, const struct span *s)
{
    uint32_t left = s->count;
    uint32_t part;

    do {
        part = (uint32_t)byte_ring_min(left, BLOB_RECORD_MAX);
        vpl011_blob_put_record_(w, id, part);
        if (w->to && part > 0) {
            byte_ring_get(way->bytes, way->size, s->cons + s->count - left,
                          w->to + w->at, part);
        }
        w->at += part;
        left -= part;
    } while (left > 0);
}

static size_t encode(uint8_t *blob, const struct format *format,
                     const struct scalars *s, const struct ring *r,
                     size_t length)
{
    struct blob_writer w = {.to = blob};

    vpl011_blob_put_header_(&w, format->magic, (uint32_t)length);
    vpl011_blob_put_scalars_(&w, &format->fields, s);
    put_contents(&w, RECORD_OUT, &r->out, &s->out);
    put_contents(&w, RECORD_IN, &r->in, &s->in);
    return w.at;
}

static int save(const struct format *format, const struct scalars *s,
                const struct ring *r, void *blob, size_t size)
{
    size_t length;

    if (s->in.count > CONTENTS_MAX ||
        s->out.count > CONTENTS_MAX - s->in.count) {
        return VPL011_ERR_SIZE;
    }
    length = encode(NULL, format, s, r, 0);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        encode(blob, format, s, r, length);
    }
    return (int)length;
}

/*
 * Loading: check everything, then commit
 */

/* Where the next contents go, if anywhere; or how many there were. */
static void take_contents(const struct ring_way *way, uint32_t *index,
                          const struct blob_record *record)
{
    if (way) {
        byte_ring_put(way->bytes, way->size, *index, record->value,
                      record->bytes);
    }
    *index += (uint32_t)record->bytes;
}

/* One pass over a blob. */
static int decode(const struct format *format, struct scalars *s,
                  const struct ring *to, uint32_t *out, uint32_t *in,
                  const void *blob, size_t size)
{
    struct blob_record record;
    struct blob_reader r;
    int err = vpl011_blob_open_(&r, blob, size, format->magic);
    int more = 0;

    while (!err &&
           (more = vpl011_blob_next_(&r, &format->fields, s, &record)) > 0) {
        if (record.id == RECORD_OUT) {
            take_contents(to ? &to->out : NULL, out, &record);
        } else if (record.id == RECORD_IN) {
            take_contents(to ? &to->in : NULL, in, &record);
        } else {
            err = vpl011_blob_unknown_(&record);
        }
    }
    return err ? err : more;
}

/* Bring what either layout's blob has (counts, or indices) into one form. */
static void complete(struct span *s, bool page)
{
    s->prod += s->count;
    s->count = page ? s->prod - s->cons : 0;
}

/* Whether the page is as it was left; it may have gone on on the other side. */
static bool goes_on(const struct ring *r, const struct scalars *s)
{
    return ((s->broken & VPL011_RING_OUT) ||
            (vpl011_load_acquire(r->out.prod) == s->out.prod &&
             s->out.prod - vpl011_load_acquire(r->out.cons) <= r->out.size)) &&
           ((s->broken & VPL011_RING_IN) ||
            (vpl011_load_acquire(r->in.cons) == s->in.cons &&
             vpl011_load_acquire(r->in.prod) - s->in.cons <= r->in.size));
}

/* What may be put there: all of it, in the page that was left. */
static int check(const struct format *format, const struct scalars *s,
                 const struct ring *r)
{
    int err = vpl011_blob_check_(&format->fields, s);

    if (err) {
        return err;
    }
    if (s->in.brk_at > (s->in.brk ? s->in.count : 0) ||
        s->out.brk_at > (s->out.brk ? s->out.count : 0) ||
        (!s->told && s->told_cons) ||
        (!s->page && (s->out.cons || s->in.prod))) {
        return VPL011_ERR_STATE_VALUE;
    }
    if (s->out.count > ((s->broken & VPL011_RING_OUT) ? 0 : r->out.size) ||
        s->in.count > ((s->broken & VPL011_RING_IN) ? 0 : r->in.size)) {
        return format->too_many;
    }
    return s->page || s->resync || goes_on(r, s) ? VPL011_OK : VPL011_ERR_RING;
}

static void put(const struct ring_way *way, const struct span *s)
{
    vpl011_store_seq_cst(way->cons, s->cons);
    vpl011_store_seq_cst(way->prod, s->prod);
    if (way->brk) {
        way->brk->at = s->cons + s->brk_at;
        vpl011_store_release(&way->brk->valid, s->brk);
    }
}

/* Two passes: one that counts, and one that puts what was found to fit. */
static int load(const struct format *format, struct vpl011_ring_device *d,
                struct ring r, struct scalars *s, const void *blob, size_t size)
{
    uint32_t out = 0;
    uint32_t in = 0;
    int err = decode(format, s, NULL, &out, &in, blob, size);

    complete(&s->out, s->page);
    complete(&s->in, s->page);
    if (!err) {
        err = check(format, s, &r);
    }
    if (!err && (out != s->out.count || in != s->in.count)) {
        err = VPL011_ERR_STATE_FORMAT;
    }
    if (err) {
        return err;
    }
    out = s->out.cons;
    in = s->in.cons;
    (void)decode(format, &(struct scalars){0}, &r, &out, &in, blob, size);
    ring_begin(d, s->out.prod, s->in.cons, s->broken);
    d->in_was_full = s->in_was_full;
    vpl011_store_relaxed(&d->resync, s->resync);
    if (s->page) {
        put(&r.out, &s->out);
        put(&r.in, &s->in);
    }
    return VPL011_OK;
}

/* What was consumed and not published is not read again. */
int vpl011_fifo_save(const struct vpl011_fifo *f, void *blob, size_t size)
{
    int err = ring_usable(f, FIFO_READY, size == 0 || blob);
    struct scalars s;
    struct ring r;
    uint32_t cons;

    if (err) {
        return err;
    }
    r = fifo_ring(f);
    cons = vpl011_load_acquire(r.out.cons);
    if (f->far.out_read - cons <= f->device.out_prod - cons) {
        cons = f->far.out_read;
    }
    s = take(&f->device, &r, cons, vpl011_load_acquire(r.in.prod));
    return save(&fifo_format, &s, &r, blob, size);
}

int vpl011_fifo_load(struct vpl011_fifo *f, const void *blob, size_t size)
{
    int err = ring_usable(f, FIFO_READY, blob);
    struct scalars s = {.page = 1};

    if (!err) {
        err = load(&fifo_format, &f->device, fifo_ring(f), &s, blob, size);
    }
    if (!err) {
        memset(&f->far, 0, sizeof(f->far));
        f->far.in_prod = s.in.prod;
    }
    return err;
}

int vpl011_xencons_save(const struct vpl011_xencons *x, uint32_t flags,
                        void *blob, size_t size)
{
    int err = ring_usable(x, DEVICE_READY, size == 0 || blob);
    struct scalars s;
    struct ring r;

    if (!err && (flags & ~VPL011_XENCONS_SAVE_PAGE)) {
        err = VPL011_ERR_FLAGS;
    }
    if (err) {
        return err;
    }
    r = page_ring(x->page, 0);
    if (flags & VPL011_XENCONS_SAVE_PAGE) {
        s = take(&x->device, &r, vpl011_load_acquire(r.out.cons),
                 vpl011_load_acquire(r.in.prod));
    } else {
        s = take(&x->device, &r, x->device.out_prod, x->device.in_cons);
        s.page = 0;
        s.out.cons = 0;
        s.in.prod = 0;
    }
    return save(&page_format, &s, &r, blob, size);
}

int vpl011_xencons_load(struct vpl011_xencons *x, const void *blob, size_t size)
{
    const int err = ring_usable(x, DEVICE_READY, blob);
    struct scalars s = {0};

    return err ? err
               : load(&page_format, &x->device, page_ring(x->page, 0), &s, blob,
                      size);
}
