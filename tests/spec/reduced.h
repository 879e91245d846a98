/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_REDUCED_H
#define SPEC_REDUCED_H

#include "pair.h"

/* Make the representative of a state: counters, the position of a FIFO in its
 * array, the bytes outside it, and the characters in it are made the same. */
void canonical(struct moment *m);

/* Random states beside their representatives, the same action into both. */
bool reduced_run(uint64_t seed, uint64_t steps);

#endif
