/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* How much could move: asked, without moving anything. */
#include "internal.h"

int vpl011_rx_room(struct vpl011 *d)
{
    int free;
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    free =
        (d->flags & VPL011_CFG_UNTHROTTLED) ? INT32_MAX : (int)vpl011_room_(d);
    vpl011_looked_(d);
    return free;
}

int vpl011_tx_waiting(struct vpl011 *d)
{
    int waiting;
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    waiting = d->tx_fill;
    vpl011_looked_(d);
    return waiting;
}
