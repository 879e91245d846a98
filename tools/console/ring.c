/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A ring, and its console in the daemon. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <vpl011/atomic.h>
#include <vpl011/doorbell.h>
#include <vpl011/shm.h>
#include <vpl011/vpl011.h>

#include "daemon.h"

/* Passes for one event, so that a device that never stops sending does not
 * starve the others. */
#define PASSES 8

/* [us] until a device whose socket is full is told of a BREAK again. */
#define BREAK_RETRY_US 100000

/* [us] for which a viewer waits for its BREAK before it is told so. */
#define BREAK_PATIENCE_US 5000000

uint32_t hash_of(const char *text)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *text; text++) {
        hash = (hash ^ (uint8_t)*text) * 16777619u;
    }
    return hash;
}

static size_t bucket_of(const char *name)
{
    return hash_of(name) % RING_BUCKETS;
}

struct ring *ring_find(struct daemon *d, const char *name)
{
    struct ring *r = d->buckets[bucket_of(name)];

    while (r && strcmp(r->name, name) != 0) {
        r = r->next_in_bucket;
    }
    return r;
}

/* Whether nobody needs it any more: no device, nobody who looks. */
static bool is_idle(const struct ring *r)
{
    const struct viewer *v;

    for (v = r->viewers; v; v = v->next) {
        if (!v->away) {
            return false;
        }
    }
    return !r->page && log_is_idle(&r->log);
}

void ring_forget(struct daemon *d, struct ring *r)
{
    struct ring **at = &d->buckets[bucket_of(r->name)];

    while (*at != r) {
        at = &(*at)->next_in_bucket;
    }
    *at = r->next_in_bucket;
    d->ring_count--;
    at = &d->unlogged;
    while (*at) {
        if (*at == r) {
            *at = r->next_unlogged;
        } else {
            at = &(*at)->next_unlogged;
        }
    }
    pace_end(d, r);
    port_close(d, r);
    while (r->viewers) {
        viewer_remove(d, r->viewers);
    }
    /* It is freed with its first source; events of the other may be due. */
    watch(d, &r->port, 0);
    if (r->port.fd >= 0) {
        close(r->port.fd);
    }
    r->port.dead = true;
    history_free(&r->history);
    log_free(&r->log);
    free(r->input);
    bury(d, &r->source);
}

/* Make room: forget the console whose device went first. */
static void forget_oldest(struct daemon *d)
{
    struct ring *oldest = NULL;
    struct ring *r;
    size_t i;

    for (i = 0; i < RING_BUCKETS; i++) {
        for (r = d->buckets[i]; r; r = r->next_in_bucket) {
            if (is_idle(r) && (!oldest || r->gone_us < oldest->gone_us)) {
                oldest = r;
            }
        }
    }
    if (oldest) {
        if (d->options.verbose) {
            remark("%s: forgotten", oldest->name);
        }
        ring_forget(d, oldest);
    }
}

struct ring *ring_create(struct daemon *d, const char *name)
{
    size_t bucket = bucket_of(name);
    struct ring *r;

    if (d->ring_count >= d->options.max_rings) {
        forget_oldest(d);
    }
    if (d->ring_count >= d->options.max_rings) {
        errno = ENOSPC;
        return NULL;
    }
    r = calloc(1, sizeof(*r));
    if (!r || !log_begin(&r->log, name)) {
        free(r);
        errno = ENOMEM;
        return NULL;
    }
    r->source = (struct source){.kind = SOURCE_RING, .fd = -1};
    r->port = (struct source){.kind = SOURCE_PORT, .fd = -1};
    r->call = -1;
    memcpy(r->name, name, strlen(name) + 1);
    r->history.max = d->options.scrollback;
    pace_begin(d, r);
    r->next_in_bucket = d->buckets[bucket];
    d->buckets[bucket] = r;
    d->ring_count++;
    port_open(d, r);
    return r;
}

