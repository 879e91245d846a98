/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011-consoled: the console daemon. Connections and the loop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <vpl011/doorbell.h>

#include "daemon.h"

long long clock_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void report(const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    /* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): it is, above */
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    fprintf(stderr, PROGRAM ": %s\n", text);
}

const char *why_text(int why)
{
    static char text[160];
    struct rlimit limit = {0};

    switch (why) {
    case EMFILE:
        getrlimit(RLIMIT_NOFILE, &limit);
        snprintf(text, sizeof(text),
                 "all %llu descriptors of the daemon are in use (ulimit -n)",
                 (unsigned long long)limit.rlim_cur);
        break;
    case ENFILE:
        snprintf(text, sizeof(text),
                 "all descriptors of the system are in use "
                 "(/proc/sys/fs/file-max)");
        break;
    case EADDRINUSE:
        snprintf(text, sizeof(text), "another process serves it");
        break;
    default:
        snprintf(text, sizeof(text), "%s", strerror(why));
        break;
    }
    return text;
}

bool watch(struct daemon *d, struct source *s, uint32_t interest)
{
    struct epoll_event e = {.events = interest, .data.ptr = s};
    int op = EPOLL_CTL_MOD;

    if (s->interest == interest || s->fd < 0) {
        return true;
    }
    if (s->interest == 0) {
        op = EPOLL_CTL_ADD;
    } else if (interest == 0) {
        op = EPOLL_CTL_DEL;
    }
    if (epoll_ctl(d->epoll, op, s->fd, &e) < 0) {
        return false;
    }
    s->interest = interest;
    return true;
}

void bury(struct daemon *d, struct source *s)
{
    if (s->dead) {
        return;
    }
    watch(d, s, 0);
    if (s->fd >= 0) {
        close(s->fd);
        s->fd = -1;
    }
    s->dead = true;
    s->next_dead = d->dead;
    d->dead = s;
}

/*
 * Connections
 */

static void connection_close(struct daemon *d, struct connection *c)
{
    struct ring *r;

    while ((r = c->rings)) {
        c->rings = r->next_of_device;
        if (d->options.verbose) {
            report("%s: the device is gone", r->name);
        }
        ring_disconnect(d, r);
    }
    bury(d, &c->source);
}

static void refuse(struct daemon *d, struct connection *c, const char *who,
                   const char *why)
{
    report("%s: refused: %s", who, why);
    (void)protocol_send(c->source.fd, PROTOCOL_ERROR, why, strlen(why), NULL,
                        0);
    /* An error with one console of a device process must not end its others. */
    if (!c->rings) {
        connection_close(d, c);
    }
}

static void register_ring(struct daemon *d, struct connection *c,
                          const char *name, int fds[PROTOCOL_FDS])
{
    struct ring *r = ring_find(d, name);
    const char *why = NULL;
    size_t i;

    if (r && r->page) {
        why = "a device of this name is here already";
    } else if (!r) {
        r = ring_create(d, name);
        if (!r) {
            why = errno == ENOSPC ? "the daemon has as many consoles as it may "
                                    "(--max-consoles)"
                                  : why_text(errno);
        }
    }
    if (why) {
        for (i = 0; i < PROTOCOL_FDS; i++) {
            close(fds[i]);
        }
    } else {
        why = ring_connect(d, r, c, fds);
    }
    if (why) {
        refuse(d, c, name, why);
        return;
    }
    if (d->options.verbose) {
        report("%s: a device", name);
    }
    (void)protocol_send(c->source.fd, PROTOCOL_OK, name, strlen(name), NULL, 0);
}

/* The connection becomes a viewer. */
static void attach_viewer(struct daemon *d, struct connection *c,
                          unsigned int flags, const char *name)
{
    struct ring *r = ring_find(d, name);
    int fd = c->source.fd;

    if (!r) {
        refuse(d, c, "a viewer", "there is no console of this name");
        return;
    }
    if (d->options.verbose) {
        report("%s: a viewer", name);
    }
    watch(d, &c->source, 0);
    c->source.fd = -1;
    if (!viewer_add(d, r, VIEWER_CLIENT, fd, flags)) {
        close(fd);
    }
    connection_close(d, c);
}

