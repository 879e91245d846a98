/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "book.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void key_mix(struct key *k, const void *from, size_t size)
{
    const uint8_t *at = from;
    uint64_t word;

    while (size > 0) {
        const size_t part = size < 8 ? size : 8;

        word = 0;
        memcpy(&word, at, part);
        k->a = (k->a ^ word) * 0x9FB21C651E98DF25u;
        k->a ^= k->a >> 32;
        k->b = (k->b + word) * 0xD6E8FEB86659FD93u;
        k->b ^= k->b >> 29;
        at += part;
        size -= part;
    }
}

void *grown(void *was, size_t count, size_t size)
{
    void *const now = realloc(was, count * size);

    if (!now) {
        fprintf(stderr, "out of memory\n");
        exit(2);
    }
    return now;
}

static void rehash(struct book *b)
{
    uint64_t i;

    b->mask = b->mask ? 2 * b->mask + 1 : 0xFFFF;
    free(b->slots);
    b->slots = calloc(b->mask + 1, sizeof(b->slots[0]));
    if (!b->slots) {
        exit(2);
    }
    for (i = 0; i < b->count; i++) {
        uint64_t at = b->seen[i].key.a & b->mask;

        while (b->slots[at]) {
            at = (at + 1) & b->mask;
        }
        b->slots[at] = (uint32_t)i + 1;
    }
}

uint64_t book_enter(struct book *b, struct key key, uint64_t from,
                    unsigned int by)
{
    uint64_t at;

    if (2 * b->count >= b->mask) {
        rehash(b);
    }
    for (at = key.a & b->mask; b->slots[at]; at = (at + 1) & b->mask) {
        const struct seen *s = &b->seen[b->slots[at] - 1];

        if (s->key.a == key.a && s->key.b == key.b) {
            return b->slots[at] - 1;
        }
    }
    if (b->count == b->room) {
        b->room = b->room ? 2 * b->room : 0x8000;
        b->seen = grown(b->seen, b->room, sizeof(b->seen[0]));
    }
    b->seen[b->count] = (struct seen){key, (uint32_t)from, by};
    b->slots[at] = (uint32_t)++b->count;
    return b->count - 1;
}

void book_close(struct book *b)
{
    free(b->seen);
    free(b->slots);
}
