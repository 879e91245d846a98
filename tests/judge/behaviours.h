/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The transcripts of tests/conformance, on a model. */
#ifndef JUDGE_BEHAVIOURS_H
#define JUDGE_BEHAVIOURS_H

#include "model.h"

#define BEHAVIOURS_MAX 128u

struct behaviour {
    char title[160];
    bool tried; /* else the model cannot do what the case wants */
    bool holds;
    char complaint[400];         /* the first, if it does not */
    struct vpl011_config config; /* of the device that it was tried on */
};

/*
 * All cases of the files, in order. A case for a device that the model is not
 * is tried on the nearest one that it is, where the specification holds there.
 * Returns how many; [negative] a file cannot be read.
 */
int behaviours_run(struct model *m, const char *const *files,
                   struct behaviour *found);

#endif