/* Continue a list, as far as the socket takes it. */
static void send_list(struct daemon *d, struct connection *c)
{
    char text[PROTOCOL_NAME_MAX + 64];

    for (; c->list_bucket < RING_BUCKETS; c->list_bucket++) {
        const struct ring *r = d->buckets[c->list_bucket];
        size_t skip = c->list_skip;

        for (; r && skip > 0; skip--) {
            r = r->next_in_bucket;
        }
        for (; r; r = r->next_in_bucket) {
            const struct viewer *v;
            unsigned int viewers = 0;
            int n;

            for (v = r->viewers; v; v = v->next) {
                viewers += v->away ? 0 : 1;
            }
            n = snprintf(
                text, sizeof(text), "%s %s %u %llu", r->name,
                r->page ? "up" : "gone", viewers,
                (unsigned long long)(r->history.end - r->history.begin));
            if (!protocol_send(c->source.fd, PROTOCOL_ENTRY, text, (size_t)n,
                               NULL, 0)) {
                watch(d, &c->source, EPOLLIN | EPOLLOUT);
                return;
            }
            c->list_skip++;
        }
        c->list_skip = 0;
    }
    if (protocol_send(c->source.fd, PROTOCOL_END, NULL, 0, NULL, 0)) {
        c->lists = false;
        watch(d, &c->source, EPOLLIN);
    } else {
        watch(d, &c->source, EPOLLIN | EPOLLOUT);
    }
}

static void request(struct daemon *d, struct connection *c, char *bytes,
                    size_t count, int *fds)
{
    size_t i;

    if (bytes[0] == PROTOCOL_REGISTER && fds && protocol_is_name(bytes + 1)) {
        register_ring(d, c, bytes + 1, fds);
        return;
    }
    for (i = 0; fds && i < PROTOCOL_FDS; i++) {
        close(fds[i]);
    }
    if (bytes[0] == PROTOCOL_LIST) {
        c->lists = true;
        c->list_bucket = 0;
        c->list_skip = 0;
        send_list(d, c);
    } else if (bytes[0] == PROTOCOL_ATTACH && count > 2 && !c->rings) {
        attach_viewer(d, c, (unsigned char)bytes[1], bytes + 2);
    } else {
        refuse(d, c, "a connection", "this is no request");
    }
}

static void connection_event(struct daemon *d, struct connection *c,
                             uint32_t events)
{
    char bytes[PROTOCOL_MAX + 1];
    int fds[PROTOCOL_FDS];
    bool has_fds = false;
    ssize_t n;

    if (c->lists && (events & EPOLLOUT)) {
        send_list(d, c);
    }
    if (!(events & (EPOLLIN | EPOLLHUP | EPOLLERR))) {
        return;
    }
    n = protocol_receive(c->source.fd, bytes, fds, &has_fds);
    if (n > 0) {
        request(d, c, bytes, (size_t)n, has_fds ? fds : NULL);
    } else if (n < 0 && errno == EMFILE) {
        refuse(d, c, "a device", why_text(EMFILE));
    } else if (n == 0 || (errno != EAGAIN && errno != EWOULDBLOCK)) {
        connection_close(d, c);
    }
}

