/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_REDUCED_H
#define SPEC_REDUCED_H

#include "pair.h"

/* What the search takes for one state with this: counters, where in its array a
 * FIFO begins, what lies outside it, and which characters it holds. */
void canonical(struct moment *m);

/* Random states beside their representatives, the same action into both. */
bool reduced_run(uint64_t seed, uint64_t steps);

#endif
