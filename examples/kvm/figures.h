/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef KVM_FIGURES_H
#define KVM_FIGURES_H

#include "farend.h"
#include "vm.h"

/** Print what was counted on standard error, aligned: a line for each figure,
 * its name, two spaces or more, and the number. */
void figures_print(struct vm *vm, struct farend *const *farends,
                   uint64_t elapsed_ms, uint64_t turns, uint64_t resets);

#endif
