/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Names of registers and bits, as the TRM spells them. */
#include "names.h"

#include <vpl011/backend.h>
#include <vpl011/regs.h>
#include <vpl011/state.h>
#include <vpl011/vpl011.h>

#include <stdarg.h>
#include <stdio.h>

void vpl011_text_add_(struct text *t, const char *format, ...)
{
    const size_t used = t->length < t->size ? t->length : t->size - 1;
    va_list arguments;
    int n;

    va_start(arguments, format);
    n = vsnprintf(t->out + used, t->size - used, format, arguments);
    va_end(arguments);
    if (n > 0) {
        t->length += (size_t)n;
    }
}

#define NAMES(set, ...) \
    static const struct bit_name set##_bits[] = {__VA_ARGS__, {0, NULL}}; \
    const struct bit_set vpl011_##set##_names_ = {set##_bits}

NAMES(events, {VPL011_EVENT_FAR_END, "FAR_END"},
      {VPL011_EVENT_REFILL, "REFILL"}, {VPL011_EVENT_LINE, "LINE"},
      {VPL011_EVENT_TICK, "TICK"}, {VPL011_EVENT_ROOM, "ROOM"});
NAMES(irq, {VPL011_IRQ_UARTINTR, "UARTINTR"},
      {VPL011_IRQ_UARTMSINTR, "UARTMSINTR"},
      {VPL011_IRQ_UARTRXINTR, "UARTRXINTR"},
      {VPL011_IRQ_UARTTXINTR, "UARTTXINTR"},
      {VPL011_IRQ_UARTRTINTR, "UARTRTINTR"},
      {VPL011_IRQ_UARTEINTR, "UARTEINTR"});
NAMES(flags, {VPL011_CFG_FIRMWARE_INIT, "FIRMWARE_INIT"},
      {VPL011_CFG_STRICT_ENABLES, "STRICT_ENABLES"},
      {VPL011_CFG_TX_TRIGGER_EMPTY, "TX_TRIGGER_EMPTY"},
      {VPL011_CFG_TXFF_ONCE_PER_LOAD, "TXFF_ONCE_PER_LOAD"},
      {VPL011_CFG_STRICT_INTERRUPTS, "STRICT_INTERRUPTS"},
      {VPL011_CFG_STORE_CONFIG, "STORE_CONFIG"},
      {VPL011_CFG_UNTHROTTLED, "UNTHROTTLED"});
NAMES(latches, {VPL011_LATCH_CR_WRITTEN, "CR_WRITTEN"},
      {VPL011_LATCH_OVERRUN, "OVERRUN"},
      {VPL011_LATCH_BREAK_LOOP, "BREAK_LOOP"}, {VPL011_LATCH_RX, "RX"},
      {VPL011_LATCH_RT, "RT"}, {VPL011_LATCH_EARLY_RX, "EARLY_RX"});
NAMES(acks, {PL011_INT_RX, "RX"}, {PL011_INT_RT, "RT"},
      {VPL011_ACK_UNREAD, "UNREAD"}, {VPL011_ACK_PENDING, "PENDING"});
NAMES(cr, {PL011_CR_UARTEN, "UARTEN"}, {PL011_CR_SIREN, "SIREN"},
      {PL011_CR_SIRLP, "SIRLP"}, {PL011_CR_LBE, "LBE"}, {PL011_CR_TXE, "TXE"},
      {PL011_CR_RXE, "RXE"}, {PL011_CR_DTR, "DTR"}, {PL011_CR_RTS, "RTS"},
      {PL011_CR_OUT1, "Out1"}, {PL011_CR_OUT2, "Out2"},
      {PL011_CR_RTSEN, "RTSEn"}, {PL011_CR_CTSEN, "CTSEn"});
NAMES(fr, {PL011_FR_TXFE, "TXFE"}, {PL011_FR_TXFF, "TXFF"},
      {PL011_FR_BUSY, "BUSY"}, {PL011_FR_RXFE, "RXFE"}, {PL011_FR_RXFF, "RXFF"},
      {PL011_FR_CTS, "CTS"}, {PL011_FR_DSR, "DSR"}, {PL011_FR_DCD, "DCD"},
      {PL011_FR_RI, "RI"});
