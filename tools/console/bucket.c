/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "bucket.h"

#define MILLION 1000000

/* A debt is forgiven beyond this, so that it can not overflow. */
#define DEBT_MAX ((int64_t)BUCKET_MAX * MILLION)

void bucket_init(struct bucket *b, uint32_t rate, uint32_t burst,
                 long long now_us)
{
    b->rate = rate;
    b->burst = burst;
    b->level = (int64_t)burst * MILLION;
    b->at_us = now_us;
}

static void fill(struct bucket *b, long long now_us)
{
    int64_t full = (int64_t)b->burst * MILLION;
    long long passed = now_us - b->at_us;

    /* A clock that stands still or goes back fills nothing. */
    if (passed <= 0) {
        return;
    }
    b->at_us = now_us;
    if (passed >= (full - b->level) / b->rate + 1) {
        b->level = full;
    } else {
        b->level += passed * b->rate;
    }
}

size_t bucket_room(struct bucket *b, long long now_us)
{
    if (b->rate == 0) {
        return SIZE_MAX;
    }
    fill(b, now_us);
    return b->level > 0 ? (size_t)(b->level / MILLION) : 0;
}

void bucket_take(struct bucket *b, size_t count)
{
    if (b->rate == 0) {
        return;
    }
    b->level -= (int64_t)(count < BUCKET_MAX ? count : BUCKET_MAX) * MILLION;
    if (b->level < -DEBT_MAX) {
        b->level = -DEBT_MAX;
    }
}

long long bucket_wait_us(const struct bucket *b, size_t count)
{
    int64_t wanted = (int64_t)(count < b->burst ? count : b->burst) * MILLION;

    if (b->rate == 0 || b->level >= wanted) {
        return 0;
    }
    return (wanted - b->level + b->rate - 1) / b->rate;
}
