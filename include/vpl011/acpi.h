/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Describe the UART to an ACPI guest: SPCR (the console), DBG2 (the debug
 * port) and an SSDT with the device. Each function writes one whole table,
 * checksum included, into the caller's memory. Freestanding, in the core
 * library.
 *
 *     int size = vpl011_acpi_spcr(&desc, 2, NULL, 0);
 *     void *memory = size > 0 ? guest_memory(size) : NULL;
 *
 *     size = vpl011_acpi_spcr(&desc, 2, memory, size);
 *
 * Linux needs the SSDT's device, and takes the console from the SPCR; it uses
 * its SBSA driver for both IDs. Which tables for which guest:
 * docs/describing.md.
 */
#ifndef VPL011_ACPI_H
#define VPL011_ACPI_H

#include <stddef.h>
#include <stdint.h>

#include <vpl011/export.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** SPCR and DBG2 have type 0x0D, the deprecated SBSA 2.x one, in place of 0x0E:
 * old Linux then makes 32-bit accesses in any case. SBSA only. */
#define VPL011_ACPI_SBSA_2 (1u << 0)
/** The SSDT has a QWordMemory even for a range below 4 GiB, for which it has a
 * Memory32Fixed by default. */
#define VPL011_ACPI_QWORD (1u << 1)
/** The SSDT names the other personality's ID as _CID, for guests that know only
 * one of the two. */
#define VPL011_ACPI_CID (1u << 2)
/** The SSDT has a _STA: present, enabled, shown, functioning. */
#define VPL011_ACPI_STA (1u << 3)
/** No interrupt anywhere: for guests that only poll. */
#define VPL011_ACPI_POLLED (1u << 4)

/** SPCR terminal types. */
enum vpl011_acpi_terminal {
    VPL011_ACPI_VT100 = 0,
    VPL011_ACPI_VT100_PLUS = 1,
    VPL011_ACPI_VT_UTF8 = 2,
    VPL011_ACPI_ANSI = 3,
};

/** @name SPCR flow control, PL011 only
 * @{ */
#define VPL011_ACPI_FLOW_DCD (1u << 0)      /**< DCD */
#define VPL011_ACPI_FLOW_RTS_CTS (1u << 1)  /**< RTS and CTS */
#define VPL011_ACPI_FLOW_XON_XOFF (1u << 2) /**< XON and XOFF */
/** @} */

/**
 * A UART as ACPI describes it. All zero but base and gsi is a PL011, \_SB_.COM0
 * at the speed that firmware left. Members are only ever added in place of
 * `reserved`.
 */
struct vpl011_acpi_desc {
    uint64_t base;        /**< [guest physical] of the registers, 4-aligned */
    uint64_t size;        /**< [bytes] 0x1000 up to 4 GiB - 1; 0: 0x1000 */
    uint32_t personality; /**< enum vpl011_personality; ARMH0011, ARMHB000 */
    uint32_t flags;       /**< VPL011_ACPI_* */
    uint32_t gsi;         /**< INTID: SPI number + 32, PPI number + 16 */
    uint32_t baud;        /**< [bit/s] in SPCR; 0: as firmware left it */
    uint32_t clock_hz; /**< [Hz] UARTCLK in SPCR from revision 3; 0: unknown */
    uint32_t uid;      /**< _UID: different for each device of one ID */
    uint32_t terminal; /**< enum vpl011_acpi_terminal, in SPCR */
    uint32_t flow_control; /**< VPL011_ACPI_FLOW_*, in SPCR */
    /** Absolute path of the device, as "\\_SB_.COM0" ("" is that), shared by
     * all three tables; or ".", if there is no device (not for an SSDT). */
    char name[48];
    /** Strings, padded with spaces; "": "VPL011", "VPL011", "VPLX". */
    char oem_id[8];            /**< 6 characters */
    char oem_table_id[16];     /**< 8 characters; one for each SSDT */
    char creator_id[8];        /**< 4 characters */
    uint32_t oem_revision;     /**< 0: 1 */
    uint32_t creator_revision; /**< 0: 1 */
    uint32_t reserved[8];      /**< zero */
};

/** vpl011_acpi_spcr() with an explicit structure size, for bindings. */
VPL011_API int vpl011_acpi_spcr_sized(const struct vpl011_acpi_desc *desc,
                                      size_t desc_size, unsigned int revision,
                                      void *table, size_t size);

/**
 * Write a Serial Port Console Redirection table.
 *
 * Every guest knows revision 2. Revision 3 adds clock_hz; revision 4 adds the
 * device's path, and speeds that have no code.
 *
 * @param desc      what to describe
 * @param revision  2, 3 or 4
 * @param table     receives the table; NULL: only return its size. Untouched on
 *                  error; need not be aligned
 * @param size      [bytes] of table
 * @return          [bytes] the size of the table, at most 136
 * @errors          VPL011_ERR_ACPI_NOSPACE: size is less than that.
 *                  VPL011_ERR_ACPI_REVISION: revision.
 *                  VPL011_ERR_ACPI_BAUD: only revision 4 can express this
 * speed. VPL011_ERR_ACPI_ADDRESS: base and size overflow, or are misaligned,
 * too small or too large. VPL011_ERR_ACPI_GSI: gsi is no PPI or SPI.
 *                  VPL011_ERR_ACPI_NAME: name is no absolute path, or an OEM
 *                  string is too long.
 *                  VPL011_ERR_PERSONALITY, VPL011_ERR_FLAGS: that member, or a
 *                  flag that is not for this personality.
 *                  VPL011_ERR_RANGE: terminal or flow_control.
 *                  VPL011_ERR_NULL: desc.
 *                  VPL011_ERR_ABI: a member that is not known is set.
 * @context         any thread
 * @since           0.1
 */
static inline int vpl011_acpi_spcr(const struct vpl011_acpi_desc *desc,
                                   unsigned int revision, void *table,
                                   size_t size)
{
    return vpl011_acpi_spcr_sized(desc, sizeof(*desc), revision, table, size);
}

/** vpl011_acpi_dbg2() with an explicit structure size, for bindings. */
VPL011_API int vpl011_acpi_dbg2_sized(const struct vpl011_acpi_desc *desc,
                                      size_t desc_size, void *table,
                                      size_t size);

/**
 * Write a Debug Port Table 2 with this one port.
 *
 * @return  [bytes] the size of the table, at most 130
 * @errors  as vpl011_acpi_spcr(), without _REVISION and _BAUD
 * @context any thread
 * @since   0.1
 */
static inline int vpl011_acpi_dbg2(const struct vpl011_acpi_desc *desc,
                                   void *table, size_t size)
{
    return vpl011_acpi_dbg2_sized(desc, sizeof(*desc), table, size);
}

/** vpl011_acpi_ssdt() with an explicit structure size, for bindings. */
VPL011_API int vpl011_acpi_ssdt_sized(const struct vpl011_acpi_desc *desc,
                                      size_t desc_size, void *table,
                                      size_t size);

/**
 * Write a Secondary System Description Table with the device: _HID, _UID, _CRS,
 * and what flags select.
 *
 * @return  [bytes] the size of the table, at most 251
 * @errors  as vpl011_acpi_spcr(), without _REVISION and _BAUD
 * @context any thread
 * @since   0.1
 */
static inline int vpl011_acpi_ssdt(const struct vpl011_acpi_desc *desc,
                                   void *table, size_t size)
{
    return vpl011_acpi_ssdt_sized(desc, sizeof(*desc), table, size);
}

#ifdef __cplusplus
}
#endif

#endif
