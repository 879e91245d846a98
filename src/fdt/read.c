/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Reading a node into a description. The blob may be hostile. */
#include "fdt_internal.h"

#include <string.h>

#define ALIAS_MAX 99u

static int read_reg(const void *fdt, int node, const struct place *bus,
                    struct vpl011_fdt_desc *d)
{
    int len;
    struct range range;
    const fdt32_t *cells = fdt_getprop(fdt, node, "reg", &len);
    int err;

    if (!cells ||
        len != (bus->address_cells + bus->size_cells) * (int)sizeof(*cells)) {
        return VPL011_ERR_FDT_REG;
    }
    range.base = vpl011_fdt_cells_get_(cells, bus->address_cells);
    range.size =
        vpl011_fdt_cells_get_(cells + bus->address_cells, bus->size_cells);
    if (!range.size) {
        return VPL011_ERR_FDT_REG;
    }
    if (range.base + (range.size - 1) < range.base) {
        return VPL011_ERR_FDT_ADDRESS;
    }
    err = vpl011_fdt_overlap_(fdt, bus, node, &range);
    if (!err) {
        err = vpl011_fdt_to_cpu_(fdt, bus, &range);
    }
    if (err) {
        return err;
    }
    if (range.base & 3u || range.base + (range.size - 1) < range.base) {
        return VPL011_ERR_FDT_ADDRESS;
    }
    d->base = range.base;
    d->size = range.size;
    return VPL011_OK;
}

static int read_speed(const void *fdt, int node, struct vpl011_fdt_desc *d)
{
    int found = vpl011_fdt_cell_(fdt, node, "current-speed", &d->baud);

    if (found < 0 || (found && !d->baud)) {
        return VPL011_ERR_FDT_SPEED;
    }
    /* Linux fails to probe an SBSA UART without it. */
    return found || vpl011_fdt_personality(d->form) == VPL011_PL011
               ? VPL011_OK
               : VPL011_ERR_FDT_SPEED;
}

static int read_options(const void *fdt, int node, struct vpl011_fdt_desc *d)
{
    if (vpl011_fdt_cell_(fdt, node, "reg-io-width", &d->io_width) < 0 ||
        (d->io_width != 0 && d->io_width != 1 && d->io_width != 4)) {
        return VPL011_ERR_FDT_PROPERTY;
    }
    return vpl011_fdt_cell_(fdt, node, "arm,primecell-periphid",
                            &d->periph_id) < 0
               ? VPL011_ERR_FDT_PROPERTY
               : VPL011_OK;
}

/* The first clock is UARTCLK; the others must be well-formed. */
static int read_clocks(const void *fdt, int node, struct vpl011_fdt_desc *d)
{
    int count = 0;
    int len;
    const fdt32_t *cells = fdt_getprop(fdt, node, "clocks", &len);
    int uboot = vpl011_fdt_cell_(fdt, node, "clock", &d->clock_hz);

    if (uboot < 0 || (cells && (len <= 0 || len % (int)sizeof(*cells)))) {
        return VPL011_ERR_FDT_CLOCK;
    }
    if (uboot) {
        d->flags |= VPL011_FDT_UBOOT_CLOCK;
    }
    if (!cells) {
        return VPL011_OK;
    }
    /* Binding: UARTCLK and PCLK, no more; each look-up walks the tree. */
    for (len /= (int)sizeof(*cells); len > 0 && count < 2; count++) {
        uint32_t phandle = fdt32_ld(cells);
        int provider = fdt_node_offset_by_phandle(fdt, phandle);
        uint32_t args;

        if (provider < 0 ||
            vpl011_fdt_cell_(fdt, provider, "#clock-cells", &args) != 1 ||
            args >= (uint32_t)len) {
            return VPL011_ERR_FDT_CLOCK;
        }
        if (count == 0) {
            d->clock_phandle = phandle;
            if (vpl011_fdt_cell_(fdt, provider, "clock-frequency",
                                 &d->clock_hz) < 0) {
                return VPL011_ERR_FDT_CLOCK;
            }
        }
        cells += 1 + args;
        len -= 1 + (int)args;
    }
    if (len > 0) {
        return VPL011_ERR_FDT_CLOCK;
    }
    return !fdt_getprop(fdt, node, "clock-names", NULL) ||
                   fdt_stringlist_count(fdt, node, "clock-names") == count
               ? VPL011_OK
               : VPL011_ERR_FDT_CLOCK;
}

static int read_irq(const void *fdt, int node, const struct place *bus,
                    struct vpl011_fdt_desc *d)
{
    int len;
    const fdt32_t *cells = fdt_getprop(fdt, node, "interrupts-extended", &len);

