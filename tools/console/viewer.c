/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The viewers of a console: clients, plain sockets, ptys. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon.h"

/* Packets or writes for one turn. */
#define TURNS 32

/* Viewers of a console that typed and left, and still wait for its guest. */
#define LEFT_MAX 8u

bool viewer_types(const struct viewer *v)
{
    return !v->away &&
           (v->kind != VIEWER_CLIENT || v->ring->writer == v || v->left);
}

/* The other end is closed; what it sent before may still be there. */
static bool has_left(const struct viewer *v)
{
    struct pollfd p = {.fd = v->source.fd, .events = POLLRDHUP};

    return poll(&p, 1, 0) > 0;
}

/* Send a client its mode. The first says also what more this daemon takes. */
static bool send_mode(const struct viewer *v, enum protocol_type type)
{
    return protocol_send(v->source.fd, type, v->ring->writer == v ? "wB" : "rB",
                         type == PROTOCOL_OK ? 2 : 1, NULL, 0);
}

/* How many of those before it left and wait for the guest. */
static unsigned int left_before(const struct viewer *v)
{
    unsigned int count = 0;

    while (v->after) {
        v = v->after;
        count++;
    }
    return count;
}

/* From now on this one types. What others sent before they left comes first, of
 * a few of them: each keeps a descriptor as long as the guest takes nothing. */
static void set_writer(struct daemon *d, struct viewer *v)
{
    struct viewer *old = v->ring->writer;

    v->ring->writer = v;
    if (old) {
        old->left = has_left(old) && left_before(old) < LEFT_MAX;
        v->after = old->left ? old : old->after;
        old->owes_mode = true;
        viewer_feed(d, old);
    }
}

struct viewer *viewer_add(struct daemon *d, struct ring *r,
                          enum viewer_kind kind, int fd, unsigned int flags)
{
    struct viewer *v = calloc(1, sizeof(*v));

    if (!v) {
        return NULL;
    }
    v->source = (struct source){.kind = SOURCE_VIEWER, .fd = fd};
    v->kind = kind;
    v->ring = r;
    viewer_replay(v);
    if (flags & PROTOCOL_ATTACH_NO_REPLAY) {
        v->position = v->live;
    }
    v->looks = flags & PROTOCOL_ATTACH_READ_ONLY;
    v->progress_ms = clock_us() / 1000;
    v->next = r->viewers;
    r->viewers = v;
    if (kind == VIEWER_CLIENT) {
        if (!(flags & PROTOCOL_ATTACH_READ_ONLY) &&
            (!r->writer || (flags & PROTOCOL_ATTACH_FORCE) ||
             has_left(r->writer))) {
            set_writer(d, v);
        }
        (void)send_mode(v, PROTOCOL_OK);
    }
    viewer_feed(d, v);
    return v;
}

void viewer_remove(struct daemon *d, struct viewer *v)
{
    struct ring *r = v->ring;
    struct viewer **at = &r->viewers;
    struct viewer *next;

    if (v->source.dead) {
        return;
    }
    while (*at != v) {
        at = &(*at)->next;
    }
    *at = v->next;
    free(v->rest);
    v->rest = NULL;
    free(v->said);
    v->said = NULL;
    if (r->writer == v) {
        r->writer = NULL;
    }
    if (r->breaker == v) {
        r->breaker = NULL;
    }
    for (next = r->viewers; next; next = next->next) {
        if (next->after == v) {
            next->after = v->after;
            viewer_watch(d, next);
        }
    }
    if (v->kind == VIEWER_PTY && v->pty < d->pty_count) {
        d->ptys_by_number[v->pty].viewer = NULL;
    }
    bury(d, &v->source);
    /* It may have held the guest up. */
    ring_serve(d, r, 0);
}

/*
 * Output
 */

static ssize_t give(const struct viewer *v, const uint8_t *bytes, size_t count)
{
    ssize_t n;

    if (v->kind == VIEWER_CLIENT) {
        return protocol_send(v->source.fd, PROTOCOL_DATA, bytes, count, NULL, 0)
                   ? (ssize_t)count
                   : -1;
    }
    do {
        if (v->kind == VIEWER_STREAM) {
            n = send(v->source.fd, bytes, count, MSG_DONTWAIT | MSG_NOSIGNAL);
        } else {
            n = write(v->source.fd, bytes, count);
        }
    } while (n < 0 && errno == EINTR);
    return n;
}

