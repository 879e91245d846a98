/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <stdio.h>
#include <string.h>

#include <vpl011/backend_state.h>
#include <vpl011/state.h>

#include "move.h"

/* Counters are not in the saved state; they are added up here. */
static void add(struct vpl011_counters *to, const struct vpl011_counters *more,
                const struct vpl011_counters *less)
{
    uint64_t sum[sizeof(*to) / sizeof(uint64_t)];
    uint64_t plus[sizeof(*to) / sizeof(uint64_t)];
    uint64_t minus[sizeof(*to) / sizeof(uint64_t)];

    memcpy(sum, to, sizeof(sum));
    memcpy(plus, more, sizeof(plus));
    memcpy(minus, less, sizeof(minus));
    for (size_t i = 0; i < sizeof(sum) / sizeof(sum[0]); i++) {
        sum[i] += plus[i] - minus[i];
    }
    memcpy(to, sum, sizeof(sum));
}

bool move_counters(struct board *b, struct vpl011_counters *counters)
{
    static const struct vpl011_counters nothing;

    if (vpl011_get_counters(&b->uart, counters)) {
        return false;
    }
    add(counters, &b->before_moves, &nothing);
    return true;
}

bool move_is_due(struct board *b)
{
    struct vpl011_counters now;

    return vpl011_get_counters(&b->uart, &now) == VPL011_OK &&
           now.tx_bytes + now.rx_bytes + now.rx_read > 0;
}

static bool done(struct board *b, int err)
{
    if (err < 0) {
        (void)snprintf(b->fault, sizeof(b->fault), "the UART cannot move: %s",
                       vpl011_strerror(err));
        b->state = BOARD_FAULT;
        return false;
    }
    b->stats.moves++;
    return true;
}

/* Clear and restore the device, with its new far end. */
struct saved {
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    struct vpl011_counters counters;
    int size;
};

static int save_uart(struct board *b, struct saved *s)
{
    int err = vpl011_get_counters(&b->uart, &s->counters);

    s->size = vpl011_state_save(&b->uart, s->blob, sizeof(s->blob));
    memset(&b->uart, 0xa5, sizeof(b->uart));
    return err ? err : s->size;
}

static int load_uart(struct board *b, const struct saved *s,
                     const struct vpl011_backend *backend)
{
    struct vpl011_counters loaded;
    int err = board_make_uart(b);

    if (!err) {
        err = vpl011_attach(&b->uart, backend);
    }
    if (!err) {
        err = vpl011_state_load(&b->uart, s->blob, (size_t)s->size);
    }
    if (!err) {
        err = vpl011_get_counters(&b->uart, &loaded);
    }
    if (!err) {
        /* Loaded input counts as received a second time. */
        add(&b->before_moves, &s->counters, &loaded);
        b->stats.moves_in_fifo += loaded.rx_bytes > 0;
    }
    return err;
}

bool move_with_fifo(struct board *b)
{
    static uint8_t
        blob[VPL011_FIFO_BLOB_MAX(BOARD_INPUT_SIZE, BOARD_OUTPUT_SIZE)];
    struct vpl011_backend backend;
    struct saved saved;
    int size = vpl011_fifo_save(&b->fifo, blob, sizeof(blob));
    int err = size < 0 ? size : save_uart(b, &saved);

    if (err < 0) {
        return done(b, err);
    }
    memset(&b->fifo, 0xa5, sizeof(b->fifo));
    memset(b->input, 0xa5, sizeof(b->input));
    memset(b->output, 0xa5, sizeof(b->output));
    err = vpl011_fifo_init(&b->fifo, b->input, sizeof(b->input), b->output,
                           sizeof(b->output));
    if (!err) {
        err = vpl011_fifo_load(&b->fifo, blob, (size_t)size);
    }
    if (!err) {
        err = vpl011_fifo_backend(&b->fifo, &backend);
    }
    if (!err) {
        err = load_uart(b, &saved, &backend);
    }
    return done(b, err);
}

bool move_beside_page(struct board *b, struct link *link)
{
    uint8_t blob[VPL011_XENCONS_BLOB_MAX];
    struct vpl011_backend backend;
    struct saved saved;
    int length = vpl011_xencons_save(&link->ring, 0, blob, sizeof(blob));
    int err = length < 0 ? length : save_uart(b, &saved);

    if (err < 0) {
        return done(b, err);
    }
    memset(&link->ring, 0xa5, sizeof(link->ring));
    err = link_open_ring(link);
    if (!err) {
        err = vpl011_xencons_load(&link->ring, blob, (size_t)length);
    }
    if (!err) {
        err = link_backend(link, &backend);
    }
    if (!err) {
        err = load_uart(b, &saved, &backend);
    }
    return done(b, err);
}
