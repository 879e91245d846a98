/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of the device model share; never installed. */
#ifndef VPL011_INTERNAL_H
#define VPL011_INTERNAL_H

#include <vpl011/atomic.h>
#include <vpl011/time.h>
#include <vpl011/vpl011.h>

#include "../common/compiler.h"
#include "../common/sized.h"

/*
 * vpl011.guard: which ways an access may take, as vpl011_way_() decided at the
 * end of the last call that changed anything. No other number is a device's.
 *
 *                  reads without     a write of    every other
 *                  side effects, and UARTDR        access
 *                  of a character
 *   STEADY         short             short         long
 *   IDLE           short             long          long
 *   LOCKED_STEADY  short, locked     short, locked long
 *   LOCKED         short, locked     long          long
 *   WATCHED        long              long          long: traced, in a rest,
 *                                                  characters are queued, or
 *                                                  something waits for time
 *   BUSY           during a call: without lock ops, an error
 *
 * UARTFR is read without looking at the guard: fr_is_plain().
 *
 * Outside the lock, BUSY may be another vCPU's call, and any other value be out
 * of date: with lock ops it is looked at again under the lock.
 */
#define GUARD_STEADY 0x80000000u
#define GUARD_IDLE 0x80000001u
#define GUARD_LOCKED_STEADY 0x80000002u
#define GUARD_LOCKED 0x80000003u
#define GUARD_WATCHED 0x80000004u
#define GUARD_BUSY 0x80000005u

/* STEADY or IDLE, in one comparison: as signed numbers these are the smallest
 * that there are. */
static inline bool guard_is_quick(uint32_t guard)
{
    return (int32_t)guard <= (int32_t)GUARD_IDLE;
}

/* LOCKED_STEADY or LOCKED. */
static inline bool guard_is_locked(uint32_t guard)
{
    return (guard | 1) == GUARD_LOCKED;
}

/*
 * Set in the upper half of d->fr while a read of UARTFR need only return the
 * lower half. Clear in memory that was never initialised, while TXFF is to be
 * shown once, while the guest has a rest from input or something waits for
 * time, and where accesses are traced: then reads of UARTFR take the long way.
 */
#define FR_PLAIN 0x80000000u
#define FR_VALUE 0x0000FFFFu

/* One comparison: as signed numbers these are the smallest that there are. */
static inline bool fr_is_plain(uint32_t fr)
{
    return (int32_t)fr <= (int32_t)(FR_PLAIN | FR_VALUE);
}

/*
 * vpl011.todo: the events to deliver and, above them, what else settling has to
 * do. Mostly no bit is set but those that say "always there". Only TODO_DERIVE,
 * TODO_INTERRUPTS and TODO_PINS make settling derive.
 */
#define TODO_EVENTS \
    (VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL | VPL011_EVENT_LINE | \
     VPL011_EVENT_TICK | VPL011_EVENT_ROOM)
/* Always there where RTSEN ties RTS to the RX FIFO, where there is a clock, and
 * where DMA requests are told: look at these whenever something is derived. */
#define TODO_TIED (1u << 22)
/* The next character of the serial line has not arrived yet, although the
 * backend has it: no refill is asked for before its time. */
#define TODO_RX_LATER (1u << 23)
/* The receive timeout begins anew. Set by every arrival, UARTICR.RTIC and the
 * setting of RTIM, with a clock or not, because that costs nothing. */
#define TODO_TIMEOUT (1u << 24)
/* Something waits for time, which is looked at before each access. */
#define TODO_TIMED (1u << 25)
/* Always there with a trace op. */
#define TODO_TRACED (1u << 26)
/* The guest has a rest from input. Reads with nothing pending shorten it, and
 * writes begin it anew (access.c, rest()). */
#define TODO_RESTING (1u << 27)
/* Derive anew: set by whoever changes what settle derives from. */
#define TODO_DERIVE (1u << 28)
/* Look at the pins: set by whoever changes what drives them. */
#define TODO_PINS (1u << 29)
/* The register page is open: store in it what changed, at the end of each
 * access and call. */
