/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Listening sockets by address. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <vpl011/vpl011.h>

#include "listener.h"

#define SOCKET_FLAGS (SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK)

static const char unix_prefix[] = "unix:";
static const char tcp_prefix[] = "tcp:";

static const char *behind(const char *address, const char *prefix)
{
    size_t length = strlen(prefix);

    return strncmp(address, prefix, length) == 0 ? address + length : NULL;
}

static int fail(int fd)
{
    int why = errno;

    (void)close(fd);
    errno = why;
    return VPL011_ERR_SYSTEM;
}

/*
 * Unix
 */

/* Whether it is a socket that nobody listens to, left by a program that ended
 * without removing it. Anything else of that name is not ours to remove. */
static bool is_left_over(const struct sockaddr_un *name)
{
    struct stat st;
    bool refused;
    int fd;

    if (lstat(name->sun_path, &st) || !S_ISSOCK(st.st_mode)) {
        return false;
    }
    fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    if (fd < 0) {
        return false;
    }
    refused = connect(fd, (const struct sockaddr *)name, sizeof(*name)) < 0 &&
              errno == ECONNREFUSED;
    (void)close(fd);
    return refused;
}

static int open_unix(const char *path, struct listener_file *file)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    struct stat st;
    int err;
    int fd;

    if (path[0] == '\0') {
        return VPL011_ERR_UNSUPPORTED;
    }
    if (strlen(path) >= sizeof(name.sun_path)) {
        return VPL011_ERR_SIZE;
    }
    memcpy(name.sun_path, path, strlen(path) + 1);
    fd = socket(AF_UNIX, SOCKET_FLAGS, 0);
    if (fd < 0) {
        return VPL011_ERR_SYSTEM;
    }
    err = bind(fd, (const struct sockaddr *)&name, sizeof(name));
    if (err && errno == EADDRINUSE) {
        if (is_left_over(&name) && unlink(path) == 0) {
            err = bind(fd, (const struct sockaddr *)&name, sizeof(name));
        } else {
            errno = EADDRINUSE;
        }
    }
    /* Nobody can connect before listen(), so the mode is set in time. */
    if (err || chmod(path, 0600) || lstat(path, &st) || listen(fd, 1)) {
        return fail(fd);
    }
    file->device = (uint64_t)st.st_dev;
    file->inode = (uint64_t)st.st_ino;
    return fd;
}

void vpl011_listener_remove_(const char *address,
                             const struct listener_file *file)
{
    const char *path = behind(address, unix_prefix);
    struct stat st;

    if (path && !lstat(path, &st) && (uint64_t)st.st_dev == file->device &&
        (uint64_t)st.st_ino == file->inode) {
        (void)unlink(path);
    }
}

/*
 * TCP
 */

/* Convert "HOST:PORT" to a socket address; false: not understood. */
static bool parse(const char *text, struct sockaddr_storage *name,
                  socklen_t *length)
{
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)name;
    struct sockaddr_in *v4 = (struct sockaddr_in *)name;
    const char *colon = strrchr(text, ':');
    char host[INET6_ADDRSTRLEN + 2];
    unsigned long port;
    size_t n;
    char *end;

    if (!colon || colon[1] < '0' || colon[1] > '9') {
        return false;
    }
    port = strtoul(colon + 1, &end, 10);
    n = (size_t)(colon - text);
    if (*end != '\0' || port > UINT16_MAX || n >= sizeof(host)) {
        return false;
    }
    memset(name, 0, sizeof(*name));
    memcpy(host, text, n);
    host[n] = '\0';
    if (n >= 2 && host[0] == '[' && host[n - 1] == ']') {
        host[n - 1] = '\0';
        v6->sin6_family = AF_INET6;
        v6->sin6_port = htons((uint16_t)port);
        *length = sizeof(*v6);
        return inet_pton(AF_INET6, host + 1, &v6->sin6_addr) == 1;
    }
    v4->sin_family = AF_INET;
    v4->sin_port = htons((uint16_t)port);
    *length = sizeof(*v4);
    return inet_pton(AF_INET, host, &v4->sin_addr) == 1;
}

static int open_tcp(const char *text, char *found, size_t found_size)
{
    struct sockaddr_storage name;
    const int on = 1;
    socklen_t length;
    unsigned int port;
    int fd;

    if (!parse(text, &name, &length)) {
        return VPL011_ERR_UNSUPPORTED;
    }
    fd = socket(name.ss_family, SOCKET_FLAGS, 0);
    if (fd < 0) {
        return VPL011_ERR_SYSTEM;
    }
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
        bind(fd, (const struct sockaddr *)&name, length) || listen(fd, 1) ||
        getsockname(fd, (struct sockaddr *)&name, &length)) {
        return fail(fd);
    }
    port = name.ss_family == AF_INET
               ? ntohs(((const struct sockaddr_in *)&name)->sin_port)
               : ntohs(((const struct sockaddr_in6 *)&name)->sin6_port);
    (void)snprintf(found, found_size, "%s%.*s:%u", tcp_prefix,
                   (int)(strrchr(text, ':') - text), text, port);
    return fd;
}

int vpl011_listener_open_(const char *address, char *found, size_t found_size,
                          struct listener_file *file)
{
    const char *path = behind(address, unix_prefix);
    const char *host = behind(address, tcp_prefix);

    /* The actual port may be longer by four digits. */
    if (strlen(address) + sizeof("65535") > found_size) {
        return VPL011_ERR_SIZE;
    }
    memcpy(found, address, strlen(address) + 1);
    if (path) {
        return open_unix(path, file);
    }
    return host ? open_tcp(host, found, found_size) : VPL011_ERR_UNSUPPORTED;
}
