/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Input without a backend, and with errors: pushed, not taken. */
#include "internal.h"

int vpl011_rx_push(struct vpl011 *d, const uint16_t *entries, size_t count)
{
    size_t taken = count;
    size_t room;
    size_t i;
    int err;

    if (!entries && count > 0) {
        return VPL011_ERR_NULL;
    }
    if (count > INT32_MAX) {
        return VPL011_ERR_RANGE;
    }
    for (i = 0; i < count; i++) {
        if (entries[i] &
            ~(PL011_DR_DATA | PL011_DR_FE | PL011_DR_PE | PL011_DR_BE)) {
            return VPL011_ERR_RANGE;
        }
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (!(d->flags & VPL011_CFG_UNTHROTTLED)) {
        room = vpl011_room_(d);
        taken = count < room ? count : room;
        d->push_waits = taken < count;
        d->room_owed = d->push_waits;
        vpl011_changed_(d);
    }
    if (taken > 0 && !vpl011_close_page_(d)) {
        d->push_waits = true; /* vpl011_page_closed() says that there is room */
        d->room_owed = false;
        vpl011_settle_(d);
        return VPL011_ERR_PAGE;
    }
    for (i = 0; i < taken; i++) {
        vpl011_line_in_(d, (entries[i] & PL011_DR_BE) ? vpl011_break_entry_(d)
                                                      : entries[i]);
    }
    vpl011_admitted_(d, taken);
    vpl011_settle_(d);
    return (int)taken;
}
