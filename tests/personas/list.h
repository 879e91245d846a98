/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef PERSONAS_LIST_H
#define PERSONAS_LIST_H

#include "guest.h"

/* Ends with NULL. */
extern const struct persona *const personas[];

const struct persona *persona_find(const char *name);

#endif
