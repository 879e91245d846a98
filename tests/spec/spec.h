/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The specification as a program: what docs/registers.md, the public headers
 * and the TRM say that a device does, in their order. It shares nothing with
 * src/ but the names in the public headers, stores nothing that it can compute,
 * and checks everything after each call. It is written to be read beside the
 * TRM, not to be fast.
 */
#ifndef SPEC_SPEC_H
#define SPEC_SPEC_H

#include <vpl011/vpl011.h>

struct spec {
    /* As it was made. */
    const struct vpl011_config *config;
    const struct vpl011_ops *ops;
    const struct vpl011_backend *backend; /* NULL: nobody is there */
    uint32_t clock_hz;

    /* Registers, as they read back. */
    uint16_t ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, dmacr;
    uint16_t tcr, itip, itop, rsr;
    uint16_t line_ibrd, line_fbrd; /* as the last write of LCR_H latched them */
    uint16_t latched;              /* of RIS: errors and modem changes */
    uint16_t ris, mis;             /* as of the last call */

    uint8_t tx[2 * PL011_DEPTH_MAX]; /* oldest first */
    uint16_t rx[PL011_DEPTH_MAX];
    uint8_t tx_count, rx_count;

    uint8_t drains; /* TXRIS: 2 with its replay (D10) */
    uint8_t load;   /* characters that left since TXFF was shown for a load */
    uint8_t down;   /* RX and RT, cleared by a second acknowledge (D11) */
    bool unread;    /* RX or RT acknowledged, and DR not read since */
    bool pending;   /* MIS was not 0 at some time since UARTICR */
    bool rx_latch, rt_latch; /* the strict rules */
    bool overrun;            /* the next entry carries OE */
    bool cr_written;
    bool typed_ahead; /* the character that waits came before that (D13) */
    bool break_told, break_looped;

    uint16_t inputs; /* the modem inputs, as FR shows them */
    uint16_t seen;   /* the same or, in loopback, what was looped */
    uint64_t line;   /* what the embedder was last told of with LINE */

    /* Pacing (D14), and what the embedder was asked for. */
    uint8_t burst, rest;
    bool backend_waits, push_waits;
    bool refill_told, tick_told, room_told;

    bool paused, unattached, notifying;
    bool anew; /* tell all outputs, changed or not */
    uint32_t lines, edges, events;
    struct vpl011_counters counters;
};

void spec_init(struct spec *s, const struct vpl011_config *config,
               const struct vpl011_ops *ops);
int spec_read(struct spec *s, uint64_t offset, unsigned int size,
              uint64_t *value);
int spec_write(struct spec *s, uint64_t offset, unsigned int size,
               uint64_t value);
int spec_reset(struct spec *s);
int spec_attach(struct spec *s, const struct vpl011_backend *backend);
int spec_data_avail(struct spec *s);
int spec_tick(struct spec *s);
int spec_remind(struct spec *s);
int spec_pause(struct spec *s);
int spec_resume(struct spec *s);
int spec_set_clock(struct spec *s, uint32_t clock_hz);
int spec_set_modem(struct spec *s, uint32_t now);
int spec_rx_push(struct spec *s, const uint16_t *entries, size_t count);
/* vpl011_state_get() and _set() of what was got. */
int spec_reload(struct spec *s);

/* Calls that only look. */
uint32_t spec_take_events(struct spec *s);
int spec_rx_room(const struct spec *s);
void spec_get_line(const struct spec *s, struct vpl011_line *line);

unsigned int spec_depth(const struct spec *s);
unsigned int spec_tx_trigger(const struct spec *s);
unsigned int spec_rx_trigger(const struct spec *s);
unsigned int spec_store(const struct spec *s);

#endif
