/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* TAP: numbered cases of many checks. A case that checks nothing fails. */
#ifndef PERSONAS_TAP_H
#define PERSONAS_TAP_H

#include <stdbool.h>
#include <stdint.h>

void case_begin(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Count checks that were made elsewhere. */
void case_checked(uint64_t made);
/* The first few failures of a case are printed. Returns the condition. */
bool check(bool condition, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* What a passed case has to say, on its line. */
void case_end(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The plan; returns the exit status. */
int tap_end(void);

#endif
