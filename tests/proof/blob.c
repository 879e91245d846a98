/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * An arbitrary saved device, from its records to the plain structure. records.c
 * proves what a record is: any number, and as many readable bytes as it says.
 * state.c proves what happens to the structure.
 */
#include "any.h"

#define vpl011_blob_next_ next_as_it_is
#include "../../common/blob.c"
#undef vpl011_blob_next_

static uint8_t memory[BLOB_RECORD_MAX];

int vpl011_blob_next_(struct blob_reader *r, const struct blob_fields *fields,
                      void *state, struct blob_record *record)
{
    size_t bytes = any_upto(66);
    unsigned int i;

    /*@ assert opened: \initialized(&r->at); */
    for (i = 0; i < fields->count; i++) {
        *scalar(state, &fields->field[i]) = any_u32();
    }
    /*@ split bytes; */
    if (bytes == 66) {
        bytes = any_u64(66, BLOB_RECORD_MAX); /* more than anything holds */
    }
    record->id = any_u16();
    record->bytes = bytes;
    record->value = memory + BLOB_RECORD_MAX - bytes;
    return any_bool() ? 1 : any_bool() ? 0 : VPL011_ERR_STATE_FORMAT;
}

#include "../../src/state_blob.c"

/* Stands for a device; nothing of it is touched here. */
static struct vpl011 device;
static uint32_t tx_count;
static uint32_t rx_count;

int vpl011_state_get_sized(struct vpl011 *d, struct vpl011_state *s,
                           size_t size)
{
    /*@ assert room: \valid((char *)s + (0 .. size - 1)); */
    (void)d;
    if (any_bool()) {
        return VPL011_ERR_UNINIT;
    }
    any_bytes(s, size);
    s->tx_count = tx_count;
    s->rx_count = rx_count;
    /* Whether each of these is written, which decides about the length. */
    s->acks = any_bool() ? 1 : 0;
    s->rx_burst = any_bool() ? 1 : 0;
    s->rx_rest = any_bool() ? 1 : 0;
    s->tx_frame = any_bool() ? 1 : 0;
    s->rx_timeout = any_bool() ? 1 : 0;
    /*@ split s->acks; */
    /*@ split s->rx_burst; */
    /*@ split s->rx_rest; */
    /*@ split s->tx_frame; */
    /*@ split s->rx_timeout; */
    return VPL011_OK;
}

int vpl011_state_set_sized(struct vpl011 *d, const struct vpl011_state *s,
                           size_t size)
{
    /*@ assert filled: \initialized((char *)s + (0 .. size - 1)); */
    (void)d;
    (void)s;
    (void)size;
    return VPL011_OK;
}

void proof_blob_load(void)
{
    any_bytes(memory, sizeof(memory));
    vpl011_state_load(&device, memory, any_upto(sizeof(memory)));
    vpl011_state_load(NULL, memory, any_size());
    vpl011_state_load(&device, NULL, any_size());
}

/* To the byte: nothing behind it is written. */
static void save(size_t size)
{
    vpl011_state_save(&device, memory + sizeof(memory) - size, size);
}

static void save_with(uint32_t tx, uint32_t rx)
{
    size_t size;

    tx_count = tx;
    rx_count = rx;
    size =
        encode(NULL, &(struct vpl011_state){.tx_count = tx, .rx_count = rx}, 0);
    save(size - 1);
    save(size);
}

void proof_blob_save(void)
{
    save_with(0, 0);
    save_with(1, 32);
    save_with(64, 32);
    vpl011_state_save(&device, NULL, any_size());
}
