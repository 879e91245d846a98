/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The stream backend over sockets, pipes, ptys and files. */
#include "support.h"

#include <vpl011/stream.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#define IN_SIZE 64
#define OUT_SIZE 2048

struct rig {
    struct host h;
    struct vpl011_stream stream;
    uint8_t in[IN_SIZE];
    uint8_t out[OUT_SIZE];
};

static void rig_init(struct rig *r)
{
    const struct host_options options = {.enabled = true};
    struct vpl011_backend backend;

    host_init(&r->h, &options);
    assert_result(vpl011_stream_init(&r->stream, r->in, sizeof(r->in), r->out,
                                     sizeof(r->out)),
                  VPL011_OK);
    assert_result(vpl011_stream_backend(&r->stream, &backend), VPL011_OK);
    assert_result(vpl011_attach(&r->h.uart, &backend), VPL011_OK);
}

/* As an embedder's loop does, until nothing moves. */
static void rig_pump(struct rig *r)
{
    while (vpl011_stream_pump(&r->stream) > 0) {
        assert_in_range(vpl011_tick(&r->h.uart), 0, 32);
    }
}

static struct vpl011_stream_status rig_status(struct rig *r)
{
    struct vpl011_stream_status status;

    assert_result(vpl011_stream_get_status(&r->stream, &status), VPL011_OK);
    return status;
}

/* Poll what vpl011_stream_wait() gave: more than 0 means "pump at once". */
static int rig_ready(struct rig *r, int *timeout_ms)
{
    struct pollfd fds[2];
    int count = vpl011_stream_wait(&r->stream, fds, timeout_ms);

    assert_in_range(count, 0, 2);
    return poll(fds, (nfds_t)count, 0);
}

static void sockets(int fds[2])
{
    assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds),
                       errno);
}

static void pipes(int fds[2], int flags)
{
    assert_return_code(pipe2(fds, O_CLOEXEC | flags), errno);
}

/* The n-th byte of a long text whose period is no power of two. */
static char nth(size_t n)
{
    return (char)('!' + n % 89);
}

static void guest_sends_from(struct rig *r, size_t first, size_t count)
{
    size_t i;

    for (i = first; i < first + count; i++) {
        guest_write(&r->h, PL011_UARTDR, (uint32_t)nth(i));
    }
}

/* Read what is there and check that it continues the text at *at. */
static size_t takes(int fd, size_t *at, size_t max)
{
    char bytes[4096];
    ssize_t n = read(fd, bytes, max < sizeof(bytes) ? max : sizeof(bytes));
    ssize_t i;

    for (i = 0; i < n; i++) {
        assert_int_equal(bytes[i], nth(*at));
        (*at)++;
    }
    return n > 0 ? (size_t)n : 0;
}

