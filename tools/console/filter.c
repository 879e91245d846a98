/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <ctype.h>
#include <string.h>

#include "filter.h"

#define BEL 0x07
#define LF 0x0a
#define CR 0x0d
#define CAN 0x18
#define SUB 0x1a
#define ESC 0x1b
#define DEL 0x7f
#define ENQ 0x05
/* C1 controls, which in UTF-8 are characters */
#define C1_CSI 0x9b

/* [digits] of a number: a terminal has no more lines or columns, and what takes
 * a number as a count does little with it. */
#define DIGITS_MAX 4u

/* [bytes] of Linux's ESC ] P with a colour: one digit and six. */
#define COLOUR_LENGTH 10u

enum state {
    GROUND,
    UTF8,         /* in a character of several bytes */
    ESCAPE,       /* behind ESC */
    INTERMEDIATE, /* behind ESC and one of "()#% ..." */
    CSI,          /* behind ESC [ */
    OSC,          /* behind ESC ] */
    COLOUR,       /* behind ESC ] P */
    STRING,       /* behind ESC and one of "]P_^Xk": up to its end */
};

bool filter_is_idle(const struct filter *f)
{
    return f->state == GROUND;
}

static void begin(struct filter *f, enum state state, uint8_t first)
{
    f->state = (uint8_t)state;
    f->unknown = false;
    f->held[0] = first;
    f->count = 1;
    f->length = 1;
}

static void hold(struct filter *f, uint8_t byte)
{
    /* The last place is for the end of the sequence. */
    if (f->count < FILTER_HELD - 1) {
        f->held[f->count++] = byte;
    } else {
        f->unknown = true;
    }
}

/* The end of a sequence: it comes out, or not. */
static size_t end(struct filter *f, uint8_t last, bool harmless, uint8_t *out)
{
    size_t count = f->count;

    f->state = GROUND;
    if (!harmless || f->unknown) {
        return 0;
    }
    memcpy(out, f->held, count);
    out[count] = last;
    return count + 1;
}

/*
 * What is harmless
 */

static bool is_one_of(unsigned int number, const uint16_t *list, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (list[i] == number) {
            return true;
        }
    }
    return false;
}

static bool is_mode(const struct filter *f, unsigned int number)
{
    /* reverse, origin, wrap, cursor blinks, cursor, other screen */
    static const uint16_t shown[] = {5, 6, 7, 12, 25, 47, 1047, 1048, 1049};
    /* cursor keys, mouse, keypad, bracketed paste */
    static const uint16_t keys[] = {1,    9,    66,   1000, 1002,
                                    1003, 1005, 1006, 1015, 2004};

    return is_one_of(number, shown, sizeof(shown) / sizeof(shown[0])) ||
           (f->level == FILTER_REPLAYED &&
            is_one_of(number, keys, sizeof(keys) / sizeof(keys[0])));
}

/* The numbers of a control sequence, from held[at] on: no number that is too
 * long; where they are modes, only known ones. */
static bool are_numbers(const struct filter *f, size_t at, bool modes)
{
    unsigned int number = 0;
    unsigned int digits = 0;

    for (; at < f->count; at++) {
        uint8_t c = f->held[at];

        if (c >= '0' && c <= '9') {
            number = number * 10 + (unsigned int)(c - '0');
            if (++digits > DIGITS_MAX) {
                return false;
            }
        } else if (c == ';' || (c == ':' && !modes)) {
            if (modes && !is_mode(f, number)) {
                return false;
            }
            number = 0;
            digits = 0;
        } else {
            return false;
        }
    }
    return !modes || is_mode(f, number);
}

static bool is_harmless_control(const struct filter *f, uint8_t last)
{
    const char *text = (const char *)f->held;
    size_t count = f->count;

    if (last == 'h' || last == 'l') {
        bool keys = f->level == FILTER_REPLAYED;

        /* 4: characters are inserted; 20: what the return key sends */
        return (count > 2 && text[2] == '?' && are_numbers(f, 3, true)) ||
               (count == 3 && text[2] == '4') ||
               (count == 4 && memcmp(text + 2, "20", 2) == 0 && keys);
    }
    if (last == 'q') {
        /* the form of the cursor; others are lights, and a question */
        return count == 4 && text[2] >= '0' && text[2] <= '6' && text[3] == ' ';
    }
    if (last == 'T' && memchr(f->held, ';', count)) {
        /* The terminal would wait for the end of a mouse's track. */
        return false;
    }
    if (last == 'J' && f->level == FILTER_SHOWN) {
        /* 3 erases what has scrolled out of the screen. */
        return count == 2 || (count == 3 && text[2] >= '0' && text[2] <= '2');
    }
    /* Editing, movement, colours, the region that scrolls, and the place to
     * come back to. */
    return strchr("@ABCDEFGHIJKLMPSTXZ`abdefmrsu", last) &&
           are_numbers(f, 2, false);
}

static bool is_harmless_escape(const struct filter *f, uint8_t last)
{
    if (f->state == INTERMEDIATE) {
        /* Line drawing in G0 and G1. */
        return f->count == 2 && (f->held[1] == '(' || f->held[1] == ')') &&
               strchr("0AB", last);
    }
    /* c sets all back and may erase what has scrolled out of the screen. */
    return strchr("78DEM", last) ||
           (f->level == FILTER_REPLAYED && strchr("c=>", last));
}

/*
 * Bytes
 */

