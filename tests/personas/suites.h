/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The suites of the persona tests, each a list of TAP cases. */
#ifndef PERSONAS_SUITES_H
#define PERSONAS_SUITES_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "guest.h"

struct suite_options {
    const struct persona *only; /* NULL: all */
    uint64_t seed;              /* of the first random schedule */
    uint32_t count;             /* of random schedules for each persona */
    uint32_t depth;             /* actions of an exhaustive schedule: 1, 2 */
    const char *file;           /* the committed cost table */
    bool brief;                 /* few transfers of 1000 characters */
};

void suite_matrix(const struct suite_options *options);
void suite_quirks(const struct suite_options *options);
void suite_random(const struct suite_options *options);
void suite_exhaustive(const struct suite_options *options);
void suite_reset(const struct suite_options *options);
void suite_row(const struct suite_options *options);
void suite_pacing(const struct suite_options *options);
void suite_clock(const struct suite_options *options);
void suite_exits(const struct suite_options *options);
void suite_costs(const struct suite_options *options);
void suite_self(const struct suite_options *options);
/* One case that checks nothing: has to fail. */
void suite_nothing(const struct suite_options *options);

/* The cost table as Markdown. */
void costs_print(FILE *out);

#endif
