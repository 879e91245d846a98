/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A console: a driver, the device (the real one), and a host with a far end
 * that consists of a few numbers. All that can happen next is a list of moves.
 */
#ifndef SPEC_CONSOLE_H
#define SPEC_CONSOLE_H

#include "../personas/guest.h"

#include <vpl011/vpl011.h>

enum move {
    STEP,    /* the driver makes its access, or goes on */
    HANDLER, /* the interrupt is delivered */
    LOWER,   /* what the handler left to do begins */
    TAKE,    /* the far end takes a character */
    TYPE,    /* somebody types, or finds that there is no room */
    AVAIL,   /* vpl011_data_avail(), which the host owes */
    TICK,    /* vpl011_tick(), likewise */
    LOOK,    /* vpl011_data_avail() without a reason */
    MOVES
};

#define ENDLESS_INPUT 0xFFu

struct scene {
    const char *persona;
    const char *config;   /* as tests/personas names it */
    unsigned int sends;   /* characters */
    unsigned int types;   /* characters, or ENDLESS_INPUT */
    unsigned int out, in; /* room of the far end in each direction */
    unsigned int futile;  /* handlers in a row for which nothing had moved */
    bool prompt;          /* interrupts are never late */
    bool early;           /* input comes from the first access on */
    bool edges;           /* the interrupt controller takes edges */
};

/* False where the persona does not work with the configuration. */
bool console_start(const struct scene *scene);

/* The moves that are possible, as bits 1 << enum move. */
uint32_t console_moves(void);
/* Make one. False where something went wrong, which console_wrong() says. */
bool console_do(enum move move);
const char *console_wrong(void);
/* Whether the last move brought a character nearer to where it goes. */
bool console_moved(void);
/* Something was sent or typed and is not where it belongs. */
bool console_has_work(void);
bool console_in_handler(void);
/* The last move in a few characters. */
const char *console_told(void);

/* A copy of all of it. */
#define CONSOLE_MAX 16384u
size_t console_save(void *to);
void console_restore(const void *from);

#endif
