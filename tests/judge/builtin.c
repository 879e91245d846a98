/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * This library and the specification as models. Both have the same backend and
 * the same embedder, which follows the headers: it answers REFILL at once and
 * TICK a millisecond later.
 */
#include "builtin.h"

#include <stdio.h>
#include <string.h>

#include <vpl011/version.h>

#include "../spec/spec.h"

#define QUEUE 4096u
#define TICK_US 1000u

struct builtin {
    bool is_spec;
    struct vpl011 uart;
    struct spec spec;
    /* The specification keeps pointers to them. */
    struct vpl011_config config;
    struct vpl011_ops ops;
    struct vpl011_backend backend;

    uint32_t lines;
    uint32_t events;
    uint32_t tick_in; /* [us]; 0: not asked for */

    /* The far end. */
    uint16_t in[QUEUE];
    size_t in_count;
    uint8_t out[QUEUE];
    size_t out_count;
    size_t takes;
};

/*
 * The far end
 */

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct builtin *b = ctx;

    (void)events;
    if (count > b->takes) {
        count = b->takes;
    }
    if (count > QUEUE - b->out_count) {
        count = QUEUE - b->out_count;
    }
    memcpy(b->out + b->out_count, bytes, count);
    b->out_count += count;
    b->takes -= b->takes == SIZE_MAX ? 0 : count;
    return count;
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct builtin *b = ctx;
    size_t taken = 0;
    size_t given = 0;

    while (taken < count && taken < b->in_count) {
        const uint16_t entry = b->in[taken++];

        if (entry == MODEL_BREAK) {
            *events |= VPL011_BACKEND_BREAK;
            break;
        }
        bytes[given++] = (uint8_t)entry;
    }
    b->in_count -= taken;
    memmove(b->in, b->in + taken, b->in_count * sizeof(b->in[0]));
    return given;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    const struct builtin *b = ctx;
    const size_t room = QUEUE - b->out_count;

    (void)events;
    status->waiting = b->in_count;
    status->room = b->takes < room ? b->takes : room;
    status->attached = true;
}

/*
 * The embedder
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct builtin *b = ctx;

    (void)changed;
    b->lines = lines;
}

static void on_notify(void *ctx, uint32_t events)
{
    struct builtin *b = ctx;

    b->events |= events;
}

static void data_avail(struct builtin *b)
{
    if (b->is_spec) {
        spec_data_avail(&b->spec);
    } else {
        vpl011_data_avail(&b->uart);
    }
}

static bool builtin_start(void *ctx, const struct vpl011_config *config)
{
    struct builtin *b = ctx;
    const bool is_spec = b->is_spec;

    memset(b, 0, sizeof(*b));
    b->is_spec = is_spec;
    b->takes = SIZE_MAX;
    b->config = *config;
    b->ops.ctx = b;
    b->ops.irq = on_irq;
    b->ops.notify = on_notify;
    b->backend.ctx = b;
    b->backend.write = far_write;
    b->backend.read = far_read;
    b->backend.poll = far_poll;
    if (is_spec) {
        spec_init(&b->spec, &b->config, &b->ops);
        return spec_attach(&b->spec, &b->backend) == VPL011_OK;
    }
    return vpl011_init(&b->uart, &b->config, &b->ops) == VPL011_OK &&
           vpl011_attach(&b->uart, &b->backend) == VPL011_OK;
}

static uint64_t builtin_read(void *ctx, uint64_t offset, unsigned int size)
{
    struct builtin *b = ctx;
    uint64_t value = 0;

    if (b->is_spec) {
        spec_read(&b->spec, offset, size, &value);
    } else {
        vpl011_mmio_read(&b->uart, offset, size, &value);
    }
    return value;
}

static void builtin_write(void *ctx, uint64_t offset, unsigned int size,
                          uint64_t value)
{
    struct builtin *b = ctx;

    if (b->is_spec) {
        spec_write(&b->spec, offset, size, value);
    } else {
        vpl011_mmio_write(&b->uart, offset, size, value);
    }
}

static uint32_t builtin_lines(void *ctx)
{
    const struct builtin *b = ctx;

    return b->lines;
}

static size_t builtin_push(void *ctx, const uint16_t *entries, size_t count)
{
    struct builtin *b = ctx;

    if (count > QUEUE - b->in_count) {
        count = QUEUE - b->in_count;
    }
    memcpy(b->in + b->in_count, entries, count * sizeof(entries[0]));
    b->in_count += count;
    data_avail(b);
    return count;
}

static size_t builtin_pop(void *ctx, uint8_t *bytes, size_t size)
{
    struct builtin *b = ctx;
    const size_t count = b->out_count < size ? b->out_count : size;
    const bool was_full = b->out_count == QUEUE;

    memcpy(bytes, b->out, count);
    b->out_count -= count;
    memmove(b->out, b->out + count, b->out_count);
    if (was_full) {
        data_avail(b);
    }
    return count;
}

static void builtin_pass(void *ctx, uint32_t us)
{
    struct builtin *b = ctx;
    const uint32_t events = b->events;

    b->events = 0;
    if (b->tick_in > us) {
        b->tick_in -= us;
    } else if (b->tick_in > 0) {
        b->tick_in = 0;
        if (b->is_spec) {
            spec_tick(&b->spec);
        } else {
            vpl011_tick(&b->uart);
        }
    }
    if ((events & VPL011_EVENT_TICK) && b->tick_in == 0) {
        b->tick_in = TICK_US;
    }
    if (events & VPL011_EVENT_REFILL) {
        data_avail(b);
    }
}

static void builtin_hold(void *ctx, size_t takes)
{
    struct builtin *b = ctx;

    b->takes = takes;
    data_avail(b);
}

static bool builtin_receive(void *ctx, uint16_t entry)
{
    struct builtin *b = ctx;

    return (b->is_spec ? spec_rx_push(&b->spec, &entry, 1)
                       : vpl011_rx_push(&b->uart, &entry, 1)) == 1;
}

static void builtin_modem(void *ctx, uint32_t inputs)
{
    struct builtin *b = ctx;

    if (b->is_spec) {
        spec_set_modem(&b->spec, inputs);
    } else {
        vpl011_set_modem(&b->uart, inputs);
    }
}

static void builtin_reset(void *ctx)
{
    struct builtin *b = ctx;

    if (b->is_spec) {
        spec_reset(&b->spec);
    } else {
        vpl011_reset(&b->uart);
    }
}

static const char *builtin_open(struct model *m)
{
    struct builtin *b = m->ctx;

    b->is_spec = m == &model_specification;
    return NULL;
}

#define BUILTIN(title, state) \
    { \
        .name = title, .ctx = &(state), .outputs = 0x3F, .open = builtin_open, \
        .start = builtin_start, .read = builtin_read, .write = builtin_write, \
        .lines = builtin_lines, .push = builtin_push, .pop = builtin_pop, \
        .pass = builtin_pass, .hold = builtin_hold, \
        .receive = builtin_receive, .modem = builtin_modem, \
        .reset = builtin_reset, .breaks = true, \
    }

static struct builtin library, specification;

struct vpl011 *builtin_uart(void)
{
    return &library.uart;
}

size_t builtin_waiting(void)
{
    return library.in_count;
}

struct model model_library = BUILTIN("libvpl011 " VPL011_VERSION, library);
struct model model_specification = BUILTIN("the specification", specification);
