/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What is to be written, decided in full before anything is: so that the two
 * kinds of writers write the same, and that neither stops half-way for
 * anything but space.
 */
#include "fdt_internal.h"

#include <string.h>

#define DEFAULT_CLOCK_HZ 24000000u

static void add(struct node *node, const char *name, const void *data,
                size_t len)
{
    node->props[node->count].name = name;
    node->props[node->count].data = data;
    node->props[node->count].len = (int)len;
    node->count++;
}

static void add_cell(struct node *node, const char *name, fdt32_t *cell,
                     uint32_t value)
{
    *cell = cpu_to_fdt32(value);
    add(node, name, cell, sizeof(*cell));
}

static fdt32_t *put_cells(fdt32_t *to, uint64_t value, int count)
{
    if (count > 1) {
        *to++ = cpu_to_fdt32((uint32_t)(value >> 32));
    }
    *to++ = cpu_to_fdt32((uint32_t)value);
    return to;
}

static bool fits(uint64_t value, int cells)
{
    return cells > 1 || value <= UINT32_MAX;
}

static int plan_reg(const void *fdt, const struct place *place,
                    struct plan *plan)
{
    struct range range = {plan->desc.base, plan->desc.size};
    fdt32_t *end;
    int err = vpl011_fdt_to_bus_(fdt, place, &range);

    if (err) {
        return err;
    }
    if (!fits(range.base + (range.size - 1), place->address_cells) ||
        !fits(range.size, place->size_cells)) {
        return VPL011_ERR_FDT_ADDRESS;
    }
    err = vpl011_fdt_overlap_(fdt, place, -1, &range);
    if (err) {
        return err;
    }
    vpl011_fdt_node_name_(&plan->desc, range.base, plan->uart.name);
    end = put_cells(plan->reg, range.base, place->address_cells);
    end = put_cells(end, range.size, place->size_cells);
    add(&plan->uart, "reg", plan->reg,
        (size_t)(end - plan->reg) * sizeof(*end));
    return VPL011_OK;
}

static int plan_irq(const void *fdt, const struct place *place,
                    struct plan *plan)
{
    struct vpl011_fdt_desc *d = &plan->desc;
    uint32_t explicit_parent = d->irq_parent;
    int err;

    if (d->flags & VPL011_FDT_POLLED) {
        return VPL011_OK;
    }
    err = vpl011_fdt_irq_parent_(fdt, place, d);
    if (!err) {
        err = vpl011_fdt_irq_put_(d, plan->interrupts);
    }
    if (err) {
        return err;
    }
    add(&plan->uart, "interrupts", plan->interrupts,
        d->irq_cells * sizeof(plan->interrupts[0]));
    if (explicit_parent) {
        add_cell(&plan->uart, "interrupt-parent", &plan->irq_parent,
                 explicit_parent);
    }
    return VPL011_OK;
}

/* A clock that is there already: is it the one that was described? */
static bool clock_usable(const void *fdt, int node, uint32_t hz)
{
    uint32_t value;

    return vpl011_fdt_cell_(fdt, node, "#clock-cells", &value) == 1 &&
           value == 0 &&
           vpl011_fdt_cell_(fdt, node, "clock-frequency", &value) == 1 &&
           value == hz;
}

static bool is_unfinished(const void *fdt)
{
    return fdt_magic(fdt) != FDT_MAGIC;
}

/* Choose a phandle that no node has, and that the interrupt parent is not going
 * to have. */
static int free_phandle(const void *fdt, struct vpl011_fdt_desc *d)
{
    uint32_t max;

    if (fdt_find_max_phandle(fdt, &max) < 0) {
        return VPL011_ERR_FDT_CLOCK;
    }
    if (max < d->irq_parent && d->irq_parent <= FDT_MAX_PHANDLE) {
        max = d->irq_parent;
    }
    if (max >= FDT_MAX_PHANDLE) {
        return VPL011_ERR_FDT_CLOCK;
    }
    d->clock_phandle = max + 1;
    return VPL011_OK;
}

static int find_clock(const void *fdt, const struct place *place,
                      struct plan *plan, bool *make)
{
    struct vpl011_fdt_desc *d = &plan->desc;
    /* A sequential writer can write only at the place that it has reached. */
    int at = is_unfinished(fdt) ? place->nodes[place->depth] : 0;
    int node = -1;

    if (d->clock_phandle) {
        node = fdt_node_offset_by_phandle(fdt, d->clock_phandle);
    }
    if (!d->clock_hz &&
        (node < 0 ||
         vpl011_fdt_cell_(fdt, node, "clock-frequency", &d->clock_hz) < 1)) {
        d->clock_hz = DEFAULT_CLOCK_HZ;
    }
    memcpy(plan->clock.name, "clock-", sizeof("clock-"));
    vpl011_fdt_decimal_(plan->clock.name + strlen(plan->clock.name),
                        d->clock_hz);
    if (node < 0) {
        node = fdt_subnode_offset(fdt, at, plan->clock.name);
        if (node >= 0 && d->clock_phandle) {
            return VPL011_ERR_FDT_EXISTS;
        }
    }
    if (node >= 0) {
        d->clock_phandle = fdt_get_phandle(fdt, node);
        *make = false;
        /* If an earlier node had the same phandle, a reference would lead to
         * that node. */
        return d->clock_phandle &&
                       fdt_node_offset_by_phandle(fdt, d->clock_phandle) ==
                           node &&
                       clock_usable(fdt, node, d->clock_hz)
                   ? VPL011_OK
                   : VPL011_ERR_FDT_CLOCK;
    }
    *make = true;
    if (d->clock_phandle) {
        return VPL011_OK;
    }
    return is_unfinished(fdt) ? VPL011_ERR_FDT_CLOCK : free_phandle(fdt, d);
}

