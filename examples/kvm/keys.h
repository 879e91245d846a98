/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What is typed, on its way to the guest: standard input -> a pipe, with
 * Ctrl-] and the key after it taken out. Who reads the pipe never sees them.
 */
#ifndef KVM_KEYS_H
#define KVM_KEYS_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "farend.h"

struct keys {
    int pipe[2];         /* -1: closed */
    bool is_special;     /* Ctrl-] is */
    bool in_escape;      /* it was just typed */
    unsigned int breaks; /* asked for */
    enum request request;
    uint8_t bytes[512]; /* read, and not yet in the pipe */
    size_t done;
    size_t count;
};

bool keys_init(struct keys *keys, bool is_special);

/** What to wait for; returns 0 or 1 entries. */
int keys_wait(const struct keys *keys, struct pollfd *fd);

/** Move what there is, as far as there is room; never blocks. */
void keys_pump(struct keys *keys);

void keys_close(struct keys *keys);

#endif
