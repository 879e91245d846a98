/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of vpl011-console share. */
#ifndef CONSOLE_CLIENT_H
#define CONSOLE_CLIENT_H

#include "protocol.h"

#define PROGRAM "vpl011-console"

/* [ms] for which a daemon is waited for. */
#define PATIENCE_MS 10000

enum list_form { LIST_NONE, LIST_TABLE, LIST_JSON, LIST_METRICS };

/* client.c */
/* A remark on standard error: on a line of its own where the terminal is raw.
 */
void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Of errno, after protocol_connect(). */
const char *why_no_daemon(void);

/* list.c */
/* Returns the exit status. */
int list(const char *path, enum list_form form);
/* The console behind (1) or before (-1) this one in the order of names, which
 * begins again at its end. NULL, or why there is none. */
const char *list_beside(const char *path, const char *name, int step,
                        char to[PROTOCOL_NAME_MAX]);
/* Show their names in that order, on a raw terminal. NULL, or why not. */
const char *list_names(const char *path, const char *here);

#endif
