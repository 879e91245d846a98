/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A far end that takes nothing, so that a device keeps what it loads. Unlike
 * the one that src/host.c has for a device without a backend, somebody is
 * there. */
#ifndef FUZZ_STUCK_H
#define FUZZ_STUCK_H

#include <vpl011/backend.h>

static size_t stuck_write(void *ctx, const uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    return 0;
}

static size_t stuck_read(void *ctx, uint8_t *bytes, size_t count,
                         uint32_t *events)
{
    return stuck_write(ctx, bytes, count, events);
}

static void stuck_poll(void *ctx, struct vpl011_backend_status *status,
                       uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->attached = true;
}

#endif
