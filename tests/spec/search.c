/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Breadth-first search over the real code. A state is the bytes of struct
 * vpl011, of the specification and of the far end, after canonical() has made
 * equal what cannot matter. From each state all actions are tried.
 */
#include "search.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "book.h"
#include "random.h"
#include "reduced.h"

#define R(offset, size) \
    { \
        READ, size, offset, 0 \
    }
#define W(offset, size, value) \
    { \
        WRITE, size, offset, value \
    }
#define F(offset, size, bits) \
    { \
        FLIP, size, offset, bits \
    }
#define H(kind) \
    { \
        kind, 0, 0, 0 \
    }
#define V(kind, value) \
    { \
        kind, 0, 0, value \
    }
#define N(kind, size, value) \
    { \
        kind, size, 0, value \
    }

/* Every register, every width that it has an effect in, every call. */
static const struct action alphabet[] = {
    /* What is read, and what reading it does. */
    R(PL011_UARTDR, 1),
    R(PL011_UARTDR, 2),
    R(PL011_UARTDR, 4),
    R(PL011_UARTRSR, 4),
    R(PL011_UARTFR, 1),
    R(PL011_UARTFR, 2),
    R(PL011_UARTFR, 4),
    R(PL011_UARTRIS, 1),
    R(PL011_UARTRIS, 2),
    R(PL011_UARTRIS, 4),
    R(PL011_UARTMIS, 1),
    R(PL011_UARTMIS, 2),
    R(PL011_UARTMIS, 4),
    R(PL011_UARTICR, 4),
    R(PL011_UARTTDR, 1),
    R(PL011_UARTTDR, 4),
    R(PL011_UARTITIP, 4),
    R(0x008, 4),
    R(0xFE8, 4),
    /* What no bus does. */
    R(0x001, 1),
    R(0x000, 8),
    R(0x040, 8),
    R(0x018, 8),
    R(0x03E, 2),
    R(0x1000, 4),
    R(0x000, 3),
    W(0x000, 8, 0x41),
    W(0x001, 1, 0x41),
    W(0x044, 8, 0x7FF),
    W(0x1000, 4, 0x41),
    /* Transmitting. */
    N(SEND, 1, 0),
    N(SEND, 2, 0),
    N(SEND, 4, 0),
    V(FILL, 31),
    V(FILL, 32),
    V(FILL, 33),
    V(FILL, 63),
    V(FILL, 64),
    V(RISE, 0),
    V(RISE, 1),
    V(GET, 0),
    V(GET, 1),
    /* Written and stored. */
    W(PL011_UARTECR, 1, 0),
    W(PL011_UARTECR, 4, 0xFF),
    F(PL011_UARTLCR_H, 4, 0),
    F(PL011_UARTLCR_H, 1, PL011_LCR_H_BRK),
    F(PL011_UARTLCR_H, 4, PL011_LCR_H_BRK),
    F(PL011_UARTLCR_H, 4, 0x02),
    F(PL011_UARTLCR_H, 4, 0x04),
    F(PL011_UARTLCR_H, 4, 0x08),
    F(PL011_UARTLCR_H, 4, PL011_LCR_H_FEN),
    F(PL011_UARTLCR_H, 4, 0x20),
    F(PL011_UARTLCR_H, 4, 0x40),
    F(PL011_UARTLCR_H, 4, 0x80),
    F(PL011_UARTLCR_H, 4, PL011_LCR_H_FEN | PL011_LCR_H_BRK),
    F(PL011_UARTCR, 4, 0),
    F(PL011_UARTCR, 1, PL011_CR_UARTEN),
    F(PL011_UARTCR, 2, PL011_CR_UARTEN),
    F(PL011_UARTCR, 4, 0x7E),
    F(PL011_UARTCR, 1, PL011_CR_LBE),
    F(PL011_UARTCR, 4, PL011_CR_TXE),
    F(PL011_UARTCR, 4, PL011_CR_RXE),
    F(PL011_UARTCR, 4, PL011_CR_DTR),
    F(PL011_UARTCR, 4, PL011_CR_RTS),
    F(PL011_UARTCR, 4, PL011_CR_OUT1),
    F(PL011_UARTCR, 4, PL011_CR_OUT2),
    F(PL011_UARTCR, 4, PL011_CR_RTSEN),
    F(PL011_UARTCR, 4, PL011_CR_CTSEN),
    F(PL011_UARTCR, 4, PL011_CR_UARTEN | PL011_CR_RXE),
    F(PL011_UARTCR, 4, PL011_CR_LBE | PL011_CR_RTS),
    F(PL011_UARTCR, 4, PL011_CR_RTSEN | PL011_CR_CTSEN),
    F(PL011_UARTCR, 4, PL011_CR_LBE | PL011_CR_UARTEN | PL011_CR_CTSEN),
    F(PL011_UARTIFLS, 4, 0x02),
    F(PL011_UARTIFLS, 4, 0x10),
    F(PL011_UARTIFLS, 1, 0x2D),
    F(PL011_UARTIMSC, 4, 0),
    F(PL011_UARTIMSC, 4, PL011_INT_RI),
    F(PL011_UARTIMSC, 4, PL011_INT_CTS),
    F(PL011_UARTIMSC, 4, PL011_INT_DCD),
    F(PL011_UARTIMSC, 4, PL011_INT_DSR),
    F(PL011_UARTIMSC, 4, PL011_INT_RX),
    F(PL011_UARTIMSC, 1, PL011_INT_RX),
    F(PL011_UARTIMSC, 4, PL011_INT_TX),
    F(PL011_UARTIMSC, 2, PL011_INT_RT),
    F(PL011_UARTIMSC, 4, PL011_INT_FE),
    F(PL011_UARTIMSC, 4, PL011_INT_PE),
    F(PL011_UARTIMSC, 4, PL011_INT_BE),
    F(PL011_UARTIMSC, 4, PL011_INT_OE),
    F(PL011_UARTIMSC, 4, 0x050),
    F(PL011_UARTIMSC, 4, 0x7FF),
    W(PL011_UARTICR, 4, 0),
    W(PL011_UARTICR, 4, PL011_INT_RI),
    W(PL011_UARTICR, 4, PL011_INT_CTS),
    W(PL011_UARTICR, 4, PL011_INT_DCD),
    W(PL011_UARTICR, 4, PL011_INT_DSR),
    W(PL011_UARTICR, 4, PL011_INT_RX),
    W(PL011_UARTICR, 4, PL011_INT_TX),
    W(PL011_UARTICR, 4, PL011_INT_RT),
    W(PL011_UARTICR, 4, PL011_INT_FE),
    W(PL011_UARTICR, 4, PL011_INT_PE),
    W(PL011_UARTICR, 4, PL011_INT_BE),
    W(PL011_UARTICR, 4, PL011_INT_OE),
    W(PL011_UARTICR, 2, 0x7FF),
    W(PL011_UARTICR, 1, 0x7FF),
    W(PL011_UARTICR, 4, 0x050),
    W(PL011_UARTICR, 4, 0xFFFFFFFF),
    F(PL011_UARTTCR, 4, PL011_TCR_TESTFIFO),
    F(PL011_UARTTCR, 4, 0x5),
    W(PL011_UARTTDR, 4, 0x041),
    W(PL011_UARTTDR, 2, 0x141),
    W(PL011_UARTTDR, 4, 0xFA41),
    W(PL011_UARTTDR, 1, 0x441),
    F(PL011_UARTIBRD, 4, 1),
    F(PL011_UARTIBRD, 4, 0x8000),
    F(PL011_UARTIBRD, 4, 0xFFFF),
    F(PL011_UARTFBRD, 1, 1),
    F(PL011_UARTFBRD, 1, 0x3F),
    /* Written in vain. */
    W(PL011_UARTFR, 1, 0xFF),
    W(PL011_UARTRIS, 4, 0x7FF),
    W(PL011_UARTMIS, 2, 0x7FF),
    W(0xFE0, 4, 0xFF),
    W(0x008, 4, 0xFF),
    /* The host. */
    H(AVAIL),
    H(TICK),
    H(REMIND),
    H(PAUSE),
    H(RESUME),
    H(RESET),
    H(RELOAD),
    H(EVENTS),
    H(MISUSE),
    V(ATTACH, 0),
    V(ATTACH, 1),
    V(ATTACH, 2),
    V(CLOCK, 0),
    V(CLOCK, 24000000),
    V(FLIP_PIN, PL011_FR_CTS),
    V(FLIP_PIN, PL011_FR_DSR),
    V(FLIP_PIN, PL011_FR_DCD),
    V(FLIP_PIN, PL011_FR_RI),
    V(FLIP_PIN, 0x107),
    V(PINS, 0x8),
    N(PUSH, 0, 0),
    N(PUSH, 1, 0x41),
    N(PUSH, 2, 0x41),
    N(PUSH, 40, 0x41),
    N(PUSH, 1, 0x141),
    N(PUSH, 1, 0x241),
    N(PUSH, 1, 0x441),
    N(PUSH, 1, 0x841),
    V(FEED, 1),
    V(FEED, 63),
    V(FEED, 64),
    /* The far end. */
    V(ROOM, 0),
    V(ROOM, 1),
    V(ROOM, 2),
    V(ROOM, FAR_ENDLESS),
    N(INPUT, 0, 0),
    N(INPUT, 0, 1),
    N(INPUT, 0, 2),
    N(INPUT, 0, 40),
    N(INPUT, 1, 0),
    N(INPUT, 1, 1),
    N(INPUT, 1, 31),
    N(INPUT, 1, 32),
    V(FAR, FAR_DETACHED),
    V(FAR, FAR_STOPPED),
    V(FAR, FAR_BUSY),
    V(FAR, FAR_SILENT),
    V(FAR, FAR_ASKS_WRITE),
    V(FAR, FAR_ASKS_READ),
    V(FAR, FAR_ASKS_POLL),
    V(FAR, FAR_LIES),
    V(FAR, FAR_KEEPS),
    V(FAR, FAR_BOASTS),
    H(SWEEP),
};
#define LETTERS (sizeof(alphabet) / sizeof(alphabet[0]))

