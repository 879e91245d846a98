/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console in one structure: keys, log, a far end of one's own, misuse. */
#include "guest_thread.h"

#include <vpl011/fifo.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * Keys and breaks
 */

static char keys[8];

static void on_key(void *ctx, uint8_t key)
{
    struct guest *g = ctx;
    size_t n = strlen(keys);

    assert_true(n < sizeof(keys) - 1);
    keys[n] = (char)key;
    vpl011_console_wake(&g->console);
}

/* Some passes of the loop. */
static void serves(struct guest *g)
{
    int i;

    for (i = 0; i < 5; i++) {
        assert_result(vpl011_console_serve(&g->console), VPL011_OK);
        sleep_ms(2);
    }
}

static void keys_behind_the_escape_are_the_hosts(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int fds[2];

    memset(keys, 0, sizeof(keys));
    sockets(fds);
    config.in_fd = fds[0];
    config.escape = 0x1D;
    config.key = on_key;
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_int_equal(write(fds[1],
                           "a\x1Dq\x1D\x1D\x1D"
                           "bc",
                           8),
                     8);
    serves(&g);
    assert_string_equal(keys, "q");
    assert_int_equal(get(&g, PL011_UARTDR), 'a');
    assert_int_equal(get(&g, PL011_UARTDR), 0x1D);
    assert_int_equal(get(&g, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    serves(&g);
    assert_int_equal(get(&g, PL011_UARTDR), 'c');
    assert_int_equal(vpl011_console_break(&g.console), 1);
    assert_int_equal(get(&g, PL011_UARTDR), PL011_DR_BE | PL011_DR_FE);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fds[0]);
    close(fds[1]);
}

/* More than the console's own queue, and a guest that reads none of it. */
static void the_escape_is_seen_behind_what_is_typed_ahead(void)
{
    static struct guest g;
    static char typed[3 * VPL011_CONSOLE_QUEUE_IN];
    static uint8_t room[4 * VPL011_CONSOLE_QUEUE_IN];
    struct vpl011_console_config config = config_of(&g);
    int fds[2];

    memset(keys, 0, sizeof(keys));
    memset(typed, 'x', sizeof(typed));
    sockets(fds);
    config.in_fd = fds[0];
    config.escape = 0x1D;
    config.key = on_key;
    config.input = room;
    config.input_size = sizeof(room);
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_int_equal(write(fds[1], typed, sizeof(typed)), sizeof(typed));
    assert_int_equal(write(fds[1],
                           "\x1D"
                           "q",
                           2),
                     2);
    serves(&g);
    assert_string_equal(keys, "q");
    assert_int_equal(status_of(&g).in_bytes, sizeof(typed) + 2);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fds[0]);
    close(fds[1]);
}

static void what_the_guest_says_is_logged(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    int fds[2];
    int log[2];
    int full;

    sockets(fds);
    config.out_fd = fds[0];
    assert_result(vpl011_console_init(&g.console, &config), VPL011_OK);
    assert_return_code(pipe2(log, O_CLOEXEC), errno);
    assert_result(vpl011_console_log(&g.console, 999, 0), VPL011_ERR_SYSTEM);
    assert_result(vpl011_console_log(&g.console, log[1], 8), VPL011_ERR_FLAGS);
    assert_result(vpl011_console_log(&g.console, log[1], 0), VPL011_OK);
    has(&g, "said");
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_takes(fds[1], "said");
    assert_takes(log[0], "said");
    assert_int_equal(status_of(&g).log_lost, 0);

    full = open("/dev/full", O_WRONLY | O_CLOEXEC);
    assert_result(vpl011_console_log(&g.console, full, 0), VPL011_OK);
    has(&g, "lost");
    assert_int_equal(vpl011_console_drain(&g.console, LONG_MS),
                     VPL011_CONSOLE_DRAIN_DONE);
    assert_takes(fds[1], "lost");
    assert_int_equal(status_of(&g).log_lost, 4);
    assert_int_equal(status_of(&g).log_error, ENOSPC);
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    assert_result(vpl011_console_log(&g.console, full, 0), VPL011_ERR_UNINIT);
    close(full);
    close(log[0]);
    close(log[1]);
    close(fds[0]);
    close(fds[1]);
}

