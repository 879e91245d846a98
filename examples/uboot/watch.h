/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Observing the UART: a trace, and a dump. */
#ifndef UBOOT_WATCH_H
#define UBOOT_WATCH_H

#include <stdio.h>

#include <vpl011/vpl011.h>

struct board;

/** Begin a trace into a file; NULL: failed, and the reason was printed. */
void *watch_open(const char *path);

/** The board's trace op; board.trace_to is what watch_open() returned. */
void watch_trace(void *board, const struct vpl011_trace *what);

/** Close the file: 0; or -1, and the reason was printed. */
int watch_close(void *watch);

/** Print state and counters on standard error. */
void watch_dump(struct board *board);

#endif