#define TODO_PAGE (1u << 30)
/* Derive the interrupts alone, because UARTIMSC has changed. */
#define TODO_INTERRUPTS (1u << 31)

/* vpl011.republish: tell all interrupt outputs, changed or not; store the open
 * register page before any of them moves. */
#define REPUBLISH_LINES (1u << 0)
#define REPUBLISH_PAGE (1u << 1)

/* In vpl011.flags, beside VPL011_CFG_*. */
/* Between vpl011_pause() and vpl011_resume(). */
#define FLAG_PAUSED (1u << 30)
/* Output was loaded, and no backend has been attached yet. */
#define FLAG_UNATTACHED (1u << 29)
/* The register page is open: reads may be served from it. */
#define FLAG_PAGE (1u << 28)
/* Its close was called and returned false; vpl011_page_closed() is awaited. */
#define FLAG_PAGE_CLOSING (1u << 27)
/* And what a clock was given for: the receive timeout, output (the rate of the
 * line, or a budget), input. */
#define FLAG_TIMED_TIMEOUT (1u << 26)
#define FLAG_TIMED_TX (1u << 25)
#define FLAG_TIMED_RX (1u << 24)
/* There is a clock, or somebody has the DMA request lines. */
#define FLAG_TIED (1u << 23)

/* vpl011.present: which registers this device has. */
#define IN_SBSA (1u << 0) /* those of a Generic UART, in every device */
#define IN_CONFIG \
    (1u << 1) /* the configuration: PL011, or SBSA that stores it */
#define IN_PL011 (1u << 2) /* the rest */

/* vpl011.gates: what the registers allow to move. */
#define GATE_TX (1u << 0)      /* the transmitter takes from the TX FIFO */
#define GATE_RX (1u << 1)      /* the receiver takes from the backend */
#define GATE_LOOP (1u << 2)    /* TXD feeds RXD, outputs feed inputs */
#define GATE_LOOP_RX (1u << 3) /* and the receiver is on */
#define GATE_CTSEN (1u << 4)
#define GATE_RTSEN (1u << 5)
/* A write of UARTDR may not take the short way, and a write of UARTICR always
 * derives anew, because each does something that can be seen (an irq_pending
 * op, the strict rules, TXFF_ONCE_PER_LOAD, output that takes time). */
#define GATE_EVERY (1u << 6)

/* vpl011.latches: register state without a register. */
#define LATCH_CR_WRITTEN (1u << 0)
#define LATCH_OVERRUN (1u << 1)    /* goes into bit 11 of the next entry */
#define LATCH_BREAK_OUT (1u << 2)  /* the backend was told of a BREAK */
#define LATCH_BREAK_LOOP (1u << 3) /* the BREAK was looped already */
#define LATCH_RX (1u << 4)         /* strict interrupts: RXRIS */
#define LATCH_RT (1u << 5)         /* strict interrupts: timeout armed */
#define LATCH_EARLY_RX (1u << 6)   /* received before UARTCR was written */

/*
 * vpl011.acks: what the guest acknowledged by UARTICR. While ACK_RX or ACK_RT
 * is set, RXRIS or RTRIS stays low although characters wait.
 */
#define ACK_RX PL011_INT_RX
#define ACK_RT PL011_INT_RT
/* RX or RT was acknowledged, and UARTDR has not been read since. */
#define ACK_UNREAD (1u << 0)
#define ACK_RECEIVE (ACK_RX | ACK_RT | ACK_UNREAD)
/* Something was in MIS since the last write of UARTICR. */
#define ACK_PENDING (1u << 1)

/*
 * Pacing of input. On a board the line is slow: the interrupt handler ends
 * between two FIFOs full of input, and the rest of the driver empties the ring
 * that the handler filled. A host can be faster than any guest. Without pacing
 * FreeBSD never leaves its handler, and NuttX and OpenBSD throw away what their
 * rings cannot hold. So once RX_BURST characters were admitted and the guest
 * has read them all, it has a rest. Its own accesses end the rest (access.c,
 * rest()), or vpl011_tick() does.
 */
