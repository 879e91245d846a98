/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * QEMU's PL011 changes between versions. What is known to differ is probed here
 * by its behaviour, not by the version number. Everything else is taken from
 * accepted.txt; if that is wrong, the first wrong prediction shows it.
 */
#include "probe.h"

#include <stdio.h>
#include <string.h>

#include "model.h"

#define QUIRKS_OF_LOOPBACK \
    (QUIRK(LOOPBACK_SENDS_TOO) | QUIRK(LOOPBACK_OVERFILLS) | \
     QUIRK(LOOPBACK_LOSES_INPUT) | QUIRK(LOOPBACK_COPIES_MODEM_LEVELS) | \
     QUIRK(LOOPBACK_BREAK_ON_WRITE))

static uint32_t peek(struct qemu *q, uint32_t offset)
{
    struct qemu_reply reply;

    qemu_post_read(q, offset, 4);
    qemu_collect(q, &reply);
    return (uint32_t)reply.value;
}

static void poke(struct qemu *q, uint32_t offset, uint32_t value)
{
    struct qemu_reply reply;

    qemu_post_write(q, offset, 4, value);
    qemu_collect(q, &reply);
}

static void arrive(struct qemu *q, uint8_t character)
{
    qemu_serial_send(q, &character, 1);
    qemu_serial_settle(q, 1, 0);
}

static uint32_t reset(struct qemu *q)
{
    uint8_t sent[2];

    poke(q, PL011_UARTIMSC, PL011_INT_TX);
    poke(q, PL011_UARTDR, 'r');
    qemu_serial_take(q, sent, sizeof(sent));
    qemu_system_reset(q);
    if (peek(q, PL011_UARTIMSC) != 0) {
        poke(q, PL011_UARTIMSC, 0);
        return QUIRK(NO_RESET);
    }
    return q->irq ? QUIRK(RESET_KEEPS_INTERRUPT_LINE) : 0;
}

static bool keeps_flags_at_flush(struct qemu *q)
{
    poke(q, PL011_UARTLCR_H, PL011_LCR_H_FEN);
    arrive(q, 'f');
    poke(q, PL011_UARTLCR_H, 0);
    return !(peek(q, PL011_UARTFR) & PL011_FR_RXFE);
}

/* With FEN=0: an empty read shows what the one slot held, or the next one. */
static bool has_one_slot(struct qemu *q)
{
    poke(q, PL011_UARTLCR_H, PL011_LCR_H_FEN);
    poke(q, PL011_UARTLCR_H, 0);
    arrive(q, 'o');
    peek(q, PL011_UARTDR);
    return peek(q, PL011_UARTDR) == 'o';
}

static uint32_t divisor(struct qemu *q)
{
    uint32_t stored;

    poke(q, PL011_UARTIBRD, 0xFFFFFFFF);
    stored = peek(q, PL011_UARTIBRD);
    poke(q, PL011_UARTIBRD, 0);
    return stored == 0xFFFFFFFF ? QUIRK(DIVISOR_UNMASKED)
           : stored == 0x3F     ? QUIRK(DIVISOR_MASKS_SWAPPED)
                                : 0;
}

static uint32_t loopback(struct qemu *q)
{
    uint32_t found = QUIRKS_OF_LOOPBACK;
    uint8_t sent[2];

    poke(q, PL011_UARTCR,
         PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE | PL011_CR_LBE);
    poke(q, PL011_UARTDR, 'l');
    if (qemu_serial_take(q, sent, sizeof(sent)) == 0) {
        found &= ~QUIRK(LOOPBACK_SENDS_TOO);
    }
    if (peek(q, PL011_UARTFR) & PL011_FR_RXFE) {
        return QUIRK(NO_LOOPBACK);
    }
    return found;
}

const char *probe(struct qemu *q, struct probed *found)
{
    const uint32_t looked_for =
        QUIRKS_OF_LOOPBACK | QUIRK(NO_LOOPBACK) | QUIRK(NO_RESET) |
        QUIRK(RESET_KEEPS_INTERRUPT_LINE) | QUIRK(FLUSH_KEEPS_FLAGS) |
        QUIRK(DIVISOR_UNMASKED) | QUIRK(DIVISOR_MASKS_SWAPPED);
    const char *missing = qemu_start(q);

    if (missing) {
        return missing;
    }
    found->quirks = (UINT32_MAX >> (32 - QUIRKS)) & ~looked_for;
    found->quirks |= reset(q);
    found->quirks |= keeps_flags_at_flush(q) ? QUIRK(FLUSH_KEEPS_FLAGS) : 0;
    found->one_slot = has_one_slot(q);
    found->quirks |= divisor(q);
    found->quirks |= loopback(q);
    memcpy(found->version, q->version, sizeof(found->version));
    qemu_stop(q);
    return NULL;
}
