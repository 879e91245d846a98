/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The far end is file descriptors, which the console serves by itself. What is
 * left are the keys, and to say what happened. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "farend.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */

struct stream_end {
    struct farend farend;
    bool is_terminal; /* standard input and output, terminal or not */
    int fd;           /* of a second UART; -1: none */
    int log;
    bool log_failed; /* and that was said */
    /* A paste of this size is taken at once, so that an escape key after it is
     * seen, whatever the guest does. */
    uint8_t input[65536];
};

static struct stream_end *of(struct farend *f)
{
    return (struct stream_end *)f;
}

static enum request request_of(uint8_t key)
{
    switch (key) {
    case 0:
        return REQUEST_NOTHING;
    case 'q':
        return REQUEST_QUIT;
    case 'r':
        return REQUEST_RESET;
    case 's':
        return REQUEST_STATS;
    case 'z':
        return REQUEST_SUSPEND;
    default:
        return REQUEST_HELP;
    }
}

static void serve(struct farend *f, uint32_t events)
{
    struct stream_end *s = of(f);
    struct vpl011_console_status status = {0};

    (void)events;
    f->request = request_of(f->uart->key);
    f->uart->key = 0;
    (void)vpl011_console_get_status(&f->uart->console, &status);
    if (s->is_terminal && !status.attached) {
        (void)snprintf(f->error, sizeof(f->error), "standard output: %s",
                       status.error ? strerror(status.error) : "closed");
        f->request = REQUEST_FAILED;
    }
    if (status.log_lost > 0 && !s->log_failed) {
        s->log_failed = true;
        fprintf(stderr, "\r\nkvm: --log: %s; the console goes on\r\n",
                strerror(status.log_error));
    }
}

static bool has_output(struct farend *f)
{
    struct vpl011_console_status status = {0};

    (void)vpl011_console_get_status(&f->uart->console, &status);
    return status.attached && status.waiting > 0;
}

static void close_end(struct farend *f)
{
    struct stream_end *s = of(f);

    if (s->fd >= 0) {
        (void)close(s->fd);
    }
    if (s->log >= 0) {
        (void)close(s->log);
    }
    free(s);
}

static struct stream_end *make(struct uart *uart)
{
    struct stream_end *s = calloc(1, sizeof(*s));

    if (!s) {
        fprintf(stderr, "kvm: %s\n", strerror(errno));
        return NULL;
    }
    s->farend = (struct farend){
        .uart = uart,
        .serve = serve,
        .has_output = has_output,
        .close = close_end,
    };
    s->fd = -1;
    s->log = -1;
    uart->config.input = s->input;
    uart->config.input_size = sizeof(s->input);
    return s;
}

static struct farend *give_up(struct stream_end *s, const char *what, int err)
{
    const char *why =
        err == VPL011_ERR_SYSTEM ? strerror(errno) : vpl011_strerror(err);

    vpl011_console_restore_terminal();
    fprintf(stderr, "kvm: %s: %s\n", what, why);
    (void)vpl011_console_close(&s->farend.uart->console);
    close_end(&s->farend);
    return NULL;
}

struct farend *farend_terminal(struct uart *uart, const struct options *o)
{
    struct stream_end *s = make(uart);
    int err;

    if (!s) {
        return NULL;
    }
    if (o->log) {
        s->log = open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (s->log < 0) {
            return give_up(s, o->log, VPL011_ERR_SYSTEM);
        }
    }
    s->is_terminal = true;
    uart->config.end = VPL011_CONSOLE_END_STDIO;
    uart->config.escape = isatty(STDIN_FILENO) ? KEY_ESCAPE : 0;
    err = uart_open(uart);
    if (!err && o->log) {
        err = vpl011_console_log(&uart->console, s->log, 0);
    }
    return err ? give_up(s, "standard input and output", err) : &s->farend;
}

struct farend *farend_second(struct uart *uart, const struct options *o)
{
    struct stream_end *s = make(uart);
    struct stat about;
    int err;

    if (!s) {
        return NULL;
    }
    /* A terminal must not become the controlling one; a FIFO need not have a
     * reader yet. */
    s->fd = open(
        o->second,
        O_RDWR | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
    if (s->fd < 0 || fstat(s->fd, &about) < 0) {
        return give_up(s, o->second, VPL011_ERR_SYSTEM);
    }
    /* A file is for output only: the guest must not read its own output. */
    uart->config.in_fd = S_ISREG(about.st_mode) ? -1 : s->fd;
    uart->config.out_fd = s->fd;
    err = uart_open(uart);
    return err ? give_up(s, o->second, err) : &s->farend;
}
