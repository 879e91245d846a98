/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A program under test and its console, by pipes or in a terminal. Every wait
 * ends at the session's deadline, and every failure prints the console so far.
 */
#ifndef TESTS_GUESTS_SESSION_H
#define TESTS_GUESTS_SESSION_H

#include <sys/types.h>
#include <termios.h>

#include "support.h"

/* [ms] for one session, on a busy machine with sanitizers */
#define SESSION_DEADLINE 60000u

enum session_kind {
    SESSION_PIPES,
    SESSION_TERMINAL, /* all three descriptors are one */
};

struct session_text {
    uint8_t *bytes;
    size_t count;
    size_t room;
    unsigned int owned; /* where session.c keeps `bytes`, to free it */
};

struct session {
    pid_t pid;
    int to;       /* its standard input; -1: closed */
    int from;     /* its standard output */
    int from_err; /* its standard error; -1 in a terminal */
    int terminal; /* the program's end of it; -1 by pipes */
    uint64_t start;
    uint64_t cpu_ms; /* after session_wait() */
    size_t mark;     /* the output up to here was looked at */
    struct session_text out;
    struct session_text err;
};

/** The program named by an environment variable, or the end of all tests: they
 * are skipped with `reason`. */
char *session_program(const char *variable, const char *reason);

/** Start a program; one that is left of a failed test is ended. */
void session_start(struct session *s, enum session_kind kind,
                   char *const arguments[]);

/** Type, while taking what comes. */
void session_send(struct session *s, const void *bytes, size_t count);
void session_type(struct session *s, const char *text);

void session_close_input(struct session *s);

/** Leave the output where it is for some time [ms]. */
void session_stall(unsigned int ms);

/** Wait for some output, and look behind it next time. */
void session_expect(struct session *s, const char *text);

/** How often a text was in the output so far. */
unsigned int session_count(const struct session *s, const char *text);

/** The next byte of output; -1 after `ms` without one. */
int session_get(struct session *s, unsigned int ms);

/** Wait for the end of the program: its status, as of waitpid(). */
int session_wait(struct session *s);

/** The same, for one that exits with this status. */
void session_expect_exit(struct session *s, int expected);

/** A figure that --stats printed. */
uint64_t session_stat(const struct session *s, const char *name);

/** Print time and counters as a comment in the test's output. */
void session_print_figures(const struct session *s, const char *what);

_Noreturn void session_fail(const struct session *s, const char *what,
                            const char *which);

uint64_t session_now(void);

/** CRC-32 as of IEEE 802.3, of Ethernet, zip and U-Boot. */
uint32_t session_crc32(const uint8_t *bytes, size_t count);

#endif
