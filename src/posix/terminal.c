/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The terminal in raw mode, and back however the program ends. */
#include <vpl011/console.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

/* The signals that end, stop or continue a program by default. */
static const int signals[] = {
    SIGHUP,  SIGINT,  SIGQUIT, SIGTERM, SIGPIPE, SIGALRM, SIGUSR1,
    SIGUSR2, SIGSEGV, SIGBUS,  SIGILL,  SIGFPE,  SIGABRT, SIGSYS,
    SIGTRAP, SIGXCPU, SIGXFSZ, SIGTSTP, SIGCONT,
};

#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

static struct termios own_mode;
static struct termios raw_mode;
static int terminal = -1; /* a duplicate: 0 may be closed meanwhile */
static pid_t owner;       /* of a fork, the parent */
static volatile sig_atomic_t is_raw;

/* A terminal that now belongs to another job is not changed: that job sets its
 * mode, and the attempt would stop this program. */
static void set_mode(const struct termios *mode)
{
    if (tcgetpgrp(terminal) == getpgrp()) {
        /* At once and without flushing: type-ahead stays, and a terminal that
         * is stuck cannot block the program. */
        (void)tcsetattr(terminal, TCSANOW, mode);
    }
}

void vpl011_console_restore_terminal(void)
{
    int why = errno;

    if (is_raw && owner == getpid()) {
        set_mode(&own_mode);
    }
    errno = why;
}

/* The signal is raised again with its default action, and takes effect when the
 * handler returns; a fault, when its instruction runs again. */
static void on_end(int number)
{
    vpl011_console_restore_terminal();
    (void)signal(number, SIG_DFL);
    (void)raise(number);
}

static void on_stop(int number)
{
    int why = errno;
    struct sigaction action;
    sigset_t stop;

    vpl011_console_restore_terminal();
    (void)sigemptyset(&stop);
    (void)sigaddset(&stop, number);
    (void)signal(number, SIG_DFL);
    (void)raise(number);
    (void)pthread_sigmask(SIG_UNBLOCK, &stop, NULL); /* stopped here */
    memset(&action, 0, sizeof(action));
    action.sa_handler = on_stop;
    action.sa_flags = SA_RESTART;
    (void)sigaction(number, &action, NULL);
    errno = why;
}

static void on_continue(int number)
{
    int why = errno;

    (void)number;
    if (is_raw && owner == getpid()) {
        set_mode(&raw_mode);
    }
    errno = why;
}

static void (*handler_of(int number))(int)
{
    switch (number) {
    case SIGTSTP:
        return on_stop;
    case SIGCONT:
        return on_continue;
    default:
        return on_end;
    }
}

static void take_signals(void)
{
    struct sigaction action;
    struct sigaction before;
    size_t i;

    memset(&action, 0, sizeof(action));
    (void)sigfillset(&action.sa_mask);
    action.sa_flags = SA_RESTART;
    for (i = 0; i < SIGNALS; i++) {
        if (!sigaction(signals[i], NULL, &before) &&
            !(before.sa_flags & SA_SIGINFO) && before.sa_handler == SIG_DFL) {
            action.sa_handler = handler_of(signals[i]);
            (void)sigaction(signals[i], &action, NULL);
        }
    }
}

static void give_signals_back(void)
{
    struct sigaction now;
    size_t i;

    for (i = 0; i < SIGNALS; i++) {
        if (!sigaction(signals[i], NULL, &now) &&
            !(now.sa_flags & SA_SIGINFO) &&
            now.sa_handler == handler_of(signals[i])) {
            (void)signal(signals[i], SIG_DFL);
        }
    }
}

void vpl011_raw_mode_(struct termios *mode)
{
    mode->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
                                 IGNCR | ICRNL | IXON);
    mode->c_oflag &= ~(tcflag_t)OPOST;
    mode->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    mode->c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    mode->c_cflag |= CS8;
    mode->c_cc[VMIN] = 1;
    mode->c_cc[VTIME] = 0;
}

bool vpl011_terminal_make_raw_(void)
{
    static bool at_exit;

    if (is_raw && owner == getpid()) {
        errno = EBUSY;
        return false;
    }
    if (tcgetattr(STDIN_FILENO, &own_mode)) {
        return false;
    }
    terminal = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
    if (terminal < 0) {
        return false;
    }
    raw_mode = own_mode;
    vpl011_raw_mode_(&raw_mode);
    owner = getpid();
    if (!at_exit) {
        at_exit = atexit(vpl011_console_restore_terminal) == 0;
    }
    is_raw = 1;
    take_signals();
    /* Not TCSAFLUSH: what was typed before belongs to the guest. */
    if (tcsetattr(terminal, TCSADRAIN, &raw_mode)) {
        vpl011_terminal_leave_();
        return false;
    }
    return true;
}

void vpl011_terminal_leave_(void)
{
    int why = errno;

    vpl011_console_restore_terminal();
    is_raw = 0;
    give_signals_back();
    (void)close(terminal);
    terminal = -1;
    errno = why;
}

static bool terminal_taken; /* by the program, not by a console */

int vpl011_console_take_terminal(void)
{
    if (!isatty(STDIN_FILENO)) {
        return 0;
    }
    if (!vpl011_terminal_make_raw_()) {
        return VPL011_ERR_SYSTEM;
    }
    terminal_taken = true;
    return 1;
}

void vpl011_console_leave_terminal(void)
{
    if (terminal_taken) {
        terminal_taken = false;
        vpl011_terminal_leave_();
    }
}
