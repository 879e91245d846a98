/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The guest's side: register reads and writes (TRM chapters 3 and 4). */
#include "internal.h"

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
static inline uint32_t access_mask(uint64_t offset, unsigned int size)
{
    if (unlikely((offset & ~(uint64_t)0xFFC) != 0)) {
        return 0;
    }
    switch (size) {
    case 4:
        return 0xFFFFFFFFu;
    case 2:
        return 0xFFFFu;
    case 1:
        return 0xFFu;
    default:
        return 0;
    }
}

/*
 * The registers that a Generic UART has (BSA table 19). The rest are RAZ/WI in
 * the SBSA personality, never a fault: Linux writes UARTDMACR there, OpenBSD
 * UARTLCR_H. With STORE_CONFIG those that EDK2 compares are stored, and stay
 * without effect.
 */
#define REGISTER(offset) ((uint64_t)1 << ((offset) / 4))
#define SBSA_REGISTERS \
    (REGISTER(PL011_UARTDR) | REGISTER(PL011_UARTRSR) | \
     REGISTER(PL011_UARTFR) | REGISTER(PL011_UARTIMSC) | \
     REGISTER(PL011_UARTRIS) | REGISTER(PL011_UARTMIS) | \
     REGISTER(PL011_UARTICR))
#define CONFIG_REGISTERS \
    (REGISTER(PL011_UARTILPR) | REGISTER(PL011_UARTIBRD) | \
     REGISTER(PL011_UARTFBRD) | REGISTER(PL011_UARTLCR_H) | \
     REGISTER(PL011_UARTCR) | REGISTER(PL011_UARTIFLS) | \
     REGISTER(PL011_UARTDMACR))

static bool is_present(const struct vpl011 *d, uint32_t offset)
{
    uint64_t present = SBSA_REGISTERS;

    if (!is_sbsa(d)) {
        return true;
    }
    if (d->flags & VPL011_CFG_STORE_CONFIG) {
        present |= CONFIG_REGISTERS;
    }
    return offset < 64 * 4 && (present >> (offset / 4) & 1);
}

/*
 * FR, when a read has more to do than to return it: TXFF is being shown once
 * for a load of characters, and this read is the one that sees it.
 */
