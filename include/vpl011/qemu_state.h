/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The state of a device to and from the migration stream of QEMU's PL011, so
 * that a machine can move between a QEMU with its own model and one that embeds
 * this library, in either direction (docs/replacing-qemu.md).
 */
#ifndef VPL011_QEMU_STATE_H
#define VPL011_QEMU_STATE_H

#include <vpl011/export.h>
#include <vpl011/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Characters that QEMU's receive FIFO holds. */
#define VPL011_QEMU_FIFO 16

/**
 * The fields of the section "pl011", version 2, in their order; in the stream
 * each is a big-endian word. It never changes: what a version of QEMU adds is
 * in subsections.
 */
struct vpl011_qemu_state {
    uint32_t readbuff;                    /**< of no use */
    uint32_t flags;                       /**< UARTFR, without modem inputs */
    uint32_t lcr;                         /**< UARTLCR_H */
    uint32_t rsr;                         /**< UARTRSR */
    uint32_t cr;                          /**< UARTCR */
    uint32_t dmacr;                       /**< UARTDMACR */
    uint32_t int_enabled;                 /**< UARTIMSC */
    uint32_t int_level;                   /**< UARTRIS */
    uint32_t read_fifo[VPL011_QEMU_FIFO]; /**< in UARTDR format */
    uint32_t ilpr;                        /**< UARTILPR */
    uint32_t ibrd;                        /**< UARTIBRD */
    uint32_t fbrd;                        /**< UARTFBRD */
    uint32_t ifl;                         /**< UARTIFLS */
    int32_t read_pos;     /**< of the oldest character in read_fifo */
    int32_t read_count;   /**< characters in read_fifo */
    int32_t read_trigger; /**< 1 */
};

/**
 * Translate what QEMU saved.
 *
 * Not in QEMU's stream, and so as in `state` before: what identifies the device
 * and the modem inputs, which QEMU's flags never show. A Generic UART keeps its
 * settings too, unless it stores them.
 *
 * @param state  in: as vpl011_state_default() fills it for the configuration
 *               that the device has; out: for vpl011_state_set(). Untouched on
 *               error.
 * @return       how many of the newest characters were left out, because the
 *               FIFO of this device is shorter: put them before the input of
 *               your backend. 0 for what QEMU 7.2 saves.
 * @errors       VPL011_ERR_NULL. VPL011_ERR_STATE_VALUE: read_pos or read_count
 *               is outside of read_fifo.
 * @context      any thread
 * @since        0.1
 */
VPL011_API int vpl011_state_from_qemu(struct vpl011_state *state,
                                      const struct vpl011_qemu_state *qemu);

/**
 * Translate a state for QEMU.
 *
 * QEMU has no place for characters that the device holds for a far end which
 * takes nothing. Let them out before, or send them in a subsection of your own;
 * a QEMU that does not know it refuses the stream, and the source goes on.
 *
 * @param state  of vpl011_state_get()
 * @param qemu   filled on success, untouched on error
 * @return       how many characters for the far end have no place: tx_count
 * @errors       VPL011_ERR_NULL. VPL011_ERR_SIZE: more than 16 characters were
 *               received, by a device that is 32 deep.
 * @context      any thread
 * @since        0.1
 */
VPL011_API int vpl011_state_to_qemu(const struct vpl011_state *state,
                                    struct vpl011_qemu_state *qemu);

#ifdef __cplusplus
}
#endif

#endif
