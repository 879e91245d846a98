/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "transcript_host.h"

#include <string.h>

#include <vpl011/xencons.h>

/* There is one at a time. */
static struct {
    struct vpl011 uart;
    struct vpl011_time time;
    uint64_t now; /* [ns] */

    /* The far end, unless the ring is used. */
    uint16_t in[FAR_END_SIZE];
    size_t in_fill;
    size_t takes; /* characters it will still take */
    bool attached;

    struct vpl011_xencons ring;
    struct vpl011_xencons_page page;
} device;

/*
 * The far end
 */

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct host *h = ctx;

    (void)events;
    if (count > device.takes) {
        count = device.takes;
    }
    device.takes -= count;
    host_sent(h, bytes, count);
    return count;
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    size_t taken = 0;
    size_t given = 0;

    (void)ctx;
    while (taken < count && taken < device.in_fill) {
        uint16_t entry = device.in[taken++];

        if (entry == HOST_BREAK) {
            *events |= VPL011_BACKEND_BREAK;
            break;
        }
        bytes[given++] = (uint8_t)entry;
    }
    device.in_fill -= taken;
    memmove(device.in, device.in + taken,
            device.in_fill * sizeof(device.in[0]));
    return given;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->waiting = device.in_fill;
    status->room = device.takes;
    status->attached = device.attached;
}

static void far_break(void *ctx, bool on)
{
    host_effect(ctx, "break %s", on ? "on" : "off");
}

/* The ring's console side, as plain as it can be: it never holds anything. */
static void ring_take(struct host *h)
{
    while (device.page.out_cons != device.page.out_prod &&
           device.page.out_prod - device.page.out_cons <=
               VPL011_XENCONS_OUT_SIZE) {
        host_sent(
            h, &device.page.out[device.page.out_cons % VPL011_XENCONS_OUT_SIZE],
            1);
        device.page.out_cons++;
    }
}

/*
 * The host
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    static const char *const names[] = {"UARTINTR",   "UARTMSINTR",
                                        "UARTRXINTR", "UARTTXINTR",
                                        "UARTRTINTR", "UARTEINTR"};
    char text[EFFECT_SIZE] = "irq";
    unsigned int i;

    (void)changed;
    for (i = 0; i < 6; i++) {
        if (lines & 1u << i) {
            strcat(strcat(text, " "), names[i]);
        }
    }
    host_effect(ctx, "%s%s", text, lines ? "" : " none");
}

static void on_notify(void *ctx, uint32_t events)
{
    struct host *h = ctx;

    h->events |= events;
}

static void on_guest_error(void *ctx, const struct vpl011_guest_error *error)
{
    static const char *const kinds[] = {"?",         "bad-access", "reserved",
                                        "read-only", "write-only", "overflow"};

    host_effect(ctx, "mistake %s",
                error->kind < sizeof(kinds) / sizeof(kinds[0])
                    ? kinds[error->kind]
                    : "?");
}

static uint64_t on_now(void *ctx)
{
    (void)ctx;
    return device.now;
}

int host_start(struct host *h)
{
    const struct vpl011_time_config time = {.now = on_now, .what = h->timed};
    const struct vpl011_ops ops = {
        .ctx = h,
        .irq = on_irq,
        .notify = on_notify,
        .guest_error = on_guest_error,
    };
    struct vpl011_backend backend = {
        .ctx = h,
        .write = far_write,
        .read = far_read,
        .poll = far_poll,
        .send_break = far_break,
    };
    int err;

    memset(&device, 0, sizeof(device));
    device.page.in_cons = device.page.in_prod = h->ring_index;
    device.page.out_cons = device.page.out_prod = h->ring_index;
    err = vpl011_init(&device.uart, &h->config, &ops);
    device.takes = SIZE_MAX;
    device.attached = true;
    if (err == VPL011_OK && h->with_ring) {
        const struct vpl011_xencons_config config = {0};

        err = vpl011_xencons_init(&device.ring, &device.page,
                                  sizeof(device.page), &config);
        if (err == VPL011_OK) {
            err = vpl011_xencons_backend(&device.ring, &backend);
        }
    }
    if (err == VPL011_OK) {
        err = vpl011_attach(&device.uart, &backend);
    }
    if (err == VPL011_OK && h->timed) {
        err = vpl011_time_set(&device.uart, &device.time, &time);
    }
    host_begin(h);
    return err;
}

bool host_arrive(struct host *h, const uint16_t *entries, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (h->with_ring) {
            struct vpl011_xencons_page *p = &device.page;

            if (p->in_prod - p->in_cons >= VPL011_XENCONS_IN_SIZE ||
                entries[i] == HOST_BREAK) {
                return false;
            }
            p->in[p->in_prod % VPL011_XENCONS_IN_SIZE] = (uint8_t)entries[i];
            p->in_prod++;
        } else {
            if (device.in_fill == FAR_END_SIZE) {
                return false;
            }
            device.in[device.in_fill++] = entries[i];
        }
    }
    vpl011_data_avail(&device.uart);
    return true;
}

size_t host_waiting(struct host *h)
{
    return h->with_ring ? device.page.in_prod - device.page.in_cons
                        : device.in_fill;
}

uint32_t *host_ring_index(struct host *h, const char *name)
{
    (void)h;
    return !strcmp(name, "in_prod")    ? &device.page.in_prod
           : !strcmp(name, "in_cons")  ? &device.page.in_cons
           : !strcmp(name, "out_prod") ? &device.page.out_prod
           : !strcmp(name, "out_cons") ? &device.page.out_cons
                                       : NULL;
}

void host_collect(struct host *h)
{
    if (h->with_ring) {
        ring_take(h);
    }
}

/*
 * The library's own calls
 */

