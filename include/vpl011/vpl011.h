/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * libvpl011: the Arm PL011 / SBSA Generic UART as a pure state machine.
 *
 * An embedder (a hypervisor, an emulator) provides the device's memory,
 * forwards the guest's accesses to the 4 KiB register window, and wires the
 * interrupt lines. A backend (<vpl011/backend.h>) carries the bytes.
 *
 *     guest access   -> vpl011_mmio_read(), vpl011_mmio_write()
 *     far end moved  -> vpl011_data_avail()
 *     device         -> ops.irq (levels), ops.notify (events), backend
 *
 * What holds for all functions:
 *
 * - Memory. The caller owns `struct vpl011`; it holds no pointer into itself,
 *   may be moved or copied while no call is in progress, and needs no
 *   destructor. Nothing is allocated. ops, config and backend are copied.
 * - Guest mistakes have no effect beyond a counter and the guest_error op.
 * - Host mistakes return a negative enum vpl011_err and change nothing.
 *   NULL is allowed only where the text says so.
 * - Threads. Without lock ops the embedder serialises all calls on one device.
 *   With them every function here may be called from any thread. Two devices
 *   never share anything. "Context" in a comment says from where a call is
 *   allowed: from any thread in this sense, and from inside notify or any
 *   callback where these are named.
 * - Callbacks. irq, irq_pending, guest_error, trace and backend operations run
 *   under the lock and must not call the device: without lock ops, or with the
 *   owner op, such a call returns VPL011_ERR_REENTRY; with lock ops alone it
 *   deadlocks. Calls that take no lock are allowed: vpl011_irq_lines(), and a
 *   read of UARTFR where it is one load.
 *   notify runs after the lock is dropped and may call the device. The device
 *   must still exist when notify returns.
 * - Calls that only look (vpl011_get_counters(), vpl011_get_line(),
 *   vpl011_state_get(), vpl011_state_save(), vpl011_rx_room(),
 *   vpl011_tx_waiting()) change nothing and call no operation but the lock's,
 *   and of a device with a clock, its now.
 * - No function blocks, unless the embedder's own lock op or backend does.
 */
#ifndef VPL011_VPL011_H
#define VPL011_VPL011_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/backend.h>
#include <vpl011/export.h>
#include <vpl011/regs.h>
#include <vpl011/version.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Errors
 */

/** Results below zero. Values are never renumbered. */
enum vpl011_err {
    VPL011_OK = 0,

    /* Caller misuse. */
    VPL011_ERR_NULL = -1,    /**< a pointer that must not be NULL is */
    VPL011_ERR_UNINIT = -2,  /**< the device was never initialised */
    VPL011_ERR_REENTRY = -3, /**< called from inside one of its callbacks, or
                                by two threads without lock ops */
    VPL011_ERR_RANGE = -4,   /**< an argument is outside its range */
    VPL011_ERR_SIZE = -5,    /**< memory given is too small, or misaligned */
    VPL011_ERR_UNSUPPORTED = -6, /**< not with this personality or backend */

    /* Configuration. */
    VPL011_ERR_PERSONALITY = -10, /**< unknown personality */
    VPL011_ERR_REVISION = -11,    /**< unknown revision, or one with SBSA */
    VPL011_ERR_FLAGS = -12, /**< unknown flag, or not for this personality */
    VPL011_ERR_PERIPH_ID = -13,  /**< the ID claims more depth than there
                                  is, or is given for SBSA */
    VPL011_ERR_POLICY = -14,     /**< unknown far-end policy */
    VPL011_ERR_OP_MISSING = -15, /**< a required operation is NULL */
    VPL011_ERR_LOCK_PAIR = -16,  /**< lock without unlock, or the reverse */

    /* ABI mismatch. */
    VPL011_ERR_ABI = -20, /**< a structure of a newer version that sets members
                             this library does not know, or a device structure
                             smaller than this library's */

    /* Guest access that a bus would refuse. */
    VPL011_ERR_ACCESS = -30, /**< bad size, unaligned, outside the window */

    /* Shared ring (<vpl011/xencons.h>). */
    VPL011_ERR_RING = -40, /**< a page holds indices that no ring has */

    /* Register page (<vpl011/page.h>). */
    VPL011_ERR_PAGE = -50, /**< input waits until the register page is closed */

    /* Saved state (<vpl011/state.h>). */
    VPL011_ERR_STATE_TRUNCATED = -60, /**< the blob is shorter than it says */
    VPL011_ERR_STATE_MAGIC = -61,     /**< no blob of this library */
    VPL011_ERR_STATE_VERSION = -62,   /**< newer, in a way that matters */
    VPL011_ERR_STATE_FORMAT = -63, /**< malformed, missing or repeated record */
    VPL011_ERR_STATE_VALUE = -64,  /**< outside its range, or contradictory */
    VPL011_ERR_STATE_MISMATCH = -65, /**< from another kind of device */

    /* ACPI tables (<vpl011/acpi.h>). */
    VPL011_ERR_ACPI_NOSPACE = -80, /**< the buffer is too small for the table */
    VPL011_ERR_ACPI_REVISION = -81, /**< not an SPCR revision that is known */
    VPL011_ERR_ACPI_ADDRESS = -82,  /**< overflows, or 32 bits only */
    VPL011_ERR_ACPI_NAME = -83,     /**< not an absolute namespace path */
    VPL011_ERR_ACPI_BAUD = -84,     /**< no code for it before revision 4 */
    VPL011_ERR_ACPI_GSI = -85, /**< not an interrupt that a UART can have */

