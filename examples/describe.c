/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Tell a guest about its UART: a device tree and ACPI tables, written to
 * files, and a device set up from a tree. docs/describing.md shows parts.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <libfdt.h>
#include <vpl011/acpi.h>
#include <vpl011/fdt.h>

static void check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, vpl011_strerror(result));
        exit(1);
    }
}

static void save(const char *directory, const char *name, const void *bytes,
                 size_t size)
{
    char path[4096];
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file)) {
        perror(path);
        exit(1);
    }
    printf("%s: %zu bytes\n", path, size);
}

/* A tree as an embedder makes it, with an interrupt controller. */
static void *begin_tree(int size)
{
    void *fdt = malloc((size_t)size);
    int err = fdt ? fdt_create_empty_tree(fdt, size) : -FDT_ERR_NOSPACE;
    int gic;

    if (!err) {
        err = fdt_setprop_u32(fdt, 0, "#address-cells", 2);
    }
    if (!err) {
        err = fdt_setprop_u32(fdt, 0, "#size-cells", 2);
    }
    if (!err) {
        err = fdt_setprop_u32(fdt, 0, "interrupt-parent", 1);
    }
    gic = err ? err : fdt_add_subnode(fdt, 0, "interrupt-controller@8000000");
    if (gic < 0 || fdt_setprop_string(fdt, gic, "compatible", "arm,gic-v3") ||
        fdt_setprop_empty(fdt, gic, "interrupt-controller") ||
        fdt_setprop_u32(fdt, gic, "#interrupt-cells", 3) ||
        fdt_setprop_u32(fdt, gic, "#address-cells", 0) ||
        fdt_setprop_u32(fdt, gic, "phandle", 1) ||
        fdt_setprop_u64(fdt, gic, "reg", 0x8000000) ||
        fdt_appendprop_u64(fdt, gic, "reg", 0x10000)) {
        fprintf(stderr, "no room for a tree\n");
        exit(1);
    }
    return fdt;
}

/* Add the UART; if the tree is full, make it larger and try again. */
static void *add_uart(void *fdt, const struct vpl011_fdt_desc *desc)
{
    int node;

    while ((node = vpl011_fdt_add(fdt, 0, desc)) == VPL011_ERR_FDT_NOSPACE) {
        int size = (int)fdt_totalsize(fdt) + VPL011_FDT_SPACE;

        fdt = realloc(fdt, (size_t)size);
        if (!fdt || fdt_open_into(fdt, fdt, size) < 0) {
            fprintf(stderr, "no memory\n");
            exit(1);
        }
    }
    check(node, "vpl011_fdt_add");
    return fdt;
}

/* Set up a device from a tree that another program wrote. */
static void set_up(struct vpl011 *uart, const void *blob, size_t size,
                   const struct vpl011_ops *ops)
{
    struct vpl011_fdt_desc desc;
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
    int node;

    check(vpl011_fdt_check(blob, size), "the tree");
    node = vpl011_fdt_stdout(blob);
    if (node < 0) {
        node = vpl011_fdt_next(blob, -1); /* no console: the first UART */
    }
    check(node, "a UART");
    check(vpl011_fdt_read(blob, node, &desc), "the UART");
    vpl011_fdt_configure(&desc, &config);
    check(vpl011_init(uart, &config, ops), "vpl011_init");
    printf("%s UART at %#llx, interrupt %u\n",
           config.personality == VPL011_SBSA ? "SBSA" : "PL011",
           (unsigned long long)desc.base, (unsigned int)desc.irq);
}

int main(int argc, char **argv)
{
    const struct vpl011_fdt_desc desc = {
        .base = 0x09000000,
        .irq = 33, /* INTID: the second SPI */
        .form = VPL011_FDT_PL011,
        .flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS,
        .options = "115200n8",
    };
    const struct vpl011_acpi_desc acpi = {
        .base = 0x09000000,
        .gsi = 33,
        .baud = 115200,
        .oem_id = "ACME",
        .oem_table_id = "ACMEUART",
    };
    const struct vpl011_ops ops = {0};
    static struct vpl011 uart;
    uint8_t table[256];
    void *fdt;
    int size;

    if (argc != 2) {
        fprintf(stderr, "usage: describe DIRECTORY\n");
        return 2;
    }
    fdt = add_uart(begin_tree(512), &desc);
    (void)fdt_pack(fdt);
    save(argv[1], "uart.dtb", fdt, fdt_totalsize(fdt));
    set_up(&uart, fdt, fdt_totalsize(fdt), &ops);
    free(fdt);

    size = vpl011_acpi_spcr(&acpi, 2, table, sizeof(table));
    check(size, "SPCR");
    save(argv[1], "SPCR.aml", table, (size_t)size);
    size = vpl011_acpi_dbg2(&acpi, table, sizeof(table));
    check(size, "DBG2");
    save(argv[1], "DBG2.aml", table, (size_t)size);
    size = vpl011_acpi_ssdt(&acpi, table, sizeof(table));
    check(size, "SSDT");
    save(argv[1], "SSDT.aml", table, (size_t)size);
    return 0;
}
