/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "daemon.h"

/* [bytes] that may wait for one log, and for all together. */
#define WAITING_MAX (64u << 10)
#define QUEUE_MAX (8u << 20)

/* [us] after which a disk is called slow. */
#define SLOW_US 1000000

/* What is wrong with a file, beside errno. */
#define NO_FILE (-1)
#define OF_ANOTHER_USER (-2)
#define HAS_OTHER_NAMES (-3)

/* A transfer, which is written as one. */
struct chunk {
    struct chunk *next;
    struct log *log;
    struct timespec when;
    size_t count;
    uint8_t bytes[];
};

/* What a transfer and the time of each of its lines can take. */
#define TIME_SIZE 25u
#define TEXT_SIZE \
    (VPL011_XENCONS_OUT_SIZE * (1 + TIME_SIZE) + 2 * TIME_SIZE + FILTER_HELD + \
     128u)
_Static_assert(TEXT_SIZE <= LOG_SIZE_MIN, "a transfer fits into a file");

static struct {
    struct log_options options;
    pthread_mutex_t mutex;
    pthread_cond_t more;    /* for the thread: there are chunks */
    pthread_cond_t written; /* for log_end(): there are none */
    struct chunk *first;    /* the thread writes it, and then takes it out */
    struct chunk **end;
    size_t waiting;
    long long progress_us; /* when the thread last wrote one, or could begin */
    bool wanted;           /* somebody waits for a log */
    bool slow;             /* said once, until it is not */
    int done;              /* eventfd */
} logs = {
    .mutex = PTHREAD_MUTEX_INITIALIZER,
    .more = PTHREAD_COND_INITIALIZER,
    .written = PTHREAD_COND_INITIALIZER,
    .done = -1,
};

/*
 * The thread
 */

static const char *text_of(int why)
{
    switch (why) {
    case NO_FILE:
        return "it is no regular file";
    case OF_ANOTHER_USER:
        return "it belongs to another user";
    case HAS_OTHER_NAMES:
        return "it has other names too";
    default:
        return why_text(why);
    }
}

/*
 * The log is opened for each transfer, so that ten thousand logs need no
 * descriptors, and one that was moved away is begun again without a signal.
 * What somebody else has put there is neither waited for nor written to.
 * Returns 0, or what is wrong.
 */
static int open_log(const char *path, int *fd, size_t *size)
{
    struct stat st;
    int why = 0;

    *fd = open(path,
               O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
                   O_NONBLOCK | O_NOCTTY,
               0600);
    if (*fd < 0) {
        return errno;
    }
    if (fstat(*fd, &st) < 0) {
        why = errno;
    } else if (!S_ISREG(st.st_mode)) {
        why = NO_FILE;
    } else if (st.st_uid != geteuid()) {
        why = OF_ANOTHER_USER;
    } else if (st.st_nlink != 1) {
        why = HAS_OTHER_NAMES;
    } else {
        *size = (size_t)st.st_size;
        return 0;
    }
    close(*fd);
    return why;
}

/* Make room for a new file: NAME.log becomes NAME.log.1, and so on. */
static int rotate(const char *path)
{
    char from[4096];
    char to[4096];
    unsigned int i;

    if (logs.options.files == 0) {
        return unlink(path) < 0 ? errno : 0;
    }
    for (i = logs.options.files; i > 1; i--) {
        snprintf(from, sizeof(from), "%s.%u", path, i - 1);
        snprintf(to, sizeof(to), "%s.%u", path, i);
        if (rename(from, to) < 0 && errno != ENOENT) {
            return errno;
        }
    }
    snprintf(to, sizeof(to), "%s.1", path);
    return rename(path, to) < 0 ? errno : 0;
}

static size_t add_time(char *text, const struct timespec *when)
{
    struct tm utc;
    char second[32];

    gmtime_r(&when->tv_sec, &utc);
    strftime(second, sizeof(second), "%Y-%m-%dT%H:%M:%S", &utc);
    return (size_t)snprintf(text, TIME_SIZE + 1, "%.19s.%03ldZ ", second,
                            when->tv_nsec / 1000000);
}

/* What is written for a chunk; returns its size. */
static size_t compose(const struct chunk *c, uint64_t unmarked, bool *in_line,
                      struct filter *filter, char *text)
{
    static uint8_t filtered[VPL011_XENCONS_OUT_SIZE + FILTER_HELD];
    const uint8_t *bytes = c->bytes;
    size_t count = c->count;
    size_t n = 0;
    size_t i;

    if (unmarked > 0) {
        /* What it was in the middle of is not what comes. */
        memset(filter, 0, sizeof(*filter));
        n += (size_t)snprintf(text, 128, "%s[%llu bytes are missing here]\n",
                              *in_line ? "\n" : "",
                              (unsigned long long)unmarked);
        *in_line = false;
    }
    if (!logs.options.raw) {
        count = filter_bytes(filter, bytes, count, filtered);
        bytes = filtered;
    }
    for (i = 0; i < count; i++) {
        if (!*in_line && logs.options.timestamps) {
            n += add_time(text + n, &c->when);
        }
        text[n++] = (char)bytes[i];
        *in_line = bytes[i] != '\n';
    }
    return n;
}

static int write_text(const char *path, const char *text, size_t count,
                      size_t *left)
{
    size_t size = 0;
    ssize_t n = 0;
    int fd = -1;
    int why = open_log(path, &fd, &size);

    *left = count;
    if (!why && logs.options.size > 0 && size + count > logs.options.size) {
        close(fd);
        why = rotate(path);
        if (!why) {
            why = open_log(path, &fd, &size);
        }
    }
    if (why) {
        return why;
    }
    while (*left > 0) {
        n = write(fd, text, *left);
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            why = n < 0 ? errno : ENOSPC;
            break;
        }
        text += n;
        *left -= (size_t)n;
    }
    close(fd);
    return why;
}

