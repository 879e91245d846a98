/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of the stream share. */
#ifndef VPL011_POSIX_STREAM_INTERNAL_H
#define VPL011_POSIX_STREAM_INTERNAL_H

#include "stream_end.h"

#define STREAM_READY 0x5354524Du

/* vpl011_stream.state */
#define OUT_GONE (1u << 0) /* nobody takes output */
#define IN_ENDED (1u << 1) /* nothing comes any more */
#define OUT_WAIT (1u << 2) /* gone until the pty is opened */
#define IN_WAIT (1u << 3)  /* ended until the pty is opened */

static inline bool is_stream(const struct vpl011_stream *s)
{
    return s && s->guard == STREAM_READY;
}

static inline int check_stream(const struct vpl011_stream *s)
{
    if (!s) {
        return VPL011_ERR_NULL;
    }
    return is_stream(s) ? VPL011_OK : VPL011_ERR_UNINIT;
}

/* A new far end is shown all that the history holds. */
static inline void rewind_history(struct vpl011_stream *s)
{
    s->shown = s->kept > s->history_size ? s->kept - s->history_size : 0;
}

/* How much of the history no far end has been given. */
static inline size_t not_shown(const struct vpl011_stream *s)
{
    uint64_t n = s->kept - s->shown;

    return (size_t)(n < s->history_size ? n : s->history_size);
}

/* Attach again what waits for a pty that somebody has opened meanwhile. */
void vpl011_stream_look_for_opened_(struct vpl011_stream *s);

#endif