/*
 * A far end of the embedder's own
 */

struct own_end {
    struct guest guest; /* first: ctx is both */
    struct vpl011_fifo fifo;
    uint8_t in[64];
    uint8_t out[64];
    uint32_t told;
    unsigned int far_ends;
};

static void on_events(void *ctx, uint32_t events)
{
    struct own_end *e = ctx;

    assert_true(events != 0);
    e->told |= events;
    e->far_ends += (events & VPL011_EVENT_FAR_END) != 0;
    vpl011_console_wake(&e->guest.console);
}

static void a_far_end_may_be_the_embedders_own(void)
{
    static struct own_end e;
    struct guest *g = &e.guest;
    struct vpl011_console_config config = config_of(g);
    struct vpl011_backend backend;
    uint8_t bytes[8] = {0};
    uint8_t typed[40];
    unsigned int i;

    config.device.personality = VPL011_PL011;
    config.device.clock_hz = 24000000;
    config.events = on_events;
    assert_result(vpl011_console_init(&g->console, &config), VPL011_OK);
    assert_result(
        vpl011_fifo_init(&e.fifo, e.in, sizeof(e.in), e.out, sizeof(e.out)),
        VPL011_OK);
    assert_result(vpl011_fifo_backend(&e.fifo, &backend), VPL011_OK);
    assert_result(vpl011_attach(vpl011_console_device(&g->console), &backend),
                  VPL011_OK);
    serves(g);
    e.told = 0;
    e.far_ends = 0;
    serves(g);
    assert_int_equal(e.told, 0);

    /* Output collects, so that the far end is told of it once. */
    put(g, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    put(g, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    has(g, "own");
    assert_result(vpl011_console_serve(&g->console), VPL011_OK);
    assert_int_equal(e.told & VPL011_EVENT_FAR_END, 0);
    serves(g);
    assert_int_equal(e.far_ends, 1);
    assert_true(e.told & VPL011_EVENT_LINE);
    assert_int_equal(vpl011_fifo_pop(&e.fifo, bytes, sizeof(bytes)), 3);
    assert_string_equal((char *)bytes, "own");

    /* REFILL is answered by the console, until the guest has all. */
    memset(typed, 't', sizeof(typed));
    assert_int_equal(vpl011_fifo_push(&e.fifo, typed, sizeof(typed)),
                     sizeof(typed));
    assert_true(vpl011_data_avail(vpl011_console_device(&g->console)) > 0);
    for (i = 0; i < sizeof(typed); i++) {
        while (get(g, PL011_UARTFR) & PL011_FR_RXFE) {
            assert_result(vpl011_console_serve(&g->console), VPL011_OK);
        }
        assert_int_equal(get(g, PL011_UARTDR), 't');
    }
    assert_result(vpl011_console_close(&g->console), VPL011_OK);
}

/*
 * Processes
 */

static void after_fork_the_console_is_the_parents(void)
{
    static struct guest g;
    int fd = open_pair(&g, VPL011_CONSOLE_END_LISTEN, false);
    struct vpl011_console_status status;
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;
    int result;
    pid_t child;

    assert_result(vpl011_console_start(&g.console), VPL011_OK);
    child = fork();
    if (child == 0) {
        const int want = VPL011_ERR_UNSUPPORTED;
        struct vpl011_console *c = &g.console;

        vpl011_console_wake(c);
        _exit(vpl011_console_pollfds(c, fds, 4, &timeout_ms) != want ||
              vpl011_console_serve(c) != want ||
              vpl011_console_start(c) != want ||
              vpl011_console_drain(c, 0) != want ||
              vpl011_console_attach(c, 0, 1) != want ||
              vpl011_console_break(c) != want ||
              vpl011_console_get_status(c, &status) != want ||
              vpl011_console_close(c) != want);
    }
    assert_int_equal(waitpid(child, &result, 0), child);
    assert_int_equal(result, 0);
    /* And it goes on. */
    has(&g, "here");
    assert_takes(fd, "here");
    assert_result(vpl011_console_close(&g.console), VPL011_OK);
    close(fd);
}

static uint64_t now_of(void *ctx)
{
    (void)ctx;
    return 0;
}

static void host_mistakes_are_named(void)
{
    static struct guest g;
    struct vpl011_console_config config = config_of(&g);
    struct vpl011_console_config bad;
    static struct vpl011_console unready;
    struct vpl011_console *c = &g.console;
    struct vpl011_console_status status;
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int timeout_ms = -1;
    struct {
        struct vpl011_console_config config;
        uint64_t newer;
    } newer = {config, 1};

    assert_result(vpl011_console_init(NULL, &config), VPL011_ERR_NULL);
    assert_result(vpl011_console_init(c, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_console_init_sized(c, vpl011_console_sizeof() - 1,
                                            &config, sizeof(config)),
                  VPL011_ERR_ABI);
    assert_result(
        vpl011_console_init_sized(c, sizeof(*c), &newer.config, sizeof(newer)),
        VPL011_ERR_ABI);
    bad = config;
    bad.reserved[4] = 1;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_ABI);
    bad = config;
    bad.end = 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_RANGE);
    bad = config;
    bad.escape = 256;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_RANGE);
    bad = config;
    bad.flags = 2;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_FLAGS);
    bad = config;
    bad.address = "unix:/tmp/x";
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_UNSUPPORTED);
    bad = config;
    bad.time.what = 1u << 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_FLAGS);
    bad = config;
    bad.time.now = now_of;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_UNSUPPORTED);
    bad = config;
    bad.history = g.history;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad = config;
    bad.input = g.history;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad.input_size = 3;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad.input = NULL;
    bad.input_size = 4;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SIZE);
    bad = config;
    bad.device.personality = 7;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_PERSONALITY);
    bad = config;
    bad.irq = NULL;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_OP_MISSING);
    bad = config;
    bad.in_fd = 999;
    assert_result(vpl011_console_init(c, &bad), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, EBADF);

    assert_null(vpl011_console_device(&unready));
    assert_string_equal(vpl011_console_address(&unready), "");
    vpl011_console_wake(&unready);
    assert_result(vpl011_console_serve(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_close(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_start(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_break(&unready), VPL011_ERR_UNINIT);
    assert_result(vpl011_console_close(NULL), VPL011_ERR_NULL);

    assert_result(vpl011_console_init(c, &config), VPL011_OK);
    assert_result(vpl011_console_pollfds(c, NULL, 4, &timeout_ms),
                  VPL011_ERR_NULL);
    assert_result(vpl011_console_pollfds(c, fds, 3, &timeout_ms),
                  VPL011_ERR_SIZE);
    assert_result(vpl011_console_drain(c, -1), VPL011_ERR_RANGE);
    assert_result(vpl011_console_get_status(c, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_console_get_status(&unready, &status),
                  VPL011_ERR_UNINIT);
    /* A timeout of the embedder's own is only lowered. */
    timeout_ms = 7;
    assert_int_equal(vpl011_console_pollfds(c, fds, 4, &timeout_ms), 1);
    assert_int_equal(timeout_ms, 7);
    /* The thread that polls may close. */
    assert_result(vpl011_console_close(c), VPL011_OK);
    assert_result(vpl011_console_close(c), VPL011_OK);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(keys_behind_the_escape_are_the_hosts),
        CASE(the_escape_is_seen_behind_what_is_typed_ahead),
        CASE(what_the_guest_says_is_logged),
        CASE(a_far_end_may_be_the_embedders_own),
        CASE(after_fork_the_console_is_the_parents),
        CASE(host_mistakes_are_named),
    };

    return run_cases(cases);
}