static void write_chunk(const struct chunk *c)
{
    static char text[TEXT_SIZE];
    struct log *log = c->log;
    struct filter filter = log->filter;
    bool in_line = log->in_line;
    uint64_t unmarked;
    size_t count;
    size_t left;
    int why;

    pthread_mutex_lock(&logs.mutex);
    unmarked = log->unmarked;
    pthread_mutex_unlock(&logs.mutex);
    count = compose(c, unmarked, &in_line, &filter, text);
    why = write_text(log->path, text, count, &left);
    pthread_mutex_lock(&logs.mutex);
    if (left < count || count == 0) {
        log->in_line = in_line;
        log->filter = filter;
        log->unmarked -= unmarked;
    }
    if (left > 0) {
        /* With times in it, what is left is not all the guest's. */
        size_t lost = left < c->count ? left : c->count;

        log->lost += lost;
        log->unmarked += lost;
    }
    pthread_mutex_unlock(&logs.mutex);
    if (why != log->error) {
        log->error = why;
        if (why) {
            report("log %s: %s; what comes is lost to it", log->path,
                   text_of(why));
        } else {
            report("log %s is written again", log->path);
        }
    }
}

static void *thread(void *unused)
{
    pthread_mutex_lock(&logs.mutex);
    for (;;) {
        struct chunk *c;
        bool was_slow = false;
        bool wanted;

        while (!logs.first) {
            pthread_cond_wait(&logs.more, &logs.mutex);
        }
        c = logs.first;
        pthread_mutex_unlock(&logs.mutex);
        write_chunk(c);
        pthread_mutex_lock(&logs.mutex);
        logs.first = c->next;
        if (!logs.first) {
            logs.end = &logs.first;
            was_slow = logs.slow;
            logs.slow = false;
            pthread_cond_signal(&logs.written);
        }
        logs.progress_us = clock_us();
        logs.waiting -= c->count;
        c->log->waiting -= c->count;
        wanted = logs.wanted;
        logs.wanted = false;
        pthread_mutex_unlock(&logs.mutex);
        free(c);
        if (wanted) {
            (void)eventfd_write(logs.done, 1);
        }
        if (was_slow) {
            report("the logs are written again");
        }
        pthread_mutex_lock(&logs.mutex);
    }
    return unused;
}

/*
 * The others
 */

int log_start(const struct log_options *options)
{
    pthread_t id;

    logs.options = *options;
    logs.end = &logs.first;
    logs.done = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (logs.done < 0) {
        return -1;
    }
    errno = pthread_create(&id, NULL, thread, NULL);
    if (errno) {
        return -1;
    }
    pthread_detach(id);
    return logs.done;
}

bool log_begin(struct log *log, const char *name)
{
    return !logs.options.dir ||
           asprintf(&log->path, "%s/%s.log", logs.options.dir, name) >= 0;
}

void log_free(struct log *log)
{
    free(log->path);
    log->path = NULL;
}

/* For how long nothing was written although it might. */
static long long stands_us(void)
{
    return logs.first ? clock_us() - logs.progress_us : 0;
}

void log_add(struct log *log, const uint8_t *bytes, size_t count)
{
    struct chunk *c;
    bool too_much;
    bool slow;

    if (!log->path || count == 0) {
        return;
    }
    c = malloc(sizeof(*c) + count);
    if (c) {
        *c = (struct chunk){
            .log = log,
            .count = count,
        };
        clock_gettime(CLOCK_REALTIME, &c->when);
        memcpy(c->bytes, bytes, count);
    }
    pthread_mutex_lock(&logs.mutex);
    too_much = !c || log->waiting + count > WAITING_MAX ||
               logs.waiting + count > QUEUE_MAX;
    if (too_much) {
        log->lost += count;
        log->unmarked += count;
    } else {
        if (!logs.first) {
            logs.progress_us = clock_us();
        }
        *logs.end = c;
        logs.end = &c->next;
        log->waiting += count;
        logs.waiting += count;
        pthread_cond_signal(&logs.more);
    }
    slow = !logs.slow && stands_us() > SLOW_US;
    logs.slow |= slow;
    pthread_mutex_unlock(&logs.mutex);
    if (too_much) {
        free(c);
    }
    if (slow) {
        report("%s: the disk is slow; what is more than may wait for it is "
               "lost to the logs",
               logs.options.dir);
    }
}

bool log_wait(const struct log *log)
{
    bool waits;

    if (!log->path) {
        return false;
    }
    pthread_mutex_lock(&logs.mutex);
    waits = log->waiting > 0 && stands_us() < LOG_PATIENCE_US;
    logs.wanted |= waits;
    pthread_mutex_unlock(&logs.mutex);
    return waits;
}

bool log_is_idle(const struct log *log)
{
    bool idle;

    pthread_mutex_lock(&logs.mutex);
    idle = log->waiting == 0;
    pthread_mutex_unlock(&logs.mutex);
    return idle;
}

uint64_t log_lost(const struct log *log)
{
    uint64_t lost;

    pthread_mutex_lock(&logs.mutex);
    lost = log->lost;
    pthread_mutex_unlock(&logs.mutex);
    return lost;
}

size_t log_end(int limit_ms)
{
    struct timespec until;
    size_t waiting;

    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += limit_ms / 1000;
    pthread_mutex_lock(&logs.mutex);
    while (logs.first &&
           pthread_cond_timedwait(&logs.written, &logs.mutex, &until) == 0) {
    }
    waiting = logs.waiting;
    pthread_mutex_unlock(&logs.mutex);
    return waiting;
}