/*
 * Device
 */

static const char *map_page(struct ring *r, int fds[PROTOCOL_FDS])
{
    int err;

    err = vpl011_shm_map(fds[PROTOCOL_PAGE], PROTOCOL_PAGE_SIZE,
                         VPL011_SHM_SEALED, &r->page);
    if (err == VPL011_ERR_UNSUPPORTED) {
        return "the page is not sealed against shrinking";
    }
    if (err == VPL011_ERR_SIZE) {
        return "the page is smaller than 4096 bytes";
    }
    if (err) {
        return why_text(errno);
    }
    if (vpl011_doorbell_adopt(fds[PROTOCOL_KICK]) != VPL011_OK ||
        vpl011_doorbell_adopt(fds[PROTOCOL_CALL]) != VPL011_OK) {
        return "a doorbell is not an eventfd";
    }
    err = vpl011_xencons_console_attach(
        &r->console, r->page, PROTOCOL_PAGE_SIZE, VPL011_XENCONS_CONNECTION);
    return err < 0 ? vpl011_strerror(err) : NULL;
}

static void feed_viewers(struct daemon *d, struct ring *r)
{
    struct viewer *next;
    struct viewer *v;

    for (v = r->viewers; v; v = next) {
        next = v->next;
        viewer_feed(d, v);
    }
}

const char *ring_connect(struct daemon *d, struct ring *r,
                         struct connection *device, int fds[PROTOCOL_FDS],
                         bool takes_break)
{
    const char *why = map_page(r, fds);

    close(fds[PROTOCOL_PAGE]);
    if (!why) {
        r->source.fd = fds[PROTOCOL_KICK];
        r->source.interest = 0;
        /* Each ring is heard of once: what a device has made a semaphore of is
         * still rung when it was answered. */
        if (!watch(d, &r->source, EPOLLIN | EPOLLET)) {
            why = why_text(errno);
            vpl011_xencons_console_detach(&r->console);
            r->source.fd = -1;
        }
    }
    if (why) {
        close(fds[PROTOCOL_KICK]);
        close(fds[PROTOCOL_CALL]);
        vpl011_shm_unmap(r->page, PROTOCOL_PAGE_SIZE);
        r->page = NULL;
        return why;
    }
    r->call = fds[PROTOCOL_CALL];
    r->device = device;
    r->takes_break = takes_break;
    r->next_of_device = device->rings;
    device->rings = r;
    r->resyncs = 0;
    feed_viewers(d, r);
    /* Output may have waited, and the device may wait for room. */
    ring_serve(d, r, VPL011_XENCONS_NOW);
    (void)vpl011_doorbell_ring(r->call);
    return NULL;
}

/* There is room again for what viewers type. */
static void watch_viewers(struct daemon *d, struct ring *r)
{
    struct viewer *v;

    for (v = r->viewers; v; v = v->next) {
        viewer_watch(d, v);
    }
}

void ring_leave(struct ring *r)
{
    if (!r->page) {
        return;
    }
    if (vpl011_xencons_console_detach(&r->console) &
        VPL011_XENCONS_TODO_NOTIFY) {
        (void)vpl011_doorbell_ring(r->call);
    }
}

void ring_disconnect(struct daemon *d, struct ring *r)
{
    struct viewer *v;

    r->leaving = true;
    ring_serve(d, r, VPL011_XENCONS_NOW);
    r->leaving = false;
    for (v = r->viewers; v; v = v->next) {
        viewer_end(v);
    }
    ring_leave(r);
    watch(d, &r->source, 0);
    close(r->source.fd);
    r->source.fd = -1;
    close(r->call);
    r->call = -1;
    vpl011_shm_unmap(r->page, PROTOCOL_PAGE_SIZE);
    r->page = NULL;
    r->device = NULL;
    r->gone_us = clock_us();
    /* Discard input that was meant for this guest, not for the next one. */
    r->input_count = 0;
    r->breaks = BREAK_NONE;
    r->breaker = NULL;
    feed_viewers(d, r);
}