    /* Device tree (<vpl011/fdt.h>). */
    VPL011_ERR_FDT_NOSPACE = -100,    /**< grow the tree, then call again */
    VPL011_ERR_FDT_BLOB = -101,       /**< no tree, truncated or corrupt */
    VPL011_ERR_FDT_LAYOUT = -102,     /**< not opened with fdt_open_into() */
    VPL011_ERR_FDT_STATE = -103,      /**< no node can be begun here */
    VPL011_ERR_FDT_NODE = -104,       /**< not the offset of a node */
    VPL011_ERR_FDT_EXISTS = -105,     /**< node or alias is there already */
    VPL011_ERR_FDT_PATH = -106,       /**< too long or too deep, or leads to no
                                         node */
    VPL011_ERR_FDT_FORM = -107,       /**< unknown form */
    VPL011_ERR_FDT_NAME = -108,       /**< not a name, or not an option */
    VPL011_ERR_FDT_COMPATIBLE = -109, /**< missing, malformed, or no UART */
    VPL011_ERR_FDT_DISABLED = -110,   /**< status is not okay */
    VPL011_ERR_FDT_CELLS = -111,   /**< "#address-cells", "#size-cells": 1, 2 */
    VPL011_ERR_FDT_REG = -112,     /**< missing, malformed, or not one range */
    VPL011_ERR_FDT_RANGES = -113,  /**< no way from the bus to the CPU */
    VPL011_ERR_FDT_ADDRESS = -114, /**< overflows, or does not fit its cells */
    VPL011_ERR_FDT_OVERLAP = -115, /**< shares addresses with another node */
    VPL011_ERR_FDT_NO_IRQ = -116,  /**< the node has no interrupt */
    VPL011_ERR_FDT_IRQ = -117,     /**< malformed, or a number out of range */
    VPL011_ERR_FDT_IRQ_PARENT = -118, /**< none, or its "#interrupt-cells" */
    VPL011_ERR_FDT_CLOCK = -119,      /**< malformed, or the phandle is not of a
                                         clock with that frequency */
    VPL011_ERR_FDT_SPEED = -120,    /**< current-speed: missing or malformed */
    VPL011_ERR_FDT_PROPERTY = -121, /**< another property is malformed */

    /* The host's operating system; libvpl011-posix and libvpl011-kvm. */
    VPL011_ERR_SYSTEM = -140, /**< a system call failed, errno says why */

    /* KVM (<vpl011/kvm.h>). */
    VPL011_ERR_KVM_WINDOW = -150, /**< it does not own its whole host page */
    VPL011_ERR_KVM_QUEUE = -151,  /**< the backend holds too little */
    VPL011_ERR_KVM_ZONE = -152,   /**< the monitor has a zone over UARTDR */
};

/**
 * Describe an error in English.
 *
 * @param err  a result of any function of the library
 * @return     a static string, never NULL, also for unknown values
 * @context    any thread, any callback
 * @since      0.1
 */
VPL011_API const char *vpl011_strerror(int err);

/**
 * The library's version, "MAJOR.MINOR.PATCH".
 *
 * @return  a static string
 * @since   0.1
 */
VPL011_API const char *vpl011_version(void);

/*
 * Configuration
 */

/** Which of the two UARTs the guest finds. */
enum vpl011_personality {
    VPL011_PL011 = 0, /**< full register set, reset state of the TRM */
    VPL011_SBSA = 1,  /**< Generic UART (BSA appendix B): enabled from reset */
};

/** Revisions: each has its PeriphID2 and its FIFO depth (TRM 3.3.17). */
enum vpl011_revision {
    VPL011_R1P5 = 0, /**< PeriphID2 0x34, 32 deep */
    VPL011_R1P4 = 1, /**< PeriphID2 0x24, 16 deep */
    VPL011_R1P1 = 2, /**< PeriphID2 0x14, 16 deep */
};

/** What to do with the guest's output while the backend takes nothing. */
enum vpl011_policy {
    /** on_stall: STALL; on_gone: DROP_NEWEST, so that a guest always boots. */
    VPL011_POLICY_DEFAULT = 0,
    /** Keep it: TXFF pushes back on the guest. Nothing is lost. */
    VPL011_POLICY_STALL = 1,
    /** Discard what the guest sends now; what is queued stays. */
    VPL011_POLICY_DROP_NEWEST = 2,
    /** Discard the oldest bytes that are queued in the backend to make room. */
    VPL011_POLICY_DROP_OLDEST = 3,
};

/*
 * Configuration flags. Each names the guest that needs it.
 */

/** PL011 comes out of reset as firmware leaves it (CR 0x301, LCR_H 0x70, the
 * divisor of `baud`): for kernels that are booted without firmware but rely
 * on it (Linux earlycon, ACPI guests on a full PL011). SBSA is always so.
 * The FIFOs are on from reset, so that a guest that switches FEN off and on
 * loses what was typed before (docs/registers.md, D13). */
