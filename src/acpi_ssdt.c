/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The SSDT: the device as AML (ACPI 6.5, chapters 6 and 20). Packages begin
 * with their length, which counts itself: each is written with room for one
 * byte of it, and moved if it needs two.
 */
#include "acpi_table.h"

/* AML (ACPI 6.5, 20.2). */
#define AML_ZERO 0x00
#define AML_ONE 0x01
#define AML_NAME 0x08
#define AML_BYTE 0x0A
#define AML_WORD 0x0B
#define AML_DWORD 0x0C
#define AML_STRING 0x0D
#define AML_SCOPE 0x10
#define AML_BUFFER 0x11
#define AML_DUAL_NAME 0x2E
#define AML_MULTI_NAME 0x2F
#define AML_EXT 0x5B
#define AML_DEVICE 0x82

static size_t open_package(struct table *t)
{
    return t->size++;
}

static void close_package(struct table *t, size_t at)
{
    size_t length = t->size - at;

    if (length < 0x40) {
        t->bytes[at] = (uint8_t)length;
        return;
    }
    memmove(&t->bytes[at + 2], &t->bytes[at + 1], length - 1);
    t->size++;
    length++;
    t->bytes[at] = (uint8_t)(0x40 | (length & 0x0F));
    t->bytes[at + 1] = (uint8_t)(length >> 4);
}

/* The next segment of a path, filled with '_' to four; moves to the next. */
static void put_segment(struct table *t, const char **path)
{
    unsigned int n;

    for (n = 0; n < 4; n++) {
        put(t, is_segment_char(**path, n == 0) ? (uint8_t) * (*path)++ : '_',
            1);
    }
    if (**path == '.') {
        (*path)++;
    }
}

static void put_named(struct table *t, const char *name)
{
    put(t, AML_NAME, 1);
    put_segment(t, &name);
}

static void put_integer(struct table *t, uint32_t value)
{
    if (value <= 1) {
        put(t, value ? AML_ONE : AML_ZERO, 1);
    } else if (value <= 0xFF) {
        put(t, AML_BYTE, 1);
        put(t, value, 1);
    } else if (value <= 0xFFFF) {
        put(t, AML_WORD, 1);
        put(t, value, 2);
    } else {
        put(t, AML_DWORD, 1);
        put(t, value, 4);
    }
}

static void put_id(struct table *t, const char *name, uint32_t personality)
{
    put_named(t, name);
    put(t, AML_STRING, 1);
    put_string(t, personality == VPL011_PL011 ? "ARMH0011" : "ARMHB000");
}

/* ACPI 6.5, 6.4: resource descriptors. */
static void put_resources(struct table *t, const struct vpl011_acpi_desc *d)
{
    uint64_t last = d->base + (d->size - 1);

    if (last <= UINT32_MAX && !(d->flags & VPL011_ACPI_QWORD)) {
        put(t, 0x86, 1); /* Memory32Fixed */
        put(t, 9, 2);
        put(t, 1, 1); /* read, write */
        put(t, d->base, 4);
        put(t, d->size, 4);
    } else {
        put(t, 0x8A, 1); /* QWordMemory */
        put(t, 43, 2);
        put(t, 0, 1);    /* memory */
        put(t, 0x0D, 1); /* consumer, minimum and maximum fixed */
        put(t, 1, 1);    /* read, write, not cacheable */
        put(t, 0, 8);    /* granularity */
        put(t, d->base, 8);
        put(t, last, 8);
        put(t, 0, 8); /* translation */
        put(t, d->size, 8);
    }
    if (!(d->flags & VPL011_ACPI_POLLED)) {
        put(t, 0x89, 1); /* Interrupt */
        put(t, 6, 2);
        put(t, 1, 1); /* consumer, level, active high, exclusive */
        put(t, 1, 1);
        put(t, d->gsi, 4);
    }
    put(t, 0x79, 1); /* end tag; 0: no checksum */
    put(t, 0, 1);
}

/* Scope (all of the path but its last segment) */
static const char *put_scope_name(struct table *t, const char *path)
{
    unsigned int segments = vpl011_acpi_segments_(path) - 1;

    put(t, (uint8_t)*path++, 1);
    if (segments == 0) {
        put(t, 0, 1); /* NullName: the root itself */
    } else if (segments == 2) {
        put(t, AML_DUAL_NAME, 1);
    } else if (segments > 2) {
        put(t, AML_MULTI_NAME, 1);
        put(t, segments, 1);
    }
    while (segments--) {
        put_segment(t, &path);
    }
    return path;
}

int vpl011_acpi_ssdt_sized(const struct vpl011_acpi_desc *desc,
                           size_t desc_size, void *table, size_t size)
{
    struct vpl011_acpi_desc d;
    struct table t;
    size_t scope;
    size_t device;
    size_t buffer;
    size_t count;
    const char *last;
    int err = vpl011_acpi_take_desc_(&d, desc, desc_size, true);

    if (err) {
        return err;
    }
    vpl011_acpi_begin_(&t, &d, "SSDT", 2);
    put(&t, AML_SCOPE, 1);
    scope = open_package(&t);
    last = put_scope_name(&t, d.name);
    put(&t, AML_EXT, 1);
    put(&t, AML_DEVICE, 1);
    device = open_package(&t);
    put_segment(&t, &last);
    put_id(&t, "_HID", d.personality);
    if (d.flags & VPL011_ACPI_CID) {
        put_id(&t, "_CID", !d.personality);
    }
    put_named(&t, "_UID");
    put_integer(&t, d.uid);
    if (d.flags & VPL011_ACPI_STA) {
        put_named(&t, "_STA");
        put_integer(&t, 0x0F);
    }
    put_named(&t, "_CRS");
    put(&t, AML_BUFFER, 1);
    buffer = open_package(&t);
    put(&t, AML_BYTE, 1);
    count = t.size++;
    put_resources(&t, &d);
    t.bytes[count] = (uint8_t)(t.size - count - 1);
    close_package(&t, buffer);
    close_package(&t, device);
    close_package(&t, scope);
    return vpl011_acpi_finish_(&t, table, size);
}