static void nobody_is_there_before_attach(void)
{
    struct rig r;
    struct pollfd fds[2];
    int timeout_ms;

    rig_init(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(vpl011_stream_pump(&r.stream), 0);
    assert_int_equal(vpl011_stream_wait(&r.stream, fds, &timeout_ms), 0);
    assert_int_equal(timeout_ms, -1);
}

static void both_ways_through_a_socket(void)
{
    struct rig r;
    char text[16];
    int fds[2];

    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    guest_sends(&r.h, "login: ");
    assert_true(r.h.notified & VPL011_EVENT_FAR_END);
    /* Nothing leaves under the device lock. */
    assert_int_equal(recv(fds[1], text, sizeof(text), MSG_DONTWAIT), -1);
    assert_int_equal(errno, EAGAIN);

    rig_pump(&r);
    assert_int_equal(read(fds[1], text, sizeof(text)), 7);
    assert_memory_equal(text, "login: ", 7);
    assert_int_equal(write(fds[1], "root\r", 5), 5);
    rig_pump(&r);
    assert_receives(&r.h, "root\r");
    assert_int_equal(rig_status(&r).out_bytes, 7);
    assert_int_equal(rig_status(&r).in_bytes, 5);
    close(fds[0]);
    close(fds[1]);
}

static void a_reader_that_closes_at_any_byte_loses_only_what_it_took(void)
{
    const size_t total = 900;
    size_t stop;

    for (stop = 0; stop <= total; stop += 7) {
        struct rig r;
        size_t taken = 0;
        size_t at;
        int old[2];
        int new[2];

        rig_init(&r);
        sockets(old);
        assert_result(vpl011_stream_attach(&r.stream, old[0], old[0]),
                      VPL011_OK);
        guest_sends_from(&r, 0, stop);
        rig_pump(&r);
        while (taken < stop) {
            assert_true(takes(old[1], &taken, stop - taken) > 0);
        }
        close(old[1]);
        guest_sends_from(&r, stop, total - stop);
        rig_pump(&r);
        assert_int_equal(rig_status(&r).attached, 0);
        assert_int_equal(rig_status(&r).error, 0);
        assert_int_equal(vpl011_stream_pump(&r.stream), 0);

        sockets(new);
        assert_result(vpl011_stream_attach(&r.stream, new[0], new[0]),
                      VPL011_OK);
        close(old[0]);
        rig_pump(&r);
        for (at = stop; at < total;) {
            assert_true(takes(new[1], &at, total) > 0);
        }
        assert_counter(&r.h, tx_dropped, 0);
        close(new[0]);
        close(new[1]);
    }
}

/* Writers see room come and go; the text stays whole, whatever the sizes. */
static void random_short_writes_keep_the_text(void)
{
    static const int blocking[] = {0, O_NONBLOCK};
    size_t kind;

    for (kind = 0; kind < 2; kind++) {
        struct rig r;
        uint32_t seed = 7;
        size_t sent = 0;
        size_t at = 0;
        int small = 4096;
        int fds[2];

        rig_init(&r);
        pipes(fds, blocking[kind]);
        fcntl(fds[1], F_SETPIPE_SZ, small);
        assert_result(vpl011_stream_attach(&r.stream, -1, fds[1]), VPL011_OK);
        assert_return_code(fcntl(fds[0], F_SETFL, O_NONBLOCK), errno);
        while (at < 200000) {
            size_t n = next_random(&seed) % 300;

            /* As a guest does: never beyond TXFF. */
            while (n-- > 0 &&
                   !(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
                guest_write(&r.h, PL011_UARTDR, (uint32_t)nth(sent++));
            }
            if (next_random(&seed) % 3 == 0) {
                rig_pump(&r);
            }
            if (next_random(&seed) % 4 == 0) {
                takes(fds[0], &at, next_random(&seed) % 3000 + 1);
            }
        }
        assert_counter(&r.h, tx_dropped, 0);
        assert_counter(&r.h, tx_overflow, 0);
        close(fds[0]);
        close(fds[1]);
    }
}

static void a_short_write_to_a_socket_is_continued(void)
{
    struct rig r;
    int small = 1;
    size_t sent = 0;
    size_t at = 0;
    int timeout_ms;
    int fds[2];

    rig_init(&r);
    sockets(fds);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    while (!(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
        guest_sends_from(&r, sent++, 1);
        rig_pump(&r);
    }
    assert_true(sent > OUT_SIZE);
    /* It waits for the socket, and is woken when the peer reads. */
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    assert_int_equal(timeout_ms, -1);
    takes(fds[1], &at, 4096);
    while (at < sent) {
        if (rig_ready(&r, &timeout_ms) > 0) {
            rig_pump(&r);
        }
        assert_true(takes(fds[1], &at, 4096) > 0);
    }
    assert_reg_bits(&r.h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    close(fds[0]);
    close(fds[1]);
}

static void a_full_pipe_is_waited_for(void)
{
    struct rig r;
    struct pollfd fds[2];
    int timeout_ms;
    size_t at = 0;
    size_t sent = 0;
    int p[2];

    rig_init(&r);
    pipes(p, 0);
    fcntl(p[1], F_SETPIPE_SZ, 4096);
    assert_result(vpl011_stream_attach(&r.stream, -1, p[1]), VPL011_OK);
    while (!(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
        guest_sends_from(&r, sent++, 1);
        rig_pump(&r);
    }
    /* This pipe would block, but the pump returned. */
    assert_int_equal(vpl011_stream_wait(&r.stream, fds, &timeout_ms), 1);
    assert_int_equal(fds[0].fd, p[1]);
    assert_int_equal(fds[0].events, POLLOUT);
    assert_int_equal(poll(fds, 1, 0), 0);
    while (at < sent) {
        assert_true(takes(p[0], &at, 4096) > 0);
        rig_pump(&r);
    }
    close(p[0]);
    close(p[1]);
}

static void a_pipe_without_reader_raises_no_sigpipe(void)
{
    struct rig r;
    sigset_t set;
    int p[2];

    rig_init(&r);
    signal(SIGPIPE, SIG_DFL);
    pipes(p, 0);
    assert_result(vpl011_stream_attach(&r.stream, -1, p[1]), VPL011_OK);
    close(p[0]);
    guest_sends(&r.h, "anybody?");
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(rig_status(&r).error, 0);
    sigpending(&set);
    assert_int_equal(sigismember(&set, SIGPIPE), 0);
    close(p[1]);
}

static void a_log_without_reader_raises_no_sigpipe_either(void)
{
    struct rig r;
    sigset_t mask;
    sigset_t set;
    int fds[2];
    int p[2];

    rig_init(&r);
    signal(SIGPIPE, SIG_DFL);
    sockets(fds);
    pipes(p, 0);
    close(p[0]);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_result(vpl011_stream_log(&r.stream, p[1], 0), VPL011_OK);
    guest_sends(&r.h, "four");
    rig_pump(&r);
    assert_int_equal(rig_status(&r).log_lost, 4);
    assert_int_equal(rig_status(&r).log_error, EPIPE);
    assert_int_equal(rig_status(&r).out_bytes, 4);
    /* The caller's own mask and pending signals are as they were. */
    sigpending(&set);
    assert_int_equal(sigismember(&set, SIGPIPE), 0);
    sigprocmask(SIG_BLOCK, NULL, &mask);
    assert_int_equal(sigismember(&mask, SIGPIPE), 0);
    close(fds[0]);
    close(fds[1]);
    close(p[1]);
}

static void a_regular_file_is_read_to_its_end_and_written(void)
{
    struct rig r;
    char name[] = "/tmp/vpl011-stream-XXXXXX";
    char text[16] = {0};
    int timeout_ms;
    int out;
    int in = mkstemp(name);

    assert_true(in >= 0);
    out = open(name, O_RDWR | O_APPEND | O_CLOEXEC);
    unlink(name);
    assert_int_equal(write(in, "setenv\r", 7), 7);
    lseek(in, 0, SEEK_SET);
    rig_init(&r);
    assert_result(vpl011_stream_attach(&r.stream, in, out), VPL011_OK);
    rig_pump(&r);
    assert_receives(&r.h, "setenv\r");
    assert_int_equal(rig_status(&r).input_ended, 1);
    assert_int_equal(rig_status(&r).attached, 1);
    guest_sends(&r.h, "=> ");
    rig_pump(&r);
    assert_int_equal(pread(out, text, sizeof(text), 7), 3);
    assert_string_equal(text, "=> ");
    /* A file is always ready: waiting for it must not spin. */
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    close(in);
    close(out);
}

static void a_full_disk_at_the_far_end_is_reported(void)
{
    struct rig r;
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    assert_true(fd >= 0);
    rig_init(&r);
    assert_result(vpl011_stream_attach(&r.stream, -1, fd), VPL011_OK);
    guest_sends(&r.h, "text");
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(rig_status(&r).error, ENOSPC);
    /* A new far end gets first what the old one refused. */
    assert_result(vpl011_stream_attach(&r.stream, -1, STDERR_FILENO),
                  VPL011_OK);
    assert_int_equal(rig_status(&r).error, 0);
    assert_int_equal(rig_status(&r).out_bytes, 0);
    close(fd);
}

static void a_log_on_a_full_disk_holds_nothing_up(void)
{
    struct rig r;
    char text[16];
    int fds[2];
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);

    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_result(vpl011_stream_log(&r.stream, fd, 0), VPL011_OK);
    guest_sends(&r.h, "still here");
    rig_pump(&r);
    assert_int_equal(read(fds[1], text, sizeof(text)), 10);
    assert_int_equal(rig_status(&r).attached, 1);
    assert_int_equal(rig_status(&r).log_lost, 10);
    assert_int_equal(rig_status(&r).log_bytes, 0);
    assert_int_equal(rig_status(&r).log_error, ENOSPC);
    close(fd);
    close(fds[0]);
    close(fds[1]);
}

static void a_log_into_a_full_pipe_holds_nothing_up(void)
{
    static const char fill[4096];
    struct rig r;
    char text[16];
    int fds[2];
    int p[2];

    rig_init(&r);
    sockets(fds);
    pipes(p, 0); /* would block */
    fcntl(p[1], F_SETPIPE_SZ, 4096);
    assert_int_equal(write(p[1], fill, sizeof(fill)), sizeof(fill));
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_result(vpl011_stream_log(&r.stream, p[1], 0), VPL011_OK);
    guest_sends(&r.h, "lost");
    rig_pump(&r);
    assert_int_equal(read(fds[1], text, sizeof(text)), 4);
    assert_int_equal(rig_status(&r).log_lost, 4);
    assert_int_equal(rig_status(&r).log_error, EAGAIN);
    /* There is room again: the next block is logged. */
    assert_int_equal(read(p[0], (char[4096]){0}, 4096), 4096);
    guest_sends(&r.h, "kept");
    rig_pump(&r);
    assert_int_equal(read(p[0], text, sizeof(text)), 4);
    assert_memory_equal(text, "kept", 4);
    assert_int_equal(rig_status(&r).log_error, 0);
    close(p[0]);
    close(p[1]);
    close(fds[0]);
    close(fds[1]);
}

static void the_log_has_every_byte_once_over_a_change_of_far_ends(void)
{
    struct rig r;
    size_t at = 0;
    size_t logged = 0;
    int fds[2];
    int p[2];

    rig_init(&r);
    pipes(p, 0);
    assert_result(vpl011_stream_log(&r.stream, p[1], 0), VPL011_OK);
    guest_sends_from(&r, 0, 300); /* to nobody: kept */
    rig_pump(&r);
    assert_int_equal(rig_status(&r).log_bytes, 0);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    rig_pump(&r);
    guest_sends_from(&r, 300, 200);
    rig_pump(&r);
    while (at < 500) {
        assert_true(takes(fds[1], &at, 500) > 0);
    }
    while (logged < 500) {
        assert_true(takes(p[0], &logged, 500) > 0);
    }
    assert_int_equal(rig_status(&r).log_bytes, 500);
    close(p[0]);
    close(p[1]);
    close(fds[0]);
    close(fds[1]);
}

static void a_log_may_go_on_alone(void)
{
    struct rig r;
    size_t logged = 0;
    int p[2];

    rig_init(&r);
    pipes(p, 0);
    assert_result(vpl011_stream_log(&r.stream, p[1], VPL011_STREAM_LOG_ALWAYS),
                  VPL011_OK);
    guest_sends_from(&r, 0, 3000);
    rig_pump(&r);
    guest_sends_from(&r, OUT_SIZE, 100);
    rig_pump(&r);
    while (logged < OUT_SIZE + 100) {
        assert_true(takes(p[0], &logged, 4096) > 0);
    }
    assert_int_equal(rig_status(&r).out_discarded, OUT_SIZE + 100);
    assert_int_equal(rig_status(&r).out_bytes, 0);
    close(p[0]);
    close(p[1]);
}

static void a_half_closed_socket_still_takes_output(void)
{
    struct rig r;
    char text[16];
    int timeout_ms;
    int fds[2];

    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_int_equal(write(fds[1], "x", 1), 1);
    shutdown(fds[1], SHUT_WR);
    rig_pump(&r);
    assert_receives(&r.h, "x");
    assert_int_equal(rig_status(&r).input_ended, 1);
    assert_int_equal(rig_status(&r).attached, 1);
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    guest_sends(&r.h, "bye");
    rig_pump(&r);
    assert_int_equal(read(fds[1], text, sizeof(text)), 3);
    /* And the full close is noticed, although nothing waits to be sent. */
    close(fds[1]);
    assert_int_equal(rig_ready(&r, &timeout_ms), 1);
    assert_true(vpl011_stream_pump(&r.stream) > 0);
    assert_int_equal(rig_status(&r).attached, 0);
    close(fds[0]);
}

static void input_beyond_the_queue_stays_outside_until_the_guest_reads(void)
{
    struct rig r;
    char text[512];
    char got[512];
    size_t count = 0;
    int timeout_ms;
    int fds[2];
    size_t i;

    for (i = 0; i < sizeof(text); i++) {
        text[i] = nth(i);
    }
    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_int_equal(write(fds[1], text, sizeof(text)), sizeof(text));
    close(fds[1]); /* and leaves: its last words are still good */
    rig_pump(&r);
    assert_int_equal(rig_status(&r).in_bytes, IN_SIZE + 32);
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    while (count < sizeof(text)) {
        host_forget(&r.h);
        count += guest_receives(&r.h, got + count, sizeof(text) - count);
        assert_in_range(vpl011_tick(&r.h.uart), 0, 32);
        rig_pump(&r);
    }
    assert_memory_equal(got, text, sizeof(text));
    assert_int_equal(rig_status(&r).input_ended, 1);
    close(fds[0]);
}

/* As a terminal program has it: raw. */
static int open_slave(int master)
{
    int fd = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
    struct termios raw;

    assert_true(fd >= 0);
    assert_return_code(tcgetattr(fd, &raw), errno);
    cfmakeraw(&raw);
    assert_return_code(tcsetattr(fd, TCSANOW, &raw), errno);
    return fd;
}

static int open_master(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0) {
        skip();
    }
    assert_return_code(grantpt(master), errno);
    assert_return_code(unlockpt(master), errno);
    return master;
}

static void a_pty_is_gone_while_nobody_has_it_open(void)
{
    struct rig r;
    char text[16];
    int timeout_ms;
    int master = open_master();
    int slave;

    rig_init(&r);
    slave = open_slave(master);
    assert_result(vpl011_stream_attach(&r.stream, master, master), VPL011_OK);
    guest_sends(&r.h, "one");
    rig_pump(&r);
    assert_int_equal(read(slave, text, sizeof(text)), 3);
    close(slave);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    /* No descriptor would tell that it is opened again. */
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    assert_in_range(timeout_ms, 1, 1000);

    guest_sends(&r.h, "two");
    slave = open_slave(master);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 1);
    assert_int_equal(read(slave, text, sizeof(text)), 3);
    assert_memory_equal(text, "two", 3);
    assert_int_equal(write(slave, "ls\n", 3), 3);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).in_bytes, 3);
    close(slave);
    close(master);
}

