/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The saved state of a FIFO pair: any records of a blob (records.c proves what
 * a record is). Indices and counts are chosen values, because the code depends
 * on how far they are apart.
 */
#include "any_ring.h"

#define PROOF_OWN_LOAD
/* Neither side uses the pair meanwhile. */
static uint32_t proof_load(const uint32_t *p)
{
    return *p;
}
#include "any_atomic.h"

#define vpl011_blob_next_ next_as_it_is
#include "../../common/blob.c"
#undef vpl011_blob_next_

#include <vpl011/backend_state.h>

static uint8_t memory[BLOB_RECORD_MAX];
static uint8_t in[32];
static uint8_t out[64];
static struct vpl011_fifo fifo;

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record);

#include "../../backends/ring_state.c"

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record)
{
    struct scalars *s = state;

    /*@ assert opened: \initialized(&r->at); */
    (void)fields;
    s->in.count = any_u32();
    s->out.count = any_u32();
    s->in.brk = any_u32();
    s->in.brk_at = any_u32();
    s->in_was_full = any_u32();
    s->out.brk = any_u32();
    s->out.brk_at = any_u32();
    record->id = any_u16();
    record->bytes = any_upto(BLOB_RECORD_MAX);
    record->value = memory;
    return any_bool() ? 1 : any_bool() ? 0 : VPL011_ERR_STATE_FORMAT;
}

static void any_pair(uint32_t index, uint32_t in_count, uint32_t out_count)
{
    any_bytes(in, sizeof(in));
    any_bytes(out, sizeof(out));
    fifo = (struct vpl011_fifo){0};
    vpl011_fifo_init(&fifo, in, sizeof(in), out, sizeof(out));
    fifo.device.in_cons = index;
    fifo.in_prod = index + in_count;
    fifo.out_cons = index;
    fifo.far.out_read = index;
    fifo.device.out_prod = index + out_count;
    fifo.in_brk.valid = any_upto(1);
    fifo.in_brk.at = any_u32();
    /* How many records there are is for the caller to know. */
    fifo.out_brk.valid = index == 5;
    fifo.out_brk.at = index + 1;
}

void proof_fifo_load(void)
{
    any_bytes(memory, sizeof(memory));
    any_pair(0, 0, 0);
    vpl011_fifo_load(&fifo, memory, any_upto(sizeof(memory)));
    vpl011_fifo_load(NULL, memory, any_size());
    vpl011_fifo_load(&fifo, NULL, any_size());
}

static void with(uint32_t index, uint32_t in_count, uint32_t out_count)
{
    size_t size;

    any_pair(index, in_count, out_count);
    size = (size_t)vpl011_fifo_save(&fifo, NULL, 0);
    vpl011_fifo_save(&fifo, memory + sizeof(memory) - size, size);
    vpl011_fifo_save(&fifo, memory + sizeof(memory) - size + 1, size - 1);
}

void proof_fifo_save(void)
{
    with(0, 0, 0);
    with(UINT32_MAX - 3, 32, 64);
    with(5, 1, 63);
    with(0x80000000u, 31, 1);
    vpl011_fifo_save(NULL, memory, any_size());
    vpl011_fifo_save(&fifo, NULL, any_size());
}
