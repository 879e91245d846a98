/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The VPL011_ATOMIC_HEADER of the arm64 tests under qemu-user. A sequentially
 * consistent store and load are stlr and ldar, which arm64 keeps in order, but
 * QEMU 7.2 translates them on x86 to plain accesses, which x86 does not. Both
 * sides of "publish, then look" may then miss each other's store, and a
 * doorbell is lost. The load therefore has a fence before it, which QEMU does
 * translate; all else is the library's own.
 */
#undef VPL011_ATOMIC_HEADER
#undef VPL011_ATOMIC_H
#define vpl011_load_seq_cst vpl011_load_seq_cst_plain_
#include <vpl011/atomic.h>
#undef vpl011_load_seq_cst

static inline uint32_t vpl011_load_seq_cst(const uint32_t *p)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return vpl011_load_seq_cst_plain_(p);
}
