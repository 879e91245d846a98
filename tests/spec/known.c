/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Each must still show, by its own list of actions: a difference that is gone
 * is to be struck from here and from the specification.
 */
#include "known.h"

#define END \
    { \
        ACTION_KINDS, 0, 0, 0 \
    }

const struct known known_differences[] = {
    {
        .bit = KNOWN_PINS_WAIT_FOR_RESUME,
        .name = "pins wait for resume",
        .said = "UARTFR and UARTRIS show the modem inputs (docs/registers.md); "
                "vpl011_pause() keeps the device from calling, not the guest "
                "from reading",
        .setup = "pl011",
        .list = {{PAUSE, 0, 0, 0},
                 {PINS, 0, 0, PL011_FR_RI},
                 {READ, 4, PL011_UARTFR, 0},
                 END},
    },
    {
        .bit = KNOWN_REST_COUNTS_BAD_ACCESSES,
        .name = "a bad access ends a rest",
        .said = "a bad access has no side effect (vpl011.h)",
        .setup = "pl011",
        .list = {{FEED, 0, 0, 64}, {READ, 8, PL011_UARTMIS, 0}, END},
    },
    {
        .bit = KNOWN_REST_END_PUTS_UP,
        .name = "the end of a rest raises again what was put down",
        .said = "RX and RT that were put down rise by arrival, UARTDR read, "
                "vpl011_tick(), unmasking, change of FEN and reset "
                "(docs/registers.md)",
        .setup = "pl011",
        .list = {{FEED, 0, 0, 64},
                 {WRITE, 4, PL011_UARTTCR, PL011_TCR_TESTFIFO},
                 {WRITE, 4, PL011_UARTTDR, 0x41},
                 {WRITE, 4, PL011_UARTIMSC, PL011_INT_RX},
                 {WRITE, 4, PL011_UARTICR, PL011_INT_RX},
                 {WRITE, 4, PL011_UARTICR, PL011_INT_RX},
                 {READ, 4, PL011_UARTRIS, 0},
                 END},
    },
    {
        .bit = KNOWN_TYPE_AHEAD_STAYS_DOWN,
        .name = "a change of FEN leaves RX down",
        .said = "RX and RT that were put down rise again by a change of FEN, "
                "if data waits (docs/registers.md), and type-ahead does (D13)",
        .setup = "pl011",
        .list = {{PUSH, 1, 0, 0x41},
                 {WRITE, 4, PL011_UARTIMSC, PL011_INT_RT},
                 {WRITE, 4, PL011_UARTICR, PL011_INT_RT},
                 {WRITE, 4, PL011_UARTICR, PL011_INT_RT},
                 {WRITE, 4, PL011_UARTLCR_H, PL011_LCR_H_FEN},
                 END},
    },
    {
        .bit = KNOWN_ROOM_ONCE,
        .name = "remind forgets ROOM",
        .said = "vpl011_remind() raises REFILL, TICK or ROOM again, whatever "
                "was told already (vpl011.h)",
        .setup = "pl011",
        .list = {{PUSH, 2, 0, 0x41},
                 {READ, 4, PL011_UARTDR, 0},
                 {REMIND, 0, 0, 0},
                 END},
    },
    {
        .bit = KNOWN_DRAIN_IN_PIECES,
        .name = "each piece of a drain counts",
        .said = "a drain goes on while the backend takes characters or a "
                "policy drops them, and TXRIS has no replay where its "
                "interrupt is its own (docs/registers.md, D10)",
        .setup = "sbsa",
        .list = {{PAUSE, 0, 0, 0},
                 {FAR, 0, 0, FAR_DETACHED},
                 {ATTACH, 0, 0, 1},
                 {ROOM, 0, 0, 1},
                 {WRITE, 4, PL011_UARTIMSC, PL011_INT_TX},
                 {FILL, 0, 0, 2},
                 {RESUME, 0, 0, 0},
                 {WRITE, 4, PL011_UARTICR, PL011_INT_TX},
                 END},
    },
};
const unsigned int known_count =
    sizeof(known_differences) / sizeof(known_differences[0]);
