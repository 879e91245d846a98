/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The guest's side of a world: accesses, interrupts, and runs from the opening
 * of the device until it is idle.
 */
#include "world.h"

#include <stdio.h>
#include <string.h>

/* [accesses] without a character moving. */
#define HANG_AFTER 4000u
#define ENDLESS_AFTER 600u
/* Handler calls in a row that moved nothing. */
#define STORM_AFTER 64u
/* Times that the guest slept, or the host acted, and nothing moved. */
#define NAPS 100u

/* What a run is left with, beside the ordinary return. */
#define ESCAPE_FAILED 1
#define ESCAPE_RESET 2

const char *outcome_name(enum outcome outcome)
{
    static const char *const names[] = {
        [OK] = "ok",           [REFUSED] = "refused", [LOST] = "lost",
        [WRONG] = "wrong",     [HANG] = "hang",       [STALL] = "stall",
        [ENDLESS] = "endless", [STORM] = "storm",     [HIGH] = "line high",
        [BROKEN] = "broken",
    };

    return names[outcome];
}

void fail(struct world *w, enum outcome outcome, const char *why)
{
    w->result.outcome = outcome;
    snprintf(w->result.why, sizeof(w->result.why), "%s (before access %u%s)",
             why, w->result.boundaries,
             w->in_handler ? ", in the handler" : "");
    longjmp(w->escape, ESCAPE_FAILED);
}

void give_up(struct guest *g, const char *why)
{
    fail((void *)g, REFUSED, why);
}

/*
 * Interrupts
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
    w->result.counts.notifies++;
}

static bool is_interrupted(const struct world *w)
{
    if (w->masked || w->in_handler || !w->bound || !w->setup.persona->irq) {
        return false;
    }
    if (w->setup.persona->traits & RISING) {
        return w->edge;
    }
    if (w->setup.edges && !(w->setup.persona->traits & LEVELS)) {
        return w->pending;
    }
    return (w->lines & VPL011_IRQ_UARTINTR) != 0;
}

static void handle(struct world *w)
{
    uint32_t length;

    w->edge = false;
    w->pending = false;
    w->in_handler = true;
    w->quiet = 0;
    w->handler_start = w->result.counts.accesses;
    w->result.counts.irqs++;
    if (++w->fruitless > STORM_AFTER) {
        fail(w, STORM, "interrupts without a reason");
    }
    w->setup.persona->irq(&w->guest);
    length = w->result.counts.accesses - w->handler_start;
    if (length > w->result.counts.longest) {
        w->result.counts.longest = length;
    }
    w->in_handler = false;
    w->quiet = 0;
    w->lower_due = w->setup.persona->lower != NULL;
}

/* Returns whether it ran. */
static bool run_lower(struct world *w)
{
    if (!w->lower_due || w->in_lower || w->in_handler || w->masked) {
        return false;
    }
    w->lower_due = false;
    w->in_lower = true;
    w->setup.persona->lower(&w->guest);
    w->in_lower = false;
    return true;
}

static bool deliver(struct world *w)
{
    bool any = false;

    do {
        while (is_interrupted(w)) {
            any = true;
            handle(w);
        }
    } while (run_lower(w));
    return any;
}

void irq_off(struct guest *g)
{
    ((struct world *)(void *)g)->masked++;
}

void irq_on(struct guest *g)
{
    struct world *w = (void *)g;

    if (!w->bound) {
        /* At the end of init; the first unmasking binds the handler. */
        w->bound = true;
        w->masked = 1;
    }
    w->masked--;
    deliver(w);
}

/* A host that is asked again and again, and finds nothing that moves. */
static void nap(struct world *w)
{
    if (w->idle_moved != w->moved) {
        w->idle_moved = w->moved;
        w->naps = 0;
    } else if (++w->naps > NAPS) {
        fail(w, STALL, "the host is kept busy and nothing moves");
    }
}

void idle(struct guest *g)
{
    struct world *w = (void *)g;

    if (w->masked) {
        fail(w, WRONG, "the persona sleeps with interrupts off");
    }
    if (!deliver(w) && !host_when_idle(w) && !deliver(w)) {
        fail(w, STALL, "the guest waits for an interrupt that never comes");
    }
    deliver(w);
    nap(w);
}

/*
 * Accesses
 */

static void before_access(struct world *w)
{
    host_boundary(w);
    if (w->result.boundaries == w->reset_at) {
        longjmp(w->escape, ESCAPE_RESET);
    }
    deliver(w);
    w->result.counts.accesses++;
    w->quiet++;
    if (w->in_handler && w->quiet > ENDLESS_AFTER) {
        fail(w, ENDLESS, "the handler does not leave");
    }
    if (w->quiet > HANG_AFTER) {
        fail(w, HANG, "the guest polls for ever");
    }
}

uint32_t rd(struct guest *g, unsigned int reg, unsigned int size)
{
    struct world *w = (void *)g;
    uint64_t value = 0;

    before_access(w);
    if (reg < 256) {
        w->result.counts.reads[reg / 4]++;
    }
    if (vpl011_mmio_read(w->dev, reg, size, &value)) {
        fail(w, BROKEN, "a good read is refused");
    }
    if (reg == DR) {
        check_read_dr(w, (uint32_t)value, size);
    }
    account(w);
    return (uint32_t)value;
}

void wr(struct guest *g, unsigned int reg, unsigned int size, uint32_t value)
{
    struct world *w = (void *)g;

    before_access(w);
    if (reg < 256) {
        w->result.counts.writes[reg / 4]++;
    }
    if (reg == DR) {
        check_write_dr(w, (uint8_t)value);
    }
    if (vpl011_mmio_write(w->dev, reg, size, value)) {
        fail(w, BROKEN, "a good write is refused");
    }
    account(w);
}

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

    return vpl011_init(dev, &w->setup.config, &ops);
}

