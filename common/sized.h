/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Extensible structures across a library boundary (docs/abi.md). Every library
 * has its own copy of sized.c: none of them exports it.
 */
#ifndef VPL011_SIZED_H
#define VPL011_SIZED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Copy the known part of one in, over zeroes: a shorter one is so extended, and
 * whatever is behind the known part must be zero (false otherwise), because
 * members reserved today are those of a newer version tomorrow.
 */
bool vpl011_copy_sized_(void *to, size_t known, const void *from,
                        size_t from_size);

/* How much of a structure is known: all before its reserved members. */
#define KNOWN(type) offsetof(type, reserved)

/* Copy one out: cut to what the caller knows, or zero-extended to it. */
void vpl011_give_sized_(void *to, size_t to_size, const void *from,
                        size_t from_size);

#endif
