/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_RANDOM_H
#define SPEC_RANDOM_H

#include "pair.h"

uint64_t random_next(uint64_t *state);
/* Any action, with any value. */
struct action random_action(uint64_t *r);
/* Random walks in every setup; true where the two never differed. */
bool random_run(uint64_t seed, uint64_t steps, const char *setup_name);
/* The shortest part of a list of actions that still differs; its length. */
unsigned int shorten(const struct setup *setup, struct action *list,
                     unsigned int count);
/* Do a list again, and say what happens. */
void retell(const struct setup *setup, const struct action *list,
            unsigned int count);

#endif
