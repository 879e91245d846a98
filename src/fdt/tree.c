/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Looking at a tree: where a node is, what its cells mean, which addresses are
 * taken. Works on a sequential writer's unfinished tree too, of which libfdt
 * reads what is there so far.
 */
#include "fdt_internal.h"

int vpl011_fdt_cell_(const void *fdt, int node, const char *name,
                     uint32_t *value)
{
    int len;
    const fdt32_t *cell = fdt_getprop(fdt, node, name, &len);

    if (!cell) {
        return 0;
    }
    if (len != sizeof(*cell)) {
        return -1;
    }
    *value = fdt32_ld(cell);
    return 1;
}

const char *vpl011_fdt_string_(const void *fdt, int node, const char *name)
{
    int len;
    const char *text = fdt_getprop(fdt, node, name, &len);

    if (!text || len <= 0 || text[len - 1] != '\0' ||
        strlen(text) != (size_t)len - 1) {
        return NULL;
    }
    return text;
}

bool vpl011_fdt_enabled_(const void *fdt, int node)
{
    const char *status;

    if (!fdt_getprop(fdt, node, "status", NULL)) {
        return true;
    }
    status = vpl011_fdt_string_(fdt, node, "status");
    return status && (!strcmp(status, "okay") || !strcmp(status, "ok"));
}

int vpl011_fdt_place_(const void *fdt, int node, struct place *place)
{
    int depth = -1;
    int offset = 0;
    int next;

    for (;; offset = next) {
        switch (fdt_next_tag(fdt, offset, &next)) {
        case FDT_BEGIN_NODE:
            depth++;
            if (depth < DEPTH_MAX) {
                place->nodes[depth] = offset;
            }
            if (offset != node) {
                continue;
            }
            break;
        case FDT_END_NODE:
            if (--depth < 0) {
                return node < 0 ? VPL011_ERR_FDT_STATE : VPL011_ERR_FDT_NODE;
            }
            continue;
        case FDT_END:
            if (node >= 0) {
                return VPL011_ERR_FDT_NODE;
            }
            /* Where a sequential writer will go on. */
            if (next != -FDT_ERR_TRUNCATED || depth < 0) {
                return VPL011_ERR_FDT_STATE;
            }
            break;
        default:
            continue;
        }
        break;
    }
    if (depth >= DEPTH_MAX) {
        return VPL011_ERR_FDT_PATH;
    }
    place->depth = depth;
    return VPL011_OK;
}

/* Not fdt_address_cells(): it has no default in an unfinished tree. */
static int cells_of(const void *fdt, int node, int *address, int *size)
{
    uint32_t address_cells = 2;
    uint32_t size_cells = 1;

    if (vpl011_fdt_cell_(fdt, node, "#address-cells", &address_cells) < 0 ||
        vpl011_fdt_cell_(fdt, node, "#size-cells", &size_cells) < 0 ||
        address_cells < 1 || address_cells > 2 || size_cells < 1 ||
        size_cells > 2) {
        return VPL011_ERR_FDT_CELLS;
    }
    *address = (int)address_cells;
    *size = (int)size_cells;
    return VPL011_OK;
}

int vpl011_fdt_place_cells_(const void *fdt, struct place *place)
{
    return cells_of(fdt, place->nodes[place->depth], &place->address_cells,
                    &place->size_cells);
}

uint64_t vpl011_fdt_cells_get_(const fdt32_t *cells, int count)
{
    uint64_t value = fdt32_ld(&cells[0]);

    return count == 1 ? value : value << 32 | fdt32_ld(&cells[1]);
}

/* One step through the `ranges` of a bus, to its children or up from them. */
static int step(const void *fdt, int bus, int above, bool down,
                struct range *range)
{
    int child_cells;
    int size_cells;
    int above_cells;
    int unused;
    int stride;
    int len;
    int err;
    const fdt32_t *cells = fdt_getprop(fdt, bus, "ranges", &len);

