/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The example in a terminal: keys, pastes, and the terminal afterwards. */
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

static char *program;
static struct termios own_mode;

static void start(struct session *s)
{
    char *const arguments[] = {program, "--stats", NULL};

    session_start(s, SESSION_TERMINAL, arguments);
    assert_int_equal(tcgetattr(s->terminal, &own_mode), 0);
    session_expect(s, "Ctrl-] q quits");
    session_expect(s, "=> ");
}

static void assert_raw(const struct session *s)
{
    struct termios mode;

    assert_int_equal(tcgetattr(s->terminal, &mode), 0);
    assert_int_equal(mode.c_lflag & (ICANON | ECHO | ISIG), 0);
    assert_int_equal(mode.c_oflag & OPOST, 0);
}

static void assert_restored(const struct session *s)
{
    struct termios mode;

    assert_int_equal(tcgetattr(s->terminal, &mode), 0);
    assert_int_equal(mode.c_iflag, own_mode.c_iflag);
    assert_int_equal(mode.c_oflag, own_mode.c_oflag);
    assert_int_equal(mode.c_cflag, own_mode.c_cflag);
    assert_int_equal(mode.c_lflag, own_mode.c_lflag);
    assert_memory_equal(mode.c_cc, own_mode.c_cc, sizeof(mode.c_cc));
    /* It was another one before: this can fail. */
    assert_true(own_mode.c_lflag & ICANON);
}

static void is_raw_and_restored_at_poweroff(void)
{
    struct session s;

    start(&s);
    assert_raw(&s);
    session_type(&s, "poweroff\r");
    session_expect_exit(&s, 0);
    assert_restored(&s);
}

static void the_escape_key_leaves(void)
{
    struct session s;

    start(&s);
    session_type(&s, "\x1dq");
    session_expect_exit(&s, 0);
    assert_restored(&s);
}

static void the_escape_key_has_its_other_uses(void)
{
    struct session s;

    start(&s);
    session_type(&s, "\x1d?");
    session_expect(&s, "Ctrl-] q quits");
    session_type(&s, "\x1d"
                     "d");
    session_expect(&s, "lcr_h");
    session_expect(&s, "guest_errors");
    session_type(&s, "\x1ds");
    session_expect(&s, "UART reads ");
    /* A BREAK is not a character: the command is whole. */
    session_type(&s, "echo b\x1d"
                     "break\r");
    session_expect(&s, "\r\nbreak\r\n");
    session_type(&s, "\x1dr");
    session_expect(&s, "U-Boot 20");
    session_expect(&s, "=> ");
    session_type(&s, "\x1dq");
    session_expect_exit(&s, 0);
    assert_restored(&s);
}

static void ends_by(int number)
{
    struct session s;
    int status;

    start(&s);
    assert_raw(&s);
    assert_int_equal(kill(s.pid, number), 0);
    status = session_wait(&s);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), number);
    assert_restored(&s);
}

static void sigterm_restores_the_terminal(void)
{
    ends_by(SIGTERM);
}

static void sigint_restores_the_terminal(void)
{
    ends_by(SIGINT);
}

static void sighup_restores_the_terminal(void)
{
    ends_by(SIGHUP);
}

static void a_crash_restores_the_terminal(void)
{
    ends_by(SIGSEGV);
    ends_by(SIGABRT);
}

/* Under a shell, because only one with job control can continue it. */
static void stopping_restores_and_continuing_makes_raw(void)
{
    char *const arguments[] = {
        "/bin/sh", "-c",
        "set -m; \"$0\" --stats; echo stopped; read go; fg >/dev/null", program,
        NULL};
    struct session s;

    session_start(&s, SESSION_TERMINAL, arguments);
    assert_int_equal(tcgetattr(s.terminal, &own_mode), 0);
    session_expect(&s, "=> ");
    assert_raw(&s);
    session_type(&s, "\x1dz");
    session_expect(&s, "stopped\r\n");
    assert_restored(&s);
    session_type(&s, "go\r");
    session_stall(100);
    session_type(&s, "echo here\r");
    session_expect(&s, "\r\nhere\r\n");
    assert_raw(&s);
    session_type(&s, "poweroff\r");
    session_expect_exit(&s, 0);
    assert_restored(&s);
}

/* Ctrl-C is the guest's, at once, also behind lines that are held. */
static void ctrl_c_interrupts_the_guest(void)
{
    struct session s;
    uint64_t begin;

    start(&s);
    session_type(&s, "sleep 600\r");
    session_expect(&s, "sleep 600\r\n");
    begin = session_now();
    session_stall(100);
    session_type(&s, "typed ahead\r\x03");
    session_expect(&s, "=> ");
    assert_true(session_now() - begin < SESSION_DEADLINE);
    session_type(&s, "poweroff\r");
    session_expect_exit(&s, 0);
}

static void a_paste_of_20_kib_is_all_run(void)
{
    enum { LINES = 370 };
    struct session s;
    char paste[LINES * 80];
    char line[80];
    size_t count = 0;

    for (int i = 0; i < LINES; i++) {
        count += (size_t)sprintf(
            paste + count,
            "echo %03d-abcdefghijklmnopqrstuvwxyz0123456789-ABCDEFGHIJKLM\r",
            i);
    }
    start(&s);
    session_send(&s, paste, count);
    for (int i = 0; i < LINES; i++) {
        (void)sprintf(
            line,
            "\n%03d-abcdefghijklmnopqrstuvwxyz0123456789-ABCDEFGHIJKLM\r\n", i);
        session_expect(&s, line);
    }
    session_type(&s, "poweroff\r");
    session_expect_exit(&s, 0);
    session_print_figures(&s, "paste in a terminal");
    assert_int_equal(session_count(&s, "ABCDEFGHIJKLM"), 2 * LINES);
}

/* A paste in front of it does not hide the escape key. */
static void the_escape_key_works_behind_a_paste(void)
{
    struct session s;
    char *paste = malloc(60000);

    assert_non_null(paste);
    memset(paste, 'x', 60000);
    start(&s);
    session_type(&s, "sleep 600\r");
    session_expect(&s, "sleep 600\r\n");
    session_send(&s, paste, 60000);
    session_type(&s, "\x1dq");
    session_expect_exit(&s, 0);
    assert_restored(&s);
    free(paste);
}

/* The terminal's window is closed. */
static void a_hang_up_ends_it(void)
{
    struct session s;

    start(&s);
    (void)close(s.terminal);
    (void)close(s.to);
    s.terminal = s.to = s.from = -1;
    assert_true(session_wait(&s) != 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(is_raw_and_restored_at_poweroff),
        CASE(the_escape_key_leaves),
        CASE(the_escape_key_has_its_other_uses),
        CASE(sigterm_restores_the_terminal),
        CASE(sigint_restores_the_terminal),
        CASE(sighup_restores_the_terminal),
        CASE(a_crash_restores_the_terminal),
        CASE(stopping_restores_and_continuing_makes_raw),
        CASE(ctrl_c_interrupts_the_guest),
        CASE(a_paste_of_20_kib_is_all_run),
        CASE(the_escape_key_works_behind_a_paste),
        CASE(a_hang_up_ends_it),
    };

    (void)session_program("UBOOT_IMAGE", "no u-boot.bin (u-boot-qemu)");
    program = session_program("UBOOT_PROGRAM", "no Unicorn or no libfdt");
    return run_cases(cases);
}
