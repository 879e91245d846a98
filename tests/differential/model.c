/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* FIFOs, line and interrupts; registers and bus are in model_registers.c. */
#include "model_parts.h"

#include <string.h>

bool model_has_(const struct model *m, enum quirk q)
{
    return (m->quirks & QUIRK(q)) != 0;
}

bool model_fifos_on_(const struct model *m)
{
    return (m->lcr_h & PL011_LCR_H_FEN) != 0;
}

unsigned int model_depth_(const struct model *m)
{
    return model_fifos_on_(m) ? MODEL_DEPTH : 1;
}

static unsigned int level(const struct model *m, unsigned int shift)
{
    static const unsigned int sixteenths[8] = {2, 4, 8, 12, 14, 14, 14, 14};

    return sixteenths[m->ifls >> shift & 7];
}

static unsigned int rx_trigger(const struct model *m)
{
    if (model_has_(m, RX_TRIGGER_ONE) || !model_fifos_on_(m)) {
        return 1;
    }
    return level(m, PL011_IFLS_RX_SHIFT);
}

static unsigned int tx_trigger(const struct model *m)
{
    return model_fifos_on_(m) ? level(m, PL011_IFLS_TX_SHIFT) : 0;
}

bool model_loopback_(const struct model *m)
{
    return (m->cr & PL011_CR_LBE) && !model_has_(m, NO_LOOPBACK);
}

bool model_testing_(const struct model *m)
{
    return (m->tcr & PL011_TCR_TESTFIFO) != 0;
}

static bool enabled_to_receive(const struct model *m)
{
    return (m->cr & PL011_CR_UARTEN) && (m->cr & PL011_CR_RXE);
}

static bool loop_is_heard(const struct model *m)
{
    return enabled_to_receive(m) || model_has_(m, RECEIVE_ENABLE_IGNORED);
}

static bool enabled_to_transmit(const struct model *m)
{
    return !m->strict || model_has_(m, TRANSMIT_ENABLE_IGNORED) ||
           ((m->cr & PL011_CR_UARTEN) && (m->cr & PL011_CR_TXE));
}

static bool line_is_heard(const struct model *m)
{
    return (!model_loopback_(m) || model_has_(m, LOOPBACK_LOSES_INPUT)) &&
           !model_testing_(m) &&
           (model_has_(m, RECEIVE_ENABLE_IGNORED) || enabled_to_receive(m) ||
            (!m->strict && !m->cr_written));
}

/*
 * The receive FIFO
 */

/* Which slot of the FIFO is n places on. */
static unsigned int slot(const struct model *m, unsigned int n)
{
    return m->one_slot && !model_fifos_on_(m) ? 0
                                              : (m->rx_head + n) % MODEL_DEPTH;
}

void model_put_(struct model *m, uint32_t entry, bool overfills)
{
    if (m->rx_fill >= model_depth_(m) && !overfills) {
        m->overrun = true;
        if (!(m->rsr & PL011_RSR_OE)) {
            m->latched |= PL011_INT_OE;
        }
        m->rsr |= PL011_RSR_OE;
        return;
    }
    if (!model_has_(m, NO_ERROR_INTERRUPTS)) {
        m->latched |= (entry & PL011_DR_FE) ? PL011_INT_FE : 0;
        m->latched |= (entry & PL011_DR_PE) ? PL011_INT_PE : 0;
        m->latched |= (entry & PL011_DR_BE) ? PL011_INT_BE : 0;
    }
    if (m->overrun) {
        m->overrun = false;
        entry |= PL011_DR_OE;
    }
    m->rx[slot(m, m->rx_fill)] = (uint16_t)entry;
    m->rx_fill++;
    m->unread = false;
    m->put_down = 0;
    m->early_rx = m->early_rx || (!model_fifos_on_(m) && !m->cr_written);
    m->rt_latch = true;
    m->rxfe = false;
    if (m->rx_fill == model_depth_(m) ||
        (!model_fifos_on_(m) && !m->one_slot)) {
        m->rxff = true;
    }
    if (m->rx_fill == rx_trigger(m)) {
        m->rx_latch = true; /* of those who latch it */
        m->line_stuck = false;
    }
}

uint32_t model_get_(struct model *m)
{
    uint32_t entry = m->rx[m->rx_head];

    m->unread = false;
    m->put_down = 0;
    m->early_rx = m->early_rx && m->rx_fill > 1;
    if (m->rx_fill > 0) {
        m->rx_head = slot(m, 1);
        m->rx_fill--;
        m->rsr = (m->rsr & PL011_RSR_OE) | (entry >> 8 & 7);
    } else if (model_has_(m, EMPTY_READ_STALE)) {
        m->rsr = entry >> 8;
    } else {
        return 0;
    }
    m->rxff = false;
    m->rxfe = m->rx_fill == 0;
    if (model_has_(m, RX_INTERRUPT_LATCHED) &&
        m->rx_fill == rx_trigger(m) - 1) {
        m->rx_latch = false;
    }
    return entry;
}

