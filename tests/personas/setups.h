/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Names of the configurations of a run, and which guest does not work with
 * which.
 */
#ifndef PERSONAS_SETUPS_H
#define PERSONAS_SETUPS_H

#include <stdio.h>

#include "world.h"

#define SETUP_LINE 400

/* Configurations by name: "sbsa+store". Returns whether it is known. */
bool config_parse(const char *name, struct vpl011_config *config);
void config_name(const struct vpl011_config *config, char *name, size_t size);
/* The next of all configurations that are run; false after the last. */
bool config_next(size_t *i, struct vpl011_config *config);

bool far_end_parse(const char *name, enum far_end *far_end);
bool pace_parse(const char *name, enum pace *pace);
const char *far_end_name(enum far_end far_end);
const char *pace_name(enum pace pace);

/* What a seed stands for: a random setup that this guest gets on with. */
void random_setup(struct setup *setup, const struct persona *persona,
                  uint64_t seed);

/* The command line that runs exactly this. */
const char *setup_line(const struct setup *setup);

/*
 * A guest and a configuration that do not get on, as they would not with a
 * real part: what then happens, and why.
 */
struct exception {
    const char *persona;
    uint32_t on;       /* ON_PL011, ON_SBSA */
    uint32_t with;     /* flags that are all set */
    uint32_t without;  /* flags that are all clear */
    uint32_t outcomes; /* 1 << each that is to be seen in the matrix */
    const char *because;
};

extern const struct exception exceptions[];
extern const size_t exception_count;

bool config_fits(const struct persona *persona,
                 const struct vpl011_config *config);
bool exception_applies(const struct exception *exception,
                       const struct persona *persona,
                       const struct vpl011_config *config);
/* The first that applies, or NULL. */
const struct exception *exception_find(const struct persona *persona,
                                       const struct vpl011_config *config);

#endif
