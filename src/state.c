/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state of a device as plain data: get, check, set, compare. */
#include <vpl011/state.h>

#include "internal.h"

#include <string.h>

/* A member that is in the structure but in no list, or in the device with
 * another width, does not build. */
#define COUNT(id, bits, name, mask) +1
_Static_assert(sizeof(struct vpl011_state) ==
                   (0 VPL011_STATE_FIELDS(COUNT)) * 4 + 2 * 4 +
                       sizeof(((struct vpl011 *)0)->tx_fifo) +
                       sizeof(((struct vpl011 *)0)->rx_fifo) + 4 * 4,
               "every member is in the field list");
#define WIDTH(id, bits, name, mask) \
    _Static_assert(sizeof(((struct vpl011 *)0)->name) * 8 >= (bits), \
                   "the device's member has the width of the list");
#define OF_DEVICE(X) \
    VPL011_STATE_IDENTITY(X) VPL011_STATE_REGISTERS(X) VPL011_STATE_LATER(X)
OF_DEVICE(WIDTH)
_Static_assert(VPL011_LATCHES == (0xFFu & ~(0x80u | LATCH_BREAK_OUT)),
               "all latches are saved but what the backend was told");
_Static_assert((VPL011_ACKS & ~ACK_RECEIVE) == ACK_PENDING,
               "all that was acknowledged is saved");

int vpl011_state_get_sized(struct vpl011 *d, struct vpl011_state *state,
                           size_t size)
{
    struct vpl011_state s = {0};
    unsigned int i;
    int err;

    if (!state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(s)) {
        return VPL011_ERR_ABI;
    }
    err = vpl011_look_(d);
    if (err) {
        return err;
    }
#define GET(id, bits, name, mask) s.name = d->name & (mask);
    OF_DEVICE(GET)
    s.irq_edges = 0;
    s.tx_count = d->tx_fill;
    memcpy(s.tx, d->tx_fifo, d->tx_fill);
    s.rx_count = d->rx_fill;
    for (i = 0; i < d->rx_fill; i++) {
        s.rx[i] = d->rx_fifo[d->rx_fill - 1 - i];
    }
    if (d->time) {
        d->time->calls->get(d, &s.tx_frame, &s.rx_timeout);
    }
    vpl011_leave_(d);
    vpl011_give_sized_(state, size, &s, sizeof(s));
    return VPL011_OK;
}

/* A Generic UART has no modem lines and no test registers. Its settings are
 * those of reset, unless it stores what is written; the divisor is that of the
 * source's clock. */
static bool is_generic(const struct vpl011 *d, const struct vpl011_state *s)
{
    return !s->modem_inputs && !(s->ris_latched & PL011_INT_MODEM) && !s->tcr &&
           !s->itip && !s->itop &&
           ((d->flags & VPL011_CFG_STORE_CONFIG) ||
            (s->cr == PL011_UARTCR_FIRMWARE &&
             s->lcr_h == PL011_UARTLCR_H_FIRMWARE &&
             s->ifls == PL011_UARTIFLS_RESET && !s->ilpr && !s->dmacr));
}

/* What can be together: a rest follows a burst, RX and RT are put down by the
 * second acknowledge of characters that wait, what was typed ahead waits in a
 * FIFO of one, and the receive timeout is that of characters that wait, while
 * RTIM is set. No frame has more than 12 bits. */
static bool is_receiving_so(const struct vpl011_state *s, unsigned int depth)
{
    return s->rx_burst < RX_BURST + PL011_DEPTH_MAX && s->rx_rest <= RX_REST &&
           (!s->rx_rest || s->rx_burst >= RX_BURST) &&
           (s->rx_rest || s->rx_burst < RX_BURST || s->rx_count > 0) &&
           (!(s->acks & (ACK_RX | ACK_RT)) || (s->acks & ACK_UNREAD)) &&
           (!(s->acks & ACK_UNREAD) || s->rx_count > 0) &&
           (!(s->latches & LATCH_EARLY_RX) || depth == 1) &&
           s->tx_frame <= 12 * 16 && s->rx_timeout <= 32 * 16 &&
           (!s->rx_timeout || (s->rx_count > 0 && (s->imsc & PL011_INT_RT)));
}

