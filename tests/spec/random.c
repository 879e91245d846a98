/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "random.h"

#include <stdio.h>
#include <string.h>

#define WALK 600u /* actions from one init */

uint64_t random_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9E3779B97F4A7C15u);

    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

static unsigned int below(uint64_t *state, unsigned int n)
{
    return (unsigned int)(random_next(state) >> 32) % n;
}

static uint64_t any_offset(uint64_t *r)
{
    static const uint16_t registers[] = {
        0x000, 0x004, 0x018, 0x020, 0x024, 0x028, 0x02C, 0x030, 0x034,
        0x038, 0x03C, 0x040, 0x044, 0x048, 0x080, 0x084, 0x088, 0x08C,
    };
    static const uint16_t busy[] = {0x000, 0x000, 0x018, 0x02C, 0x030, 0x038,
                                    0x03C, 0x040, 0x044, 0x080, 0x08C, 0x034};

    switch (below(r, 16)) {
    case 0:
        return random_next(r) & 0xFFF; /* anywhere, mostly misaligned */
    case 1:
        return below(r, 0x400) * 4u;
    case 2:
        return 0xFD0 + 4u * below(r, 12);
    case 3:
        return below(r, 8) ? registers[below(r, 18)]
                           : random_next(r) >> below(r, 64);
    case 4:
    case 5:
        return registers[below(r, 18)];
    default:
        return busy[below(r, 12)];
    }
}

static uint8_t any_size(uint64_t *r)
{
    static const uint8_t sizes[] = {4, 4, 4, 4, 2, 2, 1, 1};

    return below(r, 64) ? sizes[below(r, 8)] : (uint8_t)below(r, 17);
}

/* One or two bits, or many. */
static uint32_t any_bits(uint64_t *r)
{
    uint32_t bit;

    switch (below(r, 4)) {
    case 0:
        return (uint32_t)random_next(r);
    case 1:
        bit = 1u << below(r, 16);
        return bit | 1u << below(r, 16);
    default:
        return 1u << below(r, 16);
    }
}

static struct action access(uint64_t *r)
{
    struct action a = {READ, any_size(r), any_offset(r), 0};

    if (below(r, 5) < 2) {
        return a;
    }
    a.kind = WRITE;
    a.value = random_next(r) >> below(r, 60);
    if (a.offset == PL011_UARTIBRD && below(r, 2)) {
        a.value = 0xFFFF - below(r, 2); /* the longest divisors */
    }
    if ((a.offset == PL011_UARTLCR_H || a.offset == PL011_UARTCR ||
         a.offset == PL011_UARTIMSC || a.offset == PL011_UARTTCR ||
         a.offset == PL011_UARTIFLS) &&
        (a.size == 1 || a.size == 2 || a.size == 4) && below(r, 8)) {
        a.kind = FLIP;
        a.value = below(r, 16) ? any_bits(r) : 0;
        /* Ways to be silent are many; most of a walk is not to be spent so. */
        if (a.offset == PL011_UARTTCR && below(r, 3)) {
            a.value &= ~(uint64_t)PL011_TCR_TESTFIFO;
        }
    }
    return a;
}

/* The usual life of a UART: it is on, and characters come and go. */
static struct action traffic(uint64_t *r)
{
    switch (below(r, 12)) {
    case 10:
        return (struct action){RISE, 0, 0, below(r, 2)};
    case 11:
        return (struct action){GET, 0, 0, below(r, 2)};
    case 0:
        return (struct action){WRITE, 2, PL011_UARTCR,
                               0x301 | (random_next(r) & 0xFC00)};
    case 1:
        return (struct action){WRITE, 4, PL011_UARTIMSC,
                               random_next(r) & 0x7F0};
    case 2:
        return (struct action){WRITE, 4, PL011_UARTICR, random_next(r) & 0x7FF};
    case 3:
        return (struct action){AVAIL, 0, 0, 0};
    case 4:
        return (struct action){INPUT, below(r, 4) == 0, 0, below(r, 100)};
    case 5:
        return (struct action){ROOM, 0, 0,
                               below(r, 3) ? FAR_ENDLESS : below(r, 80)};
    case 6:
        return (struct action){FILL, 0, 0, below(r, 66)};
    case 7:
        return (struct action){FEED, 0, 0, 1u + below(r, 64)};
    case 8:
        return (struct action){READ, any_size(r), PL011_UARTDR, 0};
    default:
        return (struct action){WRITE, any_size(r), PL011_UARTDR,
                               random_next(r)};
    }
}

