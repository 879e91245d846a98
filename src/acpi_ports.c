/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The ACPI tables that name the console and the debug port: SPCR and DBG2.
 * Layouts: Microsoft's pages of these names (where SPCR revision 4 prints two
 * offsets wrongly: the string's length is at 84, its offset at 86).
 */
#include "acpi_table.h"

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
    int err = vpl011_acpi_take_desc_(&d, desc, desc_size, false);

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

    vpl011_acpi_begin_(&t, &d, "SPCR", revision);
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
    return vpl011_acpi_finish_(&t, table, size);
}

int vpl011_acpi_dbg2_sized(const struct vpl011_acpi_desc *desc,
                           size_t desc_size, void *table, size_t size)
{
    struct vpl011_acpi_desc d;
    struct table t;
    size_t name_size;
    int err = vpl011_acpi_take_desc_(&d, desc, desc_size, false);

    if (err) {
        return err;
    }
    name_size = length_of(d.name) + 1;

    vpl011_acpi_begin_(&t, &d, "DBG2", 0);
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
    return vpl011_acpi_finish_(&t, table, size);
}
