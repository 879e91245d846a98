/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Signals that end a program whose terminal is raw. Where the library gives it
 * back and lets the signal do what it does, this leaves a program the time to
 * hand over what the guest said last, and to print what was counted.
 */
#ifndef UBOOT_SIGNALS_H
#define UBOOT_SIGNALS_H

/** Catch them. Before the terminal is taken: what a program handles itself the
 * library leaves alone. A reader that goes away is an error of write(). */
void signals_catch(void);

/** The signal that asks the program to end, or 0. */
int signals_asked(void);

/** End by that signal, as its sender expects. */
void signals_die_of(int number);

#endif
