/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "terminal.h"

static struct termios own_mode;
static struct termios raw_mode;
static volatile sig_atomic_t is_raw;
static volatile sig_atomic_t end_signal;

/* Only async-signal-safe calls, because the handlers run this. TCSANOW:
 * type-ahead stays, and a stuck terminal cannot block the program. */
static void restore(void)
{
    if (is_raw) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &own_mode);
    }
}

static void catch (int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    (void)sigemptyset(&action.sa_mask);
    /* No SA_RESTART, so that a read, write or poll returns to the loop. */
    (void)sigaction(number, &action, NULL);
}

static void die_by(int number)
{
    sigset_t only;

    restore();
    catch (number, SIG_DFL);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
    (void)raise(number);
}

static void on_end(int number)
{
    /* A second signal: the loop does not react. */
    if (end_signal) {
        die_by(number);
    }
    end_signal = number;
}

static void on_crash(int number)
{
    die_by(number);
}

static void on_stop(int number)
{
    die_by(number);
    /* Continued. */
    catch (number, on_stop);
    if (is_raw && tcgetpgrp(STDIN_FILENO) == getpgrp()) {
        (void)tcsetattr(STDIN_FILENO, TCSANOW, &raw_mode);
    }
}

bool terminal_open(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        catch (ends[i], on_end);
    }
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        catch (crashes[i], on_crash);
    }
    catch (SIGTSTP, on_stop);
    /* A reader that goes away is then an error of write(). */
    catch (SIGPIPE, SIG_IGN);

    if (!isatty(STDIN_FILENO) || tcgetattr(STDIN_FILENO, &own_mode)) {
        return false;
    }
    raw_mode = own_mode;
    raw_mode.c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR |
                                    IGNCR | ICRNL | IXON);
    raw_mode.c_oflag &= ~(tcflag_t)OPOST;
    raw_mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    raw_mode.c_cflag &= ~(tcflag_t)(CSIZE | PARENB);
    raw_mode.c_cflag |= CS8;
    raw_mode.c_cc[VMIN] = 1;
    raw_mode.c_cc[VTIME] = 0;
    is_raw = 1;
    (void)atexit(terminal_close);
    /* Not TCSAFLUSH: what was typed before belongs to the guest. */
    if (tcsetattr(STDIN_FILENO, TCSADRAIN, &raw_mode)) {
        is_raw = 0;
    }
    return is_raw != 0;
}

void terminal_close(void)
{
    restore();
    is_raw = 0;
}

void terminal_suspend(void)
{
    (void)raise(SIGTSTP);
}

int terminal_signal(void)
{
    return end_signal;
}

void terminal_die_of(int signal_number)
{
    die_by(signal_number);
}
