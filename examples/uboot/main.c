/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * U-Boot, or another raw arm64 image, on a board whose UART is libvpl011.
 *
 *     board.c       the processor, and the UART's operations
 *     devicetree.c  the guest's device tree
 *     console.c     the UART's far end: standard input and output
 *     signals.c     the signals that end the program
 *     watch.c       a trace of the UART, and a dump
 *     move.c        the UART and its FIFO, saved and restored
 *     ringside.c    instead of console.c: a ring to a console daemon
 *     main.c        the loop that connects them
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <vpl011/console.h>

#include "board.h"
#include "console.h"
#include "move.h"
#include "options.h"
#include "ringside.h"
#include "signals.h"
#include "stats.h"
#include "watch.h"

/* [ms] How long a waiting guest is not run: its own clock continues. */
#define WAIT_MAX 16
/* [ms] After the end of input, how long to wait for a silent guest that is not
 * at a prompt: it may be in a slow command. */
#define SILENCE_MAX 60000u

enum {
    EXIT_USAGE = 2,
    EXIT_INPUT_ENDED = 3,
};

static const char keys[] = "Ctrl-] q quits; Ctrl-] r resets, b sends a BREAK, "
                           "s prints counters, d the UART, z suspends";

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* This may be in the middle of the guest's output, on a raw terminal. */
static void say(const struct console *c, const char *what)
{
    fprintf(stderr, "%suboot: %s\r\n", c->in_line ? "\r\n" : "", what);
}

static uint8_t *read_image(const char *path, size_t *size)
{
    /* Read one byte more than fits, so that board_init() sees a file that is
     * too large. */
    const size_t most = (size_t)BOARD_RAM_SIZE + 1;
    uint8_t *image = NULL;
    FILE *f = fopen(path, "rb");
    int err = errno;

    if (f) {
        image = malloc(most);
        err = errno;
    }
    if (image) {
        *size = fread(image, 1, most, f);
        if (ferror(f)) {
            err = errno;
            free(image);
            image = NULL;
        }
    }
    if (f) {
        (void)fclose(f);
    }
    if (!image) {
        fprintf(stderr, "uboot: %s: %s%s\n", path, strerror(err),
                strcmp(path, UBOOT_IMAGE) == 0
                    ? " (Debian's package u-boot-qemu has it)"
                    : "");
    }
    return image;
}

static void obey(struct board *b, struct console *c, uint64_t start)
{
    switch (console_take_request(c)) {
    case CONSOLE_RESET:
        b->state = BOARD_RESET;
        break;
    case CONSOLE_STATS:
        fputs("\r\n", stderr);
        stats_print(b, now_ms() - start);
        break;
    case CONSOLE_DUMP:
        fputs("\r\n", stderr);
        watch_dump(b);
        break;
    case CONSOLE_SUSPEND:
        (void)raise(SIGTSTP);
        break;
    case CONSOLE_HELP:
        say(c, keys);
        break;
    case CONSOLE_QUIT:
        b->state = BOARD_OFF;
        break;
    case CONSOLE_NOTHING:
        break;
    }
}

/*
 * Run until the guest is off, the user leaves, or the input has ended and the
 * guest wants more. Returns the exit status.
 */
static int run(struct board *b, struct console *c, const struct options *o)
{
    const uint64_t start = now_ms();
    uint64_t last_moved = start;
    int wait = 1;

    while (b->state == BOARD_RUNNING && !signals_asked()) {
        board_run(b);
        if (o->moves && move_is_due(b) && !move_with_fifo(b)) {
            break;
        }
        console_pump(c, board_waits(b), board_waits(b) ? wait : 0);
        board_serve(b);

        if (c->moved || !board_waits(b)) {
            wait = 1;
            last_moved = now_ms();
        } else {
            wait = wait < WAIT_MAX ? 2 * wait : WAIT_MAX;
        }
        if (console_input_done(c) && board_waits(b)) {
            uint64_t silent = now_ms() - last_moved;

            if (silent >= SILENCE_MAX ||
                (silent >= o->linger_s * 1000 && (c->in_line || !c->paced))) {
                return EXIT_INPUT_ENDED;
            }
        }
        if (c->broken) {
            return EXIT_FAILURE;
        }
        obey(b, c, start);
        if (b->state == BOARD_RESET) {
            (void)board_reset(b);
        }
    }
    return b->state == BOARD_FAULT ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* Print the guest's last output, including what waits in the UART. */
static void drain(struct board *b, struct console *c)
{
    console_end_input(c);
    do {
        console_pump(c, false, 100);
        board_serve(b);
    } while (console_has_output(c) && !signals_asked());
}

static void explain(const struct board *b, const struct console *c, int status)
{
    if (b->state == BOARD_FAULT) {
        say(c, b->fault);
    } else if (c->broken) {
        say(c, "standard output is closed");
    } else if (status == EXIT_INPUT_ENDED) {
        say(c, "the input has ended, and the guest waits for more");
    } else if (c->has_escape && c->in_line) {
        fputs("\n", stderr);
    }
}

int main(int argc, char **argv)
{
    static struct board board;
    static struct console console;
    const uint64_t start = now_ms();
    struct options options;
    size_t size = 0;
    uint8_t *image;
    void *watch = NULL;
    int status;

    switch (options_parse(&options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    image = read_image(options.image, &size);
    if (!image) {
        return EXIT_FAILURE;
    }
    if (options.trace) {
        watch = watch_open(options.trace);
        if (!watch) {
            free(image);
            return EXIT_FAILURE;
        }
    }
    if (!board_init(&board, image, size, watch ? watch_trace : NULL, watch)) {
        fprintf(stderr, "uboot: %s\n", board.fault);
        (void)watch_close(watch);
        free(image);
        return EXIT_FAILURE;
    }
    if (options.moves) {
        board.stop_every = MOVE_EVERY;
    }
    if (options.ring) {
        status = ringside_run(&board, &options);
        if (options.stats) {
            stats_print(&board, now_ms() - start);
        }
        board_destroy(&board);
        free(image);
        return watch_close(watch) ? EXIT_FAILURE : status;
    }
    signals_catch();
    console_init(&console, &board.fifo, options.paced,
                 vpl011_console_take_terminal() > 0);
    if (console.has_escape && !options.quiet) {
        fprintf(stderr, "uboot: %s\r\n", keys);
    }
    status = run(&board, &console, &options);
    drain(&board, &console);
    vpl011_console_leave_terminal();
    explain(&board, &console, options.quiet ? 0 : status);
    if (options.stats) {
        stats_print(&board, now_ms() - start);
    }
    board_destroy(&board);
    free(image);
    if (watch_close(watch)) {
        status = EXIT_FAILURE;
    }
    if (signals_asked()) {
        signals_die_of(signals_asked());
    }
    return status;
}
