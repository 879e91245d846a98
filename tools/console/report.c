/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the daemon says on standard error. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "daemon.h"

/* Guests and clients cause errors: so many lines a second, and at once. */
#define LINES_RATE 10u
#define LINES_BURST 100u

/* A device that is refused tries again, five times a second: who was refused,
 * and why, is said once in so long [us], of so many. */
#define REFUSAL_US 10000000
#define REFUSALS 16u

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static struct bucket lines;
static unsigned long unsaid;
static struct {
    uint64_t what;
    long long until_us;
} refusals[REFUSALS];

/* A pipe that nobody reads must not stop the daemon: a line is shorter than
 * what a pipe that is ready takes. */
static bool say(const char *text)
{
    struct pollfd p = {.fd = STDERR_FILENO, .events = POLLOUT};

    return poll(&p, 1, 0) == 1 && (p.revents & POLLOUT) &&
           write(STDERR_FILENO, text, strlen(text)) >= 0;
}

static void compose(char text[600], const char *format, va_list list)
    __attribute__((format(printf, 2, 0), nonnull));

static void compose(char text[600], const char *format, va_list list)
{
    memcpy(text, PROGRAM ": ", sizeof(PROGRAM ": "));
    vsnprintf(text + strlen(text), 512, format, list);
    memcpy(text + strlen(text), "\n", 2);
}

void remark(const char *format, ...)
{
    char text[600];
    va_list list;

    va_start(list, format);
    compose(text, format, list);
    va_end(list);
    pthread_mutex_lock(&mutex);
    (void)say(text);
    pthread_mutex_unlock(&mutex);
}

void report(const char *format, ...)
{
    char text[600];
    char more[80];
    va_list list;

    va_start(list, format);
    compose(text, format, list);
    va_end(list);
    pthread_mutex_lock(&mutex);
    if (lines.rate == 0) {
        bucket_init(&lines, LINES_RATE, LINES_BURST, clock_us());
    }
    snprintf(more, sizeof(more), PROGRAM ": %lu more lines are not shown\n",
             unsaid);
    if (bucket_room(&lines, clock_us()) > 0 && (unsaid == 0 || say(more)) &&
        say(text)) {
        bucket_take(&lines, 1);
        unsaid = 0;
    } else {
        unsaid++;
    }
    pthread_mutex_unlock(&mutex);
}

const char *why_text(int why)
{
    static _Thread_local char text[160];
    struct rlimit limit = {0};

    switch (why) {
    case EMFILE:
        getrlimit(RLIMIT_NOFILE, &limit);
        snprintf(text, sizeof(text),
                 "all %llu descriptors of the daemon are in use (ulimit -n)",
                 (unsigned long long)limit.rlim_cur);
        break;
    case ENFILE:
        snprintf(text, sizeof(text),
                 "all descriptors of the system are in use "
                 "(/proc/sys/fs/file-max)");
        break;
    case EADDRINUSE:
        snprintf(text, sizeof(text), "another process serves it");
        break;
    case ENOTSOCK:
        snprintf(text, sizeof(text), "what is there is no socket");
        break;
    default:
        snprintf(text, sizeof(text), "%s", strerror(why));
        break;
    }
    return text;
}

static bool is_said(uint64_t what, long long now_us)
{
    static unsigned int next;
    unsigned int i;

    for (i = 0; i < REFUSALS; i++) {
        if (refusals[i].what == what && now_us < refusals[i].until_us) {
            return true;
        }
    }
    refusals[next].what = what;
    refusals[next].until_us = now_us + REFUSAL_US;
    next = (next + 1) % REFUSALS;
    return false;
}

void report_refusal(const char *who, const char *why)
{
    const uint64_t what = (uint64_t)hash_of(who) << 32 | hash_of(why);

    if (!is_said(what, clock_us())) {
        report("%s: refused: %s", who, why);
    }
}
