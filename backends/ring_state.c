/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What is in a ring, as plain data and as bytes: of a FIFO pair, and of the
 * device's side of a page.
 */
#include <vpl011/backend_state.h>

#include "../src/blob.h"
#include "../src/sized.h"
#include "ring_layout.h"

#define RECORD_OUT 64u
#define RECORD_IN 65u

/* So that the length of a blob is an int. */
#define CONTENTS_MAX 0x7F000000u

/*
 * Every scalar of either layout. A FIFO's indices are its own matter: it begins
 * at 0, and what is produced is a count. (Without contents: those of a page are
 * 3 KiB, too much for some stacks.)
 */
struct scalars {
    union {
        uint32_t out_prod;
        uint32_t out_count;
    };
    union {
        uint32_t in_prod;
        uint32_t in_count;
    };
    uint32_t out_cons;
    uint32_t in_cons;
    uint32_t broken;
    uint32_t resync;
    uint32_t full_told;
    uint32_t write_was_short;
    uint32_t told;
    uint32_t told_cons;
    uint32_t in_was_full;
    uint32_t page; /* the peer's indices and the contents are here */
    uint32_t brk;
    uint32_t brk_at; /* behind so many */
    uint32_t out_brk;
    uint32_t out_brk_at;
};

#define FIELD(id, bits, name, mask) \
    BLOB_FIELD(struct scalars, id, bits, name, mask)
#define LATER(id, bits, name, mask) \
    BLOB_OPTIONAL(struct scalars, id, bits, name, mask)
static const struct blob_field fifo_field[] = {
    VPL011_FIFO_STATE_FIELDS(FIELD) VPL011_FIFO_STATE_LATER(LATER)};
static const struct blob_field page_field[] = {
    VPL011_XENCONS_STATE_FIELDS(FIELD)};

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

/* A member that is in a structure but in no list does not build. */
#define COUNT(id, bits, name, mask) +1
_Static_assert(sizeof(struct vpl011_fifo_state) ==
                   2 * sizeof(uint8_t *) + 2 * 4 +
                       (0 VPL011_FIFO_STATE_FIELDS(COUNT)
                            VPL011_FIFO_STATE_LATER(COUNT)) *
                           4 +
                       5 * 4,
               "every member is in the field lists");
_Static_assert(sizeof(struct vpl011_xencons_state) ==
                   (0 VPL011_XENCONS_STATE_FIELDS(COUNT)) * 4 + 4 * 4 +
                       VPL011_XENCONS_OUT_SIZE + VPL011_XENCONS_IN_SIZE,
               "every member is in the field list");

#define SIZE(id, bits, name, mask) +BLOB_RECORD_SIZE + (bits) / 8
_Static_assert(BLOB_HEADER_SIZE VPL011_XENCONS_STATE_FIELDS(SIZE) +
                       2 * BLOB_RECORD_SIZE + VPL011_XENCONS_OUT_SIZE +
                       VPL011_XENCONS_IN_SIZE <=
                   VPL011_XENCONS_BLOB_MAX,
               "the largest blob fits what the header promises");
_Static_assert(BLOB_HEADER_SIZE VPL011_FIFO_STATE_FIELDS(SIZE)
                           VPL011_FIFO_STATE_LATER(SIZE) +
                       2 * BLOB_RECORD_SIZE <=
                   VPL011_FIFO_BLOB_MAX(0, 0),
               "the largest blob fits what the header promises");

static uint32_t out_count(const struct scalars *s)
{
    return s->page ? s->out_prod - s->out_cons : 0;
}

static uint32_t in_count(const struct scalars *s)
{
    return s->page ? s->in_prod - s->in_cons : 0;
}

/*
 * Taking: the ring as it lies, from where the far end reads on. What cannot be
 * a window holds nothing that anybody could go on with.
 */
static struct scalars take(const struct vpl011_ring_device *d,
                           const struct ring *r, uint32_t out_cons,
                           uint32_t in_prod)
{
    struct scalars s = {
        .out_prod = d->out_prod,
        .in_prod = in_prod,
        .out_cons = out_cons,
        .in_cons = d->in_cons,
        .broken = vpl011_load_relaxed(&d->unusual) & RING_STOPPED,
        .resync = vpl011_load_relaxed(&d->resync),
        .in_was_full = d->in_was_full,
        .page = 1,
    };

    if (out_count(&s) > r->out_size) {
        s.broken |= VPL011_RING_OUT;
    }
    if (in_count(&s) > r->in_size) {
        s.broken |= VPL011_RING_IN;
    }
    if (s.broken & VPL011_RING_OUT) {
        s.out_cons = s.out_prod;
    }
    if (s.broken & VPL011_RING_IN) {
        s.in_prod = s.in_cons;
    }
    return s;
}

