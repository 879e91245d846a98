/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The guest's side: register reads and writes (TRM chapters 3 and 4). */
#include "internal.h"

#include <string.h>

/*
 * Count a guest mistake, tell whoever wants to know, and leave. A bad access
 * is the only one that a bus would refuse; the others are quietly RAZ/WI.
 */
static OUT_OF_LINE int guest_mistake(struct vpl011 *d, uint32_t kind,
                                     bool write, uint64_t offset,
                                     unsigned int size, uint64_t value)
{
    struct vpl011_guest_error error = {
        .kind = kind,
        .write = write,
        .offset = offset,
        .size = size,
        .value = value,
    };
    const bool bad_access = kind == VPL011_GUEST_BAD_ACCESS;

    d->counters.guest_errors++;
    d->counters.bad_accesses += bad_access;
    if (d->ops.guest_error) {
        d->ops.guest_error(d->ops.ctx, &error);
    }
    vpl011_leave_(d);
    return bad_access ? VPL011_ERR_ACCESS : VPL011_OK;
}

/*
 * What a bus of this device accepts: 8, 16 and 32 bits at a register's base.
 * A narrow access anywhere else is refused rather than aliased: a byte read at
 * 0x001 must not pop the FIFO. Returns the mask of the bits that move, or 0.
 */
static INLINE_FOR_SPEED uint32_t access_mask(uint64_t offset, unsigned int size)
{
    if (unlikely((offset & ~(uint64_t)0xFFC) != 0)) {
        return 0;
    }
    if (likely(size == 4)) {
        return 0xFFFFFFFFu;
    }
    return size == 2 ? 0xFFFFu : size == 1 ? 0xFFu : 0;
}

/*
 * The plain side of each register: where its value is kept, and which bits a
 * write stores. What a register does beyond that is in the functions below.
 *
 * A Generic UART has those of BSA table 19. The rest are RAZ/WI in the SBSA
 * personality, never a fault: Linux writes UARTDMACR there, OpenBSD UARTLCR_H.
 * With STORE_CONFIG those that EDK2 compares are stored, and have no effect.
 */
#define IN_SBSA (1u << 0) /* present in both personalities */
#define CONFIG (1u << 1)  /* in SBSA with STORE_CONFIG only */
#define WIDE (1u << 2)    /* kept in 16 bits, else in 8 */
#define PLAIN (1u << 3)   /* a read is nothing but that value */
#define STORED (1u << 4)  /* a write stores it */

struct reg {
    uint8_t member;
    uint8_t kind;
    uint16_t mask;
};

#define AT(name) ((uint8_t)offsetof(struct vpl011, name))
_Static_assert(offsetof(struct vpl011, mis) < 256, "a byte holds each AT()");

static const struct reg regs[] = {
    [PL011_UARTDR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTRSR / 4] = {AT(rsr), IN_SBSA | PLAIN | STORED, 0},
    [PL011_UARTFR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTILPR / 4] = {AT(ilpr), CONFIG | PLAIN | STORED, 0xFF},
    [PL011_UARTIBRD / 4] = {AT(ibrd), CONFIG | WIDE | PLAIN | STORED, 0xFFFF},
    [PL011_UARTFBRD / 4] = {AT(fbrd), CONFIG | PLAIN | STORED,
                            PL011_UARTFBRD_MASK},
    [PL011_UARTLCR_H / 4] = {AT(lcr_h), CONFIG | PLAIN | STORED, 0xFF},
    [PL011_UARTCR / 4] = {AT(cr), CONFIG | WIDE | PLAIN | STORED,
                          PL011_UARTCR_MASK},
    [PL011_UARTIFLS / 4] = {AT(ifls), CONFIG | PLAIN | STORED,
                            PL011_UARTIFLS_MASK},
    [PL011_UARTIMSC / 4] = {AT(imsc), IN_SBSA | WIDE | PLAIN | STORED,
                            PL011_INT_ALL},
    [PL011_UARTRIS / 4] = {AT(ris), IN_SBSA | WIDE | PLAIN, 0},
    [PL011_UARTMIS / 4] = {AT(mis), IN_SBSA | WIDE | PLAIN, 0},
    [PL011_UARTICR / 4] = {0, IN_SBSA, 0},
    [PL011_UARTDMACR / 4] = {AT(dmacr), CONFIG | PLAIN | STORED,
                             PL011_UARTDMACR_MASK},
    [PL011_UARTTCR / 4] = {AT(tcr), PLAIN | STORED, PL011_UARTTCR_MASK},
    [PL011_UARTITIP / 4] = {AT(itip), STORED, PL011_UARTITIP_MASK},
    [PL011_UARTITOP / 4] = {AT(itop), WIDE | PLAIN | STORED, 0xFFFF},
    [PL011_UARTTDR / 4] = {0, 0, 0},
};
/* What lies between and behind them, the IDs among it. */
static const struct reg no_reg;

