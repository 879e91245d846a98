/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A guest that is a thread, on a console of libvpl011-posix, and its far end.
 */
#ifndef GUEST_THREAD_H
#define GUEST_THREAD_H

#include "support.h"

#include <vpl011/console.h>

#include <pthread.h>
#include <stdatomic.h>

/* [ms] Nothing here takes so long, on whatever machine. */
#define LONG_MS 120000

/* [bytes] More than all queues hold on its way there and back. Where BRIEF is
 * defined a byte takes ten times as long, and only one paste is so long. */
#ifdef BRIEF
#define LONG_PASTE (128u * 1024u)
#define PASTE (32u * 1024u)
#else
#define LONG_PASTE (256u * 1024u)
#define PASTE LONG_PASTE
#endif

/* Typed, it ends echo(). */
#define END_OF_TEXT 4

struct guest {
    struct vpl011_console console;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool line; /* of the interrupt controller */
    bool off;
    pthread_t thread;
    bool runs;
    _Atomic size_t sent;
    uint8_t history[8192];
};

int64_t now_ms(void);
void sleep_ms(long ms);

/* An initialised guest that does not run, and a configuration for it. */
struct vpl011_console_config config_of(struct guest *g);

/* Register accesses. */
uint32_t get(struct guest *g, uint64_t offset);
void put(struct guest *g, uint64_t offset, uint32_t value);
/* Send when there is room; false when the guest is off first. */
bool sends(struct guest *g, uint32_t c);
void has(struct guest *g, const char *text);

/* Programs: they wait for the interrupt and send what they receive, as most
 * drivers, which leave their handler when MIS says that nothing waits, or
 * without reading MIS, so that only a tick ends the device's rest. */
void *echo(void *ctx);
void *echo_by_ticks(void *ctx);

void begin(struct guest *g, void *(*program)(void *));
/* Until the program has ended by itself. */
void await(struct guest *g);
void power_off(struct guest *g);

struct vpl011_console_status status_of(struct guest *g);

/* The n-th byte of a long text whose period is no power of two. */
char nth(size_t n);

/* Bytes from a descriptor, or fewer where none come for ms. */
size_t takes(int fd, char *bytes, size_t count, int ms);
void assert_takes(int fd, const char *text);
void assert_takes_no_more(int fd);
/* Type all of a long text, and read it again, with pauses. */
void types_and_reads(int fd, size_t count, size_t stall_each);

/* Names in a directory that is removed at the end. */
const char *path_of(const char *name);
const char *address_of(const char *name);

void sockets(int fds[2]);
int connect_unix(const char *path);
int connect_tcp(const char *address);
int open_raw(const char *name);
/* A console with a far end of that kind, and a descriptor of its other side. */
int open_pair(struct guest *g, uint32_t end, bool tcp);

#endif
