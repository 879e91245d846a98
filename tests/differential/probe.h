/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Which of the accepted differences the installed QEMU has. */
#ifndef DIFFERENTIAL_PROBE_H
#define DIFFERENTIAL_PROBE_H

#include "qemu.h"

struct probed {
    uint32_t quirks; /* QUIRK(...) */
    bool one_slot;   /* for struct model */
    char version[64];
};

/* Returns NULL, or why there is no QEMU. */
const char *probe(struct qemu *q, struct probed *found);

#endif
