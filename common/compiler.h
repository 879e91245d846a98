/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What a compiler is told so that the common way is short; never installed. */
#ifndef VPL011_COMPILER_H
#define VPL011_COMPILER_H

#if defined(__GNUC__)
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#ifdef __OPTIMIZE__
#define ALWAYS_INLINE inline __attribute__((always_inline))
#else
#define ALWAYS_INLINE inline
#endif
/* Kept out of the hot functions, so that those need few registers. */
#define OUT_OF_LINE __attribute__((noinline))
#ifdef __OPTIMIZE_SIZE__
#define INLINE_FOR_SPEED __attribute__((noinline))
#define FOR_SPEED 0
#else
#define INLINE_FOR_SPEED ALWAYS_INLINE
#define FOR_SPEED 1
#endif
#else
#define likely(x) (x)
#define unlikely(x) (x)
#define ALWAYS_INLINE inline
#define OUT_OF_LINE
#define INLINE_FOR_SPEED inline
#define FOR_SPEED 1
#endif

#endif
