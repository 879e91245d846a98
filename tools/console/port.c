/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Access to a console for tools that do not know the daemon: a pty with a link
 * to it, and a plain Unix socket. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include "daemon.h"

#define PTY_DIR "/dev/pts"
#define PTY_LIMIT "/proc/sys/kernel/pty/max"

static void path_of(char *path, size_t size, const char *dir,
                    const struct ring *r)
{
    snprintf(path, size, "%s/%s", dir, r->name);
}

/*
 * Ptys
 */

static bool is_open(const struct viewer *v)
{
    struct pollfd p = {.fd = v->source.fd, .events = POLLIN};

    return poll(&p, 1, 0) >= 0 && !(p.revents & POLLHUP);
}

/* A pty that was just opened shows what was missed. */
static void pty_opened(struct daemon *d, struct viewer *v)
{
    v->away = false;
    v->output_ended = false;
    viewer_replay(v);
    viewer_feed(d, v);
}

void port_pty_closed(struct daemon *d, struct viewer *v)
{
    v->away = true;
    v->behind = false;
    watch(d, &v->source, 0);
    /* Opened again before the hang-up was seen: no further event reports it. */
    if (is_open(v)) {
        pty_opened(d, v);
    }
}

/*
 * No descriptor reports that a pty which was closed by its last user is opened
 * again. A watch on the directory does, one for all of them.
 */
bool port_watch_ptys(struct daemon *d)
{
    d->ptys.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    return d->ptys.fd >= 0 &&
           inotify_add_watch(d->ptys.fd, PTY_DIR, IN_OPEN) >= 0 &&
           watch(d, &d->ptys, EPOLLIN);
}

static void look_at_pty(struct daemon *d, size_t number)
{
    struct viewer *v =
        number < d->pty_count ? d->ptys_by_number[number].viewer : NULL;

    if (v && v->away && is_open(v)) {
        pty_opened(d, v);
    }
}

void port_ptys_event(struct daemon *d)
{
    union {
        struct inotify_event align;
        char bytes[4096];
    } buffer;
    ssize_t n = read(d->ptys.fd, buffer.bytes, sizeof(buffer.bytes));
    ssize_t at = 0;

    while (at < n) {
        const struct inotify_event *e =
            (const struct inotify_event *)(const void *)(buffer.bytes + at);

        if (e->mask & IN_Q_OVERFLOW) {
            size_t i;

            for (i = 0; i < d->pty_count; i++) {
                look_at_pty(d, i);
            }
        } else if (e->len > 0) {
            look_at_pty(d, strtoul(e->name, NULL, 10));
        }
        at += (ssize_t)sizeof(*e) + (ssize_t)e->len;
    }
}

static bool remember_pty(struct daemon *d, struct viewer *v)
{
    if (v->pty >= d->pty_count) {
        size_t count = v->pty + 64u;
        struct pty_slot *table =
            realloc(d->ptys_by_number, count * sizeof(*table));

        if (!table) {
            return false;
        }
        memset(table + d->pty_count, 0,
               (count - d->pty_count) * sizeof(*table));
        d->ptys_by_number = table;
        d->pty_count = count;
    }
    d->ptys_by_number[v->pty].viewer = v;
    return true;
}

/* Make it raw, and close it once: only then does the master report a hang-up
 * until somebody opens it. */
static bool prepare(const char *name)
{
    struct termios raw;
    bool done;
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);

    if (slave < 0) {
        return false;
    }
    done = tcgetattr(slave, &raw) == 0;
    if (done) {
        cfmakeraw(&raw);
        done = tcsetattr(slave, TCSANOW, &raw) == 0;
    }
    close(slave);
    return done;
}

/* Remove a symbolic link, and nothing else; whether the name is free then. */
static bool remove_link(const char *path)
{
    struct stat st;

    if (lstat(path, &st) < 0) {
        return errno == ENOENT;
    }
    if (!S_ISLNK(st.st_mode)) {
        errno = EEXIST;
        return false;
    }
    return unlink(path) == 0;
}

/* NULL, or why there is none. */
static const char *open_pty(struct daemon *d, struct ring *r)
{
    static char text[160];
    char name[64];
    char path[4096];
    struct viewer *v;
    unsigned int number;
    int fd = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);

    if (fd < 0 && errno == ENOSPC) {
        char most[16] = "?";
        FILE *f = fopen(PTY_LIMIT, "re");

        if (f) {
            if (fscanf(f, "%15s", most) != 1) {
                most[0] = '?';
            }
            fclose(f);
        }
        snprintf(text, sizeof(text),
                 "all ptys of the system are in use (%s, " PTY_LIMIT ")", most);
        return text;
    }
    if (fd < 0) {
        return why_text(errno);
    }
    path_of(path, sizeof(path), d->options.pty_dir, r);
    if (grantpt(fd) < 0 || unlockpt(fd) < 0 ||
        ioctl(fd, TIOCGPTN, &number) < 0 ||
        ptsname_r(fd, name, sizeof(name)) != 0 || !prepare(name) ||
        !remove_link(path) || symlink(name, path) < 0) {
        snprintf(text, sizeof(text), "%.100s: %s", path, strerror(errno));
        close(fd);
        return text;
    }
    v = viewer_add(d, r, VIEWER_PTY, fd, PROTOCOL_ATTACH_NO_REPLAY);
    if (!v) {
        close(fd);
        return why_text(ENOMEM);
    }
    v->pty = number;
    if (!remember_pty(d, v)) {
        viewer_remove(d, v);
        return why_text(ENOMEM);
    }
    port_pty_closed(d, v);
    return NULL;
}

/*
 * Sockets
 */

static const char *open_socket(struct daemon *d, struct ring *r)
{
    char path[4096];

    path_of(path, sizeof(path), d->options.socket_dir, r);
    r->port.fd = protocol_listen(path, SOCK_STREAM);
    if (r->port.fd < 0) {
        return why_text(errno);
    }
    if (!watch(d, &r->port, EPOLLIN)) {
        const char *why = why_text(errno);

        close(r->port.fd);
        r->port.fd = -1;
        return why;
    }
    return NULL;
}

void port_accept(struct daemon *d, struct ring *r)
{
    int fd = accept4(r->port.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && d->spare >= 0) {
        /* Otherwise it would be ready for ever. */
        report("%s: a connection is refused: %s", r->name, why_text(errno));
        close(d->spare);
        fd = accept4(r->port.fd, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0) {
            close(fd);
        }
        d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return;
    }
    if (fd >= 0 && !protocol_is_trusted(fd)) {
        report("%s: a connection of another user is refused", r->name);
        close(fd);
        return;
    }
    if (fd >= 0 && !viewer_add(d, r, VIEWER_STREAM, fd, 0)) {
        close(fd);
    }
}

/*
 * Both
 */

void port_open(struct daemon *d, struct ring *r)
{
    const char *why;

    if (d->options.pty_dir) {
        why = open_pty(d, r);
        if (why) {
            report("%s: no pty: %s", r->name, why);
        }
    }
    if (d->options.socket_dir) {
        why = open_socket(d, r);
        if (why) {
            report("%s: no socket: %s", r->name, why);
        }
    }
}

void port_close(struct daemon *d, struct ring *r)
{
    const struct viewer *v = r->viewers;
    char path[4096];

    while (v && v->kind != VIEWER_PTY) {
        v = v->next;
    }
    if (v) {
        path_of(path, sizeof(path), d->options.pty_dir, r);
        (void)remove_link(path);
    }
    if (r->port.fd >= 0) {
        path_of(path, sizeof(path), d->options.socket_dir, r);
        protocol_remove(path);
    }
}
