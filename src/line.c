/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The serial line as the guest set it up: baud rate and format. */
#include "internal.h"

#include <string.h>

/* 4 * clock / divisor, rounded; 0 for a divisor that stops it (TRM 3.3.6). */
static uint32_t baud_rate(uint32_t clock_hz, uint32_t divisor)
{
    if (divisor < (1u << 6)) {
        return 0; /* IBRD = 0 is invalid, and FBRD is then ignored */
    }
    if (divisor > (0xFFFFu << 6)) {
        divisor = 0xFFFFu << 6; /* FBRD must be 0 beside IBRD = 0xFFFF */
    }
    return 4 * (clock_hz / divisor) +
           (4 * (clock_hz % divisor) + divisor / 2) / divisor;
}

/* By SPS, EPS and PEN (TRM table 3-11). */
static uint8_t parity(uint32_t lcr_h)
{
    static const uint8_t by_bits[8] = {
        [1] = VPL011_PARITY_ODD,
        [3] = VPL011_PARITY_EVEN,
        [5] = VPL011_PARITY_MARK,
        [7] = VPL011_PARITY_SPACE,
    };

    return by_bits[((lcr_h & PL011_LCR_H_SPS) ? 4 : 0) |
                   ((lcr_h & (PL011_LCR_H_EPS | PL011_LCR_H_PEN)) >> 1)];
}

int vpl011_get_line_sized(struct vpl011 *d, struct vpl011_line *line,
                          size_t size)
{
    struct vpl011_line now = {0};
    int err;

    if (!line) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_look_(d);
    if (err) {
        return err;
    }
    if (is_sbsa(d)) {
        /* Firmware has set it, and the guest cannot change it. */
        now.baud = d->baud;
        now.data_bits = 8;
        now.stop_bits = 1;
    } else {
        now.divisor = (uint32_t)d->line_ibrd << 6 | d->line_fbrd;
        now.baud = baud_rate(d->clock_hz, now.divisor);
        now.outputs = vpl011_outputs_(d);
        now.data_bits = (uint8_t)(5 + (d->lcr_h >> PL011_LCR_H_WLEN_SHIFT) % 4);
        now.stop_bits = (d->lcr_h & PL011_LCR_H_STP2) ? 2 : 1;
        now.parity = parity(d->lcr_h);
        now.send_break = d->lcr_h & PL011_LCR_H_BRK;
    }
    vpl011_leave_(d);
    vpl011_give_sized_(line, size, &now, sizeof(now));
    return VPL011_OK;
}
