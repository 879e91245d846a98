/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The FIFO pair between two threads without a lock: the device in one, the
 * host in the other. Also run under ThreadSanitizer where it is available.
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <time.h>

#define TOTAL 100000u

struct shared {
    struct vpl011 uart;
    struct vpl011_fifo fifo;
    uint8_t in[64];
    uint8_t out[32];
    bool host_ok;
    size_t popped;
    size_t pushed;
};

/* Against a hang: both sides give up together. */
static bool too_late(void)
{
    static struct timespec start;
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (start.tv_sec == 0) {
        start = now;
    }
    return now.tv_sec - start.tv_sec > 60;
}

/* Pushes one stream, pops another, and checks what it pops. */
static void *host_thread(void *arg)
{
    struct shared *s = arg;
    uint32_t push_seed = 3;
    uint32_t pop_seed = 9;
    uint32_t spins = 0;
    bool ok = true;

    while ((s->pushed < TOTAL || s->popped < TOTAL) && ok) {
        uint8_t bytes[48];
        size_t room = vpl011_fifo_push_room(&s->fifo);
        size_t n = 0;
        size_t i;

        while (n < room && n < sizeof(bytes) && s->pushed + n < TOTAL) {
            bytes[n++] = (uint8_t)next_random(&push_seed);
        }
        /* Only this side fills it: the room cannot have shrunk. */
        ok = vpl011_fifo_push(&s->fifo, bytes, n) == n;
        s->pushed += n;
        n = vpl011_fifo_pop(&s->fifo, bytes, sizeof(bytes));
        for (i = 0; i < n; i++) {
            ok = ok && bytes[i] == (uint8_t)next_random(&pop_seed);
        }
        s->popped += n;
        if (n == 0) {
            sched_yield();
            ok = ok && !(++spins % 4096 == 0 && too_late());
        }
    }
    s->host_ok = ok;
    return NULL;
}

static void streams_are_intact_between_two_threads(void)
{
    static struct shared s;
    const struct vpl011_config config = {.personality = VPL011_SBSA,
                                         .flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_NO_TICK};
    const struct vpl011_ops ops = {0};
    struct vpl011_backend backend;
    uint32_t send_seed = 9;
    uint32_t receive_seed = 3;
    uint32_t spins = 0;
    size_t sent = 0;
    size_t received = 0;
    pthread_t host;

    too_late();
    assert_result(vpl011_init(&s.uart, &config, &ops), VPL011_OK);
    assert_result(
        vpl011_fifo_init(&s.fifo, s.in, sizeof(s.in), s.out, sizeof(s.out)),
        VPL011_OK);
    assert_result(vpl011_fifo_backend(&s.fifo, &backend), VPL011_OK);
    assert_result(vpl011_attach(&s.uart, &backend), VPL011_OK);
    assert_int_equal(pthread_create(&host, NULL, host_thread, &s), 0);

    while (sent < TOTAL || received < TOTAL) {
        uint64_t value;
        int moved = 0;

        vpl011_mmio_read(&s.uart, PL011_UARTFR, 4, &value);
        while (sent < TOTAL && !(value & PL011_FR_TXFF)) {
            vpl011_mmio_write(&s.uart, PL011_UARTDR, 1,
                              (uint8_t)next_random(&send_seed));
            sent++;
            moved++;
            vpl011_mmio_read(&s.uart, PL011_UARTFR, 4, &value);
        }
        vpl011_data_avail(&s.uart);
        vpl011_mmio_read(&s.uart, PL011_UARTFR, 4, &value);
        while (!(value & PL011_FR_RXFE)) {
            vpl011_mmio_read(&s.uart, PL011_UARTDR, 4, &value);
            if (value != (uint8_t)next_random(&receive_seed)) {
                fail_msg("byte %zu arrived as 0x%llx", received,
                         (unsigned long long)value);
            }
            received++;
            moved++;
            vpl011_mmio_read(&s.uart, PL011_UARTFR, 4, &value);
        }
        if (moved == 0) {
            sched_yield();
            if (++spins % 4096 == 0 && too_late()) {
                fail_msg("stuck at %zu sent, %zu received", sent, received);
            }
        }
    }
    /* The last characters may wait in the TX FIFO for room. */
    for (;;) {
        uint64_t value;

        vpl011_data_avail(&s.uart);
        vpl011_mmio_read(&s.uart, PL011_UARTFR, 4, &value);
        if (value & PL011_FR_TXFE) {
            break;
        }
        sched_yield();
    }
    assert_int_equal(pthread_join(host, NULL), 0);
    assert_true(s.host_ok);
    assert_int_equal(s.popped, TOTAL);
    assert_int_equal(s.pushed, TOTAL);
}

/* A far end that peeks, batches and takes BREAKs, while the oldest is dropped
 * concurrently. The byte at each position is known. */
static uint8_t byte_at(uint32_t position)
{
    return (uint8_t)(position * 2654435761u >> 24);
}

