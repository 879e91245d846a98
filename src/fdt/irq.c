/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Interrupt specifiers. With 3 or 4 cells they are the GIC's: type, number
 * within the type, flags; a fourth cell is for PPI partitions and 0 here. With
 * 2 cells they are number and flags, with 1 the number.
 */
#include "fdt_internal.h"

/* INTIDs of each type of the GIC binding: SPI, PPI, extended SPI and PPI. */
static const struct {
    uint32_t first;
    uint32_t count;
} types[] = {{32, 988}, {16, 16}, {4096, 1024}, {1056, 64}};

#define TYPES (sizeof(types) / sizeof(types[0]))
#define TYPE_SPI 0
#define TYPE_PPI 1

/* One sense at most, and above it the CPU mask of a GICv2 PPI, which Xen sets
 * for SPIs too. */
static bool flags_known(uint32_t flags)
{
    uint32_t sense = flags & 0xFu;

    return !(flags & ~0xFF0Fu) && !(sense & (sense - 1));
}

int vpl011_fdt_irq_put_(const struct vpl011_fdt_desc *desc, fdt32_t *cells)
{
    uint32_t type;

    if (!flags_known(desc->irq_flags)) {
        return VPL011_ERR_FDT_IRQ;
    }
    switch (desc->irq_cells) {
    case 1:
        cells[0] = cpu_to_fdt32(desc->irq);
        return VPL011_OK;
    case 2:
        cells[0] = cpu_to_fdt32(desc->irq);
        cells[1] = cpu_to_fdt32(desc->irq_flags);
        return VPL011_OK;
    default:
        break;
    }
    for (type = 0; type < TYPES; type++) {
        if (desc->irq - types[type].first < types[type].count) {
            cells[0] = cpu_to_fdt32(type);
            cells[1] = cpu_to_fdt32(desc->irq - types[type].first);
            cells[2] = cpu_to_fdt32(desc->irq_flags);
            cells[3] = 0;
            return VPL011_OK;
        }
    }
    return VPL011_ERR_FDT_IRQ;
}

int vpl011_fdt_irq_get_(const fdt32_t *cells, struct vpl011_fdt_desc *desc)
{
    uint32_t type;
    uint32_t number;

    switch (desc->irq_cells) {
    case 1:
        desc->irq = fdt32_ld(&cells[0]);
        desc->irq_flags = 4;
        return VPL011_OK;
    case 2:
        desc->irq = fdt32_ld(&cells[0]);
        desc->irq_flags = fdt32_ld(&cells[1]);
        break;
    default:
        type = fdt32_ld(&cells[0]);
        number = fdt32_ld(&cells[1]);
        if (type >= TYPES || number >= types[type].count) {
            return VPL011_ERR_FDT_IRQ;
        }
        desc->irq = types[type].first + number;
        desc->irq_flags = fdt32_ld(&cells[2]);
        break;
    }
    return flags_known(desc->irq_flags) ? VPL011_OK : VPL011_ERR_FDT_IRQ;
}
