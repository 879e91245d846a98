/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * One QEMU with its PL011, driven through qtest without a guest: register
 * accesses are sent and answered in bulk, the serial line and the monitor are
 * sockets. Nothing is left behind: the sockets' names are removed as soon as
 * QEMU is connected, and the process ends with this one.
 */
#ifndef DIFFERENTIAL_QEMU_H
#define DIFFERENTIAL_QEMU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define QEMU_POST_MAX 512

struct qemu_socket {
    int fd;
    size_t fill;
    size_t taken;
    char buffer[65536];
};

struct qemu {
    pid_t pid;
    struct qemu_socket qtest;
    struct qemu_socket qmp;
    int serial;
    bool sending; /* what was sent may not all have been taken */
    bool irq;     /* UARTINTR as the interrupt controller sees it */
    unsigned int resets;
    char version[64];
    size_t post_fill;
    size_t posted;
    char post[QEMU_POST_MAX * 48];
};

/* What came back for one posted access. */
struct qemu_reply {
    uint64_t value; /* 0 for writes */
    bool irq;       /* UARTINTR when the access was done */
};

/*
 * Start QEMU. Returns NULL, or why there is none to test against. Any later
 * trouble with QEMU ends the program with one line that says what happened.
 */
const char *qemu_start(struct qemu *q);
/* The same with a machine that was saved: its state, but not its lines. */
const char *qemu_start_from(struct qemu *q, const char *file);
/* Write the machine's migration stream. Returns whether it is complete; only
 * qemu_stop() may follow. */
bool qemu_save(struct qemu *q, const char *file);
void qemu_stop(struct qemu *q);

/* Post an access to the UART's window; [bytes] size is 1, 2, 4 or 8. */
void qemu_post_read(struct qemu *q, uint32_t offset, unsigned int size);
void qemu_post_write(struct qemu *q, uint32_t offset, unsigned int size,
                     uint64_t value);
/* Send what was posted and take all answers. Returns how many. */
size_t qemu_collect(struct qemu *q, struct qemu_reply *replies);

/* What the UART sent since the last call. Returns how many bytes. */
size_t qemu_serial_take(struct qemu *q, uint8_t *bytes, size_t size);
void qemu_serial_send(struct qemu *q, const uint8_t *bytes, size_t count);
/*
 * Wait until the UART has taken what it can from the serial socket: all of it,
 * or `taken` characters where `left` more stay.
 */
void qemu_serial_settle(struct qemu *q, size_t taken, size_t left);
/* Give the UART time for two characters. Returns whether it has taken all. */
bool qemu_serial_turn(struct qemu *q);
void qemu_serial_break(struct qemu *q);

void qemu_system_reset(struct qemu *q);

#endif
