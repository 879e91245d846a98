/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A world as a board, and runs on it from the opening of the device until it is
 * idle.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

/*
 * The operations of the device
 */

static void irq_op(void *ctx, uint32_t lines, uint32_t changed)
{
    struct world *w = ctx;

    if (!w->resumes && ((w->lines ^ lines) != changed || changed == 0)) {
        /* Not fail(): this is inside the device. account() sees it. */
        lines = ~lines;
    }
    if (lines & ~w->lines & VPL011_IRQ_UARTINTR) {
        w->edge = true;
    }
    w->lines = lines;
}

static void irq_pending_op(void *ctx, uint32_t bits)
{
    struct world *w = ctx;

    (void)bits;
    w->pending = true;
}

static void notify_op(void *ctx, uint32_t events)
{
    struct world *w = ctx;

    w->host.events |= events;
    w->cpu.result.counts.notifies++;
}

/*
 * The board
 */

/* FNV-1a */
static void observe(struct world *w, uint32_t value)
{
    w->observed = (w->observed ^ value) * 0x100000001B3u;
}

static void boundary(struct processor *p)
{
    struct world *w = (void *)p;

    outside_boundary(w);
    host_boundary(w);
    if (p->result.boundaries == w->reset_at) {
        longjmp(p->escape, ESCAPE_RESET);
    }
}

static uint32_t exit_read(struct world *w, unsigned int reg, unsigned int size)
{
    uint64_t value = 0;

    if (vpl011_mmio_read(w->dev, reg, size, &value)) {
        fail(&w->cpu, BROKEN, "a good read is refused");
    }
    return (uint32_t)value;
}

static uint32_t board_read(struct processor *p, unsigned int reg,
                           unsigned int size)
{
    struct world *w = (void *)p;
    uint32_t value;
    const bool spared = outside_read(w, reg, size, &value);

    if (!spared) {
        value = exit_read(w, reg, size);
    }
    if (reg == DR) {
        check_read_dr(w, value, size);
    }
    account(w);
    if (!spared) {
        outside_after(w);
    }
    observe(w, reg);
    observe(w, value);
    return value;
}

static void board_write(struct processor *p, unsigned int reg,
                        unsigned int size, uint32_t value)
{
    struct world *w = (void *)p;
    bool spared;

    observe(w, ~reg);
    observe(w, value);
    if (reg == DR) {
        check_write_dr(w, (uint8_t)value);
    }
    spared = outside_write(w, reg, value);
    if (!spared) {
        if (reg == DR) {
            account_dr(w, (uint8_t)value);
        }
        if (vpl011_mmio_write(w->dev, reg, size, value)) {
            fail(p, BROKEN, "a good write is refused");
        }
    }
    account(w);
    if (!spared) {
        outside_after(w);
    }
}

static bool board_interrupts(const struct processor *p)
{
    const struct world *w = (const void *)p;

    if (p->persona->traits & RISING) {
        return w->edge;
    }
    if (w->setup.edges && !(p->persona->traits & LEVELS)) {
        return w->pending;
    }
    return (w->lines & VPL011_IRQ_UARTINTR) != 0;
}

static void board_taken(struct processor *p)
{
    struct world *w = (void *)p;

    observe(w, 0xFFFF);
    w->edge = false;
    w->pending = false;
}

static bool board_when_idle(struct processor *p)
{
    struct world *w = (void *)p;
    const bool did = outside_when_idle(w);

    return host_when_idle(w) || did;
}

static const struct board board = {
    .boundary = boundary,
    .read = board_read,
    .write = board_write,
    .interrupts = board_interrupts,
    .taken = board_taken,
    .when_idle = board_when_idle,
    .wanted = streams_wanted,
    .handed = streams_handed,
};

/*
 * Runs
 */

struct world *world_new(void)
{
    static struct world world;

    return &world;
}

