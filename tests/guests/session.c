/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "session.h"

/* What a failed test leaves behind, for the next one to end. */
static pid_t running;

uint64_t session_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

uint32_t session_crc32(const uint8_t *bytes, size_t count)
{
    uint32_t crc = UINT32_MAX;

    for (size_t i = 0; i < count; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
        }
    }
    return ~crc;
}

char *session_program(const char *variable, const char *reason)
{
    char *program = getenv(variable);

    if (!program || !*program || access(program, R_OK) != 0) {
        printf("1..0 # SKIP %s\n", reason);
        exit(0);
    }
    return program;
}

/* The end of what the console showed, a comment in each line. */
static void show(const char *name, const struct session_text *text)
{
    size_t from = text->count > 3000 ? text->count - 3000 : 0;

    printf("# %s, %zu bytes%s:\n#   ", name, text->count,
           from ? ", the end of it" : "");
    for (size_t i = from; i < text->count; i++) {
        uint8_t c = text->bytes[i];

        if (c == '\n') {
            printf("\n#   ");
        } else if (c >= 0x20 && c < 0x7f) {
            putchar(c);
        } else if (c != '\r') {
            printf("\\x%02x", c);
        }
    }
    putchar('\n');
}

void session_fail(const struct session *s, const char *what, const char *which)
{
    show("console", &s->out);
    show("standard error", &s->err);
    (void)fflush(stdout);
    fail_msg("%s: %s (after %" PRIu64 " ms)", what, which,
             session_now() - s->start);
    abort();
}

/* The text of the last session, which a failed test has no chance to free. */
static uint8_t *owned[2];

static void end_running(void)
{
    if (running > 0) {
        (void)kill(running, SIGKILL);
        (void)waitpid(running, NULL, 0);
        running = 0;
    }
}

/* In the child: only what may be done between fork and exec. */
static void become(char *const arguments[], int in, int out, int err,
                   bool terminal)
{
    if (terminal) {
        (void)setsid();
        (void)ioctl(in, TIOCSCTTY, 0);
    }
    (void)signal(SIGPIPE, SIG_DFL);
    if (dup2(in, 0) >= 0 && dup2(out, 1) >= 0 && dup2(err, 2) >= 0) {
        (void)execv(arguments[0], arguments);
    }
    _exit(127);
}

static void close_on_exec(int fd)
{
    (void)fcntl(fd, F_SETFD, FD_CLOEXEC);
}

static void require(bool condition, const char *what)
{
    if (!condition) {
        fail_msg("%s: %s", what, strerror(errno));
    }
}

static void make_pipe(int ends[2])
{
    require(pipe(ends) == 0, "pipe");
    close_on_exec(ends[0]);
    close_on_exec(ends[1]);
}

void session_start(struct session *s, enum session_kind kind,
                   char *const arguments[])
{
    int in[2];
    int out[2];
    int err[2] = {-1, -1};
    int i;

    end_running();
    (void)atexit(end_running);
    (void)signal(SIGPIPE, SIG_IGN);
    memset(s, 0, sizeof(*s));
    for (i = 0; i < 2; i++) {
        free(owned[i]);
        owned[i] = NULL;
    }
    s->err.owned = 1;
    s->start = session_now();
    s->terminal = -1;
    if (kind == SESSION_PIPES) {
        make_pipe(in);
        make_pipe(out);
        make_pipe(err);
        s->to = in[1];
        s->from = out[0];
        s->from_err = err[0];
    } else {
        s->to = posix_openpt(O_RDWR | O_NOCTTY);
        require(s->to >= 0 && grantpt(s->to) == 0 && unlockpt(s->to) == 0,
                "no terminal");
        close_on_exec(s->to);
        s->from = s->to;
        s->from_err = -1;
        s->terminal = open(ptsname(s->to), O_RDWR | O_NOCTTY);
        require(s->terminal >= 0, "no terminal");
        close_on_exec(s->terminal);
        in[0] = out[1] = err[1] = s->terminal;
    }
    s->pid = fork();
    require(s->pid >= 0, "fork");
    if (s->pid == 0) {
        become(arguments, in[0], out[1], err[1], kind == SESSION_TERMINAL);
    }
    running = s->pid;
    if (kind == SESSION_PIPES) {
        (void)close(in[0]);
        (void)close(out[1]);
        (void)close(err[1]);
    }
    (void)fcntl(s->to, F_SETFL, O_NONBLOCK);
    (void)fcntl(s->from, F_SETFL, O_NONBLOCK);
}

