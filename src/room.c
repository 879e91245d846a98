/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* How much could move, and how much has: asked, without moving anything. */
#include "internal.h"

int vpl011_rx_room(struct vpl011 *d)
{
    int free;
    int err = vpl011_look_(d);

    if (err) {
        return err;
    }
    free =
        (d->flags & VPL011_CFG_UNTHROTTLED) ? INT32_MAX : (int)vpl011_room_(d);
    vpl011_leave_(d);
    return free;
}

int vpl011_tx_waiting(struct vpl011 *d)
{
    int waiting;
    int err = vpl011_look_(d);

    if (err) {
        return err;
    }
    waiting = d->tx_fill;
    vpl011_leave_(d);
    return waiting;
}

int vpl011_get_counters_sized(struct vpl011 *d,
                              struct vpl011_counters *counters, size_t size)
{
    int err;

    if (!counters) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_look_(d);
    if (err) {
        return err;
    }
    vpl011_give_sized_(counters, size, &d->counters, sizeof(d->counters));
    vpl011_leave_(d);
    return VPL011_OK;
}
