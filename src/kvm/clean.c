/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Guests map the register window as Device memory. Before Armv8.4 (without
 * FEAT_S2FWB) such a read bypasses the caches, in which the host's stores are:
 * they have to be cleaned to the point of coherency, which Linux allows user
 * space to do.
 */
#include "kvm_internal.h"

void vpl011_kvm_clean_(void *ctx, void *start, size_t bytes)
{
    (void)ctx;
#if defined(__aarch64__)
    uint64_t type;
    uintptr_t line;
    uintptr_t size;
    const uintptr_t end = (uintptr_t)start + bytes;

    __asm__("mrs %0, ctr_el0" : "=r"(type));
    size = (uintptr_t)4 << (type >> 16 & 15); /* DminLine: words, log2 */
    for (line = (uintptr_t)start & ~(size - 1); line < end; line += size) {
        __asm__ volatile("dc cvac, %0" : : "r"(line) : "memory");
    }
    __asm__ volatile("dsb sy" : : : "memory");
#else
    (void)start;
    (void)bytes;
#endif
}
