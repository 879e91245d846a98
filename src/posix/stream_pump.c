/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The stream's pump: between the queues and the descriptors, with the log and
 * the history beside it. */
#include "stream_internal.h"

#include "probes.h"

#include <string.h>

/* 64 blocks each way: 64 KiB for each pump. */
#define ROUNDS 64

/* How often a closed pty is checked for somebody who opens it. */
#define PTY_RETRY_MS 100

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
            n = vpl011_end_write_(&s->log, s->block + done, s->staged - done);
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

/*
 * Moving bytes
 */

/* Whether output is moved although nobody is at the far end. */
static bool runs_alone(const struct vpl011_stream *s)
{
    return s->history ||
           (s->log.fd >= 0 && (s->log_flags & VPL011_STREAM_LOG_ALWAYS));
}

void vpl011_stream_look_for_opened_(struct vpl011_stream *s)
{
    if ((s->state & OUT_WAIT) && vpl011_end_is_open_(&s->out)) {
        s->state &= ~(OUT_GONE | OUT_WAIT);
        rewind_history(s);
    }
    if ((s->state & IN_WAIT) && vpl011_end_is_open_(&s->in)) {
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

    vpl011_stream_look_for_opened_(s);
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
    n = vpl011_end_read_(&s->in, bytes,
                         room < sizeof(bytes) ? room : sizeof(bytes));
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
    n = vpl011_end_write_(&s->out, bytes, count);
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
    int err = check_stream(s);
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
    int err = check_stream(s);

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
