/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The terminal at standard input: raw mode, and back. A process has one, so its
 * state is static.
 */
#ifndef VPL011_POSIX_TERMINAL_H
#define VPL011_POSIX_TERMINAL_H

#include <stdbool.h>

/* Make it raw, and arrange for its mode to be restored: at exit(), by signals
 * whose action is the default, while the program is stopped. True if it is raw
 * now; otherwise errno says why: ENOTTY, EBUSY. */
bool vpl011_terminal_make_raw_(void);

/* Give it back, and the signals. */
void vpl011_terminal_leave_(void);

/* Change a mode so that each byte passes unchanged. */
struct termios;
void vpl011_raw_mode_(struct termios *mode);

#endif
