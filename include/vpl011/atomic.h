/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Every atomic access of the library and its backends, in one place, so that
 * a prover, a model checker or an unusual compiler can replace all of them:
 * define VPL011_ATOMIC_HEADER to the name of a header with the same functions.
 *
 * Plain uint32_t and uint8_t objects are used, not _Atomic ones, because the
 * objects live in pages that are shared with other programs, and because
 * these headers are C++ headers too.
 */
#ifndef VPL011_ATOMIC_H
#define VPL011_ATOMIC_H

#ifdef VPL011_ATOMIC_HEADER
#include VPL011_ATOMIC_HEADER
#else

#include <stdint.h>

/* Each is an instruction or two: less than the call that gcc makes of them
 * where size is what counts. */
#if defined(__GNUC__) && defined(__OPTIMIZE_SIZE__)
#define VPL011_ATOMIC static inline __attribute__((always_inline))
#else
#define VPL011_ATOMIC static inline
#endif

VPL011_ATOMIC uint32_t vpl011_load_relaxed(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

VPL011_ATOMIC uint8_t vpl011_load_relaxed_u8(const uint8_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

VPL011_ATOMIC uint16_t vpl011_load_relaxed_u16(const uint16_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

VPL011_ATOMIC void vpl011_store_relaxed(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

VPL011_ATOMIC void vpl011_store_relaxed_u8(uint8_t *p, uint8_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

VPL011_ATOMIC void vpl011_store_relaxed_u16(uint16_t *p, uint16_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/* The peer's index: what it wrote before it published is visible after. */
VPL011_ATOMIC uint32_t vpl011_load_acquire(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/* The own index: what was read or written before is done before. */
VPL011_ATOMIC void vpl011_store_release(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/*
 * "Publish, then look": a sequentially consistent store followed by a
 * sequentially consistent load, on both sides, cannot both miss the other's
 * store. This is the full ordering that eliding a notification needs, in its
 * cheap form: on x86 the store is one xchg (about 2 ns, where an mfence is
 * about 17 ns) and the load a plain one; on arm64 they are stlr and ldar.
 */
VPL011_ATOMIC void vpl011_store_seq_cst(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

VPL011_ATOMIC uint32_t vpl011_load_seq_cst(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

/* A try-lock's taking: nothing after it moves before it. */
VPL011_ATOMIC uint32_t vpl011_exchange_acquire(uint32_t *p, uint32_t v)
{
    return __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE);
}

#endif
#endif
