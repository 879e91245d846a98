/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A token bucket: so much a second, and a burst at once. What it holds is
 * counted in millionths, so that no time is lost to rounding.
 */
#ifndef CONSOLE_BUCKET_H
#define CONSOLE_BUCKET_H

#include <stddef.h>
#include <stdint.h>

/* The most that rate and burst may be: no product overflows with it. */
#define BUCKET_MAX (1u << 30)

struct bucket {
    uint32_t rate;   /* [1/s]; 0: there is no limit */
    uint32_t burst;  /* what it holds at most */
    int64_t level;   /* [1/1000000] what it holds; below 0: a debt */
    long long at_us; /* up to when it was filled */
};

/* It begins full. rate and burst: up to BUCKET_MAX. */
void bucket_init(struct bucket *b, uint32_t rate, uint32_t burst,
                 long long now_us);

/* How much may pass now; SIZE_MAX without a limit. */
size_t bucket_room(struct bucket *b, long long now_us);

/* So much passed. More than there was room for becomes a debt. */
void bucket_take(struct bucket *b, size_t count);

/* [us] from the last look at its room until `count` may pass: as much as the
 * burst at most. */
long long bucket_wait_us(const struct bucket *b, size_t count);

#endif
