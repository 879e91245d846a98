/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * linux_tree FORM IN OUT: remove the PL011, and all that refers to it, from the
 * machine's tree, and write it again in FORM with vpl011_fdt_add(). Prints the
 * new node's path and `compatible`. linux_trees.py boots Linux with the result.
 */
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fdt.h>

/* QEMU's machine "virt": base, and SPI 1 */
#define VIRT_UART 0x09000000u
#define VIRT_INTID 33u

struct form {
    const char *name;
    uint32_t form;
    int machines_clock; /* by the phandle that the machine's node had */
};

/* Both ways to have a clock: made by the library, and there already. */
static const struct form forms[] = {
    {"pl011", VPL011_FDT_PL011, 0},
    {"sbsa", VPL011_FDT_SBSA, 0},
    {"sbsa-pl011", VPL011_FDT_SBSA_PL011, 0},
    {"sbsa-primecell", VPL011_FDT_SBSA_PRIMECELL, 1},
    {"xen", VPL011_FDT_XEN, 0},
};

static void fail(const char *what, const char *why)
{
    fprintf(stderr, "linux_tree: %s: %s\n", what, why);
    exit(1);
}

static void *blob_read(const char *path)
{
    const size_t room = 4u << 20;
    void *blob = malloc(room);
    FILE *file = fopen(path, "rb");
    if (blob == NULL || file == NULL) {
        fail(path, "cannot be read");
    }
    size_t count = fread(blob, 1, room, file);
    fclose(file);
    int err = vpl011_fdt_check(blob, count);
    if (err != VPL011_OK) {
        fail(path, vpl011_strerror(err));
    }
    return blob;
}

/* The machine's UART goes; what is left must not know one. */
static uint32_t uart_remove(void *fdt)
{
    int node = vpl011_fdt_next(fdt, -1);
    if (node < 0 || vpl011_fdt_stdout(fdt) != node) {
        fail("the machine's tree", "its console is no PL011");
    }
    struct vpl011_fdt_desc desc = {0};
    int err = vpl011_fdt_read(fdt, node, &desc);
    if (err != VPL011_OK) {
        fail("the machine's UART", vpl011_strerror(err));
    }
    if (desc.base != VIRT_UART || desc.irq != VIRT_INTID) {
        fail("the machine's UART", "has another address or interrupt");
    }
    const fdt32_t *clocks = fdt_getprop(fdt, node, "clocks", NULL);
    if (clocks == NULL) {
        fail("the machine's UART", "has no clocks");
    }
    uint32_t phandle = fdt32_to_cpu(*clocks);
    (void)fdt_del_node(fdt, node);
    (void)fdt_delprop(fdt, fdt_path_offset(fdt, "/chosen"), "stdout-path");
    int aliases = fdt_path_offset(fdt, "/aliases");
    if (aliases >= 0) {
        (void)fdt_del_node(fdt, aliases);
    }
    if (vpl011_fdt_next(fdt, -1) != VPL011_ERR_FDT_NODE ||
        vpl011_fdt_stdout(fdt) != VPL011_ERR_FDT_PATH) {
        fail("the machine's tree", "still has a UART");
    }
    return phandle;
}

static void print_compatible(const void *fdt, int node)
{
    int count = fdt_stringlist_count(fdt, node, "compatible");
    for (int i = 0; i < count; i++) {
        printf(" %s", fdt_stringlist_get(fdt, node, "compatible", i, NULL));
    }
    printf("\n");
}

int main(int argc, char **argv)
{
    const struct form *form = NULL;
    for (size_t i = 0; argc == 4 && i < sizeof(forms) / sizeof(*forms); i++) {
        if (strcmp(argv[1], forms[i].name) == 0) {
            form = &forms[i];
        }
    }
    if (form == NULL) {
        fputs("usage: linux_tree FORM IN OUT\n", stderr);
        return 2;
    }

    void *blob = blob_read(argv[2]);
    uint32_t clock = uart_remove(blob);
    /* QEMU pads to 1 MiB, and doubles what it is given; Linux takes 2 MiB. */
    (void)fdt_pack(blob);
    int size = (int)fdt_totalsize(blob) + VPL011_FDT_SPACE;
    void *fdt = malloc((size_t)size);
    if (fdt == NULL || fdt_open_into(blob, fdt, size) != 0) {
        fail(argv[2], "cannot be opened");
    }
    free(blob);

    struct vpl011_fdt_desc desc = {0};
    desc.base = VIRT_UART;
    desc.irq = VIRT_INTID;
    desc.form = form->form;
    desc.flags = VPL011_FDT_STDOUT | VPL011_FDT_ALIAS;
    desc.clock_phandle = form->machines_clock ? clock : 0;
    strcpy(desc.options, "115200n8");
    int node = vpl011_fdt_add(fdt, 0, &desc);
    if (node < 0) {
        fail("vpl011_fdt_add", vpl011_strerror(node));
    }
    char path[128];
    if (fdt_get_path(fdt, node, path, sizeof(path)) != 0) {
        fail("the new node", "has no path");
    }
    printf("%s", path);
    print_compatible(fdt, node);

    FILE *out = fopen(argv[3], "wb");
    if (out == NULL || fwrite(fdt, (size_t)size, 1, out) != 1 ||
        fclose(out) != 0) {
        fail(argv[3], "cannot be written");
    }
    free(fdt);
    return 0;
}
