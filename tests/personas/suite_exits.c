/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Guests that are spared exits (without_exits.c). With a host that acts at
 * fixed moments, each reads and writes exactly what it does where every access
 * is an exit; with one that acts at random, everything arrives as ever.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

static uint64_t spared_reads;
static uint64_t spared_writes;

static void run_without_exits(struct setup *s)
{
    const struct world *w = world_new();
    struct result r;

    s->without_exits = true;
    run(s, &r);
    case_checked(r.checks);
    check(r.outcome == OK, "%s: %s: %s", setup_line(s), outcome_name(r.outcome),
          r.why);
    spared_reads += w->outside.from_page;
    spared_writes += w->outside.deferred;
}

/* Returns the accesses of a guest with exits. */
static uint64_t compare(struct setup *s)
{
    const struct world *w = world_new();
    struct result r;
    uint64_t observed;

    s->without_exits = false;
    run(s, &r);
    observed = w->observed;
    run_without_exits(s);
    check(w->observed == observed, "%s: the guest observes something else",
          setup_line(s));
    return r.counts.accesses;
}

static void observes_the_same(const struct persona *persona)
{
    struct setup s = {.persona = persona, .sends = 200};
    uint64_t accesses = 0;
    uint32_t configs = 0;
    size_t i = 0;
    int far_end;

    case_begin("%s observes the same without exits", persona->name);
    while (config_next(&i, &s.config)) {
        if (!config_fits(persona, &s.config) ||
            exception_find(persona, &s.config)) {
            continue;
        }
        configs++;
        s.may_overrun = (s.config.flags & VPL011_CFG_UNTHROTTLED) != 0;
        for (far_end = SINK; far_end < FAR_ENDS; far_end++) {
            s.far_end = (enum far_end)far_end;
            s.seed++;
            s.both = false;
            s.receives = 0;
            accesses += compare(&s);
            if (!(persona->traits & SEND_ONLY)) {
                s.receives = 200;
                accesses += compare(&s);
                s.both = true;
                accesses += compare(&s);
            }
        }
    }
    case_end("%u configurations, %llu accesses", configs,
             (unsigned long long)accesses);
}

static void works_at_random(const struct persona *persona, uint64_t seed,
                            uint32_t count)
{
    struct setup s;
    uint32_t n;

    case_begin("%s without exits, under random host events", persona->name);
    for (n = 0; n < count; n++) {
        random_setup(&s, persona, seed + n);
        run_without_exits(&s);
    }
    case_end("%u schedules", count);
}

void suite_exits(const struct suite_options *options)
{
    const uint32_t count = options->count ? options->count : 400;
    size_t i;

    spared_reads = 0;
    spared_writes = 0;
    for (i = 0; personas[i]; i++) {
        if (!options->only || options->only == personas[i]) {
            observes_the_same(personas[i]);
            works_at_random(personas[i], options->seed, count);
        }
    }
    case_begin("exits were spared");
    check(spared_reads > 0 && spared_writes > 0, "none were");
    case_end("%llu reads, %llu writes", (unsigned long long)spared_reads,
             (unsigned long long)spared_writes);
}