static INLINE_FOR_SPEED const struct reg *find(const struct vpl011 *d,
                                               uint64_t offset)
{
    const struct reg *r = offset <= PL011_UARTTDR ? &regs[offset / 4] : &no_reg;
    uint32_t present = IN_SBSA;

    if (unlikely(is_sbsa(d))) {
        if (d->flags & VPL011_CFG_STORE_CONFIG) {
            present |= CONFIG;
        }
        if (!(r->kind & present)) {
            return &no_reg;
        }
    }
    return r;
}

static INLINE_FOR_SPEED uint32_t load(const struct vpl011 *d,
                                      const struct reg *r)
{
    const uint8_t *at = (const uint8_t *)d + r->member;
    uint16_t wide;

    if (!(r->kind & WIDE)) {
        return *at;
    }
    memcpy(&wide, at, sizeof(wide));
    return wide;
}

static inline void store(struct vpl011 *d, const struct reg *r, uint32_t value)
{
    uint8_t *at = (uint8_t *)d + r->member;
    uint16_t wide = (uint16_t)value;

    if (!(r->kind & WIDE)) {
        *at = (uint8_t)value;
    } else {
        memcpy(at, &wide, sizeof(wide));
    }
}

/*
 * FR, when a read has more to do than to return it: TXFF is being shown once
 * for a load of characters, and this read is the one that sees it.
 */
