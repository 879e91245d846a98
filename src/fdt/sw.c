/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Writing into a tree that is being written sequentially. */
#include "fdt_internal.h"

#include <string.h>

static int write_node(void *fdt, const struct node *node)
{
    int err = fdt_begin_node(fdt, node->name);
    int i;

    for (i = 0; i < node->count && !err; i++) {
        err = fdt_property(fdt, node->props[i].name, node->props[i].data,
                           node->props[i].len);
    }
    return err ? err : fdt_end_node(fdt);
}

static int write_string(void *fdt, const char *name, const char *prop,
                        const char *value)
{
    struct node node = {.count = 1};

    vpl011_fdt_append_(node.name, sizeof(node.name), name);
    node.props[0].name = prop;
    node.props[0].data = value;
    node.props[0].len = (int)strlen(value) + 1;
    return write_node(fdt, &node);
}

static int write_plan(void *fdt, const struct plan *plan)
{
    uint32_t flags = plan->desc.flags;
    int err = 0;

    if (plan->clock.count) {
        err = write_node(fdt, &plan->clock);
    }
    if (!err) {
        err = write_node(fdt, &plan->uart);
    }
    if (!err && (flags & VPL011_FDT_ALIAS)) {
        err = write_string(fdt, "aliases", plan->alias, plan->path);
    }
    if (!err && (flags & VPL011_FDT_STDOUT)) {
        err = write_string(fdt, "chosen", "stdout-path", plan->stdout_path);
    }
    return err;
}

static bool has_child(const void *fdt, int node, const char *name)
{
    return fdt_subnode_offset(fdt, node, name) >= 0;
}

int vpl011_fdt_sw_add_sized(void *fdt, const struct vpl011_fdt_desc *desc,
                            size_t desc_size)
{
    struct plan plan;
    struct place place;
    struct fdt_header before;
    int err;

    if (!fdt || !desc) {
        return VPL011_ERR_NULL;
    }
    if ((uintptr_t)fdt % sizeof(uint64_t)) {
        return VPL011_ERR_SIZE;
    }
    if (fdt_magic(fdt) == FDT_MAGIC) {
        return VPL011_ERR_FDT_STATE;
    }
    if (fdt_magic(fdt) != ~FDT_MAGIC) {
        return VPL011_ERR_FDT_BLOB;
    }
    err = vpl011_fdt_desc_(&plan.desc, desc, desc_size);
    if (!err) {
        err = vpl011_fdt_place_(fdt, -1, &place);
    }
    if (!err) {
        err = vpl011_fdt_place_cells_(fdt, &place);
    }
    if (!err) {
        err = vpl011_fdt_plan_(fdt, &place, &plan);
    }
    if (err) {
        return err;
    }
    if (plan.desc.flags & (VPL011_FDT_STDOUT | VPL011_FDT_ALIAS)) {
        if (place.depth > 0) {
            return VPL011_ERR_FDT_STATE;
        }
        if (((plan.desc.flags & VPL011_FDT_ALIAS) &&
             has_child(fdt, 0, "aliases")) ||
            ((plan.desc.flags & VPL011_FDT_STDOUT) &&
             has_child(fdt, 0, "chosen"))) {
            return VPL011_ERR_FDT_EXISTS;
        }
    }

    /* All of a sequential writer's state is in the header (libfdt grows the
     * blocks on either side of a gap): putting it back undoes everything. */
    memcpy(&before, fdt, sizeof(before));
    err = write_plan(fdt, &plan);
    if (err) {
        memcpy(fdt, &before, sizeof(before));
    }
    return vpl011_fdt_err_(err);
}
