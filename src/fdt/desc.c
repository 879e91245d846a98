/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Descriptions: what may be in them, defaults, and names made of them. */
#include "fdt_internal.h"

#include <string.h>

_Static_assert(sizeof(struct vpl011_fdt_desc) == 160, "no tail padding");

#define FLAGS \
    (VPL011_FDT_STDOUT | VPL011_FDT_ALIAS | VPL011_FDT_POLLED | \
     VPL011_FDT_CALLERS_CLOCK | VPL011_FDT_UBOOT_CLOCK)
#define DEFAULT_BAUD 115200u
#define ALIAS_MAX 99u

#define SBSA_S "arm,sbsa-uart"
#define PL011_S "arm,pl011"
#define PRIMECELL_S "arm,primecell"
#define LIST(strings) .compatible = strings, .compatible_len = sizeof(strings)

const struct form vpl011_fdt_forms_[] = {
    [VPL011_FDT_PL011] = {LIST(PL011_S "\0" PRIMECELL_S), .clocks = true},
    [VPL011_FDT_SBSA] = {LIST(SBSA_S), .speed = true},
    [VPL011_FDT_SBSA_PL011] = {LIST(SBSA_S "\0" PL011_S), .speed = true},
    [VPL011_FDT_SBSA_PRIMECELL] = {LIST(SBSA_S "\0" PL011_S "\0" PRIMECELL_S),
                                   .clocks = true, .speed = true},
    [VPL011_FDT_XEN] = {LIST(SBSA_S), .speed = true},
};

bool vpl011_fdt_form_known_(uint32_t form)
{
    return form < sizeof(vpl011_fdt_forms_) / sizeof(vpl011_fdt_forms_[0]);
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Devicetree specification 2.2.1; '@' is added with the unit address. */
static bool name_valid(const char *name, size_t size)
{
    size_t i;

    for (i = 0; i < size && name[i]; i++) {
        char c = name[i];

        if (!is_letter(c) && (i == 0 || c < '0' || c > '9') &&
            (i == 0 || !strchr(",._+-", c))) {
            return false;
        }
    }
    return i < size;
}

static bool options_valid(const char *options, size_t size)
{
    size_t i;

    for (i = 0; i < size && options[i]; i++) {
        if (options[i] <= ' ' || options[i] > '~') {
            return false;
        }
    }
    return i < size;
}

static int check(const struct vpl011_fdt_desc *d)
{
    if (!vpl011_fdt_form_known_(d->form)) {
        return VPL011_ERR_FDT_FORM;
    }
    if ((d->flags & ~FLAGS) || ((d->flags & VPL011_FDT_UBOOT_CLOCK) &&
                                !vpl011_fdt_forms_[d->form].clocks)) {
        return VPL011_ERR_FLAGS;
    }
    if (!name_valid(d->name, sizeof(d->name)) ||
        !options_valid(d->options, sizeof(d->options))) {
        return VPL011_ERR_FDT_NAME;
    }
    if (d->alias > ALIAS_MAX) {
        return VPL011_ERR_RANGE;
    }
    if (d->io_width != 0 && d->io_width != 1 && d->io_width != 4) {
        return VPL011_ERR_FDT_PROPERTY;
    }
    if (d->irq_cells > 4) {
        return VPL011_ERR_FDT_IRQ;
    }
    if ((d->base & 3u) || (d->size && d->size < PL011_WINDOW_SIZE)) {
        return VPL011_ERR_FDT_ADDRESS;
    }
    return VPL011_OK;
}

/* Copy a description in, check it, and resolve what needs no tree. */
int vpl011_fdt_desc_(struct vpl011_fdt_desc *to,
                     const struct vpl011_fdt_desc *from, size_t size)
{
    int err;

    memset(to, 0, sizeof(*to));
    if (!vpl011_copy_sized_(to, KNOWN(struct vpl011_fdt_desc), from, size)) {
        return VPL011_ERR_ABI;
    }
    err = check(to);
    if (err) {
        return err;
    }
    if (!to->size) {
        to->size = PL011_WINDOW_SIZE;
    }
    if (to->base + (to->size - 1) < to->base) {
        return VPL011_ERR_FDT_ADDRESS;
    }
    if (!to->irq_flags) {
        to->irq_flags = to->form == VPL011_FDT_XEN ? XEN_IRQ_FLAGS : 4;
    }
    if (vpl011_fdt_forms_[to->form].speed && !to->baud) {
        to->baud = DEFAULT_BAUD;
    }
    return VPL011_OK;
}

char *vpl011_fdt_decimal_(char *to, uint32_t value)
{
    char digits[10];
    int i = 0;

    do {
        digits[i++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    while (i) {
        *to++ = digits[--i];
    }
    *to = '\0';
    return to;
}

static void hexadecimal(char *to, uint64_t value)
{
    int shift = 60;

    while (shift && !(value >> shift)) {
        shift -= 4;
    }
    for (; shift >= 0; shift -= 4) {
        *to++ = "0123456789abcdef"[(value >> shift) & 0xFu];
    }
    *to = '\0';
}

void vpl011_fdt_node_name_(const struct vpl011_fdt_desc *desc,
                           uint64_t unit_address, char *name)
{
    *name = '\0';
    if (desc->form == VPL011_FDT_XEN && !desc->name[0]) {
        vpl011_fdt_append_(name, NODE_NAME_SIZE, XEN_NODE_NAME);
        return;
    }
    vpl011_fdt_append_(name, NODE_NAME_SIZE,
                       desc->name[0] ? desc->name : "serial");
    vpl011_fdt_append_(name, NODE_NAME_SIZE, "@");
    hexadecimal(name + strlen(name), unit_address);
}

bool vpl011_fdt_append_(char *to, size_t size, const char *text)
{
    size_t used = strlen(to);
    size_t len = strlen(text);

    if (len >= size - used) {
        return false;
    }
    memcpy(to + used, text, len + 1);
    return true;
}

int vpl011_fdt_path_sized(const struct vpl011_fdt_desc *desc, size_t desc_size,
                          char *path, size_t size)
{
    struct vpl011_fdt_desc d;
    char text[1 + NODE_NAME_SIZE + 1 + sizeof(d.options)] = "/";
    size_t len;
    int err;

    if (!desc || !path) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_fdt_desc_(&d, desc, desc_size);
    if (err) {
        return err;
    }
    vpl011_fdt_node_name_(&d, d.base, text + 1);
    if (d.options[0]) {
        vpl011_fdt_append_(text, sizeof(text), ":");
        vpl011_fdt_append_(text, sizeof(text), d.options);
    }
    len = strlen(text);
    if (len >= size) {
        return VPL011_ERR_SIZE;
    }
    memcpy(path, text, len + 1);
    return (int)len;
}
