/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* SPCR and DBG2 of any description, into memory that is too small or not. */
#include "any.h"

#include <vpl011/acpi.h>

#include "../../src/acpi_table.h"

/* [bytes] What <vpl011/acpi.h> promises that a table is at most. */
#define SPCR_MOST 136
#define DBG2_MOST 130

/* A caller may be older or newer than the library. */
static struct {
    struct vpl011_acpi_desc known;
    uint8_t newer[16];
} desc;

/* Texts that end: Eva does not keep that those without an end are refused. */
static void any_desc(void)
{
    any_bytes(&desc, sizeof(desc));
    desc.known.name[sizeof(desc.known.name) - 1] = '\0';
    desc.known.oem_id[sizeof(desc.known.oem_id) - 1] = '\0';
    desc.known.oem_table_id[sizeof(desc.known.oem_table_id) - 1] = '\0';
    desc.known.creator_id[sizeof(desc.known.creator_id) - 1] = '\0';
}

void proof_acpi(void)
{
    uint8_t table[SPCR_MOST];
    void *to = any_bool() ? table : NULL;
    struct vpl011_acpi_desc taken;
    int result;

    any_bytes(&desc, sizeof(desc));
    (void)vpl011_acpi_take_desc_(&taken, &desc.known, any_upto(sizeof(desc)),
                                 any_bool());
    any_desc();
    result = vpl011_acpi_spcr_sized(&desc.known, sizeof(desc), any_u32(), to,
                                    any_upto(sizeof(table)));
    /*@ assert spcr: result <= SPCR_MOST; */
    any_desc();
    result = vpl011_acpi_dbg2_sized(&desc.known, sizeof(desc), to,
                                    any_upto(sizeof(table)));
    /*@ assert dbg2: result <= DBG2_MOST; */
}
