/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Every persona in every configuration, over every far end, at every pace, with
 * every size. Where a guest does not work with a configuration, the test
 * expects exactly the failure that is known.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

#include <string.h>

static const size_t sizes[] = {1, 2, 15, 16, 17, 31, 32, 33, 1000};

#define SIZES (sizeof(sizes) / sizeof(sizes[0]))

static uint64_t runs;
static uint32_t seen[64]; /* for each exception: outcomes */

static void run_one(struct setup *s)
{
    const struct exception *e = exception_find(s->persona, &s->config);
    struct result r;

    s->may_overrun = (s->config.flags & VPL011_CFG_UNTHROTTLED) != 0;
    runs++;
    if (run(s, &r) == OK) {
        case_checked(r.checks);
    } else if (e && (e->outcomes >> r.outcome & 1)) {
        seen[e - exceptions] |= 1u << r.outcome;
        case_checked(1);
    } else {
        check(false, "%s: %s: %s", setup_line(s), outcome_name(r.outcome),
              r.why);
    }
}

/*
 * Level and edge controllers alternate. 1000 characters, which take most of the
 * time, go over one far end for each configuration and pace; the other two get
 * the short sizes only, unless the long form was requested. The brief form
 * sends them at the slow pace only, except where something has to be lost,
 * because a ring overflows at its own pace.
 */
static void run_sizes(struct setup *s, size_t turn,
                      const struct suite_options *options)
{
    const bool all = options->count > 0;
    const bool brief =
        options->brief || (!all && (s->persona->traits & BESIDE));
    const struct exception *e = exception_find(s->persona, &s->config);
    const bool loses = e && (e->outcomes >> LOST & 1);
    const bool long_here = (!brief || s->pace == SLOW || loses) &&
                           (all || (size_t)s->far_end == turn % FAR_ENDS);
    size_t i;
    size_t n;

    for (i = 0; i < SIZES; i++) {
        n = sizes[i];
        s->sends = n;
        s->receives = (s->persona->traits & SEND_ONLY) ? 0 : n;
        s->both = false;
        s->edges = (i + s->far_end) % 2 != 0;
        if (n >= 1000 && !long_here) {
            continue;
        }
        if (n < 1000 || all || turn % 2 == 0 || s->receives == 0) {
            run_one(s);
        }
        s->both = s->receives > 0;
        s->edges = !s->edges;
        if (s->both && (n < 1000 || all || turn % 2 != 0)) {
            run_one(s);
        }
    }
}

static void run_persona(const struct persona *persona,
                        const struct suite_options *options)
{
    struct setup s = {.persona = persona};
    uint32_t configs = 0;
    size_t i = 0;
    int far_end;
    int pace;

    runs = 0;
    case_begin("%s sends and receives in every configuration", persona->name);
    while (config_next(&i, &s.config)) {
        if (!config_fits(persona, &s.config)) {
            continue;
        }
        configs++;
        for (far_end = SINK; far_end < FAR_ENDS; far_end++) {
            for (pace = IMMEDIATE; pace <= TINY; pace++) {
                s.far_end = (enum far_end)far_end;
                s.pace = (enum pace)pace;
                run_sizes(&s, configs + (size_t)pace, options);
            }
        }
    }
    case_end("%u configurations, %llu runs", configs, (unsigned long long)runs);
}

static const char *outcome_names(uint32_t outcomes)
{
    static char names[60];
    int i;

    names[0] = '\0';
    for (i = OK; i <= BROKEN; i++) {
        if (outcomes >> i & 1) {
            snprintf(names + strlen(names), sizeof(names) - strlen(names),
                     "%s%s", names[0] ? ", " : "",
                     outcome_name((enum outcome)i));
        }
    }
    return names;
}

void suite_matrix(const struct suite_options *options)
{
    size_t i;

    memset(seen, 0, sizeof(seen));
    for (i = 0; personas[i]; i++) {
        if (!options->only || options->only == personas[i]) {
            run_persona(personas[i], options);
        }
    }
    for (i = 0; i < exception_count; i++) {
        const struct exception *e = &exceptions[i];
        struct vpl011_config c = {.flags = e->with | e->without};
        char with[120];

        if (e->outcomes == 0 ||
            (options->only && strcmp(options->only->name, e->persona) != 0)) {
            continue;
        }
        /* The flags' names, as a configuration would show them. */
        c.flags = e->with ? e->with : e->without;
        config_name(&c, with, sizeof(with));
        case_begin("%s %s%s: %s", e->persona, e->with ? "with" : "without",
                   strchr(with, '+'), e->because);
        check(seen[i] == e->outcomes, "seen outcomes 0x%x, expected 0x%x",
              seen[i], e->outcomes);
        case_end("%s", outcome_names(seen[i]));
    }
}