static void a_pty_that_nobody_ever_opened_is_gone(void)
{
    struct rig r;
    size_t at;
    int timeout_ms;
    int master = open_master();
    int slave;

    rig_init(&r);
    assert_result(vpl011_stream_attach(&r.stream, master, master), VPL011_OK);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    assert_in_range(timeout_ms, 1, 1000);
    /* A guest that boots is not held up by it. */
    for (at = 0; at < 100000; at++) {
        assert_false(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF);
        guest_sends_from(&r, at, 1);
        if (at % 1000 == 0) {
            rig_pump(&r);
        }
    }
    slave = open_slave(master);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 1);
    for (at = 0; at < OUT_SIZE;) {
        assert_true(takes(slave, &at, OUT_SIZE - at) > 0);
    }
    close(slave);
    close(master);
}

static void a_pty_that_is_still_locked_is_gone(void)
{
    struct rig r;
    int timeout_ms;
    int slave;
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (master < 0) {
        skip();
    }
    rig_init(&r);
    assert_result(vpl011_stream_attach(&r.stream, master, master), VPL011_OK);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(rig_ready(&r, &timeout_ms), 0);
    assert_in_range(timeout_ms, 1, 1000);
    assert_return_code(unlockpt(master), errno);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    slave = open_slave(master);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 1);
    close(slave);
    close(master);
}

