/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link.h"
#include "move.h"
#include "ringside.h"

/* [ms] How long a waiting guest is not run: its own clock continues. */
#define WAIT_MAX 16

/* Say once what changed. */
static void report(const struct link *l, const struct options *o, char *last,
                   size_t size)
{
    const char *now = l->registered ? "the console is there" : l->error;

    if (*now && strcmp(last, now) != 0) {
        snprintf(last, size, "%s", now);
        if (!o->quiet) {
            fprintf(stderr, "uboot: %s: %s\n", o->ring, now);
        }
    }
}

/* Answer the UART's events. */
static void answer(struct board *b, const struct link *l)
{
    uint32_t events = b->events;

    b->events = 0;
    if (events & (VPL011_EVENT_REFILL | VPL011_EVENT_TICK)) {
        b->events = events & VPL011_EVENT_TICK;
        board_serve(b);
        events |= b->events;
    }
    if (events & VPL011_EVENT_FAR_END) {
        link_ring(l);
    }
}

int ringside_run(struct board *b, const struct options *o)
{
    static struct link link;
    struct vpl011_backend backend;
    char last[sizeof(link.error)] = "";

    if (!link_init(&link, o->ring, o->name)) {
        fprintf(stderr, "uboot: --ring: %s\n", link.error);
        return EXIT_FAILURE;
    }
    (void)link_backend(&link, &backend);
    (void)vpl011_attach(&b->uart, &backend);
    while (b->state == BOARD_RUNNING) {
        struct pollfd fds[2];
        int wait_ms;

        board_run(b);
        if (o->moves && move_is_due(b)) {
            if (!move_beside_page(b, &link)) {
                break;
            }
            vpl011_xencons_set_attached(&link.ring, link.registered);
        }
        answer(b, &link);
        link_poll(&link, fds, &wait_ms);
        wait_ms = wait_ms < 0 || wait_ms > WAIT_MAX ? WAIT_MAX : wait_ms;
        if (poll(fds, 2, board_waits(b) ? wait_ms : 0) > 0 ||
            link.connection < 0) {
            if (link_serve(&link)) {
                board_serve(b);
            }
        }
        report(&link, o, last, sizeof(last));
        if (b->state == BOARD_RESET) {
            (void)board_reset(b);
        }
    }
    (void)vpl011_attach(&b->uart, NULL);
    if (b->state == BOARD_FAULT) {
        fprintf(stderr, "uboot: %s\n", b->fault);
    }
    link_ring(&link);
    link_free(&link);
    return b->state == BOARD_FAULT ? EXIT_FAILURE : EXIT_SUCCESS;
}
