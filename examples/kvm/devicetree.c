/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The guest's device tree. libvpl011-fdt writes the UARTs' nodes, with their
 * clock, stdout-path and aliases. */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include <vpl011/fdt.h>

#include "devicetree.h"
#include "uart.h"
#include "vm.h"

#define PHANDLE_GIC 1u

#define GIC_SPI 0u
#define GIC_PPI 1u
#define LEVEL_LOW 8u

#define SECURE_BOOT_DISABLED 2u

static void write_cells(void *fdt, const char *name, const uint32_t *cells,
                        size_t count)
{
    fdt32_t big_endian[16];

    for (size_t i = 0; i < count; i++) {
        big_endian[i] = cpu_to_fdt32(cells[i]);
    }
    (void)fdt_property(fdt, name, big_endian, (int)(count * sizeof(fdt32_t)));
}

#define CELLS(fdt, name, ...) \
    write_cells(fdt, name, (const uint32_t[]){__VA_ARGS__}, \
                sizeof((uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))
#define U64(value) (uint32_t)((value) >> 32), (uint32_t)(value)

static void write_cpus(void *fdt, unsigned int cpus)
{
    char name[16];

    (void)fdt_begin_node(fdt, "cpus");
    (void)fdt_property_u32(fdt, "#address-cells", 1);
    (void)fdt_property_u32(fdt, "#size-cells", 0);
    for (uint32_t i = 0; i < cpus; i++) {
        (void)snprintf(name, sizeof(name), "cpu@%u", i);
        (void)fdt_begin_node(fdt, name);
        (void)fdt_property_string(fdt, "device_type", "cpu");
        (void)fdt_property_string(fdt, "compatible", "arm,armv8");
        (void)fdt_property_string(fdt, "enable-method", "psci");
        (void)fdt_property_u32(fdt, "reg", i);
        (void)fdt_end_node(fdt);
    }
    (void)fdt_end_node(fdt);
}

static void write_gic(void *fdt, unsigned int cpus)
{
    char name[32];

    (void)snprintf(name, sizeof(name), "interrupt-controller@%x",
                   (unsigned int)VM_GIC_DIST_BASE);
    (void)fdt_begin_node(fdt, name);
    (void)fdt_property_string(fdt, "compatible", "arm,gic-v3");
    CELLS(fdt, "reg", U64(VM_GIC_DIST_BASE), U64(VM_GIC_DIST_SIZE),
          U64(VM_GIC_REDIST_BASE), U64(VM_GIC_REDIST_SIZE * cpus));
    (void)fdt_property_u32(fdt, "#interrupt-cells", 3);
    (void)fdt_property(fdt, "interrupt-controller", NULL, 0);
    (void)fdt_property_u32(fdt, "phandle", PHANDLE_GIC);
    (void)fdt_end_node(fdt);
}

/* The four timers of the architecture: secure, physical, virtual, EL2's. */
static void write_timer(void *fdt)
{
    (void)fdt_begin_node(fdt, "timer");
    (void)fdt_property_string(fdt, "compatible", "arm,armv8-timer");
    CELLS(fdt, "interrupts", GIC_PPI, 13, LEVEL_LOW, GIC_PPI, 14, LEVEL_LOW,
          GIC_PPI, 11, LEVEL_LOW, GIC_PPI, 10, LEVEL_LOW);
    (void)fdt_property(fdt, "always-on", NULL, 0);
    (void)fdt_end_node(fdt);
}

static void write_chosen(void *fdt, const struct devicetree_config *c)
{
    (void)fdt_begin_node(fdt, "chosen");
    (void)fdt_property(fdt, "bootargs", c->bootargs,
                       (int)strlen(c->bootargs) + 1);
    if (c->initrd) {
        CELLS(fdt, "linux,initrd-start", U64(c->initrd));
        CELLS(fdt, "linux,initrd-end", U64(c->initrd + c->initrd_size));
    }
    if (c->efi) {
        CELLS(fdt, "linux,uefi-system-table", U64(c->efi->system_table));
        CELLS(fdt, "linux,uefi-mmap-start", U64(c->efi->map));
        CELLS(fdt, "linux,uefi-mmap-size", c->efi->map_size);
        CELLS(fdt, "linux,uefi-mmap-desc-size", c->efi->descriptor_size);
        CELLS(fdt, "linux,uefi-mmap-desc-ver", c->efi->descriptor_version);
        /* Kernels of distributions, as Debian, do without UEFI if this is
         * missing. */
        CELLS(fdt, "linux,uefi-secure-boot", SECURE_BOOT_DISABLED);
    }
    (void)fdt_end_node(fdt);
}

static void write_machine(void *fdt, const struct devicetree_config *c)
{
    char name[32];

    /* For U-Boot: the prompt at once, without a count-down. */
    (void)fdt_begin_node(fdt, "config");
    (void)fdt_property_u32(fdt, "bootdelay", UINT32_MAX);
    (void)fdt_end_node(fdt);

    (void)snprintf(name, sizeof(name), "memory@%x", (unsigned int)VM_RAM_BASE);
    (void)fdt_begin_node(fdt, name);
    (void)fdt_property_string(fdt, "device_type", "memory");
    CELLS(fdt, "reg", U64(VM_RAM_BASE), U64(c->ram_size));
    (void)fdt_end_node(fdt);

    (void)fdt_begin_node(fdt, "psci");
    (void)fdt_property(fdt, "compatible", "arm,psci-1.0\0arm,psci-0.2", 26);
    (void)fdt_property_string(fdt, "method", "hvc");
    (void)fdt_end_node(fdt);

    write_cpus(fdt, c->cpus);
    write_gic(fdt, c->cpus);
    write_timer(fdt);
}

static void write_tree(void *fdt, const struct devicetree_config *c)
{
    (void)fdt_finish_reservemap(fdt);
    (void)fdt_begin_node(fdt, "");
    (void)fdt_property_u32(fdt, "#address-cells", 2);
    (void)fdt_property_u32(fdt, "#size-cells", 2);
    /* A node's properties come before its nodes. */
    if (!c->efi) {
        (void)fdt_property_string(fdt, "compatible", "libvpl011,kvm");
        (void)fdt_property_u32(fdt, "interrupt-parent", PHANDLE_GIC);
    }
    write_chosen(fdt, c);
    if (!c->efi) {
        write_machine(fdt, c);
    }
    (void)fdt_end_node(fdt);
}

static bool add_uart(void *fdt, const struct devicetree_config *c,
                     unsigned int number)
{
    struct vpl011_fdt_desc uart = {
        .base = VM_UART_BASE + number * VM_UART_STRIDE,
        .irq = VM_UART_INTID + number,
        .form = c->form,
        .flags = VPL011_FDT_ALIAS,
        .clock_hz = UART_CLOCK,
        .alias = number,
    };

    if (number == 0) {
        uart.flags |= VPL011_FDT_STDOUT;
    }
    return vpl011_fdt_add(fdt, 0, &uart) > 0;
}

bool devicetree_write(void *to, size_t size, const struct devicetree_config *c)
{
    if (fdt_create(to, (int)size) < 0) {
        return false;
    }
    /* Every call after a failed one fails too, so the last result is enough. */
    write_tree(to, c);
    if (fdt_finish(to) < 0 || fdt_open_into(to, to, (int)size) < 0) {
        return false;
    }
    /* Each new node is put before the others, so the first UART is added last.
     */
    for (unsigned int i = c->efi ? 0 : c->uarts; i-- > 0;) {
        if (!add_uart(to, c, i)) {
            return false;
        }
    }
    return true;
}
