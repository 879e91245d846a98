/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "model_parts.h"

#include <string.h>

static uint32_t read_fr(const struct model *m)
{
    uint32_t fr = m->modem;

    fr |= m->tx_fill == 0 ? PL011_FR_TXFE : PL011_FR_BUSY;
    fr |= m->tx_fill >= model_depth_(m) ? PL011_FR_TXFF : 0;
    fr |= m->rxfe ? PL011_FR_RXFE : 0;
    fr |= m->rxff ? PL011_FR_RXFF : 0;
    return fr;
}

static uint32_t read_test(struct model *m, uint32_t offset)
{
    if (model_has_(m, NO_TEST_REGISTERS)) {
        return 0;
    }
    switch (offset) {
    case PL011_UARTTCR:
        return m->tcr;
    case PL011_UARTITIP:
        return m->itip | 0x3F; /* all pins high: idle, and not asserted */
    case PL011_UARTITOP:
        return m->itop;
    default:
        if (model_testing_(m) && m->tx_fill > 0) {
            uint32_t value = m->tx[0];

            model_pop_tx_(m);
            return value;
        }
        return 0;
    }
}

static uint32_t read_register(struct model *m, uint32_t offset)
{
    static const uint8_t ids[8] = {0x11, 0x10, 0x14, 0x00,
                                   0x0D, 0xF0, 0x05, 0xB1};

    switch (offset) {
    case PL011_UARTDR:
        return model_get_(m);
    case PL011_UARTRSR:
        return m->rsr;
    case PL011_UARTFR:
        return read_fr(m);
    case PL011_UARTILPR:
        return m->ilpr;
    case PL011_UARTIBRD:
        return m->ibrd;
    case PL011_UARTFBRD:
        return m->fbrd;
    case PL011_UARTLCR_H:
        return m->lcr_h;
    case PL011_UARTCR:
        return m->cr;
    case PL011_UARTIFLS:
        return m->ifls;
    case PL011_UARTIMSC:
        return m->imsc;
    case PL011_UARTRIS:
        return m->ris;
    case PL011_UARTMIS:
        return m->ris & m->imsc;
    case PL011_UARTDMACR:
        return m->dmacr;
    case PL011_UARTTCR:
    case PL011_UARTITIP:
    case PL011_UARTITOP:
    case PL011_UARTTDR:
        return read_test(m, offset);
    default:
        return offset >= PL011_UARTPeriphID0
                   ? ids[(offset - PL011_UARTPeriphID0) / 4]
                   : 0;
    }
}

static uint32_t bytes_mask(unsigned int size)
{
    return size >= 4 ? 0xFFFFFFFFu : (1u << 8 * size) - 1;
}

static void store(struct model *m, uint32_t *reg, uint32_t mask, uint32_t value,
                  unsigned int size)
{
    const bool divisor = reg == &m->ibrd || reg == &m->fbrd;

    if (divisor && model_has_(m, DIVISOR_MASKS_SWAPPED)) {
        mask = reg == &m->ibrd ? PL011_UARTFBRD_MASK : 0xFFFF;
    }
    if (!model_has_(m, NARROW_WRITE_CLEARS_REST)) {
        value |= *reg & ~bytes_mask(size);
    }
    *reg = model_has_(m, divisor ? DIVISOR_UNMASKED : REGISTERS_UNMASKED)
               ? value
               : value & mask;
}

static void write_lcr_h(struct model *m, uint32_t value, unsigned int size)
{
    const uint32_t before = m->lcr_h;
    uint32_t after;

    store(m, &m->lcr_h, 0xFF, value, size);
    after = m->lcr_h;
    if ((before ^ after) & PL011_LCR_H_FEN) {
        model_flush_(m);
    }
    if (model_has_(m, LOOPBACK_BREAK_ON_WRITE) && model_loopback_(m) &&
        (~before & after & PL011_LCR_H_BRK)) {
        m->lcr_h = before; /* QEMU stores it last */
        model_put_(m, model_break_entry_(m), model_has_(m, LOOPBACK_OVERFILLS));
        m->lcr_h = after;
    }
}

static void write_cr(struct model *m, uint32_t value, unsigned int size)
{
    store(m, &m->cr, PL011_UARTCR_MASK, value, size);
    m->cr_written = true;
    if (model_has_(m, LOOPBACK_COPIES_MODEM_LEVELS) && model_loopback_(m)) {
        m->modem = model_looped_modem_(m, (m->cr & PL011_CR_RTS) != 0);
        m->latched &= ~PL011_INT_MODEM;
        m->latched |= model_modem_interrupts_(m->modem);
    }
}

static void write_imsc(struct model *m, uint32_t value, unsigned int size)
{
    const uint32_t before = m->imsc;

    store(m, &m->imsc, PL011_INT_ALL, value, size);
    if (m->imsc & ~before & PL011_INT_RT) {
        m->rt_latch = true;
    }
    m->put_down &= ~(m->imsc & ~before);
}

static void write_icr(struct model *m, uint32_t value)
{
    const uint32_t receive = value & (PL011_INT_RX | PL011_INT_RT);

    m->pending = false; /* what is left sets it again */
    if (receive && m->rx_fill > 0) {
        m->put_down |= m->unread ? receive : 0;
        m->unread = true;
    }
    m->latched &= ~value;
    if (value & PL011_INT_TX) {
        m->tx_drains -= m->tx_drains > 0;
        m->tx_drains =
            model_has_(m, TX_ACKNOWLEDGED_AT_ONCE) ? 0 : m->tx_drains;
    }
    if (value & PL011_INT_RX) {
        m->rx_latch = false;
    }
    if (value & PL011_INT_RT) {
        m->rt_latch = false;
    }
}

