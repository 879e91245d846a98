/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A run of random sequences, and its results. */
#ifndef DIFFERENTIAL_DIFFERENTIAL_H
#define DIFFERENTIAL_DIFFERENTIAL_H

#include "probe.h"
#include "model.h"

/* "agree" takes only steps after which both must look the same, so that QEMU
 * and libvpl011 are compared with no accepted difference in between. */
struct run {
    const char *profile;
    const char *config;
    uint64_t seed;
    uint64_t steps;
};

struct totals {
    uint64_t steps;
    uint64_t observations;
    uint64_t explained; /* observations that differ as the list says */
    uint64_t first[QUIRKS];
    bool live[QUIRKS];
};

extern struct run run;
extern struct totals totals;
extern struct probed probed;
extern bool with_qemu;

/* Do what `run` says. Ends the program with a report at the first difference
 * that is not accepted. */
void do_run(void);
/* Examine the installed QEMU; returns why it cannot be used, or NULL. */
const char *do_probe(void);

#endif
