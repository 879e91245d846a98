/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* In place of <vpl011/atomic.h>: every access is counted. One thread runs both
 * sides in turn, so the accesses themselves are plain. */
#ifndef COUNTING_ATOMIC_H
#define COUNTING_ATOMIC_H

#include <stdint.h>

void bench_loaded(const void *word);
void bench_stored(const void *word);

static inline uint32_t vpl011_load_relaxed(const uint32_t *p)
{
    bench_loaded(p);
    return *p;
}

static inline uint8_t vpl011_load_relaxed_u8(const uint8_t *p)
{
    bench_loaded(p);
    return *p;
}

static inline uint16_t vpl011_load_relaxed_u16(const uint16_t *p)
{
    bench_loaded(p);
    return *p;
}

static inline void vpl011_store_relaxed(uint32_t *p, uint32_t v)
{
    bench_stored(p);
    *p = v;
}

static inline void vpl011_store_relaxed_u8(uint8_t *p, uint8_t v)
{
    bench_stored(p);
    *p = v;
}

static inline void vpl011_store_relaxed_u16(uint16_t *p, uint16_t v)
{
    bench_stored(p);
    *p = v;
}

static inline uint32_t vpl011_load_acquire(const uint32_t *p)
{
    return vpl011_load_relaxed(p);
}

static inline void vpl011_store_release(uint32_t *p, uint32_t v)
{
    vpl011_store_relaxed(p, v);
}

static inline void vpl011_store_seq_cst(uint32_t *p, uint32_t v)
{
    vpl011_store_relaxed(p, v);
}

static inline uint32_t vpl011_load_seq_cst(const uint32_t *p)
{
    return vpl011_load_relaxed(p);
}

static inline uint32_t vpl011_exchange_acquire(uint32_t *p, uint32_t v)
{
    uint32_t before = *p;

    vpl011_store_relaxed(p, v);
    return before;
}

#endif
