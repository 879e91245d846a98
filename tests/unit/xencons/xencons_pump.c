/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#define _GNU_SOURCE
#include "xencons_pump.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

static uint8_t mix(uint32_t v)
{
    v *= 0x9E3779B1u;
    v ^= v >> 15;
    v *= 0x85EBCA77u;
    return (uint8_t)(v >> 24);
}

uint8_t pump_out_byte(uint32_t position)
{
    return mix(position);
}

uint8_t pump_in_byte(uint32_t position)
{
    return mix(~position);
}

struct pump *pump_new(uint32_t start, uint32_t total)
{
    struct pump *p = mmap(NULL, sizeof(*p), PROT_READ | PROT_WRITE,
                          MAP_SHARED | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED) {
        return NULL;
    }
    p->start = p->console_at = start;
    p->total = total;
    p->page.in_cons = p->page.in_prod = start;
    p->page.out_cons = p->page.out_prod = start;
    p->to_console = eventfd(0, EFD_NONBLOCK);
    p->to_device = eventfd(0, EFD_NONBLOCK);
    if (p->to_console < 0 || p->to_device < 0) {
        pump_free(p);
        return NULL;
    }
    return p;
}

void pump_free(struct pump *p)
{
    close(p->to_console);
    close(p->to_device);
    munmap(p, sizeof(*p));
}

void pump_ring(int doorbell)
{
    uint64_t one = 1;

    if (write(doorbell, &one, sizeof(one)) != sizeof(one)) {
        abort();
    }
}

bool pump_wait(int doorbell, int timeout_ms)
{
    struct pollfd fd = {.fd = doorbell, .events = POLLIN};
    uint64_t sum;

    return poll(&fd, 1, timeout_ms) > 0 &&
           read(doorbell, &sum, sizeof(sum)) == sizeof(sum);
}

void pump_pin(unsigned int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (sched_setaffinity(0, sizeof(set), &set)) {
        abort();
    }
}

/*
 * The guest's process: one thread, accesses by MMIO, events collected.
 */

static uint32_t guest_read(struct vpl011 *uart, uint32_t offset)
{
    uint64_t value = 0;

    vpl011_mmio_read(uart, offset, 4, &value);
    return (uint32_t)value;
}

static bool guest_must_refill(struct pump *p, struct vpl011 *uart)
{
    uint32_t events = vpl011_take_events(uart);

    if (events & VPL011_EVENT_FAR_END) {
        __atomic_add_fetch(&p->events, 1, __ATOMIC_RELAXED);
        pump_ring(p->to_console);
    }
    return events & VPL011_EVENT_REFILL;
}

/* Send and receive while it goes; false: a wrong character came. */
static bool guest_runs(struct pump *p, struct vpl011 *uart, uint32_t *sent,
                       uint32_t *got)
{
    uint32_t end = *sent + 700; /* look at the input now and then */

    while (*sent < p->total && *sent < end &&
           !(guest_read(uart, PL011_UARTFR) & PL011_FR_TXFF)) {
        vpl011_mmio_write(uart, PL011_UARTDR, 4,
                          pump_out_byte(p->start + *sent));
        ++*sent;
    }
    while (!(guest_read(uart, PL011_UARTFR) & PL011_FR_RXFE)) {
        if (guest_read(uart, PL011_UARTDR) != pump_in_byte(p->start + *got)) {
            return false;
        }
        ++*got;
    }
    return true;
}

int pump_guest(struct pump *p)
{
    struct vpl011_config config = {
        .flags = VPL011_CFG_NO_IRQ_OP | VPL011_CFG_FIRMWARE_INIT |
                 VPL011_CFG_NO_TICK,
        .on_stall = VPL011_POLICY_STALL,
        .on_gone = VPL011_POLICY_STALL,
    };
    struct vpl011_ops ops = {0};
    struct vpl011_backend backend;
    struct vpl011_counters counters;
    struct vpl011_xencons ring;
    struct vpl011 uart;
    uint32_t sent = 0;
    uint32_t got = 0;

    if (vpl011_xencons_init(&ring, &p->page, sizeof(p->page), NULL) ||
        vpl011_xencons_backend(&ring, &backend) ||
        vpl011_init(&uart, &config, &ops) || vpl011_attach(&uart, &backend)) {
        return 1;
    }
    while (sent < p->total || got < p->total ||
           !(guest_read(&uart, PL011_UARTFR) & PL011_FR_TXFE)) {
        uint32_t before = sent + got;

        if (!guest_runs(p, &uart, &sent, &got)) {
            return 2;
        }
        if (guest_must_refill(p, &uart) || pump_wait(p->to_device, 0)) {
            vpl011_data_avail(&uart);
            guest_must_refill(p, &uart);
        } else if (sent + got == before) {
            if (!pump_wait(p->to_device, PUMP_LOST_MS)) {
                return 3;
            }
            vpl011_data_avail(&uart);
            guest_must_refill(p, &uart);
        }
    }
    vpl011_get_counters(&uart, &counters);
    return counters.tx_bytes == p->total && counters.tx_dropped == 0 &&
                   counters.tx_overflow == 0 && counters.rx_overruns == 0
               ? 0
               : 4;
}

