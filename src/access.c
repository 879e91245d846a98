/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The guest's side: register reads and writes (TRM chapters 3 and 4). */
#include "internal.h"

#include <string.h>

/*
 * The guest accesses the device during its rest from input. Eight reads in a
 * row while nothing is pending end it: that is a guest which polls. A write, or
 * an interrupt that is pending, means that the guest is still busy, and the
 * rest starts again. The read by which a handler sees that nothing is pending
 * does not end it: more input would enter the handler again before FreeBSD's
 * software interrupt has emptied the ring. With an edge-triggered controller
 * only vpl011_tick() ends it: such a controller may enter the handler once more
 * than that.
 */
static void rest(struct vpl011 *d, bool write)
{
    if (d->mis || write || d->ops.irq_pending) {
        d->rx_rest = RX_REST;
    } else if (d->rx_rest > 1) {
        d->rx_rest--;
    } else {
        vpl011_rest_end_(d);
    }
}

/*
 * The end of an access that is traced, or made during a rest from input, or
 * that is a mistake of the guest. Mistakes are counted and told to guest_error.
 * A bad access is the only one that a bus would refuse; the others are RAZ/WI.
 */
static OUT_OF_LINE int tell(struct vpl011 *d, uint32_t mistake, bool write,
                            uint64_t offset, unsigned int size, uint64_t value)
{
    const bool bad_access = mistake == VPL011_GUEST_BAD_ACCESS;

    if (d->todo & TODO_TRACED) {
        vpl011_trace_(d, write ? VPL011_TRACE_WRITE : VPL011_TRACE_READ, offset,
                      size, value);
    }
    if ((d->todo & TODO_RESTING) && !bad_access) {
        rest(d, write);
    }
    d->counters.guest_errors += mistake != 0;
    d->counters.bad_accesses += bad_access;
    if (mistake && d->ops.guest_error) {
        const struct vpl011_guest_error error = {
            .kind = mistake,
            .write = write,
            .offset = offset,
            .size = size,
            .value = value,
        };

        d->ops.guest_error(d->ops.ctx, &error);
    }
    vpl011_settle_(d);
    return bad_access ? VPL011_ERR_ACCESS : VPL011_OK;
}

/* The bits that an access of this size moves; 0 for a size that no access has.
 * No register has more than 16 bits, and FR_PLAIN is above them. */
static INLINE_FOR_SPEED uint32_t size_mask(unsigned int size)
{
    return likely(size == 4) || size == 2 ? 0xFFFFu : size == 1 ? 0xFFu : 0;
}

/*
 * What a bus of this device accepts: 8, 16 and 32 bits at a register's base.
 * A narrow access anywhere else is refused rather than aliased: a byte read at
 * 0x001 must not pop the FIFO.
 */
static inline bool is_at_register(uint64_t offset)
{
    return (offset & ~(uint64_t)0xFFC) == 0;
}

static INLINE_FOR_SPEED uint32_t access_mask(uint64_t offset, unsigned int size)
{
    return likely(is_at_register(offset)) ? size_mask(size) : 0;
}

/*
 * The plain side of each register: where its value is kept, and which bits a
 * write stores. What a register does beyond that is in the functions below.
 *
 * A Generic UART has those of BSA table 19. The rest are RAZ/WI in the SBSA
 * personality, never a fault: Linux writes UARTDMACR there, OpenBSD UARTLCR_H.
 * With STORE_CONFIG those that EDK2 compares are stored, and have no effect.
 */
#define PLAIN (1u << 5)  /* a read is nothing but that value */
#define STORED (1u << 6) /* a write stores it */

struct reg {
    uint8_t member;
    uint8_t kind;
    uint16_t mask;
};

#define AT(name) ((uint8_t)offsetof(struct vpl011, name))
_Static_assert(offsetof(struct vpl011, guard) < 256, "a byte holds each AT()");

