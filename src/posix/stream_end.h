/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * One descriptor of a stream: what it is, which decides how it is read and
 * written, and whether anybody has the other side of a pty open.
 */
#ifndef VPL011_POSIX_STREAM_END_H
#define VPL011_POSIX_STREAM_END_H

#include <vpl011/stream.h>
#include <vpl011/vpl011.h>

#include <errno.h>
#include <stdbool.h>
#include <sys/types.h>

enum kind {
    KIND_OTHER,
    KIND_SOCKET,
    KIND_PIPE,
    KIND_PTY,     /* the master's side */
    KIND_PTY_NEW, /* the same, and its other side may never have been open */
};

static inline bool is_pty(const struct vpl011_stream_end *end)
{
    return end->kind == KIND_PTY || end->kind == KIND_PTY_NEW;
}

static inline bool is_wait(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK;
}

/* How a peer may leave; anything else is worth reporting. */
static inline bool is_hang_up(int why)
{
    return why == EPIPE || why == ECONNRESET || why == EIO || why == ENOTCONN;
}

/* Determine once what a descriptor is; -1 is none. VPL011_ERR_SYSTEM: it is not
 * open. */
int vpl011_end_of_(int fd, struct vpl011_stream_end *end);

/* Whether somebody has the other side of this pty open. */
bool vpl011_end_is_open_(struct vpl011_stream_end *end);

/* As write() and read(), repeated after a signal; neither raises SIGPIPE, and a
 * socket does not block. */
ssize_t vpl011_end_write_(const struct vpl011_stream_end *end,
                          const uint8_t *bytes, size_t count);
ssize_t vpl011_end_read_(const struct vpl011_stream_end *end, uint8_t *bytes,
                         size_t count);

#endif
