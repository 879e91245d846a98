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
                       sizeof(((struct vpl011 *)0)->rx_fifo) + 6 * 4,
               "every member is in the field list");
#define WIDTH(id, bits, name, mask) \
    _Static_assert(sizeof(((struct vpl011 *)0)->name) * 8 == (bits), \
                   "the list has the width of the device's member");
VPL011_STATE_FIELDS(WIDTH)
_Static_assert(VPL011_LATCHES == (0xFFu & ~(0xC0u | LATCH_BREAK_OUT)),
               "all latches are saved but what the backend was told");

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
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
#define GET(id, bits, name, mask) s.name = d->name & (mask);
    VPL011_STATE_FIELDS(GET)
    s.tx_count = d->tx_fill;
    memcpy(s.tx, d->tx_fifo, d->tx_fill);
    s.rx_count = d->rx_fill;
    for (i = 0; i < d->rx_fill; i++) {
        s.rx[i] = d->rx_fifo[(d->rx_head + i) % PL011_DEPTH_MAX];
    }
    vpl011_leave_(d);
    vpl011_give_sized_(state, size, &s, sizeof(s));
    return VPL011_OK;
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
    if (s->txi > 2 || s->tx_load > depth || s->tx_count > 2 * depth ||
        s->rx_count > depth) {
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
    /* A Generic UART has no modem lines, no test registers, and its settings
     * are those of reset unless it stores what is written. */
    if (is_sbsa(d) && (s->modem_inputs || (s->ris_latched & PL011_INT_MODEM) ||
                       s->tcr || s->itip || s->itop)) {
        return VPL011_ERR_STATE_VALUE;
    }
    return VPL011_OK;
}

static void commit(struct vpl011 *d, const struct vpl011_state *s)
{
    const uint8_t told = d->latches & LATCH_BREAK_OUT;

    vpl011_flush_(d);
#define SET(id, bits, name, mask) d->name = (uint##bits##_t)s->name;
    VPL011_STATE_REGISTERS(SET)
    d->latches |= told;
    memcpy(d->tx_fifo, s->tx, sizeof(d->tx_fifo));
    memcpy(d->rx_fifo, s->rx, sizeof(d->rx_fifo));
    d->tx_fill = (uint8_t)s->tx_count;
    d->rx_fill = (uint8_t)s->rx_count;
    d->counters.rx_bytes += s->rx_count;
    d->gates = GATE_PINS;
    vpl011_configure_(d);

    /* As if settled before: nothing of this is an arrival or a change. */
    d->modem_seen = (uint16_t)vpl011_modem_visible_(d);

    /* But the other sides may have missed anything: tell them all again. */
    d->republish = true;
    d->irq_edges = 0;
    d->refill_asked = true;
    d->todo |= VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL | VPL011_EVENT_LINE;
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
    if (err == VPL011_OK) {
        commit(d, &s);
    }
    vpl011_leave_(d);
    return err;
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
