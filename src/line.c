/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The serial line as the guest set it up: divisor, baud rate and format. */
#include "internal.h"

#include <string.h>

/*
 * The divisor in 64ths for a baud rate (TRM 3.3.6): clock / (16 * baud) * 64,
 * rounded, within the legal 1 .. 65535. In two steps, because four times the
 * clock may not fit in 32 bits and there is no 64-bit division here.
 */
uint32_t vpl011_divisor_(uint32_t clock_hz, uint32_t baud)
{
    const uint32_t least = 1u << 6;
    const uint32_t most = 0xFFFFu << 6;
    uint32_t divisor;

    if (clock_hz == 0) {
        clock_hz = 24000000; /* QEMU's and FVP's clock: 13, 1 for 115200 */
    }
    if (baud > clock_hz / 16) {
        return least;
    }
    if (baud <= clock_hz / (most / 4)) {
        return most;
    }
    divisor = 4 * (clock_hz / baud) + (4 * (clock_hz % baud) + baud / 2) / baud;
    return divisor > most ? most : divisor;
}

/* And back: 4 * clock / divisor, rounded; 0 for a divisor that stops it. */
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
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (is_sbsa(d)) {
        /* Set by firmware, out of the guest's reach. */
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
    vpl011_looked_(d);
    vpl011_give_sized_(line, size, &now, sizeof(now));
    return VPL011_OK;
}
