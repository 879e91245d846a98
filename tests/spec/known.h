/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_KNOWN_H
#define SPEC_KNOWN_H

#include "pair.h"

/* Where the library is known not to do what its documents say: what they say,
 * and the shortest way to see it. */
struct known {
    uint32_t bit; /* enum spec_known */
    const char *name;
    const char *said;
    const char *setup;
    struct action list[12]; /* ends with ACTION_KINDS */
};

#define KNOWN_ALL KNOWN_DRAIN_IN_PIECES

extern const struct known known_differences[];
extern const unsigned int known_count;

#endif