static void accept_connection(struct daemon *d)
{
    struct connection *c;
    int fd = accept4(d->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

    if (fd < 0 && (errno == EMFILE || errno == ENFILE) && d->spare >= 0) {
        const char *why = why_text(errno);

        /* Accept and refuse it; otherwise the listener would stay ready, and
         * the caller would never know. */
        report("a connection is refused: %s", why);
        close(d->spare);
        fd = accept4(d->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            (void)protocol_send(fd, PROTOCOL_ERROR, why, strlen(why), NULL, 0);
            close(fd);
        }
        d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
        return;
    }
    if (fd < 0) {
        return;
    }
    c = calloc(1, sizeof(*c));
    if (!c) {
        close(fd);
        return;
    }
    c->source = (struct source){.kind = SOURCE_CONNECTION, .fd = fd};
    if (!watch(d, &c->source, EPOLLIN)) {
        report("a connection is refused: %s", why_text(errno));
        bury(d, &c->source);
    }
    /* NOLINTNEXTLINE(clang-analyzer-unix.Malloc): epoll, or d->dead, has it */
}

/*
 * The loop
 */

#define RING_OF(source, member) \
    ((struct ring *)(void *)((char *)(source)-offsetof(struct ring, member)))

static void dispatch(struct daemon *d, struct source *s, uint32_t events)
{
    if (s->dead) {
        return;
    }
    switch (s->kind) {
    case SOURCE_LISTENER:
        accept_connection(d);
        break;
    case SOURCE_SIGNAL:
        d->stop = true;
        break;
    case SOURCE_PTYS:
        port_ptys_event(d);
        break;
    case SOURCE_CONNECTION:
        connection_event(d, (struct connection *)(void *)s, events);
        break;
    case SOURCE_RING:
        if (s->fd >= 0) {
            (void)vpl011_doorbell_take(s->fd);
            ring_serve(d, RING_OF(s, source), 0);
        }
        break;
    case SOURCE_PORT:
        port_accept(d, RING_OF(s, port));
        break;
    case SOURCE_VIEWER:
        viewer_event(d, (struct viewer *)(void *)s, events);
        break;
    }
}

static void loop(struct daemon *d)
{
    struct epoll_event events[64];
    int wait_ms = -1;
    int n;
    int i;

    while (!d->stop) {
        n = epoll_wait(d->epoll, events, 64, wait_ms);
        for (i = 0; i < n; i++) {
            dispatch(d, events[i].data.ptr, events[i].events);
        }
        wait_ms = ring_serve_timed(d);
        while (d->dead) {
            struct source *s = d->dead;

            d->dead = s->next_dead;
            free(s);
        }
    }
}

static void leave(struct daemon *d)
{
    size_t i;

    for (i = 0; i < RING_BUCKETS; i++) {
        struct ring *r = d->buckets[i];

        for (; r; r = r->next_in_bucket) {
            ring_leave(d, r);
            port_close(d, r);
        }
    }
    unlink(d->options.socket);
}

static void start(struct daemon *d)
{
    struct rlimit limit;
    sigset_t set;

    signal(SIGPIPE, SIG_IGN);
    /* A log at its size limit must not end the daemon. */
    signal(SIGXFSZ, SIG_IGN);
    /* Each console takes two descriptors: raise the limit as far as allowed. */
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    d->spare = open("/dev/null", O_RDONLY | O_CLOEXEC);
    d->signals.kind = SOURCE_SIGNAL;
    d->signals.fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    d->epoll = epoll_create1(EPOLL_CLOEXEC);
    if (d->epoll < 0 || !watch(d, &d->signals, EPOLLIN)) {
        report("%s", why_text(errno));
        exit(1);
    }
    d->listener.kind = SOURCE_LISTENER;
    d->listener.fd = protocol_listen(d->options.socket, SOCK_SEQPACKET);
    if (d->listener.fd < 0 || !watch(d, &d->listener, EPOLLIN)) {
        report("%s: %s", d->options.socket, why_text(errno));
        exit(1);
    }
    d->ptys.kind = SOURCE_PTYS;
    d->ptys.fd = -1;
    if (d->options.pty_dir && !port_watch_ptys(d)) {
        report("/dev/pts: %s", why_text(errno));
        unlink(d->options.socket);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct daemon d;

    options_parse(&d.options, argc, argv);
    start(&d);
    if (d.options.verbose) {
        report("serving %s", d.options.socket);
    }
    loop(&d);
    leave(&d);
    return 0;
}
