/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state as QEMU's PL011 saves it, in both directions. */
#include <vpl011/qemu_state.h>

#include "internal.h"

#include <string.h>

/* The divisor in use is not saved apart from the registers. */
static void settings_from_qemu(struct vpl011_state *s,
                               const struct vpl011_qemu_state *q)
{
    s->ibrd = q->ibrd & 0xFFFFu;
    s->fbrd = q->fbrd & PL011_UARTFBRD_MASK;
    s->line_ibrd = s->ibrd;
    s->line_fbrd = s->fbrd;
    if (s->personality == VPL011_SBSA &&
        !(s->flags & VPL011_CFG_STORE_CONFIG)) {
        return;
    }
    /* QEMU keeps reserved bits. */
    s->cr = q->cr & PL011_UARTCR_MASK;
    s->lcr_h = q->lcr & 0xFFu;
    s->ifls = q->ifl & PL011_UARTIFLS_MASK;
    s->ilpr = q->ilpr & 0xFFu;
    s->dmacr = q->dmacr & PL011_UARTDMACR_MASK;
    if (s->cr != PL011_UARTCR_RESET) {
        s->latches |= VPL011_LATCH_CR_WRITTEN;
    }
}

/* RX and RT are levels here, so that a character which QEMU's guest has
 * acknowledged without reading it interrupts again: none is forgotten. The
 * latches are for strict interrupts. */
static void interrupts_from_qemu(struct vpl011_state *s,
                                 const struct vpl011_qemu_state *q)
{
    s->imsc = q->int_enabled & PL011_INT_ALL;
    s->ris_latched = q->int_level & (PL011_INT_ERROR | PL011_INT_MODEM);
    if (s->personality == VPL011_SBSA) {
        s->ris_latched &= ~PL011_INT_MODEM;
    }
    /* QEMU drains at once: the completion may still have to be replayed. */
    if (q->int_level & PL011_INT_TX) {
        s->txi = (s->flags & VPL011_CFG_STRICT_INTERRUPTS) ? 1 : 2;
    }
    if (q->int_level & PL011_INT_RX) {
        s->latches |= VPL011_LATCH_RX;
    }
    if (s->rx_count > 0) {
        s->latches |= VPL011_LATCH_RT;
    }
}

int vpl011_state_from_qemu(struct vpl011_state *state,
                           const struct vpl011_qemu_state *qemu)
{
    struct vpl011_state s = {0};
    unsigned int count;
    unsigned int room;
    unsigned int i;

    if (!state || !qemu) {
        return VPL011_ERR_NULL;
    }
    if (qemu->read_pos < 0 || qemu->read_pos >= VPL011_QEMU_FIFO ||
        qemu->read_count < 0 || qemu->read_count > VPL011_QEMU_FIFO) {
        return VPL011_ERR_STATE_VALUE;
    }
#define KEEP(id, bits, name, mask) s.name = state->name;
    VPL011_STATE_IDENTITY(KEEP)
    s.modem_inputs = state->modem_inputs;
    s.cr = state->cr;
    s.lcr_h = state->lcr_h;
    s.ifls = state->ifls;
    settings_from_qemu(&s, qemu);
    s.rsr = qemu->rsr & 0xFu;

    count = (unsigned int)qemu->read_count;
    /* Without FIFOs there is room for one; a Generic UART has no LCR_H. */
    room = s.personality == VPL011_SBSA || (s.lcr_h & PL011_LCR_H_FEN)
               ? VPL011_QEMU_FIFO
               : 1;
    s.rx_count = count < room ? count : room;
    for (i = 0; i < s.rx_count; i++) {
        s.rx[i] =
            (uint16_t)(qemu->read_fifo[((unsigned int)qemu->read_pos + i) %
                                       VPL011_QEMU_FIFO] &
                       (PL011_DR_DATA | PL011_DR_ERRORS));
    }
    interrupts_from_qemu(&s, qemu);
    *state = s;
    return (int)(count - s.rx_count);
}

int vpl011_state_to_qemu(const struct vpl011_state *state,
                         struct vpl011_qemu_state *qemu)
{
    struct vpl011_qemu_state q = {0};
    unsigned int i;

    if (!state || !qemu) {
        return VPL011_ERR_NULL;
    }
    if (state->rx_count > VPL011_QEMU_FIFO) {
        return VPL011_ERR_SIZE;
    }
    q.flags = PL011_FR_TXFE;
    q.flags |= state->rx_count == 0 ? PL011_FR_RXFE : 0;
    if (state->rx_count == VPL011_QEMU_FIFO ||
        (state->rx_count > 0 && !(state->lcr_h & PL011_LCR_H_FEN))) {
        q.flags |= PL011_FR_RXFF;
    }
    q.lcr = state->lcr_h;
    q.rsr = state->rsr;
    q.cr = state->cr;
    q.dmacr = state->dmacr;
    q.int_enabled = state->imsc;
    /* RX as QEMU has it: any character. No RT: QEMU would never clear it by
     * reading, and a guest that does not acknowledge it is interrupted for
     * ever. */
    q.int_level = state->ris_latched;
    q.int_level |= state->txi > 0 ? PL011_INT_TX : 0;
    q.int_level |= state->rx_count > 0 ? PL011_INT_RX : 0;
    for (i = 0; i < state->rx_count; i++) {
        q.read_fifo[i] = state->rx[i];
    }
    q.ilpr = state->ilpr;
    q.ibrd = state->ibrd;
    q.fbrd = state->fbrd;
    q.ifl = state->ifls;
    q.read_count = (int32_t)state->rx_count;
    q.read_trigger = 1;
    *qemu = q;
    return (int)state->tx_count;
}
