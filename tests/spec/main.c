/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * usage: spec --random [--seed N] [--steps N] [--setup NAME]
 *        spec --search [--soak] [--slice NAME] [--states N] [--list]
 *        spec --reduced [--seed N] [--steps N]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"
#include "reduced.h"
#include "search.h"

struct wanted {
    const char *what;
    const char *setup;
    const char *slice;
    uint64_t seed, steps;
    uint64_t states; /* at most, of each slice */
    bool soak;
    bool list; /* only name the slices */
};

static unsigned int cases;
static bool all_right = true;

static void ok(bool right, const char *what, const char *name)
{
    printf("%sok %u - %s%s%s\n", right ? "" : "not ", ++cases, what,
           *name ? ": " : "", name);
    fflush(stdout);
    all_right = all_right && right;
}

static void run_random(const struct wanted *w)
{
    printf("# --seed %llu\n", (unsigned long long)w->seed);
    ok(random_run(w->seed, w->steps, w->setup),
       "random actions have no difference", w->setup ? w->setup : "");
}

static bool is_wanted(const struct wanted *w, const struct slice *slice)
{
    return w->slice ? strcmp(w->slice, slice->name) == 0
                    : w->soak || !slice->soak;
}

static void list_slices(const struct wanted *w)
{
    unsigned int i;

    for (i = 0; i < slice_count; i++) {
        if (is_wanted(w, &slices[i])) {
            printf("%s\n", slices[i].name);
        }
    }
}

static void run_search(const struct wanted *w)
{
    struct searched sum = {0};
    struct searched found;
    clock_t began;
    double seconds = 0;
    double took;
    const char *const what = w->states == UINT64_MAX
                                 ? "nothing is left to visit"
                                 : "the first states have no difference";
    unsigned int i;
    bool right;

    for (i = 0; i < slice_count; i++) {
        if (!is_wanted(w, &slices[i])) {
            continue;
        }
        began = clock();
        right = search(&slices[i], w->states, &found);
        took = (double)(clock() - began) / CLOCKS_PER_SEC;
        printf("# %llu states, %llu transitions, %llu of them out of it, "
               "%u deep, %.1f s\n",
               (unsigned long long)found.states,
               (unsigned long long)found.transitions,
               (unsigned long long)found.leaving, found.depth, took);
        ok(right, what, slices[i].name);
        sum.states += found.states;
        sum.transitions += found.transitions;
        seconds += took;
    }
    printf("# %llu distinct states, %llu transitions, %.1f minutes\n",
           (unsigned long long)sum.states, (unsigned long long)sum.transitions,
           seconds / 60);
    ok(sum.states > 0, "there was something to visit", "");
}

static bool parse(struct wanted *w, int argc, char **argv)
{
    int i;

    for (i = 1; i < argc; i++) {
        const char *const value = i + 1 < argc ? argv[i + 1] : "";
        bool taken = true;

        if (strcmp(argv[i], "--seed") == 0) {
            w->seed = strtoull(value, NULL, 0);
        } else if (strcmp(argv[i], "--steps") == 0) {
            w->steps = strtoull(value, NULL, 0);
        } else if (strcmp(argv[i], "--states") == 0) {
            w->states = strtoull(value, NULL, 0);
        } else if (strcmp(argv[i], "--setup") == 0) {
            w->setup = value;
        } else if (strcmp(argv[i], "--slice") == 0) {
            w->slice = value;
        } else {
            taken = false;
        }
        i += taken;
        if (strcmp(argv[i], "--soak") == 0) {
            w->soak = true;
        } else if (strcmp(argv[i], "--list") == 0) {
            w->list = true;
        } else if (!taken && strncmp(argv[i], "--", 2) == 0) {
            w->what = argv[i] + 2;
        } else if (!taken) {
            return false;
        }
    }
    return true;
}

int main(int argc, char **argv)
{
    struct wanted w = {
        .what = "",
        .seed = (uint64_t)time(NULL),
        .steps = 2000000,
        .states = UINT64_MAX,
    };

    if (!parse(&w, argc, argv)) {
        fprintf(stderr, "unknown argument\n");
        return 2;
    }
    if (w.list) {
        list_slices(&w);
        return 0;
    }
    if (strcmp(w.what, "random") == 0) {
        run_random(&w);
    } else if (strcmp(w.what, "search") == 0) {
        run_search(&w);
    } else if (strcmp(w.what, "reduced") == 0) {
        printf("# --seed %llu\n", (unsigned long long)w.seed);
        ok(reduced_run(w.seed, w.steps),
           "a state and its representative do the same", "");
    } else {
        fprintf(stderr, "unknown argument\n");
        return 2;
    }
    printf("1..%u\n", cases);
    return all_right ? 0 : 1;
}
