/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console in one structure, with guests that are threads. */
#include "support.h"

#include <vpl011/console.h>
#include <vpl011/fifo.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* [bytes] Where BRIEF is defined a byte takes ten times as long. */
#ifdef BRIEF
#define LONG_PASTE (128u * 1024u)
#else
#define LONG_PASTE (1024u * 1024u)
#endif
/* Nothing here takes so long, on whatever machine. */
#define LONG_MS 120000

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void sleep_ms(long ms)
{
    const struct timespec t = {ms / 1000, ms % 1000 * 1000000};

    (void)nanosleep(&t, NULL);
}

static void sockets(int fds[2])
{
    assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                       errno);
}

/* The n-th byte of a long text whose period is no power of two. */
static char nth(size_t n)
{
    return (char)('!' + n % 89);
}

/*
 * A guest: waits for the interrupt, takes what there is, sends it again
 */

#define END_OF_TEXT 4

struct guest {
    struct vpl011_console console;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool line; /* of the interrupt controller */
    bool off;
    pthread_t thread;
    bool runs;
    _Atomic size_t sent;
    uint8_t history[8192];
};

static void on_irq(void *ctx, bool high)
{
    struct guest *g = ctx;

    (void)pthread_mutex_lock(&g->lock);
    g->line = high;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

static uint32_t get(struct guest *g, uint64_t offset)
{
    uint64_t value = 0;

    (void)vpl011_mmio_read(vpl011_console_device(&g->console), offset, 4,
                           &value);
    return (uint32_t)value;
}

static void put(struct guest *g, uint64_t offset, uint32_t value)
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

static bool sends(struct guest *g, uint32_t c)
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

/* As most drivers: the handler is left when MIS says that nothing waits. */
static void *echo(void *ctx)
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

/* It never reads MIS: only a tick ends its rest. */
static void *echo_by_ticks(void *ctx)
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

static struct vpl011_console_config config_of(struct guest *g)
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

static void begin(struct guest *g, void *(*program)(void *))
{
    assert_int_equal(pthread_create(&g->thread, NULL, program, g), 0);
    g->runs = true;
}

/* Until it has ended by itself. */
static void await(struct guest *g)
{
    (void)pthread_join(g->thread, NULL);
    g->runs = false;
}

static void power_off(struct guest *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->off = true;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
    if (g->runs) {
        await(g);
    }
}

static struct vpl011_console_status status_of(struct guest *g)
{
    struct vpl011_console_status status;

    assert_result(vpl011_console_get_status(&g->console, &status), VPL011_OK);
    return status;
}

static void has(struct guest *g, const char *text)
{
    while (*text) {
        assert_true(sends(g, (uint8_t)*text++));
    }
}

/* Bytes from a descriptor, or fewer where none come for ms. */
static size_t takes(int fd, char *bytes, size_t count, int ms)
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

static void assert_takes(int fd, const char *text)
{
    char bytes[256] = {0};
    size_t length = strlen(text);

    assert_int_equal(takes(fd, bytes, length, LONG_MS), length);
    assert_string_equal(bytes, text);
}

static void assert_takes_no_more(int fd)
{
    char byte;

    assert_int_equal(takes(fd, &byte, 1, 50), 0);
}

/* Type all of a long text, and read it again, with pauses. */
static void types_and_reads(int fd, size_t count, size_t stall_each)
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

/*
 * The far ends
 */

static int connect_unix(const char *path)
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

static int connect_tcp(const char *address)
{
    struct sockaddr_in name = {.sin_family = AF_INET};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    name.sin_port = htons((uint16_t)atoi(strrchr(address, ':') + 1));
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_return_code(
        connect(fd, (const struct sockaddr *)&name, sizeof(name)), errno);
    return fd;
}

static int open_raw(const char *name)
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

static const char *path_of(const char *name)
{
    static char path[64];

    (void)snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static const char *address_of(const char *name)
{
    static char address[80];

    (void)snprintf(address, sizeof(address), "unix:%s", path_of(name));
    return address;
}

/* A console of each kind, and a descriptor of its other side. */
static int open_pair(struct guest *g, uint32_t end, bool tcp)
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

static void pastes_to(void *(*program)(void *), uint32_t end, bool tcp,
                      size_t count, size_t stall_each)
{
    static struct guest g;
    int fd = open_pair(&g, end, tcp);

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    begin(&g, program);
    types_and_reads(fd, count, stall_each);
    assert_int_equal(write(fd, "\4", 1), 1);
    await(&g);
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_int_equal(g.sent, count);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fd);
}

static void pastes(uint32_t end, bool tcp, size_t count, size_t stall_each)
{
    pastes_to(echo, end, tcp, count, stall_each);
}

static void a_guest_that_needs_ticks_is_given_them(void)
{
    pastes_to(echo_by_ticks, VPL011_CONSOLE_END_FDS, false, LONG_PASTE / 32, 0);
}

static void a_long_paste_comes_back_whole(void)
{
    pastes(VPL011_CONSOLE_END_FDS, false, LONG_PASTE, 0);
}

static void a_paste_to_a_reader_that_stalls_comes_back_whole(void)
{
    pastes(VPL011_CONSOLE_END_FDS, false, LONG_PASTE, LONG_PASTE / 8);
}

static void a_paste_through_a_pty_comes_back_whole(void)
{
    pastes(VPL011_CONSOLE_END_PTY, false, LONG_PASTE / 4, LONG_PASTE / 16);
}

static void a_paste_through_a_listening_socket_comes_back_whole(void)
{
    pastes(VPL011_CONSOLE_END_LISTEN, false, LONG_PASTE / 4, LONG_PASTE / 16);
    pastes(VPL011_CONSOLE_END_LISTEN, true, LONG_PASTE / 4, LONG_PASTE / 16);
}

/*
 * A loop of the embedder's
 */

struct loop {
    struct guest *guest;
    pthread_t thread;
    _Atomic size_t passes;
    _Atomic bool began; /* the thread runs */
    _Atomic bool stop;
    _Atomic long slow;        /* [ms] from poll() to serve */
    _Atomic size_t came_back; /* from poll() */
    int result;
};

static void *own_loop(void *ctx)
{
    struct loop *l = ctx;

    l->began = true;
    while (!l->stop) {
        struct pollfd fds[VPL011_CONSOLE_FDS];
        int timeout_ms = -1;
        int n = vpl011_console_pollfds(&l->guest->console, fds,
                                       VPL011_CONSOLE_FDS, &timeout_ms);

        if (n < 0) {
            l->result = n;
            break;
        }
        (void)poll(fds, (nfds_t)n, timeout_ms);
        sleep_ms(l->slow);
        l->came_back++;
        l->result = vpl011_console_serve(&l->guest->console);
        if (l->result < 0) {
            break;
        }
        l->passes++;
    }
    return NULL;
}

static void begin_loop(struct loop *l, struct guest *g)
{
    memset(l, 0, sizeof(*l));
    l->guest = g;
    assert_int_equal(pthread_create(&l->thread, NULL, own_loop, l), 0);
    /* On a busy machine it may take long until a new thread runs. */
    while (!l->began) {
        sleep_ms(1);
    }
}

static void a_loop_of_the_embedder_serves_as_well(void)
{
    static struct guest g;
    struct loop l;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);

    begin_loop(&l, &g);
    begin(&g, echo);
    types_and_reads(fd, LONG_PASTE / 4, LONG_PASTE / 16);
    power_off(&g);
    /* It looks at something of its own. */
    l.stop = true;
    vpl011_console_wake(&g.console);
    (void)pthread_join(l.thread, NULL);
    assert_int_equal(l.result, VPL011_OK);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_result(vpl011_console_serve(&g.console), VPL011_ERR_UNINIT);
    close(fd);
}

