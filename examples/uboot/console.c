/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */
#define KEY_CTRL_C 0x03

/* [bytes] moved at once. */
#define CHUNK 512

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/*
 * Standard input to the window
 */

static void keep(struct console *c, uint8_t byte)
{
    c->window[(c->window_head + c->window_count) % CONSOLE_WINDOW] = byte;
    c->window_count++;
    if (byte == KEY_CTRL_C) {
        c->free_count = c->window_count;
    }
}

/* A key behind the escape key. */
static void obey(void *ctx, uint8_t key)
{
    struct console *c = ctx;

    switch (key) {
    case 'q':
        c->request = CONSOLE_QUIT;
        break;
    case 'r':
        c->request = CONSOLE_RESET;
        break;
    case 'd':
        c->request = CONSOLE_DUMP;
        break;
    case 's':
        c->request = CONSOLE_STATS;
        break;
    case 'z':
        c->request = CONSOLE_SUSPEND;
        break;
    case 'b':
        (void)vpl011_fifo_push_break(c->fifo);
        break;
    default:
        c->request = CONSOLE_HELP;
        break;
    }
}

static void take_input(struct console *c)
{
    uint8_t bytes[CHUNK];
    uint32_t events;
    size_t n;
    size_t i;

    do {
        n = least(CONSOLE_WINDOW - c->window_count, CHUNK);
        n = n > 0 ? c->ends.read(c->ends.ctx, bytes, n, &events) : 0;
        for (i = 0; i < n; i++) {
            keep(c, bytes[i]);
        }
    } while (n > 0);
}

/*
 * The window to the FIFO
 */

static bool is_line_end(uint8_t byte)
{
    return byte == '\r' || byte == '\n';
}

static bool is_held(const struct console *c)
{
    return c->paced && c->line_given && c->free_count == 0;
}

static void give_input(struct console *c, bool guest_waits)
{
    if (guest_waits && c->in_line && vpl011_fifo_pop_waiting(c->fifo) == 0) {
        c->line_given = false;
    }
    while (c->window_count > 0 && !is_held(c)) {
        uint8_t byte = c->window[c->window_head];

        if (vpl011_fifo_push(c->fifo, &byte, 1) == 0) {
            break;
        }
        c->window_head = (c->window_head + 1) % CONSOLE_WINDOW;
        c->window_count--;
        if (c->free_count > 0) {
            c->free_count--;
        }
        c->line_given = is_line_end(byte);
        c->moved = true;
    }
}

/*
 * The FIFO to standard output
 */

static void take_output(struct console *c)
{
    struct vpl011_backend_status ends = {0};
    uint8_t bytes[CHUNK];
    uint32_t events;
    size_t n;

    c->ends.poll(c->ends.ctx, &ends, &events);
    n = vpl011_fifo_pop(c->fifo, bytes, least(ends.room, CHUNK));
    if (n > 0) {
        (void)c->ends.write(c->ends.ctx, bytes, n, &events);
        c->in_line = !is_line_end(bytes[n - 1]);
        c->moved = true;
    }
}

void console_init(struct console *c, struct vpl011_fifo *fifo, bool paced,
                  bool has_escape)
{
    memset(c, 0, sizeof(*c));
    c->fifo = fifo;
    c->fifo_size = vpl011_fifo_push_room(fifo);
    c->paced = paced;
    c->has_escape = has_escape;
    /* A guest that boots is not there yet. */
    c->line_given = true;
    (void)vpl011_stream_init(&c->stream, c->input, sizeof(c->input), c->output,
                             sizeof(c->output));
    (void)vpl011_stream_backend(&c->stream, &c->ends);
    (void)vpl011_stream_escape(&c->stream, KEY_ESCAPE, has_escape ? obey : NULL,
                               c);
    (void)vpl011_stream_attach(&c->stream, STDIN_FILENO, STDOUT_FILENO);
}

void console_pump(struct console *c, bool guest_waits, int wait_ms)
{
    struct vpl011_stream_status status;
    struct pollfd fds[2];
    int timeout_ms;
    int count;

    c->moved = false;
    take_output(c);
    give_input(c, guest_waits);
    count = vpl011_stream_wait(&c->stream, fds, &timeout_ms);
    (void)poll(fds, (nfds_t)count, c->moved ? 0 : wait_ms);
    c->moved |= vpl011_stream_pump(&c->stream) > 0;
    take_input(c);
    (void)vpl011_stream_get_status(&c->stream, &status);
    c->at_end = status.input_ended;
    c->broken = !status.attached;
}

void console_end_input(struct console *c)
{
    (void)vpl011_stream_attach(&c->stream, -1, STDOUT_FILENO);
}

bool console_input_done(const struct console *c)
{
    return c->at_end && c->window_count == 0 &&
           vpl011_fifo_push_room(c->fifo) == c->fifo_size;
}

bool console_has_output(const struct console *c)
{
    return !c->broken && vpl011_stream_waiting(&c->stream) +
                                 vpl011_fifo_pop_waiting(c->fifo) >
                             0;
}

enum console_request console_take_request(struct console *c)
{
    enum console_request request = c->request;

    c->request = CONSOLE_NOTHING;
    return request;
}
