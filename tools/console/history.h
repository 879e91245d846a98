/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The scrollback of a console: the last bytes that its guest sent. Every byte
 * has a position, counted from the first ever, and each viewer has a position
 * instead of a queue of its own.
 */
#ifndef CONSOLE_HISTORY_H
#define CONSOLE_HISTORY_H

#include <stddef.h>
#include <stdint.h>

struct history {
    uint8_t *bytes; /* none until something is kept */
    size_t size;    /* grows from 4 KiB to max; 0 for an idle console */
    size_t max;     /* a power of two */
    uint64_t begin; /* position of the oldest byte kept */
    uint64_t end;   /* position behind the newest */
};

/* Add bytes, and discard the oldest if there is no room. */
void history_add(struct history *h, const uint8_t *bytes, size_t count);

/* Copy bytes from a position that is kept; returns how many, up to count. */
size_t history_read(const struct history *h, uint64_t position, uint8_t *bytes,
                    size_t count);

void history_free(struct history *h);

#endif
