/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A VPL011_ATOMIC_HEADER for a backend under test: the peer may change shared
 * words right before any load, as often as it likes.
 */
#ifndef TESTS_HOSTILE_ATOMIC_H
#define TESTS_HOSTILE_ATOMIC_H

#include <stdint.h>

/* Called before each load of a word; may write anything anywhere shared. */
extern void (*hostile_before_load)(const uint32_t *p);

/* The same before each exchange. */
extern void (*hostile_before_exchange)(const uint32_t *p);

static inline uint32_t hostile_load_(const uint32_t *p)
{
    if (hostile_before_load) {
        hostile_before_load(p);
    }
    return *(const volatile uint32_t *)p;
}

static inline uint32_t vpl011_load_relaxed(const uint32_t *p)
{
    return hostile_load_(p);
}

static inline uint32_t vpl011_load_acquire(const uint32_t *p)
{
    return hostile_load_(p);
}

static inline uint32_t vpl011_load_seq_cst(const uint32_t *p)
{
    return hostile_load_(p);
}

static inline uint8_t vpl011_load_relaxed_u8(const uint8_t *p)
{
    return *(const volatile uint8_t *)p;
}

static inline uint16_t vpl011_load_relaxed_u16(const uint16_t *p)
{
    return *(const volatile uint16_t *)p;
}

static inline void vpl011_store_relaxed(uint32_t *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

static inline void vpl011_store_relaxed_u8(uint8_t *p, uint8_t v)
{
    *(volatile uint8_t *)p = v;
}

static inline void vpl011_store_relaxed_u16(uint16_t *p, uint16_t v)
{
    *(volatile uint16_t *)p = v;
}

static inline void vpl011_store_release(uint32_t *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

static inline void vpl011_store_seq_cst(uint32_t *p, uint32_t v)
{
    *(volatile uint32_t *)p = v;
}

static inline uint32_t vpl011_exchange_acquire(uint32_t *p, uint32_t v)
{
    uint32_t old;

    if (hostile_before_exchange) {
        hostile_before_exchange(p);
    }
    old = *p;
    *p = v;
    return old;
}

#endif
