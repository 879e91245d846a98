/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The terminal in raw mode, and back in its own mode however the program ends:
 * return, exit, a signal, a crash, or stopped and continued (all but SIGKILL).
 */
#ifndef UBOOT_TERMINAL_H
#define UBOOT_TERMINAL_H

#include <stdbool.h>

/**
 * Catch the signals that end a program; make standard input raw if it is a
 * terminal.
 *
 * @return  whether it is a terminal, and raw now
 */
bool terminal_open(void);

/** Restore the terminal. Harmless if nothing was opened. */
void terminal_close(void);

/** Stop this program as Ctrl-Z does, until it is continued. */
void terminal_suspend(void);

/** The signal that asks the program to end, or 0. */
int terminal_signal(void);

/** Restore the terminal and end by that signal, as its sender expects. */
void terminal_die_of(int signal_number);

#endif
