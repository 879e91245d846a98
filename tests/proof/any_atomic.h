/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * In place of vpl011/atomic.h: a load returns anything, whatever was stored
 * before. This covers a peer that writes to shared words at any moment, and
 * relies on no guarantee of the private ones (the guard among them).
 */
#ifndef PROOF_ATOMIC_H
#define PROOF_ATOMIC_H

#include "any.h"

#ifndef PROOF_OWN_LOAD
static inline uint32_t proof_load(const uint32_t *p)
{
    uint32_t before = *p; /* readable */

    (void)before;
    return any_u32();
}
#endif

#ifndef vpl011_load_relaxed
#define vpl011_load_relaxed proof_load
#endif
#define vpl011_load_acquire proof_load
#define vpl011_load_seq_cst proof_load

static inline uint8_t vpl011_load_relaxed_u8(const uint8_t *p)
{
    uint8_t before = *p;

    (void)before;
    return any_u8();
}

static inline uint16_t vpl011_load_relaxed_u16(const uint16_t *p)
{
    uint16_t before = *p;

    (void)before;
    return (uint16_t)any_u32();
}

static inline void proof_store(uint32_t *p, uint32_t v)
{
    *p = v;
}

#define vpl011_store_relaxed proof_store
#define vpl011_store_release proof_store
#define vpl011_store_seq_cst proof_store

static inline void vpl011_store_relaxed_u8(uint8_t *p, uint8_t v)
{
    *p = v;
}

static inline void vpl011_store_relaxed_u16(uint16_t *p, uint16_t v)
{
    *p = v;
}

static inline uint32_t vpl011_exchange_acquire(uint32_t *p, uint32_t v)
{
    *p = v;
    return any_u32();
}

#endif
