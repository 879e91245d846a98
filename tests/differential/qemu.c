/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "qemu.h"

#include <errno.h>
#include <inttypes.h>
#include <linux/sockios.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define UART_BASE 0x09000000u /* of QEMU's "virt" machine */
#define UART_SPI 1
#define RAM_BASE 0x40000000u
#define PATIENCE_MS 20000

static const char *const socket_names[3] = {"qtest", "serial", "qmp"};
static char directory[64];
static volatile pid_t child;

__attribute__((format(printf, 1, 2), noreturn)) static void fatal(
    const char *format, ...)
{
    va_list args;

    fflush(stdout);
    fprintf(stderr, "%s: ", program_invocation_short_name);
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "\n");
    exit(1);
}

static void socket_path(char *path, size_t size, const char *name)
{
    snprintf(path, size, "%s/%s", directory, name);
}

/* Calls only what a signal handler may call. */
static void remove_sockets(void)
{
    char path[96];
    size_t length = strlen(directory);
    int i;

    if (length == 0) {
        return;
    }
    for (i = 0; i < 3; i++) {
        memcpy(path, directory, length);
        path[length] = '/';
        memcpy(path + length + 1, socket_names[i], strlen(socket_names[i]) + 1);
        unlink(path);
    }
    rmdir(directory);
    directory[0] = '\0';
}

static void clean_up(void)
{
    if (child > 0) {
        kill(child, SIGKILL);
    }
    remove_sockets();
}

static void on_signal(int number)
{
    clean_up();
    signal(number, SIG_DFL);
    raise(number);
}

static void wait_for(int fd, short events, const char *what)
{
    struct pollfd p = {.fd = fd, .events = events};
    int n;

    do {
        n = poll(&p, 1, PATIENCE_MS);
    } while (n < 0 && errno == EINTR);
    if (n <= 0) {
        fatal("QEMU gave no %s in %d s", what, PATIENCE_MS / 1000);
    }
}

static void send_all(int fd, const char *bytes, size_t count, const char *what)
{
    while (count > 0) {
        ssize_t n = send(fd, bytes, count, MSG_NOSIGNAL | MSG_DONTWAIT);

        if (n < 0 && errno == EAGAIN) {
            wait_for(fd, POLLOUT, what);
        } else if (n < 0 && errno != EINTR) {
            fatal("QEMU closed its %s socket", what);
        } else if (n > 0) {
            bytes += n;
            count -= (size_t)n;
        }
    }
}

/* The next line, without its end, valid until the next call. */
static char *next_line(struct qemu_socket *s, const char *what)
{
    for (;;) {
        char *begin = s->buffer + s->taken;
        char *end = memchr(begin, '\n', s->fill - s->taken);
        ssize_t n;

        if (end) {
            *end = '\0';
            s->taken = (size_t)(end + 1 - s->buffer);
            return begin;
        }
        memmove(s->buffer, begin, s->fill - s->taken);
        s->fill -= s->taken;
        s->taken = 0;
        if (s->fill == sizeof(s->buffer)) {
            fatal("QEMU sent a line without an end on its %s socket", what);
        }
        wait_for(s->fd, POLLIN, what);
        n = recv(s->fd, s->buffer + s->fill, sizeof(s->buffer) - s->fill, 0);
        if (n == 0 || (n < 0 && errno != EINTR)) {
            fatal("QEMU closed its %s socket", what);
        }
        s->fill += n > 0 ? (size_t)n : 0;
    }
}

/*
 * qtest
 */

/* One answer; interrupt changes that QEMU reports before it are taken in. */
static uint64_t qtest_answer(struct qemu *q)
{
    for (;;) {
        char *line = next_line(&q->qtest, "qtest");
        int number;

        if (sscanf(line, "IRQ raise %d", &number) == 1) {
            q->irq = number == UART_SPI ? true : q->irq;
        } else if (sscanf(line, "IRQ lower %d", &number) == 1) {
            q->irq = number == UART_SPI ? false : q->irq;
        } else if (strncmp(line, "OK", 2) == 0) {
            return line[2] == ' ' ? strtoull(line + 3, NULL, 0) : 0;
        } else {
            fatal("qtest answered: %s", line);
        }
    }
}

