/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Listening sockets by address: "unix:PATH", "tcp:HOST:PORT". */
#ifndef VPL011_POSIX_LISTENER_H
#define VPL011_POSIX_LISTENER_H

#include <stddef.h>
#include <stdint.h>

/* Identifies the file of a Unix socket, so that no other is removed. */
struct listener_file {
    uint64_t device;
    uint64_t inode;
};

/*
 * Listen there. Returns a descriptor that does not block and is closed on exec,
 * and in `found` the address with the actual port; or an error of the library.
 */
int vpl011_listener_open_(const char *address, char *found, size_t found_size,
                          struct listener_file *file);

/* Remove a Unix socket, if the file of that name is still the same. */
void vpl011_listener_remove_(const char *address,
                             const struct listener_file *file);

#endif
