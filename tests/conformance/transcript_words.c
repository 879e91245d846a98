/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "transcript_words.h"

#include <stdio.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct name {
    const char *name;
    uint32_t value;
};

static const struct name registers[] = {
    {"UARTDR", PL011_UARTDR},
    {"UARTRSR", PL011_UARTRSR},
    {"UARTECR", PL011_UARTECR},
    {"UARTFR", PL011_UARTFR},
    {"UARTILPR", PL011_UARTILPR},
    {"UARTIBRD", PL011_UARTIBRD},
    {"UARTFBRD", PL011_UARTFBRD},
    {"UARTLCR_H", PL011_UARTLCR_H},
    {"UARTCR", PL011_UARTCR},
    {"UARTIFLS", PL011_UARTIFLS},
    {"UARTIMSC", PL011_UARTIMSC},
    {"UARTRIS", PL011_UARTRIS},
    {"UARTMIS", PL011_UARTMIS},
    {"UARTICR", PL011_UARTICR},
    {"UARTDMACR", PL011_UARTDMACR},
    {"UARTTCR", PL011_UARTTCR},
    {"UARTITIP", PL011_UARTITIP},
    {"UARTITOP", PL011_UARTITOP},
    {"UARTTDR", PL011_UARTTDR},
    {"UARTPeriphID0", PL011_UARTPeriphID0},
    {"UARTPeriphID1", PL011_UARTPeriphID1},
    {"UARTPeriphID2", PL011_UARTPeriphID2},
    {"UARTPeriphID3", PL011_UARTPeriphID3},
    {"UARTPCellID0", PL011_UARTPCellID0},
    {"UARTPCellID1", PL011_UARTPCellID1},
    {"UARTPCellID2", PL011_UARTPCellID2},
    {"UARTPCellID3", PL011_UARTPCellID3},
};

static const struct name dr_bits[] = {
    {"FE", PL011_DR_FE},
    {"PE", PL011_DR_PE},
    {"BE", PL011_DR_BE},
    {"OE", PL011_DR_OE},
};

static const struct name rsr_bits[] = {
    {"FE", PL011_RSR_FE},
    {"PE", PL011_RSR_PE},
    {"BE", PL011_RSR_BE},
    {"OE", PL011_RSR_OE},
};

static const struct name fr_bits[] = {
    {"CTS", PL011_FR_CTS},   {"DSR", PL011_FR_DSR},   {"DCD", PL011_FR_DCD},
    {"BUSY", PL011_FR_BUSY}, {"RXFE", PL011_FR_RXFE}, {"TXFF", PL011_FR_TXFF},
    {"RXFF", PL011_FR_RXFF}, {"TXFE", PL011_FR_TXFE}, {"RI", PL011_FR_RI},
};

static const struct name lcr_h_bits[] = {
    {"BRK", PL011_LCR_H_BRK},
    {"PEN", PL011_LCR_H_PEN},
    {"EPS", PL011_LCR_H_EPS},
    {"STP2", PL011_LCR_H_STP2},
    {"FEN", PL011_LCR_H_FEN},
    {"WLEN5", 0},
    {"WLEN6", 1u << PL011_LCR_H_WLEN_SHIFT},
    {"WLEN7", 2u << PL011_LCR_H_WLEN_SHIFT},
    {"WLEN8", PL011_LCR_H_WLEN8},
    {"SPS", PL011_LCR_H_SPS},
};

static const struct name cr_bits[] = {
    {"UARTEN", PL011_CR_UARTEN}, {"SIREN", PL011_CR_SIREN},
    {"SIRLP", PL011_CR_SIRLP},   {"LBE", PL011_CR_LBE},
    {"TXE", PL011_CR_TXE},       {"RXE", PL011_CR_RXE},
    {"DTR", PL011_CR_DTR},       {"RTS", PL011_CR_RTS},
    {"OUT1", PL011_CR_OUT1},     {"OUT2", PL011_CR_OUT2},
    {"RTSEN", PL011_CR_RTSEN},   {"CTSEN", PL011_CR_CTSEN},
};

static const struct name interrupt_bits[] = {
    {"RI", PL011_INT_RI},   {"CTS", PL011_INT_CTS}, {"DCD", PL011_INT_DCD},
    {"DSR", PL011_INT_DSR}, {"RX", PL011_INT_RX},   {"TX", PL011_INT_TX},
    {"RT", PL011_INT_RT},   {"FE", PL011_INT_FE},   {"PE", PL011_INT_PE},
    {"BE", PL011_INT_BE},   {"OE", PL011_INT_OE},
};

