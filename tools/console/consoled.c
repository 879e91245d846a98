/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011-consoled: the console daemon. Connections and the loop. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
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
            remark("%s: the device is gone", r->name);
        }
        ring_disconnect(d, r);
    }
    if (!c->source.dead) {
        *c->at = c->next;
        if (c->next) {
            c->next->at = c->at;
        }
    }
    bury(d, &c->source);
}

static void refuse(struct daemon *d, struct connection *c, const char *who,
                   const char *why)
{
    report_refusal(who, why);
    (void)protocol_send(c->source.fd, PROTOCOL_ERROR, why, strlen(why), NULL,
                        0);
    /* An error with one console of a device process must not end its others. */
    if (!c->rings) {
        connection_close(d, c);
    }
}

static void register_ring(struct daemon *d, struct connection *c,
                          const char *name, int fds[PROTOCOL_FDS],
                          bool takes_break)
{
    struct ring *r = ring_find(d, name);
    const char *why = NULL;
    bool is_new = !r;
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
        why = ring_connect(d, r, c, fds, takes_break);
        if (why && is_new) {
            ring_forget(d, r);
        }
    }
    if (why) {
        refuse(d, c, name, why);
        return;
    }
    if (d->options.verbose) {
        remark("%s: a device", name);
    }
    (void)protocol_send(c->source.fd, PROTOCOL_OK, name, strlen(name), NULL, 0);
}

static const char no_console[] = "there is no console of this name";