static void close_ends_a_loop_of_the_embedder(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    size_t came_back;
    struct loop l;

    begin_loop(&l, &g);
    sleep_ms(20);
    /* It has the descriptors in its poll() until then. */
    l.slow = 100;
    came_back = l.came_back;
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_int_equal(l.came_back, came_back + 1);
    (void)pthread_join(l.thread, NULL);
    assert_result(l.result, VPL011_ERR_UNINIT);
    close(fd);
}

static void an_idle_console_sleeps(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    struct loop l;
    size_t passes;

    begin_loop(&l, &g);
    begin(&g, echo);
    types_and_reads(fd, 1000, 0);
    sleep_ms(20);
    passes = l.passes;
    sleep_ms(200);
    assert_int_equal(l.passes, passes);
    power_off(&g);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    (void)pthread_join(l.thread, NULL);
    close(fd);
}

/* Output that a slow guest sends costs a pass for each millisecond, not for
 * each character. */
static void output_collects_before_it_is_moved(void)
{
    static struct guest g;
    static char bytes[20000];
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    int64_t began = now_ms();
    size_t taken = 0;
    struct loop l;
    size_t i;

    begin_loop(&l, &g);
    /* A guest that is slow is moved in pieces, and a socket holds few hundred
     * of these: so only the end of it is left there. */
    for (i = 0; i < sizeof(bytes); i++) {
        assert_true(sends(&g, (uint8_t)nth(i)));
        if (i % 100 == 0) {
            taken += takes(fd, bytes + taken, sizeof(bytes) - taken, 0);
        }
    }
    taken += takes(fd, bytes + taken, sizeof(bytes) - taken, LONG_MS);
    assert_int_equal(taken, sizeof(bytes));
    /* One that begins the millisecond, one that ends it, one for room. */
    assert_true(l.passes <= 3 * (size_t)(now_ms() - began + 2));
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    (void)pthread_join(l.thread, NULL);
    close(fd);
}

static void on_alarm(int number)
{
    (void)number;
}

/* Each call of the system's may end with EINTR. */
static void signals_that_interrupt_the_loop_lose_nothing(void)
{
    const struct itimerval often = {{0, 300}, {0, 300}};
    const struct itimerval never = {{0, 0}, {0, 0}};
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    struct sigaction action = {.sa_handler = on_alarm};
    sigset_t alarm;
    struct loop l;

    /* They are the loop's alone. */
    assert_return_code(sigaction(SIGALRM, &action, NULL), errno);
    begin_loop(&l, &g);
    (void)sigemptyset(&alarm);
    (void)sigaddset(&alarm, SIGALRM);
    (void)pthread_sigmask(SIG_BLOCK, &alarm, NULL);
    begin(&g, echo);
    assert_return_code(setitimer(ITIMER_REAL, &often, NULL), errno);
    types_and_reads(fd, LONG_PASTE / 8, LONG_PASTE / 16);
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_return_code(setitimer(ITIMER_REAL, &never, NULL), errno);
    power_off(&g);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    (void)pthread_join(l.thread, NULL);
    (void)signal(SIGALRM, SIG_IGN); /* one may be pending still */
    (void)pthread_sigmask(SIG_UNBLOCK, &alarm, NULL);
    (void)signal(SIGALRM, SIG_DFL);
    close(fd);
}

static void at_the_end_of_input_output_goes_on(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int in[2];
    int out[2];

    assert_return_code(pipe2(in, O_CLOEXEC), errno);
    assert_return_code(pipe2(out, O_CLOEXEC), errno);
    config.in_fd = in[0];
    config.out_fd = out[1];
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    begin(&g, echo);
    assert_int_equal(write(in[1], "last words", 10), 10);
    close(in[1]);
    assert_takes(out[0], "last words");
    while (!status_of(&g).input_ended) {
        sleep_ms(1);
    }
    assert_int_equal(status_of(&g).attached, 1);
    has(&g, "login: ");
    assert_takes(out[0], "login: ");
    power_off(&g);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(in[0]);
    close(out[0]);
    close(out[1]);
}

/* The millisecond in which output is collected may end before the loop sleeps.
 * The recorded FAR_END must not hide the next event then. */
static void output_that_has_collected_is_moved_at_once(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;

    assert_result(vpl011_console_serve(&g.console), VPL011_OK);
    sleep_ms(3);
    assert_in_range(vpl011_console_pollfds(&g.console, fds, VPL011_CONSOLE_FDS,
                                           &timeout_ms),
                    1, VPL011_CONSOLE_FDS);
    assert_int_equal(timeout_ms, 0);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fd);
}

/*
 * Drain
 */