static void get_contents(const struct ring *r, const struct scalars *lies,
                         uint8_t *out, uint32_t outs, uint8_t *in, uint32_t ins)
{
    if (outs > 0) {
        byte_ring_get(r->out, r->out_size, lies->out_cons, out, outs);
    }
    if (ins > 0) {
        byte_ring_get(r->in, r->in_size, lies->in_cons, in, ins);
    }
}

/*
 * Putting: check everything, then commit
 */

static int check(const struct format *format, const struct scalars *s,
                 const struct ring *r)
{
    int err = vpl011_blob_check_(&format->fields, s);

    if (err) {
        return err;
    }
    if (s->brk_at > (s->brk ? in_count(s) : 0) ||
        s->out_brk_at > (s->out_brk ? out_count(s) : 0) ||
        (!s->told && s->told_cons) ||
        (!s->page && (s->out_cons || s->in_prod))) {
        return VPL011_ERR_STATE_VALUE;
    }
    if (out_count(s) > ((s->broken & VPL011_RING_OUT) ? 0 : r->out_size) ||
        in_count(s) > ((s->broken & VPL011_RING_IN) ? 0 : r->in_size)) {
        return format->too_many;
    }
    return VPL011_OK;
}

/* Whether the page is as it was left; it may have gone on on the other side. */
static bool goes_on(const struct ring *r, const struct scalars *s)
{
    if (!(s->broken & VPL011_RING_OUT) &&
        (vpl011_load_acquire(r->out_prod) != s->out_prod ||
         s->out_prod - vpl011_load_acquire(r->out_cons) > r->out_size)) {
        return false;
    }
    return (s->broken & VPL011_RING_IN) ||
           (vpl011_load_acquire(r->in_cons) == s->in_cons &&
            vpl011_load_acquire(r->in_prod) - s->in_cons <= r->in_size);
}

/* What may be put there: all of it, in the page that was left. */
static int accept(const struct format *format, const struct scalars *s,
                  const struct ring *r)
{
    int err = check(format, s, r);

    if (!err && !s->page && !s->resync && !goes_on(r, s)) {
        err = VPL011_ERR_RING;
    }
    return err;
}

/* The contents are where they belong. */
static void commit(struct vpl011_ring_device *d, const struct ring *r,
                   const struct scalars *s)
{
    ring_begin(d, s->out_prod, s->in_cons, s->broken);
    d->in_was_full = s->in_was_full;
    vpl011_store_relaxed(&d->resync, s->resync);
    if (s->page) {
        vpl011_store_seq_cst(r->out_cons, s->out_cons);
        vpl011_store_seq_cst(r->in_cons, s->in_cons);
        vpl011_store_seq_cst(r->out_prod, s->out_prod);
        vpl011_store_seq_cst(r->in_prod, s->in_prod);
    }
}

static int put(const struct format *format, struct vpl011_ring_device *d,
               const struct ring *r, const struct scalars *s,
               const uint8_t *out, const uint8_t *in)
{
    const uint32_t outs = out_count(s);
    const uint32_t ins = in_count(s);
    int err = accept(format, s, r);

    if (err) {
        return err;
    }
    if ((outs > 0 && !out) || (ins > 0 && !in)) {
        return VPL011_ERR_NULL;
    }
    if (outs > 0) {
        byte_ring_put(r->out, r->out_size, s->out_cons, out, outs);
    }
    if (ins > 0) {
        byte_ring_put(r->in, r->in_size, s->in_cons, in, ins);
    }
    commit(d, r, s);
    return VPL011_OK;
}

/*
 * As bytes
 */