/*
 * The console's process
 */

static uint64_t now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

/* Take over: where the indices are is where the streams are. */
static int console_begins(struct pump *p, struct vpl011_xencons_console *c,
                          uint32_t *read_at, uint32_t *sent_at)
{
    uint32_t at = __atomic_load_n(&p->console_at, __ATOMIC_RELAXED);

    if (vpl011_xencons_console_attach(c, &p->page, sizeof(p->page), 0)) {
        return 1;
    }
    *read_at = __atomic_load_n(&p->page.out_cons, __ATOMIC_RELAXED);
    *sent_at = __atomic_load_n(&p->page.in_prod, __ATOMIC_RELAXED);
    if (at - *read_at > VPL011_XENCONS_OUT_SIZE) {
        p->gap++;
    } else {
        p->repeated += at - *read_at;
    }
    pump_ring(p->to_device);
    return 0;
}

static int console_reads(struct pump *p, struct vpl011_xencons_console *c,
                         uint32_t *read_at)
{
    uint8_t bytes[600];
    size_t n;
    size_t i;

    while ((n = vpl011_xencons_console_read(c, bytes, sizeof(bytes))) > 0) {
        for (i = 0; i < n; i++) {
            if (bytes[i] != pump_out_byte(*read_at + (uint32_t)i)) {
                return 2;
            }
        }
        *read_at += (uint32_t)n;
        if (*read_at - p->start >
            __atomic_load_n(&p->console_at, __ATOMIC_RELAXED) - p->start) {
            __atomic_store_n(&p->console_at, *read_at, __ATOMIC_RELAXED);
        }
    }
    return 0;
}

static void console_writes(struct pump *p, struct vpl011_xencons_console *c,
                           uint32_t *sent_at, uint32_t *todo)
{
    uint32_t left = p->total - (*sent_at - p->start);
    uint8_t bytes[900] = {0};
    size_t count = left < sizeof(bytes) ? left : sizeof(bytes);
    size_t i;

    for (i = 0; i < count; i++) {
        bytes[i] = pump_in_byte(*sent_at + (uint32_t)i);
    }
    *sent_at += (uint32_t)vpl011_xencons_console_write(c, bytes, count, todo);
    if (count < left &&
        !(*todo & (VPL011_XENCONS_TODO_FULL | VPL011_XENCONS_TODO_HELD))) {
        *todo |= VPL011_XENCONS_TODO_MORE;
    }
}

int pump_console(struct pump *p)
{
    struct vpl011_xencons_console c;
    uint32_t read_at;
    uint32_t sent_at;
    uint64_t deadline = 0;
    uint32_t todo = 0;
    uint32_t how = 0;

    if (console_begins(p, &c, &read_at, &sent_at)) {
        return 1;
    }
    for (;;) {
        todo = 0;
        if (console_reads(p, &c, &read_at)) {
            return 2;
        }
        todo |= vpl011_xencons_console_publish(&c, how);
        console_writes(p, &c, &sent_at, &todo);
        if (todo & VPL011_XENCONS_TODO_RESYNC) {
            return 5;
        }
        if (todo & VPL011_XENCONS_TODO_NOTIFY) {
            __atomic_add_fetch(&p->answers, 1, __ATOMIC_RELAXED);
            pump_ring(p->to_device);
        }
        if (read_at - p->start == p->total && sent_at - p->start == p->total &&
            !(todo & VPL011_XENCONS_TODO_HELD)) {
            return 0;
        }
        how = 0;
        if (todo & VPL011_XENCONS_TODO_HELD) {
            uint64_t now = now_ns();

            if (!deadline) {
                deadline = now + VPL011_XENCONS_BATCH_US * 1000u;
            }
            if (now >= deadline) {
                how = VPL011_XENCONS_NOW;
                deadline = 0;
            } else if (!(todo & VPL011_XENCONS_TODO_MORE)) {
                pump_wait(p->to_console, 1);
            }
            continue;
        }
        deadline = 0;
        if (!(todo & VPL011_XENCONS_TODO_MORE) &&
            !pump_wait(p->to_console, PUMP_LOST_MS)) {
            return 3;
        }
    }
}
