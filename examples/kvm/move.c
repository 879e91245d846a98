/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>

#include <vpl011/state.h>

#include "move.h"

/* The new device counts from zero, and counts loaded input as received. */
static void keep_counters(struct uart *u, const struct vpl011_state *state)
{
    struct vpl011_counters all;

    uart_get_counters(u, &all);
    u->past = all;
    u->past.rx_bytes -= state->rx_count;
    u->moves++;
    u->moved_tx += state->tx_count;
    u->moved_rx += state->rx_count;
}

int move_uart(struct uart *u, struct farend *f)
{
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    struct vpl011_backend backend;
    struct vpl011_state state;
    int size = vpl011_state_save(&u->device, blob, sizeof(blob));
    int err;

    if (size < 0) {
        return size;
    }
    (void)vpl011_state_get(&u->device, &state);
    keep_counters(u, &state);
    memset(&u->device, FRESH, sizeof(u->device));
    err = uart_open_device(u, &u->device);
    if (!err) {
        err = f->move(f, &backend);
    }
    if (!err) {
        err = vpl011_attach(&u->device, &backend);
    }
    /* Last, because it raises the interrupt lines and wakes the far end. */
    return err ? err : vpl011_state_load(&u->device, blob, (size_t)size);
}
