/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef KVM_DEVICETREE_H
#define KVM_DEVICETREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "efi.h"

#define DEVICETREE_SIZE 8192u /* [bytes] */

/** The part of the machine that differs from run to run. */
struct devicetree_config {
    unsigned int cpus;
    unsigned int uarts;
    uint32_t form; /* enum vpl011_fdt_form, of every UART */
    uint64_t ram_size;
    uint64_t initrd; /* guest physical; 0: none */
    uint64_t initrd_size;
    const char *bootargs;
    const struct efi *efi; /* NULL: the tree describes the machine; otherwise
                            * it is only what this is found by */
};

/**
 * Write the machine's device tree.
 *
 * @return  true; false: it does not fit
 */
bool devicetree_write(void *to, size_t size,
                      const struct devicetree_config *config);

#endif