static const struct reg regs[] = {
    [PL011_UARTDR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTRSR / 4] = {AT(rsr), IN_SBSA | PLAIN | STORED, 0},
    [PL011_UARTFR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTILPR / 4] = {AT(ilpr), IN_CONFIG | PLAIN | STORED, 0xFF},
    [PL011_UARTIBRD / 4] = {AT(ibrd), IN_CONFIG | PLAIN | STORED, 0xFFFF},
    [PL011_UARTFBRD / 4] = {AT(fbrd), IN_CONFIG | PLAIN | STORED,
                            PL011_UARTFBRD_MASK},
    [PL011_UARTLCR_H / 4] = {AT(lcr_h), IN_CONFIG | PLAIN | STORED, 0xFF},
    [PL011_UARTCR / 4] = {AT(cr), IN_CONFIG | PLAIN | STORED,
                          PL011_UARTCR_MASK},
    [PL011_UARTIFLS / 4] = {AT(ifls), IN_CONFIG | PLAIN | STORED,
                            PL011_UARTIFLS_MASK},
    [PL011_UARTIMSC / 4] = {AT(imsc), IN_SBSA | PLAIN | STORED, PL011_INT_ALL},
    [PL011_UARTRIS / 4] = {AT(ris), IN_SBSA | PLAIN, 0},
    [PL011_UARTMIS / 4] = {AT(mis), IN_SBSA | PLAIN, 0},
    [PL011_UARTICR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTDMACR / 4] = {AT(dmacr), IN_CONFIG | PLAIN | STORED,
                             PL011_UARTDMACR_MASK},
    [PL011_UARTTCR / 4] = {AT(tcr), IN_PL011 | PLAIN | STORED,
                           PL011_UARTTCR_MASK},
    [PL011_UARTITIP / 4] = {AT(itip), IN_PL011 | STORED, PL011_UARTITIP_MASK},
    [PL011_UARTITOP / 4] = {AT(itop), IN_PL011 | PLAIN | STORED, 0xFFFF},
    [PL011_UARTTDR / 4] = {0, IN_PL011, 0},
};
/* The offsets between and behind these registers, those of the IDs among them.
 */
#define NO_REG (&regs[PL011_UARTFR / 4 - 1])

static INLINE_FOR_SPEED const struct reg *find(const struct vpl011 *d,
                                               uint64_t offset)
{
    /* Rotated, so that an offset which is not a multiple of four gives a row
     * far beyond the table. */
    const uint64_t row = offset >> 2 | offset << 62;

    if (likely(row < sizeof(regs) / sizeof(regs[0])) &&
        likely(regs[row].kind & d->present)) {
        return &regs[row];
    }
    return NO_REG;
}

static inline uint16_t *place(struct vpl011 *d, const struct reg *r)
{
    return (uint16_t *)(void *)((uint8_t *)d + r->member);
}

/*
 * FR, when a read has more to do than to return it: TXFF is being shown once
 * for a load of characters, and this read is the one that sees it.
 */
static uint32_t read_fr(struct vpl011 *d)
{
    const uint32_t fr = d->fr;

    if (vpl011_load_shown_(d)) {
        /* The load counts as sent now: a driver that stops at TXFF waits for a
         * TXRIS that comes after it, and RTEMS has acknowledged the one that
         * was there before. */
        d->tx_load = 0;
        vpl011_tx_leave_(d, 0);
    }
    return fr & FR_VALUE;
}

/* The test inputs show the pins, active low, with both receive lines idle. */
static uint32_t read_itip(const struct vpl011 *d)
{
    return d->itip | PL011_ITIP_RXD | PL011_ITIP_SIRIN |
           vpl011_modem_map_(~(uint32_t)d->modem_inputs, MODEM_FR, MODEM_ITIP);
}

/* TESTFIFO: the test port takes from the TX FIFO (TRM 4.3.4). */
static uint32_t read_tdr(struct vpl011 *d)
{
    uint32_t value = 0;

    if ((d->tcr & PL011_TCR_TESTFIFO) && d->tx_fill > 0) {
        value = d->tx_fifo[0];
        d->counters.tx_looped++;
        vpl011_tx_leave_(d, 1);
    }
    return value;
}

/* PeriphID0..3 and PCellID0..3 are the bytes of two words. */
static uint32_t read_id(const struct vpl011 *d, uint32_t offset)
{
    uint32_t id = offset < PL011_UARTPCellID0 ? d->periph_id : PL011_PCELLID;

    return (id >> (2 * (offset % 16))) & 0xFFu;
}

/*
 * The guest takes one entry. RSR follows the entry just read, except for OE,
 * which only UARTECR clears (TRM 3.3.2). After an entry with errors the next
 * read is watched (rx_watch() in settle.c), because it clears them.
 */
