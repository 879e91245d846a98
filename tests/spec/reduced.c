/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the search may leave out: it replaces each state by a representative.
 * Here random states are tried beside their representatives. The same action on
 * both must have the same effects, except for what was replaced.
 */
#include "reduced.h"

#include <stdio.h>
#include <string.h>

#include "random.h"

static bool drops_oldest(const struct spec *s)
{
    return s->config->on_stall == VPL011_POLICY_DROP_OLDEST ||
           s->config->on_gone == VPL011_POLICY_DROP_OLDEST;
}

void canonical(struct moment *m)
{
    struct vpl011 *d = &m->dev;
    struct spec *s = &m->spec;
    unsigned int i;

    memset(&d->counters, 0, sizeof(d->counters));
    memset(&s->counters, 0, sizeof(s->counters));
    d->lock_saved = 0;
    for (i = 0; i < sizeof(d->tx_fifo); i++) {
        d->tx_fifo[i] = i < d->tx_fill ? (uint8_t)(0x10 + i) : 0;
        s->tx[i] = d->tx_fifo[i];
    }
    memset(d->rx_fifo, 0, sizeof(d->rx_fifo));
    for (i = 0; i < PL011_DEPTH_MAX; i++) {
        const uint32_t errors = s->rx[i] & 0xF00u;

        s->rx[i] = i < s->rx_count ? (uint16_t)(errors | (0x80 + i)) : 0;
        if (i < s->rx_count) {
            d->rx_fifo[s->rx_count - 1 - i] = s->rx[i];
        }
    }
    /* Without DROP_OLDEST it does not matter how many could be dropped. */
    if (!drops_oldest(s)) {
        m->far.held = 0;
    }
    /* Nobody is shown TXFF for a load. */
    if (!(s->config->flags & VPL011_CFG_TXFF_ONCE_PER_LOAD)) {
        d->tx_load = s->load = 0;
    }
}

/* Fills that are at no end: one of them for all. */
static unsigned int middle(unsigned int fill, unsigned int above,
                           unsigned int below)
{
    return fill > above + 1 && fill + 2 < below && above + 4 < below ? above + 2
                                                                     : fill;
}

/* Registers that only store, reserved codes of IFLS, and the fills between. */
static void reduce(struct moment *m)
{
    struct vpl011 *d = &m->dev;
    struct spec *s = &m->spec;
    const unsigned int depth = spec_depth(s);
    const bool sbsa = d->personality == VPL011_SBSA;
    unsigned int fill;

    if (!sbsa) {
        d->ilpr = s->ilpr = 0;
        d->itop = s->itop = 0;
        d->itip = s->itip = 0;
        d->tcr = s->tcr &= PL011_TCR_TESTFIFO;
        s->cr &= (uint16_t) ~(PL011_CR_SIREN | PL011_CR_SIRLP);
        d->cr = s->cr;
        if ((s->ifls & 7) > 4) {
            s->ifls = (uint16_t)((s->ifls & 0x38) | 4);
        }
        if (s->ifls >> 3 > 4) {
            s->ifls = (uint16_t)((s->ifls & 7) | 4 << 3);
        }
        d->ifls = s->ifls;
    }
    d->dmacr = s->dmacr = 0;
    /* How many are sent decides how many overrun in loopback, and how many the
     * far end is to drop. */
    if (!drops_oldest(s) && (m->far.room == 0 || m->far.room == FAR_ENDLESS) &&
        (sbsa || !(s->cr & PL011_CR_LBE))) {
        fill = middle(s->tx_count, spec_tx_trigger(s), depth);
        fill = middle(fill, depth, spec_store(s));
        d->tx_fill = s->tx_count = (uint8_t)fill;
    }
    if (s->burst > 0 && s->burst < 20) {
        d->rx_burst = s->burst = 1;
    }
    canonical(m);
}

/* No action of several steps, none that reads what was replaced, and not IFLS,
 * which decides what lies between. */
static bool is_one(const struct action *a)
{
    switch (a->kind) {
    case FILL:
    case RISE:
    case GET:
    case FEED:
    case SWEEP:
    case SEND:
    case RELOAD:
        return false;
    case WRITE:
    case FLIP:
        return a->offset != PL011_UARTIFLS;
    case READ:
        switch (a->offset) {
        case PL011_UARTDR:
        case PL011_UARTRSR:
        case PL011_UARTFR:
        case PL011_UARTRIS:
        case PL011_UARTMIS:
        case PL011_UARTIMSC:
        case PL011_UARTLCR_H:
            return true;
        default:
            return a->offset > PL011_UARTTDR;
        }
    default:
        return true;
    }
}

