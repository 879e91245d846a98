/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "model.h"

#include <string.h>

static bool has(const struct model *m, enum quirk q)
{
    return (m->quirks & QUIRK(q)) != 0;
}

static bool fifos_on(const struct model *m)
{
    return (m->lcr_h & PL011_LCR_H_FEN) != 0;
}

static unsigned int depth(const struct model *m)
{
    return fifos_on(m) ? MODEL_DEPTH : 1;
}

static unsigned int level(const struct model *m, unsigned int shift)
{
    static const unsigned int sixteenths[8] = {2, 4, 8, 12, 14, 14, 14, 14};

    return sixteenths[m->ifls >> shift & 7];
}

static unsigned int rx_trigger(const struct model *m)
{
    if (has(m, RX_TRIGGER_ONE) || !fifos_on(m)) {
        return 1;
    }
    return level(m, PL011_IFLS_RX_SHIFT);
}

static unsigned int tx_trigger(const struct model *m)
{
    return fifos_on(m) ? level(m, PL011_IFLS_TX_SHIFT) : 0;
}

static bool loopback(const struct model *m)
{
    return (m->cr & PL011_CR_LBE) && !has(m, NO_LOOPBACK);
}

static bool testing(const struct model *m)
{
    return (m->tcr & PL011_TCR_TESTFIFO) != 0;
}

static bool enabled_to_receive(const struct model *m)
{
    return (m->cr & PL011_CR_UARTEN) && (m->cr & PL011_CR_RXE);
}

static bool enabled_to_transmit(const struct model *m)
{
    return !m->strict || has(m, TRANSMIT_ENABLE_IGNORED) ||
           ((m->cr & PL011_CR_UARTEN) && (m->cr & PL011_CR_TXE));
}

static bool line_is_heard(const struct model *m)
{
    return !loopback(m) && !testing(m) &&
           (has(m, RECEIVE_ENABLE_IGNORED) || enabled_to_receive(m) ||
            (!m->strict && !m->cr_written));
}

/*
 * The receive FIFO
 */

static void put(struct model *m, uint32_t entry)
{
    if (m->rx_fill >= depth(m) && !has(m, BREAK_JUMPS_THE_QUEUE)) {
        m->overrun = true;
        if (!(m->rsr & PL011_RSR_OE)) {
            m->latched |= PL011_INT_OE;
        }
        m->rsr |= PL011_RSR_OE;
        return;
    }
    if (!has(m, NO_ERROR_INTERRUPTS)) {
        m->latched |= (entry & PL011_DR_FE) ? PL011_INT_FE : 0;
        m->latched |= (entry & PL011_DR_PE) ? PL011_INT_PE : 0;
        m->latched |= (entry & PL011_DR_BE) ? PL011_INT_BE : 0;
    }
    if (m->overrun) {
        m->overrun = false;
        entry |= PL011_DR_OE;
    }
    m->rx[(m->rx_head + m->rx_fill) % MODEL_DEPTH] = (uint16_t)entry;
    m->rx_fill++;
    m->rt_latch = true;
    m->rxfe = false;
    if (!fifos_on(m) || m->rx_fill == MODEL_DEPTH) {
        m->rxff = true;
    }
    if (has(m, RX_INTERRUPT_LATCHED) && m->rx_fill == rx_trigger(m)) {
        m->rx_latch = true;
    }
}

static uint32_t get(struct model *m)
{
    uint32_t entry = m->rx[m->rx_head];

    if (m->rx_fill > 0) {
        m->rx_head = (m->rx_head + 1) % MODEL_DEPTH;
        m->rx_fill--;
        m->rsr = (m->rsr & PL011_RSR_OE) | (entry >> 8 & 7);
    } else if (has(m, EMPTY_READ_STALE)) {
        m->rsr = entry >> 8;
    } else {
        return 0;
    }
    m->rxff = false;
    m->rxfe = m->rx_fill == 0;
    if (has(m, RX_INTERRUPT_LATCHED) && m->rx_fill == rx_trigger(m) - 1) {
        m->rx_latch = false;
    }
    return entry;
}

static void flush(struct model *m)
{
    m->rx_head = 0;
    m->rx_fill = 0;
    m->tx_fill = 0;
    m->overrun = false;
    if (!has(m, FLUSH_KEEPS_FLAGS)) {
        m->rxfe = true;
        m->rxff = false;
    }
    if (has(m, RX_INTERRUPT_LATCHED) && !has(m, FLUSH_KEEPS_RX_INTERRUPT)) {
        m->rx_latch = false;
    }
}

static uint32_t break_entry(const struct model *m)
{
    const uint32_t lcr_h = m->lcr_h;

    if (has(m, BREAK_ENTRY_WITHOUT_FE)) {
        return PL011_DR_BE;
    }
    return PL011_DR_BE | PL011_DR_FE |
           ((lcr_h & PL011_LCR_H_PEN) && !(lcr_h & PL011_LCR_H_EPS)
                ? PL011_DR_PE
                : 0);
}

