/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Trees for the device tree tests, with what surrounds a UART in a guest's
 * tree. */
#ifndef TESTS_DESCRIBE_TREES_H
#define TESTS_DESCRIBE_TREES_H

#include <stddef.h>
#include <stdint.h>

#include <libfdt.h>
#include <vpl011/fdt.h>

#define TREE_SIZE 8192
#define GIC_PHANDLE 1u

/* Aligned as libfdt wants it. Copied with memcpy() only: libfdt accesses it as
 * its own types. */
struct tree {
    _Alignas(8) unsigned char bytes[TREE_SIZE];
};

struct tree_options {
    uint32_t address_cells;   /* of the root; 0: 2 */
    uint32_t size_cells;      /* of the root; 0: 2 */
    uint32_t interrupt_cells; /* of the GIC; 0: 3 */
};

/* A root with a GIC, the interrupt parent of all; open for writing. */
void tree_make(struct tree *t, const struct tree_options *options);
/* The same, written sequentially: the root is left open. */
void tree_begin(struct tree *t, size_t size,
                const struct tree_options *options);
/* Close the root, finish, and check all of it. */
void tree_finish(struct tree *t);
/* Must hold for every tree at every time. */
void tree_check(const struct tree *t);
/* [bytes] that its header says. */
size_t tree_size(const struct tree *t);
/* Every form as its users would describe it; NULL behind the last. */
const struct vpl011_fdt_desc *tree_description(size_t index);

#endif
