/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A queue of bytes in a page that two components share: one puts, one takes.
 * Who finds it full, or empty, says that it waits, looks once more, and is then
 * signalled by the other. What the other has written is checked.
 */
#ifndef QUEUE_H
#define QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/atomic.h>

#define QUEUE_SIZE 1024u

struct queue {
    uint32_t tail;         /* written by who puts */
    uint32_t head;         /* written by who takes */
    uint32_t putter_waits; /* for room */
    uint32_t taker_waits;  /* for bytes */
    uint8_t bytes[QUEUE_SIZE];
};

/* How many bytes are in it, as who puts or takes sees it; an impossible figure
 * of the other is none of either. */
static inline uint32_t queue_fill(const struct queue *q)
{
    return vpl011_load_seq_cst(&q->tail) - vpl011_load_seq_cst(&q->head);
}

static inline size_t queue_room(const struct queue *q)
{
    const uint32_t fill = queue_fill(q);

    return fill <= QUEUE_SIZE ? QUEUE_SIZE - fill : 0;
}

static inline size_t queue_waiting(const struct queue *q)
{
    const uint32_t fill = queue_fill(q);

    return fill <= QUEUE_SIZE ? fill : 0;
}

static inline size_t queue_put(struct queue *q, const uint8_t *bytes,
                               size_t count)
{
    const uint32_t tail = vpl011_load_relaxed(&q->tail);
    size_t n = queue_room(q);
    size_t i;

    if (n < count) {
        vpl011_store_seq_cst(&q->putter_waits, 1);
        n = queue_room(q);
    }
    n = n < count ? n : count;
    for (i = 0; i < n; i++) {
        q->bytes[(tail + i) % QUEUE_SIZE] = bytes[i];
    }
    vpl011_store_seq_cst(&q->tail, tail + (uint32_t)n);
    return n;
}

static inline size_t queue_take(struct queue *q, uint8_t *bytes, size_t count)
{
    const uint32_t head = vpl011_load_relaxed(&q->head);
    size_t n = queue_waiting(q);
    size_t i;

    if (n < count) {
        vpl011_store_seq_cst(&q->taker_waits, 1);
        n = queue_waiting(q);
    }
    n = n < count ? n : count;
    for (i = 0; i < n; i++) {
        bytes[i] = q->bytes[(head + i) % QUEUE_SIZE];
    }
    vpl011_store_seq_cst(&q->head, head + (uint32_t)n);
    return n;
}

/* Whether the other side waits and is to be signalled; asked after a put or a
 * take that moved something. */
static inline bool queue_wakes(uint32_t *waits)
{
    if (vpl011_load_seq_cst(waits) == 0) {
        return false;
    }
    vpl011_store_seq_cst(waits, 0);
    return true;
}

#endif
