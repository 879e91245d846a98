/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the guest is started with: a kernel or firmware, an initrd, a tree. */
#ifndef KVM_IMAGE_H
#define KVM_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "options.h"
#include "vm.h"

/** A file in memory. */
struct blob {
    uint8_t *bytes;
    size_t size;
};

/** The files, which are kept for a guest that is started again. */
struct image {
    struct blob kernel; /* or firmware */
    struct blob initrd;
};

/** Read the files and check them. False: unusable, and the reason was printed.
 */
bool image_read(struct image *image, const struct options *options);

/**
 * Put them into the machine's memory, with the device tree.
 *
 * @param entry  receives where the first vCPU begins
 * @param tree   receives where the device tree is, which goes to x0
 * @return       true; false: the memory is too small, and that was printed
 */
bool image_load(const struct image *image, const struct options *options,
                struct vm *vm, uint64_t *entry, uint64_t *tree);

void image_free(struct image *image);

#endif
