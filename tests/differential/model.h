/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * QEMU's PL011, as a PL011 r1p1 with a switch for each accepted difference
 * between libvpl011 and QEMU (accepted.txt). With all switches off it must do
 * what the specification does (tests/spec/), with all on it predicts QEMU, both
 * to the bit: a difference that no switch explains is an error in one of them,
 * and a switch that explains nothing is not needed any more.
 */
#ifndef DIFFERENTIAL_MODEL_H
#define DIFFERENTIAL_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/regs.h>

/* The accepted differences, named in accepted.txt. */
enum quirk {
    RX_TRIGGER_ONE,
    RX_INTERRUPT_LATCHED,
    NO_RECEIVE_TIMEOUT,
    TX_ACKNOWLEDGED_AT_ONCE,
    TX_INTERRUPT_EVERY_WRITE,
    FLUSH_KEEPS_RX_INTERRUPT,
    FLUSH_KEEPS_FLAGS,
    FLUSH_LOSES_TYPE_AHEAD,
    EMPTY_READ_STALE,
    RECEIVE_ENABLE_IGNORED,
    TRANSMIT_ENABLE_IGNORED,
    FEEDS_WHILE_INTERRUPTING,
    NO_LOOPBACK,
    LOOPBACK_SENDS_TOO,
    LOOPBACK_OVERFILLS,
    LOOPBACK_LOSES_INPUT,
    LOOPBACK_COPIES_MODEM_LEVELS,
    LOOPBACK_BREAK_ON_WRITE,
    NO_CTS_FLOW_CONTROL,
    BREAK_DOES_NOT_HOLD_TX,
    BREAK_ENTRY_WITHOUT_FE,
    NO_ERROR_INTERRUPTS,
    BREAK_JUMPS_THE_QUEUE,
    REGISTERS_UNMASKED,
    DIVISOR_UNMASKED,
    DIVISOR_MASKS_SWAPPED,
    NARROW_WRITE_CLEARS_REST,
    SUB_WORD_ALIASES,
    WIDE_ACCESS_SPLITS,
    NO_TEST_REGISTERS,
    NO_RESET,
    RESET_KEEPS_INTERRUPT_LINE,
    QUIRKS
};
#define QUIRK(q) (1u << (q))

#define MODEL_DEPTH 16u
#define MODEL_STORE_MAX 64u
#define MODEL_LINE_MAX 64u
#define MODEL_BREAK 0x8000u /* an entry of `line` */

struct model {
    uint32_t quirks;
    bool strict;   /* VPL011_CFG_STRICT_INTERRUPTS and _ENABLES */
    bool one_slot; /* with FEN=0 QEMU uses slot 0 alone (from 8.0 on) */

    uint32_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, dmacr;
    uint32_t tcr, itip, itop, rsr;
    bool cr_written;
    bool early_rx; /* received without FIFOs, before that */

    uint32_t ris;     /* as of the last settle */
    uint32_t latched; /* error and modem bits of it */
    unsigned int tx_drains;
    bool pending;      /* MIS was not 0 at some time since UARTICR */
    bool unread;       /* RX or RT acknowledged, and UARTDR not read since */
    uint32_t put_down; /* RX and RT, by a second acknowledge */
    bool rx_latch;
    bool rt_latch;
    bool overrun;
    bool break_looped;
    uint32_t modem;
    bool line_stuck, line_stuck_high; /* RESET_KEEPS_INTERRUPT_LINE */

    uint16_t rx[MODEL_DEPTH]; /* emptied slots keep what was in them */
    unsigned int rx_head, rx_fill;
    bool rxfe, rxff;
    uint8_t tx[MODEL_STORE_MAX];
    unsigned int tx_fill;

    /* What waits on the line, oldest first. */
    uint16_t line[MODEL_LINE_MAX];
    unsigned int line_fill;

    /* Sent since the last call of model_sent(). */
    uint8_t out[MODEL_STORE_MAX];
    unsigned int out_fill;
};

void model_init(struct model *m, uint32_t quirks, bool strict, bool one_slot);

uint64_t model_read(struct model *m, uint32_t offset, unsigned int size);
void model_write(struct model *m, uint32_t offset, unsigned int size,
                 uint64_t value);
void model_reset(struct model *m);
/* Characters, or one MODEL_BREAK. */
void model_line_in(struct model *m, const uint16_t *entries,
                   unsigned int count);
/* Take in from the line what there is room for. Returns how many. */
unsigned int model_tick(struct model *m);

bool model_irq(const struct model *m);
unsigned int model_sent(struct model *m, uint8_t *bytes);
/* Whether a guest could tell the two apart without writing or popping. */
bool model_looks_same(const struct model *a, const struct model *b);

#endif
