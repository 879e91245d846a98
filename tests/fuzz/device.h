/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Shared by the files of the device target: one device with everything around
 * it. Each call of the device is between enter() and leave(), so that a
 * callback outside a call is noticed, and one too many.
 */
#ifndef TESTS_FUZZ_DEVICE_H
#define TESTS_FUZZ_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/state.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

struct input {
    const uint8_t *data;
    size_t size;
    size_t at;
};

enum kind { KIND_NONE, KIND_FIFO, KIND_RING, KIND_SCRIPT, KINDS };

/* What a FIFO is to hold, oldest first. */
struct queue {
    uint8_t bytes[128];
    size_t count;
};

/* What was called since the device was entered. */
struct calls {
    int irq;
    int pending;
    int notify;
    int mistakes;
    int locks;
    int unlocks;
    int writes;
    int reads;
    int polls;
    int breaks;
    int drops;
};

#define ASKS_FOR_INPUT (VPL011_EVENT_REFILL | VPL011_EVENT_TICK)
#define EVENTS \
    (ASKS_FOR_INPUT | VPL011_EVENT_FAR_END | VPL011_EVENT_LINE | \
     VPL011_EVENT_ROOM)

struct world {
    struct vpl011_config config;
    struct vpl011_ops ops;
    struct vpl011 *dev;
    struct vpl011 twin; /* loads what the device saves */

    /* The far end. The device sees `inner` through the recording backend. */
    enum kind kind;
    struct vpl011_backend inner;
    struct vpl011_fifo fifo;
    uint8_t *fifo_in;
    uint8_t *fifo_out;
    size_t fifo_size; /* of each */
    struct queue sent;
    struct queue typed;
    struct vpl011_xencons ring;
    struct vpl011_xencons_console console;
    void *page;
    size_t page_size;
    uint32_t ring_flags;
    struct {
        uint8_t take;
        uint8_t give;
        uint8_t how;
    } script;

    /* What is being watched. */
    struct calls calls;
    bool entered;
    bool in_callback;
    bool locked;
    bool loading;
    bool touchy;   /* callbacks try to call the device */
    bool move;     /* the device moves between calls */
    uint32_t told; /* by irq */
    uint64_t written;
    bool polled;   /* the poll that decides about REFILL was seen */
    bool waits;    /* and said that input waits */
    bool refilled; /* and the device asked for it, now or in a millisecond */
    bool ticks;    /* it asked for a tick, which did not come yet */
};

struct world_setup {
    uint32_t shape;
    uint32_t flags;
    uint32_t policies;
    uint32_t ops;
    uint32_t backend;
};

void require(bool condition, const char *what);

bool world_init(struct world *w, const struct world_setup *setup);
void world_end(struct world *w);
void world_attach(struct world *w, enum kind kind);
int world_read(struct world *w, uint64_t offset, unsigned int size,
               uint64_t *value);
int world_write(struct world *w, uint64_t offset, unsigned int size,
                uint64_t value);

/* Before a call, and after it: `locks` is 1 where it takes the lock for sure,
 * 0 where it may. */
void enter(struct world *w);
void leave(struct world *w, int locks);

/* What went into a FIFO, and what came out (NULL: whatever it is). */
void queue_add(struct queue *q, const uint8_t *bytes, size_t count);
void queue_take(struct queue *q, const uint8_t *bytes, size_t count);

/* What must hold of the far ends between two calls. */
void far_end_check(struct world *w);
/* Save one of them, and go on with what is loaded from that. */
void far_end_move(struct world *w, uint32_t how);

/* Everything that must hold between two calls. */
void check(struct world *w);

#endif