static void a_pty_for_input_only_comes_back_too(void)
{
    struct rig r;
    int timeout_ms;
    int p[2];
    int round;
    int master = open_master();

    rig_init(&r);
    pipes(p, 0);
    assert_result(vpl011_stream_attach(&r.stream, master, p[1]), VPL011_OK);
    for (round = 0; round < 3; round++) {
        int slave;

        rig_pump(&r);
        assert_int_equal(rig_status(&r).input_ended, 1);
        assert_int_equal(rig_status(&r).attached, 1);
        assert_int_equal(rig_ready(&r, &timeout_ms), 0);
        assert_in_range(timeout_ms, 1, 1000);
        slave = open_slave(master);
        assert_int_equal(write(slave, "ls\n", 3), 3);
        rig_pump(&r);
        assert_int_equal(rig_status(&r).input_ended, 0);
        assert_receives(&r.h, "ls\n");
        assert_int_equal(write(slave, "bye", 3), 3);
        close(slave);
        rig_pump(&r);
        assert_receives(&r.h, "bye");
    }
    close(master);
    close(p[0]);
    close(p[1]);
}

static void a_break_arrives_in_order_with_the_input(void)
{
    struct rig r;
    int fds[2];
    int i;

    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_int_equal(write(fds[1], "ab", 2), 2);
    /* As the loop does, but for data_avail: the device learns of it later. */
    while (vpl011_stream_pump(&r.stream) > 0) {
    }
    assert_int_equal(vpl011_stream_break(&r.stream), 1);
    assert_int_equal(vpl011_stream_break(&r.stream), 0); /* one at a time */
    assert_int_equal(write(fds[1], "c", 1), 1);
    for (i = 0; i < 3; i++) {
        rig_pump(&r);
        assert_in_range(vpl011_data_avail(&r.h.uart), 0, 32);
    }
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'a');
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'b');
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    assert_in_range(vpl011_data_avail(&r.h.uart), 0, 32);
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'c');
    close(fds[0]);
    close(fds[1]);
}