/*
 * Passes
 */

/*
 * Whether another transfer would overwrite output that a viewer who types has
 * not seen yet. If its terminal is slow the guest is held up, as by a slow
 * serial line; but a terminal that takes nothing (a forgotten Ctrl-S) holds no
 * guest up for longer than a second.
 */
static bool is_held_up(const struct ring *r, long long now_ms)
{
    const struct viewer *v;

    for (v = r->viewers; v; v = v->next) {
        if (viewer_types(v) && v->behind &&
            r->history.end - v->position + VPL011_XENCONS_OUT_SIZE >
                r->history.max &&
            now_ms - v->progress_ms < VIEWER_PATIENCE_MS) {
            return true;
        }
    }
    return false;
}

/*
 * What was read is given back once it is in the log, so that a daemon that is
 * killed loses nothing. A disk that writes nothing is not waited for.
 */
static uint32_t publish(struct daemon *d, struct ring *r, uint32_t how)
{
    if (!log_wait(&r->log)) {
        return vpl011_xencons_console_publish(&r->console, how);
    }
    if (!r->unlogged) {
        r->unlogged = true;
        r->next_unlogged = d->unlogged;
        d->unlogged = r;
    }
    /* The device does not ring meanwhile. */
    return VPL011_XENCONS_TODO_HELD;
}

void ring_serve_logged(struct daemon *d)
{
    struct ring *r = d->unlogged;

    d->unlogged = NULL;
    while (r) {
        struct ring *next = r->next_unlogged;

        r->unlogged = false;
        ring_serve(d, r, 0);
        r = next;
    }
}

/* All that was typed before is in the ring: tell the device behind which byte
 * the BREAK comes. */
static void send_break(struct daemon *d, struct ring *r, long long now_us)
{
    const struct vpl011_xencons_page *page = r->page;
    char text[PROTOCOL_NAME_MAX + 16];
    int n = snprintf(text, sizeof(text), "%s %lu", r->name,
                     (unsigned long)vpl011_load_relaxed(&page->in_prod));

    if (protocol_send(r->device->source.fd, PROTOCOL_BREAK, text, (size_t)n,
                      NULL, 0)) {
        r->breaks = BREAK_SENT;
    } else {
        pace_at(d, r, now_us + BREAK_RETRY_US);
    }
}

/* A guest may take no input, and a device may never answer. */
static void wait_for_break(struct daemon *d, struct ring *r, long long now_us)
{
    struct viewer *v = r->breaker;

    if (now_us < r->break_until_us) {
        pace_at(d, r, r->break_until_us);
    } else {
        r->breaker = NULL;
        viewer_answer(d, v,
                      "the device has not taken it within 5 s; it still may");
    }
}

