/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_SEARCH_H
#define SPEC_SEARCH_H

#include "pair.h"

/*
 * A slice: a set of states that is searched completely. A state belongs to it
 * if it differs from the first one only in what is listed here. Actions that
 * lead out of the slice are performed and compared too, but not explored
 * further.
 */
struct slice {
    const char *name;
    const char *setup;
    bool soak; /* too large for each run */
    /* Bits of registers and pins that vary. */
    uint16_t cr, lcr_h, imsc, latched, inputs, rsr, tcr, ifls;
    uint16_t divisor; /* of IBRD and FBRD, latched and not */
    uint16_t far;     /* FAR_* */
    /* The largest of each; fills only at both ends and about the triggers. */
    uint8_t tx, rx, drains, burst, waiting;
    bool down, pause, detach;
    bool errors;                /* entries with error bits in the RX FIFO */
    const struct action *first; /* done before; ends with ACTION_KINDS */
};

struct searched {
    uint64_t states;      /* distinct ones that were gone on from */
    uint64_t transitions; /* actions */
    uint64_t leaving;     /* of them, what led out of the slice */
    unsigned int depth;   /* of the farthest state */
};

/* True where the two never differed until nothing was left to visit, or until
 * so many states were gone on from. */
bool search(const struct slice *slice, uint64_t most, struct searched *found);

extern const struct slice slices[];
extern const unsigned int slice_count;

#endif
