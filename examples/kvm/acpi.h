/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The ACPI tables of the machine, in place of a device tree. */
#ifndef KVM_ACPI_H
#define KVM_ACPI_H

#include <stddef.h>
#include <stdint.h>

#include "vm.h"

/**
 * Write the tables.
 *
 * @param to       receives them
 * @param size     [bytes] of that
 * @param address  where `to` is in the guest; 16-aligned
 * @param personality  enum vpl011_personality, of every UART
 * @return         the guest's address of the root pointer (RSDP), where
 *                 everything begins; 0: no room
 */
uint64_t acpi_write(uint8_t *to, size_t size, uint64_t address,
                    const struct vm *vm, uint32_t personality);

#endif
