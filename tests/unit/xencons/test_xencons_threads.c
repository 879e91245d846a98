/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Four threads on one device with lock ops: two vCPUs that both write DR and of
 * which one reads it, an event loop, and a console. Built with ThreadSanitizer
 * if available, because only the indices order the two sides. Argument: KiB
 * from each vCPU.
 */
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "xencons_pump.h"

static struct pump *pump;
static struct vpl011 uart;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int vcpus[2]; /* only their addresses count */
static uint32_t total = 64 * 1024;
static uint32_t finished;
static uint32_t wrong;

static void fail_with(const char *what)
{
    fprintf(stderr, "# %s\n", what);
    __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
    __atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
}

static bool is_over(void)
{
    return __atomic_load_n(&finished, __ATOMIC_ACQUIRE);
}

static uintptr_t lock_op(void *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&lock);
    return 0;
}

static void unlock_op(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    pthread_mutex_unlock(&lock);
}

static void notify_op(void *ctx, uint32_t events)
{
    (void)ctx;
    if (events & VPL011_EVENT_FAR_END) {
        pump_ring(pump->to_console);
    }
    if (events & VPL011_EVENT_REFILL) {
        pump_ring(pump->to_device);
    }
}

/* P.C29: several vCPUs that write DR are one producer. */
static void *vcpu(void *ctx)
{
    const uint32_t id = ctx == &vcpus[1];
    uint32_t sent = 0;
    uint32_t got = 0;
    uint64_t value;

    while (!is_over() && (sent < total || (id && got < total))) {
        bool moved = false;

        vpl011_mmio_read(&uart, PL011_UARTFR, 4, &value);
        if (sent < total && !(value & PL011_FR_TXFF)) {
            vpl011_mmio_write(&uart, PL011_UARTDR, 4, id << 7 | (sent & 0x7F));
            sent++;
            moved = true;
        }
        if (id && !(value & PL011_FR_RXFE)) {
            vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value);
            if (value != pump_in_byte(got)) {
                fail_with("the guest received a wrong character");
            }
            got++;
            moved = true;
        }
        if (!moved) {
            sched_yield();
        }
    }
    return NULL;
}

static void *event_loop(void *ctx)
{
    (void)ctx;
    while (!is_over()) {
        if (pump_wait(pump->to_device, 200)) {
            vpl011_data_avail(&uart);
        }
    }
    return NULL;
}

static bool is_next(const uint8_t *bytes, size_t count, uint32_t got[2])
{
    size_t i;

    for (i = 0; i < count; i++) {
        uint32_t id = bytes[i] >> 7;

        if ((bytes[i] & 0x7F) != (got[id]++ & 0x7F)) {
            return false;
        }
    }
    return true;
}

static void *console(void *ctx)
{
    struct vpl011_xencons_console c;
    uint32_t got[2] = {0, 0};
    uint32_t sent = 0;
    uint32_t how = 0;

    (void)ctx;
    if (vpl011_xencons_console_attach(&c, &pump->page, sizeof(pump->page), 0)) {
        fail_with("the console cannot attach");
        return NULL;
    }
    while (!is_over() &&
           (got[0] < total || got[1] < total || sent < total || how)) {
        uint8_t bytes[300];
        uint32_t todo;
        size_t n;
        size_t i;

        while ((n = vpl011_xencons_console_read(&c, bytes, sizeof(bytes))) >
               0) {
            if (!is_next(bytes, n, got)) {
                fail_with("the console received a wrong character");
            }
        }
        todo = vpl011_xencons_console_publish(&c, how);
        n = total - sent < sizeof(bytes) ? total - sent : sizeof(bytes);
        for (i = 0; i < n; i++) {
            bytes[i] = pump_in_byte(sent + (uint32_t)i);
        }
        i = vpl011_xencons_console_write(&c, bytes, n, &todo);
        sent += (uint32_t)i;
        if (todo & VPL011_XENCONS_TODO_NOTIFY) {
            pump_ring(pump->to_device);
        }
        how = 0;
        if (todo & VPL011_XENCONS_TODO_HELD) {
            pump_wait(pump->to_console, 1);
            how = VPL011_XENCONS_NOW;
        } else if (!(todo & VPL011_XENCONS_TODO_MORE) && i == n &&
                   sent == total && got[0] == total && got[1] == total) {
            break;
        } else if (!(todo & VPL011_XENCONS_TODO_MORE) &&
                   (i < n || sent == total) &&
                   !pump_wait(pump->to_console, PUMP_LOST_MS)) {
            fail_with("the console was never woken again");
        }
    }
    if (got[0] != total || got[1] != total || sent != total) {
        fail_with("the console ended early");
    }
    return NULL;
}

int main(int argc, char **argv)
{
    struct vpl011_config config = {
        .flags = VPL011_CFG_NO_IRQ_OP | VPL011_CFG_FIRMWARE_INIT |
                 VPL011_CFG_NO_TICK,
        .on_stall = VPL011_POLICY_STALL,
    };
    struct vpl011_ops ops = {
        .notify = notify_op,
        .lock = lock_op,
        .unlock = unlock_op,
    };
    struct vpl011_backend backend;
    struct vpl011_xencons ring;
    pthread_t threads[4];
    int i;

    if (argc > 1) {
        total = (uint32_t)strtoul(argv[1], NULL, 10) * 1024;
    }
    pump = pump_new(0xFFFFFFF0u, 0);
    if (!pump ||
        vpl011_xencons_init(&ring, &pump->page, sizeof(pump->page), NULL) ||
        vpl011_xencons_backend(&ring, &backend) ||
        vpl011_init(&uart, &config, &ops) || vpl011_attach(&uart, &backend)) {
        fprintf(stderr, "cannot set up\n");
        return 1;
    }
    pthread_create(&threads[0], NULL, vcpu, &vcpus[0]);
    pthread_create(&threads[1], NULL, vcpu, &vcpus[1]);
    pthread_create(&threads[2], NULL, console, NULL);
    pthread_create(&threads[3], NULL, event_loop, NULL);
    for (i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    __atomic_store_n(&finished, 1, __ATOMIC_RELEASE);
    pthread_join(threads[3], NULL);
    pump_free(pump);
    printf("%u KiB from each of two vCPUs and %u KiB to one\n", total / 1024,
           total / 1024);
    return wrong != 0;
}
