/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Host events between any two guest accesses: at random from a printed seed,
 * and exhaustively for short runs. Nothing may be lost or doubled, no wake-up
 * missed, and every handler must end. A failure prints the command that
 * reproduces it.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

/* splitmix64: a setup out of a seed. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 33) % below;
}

/* A configuration that this guest gets on with. */
static void draw_config(uint64_t *state, const struct persona *persona,
                        struct vpl011_config *config)
{
    struct vpl011_config c;
    uint32_t count = 0;
    size_t i = 0;

    while (config_next(&i, &c)) {
        if (config_fits(persona, &c) && !exception_find(persona, &c) &&
            draw(state, ++count) == 0) {
            *config = c;
        }
    }
}

static void report(const struct setup *s, const struct result *r)
{
    case_checked(r->checks);
    check(r->outcome == OK, "%s: %s: %s", setup_line(s),
          outcome_name(r->outcome), r->why);
}

void random_setup(struct setup *s, const struct persona *persona, uint64_t seed)
{
    uint64_t state = seed;

    *s = (struct setup){.persona = persona, .pace = RANDOM, .seed = seed};
    draw_config(&state, persona, &s->config);
    s->far_end = (enum far_end)draw(&state, FAR_ENDS);
    s->room = (size_t)1 << draw(&state, 6);
    s->sends = draw(&state, draw(&state, 4) ? 24 : 120);
    if (!(persona->traits & SEND_ONLY)) {
        s->receives = draw(&state, draw(&state, 4) ? 24 : 120);
    }
    s->both = draw(&state, 4) != 0;
    s->early = draw(&state, 4) == 0;
    s->edges = draw(&state, 3) == 0;
    s->may_overrun = (s->config.flags & VPL011_CFG_UNTHROTTLED) != 0;
    s->config.on_gone = VPL011_POLICY_STALL;
    if (draw(&state, 3) == 0) {
        s->may_lose = true;
        s->config.on_gone = VPL011_POLICY_DROP_NEWEST;
        if (s->far_end != RING && draw(&state, 2) == 0) {
            s->config.on_gone = VPL011_POLICY_DROP_OLDEST;
        }
    }
}

void suite_random(const struct suite_options *options)
{
    const uint32_t count = options->count ? options->count : 400;
    struct setup s;
    struct result r;
    uint64_t accesses;
    uint32_t n;
    size_t i;

    printf("# seeds %llu to %llu\n", (unsigned long long)options->seed,
           (unsigned long long)(options->seed + count - 1));
    for (i = 0; personas[i]; i++) {
        if (options->only && options->only != personas[i]) {
            continue;
        }
        case_begin("%s under random host events", personas[i]->name);
        accesses = 0;
        for (n = 0; n < count; n++) {
            random_setup(&s, personas[i], options->seed + n);
            run(&s, &r);
            report(&s, &r);
            accesses += r.boundaries;
        }
        case_end("%u schedules, %llu accesses", count,
                 (unsigned long long)accesses);
    }
}

/*
 * Exhaustive
 */

/* The first action may also be to save the device and load it elsewhere. */
static const char actions[] = "iOs";

#define FIRST (sizeof(actions) - 1)
#define SECOND (FIRST - 1)

/*
 * All places of one action, or of two: what the host does between any two
 * accesses, and between any other two. The rest of its work it does when the
 * guest sleeps, or spins for long.
 */
static uint64_t place(struct setup *s, uint32_t depth)
{
    struct action at[2];
    struct result r;
    uint64_t schedules = 1;
    uint32_t length[2];
    size_t first;
    size_t second;

    s->actions = at;
    s->action_count = 0;
    run(s, &r);
    report(s, &r);
    length[0] = r.boundaries;
    for (first = 0; first < FIRST; first++) {
        for (at[0].at = 1; at[0].at <= length[0]; at[0].at++) {
            at[0].what = actions[first];
            s->action_count = 1;
            run(s, &r);
            report(s, &r);
            schedules++;
            length[1] = r.boundaries;
            for (second = 0; depth > 1 && second < SECOND; second++) {
                for (at[1].at = at[0].at; at[1].at <= length[1]; at[1].at++) {
                    at[1].what = actions[second];
                    s->action_count = 2;
                    run(s, &r);
                    report(s, &r);
                    schedules++;
                }
            }
        }
    }
    return schedules;
}

/* Input waits since some access of the opening, and nothing later makes the
 * host look: the device has to raise an event. */
