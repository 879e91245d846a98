/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The judge's results, and how they are shown. */
#ifndef JUDGE_REPORT_H
#define JUDGE_REPORT_H

#include <stdio.h>

#include "behaviours.h"
#include "trial.h"

#define GUESTS_MAX 64u

struct report {
    const struct model *model;
    struct judgement guests[GUESTS_MAX][SCENARIOS]; /* in personas' order */
    struct behaviour behaviours[BEHAVIOURS_MAX];
    unsigned int behaviour_count;
};

/* Of all scenarios that were tried, as the table shows it: "hangs: typed". */
enum verdict report_guest(const struct report *r, size_t guest, char *text,
                          size_t size);
/* Side by side, with colours where `coloured`. */
void report_tables(const struct report *const *reports, size_t count,
                   const struct persona *only, bool coloured, FILE *out);
/* One model, as docs/judge.md has it. */
void report_markdown(const struct report *r, FILE *out);
/* What differs, each with what was expected. */
void report_differences(const struct report *r, FILE *out);

#endif