    if (cells) {
        if (len < (int)sizeof(*cells)) {
            return VPL011_ERR_FDT_IRQ;
        }
        d->irq_parent = fdt32_ld(cells);
        cells++;
        len -= (int)sizeof(*cells);
        if (!d->irq_parent) {
            return VPL011_ERR_FDT_IRQ_PARENT;
        }
    } else {
        cells = fdt_getprop(fdt, node, "interrupts", &len);
        if (!cells) {
            d->flags |= VPL011_FDT_POLLED;
            return VPL011_ERR_FDT_NO_IRQ;
        }
        if (vpl011_fdt_cell_(fdt, node, "interrupt-parent", &d->irq_parent) <
            0) {
            return VPL011_ERR_FDT_IRQ_PARENT;
        }
    }
    if (vpl011_fdt_irq_parent_(fdt, bus, d)) {
        return VPL011_ERR_FDT_IRQ_PARENT;
    }
    if ((uint32_t)len != d->irq_cells * sizeof(*cells)) {
        return VPL011_ERR_FDT_IRQ;
    }
    return vpl011_fdt_irq_get_(cells, d);
}

static void copy_text(char *to, size_t size, const char *from, size_t len)
{
    if (len < size) {
        memcpy(to, from, len);
        to[len] = '\0';
    }
}

/* Xen's form is the SBSA one with a name and interrupt flags of its own. */
static void read_name(const void *fdt, int node, struct vpl011_fdt_desc *d)
{
    const char *name = fdt_get_name(fdt, node, NULL);
    bool xen_name = name && !strcmp(name, XEN_NODE_NAME);

    if (d->form == VPL011_FDT_SBSA &&
        (xen_name || d->irq_flags == XEN_IRQ_FLAGS)) {
        d->form = VPL011_FDT_XEN;
    }
    if (name && !(d->form == VPL011_FDT_XEN && xen_name)) {
        copy_text(d->name, sizeof(d->name), name, strcspn(name, "@"));
    }
}

static void read_references(const void *fdt, int node,
                            struct vpl011_fdt_desc *d)
{
    const char *path = vpl011_fdt_stdout_path_(fdt);
    size_t len;
    uint32_t i;

    for (i = 0; i <= ALIAS_MAX; i++) {
        char alias[12] = "serial";

        vpl011_fdt_decimal_(alias + strlen(alias), i);
        if (vpl011_fdt_lookup_(fdt, alias, (int)strlen(alias)) == node) {
            d->flags |= VPL011_FDT_ALIAS;
            d->alias = i;
            break;
        }
    }
    if (path) {
        len = strcspn(path, ":");
        if (vpl011_fdt_lookup_(fdt, path, (int)len) == node) {
            d->flags |= VPL011_FDT_STDOUT;
            if (path[len] == ':') {
                path += len + 1;
                copy_text(d->options, sizeof(d->options), path, strlen(path));
            }
        }
    }
}

static int read_node(const void *fdt, int node, struct vpl011_fdt_desc *d)
{
    struct place bus;
    int irq_err;
    int form;
    int err = vpl011_fdt_place_(fdt, node, &bus);

    if (err) {
        return err;
    }
    form = vpl011_fdt_form_(fdt, node);
    if (form < 0 || bus.depth == 0) {
        return VPL011_ERR_FDT_COMPATIBLE;
    }
    d->form = (uint32_t)form;
    if (!vpl011_fdt_enabled_(fdt, node)) {
        return VPL011_ERR_FDT_DISABLED;
    }
    bus.depth--;
    err = vpl011_fdt_place_cells_(fdt, &bus);
    if (!err) {
        err = read_reg(fdt, node, &bus, d);
    }
    if (!err) {
        err = read_clocks(fdt, node, d);
    }
    if (!err) {
        err = read_speed(fdt, node, d);
    }
    if (!err) {
        err = read_options(fdt, node, d);
    }
    if (err) {
        return err;
    }
    irq_err = read_irq(fdt, node, &bus, d);
    if (irq_err && irq_err != VPL011_ERR_FDT_NO_IRQ) {
        return irq_err;
    }
    read_name(fdt, node, d);
    read_references(fdt, node, d);
    return irq_err;
}

int vpl011_fdt_read_sized(const void *fdt, int node,
                          struct vpl011_fdt_desc *desc, size_t size)
{
    struct vpl011_fdt_desc d = {0};
    int err;

    if (!desc) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_fdt_header_(fdt);
    if (err) {
        return err;
    }
    if (node < 0) {
        return VPL011_ERR_FDT_NODE;
    }
    err = read_node(fdt, node, &d);
    if (!err || err == VPL011_ERR_FDT_NO_IRQ) {
        vpl011_give_sized_(desc, size, &d, sizeof(d));
    }
    return err;
}
