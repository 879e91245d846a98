/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The daemon, beside clients and devices that send anything. One console, which
 * they do not know the name of, has a device and a viewer that keep to the
 * protocol: after each input the viewer has what its device sends.
 *
 *     operation: 1 byte: 4 bits which connection, 4 bits what
 */
#include <stdarg.h>

#include <vpl011/atomic.h>
#include <vpl011/shm.h>
#include <vpl011/xencons.h>

#include "console_parts.h"

#define main daemon_main
int daemon_main(int argc, char **argv);
/* NOLINTNEXTLINE(bugprone-suspicious-include) */
#include "../../tools/console/consoled.c"
#undef main

#define CONNECTIONS 4u
#define GOOD "kept"

/* What the daemon says goes nowhere. */
void report(const char *format, ...)
{
    char text[8192];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
}

void report_refusal(const char *who, const char *why)
{
    report("%s: %s", who, why);
}

void remark(const char *format, ...)
{
    report("%s", format);
}

const char *why_text(int why)
{
    return strerror(why);
}

static struct daemon d;

/* Until nothing happens any more, or for a while: a device may never be done.
 */
static void settle(void)
{
    unsigned int rounds;
    int wait_ms = 0;
    int n;

    for (rounds = 0; rounds < 16; rounds++) {
        n = round_of(&d, &wait_ms);
        if (n <= 0 && wait_ms != 0) {
            break;
        }
        wait_ms = 0;
    }
}

struct peer {
    int fd; /* -1: none */
    struct vpl011_xencons_page *page;
};

static void hang_up(struct peer *p)
{
    if (p->fd >= 0) {
        close(p->fd);
    }
    vpl011_shm_unmap(p->page, PROTOCOL_PAGE_SIZE);
    *p = (struct peer){.fd = -1};
}

static void call(struct peer *p)
{
    int pair[2];

    hang_up(p);
    connect_pair(pair);
    connection_open(&d, pair[0]);
    p->fd = pair[1];
}

/* Send a packet with a page and doorbells. */
static void give(struct peer *p, const char *packet, size_t size)
{
    int fds[PROTOCOL_FDS];
    void *page = NULL;
    size_t i;

    fds[PROTOCOL_PAGE] = vpl011_shm_create("fuzz", PROTOCOL_PAGE_SIZE);
    fds[PROTOCOL_KICK] = vpl011_doorbell_create();
    fds[PROTOCOL_CALL] = vpl011_doorbell_create();
    require(fds[0] >= 0 && fds[1] >= 0 && fds[2] >= 0 &&
                vpl011_shm_map(fds[PROTOCOL_PAGE], PROTOCOL_PAGE_SIZE, 0,
                               &page) == 0,
            "a page");
    vpl011_shm_unmap(p->page, PROTOCOL_PAGE_SIZE);
    p->page = page;
    (void)protocol_send(p->fd, (enum protocol_type)packet[0], packet + 1,
                        size - 1, fds, PROTOCOL_FDS);
    for (i = 0; i < PROTOCOL_FDS; i++) {
        close(fds[i]);
    }
}