/*
 * After each access: transmit, look at the pins, derive the interrupts
 */

/* The guest's RTS output, which is its CTS input in loopback. */
static bool rts(const struct model *m)
{
    if (m->cr & PL011_CR_RTSEN) {
        return m->rx_fill < rx_trigger(m);
    }
    return (m->cr & PL011_CR_RTS) != 0;
}

/* The modem pins are tied off, so that CTS is not there (QEMU's FR). */
static bool may_send(const struct model *m)
{
    if (testing(m) || !enabled_to_transmit(m)) {
        return false;
    }
    if ((m->lcr_h & PL011_LCR_H_BRK) && !has(m, BREAK_DOES_NOT_HOLD_TX)) {
        return false;
    }
    if ((m->cr & PL011_CR_CTSEN) && !has(m, NO_CTS_FLOW_CONTROL)) {
        return loopback(m) && rts(m);
    }
    return true;
}

static void pop_tx(struct model *m)
{
    m->tx_fill--;
    memmove(m->tx, m->tx + 1, m->tx_fill);
}

static void transmit(struct model *m, unsigned int popped)
{
    const unsigned int before = m->tx_fill + popped;
    const unsigned int trigger = tx_trigger(m);

    while (m->tx_fill > 0 && may_send(m)) {
        if (!loopback(m)) {
            m->out[m->out_fill++] = m->tx[0];
        } else if (enabled_to_receive(m)) {
            put(m, m->tx[0]);
        }
        pop_tx(m);
    }
    if (before > m->tx_fill && m->tx_fill <= trigger) {
        if (!m->strict) {
            m->tx_drains = 2;
        } else if (before > trigger || has(m, TX_INTERRUPT_EVERY_WRITE)) {
            m->tx_drains = 1;
        }
    }
    if (m->tx_fill > trigger) {
        m->tx_drains = 0;
    }
}

static void look_at_pins(struct model *m)
{
    const bool brk = loopback(m) && (m->lcr_h & PL011_LCR_H_BRK);
    uint32_t seen = 0;
    uint32_t changed;

    if (brk && !m->break_looped && enabled_to_receive(m)) {
        put(m, break_entry(m));
    }
    m->break_looped = brk;
    if (loopback(m)) {
        seen |= rts(m) ? PL011_FR_CTS : 0;
        seen |= (m->cr & PL011_CR_DTR) ? PL011_FR_DSR : 0;
        seen |= (m->cr & PL011_CR_OUT1) ? PL011_FR_DCD : 0;
        seen |= (m->cr & PL011_CR_OUT2) ? PL011_FR_RI : 0;
    }
    changed = seen ^ m->modem;
    m->modem = seen;
    m->latched |= (changed & PL011_FR_CTS) ? PL011_INT_CTS : 0;
    m->latched |= (changed & PL011_FR_DSR) ? PL011_INT_DSR : 0;
    m->latched |= (changed & PL011_FR_DCD) ? PL011_INT_DCD : 0;
    m->latched |= (changed & PL011_FR_RI) ? PL011_INT_RI : 0;
}

