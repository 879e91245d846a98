/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The console's protocol in both directions: any packets to the daemon from
 * clients and devices, and from a daemon to clients and devices.
 *
 *     input: 1 byte, to whom; operations or packets
 *     packet: 1 byte, its size; its bytes
 *
 * At the end all that was opened is closed.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "console_parts.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

void connect_pair(int pair[2])
{
    require(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC,
                       0, pair) == 0,
            "sockets");
}

int drop(FILE *to, const char *format, ...)
{
    char text[8192];
    va_list list;
    int n;

    (void)to;
    va_start(list, format);
    n = vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    return n;
}

/* An empty input may be at NULL, to which nothing may be added. */
static void take(struct input *in, void *to, size_t count)
{
    if (count > 0) {
        memcpy(to, in->bytes, count);
        in->bytes += count;
        in->count -= count;
    }
}

uint8_t take_byte(struct input *in)
{
    uint8_t byte = 0;

    take(in, &byte, in->count > 0 ? 1 : 0);
    return byte;
}

size_t take_packet(struct input *in, char packet[PROTOCOL_MAX])
{
    size_t size = take_byte(in);

    /* The largest stands for all that are longer than an input. */
    if (size == 255) {
        size = PROTOCOL_MAX;
    }
    size += size == 0;
    memset(packet, 'x', size);
    take(in, packet, size < in->count ? size : in->count);
    return size;
}

/* Of the first, which are all that an input may use. */
static unsigned int open_descriptors(void)
{
    unsigned int count = 0;
    int fd;

    for (fd = 0; fd < 128; fd++) {
        count += fcntl(fd, F_GETFD) >= 0;
    }
    return count;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const targets[])(struct input *) = {fuzz_daemon, fuzz_client,
                                                      fuzz_list, fuzz_link};
    static const size_t count = sizeof(targets) / sizeof(targets[0]);
    static bool is_begun;
    struct input in = {data, size};
    unsigned int before;
    size_t i;

    if (!is_begun) {
        /* What stays open is opened by the first of each. */
        is_begun = true;
        for (i = 0; i < count; i++) {
            struct input nothing = {NULL, 0};

            targets[i](&nothing);
        }
    }
    /* A fuzzer opens some between its inputs. */
    before = open_descriptors();
    targets[take_byte(&in) % count](&in);
    require(open_descriptors() == before, "a descriptor is left open");
    return 0;
}
