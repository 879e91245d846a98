/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What firmware by UEFI leaves to Linux: a kernel without a device tree finds
 * its memory and its ACPI tables by that. */
#ifndef KVM_EFI_H
#define KVM_EFI_H

#include <stdbool.h>
#include <stdint.h>

#include "vm.h"

/** Where that is in the guest. The properties linux,uefi-* of /chosen say it to
 * a kernel that is started without UEFI's own entry. */
struct efi {
    uint64_t system_table;
    uint64_t map;             /* of memory */
    uint32_t map_size;        /* [bytes] */
    uint32_t descriptor_size; /* [bytes] of each of its entries */
    uint32_t descriptor_version;
};

/**
 * Write system table, memory map and ACPI tables to the start of the machine's
 * memory, where a kernel is not.
 *
 * @param personality  enum vpl011_personality, of every UART
 * @return             true; false: no room
 */
bool efi_write(struct vm *vm, uint32_t personality, struct efi *efi);

#endif
