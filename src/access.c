/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The guest's side: register reads and writes (TRM chapters 3 and 4). */
#include "internal.h"

/*
 * Count a guest mistake and tell whoever wants to know. A bad access is the
 * only one that a bus would refuse; the others are quietly RAZ/WI.
 */
static int guest_error(struct vpl011 *d, uint32_t kind, bool write,
                       uint64_t offset, unsigned int size, uint64_t value)
{
    struct vpl011_guest_error error = {
        .kind = kind,
        .write = write,
        .offset = offset,
        .size = size,
        .value = value,
    };

    d->counters.guest_errors++;
    if (d->ops.guest_error) {
        d->ops.guest_error(d->ops.ctx, &error);
    }
    if (kind == VPL011_GUEST_BAD_ACCESS) {
        d->counters.bad_accesses++;
        return VPL011_ERR_ACCESS;
    }
    return VPL011_OK;
}

/*
 * 8, 16 and 32 bits at a register's base. A narrow access anywhere else is
 * refused rather than aliased: a byte read at 0x001 must not pop the FIFO.
 */
static bool is_access(uint64_t offset, unsigned int size)
{
    return (size == 1 || size == 2 || size == 4) && offset % 4 == 0 &&
           offset < PL011_WINDOW_SIZE;
}

static uint32_t size_mask(unsigned int size)
{
    return size >= 4 ? 0xFFFFFFFFu : (1u << (8 * size)) - 1u;
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
        value = d->tx_fifo[d->tx_head];
        d->counters.tx_looped++;
        vpl011_tx_pop_(d, 1);
    }
    return value;
}

/* PeriphID0..3 and PCellID0..3 are the bytes of two words. */
static uint32_t read_id(const struct vpl011 *d, uint32_t offset)
{
    uint32_t id = offset < PL011_UARTPCellID0 ? d->periph_id : PL011_PCELLID;

    return (id >> (8 * ((offset / 4) % 4))) & 0xFFu;
}

static uint32_t read_register(struct vpl011 *d, uint32_t offset,
                              uint32_t *mistake)
{
    if (is_present(d, offset)) {
        switch (offset) {
        case PL011_UARTDR:
            return vpl011_rx_get_(d);
        case PL011_UARTRSR:
            return d->rsr;
        case PL011_UARTFR:
            return read_fr(d);
        case PL011_UARTILPR:
            return d->ilpr;
        case PL011_UARTIBRD:
            return d->ibrd;
        case PL011_UARTFBRD:
            return d->fbrd;
        case PL011_UARTLCR_H:
            return d->lcr_h;
        case PL011_UARTCR:
            return d->cr;
        case PL011_UARTIFLS:
            return d->ifls;
        case PL011_UARTIMSC:
            return d->imsc;
        case PL011_UARTRIS:
            return d->ris;
        case PL011_UARTMIS:
            return d->mis;
        case PL011_UARTICR:
            *mistake = VPL011_GUEST_WRITE_ONLY;
            return 0;
        case PL011_UARTDMACR:
            return d->dmacr;
        case PL011_UARTTCR:
            return d->tcr;
        case PL011_UARTITIP:
            return read_itip(d);
        case PL011_UARTITOP:
            return d->itop;
        case PL011_UARTTDR:
            return read_tdr(d);
        default:
            if (offset >= PL011_UARTPeriphID0) {
                return read_id(d, offset);
            }
            break;
        }
    }
    *mistake = VPL011_GUEST_RESERVED;
    return 0;
}

