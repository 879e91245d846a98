/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A backend of one's own, complete: what is read from one descriptor is typed
 * to the guest, and what the guest says is written to another. The guest echoes
 * until the input has ended:
 *
 *     seq 1 1000 | build/examples/backend
 *
 * The device asks for no input of a backend that reports none, and a descriptor
 * does not tell how many bytes wait in it. So this backend reads ahead, and
 * reports what it has. (<vpl011/stream.h> is such a backend with everything
 * that a terminal or a socket needs.)
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vpl011/backend.h>
#include <vpl011/vpl011.h>

struct pair {
    int in;
    int out;
    bool ended; /* the input */
    uint8_t ahead[64];
    size_t first; /* the oldest of `count` bytes in `ahead` */
    size_t count;
};

static struct vpl011 uart;
static struct pair pair = {.in = STDIN_FILENO, .out = STDOUT_FILENO};

/*
 * The operations. None of them may block.
 */

/* Fewer than `count` means "full now". So few bytes do not block where poll()
 * finds room for one. */
static size_t on_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    const struct pair *const p = ctx;
    struct pollfd out = {.fd = p->out, .events = POLLOUT};
    ssize_t n = 0;

    (void)events; /* nobody has to be woken */
    if (poll(&out, 1, 0) == 1) {
        n = write(p->out, bytes, count);
    }
    return n > 0 ? (size_t)n : 0;
}

static size_t on_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    struct pair *const p = ctx;
    const size_t n = count < p->count ? count : p->count;

    (void)events;
    memcpy(bytes, p->ahead + p->first, n);
    p->first += n;
    p->count -= n;
    return n;
}

/* `room` stays 0, which means that it is not known. */
static void on_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    const struct pair *const p = ctx;

    (void)events;
    status->waiting = p->count;
    status->attached = true;
}

/* Your loop's part: to be called where poll() finds input. */
static void read_ahead(struct pair *p)
{
    const ssize_t n = read(p->in, p->ahead, sizeof(p->ahead));

    p->first = 0;
    p->count = n > 0 ? (size_t)n : 0;
    p->ended = n <= 0;
}

/*
 * Its user
 */

static int check(int result)
{
    if (result < 0) {
        fprintf(stderr, "%s\n", vpl011_strerror(result));
        exit(1);
    }
    return result;
}

static uint64_t guest_reads(uint64_t offset)
{
    uint64_t value;

    check(vpl011_mmio_read(&uart, offset, 4, &value));
    return value;
}

/* It polls: while there is something to echo, and room for it. */
static bool guest_runs(void)
{
    if (guest_reads(PL011_UARTFR) & (PL011_FR_RXFE | PL011_FR_TXFF)) {
        return false;
    }
    check(vpl011_mmio_write(&uart, PL011_UARTDR, 4, guest_reads(PL011_UARTDR)));
    return true;
}

static void wait_for_more(uint32_t events)
{
    struct pollfd fds[2] = {{.fd = -1}, {.fd = -1}};

    if (pair.count == 0 && !pair.ended) {
        fds[0] = (struct pollfd){.fd = pair.in, .events = POLLIN};
    }
    /* The device keeps what was not taken until data_avail. */
    if (check(vpl011_tx_waiting(&uart)) > 0) {
        fds[1] = (struct pollfd){.fd = pair.out, .events = POLLOUT};
    }
    (void)poll(fds, 2, events & VPL011_EVENT_TICK ? 1 : -1);
    if (fds[0].revents) {
        read_ahead(&pair);
    }
}

int main(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_backend backend = {
        .ctx = &pair, .write = on_write, .read = on_read, .poll = on_poll};
    uint32_t events;

    check(vpl011_init(&uart, &config, &(struct vpl011_ops){0}));
    check(vpl011_attach(&uart, &backend));
    for (;;) {
        while (guest_runs()) {
        }
        events = vpl011_take_events(&uart);
        if (!(events & VPL011_EVENT_REFILL)) {
            if (pair.ended && pair.count == 0 &&
                vpl011_tx_waiting(&uart) == 0 &&
                (guest_reads(PL011_UARTFR) & PL011_FR_RXFE)) {
                return 0;
            }
            wait_for_more(events);
        }
        check(events & VPL011_EVENT_TICK ? vpl011_tick(&uart)
                                         : vpl011_data_avail(&uart));
    }
}
