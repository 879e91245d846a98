/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A small virtual machine monitor for arm64 KVM that boots Linux, with
 * libvpl011 as its UART: how to embed the library in a program with threads.
 *
 *     main.c        the console thread: its loop; start, reset, end
 *     vm.c, vcpu.c  the machine, and a thread for each vCPU
 *     uart.c        a console of the library: its interrupt, its keys
 *     farend.h      the far end, of three kinds
 *     move.c        save and restore under way
 *     image.c       kernel, initrd or firmware into memory
 *     devicetree.c  the guest's device tree
 *     efi.c, acpi.c ACPI tables in its place
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "../uboot/signals.h"
#include "farend.h"
#include "figures.h"
#include "image.h"
#include "move.h"
#include "options.h"
#include "uart.h"
#include "vm.h"

/* [ms] A signal that arrives just before poll() is noticed at most this late.
 */
#define WAIT_MAX 500
/* [ms] At the end, how long to wait for a far end that takes no output. */
#define DRAIN_MAX 2000

enum {
    EXIT_USAGE = 2,
    EXIT_RESET = 3,
    EXIT_SCRIPT = 4,
};

struct monitor {
    struct options options;
    struct image image;
    struct vm vm;
    struct uart uart[VM_UARTS_MAX];
    struct farend *farend[VM_UARTS_MAX];
    unsigned int uarts;
    bool is_raw;
    uint64_t start;     /* [ms] */
    uint64_t next_move; /* [ms] */
    uint64_t turns;     /* of the loop */
    uint64_t resets;
    int status;
};

static const char keys[] = "Ctrl-] q quits; Ctrl-] r resets, b sends a BREAK, "
                           "s prints counters, z suspends";

static uint64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

/* This may be in the middle of the guest's output, on a raw terminal. */
static void say(const struct monitor *m, const char *what)
{
    fprintf(stderr, "%skvm: %s\r\n", m->is_raw ? "\r\n" : "", what);
}

/*
 * The console thread
 */

/* Wait for something to do, and do it. Returns whether anything was done. */
static bool serve(struct monitor *m, int timeout_ms)
{
    struct pollfd fds[VM_UARTS_MAX * (VPL011_CONSOLE_FDS + FAREND_FDS)];
    int count = 0;
    uint64_t wait_ns = VPL011_KVM_NEVER;
    int ready;

    (void)vpl011_kvm_serve(&m->vm.kvm_vm, &wait_ns);
    if (wait_ns != VPL011_KVM_NEVER) {
        farend_wake_in(&timeout_ms, (int64_t)(wait_ns + 999999) / 1000000);
    }
    for (unsigned int i = 0; i < m->uarts; i++) {
        struct farend *f = m->farend[i];
        const int filled = vpl011_console_pollfds(
            &m->uart[i].console, &fds[count], VPL011_CONSOLE_FDS, &timeout_ms);

        /* Less than none where the UART could not be moved. */
        count += filled > 0 ? filled : 0;
        if (f->wait) {
            count += f->wait(f, &fds[count], &timeout_ms);
        }
    }
    m->turns++;
    ready = poll(fds, (nfds_t)count, timeout_ms);
    for (unsigned int i = 0; i < m->uarts; i++) {
        (void)vpl011_console_serve(&m->uart[i].console);
        m->farend[i]->serve(m->farend[i], uart_take_events(&m->uart[i]));
    }
    return ready > 0;
}

static void end_machine(struct monitor *m, enum vm_state state, int status)
{
    int running = VM_RUNNING;

    if (atomic_compare_exchange_strong(&m->vm.state, &running, (int)state)) {
        m->status = status;
    }
}

static void obey(struct monitor *m, struct farend *f)
{
    enum request request = f->request;

    f->request = REQUEST_NOTHING;
    switch (request) {
    case REQUEST_QUIT:
        end_machine(m, VM_OFF, EXIT_SUCCESS);
        break;
    case REQUEST_RESET:
        end_machine(m, VM_RESET, EXIT_SUCCESS);
        break;
    case REQUEST_STATS:
        fputs("\r\n", stderr);
        figures_print(&m->vm, m->farend, now_ms() - m->start, m->turns,
                      m->resets);
        break;
    case REQUEST_SUSPEND:
        (void)raise(SIGTSTP);
        break;
    case REQUEST_HELP:
        say(m, keys);
        break;
    case REQUEST_FAILED:
        say(m, f->error);
        end_machine(m, VM_OFF, EXIT_FAILURE);
        break;
    case REQUEST_SCRIPT_FAILED:
        say(m, f->error);
        end_machine(m, VM_OFF, EXIT_SCRIPT);
        break;
    case REQUEST_NOTHING:
        break;
    }
}

/* Save and restore the UARTs when due. Returns how long it is until the next
 * time [ms]. */
static int move(struct monitor *m)
{
    uint64_t now = now_ms();

    if (m->options.move == 0) {
        return WAIT_MAX;
    }
    if (now >= m->next_move) {
        vm_pause(&m->vm);
        for (unsigned int i = 0; i < m->uarts; i++) {
            int err = vpl011_kvm_before(&m->uart[i].kvm);

            err = err ? err : move_uart(&m->uart[i], m->farend[i]);
            err = err ? err : vpl011_kvm_after(&m->uart[i].kvm);
            if (err) {
                say(m, vpl011_strerror(err));
                end_machine(m, VM_OFF, EXIT_FAILURE);
            }
        }
        vm_resume(&m->vm);
        m->next_move = now + m->options.move;
    }
    return m->next_move - now < WAIT_MAX ? (int)(m->next_move - now) : WAIT_MAX;
}

