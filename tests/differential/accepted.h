/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The list of accepted differences, and which of them occurred. */
#ifndef DIFFERENTIAL_ACCEPTED_H
#define DIFFERENTIAL_ACCEPTED_H

#include "model.h"

extern const char *const quirk_names[QUIRKS];

/*
 * Read the list and hold it against the model's switches: each has one entry,
 * in the same order, with a reason and a line of the specification. Returns
 * false after saying what is wrong.
 */
bool accepted_read(const char *path);

#endif
