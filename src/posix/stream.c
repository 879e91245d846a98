/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The stream backend: queues towards the device, descriptors behind. */
#include <vpl011/stream.h>
#include <vpl011/vpl011.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "probes.h"

#define STREAM_READY 0x5354524Du

/* 64 blocks each way: 64 KiB for each pump. */
#define ROUNDS 64

/* How often a closed pty is looked at, for somebody to open it. */
#define PTY_RETRY_MS 100

/* vpl011_stream.state */
#define OUT_GONE (1u << 0) /* nobody takes output */
#define IN_ENDED (1u << 1) /* nothing comes any more */
#define PTY_WAIT (1u << 2) /* both, until the pty is opened again */

enum kind {
    KIND_OTHER,
    KIND_SOCKET,
    KIND_PIPE,
    KIND_PTY, /* the master's side */
};

static bool is_ready(const struct vpl011_stream *s)
{
    return s && s->guard == STREAM_READY;
}

static int check(const struct vpl011_stream *s)
{
    if (!s) {
        return VPL011_ERR_NULL;
    }
    return is_ready(s) ? VPL011_OK : VPL011_ERR_UNINIT;
}

/*
 * Descriptors
 */

/* Look at a descriptor once: how it is written to depends on what it is. */
static int end_of(int fd, struct vpl011_stream_end *end)
{
    char peer[32];
    struct stat st;

    *end = (struct vpl011_stream_end){.fd = fd, .kind = KIND_OTHER};
    if (fd < 0) {
        end->fd = -1;
        return VPL011_OK;
    }
    if (fstat(fd, &st) < 0) {
        return VPL011_ERR_SYSTEM;
    }
    if (S_ISSOCK(st.st_mode)) {
        end->kind = KIND_SOCKET;
    } else if (S_ISFIFO(st.st_mode)) {
        end->kind = KIND_PIPE;
    } else if (S_ISCHR(st.st_mode) && !ptsname_r(fd, peer, sizeof(peer))) {
        /* Only a master has the name of another side. */
        end->kind = KIND_PTY;
    }
    return VPL011_OK;
}

/*
 * Write to a pipe whose reader may be gone. The signal that this raises is the
 * thread's own: it is held back and taken away again, unless one was pending
 * before, which belongs to somebody else.
 */
static ssize_t write_pipe(int fd, const void *bytes, size_t count)
{
    const struct timespec now = {0};
    sigset_t pipe_signal;
    sigset_t pending;
    sigset_t before;
    ssize_t n;
    int why;

    sigemptyset(&pipe_signal);
    sigaddset(&pipe_signal, SIGPIPE);
    sigemptyset(&pending);
    sigpending(&pending);
    if (sigismember(&pending, SIGPIPE) == 1) {
        return write(fd, bytes, count);
    }
    pthread_sigmask(SIG_BLOCK, &pipe_signal, &before);
    n = write(fd, bytes, count);
    why = errno;
    if (n < 0 && why == EPIPE) {
        while (sigtimedwait(&pipe_signal, NULL, &now) < 0 && errno == EINTR) {
        }
    }
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    errno = why;
    return n;
}

