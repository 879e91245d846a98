/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A guest's own console driver, without a UART, over a page as Xen's header has
 * it: what comes is sent back. It signals whenever it moved something, as Xen's
 * protocol says, and knows no `connection`. Until standard input ends.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <xen/io/console.h>

#include <vpl011/doorbell.h>
#include <vpl011/shm.h>

#include "protocol.h"

static void die(const char *what)
{
    printf("error: %s\n", what);
    exit(1);
}

/* Returns whether something moved. */
static bool echo(struct xencons_interface *page)
{
    XENCONS_RING_IDX in_prod =
        __atomic_load_n(&page->in_prod, __ATOMIC_ACQUIRE);
    XENCONS_RING_IDX out_cons =
        __atomic_load_n(&page->out_cons, __ATOMIC_ACQUIRE);
    XENCONS_RING_IDX in_cons = page->in_cons;
    XENCONS_RING_IDX out_prod = page->out_prod;
    bool moved = false;

    while (in_cons != in_prod && out_prod - out_cons < sizeof(page->out)) {
        page->out[MASK_XENCONS_IDX(out_prod++, page->out)] =
            page->in[MASK_XENCONS_IDX(in_cons++, page->in)];
        moved = true;
    }
    __atomic_store_n(&page->out_prod, out_prod, __ATOMIC_SEQ_CST);
    __atomic_store_n(&page->in_cons, in_cons, __ATOMIC_SEQ_CST);
    return moved;
}

int main(int argc, char **argv)
{
    enum { CALL, DAEMON, INPUT, WAITED };
    struct pollfd waits[WAITED];
    int fds[PROTOCOL_FDS];
    void *page;

    setvbuf(stdout, NULL, _IOLBF, 0);
    if (argc != 3) {
        die("usage: xen_front SOCKET NAME");
    }
    fds[PROTOCOL_PAGE] = vpl011_shm_create(argv[2], PROTOCOL_PAGE_SIZE);
    fds[PROTOCOL_KICK] = vpl011_doorbell_create();
    fds[PROTOCOL_CALL] = vpl011_doorbell_create();
    waits[CALL] = (struct pollfd){.fd = fds[PROTOCOL_CALL], .events = POLLIN};
    waits[DAEMON] =
        (struct pollfd){.fd = protocol_connect(argv[1]), .events = POLLIN};
    waits[INPUT] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    if (vpl011_shm_map(fds[PROTOCOL_PAGE], PROTOCOL_PAGE_SIZE, 0, &page) < 0 ||
        !protocol_send(waits[DAEMON].fd, PROTOCOL_REGISTER, argv[2],
                       strlen(argv[2]), fds, PROTOCOL_FDS)) {
        die(strerror(errno));
    }
    while (poll(waits, WAITED, -1) >= 0 && !waits[INPUT].revents) {
        char answer[PROTOCOL_MAX + 1];

        if (waits[DAEMON].revents) {
            if (protocol_receive(waits[DAEMON].fd, answer, NULL, NULL) <= 0) {
                die("the daemon went away");
            }
            printf("%s\n", answer[0] == PROTOCOL_OK ? "registered" : answer);
        }
        (void)vpl011_doorbell_take(fds[PROTOCOL_CALL]);
        if (echo(page)) {
            (void)vpl011_doorbell_ring(fds[PROTOCOL_KICK]);
        }
    }
    return 0;
}