/* Returns what is to be done, VPL011_XENCONS_TODO_*. */
static uint32_t pass(struct daemon *d, struct ring *r, uint32_t how)
{
    uint8_t bytes[VPL011_XENCONS_OUT_SIZE];
    uint32_t todo = 0;
    long long now = clock_us();
    bool held_up = is_held_up(r, now / 1000);
    bool rests = false;
    size_t n;

    if (!held_up) {
        n = vpl011_xencons_console_read(&r->console, bytes,
                                        pace_room(d, r, now));
        n = pace_take(d, r, n, now);
        if (n > 0) {
            history_add(&r->history, bytes, n);
            log_add(&r->log, bytes, n);
            feed_viewers(d, r);
        }
        rests =
            pace_rest(d, r, vpl011_xencons_console_waiting(&r->console), now);
        pace_measure(r, now);
    }
    todo |= publish(d, r, rests ? VPL011_XENCONS_NOW : how);
    if (held_up) {
        pace_at(d, r, now + VIEWER_PATIENCE_MS * 100);
    }
    if (held_up || rests) {
        todo &= ~VPL011_XENCONS_TODO_MORE;
    }
    if (r->input_count > 0) {
        bool was_full = ring_input_room(r) < PROTOCOL_MAX;
        size_t first = RING_INPUT_SIZE - r->input_head;

        n = r->input_count < first ? r->input_count : first;
        n = vpl011_xencons_console_write(&r->console, r->input + r->input_head,
                                         n, &todo);
        r->input_head = (r->input_head + n) % RING_INPUT_SIZE;
        r->input_count -= n;
        r->typed += n;
        if (n > 0 && r->input_count > 0 && !(todo & VPL011_XENCONS_TODO_FULL)) {
            todo |= VPL011_XENCONS_TODO_MORE;
        }
        if (was_full && ring_input_room(r) >= PROTOCOL_MAX) {
            watch_viewers(d, r);
        }
    }
    if (r->breaks == BREAK_WANTED && r->input_count == 0) {
        send_break(d, r, now);
    }
    if (r->breaker) {
        wait_for_break(d, r, now);
    }
    return todo;
}

void ring_serve(struct daemon *d, struct ring *r, uint32_t how)
{
    uint32_t todo = 0;
    int i;

    if (!r->page) {
        return;
    }
    for (i = 0; i < PASSES; i++) {
        todo = pass(d, r, how);
        if (todo & VPL011_XENCONS_TODO_NOTIFY) {
            (void)vpl011_doorbell_ring(r->call);
        }
        if (todo & VPL011_XENCONS_TODO_RESYNC) {
            if (r->resyncs++ == 0) {
                report("%s: the device's indices are no ring's: begun again "
                       "empty",
                       r->name);
            }
            vpl011_xencons_console_resync(&r->console);
            (void)vpl011_doorbell_ring(r->call);
            return;
        }
        if (!(todo & VPL011_XENCONS_TODO_MORE)) {
            break;
        }
    }
    if (todo & VPL011_XENCONS_TODO_MORE) {
        pace_at(d, r, 0);
    } else if (todo & VPL011_XENCONS_TODO_HELD) {
        pace_at(d, r, clock_us() + VPL011_XENCONS_BATCH_US);
    }
}

/*
 * Input
 */

size_t ring_input_room(const struct ring *r)
{
    if (r->breaks != BREAK_NONE) {
        return 0;
    }
    /* Without a device it is discarded, as on a serial line that is unplugged.
     */
    return r->page ? RING_INPUT_SIZE - r->input_count : RING_INPUT_SIZE;
}

void ring_type(struct ring *r, const void *bytes, size_t count)
{
    const uint8_t *from = bytes;

    if (!r->page) {
        return;
    }
    if (!r->input) {
        r->input = malloc(RING_INPUT_SIZE);
        if (!r->input) {
            return;
        }
    }
    while (count > 0 && r->input_count < RING_INPUT_SIZE) {
        size_t to = (r->input_head + r->input_count) % RING_INPUT_SIZE;

        r->input[to] = *from++;
        r->input_count++;
        count--;
    }
}

const char *ring_break(struct ring *r, struct viewer *from)
{
    if (!r->page) {
        return "the device is not there";
    }
    if (!r->takes_break) {
        return "the device does not know it";
    }
    r->breaks = BREAK_WANTED;
    r->breaker = from;
    r->break_until_us = clock_us() + BREAK_PATIENCE_US;
    return NULL;
}

void ring_break_taken(struct daemon *d, struct ring *r, bool lost)
{
    if (r->breaks != BREAK_SENT) {
        return;
    }
    if (!lost) {
        r->broken++;
    } else {
        r->breaks_lost++;
        if (r->breaker) {
            viewer_answer(d, r->breaker, "the device has no room for another");
        }
    }
    r->breaks = BREAK_NONE;
    r->breaker = NULL;
    watch_viewers(d, r);
}
