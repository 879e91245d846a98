/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device's side of the connection to the console daemon: a ring page, two
 * doorbells, and a socket over which they are sent to the daemon. The page is
 * made once and outlives daemons: a new one continues where the old one
 * stopped.
 *
 *     link_backend()                       -> vpl011_attach()
 *     VPL011_EVENT_FAR_END                 -> link_ring()
 *     poll() returns, or LINK_RETRY_MS     -> link_serve(), vpl011_data_avail()
 */
#ifndef CONSOLE_LINK_H
#define CONSOLE_LINK_H

#include <poll.h>

#include <vpl011/xencons.h>

#include "protocol.h"

/* [ms] between attempts to reach a daemon. */
#define LINK_RETRY_MS 200

/* How many BREAKs may wait for the guest: a power of two. */
#define LINK_BREAKS 16u

struct link {
    struct vpl011_xencons ring;
    struct vpl011_backend ring_backend;
    /* The BREAKs that wait: the ring's index of the byte that each precedes.
     * link_serve() adds them, and the device takes them in its lock. */
    uint32_t breaks[LINK_BREAKS];
    uint32_t breaks_added;
    uint32_t breaks_taken;
    char name[PROTOCOL_NAME_MAX];
    const char *path;
    void *page;
    int fds[PROTOCOL_FDS];
    int connection;     /* -1: none */
    bool registered;    /* and the daemon took the ring */
    long long retry_ms; /* monotonic: not before */
    char error[160];    /* why there is no daemon, for the operator */
};

/* Make the page and the doorbells. False: link->error says why. */
bool link_init(struct link *link, const char *path, const char *name);

/* Open link->ring again on the page as it is. Returns VPL011_OK, or an error.
 */
int link_open_ring(struct link *link);

/* The ring's backend, which gives the guest the BREAKs of viewers too: to be
 * used in place of vpl011_xencons_backend(). The link must not move. */
int link_backend(struct link *link, struct vpl011_backend *to);

/* Fill in two entries for poll(), and how long to wait [ms]; -1: for ever. */
void link_poll(const struct link *link, struct pollfd fds[2], int *timeout_ms);

/*
 * Look after the connection and answer the doorbell. Returns true if
 * vpl011_data_avail() is to be called: the ring moved, or the daemon came or
 * went. Never blocks.
 */
bool link_serve(struct link *link);

/* Ring the daemon's doorbell. */
void link_ring(const struct link *link);

/* Leave the daemon and free the page; the ring must be in no device. */
void link_free(struct link *link);

#endif
