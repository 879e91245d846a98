/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What of a guest's output a terminal may be given: text, colours and the
 * movement of the cursor. Escape sequences that make a terminal answer, and so
 * type something, or that change its title, clipboard, keys or memory are left
 * out. Whatever is not known to be harmless counts as one of them.
 *
 * Each byte goes through one state machine, so that it does not matter how the
 * output is cut. Only whole sequences are passed on: a terminal that sees what
 * comes out is never in the middle of one. What is left out has an end, too, so
 * that it hides no more of the output than a terminal would, and
 * FILTER_LEFT_OUT bytes at most; what follows is text.
 *
 * The terminal is taken to use UTF-8.
 */
#ifndef CONSOLE_FILTER_H
#define CONSOLE_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* [bytes] of a sequence that is kept until its end tells what it is. A longer
 * one is left out. */
#define FILTER_HELD 64u

/* [bytes] of a sequence that are left out at most: it may have no end. */
#define FILTER_LEFT_OUT 4096u

enum filter_level {
    FILTER_SHOWN,    /* nothing that outlasts what is shown */
    FILTER_REPLAYED, /* also what keys and the mouse send, for the program that
                      * still runs: but nothing that is answered */
};

/* All zero: FILTER_SHOWN, and nothing held. */
struct filter {
    enum filter_level level;
    uint8_t state;
    bool unknown; /* the sequence is to be left out */
    uint8_t count;
    uint16_t length; /* of the sequence, with what is not held of it */
    uint8_t held[FILTER_HELD];
};

/* Pass on one byte; returns how many come out [0 .. FILTER_HELD]. */
size_t filter_byte(struct filter *f, uint8_t c, uint8_t *out);

/* The same of many: out has room for count + FILTER_HELD. */
size_t filter_bytes(struct filter *f, const uint8_t *bytes, size_t count,
                    uint8_t *out);

/* A line for people: without any control character. Returns its size; out may
 * be bytes. */
size_t filter_line(const uint8_t *bytes, size_t count, uint8_t *out);

/* Whether it is in no sequence. */
bool filter_is_idle(const struct filter *f);

#endif
