/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Readers that come and go, and the addresses they come to. */
#include "guest_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

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

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_reader_of_a_socket_is_shown_the_history_once),
        CASE(a_reader_that_ended_its_input_makes_room_for_the_next),
        CASE(a_pty_may_be_opened_again_and_again),
        CASE(descriptors_may_be_replaced),
        CASE(a_pipe_without_reader_is_a_far_end_that_is_gone),
        CASE(a_unix_socket_is_private_and_removed),
        CASE(a_name_that_is_taken_is_left_alone),
        CASE(addresses_are_checked),
        CASE(a_listening_socket_may_be_given),
    };

    return run_cases(cases);
}
