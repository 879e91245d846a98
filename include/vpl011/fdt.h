/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Describe the UART in a flattened device tree, and read such a description
 * back: libvpl011-fdt, on top of libfdt.
 *
 *     vpl011_fdt_add()     into a tree that is open for reading and writing
 *     vpl011_fdt_sw_add()  into a tree that is being written sequentially
 *     vpl011_fdt_read()    a node of any known form into a description
 *
 * A tree is a `void *` as for libfdt, and as there its header's totalsize is
 * trusted: a blob from outside goes through vpl011_fdt_check() first. Nothing
 * is allocated, retained or printed. All calls on one tree are serialised by
 * the caller; no call refers to a device.
 *
 * Addresses are those that the CPU sees: the `ranges` of the buses between
 * the root and the node are applied in both directions.
 *
 * Which form for which guest: docs/describing.md.
 */
#ifndef VPL011_FDT_H
#define VPL011_FDT_H

#include <stddef.h>
#include <stdint.h>

#include <vpl011/export.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** What a node declares in its `compatible`. */
enum vpl011_fdt_form {
    /** "arm,pl011", "arm,primecell" with clocks: a full PL011 for everyone. */
    VPL011_FDT_PL011 = 0,
    /** "arm,sbsa-uart" with current-speed: Linux and OpenBSD. U-Boot, EDK2 and
     * Xen 4.17 do not know it. */
    VPL011_FDT_SBSA = 1,
    /** "arm,sbsa-uart", "arm,pl011" with current-speed: Linux takes its SBSA
     * driver, U-Boot, EDK2 and Xen find a PL011. They write its configuration
     * registers, which needs VPL011_CFG_STORE_CONFIG. */
    VPL011_FDT_SBSA_PL011 = 2,
    /** "arm,sbsa-uart", "arm,pl011", "arm,primecell" with clocks and
     * current-speed: as VPL011_FDT_PL011 (Linux takes its AMBA driver), and
     * OpenBSD keeps to the SBSA registers. */
    VPL011_FDT_SBSA_PRIMECELL = 3,
    /** What Xen's toolstack writes for its guests: "arm,sbsa-uart" in
     * /sbsa-pl011, without a unit address, with 0xF04 as interrupt flags. */
    VPL011_FDT_XEN = 4,
};

/** Writing: make /chosen/stdout-path lead to the node, replacing another path.
 * Reading: it does. */
#define VPL011_FDT_STDOUT (1u << 0)
/** Writing: make /aliases/serialN lead to the node. Reading: one does. */
#define VPL011_FDT_ALIAS (1u << 1)
/** Writing: no `interrupts`, for guests that only poll. Reading: set together
 * with VPL011_ERR_FDT_NO_IRQ. */
#define VPL011_FDT_POLLED (1u << 2)
/** Writing: clock_phandle is that of a clock that the caller adds, before or
 * after; it is neither looked for nor made. */
#define VPL011_FDT_CALLERS_CLOCK (1u << 3)
/** Add a cell `clock` with clock_hz, from which U-Boot computes divisors (it
 * leaves them alone otherwise). Only with a form that has clocks. */
#define VPL011_FDT_UBOOT_CLOCK (1u << 4)

/** [bytes] that one UART with everything selected takes at most, in addition to
 * its parent's path (twice): for growing a tree by a fixed amount. */
#define VPL011_FDT_SPACE 1024

/**
 * A UART as a device tree describes it. All zero but base and irq is a PL011
 * with a 24 MHz clock. Zero stands for a default where one is named; reading
 * gives the values themselves. Members are only ever added in place of
 * `reserved`.
 */
struct vpl011_fdt_desc {
    uint64_t base;  /**< [address of the CPU] of the registers, 4-aligned */
    uint64_t size;  /**< [bytes] at least 0x1000; 0: 0x1000. Read: any but 0 */
    uint32_t form;  /**< enum vpl011_fdt_form */
    uint32_t flags; /**< VPL011_FDT_* */
    /** GIC: INTID as in ACPI's GSI: 16..31 PPI, 32..1019 SPI, 1056..1119 and
     * 4096..5119 the extended ones. A controller with 1 or 2 cells: its input.
     */
    uint32_t irq;
    uint32_t irq_flags;  /**< 0: 4, level high (0xF04 in Xen's form) */
    uint32_t irq_parent; /**< phandle; 0: inherited, no property is written */
    /** 1..4, of the interrupt parent; 0: its own "#interrupt-cells", for which
     * it must be in the tree already. */
    uint32_t irq_cells;
    uint32_t clock_hz; /**< [Hz] 0: 24 MHz. Read: 0 is unknown */
    /** Of a fixed-clock: the one with this phandle if it is in the tree;
     * otherwise one is made with it, in the root (vpl011_fdt_add) or next to
     * the UART (vpl011_fdt_sw_add). 0: "/clock-<clock_hz>", made if it is
     * missing, with a free phandle; vpl011_fdt_sw_add() cannot know which one
     * will be free, and needs a phandle. */
    uint32_t clock_phandle;
    /** [bit/s] current-speed. 0: 115200 where the form needs one, else none */
    uint32_t baud;
    uint32_t alias;       /**< number for VPL011_FDT_ALIAS, 0..99 */
    uint32_t periph_id;   /**< arm,primecell-periphid; 0: none */
    uint32_t io_width;    /**< [bytes] reg-io-width, 1 or 4; 0: none */
    char name[32];        /**< of the node, without the unit address, which is
                             added; "": "serial", or in Xen's form "sbsa-pl011"
                             without unit address */
    char options[32];     /**< after the ':' of stdout-path, as "115200n8" */
    uint32_t reserved[8]; /**< zero */
};

