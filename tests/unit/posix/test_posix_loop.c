/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A loop of the embedder's: what it serves, and when it sleeps. */
#include "guest_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/time.h>
#include <unistd.h>

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

/* Until it made no pass for so long, however slow the machine is. */
static void comes_to_rest(struct loop *l, long ms)
{
    int64_t began = now_ms();
    size_t passes;

    do {
        assert_true(now_ms() - began < LONG_MS / 4);
        passes = l->passes;
        sleep_ms(ms);
    } while (l->passes != passes);
}

static void a_loop_of_the_embedder_serves_as_well(void)
{
    static struct guest g;
    struct loop l;
    int fd = open_pair(&g, VPL011_CONSOLE_END_FDS, false);

    begin_loop(&l, &g);
    begin(&g, echo);
    types_and_reads(fd, PASTE, PASTE / 4);
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

    begin_loop(&l, &g);
    begin(&g, echo);
    types_and_reads(fd, 1000, 0);
    comes_to_rest(&l, 200);
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
    types_and_reads(fd, PASTE / 2, PASTE / 4);
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
        comes_to_rest(&l, 100);
        assert_result(vpl011_console_close(&g.console), VPL011_OK);
        (void)pthread_join(l.thread, NULL);
        if (fd >= 0) {
            close(fd);
        }
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_loop_of_the_embedder_serves_as_well),
        CASE(close_ends_a_loop_of_the_embedder),
        CASE(an_idle_console_sleeps),
        CASE(output_collects_before_it_is_moved),
        CASE(signals_that_interrupt_the_loop_lose_nothing),
        CASE(at_the_end_of_input_output_goes_on),
        CASE(output_that_has_collected_is_moved_at_once),
        CASE(a_loop_sleeps_however_often_data_avail_is_called),
    };

    return run_cases(cases);
}