static void drain_tells_that_all_is_out(void)
{
    static struct guest g;
    static char bytes[70000];
    int threaded;

    for (threaded = 0; threaded < 2; threaded++) {
        int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
        size_t taken = 0;
        size_t i;

        if (threaded) {
            assert_result(vpl011_console_start(&g.console), VPL011_OK);
        }
        for (i = 0; i < 10000; i++) {
            assert_true(sends(&g, (uint8_t)nth(i)));
            if (i % 100 == 0) {
                taken += takes(fd, bytes + taken, sizeof(bytes) - taken, 0);
            }
        }
        assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                         VPL011_CONSOLE_DRAIN_DONE);
        assert_int_equal(status_of(&g).waiting, 0);
        /* All of it is there, although the console is closed. */
        assert_result(vpl011_console_close(&g.console), VPL011_OK);
        taken += takes(fd, bytes + taken, sizeof(bytes) - taken, 0);
        assert_int_equal(taken, 10000);
        for (i = 0; i < taken; i++) {
            assert_int_equal(bytes[i], nth(i));
        }
        close(fd);
    }
}

static void drain_tells_that_nobody_takes_it(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);

    has(&g, "to nobody");
    close(fd);
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_NOBODY);
    assert_int_equal(status_of(&g).attached, 0);
    assert_int_equal(status_of(&g).waiting, 9);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
}

static void drain_has_a_deadline(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    int64_t began;
    size_t waiting;

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    began = now_ms();
    /* Nobody reads, until the guest is held up. */
    while (now_ms() - began < 1000) {
        if (get(&g, PL011_UARTFR) & PL011_FR_TXFF) {
            sleep_ms(1);
        } else {
            put(&g, PL011_UARTDR, 'x');
        }
    }
    began = now_ms();
    assert_int_equal(vpl011_console_drain(&g.console, 100),
                     VPL011_CONSOLE_DRAIN_DEADLINE);
    assert_in_range(now_ms() - began, 100, 5000);
    waiting = (size_t)status_of(&g).waiting;
    assert_true(waiting >= VPL011_CONSOLE_QUEUE_OUT);
    /* Nor does it keep close() waiting. */
    began = now_ms();
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_in_range(now_ms() - began, 0, 1000);
    close(fd);
}

/* And what it held back comes out in its time, without the guest. */
static void a_budget_holds_back_a_guest_that_floods(void)
{
    enum { BUDGET = 20000, BURST = 500, FOR_MS = 500 };
    static struct guest g;
    static char bytes[65536];
    struct vpl011_console_config config = config_of(&g);
    int64_t began, passed;
    size_t taken = 0;
    int fds[2];

    sockets(fds);
    config.in_fd = fds[0];
    config.out_fd = fds[0];
    config.time = (struct vpl011_time_config){
        .what = VPL011_TIME_BUDGET, .budget = BUDGET, .burst = BURST};
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    began = now_ms();
    while (now_ms() - began < FOR_MS) {
        if (get(&g, PL011_UARTFR) & PL011_FR_TXFF) {
            taken += takes(fds[1], bytes, sizeof(bytes), 0);
        } else {
            put(&g, PL011_UARTDR, 'x');
            g.sent++;
        }
    }
    passed = now_ms() - began + 1;
    assert_in_range(g.sent, BURST + FOR_MS * BUDGET / 1000 / 2,
                    BURST + (size_t)passed * BUDGET / 1000 + 64);
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    taken += takes(fds[1], bytes, sizeof(bytes), 0);
    assert_int_equal(taken, g.sent);
    close(fds[1]);
    close(fds[0]);
}

/*
 * Close
 */

static void *closer(void *ctx)
{
    struct guest *g = ctx;

    return (void *)(intptr_t)vpl011_console_close(&g->console);
}

static void close_may_come_from_many_threads_at_once(void)
{
    static struct guest g;
    int round;

    for (round = 0; round < 50; round++) {
        int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
        pthread_t threads[3];
        size_t i;

        assert_result(vpl011_console_start(&g.console), VPL011_OK);
        assert_result(vpl011_console_start(&g.console), VPL011_ERR_UNSUPPORTED);
        has(&g, "x");
        for (i = 0; i < 3; i++) {
            assert_int_equal(pthread_create(&threads[i], NULL, closer, &g), 0);
        }
        for (i = 0; i < 3; i++) {
            void *result = &g;

            (void)pthread_join(threads[i], &result);
            assert_null(result);
        }
        /* vCPUs that still run do no harm, and nobody is at the far end. */
        has(&g, "still here");
        assert_result(vpl011_console_pollfds(
                          &g.console, (struct pollfd[4]){{0}}, 4, &(int){-1}),
                      VPL011_ERR_UNINIT);
        assert_result(vpl011_console_drain(&g.console, 0), VPL011_ERR_UNINIT);
        assert_result(vpl011_console_start(&g.console), VPL011_ERR_UNINIT);
        close(fd);
    }
}

/* The loop sleeps by what it knew before, and the drain took what would have
 * woken it: it is woken when the drain is over. */
static void a_drain_leaves_no_loop_asleep(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;
    char byte;
    int count;
    int i;

    count = vpl011_console_pollfds(&g.console, fds, VPL011_CONSOLE_FDS,
                                   &timeout_ms);
    assert_in_range(count, 1, VPL011_CONSOLE_FDS);
    assert_int_equal(timeout_ms, -1);
    assert_true(sends(&g, 'a'));
    assert_int_equal(vpl011_console_drain(&g.console, 0),
                     VPL011_CONSOLE_DRAIN_DEADLINE);
    assert_int_equal(poll(fds, (nfds_t)count, 0), 1);
    assert_result(vpl011_console_serve(&g.console), VPL011_OK);

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    assert_int_equal(takes(fd, &byte, 1, LONG_MS), 1);
    for (i = 0; i < 100; i++) {
        assert_true(sends(&g, 'b'));
        (void)vpl011_console_drain(&g.console, 0);
        assert_int_equal(takes(fd, &byte, 1, LONG_MS), 1);
    }
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fd);
}

