/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device tree says no more than there is: pcie, flash, virtio and the
 * like of other boards would only make U-Boot look for them.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>

#include "board.h"

#define PHANDLE_CLOCK 1

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

static void write_uart(void *fdt)
{
    static const char compatible[] = "arm,pl011\0arm,primecell";
    static const char clocks[] = "uartclk\0apb_pclk";
    char name[32];

    (void)snprintf(name, sizeof(name), "pl011@%" PRIx32,
                   (uint32_t)BOARD_UART_BASE);
    (void)fdt_begin_node(fdt, name);
    (void)fdt_property(fdt, "compatible", compatible, sizeof(compatible));
    CELLS(fdt, "reg", 0, BOARD_UART_BASE, 0, 0x1000);
    (void)fdt_property(fdt, "clock-names", clocks, sizeof(clocks));
    CELLS(fdt, "clocks", PHANDLE_CLOCK, PHANDLE_CLOCK);
    /* U-Boot takes the clock from here; without it, it sets no baud rate. */
    (void)fdt_property_u32(fdt, "clock", BOARD_UART_CLOCK);
    (void)fdt_end_node(fdt);
}

bool board_write_device_tree(void *to, size_t size)
{
    char stdout_path[32];

    if (fdt_create(to, (int)size) < 0) {
        return false;
    }
    /* Every call after a failed one fails too; the last tells. */
    (void)fdt_finish_reservemap(to);
    (void)fdt_begin_node(to, "");
    (void)fdt_property_string(to, "compatible", "libvpl011,example");
    (void)fdt_property_u32(to, "#address-cells", 2);
    (void)fdt_property_u32(to, "#size-cells", 2);

    (void)fdt_begin_node(to, "chosen");
    (void)snprintf(stdout_path, sizeof(stdout_path), "/pl011@%" PRIx32,
                   (uint32_t)BOARD_UART_BASE);
    (void)fdt_property(to, "stdout-path", stdout_path,
                       (int)strlen(stdout_path) + 1);
    (void)fdt_end_node(to);

    /* U-Boot's own: the prompt at once, instead of a count-down. */
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

    (void)fdt_begin_node(to, "clock");
    (void)fdt_property_string(to, "compatible", "fixed-clock");
    (void)fdt_property_u32(to, "#clock-cells", 0);
    (void)fdt_property_u32(to, "clock-frequency", BOARD_UART_CLOCK);
    (void)fdt_property_u32(to, "phandle", PHANDLE_CLOCK);
    (void)fdt_end_node(to);

    write_uart(to);

    (void)fdt_end_node(to);
    return fdt_finish(to) == 0;
}
