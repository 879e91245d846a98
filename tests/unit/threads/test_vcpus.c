/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device with lock ops and several vCPUs at once, for ThreadSanitizer,
 * because some registers are read without the lock. Each character must arrive
 * once, whichever vCPU sent or took it.
 */
#include "support.h"

#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#define VCPUS 4
#define ROUNDS 2000u

static struct {
    struct vpl011 uart;
    struct vpl011_fifo fifo;
    pthread_mutex_t lock;
    uint8_t in[64];
    uint8_t out[64];
    unsigned int running;
} machine;

static uintptr_t take(void *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&machine.lock);
    return 0x011;
}

static void drop(void *ctx, uintptr_t saved)
{
    (void)ctx;
    if (saved != 0x011) {
        abort();
    }
    pthread_mutex_unlock(&machine.lock);
}

static uint32_t peek(uint64_t offset)
{
    uint64_t value = 0;

    if (vpl011_mmio_read(&machine.uart, offset, 4, &value) != VPL011_OK) {
        abort();
    }
    return (uint32_t)value;
}

static void poke(uint64_t offset, uint32_t value)
{
    if (vpl011_mmio_write(&machine.uart, offset, 4, value) != VPL011_OK) {
        abort();
    }
}

/* Each vCPU sends ROUNDS characters, masks and unmasks, looks at everything,
 * and takes what it finds. */
static void *vcpu(void *ctx)
{
    static const uint16_t quiet[] = {
        PL011_UARTRSR, PL011_UARTIBRD, PL011_UARTFBRD, PL011_UARTLCR_H,
        PL011_UARTCR,  PL011_UARTIFLS, PL011_UARTIMSC, PL011_UARTRIS,
        PL011_UARTMIS, PL011_UARTDMACR};
    unsigned int i;
    size_t k;

    (void)ctx;
    for (i = 0; i < ROUNDS; i++) {
        while (peek(PL011_UARTFR) & PL011_FR_TXFF) {
            sched_yield();
        }
        poke(PL011_UARTDR, 'x');
        poke(PL011_UARTIMSC, i % 8 ? PL011_INT_RX | PL011_INT_RT : 0);
        poke(PL011_UARTICR, PL011_INT_TX);
        for (k = 0; k < sizeof(quiet) / sizeof(quiet[0]); k++) {
            (void)peek(quiet[k]);
        }
        if (i % 64 == 0) {
            poke(PL011_UARTLCR_H, 0x70);
            poke(PL011_UARTIBRD, i);
        }
        (void)peek(PL011_UARTDR);
    }
    __atomic_sub_fetch(&machine.running, 1, __ATOMIC_RELEASE);
    return NULL;
}

static void each_character_arrives_once_with_many_vcpus(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {.lock = take, .unlock = drop};
    struct vpl011_counters counters;
    struct vpl011_backend backend;
    pthread_t threads[VCPUS];
    unsigned long pushed = 0;
    unsigned long popped = 0;
    uint8_t bytes[64];
    int i;

    pthread_mutex_init(&machine.lock, NULL);
    assert_result(
        vpl011_fifo_init(&machine.fifo, machine.in, 64, machine.out, 64),
        VPL011_OK);
    assert_result(vpl011_fifo_backend(&machine.fifo, &backend), VPL011_OK);
    assert_result(vpl011_init(&machine.uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_attach(&machine.uart, &backend), VPL011_OK);
    machine.running = VCPUS;
    for (i = 0; i < VCPUS; i++) {
        assert_int_equal(pthread_create(&threads[i], NULL, vcpu, NULL), 0);
    }
    while (__atomic_load_n(&machine.running, __ATOMIC_ACQUIRE) > 0) {
        pushed += vpl011_fifo_push(&machine.fifo, "kkkk", 4);
        popped += vpl011_fifo_pop(&machine.fifo, bytes, sizeof(bytes));
        assert_true(vpl011_tick(&machine.uart) >= 0);
        sched_yield();
    }
    for (i = 0; i < VCPUS; i++) {
        pthread_join(threads[i], NULL);
    }
    /* What is still under way. */
    while (peek(PL011_UARTDR) == 'k' || vpl011_tick(&machine.uart) > 0) {
    }
    popped += vpl011_fifo_pop(&machine.fifo, bytes, sizeof(bytes));
    assert_true(vpl011_data_avail(&machine.uart) >= 0);
    popped += vpl011_fifo_pop(&machine.fifo, bytes, sizeof(bytes));
    assert_int_equal(popped, VCPUS * ROUNDS);
    assert_result(vpl011_get_counters(&machine.uart, &counters), VPL011_OK);
    assert_int_equal(counters.tx_bytes, VCPUS * ROUNDS);
    assert_int_equal(counters.tx_overflow, 0);
    assert_int_equal(counters.rx_read, counters.rx_bytes);
    assert_int_equal(counters.rx_bytes, pushed);
}

/*
 * A line that a controller's thread polls comes after all that its cause came
 * after: the line is published with release. What is behind it here is a plain
 * variable, which ThreadSanitizer watches, because UARTFR is atomic itself and
 * no x86 shows its store late.
 */
static struct {
    struct vpl011 uart;
    unsigned int cause; /* plain */
    uint32_t seen_high; /* the round in which the controller saw it so */
    uint32_t seen_low;
    unsigned int wrong;
} watched;

static void *controller(void *ctx)
{
    unsigned int round;

    (void)ctx;
    for (round = 1; round <= ROUNDS; round++) {
        while (!(vpl011_irq_lines(&watched.uart) & VPL011_IRQ_UARTINTR)) {
            sched_yield();
        }
        watched.wrong += watched.cause != round;
        __atomic_store_n(&watched.seen_high, round, __ATOMIC_RELEASE);
        while (vpl011_irq_lines(&watched.uart) & VPL011_IRQ_UARTINTR) {
            sched_yield();
        }
        __atomic_store_n(&watched.seen_low, round, __ATOMIC_RELEASE);
    }
    return NULL;
}

static void what_came_before_a_line_is_seen_with_it(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_NO_TICK |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {0};
    unsigned int round;
    pthread_t thread;

    assert_result(vpl011_init(&watched.uart, &config, &ops), VPL011_OK);
    assert_int_equal(pthread_create(&thread, NULL, controller, NULL), 0);
    for (round = 1; round <= ROUNDS; round++) {
        const uint16_t typed = 'k';
        uint64_t value;

        watched.cause = round;
        assert_result(
            vpl011_mmio_write(&watched.uart, PL011_UARTIMSC, 4, PL011_INT_RT),
            VPL011_OK);
        assert_result(vpl011_rx_push(&watched.uart, &typed, 1), 1);
        while (__atomic_load_n(&watched.seen_high, __ATOMIC_ACQUIRE) != round) {
            sched_yield();
        }
        assert_result(vpl011_mmio_read(&watched.uart, PL011_UARTDR, 4, &value),
                      VPL011_OK);
        while (__atomic_load_n(&watched.seen_low, __ATOMIC_ACQUIRE) != round) {
            sched_yield();
        }
    }
    pthread_join(thread, NULL);
    assert_int_equal(watched.wrong, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_character_arrives_once_with_many_vcpus),
        CASE(what_came_before_a_line_is_seen_with_it),
    };

    return run_cases(cases);
}