/* A ring's bytes, in as many records as they need, and in one at least. */
static void put_contents(struct blob_writer *w, uint32_t id,
                         const uint8_t *ring, uint32_t size, uint32_t index,
                         uint32_t count)
{
    do {
        uint32_t part = (uint32_t)byte_ring_min(count, BLOB_RECORD_MAX);

        vpl011_blob_put_record_(w, id, part);
        if (w->to && part > 0) {
            byte_ring_get(ring, size, index, w->to + w->at, part);
        }
        w->at += part;
        index += part;
        count -= part;
    } while (count > 0);
}

/* What travels, and where it lies. */
static size_t encode(uint8_t *blob, const struct format *format,
                     const struct scalars *s, const struct ring *r,
                     const struct scalars *lies, size_t length)
{
    struct blob_writer w = {.to = blob};

    vpl011_blob_put_header_(&w, format->magic, (uint32_t)length);
    vpl011_blob_put_scalars_(&w, &format->fields, s);
    put_contents(&w, RECORD_OUT, r->out, r->out_size, lies->out_cons,
                 out_count(s));
    put_contents(&w, RECORD_IN, r->in, r->in_size, lies->in_cons, in_count(s));
    return w.at;
}

static int save(const struct format *format, const struct scalars *s,
                const struct ring *r, const struct scalars *lies, void *blob,
                size_t size)
{
    size_t length;

    if (in_count(s) > CONTENTS_MAX ||
        out_count(s) > CONTENTS_MAX - in_count(s)) {
        return VPL011_ERR_SIZE;
    }
    length = encode(NULL, format, s, r, lies, 0);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        encode(blob, format, s, r, lies, length);
    }
    return (int)length;
}

/* Where contents go, if anywhere, and how many there were. */
struct contents {
    uint8_t *ring;
    uint32_t size;
    uint32_t index;
    size_t count;
};

static void take_contents(struct contents *c, const struct blob_record *record)
{
    if (c->ring) {
        byte_ring_put(c->ring, c->size, c->index + (uint32_t)c->count,
                      record->value, record->bytes);
    }
    c->count += record->bytes;
}

/* One pass over a blob. */
static int decode(const struct format *format, struct scalars *s,
                  struct contents *out, struct contents *in, const void *blob,
                  size_t size)
{
    struct blob_record record;
    struct blob_reader r;
    int err = vpl011_blob_open_(&r, blob, size, format->magic);
    int more = 0;

    while (!err &&
           (more = vpl011_blob_next_(&r, &format->fields, s, &record)) > 0) {
        if (record.id == RECORD_OUT) {
            take_contents(out, &record);
        } else if (record.id == RECORD_IN) {
            take_contents(in, &record);
        } else {
            err = vpl011_blob_unknown_(&record);
        }
    }
    return err ? err : more;
}

/* Two passes: one that counts, and one that puts what was found to fit. */
static int load(const struct format *format, struct vpl011_ring_device *d,
                const struct ring *r, struct scalars *s, const void *blob,
                size_t size)
{
    struct contents out = {0};
    struct contents in = {0};
    int err = decode(format, s, &out, &in, blob, size);

    if (!err) {
        err = accept(format, s, r);
    }
    if (!err && (out.count != out_count(s) || in.count != in_count(s))) {
        err = VPL011_ERR_STATE_FORMAT;
    }
    if (err) {
        return err;
    }
    out = (struct contents){r->out, r->out_size, s->out_cons, 0};
    in = (struct contents){r->in, r->in_size, s->in_cons, 0};
    (void)decode(format, &(struct scalars){0}, &out, &in, blob, size);
    commit(d, r, s);
    return VPL011_OK;
}

/*
 * A FIFO pair
 */

/* As it lies: what was consumed and not published is not read again. */
static struct scalars take_fifo(const struct vpl011_fifo *f, struct ring *r)
{
    struct scalars s;
    uint32_t cons;

    *r = fifo_layout((struct vpl011_fifo *)f);
    cons = vpl011_load_acquire(r->out_cons);
    if (f->far.out_read - cons <= f->device.out_prod - cons) {
        cons = f->far.out_read;
    }
    s = take(&f->device, r, cons, vpl011_load_acquire(r->in_prod));
    s.out_brk = vpl011_load_acquire(&f->out_brk.valid);
    s.brk = vpl011_load_acquire(&f->in_brk.valid);
    s.out_brk_at = s.out_brk ? f->out_brk.at - s.out_cons : 0;
    s.brk_at = s.brk ? f->in_brk.at - s.in_cons : 0;
    return s;
}

