/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The machine as ACPI 6.3 describes it. libvpl011 writes the UARTs' tables:
 * SPCR and DBG2 for the first one, and an SSDT for each. The others are as
 * small as Linux takes them: vCPUs and GICv3 (MADT), timers (GTDT), PSCI
 * (FADT), and a DSDT without devices.
 *
 * Numbers are little-endian in tables, as in the memory of an arm64 Linux.
 */
#include "acpi.h"

#include <stdbool.h>
#include <string.h>

#include <vpl011/acpi.h>

#define PACKED __attribute__((packed))
#define OEM "VPL011"

struct PACKED header {
    char signature[4];
    uint32_t length;
    uint8_t revision;
    uint8_t checksum;
    char oem[6];
    char oem_table[8];
    uint32_t oem_revision;
    char creator[4];
    uint32_t creator_revision;
};

struct PACKED rsdp {
    char signature[8];
    uint8_t checksum; /* of the first 20 bytes */
    char oem[6];
    uint8_t revision;
    uint32_t rsdt;
    uint32_t length;
    uint64_t xsdt;
    uint8_t whole_checksum;
    uint8_t reserved[3];
};
#define RSDP_FIRST_PART 20u

#define FADT_HW_REDUCED (1u << 20)
#define FADT_PSCI (1u << 0)
#define FADT_PSCI_BY_HVC (1u << 1)

struct PACKED fadt {
    struct header header;
    uint8_t unused_36[76];
    uint32_t flags;
    uint8_t unused_116[13];
    uint16_t arm_boot;
    uint8_t minor_revision;
    uint64_t facs;
    uint64_t dsdt;
    uint8_t unused_148[128];
};

/* A redistributor is found by GICR, so that a CPU's entry (GICC) has none. */
#define MADT_GICC 11u
#define MADT_GICD 12u
#define MADT_GICR 14u
#define GICC_ENABLED (1u << 0)

struct PACKED madt {
    struct header header;
    uint32_t local_address;
    uint32_t flags;
    struct PACKED {
        uint8_t type;
        uint8_t length;
        uint16_t reserved;
        uint32_t id;
        uint64_t base;
        uint32_t vector_base;
        uint8_t version;
        uint8_t reserved_21[3];
    } gicd;
    struct PACKED {
        uint8_t type;
        uint8_t length;
        uint16_t reserved;
        uint64_t base;
        uint32_t size;
    } gicr;
    struct PACKED gicc {
        uint8_t type;
        uint8_t length;
        uint16_t reserved;
        uint32_t interface;
        uint32_t uid;
        uint32_t flags;
        uint8_t unused_16[52];
        uint64_t mpidr;
        uint32_t unused_76;
    } gicc[VM_CPUS_MAX];
};

#define GTDT_ACTIVE_LOW (1u << 1)
#define GTDT_ALWAYS_ON (1u << 2)
#define GTDT_NO_ADDRESS UINT64_MAX

struct PACKED gtdt {
    struct header header;
    uint64_t control_base;
    uint32_t reserved;
    struct PACKED {
        uint32_t intid;
        uint32_t flags;
    } timer[4];
    uint64_t read_base;
    uint32_t platform_timers;
    uint32_t platform_timers_at;
    uint32_t virtual_el2[2];
};

_Static_assert(sizeof(struct header) == 36 && sizeof(struct rsdp) == 36 &&
                   sizeof(struct fadt) == 276 && sizeof(struct gicc) == 80 &&
                   sizeof(struct madt) == 44 + 24 + 16 + 80 * VM_CPUS_MAX &&
                   sizeof(struct gtdt) == 104,
               "as in ACPI 6.3");

/* FADT, MADT, GTDT, SPCR, DBG2, an SSDT for each UART */
#define TABLES_MAX (5 + VM_UARTS_MAX)

/* Where the next table goes, and those that the XSDT has to list. */
struct writer {
    uint8_t *to;
    size_t size;
    size_t used;
    uint64_t address;
    uint64_t table[TABLES_MAX];
    unsigned int tables;
    bool is_full;
};

/* What makes the sum of all bytes 0. */
static uint8_t checksum(const void *bytes, size_t size)
{
    const uint8_t *at = bytes;
    uint8_t sum = 0;

    while (size--) {
        sum = (uint8_t)(sum + *at++);
    }
    return (uint8_t)-sum;
}

static void take(struct writer *w, size_t size)
{
    w->used += (size + 7) & ~(size_t)7;
}

/* Complete the header of a table and put the table into the guest. Returns its
 * address there. */
static uint64_t put(struct writer *w, const char *signature, uint8_t revision,
                    struct header *table, size_t size)
{
    const uint64_t at = w->address + w->used;

    memcpy(table->signature, signature, sizeof(table->signature));
    table->length = (uint32_t)size;
    table->revision = revision;
    memcpy(table->oem, OEM, sizeof(table->oem));
    memcpy(table->oem_table, "KVM     ", sizeof(table->oem_table));
    table->oem_revision = 1;
    memcpy(table->creator, "VPLX", sizeof(table->creator));
    table->creator_revision = 1;
    table->checksum = checksum(table, size);
    if (w->used > w->size || size > w->size - w->used) {
        w->is_full = true;
        return 0;
    }
    memcpy(w->to + w->used, table, size);
    take(w, size);
    return at;
}

