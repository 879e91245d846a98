/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "protocol.h"

const char *protocol_default_path(void)
{
    static char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
    const char *dir = getenv("XDG_RUNTIME_DIR");

    if (dir && *dir && strlen(dir) < sizeof(path) - 32) {
        snprintf(path, sizeof(path), "%s/vpl011-consoled.sock", dir);
    } else {
        snprintf(path, sizeof(path), "/tmp/vpl011-consoled-%lu.sock",
                 (unsigned long)getuid());
    }
    return path;
}

bool protocol_is_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length >= PROTOCOL_NAME_MAX || name[0] == '.') {
        return false;
    }
    for (; *name; name++) {
        if (!isalnum((unsigned char)*name) && !strchr("._:-", *name)) {
            return false;
        }
    }
    return true;
}

static bool address_of(const char *path, struct sockaddr_un *address)
{
    memset(address, 0, sizeof(*address));
    address->sun_family = AF_UNIX;
    if (strlen(path) >= sizeof(address->sun_path)) {
        errno = ENAMETOOLONG;
        return false;
    }
    memcpy(address->sun_path, path, strlen(path) + 1);
    return true;
}

static int connect_type(const char *path, int type)
{
    struct sockaddr_un address;
    int fd;

    if (!address_of(path, &address)) {
        return -1;
    }
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 &&
        connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

int protocol_connect(const char *path)
{
    return connect_type(path, SOCK_SEQPACKET);
}

int protocol_listen(const char *path, int type)
{
    struct sockaddr_un address;
    mode_t before;
    int bound;
    int fd;

    if (!address_of(path, &address)) {
        return -1;
    }
    fd = connect_type(path, type);
    if (fd >= 0) {
        close(fd);
        errno = EADDRINUSE;
        return -1;
    }
    if (errno == ECONNREFUSED) {
        unlink(path);
    }
    fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0) {
        return -1;
    }
    before = umask(S_IRWXG | S_IRWXO);
    bound = bind(fd, (struct sockaddr *)&address, sizeof(address));
    umask(before);
    if (bound < 0 || listen(fd, SOMAXCONN) < 0) {
        int why = errno;

        close(fd);
        errno = why;
        return -1;
    }
    return fd;
}

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(PROTOCOL_FDS * sizeof(int))];
};

bool protocol_send(int fd, enum protocol_type type, const void *bytes,
                   size_t count, const int *fds, size_t fd_count)
{
    union control control;
    char head = (char)type;
    struct iovec parts[2] = {
        {.iov_base = &head, .iov_len = 1},
        {.iov_base = (void *)bytes, .iov_len = count},
    };
    struct msghdr m = {.msg_iov = parts, .msg_iovlen = 2};
    ssize_t n;

    if (fd_count > 0) {
        struct cmsghdr *c;

        memset(&control, 0, sizeof(control));
        m.msg_control = control.bytes;
        m.msg_controllen = CMSG_SPACE(fd_count * sizeof(int));
        c = CMSG_FIRSTHDR(&m);
        c->cmsg_level = SOL_SOCKET;
        c->cmsg_type = SCM_RIGHTS;
        c->cmsg_len = CMSG_LEN(fd_count * sizeof(int));
        memcpy(CMSG_DATA(c), fds, fd_count * sizeof(int));
    }
    do {
        n = sendmsg(fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    } while (n < 0 && errno == EINTR);
    return n >= 0;
}

/* Take the descriptors of a message: all of them, or none. */
static bool take_fds(struct msghdr *m, int *fds)
{
    int got[PROTOCOL_FDS];
    size_t count = 0;
    struct cmsghdr *c;
    size_t i;

    for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            count = count < PROTOCOL_FDS ? count : PROTOCOL_FDS;
            memcpy(got, CMSG_DATA(c), count * sizeof(int));
        }
    }
    if (count == PROTOCOL_FDS && fds && !(m->msg_flags & MSG_CTRUNC)) {
        memcpy(fds, got, sizeof(got));
        return true;
    }
    for (i = 0; i < count; i++) {
        close(got[i]);
    }
    return false;
}

ssize_t protocol_receive(int fd, char *bytes, int *fds, bool *has_fds)
{
    union control control;
    struct iovec part = {.iov_base = bytes, .iov_len = PROTOCOL_MAX};
    struct msghdr m = {
        .msg_iov = &part,
        .msg_iovlen = 1,
        .msg_control = control.bytes,
        .msg_controllen = sizeof(control.bytes),
    };
    bool took;
    ssize_t n;

    do {
        n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && errno == EINTR);
    if (n < 0) {
        return -1;
    }
    took = take_fds(&m, fds);
    if (has_fds) {
        *has_fds = took;
    }
    /* The kernel drops descriptors beyond the limit of this process. */
    if ((m.msg_flags & MSG_CTRUNC) && fds) {
        errno = EMFILE;
        return -1;
    }
    bytes[n] = '\0';
    return n;
}