/* The same as it travels: from 0. */
static struct scalars from_0(struct scalars s)
{
    s.out_count = out_count(&s);
    s.in_count = in_count(&s);
    s.out_cons = 0;
    s.in_cons = 0;
    return s;
}

/* The host's side, once the device's has begun. */
static void begin_host(struct vpl011_fifo *f, const struct scalars *s)
{
    memset(&f->far, 0, sizeof(f->far));
    f->far.in_prod = s->in_count;
    f->in_brk.at = s->brk_at;
    f->out_brk.at = s->out_brk_at;
    vpl011_store_release(&f->in_brk.valid, s->brk);
    vpl011_store_release(&f->out_brk.valid, s->out_brk);
}

int vpl011_fifo_state_get_sized(const struct vpl011_fifo *f,
                                struct vpl011_fifo_state *state, size_t size)
{
    struct vpl011_fifo_state t = {0};
    struct scalars lies;
    struct scalars s;
    struct ring r;

    if (!f || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(t)) {
        return VPL011_ERR_ABI;
    }
    if (!is_fifo(f)) {
        return VPL011_ERR_UNINIT;
    }
    lies = take_fifo(f, &r);
    s = from_0(lies);
    if (s.in_count > state->in_room || s.out_count > state->out_room) {
        return VPL011_ERR_SIZE;
    }
    if ((s.in_count > 0 && !state->in) || (s.out_count > 0 && !state->out)) {
        return VPL011_ERR_NULL;
    }
    t.in = state->in;
    t.out = state->out;
    t.in_room = state->in_room;
    t.out_room = state->out_room;
#define TELL(id, bits, name, mask) t.name = s.name;
    VPL011_FIFO_STATE_FIELDS(TELL)
    VPL011_FIFO_STATE_LATER(TELL)
    get_contents(&r, &lies, t.out, s.out_count, t.in, s.in_count);
    vpl011_give_sized_(state, size, &t, sizeof(t));
    return VPL011_OK;
}

int vpl011_fifo_state_set_sized(struct vpl011_fifo *f,
                                const struct vpl011_fifo_state *state,
                                size_t size)
{
    struct vpl011_fifo_state t = {0};
    struct scalars s = {.page = 1};
    struct ring r;
    int err;

    if (!f || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(t) ||
        !vpl011_copy_sized_(&t, KNOWN(struct vpl011_fifo_state), state, size)) {
        return VPL011_ERR_ABI;
    }
    if (!is_fifo(f)) {
        return VPL011_ERR_UNINIT;
    }
#define ASK(id, bits, name, mask) s.name = t.name;
    VPL011_FIFO_STATE_FIELDS(ASK)
    VPL011_FIFO_STATE_LATER(ASK)
    r = fifo_layout(f);
    err = put(&fifo_format, &f->device, &r, &s, t.out, t.in);
    if (!err) {
        begin_host(f, &s);
    }
    return err;
}

#define DIFFERS(id, bits, name, mask) \
    if (a->name != b->name) { \
        return #name; \
    }

const char *vpl011_fifo_state_diff(const struct vpl011_fifo_state *a,
                                   const struct vpl011_fifo_state *b)
{
    VPL011_FIFO_STATE_FIELDS(DIFFERS)
    VPL011_FIFO_STATE_LATER(DIFFERS)
    if (a->in_count > 0 && memcmp(a->in, b->in, a->in_count) != 0) {
        return "in";
    }
    if (a->out_count > 0 && memcmp(a->out, b->out, a->out_count) != 0) {
        return "out";
    }
    return NULL;
}

int vpl011_fifo_save(const struct vpl011_fifo *f, void *blob, size_t size)
{
    struct scalars lies;
    struct scalars s;
    struct ring r;

    if (!f || (!blob && size > 0)) {
        return VPL011_ERR_NULL;
    }
    if (!is_fifo(f)) {
        return VPL011_ERR_UNINIT;
    }
    lies = take_fifo(f, &r);
    s = from_0(lies);
    return save(&fifo_format, &s, &r, &lies, blob, size);
}