void model_flush_(struct model *m)
{
    const bool keeps = m->early_rx && !model_has_(m, FLUSH_LOSES_TYPE_AHEAD);

    m->tx_fill = 0;
    m->early_rx = false;
    if (keeps) {
        m->rxff = false; /* one of many now */
        return;
    }
    m->rx_head = 0;
    m->rx_fill = 0;
    m->unread = false;
    m->put_down = 0;
    m->overrun = false;
    if (!model_has_(m, FLUSH_KEEPS_FLAGS)) {
        m->rxfe = true;
        m->rxff = false;
    }
    if (model_has_(m, RX_INTERRUPT_LATCHED) &&
        !model_has_(m, FLUSH_KEEPS_RX_INTERRUPT)) {
        m->rx_latch = false;
    }
}

uint32_t model_break_entry_(const struct model *m)
{
    const uint32_t lcr_h = m->lcr_h;

    if (model_has_(m, BREAK_ENTRY_WITHOUT_FE)) {
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
    if (model_testing_(m) || !enabled_to_transmit(m)) {
        return false;
    }
    if ((m->lcr_h & PL011_LCR_H_BRK) &&
        !model_has_(m, BREAK_DOES_NOT_HOLD_TX)) {
        return false;
    }
    if ((m->cr & PL011_CR_CTSEN) && !model_has_(m, NO_CTS_FLOW_CONTROL)) {
        return model_loopback_(m) && rts(m);
    }
    return true;
}

void model_pop_tx_(struct model *m)
{
    m->tx_fill--;
    memmove(m->tx, m->tx + 1, m->tx_fill);
}

static void transmit(struct model *m, unsigned int popped)
{
    const unsigned int before = m->tx_fill + popped;
    const unsigned int trigger = tx_trigger(m);

    while (m->tx_fill > 0 && may_send(m)) {
        if (!model_loopback_(m) || model_has_(m, LOOPBACK_SENDS_TOO)) {
            m->out[m->out_fill++] = m->tx[0];
        }
        if (model_loopback_(m) && loop_is_heard(m)) {
            model_put_(m, m->tx[0], model_has_(m, LOOPBACK_OVERFILLS));
        }
        model_pop_tx_(m);
    }
    if (before > m->tx_fill && m->tx_fill <= trigger) {
        if (!m->strict) {
            m->tx_drains =
                m->tx_drains == 0 && (m->imsc & PL011_INT_TX) && !m->pending
                    ? 1
                    : 2;
        } else if (before > trigger ||
                   model_has_(m, TX_INTERRUPT_EVERY_WRITE)) {
            m->tx_drains = 1;
        }
    }
    if (m->tx_fill > trigger) {
        m->tx_drains = 0;
    }
}

/* The outputs where loopback shows them. */
uint32_t model_looped_modem_(const struct model *m, bool rts_on)
{
    return (rts_on ? PL011_FR_CTS : 0) |
           ((m->cr & PL011_CR_DTR) ? PL011_FR_DSR : 0) |
           ((m->cr & PL011_CR_OUT1) ? PL011_FR_DCD : 0) |
           ((m->cr & PL011_CR_OUT2) ? PL011_FR_RI : 0);
}

uint32_t model_modem_interrupts_(uint32_t fr)
{
    return ((fr & PL011_FR_CTS) ? PL011_INT_CTS : 0) |
           ((fr & PL011_FR_DSR) ? PL011_INT_DSR : 0) |
           ((fr & PL011_FR_DCD) ? PL011_INT_DCD : 0) |
           ((fr & PL011_FR_RI) ? PL011_INT_RI : 0);
}

static void look_at_pins(struct model *m)
{
    const bool brk = model_loopback_(m) && (m->lcr_h & PL011_LCR_H_BRK);
    uint32_t seen = 0;

    if (brk && !m->break_looped && loop_is_heard(m) &&
        !model_has_(m, LOOPBACK_BREAK_ON_WRITE)) {
        model_put_(m, model_break_entry_(m), model_has_(m, LOOPBACK_OVERFILLS));
    }
    m->break_looped = brk;
    if (!model_has_(m, LOOPBACK_COPIES_MODEM_LEVELS)) {
        if (model_loopback_(m)) {
            seen = model_looped_modem_(m, rts(m));
        }
        m->latched |= model_modem_interrupts_(seen ^ m->modem);
        m->modem = seen;
    }
}

static uint32_t receive_interrupts(struct model *m)
{
    const bool rx_alone =
        (m->imsc & (PL011_INT_RX | PL011_INT_RT)) == PL011_INT_RX;
    const unsigned int trigger = rx_trigger(m);
    uint32_t ris = 0;

    if (m->strict) {
        if (!model_has_(m, RX_INTERRUPT_LATCHED) && m->rx_fill < trigger) {
            m->rx_latch = false;
        }
        m->rt_latch = m->rt_latch && m->rx_fill > 0;
    }
    if (m->strict || model_has_(m, RX_INTERRUPT_LATCHED)) {
        ris |= m->rx_latch ? PL011_INT_RX : 0;
    } else if (m->rx_fill >= (rx_alone ? 1 : trigger)) {
        ris |= PL011_INT_RX;
    }
    if (!model_has_(m, NO_RECEIVE_TIMEOUT) &&
        (m->strict ? m->rt_latch : m->rx_fill > 0)) {
        ris |= m->imsc & PL011_INT_RT;
    }
    if (!m->strict) {
        if (!model_has_(m, RX_INTERRUPT_LATCHED)) {
            ris &= ~(m->put_down & PL011_INT_RX);
        }
        ris &= ~(m->put_down & PL011_INT_RT);
    }
    return ris;
}

void model_settle_(struct model *m, unsigned int popped)
{
    transmit(m, popped);
    look_at_pins(m);
    m->ris = m->latched | receive_interrupts(m);
    m->ris |= m->tx_drains > 0 ? PL011_INT_TX : 0;
    m->pending = m->pending || (m->ris & m->imsc) != 0;
}

/*
 * Life
 */

static void registers_to_reset(struct model *m)
{
    m->ilpr = m->ibrd = m->fbrd = m->lcr_h = m->imsc = m->dmacr = 0;
    m->tcr = m->itip = m->itop = m->rsr = 0;
    m->cr = PL011_UARTCR_RESET;
    m->ifls = PL011_UARTIFLS_RESET;
    m->cr_written = false;
    m->early_rx = false;
    m->pending = false;
    m->latched = 0;
    m->tx_drains = 0;
    m->rx_latch = m->rt_latch = m->break_looped = false;
    m->modem = 0;
    model_flush_(m);
}

void model_init(struct model *m, uint32_t quirks, bool strict, bool one_slot)
{
    memset(m, 0, sizeof(*m));
    m->quirks = quirks;
    m->strict = strict;
    m->one_slot = one_slot;
    m->rxfe = true;
    registers_to_reset(m);
    model_settle_(m, 0);
}

void model_reset(struct model *m)
{
    const bool irq = model_irq(m);

    if (!model_has_(m, NO_RESET)) {
        registers_to_reset(m);
        model_settle_(m, 0);
        if (model_has_(m, RESET_KEEPS_INTERRUPT_LINE)) {
            m->line_stuck = true;
            m->line_stuck_high = irq;
        }
    }
}

/*
 * The line
 */

void model_line_in(struct model *m, const uint16_t *entries, unsigned int count)
{
    if (count == 1 && entries[0] == MODEL_BREAK &&
        model_has_(m, BREAK_JUMPS_THE_QUEUE)) {
        if (!model_loopback_(m) || !model_has_(m, LOOPBACK_LOSES_INPUT)) {
            model_put_(m, model_break_entry_(m), true);
        }
        model_settle_(m, 0);
        return;
    }
    memcpy(m->line + m->line_fill, entries, count * sizeof(*entries));
    m->line_fill += count;
}

unsigned int model_tick(struct model *m)
{
    unsigned int taken = 0;

    m->unread = false;
    m->put_down = 0;
    model_settle_(m, 0);
    if (!line_is_heard(m) ||
        (!model_has_(m, FEEDS_WHILE_INTERRUPTING) &&
         (m->ris & m->imsc & (PL011_INT_RX | PL011_INT_RT)))) {
        return 0;
    }
    while (taken < m->line_fill && m->rx_fill < model_depth_(m)) {
        uint16_t entry = m->line[taken++];

        if (model_loopback_(m)) {
            continue; /* LOOPBACK_LOSES_INPUT */
        }
        if (entry == MODEL_BREAK) {
            model_put_(m, model_break_entry_(m), false);
            break;
        }
        model_put_(m, entry, false);
    }
    m->line_fill -= taken;
    memmove(m->line, m->line + taken, m->line_fill * sizeof(m->line[0]));
    model_settle_(m, 0);
    return taken;
}

bool model_irq(const struct model *m)
{
    return m->line_stuck ? m->line_stuck_high
                         : (m->ris & m->imsc & PL011_INT_ALL) != 0;
}

unsigned int model_sent(struct model *m, uint8_t *bytes)
{
    unsigned int count = m->out_fill;

    memcpy(bytes, m->out, count);
    m->out_fill = 0;
    return count;
}
