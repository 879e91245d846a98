/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A stream's descriptors: sockets, pipes, ptys and others. */
#include "stream_end.h"

#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

int vpl011_end_of_(int fd, struct vpl011_stream_end *end)
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

bool vpl011_end_is_open_(struct vpl011_stream_end *end)
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

ssize_t vpl011_end_write_(const struct vpl011_stream_end *end,
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

ssize_t vpl011_end_read_(const struct vpl011_stream_end *end, uint8_t *bytes,
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