/* It was too slow: tell it how much it missed, in the form for its kind. False:
 * it does not take that now; errno says why. */
static bool skip_lost(struct viewer *v)
{
    uint64_t lost = v->ring->history.begin - v->position;
    char text[64];
    int n;

    if (v->kind == VIEWER_CLIENT) {
        n = snprintf(text, sizeof(text), "%llu", (unsigned long long)lost);
        if (!protocol_send(v->source.fd, PROTOCOL_LOST, text, (size_t)n, NULL,
                           0)) {
            return false;
        }
    } else {
        n = snprintf(text, sizeof(text), "\r\n[%llu bytes lost]\r\n",
                     (unsigned long long)lost);
        if (give(v, (const uint8_t *)text, (size_t)n) < 0) {
            return false;
        }
    }
    v->ring->missed += lost;
    v->position = v->ring->history.begin;
    /* What it was in the middle of is not what comes. */
    v->filter = (struct filter){.level = FILTER_REPLAYED};
    return true;
}

static bool send_text(const struct viewer *v, enum protocol_type type,
                      const char *text)
{
    return !text ||
           protocol_send(v->source.fd, type, text, strlen(text), NULL, 0);
}

/* Whether the device is there ('1'), where the client has not been told so.
 * False as for skip_lost(). */
static bool tell_device(struct viewer *v, char there)
{
    if (v->kind != VIEWER_CLIENT || v->device == there) {
        return true;
    }
    if (!protocol_send(v->source.fd, PROTOCOL_DEVICE, &there, 1, NULL, 0)) {
        return false;
    }
    v->device = there;
    return true;
}

static bool send_device(struct viewer *v)
{
    return tell_device(v, v->ring->page ? '1' : '0');
}

/* Who is slow learns of several only that the first went and the last came. */
void viewer_end(struct viewer *v)
{
    if (v->device == '1' && !v->owes_end) {
        v->owes_end = true;
        v->end_at = v->ring->history.end;
    }
}

/* That its device has gone, once it has the last words, and then whether there
 * is another. False as for skip_lost(). */
static bool send_end(struct viewer *v)
{
    if (!v->owes_end || v->position < v->end_at) {
        return true;
    }
    if (!tell_device(v, '0')) {
        return false;
    }
    v->owes_end = false;
    return send_device(v);
}

/* Send what comes before any output. False as for skip_lost(). */
static bool send_owed(struct viewer *v)
{
    if (v->owes_mode && !send_mode(v, PROTOCOL_MODE)) {
        return false;
    }
    v->owes_mode = false;
    /* That it has gone comes behind its last words. */
    if (v->ring->page && !send_device(v)) {
        return false;
    }
    if (!send_text(v, PROTOCOL_BREAK, v->answer)) {
        return false;
    }
    v->answer = NULL;
    if (!send_text(v, PROTOCOL_SAY, v->said)) {
        return false;
    }
    free(v->said);
    v->said = NULL;
    return true;
}

void viewer_answer(struct daemon *d, struct viewer *v, const char *text)
{
    v->answer = text;
    viewer_feed(d, v);
}

size_t viewer_say(struct daemon *d, struct ring *r, const char *text)
{
    struct viewer *next;
    struct viewer *v;
    size_t count = 0;

    for (v = r->viewers; v; v = next) {
        next = v->next;
        if (v->kind == VIEWER_CLIENT) {
            /* Of what one that is slow has not taken, the newest is kept. */
            free(v->said);
            v->said = strdup(text);
            viewer_feed(d, v);
            count++;
        }
    }
    return count;
}

/* After any error but EAGAIN it takes nothing any more. What it typed before is
 * still read, and an event reports that it is gone. */
static bool is_at_end(void)
{
    return errno != EAGAIN && errno != EWOULDBLOCK;
}

