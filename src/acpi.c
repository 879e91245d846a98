/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * ACPI tables. Each is built on the stack, so that the caller's memory is
 * written only once everything is known to be right. Layouts: Microsoft's
 * SPCR and DBG2 pages (where SPCR revision 4 prints two offsets wrongly: the
 * string's length is at 84, its offset at 86), ACPI 6.5 chapters 6 and 20.
 */
#include <vpl011/acpi.h>

#include "../common/sized.h"

#include <string.h>

_Static_assert(sizeof(struct vpl011_acpi_desc) == 168, "no tail padding");

#define FLAGS \
    (VPL011_ACPI_SBSA_2 | VPL011_ACPI_QWORD | VPL011_ACPI_CID | \
     VPL011_ACPI_STA | VPL011_ACPI_POLLED)
#define FLOW \
    (VPL011_ACPI_FLOW_DCD | VPL011_ACPI_FLOW_RTS_CTS | \
     VPL011_ACPI_FLOW_XON_XOFF)

#define DEFAULT_NAME "\\_SB_.COM0"
#define TABLE_MAX 256
#define HEADER_SIZE 36
#define LENGTH_AT 4
#define CHECKSUM_AT 9

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

struct table {
    uint8_t bytes[TABLE_MAX];
    size_t size;
};

static void put(struct table *t, uint64_t value, unsigned int bytes)
{
    while (bytes--) {
        t->bytes[t->size++] = (uint8_t)value;
        value >>= 8;
    }
}

static void put_zeros(struct table *t, unsigned int bytes)
{
    while (bytes--) {
        t->bytes[t->size++] = 0;
    }
}

static size_t length_of(const char *text)
{
    size_t n = 0;

    while (text[n]) {
        n++;
    }
    return n;
}

/* With its terminator. */
static void put_string(struct table *t, const char *text)
{
    size_t n = length_of(text) + 1;

    memcpy(&t->bytes[t->size], text, n);
    t->size += n;
}

static void put_padded(struct table *t, const char *text, unsigned int width)
{
    while (width--) {
        put(t, *text ? (uint8_t)*text++ : ' ', 1);
    }
}

/* ACPI 6.5, 5.2.6. Length and checksum follow at the end. */
static void put_header(struct table *t, const struct vpl011_acpi_desc *d,
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

static int finish(struct table *t, void *to, size_t size)
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

/* Generic Address Structure: memory, 32 bits wide, dword access. */
static void put_address(struct table *t, const struct vpl011_acpi_desc *d)
{
    put(t, 0, 1);
    put(t, 32, 1);
    put(t, 0, 1);
    put(t, 3, 1);
    put(t, d->base, 8);
}

/* The serial subtypes of DBG2, which SPCR shares. */
static unsigned int interface_type(const struct vpl011_acpi_desc *d)
{
    if (d->personality == VPL011_PL011) {
        return 0x03;
    }
    return d->flags & VPL011_ACPI_SBSA_2 ? 0x0D : 0x0E;
}

static bool is_segment_char(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* "\ABC.DEF": how many segments; 0: no such path (ACPI 6.5, 5.3). */
static unsigned int count_segments(const char *path)
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
    if (!count_segments(d->name) &&
        (device || d->name[0] != '.' || d->name[1])) {
        return VPL011_ERR_ACPI_NAME;
    }
    return VPL011_OK;
}

/* Copy a description in, with its defaults. `device`: it must have a path. */
static int take(struct vpl011_acpi_desc *to,
                const struct vpl011_acpi_desc *from, size_t size, bool device)
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

/* SPCR's code for a speed; -1: it has none. */
static int baud_code(uint32_t baud)
{
    switch (baud) {
    case 0:
        return 0;
    case 9600:
        return 3;
    case 19200:
        return 4;
    case 57600:
        return 6;
    case 115200:
        return 7;
    default:
        return -1;
    }
}

int vpl011_acpi_spcr_sized(const struct vpl011_acpi_desc *desc,
                           size_t desc_size, unsigned int revision, void *table,
                           size_t size)
{
    struct vpl011_acpi_desc d;
    struct table t;
    bool polled;
    int code;
    int err = take(&d, desc, desc_size, false);

    if (err) {
        return err;
    }
    if (revision < 2 || revision > 4) {
        return VPL011_ERR_ACPI_REVISION;
    }
    code = baud_code(d.baud);
    if (code < 0 && revision < 4) {
        return VPL011_ERR_ACPI_BAUD;
    }
    polled = d.flags & VPL011_ACPI_POLLED;

    put_header(&t, &d, "SPCR", revision);
    put(&t, interface_type(&d), 1);
    put_zeros(&t, 3);
    put_address(&t, &d);
    put(&t, polled ? 0 : 0x08, 1); /* interrupt type: GIC */
    put_zeros(&t, 1);              /* PC-AT IRQ */
    put(&t, polled ? 0 : d.gsi, 4);
    put(&t, code < 0 ? 0 : (unsigned int)code, 1);
    put(&t, 0, 1); /* parity: none */
    put(&t, 1, 1); /* stop bits */
    put(&t, d.flow_control, 1);
    put(&t, d.terminal, 1);
    put(&t, 0, 1);          /* language */
    put(&t, 0xFFFFFFFF, 4); /* PCI device and vendor: no PCI */
    put_zeros(&t, 8);       /* PCI bus, device, function, flags, segment */
    put(&t, revision >= 3 ? d.clock_hz : 0, 4);
    if (revision >= 4) {
        put(&t, code < 0 ? d.baud : 0, 4);
        put(&t, length_of(d.name) + 1, 2);
        put(&t, t.size + 2, 2); /* the string's offset: right behind */
        put_string(&t, d.name);
    }
    return finish(&t, table, size);
}

int vpl011_acpi_dbg2_sized(const struct vpl011_acpi_desc *desc,
                           size_t desc_size, void *table, size_t size)
{
    struct vpl011_acpi_desc d;
    struct table t;
    size_t name_size;
    int err = take(&d, desc, desc_size, false);

    if (err) {
        return err;
    }
    name_size = length_of(d.name) + 1;

    put_header(&t, &d, "DBG2", 0);
    put(&t, HEADER_SIZE + 8, 4); /* offset of the first device */
    put(&t, 1, 4);               /* devices */
    put(&t, 0, 1);               /* revision of the device structure */
    put(&t, 38 + name_size, 2);
    put(&t, 1, 1); /* addresses */
    put(&t, name_size, 2);
    put(&t, 38, 2);     /* offset of the name */
    put_zeros(&t, 4);   /* no OEM data */
    put(&t, 0x8000, 2); /* serial */
    put(&t, interface_type(&d), 2);
    put_zeros(&t, 2);
    put(&t, 22, 2); /* offset of the address */
    put(&t, 34, 2); /* offset of its size */
    put_address(&t, &d);
    put(&t, d.size, 4);
    put_string(&t, d.name);
    return finish(&t, table, size);
}

/*
 * SSDT. Packages begin with their length, which counts itself: each is written
 * with room for one byte of it, and moved if it needs two.
 */

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
    unsigned int segments = count_segments(path) - 1;

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
    int err = take(&d, desc, desc_size, true);

    if (err) {
        return err;
    }
    put_header(&t, &d, "SSDT", 2);
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
    return finish(&t, table, size);
}
