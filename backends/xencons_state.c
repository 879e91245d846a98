/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state of a ring's device side, as plain data and as bytes. */
#include <vpl011/backend_state.h>

#include "../src/blob.h"
#include "xencons_ring.h"

#define MAGIC 0x52303131u /* "110R" in the file */

#define RECORD_OUT 64u
#define RECORD_IN 65u

/* The public structure without its contents, which are 3 KiB: too much for
 * some stacks. */
#define MEMBER(id, bits, name, mask) uint32_t name;
struct own {
    VPL011_XENCONS_STATE_FIELDS(MEMBER)
};

/* A member that is in the structure but in no list does not build. */
_Static_assert(sizeof(struct vpl011_xencons_state) ==
                   sizeof(struct own) + 4 * 4 + OUT_SIZE + IN_SIZE,
               "every member is in the field list");

#define SIZE(id, bits, name, mask) +BLOB_RECORD_SIZE + (bits) / 8
_Static_assert(BLOB_HEADER_SIZE VPL011_XENCONS_STATE_FIELDS(SIZE) +
                       2 * BLOB_RECORD_SIZE + OUT_SIZE + IN_SIZE <=
                   VPL011_XENCONS_BLOB_MAX,
               "the largest blob fits what the header promises");

#define FIELD(id, bits, name, mask) BLOB_FIELD(struct own, id, bits, name, mask)
static const struct blob_field field[] = {VPL011_XENCONS_STATE_FIELDS(FIELD)};
static const struct blob_fields scalars = {field,
                                           sizeof(field) / sizeof(field[0])};

static int usable(const struct vpl011_xencons *x)
{
    struct vpl011_xencons_status status;

    return vpl011_xencons_get_status(x, &status);
}

/*
 * Taking
 */

static int take(const struct vpl011_xencons *x, uint32_t flags, struct own *s)
{
    int err = usable(x);

    if (err) {
        return err;
    }
    if (flags & ~VPL011_XENCONS_SAVE_PAGE) {
        return VPL011_ERR_FLAGS;
    }
    *s = (struct own){0};
#define GET(id, bits, name, mask) s->name = vpl011_load_relaxed(&x->name);
    VPL011_XENCONS_STATE_OWN(GET)
    if (!s->told) {
        s->told_cons = 0;
    }
    if (!(flags & VPL011_XENCONS_SAVE_PAGE)) {
        return VPL011_OK;
    }
    s->page = 1;
    s->out_cons = vpl011_load_acquire(&x->page->out_cons);
    s->in_prod = vpl011_load_acquire(&x->page->in_prod);
    /* What cannot be a window holds nothing that anybody could go on with. */
    if (s->out_prod - s->out_cons > OUT_SIZE) {
        s->broken |= VPL011_XENCONS_OUT;
    }
    if (s->in_prod - s->in_cons > IN_SIZE) {
        s->broken |= VPL011_XENCONS_IN;
    }
    if (s->broken & VPL011_XENCONS_OUT) {
        s->out_cons = s->out_prod;
    }
    if (s->broken & VPL011_XENCONS_IN) {
        s->in_prod = s->in_cons;
    }
    return VPL011_OK;
}

static uint32_t out_count(const struct own *s)
{
    return s->page ? s->out_prod - s->out_cons : 0;
}

static uint32_t in_count(const struct own *s)
{
    return s->page ? s->in_prod - s->in_cons : 0;
}

int vpl011_xencons_state_get_sized(const struct vpl011_xencons *x,
                                   uint32_t flags,
                                   struct vpl011_xencons_state *state,
                                   size_t size)
{
    struct own s;
    int err;

    if (!x || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(*state)) {
        return VPL011_ERR_ABI;
    }
    err = take(x, flags, &s);
    if (err) {
        return err;
    }
    memset(state, 0, size);
#define TELL(id, bits, name, mask) state->name = s.name;
    VPL011_XENCONS_STATE_FIELDS(TELL)
    byte_ring_get(x->page->out, OUT_SIZE, s.out_cons, state->out,
                  out_count(&s));
    byte_ring_get(x->page->in, IN_SIZE, s.in_cons, state->in, in_count(&s));
    return VPL011_OK;
}

/*
 * Putting
 */

/* Whether the page is as it was left; it may have gone on on the other side. */
static bool page_goes_on(const struct vpl011_xencons_page *page,
                         const struct own *s)
{
    if (!(s->broken & VPL011_XENCONS_OUT) &&
        (vpl011_load_acquire(&page->out_prod) != s->out_prod ||
         s->out_prod - vpl011_load_acquire(&page->out_cons) > OUT_SIZE)) {
        return false;
    }
    return (s->broken & VPL011_XENCONS_IN) ||
           (vpl011_load_acquire(&page->in_cons) == s->in_cons &&
            vpl011_load_acquire(&page->in_prod) - s->in_cons <= IN_SIZE);
}

static int check(const struct own *s)
{
    int err = vpl011_blob_check_(&scalars, s);

    if (err) {
        return err;
    }
    if (!s->told && s->told_cons) {
        return VPL011_ERR_STATE_VALUE;
    }
    if (!s->page) {
        return s->out_cons || s->in_prod ? VPL011_ERR_STATE_VALUE : VPL011_OK;
    }
    if (out_count(s) > ((s->broken & VPL011_XENCONS_OUT) ? 0 : OUT_SIZE) ||
        in_count(s) > ((s->broken & VPL011_XENCONS_IN) ? 0 : IN_SIZE)) {
        return VPL011_ERR_STATE_VALUE;
    }
    return VPL011_OK;
}