static ALWAYS_INLINE uint32_t rx_take(struct vpl011 *d, bool watched)
{
    const uint32_t entry = d->rx_fifo[d->rx_fill - 1];

    d->rx_fill--;
    if (unlikely(watched || entry > PL011_DR_DATA)) {
        vpl011_store_relaxed_u16(
            &d->rsr, (uint16_t)((d->rsr & PL011_RSR_OE) |
                                ((entry >> 8) & (PL011_RSR_FE | PL011_RSR_PE |
                                                 PL011_RSR_BE))));
        d->rx_watch = d->rx_fill;
    }
    d->counters.rx_read++;
    return entry;
}

/* As vpl011_enter_(), without a call where nothing is special. */
static inline int enter(struct vpl011 *d)
{
    if (unlikely(!d)) {
        return VPL011_ERR_NULL;
    }
    if (FOR_SPEED && likely(guard_is_quick(vpl011_load_relaxed(&d->guard)))) {
        vpl011_store_relaxed(&d->guard, GUARD_BUSY);
        return VPL011_OK;
    }
    return vpl011_enter_(d);
}

/* A read, whatever it does. Returns the kind of mistake, or 0. */
static INLINE_FOR_SPEED uint32_t read_register(struct vpl011 *d,
                                               uint64_t offset,
                                               uint32_t *result)
{
    const struct reg *r;

    if (offset == PL011_UARTDR) {
        /* Reading an empty FIFO is undefined in the TRM; here it returns 0 and
         * touches nothing, because RTEMS reads DR before every character that
         * it writes. */
        if (d->rx_fill > 0) {
            const bool watched = d->rx_fill == d->rx_watch;

            if (watched) {
                d->acks &= (uint8_t)~ACK_RECEIVE;
                vpl011_changed_(d);
            }
            *result = rx_take(d, watched);
        }
        return 0;
    }
    r = find(d, offset);
    if (r->kind & PLAIN) {
        *result = *place(d, r);
        return 0;
    }
    if (offset == PL011_UARTFR) {
        *result = read_fr(d);
        return 0;
    }
    if (offset == PL011_UARTICR) {
        return VPL011_GUEST_WRITE_ONLY;
    }
    if (!is_sbsa(d)) {
        if (offset >= PL011_UARTPeriphID0) {
            *result = read_id(d, (uint32_t)offset);
            return 0;
        }
        if (offset == PL011_UARTITIP) {
            *result = read_itip(d);
            return 0;
        }
        if (offset == PL011_UARTTDR) {
            *result = read_tdr(d);
            return 0;
        }
    }
    return VPL011_GUEST_RESERVED;
}

uint32_t vpl011_peek_(struct vpl011 *d, uint32_t offset)
{
    uint32_t result = 0;

    (void)read_register(d, offset, &result);
    return result;
}

/* A read, whatever it does; `err` is that of entering. */
static ALWAYS_INLINE int read_entered(struct vpl011 *d, int err,
                                      uint64_t offset, unsigned int size,
                                      uint64_t *value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t mistake = VPL011_GUEST_BAD_ACCESS;
    uint32_t result = 0;

    if (unlikely(err)) {
        *value = 0;
        return err;
    }
    if (likely(mask)) {
        mistake = read_register(d, offset, &result);
    }
    *value = result & mask;
    if (unlikely(mistake | (d->todo & (TODO_TRACED | TODO_RESTING)))) {
        return tell(d, mistake, false, offset, size, *value);
    }
    return vpl011_settle_(d);
}

/* Every read that is not a quiet one. The device has not been entered yet. */
static OUT_OF_LINE int read_other(struct vpl011 *d, uint64_t offset,
                                  unsigned int size, uint64_t *value)
{
    return read_entered(d, enter(d), offset, size, value);
}

/* A character, with lock ops. The guard is looked at once more under the lock:
 * another vCPU may have been first. */
static OUT_OF_LINE int read_dr_locked(struct vpl011 *d, uint64_t offset,
                                      unsigned int size, uint64_t *value)
{
    const uintptr_t saved = d->ops.lock(d->ops.ctx);

    if (likely(guard_is_locked(vpl011_load_relaxed(&d->guard)) &&
               d->rx_fill != d->rx_watch)) {
        *value = rx_take(d, false) & size_mask(size);
        d->ops.unlock(d->ops.ctx, saved);
        return VPL011_OK;
    }
    return read_entered(d, vpl011_enter_locked_(d, saved), offset, size, value);
}

