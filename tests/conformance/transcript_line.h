/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* One line of a transcript, as words. */
#ifndef TRANSCRIPT_LINE_H
#define TRANSCRIPT_LINE_H

#include <stdbool.h>
#include <stdint.h>

#define WORDS_MAX 24

struct word {
    char text[128];
    bool quoted;
};

extern struct word words[WORDS_MAX];
extern unsigned int word_count;

/* Splits at blanks; "text" is one word, and 'c' too. False if it cannot. */
bool line_split(const char *line);
bool line_is(unsigned int i, const char *text);
/* The words from `first` on as one value: numbers and names of bits. */
bool line_value(unsigned int first, uint32_t offset, uint64_t *value);

bool words_number(const char *text, uint64_t *value);
bool words_offset(const char *text, uint32_t *offset);
/* "read16" and so on: [bytes], or 0 if it is another word. */
unsigned int words_access(const char *text, const char *stem);

#endif