/** vpl011_fdt_add() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fdt_add_sized(void *fdt, int parent,
                                    const struct vpl011_fdt_desc *desc,
                                    size_t desc_size);

/**
 * Add the UART to a tree that is open for reading and writing: its node, the
 * clock's, and what flags select. The tree is checked, and on any error it is
 * unchanged, byte for byte.
 *
 * @param fdt     from fdt_open_into() or fdt_create_empty_tree()
 * @param parent  offset of the node to add to; 0: the root
 * @param desc    what to add; copied
 * @return        offset of the new node, > 0; offsets from before are stale
 * @errors        VPL011_ERR_FDT_NOSPACE: as FDT_ERR_NOSPACE; fdt_open_into() a
 *                larger buffer, and call again.
 *                VPL011_ERR_FDT_BLOB, _LAYOUT, _NODE: fdt or parent.
 *                VPL011_ERR_FDT_EXISTS: a node of this name, or the alias with
 *                another target.
 *                VPL011_ERR_FDT_FORM, _NAME, _SPEED, _PROPERTY (io_width),
 *                VPL011_ERR_FLAGS, VPL011_ERR_RANGE (alias): that member.
 *                VPL011_ERR_FDT_CELLS, _RANGES, _PATH: the parent's.
 *                VPL011_ERR_FDT_ADDRESS: base and size overflow, do not fit
 *                the parent's cells, or are misaligned or too small.
 *                VPL011_ERR_FDT_OVERLAP: an enabled node of the same parent
 *                has addresses in common.
 *                VPL011_ERR_FDT_IRQ: irq, irq_flags or irq_cells.
 *                VPL011_ERR_FDT_IRQ_PARENT: irq_cells is 0 and cannot be
 *                looked up.
 *                VPL011_ERR_FDT_CLOCK: the node that clock_phandle, or
 *                "/clock-<clock_hz>", leads to is no such clock.
 *                VPL011_ERR_NULL; VPL011_ERR_ABI; VPL011_ERR_SIZE: fdt is not
 *                aligned for uint64_t.
 * @context       any thread
 * @since         0.1
 */
static inline int vpl011_fdt_add(void *fdt, int parent,
                                 const struct vpl011_fdt_desc *desc)
{
    return vpl011_fdt_add_sized(fdt, parent, desc, sizeof(*desc));
}

/** vpl011_fdt_sw_add() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fdt_sw_add_sized(void *fdt,
                                       const struct vpl011_fdt_desc *desc,
                                       size_t desc_size);

/**
 * Add the UART to a tree that is being written sequentially, as a child of the
 * node that is open now: its node, and before it the clock's unless one with
 * clock_phandle was written already. On any error the tree is as it was.
 *
 * With VPL011_FDT_STDOUT or _ALIAS the open node must be the root, and the
 * nodes /chosen and /aliases are written too, with that property alone. To
 * write more there, leave the flags out, and use vpl011_fdt_path() for
 * properties of your own.
 *
 * @param fdt   between fdt_begin_node() and fdt_end_node(), where a node may
 *              be begun
 * @param desc  what to add; copied
 * @return      VPL011_OK
 * @errors      VPL011_ERR_FDT_NOSPACE: fdt_resize() into a larger buffer, and
 *              call again.
 *              VPL011_ERR_FDT_STATE: not where a node can be begun, or not in
 *              the root.
 *              VPL011_ERR_FDT_CLOCK: as vpl011_fdt_add(); or clock_phandle
 *              is 0 with a form that has clocks.
 *              Others as vpl011_fdt_add().
 * @context     any thread
 * @since       0.1
 */
static inline int vpl011_fdt_sw_add(void *fdt,
                                    const struct vpl011_fdt_desc *desc)
{
    return vpl011_fdt_sw_add_sized(fdt, desc, sizeof(*desc));
}

