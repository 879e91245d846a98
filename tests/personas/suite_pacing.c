/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Input at every pace of the host: the drivers whose receive ring can fill up
 * get all of it in order, whether the host answers at once, later, or by its
 * clock alone. And what was typed before a guest programmed the device arrives
 * complete.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

#include <string.h>

/* [accesses] up to which the host's answer is tried at each. */
#define SLOWEST 16u
/* A host without a timer answers no earlier. */
#define WITHOUT_TICK 8u

static uint32_t draw(uint64_t *state, uint32_t below)
{
    uint64_t z = *state += 0x9E3779B97F4A7C15u;

    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
    z = (z ^ z >> 27) * 0x94D049BB133111EBu;
    return (uint32_t)((z ^ z >> 31) >> 33) % below;
}

static void draw_setup(struct setup *s, uint64_t seed)
{
    static const char *const configs[] = {
        "pl011-32",
        "pl011-16",
        "pl011-32+firmware",
        "pl011-32+id-16",
        "pl011-32+trigger-empty",
        "pl011-32+txff-once",
        "sbsa",
        "sbsa+trigger-empty+txff-once+store",
    };
    uint64_t state = seed;

    do {
        config_parse(configs[draw(&state, sizeof(configs) / sizeof(*configs))],
                     &s->config);
    } while (!config_fits(s->persona, &s->config) ||
             exception_find(s->persona, &s->config));
    s->config.on_gone = VPL011_POLICY_STALL;
    s->seed = seed;
    s->far_end = (enum far_end)draw(&state, FAR_ENDS);
    s->receives = 300 + draw(&state, 701);
    s->sends = draw(&state, 2) ? draw(&state, 300) : 0;
    s->both = draw(&state, 2) != 0;
    s->early = draw(&state, 4) == 0;
    s->edges = draw(&state, 4) == 0;
    s->room = draw(&state, 2) ? (size_t)1 << draw(&state, 12) : 0;
}

/* Returns how many were run. */
static uint32_t run_pace(struct setup *s, const struct suite_options *options,
                         bool timer)
{
    const uint32_t count = options->count ? options->count : 20;
    struct result r;
    uint32_t n;

    for (n = 0; n < count; n++) {
        draw_setup(s, options->seed + n);
        if (!timer) {
            /* Nor does it bring more while the guest has not made so many
             * accesses: there is room for all of it from the beginning. */
            s->config.flags |= VPL011_CFG_NO_TICK;
            s->room = 0;
        }
        run(s, &r);
        case_checked(r.checks);
        check(r.outcome == OK, "%s: %s: %s", setup_line(s),
              outcome_name(r.outcome), r.why);
    }
    return n;
}

static void pace_all(const struct persona *persona,
                     const struct suite_options *options)
{
    struct setup s = {.persona = persona};
    uint32_t runs = 0;
    uint32_t latency;
    int pace;

    case_begin("%s receives all of it from a host with a timer", persona->name);
    for (pace = IMMEDIATE; pace <= ALWAYS; pace++) {
        s.pace = (enum pace)pace;
        runs += run_pace(&s, options, true);
    }
    s.pace = LATENT;
    for (latency = 1; latency <= SLOWEST; latency++) {
        s.latency = latency;
        runs += run_pace(&s, options, true);
    }
    case_end("%u runs", runs);

    runs = 0;
    case_begin("%s receives all of it from a host without", persona->name);
    for (latency = WITHOUT_TICK; latency <= SLOWEST; latency++) {
        s.latency = latency;
        runs += run_pace(&s, options, false);
    }
    case_end("%u runs", runs);
}

/* Five characters wait from the beginning. */
static uint32_t type_ahead(const struct persona *persona, const char *config)
{
    struct action at = {0, 'I'};
    struct setup s = {
        .persona = persona,
        .pace = SCHEDULED,
        .receives = 5,
        .early = true,
        .actions = &at,
        .action_count = 1,
    };
    struct result r;

    config_parse(config, &s.config);
    if (!config_fits(persona, &s.config)) {
        return 0;
    }
    at.at = 1;
    run(&s, &r);
    case_checked(r.checks);
    check(r.outcome == OK && r.discarded == 0 && r.overruns == 0,
          "%s: %s: %u discarded, %s", setup_line(&s), outcome_name(r.outcome),
          r.discarded, r.why);
    return 1;
}

void suite_pacing(const struct suite_options *options)
{
    uint32_t runs;
    size_t i;

    for (i = 0; personas[i]; i++) {
        const struct persona *p = personas[i];

        if ((p->traits & BOUNDED) && (!options->only || options->only == p)) {
            pace_all(p, options);
        }
    }
    for (i = 0; personas[i]; i++) {
        const struct persona *p = personas[i];

        if ((p->traits & (SEND_ONLY | DISCARDS)) ||
            (options->only && options->only != p)) {
            continue;
        }
        case_begin("%s gets what was typed ahead", p->name);
        runs = type_ahead(p, "pl011-32");
        runs += type_ahead(p, "pl011-16");
        runs += type_ahead(p, "sbsa");
        if (!(p->traits & FLUSHES)) {
            runs += type_ahead(p, "pl011-32+firmware");
        }
        case_end("%u configurations", runs);
    }
}
