/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#define _GNU_SOURCE
#include "trio.h"

#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#define LOST_NS 20000000000u

uint64_t trio_now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

bool trio_two_cpus(unsigned int cpus[2])
{
    cpu_set_t set;
    int found = 0;
    unsigned int i;

    cpus[0] = 0;
    if (sched_getaffinity(0, sizeof(set), &set) == 0) {
        for (i = 0; i < CPU_SETSIZE && found < 2; i++) {
            if (CPU_ISSET(i, &set)) {
                cpus[found++] = i;
            }
        }
    }
    if (found < 2) {
        cpus[1] = cpus[0];
    }
    return found == 2;
}

static void ring_doorbell(int fd)
{
    uint64_t one = 1;

    if (write(fd, &one, sizeof(one)) != sizeof(one)) {
        abort();
    }
}

static void quiet(int fd)
{
    uint64_t sum;

    if (read(fd, &sum, sizeof(sum)) < 0) {
        sum = 0;
    }
}

void trio_run_on(unsigned int cpu)
{
    cpu_set_t set;

    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    if (pthread_setaffinity_np(pthread_self(), sizeof(set), &set)) {
        abort();
    }
}

static bool is_stopped(const struct trio *t)
{
    return __atomic_load_n(&t->stop, __ATOMIC_ACQUIRE);
}

static uintptr_t lock_op(void *ctx)
{
    struct trio *t = ctx;

    pthread_mutex_lock(&t->lock);
    return 0;
}

static void unlock_op(void *ctx, uintptr_t saved)
{
    struct trio *t = ctx;

    (void)saved;
    pthread_mutex_unlock(&t->lock);
}

static void notify_op(void *ctx, uint32_t events)
{
    struct trio *t = ctx;

    if (events & VPL011_EVENT_FAR_END) {
        __atomic_add_fetch(&t->events, 1, __ATOMIC_RELAXED);
        ring_doorbell(t->to_console);
    }
}

static void *event_loop(void *ctx)
{
    struct trio *t = ctx;

    trio_run_on(t->config.guest_cpu);
    while (!is_stopped(t)) {
        struct pollfd fd = {.fd = t->to_device, .events = POLLIN};

        if (poll(&fd, 1, 50) > 0) {
            quiet(t->to_device);
            vpl011_data_avail(&t->uart);
        }
    }
    return NULL;
}

static void keep(struct trio *t, const uint8_t *bytes, size_t count)
{
    unsigned int received = t->received;
    size_t i;

    for (i = 0; i < count; i++) {
        if (bytes[i] == TRIO_KEY) {
            __atomic_store_n(&t->key_echoed, trio_now_ns(), __ATOMIC_RELEASE);
        } else {
            t->wrong += bytes[i] != received++ % TRIO_KEY;
        }
    }
    if (received >= t->config.text && !t->last_received) {
        t->last_received = trio_now_ns();
    }
    __atomic_store_n(&t->received, received, __ATOMIC_RELEASE);
}

/* One pass over the ring, as described in <vpl011/xencons.h>. */
static uint32_t console_pass(struct trio *t, uint32_t how)
{
    static const uint8_t key = TRIO_KEY;
    uint8_t buf[512];
    uint32_t todo;
    size_t n;

    while ((n = vpl011_xencons_console_read(&t->console, buf, sizeof(buf))) >
           0) {
        keep(t, buf, n);
    }
    todo = vpl011_xencons_console_publish(&t->console, how);
    if (__atomic_exchange_n(&t->key_wanted, 0, __ATOMIC_ACQ_REL)) {
        t->key_sent = trio_now_ns();
        vpl011_xencons_console_write(&t->console, &key, 1, &todo);
    }
    if (todo & VPL011_XENCONS_TODO_NOTIFY) {
        t->answers++;
        ring_doorbell(t->to_device);
    }
    return todo;
}

static void *console_loop(void *ctx)
{
    struct trio *t = ctx;
    uint64_t deadline = 0;

    trio_run_on(t->config.console_cpu);
    while (!is_stopped(t)) {
        struct pollfd fd = {.fd = t->to_console, .events = POLLIN};
        struct timespec wait = {.tv_nsec = 50000000};
        uint64_t now = trio_now_ns();
        uint32_t how = 0;
        uint32_t todo;

        if (deadline) {
            wait.tv_nsec = deadline > now ? (long)(deadline - now) : 0;
        }
        if (ppoll(&fd, 1, &wait, NULL) > 0) {
            quiet(t->to_console);
        }
        if (deadline && trio_now_ns() >= deadline) {
            how = VPL011_XENCONS_NOW;
            deadline = 0;
        }
        do {
            todo = console_pass(t, how);
            how = 0;
        } while (todo & VPL011_XENCONS_TODO_MORE);
        if ((todo & VPL011_XENCONS_TODO_HELD) && !deadline) {
            deadline = trio_now_ns() + VPL011_XENCONS_BATCH_US * 1000u;
        }
    }
    return NULL;
}

