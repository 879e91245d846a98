/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* In place of ringside.c where libvpl011-posix is not built. */
#include <stdio.h>

#include "ringside.h"

int ringside_run(struct board *b, const struct options *o)
{
    (void)b;
    (void)o;
    fputs("uboot: --ring: this program was built without libvpl011-posix\n",
          stderr);
    return 2;
}
