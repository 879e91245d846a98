/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * usage: consoles [--soak] [--only DRIVER[/SCENE[/CONFIGURATION]]]
 *
 * The scenes in which no console may die, for each driver that
 * tests/personas/list.c has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../personas/list.h"
#include "../personas/setups.h"
#include "dead_console.h"

/* Its loop counts to 1.5 million, which no search can wait for. */
#define COUNTS_TOO_FAR "netbsd-console"

#define SMALL "pl011-32 sbsa"
#define LARGE \
    "pl011-32 pl011-16 pl011-32+firmware pl011-32+id-16 pl011-r1p1 " \
    "pl011-32+strict-enables pl011-32+trigger-empty pl011-16+trigger-empty " \
    "pl011-32+strict-interrupts pl011-16+strict-interrupts sbsa sbsa+store " \
    "sbsa+trigger-empty sbsa+strict-interrupts"
/* TXFF that is shown once brings an interrupt of its own. */
#define ONCE "pl011-32+txff-once pl011-16+txff-once sbsa+txff-once"

static const struct {
    const char *name;
    const char *drivers; /* NULL: each */
    const char *configs; /* of each run */
    const char *more;    /* with --soak, in their place */
    struct scene scene;
} kinds[] = {
    /* All orders of everything, with room for one character each way. */
    {"short",
     NULL,
     SMALL,
     LARGE,
     {.sends = 3, .types = 3, .out = 1, .in = 1, .futile = 2}},
    {"short",
     "xen",
     "pl011-32+trigger-empty",
     "",
     {.sends = 3, .types = 3, .out = 1, .in = 1, .futile = 2}},
    {"short",
     NULL,
     "",
     ONCE,
     {.sends = 3, .types = 3, .out = 1, .in = 1, .futile = 3}},
    {"room",
     NULL,
     "",
     SMALL,
     {.sends = 4, .types = 4, .out = 2, .in = 2, .futile = 2}},
    /* Over the trigger and the depth of the transmitter. */
    {"long",
     "linux-sbsa",
     SMALL,
     "",
     {.sends = 36, .types = 1, .out = 2, .in = 1, .futile = 2}},
    {"long",
     NULL,
     "",
     SMALL,
     {.sends = 36, .types = 1, .out = 2, .in = 1, .futile = 2}},
    {"long", NULL, "", ONCE, {.sends = 36, .out = 2, .in = 1, .futile = 3}},
    /* The same of the receiver, and the rings of the drivers. */
    {"endless",
     "freebsd nuttx openbsd-now linux-amba 9front",
     SMALL,
     SMALL,
     {.sends = 1, .types = ENDLESS_INPUT, .out = 1, .in = 40, .futile = 2}},
    /* Drivers that leave TXIM set, interrupts that are never late, and a far
     * end that never stalls: at most one interrupt for nothing. */
    {"prompt",
     "sel4 9front-console micropython openbsd-2018",
     SMALL,
     SMALL,
     {.sends = 6, .out = 6, .in = 1, .futile = 1, .prompt = true}},
    /* Typed before the driver is there. */
    {"early",
     NULL,
     SMALL,
     LARGE,
     {.sends = 1, .types = 3, .out = 1, .in = 2, .futile = 2, .early = true}},
    /* An interrupt controller that takes edges. */
    {"edges",
     NULL,
     "",
     SMALL,
     {.sends = 3, .types = 3, .out = 1, .in = 1, .futile = 3, .edges = true}},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static unsigned int cases;
static bool all_right = true;

static void ok(bool right, const char *what, const char *name)
{
    printf("%sok %u - %s%s%s\n", right ? "" : "not ", ++cases, what,
           *name ? ": " : "", name);
    fflush(stdout);
    all_right = all_right && right;
}

/* Where the driver and the configuration do not get on nothing is shown. */
static bool fits(const struct persona *p, const char *name,
                 const struct scene *s)
{
    struct vpl011_config config;

    return config_parse(name, &config) && config_fits(p, &config) &&
           !exception_find(p, &config) &&
           strcmp(p->name, COUNTS_TOO_FAR) != 0 &&
           !(s->early && (p->traits & (SEND_ONLY | DISCARDS | FLUSHES)));
}

/* Whether a name is this one, or begins with it and a slash. */
static bool is_within(const char *name, const char *only)
{
    const size_t length = strlen(only);

    return strncmp(name, only, length) == 0 &&
           (name[length] == '\0' || name[length] == '/');
}

static void run_scene(const char *kind, const struct persona *p,
                      const char *config, const struct scene *from,
                      const char *only, struct lives *sum)
{
    struct scene s = *from;
    struct lives found;
    char name[120];
    const clock_t began = clock();
    bool lives;

    snprintf(name, sizeof(name), "%s/%s/%s", p->name, kind, config);
    if (!fits(p, config, &s) || (only && !is_within(name, only))) {
        return;
    }
    s.persona = p->name;
    s.config = config;
    lives = console_lives(&s, &found);
    printf("# %llu states, %llu transitions, %u deep, %.1f s\n",
           (unsigned long long)found.states,
           (unsigned long long)found.transitions, found.depth,
           (double)(clock() - began) / CLOCKS_PER_SEC);
    ok(lives, "no console dies", name);
    sum->states += found.states;
    sum->transitions += found.transitions;
}

static bool is_among(const char *name, const char *list)
{
    const size_t length = strlen(name);
    const char *at;

    for (at = list; *at; at += strcspn(at, " "), at += *at == ' ') {
        if (strcspn(at, " ") == length && strncmp(at, name, length) == 0) {
            return true;
        }
    }
    return false;
}

static void run_kind(unsigned int kind, const char *configs, const char *only,
                     struct lives *sum)
{
    char list[512];
    char *config;
    unsigned int i;

    snprintf(list, sizeof(list), "%s", configs);
    for (config = strtok(list, " "); config; config = strtok(NULL, " ")) {
        for (i = 0; personas[i]; i++) {
            if (!kinds[kind].drivers ||
                is_among(personas[i]->name, kinds[kind].drivers)) {
                run_scene(kinds[kind].name, personas[i], config,
                          &kinds[kind].scene, only, sum);
            }
        }
    }
}

int main(int argc, char **argv)
{
    const char *only = NULL;
    struct lives sum = {0};
    bool soak = false;
    unsigned int kind;
    int i;

    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--soak") == 0) {
            soak = true;
        } else if (strcmp(argv[i], "--only") == 0 && i + 1 < argc) {
            only = argv[++i];
        } else {
            fprintf(stderr, "unknown argument\n");
            return 2;
        }
    }
    for (kind = 0; kind < KINDS; kind++) {
        run_kind(kind, soak ? kinds[kind].more : kinds[kind].configs, only,
                 &sum);
    }
    printf("# %llu distinct states, %llu transitions, %.0f s\n",
           (unsigned long long)sum.states, (unsigned long long)sum.transitions,
           (double)clock() / CLOCKS_PER_SEC);
    ok(sum.states > 0, "there was something to visit", "");
    printf("1..%u\n", cases);
    return all_right ? 0 : 1;
}