static int plan_clocks(const void *fdt, const struct place *place,
                       struct plan *plan)
{
    static const char compatible[] = "fixed-clock";
    static const char names[] = "uartclk\0apb_pclk";
    struct vpl011_fdt_desc *d = &plan->desc;
    bool make = false;
    int err;

    if (!vpl011_fdt_forms_[d->form].clocks) {
        return VPL011_OK;
    }
    if (d->clock_phandle > FDT_MAX_PHANDLE) {
        return VPL011_ERR_FDT_CLOCK;
    }
    if (!(d->flags & VPL011_FDT_CALLERS_CLOCK)) {
        err = find_clock(fdt, place, plan, &make);
        if (err) {
            return err;
        }
    } else if (!d->clock_phandle) {
        return VPL011_ERR_FDT_CLOCK;
    } else if (!d->clock_hz) {
        d->clock_hz = DEFAULT_CLOCK_HZ;
    }
    if (make) {
        add(&plan->clock, "compatible", compatible, sizeof(compatible));
        add_cell(&plan->clock, "#clock-cells", &plan->clock_cells, 0);
        add_cell(&plan->clock, "clock-frequency", &plan->clock_hz, d->clock_hz);
        add_cell(&plan->clock, "phandle", &plan->clock_phandle,
                 d->clock_phandle);
    }
    /* Linux's AMBA bus wants a PCLK, its driver a UARTCLK: one serves both. */
    plan->clocks[0] = cpu_to_fdt32(d->clock_phandle);
    plan->clocks[1] = plan->clocks[0];
    add(&plan->uart, "clocks", plan->clocks, sizeof(plan->clocks));
    add(&plan->uart, "clock-names", names, sizeof(names));
    if (d->flags & VPL011_FDT_UBOOT_CLOCK) {
        plan->clock_hz = cpu_to_fdt32(d->clock_hz);
        add(&plan->uart, "clock", &plan->clock_hz, sizeof(plan->clock_hz));
    }
    return VPL011_OK;
}

static int plan_paths(const void *fdt, const struct place *place,
                      struct plan *plan)
{
    const struct vpl011_fdt_desc *d = &plan->desc;
    bool whole = true;
    int i;

    plan->path[0] = '\0';
    for (i = 1; i <= place->depth; i++) {
        const char *name = fdt_get_name(fdt, place->nodes[i], NULL);

        whole = whole && name &&
                vpl011_fdt_append_(plan->path, PATH_SIZE, "/") &&
                vpl011_fdt_append_(plan->path, PATH_SIZE, name);
    }
    whole = whole && vpl011_fdt_append_(plan->path, PATH_SIZE, "/") &&
            vpl011_fdt_append_(plan->path, PATH_SIZE, plan->uart.name);
    memcpy(plan->stdout_path, plan->path, PATH_SIZE);
    if (d->options[0]) {
        whole = whole &&
                vpl011_fdt_append_(plan->stdout_path, PATH_SIZE, ":") &&
                vpl011_fdt_append_(plan->stdout_path, PATH_SIZE, d->options);
    }
    memcpy(plan->alias, "serial", sizeof("serial"));
    vpl011_fdt_decimal_(plan->alias + strlen(plan->alias), d->alias);
    return whole ? VPL011_OK : VPL011_ERR_FDT_PATH;
}

/* plan->desc is given; everything else is filled in. */
int vpl011_fdt_plan_(const void *fdt, const struct place *place,
                     struct plan *plan)
{
    const struct vpl011_fdt_desc *d = &plan->desc;
    const struct form *form = &vpl011_fdt_forms_[d->form];
    int err;

    plan->uart.count = 0;
    plan->clock.count = 0;
    add(&plan->uart, "compatible", form->compatible,
        (size_t)form->compatible_len);
    err = plan_reg(fdt, place, plan);
    if (!err) {
        err = plan_irq(fdt, place, plan);
    }
    if (!err) {
        err = plan_clocks(fdt, place, plan);
    }
    if (!err) {
        err = plan_paths(fdt, place, plan);
    }
    if (err) {
        return err;
    }
    if (d->baud) {
        add_cell(&plan->uart, "current-speed", &plan->baud, d->baud);
    }
    if (d->periph_id) {
        add_cell(&plan->uart, "arm,primecell-periphid", &plan->periph_id,
                 d->periph_id);
    }
    if (d->io_width) {
        add_cell(&plan->uart, "reg-io-width", &plan->io_width, d->io_width);
    }
    if (fdt_subnode_offset(fdt, place->nodes[place->depth], plan->uart.name) >=
        0) {
        return VPL011_ERR_FDT_EXISTS;
    }
    return VPL011_OK;
}
