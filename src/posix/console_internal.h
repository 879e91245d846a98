/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What the files of the console share. Its locks, in the order in which they
 * are taken:
 *
 *     lock         the loop's work, whichever thread does it
 *     device_lock  the device
 *     events_lock  the events that the device raised
 */
#ifndef VPL011_POSIX_CONSOLE_INTERNAL_H
#define VPL011_POSIX_CONSOLE_INTERNAL_H

#include <vpl011/console.h>

#include <time.h>
#include <unistd.h>

#define CONSOLE_READY 0x434F4E53u

/* vpl011_console.state */
enum state {
    OPEN,
    CLOSING, /* until nobody is in poll() any more */
    CLOSED,
};

#define MS 1000000u /* [ns] */

static inline int check_console(const struct vpl011_console *c)
{
    if (!c) {
        return VPL011_ERR_NULL;
    }
    if (c->guard != CONSOLE_READY) {
        return VPL011_ERR_UNINIT;
    }
    /* In a child the locks may be held by a thread that does not exist there.
     */
    return c->owner == getpid() ? VPL011_OK : VPL011_ERR_UNSUPPORTED;
}

static inline uint64_t console_now(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

static inline void close_fd(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
}

/* console.c. Take the lock of an open console, and give it back. */
int vpl011_console_enter_(struct vpl011_console *c);
void vpl011_console_leave_(struct vpl011_console *c);

/* console_far_end.c; all of it locked. */
int vpl011_console_open_far_end_(struct vpl011_console *c,
                                 const struct vpl011_console_config *config);
void vpl011_console_close_far_end_(struct vpl011_console *c);
/* Whether the next reader is accepted: there is none, or its input has ended.
 */
bool vpl011_console_has_place_(const struct vpl011_console *c);
/* True if a reader was accepted. */
bool vpl011_console_accept_(struct vpl011_console *c, uint64_t time);
/* Close the reader's connection when both directions have ended, so that this
 * loses nothing. */
void vpl011_console_look_after_reader_(struct vpl011_console *c);

/* console_loop.c, locked. [bytes] that the guest sent and nobody has taken. */
size_t vpl011_console_waiting_(struct vpl011_console *c);

#endif