static uint32_t read_fr(struct vpl011 *d)
{
    uint32_t fr = d->fr;

    if (!(fr & FR_PLAIN)) {
        d->tx_load = 0;
        vpl011_changed_(d);
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

    return (id >> (8 * ((offset / 4) % 4))) & 0xFFu;
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
    d->rx_seen = d->rx_fill;
    /* What can be seen of the fill differs at these three only. */
    if (d->rx_fill == 0 || d->rx_fill + 1 == d->rx_trigger ||
        d->rx_fill + 1 >= d->depth) {
        vpl011_changed_(d);
    }
    d->rsr = (uint8_t)((d->rsr & PL011_RSR_OE) |
                       ((entry >> 8) &
                        (PL011_RSR_FE | PL011_RSR_PE | PL011_RSR_BE)));
    d->counters.rx_read++;
    return entry;
}

/* Reads that are rare: what is computed, what is not there, bad accesses. */
static OUT_OF_LINE int read_rare(struct vpl011 *d, uint64_t offset,
                                 unsigned int size, uint64_t *value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t result = 0;
    uint32_t mistake = 0;

    if (unlikely(!mask)) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (!is_present(d, (uint32_t)offset)) {
        mistake = VPL011_GUEST_RESERVED;
    } else if (offset == PL011_UARTFR) {
        result = read_fr(d);
    } else if (offset == PL011_UARTITIP) {
        result = read_itip(d);
    } else if (offset == PL011_UARTTDR) {
        result = read_tdr(d);
    } else if (offset >= PL011_UARTPeriphID0) {
        result = read_id(d, (uint32_t)offset);
    } else {
        mistake = offset == PL011_UARTICR ? VPL011_GUEST_WRITE_ONLY
                                          : VPL011_GUEST_RESERVED;
    }
    *value = result & mask;
    if (unlikely(mistake)) {
        return guest_mistake(d, mistake, false, offset, size, 0);
    }
    return vpl011_leave_(d);
}

/* Every read but those of FR; the device is entered. */
static OUT_OF_LINE int read_entered(struct vpl011 *d, uint64_t offset,
                                    unsigned int size, uint64_t *value)
{
    const uint32_t mask = access_mask(offset, size);
    uint32_t result;

    if (offset == PL011_UARTDR && likely(mask)) {
        *value = rx_get(d) & mask;
        return vpl011_leave_(d);
    }
    if (unlikely(!mask || !is_present(d, (uint32_t)offset))) {
        return read_rare(d, offset, size, value);
    }
    switch (offset) {
    case PL011_UARTRSR:
        result = d->rsr;
        break;
    case PL011_UARTILPR:
        result = d->ilpr;
        break;
    case PL011_UARTIBRD:
        result = d->ibrd;
        break;
    case PL011_UARTFBRD:
        result = d->fbrd;
        break;
    case PL011_UARTLCR_H:
        result = d->lcr_h;
        break;
    case PL011_UARTCR:
        result = d->cr;
        break;
    case PL011_UARTIFLS:
        result = d->ifls;
        break;
    case PL011_UARTIMSC:
        result = d->imsc;
        break;
    case PL011_UARTRIS:
        result = d->ris;
        break;
    case PL011_UARTMIS:
        result = d->mis;
        break;
    case PL011_UARTDMACR:
        result = d->dmacr;
        break;
    case PL011_UARTTCR:
        result = d->tcr;
        break;
    case PL011_UARTITOP:
        result = d->itop;
        break;
    default:
        return read_rare(d, offset, size, value);
    }
    *value = result & mask;
    return vpl011_leave_(d);
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
static void write_lcr_h(struct vpl011 *d, uint32_t value)
{
    uint32_t changed = d->lcr_h ^ value;

    d->lcr_h = (uint8_t)value;
    d->line_ibrd = d->ibrd;
    d->line_fbrd = d->fbrd;
    if ((changed & PL011_LCR_H_FEN) && !is_sbsa(d)) {
        vpl011_flush_(d);
    }
    vpl011_configure_(d);
}

static void write_cr(struct vpl011 *d, uint32_t value)
{
    d->cr = (uint16_t)(value & PL011_UARTCR_MASK);
    d->latches |= LATCH_CR_WRITTEN;
    vpl011_configure_(d);
}

static void write_imsc(struct vpl011 *d, uint32_t value)
{
    if (value & ~(uint32_t)d->imsc & PL011_INT_RT) {
        d->latches |= LATCH_RT; /* the mask also powers the counter */
    }
    d->imsc = (uint16_t)(value & PL011_INT_ALL);
    vpl011_changed_(d);
}

/*
 * ICR: error and modem bits, one step of TX (vpl011_tx_leave_() says why two), and by
 * the strict rules the receive latches. As levels RX and RT are not touched.
 */
static void write_icr(struct vpl011 *d, uint32_t value)
{
    d->ris_latched &= (uint16_t)~value;
    if ((value & PL011_INT_TX) && d->txi > 0) {
        d->txi--;
    }
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

/* `value` into the bytes that were addressed, the others of `old` stay. */
static uint32_t merge(uint32_t old, uint32_t value, uint32_t mask)
{
    return (old & ~mask) | value;
}

/* Returns the kind of mistake, or 0. */
static uint32_t write_register(struct vpl011 *d, uint32_t offset,
                               uint32_t value, uint32_t mask)
{
    if (!is_present(d, offset)) {
        return VPL011_GUEST_RESERVED;
    }
    switch (offset) {
    case PL011_UARTECR:
        d->rsr = 0;
        return 0;
    case PL011_UARTILPR:
        d->ilpr = (uint8_t)value;
        return 0;
    case PL011_UARTIBRD:
        d->ibrd = (uint16_t)merge(d->ibrd, value, mask);
        return 0;
    case PL011_UARTFBRD:
        d->fbrd = (uint8_t)(value & PL011_UARTFBRD_MASK);
        return 0;
    case PL011_UARTLCR_H:
        write_lcr_h(d, value & 0xFFu);
        return 0;
    case PL011_UARTCR:
        write_cr(d, merge(d->cr, value, mask));
        return 0;
    case PL011_UARTIFLS:
        d->ifls = (uint8_t)(value & PL011_UARTIFLS_MASK);
        vpl011_configure_(d);
        return 0;
    case PL011_UARTIMSC:
        write_imsc(d, merge(d->imsc, value, mask));
        return 0;
    case PL011_UARTICR:
        write_icr(d, value);
        return 0;
    case PL011_UARTDMACR:
        d->dmacr = (uint8_t)(value & PL011_UARTDMACR_MASK);
        return 0;
    case PL011_UARTTCR:
        d->tcr = (uint8_t)(value & PL011_UARTTCR_MASK);
        vpl011_configure_(d);
        return 0;
    case PL011_UARTITIP:
        d->itip = (uint8_t)(value & PL011_UARTITIP_MASK);
        return 0;
    case PL011_UARTITOP:
        d->itop = (uint16_t)merge(d->itop, value, mask);
        return 0;
    case PL011_UARTTDR:
        write_tdr(d, value);
        return 0;
    case PL011_UARTFR:
    case PL011_UARTRIS:
    case PL011_UARTMIS:
        return VPL011_GUEST_READ_ONLY;
    default:
        return offset >= PL011_UARTPeriphID0 ? VPL011_GUEST_READ_ONLY
                                             : VPL011_GUEST_RESERVED;
    }
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
        mistake =
            write_register(d, (uint32_t)offset, (uint32_t)value & mask, mask);
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