static void close_ends_a_drain(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_PTY, false);
    pthread_t thread;
    size_t i;

    for (i = 0; i < 200000 && !(get(&g, PL011_UARTFR) & PL011_FR_TXFF); i++) {
        put(&g, PL011_UARTDR, 'x');
        assert_result(vpl011_console_serve(&g.console), VPL011_OK);
    }
    assert_int_equal(pthread_create(&thread, NULL, closer, &g), 0);
    assert_result(vpl011_console_drain(&g.console, LONG_MS), VPL011_ERR_UNINIT);
    (void)pthread_join(thread, NULL);
    close(fd);
}

/*
 * Readers that come and go
 */

static void each_reader_of_a_socket_is_shown_the_history_once(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int first;
    int second;

    config.end = VPL011_CONSOLE_END_LISTEN;
    config.address = address_of("history");
    config.history = g.history;
    config.history_size = 10;
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_string_equal(vpl011_console_address(&g.console),
                        address_of("history"));
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    has(&g, "nobody reads this: 0123456789");
    sleep_ms(20);
    first = connect_unix(path_of("history"));
    assert_takes(first, "0123456789");
    has(&g, "abc");
    assert_takes(first, "abc");
    assert_takes_no_more(first);

    /* The second waits until the first has left. */
    second = connect_unix(path_of("history"));
    assert_takes_no_more(second);
    close(first);
    assert_takes(second, "3456789abc");
    assert_takes_no_more(second);
    assert_int_equal(status_of(&g).readers, 2);
    begin(&g, echo);
    assert_int_equal(write(second, "hello", 5), 5);
    assert_takes(second, "hello");
    power_off(&g);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(second);
}

static void a_reader_that_ended_its_input_makes_room_for_the_next(void)
{
    static struct guest g;
    int first = open_pair(&g, VPL011_CONSOLE_END_LISTEN, true);
    int second;

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    has(&g, "one");
    assert_takes(first, "one");
    /* TCP does not tell that from having left. */
    shutdown(first, SHUT_WR);
    has(&g, "two");
    assert_takes(first, "two");
    second = connect_tcp(vpl011_console_address(&g.console));
    while (status_of(&g).readers < 2) {
        sleep_ms(1);
    }
    has(&g, "three");
    assert_takes(second, "three");
    assert_int_equal(read(first, (char[1]){0}, 1), 0);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(first);
    close(second);
}

static void a_pty_may_be_opened_again_and_again(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int round;

    config.end = VPL011_CONSOLE_END_PTY;
    config.history = g.history;
    config.history_size = sizeof(g.history);
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    has(&g, "boot");
    for (round = 0; round < 3; round++) {
        int fd;

        while (status_of(&g).attached) {
            sleep_ms(1);
        }
        fd = open_raw(vpl011_console_address(&g.console));
        assert_takes(fd, "boot");
        assert_takes_no_more(fd);
        close(fd);
    }
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
}

static void descriptors_may_be_replaced(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
    int fds[2];

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    has(&g, "one");
    assert_takes(fd, "one");
    close(fd);
    while (status_of(&g).attached) {
        sleep_ms(1);
    }
    has(&g, "two");
    sockets(fds);
    assert_result(vpl011_console_attach(&g.console, 999, fds[0]),
                  VPL011_ERR_SYSTEM);
    assert_result(vpl011_console_attach(&g.console, fds[0], fds[0]), VPL011_OK);
    assert_takes(fds[1], "two");
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    /* They stay the caller's. */
    assert_int_equal(fcntl(fds[0], F_GETFD), FD_CLOEXEC);
    close(fds[0]);
    close(fds[1]);
}

static void a_pipe_without_reader_is_a_far_end_that_is_gone(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    sigset_t set;
    int p[2];

    (void)signal(SIGPIPE, SIG_DFL);
    assert_return_code(pipe2(p, O_CLOEXEC), errno);
    config.out_fd = p[1];
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    has(&g, "x");
    close(p[0]);
    has(&g, "y");
    while (status_of(&g).attached) {
        sleep_ms(1);
    }
    assert_int_equal(status_of(&g).error, 0);
    assert_int_equal(status_of(&g).input_ended, 1);
    sigpending(&set);
    assert_false(sigismember(&set, SIGPIPE));
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(p[1]);
}

/*
 * Addresses
 */

static void a_unix_socket_is_private_and_removed(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    struct stat st;

    config.end = VPL011_CONSOLE_END_LISTEN;
    config.address = address_of("private");
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_return_code(lstat(path_of("private"), &st), errno);
    assert_int_equal(st.st_mode, S_IFSOCK | 0600);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_int_equal(lstat(path_of("private"), &st), -1);

    /* But not what took its name meanwhile. */
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_return_code(unlink(path_of("private")), errno);
    assert_return_code(close(creat(path_of("private"), 0600)), errno);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_return_code(lstat(path_of("private"), &st), errno);
    unlink(path_of("private"));
}

static void a_name_that_is_taken_is_left_alone(void)
{
    static struct guest first;
    static struct guest g;
    struct vpl011_console_config config = config_of(&first);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat st;
    int waits[4];
    int fd;
    int i;

    config.end = VPL011_CONSOLE_END_LISTEN;
    config.address = address_of("taken");
    /* A file. */
    assert_return_code(close(creat(path_of("taken"), 0600)), errno);
    assert_result(vpl011_console_init(&first.console, &config),
                  VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EADDRINUSE);
    assert_return_code(lstat(path_of("taken"), &st), errno);
    assert_true(S_ISREG(st.st_mode));
    unlink(path_of("taken"));
    /* A console that is in use. */
    assert_result(vpl011_console_init(&first.console, &config), VPL011_OK);
    config = config_of(&g);
    config.end = VPL011_CONSOLE_END_LISTEN;
    config.address = address_of("taken");
    /* Even if its backlog is full. */
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s",
                   path_of("taken"));
    for (i = 0; i < 4; i++) {
        waits[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        (void)connect(waits[i], (const struct sockaddr *)&name, sizeof(name));
    }
    assert_result(vpl011_console_init(&g.console, &config), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EADDRINUSE);
    assert_result(vpl011_console_close(&g.console), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_close(&first.console), VPL011_OK);
    for (i = 0; i < 4; i++) {
        close(waits[i]);
    }
    /* What one that died left behind is taken over. */
    fd = socket(AF_UNIX, SOCK_STREAM, 0);
    assert_return_code(bind(fd, (const struct sockaddr *)&name, sizeof(name)),
                       errno);
    close(fd);
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
}

