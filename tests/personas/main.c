/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The persona tests: suites of TAP cases, the cost table, and single runs, by
 * which a failing schedule is reproduced.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define ACTIONS_MAX 64

static const char usage[] =
    "usage: personas --suite NAME [--persona P] [--seed N] [--count N]\n"
    "                [--depth N] [--file F] [--brief]\n"
    "       personas --persona P --config C [--far-end F] [--pace P]\n"
    "                [--send N] [--receive N] [--both] [--early] [--edges]\n"
    "                [--without-exits]\n"
    "                [--room N] [--gone N] [--latency N] [--seed N]\n"
    "                [--schedule S] [--reset N]\n"
    "       personas --cost-table | --list\n"
    "\n"
    "suites     matrix quirks random exhaustive reset row pacing clock exits "
    "costs self\n"
    "configs    pl011-32 pl011-16 pl011-r1p1 sbsa, with +firmware\n"
    "           +strict-enables +trigger-empty +txff-once\n"
    "           +strict-interrupts +store +unthrottled +no-tick +id-16\n"
    "far ends   sink fifo ring\n"
    "paces      immediate slow stalled tiny latent ticked always scheduled\n"
    "           random\n"
    "schedule   i12,O40: before access 12 one character comes in, before\n"
    "           access 40 all output is taken; also o I r p m s g b\n";

static const struct {
    const char *name;
    void (*run)(const struct suite_options *options);
} suites[] = {
    {"matrix", suite_matrix}, {"quirks", suite_quirks},
    {"random", suite_random}, {"exhaustive", suite_exhaustive},
    {"reset", suite_reset},   {"row", suite_row},
    {"pacing", suite_pacing}, {"clock", suite_clock},
    {"exits", suite_exits},   {"costs", suite_costs},
    {"self", suite_self},     {"nothing", suite_nothing},
};

struct command {
    struct suite_options suite;
    struct setup setup;
    const char *suite_name;
    uint32_t reset;
    bool single;
    struct action actions[ACTIONS_MAX];
};

static int complain(const char *what, const char *value)
{
    fprintf(stderr, "personas: %s%s%s\n", what, value ? ": " : "",
            value ? value : "");
    return 2;
}

static bool number(const char *text, uint64_t most, uint64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoull(text, &end, 10);
    return errno == 0 && end != text && *end == '\0' && *text != '-' &&
           *value <= most;
}

static bool schedule_parse(const char *text, struct command *c)
{
    char *end;

    c->setup.pace = SCHEDULED;
    c->setup.actions = c->actions;
    while (*text && c->setup.action_count < ACTIONS_MAX) {
        struct action *a = &c->actions[c->setup.action_count++];

        a->what = *text++;
        a->at = (uint32_t)strtoul(text, &end, 10);
        if (!strchr("oOiIrpmsgb", a->what) || end == text ||
            (*end && *end != ',')) {
            return false;
        }
        text = *end ? end + 1 : end;
    }
    return *text == '\0';
}

/* An option without a value. */
static bool take_flag(struct command *c, const char *name)
{
    if (strcmp(name, "--both") == 0) {
        c->setup.both = true;
    } else if (strcmp(name, "--early") == 0) {
        c->setup.early = true;
    } else if (strcmp(name, "--edges") == 0) {
        c->setup.edges = true;
    } else if (strcmp(name, "--without-exits") == 0) {
        c->setup.without_exits = true;
    } else if (strcmp(name, "--brief") == 0) {
        c->suite.brief = true;
    } else {
        return false;
    }
    return true;
}

enum taken { TAKEN, BAD_VALUE, UNKNOWN };

static enum taken take_number(struct command *c, const char *name,
                              const char *value)
{
    static const struct {
        const char *name;
        uint64_t most;
    } options[] = {
        {"--seed", UINT64_MAX},  {"--count", 1000000000},
        {"--depth", 2},          {"--send", 1000},
        {"--receive", 1000},     {"--room", 2048},
        {"--gone", 3},           {"--latency", 10000},
        {"--reset", 1000000000},
    };
    uint64_t n;
    size_t i;

    for (i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(name, options[i].name) == 0) {
            break;
        }
    }
    if (i == sizeof(options) / sizeof(options[0])) {
        return UNKNOWN;
    }
    if (!number(value, options[i].most, &n)) {
        return BAD_VALUE;
    }
    switch (i) {
    case 0:
        c->suite.seed = n;
        c->setup.seed = n;
        break;
    case 1:
        c->suite.count = (uint32_t)n;
        break;
    case 2:
        c->suite.depth = (uint32_t)n;
        break;
    case 3:
        c->setup.sends = (size_t)n;
        break;
    case 4:
        c->setup.receives = (size_t)n;
        break;
    case 5:
        c->setup.room = (size_t)n;
        return n > 0 && (n & (n - 1)) == 0 ? TAKEN : BAD_VALUE;
    case 6:
        c->setup.config.on_gone = (uint32_t)n;
        c->setup.may_lose = n > VPL011_POLICY_STALL;
        break;
    case 7:
        c->setup.latency = (uint32_t)n;
        break;
    default:
        c->reset = (uint32_t)n;
        break;
    }
    return TAKEN;
}

