/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "console.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */
#define KEY_CTRL_C 0x03

/* [bytes] moved at once. A write of this size to a pipe that poll() reports
 * writable does not block, because PIPE_BUF is at least this. */
#define CHUNK sizeof(((struct console *)0)->output)

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

static void obey(struct console *c, uint8_t key)
{
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
    case KEY_ESCAPE:
        keep(c, key);
        break;
    default:
        c->request = CONSOLE_HELP;
        break;
    }
}

static void take_input(struct console *c)
{
    uint8_t bytes[CHUNK];
    size_t room = CONSOLE_WINDOW - c->window_count;
    ssize_t n = read(STDIN_FILENO, bytes, room < CHUNK ? room : CHUNK);

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    c->moved = true;
    if (n <= 0) {
        /* On an error too: a terminal that was hung up gives EIO. */
        c->at_end = true;
        return;
    }
    for (ssize_t i = 0; i < n; i++) {
        if (c->in_escape) {
            c->in_escape = false;
            obey(c, bytes[i]);
        } else if (c->has_escape && bytes[i] == KEY_ESCAPE) {
            c->in_escape = true;
        } else {
            keep(c, bytes[i]);
        }
    }
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
    c->output_done = 0;
    c->output_count = vpl011_fifo_pop(c->fifo, c->output, sizeof(c->output));
    if (c->output_count > 0) {
        c->in_line = !is_line_end(c->output[c->output_count - 1]);
        c->moved = true;
    }
}

static void give_output(struct console *c)
{
    ssize_t n = write(STDOUT_FILENO, c->output + c->output_done,
                      c->output_count - c->output_done);

    if (n >= 0) {
        c->output_done += (size_t)n;
    } else if (errno != EINTR && errno != EAGAIN) {
        c->broken = true;
    }
}

void console_init(struct console *c, struct vpl011_fifo *fifo, bool paced)
{
    memset(c, 0, sizeof(*c));
    c->fifo = fifo;
    c->fifo_size = vpl011_fifo_push_room(fifo);
    c->paced = paced;
    /* A guest that boots is not there yet. */
    c->line_given = true;
}

void console_pump(struct console *c, bool guest_waits, int wait_ms)
{
    struct pollfd fds[2] = {{.fd = -1}, {.fd = -1}};

    c->moved = false;
    if (c->output_done == c->output_count && !c->broken) {
        take_output(c);
    }
    give_input(c, guest_waits);

    if (!c->at_end && c->window_count < CONSOLE_WINDOW) {
        fds[0] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    }
    if (c->output_done < c->output_count && !c->broken) {
        fds[1] = (struct pollfd){.fd = STDOUT_FILENO, .events = POLLOUT};
    }
    if (poll(fds, 2, c->moved ? 0 : wait_ms) <= 0) {
        return;
    }
    if (fds[0].revents) {
        take_input(c);
    }
    if (fds[1].revents) {
        give_output(c);
    }
}

bool console_input_done(const struct console *c)
{
    return c->at_end && c->window_count == 0 &&
           vpl011_fifo_push_room(c->fifo) == c->fifo_size;
}

bool console_has_output(const struct console *c)
{
    return !c->broken && (c->output_done < c->output_count ||
                          vpl011_fifo_pop_waiting(c->fifo) > 0);
}

enum console_request console_take_request(struct console *c)
{
    enum console_request request = c->request;

    c->request = CONSOLE_NOTHING;
    return request;
}
