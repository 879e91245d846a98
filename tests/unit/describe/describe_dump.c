/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Write trees and tables to files, for describe.py to show to dtc and iasl:
 * describe_dump DIRECTORY
 */
#include "trees.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <vpl011/acpi.h>

static const char *directory;

static void check(int result, const char *what)
{
    if (result < 0) {
        fprintf(stderr, "%s: %s\n", what, vpl011_strerror(result));
        exit(1);
    }
}

static void save(const char *name, const void *bytes, size_t size)
{
    char path[1024];
    FILE *f;

    snprintf(path, sizeof(path), "%s/%s", directory, name);
    f = fopen(path, "wb");
    if (!f || fwrite(bytes, 1, size, f) != size || fclose(f)) {
        perror(path);
        exit(1);
    }
}

static void save_tree(const char *kind, size_t index, struct tree *t)
{
    char name[32];

    tree_check(t);
    fdt_pack(t->bytes);
    snprintf(name, sizeof(name), "%s-%zu.dtb", kind, index);
    save(name, t->bytes, tree_size(t));
}

/* Several UARTs, one of them on a bus with addresses of its own. */
static void save_board(void)
{
    static const uint8_t ranges[] = {0x7E, 0, 0, 0, 0, 0, 0, 0,
                                     0x3F, 0, 0, 0, 1, 0, 0, 0};
    struct vpl011_fdt_desc desc = {.base = 0x09000000, .irq = 33};
    struct tree t;
    int soc;

    tree_make(&t, NULL);
    desc.flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS;
    check(vpl011_fdt_add(t.bytes, 0, &desc), "first");
    desc.base += 0x1000;
    desc.irq++;
    desc.flags = VPL011_FDT_ALIAS;
    desc.alias = 1;
    desc.form = VPL011_FDT_SBSA_PL011;
    check(vpl011_fdt_add(t.bytes, 0, &desc), "second");
    soc = fdt_add_subnode(t.bytes, 0, "soc@7e000000");
    fdt_setprop_string(t.bytes, soc, "compatible", "simple-bus");
    fdt_setprop_u32(t.bytes, soc, "#address-cells", 1);
    fdt_setprop_u32(t.bytes, soc, "#size-cells", 1);
    fdt_setprop(t.bytes, soc, "ranges", ranges, sizeof(ranges));
    desc.base = 0x3F201000;
    desc.irq = 89;
    desc.alias = 2;
    desc.form = VPL011_FDT_PL011;
    check(vpl011_fdt_add(t.bytes, soc, &desc), "third");
    save_tree("board", 0, &t);
}

static void save_tables(const char *name, const struct vpl011_acpi_desc *desc)
{
    uint8_t table[512];
    char path[64];
    unsigned int revision;
    int size;

    for (revision = 2; revision <= 4; revision++) {
        size = vpl011_acpi_spcr(desc, revision, table, sizeof(table));
        if (size == VPL011_ERR_ACPI_BAUD) {
            continue;
        }
        check(size, "SPCR");
        snprintf(path, sizeof(path), "spcr%u-%s.aml", revision, name);
        save(path, table, (size_t)size);
    }
    size = vpl011_acpi_dbg2(desc, table, sizeof(table));
    check(size, "DBG2");
    snprintf(path, sizeof(path), "dbg2-%s.aml", name);
    save(path, table, (size_t)size);
    size = vpl011_acpi_ssdt(desc, table, sizeof(table));
    check(size, "SSDT");
    snprintf(path, sizeof(path), "ssdt-%s.aml", name);
    save(path, table, (size_t)size);
}

static void save_all_tables(void)
{
    struct vpl011_acpi_desc desc = {
        .base = 0x09000000, .gsi = 33, .baud = 115200};

    save_tables("pl011", &desc);
    desc.clock_hz = 24000000;
    desc.baud = 0;
    desc.terminal = VPL011_ACPI_VT_UTF8;
    desc.flow_control = VPL011_ACPI_FLOW_RTS_CTS;
    desc.flags = VPL011_ACPI_CID | VPL011_ACPI_STA | VPL011_ACPI_QWORD;
    desc.uid = 300;
    save_tables("everything", &desc);
    memset(&desc, 0, sizeof(desc));
    desc.base = 0x22000000;
    desc.gsi = 32;
    desc.personality = VPL011_SBSA;
    desc.baud = 9600;
    strcpy(desc.name, "\\UAR1");
    strcpy(desc.oem_table_id, "SECOND");
    desc.uid = 1;
    save_tables("sbsa", &desc);
    desc.flags = VPL011_ACPI_SBSA_2 | VPL011_ACPI_POLLED;
    desc.base = 0x4009000000;
    desc.size = 0x10000;
    desc.uid = 70000;
    save_tables("high", &desc);
    desc.baud = 38400;
    desc.base = 0x09000000;
    desc.uid = 2;
    save_tables("precise", &desc);
}

int main(int argc, char **argv)
{
    const struct vpl011_fdt_desc *desc;
    struct tree t;
    size_t i;

    if (argc != 2) {
        fprintf(stderr, "usage: describe_dump DIRECTORY\n");
        return 2;
    }
    directory = argv[1];
    for (i = 0; (desc = tree_description(i)) != NULL; i++) {
        tree_make(&t, NULL);
        check(vpl011_fdt_add(t.bytes, 0, desc), "vpl011_fdt_add");
        save_tree("rw", i, &t);
        tree_begin(&t, sizeof(t.bytes), NULL);
        check(vpl011_fdt_sw_add(t.bytes, desc), "vpl011_fdt_sw_add");
        tree_finish(&t);
        save_tree("sw", i, &t);
    }
    save_board();
    save_all_tables();
    return 0;
}
