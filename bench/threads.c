/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * End to end in threads: how many bytes a second pass from a guest's UARTDR to
 * a console that sleeps between its doorbells, and how many events that takes,
 * compared with the same model when it notifies for each byte.
 *
 *     vpl011-bench-threads    a line of JSON for each figure
 *
 * The rate is the best of the repetitions, since other work can only slow it;
 * both policies alternate. Events are the median of theirs.
 */
#define _POSIX_C_SOURCE 200809L

#include <stdio.h>
#include <stdlib.h>

#include "measure.h"
#include "trio.h"

#define RATE_TEXT (128u * 1024u)
#define RATE_RUNS 7
#define PACED_TEXT 4096u
#define PACED_RUNS 5

static struct trio trio;

static void run(const struct trio_config *config)
{
    if (!trio_run(&trio, config)) {
        fprintf(stderr, "vpl011-bench-threads: bytes were lost or changed\n");
        exit(1);
    }
}

static double per_kib(unsigned int count, unsigned int text)
{
    return count * 1024.0 / text;
}

static const char *where(const struct trio_config *config)
{
    return config->guest_cpu == config->console_cpu ? "same" : "other";
}

static void measure_rate(struct trio_config config)
{
    static const uint32_t flags[2] = {0, VPL011_XENCONS_ALWAYS};
    static const char *const names[2] = {"coalesced", "always"};
    double best[2] = {0, 0};
    double events[2][RATE_RUNS];
    int r;
    int p;

    config.text = RATE_TEXT;
    for (r = 0; r < RATE_RUNS; r++) {
        for (p = 0; p < 2; p++) {
            double rate;

            config.ring_flags = flags[p];
            run(&config);
            rate = config.text * 1e3 /
                   (double)(trio.last_received - trio.first_sent);
            best[p] = rate > best[p] ? rate : best[p];
            events[p][r] = per_kib(trio.events, config.text);
        }
    }
    for (p = 0; p < 2; p++) {
        qsort(events[p], RATE_RUNS, sizeof(double), by_value);
        printf("{\"figure\": \"rate\", \"cpu\": \"%s\", \"policy\": \"%s\", "
               "\"mb_per_s\": %.3f, \"ratio\": %.3f, \"events\": %.2f}\n",
               where(&config), names[p], best[p], best[p] / best[1],
               events[p][RATE_RUNS / 2]);
    }
}

static void measure_pace(struct trio_config config)
{
    double events[PACED_RUNS];
    double answers[PACED_RUNS];
    int r;

    config.text = PACED_TEXT;
    for (r = 0; r < PACED_RUNS; r++) {
        run(&config);
        events[r] = per_kib(trio.events, config.text);
        answers[r] = per_kib(trio.answers, config.text);
    }
    qsort(events, PACED_RUNS, sizeof(double), by_value);
    qsort(answers, PACED_RUNS, sizeof(double), by_value);
    config.ring_flags = VPL011_XENCONS_ALWAYS;
    run(&config);
    printf("{\"figure\": \"pace\", \"cpu\": \"%s\", \"us\": %u, "
           "\"events\": %.2f, \"least\": %.2f, \"most\": %.2f, "
           "\"answers\": %.2f, \"always\": %.0f}\n",
           where(&config), config.pace_us, events[PACED_RUNS / 2], events[0],
           events[PACED_RUNS - 1], answers[PACED_RUNS / 2],
           per_kib(trio.events, config.text));
}

int main(void)
{
    static const unsigned int paces[] = {0, 2, 5, 10, 20};
    struct trio_config config = {0};
    unsigned int cpus[2];
    unsigned int places = trio_two_cpus(cpus) ? 2 : 1;
    unsigned int place;
    size_t i;

    for (place = 0; place < places; place++) {
        config.guest_cpu = cpus[0];
        config.console_cpu = cpus[place];
        measure_rate(config);
        for (i = 0; i < sizeof(paces) / sizeof(paces[0]); i++) {
            config.pace_us = paces[i];
            measure_pace(config);
        }
        config.pace_us = 0;
    }
    return 0;
}