static size_t room_of(const struct setup *s)
{
    if (s->persona->traits & BLIND) {
        return 2048;
    }
    if (s->room) {
        return s->room;
    }
    switch (s->pace) {
    case SLOW:
        return 16;
    case STALLED:
        return 8;
    case TINY:
        return 1;
    default:
        return 2048;
    }
}

int world_device(struct world *w, struct vpl011 *dev)
{
    const struct vpl011_ops ops = {
        .ctx = w,
        .irq = irq_op,
        .irq_pending = w->setup.edges ? irq_pending_op : NULL,
        .notify = notify_op,
    };
    const int err = vpl011_init(dev, &w->setup.config, &ops);

    return err ? err : outside_join(w, dev);
}

void world_begin(struct world *w, const struct setup *setup)
{
    struct host *h = &w->host;

    /* All but the queues, which are written before they are read. */
    memset(w, 0, offsetof(struct world, host));
    memset(h, 0, offsetof(struct host, page));
    w->cpu.board = &board;
    w->setup = *setup;
    h->room = room_of(setup);
    h->random = setup->seed * 0x9E3779B97F4A7C15u + 1;
    if (setup->pace == RANDOM) {
        static const uint32_t intervals[4] = {1, 3, 10, 40};

        h->since = intervals[setup->seed % 4];
        h->polls = setup->seed / 4 % 2 != 0;
    }
    if (setup->far_end == RING && h->room < VPL011_XENCONS_OUT_SIZE) {
        h->polls = true;
    }
    if (host_has_clock(w)) {
        /* Drivers set 13, 1 or thereabouts: 115200 baud of 24 MHz. */
        w->setup.config.clock_hz = setup->pace == AT_9600 ? 2000000 : 24000000;
        w->setup.config.baud = setup->pace == AT_9600 ? 9600 : 115200;
    }
    w->outside.random = setup->seed;
    w->dev = &w->slots[0];
    memset(w->dev, 0x5A, sizeof(*w->dev));
    if (world_device(w, w->dev) || host_attach(w) ||
        (host_has_clock(w) && host_give_clock(w))) {
        w->cpu.result.outcome = BROKEN;
        snprintf(w->cpu.result.why, sizeof(w->cpu.result.why),
                 "no such device");
    }
}

/* The host finishes what it knows of, the guest answers its interrupts. */
static void come_to_rest(struct world *w)
{
    const struct vpl011_counters *c;
    const uint32_t traits = w->setup.persona->traits;
    /* U-Boot drops a character that carries the mark of an overrun. */
    const bool firmware = w->setup.config.flags & VPL011_CFG_FIRMWARE_INIT;
    const bool opening =
        (traits & DISCARDS) || ((traits & FLUSHES) && firmware);
    const bool may_discard = (traits & EATS) || w->may_discard ||
                             (w->setup.early && opening) ||
                             w->cpu.result.overruns > 0;

    processor_rest(&w->cpu);

    /* Not before: the device may have been moved. */
    c = &w->dev->counters;

    if (w->out_written != w->out_goal) {
        fail(&w->cpu, WRONG, "the guest did not send everything");
    }
    if (w->cpu.result.lost > 0 && !w->setup.may_lose) {
        fail(&w->cpu, LOST, "the device dropped output");
    }
    if (w->out_head != w->out_tail) {
        fail(&w->cpu, STALL, "the far end was not told of output that waits");
    }
    if (!(traits & SEND_ONLY) && w->in_done != w->in_total) {
        fail(&w->cpu, STALL, "the guest was not told of input that waits");
    }
    if (w->cpu.result.overruns > 0 && !w->setup.may_overrun) {
        fail(&w->cpu, LOST, "the RX FIFO overran");
    }
    if (w->cpu.result.discarded > 0 && !may_discard) {
        fail(&w->cpu, LOST, "the guest threw input away");
    }
    /* A polled guest leaves IMSC as the one before it left it. */
    if ((w->lines & VPL011_IRQ_UARTINTR) &&
        (w->setup.persona->irq || w->plays == 1)) {
        fail(&w->cpu, HIGH, "the line is high at rest");
    }
    if (c->rx_bytes != c->rx_read + c->rx_flushed + w->dev->rx_fill ||
        w->dr_writes != c->tx_bytes + c->tx_dropped + c->tx_overflow +
                            c->tx_flushed + c->tx_looped + w->dev->tx_fill) {
        fail(&w->cpu, BROKEN, "the counters do not add up");
    }
    w->cpu.result.checks++;
}