static uint32_t receive_interrupts(struct model *m)
{
    const bool rx_alone =
        (m->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX;
    const unsigned int trigger = rx_trigger(m);
    uint32_t ris = 0;

    if (m->strict) {
        if (!has(m, RX_INTERRUPT_LATCHED)) {
            if (m->rx_fill < trigger) {
                m->rx_latch = false;
            } else if (m->rx_seen < trigger) {
                m->rx_latch |= m->rx_fill > m->rx_seen;
            }
        }
        m->rt_latch = m->rt_latch && m->rx_fill > 0;
    }
    if (m->strict || has(m, RX_INTERRUPT_LATCHED)) {
        ris |= m->rx_latch ? PL011_INT_RX : 0;
    } else if (m->rx_fill >= (rx_alone ? 1 : trigger)) {
        ris |= PL011_INT_RX;
    }
    if (!has(m, NO_RECEIVE_TIMEOUT) &&
        (m->strict ? m->rt_latch : m->rx_fill > 0)) {
        ris |= m->imsc & PL011_INT_RT;
    }
    m->rx_seen = m->rx_fill;
    return ris;
}

static void settle(struct model *m, unsigned int popped)
{
    transmit(m, popped);
    look_at_pins(m);
    m->ris = m->latched | receive_interrupts(m);
    m->ris |= m->tx_drains > 0 ? PL011_INT_TX : 0;
}

/*
 * Registers
 */

static void registers_to_reset(struct model *m)
{
    m->ilpr = m->ibrd = m->fbrd = m->lcr_h = m->imsc = m->dmacr = 0;
    m->tcr = m->itip = m->itop = m->rsr = 0;
    m->cr = PL011_UARTCR_RESET;
    m->ifls = PL011_UARTIFLS_RESET;
    m->cr_written = false;
    m->latched = 0;
    m->tx_drains = 0;
    m->rx_latch = m->rt_latch = m->break_looped = false;
    m->modem = 0;
    flush(m);
}

void model_init(struct model *m, uint32_t quirks, bool strict)
{
    memset(m, 0, sizeof(*m));
    m->quirks = quirks;
    m->strict = strict;
    m->rxfe = true;
    registers_to_reset(m);
    settle(m, 0);
}

void model_reset(struct model *m)
{
    if (!has(m, NO_RESET)) {
        registers_to_reset(m);
        settle(m, 0);
    }
}

static uint32_t read_fr(const struct model *m)
{
    uint32_t fr = m->modem;

    fr |= m->tx_fill == 0 ? PL011_FR_TXFE : PL011_FR_BUSY;
    fr |= m->tx_fill >= depth(m) ? PL011_FR_TXFF : 0;
    fr |= m->rxfe ? PL011_FR_RXFE : 0;
    fr |= m->rxff ? PL011_FR_RXFF : 0;
    return fr;
}

static uint32_t read_test(struct model *m, uint32_t offset)
{
    if (has(m, NO_TEST_REGISTERS)) {
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
        if (testing(m) && m->tx_fill > 0) {
            uint32_t value = m->tx[0];

            pop_tx(m);
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
        return get(m);
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
    if (!has(m, NARROW_WRITE_CLEARS_REST)) {
        value |= *reg & ~bytes_mask(size);
    }
    *reg = has(m, REGISTERS_UNMASKED) ? value : value & mask;
}

static void write_lcr_h(struct model *m, uint32_t value, unsigned int size)
{
    const bool fen = fifos_on(m);

    store(m, &m->lcr_h, 0xFF, value, size);
    if (fifos_on(m) != fen) {
        flush(m);
    }
}

static void write_imsc(struct model *m, uint32_t value, unsigned int size)
{
    const uint32_t before = m->imsc;

    store(m, &m->imsc, PL011_INT_ALL, value, size);
    if (m->imsc & ~before & PL011_INT_RT) {
        m->rt_latch = true;
    }
}

static void write_icr(struct model *m, uint32_t value)
{
    m->latched &= ~value;
    if (value & PL011_INT_TX) {
        m->tx_drains -= m->tx_drains > 0;
        m->tx_drains = has(m, TX_ACKNOWLEDGED_AT_ONCE) ? 0 : m->tx_drains;
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
    if (has(m, NO_TEST_REGISTERS)) {
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
        if (testing(m)) {
            put(m, value & PL011_UARTTDR_MASK);
        }
        break;
    }
}

static void write_register(struct model *m, uint32_t offset, uint32_t value,
                           unsigned int size)
{
    switch (offset) {
    case PL011_UARTDR:
        if (m->tx_fill < 2 * depth(m)) {
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
        store(m, &m->cr, PL011_UARTCR_MASK, value, size);
        m->cr_written = true;
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

/* One access of 1, 2 or 4 bytes, wherever it is. */
static uint32_t narrow(struct model *m, bool write, uint32_t offset,
                       unsigned int size, uint32_t value)
{
    const unsigned int tx_before = m->tx_fill;
    unsigned int popped = 0;
    uint32_t read = 0;

    if (offset % 4 != 0 && !has(m, SUB_WORD_ALIASES)) {
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
    settle(m, popped);
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
    if (!has(m, WIDE_ACCESS_SPLITS)) {
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

/*
 * The line
 */

void model_line_in(struct model *m, const uint16_t *entries, unsigned int count)
{
    if (count == 1 && entries[0] == MODEL_BREAK &&
        has(m, BREAK_JUMPS_THE_QUEUE)) {
        put(m, break_entry(m));
        settle(m, 0);
        return;
    }
    memcpy(m->line + m->line_fill, entries, count * sizeof(*entries));
    m->line_fill += count;
}

unsigned int model_tick(struct model *m)
{
    unsigned int taken = 0;

    if (!line_is_heard(m) ||
        (!has(m, FEEDS_WHILE_INTERRUPTING) &&
         (m->ris & m->imsc & (PL011_INT_RX | PL011_INT_RT)))) {
        return 0;
    }
    while (taken < m->line_fill && m->rx_fill < depth(m)) {
        uint16_t entry = m->line[taken++];

        if (entry == MODEL_BREAK) {
            put(m, break_entry(m));
            break;
        }
        put(m, entry);
    }
    m->line_fill -= taken;
    memmove(m->line, m->line + taken, m->line_fill * sizeof(m->line[0]));
    settle(m, 0);
    return taken;
}

bool model_irq(const struct model *m)
{
    return (m->ris & m->imsc & PL011_INT_ALL) != 0;
}

unsigned int model_sent(struct model *m, uint8_t *bytes)
{
    unsigned int count = m->out_fill;

    memcpy(bytes, m->out, count);
    m->out_fill = 0;
    return count;
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
        if (get(&x) != get(&y)) {
            return false;
        }
    }
    return true;
}
