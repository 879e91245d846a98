/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The states that a search has seen, each with the state and the action that it
 * was first reached by, so that the way to it can be told. States are
 * distinguished by 128 bits of a hash.
 */
#ifndef SPEC_BOOK_H
#define SPEC_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct key {
    uint64_t a, b;
};

struct seen {
    struct key key;
    uint32_t from; /* index in the order of discovery */
    uint32_t by;   /* action */
};

struct book {
    struct seen *seen; /* in the order of discovery */
    uint32_t *slots;   /* 1 + index; 0 is free */
    uint64_t count, room, mask;
};

#define KEY_BEGIN \
    { \
        1, 2 \
    }
void key_mix(struct key *k, const void *from, size_t size);

/* Where the state is in the book; it is the last one if it is new. */
uint64_t book_enter(struct book *b, struct key key, uint64_t from,
                    unsigned int by);
void book_close(struct book *b);

/* realloc(), or the end of the program. */
void *grown(void *was, size_t count, size_t size);

#endif
