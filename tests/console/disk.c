/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A disk that stands still or is full, for a daemon that is linked with it
 * (--wrap=write): writes to files named slow.log take as long as the file
 * $DISK_STANDS exists, and fail as long as $DISK_FULL does.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

/* NOLINTBEGIN(bugprone-reserved-identifier): names of the linker */
ssize_t __real_write(int fd, const void *bytes, size_t count);
ssize_t __wrap_write(int fd, const void *bytes, size_t count);

static int exists(const char *variable)
{
    const char *path = getenv(variable);

    return path && access(path, F_OK) == 0;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t count)
{
    static const struct timespec moment = {.tv_nsec = 1000000};
    char link[64];
    char path[512];
    ssize_t n;

    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = '\0';
    if (strstr(path, "/slow.log")) {
        while (exists("DISK_STANDS")) {
            nanosleep(&moment, NULL);
        }
        if (exists("DISK_FULL")) {
            errno = ENOSPC;
            return -1;
        }
    }
    return __real_write(fd, bytes, count);
}
/* NOLINTEND(bugprone-reserved-identifier) */
