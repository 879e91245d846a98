/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Tests of the tests: guests that misbehave on purpose, each with the outcome
 * that must be reported.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

static void init(struct guest *g)
{
    w4(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    w4(g, IMSC, RX | RT);
    irq_on(g);
}

static void init_masked(struct guest *g)
{
    w4(g, LCR_H, 0x70);
    w4(g, CR, 0x301);
    irq_on(g);
}

static void send(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        while (r4(g, FR) & TXFF) {
        }
        w4(g, DR, tx_next(g));
    }
}

static void irq(struct guest *g)
{
    while (!(r4(g, FR) & RXFE)) {
        rx_char(g, r4(g, DR));
    }
}

static void irq_endless(struct guest *g)
{
    while (r4(g, MIS)) {
    }
}

static void irq_idle(struct guest *g)
{
    r4(g, MIS);
}

static void irq_throws_away(struct guest *g)
{
    while (!(r4(g, FR) & RXFE)) {
        r4(g, DR);
    }
}

static void irq_twice(struct guest *g)
{
    uint32_t c = r4(g, DR);

    rx_char(g, c);
    rx_char(g, c);
}

static void irq_alters(struct guest *g)
{
    rx_char(g, r4(g, DR) ^ 0x80);
}

static void recv_polls(struct guest *g)
{
    irq_off(g);
    while (!(r4(g, FR) & RXFF)) {
    }
}

static void send_short(struct guest *g, const uint8_t *bytes, size_t n)
{
    send(g, bytes, n - 1);
}

static void send_twice(struct guest *g, const uint8_t *bytes, size_t n)
{
    send(g, bytes, n);
    send(g, bytes + n - 1, 1);
}

static void send_blind(struct guest *g, const uint8_t *bytes, size_t n)
{
    tx_queue(g, bytes, n);
    while (g->tx_left > 0) {
        w4(g, DR, tx_next(g));
    }
}

static void send_leaves_high(struct guest *g, const uint8_t *bytes, size_t n)
{
    send(g, bytes, n);
    irq_off(g);
    w4(g, IMSC, TX);
}

static void send_sleeps(struct guest *g, const uint8_t *bytes, size_t n)
{
    send(g, bytes, n);
    idle(g);
    idle(g);
    idle(g);
    idle(g);
}

static void init_gives_up(struct guest *g)
{
    give_up(g, "does not like it");
}

#define GUEST(NAME, INIT, SEND, RECV, IRQ) \
    { \
        .name = NAME, .traits = ON_PL011, .init = INIT, .send = SEND, \
        .recv = RECV, .irq = IRQ \
    }

static const struct {
    struct persona persona;
    enum outcome outcome;
} rows[] = {
    {GUEST("a guest without a fault", init, send, NULL, irq), OK},
    {GUEST("a handler without an end", init, send, NULL, irq_endless), ENDLESS},
    {GUEST("a handler that does nothing", init, send, NULL, irq_idle), STORM},
    {GUEST("a handler that throws away", init, send, NULL, irq_throws_away),
     LOST},
    {GUEST("a handler that doubles", init, send, NULL, irq_twice), WRONG},
    {GUEST("a handler that alters", init, send, NULL, irq_alters), WRONG},
    {GUEST("a masked receiver", init_masked, send, NULL, irq), STALL},
    {GUEST("a poll for what never comes", init, send, recv_polls, irq), HANG},
    {GUEST("a sender that stops early", init, send_short, NULL, irq), WRONG},
    {GUEST("a sender that doubles", init, send_twice, NULL, irq), WRONG},
    {GUEST("a sender that does not look", init, send_blind, NULL, irq), LOST},
    {GUEST("a sender that leaves TX up", init, send_leaves_high, NULL, irq),
     HIGH},
    {GUEST("a sender that sleeps for nothing", init_masked, send_sleeps, NULL,
           irq),
     STALL},
    {GUEST("a driver that gives up", init_gives_up, send, NULL, irq), REFUSED},
};

void suite_self(const struct suite_options *options)
{
    struct setup s = {
        .pace = STALLED,
        .sends = 100,
        .receives = 2,
    };
    struct result r;
    size_t i;

    (void)options;
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        s.persona = &rows[i].persona;
        case_begin("%s is found", rows[i].persona.name);
        run(&s, &r);
        check(r.outcome == rows[i].outcome, "%s: %s, expected %s",
              outcome_name(r.outcome), r.why, outcome_name(rows[i].outcome));
        case_end("%s", outcome_name(r.outcome));
    }
}

void suite_nothing(const struct suite_options *options)
{
    (void)options;
    case_begin("a case that checks nothing");
    case_end("must fail");
}