static void run(struct monitor *m)
{
    while (atomic_load(&m->vm.state) == VM_RUNNING && !signals_asked()) {
        (void)serve(m, move(m));
        for (unsigned int i = 0; i < m->uarts; i++) {
            obey(m, m->farend[i]);
        }
    }
}

/* Give the guest's last output to the far ends, including what waits in the
 * UARTs. */
static void drain(struct monitor *m)
{
    uint64_t last = now_ms();
    bool is_waiting;

    do {
        is_waiting = false;
        for (unsigned int i = 0; i < m->uarts; i++) {
            (void)vpl011_data_avail(uart_device(&m->uart[i]));
            is_waiting |= m->farend[i]->has_output(m->farend[i]);
        }
        if (serve(m, 100)) {
            last = now_ms();
        }
    } while (is_waiting && !signals_asked() && now_ms() - last < DRAIN_MAX);
}

/*
 * The guest's life
 */

/* Run one power cycle; true: the guest asked for another. */
static bool live(struct monitor *m)
{
    uint64_t entry;
    uint64_t tree;
    int state;

    if (!vm_create(&m->vm)) {
        say(m, m->vm.fault);
        m->status = EXIT_FAILURE;
        return false;
    }
    if (!image_load(&m->image, &m->options, &m->vm, &entry, &tree)) {
        m->status = EXIT_FAILURE;
        return false;
    }
    if (vm_start(&m->vm, entry, tree)) {
        run(m);
    }
    state = atomic_load(&m->vm.state);
    vm_stop(&m->vm);
    drain(m);
    if (state == VM_FAULT) {
        say(m, m->vm.fault);
        m->status = EXIT_FAILURE;
    }
    if (state != VM_RESET || signals_asked()) {
        return false;
    }
    m->resets++;
    if (m->options.once) {
        say(m, "the guest was reset");
        m->status = EXIT_RESET;
        return false;
    }
    if (!m->options.quiet) {
        say(m, "the guest was reset: it starts again");
    }
    for (unsigned int i = 0; i < m->uarts; i++) {
        (void)vpl011_reset(uart_device(&m->uart[i]));
    }
    return true;
}

/* What takes time at a UART. By default nothing does. */
static struct vpl011_time_config time_of(const struct options *o)
{
    struct vpl011_time_config time = {
        .budget = (uint32_t)o->budget,
        .burst = (uint32_t)o->budget,
    };

    if (o->clock) {
        time.what |= VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX | VPL011_TIME_RX;
    }
    if (o->budget) {
        time.what |= VPL011_TIME_BUDGET;
    }
    return time;
}

static bool add_uart(struct monitor *m)
{
    const struct options *o = &m->options;
    unsigned int i = m->uarts;
    struct uart *u = &m->uart[i];
    const struct vpl011_config config = {
        .personality = o->personality,
        .clock_hz = UART_CLOCK,
        .on_gone = o->on_gone,
        .flags = (o->no_tick ? VPL011_CFG_NO_TICK : 0) |
                 (o->acpi ? VPL011_CFG_FIRMWARE_INIT : 0),
    };

    uart_init(u, &m->vm, i, &config);
    u->config.time = time_of(o);
    if (i > 0 && o->second_script) {
        m->farend[i] = farend_second_script(u, o);
    } else if (i > 0) {
        m->farend[i] = farend_second(u, o);
    } else if (o->ring) {
        m->farend[i] = farend_ring(u, o);
    } else if (o->script) {
        m->farend[i] = farend_script(u, o);
    } else {
        m->farend[i] = farend_terminal(u, o);
    }
    if (!m->farend[i]) {
        return false;
    }
    vm_add_uart(&m->vm, u);
    m->uarts++;
    return true;
}

static bool open_all(struct monitor *m)
{
    const struct options *o = &m->options;
    struct vm_config config = {
        .ram_size = o->memory,
        .has_firmware = o->firmware != NULL,
        .cpus = o->cpus,
        .exits = o->exits,
    };

    if (!image_read(&m->image, o)) {
        return false;
    }
    if (!vm_open(&m->vm, &config)) {
        fprintf(stderr, "kvm: %s\n", m->vm.fault);
        return false;
    }
    return add_uart(m) && (!o->second || add_uart(m));
}

int main(int argc, char **argv)
{
    static struct monitor monitor;
    struct monitor *m = &monitor;

    m->start = now_ms();
    switch (options_parse(&m->options, argc, argv)) {
    case OPTIONS_DONE:
        return EXIT_SUCCESS;
    case OPTIONS_BAD:
        return EXIT_USAGE;
    case OPTIONS_RUN:
        break;
    }
    if (!m->options.ring && !m->options.script) {
        m->is_raw = isatty(STDIN_FILENO);
        signals_catch();
    }
    if (!open_all(m)) {
        return EXIT_FAILURE;
    }
    if (m->is_raw && !m->options.quiet) {
        fprintf(stderr, "kvm: %s\r\n", keys);
    }
    while (live(m)) {
    }
    vpl011_console_restore_terminal();
    if (m->options.stats) {
        figures_print(&m->vm, m->farend, now_ms() - m->start, m->turns,
                      m->resets);
    }
    for (unsigned int i = 0; i < m->uarts; i++) {
        (void)vpl011_console_close(&m->uart[i].console);
        m->farend[i]->close(m->farend[i]);
    }
    vm_close(&m->vm);
    image_free(&m->image);
    if (signals_asked()) {
        signals_die_of(signals_asked());
    }
    return m->status;
}
