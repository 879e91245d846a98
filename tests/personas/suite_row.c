/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Guests on one device, one after the other, without a reset in between:
 * firmware, kernel, kexec. Each finds what the one before left. A row of three
 * tries a pair in both orders.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

#include <string.h>

static void play(struct world *w, const struct persona *p, bool close)
{
    w->setup.receives = (p->traits & SEND_ONLY) ? 0 : 33;
    world_play(w, p, close);
}

/*
 * Linux on ACPI programs neither CR nor LCR_H. It hears nothing after Linux on
 * a device tree closed the tty, which leaves the receiver off: as on a real
 * part.
 */
static enum outcome expected(const struct persona *before, bool closed,
                             const struct persona *p,
                             const struct vpl011_config *config)
{
    if (strcmp(p->name, "linux-sbsa") != 0 ||
        config->personality == VPL011_SBSA) {
        return OK;
    }
    if (closed && before->close && strcmp(before->name, p->name) != 0) {
        return STALL;
    }
    return OK;
}

/* OSv programs nothing, so that Linux's close leaves it without a receiver, and
 * it needs a far end with room. */
static bool can(const struct persona *p, const struct vpl011_config *config,
                enum pace pace)
{
    return config_fits(p, config) && !exception_find(p, config) &&
           (pace == IMMEDIATE || !(p->traits & BLIND));
}

static uint32_t rows_of(const struct persona *first, const char *config,
                        enum pace pace, bool close)
{
    struct world *w = world_new();
    struct setup s = {
        .persona = first,
        .pace = pace,
        .far_end = FIFO,
        .sends = 33,
    };
    enum outcome outcome;
    uint32_t rows = 0;
    size_t i;

    config_parse(config, &s.config);
    for (i = 0; personas[i] != first; i++) {
    }
    for (; personas[i]; i++) {
        const struct persona *second = personas[i];

        if (!can(first, &s.config, pace) || !can(second, &s.config, pace)) {
            continue;
        }
        rows++;
        world_begin(w, &s);
        play(w, first, close);
        play(w, second, close);
        play(w, first, close);
        case_checked(w->cpu.result.checks);
        outcome = expected(first, close, second, &s.config);
        if (outcome == OK) {
            outcome = expected(second, close, first, &s.config);
        }
        check(w->cpu.result.outcome == outcome, "%s, %s%s, %s, %s: %s: %s",
              config, first->name, close ? " closed" : "", second->name,
              pace_name(pace), outcome_name(w->cpu.result.outcome),
              w->cpu.result.why);
    }
    return rows;
}

void suite_row(const struct suite_options *options)
{
    static const char *const configs[] = {
        "pl011-32+trigger-empty",          "pl011-16+trigger-empty",
        "pl011-32+firmware+trigger-empty", "sbsa+trigger-empty",
        "sbsa+trigger-empty+store",
    };
    uint32_t rows;
    size_t i;
    size_t c;

    for (i = 0; personas[i]; i++) {
        if (options->only && options->only != personas[i]) {
            continue;
        }
        case_begin("%s, then each after it, then it again", personas[i]->name);
        rows = 0;
        for (c = 0; c < sizeof(configs) / sizeof(configs[0]); c++) {
            rows += rows_of(personas[i], configs[c], IMMEDIATE, false);
            rows += rows_of(personas[i], configs[c], STALLED, false);
            rows += rows_of(personas[i], configs[c], TINY, true);
        }
        case_end("%u rows", rows);
    }
}
