/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* In place of watch.c where libvpl011-posix is not built. */
#include "board.h"
#include "watch.h"

static const char missing[] = "this program was built without libvpl011-posix";

void *watch_open(const char *path)
{
    (void)path;
    fprintf(stderr, "uboot: --trace: %s\n", missing);
    return NULL;
}

void watch_trace(void *board, const struct vpl011_trace *what)
{
    (void)board;
    (void)what;
}

int watch_close(void *watch)
{
    (void)watch;
    return 0;
}

void watch_dump(struct board *board)
{
    (void)board;
    fprintf(stderr, "uboot: %s\r\n", missing);
}