#define VPL011_CFG_FIRMWARE_INIT (1u << 0)
/** Transmit only with UARTEN and TXE set, receive only with UARTEN and RXE set,
 * as in the TRM. Default: transmission is never gated, because Linux earlycon
 * sends thousands of characters before CR is written; and reception is open
 * until CR is first written, for guests that never program CR. PL011 only. */
#define VPL011_CFG_STRICT_ENABLES (1u << 1)
/** TXRIS only when the TX FIFO is empty, whatever IFLS says: for Xen as a
 * guest, which takes TXRIS for "TXFE", and otherwise spins in its handler while
 * a stalled far end leaves 1 to 16 characters queued. */
#define VPL011_CFG_TX_TRIGGER_EMPTY (1u << 2)
/** Show TXFF for one FR read after each FIFO depth of characters: Linux then
 * sends long output from its TX interrupt, half a FIFO for each, without
 * reading FR before every character. Not for Xen as a guest, which may stop
 * for good if TXFE does not show although TXRIS was raised. */
#define VPL011_CFG_TXFF_ONCE_PER_LOAD (1u << 3)
/** Interrupts as the TRM words them: TXRIS on crossing the trigger downwards
 * only, RXRIS latched on crossing it upwards, RTRIS not re-armed by ICR. For
 * testing drivers; FreeBSD and OpenBSD stall, as they would on such a part. */
#define VPL011_CFG_STRICT_INTERRUPTS (1u << 4)
/** SBSA: ILPR, IBRD, FBRD, LCR_H, CR, IFLS and DMACR store what is written and
 * read it back, with no other effect: EDK2 compares them and initialises the
 * UART again at every call where they differ. SBSA only. */
#define VPL011_CFG_STORE_CONFIG (1u << 5)
/** The line into the guest cannot be throttled: characters that find the RX
 * FIFO full overrun, and are ignored while the receiver is off. Default:
 * input is held in the backend. For a host serial port passed through. */
#define VPL011_CFG_UNTHROTTLED (1u << 6)
/** irq and irq_pending may both be NULL: the embedder reads
 * vpl011_irq_lines() after its calls. */
#define VPL011_CFG_NO_IRQ_OP (1u << 7)
/** The embedder has no timer, and cannot answer VPL011_EVENT_TICK: the device
 * does not pace input. The embedder then has to. Call vpl011_data_avail(), for
 * VPL011_EVENT_REFILL and for new input alike, only when the guest has made at
 * least eight accesses since it emptied its FIFO, or waits for an interrupt.
 * Calling it earlier hangs FreeBSD, and makes NuttX and OpenBSD discard input.
 */
#define VPL011_CFG_NO_TICK (1u << 8)

/**
 * The configuration of a device. All zero is a PL011 r1p5 with default
 * behaviour. Copied at init. Members are only ever added in place of
 * `reserved`.
 */
struct vpl011_config {
    uint32_t personality; /**< enum vpl011_personality */
    uint32_t revision;    /**< enum vpl011_revision; 0 for SBSA */
    uint32_t flags;       /**< VPL011_CFG_* */
    /** Peripheral ID to show instead of the revision's, packed as
     * PL011_PERIPHID_*; 0: the revision's. PL011 only. It may claim less depth
     * than the revision has (BCM2835: 0x00241011 with a depth of 32), never
     * more. */
    uint32_t periph_id;
    uint32_t clock_hz; /**< [Hz] UARTCLK, for baud rates; 0: unknown */
    uint32_t baud;     /**< [bit/s] set by "firmware"; 0: 115200 */
    uint32_t on_stall; /**< enum vpl011_policy, far end attached but full */
    uint32_t on_gone;  /**< enum vpl011_policy, far end gone and backend full */
    uint32_t reserved[8]; /**< zero */
};

/*
 * Operations
 */

/** @name Interrupt outputs, as levels
 * The bits of ops.irq and vpl011_irq_lines().
 * @{ */
#define VPL011_IRQ_UARTINTR (1u << 0)   /**< combined */
#define VPL011_IRQ_UARTMSINTR (1u << 1) /**< modem status */
#define VPL011_IRQ_UARTRXINTR (1u << 2) /**< RX */
#define VPL011_IRQ_UARTTXINTR (1u << 3) /**< TX */
#define VPL011_IRQ_UARTRTINTR (1u << 4) /**< receive timeout */
#define VPL011_IRQ_UARTEINTR (1u << 5)  /**< errors */
#define VPL011_IRQ_ALL 0x3Fu            /**< all six */
/** @} */

/** What a guest did that no driver should. */
enum vpl011_guest_error_kind {
    VPL011_GUEST_BAD_ACCESS = 1,  /**< size, alignment or window */
    VPL011_GUEST_RESERVED = 2,    /**< unknown, reserved or absent register */
    VPL011_GUEST_READ_ONLY = 3,   /**< write to a read-only register */
    VPL011_GUEST_WRITE_ONLY = 4,  /**< read of a write-only register */
    VPL011_GUEST_TX_OVERFLOW = 5, /**< DR write beyond the store: dropped */
};

/** A guest mistake, as it happened. */
struct vpl011_guest_error {
    uint32_t kind;   /**< enum vpl011_guest_error_kind */
    uint32_t write;  /**< 1 for a write, 0 for a read */
    uint64_t offset; /**< [bytes] in the window, as given */
    uint64_t size;   /**< [bytes] of the access, as given */
    uint64_t value;  /**< written value; 0 for reads */
};

