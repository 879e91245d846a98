/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "step.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* splitmix64 */
static uint64_t dice_next(struct dice *d)
{
    uint64_t z = d->state += 0x9E3779B97F4A7C15u;

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

uint32_t dice_roll(struct dice *d, uint32_t sides)
{
    return (uint32_t)((dice_next(d) >> 32) * sides >> 32);
}

static bool percent(struct dice *d, uint32_t chance)
{
    return dice_roll(d, 100) < chance;
}

struct weighted {
    uint32_t offset;
    uint32_t weight;
};

static const struct weighted reads[] = {
    {PL011_UARTDR, 40},
    {PL011_UARTRSR, 6},
    {PL011_UARTFR, 14},
    {PL011_UARTILPR, 1},
    {PL011_UARTIBRD, 1},
    {PL011_UARTFBRD, 1},
    {PL011_UARTLCR_H, 2},
    {PL011_UARTCR, 2},
    {PL011_UARTIFLS, 1},
    {PL011_UARTIMSC, 3},
    {PL011_UARTRIS, 12},
    {PL011_UARTMIS, 8},
    {PL011_UARTICR, 1},
    {PL011_UARTDMACR, 1},
    {PL011_UARTTCR, 1},
    {PL011_UARTITIP, 1},
    {PL011_UARTITOP, 1},
    {PL011_UARTTDR, 1},
    {PL011_UARTPeriphID0, 1},
    {PL011_UARTPeriphID1, 1},
    {PL011_UARTPeriphID2, 1},
    {PL011_UARTPeriphID3, 1},
    {PL011_UARTPCellID0, 1},
    {PL011_UARTPCellID1, 1},
    {PL011_UARTPCellID2, 1},
    {PL011_UARTPCellID3, 1},
    {0x008, 1},
    {0x01C, 1},
    {0x04C, 1},
    {0xFDC, 1},
};

static const struct weighted writes[] = {
    {PL011_UARTDR, 30},
    {PL011_UARTECR, 6},
    {PL011_UARTFR, 1},
    {PL011_UARTILPR, 1},
    {PL011_UARTIBRD, 2},
    {PL011_UARTFBRD, 2},
    {PL011_UARTLCR_H, 8},
    {PL011_UARTCR, 8},
    {PL011_UARTIFLS, 5},
    {PL011_UARTIMSC, 20},
    {PL011_UARTRIS, 1},
    {PL011_UARTMIS, 1},
    {PL011_UARTICR, 20},
    {PL011_UARTDMACR, 1},
    {PL011_UARTTCR, 2},
    {PL011_UARTITIP, 1},
    {PL011_UARTITOP, 1},
    {PL011_UARTTDR, 2},
    {PL011_UARTPeriphID2, 1},
    {0x00C, 1},
    {0x0FC, 1},
    {0xFD0, 1},
};

static uint32_t choose_offset(struct dice *d, const struct weighted *list,
                              size_t count)
{
    uint32_t total = 0;
    uint32_t roll;
    size_t i;

    for (i = 0; i < count; i++) {
        total += list[i].weight;
    }
    roll = dice_roll(d, total);
    for (i = 0; roll >= list[i].weight; i++) {
        roll -= list[i].weight;
    }
    return list[i].offset;
}

static uint32_t set_bits(struct dice *d, uint32_t bits, uint32_t chance)
{
    uint32_t chosen = 0;
    uint32_t bit;

    for (bit = 1; bit != 0; bit <<= 1) {
        if ((bits & bit) && percent(d, chance)) {
            chosen |= bit;
        }
    }
    return chosen;
}

/* A value as drivers write it, most of the time; any bits, at others. */
static uint64_t choose_value(struct dice *d, uint32_t offset)
{
    if (percent(d, 12)) {
        return dice_next(d);
    }
    switch (offset) {
    case PL011_UARTLCR_H:
        return set_bits(d, PL011_LCR_H_FEN, 75) |
               set_bits(d, PL011_LCR_H_WLEN, 80) |
               set_bits(d, PL011_LCR_H_PEN | PL011_LCR_H_EPS, 30) |
               set_bits(d, PL011_LCR_H_STP2 | PL011_LCR_H_SPS, 10) |
               set_bits(d, PL011_LCR_H_BRK, 8);
    case PL011_UARTCR:
        return set_bits(d, PL011_UARTCR_FIRMWARE, 90) |
               set_bits(d, PL011_CR_LBE, 12) |
               set_bits(d,
                        PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 |
                            PL011_CR_OUT2 | PL011_CR_RTSEN,
                        40) |
               set_bits(d, PL011_CR_CTSEN, 8);
    case PL011_UARTIFLS:
        return dice_roll(d, 64);
    case PL011_UARTIMSC:
    case PL011_UARTICR:
        return set_bits(d, PL011_INT_RX | PL011_INT_TX, 50) |
               set_bits(d, PL011_INT_RT, 40) |
               set_bits(d, PL011_INT_ALL & ~0x70u, 20);
    case PL011_UARTTCR:
        return set_bits(d, PL011_TCR_TESTFIFO, 30) |
               set_bits(d, PL011_TCR_ITEN, 20);
    default:
        return dice_roll(d, 256);
    }
}

/* Mostly whole words; every register in every width; and what no bus master
 * should do: within a register, across two, 64 bits. */
static void choose_width(struct step *s, struct dice *d)
{
    const uint32_t roll = dice_roll(d, 100);

    s->size = 4;
    if (roll < 14) {
        s->size = 2;
    } else if (roll < 28) {
        s->size = 1;
    } else if (roll < 33) {
        s->size = 1;
        s->offset += 1 + dice_roll(d, 3);
    } else if (roll < 35) {
        s->size = 2;
        s->offset += 2;
    } else if (roll < 38 && s->offset < 0xFF0) {
        s->size = 8;
    } else if (roll < 40 && s->offset < 0xFF0) {
        s->size = dice_roll(d, 2) ? 4 : 2;
        s->offset += 1 + dice_roll(d, 3);
    }
}

void step_choose(struct step *s, struct dice *d, unsigned int line_room,
                 bool break_fits)
{
    const uint32_t roll = dice_roll(d, 1000);
    unsigned int i;

    memset(s, 0, sizeof(*s));
    if (roll < 80 && line_room >= STEP_LINE_MAX) {
        s->kind = STEP_LINE;
        s->line_count = 1 + dice_roll(d, percent(d, 70) ? 4 : STEP_LINE_MAX);
        for (i = 0; i < s->line_count; i++) {
            s->line[i] = (uint16_t)dice_roll(d, 256);
        }
    } else if (roll < 90 && line_room >= STEP_LINE_MAX && break_fits) {
        s->kind = STEP_BREAK;
        s->line_count = 1;
        s->line[0] = MODEL_BREAK;
    } else if (roll < 92) {
        s->kind = STEP_RESET;
    } else if (roll < 97) {
        s->kind = STEP_MOVE;
    } else if (roll < 540) {
        s->kind = STEP_READ;
        s->offset = choose_offset(d, reads, sizeof(reads) / sizeof(reads[0]));
        choose_width(s, d);
    } else {
        s->kind = STEP_WRITE;
        s->offset =
            choose_offset(d, writes, sizeof(writes) / sizeof(writes[0]));
        s->value = choose_value(d, s->offset);
        choose_width(s, d);
        if (s->size < 8) {
            s->value &= ((uint64_t)1 << 8 * s->size) - 1;
        }
    }
}

void step_model(const struct step *s, struct model *m, struct seen *seen)
{
    memset(seen, 0, sizeof(*seen));
    switch (s->kind) {
    case STEP_READ:
        seen->value = model_read(m, s->offset, s->size);
        break;
    case STEP_WRITE:
        model_write(m, s->offset, s->size, s->value);
        break;
    case STEP_LINE:
    case STEP_BREAK:
        model_line_in(m, s->line, s->line_count);
        break;
    case STEP_RESET:
        model_reset(m);
        break;
    case STEP_MOVE:
        break;
    }
    seen->irq = model_irq(m);
    seen->taken = model_tick(m);
    seen->irq_after = model_irq(m);
    seen->sent_count = model_sent(m, seen->sent);
}

void step_device(const struct step *s, struct device *d, struct seen *seen)
{
    const unsigned int before = d->line_fill + s->line_count;

    memset(seen, 0, sizeof(*seen));
    switch (s->kind) {
    case STEP_READ:
        seen->value = device_read(d, s->offset, s->size);
        break;
    case STEP_WRITE:
        device_write(d, s->offset, s->size, s->value);
        break;
    case STEP_LINE:
    case STEP_BREAK:
        device_line_in(d, s->line, s->line_count);
        break;
    case STEP_RESET:
        device_reset(d);
        break;
    case STEP_MOVE:
        device_move(d);
        break;
    }
    seen->irq = d->irq;
    device_tick(d);
    seen->taken = before - d->line_fill;
    seen->irq_after = d->irq;
    seen->sent_count = device_sent(d, seen->sent);
}

bool seen_same(const struct seen *a, const struct seen *b)
{
    return a->value == b->value && a->irq == b->irq &&
           a->irq_after == b->irq_after && a->sent_count == b->sent_count &&
           memcmp(a->sent, b->sent, a->sent_count) == 0;
}

static const char *register_name(uint32_t offset, bool write)
{
    static const char *const low[] = {
        "UARTDR",   "UARTRSR",   NULL,      NULL,        NULL,
        NULL,       "UARTFR",    NULL,      "UARTILPR",  "UARTIBRD",
        "UARTFBRD", "UARTLCR_H", "UARTCR",  "UARTIFLS",  "UARTIMSC",
        "UARTRIS",  "UARTMIS",   "UARTICR", "UARTDMACR",
    };
    static const char *const test[] = {"UARTTCR", "UARTITIP", "UARTITOP",
                                       "UARTTDR"};
    static const char *const ids[] = {
        "UARTPeriphID0", "UARTPeriphID1", "UARTPeriphID2", "UARTPeriphID3",
        "UARTPCellID0",  "UARTPCellID1",  "UARTPCellID2",  "UARTPCellID3",
    };
    const uint32_t slot = offset / 4;

    if (write && slot == PL011_UARTECR / 4) {
        return "UARTECR";
    }
    if (slot < sizeof(low) / sizeof(low[0]) && low[slot]) {
        return low[slot];
    }
    if (offset >= PL011_UARTTCR && slot <= PL011_UARTTDR / 4) {
        return test[slot - PL011_UARTTCR / 4];
    }
    return offset >= PL011_UARTPeriphID0 ? ids[slot - PL011_UARTPeriphID0 / 4]
                                         : "reserved";
}

void step_text(const struct step *s, char *text, size_t size)
{
    char place[40];

    snprintf(place, sizeof(place), "%s%s%.0u",
             register_name(s->offset, s->kind == STEP_WRITE),
             s->offset % 4 ? "+" : "", s->offset % 4);
    switch (s->kind) {
    case STEP_READ:
        snprintf(text, size, "read%u   %s", 8 * s->size, place);
        break;
    case STEP_WRITE:
        snprintf(text, size, "write%u  %s 0x%" PRIx64, 8 * s->size, place,
                 s->value);
        break;
    case STEP_LINE:
        snprintf(text, size, "%u characters arrive, from 0x%02x", s->line_count,
                 s->line[0]);
        break;
    case STEP_BREAK:
        snprintf(text, size, "a BREAK arrives");
        break;
    case STEP_RESET:
        snprintf(text, size, "reset");
        break;
    case STEP_MOVE:
        snprintf(text, size, "save and load");
        break;
    }
}
