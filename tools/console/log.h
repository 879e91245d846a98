/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Logs. A thread writes them, so that a disk that takes its time holds up no
 * console: what is to be written waits in memory, up to a bound, and what is
 * beyond that is counted, and said in the log where it is missing.
 */
#ifndef CONSOLE_LOG_H
#define CONSOLE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "filter.h"

/* [us] for which a disk that writes nothing is waited for. */
#define LOG_PATIENCE_US 200000

/* A console's log. Its members are the log's own, under its mutex or in its
 * thread. */
struct log {
    char *path;
    size_t waiting;    /* [bytes] not yet written */
    uint64_t lost;     /* [bytes] that the log does not have */
    uint64_t unmarked; /* of these, how many it does not say yet */
    bool in_line;      /* the last byte written did not end a line */
    struct filter filter;
    int error; /* said once, until it changes */
};

struct log_options {
    const char *dir;    /* NULL: no logs */
    size_t size;        /* [bytes] of a file at most; 0: no limit */
    unsigned int files; /* older ones that are kept: NAME.log.1 ... */
    bool timestamps;
    bool raw; /* escape sequences stay as they come */
};

/* Start the thread. Returns a descriptor that is readable when log_wait() is
 * answered, or -1: errno says why. */
int log_start(const struct log_options *options);

/* False: no memory. */
bool log_begin(struct log *log, const char *name);

/* Write bytes, soon. Never waits. */
void log_add(struct log *log, const uint8_t *bytes, size_t count);

/* True if something is not written yet; the descriptor of log_start() then
 * tells when to ask again. False also where nothing at all was written for
 * LOG_PATIENCE_US: who asks then goes on without the log. */
bool log_wait(const struct log *log);

/* Nothing of it is in the queue, so that it may be freed. */
bool log_is_idle(const struct log *log);

/* [bytes] that it does not have. */
uint64_t log_lost(const struct log *log);

void log_free(struct log *log);

/* Write all, for this long [ms] at most, and end. Returns how many bytes were
 * not written. */
size_t log_end(int limit_ms);

#endif
