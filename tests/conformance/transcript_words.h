/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The words of a transcript: registers, bits and configurations, as in the
 * TRM. */
#ifndef TRANSCRIPT_WORDS_H
#define TRANSCRIPT_WORDS_H

#include <vpl011/vpl011.h>

bool words_register(const char *name, uint32_t *offset);
/* Whether reading the register has no effect. */
bool words_pure(uint32_t offset);
/* A bit, or a field's value, in a register. */
bool words_bits(uint32_t offset, const char *name, uint32_t *bits);
bool words_configure(const char *name, struct vpl011_config *config);
/* A register's value as "UARTRIS 0x020 (TX)". */
void words_show(uint32_t offset, uint32_t value, char *text, size_t size);

#endif
