/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#ifndef SPEC_MISUSE_H
#define SPEC_MISUSE_H

#include <vpl011/vpl011.h>

/* Make all calls of a device that can be used for none of them: that is NULL,
 * was never initialised, or is in the middle of a call. Each must be refused by
 * this error. Returns the call that was not, or NULL. */
const char *all_refused(struct vpl011 *d, int error,
                        const struct vpl011_backend *backend);

/* The same for arguments that no device takes, in calls of one that is in
 * order. The caller sees whether they changed it, or called anything. What only
 * some devices refuse is among the actions of the search. */
const char *misuse(struct vpl011 *d, const struct vpl011_backend *backend);

#endif
