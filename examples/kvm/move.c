/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>

#include <vpl011/state.h>

#include "move.h"

/* A new device counts from zero, and each counts loaded input as received. */
static void keep_counters(struct uart *u, const struct vpl011_state *state,
                          bool is_fresh)
{
    struct vpl011_counters all;

    if (is_fresh) {
        uart_get_counters(u, &all);
        u->past = all;
    }
    u->past.rx_bytes -= state->rx_count;
    u->moves++;
    u->moved_tx += state->tx_count;
    u->moved_rx += state->rx_count;
}

/* Close the console, and make a new one around a backend that is loaded with
 * the state of the old. */
static int make_anew(struct uart *u, struct farend *f)
{
    struct vpl011_backend backend;
    int err;

    (void)vpl011_console_close(&u->console);
    memset(&u->console, FRESH, sizeof(u->console));
    err = uart_open(u);
    if (!err) {
        err = f->move(f, &backend);
    }
    return err ? err : vpl011_attach(uart_device(u), &backend);
}

int move_uart(struct uart *u, struct farend *f)
{
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    struct vpl011_state state;
    int size = vpl011_state_save(uart_device(u), blob, sizeof(blob));
    int err;

    if (size < 0) {
        return size;
    }
    (void)vpl011_state_get(uart_device(u), &state);
    keep_counters(u, &state, f->move != NULL);
    /* Descriptors cannot be saved, so they stay, together with what was read
     * from them; the device alone is reset and loaded. */
    err = f->move ? make_anew(u, f) : vpl011_reset(uart_device(u));
    /* Last, because it raises the interrupt lines and wakes the far end. */
    return err < 0 ? err
                   : vpl011_state_load(uart_device(u), blob, (size_t)size);
}