/* Returns false at its end. */
static bool take(int fd, struct session_text *text)
{
    ssize_t n;

    do {
        if (text->room - text->count < 4096) {
            text->room = 2 * text->room + 8192;
            text->bytes = realloc(text->bytes, text->room);
            require(text->bytes != NULL, "memory");
            owned[text->owned] = text->bytes;
        }
        n = read(fd, text->bytes + text->count, 4096);
        if (n > 0) {
            text->count += (size_t)n;
        }
    } while (n > 0 && text->count < text->room);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Take what came; wait for that, or for room to send, at most `ms`. */
static void pump(struct session *s, bool sending, unsigned int ms)
{
    struct pollfd fds[3] = {
        {.fd = s->from, .events = POLLIN},
        {.fd = s->from_err, .events = POLLIN},
        {.fd = sending ? s->to : -1, .events = POLLOUT},
    };

    if (session_now() - s->start > SESSION_DEADLINE) {
        session_fail(s, "deadline", "the program hangs, or is too slow");
    }
    if (poll(fds, 3, (int)ms) <= 0) {
        return;
    }
    if (fds[0].revents && !take(s->from, &s->out) && s->terminal < 0) {
        (void)close(s->from);
        s->from = -1;
    }
    if (fds[1].revents) {
        (void)fcntl(s->from_err, F_SETFL, O_NONBLOCK);
        if (!take(s->from_err, &s->err)) {
            (void)close(s->from_err);
            s->from_err = -1;
        }
    }
}

void session_send(struct session *s, const void *bytes, size_t count)
{
    const uint8_t *at = bytes;

    while (count > 0) {
        ssize_t n = write(s->to, at, count);

        if (n > 0) {
            at += n;
            count -= (size_t)n;
        } else if (errno != EAGAIN && errno != EINTR) {
            session_fail(s, "cannot type", strerror(errno));
        } else {
            pump(s, true, 100);
        }
    }
}

void session_type(struct session *s, const char *text)
{
    session_send(s, text, strlen(text));
}

void session_close_input(struct session *s)
{
    (void)close(s->to);
    s->to = -1;
}

void session_stall(unsigned int ms)
{
    (void)poll(NULL, 0, (int)ms);
}

static const uint8_t *find(const uint8_t *from, const uint8_t *end,
                           const char *text)
{
    size_t count = strlen(text);

    for (; (size_t)(end - from) >= count; from++) {
        if (memcmp(from, text, count) == 0) {
            return from;
        }
    }
    return NULL;
}

static bool has_ended(const struct session *s)
{
    siginfo_t info = {0};

    return waitid(P_PID, (id_t)s->pid, &info, WEXITED | WNOHANG | WNOWAIT) ==
               0 &&
           info.si_pid == s->pid;
}

void session_expect(struct session *s, const char *text)
{
    bool ended = false;

    for (;;) {
        const uint8_t *at = NULL;

        if (s->out.count > s->mark) {
            at =
                find(s->out.bytes + s->mark, s->out.bytes + s->out.count, text);
        }
        if (at) {
            s->mark = (size_t)(at - s->out.bytes) + strlen(text);
            return;
        }
        if (ended) {
            session_fail(s, "ended without saying", text);
        }
        ended = has_ended(s);
        pump(s, false, ended ? 0 : 100);
    }
}

unsigned int session_count(const struct session *s, const char *text)
{
    const uint8_t *at = s->out.bytes;
    const uint8_t *end = at + s->out.count;
    unsigned int count = 0;

    while (at && (at = find(at, end, text))) {
        at++;
        count++;
    }
    return count;
}

int session_get(struct session *s, unsigned int ms)
{
    uint64_t start = session_now();

    while (s->mark == s->out.count) {
        uint64_t waited = session_now() - start;

        if (waited >= ms) {
            return -1;
        }
        pump(s, false, ms - (unsigned int)waited);
    }
    return s->out.bytes[s->mark++];
}

int session_wait(struct session *s)
{
    struct rusage usage;
    int status;

    while (wait4(s->pid, &status, WNOHANG, &usage) != s->pid) {
        pump(s, false, 20);
    }
    running = 0;
    s->cpu_ms =
        (uint64_t)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
        (uint64_t)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
    /* What it said last. */
    if (s->from >= 0) {
        (void)take(s->from, &s->out);
    }
    if (s->from_err >= 0) {
        (void)fcntl(s->from_err, F_SETFL, O_NONBLOCK);
        (void)take(s->from_err, &s->err);
    }
    return status;
}

void session_expect_exit(struct session *s, int expected)
{
    char text[64];
    int status = session_wait(s);

    if (!WIFEXITED(status) || WEXITSTATUS(status) != expected) {
        (void)snprintf(text, sizeof(text), "status 0x%x, not exit %d",
                       (unsigned int)status, expected);
        session_fail(s, "ended wrongly", text);
    }
    assert_int_equal(WEXITSTATUS(status), expected);
}

uint64_t session_stat(const struct session *s, const char *name)
{
    const struct session_text *text = s->terminal < 0 ? &s->err : &s->out;
    const uint8_t *end = text->bytes + text->count;
    const uint8_t *at = text->bytes ? find(text->bytes, end, name) : NULL;
    uint64_t value = 0;

    if (!at) {
        session_fail(s, "no such figure", name);
    }
    for (at += strlen(name); at < end && *at == ' '; at++) {
    }
    for (; at < end && *at >= '0' && *at <= '9'; at++) {
        value = value * 10 + (uint64_t)(*at - '0');
    }
    return value;
}

void session_print_figures(const struct session *s, const char *what)
{
    printf("# %s: wall %" PRIu64 " ms, CPU %" PRIu64 " ms, UART reads %" PRIu64
           ", writes %" PRIu64 ", notifies %" PRIu64 ", interrupts %" PRIu64
           "\n",
           what, session_stat(s, "wall time [ms]"), s->cpu_ms,
           session_stat(s, "UART reads"), session_stat(s, "UART writes"),
           session_stat(s, "notifies"), session_stat(s, "interrupts taken"));
}