static enum taken take_name(struct command *c, const char *name,
                            const char *value)
{
    uint32_t on_gone = c->setup.config.on_gone;
    bool good = true;

    if (strcmp(name, "--suite") == 0) {
        c->suite_name = value;
    } else if (strcmp(name, "--file") == 0) {
        c->suite.file = value;
    } else if (strcmp(name, "--persona") == 0) {
        c->suite.only = persona_find(value);
        c->setup.persona = c->suite.only;
        good = c->suite.only != NULL;
    } else if (strcmp(name, "--config") == 0) {
        c->single = true;
        good = config_parse(value, &c->setup.config);
        c->setup.config.on_gone = on_gone;
    } else if (strcmp(name, "--far-end") == 0) {
        good = far_end_parse(value, &c->setup.far_end);
    } else if (strcmp(name, "--pace") == 0) {
        good = pace_parse(value, &c->setup.pace);
    } else if (strcmp(name, "--schedule") == 0) {
        good = schedule_parse(value, c);
    } else {
        return take_number(c, name, value);
    }
    return good ? TAKEN : BAD_VALUE;
}

static int run_single(struct command *c)
{
    struct world *w = world_new();
    const struct result *r = &w->cpu.result;

    if (!c->setup.persona) {
        return complain("a run needs --persona", NULL);
    }
    if (!config_fits(c->setup.persona, &c->setup.config)) {
        return complain("no such device for this guest",
                        c->setup.persona->name);
    }
    if (c->setup.persona->traits & SEND_ONLY) {
        c->setup.receives = 0;
    }
    c->setup.may_overrun =
        (c->setup.config.flags & VPL011_CFG_UNTHROTTLED) != 0;
    world_begin(w, &c->setup);
    if (c->reset) {
        world_reset_at(w, c->reset);
    } else {
        world_play(w, c->setup.persona, false);
    }
    printf("%s\n", setup_line(&c->setup));
    printf("%-12s %s%s%s\n", "outcome", outcome_name(r->outcome),
           r->why[0] ? ": " : "", r->why);
    printf("%-12s %u, %u of them to open\n", "accesses", r->counts.accesses,
           r->open_accesses);
    printf("%-12s %u, the longest %u accesses\n", "interrupts", r->counts.irqs,
           r->counts.longest);
    printf("%-12s %u\n", "notifies", r->counts.notifies);
    printf("%-12s %u dropped, %u discarded by the guest, %u overrun\n", "lost",
           r->lost, r->discarded, r->overruns);
    return r->outcome == OK ? 0 : 1;
}

static int run_suite(const struct command *c)
{
    size_t i;

    for (i = 0; i < sizeof(suites) / sizeof(suites[0]); i++) {
        if (strcmp(c->suite_name, suites[i].name) == 0) {
            suites[i].run(&c->suite);
            return tap_end();
        }
    }
    return complain("no such suite", c->suite_name);
}

static int print_list(void)
{
    size_t i;

    for (i = 0; personas[i]; i++) {
        printf("%s\n", personas[i]->name);
    }
    return 0;
}

int main(int argc, char **argv)
{
    static struct command c;
    int i;

    c.suite.seed = 1;
    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            return 0;
        }
        if (strcmp(argv[i], "--list") == 0) {
            return print_list();
        }
        if (strcmp(argv[i], "--cost-table") == 0) {
            costs_print(stdout);
            return 0;
        }
        if (take_flag(&c, argv[i])) {
            continue;
        }
        switch (take_name(&c, argv[i], i + 1 < argc ? argv[i + 1] : "")) {
        case TAKEN:
            i++;
            break;
        case BAD_VALUE:
            return complain("no value for this option", argv[i]);
        default:
            return complain("unknown option", argv[i]);
        }
    }
    if (c.single) {
        return run_single(&c);
    }
    if (c.suite_name) {
        return run_suite(&c);
    }
    fputs(usage, stderr);
    return 2;
}