static void waiting_counts_what_no_far_end_has_taken(void)
{
    struct rig r;
    int small = 1;
    size_t sent = 0;
    size_t at = 0;
    int fds[2];

    rig_init(&r);
    assert_int_equal(vpl011_stream_waiting(&r.stream), 0);
    sockets(fds);
    setsockopt(fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof(small));
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    while (!(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
        guest_sends_from(&r, sent++, 1);
        rig_pump(&r);
        assert_int_equal(rig_status(&r).out_bytes +
                             vpl011_stream_waiting(&r.stream) +
                             (size_t)vpl011_tx_waiting(&r.h.uart),
                         sent);
    }
    /* A blocked far end moves nothing: only vpl011_stream_waiting() shows that
     * output is left. */
    assert_int_equal(vpl011_stream_pump(&r.stream), 0);
    assert_true(vpl011_stream_waiting(&r.stream) >= OUT_SIZE);
    while (vpl011_tx_waiting(&r.h.uart) > 0 ||
           vpl011_stream_waiting(&r.stream) > 0) {
        takes(fds[1], &at, 4096);
        rig_pump(&r);
    }
    while (at < sent) {
        assert_true(takes(fds[1], &at, 4096) > 0);
    }
    close(fds[0]);
    close(fds[1]);
}

static void history_shows_each_far_end_the_last_bytes_once(void)
{
    static const size_t sizes[] = {1, 100, 1024, 5000};
    size_t k;

    for (k = 0; k < sizeof(sizes) / sizeof(sizes[0]); k++) {
        const size_t size = sizes[k];
        uint8_t storage[5000];
        size_t sent = 0;
        struct rig r;
        int round;

        rig_init(&r);
        assert_result(vpl011_stream_history(&r.stream, storage, size),
                      VPL011_OK);
        for (round = 0; round < 5; round++) {
            size_t at;
            int fds[2];

            /* To nobody: the newest is kept, and nothing is dropped. */
            while (sent < 3000u * (unsigned int)(round + 1)) {
                guest_sends_from(&r, sent++, 1);
                if (sent % 100 == 0) {
                    rig_pump(&r);
                }
            }
            rig_pump(&r);
            sockets(fds);
            assert_return_code(fcntl(fds[1], F_SETFL, O_NONBLOCK), errno);
            assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]),
                          VPL011_OK);
            guest_sends_from(&r, sent, 50);
            sent += 50;
            at = sent - 50 > size ? sent - 50 - size : 0;
            assert_int_equal(vpl011_stream_waiting(&r.stream), sent - at);
            rig_pump(&r);
            while (takes(fds[1], &at, 4096) > 0) {
                rig_pump(&r);
            }
            assert_int_equal(at, sent);
            assert_int_equal(vpl011_stream_waiting(&r.stream), 0);
            close(fds[0]);
            close(fds[1]);
            rig_pump(&r);
        }
        assert_counter(&r.h, tx_dropped, 0);
    }
}