static void guest_writes(struct trio *t, uint32_t c)
{
    uint64_t fr;

    for (;;) {
        vpl011_mmio_read(&t->uart, PL011_UARTFR, 4, &fr);
        if (!(fr & PL011_FR_TXFF)) {
            break;
        }
        sched_yield();
    }
    vpl011_mmio_write(&t->uart, PL011_UARTDR, 4, c);
}

static bool guest_echoes(struct trio *t)
{
    uint64_t fr;
    uint64_t c;

    vpl011_mmio_read(&t->uart, PL011_UARTFR, 4, &fr);
    if (fr & PL011_FR_RXFE) {
        return false;
    }
    vpl011_mmio_read(&t->uart, PL011_UARTDR, 4, &c);
    guest_writes(t, (uint32_t)c & 0xFFu);
    return true;
}

static void *guest(void *ctx)
{
    struct trio *t = ctx;
    uint64_t pace_ns = (uint64_t)t->config.pace_us * 1000u;
    unsigned int i;

    trio_run_on(t->config.guest_cpu);
    t->first_sent = trio_now_ns();
    for (i = 0; i < t->config.text && !is_stopped(t); i++) {
        while (pace_ns && trio_now_ns() < t->first_sent + i * pace_ns) {
            guest_echoes(t);
        }
        guest_writes(t, i % TRIO_KEY);
    }
    while (!is_stopped(t)) {
        if (!guest_echoes(t)) {
            sched_yield();
        }
    }
    return NULL;
}

static bool connect_ring(struct trio *t)
{
    struct vpl011_config config = {
        .flags = VPL011_CFG_NO_IRQ_OP | VPL011_CFG_FIRMWARE_INIT |
                 VPL011_CFG_NO_TICK,
    };
    struct vpl011_ops ops = {
        .ctx = t,
        .notify = notify_op,
        .lock = lock_op,
        .unlock = unlock_op,
    };
    struct vpl011_xencons_config ring = {.flags = t->config.ring_flags};
    struct vpl011_backend backend;

    return vpl011_xencons_init(&t->ring, t->page, sizeof(*t->page), &ring) ==
               VPL011_OK &&
           vpl011_xencons_console_attach(&t->console, t->page, sizeof(*t->page),
                                         0) == VPL011_OK &&
           vpl011_xencons_backend(&t->ring, &backend) == VPL011_OK &&
           vpl011_init(&t->uart, &config, &ops) == VPL011_OK &&
           vpl011_attach(&t->uart, &backend) == VPL011_OK;
}

bool trio_start(struct trio *t, const struct trio_config *config)
{
    static void *(*const bodies[3])(void *) = {event_loop, console_loop, guest};
    int i;

    memset(t, 0, sizeof(*t));
    t->config = *config;
    t->page = calloc(1, sizeof(*t->page));
    t->to_console = eventfd(0, EFD_NONBLOCK);
    t->to_device = eventfd(0, EFD_NONBLOCK);
    pthread_mutex_init(&t->lock, NULL);
    if (!t->page || t->to_console < 0 || t->to_device < 0 || !connect_ring(t)) {
        return false;
    }
    for (i = 0; i < 3; i++) {
        if (pthread_create(&t->threads[i], NULL, bodies[i], t)) {
            abort();
        }
    }
    return true;
}

bool trio_wait(struct trio *t)
{
    uint64_t end = trio_now_ns() + LOST_NS;

    while (__atomic_load_n(&t->received, __ATOMIC_ACQUIRE) < t->config.text) {
        if (trio_now_ns() >= end) {
            return false;
        }
        poll(NULL, 0, 1);
    }
    return true;
}

bool trio_stop(struct trio *t)
{
    int i;

    __atomic_store_n(&t->stop, 1, __ATOMIC_RELEASE);
    ring_doorbell(t->to_console);
    ring_doorbell(t->to_device);
    for (i = 0; i < 3; i++) {
        pthread_join(t->threads[i], NULL);
    }
    close(t->to_console);
    close(t->to_device);
    pthread_mutex_destroy(&t->lock);
    free(t->page);
    return t->wrong == 0;
}

bool trio_run(struct trio *t, const struct trio_config *config)
{
    bool arrived;

    if (!trio_start(t, config)) {
        return false;
    }
    arrived = trio_wait(t);
    return trio_stop(t) && arrived;
}

void trio_press_key(struct trio *t)
{
    __atomic_store_n(&t->key_echoed, 0, __ATOMIC_RELAXED);
    __atomic_store_n(&t->key_wanted, 1, __ATOMIC_RELEASE);
    ring_doorbell(t->to_console);
}
