/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Runs of UARTDR writes, and how many of them may wait outside the device. */
#include <vpl011/deferred.h>

#include "internal.h"

#include <string.h>

/* Nothing is queued, and what leaves changes nothing but the counters. */
static bool flows(const struct vpl011 *d)
{
    return d->tx_fill == 0 && vpl011_is_steady_(d) &&
           !(d->todo & (TODO_TRACED | TODO_RESTING | TODO_TIMED));
}

int vpl011_deferrable(struct vpl011 *d)
{
    struct vpl011_backend_status status = {0};
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    if (flows(d)) {
        vpl011_poll_(d, &status);
    }
    vpl011_settle_(d);
    return status.room < INT32_MAX ? (int)status.room : INT32_MAX;
}

int vpl011_write_deferred(struct vpl011 *d, const uint8_t *characters,
                          size_t count)
{
    size_t part;

    if (!characters && count > 0) {
        return VPL011_ERR_NULL;
    }
    while (count > 0) {
        const int err = vpl011_look_(d);

        if (err) {
            return err;
        }
        part = 1;
        if (flows(d)) {
            part = count < d->tx_store ? count : d->tx_store;
            memcpy(d->tx_fifo, characters, part);
            d->tx_fill = (uint8_t)part;
            d->flags &= ~FLAG_UNATTACHED; /* as a single write does */
            vpl011_settle_(d);
        } else {
            vpl011_leave_(d);
            (void)vpl011_mmio_write(d, PL011_UARTDR, 1, *characters);
        }
        characters += part;
        count -= part;
    }
    return VPL011_OK;
}
