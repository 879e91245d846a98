/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The far end is file descriptors, and libvpl011-posix moves the bytes. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vpl011/stream.h>

#include "../uboot/terminal.h"
#include "farend.h"

#define KEY_ESCAPE 0x1d /* Ctrl-] */

struct stream_end {
    struct farend farend;
    struct vpl011_stream stream;
    bool is_terminal; /* standard input and output, terminal or not */
    int fd;           /* of a second UART; -1: none */
    int log;
    bool log_failed; /* and that was said */
    /* A paste of this size is taken at once, so that an escape key after it is
     * seen, whatever the guest does. */
    uint8_t in[65536];
    uint8_t out[8192];
};

static struct stream_end *of(struct farend *f)
{
    return (struct stream_end *)f;
}

static int wait_for(struct farend *f, struct pollfd *fds, int *timeout_ms)
{
    int ms = -1;
    int count = vpl011_stream_wait(&of(f)->stream, fds, &ms);

    if (ms >= 0) {
        farend_wake_in(timeout_ms, ms);
    }
    return count;
}

static void on_key(void *ctx, uint8_t key)
{
    struct stream_end *s = ctx;

    switch (key) {
    case 'q':
        s->farend.request = REQUEST_QUIT;
        break;
    case 'r':
        s->farend.request = REQUEST_RESET;
        break;
    case 's':
        s->farend.request = REQUEST_STATS;
        break;
    case 'z':
        s->farend.request = REQUEST_SUSPEND;
        break;
    case 'b':
        (void)vpl011_stream_break(&s->stream);
        break;
    default:
        s->farend.request = REQUEST_HELP;
        break;
    }
}

static void look_after(struct stream_end *s)
{
    struct vpl011_stream_status status;

    (void)vpl011_stream_get_status(&s->stream, &status);
    if (s->is_terminal && !status.attached) {
        (void)snprintf(s->farend.error, sizeof(s->farend.error),
                       "standard output: %s",
                       status.error ? strerror(status.error) : "closed");
        s->farend.request = REQUEST_FAILED;
    }
    if (status.log_lost > 0 && !s->log_failed) {
        s->log_failed = true;
        fprintf(stderr, "\r\nkvm: --log: %s; the console goes on\r\n",
                strerror(status.log_error));
    }
}

static void serve(struct farend *f, uint32_t events)
{
    struct stream_end *s = of(f);

    if (vpl011_stream_pump(&s->stream) > 0 || (events & VPL011_EVENT_REFILL)) {
        (void)vpl011_data_avail(&f->uart->device);
    }
    look_after(s);
}

static bool has_output(struct farend *f)
{
    struct stream_end *s = of(f);
    struct vpl011_stream_status status;

    (void)vpl011_stream_get_status(&s->stream, &status);
    return status.attached && (vpl011_tx_waiting(&f->uart->device) > 0 ||
                               vpl011_stream_waiting(&s->stream) > 0);
}

/* Descriptors cannot be saved: the stream stays as it is. */
static int move(struct farend *f, struct vpl011_backend *backend)
{
    return vpl011_stream_backend(&of(f)->stream, backend);
}

static void close_end(struct farend *f)
{
    struct stream_end *s = of(f);

    (void)vpl011_attach(&f->uart->device, NULL);
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
    struct vpl011_backend backend;

    if (!s) {
        fprintf(stderr, "kvm: %s\n", strerror(errno));
        return NULL;
    }
    s->farend = (struct farend){
        .uart = uart,
        .wait = wait_for,
        .serve = serve,
        .has_output = has_output,
        .move = move,
        .close = close_end,
    };
    s->fd = -1;
    s->log = -1;
    (void)vpl011_stream_init(&s->stream, s->in, sizeof(s->in), s->out,
                             sizeof(s->out));
    (void)vpl011_stream_backend(&s->stream, &backend);
    (void)vpl011_attach(&uart->device, &backend);
    return s;
}

static struct farend *give_up(struct stream_end *s, const char *what)
{
    fprintf(stderr, "kvm: %s: %s\n", what, strerror(errno));
    close_end(&s->farend);
    return NULL;
}

struct farend *farend_terminal(struct uart *uart, const struct options *o)
{
    struct stream_end *s = make(uart);

    if (!s) {
        return NULL;
    }
    if (o->log) {
        s->log = open(o->log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
        if (s->log < 0 || vpl011_stream_log(&s->stream, s->log, 0) < 0) {
            return give_up(s, o->log);
        }
    }
    s->is_terminal = true;
    if (isatty(STDIN_FILENO)) {
        (void)vpl011_stream_escape(&s->stream, KEY_ESCAPE, on_key, s);
    }
    if (vpl011_stream_attach(&s->stream, STDIN_FILENO, STDOUT_FILENO) < 0) {
        return give_up(s, "standard output");
    }
    return &s->farend;
}

struct farend *farend_second(struct uart *uart, const struct options *o)
{
    struct stream_end *s = make(uart);
    struct stat about;

    if (!s) {
        return NULL;
    }
    /* A terminal must not become the controlling one; a FIFO need not have a
     * reader yet. */
    s->fd = open(
        o->second,
        O_RDWR | O_CREAT | O_APPEND | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0666);
    if (s->fd < 0 || fstat(s->fd, &about) < 0) {
        return give_up(s, o->second);
    }
    /* A file is for output only: the guest must not read its own output. */
    if (vpl011_stream_attach(&s->stream, S_ISREG(about.st_mode) ? -1 : s->fd,
                             s->fd) < 0) {
        return give_up(s, o->second);
    }
    return &s->farend;
}