/*
 * Which states belong to a slice
 */

static bool at_an_end(unsigned int fill, unsigned int trigger,
                      unsigned int depth, unsigned int store)
{
    return fill <= 2 || (fill + 1 >= trigger && fill <= trigger + 1) ||
           (fill + 1 >= depth && fill <= depth + 1) || fill + 1 >= store;
}

/* None, one, what is in the FIFO, and all from where the rest is near. */
static bool is_burst(const struct spec *s)
{
    return s->burst <= 1 || s->burst == s->rx_count || s->burst >= 63;
}

static bool registers_belong(const struct slice *l, const struct spec *s,
                             const struct spec *first)
{
    return !((s->cr ^ first->cr) & ~l->cr) &&
           !((s->lcr_h ^ first->lcr_h) & ~l->lcr_h) &&
           !((s->imsc ^ first->imsc) & ~l->imsc) &&
           !((s->latched ^ first->latched) & ~l->latched) &&
           !((s->inputs ^ first->inputs) & ~l->inputs) &&
           !((s->rsr ^ first->rsr) & ~l->rsr) &&
           !((s->tcr ^ first->tcr) & ~l->tcr) &&
           !((s->ifls ^ first->ifls) & ~l->ifls) &&
           !(((s->ibrd ^ first->ibrd) | (s->fbrd ^ first->fbrd) |
              (s->line_ibrd ^ first->line_ibrd) |
              (s->line_fbrd ^ first->line_fbrd)) &
             ~l->divisor);
}

