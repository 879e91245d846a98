/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "accepted.h"
#include "differential.h"

static uint64_t number(const char *text)
{
    char *end;
    uint64_t value;

    errno = 0;
    value = strtoull(text, &end, 0);
    if (errno || end == text || *end) {
        fprintf(stderr, "differential: not a number: %s\n", text);
        exit(2);
    }
    return value;
}

static void usage(void)
{
    fprintf(stderr, "usage: differential ACCEPTED.txt [--seed N] [--steps N] "
                    "[--profile agree|full] [--config default|strict] "
                    "[--no-qemu]\n");
    exit(2);
}

static int report(double seconds)
{
    bool good = true;
    unsigned int i;

    if (!with_qemu) {
        printf("model alone: %" PRIu64
               " steps in %.1f s, %.0f a second; %" PRIu64 " observations\n",
               totals.steps, seconds, (double)totals.steps / seconds,
               totals.observations);
        return 0;
    }
    printf("QEMU %s: %" PRIu64 " steps in %.1f s, %.0f a second; %" PRIu64
           " observations, of which %" PRIu64 " differ as accepted\n",
           probed.version, totals.steps, seconds,
           (double)totals.steps / seconds, totals.observations,
           totals.explained);
    for (i = 0; i < QUIRKS; i++) {
        if (!(probed.quirks & QUIRK(i))) {
            printf("  %-28s not in this QEMU\n", quirk_names[i]);
        } else if (totals.live[i]) {
            printf("  %-28s needed, first at step %" PRIu64 "\n",
                   quirk_names[i], totals.first[i]);
        } else {
            printf("  %-28s NOT NEEDED: take it out of the list\n",
                   quirk_names[i]);
            good = false;
        }
    }
    return good ? 0 : 1;
}

int main(int argc, char **argv)
{
    static const char *const profiles[] = {"agree", "full"};
    static const char *const configs[] = {"default", "strict"};
    const char *profile = NULL;
    const char *config = NULL;
    uint64_t seed = 1;
    uint64_t steps = 30000;
    struct timespec begin;
    struct timespec end;
    unsigned int i;
    int arg;

    if (argc < 2 || argv[1][0] == '-') {
        usage();
    }
    for (arg = 2; arg < argc; arg += 2) {
        if (strcmp(argv[arg], "--no-qemu") == 0) {
            with_qemu = false;
            arg--;
        } else if (arg + 1 >= argc) {
            usage();
        } else if (strcmp(argv[arg], "--seed") == 0) {
            seed = number(argv[arg + 1]);
        } else if (strcmp(argv[arg], "--steps") == 0) {
            steps = number(argv[arg + 1]);
        } else if (strcmp(argv[arg], "--profile") == 0) {
            profile = argv[arg + 1];
        } else if (strcmp(argv[arg], "--config") == 0) {
            config = argv[arg + 1];
        } else {
            usage();
        }
    }
    if (!accepted_read(argv[1])) {
        return 1;
    }
    clock_gettime(CLOCK_MONOTONIC, &begin);
    if (with_qemu) {
        const char *missing = do_probe();

        if (missing) {
            printf("skipped: %s\n", missing);
            return 77;
        }
        printf("QEMU %s %s loopback\n", probed.version,
               probed.quirks & QUIRK(NO_LOOPBACK) ? "without" : "with");
    }
    for (i = 0; i < 4; i++) {
        run = (struct run){profiles[i / 2], configs[i % 2], seed, steps};
        if ((profile && strcmp(profile, run.profile) != 0) ||
            (config && strcmp(config, run.config) != 0)) {
            continue;
        }
        printf("profile %s, config %s, seed %" PRIu64 ", %" PRIu64 " steps\n",
               run.profile, run.config, run.seed, run.steps);
        do_run();
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    if (totals.steps == 0) {
        usage();
    }
    return report((double)(end.tv_sec - begin.tv_sec) +
                  (double)(end.tv_nsec - begin.tv_nsec) / 1e9);
}