static void history_overtakes_no_slow_reader(void)
{
    uint8_t storage[700];
    struct rig r;
    uint32_t seed = 11;
    size_t sent = 0;
    size_t at = 0;
    int p[2];

    rig_init(&r);
    assert_result(vpl011_stream_history(&r.stream, storage, sizeof(storage)),
                  VPL011_OK);
    pipes(p, O_NONBLOCK);
    fcntl(p[1], F_SETPIPE_SZ, 4096);
    assert_result(vpl011_stream_attach(&r.stream, -1, p[1]), VPL011_OK);
    while (at < 100000) {
        size_t n = next_random(&seed) % 300;

        while (n-- > 0 && !(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
            guest_sends_from(&r, sent++, 1);
        }
        rig_pump(&r);
        if (next_random(&seed) % 4 == 0) {
            takes(p[0], &at, next_random(&seed) % 3000 + 1);
        }
    }
    assert_counter(&r.h, tx_dropped, 0);
    close(p[0]);
    close(p[1]);
}

struct keys {
    struct rig *rig;
    char seen[16];
    size_t count;
};

static void on_key(void *ctx, uint8_t key)
{
    struct keys *k = ctx;

    k->seen[k->count++] = (char)key;
    if (key == 'b') {
        assert_int_equal(vpl011_stream_break(&k->rig->stream), 1);
    }
}

static void keys_behind_the_escape_are_taken_out(void)
{
    static const char typed[] = "ab\x1Dq\x1D\x1D"
                                "c\x1D";
    struct keys k = {0};
    struct rig r;
    int fds[2];

    rig_init(&r);
    k.rig = &r;
    sockets(fds);
    assert_result(vpl011_stream_escape(&r.stream, 0x1D, on_key, &k), VPL011_OK);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    assert_int_equal(write(fds[1], typed, sizeof(typed) - 1), 8);
    rig_pump(&r);
    assert_int_equal(write(fds[1], "bd", 2), 2);
    rig_pump(&r);
    assert_string_equal(k.seen, "qb");
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'a');
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'b');
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 0x1D);
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'c');
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    assert_in_range(vpl011_data_avail(&r.h.uart), 0, 32);
    assert_int_equal(guest_read(&r.h, PL011_UARTDR), 'd');
    close(fds[0]);
    close(fds[1]);
}

