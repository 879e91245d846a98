/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Doorbells: eventfds. */
#include <vpl011/doorbell.h>
#include <vpl011/vpl011.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "probes.h"

int vpl011_doorbell_create(void)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);

    return fd < 0 ? VPL011_ERR_SYSTEM : fd;
}

/* Only the name in /proc distinguishes an eventfd from other anonymous inodes,
 * whose write may block or do more than count. */
static bool is_eventfd(int fd)
{
    char path[32];
    char target[32];
    ssize_t length;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    length = readlink(path, target, sizeof(target) - 1);
    if (length < 0) {
        return false;
    }
    target[length] = '\0';
    return strcmp(target, "anon_inode:[eventfd]") == 0;
}

int vpl011_doorbell_adopt(int fd)
{
    int status = fcntl(fd, F_GETFL);

    if (status < 0) {
        return VPL011_ERR_SYSTEM;
    }
    if (!is_eventfd(fd)) {
        return VPL011_ERR_UNSUPPORTED;
    }
    if (fcntl(fd, F_SETFL, status | O_NONBLOCK) < 0 ||
        fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
        return VPL011_ERR_SYSTEM;
    }
    return VPL011_OK;
}

int vpl011_doorbell_ring(int fd)
{
    const uint64_t one = 1;
    ssize_t n;

    PROBE1(doorbell_ring, fd);
    do {
        n = write(fd, &one, sizeof(one));
    } while (n < 0 && errno == EINTR);
    /* EAGAIN: the count is at its maximum, so it is rung. */
    return n < 0 && errno != EAGAIN ? VPL011_ERR_SYSTEM : VPL011_OK;
}

int vpl011_doorbell_take(int fd)
{
    uint64_t count;
    ssize_t n;

    do {
        n = read(fd, &count, sizeof(count));
    } while (n < 0 && errno == EINTR);
    PROBE2(doorbell_take, fd, n > 0);
    if (n < 0) {
        return errno == EAGAIN ? 0 : VPL011_ERR_SYSTEM;
    }
    return 1;
}
