/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef KVM_OPTIONS_H
#define KVM_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct options {
    const char *kernel;   /* an arm64 Image, or NULL */
    const char *firmware; /* a raw image started at 0, or NULL */
    const char *initrd;   /* or NULL */
    const char *append;
    unsigned int cpus;
    size_t memory;        /* [bytes] */
    uint32_t personality; /* enum vpl011_personality */
    uint32_t form;        /* enum vpl011_fdt_form */
    bool acpi;            /* in place of a device tree */
    /* The first UART's far end: the terminal, unless one of these is set */
    const char *ring;          /* a console daemon's socket */
    const char *script;        /* a file of commands */
    const char *name;          /* the console's, at the daemon */
    const char *second;        /* a second UART, at this file; or NULL */
    const char *second_script; /* what its far end does; or NULL */
    const char *log;   /* what the guest says, also into this file; or NULL */
    uint32_t on_gone;  /* enum vpl011_policy */
    unsigned int move; /* [ms] between two moves of the UARTs; 0: none */
    unsigned long budget; /* [characters/s] of each UART; 0: any */
    bool clock;           /* the serial line takes the time that its divisor
                           * says */
    bool exits;           /* at each access to a UART, for comparison */
    bool no_tick;         /* input is not paced, for comparison */
    bool once;            /* end at a reset */
    bool stats;
    bool quiet;
};

enum options_result {
    OPTIONS_RUN,
    OPTIONS_DONE, /* --help: nothing more to do */
    OPTIONS_BAD,  /* and the reason was said */
};

enum options_result options_parse(struct options *options, int argc,
                                  char **argv);

#endif