/** What a record of the trace op is about. */
enum vpl011_trace_kind {
    VPL011_TRACE_READ = 1,    /**< the guest has read `value` */
    VPL011_TRACE_WRITE = 2,   /**< the guest writes `value`; effects follow */
    VPL011_TRACE_SETTLED = 3, /**< end of a call; `value`: VPL011_EVENT_* */
};

/**
 * A record of the trace op. What a call moved, lost or dropped is the
 * difference of the counters between one SETTLED and the next.
 * libvpl011-posix formats records as text (<vpl011/text.h>).
 */
struct vpl011_trace {
    uint32_t kind;      /**< enum vpl011_trace_kind */
    uint32_t size;      /**< [bytes] of the access; SETTLED: 0 */
    uint64_t offset;    /**< [bytes] of the access, as given; SETTLED: 0 */
    uint64_t value;     /**< see enum vpl011_trace_kind */
    uint32_t irq_lines; /**< levels of the outputs, VPL011_IRQ_* */
    uint32_t tx_fill;   /**< characters in the TX FIFO */
    uint32_t rx_fill;   /**< characters in the RX FIFO */
    uint32_t reserved;  /**< 0 */
    const struct vpl011_counters *counters; /**< now; valid for the call */
};

/**
 * The operations of the embedder, which the device calls. Copied at init; only
 * `ctx` is retained as a pointer. Members are only ever added in place of
 * `reserved`; NULL means absent.
 */
struct vpl011_ops {
    /** First argument of every operation. */
    void *ctx;

    /**
     * Interrupt outputs changed. One of irq and irq_pending is required,
     * unless VPL011_CFG_NO_IRQ_OP is set.
     *
     * Called under the lock, in order, only on change (vpl011_resume() and a
     * state load tell all outputs as changed), at most once for each call of
     * the device. The new levels are already visible through
     * vpl011_irq_lines(). Wire UARTINTR to a level-sensitive input.
     *
     * @param lines    levels of all six outputs, VPL011_IRQ_*
     * @param changed  which of them differ from the last call
     */
    void (*irq)(void *ctx, uint32_t lines, uint32_t changed);

    /**
     * Interrupt bits became newly pending: for controllers that can only take
     * edges. Called under the lock, in addition to irq where both are given.
     *
     * Called for each enabled bit that was not pending before, for TX again at
     * each drain, and for RX and RT again at each arrival. After an ICR write
     * it is called again for the bits written, if they are still pending.
     *
     * @param bits  PL011_INT_*, all of them in MIS now
     */
    void (*irq_pending)(void *ctx, uint32_t bits);

    /**
     * Events for the embedder to answer, VPL011_EVENT_*. Called after the lock
     * is dropped, from whichever thread called the device. It may call the
     * device. It is never entered while it runs: events that it or another
     * thread raises meanwhile are delivered by one more call after it has
     * returned. NULL: events are kept for vpl011_take_events().
     */
    void (*notify)(void *ctx, uint32_t events);

    /**
     * Take the device lock; both of lock and unlock, or neither. Not
     * recursive. Held for a bounded time, without any blocking call.
     *
     * @return handed to unlock, for example saved interrupt flags
     */
    uintptr_t (*lock)(void *ctx);

    /** Drop the device lock. */
    void (*unlock)(void *ctx, uintptr_t saved);

    /**
     * The guest made a mistake. Called under the lock, for every mistake: the
     * embedder has to limit what it logs. The structure is valid for the call.
     */
    void (*guest_error)(void *ctx, const struct vpl011_guest_error *error);

    /**
     * For debugging: called for each register access, and at the end of each
     * call that may have changed the device (accesses, and calls of the host),
     * before notify. Called under the lock; the structure is valid for the
     * call. With it every access takes the long path, UARTFR reads too; without
     * it the short paths do not test for it.
     */
    void (*trace)(void *ctx, const struct vpl011_trace *trace);

    /**
     * Whether the calling thread holds the device lock. Optional; ignored
     * without lock.
     *
     * A call of the device from one of its callbacks under the lock is a
     * mistake, and with lock ops a deadlock, because the device cannot
     * distinguish it from another thread's call, which has to wait. With this
     * op it returns VPL011_ERR_REENTRY, as it does without lock ops. Called
     * only while the device is busy, and without the lock, so that another
     * thread may be taking or dropping the lock meanwhile.
     */
    bool (*owner)(void *ctx);

    /** Zero. */
    void *reserved[1];
};

/*
 * Counters
 */

/**
 * Counts since init, which reset does not clear. Two equations always hold:
 * characters written to DR, or loaded into the TX FIFO with a state = tx_bytes
 * + tx_dropped + tx_overflow + tx_flushed + tx_looped + those in the TX FIFO;
 * rx_bytes = rx_read + rx_flushed + those in the RX FIFO.
 */
