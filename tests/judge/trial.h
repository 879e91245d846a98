/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A guest of tests/personas on a model, which is known by its registers, its
 * interrupt line and its far end alone.
 */
#ifndef JUDGE_TRIAL_H
#define JUDGE_TRIAL_H

#include "../personas/list.h"

#include "model.h"
#include "trace.h"

enum scenario {
    SENDS,      /* output, to a far end that takes it at once */
    SENDS_SLOW, /* to a far end that takes one character at a time */
    TYPED,      /* two characters after each other, at every distance */
    PASTED,     /* all at once, as fast as the device takes it */
    BOTH,       /* output while characters arrive */
    SCENARIOS,
};

enum verdict {
    WORKS,
    LOSES,
    HANGS,
    GARBLES,  /* a character that was not sent, or twice */
    GIVES_UP, /* the driver finds the device not to be what it needs */
    NOT_TRIED,
};

struct judgement {
    enum verdict verdict;
    uint32_t lost;
    char why[160];
};

extern const char *const scenario_names[SCENARIOS];
extern const char *const scenario_texts[SCENARIOS];

/* Whether the guest and the model can be tried in this at all. */
bool trial_fits(const struct model *m, const struct persona *persona,
                enum scenario scenario);
struct judgement trial_run(const struct model *m, const struct persona *persona,
                           enum scenario scenario);
/* Of the last run. */
const struct trace *trial_trace(void);

#endif
