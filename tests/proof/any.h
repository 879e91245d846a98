/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Arbitrary values for the prover: short names for Frama-C's functions. */
#ifndef PROOF_ANY_H
#define PROOF_ANY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <__fc_builtin.h>

static inline uint64_t any_u64(uint64_t least, uint64_t most)
{
    return Frama_C_unsigned_long_interval(least, most);
}

static inline uint32_t any_u32(void)
{
    return Frama_C_unsigned_int_interval(0, UINT32_MAX);
}

static inline uint32_t any_upto(uint32_t most)
{
    return Frama_C_unsigned_int_interval(0, most);
}

static inline uint16_t any_u16(void)
{
    return (uint16_t)any_upto(UINT16_MAX);
}

static inline uint8_t any_u8(void)
{
    return (uint8_t)any_upto(UINT8_MAX);
}

static inline bool any_bool(void)
{
    return any_upto(1) != 0;
}

static inline size_t any_size(void)
{
    return any_u64(0, SIZE_MAX);
}

/* Any content. */
static inline void any_bytes(void *to, size_t size)
{
    Frama_C_make_unknown(to, size);
}

#endif
