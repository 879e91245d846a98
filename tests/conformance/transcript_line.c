/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "transcript_line.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "transcript_words.h"

struct word words[WORDS_MAX];
unsigned int word_count;

/* Splits at blanks; "text" is one word, and 'c' too. False if it cannot. */
bool line_split(const char *line)
{
    const char *at = line;

    word_count = 0;
    for (;;) {
        struct word *w = &words[word_count];
        size_t n = 0;

        while (*at == ' ') {
            at++;
        }
        if (*at == '\0' || *at == '#') {
            return true;
        }
        if (word_count == WORDS_MAX) {
            return false;
        }
        w->quoted = *at == '"';
        if (w->quoted) {
            for (at++; *at && *at != '"' && n + 1 < sizeof(w->text); at++) {
                w->text[n++] = *at;
            }
            if (*at++ != '"') {
                return false;
            }
        } else if (*at == '\'' && at[1] && at[2] == '\'') {
            memcpy(w->text, at, 3);
            n = 3;
            at += 3;
        } else {
            while (*at && *at != ' ' && n + 1 < sizeof(w->text)) {
                w->text[n++] = *at++;
            }
        }
        w->text[n] = '\0';
        word_count++;
    }
}

bool line_is(unsigned int i, const char *text)
{
    return i < word_count && !words[i].quoted &&
           strcmp(words[i].text, text) == 0;
}

bool words_number(const char *text, uint64_t *value)
{
    char *end;

    if (text[0] == '\'' && text[1] && text[2] == '\'' && !text[3]) {
        *value = (unsigned char)text[1];
        return true;
    }
    if (!isdigit((unsigned char)text[0])) {
        return false;
    }
    errno = 0;
    *value = strtoull(text, &end, 0);
    return errno == 0 && *end == '\0';
}

/* The words from `first` on as one value: numbers and names of bits. */
bool line_value(unsigned int first, uint32_t offset, uint64_t *value)
{
    *value = 0;
    if (first >= word_count) {
        return false;
    }
    for (; first < word_count; first++) {
        uint64_t part;
        uint32_t bits;

        if (words[first].quoted) {
            return false;
        }
        if (words_number(words[first].text, &part)) {
            *value |= part;
        } else if (words_bits(offset, words[first].text, &bits)) {
            *value |= bits;
        } else if (strcmp(words[first].text, "none") != 0) {
            return false;
        }
    }
    return true;
}

bool words_offset(const char *text, uint32_t *offset)
{
    uint64_t value;

    if (words_register(text, offset)) {
        return true;
    }
    if (strncmp(text, "0x", 2) == 0 && words_number(text, &value)) {
        *offset = (uint32_t)value;
        return true;
    }
    return false;
}

/* "read16" and so on: [bytes], or 0 if it is another word. */
unsigned int words_access(const char *text, const char *stem)
{
    const size_t n = strlen(stem);

    if (strncmp(text, stem, n) != 0) {
        return 0;
    }
    text += n;
    return !strcmp(text, "") || !strcmp(text, "32") ? 4
           : !strcmp(text, "8")                     ? 1
           : !strcmp(text, "16")                    ? 2
           : !strcmp(text, "64")                    ? 8
                                                    : 0;
}
