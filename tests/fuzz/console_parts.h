/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The programs of tools/console in parts that a fuzz target can call. Each of
 * console_*.c includes the files of one, because what is called is static
 * there; what they would print is formatted and dropped.
 */
#ifndef FUZZ_CONSOLE_PARTS_H
#define FUZZ_CONSOLE_PARTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "protocol.h"

/* Ends the process where a condition does not hold. */
void require(bool condition, const char *what);

/* A pair of connected sockets as between the programs. */
void connect_pair(int pair[2]);

/* Formats its arguments and prints nothing. */
int drop(FILE *to, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* What is left of the input, and how it is taken. */
struct input {
    const uint8_t *bytes;
    size_t count;
};
uint8_t take_byte(struct input *in);
/* A packet: its size, and its bytes. Returns the size, 1 at least. */
size_t take_packet(struct input *in, char packet[PROTOCOL_MAX]);

/* console_daemon.c: packets of clients and devices to the daemon. */
void fuzz_daemon(struct input *in);
/* console_client.c: packets of the daemon to an attached client; lists. */
void fuzz_client(struct input *in);
void fuzz_list(struct input *in);
/* console_device.c: packets of the daemon to a device. */
void fuzz_link(struct input *in);

#endif