static bool belongs(const struct slice *l, const struct moment *m,
                    const struct moment *first)
{
    const struct spec *s = &m->spec;
    const struct far *far = &m->far;
    unsigned int i;

    for (i = 0; i < s->rx_count; i++) {
        if (!l->errors && (s->rx[i] & 0x700)) {
            return false;
        }
    }
    return registers_belong(l, s, &first->spec) &&
           s->clock_hz == first->spec.clock_hz && s->tx_count <= l->tx &&
           at_an_end(s->tx_count, spec_tx_trigger(s), spec_depth(s),
                     spec_store(s)) &&
           s->rx_count <= l->rx &&
           at_an_end(s->rx_count, spec_rx_trigger(s), spec_depth(s),
                     spec_depth(s)) &&
           s->drains <= l->drains && s->burst <= l->burst && is_burst(s) &&
           (l->down || !(s->down || s->unread)) && (l->pause || !s->paused) &&
           (l->detach || s->backend == first->spec.backend) &&
           far->waiting + far->breaking <= l->waiting &&
           (l->tx > 0 || far->room == first->far.room) &&
           !((far->flags ^ first->far.flags) & ~l->far);
}

/* All bytes of a device but the counters and what never changes. */
static struct key key_of(const struct moment *m)
{
    struct key k = KEY_BEGIN;
    const char *const dev = (const char *)&m->dev;
    const size_t ops = offsetof(struct vpl011, ops);
    const size_t behind = ops + sizeof(m->dev.ops);
    const size_t counters = offsetof(struct vpl011, counters);
    const size_t last = counters + sizeof(m->dev.counters);