static uint64_t qtest_command(struct qemu *q, const char *command)
{
    send_all(q->qtest.fd, command, strlen(command), "qtest");
    return qtest_answer(q);
}

__attribute__((format(printf, 2, 3))) static void post(struct qemu *q,
                                                       const char *format, ...)
{
    size_t room = sizeof(q->post) - q->post_fill;
    va_list args;
    int n;

    va_start(args, format);
    n = vsnprintf(q->post + q->post_fill, room, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= room) {
        fatal("more than %d accesses posted", QEMU_POST_MAX);
    }
    q->post_fill += (size_t)n;
    q->posted++;
}

static char width(unsigned int size)
{
    return size == 1 ? 'b' : size == 2 ? 'w' : size == 4 ? 'l' : 'q';
}

void qemu_post_read(struct qemu *q, uint32_t offset, unsigned int size)
{
    post(q, "read%c 0x%x\n", width(size), UART_BASE + offset);
}

void qemu_post_write(struct qemu *q, uint32_t offset, unsigned int size,
                     uint64_t value)
{
    post(q, "write%c 0x%x 0x%" PRIx64 "\n", width(size), UART_BASE + offset,
         value);
}

size_t qemu_collect(struct qemu *q, struct qemu_reply *replies)
{
    size_t count = q->posted;
    size_t i;

    send_all(q->qtest.fd, q->post, q->post_fill, "qtest");
    for (i = 0; i < count; i++) {
        replies[i].value = qtest_answer(q);
        replies[i].irq = q->irq;
    }
    q->post_fill = 0;
    q->posted = 0;
    return count;
}

/* A read of RAM: QEMU's main loop has gone round at least once. */
static void go_round(struct qemu *q)
{
    char command[32];

    snprintf(command, sizeof(command), "readl 0x%x\n", RAM_BASE);
    qtest_command(q, command);
}

/*
 * The serial line
 */

size_t qemu_serial_take(struct qemu *q, uint8_t *bytes, size_t size)
{
    size_t fill = 0;
    ssize_t n;

    while (fill < size) {
        n = recv(q->serial, bytes + fill, size - fill, MSG_DONTWAIT);
        if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
            fatal("QEMU closed its serial socket");
        }
        if (n < 0 && errno == EAGAIN) {
            break;
        }
        fill += n > 0 ? (size_t)n : 0;
    }
    return fill;
}

void qemu_serial_send(struct qemu *q, const uint8_t *bytes, size_t count)
{
    send_all(q->serial, (const char *)bytes, count, "serial");
    q->sending = true;
}

void qemu_serial_settle(struct qemu *q, size_t taken, size_t left)
{
    size_t rounds = 0;
    int queued;

    /* The socket's count of unread bytes is rounded to buffers, so that only 0
     * is reliable. Otherwise rounds are counted: QEMU takes at least one byte
     * in every second one. */
    do {
        go_round(q);
        if (ioctl(q->serial, SIOCOUTQ, &queued) < 0) {
            fatal("SIOCOUTQ: %s", strerror(errno));
        }
        if (++rounds > 100000) {
            fatal("QEMU does not take its serial input");
        }
    } while (left > 0 ? rounds < 2 * taken + 4 : queued > 0);
    go_round(q);
}

bool qemu_serial_turn(struct qemu *q)
{
    int queued;
    int rounds;

    for (rounds = 0; rounds < 4 && q->sending; rounds++) {
        if (ioctl(q->serial, SIOCOUTQ, &queued) < 0) {
            fatal("SIOCOUTQ: %s", strerror(errno));
        }
        /* The last character may be on its way from the socket to the UART. */
        go_round(q);
        q->sending = queued > 0;
    }
    return !q->sending;
}

/*
 * The monitor
 */

