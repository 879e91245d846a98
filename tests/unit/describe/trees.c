/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "trees.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Not a cmocka assertion, because programs without cmocka use this file too. */
static void must(int err, const char *what)
{
    if (err < 0) {
        fprintf(stderr, "%s: %s\n", what, fdt_strerror(err));
        abort();
    }
}

static uint32_t or_else(uint32_t value, uint32_t otherwise)
{
    return value ? value : otherwise;
}

void tree_begin(struct tree *t, size_t size, const struct tree_options *options)
{
    static const struct tree_options defaults;
    const struct tree_options *o = options ? options : &defaults;
    uint32_t address = or_else(o->address_cells, 2);
    uint32_t sizes = or_else(o->size_cells, 2);
    uint64_t reg[4] = {0};

    must(fdt_create(t->bytes, (int)size), "fdt_create");
    must(fdt_finish_reservemap(t->bytes), "fdt_finish_reservemap");
    must(fdt_begin_node(t->bytes, ""), "root");
    must(fdt_property_string(t->bytes, "compatible", "linux,dummy-virt"),
         "compatible");
    must(fdt_property_string(t->bytes, "model", "test"), "model");
    must(fdt_property_cell(t->bytes, "#address-cells", address),
         "#address-cells");
    must(fdt_property_cell(t->bytes, "#size-cells", sizes), "#size-cells");
    must(fdt_property_cell(t->bytes, "interrupt-parent", GIC_PHANDLE),
         "interrupt-parent");
    must(fdt_begin_node(t->bytes, "intc@8000000"), "gic");
    must(fdt_property_string(t->bytes, "compatible", "arm,gic-v3"), "gic");
    must(fdt_property(t->bytes, "interrupt-controller", NULL, 0), "gic");
    must(fdt_property_cell(t->bytes, "#interrupt-cells",
                           or_else(o->interrupt_cells, 3)),
         "#interrupt-cells");
    must(fdt_property_cell(t->bytes, "#address-cells", 0), "gic");
    /* <0x8000000 0x10000> in the cells asked for. */
    memset(reg, 0, sizeof(reg));
    fdt32_st((char *)reg + 4 * (address - 1), 0x8000000);
    fdt32_st((char *)reg + 4 * (address + sizes - 1), 0x10000);
    must(fdt_property(t->bytes, "reg", reg, (int)(4 * (address + sizes))),
         "gic reg");
    must(fdt_property_cell(t->bytes, "phandle", GIC_PHANDLE), "gic phandle");
    must(fdt_end_node(t->bytes), "gic end");
}

void tree_check(const struct tree *t)
{
    must(fdt_check_full(t->bytes, sizeof(t->bytes)), "fdt_check_full");
}

size_t tree_size(const struct tree *t)
{
    const void *fdt = t->bytes;

    return fdt_totalsize(fdt);
}

void tree_finish(struct tree *t)
{
    must(fdt_end_node(t->bytes), "root end");
    must(fdt_finish(t->bytes), "fdt_finish");
    tree_check(t);
}

void tree_make(struct tree *t, const struct tree_options *options)
{
    tree_begin(t, sizeof(t->bytes), options);
    tree_finish(t);
    must(fdt_open_into(t->bytes, t->bytes, sizeof(t->bytes)), "fdt_open_into");
}

const struct vpl011_fdt_desc *tree_description(size_t index)
{
    static const struct vpl011_fdt_desc all[] = {
        /* A virtual board's, as QEMU's virt machine places it. */
        {.base = 0x09000000,
         .form = VPL011_FDT_PL011,
         .irq = 33,
         .clock_phandle = 0x8000,
         .flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS},
        {.base = 0x09000000,
         .form = VPL011_FDT_SBSA,
         .irq = 33,
         .flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS,
         .options = "115200n8"},
        {.base = 0x09000000,
         .form = VPL011_FDT_SBSA_PL011,
         .irq = 33,
         .flags = VPL011_FDT_STDOUT},
        {.base = 0x09000000,
         .form = VPL011_FDT_SBSA_PRIMECELL,
         .irq = 33,
         .clock_phandle = 0x8000,
         .flags = VPL011_FDT_ALIAS,
         .alias = 12},
        /* Xen's, from its toolstack and from its dom0less builder. */
        {.base = 0x22000000, .form = VPL011_FDT_XEN, .irq = 32},
        {.base = 0x22000000,
         .form = VPL011_FDT_XEN,
         .irq = 32,
         .irq_parent = GIC_PHANDLE,
         .name = "sbsa-uart"},
        /* Everything optional, out of the usual. */
        {.base = 0x4009000000,
         .size = 0x10000,
         .form = VPL011_FDT_PL011,
         .irq = 20,
         .irq_flags = 1,
         .irq_parent = GIC_PHANDLE,
         .clock_hz = 48000000,
         .clock_phandle = 7,
         .baud = 1500000,
         .periph_id = 0x00241011,
         .io_width = 4,
         .name = "uart-pl011",
         .flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS | VPL011_FDT_UBOOT_CLOCK,
         .alias = 99,
         .options = "1500000n8r"},
        /* For U-Boot in a machine without any interrupt controller. */
        {.base = 0x09000000,
         .form = VPL011_FDT_PL011,
         .clock_phandle = 0x8000,
         .flags =
             VPL011_FDT_STDOUT | VPL011_FDT_POLLED | VPL011_FDT_UBOOT_CLOCK},
    };

    return index < sizeof(all) / sizeof(all[0]) ? &all[index] : NULL;
}
