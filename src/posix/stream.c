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
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "probes.h"

#define STREAM_READY 0x5354524Du

/* 64 blocks each way: 64 KiB for each pump. */
#define ROUNDS 64

/* How often a closed pty is checked for somebody who opens it. */
#define PTY_RETRY_MS 100

/* vpl011_stream.state */
#define OUT_GONE (1u << 0) /* nobody takes output */
#define IN_ENDED (1u << 1) /* nothing comes any more */
#define OUT_WAIT (1u << 2) /* gone until the pty is opened */
#define IN_WAIT (1u << 3)  /* ended until the pty is opened */

enum kind {
    KIND_OTHER,
    KIND_SOCKET,
    KIND_PIPE,
    KIND_PTY,     /* the master's side */
    KIND_PTY_NEW, /* the same, and its other side may never have been open */
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

/* Determine once what a descriptor is: how it is written to depends on that. */
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
        /* Only a master can name the other side. */
        end->kind = KIND_PTY_NEW;
    }
    return VPL011_OK;
}

static bool is_pty(const struct vpl011_stream_end *end)
{
    return end->kind == KIND_PTY || end->kind == KIND_PTY_NEW;
}

/*
 * poll() reports a pty whose other side was closed, but not one whose other
 * side was never open. Opening and closing it here makes it one that was
 * closed.
 */
static bool open_and_close(const struct vpl011_stream_end *end)
{
    const int how = O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC;
    char name[32];
    int fd = -1;

#ifdef TIOCGPTPEER
    fd = ioctl(end->fd, TIOCGPTPEER, how);
#endif
    if (fd < 0 && !ptsname_r(end->fd, name, sizeof(name))) {
        fd = open(name, how);
    }
    return fd >= 0 && close(fd) == 0;
}

static bool pty_is_open(struct vpl011_stream_end *end)
{
    struct pollfd p = {.fd = end->fd};

    if (end->kind == KIND_PTY_NEW) {
        if (!open_and_close(end)) {
            return false; /* still locked: nobody else can have it open */
        }
        end->kind = KIND_PTY;
    }
    /* Interrupted, nothing is known: count it as closed, and check again soon.
     */
    return poll(&p, 1, 0) == 0;
}

/*
 * Write to a pipe whose reader may be gone. SIGPIPE then goes to this thread:
 * it is blocked and consumed here, unless one was pending before, which is not
 * ours.
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

/* How a peer may leave; anything else is worth reporting. */
static bool is_hang_up(int why)
{
    return why == EPIPE || why == ECONNRESET || why == EIO || why == ENOTCONN;
}

