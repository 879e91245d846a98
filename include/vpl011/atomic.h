/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Every atomic access of the library and its backends, in one place, so that a
 * prover, a test or an unusual compiler can replace all of them: define
 * VPL011_ATOMIC_HEADER as the name of a header with the same functions.
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

/** Each is an instruction or two, which is smaller than the call that gcc would
 * make at -Os. */
#if defined(__GNUC__) && defined(__OPTIMIZE_SIZE__)
#define VPL011_ATOMIC static inline __attribute__((always_inline))
#else
#define VPL011_ATOMIC static inline
#endif

/** Load a word that another thread may store, in no order. */
VPL011_ATOMIC uint32_t vpl011_load_relaxed(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/** The same of a byte. */
VPL011_ATOMIC uint8_t vpl011_load_relaxed_u8(const uint8_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/** The same of 16 bits. */
VPL011_ATOMIC uint16_t vpl011_load_relaxed_u16(const uint16_t *p)
{
    return __atomic_load_n(p, __ATOMIC_RELAXED);
}

/** Store a word that another thread may load, in no order. */
VPL011_ATOMIC void vpl011_store_relaxed(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/** The same of a byte. */
VPL011_ATOMIC void vpl011_store_relaxed_u8(uint8_t *p, uint8_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/** The same of 16 bits. */
VPL011_ATOMIC void vpl011_store_relaxed_u16(uint16_t *p, uint16_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELAXED);
}

/** Load the peer's index: what it wrote before publishing is visible after. */
VPL011_ATOMIC uint32_t vpl011_load_acquire(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_ACQUIRE);
}

/** Publish an index: reads and writes before it are complete. */
VPL011_ATOMIC void vpl011_store_release(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_RELEASE);
}

/**
 * "Publish, then look": where each side does a sequentially consistent store
 * and then a sequentially consistent load, they cannot both miss the other's
 * store. To leave out a notification safely takes this full ordering;
 * docs/notification.md has its cost. On x86 the store is one xchg and the load
 * a plain one; on arm64 they are stlr and ldar.
 */
VPL011_ATOMIC void vpl011_store_seq_cst(uint32_t *p, uint32_t v)
{
    __atomic_store_n(p, v, __ATOMIC_SEQ_CST);
}

/** The load of "publish, then look". */
VPL011_ATOMIC uint32_t vpl011_load_seq_cst(const uint32_t *p)
{
    return __atomic_load_n(p, __ATOMIC_SEQ_CST);
}

/** Take a try-lock: nothing after it moves before it. */
VPL011_ATOMIC uint32_t vpl011_exchange_acquire(uint32_t *p, uint32_t v)
{
    return __atomic_exchange_n(p, v, __ATOMIC_ACQUIRE);
}

#endif
#endif
