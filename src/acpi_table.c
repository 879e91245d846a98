/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The header of an ACPI table, and the check of what it is written from. */
#include "acpi_table.h"

#include "../common/sized.h"

_Static_assert(sizeof(struct vpl011_acpi_desc) == 168, "no tail padding");

#define FLAGS \
    (VPL011_ACPI_SBSA_2 | VPL011_ACPI_QWORD | VPL011_ACPI_CID | \
     VPL011_ACPI_STA | VPL011_ACPI_POLLED)
#define FLOW \
    (VPL011_ACPI_FLOW_DCD | VPL011_ACPI_FLOW_RTS_CTS | \
     VPL011_ACPI_FLOW_XON_XOFF)

#define DEFAULT_NAME "\\_SB_.COM0"
#define LENGTH_AT 4
#define CHECKSUM_AT 9

static void put_padded(struct table *t, const char *text, unsigned int width)
{
    while (width--) {
        put(t, *text ? (uint8_t)*text++ : ' ', 1);
    }
}

unsigned int vpl011_acpi_segments_(const char *path)
{
    unsigned int segments = 0;
    unsigned int n = 0;

    if (*path++ != '\\') {
        return 0;
    }
    for (;; path++) {
        if (*path == '.' || !*path) {
            if (n == 0) {
                return 0;
            }
            segments++;
            n = 0;
            if (!*path) {
                return segments;
            }
        } else if (!is_segment_char(*path, n == 0) || ++n > 4) {
            return 0;
        }
    }
}

static bool fits(const char *text, size_t size, size_t max)
{
    size_t i;

    for (i = 0; i < size; i++) {
        if (!text[i]) {
            return i <= max;
        }
    }
    return false;
}

static int check(const struct vpl011_acpi_desc *d, bool device)
{
    uint32_t gsi = d->gsi;

    if (d->personality > VPL011_SBSA) {
        return VPL011_ERR_PERSONALITY;
    }
    if ((d->flags & ~FLAGS) ||
        (d->personality == VPL011_PL011 && (d->flags & VPL011_ACPI_SBSA_2))) {
        return VPL011_ERR_FLAGS;
    }
    if (d->terminal > VPL011_ACPI_ANSI || (d->flow_control & ~FLOW) ||
        (d->flow_control && d->personality == VPL011_SBSA)) {
        return VPL011_ERR_RANGE;
    }
    if ((d->base & 3u) || d->size < PL011_WINDOW_SIZE || d->size > UINT32_MAX ||
        d->base + (d->size - 1) < d->base) {
        return VPL011_ERR_ACPI_ADDRESS;
    }
    /* PPIs and SPIs, and the extended ones of GICv3.1. */
    if (!(d->flags & VPL011_ACPI_POLLED) && gsi - 16 >= 1004 &&
        gsi - 1056 >= 64 && gsi - 4096 >= 1024) {
        return VPL011_ERR_ACPI_GSI;
    }
    if (!fits(d->name, sizeof(d->name), sizeof(d->name)) ||
        !fits(d->oem_id, sizeof(d->oem_id), 6) ||
        !fits(d->oem_table_id, sizeof(d->oem_table_id), 8) ||
        !fits(d->creator_id, sizeof(d->creator_id), 4)) {
        return VPL011_ERR_ACPI_NAME;
    }
    if (!vpl011_acpi_segments_(d->name) &&
        (device || d->name[0] != '.' || d->name[1])) {
        return VPL011_ERR_ACPI_NAME;
    }
    return VPL011_OK;
}

int vpl011_acpi_take_desc_(struct vpl011_acpi_desc *to,
                           const struct vpl011_acpi_desc *from, size_t size,
                           bool device)
{
    if (!from) {
        return VPL011_ERR_NULL;
    }
    memset(to, 0, sizeof(*to));
    if (!vpl011_copy_sized_(to, KNOWN(struct vpl011_acpi_desc), from, size)) {
        return VPL011_ERR_ABI;
    }
    if (!to->name[0]) {
        memcpy(to->name, DEFAULT_NAME, sizeof(DEFAULT_NAME));
    }
    if (!to->size) {
        to->size = PL011_WINDOW_SIZE;
    }
    return check(to, device);
}

void vpl011_acpi_begin_(struct table *t, const struct vpl011_acpi_desc *d,
                        const char *signature, unsigned int revision)
{
    t->size = 0;
    put_padded(t, signature, 4);
    put_zeros(t, 4);
    put(t, revision, 1);
    put_zeros(t, 1);
    put_padded(t, d->oem_id[0] ? d->oem_id : "VPL011", 6);
    put_padded(t, d->oem_table_id[0] ? d->oem_table_id : "VPL011", 8);
    put(t, d->oem_revision ? d->oem_revision : 1, 4);
    put_padded(t, d->creator_id[0] ? d->creator_id : "VPLX", 4);
    put(t, d->creator_revision ? d->creator_revision : 1, 4);
}

int vpl011_acpi_finish_(struct table *t, void *to, size_t size)
{
    uint8_t sum = 0;
    size_t end = t->size;
    size_t i;

    t->size = LENGTH_AT;
    put(t, end, 4);
    for (i = 0; i < end; i++) {
        sum = (uint8_t)(sum + t->bytes[i]);
    }
    t->bytes[CHECKSUM_AT] = (uint8_t)(0u - sum);
    if (to) {
        if (size < end) {
            return VPL011_ERR_ACPI_NOSPACE;
        }
        memcpy(to, t->bytes, end);
    }
    return (int)end;
}