static void addresses_are_checked(void)
{
    static const char *const bad[] = {
        "",           "socket",           "unix:",
        "tcp:",       "tcp:1234",         "tcp:localhost:1",
        "tcp:[::1:1", "tcp:127.0.0.1:x",  "tcp:127.0.0.1:65536",
        "tcp:::1:1",  "tcp:127.0.0.1:1x",
    };
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    char text[200];
    size_t i;

    config.end = VPL011_CONSOLE_END_LISTEN;
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        config.address = bad[i];
        assert_result(vpl011_console_init(&g.console, &config),
                      VPL011_ERR_UNSUPPORTED);
    }
    memset(text, 'x', sizeof(text));
    memcpy(text, "unix:/", 6);
    text[199] = '\0';
    config.address = text;
    assert_result(vpl011_console_init(&g.console, &config), VPL011_ERR_SIZE);
    text[5 + 110] = '\0'; /* longer than a socket's name may be */
    assert_result(vpl011_console_init(&g.console, &config), VPL011_ERR_SIZE);
    config.address = "tcp:[::1]:0";
    i = (size_t)vpl011_console_init(&g.console, &config);
    if (i == 0) { /* where there is IPv6 */
        assert_int_equal(
            strncmp(vpl011_console_address(&g.console), "tcp:[::1]:", 10), 0);
        assert_int_not_equal(vpl011_console_address(&g.console)[10], '0');
        assert_result(vpl011_console_close(&g.console), VPL011_OK);
    }
}

static void a_listening_socket_may_be_given(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    int fds[2];
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int reader;

    config.end = VPL011_CONSOLE_END_LISTEN;
    sockets(fds);
    config.in_fd = fds[0];
    assert_result(vpl011_console_init(&g.console, &config),
                  VPL011_ERR_UNSUPPORTED);
    (void)snprintf(name.sun_path, sizeof(name.sun_path), "%s",
                   path_of("given"));
    assert_return_code(bind(fd, (const struct sockaddr *)&name, sizeof(name)),
                       errno);
    /* It blocks: accept() is called when poll() says so, and may still find
     * nobody. */
    assert_return_code(listen(fd, 1), errno);
    config.in_fd = fd;
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_string_equal(vpl011_console_address(&g.console), "");
    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    reader = connect_unix(path_of("given"));
    has(&g, "hello");
    assert_takes(reader, "hello");
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
    unlink(path_of("given"));
    close(fd);
    close(reader);
    close(fds[0]);
    close(fds[1]);
}

/*
 * Keys and breaks
 */

static char keys[8];

static void on_key(void *ctx, uint8_t key)
{
    struct guest *g = ctx;
    size_t n = strlen(keys);

    assert_true(n < sizeof(keys) - 1);
    keys[n] = (char)key;
    vpl011_console_wake(&g->console);
}

/* Some passes of the loop. */
static void serves(struct guest *g)
{
    int i;

    for (i = 0; i < 5; i++) {
        assert_result(vpl011_console_serve(&g->console), VPL011_OK);
        sleep_ms(2);
    }
}

