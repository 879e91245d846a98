/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console's far end: standard input and output, descriptors, a pty, or a
 * listening socket and the reader it accepts. */
#include "console_internal.h"

#include "listener.h"
#include "terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <termios.h>

/* How long to wait after accept() failed, perhaps for want of descriptors. */
#define LISTEN_AGAIN (100 * MS)

/* Close a reader's connection. Its unread input is discarded first; otherwise
 * TCP resets the connection, and the reader loses the guest's last output. */
static void drop_reader(struct vpl011_console *c)
{
    char bytes[4096];
    int i;

    vpl011_stream_detach(&c->stream);
    (void)shutdown(c->owned, SHUT_WR);
    for (i = 0; i < 64; i++) {
        if (recv(c->owned, bytes, sizeof(bytes), MSG_DONTWAIT) <= 0) {
            break;
        }
    }
    close_fd(&c->owned);
}

static bool is_passing(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR ||
           why == ECONNABORTED || why == EPROTO;
}

bool vpl011_console_has_place_(const struct vpl011_console *c)
{
    struct vpl011_stream_status status;

    (void)vpl011_stream_get_status(&c->stream, &status);
    return c->owned < 0 || !status.attached || status.input_ended;
}

bool vpl011_console_accept_(struct vpl011_console *c, uint64_t time)
{
    const int on = 1;
    int fd;

    if (c->listener < 0 || time < c->listen_at ||
        !vpl011_console_has_place_(c)) {
        return false;
    }
    c->listen_at = 0;
    fd = accept4(c->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (fd < 0) {
        if (!is_passing(errno)) {
            c->error = errno;
            c->listen_at = time + LISTEN_AGAIN;
        }
        return false;
    }
    if (c->owned >= 0) {
        drop_reader(c);
    }
    /* An option of TCP; a Unix socket refuses it, which does no harm. */
    (void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
    c->owned = fd;
    c->error = 0;
    c->readers++;
    return vpl011_stream_attach(&c->stream, fd, fd) == VPL011_OK;
}

void vpl011_console_look_after_reader_(struct vpl011_console *c)
{
    struct vpl011_stream_status status;

    if (c->listener < 0 || c->owned < 0) {
        return;
    }
    (void)vpl011_stream_get_status(&c->stream, &status);
    if (!status.attached && status.input_ended) {
        drop_reader(c);
    }
}

/*
 * A terminal that is full blocks a write, and O_NONBLOCK is shared with the
 * programs that started this one. Opening the terminal again gives a descriptor
 * with a flag of its own. If that is refused, the terminal is used as it is.
 */
static int open_terminal(void)
{
    char name[32];

    /* isatty() is true for the master of a pty, which opened again is another.
     */
    if (!isatty(STDOUT_FILENO) ||
        !ptsname_r(STDOUT_FILENO, name, sizeof(name))) {
        return -1;
    }
    return open("/proc/self/fd/1",
                O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static int open_stdio(struct vpl011_console *c,
                      const struct vpl011_console_config *config)
{
    int err;

    c->owned = open_terminal();
    err = vpl011_stream_attach(&c->stream, STDIN_FILENO,
                               c->owned >= 0 ? c->owned : STDOUT_FILENO);
    if (!err && !(config->flags & VPL011_CONSOLE_FLAG_COOKED) &&
        isatty(STDIN_FILENO)) {
        c->raw = vpl011_terminal_make_raw_();
        err = c->raw ? VPL011_OK : VPL011_ERR_SYSTEM;
    }
    return err;
}

static int open_pty(struct vpl011_console *c)
{
    struct termios mode;

    c->owned = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    if (c->owned < 0 || grantpt(c->owned) || unlockpt(c->owned) ||
        ptsname_r(c->owned, c->address, sizeof(c->address)) ||
        tcgetattr(c->owned, &mode)) {
        return VPL011_ERR_SYSTEM;
    }
    /* Raw before anybody opens it, because its echo would be the guest's input.
     */
    vpl011_raw_mode_(&mode);
    if (tcsetattr(c->owned, TCSANOW, &mode)) {
        return VPL011_ERR_SYSTEM;
    }
    return vpl011_stream_attach(&c->stream, c->owned, c->owned);
}

static int open_listener(struct vpl011_console *c,
                         const struct vpl011_console_config *config)
{
    struct listener_file file = {0};
    socklen_t length = sizeof(int);
    int listens = 0;

    if (!config->address) {
        if (getsockopt(config->in_fd, SOL_SOCKET, SO_ACCEPTCONN, &listens,
                       &length)) {
            return VPL011_ERR_SYSTEM;
        }
        c->listener = config->in_fd;
        return listens ? VPL011_OK : VPL011_ERR_UNSUPPORTED;
    }
    c->listener = vpl011_listener_open_(config->address, c->address,
                                        sizeof(c->address), &file);
    if (c->listener < 0) {
        return c->listener;
    }
    c->listener_owned = 1;
    c->bound = 1;
    c->bound_device = file.device;
    c->bound_inode = file.inode;
    return VPL011_OK;
}

int vpl011_console_open_far_end_(struct vpl011_console *c,
                                 const struct vpl011_console_config *config)
{
    switch (config->end) {
    case VPL011_CONSOLE_END_STDIO:
        return open_stdio(c, config);
    case VPL011_CONSOLE_END_FDS:
        return vpl011_stream_attach(&c->stream, config->in_fd, config->out_fd);
    case VPL011_CONSOLE_END_PTY:
        return open_pty(c);
    default:
        return open_listener(c, config);
    }
}

void vpl011_console_close_far_end_(struct vpl011_console *c)
{
    const struct listener_file file = {c->bound_device, c->bound_inode};
    int why = errno;

    if (c->listener >= 0 && c->owned >= 0) {
        drop_reader(c);
    }
    vpl011_stream_detach(&c->stream);
    close_fd(&c->owned);
    if (c->bound) {
        vpl011_listener_remove_(c->address, &file);
    }
    if (c->listener_owned) {
        close_fd(&c->listener);
    }
    c->listener = -1;
    if (c->raw) {
        vpl011_terminal_leave_();
        c->raw = 0;
    }
    errno = why;
}
