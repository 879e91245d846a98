/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The ends of a console: drain, deadline, close. */
#include "guest_thread.h"

#include <poll.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(drain_tells_that_all_is_out),
        CASE(drain_tells_that_nobody_takes_it),
        CASE(drain_has_a_deadline),
        CASE(a_budget_holds_back_a_guest_that_floods),
        CASE(close_may_come_from_many_threads_at_once),
        CASE(a_drain_leaves_no_loop_asleep),
        CASE(close_ends_a_drain),
    };

    return run_cases(cases);
}
