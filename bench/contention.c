/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * What a vCPU that polls UARTFR costs another one that writes UARTDR, with lock
 * ops. The poller takes no lock, so it can only take away a cache line.
 *
 *     vpl011-bench-contention    a line of JSON for each figure
 *
 * The flags do not change while the far end takes each character at once, and
 * change with each write while it takes two at every other write. Both are
 * measured at the eight places in a cache line where a device can begin, which
 * decide which members share a line.
 *
 * Runs are short, so that most of them are not disturbed. Runs in which the
 * poller reads this device alternate with runs in which it reads another one,
 * which keeps its CPU as busy without contention; the medians are reported. A
 * run in which the poller did not get its CPU is repeated.
 */
#define _POSIX_C_SOURCE 200809L

#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include <vpl011/vpl011.h>

#include "measure.h"
#include "spin.h"
#include "trio.h"

#define LINE 64u
#define PLACES (LINE / 8u)
#define WRITES 5000u
#define REPETITIONS 15
#define TRIES 10 /* of one run */

struct far_end {
    bool takes_by_two;
    bool full;
    uint8_t last;
};

/* Each on its own cache lines, so that only the device is shared. */
static _Alignas(LINE) uint8_t memory[2][sizeof(struct vpl011) + 2 * LINE];
static _Alignas(LINE) struct far_end far_end;
static _Alignas(LINE) struct far_end other_far_end;
static _Alignas(LINE) uint32_t lock_word;
static _Alignas(LINE) uint32_t polling;
static _Alignas(LINE) struct vpl011 *polled; /* NULL: the poller is to end */
static struct vpl011 *device;
static struct vpl011 *other;
static sem_t begin;
static sem_t ended;
static unsigned int cpus[2];
static unsigned long polls;
static unsigned long changes;

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-contention: %s\n",
                vpl011_strerror(result));
        exit(1);
    }
}

/*
 * The device and what is around it
 */

static size_t take(void *ctx, const uint8_t *bytes, size_t count,
                   uint32_t *events)
{
    struct far_end *f = ctx;

    (void)events;
    if (f->takes_by_two) {
        f->full = !f->full;
        if (f->full) {
            return 0;
        }
    }
    f->last = bytes[count - 1];
    return count;
}

static size_t give(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    return 0;
}

static void poll_far_end(void *ctx, struct vpl011_backend_status *status,
                         uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->attached = true;
}

static struct vpl011 *make_device(uint8_t *place, struct far_end *far)
{
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                            VPL011_CFG_FIRMWARE_INIT};
    struct vpl011_ops ops = {
        .ctx = &lock_word,
        .lock = spin_lock,
        .unlock = spin_unlock,
    };
    struct vpl011_backend backend = {
        .ctx = far,
        .write = take,
        .read = give,
        .poll = poll_far_end,
    };
    struct vpl011 *d = (struct vpl011 *)(void *)place;

    check(vpl011_init(d, &config, &ops));
    check(vpl011_attach(d, &backend));
    return d;
}

/*
 * The two vCPUs
 */

static void *poll_flags(void *ctx)
{
    (void)ctx;
    trio_run_on(cpus[1]);
    for (;;) {
        unsigned long count = 0;
        unsigned long changed = 0;
        uint64_t before = 0;
        uint64_t fr;

        sem_wait(&begin);
        if (!polled) {
            return NULL;
        }
        __atomic_store_n(&polling, 1, __ATOMIC_RELEASE);
        while (__atomic_load_n(&polling, __ATOMIC_ACQUIRE)) {
            vpl011_mmio_read(polled, PL011_UARTFR, 4, &fr);
            changed += fr != before;
            before = fr;
            count++;
        }
        polls = count;
        changes = changed;
        sem_post(&ended);
    }
}

/* In nanoseconds for each write. */
static double write_characters(void)
{
    double start = now_ns();
    unsigned int i;

    for (i = 0; i < WRITES; i++) {
        vpl011_mmio_write(device, PL011_UARTDR, 4, 'x');
    }
    return (now_ns() - start) / WRITES;
}

/* The same while the poller reads a device whose flags change, or do not. */
static double write_beside(struct vpl011 *d, bool changing)
{
    double ns = 0;
    int i;

    polled = d;
    for (i = 0; i < TRIES; i++) {
        sem_post(&begin);
        while (!__atomic_load_n(&polling, __ATOMIC_ACQUIRE)) {
        }
        ns = write_characters();
        __atomic_store_n(&polling, 0, __ATOMIC_RELEASE);
        sem_wait(&ended);
        if (polls >= WRITES && (!changing || changes >= WRITES / 4)) {
            break;
        }
    }
    return ns;
}

static void measure(size_t place, bool changing)
{
    double another[REPETITIONS];
    double same[REPETITIONS];
    unsigned long seen = 0;
    int r;

    far_end = (struct far_end){.takes_by_two = changing};
    device = make_device(memory[0] + 8 * place, &far_end);
    write_characters();
    for (r = 0; r < REPETITIONS; r++) {
        another[r] = write_beside(other, false);
        same[r] = write_beside(device, changing);
        seen += changes;
    }
    if (changing && seen < REPETITIONS) {
        fprintf(stderr, "vpl011-bench-contention: the flags did not change\n");
        exit(1);
    }
    qsort(another, REPETITIONS, sizeof(double), by_value);
    qsort(same, REPETITIONS, sizeof(double), by_value);
    printf("{\"figure\": \"contention\", \"flags\": \"%s\", \"place\": %zu, "
           "\"another\": %.2f, \"same\": %.2f, \"lower\": %.2f, "
           "\"upper\": %.2f, \"ratio\": %.3f}\n",
           changing ? "changing" : "still", 8 * place, another[REPETITIONS / 2],
           same[REPETITIONS / 2], same[REPETITIONS / 4],
           same[REPETITIONS * 3 / 4],
           same[REPETITIONS / 2] / another[REPETITIONS / 2]);
}

int main(void)
{
    pthread_t poller;
    size_t place;

    if (!trio_two_cpus(cpus)) {
        fprintf(stderr, "vpl011-bench-contention: it takes two CPUs\n");
        return 0;
    }
    sem_init(&begin, 0, 0);
    sem_init(&ended, 0, 0);
    if (pthread_create(&poller, NULL, poll_flags, NULL)) {
        abort();
    }
    trio_run_on(cpus[0]);
    other = make_device(memory[1], &other_far_end);
    for (place = 0; place < PLACES; place++) {
        measure(place, false);
    }
    for (place = 0; place < PLACES; place++) {
        measure(place, true);
    }
    polled = NULL;
    sem_post(&begin);
    pthread_join(poller, NULL);
    return 0;
}
