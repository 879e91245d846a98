/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* BREAK and the modem pins: outputs, inputs, and their interrupts. */
#include "internal.h"

/*
 * The modem outputs as the pins show them. Under RTSEN the RX FIFO drives RTS
 * and CR.RTS has no effect (TRM 3.3.8).
 */
uint32_t vpl011_outputs_(const struct vpl011 *d)
{
    uint32_t outputs =
        d->cr & (PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 | PL011_CR_OUT2);

    if (is_sbsa(d)) {
        return 0;
    }
    if (d->gates & GATE_RTSEN) {
        outputs &= ~PL011_CR_RTS;
        if (d->rx_fill < d->rx_trigger) {
            outputs |= PL011_CR_RTS;
        }
    }
    return outputs;
}

/*
 * The four modem pairs: the output that loopback feeds into the input (TRM
 * 4.5.2), and where the input shows. No two registers have the same order.
 */
uint32_t vpl011_modem_map_(uint32_t bits, enum modem_column from,
                           enum modem_column to)
{
    static const uint16_t modem[4][4] = {
        {PL011_CR_RTS, PL011_FR_CTS, PL011_INT_CTS, PL011_ITIP_nCTS},
        {PL011_CR_DTR, PL011_FR_DSR, PL011_INT_DSR, PL011_ITIP_nDSR},
        {PL011_CR_OUT1, PL011_FR_DCD, PL011_INT_DCD, PL011_ITIP_nDCD},
        {PL011_CR_OUT2, PL011_FR_RI, PL011_INT_RI, PL011_ITIP_nRI},
    };
    uint32_t mapped = 0;
    int i;

    for (i = 0; i < 4; i++) {
        if (bits & modem[i][from]) {
            mapped |= modem[i][to];
        }
    }
    return mapped;
}

/* The modem inputs as FR shows them: in loopback, the own outputs. */
uint32_t vpl011_modem_visible_(const struct vpl011 *d)
{
    if (d->gates & GATE_LOOP) {
        return vpl011_modem_map_(vpl011_outputs_(d), MODEM_CR, MODEM_FR);
    }
    return d->modem_inputs;
}

/* BREAK, the modem pins and the settings of the serial line. Done only where
 * TODO_PINS says that one of them may have changed, or RTSEN ties RTS to the RX
 * FIFO. */
void vpl011_settle_pins_(struct vpl011 *d)
{
    uint32_t outputs;
    uint32_t visible;
    bool looped = (d->gates & GATE_LOOP) != 0;
    bool brk = !is_sbsa(d) && (d->lcr_h & PL011_LCR_H_BRK);
    bool told = (d->latches & LATCH_BREAK_OUT) != 0;
    uint64_t line;

    d->todo &= ~TODO_PINS;

    if (told != (brk && !looped)) {
        d->latches ^= LATCH_BREAK_OUT;
        if (d->backend.send_break) {
            struct vpl011_backend_status status;

            d->backend.send_break(d->backend.ctx, !told);
            vpl011_poll_(d, &status);
        }
    }
    if (!(brk && looped)) {
        d->latches &= (uint8_t)~LATCH_BREAK_LOOP;
    } else if (!(d->latches & LATCH_BREAK_LOOP) && vpl011_close_page_(d)) {
        d->latches |= LATCH_BREAK_LOOP;
        if (d->gates & GATE_LOOP_RX) {
            vpl011_rx_put_(d, vpl011_break_entry_(d));
        }
    }

    if (looped && (d->flags & FLAG_PAGE_CLOSING)) {
        return; /* loopback is held back, and what follows from it as well */
    }

    /* Computed after the BREAK, because a looped BREAK may fill the RX FIFO up
     * to the trigger, where RTSEN lowers RTS. */
    outputs = vpl011_outputs_(d);
    visible = vpl011_modem_visible_(d);
    if (visible != d->modem_seen) {
        d->ris_latched |= (uint16_t)vpl011_modem_map_(visible ^ d->modem_seen,
                                                      MODEM_FR, MODEM_INT);
        d->modem_seen = (uint16_t)visible;
        vpl011_changed_(d);
    }

    line = outputs;
    if (!is_sbsa(d)) {
        line |= (uint64_t)(d->lcr_h & ~PL011_LCR_H_FEN) << 16 |
                (uint64_t)d->line_fbrd << 24 | (uint64_t)d->line_ibrd << 32;
    }
    if (line != d->line_seen) {
        d->line_seen = line;
        vpl011_raise_(d, VPL011_EVENT_LINE);
    }
}