static void the_guest_boots_on_with_nobody_there(void)
{
    struct rig r;
    size_t at = 0;
    int fds[2];

    rig_init(&r);
    guest_sends_from(&r, 0, 5000);
    rig_pump(&r);
    assert_counter(&r.h, tx_dropped, 5000 - OUT_SIZE);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    rig_pump(&r);
    while (at < OUT_SIZE) {
        assert_true(takes(fds[1], &at, OUT_SIZE) > 0);
    }
    close(fds[0]);
    close(fds[1]);
}

static void detach_keeps_what_waits(void)
{
    struct rig r;
    size_t at = 0;
    int fds[2];

    rig_init(&r);
    sockets(fds);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    guest_sends_from(&r, 0, 10);
    vpl011_stream_detach(&r.stream);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]), VPL011_OK);
    rig_pump(&r);
    assert_int_equal(takes(fds[1], &at, 100), 10);
    close(fds[0]);
    close(fds[1]);
}

/* A host that calls vpl011_data_avail() without end is told of nothing that it
 * was told, whoever is at the far end, and however full it is. */
static void a_storm_of_data_avail_raises_nothing(void)
{
    enum { EMPTY, WAITS, FULL, BLOCKED, NOBODY, INPUT, STATES };
    int state;

    for (state = EMPTY; state < STATES; state++) {
        struct rig r;
        struct vpl011_counters before;
        struct vpl011_counters after;
        int fds[2];
        size_t i;

        rig_init(&r);
        sockets(fds);
        if (state != NOBODY) {
            assert_result(vpl011_stream_attach(&r.stream, fds[0], fds[0]),
                          VPL011_OK);
        }
        if (state == WAITS || state == NOBODY) {
            guest_sends(&r.h, "login: ");
        }
        while (state >= FULL && state <= BLOCKED &&
               !(guest_read(&r.h, PL011_UARTFR) & PL011_FR_TXFF)) {
            guest_sends_from(&r, 0, 1);
            if (state == BLOCKED) {
                rig_pump(&r);
            }
        }
        if (state == INPUT) {
            assert_int_equal(write(fds[1], r.out, 200), 200);
            rig_pump(&r);
        }
        (void)vpl011_get_counters(&r.h.uart, &before);
        for (i = 0; i < 1000000; i++) {
            if (vpl011_data_avail(&r.h.uart) < 0) {
                fail();
            }
        }
        (void)vpl011_get_counters(&r.h.uart, &after);
        assert_in_range(after.notifies - before.notifies, 0, 2);
        close(fds[0]);
        close(fds[1]);
    }
}

