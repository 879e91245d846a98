/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What happened in a trial, and its text. */
#ifndef JUDGE_TRACE_H
#define JUDGE_TRACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum event_kind {
    EVENT_READ,
    EVENT_WRITE,
    EVENT_TYPED, /* the far end sent a character */
    EVENT_SHOWN, /* the far end got one */
    EVENT_LINE,  /* UARTINTR changed */
    EVENT_SLEEP, /* the guest waits for an interrupt */
};

struct event {
    uint32_t kind;
    uint32_t access; /* the number of the guest's access */
    bool handler;    /* made in its interrupt handler */
    uint32_t offset;
    uint32_t value;
    uint32_t repeats; /* beyond the first */
};

#define TRACE_MAX 8192u

struct trace {
    bool cut; /* the oldest were overwritten */
    size_t first, count;
    struct event events[TRACE_MAX];
};

void trace_clear(struct trace *t);
void trace_add(struct trace *t, struct event event);
/* The last events, at most so many lines. */
void trace_print(const struct trace *t, size_t lines, FILE *out);

#endif
