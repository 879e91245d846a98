/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Describe a UART with the installed library, and set one up from that: valid
 * as C11 and as C++17. */
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <libfdt.h>
#include <vpl011/fdt.h>

int main(void)
{
    static uint64_t tree[512];
    static struct vpl011 uart;
    struct vpl011_fdt_desc desc;
    struct vpl011_config config;
    struct vpl011_ops ops;
    int node;

    memset(&desc, 0, sizeof(desc));
    memset(&config, 0, sizeof(config));
    memset(&ops, 0, sizeof(ops));
    desc.base = 0x09000000;
    desc.form = VPL011_FDT_SBSA_PL011;
    desc.irq = 33;
    desc.irq_parent = 1;
    desc.irq_cells = 3; /* the interrupt controller would follow */
    desc.flags = VPL011_FDT_STDOUT;
    if (fdt_create_empty_tree(tree, sizeof(tree)) < 0) {
        return 1;
    }
    node = vpl011_fdt_add(tree, 0, &desc);
    if (node < 0 || vpl011_fdt_stdout(tree) != node) {
        fprintf(stderr, "%s\n", vpl011_strerror(node));
        return 1;
    }
    /* Without the controller the interrupt cannot be told back. */
    node = vpl011_fdt_read(tree, node, &desc);
    if (node != VPL011_ERR_FDT_IRQ_PARENT) {
        fprintf(stderr, "%s\n", vpl011_strerror(node));
        return 1;
    }
    vpl011_fdt_configure(&desc, &config);
    config.flags |= VPL011_CFG_NO_IRQ_OP;
    if (vpl011_init(&uart, &config, &ops) < 0) {
        return 1;
    }
    printf("libvpl011-fdt %s\n", vpl011_version());
    return 0;
}