NAMES(int, {PL011_INT_TX, "TX"}, {PL011_INT_RX, "RX"}, {PL011_INT_RT, "RT"},
      {PL011_INT_OE, "OE"}, {PL011_INT_BE, "BE"}, {PL011_INT_PE, "PE"},
      {PL011_INT_FE, "FE"}, {PL011_INT_DSR, "DSR"}, {PL011_INT_DCD, "DCD"},
      {PL011_INT_CTS, "CTS"}, {PL011_INT_RI, "RI"});
NAMES(rsr, {PL011_RSR_OE, "OE"}, {PL011_RSR_BE, "BE"}, {PL011_RSR_PE, "PE"},
      {PL011_RSR_FE, "FE"});
NAMES(dmacr, {PL011_DMACR_RXDMAE, "RXDMAE"}, {PL011_DMACR_TXDMAE, "TXDMAE"},
      {PL011_DMACR_DMAONERR, "DMAONERR"});
NAMES(tcr, {PL011_TCR_ITEN, "ITEN"}, {PL011_TCR_TESTFIFO, "TESTFIFO"},
      {PL011_TCR_SIRTEST, "SIRTEST"});
NAMES(itip, {PL011_ITIP_RXD, "UARTRXD"}, {PL011_ITIP_SIRIN, "SIRIN"},
      {PL011_ITIP_nDSR, "nUARTDSR"}, {PL011_ITIP_nCTS, "nUARTCTS"},
      {PL011_ITIP_nDCD, "nUARTDCD"}, {PL011_ITIP_nRI, "nUARTRI"},
      {PL011_ITIP_RXDMACLR, "UARTRXDMACLR"},
      {PL011_ITIP_TXDMACLR, "UARTTXDMACLR"});

void vpl011_text_bits_(struct text *t, const struct bit_set *set,
                       uint32_t value)
{
    const char *between = "";
    const struct bit_name *b;

    for (b = set->names; b->mask; b++) {
        if (value & b->mask) {
            vpl011_text_add_(t, "%s%s", between, b->name);
            value &= ~b->mask;
            between = "|";
        }
    }
    if (value) {
        vpl011_text_add_(t, "%s0x%x", between, value);
    }
}

void vpl011_text_char_(struct text *t, unsigned int c)
{
    static const char escapes[] = "abtnvfr"; /* from 7 on */

    if (c >= 7 && c <= 13) {
        vpl011_text_add_(t, "'\\%c'", escapes[c - 7]);
    } else if (c == '\'' || c == '\\') {
        vpl011_text_add_(t, "'\\%c'", (int)c);
    } else if (c >= 0x20 && c < 0x7F) {
        vpl011_text_add_(t, "'%c'", (int)c);
    } else {
        vpl011_text_add_(t, "'\\x%02x'", c);
    }
}

void vpl011_text_entry_(struct text *t, uint32_t value)
{
    const uint32_t errors = value & PL011_DR_ERRORS;

    vpl011_text_char_(t, value & PL011_DR_DATA);
    if (errors) {
        vpl011_text_add_(t, " ");
        vpl011_text_bits_(t, &vpl011_rsr_names_, errors >> 8);
    }
}

void vpl011_text_lcr_h_(struct text *t, uint32_t value)
{
    const uint32_t parity = value & (PL011_LCR_H_SPS | PL011_LCR_H_EPS);
    const char *name = "N";

    if (value & PL011_LCR_H_PEN) {
        name = parity == 0                 ? "O"
               : parity == PL011_LCR_H_EPS ? "E"
               : parity == PL011_LCR_H_SPS ? "M"
                                           : "S";
    }
    vpl011_text_add_(t, "%u%s%d",
                     (unsigned int)(5 + (value >> PL011_LCR_H_WLEN_SHIFT) % 4),
                     name, (value & PL011_LCR_H_STP2) ? 2 : 1);
    vpl011_text_add_(t, "%s%s", (value & PL011_LCR_H_FEN) ? " FEN" : "",
                     (value & PL011_LCR_H_BRK) ? " BRK" : "");
}