struct vpl011_counters {
    uint64_t tx_bytes;          /**< taken by the backend */
    uint64_t tx_dropped;        /**< discarded by policy, newest */
    uint64_t tx_dropped_oldest; /**< of tx_bytes, discarded by the backend */
    uint64_t tx_overflow;       /**< DR writes that found the store full */
    uint64_t tx_flushed;   /**< discarded by FEN change, reset or state load */
    uint64_t tx_looped;    /**< sent in loopback, or read through UARTTDR */
    uint64_t rx_bytes;     /**< put into the RX FIFO, breaks included */
    uint64_t rx_read;      /**< taken out by DR reads */
    uint64_t rx_flushed;   /**< discarded by FEN change, reset or state load */
    uint64_t rx_overruns;  /**< lost because the RX FIFO was full */
    uint64_t rx_ignored;   /**< arrived unthrottled while receive was off */
    uint64_t irq_raises;   /**< UARTINTR low to high */
    uint64_t notifies;     /**< calls of notify, or of vpl011_take_events()
                              that returned events */
    uint64_t bad_accesses; /**< size, alignment or window */
    uint64_t guest_errors; /**< all guest mistakes, bad accesses included */
};

/*
 * Context
 */

struct vpl011_time; /* <vpl011/time.h> */

/**
 * A device. Public so that it can be static or embedded, private in its
 * members, which change with the minor version (see docs/abi.md).
 */
struct vpl011 {
    /** @privatesection */
    /** Configuration, copied. */
    uint32_t flags;

    uint32_t todo; /**< events, and internal bits: 0 is the steady state */
    uint32_t way;  /**< the guard's value between calls */

    /** As of the last settle. */
    uint16_t ris;
    uint16_t mis;
    uint16_t modem_seen; /**< modem inputs, loopback included */

    /** Register state: with the FIFOs, what a guest could notice. */
    uint16_t cr;
    uint16_t imsc;
    uint16_t ris_latched; /**< error and modem bits */
    uint16_t ibrd;
    uint16_t itop;
    uint16_t line_ibrd;    /**< latched by the last LCR_H write */
    uint16_t modem_inputs; /**< pins, as FR shows them */
    uint16_t fbrd;
    uint16_t lcr_h;
    uint16_t ifls;
    uint16_t ilpr;
    uint16_t dmacr;
    uint16_t tcr;
    uint16_t itip;
    uint16_t rsr;
    uint8_t line_fbrd;
    uint8_t latches; /**< internal bits */
    uint8_t tx_load; /**< characters since TXFF was shown once for a load */
    uint8_t tx_fill;
    uint8_t rx_burst; /**< characters admitted in a row, 0 to 95 */
    uint8_t rx_rest;  /**< accesses of the guest until more is admitted */
    uint8_t acks;     /**< what UARTICR acknowledged: internal bits */

    /** Derived from configuration and registers, recomputed on their change. */
    uint8_t depth;      /**< of both FIFOs now: 32, 16, or 1 with FEN=0 */
    uint8_t tx_trigger; /**< TXRIS where a drain leaves at most this */
    uint8_t rx_trigger; /**< RXRIS at this fill */
    uint8_t tx_store;   /**< characters that DR writes may leave queued */
    uint8_t gates;      /**< what may move now: internal bits */
    uint8_t present;    /**< which registers there are: internal bits */

    uint8_t personality; /**< configuration, as are the next two */
    uint8_t on_stall;
    uint8_t on_gone;

    /** Guard: that this is a device, and which ways the next access may take.
     * Any other number refuses calls. On 64-bit machines the 64 bytes from here
     * hold what a character needs of the device, but for its counter. */
    uint32_t guard;
    uint8_t txi;      /**< 0..2: drains not yet acknowledged */
    uint8_t rx_fill;  /**< characters in the RX FIFO */
    uint8_t rx_watch; /**< the RX fill at which taking one changes something */
    uint8_t tx_offered; /**< what put was called with */
    struct vpl011_backend backend;

    /**
     * Published, read without the lock. Between what nobody writes, on 64-bit
     * machines 64 bytes to each side: a vCPU that polls UARTFR shares no cache
     * line with what a write of UARTDR stores. The two share theirs: where an
     * interrupt output changes, UARTFR mostly does.
     */
    uint32_t fr;
    uint32_t irq_lines;
    struct vpl011_ops ops;

    /** Host glue. */
    bool more_waits;    /**< the backend holds input */
    bool refill_asked;  /**< REFILL raised, or the last read gave nothing */
    bool tick_asked;    /**< TICK raised, not yet answered */
    bool push_waits;    /**< vpl011_rx_push() took less than all */
    bool room_owed;     /**< ROOM is to be raised for that */
    bool notifying;     /**< notify has not returned yet */
    uint8_t republish;  /**< internal bits: told although unchanged */
    uint8_t revision;   /**< configuration */
    uint32_t irq_edges; /**< what irq_pending remembers */
    uint32_t periph_id;
    uint32_t clock_hz;
    uint32_t baud;
    uint64_t line_seen;   /**< outputs, format and divisor that LINE told of */
    uintptr_t lock_saved; /**< what the lock op returned */
    uint8_t tx_fifo[2 * PL011_DEPTH_MAX];
    uint16_t rx_fifo[PL011_DEPTH_MAX]; /**< the newest first */
    struct vpl011_counters counters;

    /** The register page (<vpl011/page.h>). */
    uint32_t *page;
    void *page_ctx;
    bool (*page_close)(void *ctx);
    void (*page_clean)(void *ctx, void *start, size_t bytes);