void viewer_replay(struct viewer *v)
{
    v->position = v->ring->history.begin;
    v->live = v->ring->history.end;
    v->filter = (struct filter){.level = FILTER_REPLAYED};
    free(v->rest);
    v->rest = NULL;
}

/* A part of the history that is replayed. As give(), in bytes of the history:
 * where less was taken than came out, the rest comes first the next time. */
static ssize_t give_filtered(struct viewer *v, const uint8_t *bytes,
                             size_t count)
{
    struct filter before = v->filter;
    uint8_t out[PROTOCOL_MAX - 1];
    size_t used = 0;
    size_t made = 0;
    ssize_t n;

    /* A sequence that begins in it is filtered to its end. */
    while (used < count && made + FILTER_HELD <= sizeof(out) &&
           (v->position + used < v->live || !filter_is_idle(&v->filter))) {
        made += filter_byte(&v->filter, bytes[used++], out + made);
    }
    n = made > 0 ? give(v, out, made) : 0;
    if (n < 0) {
        v->filter = before;
        return -1;
    }
    if ((size_t)n < made) {
        v->rest_count = made - (size_t)n;
        v->rest = malloc(v->rest_count);
        if (v->rest) {
            memcpy(v->rest, out + n, v->rest_count);
        }
    }
    return (ssize_t)used;
}

/* False: it does not take it all now; errno says why. */
static bool give_rest(struct viewer *v)
{
    ssize_t n;

    if (!v->rest) {
        return true;
    }
    n = give(v, v->rest, v->rest_count);
    if (n < 0) {
        return false;
    }
    v->rest_count -= (size_t)n;
    memmove(v->rest, v->rest + n, v->rest_count);
    if (v->rest_count > 0) {
        errno = EAGAIN;
        return false;
    }
    free(v->rest);
    v->rest = NULL;
    return true;
}

/* The next part of the output. Returns how much of it was taken, -1: none now,
 * errno says why; *whole: it may take more. */
static ssize_t feed(struct viewer *v, bool *whole)
{
    const struct history *h = &v->ring->history;
    uint8_t bytes[PROTOCOL_MAX - 1];
    size_t count = sizeof(bytes);
    ssize_t n;

    if (!give_rest(v) || (v->position < h->begin && !skip_lost(v)) ||
        !send_end(v)) {
        return -1;
    }
    if (v->owes_end && v->end_at - v->position < count) {
        count = (size_t)(v->end_at - v->position);
    }
    count = history_read(h, v->position, bytes, count);
    if (count == 0) {
        return 0;
    }
    if (v->position < v->live || !filter_is_idle(&v->filter)) {
        n = give_filtered(v, bytes, count);
        *whole = !v->rest;
    } else {
        n = give(v, bytes, count);
        *whole = n >= 0 && (size_t)n == count;
    }
    return n;
}

/* Something of the history, or of what belongs to a place in it. */
static bool is_due(const struct viewer *v)
{
    return v->rest || v->owes_end || v->position < v->ring->history.end;
}

void viewer_feed(struct daemon *d, struct viewer *v)
{
    bool whole = true;
    bool owes;
    int turns;

    if (v->away || v->output_ended || v->source.dead) {
        viewer_watch(d, v);
        return;
    }
    owes = !send_owed(v);
    v->output_ended = owes && is_at_end();
    for (turns = 0; !owes && whole && turns < TURNS && is_due(v); turns++) {
        ssize_t n = feed(v, &whole);

        if (n < 0) {
            v->output_ended = is_at_end();
            break;
        }
        v->position += (uint64_t)n;
        v->progress_ms = clock_us() / 1000;
    }
    if (!owes && !is_due(v) && !send_device(v)) {
        owes = true;
        v->output_ended = is_at_end();
    }
    v->behind = (owes || is_due(v)) && !v->output_ended;
    if (!v->behind) {
        v->progress_ms = clock_us() / 1000;
    }
    viewer_watch(d, v);
}

/*
 * Input
 */