static void list(struct writer *w, uint64_t table)
{
    w->table[w->tables++] = table;
}

static void put_fadt(struct writer *w)
{
    struct header dsdt = {0};
    struct fadt fadt = {
        .flags = FADT_HW_REDUCED,
        .arm_boot = FADT_PSCI | FADT_PSCI_BY_HVC,
        .minor_revision = 3,
    };

    fadt.dsdt = put(w, "DSDT", 2, &dsdt, sizeof(dsdt));
    list(w, put(w, "FACP", 6, &fadt.header, sizeof(fadt)));
}

static void put_madt(struct writer *w, unsigned int cpus)
{
    struct madt madt = {
        .gicd = {.type = MADT_GICD,
                 .length = sizeof(madt.gicd),
                 .base = VM_GIC_DIST_BASE,
                 .version = 3},
        .gicr = {.type = MADT_GICR,
                 .length = sizeof(madt.gicr),
                 .base = VM_GIC_REDIST_BASE,
                 .size = (uint32_t)VM_GIC_REDIST_SIZE * cpus},
    };

    for (uint32_t i = 0; i < cpus; i++) {
        madt.gicc[i] = (struct gicc){
            .type = MADT_GICC,
            .length = sizeof(struct gicc),
            .interface = i,
            .uid = i,
            .flags = GICC_ENABLED,
            .mpidr = i,
        };
    }
    list(w, put(w, "APIC", 5, &madt.header,
                offsetof(struct madt, gicc) + cpus * sizeof(struct gicc)));
}

/* The four timers of the architecture: secure, physical, virtual, EL2's. */
static void put_gtdt(struct writer *w)
{
    static const uint32_t intids[4] = {29, 30, 27, 26};
    struct gtdt gtdt = {
        .control_base = GTDT_NO_ADDRESS,
        .read_base = GTDT_NO_ADDRESS,
    };

    for (unsigned int i = 0; i < 4; i++) {
        gtdt.timer[i].intid = intids[i];
        gtdt.timer[i].flags = GTDT_ACTIVE_LOW | GTDT_ALWAYS_ON;
    }
    list(w, put(w, "GTDT", 3, &gtdt.header, sizeof(gtdt)));
}

/* What the library has just written, or why it has not. */
static void list_written(struct writer *w, int size)
{
    if (size < 0) {
        w->is_full = true;
        return;
    }
    list(w, w->address + w->used);
    take(w, (size_t)size);
}

static void put_uarts(struct writer *w, unsigned int uarts,
                      uint32_t personality)
{
    for (unsigned int i = 0; i < uarts && !w->is_full; i++) {
        struct vpl011_acpi_desc uart = {
            .base = VM_UART_BASE + i * VM_UART_STRIDE,
            .personality = personality,
            .gsi = VM_UART_INTID + i,
            .baud = 115200,
            .uid = i,
            .name = "\\_SB_.COM0",
            .oem_table_id = "UART0",
        };

        uart.name[strlen(uart.name) - 1] += (char)i;
        uart.oem_table_id[strlen(uart.oem_table_id) - 1] += (char)i;
        list_written(
            w, vpl011_acpi_ssdt(&uart, w->to + w->used, w->size - w->used));
        if (i == 0 && !w->is_full) {
            list_written(w, vpl011_acpi_spcr(&uart, 2, w->to + w->used,
                                             w->size - w->used));
        }
        if (i == 0 && !w->is_full) {
            list_written(
                w, vpl011_acpi_dbg2(&uart, w->to + w->used, w->size - w->used));
        }
    }
}

static uint64_t put_xsdt(struct writer *w)
{
    struct PACKED {
        struct header header;
        uint64_t table[TABLES_MAX];
    } xsdt = {0};

    memcpy(xsdt.table, w->table, sizeof(xsdt.table));
    return put(w, "XSDT", 1, &xsdt.header,
               sizeof(xsdt.header) + w->tables * sizeof(xsdt.table[0]));
}

uint64_t acpi_write(uint8_t *to, size_t size, uint64_t address,
                    const struct vm *vm, uint32_t personality)
{
    struct writer w = {.to = to, .size = size, .address = address};
    struct rsdp rsdp = {
        .signature = "RSD PTR ",
        .oem = OEM,
        .revision = 2,
        .length = sizeof(rsdp),
    };

    take(&w, sizeof(rsdp));
    put_fadt(&w);
    put_madt(&w, vm->cpus);
    put_gtdt(&w);
    put_uarts(&w, vm->uarts, personality);
    rsdp.xsdt = put_xsdt(&w);
    rsdp.checksum = checksum(&rsdp, RSDP_FIRST_PART);
    rsdp.whole_checksum = checksum(&rsdp, sizeof(rsdp));
    if (w.is_full) {
        return 0;
    }
    memcpy(to, &rsdp, sizeof(rsdp));
    return address;
}