int vpl011_fifo_load(struct vpl011_fifo *f, const void *blob, size_t size)
{
    struct scalars s = {.page = 1};
    struct ring r;
    int err;

    if (!f || !blob) {
        return VPL011_ERR_NULL;
    }
    if (!is_fifo(f)) {
        return VPL011_ERR_UNINIT;
    }
    r = fifo_layout(f);
    err = load(&fifo_format, &f->device, &r, &s, blob, size);
    if (!err) {
        begin_host(f, &s);
    }
    return err;
}

/*
 * The device's side of a page
 */

static int take_page(const struct vpl011_xencons *x, uint32_t flags,
                     struct scalars *s, struct ring *r)
{
    if (!is_device(x)) {
        return VPL011_ERR_UNINIT;
    }
    if (flags & ~VPL011_XENCONS_SAVE_PAGE) {
        return VPL011_ERR_FLAGS;
    }
    *r = page_layout(x->page);
    if (flags & VPL011_XENCONS_SAVE_PAGE) {
        *s = take(&x->device, r, vpl011_load_acquire(r->out_cons),
                  vpl011_load_acquire(r->in_prod));
    } else {
        *s = take(&x->device, r, x->device.out_prod, x->device.in_cons);
        s->page = 0;
        s->out_cons = 0;
        s->in_prod = 0;
    }
    return VPL011_OK;
}

int vpl011_xencons_state_get_sized(const struct vpl011_xencons *x,
                                   uint32_t flags,
                                   struct vpl011_xencons_state *state,
                                   size_t size)
{
    struct scalars s;
    struct ring r;
    int err;

    if (!x || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(*state)) {
        return VPL011_ERR_ABI;
    }
    err = take_page(x, flags, &s, &r);
    if (err) {
        return err;
    }
    memset(state, 0, size);
#define SHOW(id, bits, name, mask) state->name = s.name;
    VPL011_XENCONS_STATE_FIELDS(SHOW)
    get_contents(&r, &s, state->out, out_count(&s), state->in, in_count(&s));
    return VPL011_OK;
}

int vpl011_xencons_state_set_sized(struct vpl011_xencons *x,
                                   const struct vpl011_xencons_state *state,
                                   size_t size)
{
    struct scalars s = {0};
    struct ring r;
    uint32_t outs;
    uint32_t ins;

    if (!x || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(*state) ||
        !vpl011_is_zero_(state->reserved, sizeof(state->reserved)) ||
        !vpl011_is_zero_(state + 1, size - sizeof(*state))) {
        return VPL011_ERR_ABI;
    }
    if (!is_device(x)) {
        return VPL011_ERR_UNINIT;
    }
#define HEAR(id, bits, name, mask) s.name = state->name;
    VPL011_XENCONS_STATE_FIELDS(HEAR)
    r = page_layout(x->page);
    outs = out_count(&s);
    ins = in_count(&s);
    if (outs <= r.out_size && ins <= r.in_size &&
        (!vpl011_is_zero_(state->out + outs, r.out_size - outs) ||
         !vpl011_is_zero_(state->in + ins, r.in_size - ins))) {
        return VPL011_ERR_STATE_VALUE;
    }
    return put(&page_format, &x->device, &r, &s, state->out, state->in);
}

const char *vpl011_xencons_state_diff(const struct vpl011_xencons_state *a,
                                      const struct vpl011_xencons_state *b)
{
    VPL011_XENCONS_STATE_FIELDS(DIFFERS)
    if (memcmp(a->out, b->out, sizeof(a->out)) != 0) {
        return "out";
    }
    return memcmp(a->in, b->in, sizeof(a->in)) != 0 ? "in" : NULL;
}

int vpl011_xencons_save(const struct vpl011_xencons *x, uint32_t flags,
                        void *blob, size_t size)
{
    struct scalars s;
    struct ring r;
    int err;

    if (!x || (!blob && size > 0)) {
        return VPL011_ERR_NULL;
    }
    err = take_page(x, flags, &s, &r);
    return err ? err : save(&page_format, &s, &r, &s, blob, size);
}

int vpl011_xencons_load(struct vpl011_xencons *x, const void *blob, size_t size)
{
    struct scalars s = {0};
    struct ring r;

    if (!x || !blob) {
        return VPL011_ERR_NULL;
    }
    if (!is_device(x)) {
        return VPL011_ERR_UNINIT;
    }
    r = page_layout(x->page);
    return load(&page_format, &x->device, &r, &s, blob, size);
}
