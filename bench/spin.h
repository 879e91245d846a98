/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Lock ops that spin on a word, which is their context. */
#ifndef SPIN_H
#define SPIN_H

#include <stdint.h>

static inline uintptr_t spin_lock(void *ctx)
{
    uint32_t *word = ctx;

    while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE)) {
    }
    return 0;
}

static inline void spin_unlock(void *ctx, uintptr_t saved)
{
    uint32_t *word = ctx;

    (void)saved;
    __atomic_store_n(word, 0, __ATOMIC_RELEASE);
}

#endif
