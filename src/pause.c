/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Pausing a device, which then calls nobody until it is resumed: for an
 * embedder that loads a machine in pieces, and for the source of a migration.
 * And vpl011_remind(), by which a slow timer makes up for events that were
 * lost.
 */
#include "internal.h"

int vpl011_pause(struct vpl011 *d)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    d->flags |= FLAG_PAUSED;
    vpl011_configure_(d);
    return vpl011_settle_(d);
}

int vpl011_resume(struct vpl011 *d)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    if (d->flags & FLAG_PAUSED) {
        d->flags &= ~FLAG_PAUSED;
        vpl011_configure_(d);
        d->republish |= REPUBLISH_LINES;
        d->irq_edges = 0;
        vpl011_owe_anew_(d);
    }
    return vpl011_settle_(d);
}

int vpl011_remind(struct vpl011 *d)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    d->room_owed = d->push_waits;
    vpl011_owe_anew_(d);
    return vpl011_settle_(d);
}
