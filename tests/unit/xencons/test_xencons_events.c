/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * How many doorbells a KiB of output costs, and how long a key press takes,
 * with a guest, an event loop and a console as three threads (bench/trio.h).
 * Medians are asserted, because a busy machine disturbs some of the runs.
 */
#include "support.h"

#include <poll.h>
#include <stdlib.h>

#include "../../../bench/trio.h"

#define CHARS 4096u
#define RUNS 7
#define LIMIT 32.0 /* events for each KiB */
#define KEYS 101
#define ECHO_LIMIT_NS 2000000u

static double per_kib(uint64_t events)
{
    return (double)events * 1024.0 / CHARS;
}

static int by_size(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a;
    uint64_t y = *(const uint64_t *)b;

    return x < y ? -1 : x > y;
}

static void run(struct trio *t, unsigned int pace_us,
                const unsigned int cpus[2], uint32_t flags)
{
    struct trio_config config = {
        .text = CHARS,
        .pace_us = pace_us,
        .guest_cpu = cpus[0],
        .console_cpu = cpus[1],
        .ring_flags = flags,
    };

    assert_true(trio_run(t, &config));
}

static void report_pace(unsigned int pace_us, const unsigned int cpus[2])
{
    static struct trio t;
    uint64_t events[RUNS];
    uint64_t answers[RUNS];
    unsigned int i;

    for (i = 0; i < RUNS; i++) {
        run(&t, pace_us, cpus, 0);
        events[i] = t.events;
        answers[i] = t.answers;
    }
    qsort(events, RUNS, sizeof(events[0]), by_size);
    qsort(answers, RUNS, sizeof(answers[0]), by_size);
    run(&t, pace_us, cpus, VPL011_XENCONS_ALWAYS);
    printf("# %2u us per character, %s CPU: %5.2f events per KiB (%.2f to "
           "%.2f), %5.2f answers; always: %4.0f\n",
           pace_us, cpus[0] == cpus[1] ? "same " : "other",
           per_kib(events[RUNS / 2]), per_kib(events[0]),
           per_kib(events[RUNS - 1]), per_kib(answers[RUNS / 2]),
           per_kib(t.events));
    assert_true(per_kib(events[RUNS / 2]) <= LIMIT);
    assert_true(per_kib(t.events) > 8 * LIMIT);
}

static void a_kib_costs_few_events_at_any_pace(void)
{
    static const unsigned int paces[] = {0, 2, 5, 10, 20};
    unsigned int cpus[2];
    bool two = trio_two_cpus(cpus);
    size_t i;

    for (i = 0; i < 5; i++) {
        report_pace(paces[i], (const unsigned int[2]){cpus[0], cpus[0]});
    }
    if (!two) {
        printf("# one processor: not measured on two\n");
        return;
    }
    for (i = 0; i < 5; i++) {
        report_pace(paces[i], cpus);
    }
}

/* Median round trip of a key press, with or without output meanwhile. */
static uint64_t echo_once(unsigned int text, const unsigned int cpus[2])
{
    static struct trio t;
    struct trio_config config = {
        .text = text,
        .pace_us = 20,
        .guest_cpu = cpus[0],
        .console_cpu = cpus[1],
    };
    uint64_t took[KEYS];
    int i;

    assert_true(trio_start(&t, &config));
    for (i = 0; i < KEYS; i++) {
        uint64_t end = trio_now_ns() + 20000000000u;

        poll(NULL, 0, 1 + i % 3);
        trio_press_key(&t);
        while (!__atomic_load_n(&t.key_echoed, __ATOMIC_ACQUIRE)) {
            assert_true(trio_now_ns() < end);
            poll(NULL, 0, 1);
        }
        took[i] = t.key_echoed - t.key_sent;
    }
    assert_true(trio_stop(&t));
    qsort(took, KEYS, sizeof(took[0]), by_size);
    printf("# key press echoed, %s output, %s CPU: median %.3f ms, "
           "nine of ten %.3f ms, worst %.3f ms\n",
           text ? "during" : "without", cpus[0] == cpus[1] ? "same" : "other",
           (double)took[KEYS / 2] / 1e6, (double)took[KEYS * 9 / 10] / 1e6,
           (double)took[KEYS - 1] / 1e6);
    return took[KEYS / 2];
}

/* Try a few times, because other programs may use the processors. */
static void report_echo(unsigned int text, const unsigned int cpus[2])
{
    uint64_t median = UINT64_MAX;
    int attempt;

    for (attempt = 0; attempt < 5 && median > ECHO_LIMIT_NS; attempt++) {
        median = echo_once(text, cpus);
    }
    assert_true(median <= ECHO_LIMIT_NS);
}

static void a_key_press_is_echoed_within_2_ms(void)
{
    unsigned int cpus[2];
    bool two = trio_two_cpus(cpus);

    report_echo(0, (const unsigned int[2]){cpus[0], cpus[0]});
    report_echo(1000000, (const unsigned int[2]){cpus[0], cpus[0]});
    if (two) {
        report_echo(0, cpus);
        report_echo(1000000, cpus);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_kib_costs_few_events_at_any_pace),
        CASE(a_key_press_is_echoed_within_2_ms),
    };

    return run_cases(cases);
}