void world_begin(struct world *w, const struct setup *setup)
{
    struct host *h = &w->host;

    /* All but the queues, which are written before they are read. */
    memset(w, 0, offsetof(struct world, host));
    memset(h, 0, offsetof(struct host, page));
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
    w->dev = &w->slots[0];
    memset(w->dev, 0x5A, sizeof(*w->dev));
    if (world_device(w, w->dev) || host_attach(w)) {
        w->result.outcome = BROKEN;
        snprintf(w->result.why, sizeof(w->result.why), "no such device");
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
                             w->result.overruns > 0;

    do {
        deliver(w);
        nap(w);
    } while (host_when_idle(w) || is_interrupted(w));

    /* Not before: the device may have been moved. */
    c = &w->dev->counters;

    if (w->out_written != w->out_goal) {
        fail(w, WRONG, "the guest did not send everything");
    }
    if (w->result.lost > 0 && !w->setup.may_lose) {
        fail(w, LOST, "the device dropped output");
    }
    if (w->out_head != w->out_tail) {
        fail(w, STALL, "the far end was not told of output that waits");
    }
    if (!(traits & SEND_ONLY) && w->in_done != w->in_total) {
        fail(w, STALL, "the guest was not told of input that waits");
    }
    if (w->result.overruns > 0 && !w->setup.may_overrun) {
        fail(w, LOST, "the RX FIFO overran");
    }
    if (w->result.discarded > 0 && !may_discard) {
        fail(w, LOST, "the guest threw input away");
    }
    /* A polled guest leaves IMSC as the one before it left it. */
    if ((w->lines & VPL011_IRQ_UARTINTR) &&
        (w->setup.persona->irq || w->plays == 1)) {
        fail(w, HIGH, "the line is high at rest");
    }
    if (c->rx_bytes != c->rx_read + c->rx_flushed + w->dev->rx_fill ||
        w->dr_writes != c->tx_bytes + c->tx_dropped + c->tx_overflow +
                            c->tx_flushed + c->tx_looped + w->dev->tx_fill) {
        fail(w, BROKEN, "the counters do not add up");
    }
    w->result.checks++;
}

static void send(struct world *w, const uint8_t *bytes, size_t n)
{
    if (n > 0) {
        w->setup.persona->send(&w->guest, bytes, n);
    }
}

enum outcome world_play(struct world *w, const struct persona *persona,
                        bool then_close)
{
    uint8_t bytes[TRAFFIC_MAX];
    const size_t start = w->out_written;
    const size_t part = w->setup.sends / 3;
    size_t i;

    if (w->result.outcome != OK) {
        return w->result.outcome;
    }
    w->setup.persona = persona;
    w->plays++;
    memset(&w->guest, 0, sizeof(w->guest));
    w->guest.sbsa = w->setup.config.personality == VPL011_SBSA;
    w->bound = false;
    w->in_handler = false;
    w->masked = 0;
    w->in_lower = false;
    w->lower_due = false;
    w->edge = false;
    w->pending = false;
    w->fruitless = 0;
    w->out_goal = start + w->setup.sends;
    for (i = 0; i < w->setup.sends; i++) {
        bytes[i] = pattern_out(start + i);
    }
    if (w->setup.early) {
        w->in_total += w->setup.receives;
    }

    switch (setjmp(w->escape)) {
    case 0:
        break;
    case ESCAPE_RESET:
        return OK;
    default:
        return w->result.outcome;
    }
    persona->init(&w->guest);
    w->bound = true;
    w->result.open_accesses = w->result.counts.accesses;
    if (w->setup.both) {
        w->in_total += w->setup.receives;
    }
    /* In two parts: the second begins with what the first left latched. */
    if (w->setup.whole) {
        send(w, bytes, w->setup.sends);
    } else {
        send(w, bytes, part);
        send(w, bytes + part, w->setup.sends - part);
    }
    if (!w->setup.both && !w->setup.early) {
        if (w->setup.receives > 0 && w->setup.sends > 0) {
            come_to_rest(w);
        }
        w->in_total += w->setup.receives;
    }
    if (persona->recv) {
        persona->recv(&w->guest);
    } else {
        while (!(persona->traits & SEND_ONLY) && rx_wanted(&w->guest) > 0) {
            idle(&w->guest);
        }
    }
    come_to_rest(w);
    if (then_close && persona->close) {
        persona->close(&w->guest);
    }
    return w->result.outcome;
}

static void check_reset(struct world *w)
{
    uint64_t imsc;
    uint64_t ris;
    uint64_t fr;

    if (vpl011_irq_lines(w->dev)) {
        fail(w, HIGH, "the line is high after reset");
    }
    if (vpl011_mmio_read(w->dev, IMSC, 4, &imsc) || imsc != 0 ||
        vpl011_mmio_read(w->dev, RIS, 4, &ris) || ris != 0 ||
        vpl011_mmio_read(w->dev, FR, 4, &fr) ||
        (fr & (TXFE | RXFE | BUSY | TXFF | RXFF)) != (TXFE | RXFE)) {
        fail(w, BROKEN, "reset leaves something");
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
    w->in_handler = false;
    w->may_discard = true;
    if (vpl011_reset(w->dev)) {
        w->result.outcome = BROKEN;
        return BROKEN;
    }
    if (setjmp(w->escape)) {
        return w->result.outcome;
    }
    account(w);
    check_reset(w);
    return world_play(w, persona, false);
}

enum outcome run(const struct setup *setup, struct result *result)
{
    struct world *w = world_new();

    world_begin(w, setup);
    world_play(w, setup->persona, false);
    *result = w->result;
    return result->outcome;
}
