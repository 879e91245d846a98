/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* UARTCLK, which an embedder may come to know later. */
#include "internal.h"

int vpl011_set_clock(struct vpl011 *d, uint32_t clock_hz)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    if (clock_hz != d->clock_hz) {
        d->clock_hz = clock_hz;
        if (!is_sbsa(d)) {
            vpl011_raise_(d, VPL011_EVENT_LINE);
        }
    }
    return vpl011_settle_(d);
}