    /** The clock (<vpl011/time.h>), or NULL. */
    struct vpl011_time *time;

    /** The DMA request lines (<vpl011/dma.h>). */
    void *dma_ctx;
    void (*dma_request)(void *ctx, uint32_t lines, uint32_t changed);
    void (*dma_settle)(struct vpl011 *dev);
    uint32_t dma_lines; /**< as told */
    uint32_t dma_held;  /**< not cleared yet */
};

/*
 * Life cycle
 */

/** vpl011_init() with explicit structure sizes [bytes], for bindings. */
VPL011_API int vpl011_init_sized(struct vpl011 *dev, size_t dev_size,
                                 const struct vpl011_config *config,
                                 size_t config_size,
                                 const struct vpl011_ops *ops, size_t ops_size);

/**
 * Make a device out of any memory, in its reset state, without a backend.
 *
 * Calls no operation. On error the memory is left untouched.
 *
 * @param dev     the caller's memory, aligned as a struct vpl011
 * @param config  NULL: all defaults
 * @param ops     what the device calls
 * @return        VPL011_OK
 * @errors        VPL011_ERR_NULL: dev or ops.
 *                VPL011_ERR_SIZE: dev is misaligned.
 *                VPL011_ERR_PERSONALITY, _REVISION, _FLAGS, _PERIPH_ID,
 *                _POLICY: that member of config.
 *                VPL011_ERR_OP_MISSING: neither irq nor irq_pending, without
 *                VPL011_CFG_NO_IRQ_OP.
 *                VPL011_ERR_LOCK_PAIR: only one of lock and unlock.
 *                VPL011_ERR_ABI: a member that is not known is set.
 * @context       any thread; nobody else may use dev yet
 * @since         0.1
 */
static inline int vpl011_init(struct vpl011 *dev,
                              const struct vpl011_config *config,
                              const struct vpl011_ops *ops)
{
    return vpl011_init_sized(dev, sizeof(*dev), config, sizeof(*config), ops,
                             sizeof(*ops));
}

/**
 * The size of the library's `struct vpl011`, for bindings that allocate it.
 *
 * @return [bytes]
 * @since  0.1
 */
VPL011_API size_t vpl011_sizeof(void);

/**
 * Put the device into its reset state, as nUARTRST does (TRM 2.4.1).
 *
 * Registers, FIFOs, latches and interrupts are reset; the backend and what it
 * holds, the modem inputs, the configuration and the counters stay. Lowers all
 * interrupt outputs. May raise REFILL, ROOM and LINE, and FAR_END where it ends
 * a BREAK.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_reset(struct vpl011 *dev);

/** vpl011_attach() with an explicit structure size, for bindings. */
VPL011_API int vpl011_attach_sized(struct vpl011 *dev,
                                   const struct vpl011_backend *backend,
                                   size_t backend_size);

/**
 * Connect a backend in place of the one there was, at any time.
 *
 * The TX FIFO drains to the new backend at once; the RX FIFO stays as it is; a
 * BREAK in progress is ended on the old backend and begun on the new one. The
 * old backend is not used after the return. Raises FAR_END, because the new far
 * end may wait for an event that it was never sent, and REFILL where input
 * waits. Without a backend the far end is gone.
 *
 * @param backend  NULL: disconnect
 * @return         VPL011_OK
 * @errors         VPL011_ERR_NULL, _UNINIT, _REENTRY: dev.
 *                 VPL011_ERR_OP_MISSING: write, read or poll is NULL.
 *                 VPL011_ERR_UNSUPPORTED: a policy is DROP_OLDEST and
 *                 drop_oldest is NULL.
 *                 VPL011_ERR_ABI: a member that is not known is set.
 * @context        any thread; notify, but not at each event, because it raises
 *                 one
 * @since          0.1
 */
static inline int vpl011_attach(struct vpl011 *dev,
                                const struct vpl011_backend *backend)
{
    return vpl011_attach_sized(dev, backend, sizeof(*backend));
}

/*
 * Guest side
 */

/**
 * The guest reads from the register window.
 *
 * A bad access (size other than 1, 2, 4; offset not a multiple of 4; offset
 * outside the window) has no side effect, and reads as 0. UARTFR is one
 * relaxed load, taken without the lock, in callbacks too (except with a trace
 * op, with TXFF_ONCE_PER_LOAD while it shows TXFF, while something waits for
 * time, and while the guest has a rest from input).
 * With lock ops, other registers whose reading changes nothing may be read
 * without the lock too: the guest then sees what such a register holds at that
 * moment, even if another vCPU is in a call.
 *
 * @param offset  [bytes] from the start of the 4 KiB window
 * @param size    [bytes] of the access
 * @param value   receives the low `size` bytes of the register; 0 on any error,
 *                so that an embedder which ignores the result passes on a 0
 * @return        VPL011_OK
 * @errors        VPL011_ERR_ACCESS: bad access. An embedder may turn it into a
 *                guest data abort, or ignore it.
 *                VPL011_ERR_NULL, _UNINIT, _REENTRY.
 * @context       any thread, notify
 * @since         0.1
 */
VPL011_API int vpl011_mmio_read(struct vpl011 *dev, uint64_t offset,
                                unsigned int size, uint64_t *value);