static bool same_calls(const struct world *a, const struct world *b)
{
    unsigned int i;

    if (a->count != b->count) {
        return false;
    }
    for (i = 0; i < a->count && i < CALLS_MAX; i++) {
        const struct call *x = &a->calls[i];
        const struct call *y = &b->calls[i];

        if (x->kind != y->kind ||
            (x->kind != CALL_WRITE && x->kind != CALL_TRACE &&
             x->kind != CALL_DROP && memcmp(x, y, sizeof(*x)) != 0)) {
            return false;
        }
    }
    return true;
}

/* Bytes that a guest reads are those that were replaced. */
static uint64_t without_data(const struct action *a, uint64_t value)
{
    return a->kind == READ && a->offset == PL011_UARTDR ? value & ~0xFFull
                                                        : value;
}

static bool same_bytes(const char *what, const void *a, const void *b,
                       size_t size)
{
    const uint8_t *const x = a;
    const uint8_t *const y = b;
    size_t i;

    for (i = 0; i < size; i++) {
        if (x[i] != y[i]) {
            printf("# byte %zu of %s: %02X, of the representative %02X\n", i,
                   what, x[i], y[i]);
            return false;
        }
    }
    return true;
}

static bool same_after(const struct pair *p, const struct pair *q,
                       const struct action *a, bool *compared)
{
    static struct moment x;
    static struct moment y;

    if (p->result != q->result ||
        without_data(a, p->value) != without_data(a, q->value) ||
        !same_calls(&p->world[0], &q->world[0])) {
        return false;
    }
    pair_save(p, &x);
    pair_save(q, &y);
    reduce(&x);
    reduce(&y);
    *compared = x.spec.tx_count == y.spec.tx_count &&
                x.spec.burst == y.spec.burst && x.spec.load == y.spec.load;
    /* Each has a world of its own, to which its ops and backend lead. */
    y.dev.ops = x.dev.ops;
    y.dev.backend.ctx = x.dev.backend.ctx;
    y.spec.ops = x.spec.ops;
    y.spec.backend = x.spec.backend;
    return !*compared ||
           (same_bytes("the device", &x.dev, &y.dev, sizeof(x.dev)) &&
            same_bytes("the specification", &x.spec, &y.spec, sizeof(x.spec)));
}

static const struct vpl011_backend *other(const struct pair *p,
                                          const struct pair *q,
                                          const struct vpl011_backend *b)
{
    return !b                          ? NULL
           : b == &p->world[1].backend ? &q->world[1].backend
                                       : &q->world[1].plain;
}

/* q becomes the representative of p. */
static void represent(const struct pair *p, struct pair *q)
{
    static struct moment m;

    pair_save(p, &m);
    reduce(&m);
    m.dev.ops = q->world[0].ops;
    if (m.dev.backend.ctx) {
        m.dev.backend.ctx = &q->world[0];
    }
    m.spec.ops = &q->world[1].ops;
    m.spec.backend = other(p, q, m.spec.backend);
    pair_restore(q, &m);
}

bool reduced_run(uint64_t seed, uint64_t steps)
{
    static struct pair p;
    static struct pair q;
    uint64_t r = seed;
    uint64_t done = 0;
    uint64_t all = 0;
    unsigned int walk;
    unsigned int i;
    bool compared = false;

    while (done < steps) {
        for (i = 0; i < setup_count; i++) {
            pair_init(&p, &setups[i]);
            pair_init(&q, &setups[i]);
            for (walk = 0; walk < 400; walk++) {
                const struct action a =
                    walk ? random_action(&r) : (struct action){ATTACH, 0, 0, 1};

                represent(&p, &q);
                if (!is_one(&a) || (a.offset == PL011_UARTCR &&
                                    p.spec.tx_count != q.spec.tx_count)) {
                    if (!pair_do(&p, &a)) {
                        return false;
                    }
                    continue;
                }
                if (!pair_do(&p, &a) || !pair_do(&q, &a)) {
                    printf("# %s: %s%s\n", setups[i].name, p.wrong, q.wrong);
                    return false;
                }
                if (!same_after(&p, &q, &a, &compared)) {
                    printf("# %s: by action %u, register %03llX, value %llX, "
                           "%u and %u queued\n",
                           setups[i].name, a.kind, (unsigned long long)a.offset,
                           (unsigned long long)a.value, p.spec.tx_count,
                           q.spec.tx_count);
                    return false;
                }
                done += compared;
                all++;
            }
        }
    }
    printf("# %llu states, and %llu that left what they stood for\n",
           (unsigned long long)done, (unsigned long long)(all - done));
    return true;
}
