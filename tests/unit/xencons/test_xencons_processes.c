/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Two processes over shared memory, both directions at once, with every byte
 * checked: undisturbed, on one processor, stopped and continued at random, and
 * with a console that is killed and replaced. Argument: MiB each way (default
 * 2).
 */
#define _GNU_SOURCE
#include "support.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "xencons_pump.h"

static uint32_t mib = 2;
static uint32_t seed = 0x13579BDF;

static double now_s(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* The first processor that may be used. */
static unsigned int one_cpu(void)
{
    cpu_set_t set;
    unsigned int cpu = 0;

    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        while (cpu + 1 < CPU_SETSIZE && !CPU_ISSET(cpu, &set)) {
            cpu++;
        }
    }
    return cpu;
}

static pid_t start(struct pump *p, int (*end)(struct pump *), bool pinned)
{
    pid_t pid = fork();

    assert_true(pid >= 0);
    if (pid == 0) {
        if (pinned) {
            pump_pin(one_cpu());
        }
        _exit(end(p));
    }
    return pid;
}

/* 0 while it runs; else 1 + exit status, or 100 + signal. */
static int ended(pid_t *pid)
{
    int status;

    if (*pid <= 0 || waitpid(*pid, &status, WNOHANG) != *pid) {
        return 0;
    }
    *pid = 0;
    return WIFEXITED(status) ? 1 + WEXITSTATUS(status) : 100 + WTERMSIG(status);
}

static void nap(uint32_t max_us)
{
    struct timespec t = {.tv_nsec = (long)(next_random(&seed) % max_us) * 1000};

    nanosleep(&t, NULL);
}

static void stop_and_go(pid_t pid)
{
    if (pid > 0) {
        kill(pid, SIGSTOP);
        nap(3000);
        kill(pid, SIGCONT);
        nap(3000);
    }
}

enum weather { CALM, PINNED, STOPPED, KILLED };

static void run(enum weather weather, const char *name)
{
    struct pump *p = pump_new(0xFFFFFFF0u, mib << 20);
    unsigned int disturbed = 0;
    double began = now_s();
    pid_t guest;
    pid_t console;
    int result;

    assert_non_null(p);
    guest = start(p, pump_guest, weather == PINNED);
    console = start(p, pump_console, weather == PINNED);
    while (guest || console) {
        if ((result = ended(&guest)) != 0) {
            assert_int_equal(result, 1);
        }
        if ((result = ended(&console)) != 0) {
            if (result == 100 + SIGKILL) {
                console = start(p, pump_console, false);
            } else {
                assert_int_equal(result, 1);
            }
        }
        if (weather == STOPPED) {
            stop_and_go(next_random(&seed) & 1 ? guest : console);
            disturbed++;
        } else if (weather == KILLED && console) {
            nap(20000);
            kill(console, SIGKILL);
            waitid(P_PID, (id_t)console, &(siginfo_t){0}, WEXITED | WNOWAIT);
            disturbed++;
        } else {
            nap(1000);
        }
    }
    printf("# %s: %u MiB each way in %.2f s, %.2f events and %.2f answers per "
           "KiB",
           name, mib, now_s() - began, p->events / (mib * 1024.0),
           p->answers / (mib * 1024.0));
    if (disturbed) {
        printf(", disturbed %u times, %u bytes repeated", disturbed,
               p->repeated);
    }
    printf("\n");
    assert_int_equal(p->gap, 0);
    assert_int_equal(p->console_at - p->start, p->total);
    assert_true(p->repeated <= disturbed * VPL011_XENCONS_OUT_SIZE);
    if (weather != KILLED) {
        assert_int_equal(p->repeated, 0);
        assert_true(p->events / (mib * 1024.0) <= 64.0);
    }
    pump_free(p);
}

static void two_processes_are_exact(void)
{
    run(CALM, "two processes");
}

static void two_processes_on_one_cpu_are_exact(void)
{
    run(PINNED, "on one CPU");
}

static void stopped_and_continued_processes_are_exact(void)
{
    run(STOPPED, "SIGSTOP and SIGCONT");
}

static void killed_consoles_lose_nothing(void)
{
    run(KILLED, "SIGKILL of the console");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest cases[] = {
        CASE(two_processes_are_exact),
        CASE(two_processes_on_one_cpu_are_exact),
        CASE(stopped_and_continued_processes_are_exact),
        CASE(killed_consoles_lose_nothing),
    };

    if (argc > 1) {
        mib = (uint32_t)strtoul(argv[1], NULL, 10);
    }
    return run_cases(cases);
}
