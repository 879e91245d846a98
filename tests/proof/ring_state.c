/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The saved state of a ring's device side: any records of a blob (records.c
 * proves what a record is), and any page. Indices of a saved window are chosen
 * values, because the code depends on how far they are apart; each length that
 * matters is among them.
 */
#include "any.h"

#define PROOF_OWN_LOAD
static uint32_t proof_load(const uint32_t *p);
#include "any_atomic.h"

#define vpl011_blob_next_ next_as_it_is
#include "../../common/blob.c"
#undef vpl011_blob_next_

static uint8_t memory[BLOB_RECORD_MAX];

#define OUT_PROD 5000u
#define IN_CONS 3000u

/* Lengths of what is in a ring, those that are too long among them. */
static const uint32_t lengths[] = {
    0, 1024, 1025, 2048, 2049, UINT32_MAX - 10,
};

static uint32_t page_saved;

static uint32_t any_length(void)
{
    return lengths[any_upto(5)];
}

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record);

#include "../../backends/ring_state.c"

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record)
{
    struct scalars *s = state;
    uint32_t out = any_length();
    uint32_t in = any_length();

    /*@ assert opened: \initialized(&r->at); */
    (void)fields;
    any_bytes(s, sizeof(*s));
    s->out.count = 0; /* no record of a page */
    s->in.count = 0;
    s->page = page_saved;
    if (page_saved) {
        /*@ split out; */
        s->out.prod = OUT_PROD;
        s->out.cons = OUT_PROD - out;
        /*@ split in; */
        s->in.cons = IN_CONS;
        s->in.prod = IN_CONS + in;
    }
    record->id = any_u16();
    record->bytes = any_upto(BLOB_RECORD_MAX);
    record->value = memory; /* how much of it: asserted by run's hint */
    return any_bool() ? 1 : any_bool() ? 0 : VPL011_ERR_STATE_FORMAT;
}

static struct vpl011_xencons_page page;
static struct vpl011_xencons side;

/* Own indices as they are, all else arbitrary; while a blob is written, the
 * other side's indices give a length from the list. */
static uint32_t out_held;
static uint32_t in_held;
static bool held;

static uint32_t proof_load(const uint32_t *p)
{
    uint32_t before = *p;

    (void)before;
    if (p == &side.device.unusual) {
        return *p;
    }
    if (held && p == &page.out_cons) {
        return OUT_PROD - out_held;
    }
    if (held && p == &page.in_prod) {
        return IN_CONS + in_held;
    }
    return any_u32();
}

static void any_side(void)
{
    struct vpl011_xencons *x = &side;

    any_bytes(&page, sizeof(page));
    any_bytes(x, sizeof(*x));
    x->page = &page;
    x->device.out_prod = OUT_PROD;
    x->device.in_cons = IN_CONS;
    x->device.unusual = any_upto(15);
}

static void load_saved(uint32_t saved)
{
    page_saved = saved;
    any_bytes(memory, sizeof(memory));
    any_side();
    if (!vpl011_xencons_load(&side, memory, any_upto(sizeof(memory))) &&
        saved) {
        /*@ assert out: (unsigned)(page.out_prod - page.out_cons) <= 2048; */
        /*@ assert in: (unsigned)(page.in_prod - page.in_cons) <= 1024; */
    }
}

void proof_ring_load(void)
{
    load_saved(0);
    load_saved(1);
    vpl011_xencons_load(NULL, memory, any_size());
    vpl011_xencons_load(&side, NULL, any_size());
}

/* To the byte: nothing behind it is written. */
static void save_to(uint32_t flags, size_t size)
{
    uint32_t broken;

    /*@ loop unroll 4; */
    for (broken = 0; broken < 4; broken++) {
        any_side();
        side.device.unusual = broken;
        vpl011_xencons_save(&side, flags, memory + sizeof(memory) - size, size);
        vpl011_xencons_save(&side, flags, NULL, any_size());
    }
}

static void save_with(uint32_t out, uint32_t in)
{
    const struct scalars s = {.page = 1, .out.count = out, .in.count = in};
    const struct ring r = page_ring(&page, 0);
    size_t size = encode(NULL, &page_format, &s, &r, 0);

    out_held = out;
    in_held = in;
    save_to(VPL011_XENCONS_SAVE_PAGE, size);
    save_to(VPL011_XENCONS_SAVE_PAGE, size - 1);
    save_to(VPL011_XENCONS_SAVE_PAGE, VPL011_XENCONS_BLOB_MAX);
}

void proof_ring_save(void)
{
    save_to(0, 0);
    save_to(0, VPL011_XENCONS_BLOB_MAX);
    held = true;
    save_with(0, 0);
    save_with(1, 1024);
    save_with(2047, 1);
    save_with(2048, 1024);
}