/* A read that takes nothing needs no lock. */
static OUT_OF_LINE int read_locked(struct vpl011 *d, uint64_t offset,
                                   unsigned int size, uint64_t *value)
{
    const struct reg *r;

    if (offset == PL011_UARTDR) {
        return read_dr_locked(d, offset, size, value);
    }
    r = find(d, offset);
    if (likely(r->kind & PLAIN)) {
        *value = vpl011_load_relaxed_u16(place(d, r)) & size_mask(size);
        return VPL011_OK;
    }
    return read_other(d, offset, size, value);
}

/*
 * A quiet read changes nothing but what it takes, and nothing waits to be
 * sent: there is nothing to settle, nobody to call, and no need to enter.
 */
int vpl011_mmio_read(struct vpl011 *d, uint64_t offset, unsigned int size,
                     uint64_t *value)
{
    const uint32_t mask = size_mask(size);

    if (unlikely(!value)) {
        return VPL011_ERR_NULL;
    }
    if (likely(d) && likely(mask)) {
        if (offset == PL011_UARTFR) {
            const uint32_t fr = vpl011_load_relaxed(&d->fr);

            if (likely(fr_is_plain(fr))) {
                *value = fr & mask;
                return VPL011_OK;
            }
        } else if (FOR_SPEED) {
            const uint32_t guard = vpl011_load_relaxed(&d->guard);

            if (likely(guard_is_quick(guard))) {
                if (offset == PL011_UARTDR) {
                    if (likely(d->rx_fill != d->rx_watch)) {
                        *value = rx_take(d, false) & mask;
                        return VPL011_OK;
                    }
                } else {
                    const struct reg *r = find(d, offset);

                    if (likely(r->kind & PLAIN)) {
                        *value = *place(d, r) & mask;
                        return VPL011_OK;
                    }
                }
            } else if (guard_is_locked(guard)) {
                return read_locked(d, offset, size, value);
            }
        }
    }
    return read_other(d, offset, size, value);
}

/*
 * LCR_H: its write strobe latches the divisor too (TRM 3.3.6), and a change of
 * FEN empties both FIFOs. The same FEN disturbs nothing: Linux rewrites LCR_H
 * with data queued to change the format or to send a BREAK. What was typed
 * ahead stays: the first character of it came into the one-deep FIFO of a UART
 * that nobody had set up, and the rest still waits in the backend.
 */
static void wrote_lcr_h(struct vpl011 *d, uint32_t old)
{
    d->line_ibrd = d->ibrd;
    d->line_fbrd = (uint8_t)d->fbrd;
    if (((old ^ d->lcr_h) & PL011_LCR_H_FEN) && !is_sbsa(d)) {
        vpl011_flush_tx_(d);
        if (!(d->latches & LATCH_EARLY_RX) || d->rx_fill == 0) {
            vpl011_flush_rx_(d);
        } else {
            d->acks &= (uint8_t)~ACK_RECEIVE;
        }
        d->latches &= (uint8_t)~LATCH_EARLY_RX;
    }
    d->todo |= TODO_PINS;
    if (!FOR_SPEED ||
        ((old ^ d->lcr_h) & (PL011_LCR_H_FEN | PL011_LCR_H_BRK))) {
        vpl011_configure_(d);
    }
}

/* CR: what only drives modem outputs changes nothing else. */
static void wrote_cr(struct vpl011 *d, uint32_t old)
{
    const uint32_t outputs =
        PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 | PL011_CR_OUT2;

    d->todo |= TODO_PINS;
    if (!FOR_SPEED || ((old ^ d->cr) & ~outputs) ||
        !(d->latches & LATCH_CR_WRITTEN)) {
        d->latches |= LATCH_CR_WRITTEN;
        vpl011_configure_(d);
    }
}

static void wrote_imsc(struct vpl011 *d, uint32_t old)
{
    const uint32_t unmasked = d->imsc & ~old;

    if (d->imsc == old) {
        return; /* Linux writes it three times for each line of text */
    }
    if (unmasked & PL011_INT_RT) {
        d->latches |= LATCH_RT; /* the mask also powers the counter */
        d->todo |= TODO_TIMEOUT;
    }
    d->acks &= (uint8_t) ~(unmasked & (ACK_RX | ACK_RT));
    /* Only a clock and DMA requests look at UARTIMSC beside the interrupts. */
    d->todo |= (d->todo & TODO_TIED) ? TODO_DERIVE : TODO_INTERRUPTS;
}

