/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <stdlib.h>
#include <string.h>

#include "history.h"

#define SIZE_FIRST 4096u

/* Make room for one more transfer, as far as max and memory allow. */
static void grow(struct history *h, size_t wanted)
{
    size_t size = h->size ? h->size : SIZE_FIRST;
    uint8_t *bytes;

    while (size < wanted && size < h->max) {
        size *= 2;
    }
    size = size < h->max ? size : h->max;
    if (size <= h->size) {
        return;
    }
    bytes = malloc(size);
    if (!bytes) {
        return;
    }
    if (h->bytes) {
        uint64_t p;
        size_t n;

        for (p = h->begin; p < h->end; p += n) {
            size_t to = (size_t)(p & (size - 1));

            n = history_read(h, p, bytes + to, size - to);
        }
        free(h->bytes);
    }
    h->bytes = bytes;
    h->size = size;
}

void history_add(struct history *h, const uint8_t *bytes, size_t count)
{
    uint64_t end = h->end + count;

    grow(h, (size_t)(h->end - h->begin) + count);
    if (count > h->size) {
        bytes += count - h->size;
        count = h->size;
    }
    h->end = end - count;
    while (count > 0) {
        size_t to = (size_t)(h->end & (h->size - 1));
        size_t n = count < h->size - to ? count : h->size - to;

        memcpy(h->bytes + to, bytes, n);
        bytes += n;
        count -= n;
        h->end += n;
    }
    if (h->end - h->begin > h->size) {
        h->begin = h->end - h->size;
    }
}

size_t history_read(const struct history *h, uint64_t position, uint8_t *bytes,
                    size_t count)
{
    size_t done = 0;

    while (done < count && position < h->end) {
        size_t from = (size_t)(position & (h->size - 1));
        size_t n = h->size - from;

        if (n > count - done) {
            n = count - done;
        }
        if (n > h->end - position) {
            n = (size_t)(h->end - position);
        }
        memcpy(bytes + done, h->bytes + from, n);
        done += n;
        position += n;
    }
    return done;
}

void history_free(struct history *h)
{
    free(h->bytes);
    h->bytes = NULL;
    h->size = 0;
    h->begin = h->end;
}
