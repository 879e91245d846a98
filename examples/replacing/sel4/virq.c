/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The line of the UART is a level. A kernel that only injects does not know
 * levels: it is injected when the line rises and, if it still is up, again when
 * the guest has ended it.
 */
#include "component.h"

static bool up;
static bool injected; /* and not ended */

void virq_set(bool level)
{
    up = level;
    if (up && !injected) {
        injected = true;
        kernel_inject();
    }
}

void virq_ended(void)
{
    injected = false;
    virq_set(up);
}