/* A C1 control: what it begins is left out. */
static void control_1(struct filter *f, uint8_t c)
{
    f->state = GROUND;
    if (c == C1_CSI) {
        begin(f, CSI, c);
        f->unknown = true;
    } else if (strchr("\x90\x98\x9d\x9e\x9f", c)) {
        begin(f, STRING, c);
    }
}

static size_t ground(struct filter *f, uint8_t c, uint8_t *out)
{
    if (c >= 0x80 && c <= 0x9f) {
        control_1(f, c);
        return 0;
    }
    if (c >= 0xc2 && c <= 0xf4) {
        begin(f, UTF8, c);
        return 0;
    }
    *out = c;
    return 1;
}

/* How many bytes a character has that begins so. */
static unsigned int length_of(uint8_t first)
{
    if (first < 0xe0) {
        return 2;
    }
    return first < 0xf0 ? 3 : 4;
}

static bool continues(const struct filter *f, uint8_t c)
{
    uint8_t first = f->held[0];

    if (f->count == 1) {
        /* Longer than need be, a surrogate, or beyond Unicode. */
        if ((first == 0xe0 && c < 0xa0) || (first == 0xed && c > 0x9f) ||
            (first == 0xf0 && c < 0x90) || (first == 0xf4 && c > 0x8f)) {
            return false;
        }
    }
    return c >= 0x80 && c <= 0xbf;
}

/* What was held of a character that does not go on, without C1 controls. */
static size_t give_up(struct filter *f, uint8_t *out)
{
    size_t n = 0;
    size_t i;

    for (i = 0; i < f->count; i++) {
        if (f->held[i] >= 0xa0) {
            out[n++] = f->held[i];
        }
    }
    f->state = GROUND;
    return n;
}

static size_t character(struct filter *f, uint8_t c, uint8_t *out)
{
    if (f->count + 1u < length_of(f->held[0])) {
        hold(f, c);
        return 0;
    }
    if (f->held[0] == 0xc2 && c < 0xa0) {
        control_1(f, c);
        return 0;
    }
    return end(f, c, true, out);
}

static size_t escape(struct filter *f, uint8_t c, uint8_t *out)
{
    if (c < 0x30) {
        hold(f, c);
        f->state = INTERMEDIATE;
        return 0;
    }
    if (f->state == ESCAPE && c == '[') {
        hold(f, c);
        f->state = CSI;
        return 0;
    }
    /* k is the title of screen and tmux. */
    if (f->state == ESCAPE && strchr("P]X^_k", c)) {
        f->state = c == ']' ? OSC : STRING;
        return 0;
    }
    return end(f, c, is_harmless_escape(f, c), out);
}

/* Behind ESC ]. Linux's console has two that no string follows, and that have
 * no end therefore: R, and P with the digits of a colour. */
static void command(struct filter *f, uint8_t c)
{
    if (c == 'R' || (f->state == COLOUR && f->length == COLOUR_LENGTH)) {
        f->state = GROUND;
    } else if (f->state == OSC) {
        f->state = c == 'P' ? COLOUR : STRING;
    }
}

/* Below 0x20. Terminals obey these within a sequence too. */
static size_t control_0(struct filter *f, uint8_t c, uint8_t *out)
{
    if (c == ESC) {
        begin(f, ESCAPE, c);
        return 0;
    }
    if (f->state >= OSC || ((c == CAN || c == SUB) && f->state != GROUND)) {
        bool ends_line = c == LF || c == CR;

        if (ends_line || c == BEL || c == CAN || c == SUB) {
            f->state = GROUND;
        }
        if (!ends_line) {
            return 0;
        }
    }
    /* ENQ is a question. */
    *out = c;
    return c != ENQ;
}

size_t filter_byte(struct filter *f, uint8_t c, uint8_t *out)
{
    size_t n = 0;

    if (f->state == UTF8) {
        if (continues(f, c)) {
            return character(f, c, out);
        }
        n = give_up(f, out);
        out += n;
    }
    if (f->state != GROUND && f->length++ == FILTER_LEFT_OUT) {
        f->state = GROUND;
    }
    if (c < 0x20) {
        return n + control_0(f, c, out);
    }
    if (f->state == STRING || (c == DEL && f->state != GROUND)) {
        return n;
    }
    if (c >= 0x80 || (f->state == COLOUR && !isxdigit(c))) {
        f->state = GROUND;
    }
    switch ((enum state)f->state) {
    case OSC:
    case COLOUR:
        command(f, c);
        return n;
    case ESCAPE:
    case INTERMEDIATE:
        return escape(f, c, out);
    case CSI:
        if (c >= 0x40) {
            return end(f, c, is_harmless_control(f, c), out);
        }
        hold(f, c);
        return 0;
    default:
        return n + ground(f, c, out);
    }
}

size_t filter_bytes(struct filter *f, const uint8_t *bytes, size_t count,
                    uint8_t *out)
{
    size_t n = 0;
    size_t i;

    for (i = 0; i < count; i++) {
        n += filter_byte(f, bytes[i], out + n);
    }
    return n;
}

size_t filter_line(const uint8_t *bytes, size_t count, uint8_t *out)
{
    struct filter f = {.level = FILTER_SHOWN};
    size_t n = 0;
    size_t i;

    /* Without ESC nothing comes out that did not go in, so that what comes out
     * is never ahead. */
    for (i = 0; i < count; i++) {
        if (bytes[i] >= 0x20 && bytes[i] != DEL) {
            n += filter_byte(&f, bytes[i], out + n);
        }
    }
    return n;
}