/** vpl011_fdt_path() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fdt_path_sized(const struct vpl011_fdt_desc *desc,
                                     size_t desc_size, char *path, size_t size);

/**
 * The path of the node as a child of the root, and the options: the value of
 * stdout-path, as "/serial@9000000:115200n8".
 *
 * @param path  receives a string; untouched on error
 * @param size  [bytes] of path; 96 is enough for any
 * @return      length of the string
 * @errors      VPL011_ERR_NULL; VPL011_ERR_SIZE: it does not fit;
 *              VPL011_ERR_FDT_FORM, _NAME; VPL011_ERR_ABI
 * @context     any thread
 * @since       0.1
 */
static inline int vpl011_fdt_path(const struct vpl011_fdt_desc *desc,
                                  char *path, size_t size)
{
    return vpl011_fdt_path_sized(desc, sizeof(*desc), path, size);
}

/**
 * Check a blob from outside: header, sizes and structure.
 *
 * @param blob  aligned for uint64_t
 * @param size  [bytes] that may be read
 * @return      VPL011_OK: it can be handed to the functions here
 * @errors      VPL011_ERR_FDT_BLOB; VPL011_ERR_NULL; VPL011_ERR_SIZE:
 *              misaligned
 * @context     any thread
 * @since       0.1
 */
VPL011_API int vpl011_fdt_check(const void *blob, size_t size);

/**
 * Find the UARTs of a tree, one after the other: enabled nodes whose
 * `compatible` names a known form.
 *
 * @param node  offset of the last one found; -1: begin
 * @return      offset of the next one
 * @errors      VPL011_ERR_FDT_NODE: there is none;
 *              VPL011_ERR_FDT_BLOB; VPL011_ERR_NULL
 * @context     any thread
 * @since       0.1
 */
VPL011_API int vpl011_fdt_next(const void *fdt, int node);

/**
 * The node that /chosen/stdout-path (or linux,stdout-path) leads to, directly
 * or by an alias. It may be any device.
 *
 * @return   offset of the node
 * @errors   VPL011_ERR_FDT_PATH: it is missing, malformed or leads nowhere;
 *           VPL011_ERR_FDT_BLOB; VPL011_ERR_NULL
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_fdt_stdout(const void *fdt);

/** vpl011_fdt_read() with an explicit structure size, for bindings. */
VPL011_API int vpl011_fdt_read_sized(const void *fdt, int node,
                                     struct vpl011_fdt_desc *desc, size_t size);

/**
 * Read a node into a description: the one that would make vpl011_fdt_add()
 * write it, with nothing left to defaults.
 *
 * Vendors' strings beside the known ones in `compatible` are ignored. A name
 * or options that are too long are left out.
 *
 * @param node  offset, as of vpl011_fdt_next()
 * @param desc  filled on success, and with VPL011_ERR_FDT_NO_IRQ; untouched on
 *              any other error
 * @return      VPL011_OK
 * @errors      VPL011_ERR_FDT_NO_IRQ: the node has no interrupt. desc is filled
 *              nevertheless, with VPL011_FDT_POLLED set, for a guest that may
 *              poll.
 *              VPL011_ERR_FDT_COMPATIBLE, _DISABLED (status), _CELLS, _REG,
 *              _RANGES, _ADDRESS, _OVERLAP, _IRQ, _IRQ_PARENT, _CLOCK, _SPEED,
 *              _PROPERTY (reg-io-width, arm,primecell-periphid),
 *              _PATH (deeper than 16 nodes): see enum vpl011_err.
 *              VPL011_ERR_FDT_NODE: not a node; VPL011_ERR_FDT_BLOB;
 *              VPL011_ERR_NULL; VPL011_ERR_ABI
 * @context     any thread
 * @since       0.1
 */
static inline int vpl011_fdt_read(const void *fdt, int node,
                                  struct vpl011_fdt_desc *desc)
{
    return vpl011_fdt_read_sized(fdt, node, desc, sizeof(*desc));
}

/**
 * The personality that a form describes.
 *
 * @return  enum vpl011_personality
 * @since   0.1
 */
static inline uint32_t vpl011_fdt_personality(uint32_t form)
{
    return form == VPL011_FDT_PL011 || form == VPL011_FDT_SBSA_PRIMECELL
               ? (uint32_t)VPL011_PL011
               : (uint32_t)VPL011_SBSA;
}

/**
 * Set the members of a device's configuration that follow from a description:
 * personality, clock_hz, baud and periph_id, and VPL011_CFG_STORE_CONFIG if
 * firmware will write to an SBSA UART. The others stay as they are.
 *
 * @context any thread
 * @since   0.1
 */
static inline void vpl011_fdt_configure(const struct vpl011_fdt_desc *desc,
                                        struct vpl011_config *config)
{
    config->personality = vpl011_fdt_personality(desc->form);
    config->clock_hz = desc->clock_hz;
    config->baud = desc->baud;
    config->periph_id =
        config->personality == (uint32_t)VPL011_PL011 ? desc->periph_id : 0;
    if (desc->form == (uint32_t)VPL011_FDT_SBSA_PL011) {
        config->flags |= VPL011_CFG_STORE_CONFIG;
    }
}

#ifdef __cplusplus
}
#endif

#endif