static uint64_t wait_since(const struct persona *persona, const char *config)
{
    struct action at = {0, 'I'};
    struct setup s = {
        .persona = persona,
        .pace = SCHEDULED,
        .receives = 40,
        .early = true,
        .room = 64,
        .actions = &at,
        .action_count = 1,
    };
    struct result r = {.open_accesses = 1};

    config_parse(config, &s.config);
    if ((persona->traits & SEND_ONLY) || !config_fits(persona, &s.config) ||
        exception_find(persona, &s.config)) {
        return 0;
    }
    while (at.at < r.open_accesses + 1) {
        at.at++;
        run(&s, &r);
        report(&s, &r);
    }
    return at.at;
}

static uint64_t exhaust(const struct persona *persona, const char *config,
                        size_t chars, size_t room, uint32_t depth)
{
    struct setup s = {
        .persona = persona,
        .pace = SCHEDULED,
        .sends = chars,
        .receives = (persona->traits & SEND_ONLY) ? 0 : 2,
        .both = true,
        .room = room,
    };

    config_parse(config, &s.config);
    if (!config_fits(persona, &s.config) ||
        exception_find(persona, &s.config)) {
        return 0;
    }
    return place(&s, depth);
}

void suite_exhaustive(const struct suite_options *options)
{
    const uint32_t depth = options->depth ? options->depth : 2;
    uint64_t schedules;
    uint32_t deep;
    size_t i;

    for (i = 0; personas[i]; i++) {
        const struct persona *p = personas[i];

        if (options->only && options->only != p) {
            continue;
        }
        case_begin("%s under every short schedule", p->name);
        deep = (p->traits & BESIDE) && !options->depth ? 1 : depth;
        schedules = exhaust(p, "pl011-32+firmware+trigger-empty", 3, 2, deep);
        schedules += exhaust(p, "pl011-16+trigger-empty", 3, 1, deep);
        /* Across the trigger, and across the depth. */
        schedules += exhaust(p, "sbsa+trigger-empty", 20, 2, 1);
        schedules += exhaust(p, "pl011-16", 20, 2, 1);
        schedules += exhaust(p, "pl011-32+firmware", 36, 2, 1);
        schedules += exhaust(p, "sbsa", 36, 2, 1);
        schedules += wait_since(p, "pl011-32+trigger-empty");
        schedules += wait_since(p, "pl011-16+firmware+trigger-empty");
        schedules += wait_since(p, "sbsa+trigger-empty");
        case_end("%llu schedules", (unsigned long long)schedules);
    }
}

/*
 * Reset before each access, after which the guest boots again
 */

static uint32_t reset_everywhere(const struct persona *persona,
                                 const char *config, enum pace pace,
                                 enum far_end far_end, bool without_exits)
{
    struct world *w = world_new();
    struct setup s = {
        .persona = persona,
        .pace = pace,
        .far_end = far_end,
        .without_exits = without_exits,
        .sends = 20,
        .receives = (persona->traits & SEND_ONLY) ? 0 : 3,
        .both = true,
    };
    struct result r;
    uint32_t at;

    config_parse(config, &s.config);
    if (!config_fits(persona, &s.config) ||
        exception_find(persona, &s.config)) {
        return 0;
    }
    run(&s, &r);
    for (at = 1; at <= r.boundaries; at++) {
        world_begin(w, &s);
        world_reset_at(w, at);
        case_checked(w->cpu.result.checks);
        check(w->cpu.result.outcome == OK, "%s --reset %u: %s: %s",
              setup_line(&s), at, outcome_name(w->cpu.result.outcome),
              w->cpu.result.why);
    }
    return r.boundaries;
}

void suite_reset(const struct suite_options *options)
{
    uint32_t resets;
    size_t i;

    for (i = 0; personas[i]; i++) {
        const struct persona *p = personas[i];

        if (options->only && options->only != p) {
            continue;
        }
        case_begin("%s boots again after a reset before any access", p->name);
        resets = reset_everywhere(p, "pl011-32+firmware+trigger-empty", TINY,
                                  FIFO, false);
        resets +=
            reset_everywhere(p, "pl011-16+trigger-empty", STALLED, SINK, false);
        resets += reset_everywhere(p, "sbsa+trigger-empty", SLOW, RING, false);
        resets += reset_everywhere(p, "pl011-32+trigger-empty", IMMEDIATE, SINK,
                                   true);
        resets +=
            reset_everywhere(p, "sbsa+trigger-empty", STALLED, FIFO, true);
        case_end("%u resets", resets);
    }
}