/* Checked: out and in have as many bytes as the windows. */
static int commit(struct vpl011_xencons *x, const struct own *s,
                  const uint8_t *out, const uint8_t *in)
{
    struct vpl011_xencons_page *page = x->page;

    if (!s->page && !s->resync && !page_goes_on(page, s)) {
        return VPL011_ERR_RING;
    }
#define SET(id, bits, name, mask) vpl011_store_relaxed(&x->name, s->name);
    VPL011_XENCONS_STATE_OWN(SET)
    /* The console may have missed anything. */
    x->greet = 1;
    if (s->page) {
        byte_ring_put(page->out, OUT_SIZE, s->out_cons, out, out_count(s));
        byte_ring_put(page->in, IN_SIZE, s->in_cons, in, in_count(s));
        vpl011_store_seq_cst(&page->out_cons, s->out_cons);
        vpl011_store_seq_cst(&page->in_cons, s->in_cons);
        vpl011_store_seq_cst(&page->out_prod, s->out_prod);
        vpl011_store_seq_cst(&page->in_prod, s->in_prod);
    }
    return VPL011_OK;
}

int vpl011_xencons_state_set_sized(struct vpl011_xencons *x,
                                   const struct vpl011_xencons_state *state,
                                   size_t size)
{
    struct own s;
    int err;

    if (!x || !state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(*state) ||
        !vpl011_is_zero_(state->reserved, sizeof(state->reserved)) ||
        !vpl011_is_zero_(state + 1, size - sizeof(*state))) {
        return VPL011_ERR_ABI;
    }
    err = usable(x);
    if (err) {
        return err;
    }
#define ASK(id, bits, name, mask) s.name = state->name;
    VPL011_XENCONS_STATE_FIELDS(ASK)
    err = check(&s);
    if (err) {
        return err;
    }
    if (!vpl011_is_zero_(state->out + out_count(&s),
                         OUT_SIZE - out_count(&s)) ||
        !vpl011_is_zero_(state->in + in_count(&s), IN_SIZE - in_count(&s))) {
        return VPL011_ERR_STATE_VALUE;
    }
    return commit(x, &s, state->out, state->in);
}

const char *vpl011_xencons_state_diff(const struct vpl011_xencons_state *a,
                                      const struct vpl011_xencons_state *b)
{
#define DIFFERS(id, bits, name, mask) \
    if (a->name != b->name) { \
        return #name; \
    }
    VPL011_XENCONS_STATE_FIELDS(DIFFERS)
    if (memcmp(a->out, b->out, sizeof(a->out)) != 0) {
        return "out";
    }
    return memcmp(a->in, b->in, sizeof(a->in)) != 0 ? "in" : NULL;
}

/*
 * As bytes
 */

static size_t encode(uint8_t *blob, const struct vpl011_xencons_page *page,
                     const struct own *s, size_t length)
{
    struct blob_writer w = {.to = blob};

    vpl011_blob_put_header_(&w, MAGIC, (uint32_t)length);
    vpl011_blob_put_scalars_(&w, &scalars, s);
    vpl011_blob_put_record_(&w, RECORD_OUT, out_count(s));
    if (blob) {
        byte_ring_get(page->out, OUT_SIZE, s->out_cons, blob + w.at,
                      out_count(s));
    }
    w.at += out_count(s);
    vpl011_blob_put_record_(&w, RECORD_IN, in_count(s));
    if (blob) {
        byte_ring_get(page->in, IN_SIZE, s->in_cons, blob + w.at, in_count(s));
    }
    return w.at + in_count(s);
}

int vpl011_xencons_save(const struct vpl011_xencons *x, uint32_t flags,
                        void *blob, size_t size)
{
    struct own s;
    size_t length;
    int err;

    if (!x || (!blob && size > 0)) {
        return VPL011_ERR_NULL;
    }
    err = take(x, flags, &s);
    if (err) {
        return err;
    }
    length = encode(NULL, x->page, &s, 0);
    if (blob) {
        if (size < length) {
            return VPL011_ERR_SIZE;
        }
        encode(blob, x->page, &s, length);
    }
    return (int)length;
}

/* Both contents must be there, once, also where they are empty. */
static int decode(struct own *s, struct blob_record *out,
                  struct blob_record *in, const void *blob, size_t size)
{
    struct blob_record record;
    struct blob_reader r;
    int err = vpl011_blob_open_(&r, blob, size, MAGIC);
    int more = 0;

    while (!err && (more = vpl011_blob_next_(&r, &scalars, s, &record)) > 0) {
        struct blob_record *to = record.id == RECORD_OUT ? out : in;

        if (record.id != RECORD_OUT && record.id != RECORD_IN) {
            err = vpl011_blob_unknown_(&record);
        } else if (to->value) {
            err = VPL011_ERR_STATE_FORMAT;
        } else {
            *to = record;
        }
    }
    if (!err && !more && (!out->value || !in->value)) {
        return VPL011_ERR_STATE_FORMAT;
    }
    return err ? err : more;
}

int vpl011_xencons_load(struct vpl011_xencons *x, const void *blob, size_t size)
{
    struct blob_record out = {0};
    struct blob_record in = {0};
    struct own s = {0};
    int err;

    if (!x || !blob) {
        return VPL011_ERR_NULL;
    }
    err = usable(x);
    if (!err) {
        err = decode(&s, &out, &in, blob, size);
    }
    if (!err) {
        err = check(&s);
    }
    if (!err && (out.bytes != out_count(&s) || in.bytes != in_count(&s))) {
        err = VPL011_ERR_STATE_FORMAT;
    }
    return err ? err : commit(x, &s, out.value, in.value);
}
