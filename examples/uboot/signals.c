/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include <vpl011/console.h>

#include "signals.h"

static volatile sig_atomic_t asked;

static void handle(int number, void (*handler)(int))
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = handler;
    (void)sigemptyset(&action.sa_mask);
    /* No SA_RESTART: a read, write or poll returns, and the loop looks. */
    (void)sigaction(number, &action, NULL);
}

/* Only async-signal-safe calls: the handler runs it. */
void signals_die_of(int number)
{
    sigset_t only;

    vpl011_console_restore_terminal();
    handle(number, SIG_DFL);
    (void)sigemptyset(&only);
    (void)sigaddset(&only, number);
    (void)sigprocmask(SIG_UNBLOCK, &only, NULL);
    (void)raise(number);
}

static void on_end(int number)
{
    /* Asked twice: the loop does not come round. */
    if (asked) {
        signals_die_of(number);
    }
    asked = number;
}

void signals_catch(void)
{
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    /* A crash is the library's to handle, not a sanitizer's. */
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};

    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        handle(ends[i], on_end);
    }
    for (size_t i = 0; i < sizeof(crashes) / sizeof(crashes[0]); i++) {
        handle(crashes[i], SIG_DFL);
    }
    handle(SIGPIPE, SIG_IGN);
}

int signals_asked(void)
{
    return asked;
}
