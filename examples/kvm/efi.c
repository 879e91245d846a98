/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The least of UEFI 2.8 that Linux needs: a system table, whose configuration
 * tables name the ACPI tables, and a map of the memory. There are no services,
 * neither for booting, which is over, nor at run time.
 *
 * Numbers are little-endian there, as in the memory of an arm64 Linux.
 */
#include "efi.h"

#include <stddef.h>
#include <string.h>

#include "acpi.h"

#define EFI_PAGE 4096u
/* Not less than a page of any guest's */
#define AREA_SIZE 0x10000u

#define SYSTEM_SIGNATURE "IBI SYST"
#define REVISION_2_8 (2u << 16 | 80u)
#define DESCRIPTOR_VERSION 1u
#define RUNTIME_PROPERTIES_VERSION 1u
#define CACHED UINT64_C(8) /* EFI_MEMORY_WB */

enum memory_type {
    CONVENTIONAL = 7,
    ACPI_RECLAIM = 9, /* kept for as long as the tables are needed */
};

static const uint8_t acpi_guid[16] = {0x71, 0xe8, 0x68, 0x88, 0xf1, 0xe4,
                                      0xd3, 0x11, 0xbc, 0x22, 0x00, 0x80,
                                      0xc7, 0x3c, 0x88, 0x81};
static const uint8_t runtime_guid[16] = {0x8a, 0x91, 0x66, 0xeb, 0xef, 0x7e,
                                         0x2a, 0x40, 0x84, 0x2e, 0x93, 0x1d,
                                         0x21, 0xc3, 0x8a, 0xe9};

struct descriptor {
    uint32_t type; /* enum memory_type */
    uint32_t reserved;
    uint64_t base;
    uint64_t virtual_base;
    uint64_t pages;
    uint64_t attributes;
};

struct area {
    struct {
        char signature[8];
        uint32_t revision;
        uint32_t size;
        uint32_t crc; /* 0: Linux looks at the signature alone */
        uint32_t reserved;
        uint64_t vendor;
        uint32_t vendor_revision;
        uint32_t reserved_36;
        uint64_t consoles[6];
        uint64_t runtime_services;
        uint64_t boot_services;
        uint64_t tables;
        uint64_t table;
    } system;
    struct {
        uint8_t guid[16];
        uint64_t address;
    } table[2];
    struct {
        uint16_t version;
        uint16_t length;
        uint32_t supported; /* 0: no service at all */
    } runtime;
    struct descriptor map[2];
    uint16_t vendor[16]; /* UTF-16 */
    /* The rest is for ACPI, which wants this alignment. */
    _Alignas(16) uint8_t acpi[];
};

_Static_assert(sizeof(((struct area *)0)->system) == 120 &&
                   sizeof(((struct area *)0)->table) == 48 &&
                   sizeof(struct descriptor) == 40,
               "as in UEFI 2.8");

#define AT(member) (VM_RAM_BASE + offsetof(struct area, member))

bool efi_write(struct vm *vm, uint32_t personality, struct efi *efi)
{
    static const char vendor[] = "libvpl011";
    struct area area = {
        .system = {.signature = SYSTEM_SIGNATURE,
                   .revision = REVISION_2_8,
                   .size = sizeof(area.system),
                   .vendor = AT(vendor),
                   .tables = 2,
                   .table = AT(table)},
        .runtime = {.version = RUNTIME_PROPERTIES_VERSION,
                    .length = sizeof(area.runtime)},
        .map = {{.type = ACPI_RECLAIM,
                 .base = VM_RAM_BASE,
                 .pages = AREA_SIZE / EFI_PAGE,
                 .attributes = CACHED},
                {.type = CONVENTIONAL,
                 .base = VM_RAM_BASE + AREA_SIZE,
                 .pages = (vm->ram_size - AREA_SIZE) / EFI_PAGE,
                 .attributes = CACHED}},
    };
    uint8_t *to = vm_memory(vm, VM_RAM_BASE, AREA_SIZE);

    if (!to) {
        return false;
    }
    for (size_t i = 0; i < sizeof(vendor); i++) {
        area.vendor[i] = (uint8_t)vendor[i];
    }
    memcpy(area.table[0].guid, acpi_guid, sizeof(acpi_guid));
    area.table[0].address = acpi_write(
        to + sizeof(area), AREA_SIZE - sizeof(area), AT(acpi), vm, personality);
    memcpy(area.table[1].guid, runtime_guid, sizeof(runtime_guid));
    area.table[1].address = AT(runtime);
    memcpy(to, &area, sizeof(area));
    *efi = (struct efi){
        .system_table = AT(system),
        .map = AT(map),
        .map_size = sizeof(area.map),
        .descriptor_size = sizeof(struct descriptor),
        .descriptor_version = DESCRIPTOR_VERSION,
    };
    return area.table[0].address != 0;
}
