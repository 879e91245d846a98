/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A driver as an automaton: a persona of tests/personas, stopped before each of
 * its accesses. Where it stands and what it remembers is what its stack and the
 * registers hold, and struct guest. All of it can be copied, and the driver
 * goes on from the copy.
 */
#ifndef SPEC_DRIVER_H
#define SPEC_DRIVER_H

#include <setjmp.h>

#include "../personas/guest.h"

enum request {
    IDLES,  /* it waits for an interrupt */
    PASSES, /* interrupts have just come on */
    READS,
    WRITES,
};

struct driver {
    struct guest guest; /* first: a persona's guest is its driver */
    uint8_t request;    /* enum request: what it does next */
    uint8_t size;       /* [bytes] of the access */
    uint16_t reg;
    uint32_t value; /* written; or read, for the driver to go on with */
    uint8_t masked; /* how often interrupts were turned off */
    bool bound;     /* it has opened the device */
    bool sent;      /* all of its output was accepted */
    bool in_handler;
    bool in_lower;  /* what the handler left to do; the handler may interrupt */
    bool lower_due; /* the handler has run since */
    bool gave_up;
    uint8_t *low;  /* the stack's end */
    jmp_buf where; /* the registers */
};

/* The one driver that runs. */
extern struct driver driver;

/* Begin: open, send in two parts, and receive, up to the first access. */
void driver_start(const struct persona *persona, bool sbsa, unsigned int sends);
/* It has been answered, and goes on to its next access. */
void driver_go_on(void);
/* Its interrupt handler comes, or what the handler left to do; up to the next
 * access. */
void driver_handle(void);
void driver_lower(void);

/* A copy: how much it takes, and making it. */
size_t driver_size(void);
void driver_save(void *to);
void driver_restore(const void *from);

#endif