enum outcome world_play(struct world *w, const struct persona *persona,
                        bool then_close)
{
    uint8_t bytes[TRAFFIC_MAX];
    const size_t start = w->out_written;
    const size_t part = w->setup.sends / 3;
    size_t i;

    if (w->cpu.result.outcome != OK) {
        return w->cpu.result.outcome;
    }
    w->setup.persona = persona;
    w->plays++;
    processor_begin(&w->cpu, persona,
                    w->setup.config.personality == VPL011_SBSA);
    w->out_goal = start + w->setup.sends;
    for (i = 0; i < w->setup.sends; i++) {
        bytes[i] = pattern_out(start + i);
    }
    if (w->setup.early) {
        w->in_total += w->setup.receives;
    }

    switch (setjmp(w->cpu.escape)) {
    case 0:
        break;
    case ESCAPE_RESET:
        return OK;
    default:
        return w->cpu.result.outcome;
    }
    processor_open(&w->cpu);
    if (w->setup.both) {
        w->in_total += w->setup.receives;
    }
    /* In two parts: the second begins with what the first left latched. */
    if (w->setup.whole) {
        processor_send(&w->cpu, bytes, w->setup.sends);
    } else {
        processor_send(&w->cpu, bytes, part);
        processor_send(&w->cpu, bytes + part, w->setup.sends - part);
    }
    if (!w->setup.both && !w->setup.early) {
        if (w->setup.receives > 0 && w->setup.sends > 0) {
            come_to_rest(w);
        }
        w->in_total += w->setup.receives;
    }
    processor_receive(&w->cpu);
    come_to_rest(w);
    if (then_close && persona->close) {
        persona->close(&w->cpu.guest);
    }
    return w->cpu.result.outcome;
}

static void check_reset(struct world *w)
{
    uint64_t imsc;
    uint64_t ris;
    uint64_t fr;

    if (vpl011_irq_lines(w->dev)) {
        fail(&w->cpu, HIGH, "the line is high after reset");
    }
    if (vpl011_mmio_read(w->dev, IMSC, 4, &imsc) || imsc != 0 ||
        vpl011_mmio_read(w->dev, RIS, 4, &ris) || ris != 0 ||
        vpl011_mmio_read(w->dev, FR, 4, &fr) ||
        (fr & (TXFE | RXFE | BUSY | TXFF | RXFF)) != (TXFE | RXFE)) {
        fail(&w->cpu, BROKEN, "reset leaves something");
    }
}

enum outcome world_reset_at(struct world *w, uint32_t at)
{
    const struct persona *persona = w->setup.persona;
    enum outcome outcome;

    w->reset_at = at;
    outcome = world_play(w, persona, false);
    w->reset_at = 0;
    if (outcome != OK) {
        return outcome;
    }
    w->cpu.in_handler = false;
    w->may_discard = true;
    if (setjmp(w->cpu.escape)) {
        return w->cpu.result.outcome;
    }
    outside_deliver(w);
    if (vpl011_reset(w->dev)) {
        w->cpu.result.outcome = BROKEN;
        return BROKEN;
    }
    account(w);
    outside_after(w);
    check_reset(w);
    return world_play(w, persona, false);
}

enum outcome run(const struct setup *setup, struct result *result)
{
    struct world *w = world_new();

    world_begin(w, setup);
    world_play(w, setup->persona, false);
    *result = w->cpu.result;
    return result->outcome;
}