/* Packets that every client may send. */
static void obey(struct daemon *d, struct viewer *v, const char *bytes,
                 size_t count)
{
    struct ring *r = v->ring;

    switch (bytes[0]) {
    case PROTOCOL_DATA:
        if (viewer_types(v)) {
            ring_type(r, bytes + 1, count - 1);
        }
        break;
    case PROTOCOL_BREAK: {
        const char *why =
            viewer_types(v) ? ring_break(r, v) : "this viewer does not type";

        viewer_answer(d, v, why ? why : "");
        break;
    }
    case PROTOCOL_MODE:
        if (!viewer_types(v)) {
            if (!v->looks) {
                set_writer(d, v);
            }
            v->owes_mode = true;
            viewer_feed(d, v);
        }
        break;
    default:
        report("%s: a viewer sent nonsense: closed", r->name);
        viewer_remove(d, v);
        break;
    }
}

/* What a client sends that does not type needs no room. */
static bool may_take(const struct viewer *v)
{
    return !viewer_types(v) ||
           (!v->after && ring_input_room(v->ring) >= PROTOCOL_MAX);
}

/* It has left, or half closed, and nothing of it waits. As in
 * protocol_receive(), an error comes before what does. A pty is no socket. */
static bool is_done(const struct viewer *v)
{
    char byte;
    ssize_t n;

    do {
        n = recv(v->source.fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);
    } while (n < 0 && errno == ECONNRESET);
    return n == 0;
}

/* Returns false when nothing more can be taken from it now. */
static bool take(struct daemon *d, struct viewer *v)
{
    char bytes[PROTOCOL_MAX + 1];
    ssize_t n;

    if (!may_take(v)) {
        v->input_ended = is_done(v);
        if (v->input_ended && v->kind == VIEWER_CLIENT) {
            viewer_remove(d, v);
        }
        return false;
    }
    if (v->kind == VIEWER_CLIENT) {
        n = protocol_receive(v->source.fd, bytes, NULL, NULL);
    } else {
        do {
            n = read(v->source.fd, bytes, PROTOCOL_MAX);
        } while (n < 0 && errno == EINTR);
    }
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return false;
    }
    if (n <= 0) {
        if (v->kind == VIEWER_PTY) {
            port_pty_closed(d, v);
        } else if (v->kind == VIEWER_STREAM && n == 0) {
            v->input_ended = true;
        } else {
            viewer_remove(d, v);
        }
        return false;
    }
    if (v->kind == VIEWER_CLIENT) {
        obey(d, v, bytes, (size_t)n);
    } else {
        ring_type(v->ring, bytes, (size_t)n);
    }
    return !v->source.dead;
}

void viewer_watch(struct daemon *d, struct viewer *v)
{
    uint32_t interest = EPOLLRDHUP;

    if (v->source.dead) {
        return;
    }
    if (v->away) {
        watch(d, &v->source, 0);
        return;
    }
    if (v->behind) {
        interest |= EPOLLOUT;
    }
    if (v->input_ended) {
        /* Half closed: it still gets output, until it hangs up. */
        interest ^= EPOLLRDHUP | EPOLLERR;
    } else if (may_take(v)) {
        interest |= EPOLLIN;
    } else {
        /* A hang-up cannot be masked, and input may still be to be taken: hear
         * of it once, until there is room. */
        interest = v->behind ? EPOLLOUT : EPOLLRDHUP | EPOLLET;
    }
    watch(d, &v->source, interest);
}

void viewer_event(struct daemon *d, struct viewer *v, uint32_t events)
{
    struct ring *r = v->ring;
    int turns;

    /* On an error too: a peer that left without reading its output causes one,
     * and its input is still there. */
    if (!v->input_ended && (events & ~(uint32_t)EPOLLOUT)) {
        for (turns = 0; turns < TURNS && take(d, v); turns++) {
            ring_serve(d, r, 0);
        }
    }
    if (v->source.dead) {
        return;
    }
    if ((events & (EPOLLHUP | EPOLLERR)) && v->kind == VIEWER_STREAM &&
        v->input_ended) {
        viewer_remove(d, v);
        return;
    }
    viewer_feed(d, v);
    /* It may have held the guest up until now. */
    ring_serve(d, r, 0);
}
