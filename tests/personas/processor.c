/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "processor.h"

#include <stdio.h>
#include <string.h>

/* [accesses] without a character moving. */
#define HANG_AFTER 4000u
#define ENDLESS_AFTER 600u
/* Handler calls in a row that moved nothing. */
#define STORM_AFTER 64u
/* Times that the guest slept, or the host acted, and nothing moved. */
#define NAPS 100u

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

void fail(struct processor *p, enum outcome outcome, const char *why)
{
    p->result.outcome = outcome;
    snprintf(p->result.why, sizeof(p->result.why), "%s (before access %u%s)",
             why, p->result.boundaries,
             p->in_handler ? ", in the handler" : "");
    longjmp(p->escape, ESCAPE_FAILED);
}

void give_up(struct guest *g, const char *why)
{
    fail((void *)g, REFUSED, why);
}

/*
 * Interrupts
 */

static bool is_interrupted(const struct processor *p)
{
    return !p->masked && !p->in_handler && p->bound && p->persona->irq &&
           p->board->interrupts(p);
}

static void handle(struct processor *p)
{
    uint32_t length;

    p->board->taken(p);
    p->in_handler = true;
    p->quiet = 0;
    p->handler_start = p->result.counts.accesses;
    p->result.counts.irqs++;
    if (++p->fruitless > STORM_AFTER) {
        fail(p, STORM, "interrupts without a reason");
    }
    p->persona->irq(&p->guest);
    length = p->result.counts.accesses - p->handler_start;
    if (length > p->result.counts.longest) {
        p->result.counts.longest = length;
    }
    p->in_handler = false;
    p->quiet = 0;
    p->lower_due = p->persona->lower != NULL;
}

/* Returns whether it ran. */
static bool run_lower(struct processor *p)
{
    if (!p->lower_due || p->in_lower || p->in_handler || p->masked) {
        return false;
    }
    p->lower_due = false;
    p->in_lower = true;
    p->persona->lower(&p->guest);
    p->in_lower = false;
    return true;
}

static bool deliver(struct processor *p)
{
    bool any = false;

    do {
        while (is_interrupted(p)) {
            any = true;
            handle(p);
        }
    } while (run_lower(p));
    return any;
}

void irq_off(struct guest *g)
{
    ((struct processor *)(void *)g)->masked++;
}

void irq_on(struct guest *g)
{
    struct processor *p = (void *)g;

    if (!p->bound) {
        /* At the end of init; the first unmasking binds the handler. */
        p->bound = true;
        p->masked = 1;
    }
    p->masked--;
    deliver(p);
}

/* A host that is asked again and again, and finds nothing that moves. */
static void nap(struct processor *p)
{
    if (p->idle_moved != p->moved) {
        p->idle_moved = p->moved;
        p->naps = 0;
    } else if (++p->naps > NAPS) {
        fail(p, STALL, "the host is kept busy and nothing moves");
    }
}

void idle(struct guest *g)
{
    struct processor *p = (void *)g;

    if (p->masked) {
        fail(p, WRONG, "the persona sleeps with interrupts off");
    }
    if (!deliver(p) && !p->board->when_idle(p) && !deliver(p)) {
        fail(p, STALL, "the guest waits for an interrupt that never comes");
    }
    deliver(p);
    nap(p);
}

/*
 * Accesses
 */

static void before_access(struct processor *p)
{
    p->board->boundary(p);
    deliver(p);
    p->result.counts.accesses++;
    p->quiet++;
    if (p->in_handler && p->quiet > ENDLESS_AFTER) {
        fail(p, ENDLESS, "the handler does not leave");
    }
    if (p->quiet > HANG_AFTER) {
        fail(p, HANG, "the guest polls for ever");
    }
}

uint32_t rd(struct guest *g, unsigned int reg, unsigned int size)
{
    struct processor *p = (void *)g;

    before_access(p);
    if (reg < 256) {
        p->result.counts.reads[reg / 4]++;
    }
    return p->board->read(p, reg, size);
}

void wr(struct guest *g, unsigned int reg, unsigned int size, uint32_t value)
{
    struct processor *p = (void *)g;

    before_access(p);
    if (reg < 256) {
        p->result.counts.writes[reg / 4]++;
    }
    p->board->write(p, reg, size, value);
}

size_t rx_wanted(struct guest *g)
{
    struct processor *p = (void *)g;

    return p->board->wanted(p);
}

void rx_char(struct guest *g, uint32_t c)
{
    struct processor *p = (void *)g;

    p->board->handed(p, c);
}

/*
 * A run
 */

void processor_begin(struct processor *p, const struct persona *persona,
                     bool sbsa)
{
    memset(&p->guest, 0, sizeof(p->guest));
    p->guest.sbsa = sbsa;
    p->persona = persona;
    p->bound = false;
    p->in_handler = false;
    p->masked = 0;
    p->in_lower = false;
    p->lower_due = false;
    p->fruitless = 0;
    p->board->taken(p);
}

void processor_open(struct processor *p)
{
    p->persona->init(&p->guest);
    p->bound = true;
    p->result.open_accesses = p->result.counts.accesses;
}

void processor_send(struct processor *p, const uint8_t *bytes, size_t n)
{
    if (n > 0) {
        p->persona->send(&p->guest, bytes, n);
    }
}

void processor_receive(struct processor *p)
{
    if (p->persona->recv) {
        p->persona->recv(&p->guest);
    } else {
        while (!(p->persona->traits & SEND_ONLY) && rx_wanted(&p->guest) > 0) {
            idle(&p->guest);
        }
    }
}

void processor_rest(struct processor *p)
{
    do {
        deliver(p);
        nap(p);
    } while (p->board->when_idle(p) || is_interrupted(p));
}
