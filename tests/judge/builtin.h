/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* This library's model from inside, for who moves it. */
#ifndef JUDGE_BUILTIN_H
#define JUDGE_BUILTIN_H

#include "model.h"

struct vpl011 *builtin_uart(void);
/* Characters that the device did not take yet. */
size_t builtin_waiting(void);

#endif
