/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_DEAD_CONSOLE_H
#define SPEC_DEAD_CONSOLE_H

#include "console.h"

struct lives {
    uint64_t states, transitions;
    unsigned int depth; /* moves to the farthest state */
};

/* True where no console can die in this scene; otherwise the shortest way to
 * where one does is printed. */
bool console_lives(const struct scene *scene, struct lives *found);

#endif