/* Sends a command; returns its "return" line, or NULL for an error. */
static char *qmp_command(struct qemu *q, const char *command)
{
    send_all(q->qmp.fd, command, strlen(command), "monitor");
    for (;;) {
        char *line = next_line(&q->qmp, "monitor");

        if (strstr(line, "\"RESET\"")) {
            q->resets++;
        } else if (strstr(line, "\"return\"")) {
            return line;
        }
        if (strstr(line, "\"error\"")) {
            return NULL;
        }
    }
}

void qemu_serial_break(struct qemu *q)
{
    if (!qmp_command(q, "{\"execute\":\"chardev-send-break\","
                        "\"arguments\":{\"id\":\"ser0\"}}\n")) {
        fatal("QEMU cannot send a BREAK");
    }
    go_round(q);
}

void qemu_system_reset(struct qemu *q)
{
    const unsigned int before = q->resets;

    if (!qmp_command(q, "{\"execute\":\"system_reset\"}\n")) {
        fatal("QEMU cannot be reset");
    }
    /* The event may come before the answer, or after. */
    while (q->resets == before) {
        if (strstr(next_line(&q->qmp, "monitor"), "\"RESET\"")) {
            q->resets++;
        }
    }
    go_round(q);
}

/*
 * Start and end
 */

static int listen_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    socket_path(address.sun_path, sizeof(address.sun_path), name);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
        listen(fd, 1) < 0) {
        fatal("cannot listen at %s: %s", address.sun_path, strerror(errno));
    }
    return fd;
}

/* Where from: the file of a machine that was saved, or NULL. */
static void run_qemu(const char *from)
{
    char incoming[160];
    char qtest[160];
    char serial[160];
    char monitor[160];

    snprintf(qtest, sizeof(qtest), "unix:%s/%s", directory, socket_names[0]);
    snprintf(serial, sizeof(serial), "socket,id=ser0,path=%s/%s", directory,
             socket_names[1]);
    snprintf(monitor, sizeof(monitor), "socket,id=mon0,path=%s/%s", directory,
             socket_names[2]);
    snprintf(incoming, sizeof(incoming), "exec:cat '%s'", from ? from : "");
    execlp("qemu-system-aarch64", "qemu-system-aarch64", "-M",
           "virt,gic-version=2", "-cpu", "cortex-a53", "-m", "16M",
           "-nodefaults", "-no-user-config", "-display", "none", "-S", "-qtest",
           qtest, "-qtest-log", "none", "-chardev", serial, "-serial",
           "chardev:ser0", "-chardev", monitor, "-mon",
           "chardev=mon0,mode=control", from ? "-incoming" : (char *)NULL,
           incoming, (char *)NULL);
    _exit(errno == ENOENT ? 127 : 126);
}

/* Which of the machine's nameless devices is the interrupt controller. */
static void watch_interrupt(struct qemu *q)
{
    char command[160];
    char *line;
    int i;

    for (i = 0; i < 64; i++) {
        snprintf(command, sizeof(command),
                 "{\"execute\":\"qom-get\",\"arguments\":{\"path\":"
                 "\"/machine/unattached/device[%d]\","
                 "\"property\":\"type\"}}\n",
                 i);
        line = qmp_command(q, command);
        if (line && strstr(line, "\"arm_gic\"")) {
            snprintf(command, sizeof(command),
                     "irq_intercept_in /machine/unattached/device[%d]\n", i);
            qtest_command(q, command);
            return;
        }
    }
    fatal("QEMU's interrupt controller was not found");
}

/* Ask again and again while the answer has the text in it; the one without. */
static const char *wait_while(struct qemu *q, const char *query,
                              const char *text)
{
    char command[64];
    const char *line;
    int waited;

    snprintf(command, sizeof(command), "{\"execute\":\"%s\"}\n", query);
    for (waited = 0; waited < PATIENCE_MS; waited += 10) {
        line = qmp_command(q, command);
        if (line && !strstr(line, text) && !strstr(line, "\"setup\"")) {
            return line;
        }
        poll(NULL, 0, 10);
    }
    fatal("QEMU did not get further than %s in %d s", text, PATIENCE_MS / 1000);
}

