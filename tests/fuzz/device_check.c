/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The device target's invariants, which hold between any two calls. */
#include "device.h"

/* A register, as a guest with 32-bit accesses sees it. */
static uint32_t reg(struct world *w, uint32_t offset)
{
    uint64_t value = 0;

    require(!world_read(w, offset, 4, &value), "a register");
    return (uint32_t)value;
}

static struct vpl011_counters counters(struct world *w)
{
    struct vpl011_counters c;

    enter(w);
    require(!vpl011_get_counters(w->dev, &c), "counters");
    leave(w, 1);
    return c;
}

struct seen {
    struct vpl011_state state;
    struct vpl011_counters counters;
    uint32_t fr;
    uint32_t ris;
    uint32_t imsc;
    uint32_t mis;
    uint32_t lines;
};

/*
 * Everything as of one moment. Looking offers held characters to the far end
 * again, so that it is done until nothing has moved; 64 characters and one
 * BREAK in each direction are all that can.
 */
static void look(struct world *w, struct seen *s)
{
    struct vpl011_counters before;
    int tries;

    for (tries = 0; tries < 200; tries++) {
        before = counters(w);
        s->fr = reg(w, PL011_UARTFR);
        s->lines = vpl011_irq_lines(w->dev);
        s->imsc = reg(w, PL011_UARTIMSC);
        s->ris = reg(w, PL011_UARTRIS);
        s->mis = reg(w, PL011_UARTMIS);
        enter(w);
        require(!vpl011_state_get(w->dev, &s->state), "state");
        leave(w, 1);
        s->counters = counters(w);
        before.notifies = s->counters.notifies;
        if (memcmp(&before, &s->counters, sizeof(before)) == 0) {
            return;
        }
    }
    require(false, "the device comes to rest");
}

static uint32_t depth_of(const struct world *w, const struct vpl011_state *s)
{
    if (w->config.personality == VPL011_SBSA) {
        return PL011_DEPTH_SBSA;
    }
    if (!(s->lcr_h & PL011_LCR_H_FEN)) {
        return 1;
    }
    return w->config.revision == VPL011_R1P5 ? PL011_DEPTH_R1P5
                                             : PL011_DEPTH_R1P4;
}

static void check_fr(const struct world *w, const struct seen *s)
{
    const uint32_t depth = depth_of(w, &s->state);
    const uint32_t fr = s->fr;

    require(!(fr & PL011_FR_TXFE) == !!(fr & PL011_FR_BUSY), "TXFE and BUSY");
    require(!(fr & PL011_FR_TXFF) || !(fr & PL011_FR_TXFE), "TXFF and TXFE");
    require(!(fr & PL011_FR_RXFF) || !(fr & PL011_FR_RXFE), "RXFF and RXFE");
    require(s->state.tx_count <= (depth == 1 ? 64 : 2 * depth) &&
                s->state.rx_count <= depth,
            "counts in bounds");
    require(!(fr & PL011_FR_RXFE) == (s->state.rx_count > 0), "RXFE");
    require(!(fr & PL011_FR_RXFF) == (s->state.rx_count < depth), "RXFF");
    if (!(w->config.flags & VPL011_CFG_TXFF_ONCE_PER_LOAD)) {
        require(!(fr & PL011_FR_TXFE) == (s->state.tx_count > 0), "TXFE");
        require(!(fr & PL011_FR_TXFF) == (s->state.tx_count < depth), "TXFF");
    }
}

static void check_interrupts(const struct world *w, const struct seen *s)
{
    static const uint32_t parts[6] = {
        PL011_INT_ALL, PL011_INT_MODEM, PL011_INT_RX,
        PL011_INT_TX,  PL011_INT_RT,    PL011_INT_ERROR,
    };
    const uint32_t receive = PL011_INT_RX | PL011_INT_RT;
    uint32_t lines = 0;
    int i;

    for (i = 0; i < 6; i++) {
        lines |= (s->mis & parts[i]) ? 1u << i : 0;
    }
    require(s->mis == (s->ris & s->imsc), "MIS is RIS & IMSC");
    require(s->lines == lines, "each output is its share of MIS");
    require(s->state.rx_count > 0 || !(s->ris & receive), "a sign of no data");
    /* C1: no data waits without a sign of it, except for a guest that
     * acknowledged it twice. */
    if (!(w->config.flags & VPL011_CFG_STRICT_INTERRUPTS) &&
        s->state.rx_count > 0 && (s->imsc & receive) &&
        !(s->state.acks & receive)) {
        require((s->mis & receive) != 0, "silent data");
    }
}

static void check_sums(const struct world *w, const struct seen *s)
{
    const struct vpl011_counters *c = &s->counters;

    require(w->written == c->tx_bytes + c->tx_dropped + c->tx_overflow +
                              c->tx_flushed + c->tx_looped + s->state.tx_count,
            "characters sent");
    require(c->rx_bytes == c->rx_read + c->rx_flushed + s->state.rx_count,
            "characters received");
    require(c->tx_dropped_oldest <= c->tx_bytes, "characters overwritten");
    require(c->bad_accesses <= c->guest_errors, "mistakes");
}

static bool receives(const struct world *w, const struct vpl011_state *s)
{
    const uint32_t on = PL011_CR_UARTEN | PL011_CR_RXE;

    if (w->config.personality == VPL011_SBSA) {
        return true;
    }
    if ((s->cr & PL011_CR_LBE) || (s->tcr & PL011_TCR_TESTFIFO)) {
        return false;
    }
    return (s->cr & on) == on ||
           (!(w->config.flags & VPL011_CFG_STRICT_ENABLES) &&
            !(s->latches & VPL011_LATCH_CR_WRITTEN));
}

static void check_refill(const struct world *w, const struct seen *s)
{
    if (w->waits && s->state.rx_count == 0 && receives(w, &s->state)) {
        require(w->refilled, "input waits, and nobody was asked to bring it");
    }
}

/* What the device saves, another one loads, saves alike, and looks alike. */
static void check_saving(struct world *w)
{
    uint8_t mine[VPL011_STATE_BLOB_MAX];
    uint8_t other[VPL011_STATE_BLOB_MAX];
    uint32_t lines = vpl011_irq_lines(w->dev);
    int size;

    enter(w);
    size = vpl011_state_save(w->dev, mine, sizeof(mine));
    leave(w, 1);
    require(size > 0 && size <= (int)sizeof(mine), "save");
    require(!vpl011_state_load(&w->twin, mine, (size_t)size), "load");
    require(vpl011_irq_lines(&w->twin) == lines, "outputs after loading");
    require(vpl011_state_save(&w->twin, other, sizeof(other)) == size &&
                memcmp(mine, other, (size_t)size) == 0,
            "save, load, save");
}

void check(struct world *w)
{
    struct seen s;

    look(w, &s);
    check_fr(w, &s);
    check_interrupts(w, &s);
    check_sums(w, &s);
    check_refill(w, &s);
    check_saving(w);
    far_end_check(w);
}
