/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The state of a device: everything that a guest could notice, for saving,
 * moving and restoring a virtual machine.
 *
 * It has two forms: `struct vpl011_state` is plain data, for embedders with a
 * migration format of their own; a byte blob holds the same, versioned,
 * little-endian and identical on every machine (docs/state-format.md).
 *
 * Not in it: configuration, ops, counters and the budget for output, which
 * belong to the process, and the backend, which has its own state and may stay
 * behind (<vpl011/backend_state.h>).
 */
#ifndef VPL011_STATE_H
#define VPL011_STATE_H

#include <vpl011/export.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** @name Bits of vpl011_state.latches
 * Register state that has no register.
 * @{ */
#define VPL011_LATCH_CR_WRITTEN (1u << 0) /**< the guest wrote UARTCR */
#define VPL011_LATCH_OVERRUN (1u << 1)    /**< OE goes into the next entry */
#define VPL011_LATCH_BREAK_LOOP (1u << 3) /**< the BREAK was looped already */
#define VPL011_LATCH_RX (1u << 4)         /**< strict interrupts: RXRIS */
#define VPL011_LATCH_RT (1u << 5)       /**< strict interrupts: timeout armed */
#define VPL011_LATCH_EARLY_RX (1u << 6) /**< received before CR was written */
/** All of them. */
#define VPL011_LATCHES \
    (VPL011_LATCH_CR_WRITTEN | VPL011_LATCH_OVERRUN | \
     VPL011_LATCH_BREAK_LOOP | VPL011_LATCH_RX | VPL011_LATCH_RT | \
     VPL011_LATCH_EARLY_RX)
/** @} */

/* vpl011_state.acks: PL011_INT_RX and PL011_INT_RT where the guest has cleared
 * them although data waits, and these. */
/** RX or RT was acknowledged, and UARTDR not read since. */
#define VPL011_ACK_UNREAD (1u << 0)
/** An interrupt was pending since the last write of UARTICR. */
#define VPL011_ACK_PENDING (1u << 1)
/** All that vpl011_state.acks may hold. */
#define VPL011_ACKS \
    (PL011_INT_RX | PL011_INT_RT | VPL011_ACK_UNREAD | VPL011_ACK_PENDING)

/** Flags that change what a guest sees; the others may differ after a move. */
#define VPL011_STATE_FLAGS 0x7Fu

/*
 * The one list of scalars: record number in the blob, width there, name, bits
 * that may be set. Saving, loading, comparing and dumping all use it.
 */
/** What identifies the device, and must be the same where it is loaded. */
#define VPL011_STATE_IDENTITY(X) \
    X(1, 8, personality, 0x1u) \
    X(2, 8, revision, 0x3u) \
    X(3, 32, flags, VPL011_STATE_FLAGS) \
    X(4, 32, periph_id, 0xFFFFFFFFu)
/** What the guest and the serial line can change. */
#define VPL011_STATE_REGISTERS(X) \
    X(16, 16, cr, PL011_UARTCR_MASK) \
    X(17, 16, imsc, PL011_INT_ALL) \
    X(18, 16, ris_latched, PL011_INT_ERROR | PL011_INT_MODEM) \
    X(19, 16, ibrd, 0xFFFFu) \
    X(20, 16, line_ibrd, 0xFFFFu) \
    X(21, 8, fbrd, PL011_UARTFBRD_MASK) \
    X(22, 8, line_fbrd, PL011_UARTFBRD_MASK) \
    X(23, 8, lcr_h, 0xFFu) \
    X(24, 8, ifls, PL011_UARTIFLS_MASK) \
    X(25, 8, ilpr, 0xFFu) \
    X(26, 8, dmacr, PL011_UARTDMACR_MASK) \
    X(27, 8, tcr, PL011_UARTTCR_MASK) \
    X(28, 8, itip, PL011_UARTITIP_MASK) \
    X(29, 16, itop, 0xFFFFu) \
    X(30, 8, rsr, 0xFu) \
    X(31, 16, modem_inputs, PL011_FR_MODEM) \
    X(32, 8, txi, 0x3u) \
    X(33, 8, latches, VPL011_LATCHES) \
    X(34, 8, tx_load, 0x3Fu) \
    X(35, 32, irq_edges, PL011_INT_ALL)
/** Added after the first version of the blob, and in it only if not 0. */
#define VPL011_STATE_LATER(X) \
    X(36, 8, acks, VPL011_ACKS) \
    X(37, 8, rx_burst, 0x7Fu) \
    X(38, 8, rx_rest, 0xFu)
/** What remains of the time that something takes (<vpl011/time.h>), likewise.
 */
#define VPL011_STATE_TIME(X) \
    X(39, 8, tx_frame, 0xFFu) \
    X(40, 16, rx_timeout, 0x3FFu)
/** The whole list: X(record, width, name, bits) for each scalar. */
#define VPL011_STATE_FIELDS(X) \
    VPL011_STATE_IDENTITY(X) \
    VPL011_STATE_REGISTERS(X) \
    VPL011_STATE_LATER(X) \
    VPL011_STATE_TIME(X)

/** The state as plain data. Members are only ever added before `reserved`. */
struct vpl011_state {
    uint32_t personality; /**< enum vpl011_personality */
    uint32_t revision;    /**< enum vpl011_revision */
    uint32_t flags;       /**< of VPL011_STATE_FLAGS */
    uint32_t periph_id;   /**< as shown; SBSA, which shows none: r1p5's */

    uint32_t cr;           /**< UARTCR */
    uint32_t imsc;         /**< UARTIMSC */
    uint32_t ris_latched;  /**< error and modem bits of UARTRIS */
    uint32_t ibrd;         /**< as written */
    uint32_t line_ibrd;    /**< as latched by the last UARTLCR_H write */
    uint32_t fbrd;         /**< as written */
    uint32_t line_fbrd;    /**< as latched */
    uint32_t lcr_h;        /**< UARTLCR_H */
    uint32_t ifls;         /**< UARTIFLS */
    uint32_t ilpr;         /**< UARTILPR */
    uint32_t dmacr;        /**< UARTDMACR */
    uint32_t tcr;          /**< UARTTCR */
    uint32_t itip;         /**< UARTITIP */
    uint32_t itop;         /**< UARTITOP */
    uint32_t rsr;          /**< UARTRSR */
    uint32_t modem_inputs; /**< pins, of PL011_FR_MODEM */
    uint32_t txi;          /**< acknowledges that TXRIS takes: 0..2 */
    uint32_t latches;      /**< VPL011_LATCH_* */
    uint32_t tx_load;      /**< characters since TXFF was shown once */
    uint32_t irq_edges;    /**< get: 0; set: ignored */
    uint32_t acks;         /**< VPL011_ACKS */
    uint32_t rx_burst;     /**< characters admitted in a row, 0..95 */
    uint32_t rx_rest;      /**< reads until more is admitted, 0..8 */

    uint32_t tx_count; /**< in tx: at most twice the depth; 64 without FIFOs */
    uint32_t rx_count; /**< entries in rx, at most the depth */
    uint8_t tx[2 * PL011_DEPTH_MAX]; /**< oldest first; 0 beyond tx_count */
    uint16_t rx[PL011_DEPTH_MAX]; /**< UARTDR format, oldest first; likewise */
    /* [1/16 bit period] 0 without a clock; a device without one ignores them.
     */
    uint32_t tx_frame;   /**< until the frame that is being sent ends, 0..192 */
    uint32_t rx_timeout; /**< until RTRIS is set, 0..512; 0: it is, or not
                            before something comes */
    uint32_t reserved[4]; /**< zero */
};

/** vpl011_state_get() with an explicit structure size, for bindings. */
VPL011_API int vpl011_state_get_sized(struct vpl011 *dev,
                                      struct vpl011_state *state, size_t size);

/**
 * Take the state of a device. No byte of the device changes, and no operation
 * but the lock's, and a clock's now, is called: what is in the TX FIFO stays
 * there.
 *
 * From then on, until it is resumed or destroyed, the source must send nothing,
 * because the destination will send the same. To ensure that, call
 * vpl011_pause() first.
 *
 * @param state  filled on success, untouched on error
 * @return       VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY;
 *               VPL011_ERR_ABI: size is smaller than this library's structure
 * @context      any thread, notify; stop the vCPUs first, or what they do
 *               afterwards is lost
 * @since        0.1
 */
static inline int vpl011_state_get(struct vpl011 *dev,
                                   struct vpl011_state *state)
{
    return vpl011_state_get_sized(dev, state, sizeof(*state));
}

/** vpl011_state_set() with an explicit structure size, for bindings. */
VPL011_API int vpl011_state_set_sized(struct vpl011 *dev,
                                      const struct vpl011_state *state,
                                      size_t size);

/**
 * Replace the state of a device: all of it, or nothing.
 *
 * Everything is checked first; then it is committed. Afterwards irq is called
 * once with all outputs as changed, irq_pending with all that is pending, and
 * FAR_END, REFILL and LINE are raised, and TICK where input waits for the end
 * of the guest's rest, so that nobody depends on what was told before the move:
 * a timer that runs for the device need not be saved. Between vpl011_pause()
 * and vpl011_resume() this is left to vpl011_resume().
 *
 * Characters that were in the FIFOs count as flushed, those loaded into the RX
 * FIFO as received, and those loaded into the TX FIFO as what becomes of them.
 *
 * A backend may be attached before or after. Without one, loaded output waits
 * for the first vpl011_attach(), even of NULL, or for the guest's next
 * character.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_NULL, _UNINIT, _REENTRY, _ABI.
 *           VPL011_ERR_STATE_MISMATCH: personality, revision, peripheral ID or
 *           a guest-visible flag is not this device's.
 *           VPL011_ERR_STATE_VALUE: a member is outside its range, or two of
 *           them contradict each other.
 *           VPL011_ERR_PAGE: not before vpl011_page_closed(). The device is
 *           unchanged.
 * @context  any thread, notify
 * @since    0.1
 */
static inline int vpl011_state_set(struct vpl011 *dev,
                                   const struct vpl011_state *state)
{
    return vpl011_state_set_sized(dev, state, sizeof(*state));
}

/** vpl011_state_default() with explicit structure sizes, for bindings. */
VPL011_API int vpl011_state_default_sized(const struct vpl011_config *config,
                                          size_t config_size,
                                          struct vpl011_state *state,
                                          size_t size);

/**
 * The state that a device of this configuration has after init: a starting
 * point for translating another format that has only part of it.
 *
 * @param config  NULL: all defaults
 * @param state   filled on success, untouched on error
 * @return        VPL011_OK, or VPL011_ERR_NULL, VPL011_ERR_ABI, and those of
 *                vpl011_init() that concern config
 * @context       any thread
 * @since         0.1
 */
static inline int vpl011_state_default(const struct vpl011_config *config,
                                       struct vpl011_state *state)
{
    return vpl011_state_default_sized(config, sizeof(*config), state,
                                      sizeof(*state));
}

/**
 * Compare two states, with the field list.
 *
 * @return  the name of the first member that differs, or NULL: a static string
 * @since   0.1
 */
VPL011_API const char *vpl011_state_diff(const struct vpl011_state *a,
                                         const struct vpl011_state *b);

/** The most that vpl011_state_save() writes. [bytes] */
#define VPL011_STATE_BLOB_MAX 384

/**
 * Save a device as a blob.
 *
 * @param blob  the caller's memory; NULL with size 0 asks for the size
 * @param size  [bytes] of it; VPL011_STATE_BLOB_MAX is always enough
 * @return      the size of the blob now, > 0
 * @errors      VPL011_ERR_SIZE: too small, the memory is untouched;
 *              VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context     as vpl011_state_get()
 * @since       0.1
 */
VPL011_API int vpl011_state_save(struct vpl011 *dev, void *blob, size_t size);

/**
 * Load a blob into a device, as vpl011_state_set() does.
 *
 * A blob of a newer minor version loads, if what it adds is marked as safe to
 * skip. Bytes after the blob's own length are ignored.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_STATE_TRUNCATED: shorter than it says.
 *           VPL011_ERR_STATE_MAGIC: no blob of this library.
 *           VPL011_ERR_STATE_VERSION: of a newer major version, or with an
 *           addition that must not be skipped.
 *           VPL011_ERR_STATE_FORMAT: a record is malformed, missing or twice.
 *           And those of vpl011_state_set(). The device is unchanged.
 * @context  any thread, notify
 * @since    0.1
 */
VPL011_API int vpl011_state_load(struct vpl011 *dev, const void *blob,
                                 size_t size);

#ifdef __cplusplus
}
#endif

#endif
