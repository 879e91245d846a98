/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The program's terminal as the far end, and how it is given back. */
#include "guest_thread.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

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

/* The other side of a terminal, and the terminal's name. */
static int open_master(char *name, size_t size)
{
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);

    assert_return_code(fd, errno);
    assert_return_code(grantpt(fd), errno);
    assert_return_code(unlockpt(fd), errno);
    assert_int_equal(ptsname_r(fd, name, size), 0);
    return fd;
}

static void the_terminal_is_given_back(void)
{
    enum ending ending;

    for (ending = 0; ending < ENDINGS; ending++) {
        char name[32];
        int master = open_master(name, sizeof(name));
        char byte[8] = {0};
        struct termios mode;
        struct termios before;
        int ends[2];
        int result;
        pid_t child;
        int slave;

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
        char name[32];
        int master = open_master(name, sizeof(name));
        struct termios mode;
        char byte;
        int ends[2];
        int result;
        int slave;
        pid_t child;

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
    char name[32];
    int master = open_master(name, sizeof(name));
    int result;
    pid_t child;

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

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(the_terminal_is_given_back),
        CASE(a_program_may_take_the_terminal_itself),
        CASE(a_terminal_that_is_not_read_holds_nobody),
    };

    return run_cases(cases);
}
