/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A device's connection, beside a daemon that sends anything and writes
 * anything to the indices of the page. */
#include <sys/socket.h>
#include <unistd.h>

#include <vpl011/vpl011.h>

#include "console_parts.h"
#include "link.h"

/* A guest reads as long as something waits: each BREAK comes at most once. */
static void read_all(struct link *l, const struct vpl011_backend *b)
{
    struct vpl011_backend_status status = {0};
    unsigned int breaks = 0;
    unsigned int turns;
    uint32_t events = 0;

    for (turns = 0; turns < 200; turns++) {
        uint8_t bytes[32];
        size_t count = 1 + turns % sizeof(bytes);
        size_t n;

        events = 0;
        n = b->read(b->ctx, bytes, count, &events);
        breaks += (events & VPL011_BACKEND_BREAK) != 0;
        require(n <= count, "more than was asked for");
        require(!(events & VPL011_BACKEND_BREAK) || n < count,
                "a BREAK without a place");
        if (n == 0 && !(events & VPL011_BACKEND_BREAK)) {
            break;
        }
    }
    require(breaks <= LINK_BREAKS, "more BREAKs than are kept");
    b->poll(b->ctx, &status, &events);
    require(turns == 200 || l->breaks_added == l->breaks_taken ||
                status.waiting > 0,
            "a BREAK is forgotten");
}

void fuzz_link(struct input *in)
{
    static struct link l;
    static struct vpl011_xencons_page *page;
    struct vpl011_backend backend;
    int pair[2];

    if (!page) {
        require(link_init(&l, "/nowhere", "a"), "link");
        page = l.page;
    }
    page->in_prod = 0;
    page->in_cons = 0;
    page->out_prod = 0;
    page->out_cons = 0;
    require(link_open_ring(&l) == 0 && link_backend(&l, &backend) == 0, "ring");
    l.breaks_added = 0;
    l.breaks_taken = 0;
    l.registered = false;
    connect_pair(pair);
    l.connection = pair[0];
    while (in->count > 0 && l.connection >= 0) {
        char packet[PROTOCOL_MAX];
        size_t size = take_packet(in, packet);

        /* Not a packet: how far the input of the guest is. */
        if (packet[0] == '+') {
            page->in_prod += (uint8_t)packet[size - 1];
        } else if (packet[0] == '!') {
            page->in_cons = (uint8_t)packet[size - 1];
        } else {
            require(send(pair[1], packet, size, MSG_DONTWAIT) == (ssize_t)size,
                    "a packet");
        }
        (void)link_serve(&l);
        require(l.breaks_added - l.breaks_taken <= LINK_BREAKS, "BREAKs");
        if (size & 1) {
            read_all(&l, &backend);
        }
        while (recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT) > 0) {
            require(packet[0] == PROTOCOL_BREAK && packet[1] == 'a',
                    "what it answers");
        }
    }
    if (l.connection >= 0) {
        close(l.connection);
    }
    l.connection = -1;
    close(pair[1]);
}