    key_mix(&k, dev, ops);
    key_mix(&k, dev + behind, counters - behind);
    key_mix(&k, dev + last, sizeof(m->dev) - last);
    key_mix(&k, &m->spec, offsetof(struct spec, counters));
    key_mix(&k, &m->far, sizeof(m->far));
    return k;
}

/* States to go on from, with their number in the book. */
struct level {
    struct moment *moments;
    uint32_t *numbers;
    size_t count, room;
};

static void push(struct level *l, const struct moment *m, uint64_t number)
{
    if (l->count == l->room) {
        l->room = l->room ? 2 * l->room : 256;
        l->moments = grown(l->moments, l->room, sizeof(l->moments[0]));
        l->numbers = grown(l->numbers, l->room, sizeof(l->numbers[0]));
    }
    l->moments[l->count] = *m;
    l->numbers[l->count++] = (uint32_t)number;
}

/* The way to a state, and one action more: the shortest that there is. */
static void tell_the_way(const struct slice *l, const struct setup *setup,
                         const struct book *b, uint64_t number, unsigned int by)
{
    static struct action list[4096];
    unsigned int count = 0;
    unsigned int n = 1;
    unsigned int i;
    uint64_t at;

    while (l->first[count].kind != ACTION_KINDS) {
        list[count] = l->first[count];
        count++;
    }
    for (at = number; at > 0; at = b->seen[at].from) {
        n++;
    }
    list[count + n - 1] = alphabet[by];
    for (at = number, i = n - 1; at > 0; at = b->seen[at].from) {
        list[count + --i] = alphabet[b->seen[at].by];
    }
    count = shorten(setup, list, count + n);
    retell(setup, list, count);
}

static const struct setup *find_setup(const char *name)
{
    unsigned int i;

    for (i = 0; i < setup_count; i++) {
        if (strcmp(setups[i].name, name) == 0) {
            return &setups[i];
        }
    }
    fprintf(stderr, "no setup %s\n", name);
    exit(2);
}

bool search(const struct slice *slice, uint64_t most, struct searched *found)
{
    static struct pair p;
    static struct moment first;
    static struct moment m;
    const struct setup *const setup = find_setup(slice->setup);
    struct book book = {0};
    struct level now = {0};
    struct level next = {0};
    bool right = true;
    size_t i;
    unsigned int k;

    memset(found, 0, sizeof(*found));
    pair_init(&p, setup);
    for (k = 0; slice->first[k].kind != ACTION_KINDS; k++) {
        right = right && pair_do(&p, &slice->first[k]);
    }
    pair_save(&p, &first);
    canonical(&first);
    right = right && belongs(slice, &first, &first);
    book_enter(&book, key_of(&first), 0, 0);
    push(&now, &first, 0);
    while (right && now.count > 0 && found->states < most) {
        for (i = 0; right && i < now.count && found->states < most; i++) {
            found->states++;
            for (k = 0; right && k < LETTERS; k++) {
                if (alphabet[k].kind == SWEEP && !slice->soak &&
                    now.numbers[i] % 16 != 0) {
                    continue;
                }
                pair_restore(&p, &now.moments[i]);
                found->transitions++;
                if (!pair_do(&p, &alphabet[k])) {
                    tell_the_way(slice, setup, &book, now.numbers[i], k);
                    right = false;
                    break;
                }
                pair_save(&p, &m);
                if (!belongs(slice, &m, &first)) {
                    found->leaving++;
                } else {
                    const uint64_t known = book.count;

                    canonical(&m);
                    if (book_enter(&book, key_of(&m), now.numbers[i], k) ==
                        known) {
                        push(&next, &m, known);
                    }
                }
            }
        }
        {
            const struct level empty = now;

            now = next;
            next = empty;
            next.count = 0;
        }
        found->depth += now.count > 0;
    }
    free(now.moments);
    free(now.numbers);
    free(next.moments);
    free(next.numbers);
    book_close(&book);
    return right;
}
