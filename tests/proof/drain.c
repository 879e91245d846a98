/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The one fact that the other drivers take for granted: no more characters
 * leave the TX FIFO than it holds. Here each fill is tried by itself, for every
 * caller that makes characters leave.
 */
#include "device.c"

#include "../../src/access.c"
#undef load
#undef store
#include "../../src/drain.c"

void proof_drain(void)
{
    kind = ON_32;
    locking = true;
    any_state(&device);
    drain(&device);
    any_state(&device);
    vpl011_drain_(&device);
    any_state(&device);
    vpl011_drain_refused_(&device, any_u32());
    any_state(&device);
    read_fr(&device);
    any_state(&device);
    read_tdr(&device);
}

/* By a clock, one at a time: sent, or discarded. */
void proof_drain_one(void)
{
    kind = ON_32;
    locking = true;
    any_state(&device);
    if (device.tx_fill > 0) {
        /*@ split device.tx_fill; */
        if (any_bool()) {
            vpl011_drain_all_but_(&device, device.tx_fill - 1u);
        } else {
            vpl011_tx_leave_(&device, 1);
        }
    }
}
