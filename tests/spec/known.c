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