int vpl011_mmio_read(struct vpl011 *d, uint64_t offset, unsigned int size,
                     uint64_t *value)
{
    uint32_t mistake = 0;
    uintptr_t saved;
    int err;

    if (unlikely(!d || !value)) {
        return VPL011_ERR_NULL;
    }
    if (offset == PL011_UARTFR && is_access(offset, size)) {
        uint32_t fr = vpl011_load_relaxed(&d->fr);

        if (fr & FR_PLAIN) {
            *value = fr & ~FR_PLAIN & size_mask(size);
            return VPL011_OK;
        }
    }
    err = vpl011_enter_(d, &saved);
    if (unlikely(err)) {
        return err;
    }
    *value = 0;
    if (likely(is_access(offset, size))) {
        *value = read_register(d, (uint32_t)offset, &mistake) & size_mask(size);
    } else {
        mistake = VPL011_GUEST_BAD_ACCESS;
    }
    if (unlikely(mistake)) {
        err = guest_error(d, mistake, false, offset, size, 0);
    }
    vpl011_leave_(d, saved);
    return err;
}

/*
 * DR: the store is twice the depth that FR and the IDs admit, because some
 * drivers write a whole FIFO on a hint (NetBSD 16 on a 16-deep part whose
 * trigger leaves 8 free; FreeBSD's console under its own tty).
 */
static uint32_t write_dr(struct vpl011 *d, uint32_t value)
{
    if (unlikely(d->tx_fill >= 2u * d->depth)) {
        d->counters.tx_overflow++;
        return VPL011_GUEST_TX_OVERFLOW;
    }
    d->tx_fifo[(d->tx_head + d->tx_fill) % TX_STORE] = (uint8_t)value;
    d->tx_fill++;
    if (d->tx_load < d->depth) {
        d->tx_load++;
    }
    return 0;
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
}

/*
 * ICR: error and modem bits, one step of TX (settle_tx() says why two), and by
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
}

/* TESTFIFO: the test port feeds the RX FIFO, with error bits (TRM 4.3.4). */
static void write_tdr(struct vpl011 *d, uint32_t value)
{
    if (d->tcr & PL011_TCR_TESTFIFO) {
        vpl011_rx_put_(d, value & PL011_UARTTDR_MASK);
    }
}

/* `value` into the bytes that were addressed, the others of `old` stay. */
static uint32_t merge(uint32_t old, uint32_t value, unsigned int size)
{
    return (old & ~size_mask(size)) | value;
}

/* Returns the kind of mistake, or 0. */
static uint32_t write_register(struct vpl011 *d, uint32_t offset,
                               unsigned int size, uint32_t value)
{
    if (!is_present(d, offset)) {
        return VPL011_GUEST_RESERVED;
    }
    switch (offset) {
    case PL011_UARTDR:
        return write_dr(d, value);
    case PL011_UARTECR:
        d->rsr = 0;
        return 0;
    case PL011_UARTILPR:
        d->ilpr = (uint8_t)value;
        return 0;
    case PL011_UARTIBRD:
        d->ibrd = (uint16_t)merge(d->ibrd, value, size);
        return 0;
    case PL011_UARTFBRD:
        d->fbrd = (uint8_t)(value & PL011_UARTFBRD_MASK);
        return 0;
    case PL011_UARTLCR_H:
        write_lcr_h(d, value & 0xFFu);
        return 0;
    case PL011_UARTCR:
        write_cr(d, merge(d->cr, value, size));
        return 0;
    case PL011_UARTIFLS:
        d->ifls = (uint8_t)(value & PL011_UARTIFLS_MASK);
        vpl011_configure_(d);
        return 0;
    case PL011_UARTIMSC:
        write_imsc(d, merge(d->imsc, value, size));
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
        d->itop = (uint16_t)merge(d->itop, value, size);
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

int vpl011_mmio_write(struct vpl011 *d, uint64_t offset, unsigned int size,
                      uint64_t value)
{
    uint32_t mistake;
    uintptr_t saved;
    int err;

    err = vpl011_enter_(d, &saved);
    if (unlikely(err)) {
        return err;
    }
    if (likely(is_access(offset, size))) {
        mistake = write_register(d, (uint32_t)offset, size,
                                 (uint32_t)value & size_mask(size));
    } else {
        mistake = VPL011_GUEST_BAD_ACCESS;
    }
    if (unlikely(mistake)) {
        err = guest_error(d, mistake, true, offset, size, value);
    }
    vpl011_leave_(d, saved);
    return err;
}
