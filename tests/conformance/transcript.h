/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The reader of transcripts, whose language is told in transcript.c. */
#ifndef TRANSCRIPT_H
#define TRANSCRIPT_H

#include <stdio.h>

enum transcript_case {
    CASE_HOLDS,
    CASE_FAILS,
    CASE_CANNOT, /* the device at hand cannot do what is asked of it */
};

void transcript_run(FILE *file);

/* What the caller supplies: what is wrong in a line, and the end of a case. */
void transcript_complains(unsigned int line, const char *what,
                          const char *text);
void transcript_ended(const char *title, enum transcript_case how);

#endif
