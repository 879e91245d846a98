/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The bytes of saved state, record by record: any content, at any place within
 * memory that ends where the blob does. Sizes are small, since the work for a
 * record depends on the others only by its place and by which numbers were
 * seen.
 */
#include "any.h"

#include <vpl011/vpl011.h>

#include "../../common/blob.h"

struct state {
    uint32_t one;
    uint32_t two;
};

static const struct blob_field field[] = {
    BLOB_FIELD(struct state, 1, 32, one, 0xFFFFFFFFu)
        BLOB_FIELD(struct state, 2, 8, two, 0x1u)};
static const struct blob_fields fields = {field, 2};

static uint8_t memory[40];

static void next(size_t length)
{
    struct blob_reader r = {
        .blob = memory + sizeof(memory) - length,
        .length = length,
        .at = any_u64(BLOB_HEADER_SIZE, length),
        .seen = any_upto(3),
    };
    struct blob_record record = {0};
    struct state s = {0};

    any_bytes(memory, sizeof(memory));
    if (vpl011_blob_next_(&r, &fields, &s, &record) == 1) {
        size_t bytes = record.bytes;

        /*@ split bytes; */
        /*@ assert within: r.at <= r.length; */
        /*@ assert value: bytes == 0 ||
              \valid_read(record.value + (0 .. bytes - 1)); */
        (void)bytes;
    }
    vpl011_blob_check_(&fields, &s);
}

/* To the byte: nothing behind it is read. */
static void open(size_t size)
{
    struct blob_reader r;

    any_bytes(memory, sizeof(memory));
    if (vpl011_blob_open_(&r, memory + sizeof(memory) - size, size,
                          any_u32()) == VPL011_OK) {
        /*@ assert inside: r.length <= size; */
        /*@ assert behind: r.at == 12; */
    }
}

void proof_records(void)
{
    open(0);
    open(11);
    open(12);
    open(sizeof(memory));
    next(12);
    next(17);
    next(sizeof(memory));
}