static void keys_behind_the_escape_are_the_hosts(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int fds[2];

    memset(keys, 0, sizeof(keys));
    sockets(fds);
    config.in_fd = fds[0];
    config.escape = 0x1D;
    config.key = on_key;
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_int_equal(write(fds[1],
                           "a\x1Dq\x1D\x1D\x1D"
                           "bc",
                           8),
                     8);
    serves(&g);
    assert_string_equal(keys, "q");
    assert_int_equal(get(&g, PL011_UARTDR), 'a');
    assert_int_equal(get(&g, PL011_UARTDR), 0x1D);
    assert_int_equal(get(&g, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    serves(&g);
    assert_int_equal(get(&g, PL011_UARTDR), 'c');
    assert_int_equal(vpl011_console_break(&g.console), 1);
    assert_int_equal(get(&g, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fds[0]);
    close(fds[1]);
}

/* More than the console's own queue, and a guest that reads none of it. */
static void the_escape_is_seen_behind_what_is_typed_ahead(void)
{
    static struct guest g;
    static char typed[3 * VPL011_CONSOLE_QUEUE_IN];
    static uint8_t room[4 * VPL011_CONSOLE_QUEUE_IN];
    struct vpl011_console_config config = config_of(&g);
    int fds[2];

    memset(keys, 0, sizeof(keys));
    memset(typed, 'x', sizeof(typed));
    sockets(fds);
    config.in_fd = fds[0];
    config.escape = 0x1D;
    config.key = on_key;
    config.input = room;
    config.input_size = sizeof(room);
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_int_equal(write(fds[1], typed, sizeof(typed)), sizeof(typed));
    assert_int_equal(write(fds[1],
                           "\x1D"
                           "q",
                           2),
                     2);
    serves(&g);
    assert_string_equal(keys, "q");
    assert_int_equal(status_of(&g).in_bytes, sizeof(typed) + 2);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fds[0]);
    close(fds[1]);
}

static void what_the_guest_says_is_logged(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int fds[2];
    int log[2];
    int full;

    sockets(fds);
    config.out_fd = fds[0];
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_return_code(pipe2(log, O_CLOEXEC), errno);
    assert_result(vpl011_console_log(&g.console, 999, 0), VPL011_ERR_SYSTEM);
    assert_result(vpl011_console_log(&g.console, log[1], 8), VPL011_ERR_FLAGS);
    assert_result(vpl011_console_log(&g.console, log[1], 0), VPL011_OK);
    has(&g, "said");
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_takes(fds[1], "said");
    assert_takes(log[0], "said");
    assert_int_equal(status_of(&g).log_lost, 0);

    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_result(vpl011_console_log(&g.console, full, 0), VPL011_OK);
    has(&g, "lost");
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_takes(fds[1], "lost");
    assert_int_equal(status_of(&g).log_lost, 4);
    assert_int_equal(status_of(&g).log_error, ENOSPC);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_result(vpl011_console_log(&g.console, full, 0), VPL011_ERR_UNINIT);
    close(full);
    close(log[0]);
    close(log[1]);
    close(fds[0]);
    close(fds[1]);
}

/*
 * A far end of the embedder's own
 */

struct own_end {
    struct guest guest; /* first: ctx is both */
    struct vpl011_fifo fifo;
    uint8_t in[64];
    uint8_t out[64];
    uint32_t told;
    unsigned int far_ends;
};

static void on_events(void *ctx, uint32_t events)
{
    struct own_end *e = ctx;

    assert_true(events != 0);
    e->told |= events;
    e->far_ends += (events & VPL011_EVENT_FAR_END) != 0;
    vpl011_console_wake(&e->guest.console);
}

static void a_far_end_may_be_the_embedders_own(void)
{
    static struct own_end e;
    struct guest *g = &e.guest;
    struct vpl011_console_config config = config_of(g);
    struct vpl011_backend backend;
    uint8_t bytes[8] = {0};
    uint8_t typed[40];
    unsigned int i;

    config.device.personality = VPL011_PL011;
    config.device.clock_hz = 24000000;
    config.events = on_events;
    assert_result(vpl011_console_init(&g->console, &config), VPL011_OK);
    assert_result(
        vpl011_fifo_init(&e.fifo, e.in, sizeof(e.in), e.out, sizeof(e.out)),
        VPL011_OK);
    assert_result(vpl011_fifo_backend(&e.fifo, &backend), VPL011_OK);
    assert_result(vpl011_attach(vpl011_console_device(&g->console), &backend),
                  VPL011_OK);
    serves(g);
    e.told = 0;
    e.far_ends = 0;
    serves(g);
    assert_int_equal(e.told, 0);

    /* Output collects, so that the far end is told of it once. */
    put(g, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    put(g, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    has(g, "own");
    assert_result(vpl011_console_serve(&g->console), VPL011_OK);
    assert_int_equal(e.told & VPL011_EVENT_FAR_END, 0);
    serves(g);
    assert_int_equal(e.far_ends, 1);
    assert_true(e.told & VPL011_EVENT_LINE);
    assert_int_equal(vpl011_fifo_pop(&e.fifo, bytes, sizeof(bytes)), 3);
    assert_string_equal((char *)bytes, "own");

    /* REFILL is answered by the console, until the guest has all. */
    memset(typed, 't', sizeof(typed));
    assert_int_equal(vpl011_fifo_push(&e.fifo, typed, sizeof(typed)),
                     sizeof(typed));
    assert_true(vpl011_data_avail(vpl011_console_device(&g->console)) > 0);
    for (i = 0; i < sizeof(typed); i++) {
        while (get(g, PL011_UARTFR) & PL011_FR_RXFE) {
            assert_result(vpl011_console_serve(&g->console), VPL011_OK);
        }
        assert_int_equal(get(g, PL011_UARTDR), 't');
    }
    assert_result(vpl011_console_close(&g->console), VPL011_OK);
}

/*
 * Processes
 */

static void after_fork_the_console_is_the_parents(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_LISTEN, false);
    struct vpl011_console_status status;
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;
    int result;
    pid_t child;

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    child = fork();
    if (child == 0) {
        const int want = VPL011_ERR_UNSUPPORTED;
        struct vpl011_console *c = &g.console;

        vpl011_console_wake(c);
        _exit(vpl011_console_pollfds(c, fds, 4, &timeout_ms) != want ||
              vpl011_console_serve(c) != want ||
              vpl011_console_start(c) != want ||
              vpl011_console_drain(c, 0) != want ||
              vpl011_console_attach(c, 0, 1) != want ||
              vpl011_console_break(c) != want ||
              vpl011_console_get_status(c, &status) != want ||
              vpl011_console_close(c) != want);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    /* And it goes on. */
    has(&g, "here");
    assert_takes(fd, "here");
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fd);
}

/* How a program ends that has made its terminal raw. */
enum ending {
    BY_CLOSE,
    BY_EXIT,
    BY_TERM,
    BY_SEGV,
    BY_RESTORE,
    FORKED,
    COOKED,
    ENDINGS,
};

/* By a socket: the child reports that it is ready, and is told to continue. */
static void in_terminal(const char *name, enum ending ending, int parent)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    char byte;
    int fd;

    (void)setsid();
    fd = open(name, O_RDWR); /* becomes the controlling terminal */
    (void)dup2(fd, 0);
    (void)dup2(fd, 1);
    (void)signal(SIGTERM, SIG_DFL);
    (void)signal(SIGSEGV, SIG_DFL);
    config.end = VPL011_CONSOLE_END_STDIO;
    config.flags = ending == COOKED ? VPL011_CONSOLE_FLAG_COOKED : 0;
    if (vpl011_console_init(&g.console, &config) < 0) {
        _exit(2);
    }
    if (ending != COOKED) {
        static struct guest second;

        config = config_of(&second);
        config.end = VPL011_CONSOLE_END_STDIO;
        if (vpl011_console_init(&second.console, &config) !=
                VPL011_ERR_SYSTEM ||
            errno != EBUSY) {
            _exit(3);
        }
    }
    (void)vpl011_console_start(&g.console);
    if (ending == FORKED) {
        const pid_t child = fork();

        if (child == 0) {
            exit(0); /* a child that ends leaves the terminal raw */
        }
        if (waitpid(child, NULL, 0) != child) {
            _exit(6);
        }
    }
    has(&g, "prompt");
    if (vpl011_console_drain(&g.console, LONG_MS) !=
        VPL011_CONSOLE_DRAIN_DONE) {
        _exit(7);
    }
    if (write(parent, "r", 1) != 1 || read(parent, &byte, 1) != 1) {
        _exit(4);
    }
    switch (ending) {
    case BY_EXIT:
        exit(0);
    case BY_TERM:
        raise(SIGTERM);
        break;
    case BY_SEGV:
        raise(SIGSEGV);
        break;
    case BY_RESTORE:
        vpl011_console_restore_terminal();
        _exit(0);
    default:
        (void)vpl011_console_close(&g.console);
        _exit(0);
    }
    _exit(5);
}

static void the_terminal_is_given_back(void)
{
    enum ending ending;

    for (ending = 0; ending < ENDINGS; ending++) {
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        char byte[8] = {0};
        struct termios mode;
        struct termios before;
        char name[32];
        int ends[2];
        int result;
        pid_t child;
        int slave;

        assert_return_code(master, errno);
        assert_return_code(grantpt(master), errno);
        assert_return_code(unlockpt(master), errno);
        assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        assert_return_code(tcgetattr(slave, &before), errno);
        sockets(ends);
        child = fork();
        if (child == 0) {
            in_terminal(name, ending, ends[1]);
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], byte, 1), 1);
        assert_return_code(tcgetattr(slave, &mode), errno);
        assert_int_equal(mode.c_lflag & ICANON, ending == COOKED ? ICANON : 0u);
        assert_int_equal(write(ends[0], byte, 1), 1);
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_int_equal(WIFSIGNALED(result) ? WTERMSIG(result)
                                             : WEXITSTATUS(result),
                         ending == BY_TERM   ? SIGTERM
                         : ending == BY_SEGV ? SIGSEGV
                                             : 0);
        assert_return_code(tcgetattr(slave, &mode), errno);
        assert_int_equal(mode.c_lflag, before.c_lflag);
        assert_int_equal(mode.c_oflag, before.c_oflag);
        assert_int_equal(mode.c_iflag, before.c_iflag);
        assert_takes(master, "prompt");
        close(ends[0]);
        close(slave);
        close(master);
    }
}