static ssize_t end_write(const struct vpl011_stream_end *end,
                         const uint8_t *bytes, size_t count)
{
    ssize_t n;

    do {
        switch (end->kind) {
        case KIND_SOCKET:
            n = send(end->fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
            break;
        case KIND_PIPE:
            n = write_pipe(end->fd, bytes, count);
            break;
        default:
            n = write(end->fd, bytes, count);
            break;
        }
    } while (n < 0 && errno == EINTR);
    return n;
}

static ssize_t end_read(const struct vpl011_stream_end *end, uint8_t *bytes,
                        size_t count)
{
    ssize_t n;

    do {
        if (end->kind == KIND_SOCKET) {
            n = recv(end->fd, bytes, count, MSG_DONTWAIT);
        } else {
            n = read(end->fd, bytes, count);
        }
    } while (n < 0 && errno == EINTR);
    return n;
}

static bool is_wait(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK;
}

/* The ways of a peer to leave; anything else is worth reporting. */
static bool is_hang_up(int why)
{
    return why == EPIPE || why == ECONNRESET || why == EIO || why == ENOTCONN;
}

static void out_gone(struct vpl011_stream *s, int why)
{
    PROBE3(stream_gone, s, s->out.fd, why);
    s->state |= OUT_GONE;
    if (s->out.kind == KIND_PTY) {
        s->state |= PTY_WAIT;
    }
    if (why && !is_hang_up(why)) {
        s->error = why;
    }
}

/*
 * Log
 */

static bool can_write(const struct vpl011_stream_end *end)
{
    struct pollfd p = {.fd = end->fd, .events = POLLOUT};
    int n;

    do {
        n = poll(&p, 1, 0);
    } while (n < 0 && errno == EINTR);
    /* An error too: the write then says which. */
    return n == 1 && (p.revents & (POLLOUT | POLLERR));
}

static void log_block(struct vpl011_stream *s)
{
    size_t done = 0;

    if (s->log.fd < 0) {
        return;
    }
    s->log_error = 0;
    while (done < s->staged) {
        ssize_t n = -1;

        errno = EAGAIN;
        if (can_write(&s->log)) {
            n = end_write(&s->log, s->block + done, s->staged - done);
        }
        if (n <= 0) {
            s->log_error = n < 0 ? errno : EIO;
            break;
        }
        done += (size_t)n;
    }
    s->log_bytes += done;
    s->log_lost += s->staged - done;
}

/*
 * Pump
 */

static bool logs_always(const struct vpl011_stream *s)
{
    return s->log.fd >= 0 && (s->log_flags & VPL011_STREAM_LOG_ALWAYS);
}

/* What poll() says of both ends now: who is there, and what may be done. */
static void look(struct vpl011_stream *s, bool *may_read, bool *may_write)
{
    struct pollfd p[2] = {
        {.fd = s->in.fd, .events = POLLIN},
        {.fd = s->out.fd, .events = POLLOUT},
    };
    int n;

    if ((s->state & IN_ENDED) && !(s->state & PTY_WAIT)) {
        p[0].fd = -1;
    }
    if ((s->state & OUT_GONE) && !(s->state & PTY_WAIT)) {
        p[1].fd = -1;
    }
    do {
        n = poll(p, 2, 0);
    } while (n < 0 && errno == EINTR);

    if (s->state & PTY_WAIT) {
        if (!(p[1].revents & (POLLHUP | POLLERR | POLLNVAL))) {
            s->state &= ~(OUT_GONE | PTY_WAIT);
            if (s->in.fd >= 0) {
                s->state &= ~IN_ENDED;
            }
        }
    } else if (p[1].revents & POLLNVAL) {
        out_gone(s, EBADF);
    } else if (p[1].revents & (POLLHUP | POLLERR)) {
        out_gone(s, 0);
    }
    if (p[0].revents & POLLNVAL) {
        s->state |= IN_ENDED;
        s->error = EBADF;
    }
    *may_read = !(s->state & IN_ENDED) && (p[0].revents & ~POLLNVAL) != 0;
    *may_write = !(s->state & OUT_GONE) && (p[1].revents & POLLOUT);
}

static size_t pump_in(struct vpl011_stream *s)
{
    uint8_t bytes[VPL011_STREAM_BLOCK];
    size_t room = vpl011_fifo_push_room(&s->fifo);
    ssize_t n;

    if (room == 0) {
        return 0;
    }
    n = end_read(&s->in, bytes, room < sizeof(bytes) ? room : sizeof(bytes));
    if (n > 0) {
        PROBE3(stream_read, s, s->in.fd, n);
        s->in_bytes += (uint64_t)n;
        return vpl011_fifo_push(&s->fifo, bytes, (size_t)n);
    }
    if (n < 0 && is_wait(errno)) {
        return 0;
    }
    s->state |= IN_ENDED;
    if (n < 0 && !is_hang_up(errno)) {
        s->error = errno;
    }
    return 0;
}

/* Have something staged; false if there is nothing. */
static bool stage(struct vpl011_stream *s)
{
    if (s->sent == s->staged) {
        s->sent = 0;
        s->staged =
            (uint32_t)vpl011_fifo_pop(&s->fifo, s->block, sizeof(s->block));
        if (s->staged > 0) {
            log_block(s);
        }
    }
    return s->staged > 0;
}

static size_t pump_out(struct vpl011_stream *s)
{
    ssize_t n;

    if (!stage(s)) {
        return 0;
    }
    n = end_write(&s->out, s->block + s->sent, s->staged - s->sent);
    if (n < 0) {
        if (!is_wait(errno)) {
            out_gone(s, errno);
        }
        return 0;
    }
    PROBE3(stream_write, s, s->out.fd, n);
    s->sent += (uint32_t)n;
    s->out_bytes += (uint64_t)n;
    return (size_t)n;
}

static size_t discard(struct vpl011_stream *s)
{
    size_t n;

    if (!stage(s)) {
        return 0;
    }
    n = s->staged - s->sent;
    s->sent = s->staged;
    s->out_discarded += n;
    return n;
}

int vpl011_stream_pump(struct vpl011_stream *s)
{
    uint32_t state_before;
    uint32_t gone_before;
    size_t moved;
    size_t all = 0;
    int err = check(s);
    int i;

    if (err) {
        return err;
    }
    gone_before = s->state & OUT_GONE;
    for (i = 0; i < ROUNDS; i++) {
        bool may_read;
        bool may_write;

        state_before = s->state;
        moved = 0;
        look(s, &may_read, &may_write);
        if (may_write) {
            moved += pump_out(s);
        } else if ((s->state & OUT_GONE) && logs_always(s)) {
            moved += discard(s);
        }
        if (may_read) {
            moved += pump_in(s);
        }
        all += moved;
        if (moved == 0 && s->state == state_before) {
            break;
        }
    }
    if ((s->state & OUT_GONE) != gone_before) {
        vpl011_fifo_set_attached(&s->fifo, gone_before != 0);
        all++;
    }
    return (int)all;
}

int vpl011_stream_wait(const struct vpl011_stream *s, struct pollfd fds[2],
                       int *timeout_ms)
{
    bool waiting;
    int count = 0;
    int err = check(s);

    if (err || !fds || !timeout_ms) {
        return err ? err : VPL011_ERR_NULL;
    }
    waiting = s->sent < s->staged || vpl011_fifo_pop_waiting(&s->fifo) > 0;
    *timeout_ms = -1;
    if (s->state & PTY_WAIT) {
        *timeout_ms = PTY_RETRY_MS;
    }
    if ((s->state & OUT_GONE) && logs_always(s) && waiting) {
        *timeout_ms = 0;
    }
    if (s->state & PTY_WAIT) {
        return 0;
    }
    if (!(s->state & OUT_GONE)) {
        fds[count++] = (struct pollfd){
            .fd = s->out.fd,
            .events = waiting ? POLLOUT : 0,
        };
    }
    if (!(s->state & IN_ENDED) && vpl011_fifo_push_room(&s->fifo) > 0) {
        if (count == 1 && s->in.fd == s->out.fd) {
            fds[0].events |= POLLIN;
        } else {
            fds[count++] = (struct pollfd){.fd = s->in.fd, .events = POLLIN};
        }
    }
    return count;
}

/*
 * Set-up
 */

int vpl011_stream_init(struct vpl011_stream *s, void *in_storage,
                       size_t in_size, void *out_storage, size_t out_size)
{
    struct vpl011_fifo fifo;
    int err;

    if (!s) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_fifo_init(&fifo, in_storage, in_size, out_storage, out_size);
    if (err) {
        return err;
    }
    memset(s, 0, sizeof(*s));
    s->fifo = fifo;
    s->guard = STREAM_READY;
    s->log.fd = -1;
    vpl011_stream_detach(s);
    return VPL011_OK;
}

int vpl011_stream_backend(struct vpl011_stream *s, struct vpl011_backend *to)
{
    int err = check(s);

    return err ? err : vpl011_fifo_backend(&s->fifo, to);
}

int vpl011_stream_attach(struct vpl011_stream *s, int in_fd, int out_fd)
{
    struct vpl011_stream_end out;
    struct vpl011_stream_end in;
    int err = check(s);

    if (!err) {
        err = end_of(in_fd, &in);
    }
    if (!err) {
        err = end_of(out_fd, &out);
    }
    if (err) {
        return err;
    }
    s->in = in;
    s->out = out;
    s->error = 0;
    s->state = (in.fd < 0 ? IN_ENDED : 0u) | (out.fd < 0 ? OUT_GONE : 0u);
    vpl011_fifo_set_attached(&s->fifo, out.fd >= 0);
    return VPL011_OK;
}

void vpl011_stream_detach(struct vpl011_stream *s)
{
    if (is_ready(s)) {
        s->in.fd = -1;
        s->out.fd = -1;
        s->state = OUT_GONE | IN_ENDED;
        vpl011_fifo_set_attached(&s->fifo, false);
    }
}

int vpl011_stream_log(struct vpl011_stream *s, int fd, unsigned int flags)
{
    struct vpl011_stream_end log;
    int err = check(s);

    if (!err && (flags & ~VPL011_STREAM_LOG_ALWAYS)) {
        err = VPL011_ERR_FLAGS;
    }
    if (!err) {
        err = end_of(fd, &log);
    }
    if (err) {
        return err;
    }
    s->log = log;
    s->log_flags = flags;
    s->log_error = 0;
    return VPL011_OK;
}

int vpl011_stream_get_status_sized(const struct vpl011_stream *s,
                                   struct vpl011_stream_status *status,
                                   size_t size)
{
    struct vpl011_stream_status now;
    int err = check(s);

    if (err || !status) {
        return err ? err : VPL011_ERR_NULL;
    }
    now = (struct vpl011_stream_status){
        .attached = (s->state & OUT_GONE) ? 0 : 1,
        .input_ended = (s->state & IN_ENDED) ? 1 : 0,
        .error = s->error,
        .log_error = s->log_error,
        .in_bytes = s->in_bytes,
        .out_bytes = s->out_bytes,
        .out_discarded = s->out_discarded,
        .log_bytes = s->log_bytes,
        .log_lost = s->log_lost,
    };
    memset(status, 0, size);
    memcpy(status, &now, size < sizeof(now) ? size : sizeof(now));
    return VPL011_OK;
}
