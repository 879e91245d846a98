/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The client of the console daemon, beside a daemon that sends anything. */
#include <sys/socket.h>

#include "console_parts.h"

#define fprintf drop
#define printf(...) drop(stdout, __VA_ARGS__)
#define main client_main
int client_main(int argc, char **argv);
/* NOLINTBEGIN(bugprone-suspicious-include) */
#include "../../tools/console/client.c"
#include "../../tools/console/list.c"
/* NOLINTEND(bugprone-suspicious-include) */
#undef main

/* Half of the inputs filter, and half begin with a BREAK. */
void fuzz_client(struct input *in)
{
    static struct client c;
    uint8_t how = take_byte(in);
    int pair[2];

    connect_pair(pair);
    c = (struct client){
        .path = "/nowhere",
        .name = "a",
        .fd = pair[0],
        .filters = how & 1,
        .breaks = (how & 2) != 0,
        .break_due = (how & 2) != 0,
        .until_gone = (how & 4) != 0,
        .flags = (how & 8) ? PROTOCOL_ATTACH_READ_ONLY : 0,
    };
    while (in->count > 0 && c.fd >= 0) {
        char packet[PROTOCOL_MAX];
        size_t size = take_packet(in, packet);

        require(send(pair[1], packet, size, MSG_DONTWAIT) == (ssize_t)size,
                "a packet");
        hear(&c);
        require(c.shown_count <= sizeof(c.shown), "what is shown");
        /* The terminal takes it. */
        c.shown_count = 0;
        send_typed(&c);
        while (recv(pair[1], packet, sizeof(packet), MSG_DONTWAIT) > 0) {
            require(packet[0] == PROTOCOL_BREAK, "what it answers");
        }
    }
    if (c.fd >= 0) {
        close(c.fd);
    }
    close(pair[1]);
}

void fuzz_list(struct input *in)
{
    struct entries e = {NULL, 0};
    char packet[PROTOCOL_MAX];
    const char *why;
    int pair[2];
    size_t i;

    connect_pair(pair);
    while (in->count > 0) {
        size_t size = take_packet(in, packet);

        if (send(pair[1], packet, size, MSG_DONTWAIT) < 0) {
            break;
        }
    }
    close(pair[1]);
    why = receive(pair[0], &e);
    close(pair[0]);
    if (!why) {
        table(&e);
        json(&e);
        metrics(&e);
    }
    for (i = 0; i < e.count; i++) {
        (void)place_of(&e, text_of(e.all[i]->field[NAME]));
    }
    forget(&e);
}