int host_read(struct host *h, uint64_t offset, unsigned int size,
              uint64_t *value)
{
    (void)h;
    return vpl011_mmio_read(&device.uart, offset, size, value);
}

int host_write(struct host *h, uint64_t offset, unsigned int size,
               uint64_t value)
{
    (void)h;
    return vpl011_mmio_write(&device.uart, offset, size, value);
}

uint64_t host_look(struct host *h, uint32_t offset)
{
    const struct vpl011 copy = device.uart;
    uint64_t value = 0;

    (void)h;
    vpl011_mmio_read(&device.uart, offset, 4, &value);
    device.uart = copy; /* counters too */
    return value;
}

int host_rx_push(struct host *h, uint16_t entry)
{
    (void)h;
    return vpl011_rx_push(&device.uart, &entry, 1);
}

int host_set_modem(struct host *h, uint32_t inputs)
{
    (void)h;
    return vpl011_set_modem(&device.uart, inputs);
}

int host_poll(struct host *h)
{
    (void)h;
    return vpl011_data_avail(&device.uart);
}

int host_reset(struct host *h)
{
    (void)h;
    return vpl011_reset(&device.uart);
}

int host_get_line(struct host *h, struct vpl011_line *line)
{
    (void)h;
    return vpl011_get_line(&device.uart, line);
}

uint64_t host_next(struct host *h)
{
    uint64_t when;

    (void)h;
    return vpl011_time_next(&device.uart, &when) == 1 ? when - device.now
                                                      : UINT64_MAX;
}

void host_wait(struct host *h, uint64_t ns)
{
    const uint64_t end = device.now + ns;

    while (host_next(h) <= end - device.now) {
        device.now += host_next(h);
        vpl011_tick(&device.uart);
    }
    device.now = end;
}

void host_far_takes(struct host *h, size_t takes)
{
    (void)h;
    device.takes = takes;
}

void host_far_attached(struct host *h, bool attached)
{
    (void)h;
    device.attached = attached;
}

bool host_shows(struct host *h, char *text, size_t size)
{
    (void)h;
    (void)text;
    (void)size;
    return true;
}