/* Take what the daemon sends: packets that it may send, in their bounds. */
static void hear(struct peer *p)
{
    static const char known[] = "OEDBXSMVIZ";
    char packet[PROTOCOL_MAX + 1];
    ssize_t n;

    while ((n = recv(p->fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
        require(n <= PROTOCOL_MAX && strchr(known, packet[0]), "a packet");
        require(packet[0] != PROTOCOL_DATA || n > 1, "data without any");
        if (packet[0] == PROTOCOL_SAY) {
            for (ssize_t i = 1; i < n; i++) {
                require((unsigned char)packet[i] >= 0x20,
                        "a control character");
            }
        }
    }
    if (n == 0) {
        hang_up(p);
    }
}

static void operate(struct peer *p, uint8_t what, struct input *in)
{
    char packet[PROTOCOL_MAX];
    size_t size;

    if (p->fd < 0 || what == 0) {
        call(p);
    }
    switch (what) {
    case 1:
        hang_up(p);
        break;
    case 2:
        hear(p);
        break;
    case 3:
        size = take_packet(in, packet);
        give(p, packet, size);
        break;
    case 4:
        /* The device writes what it likes, where the daemon looks. */
        if (p->page) {
            uint32_t *index[] = {&p->page->out_prod, &p->page->out_cons,
                                 &p->page->in_prod, &p->page->in_cons};

            vpl011_store_relaxed(index[take_byte(in) % 4], take_byte(in) * 16u);
        }
        break;
    default:
        size = take_packet(in, packet);
        (void)!send(p->fd, packet, size, MSG_DONTWAIT | MSG_NOSIGNAL);
        break;
    }
}

/* The viewer that keeps to the protocol has what its device sends. */
static void check_good(struct peer *device, struct peer *viewer)
{
    static const char text[] = "what the guest sends";
    struct vpl011_xencons_page *page = device->page;
    uint32_t at = vpl011_load_relaxed(&page->out_prod);
    char packet[PROTOCOL_MAX + 1];
    size_t got = 0;
    size_t i;
    ssize_t n;

    for (i = 0; i < sizeof(text); i++) {
        page->out[(at + i) % VPL011_XENCONS_OUT_SIZE] = (uint8_t)text[i];
    }
    vpl011_store_release(&page->out_prod, at + (uint32_t)sizeof(text));
    ring_serve(&d, ring_find(&d, GOOD), VPL011_XENCONS_NOW);
    while ((n = recv(viewer->fd, packet, sizeof(packet), MSG_DONTWAIT)) > 0) {
        if (packet[0] == PROTOCOL_DATA) {
            require(got + (size_t)n - 1 <= sizeof(text) &&
                        memcmp(packet + 1, text + got, (size_t)n - 1) == 0,
                    "what it sees");
            got += (size_t)n - 1;
        }
    }
    require(got == sizeof(text), "it sees all of it");
}

static void begin(void)
{
    static bool is_begun;

    if (is_begun) {
        return;
    }
    is_begun = true;
    d.options.scrollback = 4096;
    d.options.max_rings = 4;
    d.spare = -1;
    d.listener.fd = -1;
    d.epoll = epoll_create1(EPOLL_CLOEXEC);
    require(d.epoll >= 0, "epoll");
    pace_init(&d);
}

void fuzz_daemon(struct input *in)
{
    struct peer peers[CONNECTIONS + 2];
    struct peer *device = &peers[CONNECTIONS];
    struct peer *viewer = &peers[CONNECTIONS + 1];
    size_t i;

    begin();
    for (i = 0; i < CONNECTIONS + 2; i++) {
        peers[i] = (struct peer){.fd = -1};
    }
    call(device);
    give(device, "R" GOOD, sizeof("R" GOOD) - 1);
    call(viewer);
    settle();
    (void)!send(viewer->fd, "A\0" GOOD, sizeof("A\0" GOOD) - 1, 0);
    settle();
    require(d.ring_count == 1 && ring_find(&d, GOOD)->viewers, "a console");
    while (in->count > 0) {
        uint8_t what = take_byte(in);

        operate(&peers[what % CONNECTIONS], (what >> 4) % 8, in);
        settle();
        require(d.ring_count <= d.options.max_rings, "consoles");
    }
    check_good(device, viewer);
    for (i = 0; i < CONNECTIONS + 2; i++) {
        hang_up(&peers[i]);
    }
    settle();
    require(!d.connections, "a connection is left");
    for (i = 0; i < RING_BUCKETS; i++) {
        while (d.buckets[i]) {
            require(!d.buckets[i]->page, "a device is left");
            ring_forget(&d, d.buckets[i]);
        }
    }
    settle();
    require(d.ring_count == 0 && !d.timed && !d.queue, "something is left");
}