/* A program that moves the bytes itself; by a signal, or told to leave. */
static void takes_terminal(const char *name, int number, int parent)
{
    char byte;

    (void)setsid();
    (void)signal(SIGTERM, SIG_DFL);
    /* No terminal: none is taken. */
    (void)dup2(parent, 0);
    if (vpl011_console_take_terminal() != 0) {
        _exit(2);
    }
    vpl011_console_leave_terminal();
    (void)dup2(open(name, O_RDWR), 0);
    if (vpl011_console_take_terminal() != 1) {
        _exit(3);
    }
    if (vpl011_console_take_terminal() != VPL011_ERR_SYSTEM || errno != EBUSY) {
        _exit(4);
    }
    if (write(parent, "r", 1) != 1 || read(parent, &byte, 1) != 1) {
        _exit(5);
    }
    if (number) {
        raise(number);
    }
    vpl011_console_leave_terminal();
    vpl011_console_leave_terminal();
    /* The signal is the program's again, too. */
    _exit(signal(SIGTERM, SIG_DFL) == SIG_DFL ? 0 : 6);
}

static void a_program_may_take_the_terminal_itself(void)
{
    static const int numbers[] = {0, SIGTERM};
    size_t i;

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
        struct termios mode;
        char name[32];
        char byte;
        int ends[2];
        int result;
        int slave;
        pid_t child;

        assert_return_code(master, errno);
        assert_return_code(grantpt(master), errno);
        assert_return_code(unlockpt(master), errno);
        assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
        slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
        sockets(ends);
        child = fork();
        if (child == 0) {
            takes_terminal(name, numbers[i], ends[1]);
        }
        close(ends[1]);
        assert_int_equal(read(ends[0], &byte, 1), 1);
        assert_return_code(tcgetattr(slave, &mode), errno);
        assert_int_equal(mode.c_lflag & (ICANON | ECHO | ISIG), 0);
        assert_int_equal(write(ends[0], &byte, 1), 1);
        assert_int_equal(waitpid(child, &result, 0), child);
        assert_int_equal(WIFSIGNALED(result) ? WTERMSIG(result)
                                             : WEXITSTATUS(result),
                         numbers[i]);
        assert_return_code(tcgetattr(slave, &mode), errno);
        assert_true(mode.c_lflag & ICANON);
        assert_true(mode.c_oflag & OPOST);
        close(ends[0]);
        close(slave);
        close(master);
    }
}

static void a_terminal_that_is_not_read_holds_nobody(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
    char name[32];
    int result;
    pid_t child;

    assert_return_code(grantpt(master), errno);
    assert_return_code(unlockpt(master), errno);
    assert_int_equal(ptsname_r(master, name, sizeof(name)), 0);
    child = fork();
    if (child == 0) {
        static struct guest g;
        struct vpl011_console_config config = config_of(&g);
        uint64_t waiting;
        int drained;
        int fd;

        (void)setsid();
        fd = open(name, O_RDWR);
        (void)dup2(fd, 0);
        (void)dup2(fd, 1);
        config.end = VPL011_CONSOLE_END_STDIO;
        result = vpl011_console_init(&g.console, &config);
        result |= vpl011_console_start(&g.console);
        /* So that what the terminal takes is no multiple of a block. */
        has(&g, "odd");
        sleep_ms(20);
        /* Until nothing moves any more, however slow the machine is. */
        do {
            waiting = status_of(&g).waiting;
            while (!(get(&g, PL011_UARTFR) & PL011_FR_TXFF)) {
                put(&g, PL011_UARTDR, 'x');
            }
            drained = vpl011_console_drain(&g.console, 50);
        } while (waiting == 0 || status_of(&g).waiting != waiting);
        result |= drained != VPL011_CONSOLE_DRAIN_DEADLINE;
        result |= vpl011_console_close(&g.console);
        /* The flag is the open file's, which others share. */
        result |= (fcntl(1, F_GETFL) & O_NONBLOCK) != 0;
        _exit(result != 0);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    close(master);
}

/*
 * Storms
 */

#define STORM 1000000u

/* A host that calls vpl011_data_avail() without end, in each state. */
static void a_loop_sleeps_however_often_data_avail_is_called(void)
{
    static struct guest g;
    enum { EMPTY, OUTPUT_WAITS, OUTPUT_FULL, INPUT_WAITS, NOBODY, STATES };
    int state;

    for (state = EMPTY; state < STATES; state++) {
        int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);
        struct vpl011 *uart = vpl011_console_device(&g.console);
        struct loop l;
        size_t passes;
        size_t i;

        if (state == NOBODY) {
            close(fd);
            fd = -1;
            has(&g, "to nobody");
        }
        if (state == INPUT_WAITS) {
            static const char many[10000];

            assert_int_equal(write(fd, many, sizeof(many)), sizeof(many));
        }
        begin_loop(&l, &g);
        for (i = 0; state == OUTPUT_FULL && i < 20; i++) {
            while (!(get(&g, PL011_UARTFR) & PL011_FR_TXFF)) {
                put(&g, PL011_UARTDR, 'x');
            }
            sleep_ms(5);
        }
        sleep_ms(20);
        if (state == OUTPUT_WAITS) {
            has(&g, "x");
        }
        passes = l.passes;
        for (i = 0; i < STORM; i++) {
            (void)vpl011_data_avail(uart);
        }
        sleep_ms(20);
        assert_in_range(l.passes - passes, 0, 8);
        passes = l.passes;
        sleep_ms(100);
        assert_int_equal(l.passes, passes);
        assert_result(vpl011_console_close(&g.console), VPL011_OK);
        (void)pthread_join(l.thread, NULL);
        if (fd >= 0) {
            close(fd);
        }
    }
}

