/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What is at a UART's far end: the part of a monitor that an embedder replaces.
 *
 *     farend_stream.c  file descriptors, which the console serves by itself:
 *                      this terminal, a FIFO, a file
 *     farend_script.c  a file of commands that this program runs
 *     farend_ring.c    a console daemon in another process
 *
 * Only the console thread calls these functions.
 */
#ifndef KVM_FAREND_H
#define KVM_FAREND_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "options.h"
#include "uart.h"

/* How many descriptors one far end waits for, at most. */
#define FAREND_FDS 2

/* Fills memory before a move makes something new there, so that nothing old is
 * used. */
#define FRESH 0xA5

/* What the far end wants of the monitor. */
enum request {
    REQUEST_NOTHING,
    REQUEST_QUIT,
    REQUEST_RESET,
    REQUEST_STATS,
    REQUEST_SUSPEND,
    REQUEST_HELP,
    REQUEST_FAILED, /* it cannot go on, and said why: farend.error */
    REQUEST_SCRIPT_FAILED,
};

struct farend {
    struct uart *uart;
    enum request request;
    char error[200];

    /** Fill in what to wait for in addition to the console, and lower
     * *timeout_ms (-1: for ever) if something is due. Returns the number of
     * entries. NULL: nothing. */
    int (*wait)(struct farend *farend, struct pollfd *fds, int *timeout_ms);

    /** The console was served: move what can be moved, and answer the UART's
     * events. */
    void (*serve)(struct farend *farend, uint32_t events);

    /** Whether the guest's output is still on its way. */
    bool (*has_output)(struct farend *farend);

    /** The guest's input [bytes]: given so far, and how much of that has not
     * reached the UART yet. NULL: it is not known. */
    void (*count)(struct farend *farend, uint64_t *pushed, uint64_t *held);

    /** Save what is under way and load it into a new backend; returns
     * VPL011_OK, and the backend for a new console. The old console is closed.
     * NULL: this kind cannot be saved. */
    int (*move)(struct farend *farend, struct vpl011_backend *backend);

    /** What it has beside the console, which is closed by now. */
    void (*close)(struct farend *farend);
};

/** Open the UART, and make a far end there; NULL: failed, and the reason was
 * printed. */
struct farend *farend_terminal(struct uart *uart, const struct options *o);
struct farend *farend_second(struct uart *uart, const struct options *o);
struct farend *farend_script(struct uart *uart, const struct options *o);
struct farend *farend_second_script(struct uart *uart, const struct options *o);
struct farend *farend_ring(struct uart *uart, const struct options *o);

/** Lower a timeout [ms]; -1 is for ever. */
static inline void farend_wake_in(int *timeout_ms, int64_t ms)
{
    ms = ms < 0 ? 0 : ms;
    if (*timeout_ms < 0 || ms < *timeout_ms) {
        *timeout_ms = (int)ms;
    }
}

#endif