static uint32_t read_fr(struct vpl011 *d)
{
    uint32_t fr = d->fr;

    if (!(fr & FR_PLAIN)) {
        /* The load leaves now: who stops for TXFF waits for TXRIS after it, and
         * RTEMS has acknowledged what was there before. */
        d->tx_load = 0;
        vpl011_tx_leave_(d, 0);
    }
    return fr & ~FR_PLAIN;
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
 * which only UARTECR clears (TRM 3.3.2). Reading an empty FIFO is undefined
 * in the TRM; here it returns 0 and touches nothing, because RTEMS reads DR
 * before every character that it writes.
 */
static inline uint32_t rx_get(struct vpl011 *d)
{
    uint32_t entry;

    if (d->rx_fill == 0) {
        return 0;
    }
    entry = d->rx_fifo[d->rx_head];
    d->rx_head = (uint8_t)((d->rx_head + 1u) % PL011_DEPTH_MAX);
    d->rx_fill--;
    if (d->rx_fill == d->rx_next) {
        vpl011_changed_(d);
    }
    d->rsr = (uint8_t)((d->rsr & PL011_RSR_OE) |
                       ((entry >> 8) &
                        (PL011_RSR_FE | PL011_RSR_PE | PL011_RSR_BE)));
    d->counters.rx_read++;
    return entry;
}

/* Reads that are more than a value, and those of what is not there. */
static OUT_OF_LINE int read_rare(struct vpl011 *d, uint64_t offset,
                                 unsigned int size, uint64_t *value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t mistake = VPL011_GUEST_RESERVED;
    uint32_t result = 0;

    if (unlikely(!mask)) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (offset == PL011_UARTICR) {
        mistake = VPL011_GUEST_WRITE_ONLY;
    } else if (offset == PL011_UARTFR) {
        mistake = 0;
        result = read_fr(d);
    } else if (!is_sbsa(d) &&
               (offset == PL011_UARTITIP || offset == PL011_UARTTDR ||
                offset >= PL011_UARTPeriphID0)) {
        mistake = 0;
        result = offset == PL011_UARTITIP  ? read_itip(d)
                 : offset == PL011_UARTTDR ? read_tdr(d)
                                           : read_id(d, (uint32_t)offset);
    }
    *value = result & mask;
    if (unlikely(mistake)) {
        return guest_mistake(d, mistake, false, offset, size, 0);
    }
    return vpl011_leave_(d);
}

/* Leave after a read, which mostly leaves nothing to settle. */
static INLINE_FOR_SPEED int leave_quietly(struct vpl011 *d)
{
    if (likely((d->todo & ~TODO_WATCH_TX) == 0 && d->tx_fill == 0)) {
        vpl011_store_relaxed(&d->guard, GUARD_IDLE);
        return VPL011_OK;
    }
    return vpl011_leave_(d);
}

/* Every read but those of FR; the device is entered. */
static OUT_OF_LINE int read_entered(struct vpl011 *d, uint64_t offset,
                                    unsigned int size, uint64_t *value)
{
    const uint32_t mask = access_mask(offset, size);

    if (offset == PL011_UARTDR && likely(mask)) {
        *value = rx_get(d) & mask;
        return leave_quietly(d);
    }
    if (likely(mask)) {
        const struct reg *r = find(d, offset);

        if (likely(r->kind & PLAIN)) {
            *value = load(d, r) & mask;
            return leave_quietly(d);
        }
    }
    return read_rare(d, offset, size, value);
}

/* With lock ops, or misused. */
static OUT_OF_LINE int read_slow(struct vpl011 *d, uint64_t offset,
                                 unsigned int size, uint64_t *value)
{
    int err = vpl011_enter_slow_(d);

    return err ? err : read_entered(d, offset, size, value);
}

int vpl011_mmio_read(struct vpl011 *d, uint64_t offset, unsigned int size,
                     uint64_t *value)
{
    if (unlikely(!d || !value)) {
        return VPL011_ERR_NULL;
    }
    if (offset == PL011_UARTFR) {
        const uint32_t mask = access_mask(offset, size);
        uint32_t fr = vpl011_load_relaxed(&d->fr);

        if (likely(mask && (fr & FR_PLAIN))) {
            *value = fr & mask & ~FR_PLAIN;
            return VPL011_OK;
        }
    }
    if (unlikely(vpl011_load_relaxed(&d->guard) != GUARD_IDLE)) {
        return read_slow(d, offset, size, value);
    }
    vpl011_store_relaxed(&d->guard, GUARD_BUSY);
    return read_entered(d, offset, size, value);
}

/*
 * LCR_H: its write strobe latches the divisor too (TRM 3.3.6), and a change of
 * FEN empties both FIFOs. The same FEN disturbs nothing: Linux rewrites LCR_H
 * with data queued to change the format or to send a BREAK.
 */
static void wrote_lcr_h(struct vpl011 *d, uint32_t old)
{
    d->line_ibrd = d->ibrd;
    d->line_fbrd = d->fbrd;
    if (((old ^ d->lcr_h) & PL011_LCR_H_FEN) && !is_sbsa(d)) {
        vpl011_flush_(d);
    }
    vpl011_configure_(d);
}

static void wrote_imsc(struct vpl011 *d, uint32_t old)
{
    if (d->imsc & ~old & PL011_INT_RT) {
        d->latches |= LATCH_RT; /* the mask also powers the counter */
    }
    vpl011_changed_(d);
}

/*
 * ICR: error and modem bits, one step of TX (vpl011_tx_leave_() says why two),
 * and by the strict rules the receive latches. RX and RT as levels stay.
 */
static void write_icr(struct vpl011 *d, uint32_t value)
{
    if ((value & PL011_INT_TX) && d->txi > 0) {
        d->txi--;
        if (d->txi == 1 && (value & d->ris) == PL011_INT_TX &&
            !(d->gates & GATE_EVERY)) {
            return; /* the replay took it: nothing can be seen of it */
        }
    }
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

/* TESTFIFO: the test port feeds the RX FIFO, with error bits (TRM 4.3.4). */
static void write_tdr(struct vpl011 *d, uint32_t value)
{
    if (d->tcr & PL011_TCR_TESTFIFO) {
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
        old = load(d, r);
        store(d, r, ((old & ~mask) | (value & mask)) & r->mask);
        switch (offset) {
        case PL011_UARTLCR_H:
            wrote_lcr_h(d, old);
            break;
        case PL011_UARTCR:
            d->latches |= LATCH_CR_WRITTEN;
            vpl011_configure_(d);
            break;
        case PL011_UARTIFLS:
        case PL011_UARTTCR:
            vpl011_configure_(d);
            break;
        case PL011_UARTIMSC:
            wrote_imsc(d, old);
            break;
        default:
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

static inline int write_dr(struct vpl011 *d, uint64_t value)
{
    d->tx_fifo[d->tx_fill] = (uint8_t)value;
    d->tx_fill++;
    return vpl011_leave_(d);
}

/* Every write that is not a character which fits; not entered yet. */
static OUT_OF_LINE int write_other(struct vpl011 *d, uint64_t offset,
                                   unsigned int size, uint64_t value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t mistake;
    int err = vpl011_enter_(d);

    if (unlikely(err)) {
        return err;
    }
    if (unlikely(!mask)) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (offset == PL011_UARTDR) {
        if (tx_fits(d)) {
            return write_dr(d, value);
        }
        d->counters.tx_overflow++;
        mistake = VPL011_GUEST_TX_OVERFLOW;
    } else {
        mistake = write_register(d, offset, (uint32_t)value, mask);
    }
    if (unlikely(mistake)) {
        return guest_mistake(d, mistake, true, offset, size, value);
    }
    return vpl011_leave_(d);
}

int vpl011_mmio_write(struct vpl011 *d, uint64_t offset, unsigned int size,
                      uint64_t value)
{
    if (likely(offset == PL011_UARTDR && access_mask(offset, size) && d &&
               vpl011_load_relaxed(&d->guard) == GUARD_IDLE && tx_fits(d))) {
        vpl011_store_relaxed(&d->guard, GUARD_BUSY);
        return write_dr(d, value);
    }
    return write_other(d, offset, size, value);
}
