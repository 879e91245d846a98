/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A guest, an event loop and a console as three threads of one program: the
 * ring between them, eventfds for doorbells, a mutex for the lock ops, and
 * the console's batching timer (docs/notification.md). They wait in poll(), but
 * the guest, which cannot, polls UARTFR.
 */
#ifndef TRIO_H
#define TRIO_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#define TRIO_KEY 0xFFu /* the guest echoes it; its own text holds none */

struct trio_config {
    unsigned int text;    /* the guest sends this many, then echoes */
    unsigned int pace_us; /* one character every so often; 0: at once */
    unsigned int guest_cpu;
    unsigned int console_cpu;
    uint32_t ring_flags; /* VPL011_XENCONS_* */
};

struct trio {
    struct trio_config config;
    struct vpl011_xencons_page *page;
    struct vpl011 uart;
    struct vpl011_xencons ring;
    struct vpl011_xencons_console console;
    pthread_mutex_t lock;
    pthread_t threads[3];
    int to_console;
    int to_device;
    unsigned int events;  /* device to console */
    unsigned int answers; /* console to device */
    unsigned int received;
    unsigned int wrong; /* bytes that are not what was sent */
    unsigned int stop;
    uint64_t first_sent;    /* when the guest began */
    uint64_t last_received; /* when the console had the whole text */
    unsigned int key_wanted;
    uint64_t key_sent;   /* when the console sent a key */
    uint64_t key_echoed; /* when it read it again */
};

uint64_t trio_now_ns(void);

/* The first two processors that may be used; one twice and false if alone. */
bool trio_two_cpus(unsigned int cpus[2]);

/* Pin the calling thread to that processor. */
void trio_run_on(unsigned int cpu);

bool trio_start(struct trio *t, const struct trio_config *config);

/* Wait until the text has arrived; false after a time that only a lost wake-up
 * exceeds. */
bool trio_wait(struct trio *t);

/* End it; returns whether every byte was right. */
bool trio_stop(struct trio *t);

/* One run from start to stop; returns whether all went well. */
bool trio_run(struct trio *t, const struct trio_config *config);

/* Have the console send a key; t->key_echoed is set when it comes back. */
void trio_press_key(struct trio *t);

#endif