static void out_gone(struct vpl011_stream *s, int why)
{
    PROBE3(stream_gone, s, s->out.fd, why);
    s->state |= OUT_GONE;
    if (is_pty(&s->out)) {
        s->state |= OUT_WAIT;
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
    /* On an error too: the write then reports it. */
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
 * History
 */

/* Keep the last bytes, in place of the oldest. */
static void keep(struct vpl011_stream *s, const uint8_t *bytes, size_t count)
{
    if (count > s->history_size) {
        s->kept += count - s->history_size;
        bytes += count - s->history_size;
        count = s->history_size;
    }
    while (count > 0) {
        size_t at = (size_t)(s->kept % s->history_size);
        size_t n = s->history_size - at;

        n = n < count ? n : count;
        memcpy(s->history + at, bytes, n);
        s->kept += n;
        bytes += n;
        count -= n;
    }
}

/* A new far end is shown all that the history holds. */
static void rewind_history(struct vpl011_stream *s)
{
    s->shown = s->kept > s->history_size ? s->kept - s->history_size : 0;
}

/* How much of the history no far end has been given. */
static size_t not_shown(const struct vpl011_stream *s)
{
    uint64_t n = s->kept - s->shown;

    return (size_t)(n < s->history_size ? n : s->history_size);
}

/*
 * Pump
 */

/* Whether output is moved although nobody is at the far end. */
static bool runs_alone(const struct vpl011_stream *s)
{
    return s->history ||
           (s->log.fd >= 0 && (s->log_flags & VPL011_STREAM_LOG_ALWAYS));
}

static void look_for_opened(struct vpl011_stream *s)
{
    if ((s->state & OUT_WAIT) && pty_is_open(&s->out)) {
        s->state &= ~(OUT_GONE | OUT_WAIT);
        rewind_history(s);
    }
    if ((s->state & IN_WAIT) && pty_is_open(&s->in)) {
        s->state &= ~(IN_ENDED | IN_WAIT);
    }
}

/* Poll both ends: who is there, and what may be read or written. */
static void look(struct vpl011_stream *s, bool *may_read, bool *may_write)
{
    struct pollfd p[2] = {
        {.fd = s->in.fd, .events = POLLIN},
        {.fd = s->out.fd, .events = POLLOUT},
    };
    int n;

    look_for_opened(s);
    if (s->state & IN_ENDED) {
        p[0].fd = -1;
    }
    if (s->state & OUT_GONE) {
        p[1].fd = -1;
    }
    do {
        n = poll(p, 2, 0);
    } while (n < 0 && errno == EINTR);

    if (p[1].revents & POLLNVAL) {
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

/* Put input into the queue, which has room for it, and keys to the key op. */
static void give_in(struct vpl011_stream *s, const uint8_t *bytes, size_t count)
{
    size_t from = 0;
    size_t i;

    for (i = 0; s->key && i < count; i++) {
        if (s->in_escape) {
            s->in_escape = 0;
            from = i;
            if (bytes[i] != s->escape) {
                from = i + 1;
                s->key(s->key_ctx, bytes[i]);
            }
        } else if (bytes[i] == s->escape) {
            vpl011_fifo_push(&s->fifo, bytes + from, i - from);
            s->in_escape = 1;
            from = i + 1;
        }
    }
    vpl011_fifo_push(&s->fifo, bytes + from, count - from);
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
        give_in(s, bytes, (size_t)n);
        return (size_t)n;
    }
    if (n < 0 && is_wait(errno)) {
        return 0;
    }
    s->state |= IN_ENDED;
    if (is_pty(&s->in)) {
        s->state |= IN_WAIT;
    }
    if (n < 0 && !is_hang_up(errno)) {
        s->error = errno;
    }
    return 0;
}

/* Take a block from the queue, and give it to the log and the history. */
static size_t stage(struct vpl011_stream *s, size_t max)
{
    size_t n = max < sizeof(s->block) ? max : sizeof(s->block);

    n = vpl011_fifo_pop(&s->fifo, s->block, n);
    s->sent = 0;
    s->staged = (uint32_t)n;
    if (n > 0) {
        log_block(s);
    }
    if (s->history) {
        keep(s, s->block, n);
        s->staged = 0;
    }
    return n;
}

/* What to write to the far end next, in one piece; 0: there is nothing. */
static size_t next_out(struct vpl011_stream *s, const uint8_t **bytes)
{
    size_t at;
    size_t n;

    if (!s->history) {
        if (s->sent == s->staged) {
            stage(s, SIZE_MAX);
        }
        *bytes = s->block + s->sent;
        return s->staged - s->sent;
    }
    /* Do not overwrite what this far end has not been shown yet. */
    stage(s, s->history_size - not_shown(s));
    at = (size_t)(s->shown % s->history_size);
    n = s->history_size - at;
    *bytes = s->history + at;
    n = n < not_shown(s) ? n : not_shown(s);
    return n < sizeof(s->block) ? n : sizeof(s->block);
}

static size_t pump_out(struct vpl011_stream *s)
{
    const uint8_t *bytes;
    size_t count = next_out(s, &bytes);
    ssize_t n;

    if (count == 0) {
        return 0;
    }
    n = end_write(&s->out, bytes, count);
    if (n < 0) {
        if (!is_wait(errno)) {
            out_gone(s, errno);
        }
        return 0;
    }
    PROBE3(stream_write, s, s->out.fd, n);
    if (s->history) {
        s->shown += (uint64_t)n;
    } else {
        s->sent += (uint32_t)n;
    }
    s->out_bytes += (uint64_t)n;
    return (size_t)n;
}

/* Nobody is there: output goes to the log and the history only. */
static size_t discard(struct vpl011_stream *s)
{
    size_t n = 0;

    if (s->history) {
        return stage(s, SIZE_MAX);
    }
    if (s->sent == s->staged) {
        stage(s, SIZE_MAX);
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
        } else if ((s->state & OUT_GONE) && runs_alone(s)) {
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
    size_t queued;
    int count = 0;
    int err = check(s);

    if (err || !fds || !timeout_ms) {
        return err ? err : VPL011_ERR_NULL;
    }
    *timeout_ms = -1;
    if (s->state & (OUT_WAIT | IN_WAIT)) {
        *timeout_ms = PTY_RETRY_MS;
    }
    queued = s->staged - s->sent + vpl011_fifo_pop_waiting(&s->fifo);
    if ((s->state & OUT_GONE) && runs_alone(s) && queued > 0) {
        *timeout_ms = 0;
    }
    if (!(s->state & OUT_GONE)) {
        fds[count++] = (struct pollfd){
            .fd = s->out.fd,
            .events = vpl011_stream_waiting(s) > 0 ? POLLOUT : 0,
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

size_t vpl011_stream_sizeof(void)
{
    return sizeof(struct vpl011_stream);
}

int vpl011_stream_init_sized(struct vpl011_stream *s, size_t stream_size,
                             void *in_storage, size_t in_size,
                             void *out_storage, size_t out_size)
{
    struct vpl011_fifo fifo;
    int err;

    if (!s) {
        return VPL011_ERR_NULL;
    }
    if (stream_size < sizeof(*s)) {
        return VPL011_ERR_ABI;
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
    s->in_escape = 0;
    s->state = (in.fd < 0 ? IN_ENDED : 0u) | (out.fd < 0 ? OUT_GONE : 0u);
    if (is_pty(&in)) {
        s->state |= IN_ENDED | IN_WAIT;
    }
    if (is_pty(&out)) {
        s->state |= OUT_GONE | OUT_WAIT;
    }
    rewind_history(s);
    look_for_opened(s);
    vpl011_fifo_set_attached(&s->fifo, !(s->state & OUT_GONE));
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

int vpl011_stream_history(struct vpl011_stream *s, void *storage, size_t size)
{
    int err = check(s);

    if (!err && !storage != (size == 0)) {
        err = VPL011_ERR_SIZE;
    }
    if (!err && (s->history || s->staged > 0 || s->out_bytes > 0)) {
        err = VPL011_ERR_UNSUPPORTED;
    }
    if (err) {
        return err;
    }
    s->history = storage;
    s->history_size = size;
    return VPL011_OK;
}

int vpl011_stream_escape(struct vpl011_stream *s, unsigned int escape,
                         void (*key)(void *ctx, uint8_t key), void *ctx)
{
    int err = check(s);

    if (!err && (escape > UINT8_MAX || (key && escape == 0))) {
        err = VPL011_ERR_RANGE;
    }
    if (err) {
        return err;
    }
    s->escape = (uint8_t)escape;
    s->key = key;
    s->key_ctx = ctx;
    s->in_escape = 0;
    return VPL011_OK;
}

int vpl011_stream_break(struct vpl011_stream *s)
{
    int err = check(s);

    return err ? err : vpl011_fifo_push_break(&s->fifo);
}

size_t vpl011_stream_waiting(const struct vpl011_stream *s)
{
    size_t queued;

    if (!is_ready(s)) {
        return 0;
    }
    queued = vpl011_fifo_pop_waiting(&s->fifo);
    return queued + (s->history ? not_shown(s) : s->staged - s->sent);
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
