/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef UBOOT_OPTIONS_H
#define UBOOT_OPTIONS_H

#include <stdbool.h>

struct options {
    const char *image;
    const char *ring;       /* the console daemon's socket, or NULL */
    const char *trace;      /* the file that a trace goes to, or NULL */
    const char *name;       /* of the console there */
    unsigned long linger_s; /* [s] */
    bool paced;
    bool moves;
    bool quiet;
    bool stats;
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_DONE, /* --help */
    OPTIONS_BAD,  /* said so on standard error */
};

enum options_result options_parse(struct options *options, int argc,
                                  char **argv);

#endif
