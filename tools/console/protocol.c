/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
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
    } else if (geteuid() == 0) {
        snprintf(path, sizeof(path), "/run/vpl011-consoled.sock");
    } else {
        snprintf(path, sizeof(path),
                 "/tmp/vpl011-consoled-%lu/vpl011-consoled.sock",
                 (unsigned long)geteuid());
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

bool protocol_is_trusted(int fd)
{
    struct ucred peer;
    socklen_t size = sizeof(peer);

    return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
           (peer.uid == geteuid() || peer.uid == 0);
}

int protocol_connect(const char *path)
{
    int fd = connect_type(path, SOCK_SEQPACKET);

    if (fd >= 0 && !protocol_is_trusted(fd)) {
        close(fd);
        errno = EPERM;
        return -1;
    }
    return fd;
}

bool protocol_is_safe_place(const char *path)
{
    char dir[4096];
    struct stat st;
    char *slash;

    snprintf(dir, sizeof(dir), "%s", path);
    slash = strrchr(dir, '/');
    if (!slash) {
        snprintf(dir, sizeof(dir), ".");
    } else {
        slash[slash == dir] = '\0';
    }
    return stat(dir, &st) == 0 && S_ISDIR(st.st_mode) &&
           (st.st_uid == geteuid() || st.st_uid == 0) &&
           !(st.st_mode & (S_IWGRP | S_IWOTH));
}

static bool is_socket(const char *path)
{
    struct stat st;

    return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

void protocol_remove(const char *path)
{
    if (is_socket(path)) {
        unlink(path);
    }
}

int protocol_lock(const char *path)
{
    char name[4096];

    snprintf(name, sizeof(name), "%s.lock", path);
    for (;;) {
        struct stat here;
        struct stat there;
        int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        if (fd < 0) {
            return -1;
        }
        if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
            close(fd);
            errno = EADDRINUSE;
            return -1;
        }
        /* Who held it may have removed the file meanwhile. */
        if (fstat(fd, &here) == 0 && lstat(name, &there) == 0 &&
            here.st_ino == there.st_ino && here.st_dev == there.st_dev) {
            return fd;
        }
        close(fd);
    }
}

int protocol_listen(const char *path, int type)
{
    struct sockaddr_un address;
    struct stat st;
    mode_t before;
    int bound;
    int fd;

    if (!address_of(path, &address)) {
        return -1;
    }
    if (lstat(path, &st) == 0 && !S_ISSOCK(st.st_mode)) {
        errno = ENOTSOCK;
        return -1;
    }
    fd = connect_type(path, type);
    if (fd >= 0) {
        close(fd);
        errno = EADDRINUSE;
        return -1;
    }
    if (errno == ECONNREFUSED) {
        protocol_remove(path);
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

/* Linux sends no more than this with a packet: whoever sends too many must not
 * leave one open here. */
#define FDS_MAX 253

union control {
    struct cmsghdr align;
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
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

        memset(&control, 0, CMSG_SPACE(fd_count * sizeof(int)));
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
    int got[FDS_MAX];
    size_t count = 0;
    struct cmsghdr *c;
    size_t i;

    for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS) {
            count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
            count = count < FDS_MAX ? count : FDS_MAX;
            memcpy(got, CMSG_DATA(c), count * sizeof(int));
        }
    }
    if (count == PROTOCOL_FDS && fds && !(m->msg_flags & MSG_CTRUNC)) {
        memcpy(fds, got, PROTOCOL_FDS * sizeof(int));
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

    /* A peer that left without reading all that it was sent is an error once;
     * what it sent comes after that. */
    do {
        n = recvmsg(fd, &m, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    } while (n < 0 && (errno == EINTR || errno == ECONNRESET));
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