static uint64_t now_of(void *ctx)
{
    (void)ctx;
    return 0;
}

static void host_mistakes_are_named(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    struct vpl011_console_config bad;
    static struct vpl011_console unready;
    struct vpl011_console *c = &g.console;
    struct vpl011_console_status status;
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;
    struct {
        struct vpl011_console_config config;
        uint64_t newer;
    } newer = {config, 1};

    assert_result(vpl011_console_init(NULL, &config), VPL011_ERR_NULL);
    assert_result(vpl011_console_init(c, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_console_init_sized(c, vpl011_console_sizeof() - 1,
                                            &config, sizeof(config)),
                  VPL011_ERR_ABI);
    assert_result(
        vpl011_console_init_sized(c, sizeof(*c), &newer.config, sizeof(newer)),
        VPL011_ERR_ABI);
    bad = config;
    bad.reserved[4] = 1;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_ABI);
    bad = config;
    bad.end = 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_RANGE);
    bad = config;
    bad.escape = 256;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_RANGE);
    bad = config;
    bad.flags = 2;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_FLAGS);
    bad = config;
    bad.address = "unix:/tmp/x";
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_UNSUPPORTED);
    bad = config;
    bad.time.what = 1u << 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_FLAGS);
    bad = config;
    bad.time.now = now_of;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_UNSUPPORTED);
    bad = config;
    bad.history = g.history;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad = config;
    bad.input = g.history;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad.input_size = 3;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad.input = NULL;
    bad.input_size = 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad = config;
    bad.device.personality = 7;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_PERSONALITY);
    bad = config;
    bad.irq = NULL;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_OP_MISSING);
    bad = config;
    bad.in_fd = 999;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EBADF);

    assert_null(vpl011_console_device(&unready));
    assert_string_equal(vpl011_console_address(&unready), "");
    vpl011_console_wake(&unready);
    assert_result(vpl011_console_serve(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_close(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_start(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_break(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_close(NULL), VPL011_ERR_NULL);

    assert_result(vpl011_console_init(c, &config), VPL011_OK);
    assert_result(vpl011_console_pollfds(c, NULL, 4, &timeout_ms),
                  VPL011_ERR_NULL);
    assert_result(vpl011_console_pollfds(c, fds, 3, &timeout_ms),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_console_drain(c, -1), VPL011_ERR_RANGE);
    assert_result(vpl011_console_get_status(c, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_console_get_status(&unready, &status),
                  VPL011_ERR_UNINIT);
    /* A timeout of the embedder's own is only lowered. */
    timeout_ms = 7;
    assert_int_equal(vpl011_console_pollfds(c, fds, 4, &timeout_ms), 1);
    assert_int_equal(timeout_ms, 7);
    /* The thread that polls may close. */
    assert_result(vpl011_console_close(c), VPL011_OK);
    assert_result(vpl011_console_close(c), VPL011_OK);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_guest_that_needs_ticks_is_given_them),
        CASE(a_long_paste_comes_back_whole),
        CASE(a_paste_to_a_reader_that_stalls_comes_back_whole),
        CASE(a_paste_through_a_pty_comes_back_whole),
        CASE(a_paste_through_a_listening_socket_comes_back_whole),
        CASE(a_loop_of_the_embedder_serves_as_well),
        CASE(close_ends_a_loop_of_the_embedder),
        CASE(an_idle_console_sleeps),
        CASE(output_collects_before_it_is_moved),
        CASE(signals_that_interrupt_the_loop_lose_nothing),
        CASE(at_the_end_of_input_output_goes_on),
        CASE(output_that_has_collected_is_moved_at_once),
        CASE(drain_tells_that_all_is_out),
        CASE(drain_tells_that_nobody_takes_it),
        CASE(drain_has_a_deadline),
        CASE(a_budget_holds_back_a_guest_that_floods),
        CASE(close_may_come_from_many_threads_at_once),
        CASE(a_drain_leaves_no_loop_asleep),
        CASE(close_ends_a_drain),
        CASE(each_reader_of_a_socket_is_shown_the_history_once),
        CASE(a_reader_that_ended_its_input_makes_room_for_the_next),
        CASE(a_pty_may_be_opened_again_and_again),
        CASE(descriptors_may_be_replaced),
        CASE(a_pipe_without_reader_is_a_far_end_that_is_gone),
        CASE(a_unix_socket_is_private_and_removed),
        CASE(a_name_that_is_taken_is_left_alone),
        CASE(addresses_are_checked),
        CASE(a_listening_socket_may_be_given),
        CASE(keys_behind_the_escape_are_the_hosts),
        CASE(the_escape_is_seen_behind_what_is_typed_ahead),
        CASE(what_the_guest_says_is_logged),
        CASE(a_far_end_may_be_the_embedders_own),
        CASE(after_fork_the_console_is_the_parents),
        CASE(the_terminal_is_given_back),
        CASE(a_program_may_take_the_terminal_itself),
        CASE(a_terminal_that_is_not_read_holds_nobody),
        CASE(a_loop_sleeps_however_often_data_avail_is_called),
        CASE(host_mistakes_are_named),
    };
    int result;

    if (!mkdtemp(directory)) {
        return 1;
    }
    result = run_cases(cases);
    (void)rmdir(directory);
    return result;
}
