/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device tree has only what the board has: nodes for PCIe, flash or virtio
 * would make U-Boot look for them.
 */
#include <libfdt.h>

#include <vpl011/fdt.h>

#include "board.h"

static void write_cells(void *fdt, const char *name, const uint32_t *cells,
                        size_t count)
{
    fdt32_t big_endian[12];

    for (size_t i = 0; i < count; i++) {
        big_endian[i] = cpu_to_fdt32(cells[i]);
    }
    (void)fdt_property(fdt, name, big_endian, (int)(count * sizeof(fdt32_t)));
}

#define CELLS(fdt, name, ...) \
    write_cells(fdt, name, (const uint32_t[]){__VA_ARGS__}, \
                sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

bool board_write_device_tree(void *to, size_t size)
{
    /* It brings its clock, and /chosen with stdout-path. */
    const struct vpl011_fdt_desc uart = {
        .base = BOARD_UART_BASE,
        .form = VPL011_FDT_PL011,
        .flags = VPL011_FDT_STDOUT | VPL011_FDT_POLLED | VPL011_FDT_UBOOT_CLOCK,
        .clock_hz = BOARD_UART_CLOCK,
        .clock_phandle = 1,
        .name = "pl011",
    };
    int err;

    if (fdt_create(to, (int)size) < 0) {
        return false;
    }
    /* Every call after a failed one fails too, so the last result is enough. */
    (void)fdt_finish_reservemap(to);
    (void)fdt_begin_node(to, "");
    (void)fdt_property_string(to, "compatible", "libvpl011,example");
    (void)fdt_property_u32(to, "#address-cells", 2);
    (void)fdt_property_u32(to, "#size-cells", 2);

    /* For U-Boot: the prompt at once, without a count-down. */
    (void)fdt_begin_node(to, "config");
    CELLS(to, "bootdelay", UINT32_MAX);
    (void)fdt_end_node(to);

    (void)fdt_begin_node(to, "memory@40000000");
    (void)fdt_property_string(to, "device_type", "memory");
    CELLS(to, "reg", 0, BOARD_RAM_BASE, 0, BOARD_RAM_SIZE);
    (void)fdt_end_node(to);

    (void)fdt_begin_node(to, "cpus");
    (void)fdt_property_u32(to, "#address-cells", 1);
    (void)fdt_property_u32(to, "#size-cells", 0);
    (void)fdt_begin_node(to, "cpu@0");
    (void)fdt_property_string(to, "device_type", "cpu");
    (void)fdt_property_string(to, "compatible", "arm,armv8");
    (void)fdt_property_u32(to, "reg", 0);
    (void)fdt_end_node(to);
    (void)fdt_end_node(to);

    (void)fdt_begin_node(to, "psci");
    (void)fdt_property(to, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
    (void)fdt_property_string(to, "method", "smc");
    (void)fdt_end_node(to);

    (void)fdt_begin_node(to, "timer");
    (void)fdt_property_string(to, "compatible", "arm,armv8-timer");
    (void)fdt_end_node(to);

    err = vpl011_fdt_sw_add(to, &uart);
    (void)fdt_end_node(to);
    return err == VPL011_OK && fdt_finish(to) == 0;
}
