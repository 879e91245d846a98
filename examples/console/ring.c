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

#include <vpl011/doorbell.h>
#include <vpl011/shm.h>
#include <vpl011/vpl011.h>

#include "daemon.h"

/* Passes for one event, so that a device that never stops sending does not
 * starve the others. */
#define PASSES 8

static size_t bucket_of(const char *name)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (; *name; name++) {
        hash = (hash ^ (uint8_t)*name) * 16777619u;
    }
    return hash % RING_BUCKETS;
}

struct ring *ring_find(struct daemon *d, const char *name)
{
    struct ring *r = d->buckets[bucket_of(name)];

    while (r && strcmp(r->name, name) != 0) {
        r = r->next_in_bucket;
    }
    return r;
}

struct ring *ring_create(struct daemon *d, const char *name)
{
    size_t bucket = bucket_of(name);
    struct ring *r;

    if (d->ring_count >= d->options.max_rings) {
        errno = ENOSPC;
        return NULL;
    }
    r = calloc(1, sizeof(*r));
    if (!r) {
        return NULL;
    }
    r->source = (struct source){.kind = SOURCE_RING, .fd = -1};
    r->port = (struct source){.kind = SOURCE_PORT, .fd = -1};
    r->call = -1;
    memcpy(r->name, name, strlen(name) + 1);
    r->history.max = d->options.scrollback;
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

const char *ring_connect(struct daemon *d, struct ring *r,
                         struct connection *device, int fds[PROTOCOL_FDS])
{
    const char *why = map_page(r, fds);

    close(fds[PROTOCOL_PAGE]);
    if (!why) {
        r->source.fd = fds[PROTOCOL_KICK];
        r->source.interest = 0;
        if (!watch(d, &r->source, EPOLLIN)) {
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
    r->next_of_device = device->rings;
    device->rings = r;
    r->resyncs = 0;
    viewer_tell(r, PROTOCOL_DEVICE, "1");
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

void ring_leave(struct daemon *d, struct ring *r)
{
    if (!r->page) {
        return;
    }
    ring_serve(d, r, VPL011_XENCONS_NOW);
    if (vpl011_xencons_console_detach(&r->console) &
        VPL011_XENCONS_TODO_NOTIFY) {
        (void)vpl011_doorbell_ring(r->call);
    }
}

void ring_disconnect(struct daemon *d, struct ring *r)
{
    ring_leave(d, r);
    watch(d, &r->source, 0);
    close(r->source.fd);
    r->source.fd = -1;
    close(r->call);
    r->call = -1;
    vpl011_shm_unmap(r->page, PROTOCOL_PAGE_SIZE);
    r->page = NULL;
    r->device = NULL;
    /* Discard input that was meant for this guest, not for the next one. */
    r->input_count = 0;
    watch_viewers(d, r);
    viewer_tell(r, PROTOCOL_DEVICE, "0");
}

/*
 * Log
 */

/*
 * The log is opened for each transfer, so that ten thousand logs need no
 * descriptors, and one that was rotated away is begun again without a signal.
 */
static void log_add(struct daemon *d, struct ring *r, const uint8_t *bytes,
                    size_t count)
{
    char path[4096];
    int why = 0;
    ssize_t n = 0;
    int fd;

    if (!d->options.log_dir) {
        return;
    }
    snprintf(path, sizeof(path), "%s/%s.log", d->options.log_dir, r->name);
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW,
              0600);
    if (fd < 0) {
        why = errno;
    } else {
        while (count > 0 && (n = write(fd, bytes, count)) > 0) {
            bytes += n;
            count -= (size_t)n;
        }
        why = count > 0 ? errno : 0;
        close(fd);
    }
    if (why != r->log_error) {
        r->log_error = why;
        if (why) {
            report("%s: log %s: %s; what comes is lost to it", r->name, path,
                   why_text(why));
        } else {
            report("%s: log %s is written again", r->name, path);
        }
    }
}

/*
 * Passes
 */

static void time_at(struct daemon *d, struct ring *r, long long deadline_us)
{
    if (!r->timed) {
        r->timed = true;
        r->deadline_us = deadline_us;
        r->next_timed = d->timed;
        d->timed = r;
    }
}

/*
 * Whether another transfer would overwrite output that a viewer who types has
 * not seen yet. If its terminal is slow the guest is held up, as by a slow
 * line; but a terminal that takes nothing (a forgotten Ctrl-S) holds no guest
 * up for longer than a second.
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

static void feed_viewers(struct daemon *d, struct ring *r)
{
    struct viewer *next;
    struct viewer *v;

    for (v = r->viewers; v; v = next) {
        next = v->next;
        viewer_feed(d, v);
    }
}

/* Returns what is to be done, VPL011_XENCONS_TODO_*. */
static uint32_t pass(struct daemon *d, struct ring *r, uint32_t how)
{
    uint8_t bytes[VPL011_XENCONS_OUT_SIZE];
    uint32_t todo = 0;
    bool held_up = is_held_up(r, clock_us() / 1000);
    size_t n;

    if (!held_up) {
        n = vpl011_xencons_console_read(&r->console, bytes, sizeof(bytes));
        if (n > 0) {
            history_add(&r->history, bytes, n);
            log_add(d, r, bytes, n);
            feed_viewers(d, r);
        }
    }
    todo |= vpl011_xencons_console_publish(&r->console, how);
    if (held_up) {
        todo &= ~VPL011_XENCONS_TODO_MORE;
        time_at(d, r, clock_us() + VIEWER_PATIENCE_MS * 100);
    }
    if (r->input_count > 0) {
        bool was_full = ring_input_room(r) < PROTOCOL_MAX;
        size_t first = RING_INPUT_SIZE - r->input_head;

        n = r->input_count < first ? r->input_count : first;
        n = vpl011_xencons_console_write(&r->console, r->input + r->input_head,
                                         n, &todo);
        r->input_head = (r->input_head + n) % RING_INPUT_SIZE;
        r->input_count -= n;
        if (n > 0 && r->input_count > 0 && !(todo & VPL011_XENCONS_TODO_FULL)) {
            todo |= VPL011_XENCONS_TODO_MORE;
        }
        if (was_full && ring_input_room(r) >= PROTOCOL_MAX) {
            watch_viewers(d, r);
        }
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
        time_at(d, r, 0);
    } else if (todo & VPL011_XENCONS_TODO_HELD) {
        time_at(d, r, clock_us() + VPL011_XENCONS_BATCH_US);
    }
}

int ring_serve_timed(struct daemon *d)
{
    struct ring *due = d->timed;
    long long next = -1;
    long long now;
    struct ring *r;

    if (!due) {
        return -1;
    }
    now = clock_us();
    d->timed = NULL;
    while (due) {
        r = due;
        due = r->next_timed;
        r->timed = false;
        if (r->deadline_us > now) {
            time_at(d, r, r->deadline_us);
        } else {
            ring_serve(d, r, VPL011_XENCONS_NOW);
        }
    }
    for (r = d->timed; r; r = r->next_timed) {
        long long left = r->deadline_us - now;

        left = left > 0 ? (left + 999) / 1000 : 0;
        if (next < 0 || left < next) {
            next = left;
        }
    }
    return (int)next;
}

/*
 * Input
 */

size_t ring_input_room(const struct ring *r)
{
    /* Without a device it is discarded, as on an unplugged line. */
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