/* Whether a state could be one of this device's own. */
static int check(const struct vpl011 *d, const struct vpl011_state *s)
{
    unsigned int depth;
    unsigned int i;

#define IN_RANGE(id, bits, name, mask) \
    if (s->name & ~(uint32_t)(mask)) { \
        return VPL011_ERR_STATE_VALUE; \
    }
    VPL011_STATE_FIELDS(IN_RANGE)
#define SAME(id, bits, name, mask) \
    if (s->name != (d->name & (uint32_t)(mask))) { \
        return VPL011_ERR_STATE_MISMATCH; \
    }
    VPL011_STATE_IDENTITY(SAME)

    depth = vpl011_depth_(d, s->lcr_h);
    if (s->txi > 2 || s->tx_load > depth ||
        s->tx_count > vpl011_store_(depth) || s->rx_count > depth) {
        return VPL011_ERR_STATE_VALUE;
    }
    for (i = 0; i < sizeof(s->tx) / sizeof(s->tx[0]); i++) {
        if (i >= s->tx_count && s->tx[i]) {
            return VPL011_ERR_STATE_VALUE;
        }
    }
    for (i = 0; i < sizeof(s->rx) / sizeof(s->rx[0]); i++) {
        if (s->rx[i] &
            ~(i < s->rx_count ? PL011_DR_DATA | PL011_DR_ERRORS : 0u)) {
            return VPL011_ERR_STATE_VALUE;
        }
    }
    if (is_sbsa(d) && !is_generic(d, s)) {
        return VPL011_ERR_STATE_VALUE;
    }
    return is_receiving_so(s, depth) ? VPL011_OK : VPL011_ERR_STATE_VALUE;
}

static void commit(struct vpl011 *d, const struct vpl011_state *s)
{
    const uint8_t told = d->latches & LATCH_BREAK_OUT;
    unsigned int i;

    vpl011_flush_tx_(d);
    vpl011_flush_rx_(d);
#define SET(id, bits, name, mask) d->name = (uint##bits##_t)s->name;
    VPL011_STATE_REGISTERS(SET)
    VPL011_STATE_LATER(SET)
    d->latches |= told;
    memcpy(d->tx_fifo, s->tx, sizeof(d->tx_fifo));
    d->tx_fill = (uint8_t)s->tx_count;
    d->rx_fill = (uint8_t)s->rx_count;
    for (i = 0; i < s->rx_count; i++) {
        d->rx_fifo[i] = s->rx[s->rx_count - 1 - i];
    }
    d->counters.rx_bytes += s->rx_count;
    if (d->rx_rest > 0) {
        d->todo |= TODO_RESTING;
    }
    if (d->tx_fill > 0 && vpl011_is_nobody_(&d->backend)) {
        /* The output waits for the backend that is attached next. */
        d->flags |= FLAG_UNATTACHED;
    }
    d->todo |= TODO_PINS;
    vpl011_configure_(d);
    if (d->time) {
        d->time->calls->load(d, s->tx_frame, s->rx_timeout);
    }
    d->dma_held = 0;

    /* The device is as if it had settled in this state before: nothing in it
     * counts as an arrival or a change. */
    d->modem_seen = (uint16_t)vpl011_modem_visible_(d);

    /* But the interrupt controller, the far end and the embedder may have
     * missed anything, so they are told everything again. */
    d->republish |= REPUBLISH_LINES;
    d->irq_edges = 0;
    d->refill_asked = true;
    vpl011_raise_(d, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL |
                         VPL011_EVENT_LINE);
}

int vpl011_state_set_sized(struct vpl011 *d, const struct vpl011_state *state,
                           size_t size)
{
    struct vpl011_state s = {0};
    int err;

    if (!state) {
        return VPL011_ERR_NULL;
    }
    if (size < sizeof(s) ||
        !vpl011_copy_sized_(&s, KNOWN(struct vpl011_state), state, size)) {
        return VPL011_ERR_ABI;
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    err = check(d, &s);
    if (err == VPL011_OK && !vpl011_close_page_(d)) {
        err = VPL011_ERR_PAGE;
    }
    if (err == VPL011_OK) {
        commit(d, &s);
    }
    vpl011_settle_(d);
    return err;
}

int vpl011_state_default_sized(const struct vpl011_config *config,
                               size_t config_size, struct vpl011_state *state,
                               size_t size)
{
    struct vpl011_config c = {0};
    const struct vpl011_ops ops = {0};
    struct vpl011 d;
    int err;

    if (!state) {
        return VPL011_ERR_NULL;
    }
    if (config && !vpl011_copy_sized_(&c, KNOWN(struct vpl011_config), config,
                                      config_size)) {
        return VPL011_ERR_ABI;
    }
    c.flags |= VPL011_CFG_NO_IRQ_OP;
    err = vpl011_init(&d, &c, &ops);
    return err ? err : vpl011_state_get_sized(&d, state, size);
}

const char *vpl011_state_diff(const struct vpl011_state *a,
                              const struct vpl011_state *b)
{
#define DIFFERS(id, bits, name, mask) \
    if (a->name != b->name) { \
        return #name; \
    }
    VPL011_STATE_FIELDS(DIFFERS)
    if (a->tx_count != b->tx_count ||
        memcmp(a->tx, b->tx, sizeof(a->tx)) != 0) {
        return "tx";
    }
    if (a->rx_count != b->rx_count ||
        memcmp(a->rx, b->rx, sizeof(a->rx)) != 0) {
        return "rx";
    }
    return NULL;
}