/**
 * The guest writes to the register window.
 *
 * Only the low `size` bytes of value count; the register's other bytes keep
 * their value, so that an 8-bit write changes bits 7:0 (in UARTICR and UARTECR
 * they count as 0). May call irq, irq_pending, guest_error and the backend.
 *
 * @param offset  [bytes] from the start of the 4 KiB window
 * @param size    [bytes] of the access
 * @param value   what is written
 * @return        as vpl011_mmio_read()
 * @context       any thread, notify
 * @since         0.1
 */
VPL011_API int vpl011_mmio_write(struct vpl011 *dev, uint64_t offset,
                                 unsigned int size, uint64_t value);

/*
 * Host side
 */

/**
 * Something changed at the far end: input arrived, output was consumed, or it
 * came or went. Also the answer to VPL011_EVENT_REFILL. Calling it too often is
 * harmless: where nothing moved it raises no event, and input stays paced.
 *
 * Sends what was held back, and takes input, at most one FIFO depth. It takes
 * none while reception is off; while a receive interrupt is pending, so that
 * the guest's handler, which reads until the FIFO is empty, ends; and while the
 * guest has a rest: after about 64 characters without a pause it first gets the
 * time to leave its handler (VPL011_EVENT_TICK). While paused it does nothing.
 *
 * @return  characters taken from the backend, >= 0
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY.
 *          VPL011_ERR_PAGE: input waits for vpl011_page_closed()
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_data_avail(struct vpl011 *dev);

/**
 * A millisecond has passed, or the moment of vpl011_time_next() has come: the
 * answer to VPL011_EVENT_TICK. Ends the guest's rest from input, if it has one,
 * raises RX and RT again if the guest acknowledged them without reading, and
 * does what vpl011_data_avail() does.
 *
 * Do not call it at once: a host that is quicker than its guest then hangs
 * FreeBSD, and makes other drivers discard input. Call it only where TICK was
 * raised: each call lets 64 more characters in, so that a guest that needs
 * longer for them than the time between two calls is given no rest, and a
 * handler that reads until nothing is left (NuttX) does not end during a paste.
 *
 * @return  as vpl011_data_avail()
 * @errors  as vpl011_data_avail()
 * @context any thread; not from notify
 * @since   0.1
 */
VPL011_API int vpl011_tick(struct vpl011 *dev);

/**
 * Raise again all events that apply, even if they were raised before: FAR_END
 * where there is a backend, and REFILL, TICK or ROOM where input waits. Only
 * for an embedder whose doorbells may be lost, from a slow timer (a second).
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread; not from notify, which would then be called for ever
 * @since   0.1
 */
VPL011_API int vpl011_remind(struct vpl011 *dev);

/**
 * How many characters wait in the TX FIFO. All output has left when this is 0
 * and then the backend holds none (vpl011_fifo_pop_waiting(),
 * vpl011_stream_waiting()).
 *
 * @return  characters, 0 to 64
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_tx_waiting(struct vpl011 *dev);

/**
 * Call nothing until vpl011_resume(): no irq, no irq_pending, no notify, and no
 * backend, except that vpl011_attach() ends a BREAK on the one it replaces, and
 * that an open register page is kept up to date and may be closed.
 * Output stays in the TX FIFO, input in the backend.
 *
 * For a machine that is loaded piece by piece, where the interrupt controller
 * may not exist yet when the UART is loaded:
 *
 *     vpl011_pause(&uart);
 *     vpl011_state_load(&uart, blob, size); // then the controller, the backend
 *     vpl011_attach(&uart, &backend);
 *     vpl011_resume(&uart);                 // tells all lines, and all events
 *
 * Also for the source of a move, which must send nothing after it was saved.
 *
 * Modem inputs that change meanwhile show in UARTFR and UARTRIS when the device
 * resumes, as do the other effects of the pins.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_pause(struct vpl011 *dev);

/**
 * End vpl011_pause(): irq is called once with all outputs as changed,
 * irq_pending with all that is pending, all events that apply are raised, and
 * what waits moves. Does nothing if the device is not paused.
 *
 * @return  VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread; notify, but not at each event, because it raises them
 * @since   0.1
 */
VPL011_API int vpl011_resume(struct vpl011 *dev);

/**
 * Change UARTCLK, from which the baud rate is computed. Raises LINE if it
 * differs. Without effect on an SBSA device, whose rate is config.baud.
 *
 * @param clock_hz  [Hz]; 0: unknown
 * @return          VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context         any thread, notify
 * @since           0.1
 */
VPL011_API int vpl011_set_clock(struct vpl011 *dev, uint32_t clock_hz);

/**
 * The interrupt outputs now: for controllers that resample after an EOI. A
 * thread that sees an output here also sees the UARTFR that belongs to it.
 *
 * @return  VPL011_IRQ_*; 0 for NULL
 * @context any thread, any callback; takes no lock
 * @since   0.1
 */
VPL011_API uint32_t vpl011_irq_lines(const struct vpl011 *dev);

/**
 * Take the events that were raised since the last call, if there is no notify
 * op. Does nothing else.
 *
 * @return  VPL011_EVENT_*; 0 for an unusable device
 * @context any thread
 * @since   0.1
 */