/*
 * RX or RT acknowledged with data waiting. Once, that is a handler which reads
 * before or after, and they stay, so that what came between its last read and
 * its acknowledge is not left behind. Once more and nothing read since: it
 * cannot take more (MicroPython, whose ring is full), and its handler would
 * never leave the guest alone.
 */
static uint32_t acknowledge_receive(struct vpl011 *d, uint32_t value)
{
    uint32_t down = 0;

    if (d->acks & ACK_UNREAD) {
        down = value & (ACK_RX | ACK_RT);
        d->acks |= (uint8_t)down;
    }
    d->acks |= ACK_UNREAD;
    d->todo |=
        (value & PL011_INT_RT) ? TODO_DERIVE | TODO_TIMEOUT : TODO_DERIVE;
    return down;
}

/*
 * ICR: one step of TX (vpl011_tx_leave_() says why two, and nothing can be
 * seen of the first), error and modem bits, and by the strict rules the receive
 * latches. RX and RT are levels: acknowledge_receive().
 */
static void write_icr(struct vpl011 *d, uint32_t value)
{
    uint32_t left = d->mis;

    if ((value & PL011_INT_TX) && d->txi > 0) {
        d->txi--;
        if (d->txi == 0) {
            left &= ~PL011_INT_TX;
            vpl011_changed_(d);
        }
    }
    if ((value & (PL011_INT_RX | PL011_INT_RT)) && d->rx_fill > 0 &&
        !(d->flags & VPL011_CFG_STRICT_INTERRUPTS)) {
        left &= ~acknowledge_receive(d, value);
    }
    if ((d->ris_latched & value) || (d->gates & GATE_EVERY)) {
        left &= ~(d->ris_latched & value);
        d->ris_latched &= (uint16_t)~value;
        if (value & PL011_INT_RX) {
            d->latches &= (uint8_t)~LATCH_RX;
        }
        if (value & PL011_INT_RT) {
            d->latches &= (uint8_t)~LATCH_RT;
        }
        d->irq_edges &= ~value;
        vpl011_changed_(d);
    }
    d->acks &= (uint8_t)~ACK_PENDING;
    d->acks |= left ? ACK_PENDING : 0;
}

/* TESTFIFO: the test port feeds the RX FIFO, with error bits (TRM 4.3.4). */
static OUT_OF_LINE void write_tdr(struct vpl011 *d, uint32_t value)
{
    if ((d->tcr & PL011_TCR_TESTFIFO) && vpl011_close_page_(d)) {
        vpl011_rx_put_(d, value & PL011_UARTTDR_MASK);
    }
}

/*
 * A write that is not of DR. Only the bytes that were addressed change; a mask
 * of 0 makes UARTECR's "any value clears" out of that. Returns the kind of
 * mistake, or 0.
 */
static uint32_t write_register(struct vpl011 *d, uint64_t offset,
                               uint32_t value, uint32_t mask)
{
    const struct reg *r = find(d, offset);
    uint32_t old;

    if (r->kind & STORED) {
        old = *place(d, r);
        vpl011_store_relaxed_u16(
            place(d, r),
            (uint16_t)(((old & ~mask) | (value & mask)) & r->mask));
        switch (offset) {
        case PL011_UARTLCR_H:
            wrote_lcr_h(d, old);
            break;
        case PL011_UARTCR:
            wrote_cr(d, old);
            break;
        case PL011_UARTIFLS:
        case PL011_UARTTCR:
            vpl011_configure_(d);
            break;
        case PL011_UARTIMSC:
            wrote_imsc(d, old);
            break;
        case PL011_UARTRSR:
            if (unlikely(old)) {
                vpl011_changed_(d); /* UARTECR: no error is left to clear */
            }
            break;
        default:
            if (unlikely(d->todo & TODO_TIED)) {
                vpl011_changed_(d); /* UARTDMACR: DMA requests */
            }
            break;
        }
        return 0;
    }
    if (offset == PL011_UARTICR) {
        write_icr(d, value & mask);
        return 0;
    }
    if (offset == PL011_UARTTDR && !is_sbsa(d)) {
        write_tdr(d, value & mask);
        return 0;
    }
    if ((r->kind & IN_SBSA) || (offset >= PL011_UARTPeriphID0 && !is_sbsa(d))) {
        return VPL011_GUEST_READ_ONLY;
    }
    return VPL011_GUEST_RESERVED;
}

