/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the ACPI tables have in common: the bytes, the header, and the check of
 * the description. A table is built on the stack, so that the caller's memory
 * is written only once everything is known to be right.
 */
#ifndef VPL011_ACPI_TABLE_H
#define VPL011_ACPI_TABLE_H

#include <vpl011/acpi.h>

#include <string.h>

#define TABLE_MAX 256
#define HEADER_SIZE 36

struct table {
    uint8_t bytes[TABLE_MAX];
    size_t size;
};

static inline void put(struct table *t, uint64_t value, unsigned int bytes)
{
    while (bytes--) {
        t->bytes[t->size++] = (uint8_t)value;
        value >>= 8;
    }
}

static inline void put_zeros(struct table *t, unsigned int bytes)
{
    while (bytes--) {
        t->bytes[t->size++] = 0;
    }
}

static inline size_t length_of(const char *text)
{
    size_t n = 0;

    while (text[n]) {
        n++;
    }
    return n;
}

/* With its terminator. */
static inline void put_string(struct table *t, const char *text)
{
    size_t n = length_of(text) + 1;

    memcpy(&t->bytes[t->size], text, n);
    t->size += n;
}

static inline bool is_segment_char(char c, bool first)
{
    return (c >= 'A' && c <= 'Z') || c == '_' ||
           (!first && c >= '0' && c <= '9');
}

/* "\ABC.DEF": how many segments; 0: no such path (ACPI 6.5, 5.3). */
unsigned int vpl011_acpi_segments_(const char *path);

/* Copy a description in, with its defaults, and check it. `device`: it must
 * have a path. */
int vpl011_acpi_take_desc_(struct vpl011_acpi_desc *to,
                           const struct vpl011_acpi_desc *from, size_t size,
                           bool device);

/* ACPI 6.5, 5.2.6. Length and checksum follow at the end. */
void vpl011_acpi_begin_(struct table *t, const struct vpl011_acpi_desc *d,
                        const char *signature, unsigned int revision);

/* Put length and checksum in, and copy the table out. Returns its size, or
 * VPL011_ERR_ACPI_NOSPACE. `to` NULL: the size alone is asked for. */
int vpl011_acpi_finish_(struct table *t, void *to, size_t size);

#endif