VPL011_API uint32_t vpl011_take_events(struct vpl011 *dev);

/**
 * Deliver characters as a serial line would, with their errors, past the
 * backend: for a host serial port that reports parity, framing and breaks.
 *
 * An entry is a character in bits 7:0 with PL011_DR_FE, _PE and _BE as they
 * were received. An entry with BE is a break: it is stored as the hardware
 * stores it (character 0, BE and FE, and PE where the format has odd or mark
 * parity; TRM 2.4.3).
 *
 * Entries go into the RX FIFO at once, before input that waits in a backend. A
 * far end that sends bytes through a backend should send a BREAK there too
 * (vpl011_fifo_push_break(), vpl011_stream_break()), to keep the order.
 *
 * @param entries  NULL only if count is 0
 * @param count    how many
 * @return         how many were taken, >= 0: fewer than count where the RX
 *                 FIFO is full, reception is off, or the guest has a rest
 *                 (vpl011_data_avail()): VPL011_EVENT_ROOM says when to push
 *                 the others. With VPL011_CFG_UNTHROTTLED always count: entries
 *                 that do not fit are an overrun, and while reception is off
 *                 they are ignored.
 * @errors         VPL011_ERR_NULL, _UNINIT, _REENTRY;
 *                 VPL011_ERR_RANGE: count above INT_MAX, or an entry with bits
 *                 15:11 set.
 *                 VPL011_ERR_PAGE: not before vpl011_page_closed(), which
 *                 raises ROOM. Nothing is taken.
 * @context        any thread, notify
 * @since          0.1
 */
VPL011_API int vpl011_rx_push(struct vpl011 *dev, const uint16_t *entries,
                              size_t count);

/**
 * How many entries vpl011_rx_push() would take now, or once the register page
 * is closed.
 *
 * @return  0 to the FIFO's depth; INT32_MAX with VPL011_CFG_UNTHROTTLED
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_rx_room(struct vpl011 *dev);

/**
 * Set the modem inputs, true meaning asserted (TRM 2.5). The default is CTS,
 * DSR and DCD asserted and RI not, so that CTSEN never stalls a guest whose
 * embedder has no modem lines (Linux `stty crtscts`, Zephyr).
 *
 * @param inputs  of PL011_FR_CTS, _DSR, _DCD, _RI
 * @return        VPL011_OK
 * @errors        VPL011_ERR_UNSUPPORTED: SBSA has no modem lines;
 *                VPL011_ERR_RANGE: other bits; VPL011_ERR_NULL, _UNINIT,
 *                _REENTRY
 * @context       any thread, notify
 * @since         0.1
 */
VPL011_API int vpl011_set_modem(struct vpl011 *dev, uint32_t inputs);

/** The parity that the guest has set. */
enum vpl011_parity {
    VPL011_PARITY_NONE = 0,
    VPL011_PARITY_ODD = 1,
    VPL011_PARITY_EVEN = 2,
    VPL011_PARITY_MARK = 3,  /**< fixed 1: SPS=1, EPS=0 */
    VPL011_PARITY_SPACE = 4, /**< fixed 0: SPS=1, EPS=1 */
};

/** The line settings of the guest, for a host serial port passed through. */
struct vpl011_line {
    uint32_t baud;      /**< [bit/s] effective, rounded; 0: unknown or stopped
                           (no clock_hz, or a divisor of 0) */
    uint32_t divisor;   /**< [1/64] IBRD * 64 + FBRD as latched */
    uint32_t outputs;   /**< of PL011_CR_DTR, _RTS, _OUT1, _OUT2; with RTSEN
                           the RX FIFO drives RTS */
    uint8_t data_bits;  /**< 5..8 */
    uint8_t stop_bits;  /**< 1..2 */
    uint8_t parity;     /**< enum vpl011_parity */
    uint8_t send_break; /**< 1 while the guest sends a BREAK */
};

/** vpl011_get_line() with an explicit structure size, for bindings. */
VPL011_API int vpl011_get_line_sized(struct vpl011 *dev,
                                     struct vpl011_line *line, size_t size);

/**
 * Get the effective line settings: divisor and format as latched by the last
 * UARTLCR_H write (TRM 3.3.6). VPL011_EVENT_LINE says when they changed.
 *
 * @param line  filled on success, untouched on error
 * @return      VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY, _ABI
 * @context     any thread, notify
 * @since       0.1
 */
static inline int vpl011_get_line(struct vpl011 *dev, struct vpl011_line *line)
{
    return vpl011_get_line_sized(dev, line, sizeof(*line));
}

/** vpl011_get_counters() with an explicit structure size, for bindings. */
VPL011_API int vpl011_get_counters_sized(struct vpl011 *dev,
                                         struct vpl011_counters *counters,
                                         size_t size);

/**
 * Take a consistent snapshot of the counters.
 *
 * @param counters  filled on success, untouched on error; members that an
 *                  older library does not know are 0
 * @return          VPL011_OK, or VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context         any thread, notify
 * @since           0.1
 */
static inline int vpl011_get_counters(struct vpl011 *dev,
                                      struct vpl011_counters *counters)
{
    return vpl011_get_counters_sized(dev, counters, sizeof(*counters));
}

#ifdef __cplusplus
}
#endif

#endif
