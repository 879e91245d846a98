/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The register page, as its embedder gives, opens and closes it. */
#include <vpl011/page.h>

#include "internal.h"

#include <string.h>

int vpl011_page_set_sized(struct vpl011 *d, const struct vpl011_page *page,
                          size_t page_size)
{
    struct vpl011_page p = {0};
    int err;

    if (page) {
        if (!vpl011_copy_sized_(&p, KNOWN(struct vpl011_page), page,
                                page_size)) {
            return VPL011_ERR_ABI;
        }
        if (!p.registers) {
            return VPL011_ERR_NULL;
        }
        if ((uintptr_t)p.registers % sizeof(*p.registers) != 0) {
            return VPL011_ERR_SIZE;
        }
        if (!p.close) {
            return VPL011_ERR_OP_MISSING;
        }
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (!vpl011_close_page_(d)) {
        err = VPL011_ERR_PAGE;
    } else {
        d->page = p.registers;
        d->page_ctx = p.ctx;
        d->page_close = p.close;
        d->page_clean = p.clean;
        if (page) {
            memset(p.registers, 0, PL011_WINDOW_SIZE);
            vpl011_page_store_range_(d, PL011_UARTPeriphID0,
                                     PL011_UARTPCellID3);
        }
    }
    vpl011_settle_(d);
    return err;
}

int vpl011_page_open(struct vpl011 *d)
{
    int result = vpl011_enter_(d);

    if (result) {
        return result;
    }
    if (!d->page) {
        result = VPL011_ERR_OP_MISSING;
    } else if ((d->todo & TODO_TRACED) ||
               (d->flags & VPL011_CFG_TXFF_ONCE_PER_LOAD)) {
        result = VPL011_ERR_UNSUPPORTED;
    } else if (d->rx_fill == 0 && !(d->todo & (TODO_RESTING | TODO_TIMED)) &&
               !(d->tcr & PL011_TCR_TESTFIFO) &&
               !(d->flags & FLAG_PAGE_CLOSING)) {
        d->flags |= FLAG_PAGE;
        d->todo |= TODO_PAGE;
        d->republish |= REPUBLISH_PAGE;
        vpl011_changed_(d);
        result = 1;
    }
    vpl011_settle_(d);
    return result;
}

int vpl011_page_closed(struct vpl011 *d)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    if (d->flags & FLAG_PAGE) {
        vpl011_page_gone_(d);
        d->todo |= TODO_PINS; /* a BREAK may wait to be looped */
        d->room_owed = d->push_waits;
    }
    vpl011_settle_(d);
    return vpl011_data_avail(d);
}
