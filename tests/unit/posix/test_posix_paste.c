/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Long texts through each kind of far end. */
#include "guest_thread.h"

#include <unistd.h>

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
    pastes_to(echo_by_ticks, VPL011_CONSOLE_END_FDS, false, PASTE / 8, 0);
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
    pastes(VPL011_CONSOLE_END_PTY, false, PASTE, PASTE / 4);
}

static void a_paste_through_a_listening_socket_comes_back_whole(void)
{
    pastes(VPL011_CONSOLE_END_LISTEN, false, PASTE, PASTE / 4);
    pastes(VPL011_CONSOLE_END_LISTEN, true, PASTE, PASTE / 4);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_guest_that_needs_ticks_is_given_them),
        CASE(a_long_paste_comes_back_whole),
        CASE(a_paste_to_a_reader_that_stalls_comes_back_whole),
        CASE(a_paste_through_a_pty_comes_back_whole),
        CASE(a_paste_through_a_listening_socket_comes_back_whole),
    };

    return run_cases(cases);
}