static void write_test(struct model *m, uint32_t offset, uint32_t value,
                       unsigned int size)
{
    if (model_has_(m, NO_TEST_REGISTERS)) {
        return;
    }
    switch (offset) {
    case PL011_UARTTCR:
        m->tcr = value & PL011_UARTTCR_MASK;
        break;
    case PL011_UARTITIP:
        m->itip = value & PL011_UARTITIP_MASK;
        break;
    case PL011_UARTITOP:
        m->itop = ((m->itop & ~bytes_mask(size)) | value) & 0xFFFF;
        break;
    default:
        if (model_testing_(m)) {
            model_put_(m, value & PL011_UARTTDR_MASK, false);
        }
        break;
    }
}

static void write_register(struct model *m, uint32_t offset, uint32_t value,
                           unsigned int size)
{
    switch (offset) {
    case PL011_UARTDR:
        if (m->tx_fill <
            (model_fifos_on_(m) ? 2 * MODEL_DEPTH : MODEL_STORE_MAX)) {
            m->tx[m->tx_fill++] = (uint8_t)value;
        }
        break;
    case PL011_UARTECR:
        m->rsr = 0;
        break;
    case PL011_UARTILPR:
        store(m, &m->ilpr, 0xFF, value, size);
        break;
    case PL011_UARTIBRD:
        store(m, &m->ibrd, 0xFFFF, value, size);
        break;
    case PL011_UARTFBRD:
        store(m, &m->fbrd, PL011_UARTFBRD_MASK, value, size);
        break;
    case PL011_UARTLCR_H:
        write_lcr_h(m, value, size);
        break;
    case PL011_UARTCR:
        write_cr(m, value, size);
        break;
    case PL011_UARTIFLS:
        store(m, &m->ifls, PL011_UARTIFLS_MASK, value, size);
        break;
    case PL011_UARTIMSC:
        write_imsc(m, value, size);
        break;
    case PL011_UARTICR:
        write_icr(m, value);
        break;
    case PL011_UARTDMACR:
        store(m, &m->dmacr, PL011_UARTDMACR_MASK, value, size);
        break;
    case PL011_UARTTCR:
    case PL011_UARTITIP:
    case PL011_UARTITOP:
    case PL011_UARTTDR:
        write_test(m, offset, value, size);
        break;
    default:
        break;
    }
}

/*
 * The bus
 */

/* Whether QEMU looks at its interrupt line in this access. */
static bool drives_line(const struct model *m, bool write, uint32_t offset)
{
    return offset == PL011_UARTDR ||
           (write && (offset == PL011_UARTIMSC || offset == PL011_UARTICR ||
                      (offset == PL011_UARTCR && model_loopback_(m))));
}

/* One access of 1, 2 or 4 bytes, wherever it is. */
static uint32_t narrow(struct model *m, bool write, uint32_t offset,
                       unsigned int size, uint32_t value)
{
    const unsigned int tx_before = m->tx_fill;
    unsigned int popped = 0;
    uint32_t read = 0;

    if (offset % 4 != 0 && !model_has_(m, SUB_WORD_ALIASES)) {
        return 0;
    }
    offset &= ~3u;
    value &= bytes_mask(size);
    if (write) {
        write_register(m, offset, value, size);
    } else {
        read = read_register(m, offset) & bytes_mask(size);
        popped = tx_before - m->tx_fill;
    }
    model_settle_(m, popped);
    if (drives_line(m, write, offset)) {
        m->line_stuck = false;
    }
    return read;
}

static uint64_t access(struct model *m, bool write, uint32_t offset,
                       unsigned int size, uint64_t value)
{
    uint64_t read = 0;
    unsigned int done = 0;

    if (size <= 4 && offset % size == 0) {
        return narrow(m, write, offset, size, (uint32_t)value);
    }
    if (!model_has_(m, WIDE_ACCESS_SPLITS)) {
        return 0;
    }
    while (done < size) {
        unsigned int part = size - done >= 4 ? 4 : size - done >= 2 ? 2 : 1;

        while ((offset + done) % part != 0) {
            part /= 2;
        }
        read |= (uint64_t)narrow(m, write, offset + done, part,
                                 (uint32_t)(value >> 8 * done))
                << 8 * done;
        done += part;
    }
    return read;
}

uint64_t model_read(struct model *m, uint32_t offset, unsigned int size)
{
    return access(m, false, offset, size, 0);
}

void model_write(struct model *m, uint32_t offset, unsigned int size,
                 uint64_t value)
{
    access(m, true, offset, size, value);
}

bool model_looks_same(const struct model *a, const struct model *b)
{
    static const uint32_t offsets[] = {
        PL011_UARTRSR,  PL011_UARTFR,    PL011_UARTILPR,  PL011_UARTIBRD,
        PL011_UARTFBRD, PL011_UARTLCR_H, PL011_UARTCR,    PL011_UARTIFLS,
        PL011_UARTIMSC, PL011_UARTRIS,   PL011_UARTDMACR,
    };
    struct model x = *a;
    struct model y = *b;
    unsigned int i;

    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        if (read_register(&x, offsets[i]) != read_register(&y, offsets[i])) {
            return false;
        }
    }
    if (x.rx_fill != y.rx_fill || x.line_fill != y.line_fill ||
        x.out_fill != y.out_fill || memcmp(x.out, y.out, x.out_fill) != 0) {
        return false;
    }
    while (x.rx_fill > 0) {
        if (model_get_(&x) != model_get_(&y)) {
            return false;
        }
    }
    return true;
}
