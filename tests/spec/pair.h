/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The library and the specification side by side: each action is performed on
 * both, and everything observable is compared.
 */
#ifndef SPEC_PAIR_H
#define SPEC_PAIR_H

#include "far.h"
#include "spec.h"

enum action_kind {
    READ,   /* offset, size */
    WRITE,  /* offset, size, value */
    FLIP,   /* the same, of the register's own value with these bits changed */
    SEND,   /* DR, a character that differs from those queued */
    AVAIL,  /* vpl011_data_avail() */
    TICK,   /* vpl011_tick() */
    REMIND, /* vpl011_remind() */
    PAUSE,  /* vpl011_pause() */
    RESUME, /* vpl011_resume() */
    RESET,  /* vpl011_reset() */
    ATTACH, /* value: 0 nobody, 1 the far end, 2 without optional operations */
    CLOCK,  /* value [Hz] */
    PINS,   /* vpl011_set_modem(value) */
    FLIP_PIN, /* vpl011_set_modem() with these bits changed */
    PUSH,     /* vpl011_rx_push(): value is the entry, size how often */
    RELOAD,   /* vpl011_state_get(), vpl011_state_set() */
    EVENTS,   /* vpl011_take_events() */
    MISUSE,   /* the host's mistakes, on the library only */
    ROOM,     /* the far end has room for value more, and has taken the rest */
    INPUT,    /* value bytes wait at the far end; size: and a BREAK */
    FAR,      /* FAR_* of value change */
    /* Of several steps, to get where many of them lead. */
    FILL,  /* SEND until value are queued */
    RISE,  /* SEND until the fill is the trigger, or value more */
    GET,   /* PUSH until the fill is the trigger, or value more */
    FEED,  /* PUSH and READ until value came in a row */
    SWEEP, /* every other register read, written and put back, in every width */
    ACTION_KINDS
};

struct action {
    uint8_t kind;
    uint8_t size;
    uint64_t offset;
    uint64_t value;
};

struct setup {
    const char *name;
    struct vpl011_config config;
    unsigned int with; /* WITH_* */
};

struct pair {
    struct vpl011 dev;
    struct spec spec;
    struct world world[2]; /* of the device; of the specification */
    const struct setup *setup;
    unsigned int steps;
    int result;      /* of the last step */
    uint64_t value;  /* that it read */
    bool tells;      /* print each step */
    bool inside;     /* of an action of several, which is told as one */
    char wrong[160]; /* what differs, or "" */
};

/* What of a pair changes: both sides' worlds are the same between two steps. */
struct moment {
    struct vpl011 dev;
    struct spec spec;
    struct far far;
};

void pair_init(struct pair *p, const struct setup *setup);
/* False where the two differ, which `wrong` then says. */
bool pair_do(struct pair *p, const struct action *a);
void pair_save(const struct pair *p, struct moment *m);
void pair_restore(struct pair *p, const struct moment *m);

extern const struct setup setups[];
extern const unsigned int setup_count;

#endif