static void *peeking_thread(void *arg)
{
    struct shared *s = arg;
    uint32_t next = 0;
    bool ok = true;

    while (next < TOTAL && ok && !too_late()) {
        uint8_t bytes[24];
        uint32_t at = next;
        size_t n = vpl011_fifo_peek(&s->fifo, bytes, sizeof(bytes), &at);
        size_t i;

        ok = n == 0 || at - next < TOTAL;
        for (i = 0; i < n; i++) {
            ok = ok && bytes[i] == byte_at(at + (uint32_t)i);
        }
        if (n > 0) {
            next = at + (uint32_t)n;
            vpl011_fifo_consume(&s->fifo, at, n);
            s->popped += n;
        } else {
            (void)vpl011_fifo_pop_break(&s->fifo);
            sched_yield();
        }
        (void)vpl011_fifo_publish(&s->fifo,
                                  next % 7 == 0 ? VPL011_RING_NOW : 0);
    }
    s->host_ok = ok;
    return NULL;
}

static void what_is_peeked_beside_drops_is_intact(void)
{
    static struct shared s;
    struct vpl011_backend b;
    uint32_t sent = 0;
    pthread_t host;

    memset(&s, 0, sizeof(s));
    assert_result(
        vpl011_fifo_init(&s.fifo, s.in, sizeof(s.in), s.out, sizeof(s.out)),
        VPL011_OK);
    assert_result(vpl011_fifo_backend(&s.fifo, &b), VPL011_OK);
    assert_int_equal(pthread_create(&host, NULL, peeking_thread, &s), 0);
    while (sent < TOTAL && !too_late()) {
        uint8_t bytes[3];
        uint32_t events = 0;
        size_t i;

        for (i = 0; i < 3; i++) {
            bytes[i] = byte_at(sent + (uint32_t)i);
        }
        i = b.write(b.ctx, bytes, TOTAL - sent < 3 ? TOTAL - sent : 3, &events);
        sent += (uint32_t)i;
        if (i < 3) {
            (void)b.drop_oldest(b.ctx, 3 - i);
        }
        if (sent % 64 < 3) {
            b.send_break(b.ctx, true);
            sched_yield();
        }
    }
    assert_int_equal(pthread_join(host, NULL), 0);
    assert_true(s.host_ok);
    assert_int_equal(sent, TOTAL);
    assert_in_range(s.popped, 32, TOTAL);
}

/*
 * One device, several vCPUs, a lock by ops.
 */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

static uintptr_t take_mutex(void *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&mutex);
    return 0;
}

static void drop_mutex(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    pthread_mutex_unlock(&mutex);
}

static size_t swallow(void *ctx, const uint8_t *bytes, size_t count,
                      uint32_t *events)
{
    size_t *total = ctx; /* under the lock: needs no atomics */

    (void)bytes;
    (void)events;
    *total += count;
    return count;
}

static size_t nothing(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    return 0;
}

static void present(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->attached = true;
}

static void *vcpu_thread(void *arg)
{
    struct vpl011 *uart = arg;
    uint64_t value;
    int i;

    for (i = 0; i < 20000; i++) {
        vpl011_mmio_read(uart, PL011_UARTFR, 4, &value);
        vpl011_mmio_write(uart, PL011_UARTDR, 1, 'v');
        vpl011_mmio_write(uart, PL011_UARTICR, 4, PL011_INT_TX);
        vpl011_mmio_read(uart, PL011_UARTMIS, 4, &value);
        (void)vpl011_irq_lines(uart);
    }
    return NULL;
}

/* P.C5: with lock ops every entry is safe from any thread, and FR and the
 * levels are read without the lock meanwhile. */
static void vcpus_share_a_device_by_the_lock_ops(void)
{
    static struct vpl011 uart;
    static size_t total;
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_ops ops = {.lock = take_mutex, .unlock = drop_mutex};
    const struct vpl011_backend backend = {
        .ctx = &total, .write = swallow, .read = nothing, .poll = present};
    struct vpl011_counters counters;
    pthread_t vcpus[3];
    size_t i;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_attach(&uart, &backend), VPL011_OK);
    for (i = 0; i < 3; i++) {
        assert_int_equal(pthread_create(&vcpus[i], NULL, vcpu_thread, &uart),
                         0);
    }
    for (i = 0; i < 2000; i++) {
        assert_result(vpl011_data_avail(&uart), 0);
    }
    for (i = 0; i < 3; i++) {
        assert_int_equal(pthread_join(vcpus[i], NULL), 0);
    }
    assert_result(vpl011_get_counters(&uart, &counters), VPL011_OK);
    assert_int_equal(counters.tx_bytes, 60000);
    assert_int_equal(total, 60000);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(streams_are_intact_between_two_threads),
        CASE(what_is_peeked_beside_drops_is_intact),
        CASE(vcpus_share_a_device_by_the_lock_ops),
    };

    return run_cases(cases);
}
