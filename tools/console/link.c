/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vpl011/atomic.h>
#include <vpl011/doorbell.h>
#include <vpl011/shm.h>
#include <vpl011/vpl011.h>

#include "link.h"

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int link_open_ring(struct link *l)
{
    struct vpl011_xencons_config config = {.flags = VPL011_XENCONS_CONNECTION};

    return vpl011_xencons_init(&l->ring, l->page, PROTOCOL_PAGE_SIZE, &config);
}

/*
 * BREAK
 */

/* The ring is its backend's context. */
static struct link *link_of(void *ctx)
{
    return (struct link *)(void *)((char *)ctx - offsetof(struct link, ring));
}

static bool break_waits(const struct link *l)
{
    return vpl011_load_acquire(&l->breaks_added) != l->breaks_taken;
}

/* Read as far as the next BREAK, and then give that. */
static size_t read_with_breaks(void *ctx, uint8_t *bytes, size_t count,
                               uint32_t *events)
{
    struct link *l = link_of(ctx);
    const struct vpl011_xencons_page *page = l->page;
    uint32_t before;
    size_t got = 0;

    if (!break_waits(l)) {
        return l->ring_backend.read(ctx, bytes, count, events);
    }
    before = l->breaks[l->breaks_taken % LINK_BREAKS] -
             vpl011_load_relaxed(&page->in_cons);
    if (before > VPL011_XENCONS_IN_SIZE) {
        /* What it followed was lost in a resync. */
        before = 0;
    }
    if (before > 0) {
        got = l->ring_backend.read(ctx, bytes, before < count ? before : count,
                                   events);
    }
    if (got == before && got < count) {
        *events |= VPL011_BACKEND_BREAK;
        vpl011_store_release(&l->breaks_taken, l->breaks_taken + 1);
    }
    return got;
}

static void poll_with_breaks(void *ctx, struct vpl011_backend_status *status,
                             uint32_t *events)
{
    struct link *l = link_of(ctx);

    l->ring_backend.poll(ctx, status, events);
    status->waiting += break_waits(l) ? 1 : 0;
}

int link_backend(struct link *l, struct vpl011_backend *to)
{
    int err = vpl011_xencons_backend(&l->ring, to);

    if (!err) {
        l->ring_backend = *to;
        to->read = read_with_breaks;
        to->poll = poll_with_breaks;
    }
    return err;
}

bool link_init(struct link *l, const char *path, const char *name)
{
    struct vpl011_xencons_page *page;
    int err;

    memset(l, 0, sizeof(*l));
    l->path = path;
    l->connection = -1;
    if (!protocol_is_name(name)) {
        snprintf(l->error, sizeof(l->error),
                 "\"%.70s\" is no console name: up to %d letters, digits, "
                 "\"._:-\"",
                 name, PROTOCOL_NAME_MAX - 1);
        return false;
    }
    memcpy(l->name, name, strlen(name) + 1);
    l->fds[PROTOCOL_PAGE] = vpl011_shm_create(name, PROTOCOL_PAGE_SIZE);
    l->fds[PROTOCOL_KICK] = vpl011_doorbell_create();
    l->fds[PROTOCOL_CALL] = vpl011_doorbell_create();
    if (l->fds[PROTOCOL_PAGE] < 0 || l->fds[PROTOCOL_KICK] < 0 ||
        l->fds[PROTOCOL_CALL] < 0 ||
        vpl011_shm_map(l->fds[PROTOCOL_PAGE], PROTOCOL_PAGE_SIZE, 0, &l->page) <
            0) {
        snprintf(l->error, sizeof(l->error), "no ring page or doorbells: %s",
                 strerror(errno));
        link_free(l);
        return false;
    }
    page = l->page;
    page->connection = VPL011_XENCONS_DISCONNECTED;
    err = link_open_ring(l);
    if (err < 0) {
        snprintf(l->error, sizeof(l->error), "%s", vpl011_strerror(err));
        link_free(l);
        return false;
    }
    vpl011_xencons_set_attached(&l->ring, false);
    return true;
}

/* Mark the ring page as not served, because a daemon that was killed could not
 * do so. */