void vpl011_text_ifls_(struct text *t, uint32_t value)
{
    static const char *const part[8] = {"1/8", "1/4", "1/2", "3/4",
                                        "7/8", "7/8", "7/8", "7/8"};

    vpl011_text_add_(t, "RX %s, TX %s",
                     part[(value >> PL011_IFLS_RX_SHIFT) & PL011_IFLS_SEL],
                     part[(value >> PL011_IFLS_TX_SHIFT) & PL011_IFLS_SEL]);
}

/* How the value of a register is printed. */
enum meaning { PLAIN, BITS, ENTRY, LCR_H, IFLS };

static const struct reg_name {
    const char *name;
    const struct bit_set *bits;
    uint32_t offset;
    enum meaning meaning;
} registers[] = {
    {"UARTDR", NULL, PL011_UARTDR, ENTRY},
    {"UARTRSR", &vpl011_rsr_names_, PL011_UARTRSR, BITS},
    {"UARTFR", &vpl011_fr_names_, PL011_UARTFR, BITS},
    {"UARTILPR", NULL, PL011_UARTILPR, PLAIN},
    {"UARTIBRD", NULL, PL011_UARTIBRD, PLAIN},
    {"UARTFBRD", NULL, PL011_UARTFBRD, PLAIN},
    {"UARTLCR_H", NULL, PL011_UARTLCR_H, LCR_H},
    {"UARTCR", &vpl011_cr_names_, PL011_UARTCR, BITS},
    {"UARTIFLS", NULL, PL011_UARTIFLS, IFLS},
    {"UARTIMSC", &vpl011_int_names_, PL011_UARTIMSC, BITS},
    {"UARTRIS", &vpl011_int_names_, PL011_UARTRIS, BITS},
    {"UARTMIS", &vpl011_int_names_, PL011_UARTMIS, BITS},
    {"UARTICR", &vpl011_int_names_, PL011_UARTICR, BITS},
    {"UARTDMACR", &vpl011_dmacr_names_, PL011_UARTDMACR, BITS},
    {"UARTTCR", &vpl011_tcr_names_, PL011_UARTTCR, BITS},
    {"UARTITIP", &vpl011_itip_names_, PL011_UARTITIP, BITS},
    {"UARTITOP", NULL, PL011_UARTITOP, PLAIN},
    {"UARTTDR", NULL, PL011_UARTTDR, ENTRY},
    {"UARTPeriphID0", NULL, PL011_UARTPeriphID0, PLAIN},
    {"UARTPeriphID1", NULL, PL011_UARTPeriphID1, PLAIN},
    {"UARTPeriphID2", NULL, PL011_UARTPeriphID2, PLAIN},
    {"UARTPeriphID3", NULL, PL011_UARTPeriphID3, PLAIN},
    {"UARTPCellID0", NULL, PL011_UARTPCellID0, PLAIN},
    {"UARTPCellID1", NULL, PL011_UARTPCellID1, PLAIN},
    {"UARTPCellID2", NULL, PL011_UARTPCellID2, PLAIN},
    {"UARTPCellID3", NULL, PL011_UARTPCellID3, PLAIN},
};

static const struct reg_name *find(uint64_t offset)
{
    size_t i;

    for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (registers[i].offset == offset) {
            return &registers[i];
        }
    }
    return NULL;
}

const char *vpl011_register_name_(uint64_t offset)
{
    const struct reg_name *r = find(offset);

    return r ? r->name : NULL;
}

void vpl011_text_register_(struct text *t, uint64_t offset, uint32_t value)
{
    const struct reg_name *r = find(offset);

    switch (r ? r->meaning : PLAIN) {
    case BITS:
        vpl011_text_bits_(t, r->bits, value);
        break;
    case ENTRY:
        vpl011_text_entry_(t, value);
        break;
    case LCR_H:
        vpl011_text_lcr_h_(t, value);
        break;
    case IFLS:
        vpl011_text_ifls_(t, value);
        break;
    default:
        break;
    }
}