/* The connection becomes a viewer. */
static void attach_viewer(struct daemon *d, struct connection *c,
                          unsigned int flags, const char *name)
{
    struct ring *r = ring_find(d, name);
    int fd = c->source.fd;

    if (!r) {
        refuse(d, c, "a viewer", no_console);
        return;
    }
    if (d->options.verbose) {
        remark("%s: a viewer", name);
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
    char text[PROTOCOL_NAME_MAX + 240];
    long long now = clock_us();

    for (; c->list_bucket < RING_BUCKETS; c->list_bucket++) {
        struct ring *r = d->buckets[c->list_bucket];
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
            pace_measure(r, now);
            n = snprintf(
                text, sizeof(text),
                "%s %s %u %llu %llu %llu %llu %lld %llu %llu %llu %llu %llu",
                r->name, r->page ? "up" : "gone", viewers,
                (unsigned long long)(r->history.end - r->history.begin),
                (unsigned long long)r->measured,
                (unsigned long long)r->history.end,
                (unsigned long long)r->dropped,
                (r->rested_us + (r->rests_us ? now - r->rests_us : 0)) / 1000,
                (unsigned long long)log_lost(&r->log),
                (unsigned long long)r->typed, (unsigned long long)r->broken,
                (unsigned long long)r->missed,
                (unsigned long long)r->breaks_lost);
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

/* The operator says something to who looks at a console, or at any. */
static void say(struct daemon *d, struct connection *c, char *name,
                size_t count)
{
    size_t length = strlen(name) + 1;
    char *text = name + length;
    struct ring *r = ring_find(d, name);
    size_t told = 0;
    char number[24];
    size_t i;
    int n;

    if (length < count) {
        text[filter_line((uint8_t *)text, count - length, (uint8_t *)text)] =
            '\0';
    }
    if (length >= count || !*text || count - length > PROTOCOL_SAY_MAX) {
        refuse(d, c, "a message", "it has no text, or more than 400 bytes");
        return;
    }
    if (*name && !r) {
        refuse(d, c, "a message", no_console);
        return;
    }
    if (bucket_room(&d->messages, clock_us()) == 0) {
        refuse(d, c, "a message", "there were 100 at once, or 10 a second");
        return;
    }
    bucket_take(&d->messages, 1);
    if (r) {
        told = viewer_say(d, r, text);
    }
    for (i = 0; !r && i < RING_BUCKETS; i++) {
        struct ring *each = d->buckets[i];

        for (; each; each = each->next_in_bucket) {
            told += viewer_say(d, each, text);
        }
    }
    n = snprintf(number, sizeof(number), "%zu", told);
    (void)protocol_send(c->source.fd, PROTOCOL_OK, number, (size_t)n, NULL, 0);
}

/* A device has taken a BREAK. */
static bool is_break_taken(struct daemon *d, const struct connection *c,
                           const char *name, size_t count)
{
    struct ring *r = ring_find(d, name);
    size_t length = strlen(name);

    if (!r || r->device != c) {
        return false;
    }
    ring_break_taken(
        d, r, memchr(name + length, PROTOCOL_BREAK_LOST, count - length));
    return true;
}

static void request(struct daemon *d, struct connection *c, char *bytes,
                    size_t count, int *fds)
{
    size_t i;

    if (bytes[0] == PROTOCOL_REGISTER && fds && protocol_is_name(bytes + 1)) {
        size_t length = strlen(bytes);

        register_ring(d, c, bytes + 1, fds,
                      memchr(bytes + length, PROTOCOL_BREAK, count - length) !=
                          NULL);
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
    } else if (bytes[0] == PROTOCOL_SAY) {
        say(d, c, bytes + 1, count - 1);
    } else if (bytes[0] != PROTOCOL_BREAK ||
               !is_break_taken(d, c, bytes + 1, count - 1)) {
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

static void connection_open(struct daemon *d, int fd)
{
    struct connection *c = calloc(1, sizeof(*c));

    if (!c) {
        close(fd);
        return;
    }
    c->source = (struct source){.kind = SOURCE_CONNECTION, .fd = fd};
    c->next = d->connections;
    if (c->next) {
        c->next->at = &c->next;
    }
    c->at = &d->connections;
    d->connections = c;
    if (!watch(d, &c->source, EPOLLIN)) {
        report("a connection is refused: %s", why_text(errno));
        connection_close(d, c);
    }
}

static void accept_connection(struct daemon *d)
{
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
    if (!protocol_is_trusted(fd)) {
        static const char why[] = "this daemon belongs to another user";

        report("a connection of another user is refused");
        (void)protocol_send(fd, PROTOCOL_ERROR, why, sizeof(why) - 1, NULL, 0);
        close(fd);
        return;
    }
    connection_open(d, fd);
}

static void listen_at(struct daemon *d, const char *path)
{
    char dir[256];

    if (path == protocol_default_path()) {
        snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path),
                 path);
        (void)mkdir(dir, 0700);
    }
    if (!protocol_is_safe_place(path)) {
        report("%s: not in a directory that belongs to this user or root, and "
               "that nobody else can write to",
               path);
        exit(1);
    }
    d->lock = protocol_lock(path);
    d->listener.kind = SOURCE_LISTENER;
    d->listener.fd = d->lock < 0 ? -1 : protocol_listen(path, SOCK_SEQPACKET);
    if (d->listener.fd < 0 || !watch(d, &d->listener, EPOLLIN)) {
        report("%s: %s", path, why_text(errno));
        exit(1);
    }
}

static void unlisten(const struct daemon *d)
{
    char lock[4096];

    protocol_remove(d->options.socket);
    snprintf(lock, sizeof(lock), "%s.lock", d->options.socket);
    unlink(lock);
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
    case SOURCE_LOG:
        (void)vpl011_doorbell_take(s->fd);
        ring_serve_logged(d);
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

/* One round of events. Returns how many there were. */
static int round_of(struct daemon *d, int *wait_ms)
{
    struct epoll_event events[64];
    int n = epoll_wait(d->epoll, events, 64, *wait_ms);
    int i;

    for (i = 0; i < n; i++) {
        dispatch(d, events[i].data.ptr, events[i].events);
    }
    *wait_ms = pace_serve(d);
    while (d->dead) {
        struct source *s = d->dead;

        d->dead = s->next_dead;
        free(s);
    }
    return n;
}

static void loop(struct daemon *d)
{
    int wait_ms = -1;

    while (!d->stop) {
        (void)round_of(d, &wait_ms);
    }
}

/* What was typed and no guest has taken, although it had a second for it. */
static size_t typed_left(struct daemon *d)
{
    const struct timespec pause = {.tv_nsec = 5000000};
    size_t typed = 1;
    int turns;

    for (turns = 0; turns < 200 && typed > 0; turns++) {
        size_t i;

        typed = 0;
        for (i = 0; i < RING_BUCKETS; i++) {
            struct ring *r = d->buckets[i];

            for (; r; r = r->next_in_bucket) {
                if (r->page &&
                    (r->input_count > 0 || r->breaks == BREAK_WANTED)) {
                    ring_serve(d, r, VPL011_XENCONS_NOW);
                    typed += r->input_count + (r->breaks == BREAK_WANTED);
                }
            }
        }
        if (typed > 0) {
            nanosleep(&pause, NULL);
        }
    }
    return typed;
}

static void leave(struct daemon *d)
{
    size_t unlogged;
    size_t typed;
    struct ring *r;
    size_t i;

    for (i = 0; i < RING_BUCKETS; i++) {
        for (r = d->buckets[i]; r; r = r->next_in_bucket) {
            ring_serve(d, r, VPL011_XENCONS_NOW);
        }
    }
    typed = typed_left(d);
    if (typed > 0) {
        report("%zu typed bytes are lost: their guests do not take them",
               typed);
    }
    unlogged = log_end(LOG_END_MS);
    if (unlogged > 0) {
        report("%zu bytes are lost to the logs", unlogged);
    }
    for (i = 0; i < RING_BUCKETS; i++) {
        for (r = d->buckets[i]; r; r = r->next_in_bucket) {
            ring_leave(r);
            port_close(d, r);
        }
    }
    unlisten(d);
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
    listen_at(d, d->options.socket);
    d->log.kind = SOURCE_LOG;
    d->log.fd = -1;
    if (d->options.log.dir) {
        d->log.fd = log_start(&d->options.log);
        if (d->log.fd < 0 || !watch(d, &d->log, EPOLLIN)) {
            report("no thread for the logs: %s", why_text(errno));
            unlisten(d);
            exit(1);
        }
    }
    d->ptys.kind = SOURCE_PTYS;
    d->ptys.fd = -1;
    if (d->options.pty_dir && !port_watch_ptys(d)) {
        report("/dev/pts: %s", why_text(errno));
        unlisten(d);
        exit(1);
    }
}

int main(int argc, char **argv)
{
    static struct daemon d;

    options_parse(&d.options, argc, argv);
    pace_init(&d);
    start(&d);
    if (d.options.verbose) {
        remark("serving %s", d.options.socket);
    }
    loop(&d);
    leave(&d);
    return 0;
}
