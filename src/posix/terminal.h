/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The terminal at standard input in raw mode, and back in its own. There is one
 * for a process, so what is kept of it is the process's too.
 */
#ifndef VPL011_POSIX_TERMINAL_H
#define VPL011_POSIX_TERMINAL_H

#include <stdbool.h>

/* Make it raw, and see that it is given back: by exit(), by signals whose
 * action is the default, while the program is stopped. True if it is raw now;
 * errno says why not: ENOTTY, EBUSY. */
bool vpl011_terminal_make_raw_(void);

/* Give it back, and the signals. */
void vpl011_terminal_leave_(void);

/* Give it back; async-signal-safe. */
void vpl011_terminal_restore_(void);

/* The mode in which each byte passes as it is. */
struct termios;
void vpl011_raw_mode_(struct termios *mode);

#endif
