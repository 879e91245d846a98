/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The slices that are searched. */
#include "search.h"

#define ON PL011_CR_UARTEN
#define END \
    { \
        ACTION_KINDS, 0, 0, 0 \
    }

static const struct action nothing[] = {END};
static const struct action attached[] = {{ATTACH, 0, 0, 1}, END};
static const struct action enabled[] = {
    {ATTACH, 0, 0, 1}, {WRITE, 4, PL011_UARTCR, 0x301}, END};

/* Without the pins that loopback hides. */
static const struct action looped[] = {{ATTACH, 0, 0, 1},
                                       {PINS, 0, 0, PL011_FR_CTS},
                                       {WRITE, 4, PL011_UARTCR, 0x301},
                                       {WRITE, 4, PL011_UARTICR, PL011_INT_ALL},
                                       END};
static const struct action deep_looped[] = {
    {ATTACH, 0, 0, 1},
    {PINS, 0, 0, PL011_FR_CTS},
    {WRITE, 4, PL011_UARTLCR_H, 0x70},
    {WRITE, 4, PL011_UARTCR, 0x301},
    {WRITE, 4, PL011_UARTICR, PL011_INT_ALL},
    END};
static const struct action deep[] = {{ATTACH, 0, 0, 1},
                                     {WRITE, 4, PL011_UARTLCR_H, 0x70},
                                     {WRITE, 4, PL011_UARTCR, 0x301},
                                     END};

#define RECEIVE (PL011_INT_RX | PL011_INT_RT)

/* Without FIFOs first. All of it is searched, in slices of what has to do with
 * each other. */
#define RECEIVING(title, of, bits) \
    { \
        .name = title, .setup = of, .cr = bits, .imsc = RECEIVE, .rx = 1, \
        .burst = 64, .waiting = 1, .down = true, .first = attached, \
    }
#define SENDING(title, of, bits) \
    { \
        .name = title, .setup = of, .cr = bits, .lcr_h = PL011_LCR_H_BRK, \
        .imsc = PL011_INT_TX, .inputs = PL011_FR_CTS, .tx = 64, .drains = 2, \
        .latched = PL011_INT_CTS, .first = enabled, \
    }
#define RECEIVING_DEEP(title, of, from) \
    { \
        .name = title, .setup = of, .soak = true, .imsc = RECEIVE, .rx = 32, \
        .burst = 127, .waiting = 2, .down = true, .first = from, \
    }
#define SENDING_DEEP(title, of, from) \
    { \
        .name = title, .setup = of, .soak = true, .lcr_h = PL011_LCR_H_BRK, \
        .imsc = PL011_INT_TX, .tx = 64, .drains = 2, .ifls = 2, .first = from, \
    }
/* One of each, for setups that take other ways through the code. */
#define EXCHANGING(title, of) \
    { \
        .name = title, .setup = of, .imsc = PL011_INT_RX | PL011_INT_TX, \
        .tx = 1, .rx = 1, .drains = 2, .burst = 1, .waiting = 1, \
        .first = enabled, \
    }
#define PUTTING(title, of) \
    { \
        .name = title, .setup = of, .cr = PL011_CR_LBE, .imsc = PL011_INT_TX, \
        .tx = 2, .drains = 2, .first = enabled, \
        .far = FAR_DETACHED | FAR_ASKS_WRITE | FAR_LIES, \
    }
#define DROPPING(title, of) \
    { \
        .name = title, .setup = of, .imsc = PL011_INT_TX, .tx = 2, \
        .drains = 2, .first = enabled, \
        .far = FAR_DETACHED | FAR_STOPPED | FAR_BUSY | FAR_SILENT | FAR_LIES | \
               FAR_ASKS_WRITE | FAR_BOASTS, \
    }