static void host_mistakes_change_nothing(void)
{
    struct vpl011_stream unready = {0};
    struct vpl011_stream_status status;
    struct vpl011_backend backend;
    struct pollfd fds[2];
    struct rig r;
    int timeout_ms;
    int s[2];

    rig_init(&r);
    sockets(s);
    assert_result(vpl011_stream_init(NULL, r.in, 64, r.out, 64),
                  VPL011_ERR_NULL);
    assert_result(vpl011_stream_init(&unready, r.in, 63, r.out, 64),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_stream_init_sized(&unready, vpl011_stream_sizeof() - 1,
                                           r.in, 64, r.out, 64),
                  VPL011_ERR_ABI);
    assert_result(vpl011_stream_history(&unready, r.in, 8), VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_history(&r.stream, r.in, 0), VPL011_ERR_SIZE);
    assert_result(vpl011_stream_history(&r.stream, NULL, 8), VPL011_ERR_SIZE);
    assert_result(vpl011_stream_escape(&unready, 0, NULL, NULL),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_escape(&r.stream, 256, NULL, NULL),
                  VPL011_ERR_RANGE);
    assert_result(vpl011_stream_escape(&r.stream, 0, on_key, NULL),
                  VPL011_ERR_RANGE);
    assert_result(vpl011_stream_break(&unready), VPL011_ERR_UNINIT);
    assert_int_equal(vpl011_stream_waiting(&unready), 0);
    assert_result(vpl011_stream_pump(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_pump(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_stream_backend(&unready, &backend), VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_attach(&unready, 0, 1), VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_wait(&r.stream, NULL, &timeout_ms),
                  VPL011_ERR_NULL);
    assert_result(vpl011_stream_wait(&unready, fds, &timeout_ms),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_get_status(&r.stream, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_stream_get_status(&unready, &status),
                  VPL011_ERR_UNINIT);
    assert_result(vpl011_stream_log(&r.stream, 1, 1u << 5), VPL011_ERR_FLAGS);

    assert_result(vpl011_stream_attach(&r.stream, s[0], s[0]), VPL011_OK);
    assert_result(vpl011_stream_attach(&r.stream, 999, s[0]),
                  VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EBADF);
    assert_result(vpl011_stream_log(&r.stream, 999, 0), VPL011_ERR_SYSTEM);
    assert_int_equal(rig_status(&r).attached, 1);
    /* A descriptor closed behind its back is an error of the far end. */
    close(s[0]);
    rig_pump(&r);
    assert_int_equal(rig_status(&r).attached, 0);
    assert_int_equal(rig_status(&r).error, EBADF);
    close(s[1]);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(nobody_is_there_before_attach),
        CASE(both_ways_through_a_socket),
        CASE(a_reader_that_closes_at_any_byte_loses_only_what_it_took),
        CASE(random_short_writes_keep_the_text),
        CASE(a_short_write_to_a_socket_is_continued),
        CASE(a_full_pipe_is_waited_for),
        CASE(a_pipe_without_reader_raises_no_sigpipe),
        CASE(a_log_without_reader_raises_no_sigpipe_either),
        CASE(a_regular_file_is_read_to_its_end_and_written),
        CASE(a_full_disk_at_the_far_end_is_reported),
        CASE(a_log_on_a_full_disk_holds_nothing_up),
        CASE(a_log_into_a_full_pipe_holds_nothing_up),
        CASE(the_log_has_every_byte_once_over_a_change_of_far_ends),
        CASE(a_log_may_go_on_alone),
        CASE(a_half_closed_socket_still_takes_output),
        CASE(input_beyond_the_queue_stays_outside_until_the_guest_reads),
        CASE(a_pty_is_gone_while_nobody_has_it_open),
        CASE(a_pty_that_nobody_ever_opened_is_gone),
        CASE(a_pty_that_is_still_locked_is_gone),
        CASE(a_pty_for_input_only_comes_back_too),
        CASE(a_break_arrives_in_order_with_the_input),
        CASE(waiting_counts_what_no_far_end_has_taken),
        CASE(history_shows_each_far_end_the_last_bytes_once),
        CASE(history_overtakes_no_slow_reader),
        CASE(keys_behind_the_escape_are_taken_out),
        CASE(the_guest_boots_on_with_nobody_there),
        CASE(detach_keeps_what_waits),
        CASE(a_storm_of_data_avail_raises_nothing),
        CASE(host_mistakes_change_nothing),
    };

    return run_cases(cases);
}