    if (!cells) {
        return VPL011_ERR_FDT_RANGES;
    }
    if (len == 0) {
        return VPL011_OK;
    }
    err = cells_of(fdt, bus, &child_cells, &size_cells);
    if (!err) {
        err = cells_of(fdt, above, &above_cells, &unused);
    }
    if (err) {
        return err;
    }
    stride = child_cells + above_cells + size_cells;
    if (len % (stride * (int)sizeof(*cells))) {
        return VPL011_ERR_FDT_RANGES;
    }
    for (; len > 0; len -= stride * (int)sizeof(*cells), cells += stride) {
        uint64_t below = vpl011_fdt_cells_get_(cells, child_cells);
        uint64_t cpu = vpl011_fdt_cells_get_(cells + child_cells, above_cells);
        uint64_t size = vpl011_fdt_cells_get_(cells + child_cells + above_cells,
                                              size_cells);
        uint64_t from = down ? cpu : below;

        if (range->base >= from && range->size <= size &&
            range->base - from <= size - range->size) {
            range->base += down ? below - cpu : cpu - below;
            return VPL011_OK;
        }
    }
    return VPL011_ERR_FDT_RANGES;
}

int vpl011_fdt_to_bus_(const void *fdt, const struct place *bus,
                       struct range *range)
{
    int err = VPL011_OK;
    int i;

    for (i = 1; i <= bus->depth && !err; i++) {
        err = step(fdt, bus->nodes[i], bus->nodes[i - 1], true, range);
    }
    return err;
}

int vpl011_fdt_to_cpu_(const void *fdt, const struct place *bus,
                       struct range *range)
{
    int err = VPL011_OK;
    int i;

    for (i = bus->depth; i > 0 && !err; i--) {
        err = step(fdt, bus->nodes[i], bus->nodes[i - 1], false, range);
    }
    return err;
}

static uint64_t last_of(uint64_t base, uint64_t size)
{
    uint64_t last = base + (size - 1);

    return last < base ? UINT64_MAX : last;
}

int vpl011_fdt_overlap_(const void *fdt, const struct place *bus, int self,
                        const struct range *range)
{
    int stride = bus->address_cells + bus->size_cells;
    int node;

    fdt_for_each_subnode(node, fdt, bus->nodes[bus->depth])
    {
        int len;
        const fdt32_t *cells;

        if (node == self) {
            continue;
        }
        cells = fdt_getprop(fdt, node, "reg", &len);
        if (!cells || !vpl011_fdt_enabled_(fdt, node)) {
            continue;
        }
        for (len /= (int)sizeof(*cells); len >= stride;
             len -= stride, cells += stride) {
            uint64_t base = vpl011_fdt_cells_get_(cells, bus->address_cells);
            uint64_t size = vpl011_fdt_cells_get_(cells + bus->address_cells,
                                                  bus->size_cells);

            if (size && base <= last_of(range->base, range->size) &&
                range->base <= last_of(base, size)) {
                return VPL011_ERR_FDT_OVERLAP;
            }
        }
    }
    return VPL011_OK;
}

/* The node that takes the interrupts of a child of `bus`. If *phandle is not 0
 * it is the node with that phandle; otherwise *phandle is set to the phandle of
 * the node, and stays 0 only where the tree names none. */
static int irq_parent(const void *fdt, const struct place *bus,
                      uint32_t *phandle)
{
    int node;
    int i;

    /* Devicetree specification 2.4: the nearest node upwards that names an
     * interrupt parent, or that is an interrupt controller itself. */
    for (i = bus->depth; i >= 0 && !*phandle; i--) {
        node = bus->nodes[i];
        if (fdt_getprop(fdt, node, "interrupt-controller", NULL)) {
            *phandle = fdt_get_phandle(fdt, node);
            return node;
        }
        if (vpl011_fdt_cell_(fdt, node, "interrupt-parent", phandle) < 0) {
            return -1;
        }
    }
    return *phandle ? fdt_node_offset_by_phandle(fdt, *phandle) : -1;
}

int vpl011_fdt_irq_parent_(const void *fdt, const struct place *bus,
                           struct vpl011_fdt_desc *desc)
{
    int node = irq_parent(fdt, bus, &desc->irq_parent);

    if (desc->irq_cells) {
        return VPL011_OK;
    }
    /* Behind a nexus (interrupt-map) the number would mean something else. */
    return node >= 0 && fdt_getprop(fdt, node, "interrupt-controller", NULL) &&
                   vpl011_fdt_cell_(fdt, node, "#interrupt-cells",
                                    &desc->irq_cells) == 1 &&
                   desc->irq_cells >= 1 && desc->irq_cells <= 4
               ? VPL011_OK
               : VPL011_ERR_FDT_IRQ_PARENT;
}
