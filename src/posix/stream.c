/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The stream backend: queues towards the device, descriptors behind. */
#include "stream_internal.h"

#include <string.h>

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
    int err = check_stream(s);

    return err ? err : vpl011_fifo_backend(&s->fifo, to);
}

int vpl011_stream_attach(struct vpl011_stream *s, int in_fd, int out_fd)
{
    struct vpl011_stream_end out;
    struct vpl011_stream_end in;
    int err = check_stream(s);

    if (!err) {
        err = vpl011_end_of_(in_fd, &in);
    }
    if (!err) {
        err = vpl011_end_of_(out_fd, &out);
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
    vpl011_stream_look_for_opened_(s);
    vpl011_fifo_set_attached(&s->fifo, !(s->state & OUT_GONE));
    return VPL011_OK;
}

void vpl011_stream_detach(struct vpl011_stream *s)
{
    if (is_stream(s)) {
        s->in.fd = -1;
        s->out.fd = -1;
        s->state = OUT_GONE | IN_ENDED;
        vpl011_fifo_set_attached(&s->fifo, false);
    }
}

int vpl011_stream_log(struct vpl011_stream *s, int fd, unsigned int flags)
{
    struct vpl011_stream_end log;
    int err = check_stream(s);

    if (!err && (flags & ~VPL011_STREAM_LOG_ALWAYS)) {
        err = VPL011_ERR_FLAGS;
    }
    if (!err) {
        err = vpl011_end_of_(fd, &log);
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
    int err = check_stream(s);

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
    int err = check_stream(s);

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
    int err = check_stream(s);

    return err ? err : vpl011_fifo_push_break(&s->fifo);
}

size_t vpl011_stream_waiting(const struct vpl011_stream *s)
{
    size_t queued;

    if (!is_stream(s)) {
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
    int err = check_stream(s);

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
