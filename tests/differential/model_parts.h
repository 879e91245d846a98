/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Shared by the model's two files. */
#ifndef DIFFERENTIAL_MODEL_PARTS_H
#define DIFFERENTIAL_MODEL_PARTS_H

#include "model.h"

bool model_has_(const struct model *m, enum quirk q);
bool model_fifos_on_(const struct model *m);
unsigned int model_depth_(const struct model *m);
bool model_testing_(const struct model *m);
bool model_loopback_(const struct model *m);
void model_put_(struct model *m, uint32_t entry, bool overfills);
uint32_t model_get_(struct model *m);
void model_flush_(struct model *m);
uint32_t model_break_entry_(const struct model *m);
void model_pop_tx_(struct model *m);
uint32_t model_looped_modem_(const struct model *m, bool rts_on);
uint32_t model_modem_interrupts_(uint32_t fr);
void model_settle_(struct model *m, unsigned int popped);

#endif