#define RX_BURST 64u /* half the smallest ring of a driver, OpenBSD's 128 */
#define RX_REST 8u   /* reads; NuttX makes 5 before it has left */

/* A break as real parts store it: no data, BE, and FE beside it. */
#define BREAK_ENTRY (PL011_DR_BE | PL011_DR_FE)

static inline bool is_sbsa(const struct vpl011 *d)
{
    return d->personality == VPL011_SBSA;
}

/* access.c: what a read shows of a register whose reading takes nothing. */
uint32_t vpl011_peek_(struct vpl011 *d, uint32_t offset);

/* device.c */
void vpl011_configure_(struct vpl011 *d);
unsigned int vpl011_depth_(const struct vpl011 *d, uint32_t lcr_h);
void vpl011_flush_tx_(struct vpl011 *d);
void vpl011_flush_rx_(struct vpl011 *d);
void vpl011_rest_end_(struct vpl011 *d);

/* How many characters writes of UARTDR may leave queued. It is twice the depth,
 * because NetBSD and FreeBSD's console write more than UARTFR admits. With
 * FEN=0 it is the whole array, because Linux's SBSA driver, which leaves FEN as
 * the firmware did, writes 16 characters for each TXRIS without looking at
 * UARTFR. */
static inline unsigned int vpl011_store_(unsigned int depth)
{
    return depth == 1 ? 2 * PL011_DEPTH_MAX : 2 * depth;
}

/* A clock or the DMA request lines were given, or taken away. */
static inline void vpl011_tied_(struct vpl011 *d)
{
    d->flags &= ~FLAG_TIED;
    if (d->time || d->dma_settle) {
        d->flags |= FLAG_TIED;
    }
    vpl011_configure_(d);
}

/* host.c */
extern const struct vpl011_backend vpl011_nobody_;
bool vpl011_is_nobody_(const struct vpl011_backend *backend);
void vpl011_owe_anew_(struct vpl011 *d);
void vpl011_poll_(struct vpl011 *d, struct vpl011_backend_status *status);

/* rx_fifo.c */
void vpl011_rx_put_(struct vpl011 *d, uint32_t entry);
void vpl011_text_in_(struct vpl011 *d, const uint8_t *bytes, size_t count);
uint32_t vpl011_break_entry_(const struct vpl011 *d);
void vpl011_line_in_(struct vpl011 *d, uint32_t entry);

/* page.c. Whoever wants to fill the RX FIFO closes the register page before;
 * where that is not done yet (false), everything stays where it is. */
bool vpl011_close_page_(struct vpl011 *d);
void vpl011_page_gone_(struct vpl011 *d);
void vpl011_page_store_(struct vpl011 *d);
void vpl011_page_store_range_(struct vpl011 *d, uint32_t from, uint32_t to);
void vpl011_page_settle_(struct vpl011 *d);

/* trace.c: only where there is a trace op */
void vpl011_trace_(struct vpl011 *d, uint32_t kind, uint64_t offset,
                   unsigned int size, uint64_t value);

/*
 * How the core calls time.c: through pointers that vpl011_time_set() stores in
 * the device, so that a program which gives no clock does not contain it. dma.c
 * is called in the same way, through d->dma_settle.
 */
struct vpl011_time_calls {
    uint64_t (*now)(struct vpl011 *d);
    void (*settle)(struct vpl011 *d);
    void (*drain)(struct vpl011 *d);
    unsigned int (*arrivals)(struct vpl011 *d);
    void (*get)(const struct vpl011 *d, uint32_t *tx_frame,
                uint32_t *rx_timeout);
    void (*load)(struct vpl011 *d, uint32_t tx_frame, uint32_t rx_timeout);
};
void vpl011_time_start_(struct vpl011 *d,
                        const struct vpl011_time_config *config);

/*
 * settle.c. A public function that may change the device begins with enter,
 * which with a clock first does what is due, and ends with settle, which also
 * leaves. One that only looks, or takes events, begins with look and ends with
 * leave; look and leave change nothing but the guard. The short ways of
 * access.c do without either.
 */