static void disconnect(struct link *l, const char *why)
{
    if (l->connection >= 0) {
        close(l->connection);
    }
    l->connection = -1;
    l->registered = false;
    l->retry_ms = now_ms() + LINK_RETRY_MS;
    /* What a daemon says may be longer. */
    snprintf(l->error, sizeof(l->error), "%.*s", (int)sizeof(l->error) - 1,
             why);
    vpl011_xencons_set_attached(&l->ring, false);
}

static void reconnect(struct link *l)
{
    char request[PROTOCOL_NAME_MAX + 1];
    size_t length = strlen(l->name) + 1;

    if (now_ms() < l->retry_ms) {
        return;
    }
    memcpy(request, l->name, length);
    request[length] = PROTOCOL_BREAK;
    l->connection = protocol_connect(l->path);
    if (l->connection < 0 ||
        !protocol_send(l->connection, PROTOCOL_REGISTER, request, length + 1,
                       l->fds, PROTOCOL_FDS)) {
        disconnect(l, errno == EPERM ? "the console daemon belongs to another "
                                       "user"
                                     : strerror(errno));
    }
}

/* The daemon holds what was typed after a BREAK back until this answers, so
 * that it cannot overtake the BREAK. Returns true if there is one more, or the
 * daemon went. */
static bool take_break(struct link *l, const char *text)
{
    size_t length = strlen(l->name);
    uint32_t added = l->breaks_added;
    bool room = added - vpl011_load_acquire(&l->breaks_taken) < LINK_BREAKS;
    char answer[PROTOCOL_NAME_MAX + 1];

    if (strncmp(text, l->name, length) != 0 || text[length] != ' ') {
        return false;
    }
    if (room) {
        l->breaks[added % LINK_BREAKS] =
            (uint32_t)strtoul(text + length + 1, NULL, 10);
        vpl011_store_release(&l->breaks_added, added + 1);
    }
    memcpy(answer, l->name, length + 1);
    answer[length + 1] = PROTOCOL_BREAK_LOST;
    if (!protocol_send(l->connection, PROTOCOL_BREAK, answer,
                       room ? length : length + 2, NULL, 0)) {
        /* It would wait for ever. */
        disconnect(l, strerror(errno));
        return true;
    }
    return room;
}

/* True if the daemon came or went. */
static bool hear(struct link *l)
{
    char message[PROTOCOL_MAX + 1];
    ssize_t n = protocol_receive(l->connection, message, NULL, NULL);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return false;
    }
    if (n <= 0) {
        disconnect(l, "the console daemon went away");
        return true;
    }
    if (message[0] == PROTOCOL_OK && !l->registered) {
        l->registered = true;
        l->error[0] = '\0';
        vpl011_xencons_set_attached(&l->ring, true);
        link_ring(l);
        return true;
    }
    if (message[0] == PROTOCOL_ERROR) {
        disconnect(l, message + 1);
        return true;
    }
    return message[0] == PROTOCOL_BREAK && take_break(l, message + 1);
}

void link_poll(const struct link *l, struct pollfd fds[2], int *timeout_ms)
{
    long long left = l->retry_ms - now_ms();

    fds[0] = (struct pollfd){.fd = l->fds[PROTOCOL_CALL], .events = POLLIN};
    fds[1] = (struct pollfd){.fd = l->connection, .events = POLLIN};
    *timeout_ms = -1;
    if (l->connection < 0) {
        *timeout_ms = left > 0 ? (int)left : 0;
    }
}

bool link_serve(struct link *l)
{
    bool moved = vpl011_doorbell_take(l->fds[PROTOCOL_CALL]) == 1;

    if (l->connection < 0) {
        reconnect(l);
    }
    if (l->connection >= 0) {
        moved |= hear(l);
    }
    return moved;
}

void link_ring(const struct link *l)
{
    (void)vpl011_doorbell_ring(l->fds[PROTOCOL_KICK]);
}

void link_free(struct link *l)
{
    size_t i;

    if (l->connection >= 0) {
        close(l->connection);
        l->connection = -1;
    }
    for (i = 0; i < PROTOCOL_FDS; i++) {
        if (l->fds[i] >= 0) {
            close(l->fds[i]);
            l->fds[i] = -1;
        }
    }
    vpl011_shm_unmap(l->page, PROTOCOL_PAGE_SIZE);
    l->page = NULL;
}
