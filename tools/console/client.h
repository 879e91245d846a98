/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of vpl011-console share. */
#ifndef CONSOLE_CLIENT_H
#define CONSOLE_CLIENT_H

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

/* list.c: returns the exit status. */
int list(const char *path, enum list_form form);

#endif