static const struct name tcr_bits[] = {
    {"ITEN", PL011_TCR_ITEN},
    {"TESTFIFO", PL011_TCR_TESTFIFO},
    {"SIRTEST", PL011_TCR_SIRTEST},
};

static const struct name flags[] = {
    {"firmware-init", VPL011_CFG_FIRMWARE_INIT},
    {"strict-enables", VPL011_CFG_STRICT_ENABLES},
    {"tx-trigger-empty", VPL011_CFG_TX_TRIGGER_EMPTY},
    {"txff-once-per-load", VPL011_CFG_TXFF_ONCE_PER_LOAD},
    {"strict-interrupts", VPL011_CFG_STRICT_INTERRUPTS},
    {"store-config", VPL011_CFG_STORE_CONFIG},
    {"unthrottled", VPL011_CFG_UNTHROTTLED},
};

static const struct name *find(const struct name *list, size_t count,
                               const char *name)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (strcmp(list[i].name, name) == 0) {
            return &list[i];
        }
    }
    return NULL;
}

static const struct name *bits_of(uint32_t offset, size_t *count)
{
    switch (offset) {
    case PL011_UARTDR:
    case PL011_UARTTDR:
        *count = COUNT(dr_bits);
        return dr_bits;
    case PL011_UARTRSR:
        *count = COUNT(rsr_bits);
        return rsr_bits;
    case PL011_UARTFR:
        *count = COUNT(fr_bits);
        return fr_bits;
    case PL011_UARTLCR_H:
        *count = COUNT(lcr_h_bits);
        return lcr_h_bits;
    case PL011_UARTCR:
        *count = COUNT(cr_bits);
        return cr_bits;
    case PL011_UARTIMSC:
    case PL011_UARTRIS:
    case PL011_UARTMIS:
    case PL011_UARTICR:
        *count = COUNT(interrupt_bits);
        return interrupt_bits;
    case PL011_UARTTCR:
        *count = COUNT(tcr_bits);
        return tcr_bits;
    default:
        *count = 0;
        return NULL;
    }
}

bool words_register(const char *name, uint32_t *offset)
{
    const struct name *found = find(registers, COUNT(registers), name);

    if (found) {
        *offset = found->value;
    }
    return found != NULL;
}

bool words_pure(uint32_t offset)
{
    return offset != PL011_UARTDR && offset != PL011_UARTTDR &&
           offset != PL011_UARTICR;
}

bool words_bits(uint32_t offset, const char *name, uint32_t *bits)
{
    size_t count;
    const struct name *list = bits_of(offset, &count);
    const struct name *found = find(list, count, name);

    if (found) {
        *bits = found->value;
    }
    return found != NULL;
}

bool words_configure(const char *name, struct vpl011_config *config)
{
    static const struct name revisions[] = {
        {"r1p5", VPL011_R1P5},
        {"r1p4", VPL011_R1P4},
        {"r1p1", VPL011_R1P1},
    };
    static const struct name personalities[] = {
        {"pl011", VPL011_PL011},
        {"sbsa", VPL011_SBSA},
    };
    const struct name *found;

    if ((found = find(flags, COUNT(flags), name)) != NULL) {
        config->flags |= found->value;
    } else if ((found = find(revisions, COUNT(revisions), name)) != NULL) {
        config->revision = found->value;
    } else if ((found = find(personalities, COUNT(personalities), name)) !=
               NULL) {
        config->personality = found->value;
    }
    return found != NULL;
}

void words_show(uint32_t offset, uint32_t value, char *text, size_t size)
{
    size_t count;
    const struct name *list = bits_of(offset, &count);
    const char *name = "";
    size_t fill;
    size_t i;

    for (i = 0; i < COUNT(registers); i++) {
        if (registers[i].value == offset && !name[0]) {
            name = registers[i].name;
        }
    }
    fill = (size_t)snprintf(text, size, "%s 0x%03x", name, value);
    for (i = 0; i < count && fill < size; i++) {
        if ((value & list[i].value) == list[i].value && list[i].value) {
            fill +=
                (size_t)snprintf(text + fill, size - fill, " %s", list[i].name);
        }
    }
}