static void read_version(struct qemu *q)
{
    char *line = qmp_command(q, "{\"execute\":\"query-version\"}\n");
    char *at = line ? strstr(line, "\"qemu\"") : NULL;
    int micro = -1;
    int minor = -1;
    int major = -1;

    if (at) {
        char *m = strstr(at, "\"micro\":");
        char *n = strstr(at, "\"minor\":");
        char *j = strstr(at, "\"major\":");

        micro = m ? atoi(m + 8) : -1;
        minor = n ? atoi(n + 8) : -1;
        major = j ? atoi(j + 8) : -1;
    }
    snprintf(q->version, sizeof(q->version), "%d.%d.%d", major, minor, micro);
}

static const char *start(struct qemu *q, const char *from)
{
    static const int signals[3] = {SIGINT, SIGTERM, SIGHUP};
    static bool prepared;
    const char *tmp = getenv("TMPDIR");
    pid_t parent = getpid();
    int listeners[3];
    int fds[3] = {-1, -1, -1};
    int i;

    if (!prepared) {
        prepared = true;
        atexit(clean_up);
        for (i = 0; i < 3; i++) {
            signal(signals[i], on_signal);
        }
    }
    memset(q, 0, sizeof(*q));
    snprintf(directory, sizeof(directory), "%s/vpl011-XXXXXX",
             tmp && strlen(tmp) < 40 ? tmp : "/tmp");
    if (!mkdtemp(directory)) {
        directory[0] = '\0';
        fatal("cannot make a directory for sockets: %s", strerror(errno));
    }
    for (i = 0; i < 3; i++) {
        listeners[i] = listen_at(socket_names[i]);
    }
    fflush(NULL);
    q->pid = fork();
    if (q->pid < 0) {
        fatal("fork: %s", strerror(errno));
    }
    if (q->pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent) {
            _exit(126);
        }
        run_qemu(from);
    }
    child = q->pid;
    for (i = 0; i < 3; i++) {
        int waited = 0;
        struct pollfd p = {.fd = listeners[i], .events = POLLIN};

        while (poll(&p, 1, 50) <= 0) {
            int status;

            if (waitpid(q->pid, &status, WNOHANG) == q->pid) {
                child = 0;
                remove_sockets();
                return WIFEXITED(status) && WEXITSTATUS(status) == 127
                           ? "qemu-system-aarch64 is not installed"
                           : "qemu-system-aarch64 does not start";
            }
            if ((waited += 50) > PATIENCE_MS) {
                fatal("QEMU did not connect in %d s", PATIENCE_MS / 1000);
            }
        }
        fds[i] = accept4(listeners[i], NULL, NULL, SOCK_CLOEXEC);
        if (fds[i] < 0) {
            fatal("accept: %s", strerror(errno));
        }
        close(listeners[i]);
    }
    remove_sockets();
    q->qtest.fd = fds[0];
    q->serial = fds[1];
    q->qmp.fd = fds[2];
    if (!qmp_command(q, "{\"execute\":\"qmp_capabilities\"}\n")) {
        fatal("QEMU's monitor does not start");
    }
    read_version(q);
    if (from) {
        wait_while(q, "query-status", "\"inmigrate\"");
    }
    watch_interrupt(q);
    return NULL;
}

const char *qemu_start(struct qemu *q)
{
    return start(q, NULL);
}

const char *qemu_start_from(struct qemu *q, const char *file)
{
    return start(q, file);
}

bool qemu_save(struct qemu *q, const char *file)
{
    char command[256];

    snprintf(command, sizeof(command),
             "{\"execute\":\"migrate\",\"arguments\":"
             "{\"uri\":\"exec:cat > '%s'\"}}\n",
             file);
    return qmp_command(q, command) &&
           strstr(wait_while(q, "query-migrate", "\"active\""),
                  "\"completed\"");
}

void qemu_stop(struct qemu *q)
{
    kill(q->pid, SIGKILL);
    waitpid(q->pid, NULL, 0);
    child = 0;
    close(q->qtest.fd);
    close(q->serial);
    close(q->qmp.fd);
}