int vpl011_enter_(struct vpl011 *d);
int vpl011_look_(struct vpl011 *d);
int vpl011_enter_locked_(struct vpl011 *d, uintptr_t saved);
int vpl011_settle_(struct vpl011 *d);
int vpl011_settle_put_(struct vpl011 *d, uint32_t answer);
void vpl011_leave_(struct vpl011 *d);
uint32_t vpl011_way_(const struct vpl011 *d);

/* drain.c */
void vpl011_drain_(struct vpl011 *d);
void vpl011_drain_all_but_(struct vpl011 *d, unsigned int later);
void vpl011_drain_refused_(struct vpl011 *d, uint32_t events);
void vpl011_tx_leave_(struct vpl011 *d, size_t count);

/* pins.c */
void vpl011_settle_pins_(struct vpl011 *d);
uint32_t vpl011_outputs_(const struct vpl011 *d);
uint32_t vpl011_modem_visible_(const struct vpl011 *d);
/* Which register a set of modem bits is written in. */
enum modem_column { MODEM_CR, MODEM_FR, MODEM_INT, MODEM_ITIP };
uint32_t vpl011_modem_map_(uint32_t bits, enum modem_column from,
                           enum modem_column to);

/*
 * Whether a character that leaves an otherwise empty TX FIFO changes nothing
 * that the guest can see: TXRIS is set already, and no gate stops, loops or
 * watches single characters.
 */
static inline bool vpl011_is_steady_(const struct vpl011 *d)
{
    return d->txi > 0 && (d->gates & (GATE_TX | GATE_LOOP | GATE_CTSEN |
                                      GATE_EVERY)) == GATE_TX;
}

/* What it does change: TXRIS is renewed. It takes two acknowledges again as in
 * vpl011_tx_leave_(): with TXRIS set already, either TXIM is 0 or TX has been
 * pending, so that this drain is no interrupt of its own. */
static inline void vpl011_left_steadily_(struct vpl011 *d, size_t count)
{
    d->counters.tx_bytes += count;
    d->txi = 2;
}

/* TXFF once for a load of characters: whether it is to be shown now. */
static inline bool vpl011_load_shown_(const struct vpl011 *d)
{
    return (d->flags & VPL011_CFG_TXFF_ONCE_PER_LOAD) && d->tx_load >= d->depth;
}

/* Say that interrupts, FR and events may differ. Whoever only adds to the TX
 * FIFO need not: settling looks at that in any case. */
static inline void vpl011_changed_(struct vpl011 *d)
{
    d->todo |= TODO_DERIVE;
}

/* Owe the embedder events; those that it has not seen yet count as one. */
static inline void vpl011_raise_(struct vpl011 *d, uint32_t events)
{
    if (events && !(d->todo & TODO_EVENTS)) {
        d->counters.notifies++;
    }
    d->todo |= events;
}

/* Events that a backend raised: it may only ask for VPL011_EVENT_FAR_END. */
static inline void vpl011_asked_(struct vpl011 *d, uint32_t events)
{
    vpl011_raise_(d, events & VPL011_EVENT_FAR_END);
}

/*
 * How many characters may be admitted now. None once RX_BURST came in a row,
 * until the rest that follows is over: so at most 95 do, where the smallest
 * ring of a driver holds 128. Without throttling, always a whole FIFO.
 */
static inline unsigned int vpl011_room_(const struct vpl011 *d)
{
    if (d->flags & VPL011_CFG_UNTHROTTLED) {
        return d->depth;
    }
    if (!(d->gates & GATE_RX) || d->rx_fill >= d->depth ||
        d->rx_burst >= RX_BURST) {
        return 0;
    }
    return (unsigned int)d->depth - d->rx_fill;
}

static inline void vpl011_admitted_(struct vpl011 *d, size_t count)
{
    if (!(d->flags &
          (VPL011_CFG_UNTHROTTLED | VPL011_CFG_NO_TICK | FLAG_TIMED_RX))) {
        d->rx_burst =
            (uint8_t)(d->rx_burst + count); /* vpl011_room_() bounds it */
    }
}

#endif
