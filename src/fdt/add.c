/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Adding to a tree that is open for reading and writing. libfdt's operations
 * are atomic one by one; what all of them need together is computed first, so
 * that the tree is either left as it was or gets everything.
 */
#include "fdt_internal.h"

#include <string.h>

#define STRINGS_MAX (2 * PROPS_MAX + 2)
#define TAG ((int)FDT_TAGSIZE)

/* What is going to be added, in bytes. */
struct need {
    const void *fdt;
    int bytes;
    const char *strings[STRINGS_MAX]; /* new ones, counted once */
    int string_count;
};

static int aligned(int len)
{
    return (len + TAG - 1) / TAG * TAG;
}

/* libfdt reuses a string that is there already, even as the end of a longer
 * one. */
static bool string_present(const struct need *need, const char *name)
{
    const char *table = (const char *)need->fdt + fdt_off_dt_strings(need->fdt);
    size_t size = fdt_size_dt_strings(need->fdt);
    size_t len = strlen(name) + 1;
    size_t i;
    int j;

    for (j = 0; j < need->string_count; j++) {
        if (!strcmp(need->strings[j], name)) {
            return true;
        }
    }
    for (i = 0; i + len <= size; i++) {
        if (!memcmp(table + i, name, len)) {
            return true;
        }
    }
    return false;
}

static void need_prop(struct need *need, const char *name, int len)
{
    need->bytes += (int)sizeof(struct fdt_property) + aligned(len);
    if (!string_present(need, name)) {
        need->strings[need->string_count++] = name;
        need->bytes += (int)strlen(name) + 1;
    }
}

static void need_node(struct need *need, const char *name)
{
    need->bytes += TAG + aligned((int)strlen(name) + 1) + TAG;
}

static void need_plan_node(struct need *need, const struct node *node)
{
    int i;

    need_node(need, node->name);
    for (i = 0; i < node->count; i++) {
        need_prop(need, node->props[i].name, node->props[i].len);
    }
}

/* A string property of a child of the root, either of which may be there. */
static void need_string(struct need *need, const char *name, const char *prop,
                        const char *value)
{
    int node = fdt_subnode_offset(need->fdt, 0, name);
    int len = (int)strlen(value) + 1;
    int old;

    if (node < 0) {
        need_node(need, name);
        need_prop(need, prop, len);
    } else if (fdt_getprop(need->fdt, node, prop, &old)) {
        need->bytes += aligned(len) - aligned(old);
    } else {
        need_prop(need, prop, len);
    }
}

static int check_space(const void *fdt, const struct plan *plan)
{
    struct need need = {.fdt = fdt};
    uint64_t used =
        (uint64_t)fdt_off_dt_strings(fdt) + fdt_size_dt_strings(fdt);

    if (plan->desc.flags & VPL011_FDT_ALIAS) {
        need_string(&need, "aliases", plan->alias, plan->path);
    }
    if (plan->desc.flags & VPL011_FDT_STDOUT) {
        need_string(&need, "chosen", "stdout-path", plan->stdout_path);
    }
    if (plan->clock.count) {
        need_plan_node(&need, &plan->clock);
    }
    need_plan_node(&need, &plan->uart);
    return (int64_t)used + need.bytes > (int64_t)fdt_totalsize(fdt)
               ? VPL011_ERR_FDT_NOSPACE
               : VPL011_OK;
}

static int check_alias(const void *fdt, const struct plan *plan)
{
    int aliases = fdt_subnode_offset(fdt, 0, "aliases");
    const char *target;

    if (!(plan->desc.flags & VPL011_FDT_ALIAS) || aliases < 0 ||
        !fdt_getprop(fdt, aliases, plan->alias, NULL)) {
        return VPL011_OK;
    }
    target = vpl011_fdt_string_(fdt, aliases, plan->alias);
    return target && !strcmp(target, plan->path) ? VPL011_OK
                                                 : VPL011_ERR_FDT_EXISTS;
}

/* What is written at a node moves everything behind its beginning. */
static void follow(const void *fdt, uint32_t before, int at, int *parent)
{
    if (*parent > at) {
        *parent += (int)(fdt_size_dt_struct(fdt) - before);
    }
}

static int add_node(void *fdt, int at, const struct node *node)
{
    int offset = fdt_add_subnode(fdt, at, node->name);
    int err = offset < 0 ? offset : 0;
    int i;

    /* libfdt puts each property before the others. */
    for (i = node->count - 1; i >= 0 && !err; i--) {
        err = fdt_setprop(fdt, offset, node->props[i].name, node->props[i].data,
                          node->props[i].len);
    }
    return err ? err : offset;
}

static int set_string(void *fdt, const char *name, const char *prop,
                      const char *value, int *parent)
{
    uint32_t before = fdt_size_dt_struct(fdt);
    int node = fdt_subnode_offset(fdt, 0, name);
    int err;

    if (node < 0) {
        node = fdt_add_subnode(fdt, 0, name);
        follow(fdt, before, 0, parent);
        before = fdt_size_dt_struct(fdt);
    }
    if (node < 0) {
        return node;
    }
    err = fdt_setprop(fdt, node, prop, value, (int)strlen(value) + 1);
    follow(fdt, before, node, parent);
    return err;
}

static int commit(void *fdt, int parent, const struct plan *plan)
{
    uint32_t before;
    int err = 0;

    if (plan->desc.flags & VPL011_FDT_ALIAS) {
        err = set_string(fdt, "aliases", plan->alias, plan->path, &parent);
    }
    if (!err && (plan->desc.flags & VPL011_FDT_STDOUT)) {
        err = set_string(fdt, "chosen", "stdout-path", plan->stdout_path,
                         &parent);
    }
    if (!err && plan->clock.count) {
        before = fdt_size_dt_struct(fdt);
        err = add_node(fdt, 0, &plan->clock);
        follow(fdt, before, 0, &parent);
    }
    return err < 0 ? err : add_node(fdt, parent, &plan->uart);
}

int vpl011_fdt_add_sized(void *fdt, int parent,
                         const struct vpl011_fdt_desc *desc, size_t desc_size)
{
    struct plan plan;
    struct place place;
    int err;

    if (!desc) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_fdt_header_(fdt);
    if (err) {
        return err;
    }
    if (parent < 0) {
        return VPL011_ERR_FDT_NODE;
    }
    err = vpl011_fdt_desc_(&plan.desc, desc, desc_size);
    if (!err) {
        err = vpl011_fdt_err_(fdt_check_full(fdt, fdt_totalsize(fdt)));
    }
    if (!err) {
        err = vpl011_fdt_place_(fdt, parent, &place);
    }
    if (!err) {
        err = vpl011_fdt_place_cells_(fdt, &place);
    }
    if (!err) {
        err = vpl011_fdt_plan_(fdt, &place, &plan);
    }
    if (!err) {
        err = check_alias(fdt, &plan);
    }
    if (!err) {
        err = check_space(fdt, &plan);
    }
    if (err) {
        return err;
    }
    err = commit(fdt, parent, &plan);
    return err < 0 ? vpl011_fdt_err_(err) : err;
}