/*
 * DR: the store is twice the depth that FR and the IDs admit, because some
 * drivers write a whole FIFO on a hint (NetBSD 16 on a 16-deep part whose
 * trigger leaves 8 free; FreeBSD's console under its own tty).
 */
static inline bool tx_fits(const struct vpl011 *d)
{
    return d->tx_fill < d->tx_store;
}

static inline void tx_put(struct vpl011 *d, uint64_t value)
{
    d->tx_fifo[d->tx_fill] = (uint8_t)value;
    d->tx_fill++;
}

/* A write, whatever it does; `err` is that of entering. */
static ALWAYS_INLINE int write_entered(struct vpl011 *d, int err,
                                       uint64_t offset, unsigned int size,
                                       uint64_t value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t mistake = 0;

    if (unlikely(err)) {
        return err;
    }
    if (unlikely(!mask)) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (offset == PL011_UARTDR) {
        /* What was loaded no longer waits for a backend to be attached. */
        d->flags &= ~FLAG_UNATTACHED;
        if (likely(tx_fits(d))) {
            tx_put(d, value);
        } else {
            d->counters.tx_overflow++;
            mistake = VPL011_GUEST_TX_OVERFLOW;
        }
    } else {
        mistake = write_register(d, offset, (uint32_t)value, mask);
    }
    if (unlikely(mistake | (d->todo & (TODO_TRACED | TODO_RESTING)))) {
        return tell(d, mistake, true, offset, size, value);
    }
    return vpl011_settle_(d);
}

/* Every write but that of a character which leaves at once. The device has not
 * been entered yet. */
static OUT_OF_LINE int write_other(struct vpl011 *d, uint64_t offset,
                                   unsigned int size, uint64_t value)
{
    return write_entered(d, enter(d), offset, size, value);
}

#if FOR_SPEED
/*
 * The common case: the FIFO is empty, TXRIS is set, and the backend takes the
 * character at once and asks for nothing. Then the FIFO is empty and TXRIS set
 * as before, and there is nothing to settle. Returns true where it was so; the
 * device has only to be left.
 */
static ALWAYS_INLINE bool put_is_all(struct vpl011 *d, uint64_t value,
                                     uint32_t *answer)
{
    vpl011_store_relaxed(&d->guard, GUARD_BUSY);
    d->tx_offered = (uint8_t)value;
    *answer = d->backend.put(d->backend.ctx, (uint8_t)value);
    if (unlikely(*answer != VPL011_BACKEND_TAKEN)) {
        return false;
    }
    vpl011_left_steadily_(d, 1);
    return true;
}

/* The same with lock ops: whether there is anything to do is looked at under
 * the lock; another vCPU may have been first. */
static OUT_OF_LINE int write_dr_locked(struct vpl011 *d, unsigned int size,
                                       uint64_t value)
{
    const uintptr_t saved = d->ops.lock(d->ops.ctx);
    uint32_t answer;

    if (unlikely(vpl011_load_relaxed(&d->guard) != GUARD_LOCKED_STEADY)) {
        return write_entered(d, vpl011_enter_locked_(d, saved), PL011_UARTDR,
                             size, value);
    }
    if (unlikely(!put_is_all(d, value, &answer))) {
        d->lock_saved = saved;
        return vpl011_settle_put_(d, answer);
    }
    vpl011_store_relaxed(&d->guard, GUARD_LOCKED_STEADY);
    d->ops.unlock(d->ops.ctx, saved);
    return VPL011_OK;
}
#endif

int vpl011_mmio_write(struct vpl011 *d, uint64_t offset, unsigned int size,
                      uint64_t value)
{
#if FOR_SPEED
    uint32_t answer;
    uint32_t guard;

    if (likely(offset == PL011_UARTDR && size_mask(size) && d)) {
        guard = vpl011_load_relaxed(&d->guard);
        if (likely(guard == GUARD_STEADY)) {
            if (unlikely(!put_is_all(d, value, &answer))) {
                return vpl011_settle_put_(d, answer);
            }
            vpl011_store_relaxed(&d->guard, GUARD_STEADY);
            return VPL011_OK;
        }
        if (guard == GUARD_LOCKED_STEADY) {
            return write_dr_locked(d, size, value);
        }
    }
#endif
    return write_other(d, offset, size, value);
}
