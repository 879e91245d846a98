/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "guest_thread.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

void sockets(int fds[2])
{
    assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                       errno);
}

char nth(size_t n)
{
    return (char)('!' + n % 89);
}

static void on_irq(void *ctx, bool high)
{
    struct guest *g = ctx;

    (void)pthread_mutex_lock(&g->lock);
    g->line = high;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

uint32_t get(struct guest *g, uint64_t offset)
{
    uint64_t value = 0;

    (void)vpl011_mmio_read(vpl011_console_device(&g->console), offset, 4,
                           &value);
    return (uint32_t)value;
}

void put(struct guest *g, uint64_t offset, uint32_t value)
{
    (void)vpl011_mmio_write(vpl011_console_device(&g->console), offset, 4,
                            value);
}

static bool wait_for_interrupt(struct guest *g)
{
    bool off;

    (void)pthread_mutex_lock(&g->lock);
    while (!g->line && !g->off) {
        (void)pthread_cond_wait(&g->changed, &g->lock);
    }
    off = g->off;
    (void)pthread_mutex_unlock(&g->lock);
    return !off;
}

static bool is_off(struct guest *g)
{
    bool off;

    (void)pthread_mutex_lock(&g->lock);
    off = g->off;
    (void)pthread_mutex_unlock(&g->lock);
    return off;
}

bool sends(struct guest *g, uint32_t c)
{
    while (get(g, PL011_UARTFR) & PL011_FR_TXFF) {
        if (is_off(g)) {
            return false;
        }
        (void)sched_yield();
    }
    put(g, PL011_UARTDR, c);
    g->sent++;
    return true;
}

/* Echo what was received; false at the end of the text. */
static bool says_again(struct guest *g)
{
    while (!(get(g, PL011_UARTFR) & PL011_FR_RXFE)) {
        uint32_t c = get(g, PL011_UARTDR) & 0xFFu;

        if (c == END_OF_TEXT || !sends(g, c)) {
            return false;
        }
    }
    return true;
}

void *echo(void *ctx)
{
    struct guest *g = ctx;

    put(g, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    while (wait_for_interrupt(g)) {
        while (get(g, PL011_UARTMIS) != 0) {
            if (!says_again(g)) {
                return NULL;
            }
        }
    }
    return NULL;
}

void *echo_by_ticks(void *ctx)
{
    struct guest *g = ctx;

    put(g, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    while (wait_for_interrupt(g)) {
        if (!says_again(g)) {
            return NULL;
        }
    }
    return NULL;
}

struct vpl011_console_config config_of(struct guest *g)
{
    const struct vpl011_console_config config = {
        .ctx = g,
        .irq = on_irq,
        .in_fd = -1,
        .out_fd = -1,
        .end = VPL011_CONSOLE_END_FDS,
        .device = {.personality = VPL011_SBSA},
    };

    memset(g, 0, sizeof(*g));
    (void)pthread_mutex_init(&g->lock, NULL);
    (void)pthread_cond_init(&g->changed, NULL);
    return config;
}

void begin(struct guest *g, void *(*program)(void *))
{
    assert_int_equal(pthread_create(&g->thread, NULL, program, g), 0);
    g->runs = true;
}

void await(struct guest *g)
{
    (void)pthread_join(g->thread, NULL);
    g->runs = false;
}

void power_off(struct guest *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->off = true;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
    if (g->runs) {
        await(g);
    }
}

struct vpl011_console_status status_of(struct guest *g)
{
    struct vpl011_console_status status;

    assert_result(vpl011_console_get_status(&g->console, &status), VPL011_OK);
    return status;
}

void has(struct guest *g, const char *text)
{
    while (*text) {
        assert_true(sends(g, (uint8_t)*text++));
    }
}

size_t takes(int fd, char *bytes, size_t count, int ms)
{
    size_t at = 0;

    while (at < count) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;

        if (poll(&p, 1, ms) <= 0) {
            break;
        }
        n = read(fd, bytes + at, count - at);
        if (n <= 0) {
            break;
        }
        at += (size_t)n;
    }
    return at;
}

void assert_takes(int fd, const char *text)
{
    char bytes[256] = {0};
    size_t length = strlen(text);

    assert_int_equal(takes(fd, bytes, length, LONG_MS), length);
    assert_string_equal(bytes, text);
}

void assert_takes_no_more(int fd)
{
    char byte;

    assert_int_equal(takes(fd, &byte, 1, 50), 0);
}

void types_and_reads(int fd, size_t count, size_t stall_each)
{
    static char bytes[4096];
    size_t typed = 0;
    size_t at = 0;
    size_t stalled = 0;

    assert_return_code(fcntl(fd, F_SETFL, O_NONBLOCK), errno);
    while (at < count) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        ssize_t n;
        size_t i;

        if (typed < count) {
            p.events |= POLLOUT;
        }
        assert_int_equal(poll(&p, 1, LONG_MS), 1);
        if (p.revents & POLLOUT) {
            for (i = 0; i < sizeof(bytes); i++) {
                bytes[i] = nth(typed + i);
            }
            n = write(fd, bytes,
                      count - typed < sizeof(bytes) ? count - typed
                                                    : sizeof(bytes));
            typed += n > 0 ? (size_t)n : 0;
        }
        if (p.revents & POLLIN) {
            n = read(fd, bytes, sizeof(bytes));
            assert_true(n > 0);
            for (i = 0; i < (size_t)n; i++) {
                if (bytes[i] != nth(at + i)) {
                    assert_int_equal(bytes[i], nth(at + i));
                }
            }
            at += (size_t)n;
            if (stall_each && at / stall_each > stalled) {
                stalled = at / stall_each;
                sleep_ms(100);
            }
        }
    }
}

int connect_unix(const char *path)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s", path);
    if (connect(fd, (const struct sockaddr *)&name, sizeof(name)) < 0) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int connect_tcp(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    name.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_return_code(
        connect(fd, (const struct sockaddr *)&name, sizeof(name)), errno);
    return fd;
}

int open_raw(const char *name)
{
    int fd = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios mode;

    assert_return_code(fd, errno);
    /* The pty is raw already: the guest's first output is not echoed to it. */
    assert_return_code(tcgetattr(fd, &mode), errno);
    assert_false(mode.c_lflag & (ECHO | ICANON));
    assert_false(mode.c_oflag & OPOST);
    return fd;
}

static char directory[] = "/tmp/vpl011-console-XXXXXX";

static void remove_directory(void)
{
    (void)rmdir(directory);
}

const char *path_of(const char *name)
{
    static char path[64];
    static bool made;

    if (!made) {
        assert_non_null(mkdtemp(directory));
        assert_int_equal(atexit(remove_directory), 0);
        made = true;
    }
    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

const char *address_of(const char *name)
{
    static char address[80];

    (void)snprintf(address, sizeof(address), "unix:%s", path_of(name));
    return address;
}

int open_pair(struct guest *g, uint32_t end, bool tcp)
{
    struct vpl011_console_config config = config_of(g);
    int fds[2] = {-1, -1};

    config.end = end;
    if (end == VPL011_CONSOLE_END_FDS) {
        sockets(fds);
        config.in_fd = fds[0];
        config.out_fd = fds[0];
    } else if (end == VPL011_CONSOLE_END_LISTEN) {
        config.address = tcp ? "tcp:127.0.0.1:0" : address_of("socket");
    }
    assert_result(vpl011_console_init(&g->console, &config), VPL011_OK);
    switch (end) {
    case VPL011_CONSOLE_END_FDS:
        return fds[1];
    case VPL011_CONSOLE_END_PTY:
        return open_raw(vpl011_console_address(&g->console));
    default:
        return tcp ? connect_tcp(vpl011_console_address(&g->console))
                   : connect_unix(path_of("socket"));
    }
}