static struct action host(uint64_t *r)
{
    switch (below(r, 24)) {
    case 0:
        return (struct action){TICK, 0, 0, 0};
    case 1:
        return (struct action){REMIND, 0, 0, 0};
    case 2:
        return (struct action){PAUSE, 0, 0, 0};
    case 3:
    case 4:
    case 5:
        return (struct action){RESUME, 0, 0, 0};
    case 6:
        return below(r, 4) ? (struct action){EVENTS, 0, 0, 0}
                           : (struct action){RESET, 0, 0, 0};
    case 7:
        return (struct action){ATTACH, 0, 0, below(r, 3)};
    case 8:
        return (struct action){ATTACH, 0, 0, 1};
    case 9:
        return (struct action){CLOCK, 0, 0,
                               below(r, 2) ? 24000000 : random_next(r) >> 36};
    case 10:
        return (struct action){PINS, 0, 0,
                               random_next(r) & (below(r, 9) ? 0x107 : 0xFFFF)};
    case 11:
        return (struct action){PINS, 0, 0, 0x7};
    case 12:
        return (struct action){RELOAD, 0, 0, 0};
    case 13:
        return (struct action){FAR, 0, 0, 1u << below(r, 10)};
    case 14:
    case 15:
    case 16:
        return (struct action){PUSH, (uint8_t)below(r, 40), 0,
                               random_next(r) & (below(r, 2)    ? 0xFF
                                                 : below(r, 20) ? 0x7FF
                                                                : 0xFFFF)};
    case 17:
        return (struct action){EVENTS, 0, 0, 0};
    default:
        return traffic(r);
    }
}

struct action random_action(uint64_t *r)
{
    switch (below(r, 5)) {
    case 0:
        return host(r);
    case 1:
        return traffic(r);
    default:
        return access(r);
    }
}

/*
 * Shortest traces
 */

static bool differs(const struct setup *setup, const struct action *list,
                    unsigned int count, unsigned int *at)
{
    static struct pair p;
    unsigned int i;

    pair_init(&p, setup);
    for (i = 0; i < count; i++) {
        if (!pair_do(&p, &list[i])) {
            *at = i + 1;
            return true;
        }
    }
    return false;
}

static bool is_same(const struct action *a, const struct action *b)
{
    return a->kind == b->kind && a->size == b->size && a->offset == b->offset &&
           a->value == b->value;
}

/* The same as something simpler. */
static bool simpler(struct action *a, unsigned int how)
{
    static const uint64_t values[] = {0, 1, 2, 0x10, 0x20, 0x40, 0x50, 0x301};

    switch (how) {
    case 0:
        *a = (struct action){READ, 4, PL011_UARTMIS, 0};
        return true;
    case 1:
        a->size = a->size ? 4 : 0;
        return a->kind == READ || a->kind == WRITE || a->kind == FLIP;
    case 2:
        a->size = 1;
        return a->kind == PUSH;
    default:
        if (how - 3 < sizeof(values) / sizeof(values[0])) {
            a->value = values[how - 3];
            return a->kind != READ;
        }
        a->value &= ~(1ull << (how - 11));
        return a->kind == WRITE || a->kind == FLIP;
    }
}

unsigned int shorten(const struct setup *setup, struct action *list,
                     unsigned int count)
{
    static struct action shorter[4096];
    unsigned int part = count / 2 + 1;
    unsigned int at = count;
    unsigned int i;
    unsigned int how;
    bool again = true;

    while (again) {
        again = false;
        for (part = count / 2 + 1; part > 0; part /= 2) {
            for (i = 0; i + part <= count;) {
                memcpy(shorter, list, i * sizeof(*list));
                memcpy(shorter + i, list + i + part,
                       (count - i - part) * sizeof(*list));
                if (differs(setup, shorter, count - part, &at)) {
                    count = at;
                    memcpy(list, shorter, count * sizeof(*list));
                    again = true;
                } else {
                    i += part;
                }
            }
        }
        for (i = 0; i < count; i++) {
            for (how = 0; how < 11 + 32; how++) {
                memcpy(shorter, list, count * sizeof(*list));
                if (simpler(&shorter[i], how) &&
                    !is_same(&shorter[i], &list[i]) &&
                    shorter[i].value <= list[i].value &&
                    (how > 0 || list[i].kind != READ) &&
                    differs(setup, shorter, count, &at) && at == count) {
                    list[i] = shorter[i];
                    again = true;
                }
            }
        }
    }
    return count;
}

void retell(const struct setup *setup, const struct action *list,
            unsigned int count)
{
    static struct pair p;
    unsigned int i;

    printf("#    %s:\n", setup->name);
    pair_init(&p, setup);
    p.tells = true;
    for (i = 0; i < count && pair_do(&p, &list[i]); i++) {
    }
    fflush(stdout);
}

/*
 * Walks
 */

static bool walk(const struct setup *setup, uint64_t *r, uint64_t *done)
{
    static struct pair p;
    static struct action list[WALK];
    unsigned int i;

    pair_init(&p, setup);
    for (i = 0; i < WALK; i++) {
        list[i] = i == 0 ? (struct action){ATTACH, 0, 0, 1} : random_action(r);
        if (!pair_do(&p, &list[i])) {
            retell(setup, list, shorten(setup, list, i + 1));
            return false;
        }
    }
    *done += p.steps;
    return true;
}

bool random_run(uint64_t seed, uint64_t steps, const char *setup_name)
{
    uint64_t r = seed;
    uint64_t done = 0;
    unsigned int i;
    bool some = false;

    do {
        for (i = 0; i < setup_count; i++) {
            if (setup_name && strcmp(setup_name, setups[i].name) != 0) {
                continue;
            }
            some = true;
            if (!walk(&setups[i], &r, &done)) {
                return false;
            }
        }
    } while (some && done < steps);
    printf("# %llu steps\n", (unsigned long long)done);
    return some;
}
