/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Device trees from outside: a tree that passes the check is read at every
 * node, and a UART is added to it. The input is the blob; it gets 512 bytes of
 * room, so that adding succeeds if the mutation left totalsize alone, and
 * otherwise runs out of space.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libfdt.h>
#include <vpl011/fdt.h>

#define ROOM 512

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

/* A description that was read is one that can be trusted. */
static void check_desc(const struct vpl011_fdt_desc *d, int err)
{
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_ops ops = {0};
    struct vpl011 uart;
    size_t i;

    require(d->size > 0 && d->base % 4 == 0, "range");
    require(d->base + (d->size - 1) >= d->base, "range overflows");
    require(d->form <= VPL011_FDT_XEN, "form");
    require(d->alias <= 99, "alias");
    require(memchr(d->name, 0, sizeof(d->name)) != NULL, "name");
    require(memchr(d->options, 0, sizeof(d->options)) != NULL, "options");
    require(!(d->flags & VPL011_FDT_POLLED) == !err, "polled");
    if (!err) {
        require(d->irq_cells >= 1 && d->irq_cells <= 4, "irq_cells");
    }
    for (i = 0; i < sizeof(d->reserved) / sizeof(d->reserved[0]); i++) {
        require(d->reserved[i] == 0, "reserved");
    }
    vpl011_fdt_configure(d, &config);
    err = vpl011_init(&uart, &config, &ops);
    require(err == VPL011_OK || err == VPL011_ERR_PERIPH_ID, "configuration");
}

static void read_nodes(const void *fdt)
{
    int node = 0;

    for (; node >= 0; node = fdt_next_node(fdt, node, NULL)) {
        struct vpl011_fdt_desc desc;
        int err;

        memset(&desc, 0xAA, sizeof(desc));
        err = vpl011_fdt_read(fdt, node, &desc);
        require(err <= 0, "result");
        if (err == VPL011_OK || err == VPL011_ERR_FDT_NO_IRQ) {
            check_desc(&desc, err);
        } else {
            require(desc.irq == 0xAAAAAAAA, "touched on error");
        }
    }
}

static void add(void *blob, void *before, size_t size,
                const struct vpl011_fdt_desc *desc)
{
    struct vpl011_fdt_desc back;
    int result;

    memcpy(before, blob, size);
    result = vpl011_fdt_add(blob, 0, desc);
    if (result <= 0) {
        require(result < 0, "offset of the root");
        require(memcmp(before, blob, size) == 0, "changed on error");
        return;
    }
    require(vpl011_fdt_check(blob, size) == VPL011_OK, "tree after adding");
    require(vpl011_fdt_read(blob, result, &back) == VPL011_OK, "read back");
    require(back.base == desc->base && back.irq == desc->irq &&
                back.form == desc->form,
            "description read back");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vpl011_fdt_desc added[] = {
        {.base = 0x0A000000, .irq = 40, .flags = VPL011_FDT_STDOUT},
        {.base = 0x0A001000,
         .irq = 41,
         .form = VPL011_FDT_SBSA,
         .flags = VPL011_FDT_ALIAS,
         .alias = 7},
        {.base = 0x0A002000, .irq = 42, .form = VPL011_FDT_XEN},
    };
    size_t room = size + ROOM;
    void *blob;
    void *before;
    size_t i;

    /* libFuzzer's data is not aligned for libfdt. */
    blob = calloc(1, room);
    before = malloc(room);
    if (blob && before && size > 0) {
        memcpy(blob, data, size);
        if (vpl011_fdt_check(blob, size) == VPL011_OK) {
            int node = -1;

            while ((node = vpl011_fdt_next(blob, node)) >= 0) {
                require(node > 0 || fdt_get_name(blob, 0, NULL), "node");
            }
            node = vpl011_fdt_stdout(blob);
            require(node < 0 || fdt_get_name(blob, node, NULL), "stdout");
            read_nodes(blob);
            if (fdt_totalsize(blob) == size) {
                fdt_set_totalsize(blob, (uint32_t)room);
            }
            for (i = 0; i < sizeof(added) / sizeof(added[0]); i++) {
                add(blob, before, room, &added[i]);
            }
        }
    }
    free(before);
    free(blob);
    return 0;
}