const struct slice slices[] = {
    RECEIVING("receiving", "pl011", ON),
    RECEIVING("receiving unthrottled", "pl011, unthrottled", ON),
    RECEIVING("receiving by strict rules", "pl011, strict interrupts", ON),
    RECEIVING("receiving with strict enables", "pl011, strict enables",
              ON | PL011_CR_RXE),
    RECEIVING("receiving without a tick", "pl011, no tick", ON),
    RECEIVING("receiving by edges", "pl011, edges", ON),
    {
        .name = "resting with another interrupt",
        .setup = "pl011",
        .imsc = PL011_INT_TX,
        .rx = 1,
        .burst = 64,
        .tx = 1,
        .drains = 1,
        .first = enabled,
    },
    {
        .name = "settings that are only stored",
        .setup = "sbsa, stored",
        .lcr_h = PL011_LCR_H_FEN | PL011_LCR_H_BRK,
        .cr = ON,
        .tx = 2,
        .rx = 2,
        .drains = 2,
        .burst = 2,
        .first = attached,
    },
    {
        .name = "acknowledging both directions",
        .setup = "pl011",
        .imsc = RECEIVE | PL011_INT_TX,
        .tx = 1,
        .rx = 1,
        .drains = 2,
        .burst = 1,
        .down = true,
        .first = enabled,
    },
    SENDING("sending", "pl011", PL011_CR_CTSEN),
    SENDING("sending by strict rules", "pl011, strict interrupts", 0),
    SENDING("sending with strict enables", "pl011, strict enables",
            ON | PL011_CR_TXE),
    SENDING("sending by edges", "pl011, edges", 0),
    SENDING("sending with TXFF once", "pl011, TXFF once", 0),
    DROPPING("dropping the newest", "pl011, newest"),
    DROPPING("dropping the oldest", "pl011, oldest"),
    DROPPING("dropping where nobody is", "pl011"),
    EXCHANGING("with a lock", "pl011, called back, locked"),
    EXCHANGING("with a trace", "pl011, traced"),
    PUTTING("with callbacks that call", "pl011, called back"),
    PUTTING("with nobody to tell of mistakes", "pl011, untold"),
    {
        .name = "SBSA with a lock",
        .setup = "sbsa, locked",
        .imsc = PL011_INT_RX,
        .tx = 1,
        .rx = 2,
        .burst = 2,
        .waiting = 1,
        .first = attached,
    },
    PUTTING("with edges alone and a lock", "pl011, edges alone, locked"),
    PUTTING("with put", "pl011, put"),
    PUTTING("with put and a lock", "pl011, put, locked"),
    {
        .name = "before anybody is attached",
        .setup = "pl011",
        .cr = ON,
        .tx = 2,
        .rx = 1,
        .drains = 2,
        .burst = 1,
        .detach = true,
        .first = nothing,
    },
    {
        .name = "asked from the far end",
        .setup = "pl011",
        .imsc = PL011_INT_RX,
        .rx = 1,
        .burst = 1,
        .waiting = 1,
        .first = enabled,
        .far = FAR_ASKS_READ | FAR_ASKS_POLL | FAR_LIES,
    },
    {
        .name = "dropping the oldest where nobody is",
        .setup = "pl011, stall or oldest",
        .tx = 2,
        .drains = 2,
        .first = enabled,
        .far = FAR_DETACHED | FAR_BUSY,
    },
    {
        .name = "dropping the oldest where somebody is",
        .setup = "sbsa, oldest",
        .tx = 2,
        .drains = 2,
        .first = attached,
        .far = FAR_DETACHED | FAR_BUSY,
    },
    {
        .name = "looping",
        .setup = "pl011",
        .cr =
            ON | PL011_CR_LBE | PL011_CR_RTS | PL011_CR_RTSEN | PL011_CR_CTSEN,
        .latched = PL011_INT_CTS,
        .tx = 2,
        .rx = 1,
        .drains = 2,
        .first = looped,
    },
    {
        .name = "looping a break",
        .setup = "pl011",
        .cr = ON | PL011_CR_LBE | PL011_CR_RTS | PL011_CR_RTSEN,
        .lcr_h = PL011_LCR_H_BRK,
        .latched = PL011_INT_CTS | PL011_INT_BE | PL011_INT_FE,
        .rsr = PL011_RSR_BE | PL011_RSR_FE,
        .rx = 1,
        .errors = true,
        .first = looped,
    },
    {
        .name = "pausing and attaching",
        .setup = "pl011",
        .lcr_h = PL011_LCR_H_BRK,
        .tx = 1,
        .rx = 0,
        .drains = 2,
        .waiting = 1,
        .pause = true,
        .detach = true,
        .first = enabled,
    },
    {
        .name = "pausing by edges",
        .setup = "pl011, edges",
        .imsc = PL011_INT_RX | PL011_INT_TX,
        .tx = 1,
        .rx = 1,
        .drains = 2,
        .burst = 1,
        .pause = true,
        .first = enabled,
    },
    {
        .name = "pausing the modem's edges",
        .setup = "pl011, edges",
        .imsc = PL011_INT_RI,
        .latched = PL011_INT_RI,
        .inputs = PL011_FR_RI,
        .pause = true,
        .first = enabled,
    },
    {
        .name = "parity that is only stored",
        .setup = "sbsa, stored",
        .lcr_h = PL011_LCR_H_PEN,
        .latched = PL011_INT_ERROR,
        .rsr = PL011_RSR_FE | PL011_RSR_PE | PL011_RSR_BE,
        .rx = 1,
        .burst = 1,
        .waiting = 1,
        .errors = true,
        .first = attached,
    },
    {
        .name = "errors",
        .setup = "pl011",
        .lcr_h = PL011_LCR_H_PEN,
        .imsc = PL011_INT_ERROR,
        .latched = PL011_INT_ERROR,
        .rx = 1,
        .burst = 1,
        .errors = true,
        .first = enabled,
    },
    {
        .name = "errors, queued",
        .setup = "pl011",
        .lcr_h = PL011_LCR_H_FEN,
        .latched = PL011_INT_ERROR,
        .rsr = PL011_RSR_FE | PL011_RSR_PE | PL011_RSR_BE,
        .rx = 2,
        .burst = 2,
        .errors = true,
        .first = enabled,
    },
    {
        .name = "overrun",
        .setup = "pl011, unthrottled",
        .lcr_h = PL011_LCR_H_FEN,
        .imsc = PL011_INT_OE | PL011_INT_TX,
        .latched = PL011_INT_OE,
        .rsr = PL011_RSR_OE,
        .tx = 1,
        .rx = 2,
        .drains = 2,
        .first = enabled,
    },
    {
        .name = "typed after an overrun",
        .setup = "pl011, unthrottled",
        .latched = PL011_INT_OE,
        .rsr = PL011_RSR_OE,
        .rx = 1,
        .waiting = 2,
        .first = enabled,
    },
    {
        .name = "a far end that gives more than was asked for",
        .setup = "pl011",
        .rx = 1,
        .burst = 64,
        .waiting = 2,
        .first = enabled,
        .far = FAR_LIES,
    },
    {
        .name = "modem",
        .setup = "pl011",
        .imsc = PL011_INT_MODEM,
        .latched = PL011_INT_MODEM,
        .inputs = PL011_FR_MODEM,
        .first = enabled,
    },
    {
        .name = "modem looped",
        .setup = "pl011",
        .cr = PL011_CR_LBE | 0xFC00,
        .latched = PL011_INT_MODEM,
        .rx = 1,
        .first = enabled,
    },
    {
        .name = "line",
        .setup = "pl011",
        .lcr_h = 0xFF,
        .divisor = 1,
        .first = enabled,
    },
    {
        .name = "divisors",
        .setup = "pl011",
        .divisor = 0xFFFF,
        .first = enabled,
    },
    {
        .name = "test registers",
        .burst = 1,
        .setup = "pl011",
        .cr = ON,
        .imsc = PL011_INT_TX,
        .tcr = PL011_TCR_TESTFIFO,
        .tx = 2,
        .rx = 1,
        .drains = 2,
        .first = attached,
    },
    {
        .name = "typed ahead",
        .setup = "pl011",
        .cr = ON,
        .lcr_h = PL011_LCR_H_FEN,
        .imsc = PL011_INT_RX,
        .rx = 2,
        .burst = 2,
        .waiting = 1,
        .down = true,
        .first = attached,
    },
    {
        .name = "much typed, 16 deep",
        .setup = "pl011, 16 deep",
        .imsc = RECEIVE,
        .rx = 16,
        .burst = 16,
        .waiting = 40,
        .first = deep,
    },
    {
        .name = "much sent, 16 deep",
        .setup = "pl011, 16 deep",
        .imsc = PL011_INT_TX,
        .tx = 32,
        .drains = 2,
        .ifls = 2,
        .first = deep,
    },
    /* The same with FIFOs, and more of all that has to do with each other. */
    RECEIVING_DEEP("receiving, 32 deep", "pl011", deep),
    RECEIVING_DEEP("receiving, 16 deep", "pl011, 16 deep", deep),
    RECEIVING_DEEP("receiving unthrottled, deep", "pl011, unthrottled", deep),
    RECEIVING_DEEP("receiving by strict rules, deep",
                   "pl011, strict interrupts", deep),
    RECEIVING_DEEP("receiving by edges, deep", "pl011, edges", deep),
    RECEIVING_DEEP("receiving, SBSA", "sbsa", attached),
    SENDING_DEEP("sending, 32 deep", "pl011", deep),
    SENDING_DEEP("sending, 16 deep", "pl011, 16 deep", deep),
    SENDING_DEEP("sending by strict rules, deep", "pl011, strict interrupts",
                 deep),
    SENDING_DEEP("sending by edges, deep", "pl011, edges", deep),
    SENDING_DEEP("sending with the trigger at empty", "pl011, trigger empty",
                 deep),
    SENDING_DEEP("sending, SBSA", "sbsa", attached),
    SENDING_DEEP("sending with stored settings", "sbsa, stored", attached),
    {
        .name = "looping, 16 deep",
        .setup = "pl011, 16 deep",
        .soak = true,
        .cr = ON | PL011_CR_LBE | PL011_CR_RTSEN | PL011_CR_CTSEN,
        .latched = PL011_INT_CTS,
        .tx = 17,
        .rx = 16,
        .drains = 2,
        .first = deep_looped,
    },
    {
        .name = "receiving and sending",
        .setup = "pl011",
        .soak = true,
        .cr = ON,
        .imsc = RECEIVE | PL011_INT_TX,
        .tx = 1,
        .rx = 1,
        .drains = 2,
        .burst = 1,
        .waiting = 1,
        .down = true,
        .first = attached,
    },
    {
        .name = "pausing, looped",
        .burst = 1,
        .setup = "pl011",
        .soak = true,
        .cr = PL011_CR_LBE,
        .lcr_h = PL011_LCR_H_BRK,
        .tx = 1,
        .rx = 1,
        .drains = 2,
        .waiting = 1,
        .pause = true,
        .first = looped,
    },
    {
        .name = "events taken",
        .burst = 1,
        .setup = "pl011, events taken",
        .soak = true,
        .cr = ON,
        .imsc = PL011_INT_RX,
        .tx = 1,
        .rx = 1,
        .drains = 2,
        .waiting = 1,
        .first = attached,
    },
};
const unsigned int slice_count = sizeof(slices) / sizeof(slices[0]);
