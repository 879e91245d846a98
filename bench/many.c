/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Many devices, each with a ring and a console, in one process: the memory of
 * each, what the library created besides (no threads, no descriptors), the
 * processor time that idle devices take, and the time of a character when each
 * device sends one in turn, so that all of them are cold in the caches.
 *
 *     vpl011-bench-many [DEVICES [IDLE SECONDS]]    a line of JSON
 *     vpl011-bench-many --sizes                     of the public structures
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>
#include <vpl011/xencons.h>

#include "measure.h"

#define PAGE_SIZE 4096u
#define ROUNDS 31
#define STEP 7919u

/* What an embedder keeps for each device; the ring page is separate memory. */
struct one {
    struct vpl011 uart;
    struct vpl011_xencons ring;
    struct vpl011_xencons_console console;
};

static unsigned long notified;

static void notify(void *ctx, uint32_t events)
{
    (void)ctx;
    (void)events;
    notified++;
}

static void check(int result)
{
    if (result < 0) {
        fprintf(stderr, "vpl011-bench-many: %s\n", vpl011_strerror(result));
        exit(1);
    }
}

/* A number of /proc/self/status. */
static long status_of(const char *name)
{
    FILE *file = fopen("/proc/self/status", "r");
    char line[256];
    long value = -1;

    while (file && fgets(line, sizeof(line), file)) {
        if (strncmp(line, name, strlen(name)) == 0 &&
            line[strlen(name)] == ':') {
            value = strtol(line + strlen(name) + 1, NULL, 10);
            break;
        }
    }
    if (file) {
        fclose(file);
    }
    return value;
}

static int descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    int count = 0;

    while (dir && readdir(dir)) {
        count++;
    }
    if (dir) {
        closedir(dir);
    }
    return count - 3; /* ., .. and the directory's own */
}

static double cpu_seconds(void)
{
    struct timespec t;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void *memory(size_t size)
{
    void *m = mmap(NULL, size, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (m == MAP_FAILED) {
        perror("vpl011-bench-many");
        exit(1);
    }
    return m;
}

/* A line of text each way, so that every page of it is in use. */
static void set_up(struct one *one, uint8_t *page)
{
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                            VPL011_CFG_FIRMWARE_INIT};
    struct vpl011_ops ops = {.ctx = one, .notify = notify};
    struct vpl011_backend backend;
    uint8_t text[16];
    uint32_t todo = 0;
    uint64_t value;
    int i;

    check(vpl011_xencons_init(&one->ring, page, PAGE_SIZE, NULL));
    check(vpl011_xencons_backend(&one->ring, &backend));
    check(vpl011_xencons_console_attach(&one->console, page, PAGE_SIZE, 0));
    check(vpl011_init(&one->uart, &config, &ops));
    check(vpl011_attach(&one->uart, &backend));
    for (i = 0; i < 16; i++) {
        check(vpl011_mmio_write(&one->uart, PL011_UARTDR, 4, 'x'));
    }
    vpl011_xencons_console_read(&one->console, text, sizeof(text));
    vpl011_xencons_console_publish(&one->console, VPL011_XENCONS_NOW);
    vpl011_xencons_console_write(&one->console, text, sizeof(text), &todo);
    check(vpl011_data_avail(&one->uart));
    for (i = 0; i < 16; i++) {
        check(vpl011_mmio_read(&one->uart, PL011_UARTDR, 4, &value));
    }
    if (value != 'x') {
        fprintf(stderr, "vpl011-bench-many: the text did not come back\n");
        exit(1);
    }
}

static void send_one(struct one *one)
{
    uint64_t value;

    vpl011_mmio_read(&one->uart, PL011_UARTFR, 4, &value);
    vpl011_mmio_write(&one->uart, PL011_UARTDR, 4, 'x');
}

/* Nanoseconds for a character: one from each device in turn, or all from the
 * first. The turns do not follow the addresses, which the hardware would
 * predict: the step is a prime, and larger than any page. */
static double in_turn(struct one *all, size_t devices)
{
    double ns[ROUNDS];
    size_t i;
    int r;

    for (r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (i = 0; i < devices; i++) {
            send_one(&all[i * STEP % devices]);
        }
        ns[r] = (now_ns() - start) / (double)devices;
    }
    qsort(ns, ROUNDS, sizeof(double), by_value);
    return ns[ROUNDS / 2];
}

static double from_one(struct one *one)
{
    uint8_t text[1024];
    double ns[ROUNDS];
    size_t i;
    int r;

    for (r = 0; r < ROUNDS; r++) {
        double start = now_ns();

        for (i = 0; i < sizeof(text); i++) {
            send_one(one);
        }
        ns[r] = (now_ns() - start) / sizeof(text);
        vpl011_xencons_console_read(&one->console, text, sizeof(text));
        vpl011_xencons_console_publish(&one->console, VPL011_XENCONS_NOW);
    }
    qsort(ns, ROUNDS, sizeof(double), by_value);
    return ns[ROUNDS / 2];
}

static void print_sizes(void)
{
    printf("{\"figure\": \"sizes\", \"device\": %zu, \"ring\": %zu, "
           "\"console\": %zu, \"page\": %zu, \"fifo\": %zu}\n",
           sizeof(struct vpl011), sizeof(struct vpl011_xencons),
           sizeof(struct vpl011_xencons_console),
           sizeof(struct vpl011_xencons_page), sizeof(struct vpl011_fifo));
}

int main(int argc, char **argv)
{
    size_t devices = argc > 1 ? strtoul(argv[1], NULL, 10) : 10000;
    unsigned long seconds = argc > 2 ? strtoul(argv[2], NULL, 10) : 3;
    struct timespec wait = {.tv_sec = (time_t)seconds};
    long rss;
    int fds;
    double cpu;
    unsigned long before;
    unsigned long idle_events;
    double turn;
    struct one *all;
    uint8_t *pages;
    size_t i;

    if (argc > 1 && strcmp(argv[1], "--sizes") == 0) {
        print_sizes();
        return 0;
    }
    if (devices == 0 || argc > 3) {
        fprintf(stderr,
                "usage: vpl011-bench-many [--sizes | DEVICES [SECONDS]]\n");
        return 2;
    }
    status_of("VmRSS");
    fds = descriptors();
    all = memory(devices * sizeof(*all));
    pages = memory(devices * PAGE_SIZE);
    rss = status_of("VmRSS");
    for (i = 0; i < devices; i++) {
        set_up(&all[i], pages + i * PAGE_SIZE);
    }
    rss = status_of("VmRSS") - rss;
    before = notified;
    cpu = cpu_seconds();
    nanosleep(&wait, NULL);
    cpu = cpu_seconds() - cpu;
    idle_events = notified - before;
    turn = in_turn(all, devices);
    printf("{\"figure\": \"many\", \"devices\": %zu, \"state\": %zu, "
           "\"page\": %u, \"rss_each\": %.0f, \"threads\": %ld, "
           "\"descriptors\": %d, \"idle_s\": %lu, \"idle_cpu_s\": %.4f, "
           "\"idle_events\": %lu, \"in_turn_ns\": %.1f, \"alone_ns\": %.1f}\n",
           devices, sizeof(*all), PAGE_SIZE,
           (double)rss * 1024.0 / (double)devices, status_of("Threads"),
           descriptors() - fds, seconds, cpu, idle_events, turn,
           from_one(&all[0]));
    munmap(pages, devices * PAGE_SIZE);
    munmap(all, devices * sizeof(*all));
    return 0;
}
