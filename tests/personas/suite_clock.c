/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device with a clock: output and input at the rate of the line, and the
 * receive timeout in its time. Every driver sends and receives all of it. Those
 * whose receive ring can fill up do so on a line that cannot be throttled, too,
 * where nothing but its rate gives them time.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

static const char *const configs[] = {
    "pl011-32",
    "pl011-16",
    "pl011-32+firmware",
    "pl011-32+trigger-empty", /* for Xen */
    "sbsa",
};

static uint32_t run_one(const struct persona *p, const char *config,
                        enum pace pace, uint32_t flags, bool both, bool brief)
{
    struct setup s = {
        .persona = p,
        .pace = pace,
        .far_end = FIFO,
        .sends = brief ? 50 : 150,
        .receives = (p->traits & SEND_ONLY) ? 0
                    : brief                 ? 100
                                            : 600,
        .both = both,
    };
    struct result r;

    config_parse(config, &s.config);
    if (!config_fits(p, &s.config) || exception_find(p, &s.config)) {
        return 0;
    }
    s.config.flags |= flags;
    run(&s, &r);
    case_checked(r.checks);
    check(r.outcome == OK && r.overruns == 0, "%s: %s: %u overruns: %s",
          setup_line(&s), outcome_name(r.outcome), r.overruns, r.why);
    return 1;
}

static uint32_t run_all(const struct persona *p, uint32_t flags, bool both,
                        bool brief)
{
    uint32_t runs = 0;
    size_t i;

    for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        runs += run_one(p, configs[i], AT_9600, flags, both, brief);
        runs += run_one(p, configs[i], AT_115200, flags, both, brief);
    }
    return runs;
}

void suite_clock(const struct suite_options *options)
{
    uint32_t runs;
    size_t i;

    for (i = 0; personas[i]; i++) {
        const struct persona *p = personas[i];

        if (options->only && options->only != p) {
            continue;
        }
        if (p->traits & BLIND) {
            continue; /* OSv never looks whether its output has room */
        }
        case_begin("%s at 9600 and 115200 baud", p->name);
        runs = run_all(p, 0, false, options->brief);
        runs += run_all(p, 0, true, options->brief);
        case_end("%u runs", runs);
        if (p->traits & BOUNDED) {
            case_begin("%s on a line that cannot be throttled", p->name);
            runs = run_all(p, VPL011_CFG_UNTHROTTLED, false, options->brief);
            case_end("%u runs", runs);
        }
    }
}
