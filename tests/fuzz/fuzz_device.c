/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A stream of operations on a device, with a guest, a host and a far end that
 * all misbehave. The input begins with the configuration of the device; after
 * every operation the promises of vpl011.h must hold (device_check.c).
 */
#include "device.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define OPS_MAX 600

static uint32_t take(struct input *in)
{
    return in->at < in->size ? in->data[in->at++] : 0;
}

static uint32_t take16(struct input *in)
{
    uint32_t low = take(in);

    return low | take(in) << 8;
}

/* An offset: mostly a register, sometimes anything. */
static uint64_t take_offset(struct input *in)
{
    static const uint16_t registers[] = {
        PL011_UARTDR,   PL011_UARTRSR,  PL011_UARTFR,    PL011_UARTILPR,
        PL011_UARTIBRD, PL011_UARTFBRD, PL011_UARTLCR_H, PL011_UARTCR,
        PL011_UARTIFLS, PL011_UARTIMSC, PL011_UARTRIS,   PL011_UARTMIS,
        PL011_UARTICR,  PL011_UARTTCR,  PL011_UARTDMACR, PL011_UARTITIP,
        PL011_UARTITOP, PL011_UARTTDR,
    };
    const size_t count = sizeof(registers) / sizeof(registers[0]);
    uint32_t which = take(in);

    if (which < 0xF0) {
        return registers[which % count];
    }
    if (which < 0xFE) {
        return take16(in);
    }
    return UINT64_MAX - take16(in);
}

static unsigned int take_size(struct input *in)
{
    static const uint8_t sizes[] = {4, 4, 4, 4, 2, 1, 8, 0};
    uint32_t which = take(in);

    return which < 0xF8 ? sizes[which % 8] : which * 0x01010101u;
}

static void op_write(struct world *w, struct input *in)
{
    uint64_t offset = take_offset(in);
    unsigned int size = take_size(in);
    uint64_t value = take16(in);

    world_write(w, offset, size, value | value << 40);
}

static void op_read(struct world *w, struct input *in)
{
    uint64_t offset = take_offset(in);
    uint64_t value = 1;
    int err = world_read(w, offset, take_size(in), &value);

    require(!err || value == 0, "a refused read gives 0");
}

/* As guests do: characters until a count, whatever FR says. */
static void op_type(struct world *w, struct input *in)
{
    uint32_t count = take(in) % 80;

    while (count-- > 0) {
        world_write(w, PL011_UARTDR, 4, count);
    }
}

static void op_read_all(struct world *w, struct input *in)
{
    uint32_t count = take(in) % 40;
    uint64_t value;

    while (count-- > 0) {
        world_read(w, PL011_UARTDR, 4, &value);
    }
}

static void op_rx_push(struct world *w, struct input *in)
{
    uint16_t entries[40];
    size_t count = take(in) % 41;
    uint32_t entry = take16(in);
    bool valid = !(entry & 0xF800u);
    int result;
    size_t i;

    for (i = 0; i < count; i++) {
        entries[i] = (uint16_t)(i % 3 == 0 ? entry : 'a' + i % 26);
    }
    enter(w);
    result = vpl011_rx_push(w->dev, entries, count);
    leave(w, result < 0 ? 0 : 1);
    if (!valid && count > 0) {
        require(result == VPL011_ERR_RANGE, "an entry out of range");
    } else {
        require(result >= 0 && result <= (int)count, "entries taken");
        require(result == (int)count ||
                    !(w->config.flags & VPL011_CFG_UNTHROTTLED),
                "unthrottled takes all");
    }
}

static void op_set_modem(struct world *w, struct input *in)
{
    uint32_t inputs = take16(in) & 0x1FF;
    int err;

    enter(w);
    err = vpl011_set_modem(w->dev, inputs);
    leave(w, err != VPL011_ERR_RANGE);
    if (inputs & ~PL011_FR_MODEM) {
        require(err == VPL011_ERR_RANGE, "modem inputs out of range");
    } else {
        require(err == (w->config.personality == VPL011_SBSA
                            ? VPL011_ERR_UNSUPPORTED
                            : VPL011_OK),
                "modem inputs");
    }
}

/* Another device's state, reached by other accesses, or one byte wrong. */
static void op_state(struct world *w, struct input *in)
{
    struct vpl011_state mine;
    struct vpl011_state state;
    uint32_t damage = take16(in);
    uint32_t count = take(in) % 8;
    int err;

    while (count-- > 0) {
        uint64_t offset = take_offset(in);

        vpl011_mmio_write(&w->twin, offset, 4, take16(in));
    }
    require(!vpl011_state_get(&w->twin, &state), "the twin's state");
    if (damage & 1) {
        ((uint8_t *)&state)[(damage >> 1) % sizeof(state)] ^=
            (uint8_t)(1 + take(in) % 255);
    }
    enter(w);
    err = vpl011_state_get(w->dev, &mine);
    leave(w, 1);
    require(!err, "own state");
    w->loading = true;
    enter(w);
    err = vpl011_state_set(w->dev, &state);
    leave(w, err != VPL011_ERR_ABI);
    w->loading = false;
    if (!err) {
        w->written += state.tx_count;
        w->refilled = true;
    } else {
        require(damage & 1, "a state that a device gave");
    }
}

static void op_far_end(struct world *w, struct input *in)
{
    uint8_t bytes[256];
    uint32_t count = take(in);
    uint32_t how = take(in);
    size_t n;

    for (n = 0; n < sizeof(bytes); n++) {
        bytes[n] = (uint8_t)(how + n);
    }
    if (w->kind == KIND_FIFO) {
        switch (how % 6) {
        case 0:
        case 1:
            n = vpl011_fifo_push(&w->fifo, bytes, count);
            queue_add(&w->typed, bytes, n);
            break;
        case 2:
        case 3:
            n = vpl011_fifo_pop(&w->fifo, bytes, count);
            queue_take(&w->sent, bytes, n);
            break;
        case 4:
            vpl011_fifo_push_break(&w->fifo);
            break;
        default:
            vpl011_fifo_set_attached(&w->fifo, count & 1);
            break;
        }
    } else if (w->kind == KIND_RING) {
        uint32_t todo = 0;

        switch (how % 8) {
        case 0:
        case 1:
            vpl011_xencons_console_write(&w->console, bytes, count, &todo);
            break;
        case 2:
            vpl011_xencons_console_read(&w->console, bytes, count);
            vpl011_xencons_console_publish(&w->console, count & 1);
            break;
        case 3:
            vpl011_xencons_set_attached(&w->ring, count & 1);
            break;
        case 4:
            vpl011_xencons_resync(&w->ring);
            vpl011_xencons_console_resync(&w->console);
            break;
        case 5:
            vpl011_xencons_console_detach(&w->console);
            vpl011_xencons_console_attach(&w->console, w->page, w->page_size,
                                          w->ring_flags);
            break;
        default:
            /* The indices, and `connection` where there is one. */
            ((uint8_t *)w->page)[3072 + count % (w->page_size - 3072)] =
                (uint8_t)take(in);
            break;
        }
    } else {
        w->script.take = (uint8_t)count;
        w->script.give = (uint8_t)take(in);
        w->script.how = (uint8_t)how;
    }
}

static void op_reset_attach_or_move(struct world *w, struct input *in)
{
    uint32_t what = take(in);
    int err;

    if (what & 1) {
        enter(w);
        err = vpl011_reset(w->dev);
        leave(w, 1);
        require(!err, "reset");
    } else if (what & 0x80) {
        far_end_move(w, take(in));
    } else {
        world_attach(w, (enum kind)(take(in) % KINDS));
    }
}

static void op_look_for_input(struct world *w, struct input *in)
{
    const bool tick = take(in) % 4 == 0;
    int result;

    /* In a rest the tick that was asked for stays so until it comes. */
    enter(w);
    result = vpl011_rx_room(w->dev);
    leave(w, 1);
    w->ticks &= !tick && result == 0;
    w->polled = false;
    w->refilled = w->ticks;
    enter(w);
    result = tick ? vpl011_tick(w->dev) : vpl011_data_avail(w->dev);
    leave(w, 1);
    require(result >= 0 && result <= (int)PL011_DEPTH_MAX + 1,
            "characters taken");
    /* Who gives nothing when asked is not asked for until it does. */
    w->refilled |= result == 0 && w->calls.reads > 0;
}

static void op_other(struct world *w, struct input *in)
{
    int result;

    switch (take(in) % 4) {
    case 0:
        enter(w);
        result = vpl011_remind(w->dev);
        leave(w, 1);
        break;
    case 1:
        enter(w);
        result = vpl011_rx_room(w->dev);
        leave(w, 1);
        break;
    default:
        enter(w);
        result = vpl011_pause(w->dev);
        leave(w, 1);
        require(!result && !w->calls.irq && !w->calls.notify, "pause");
        w->polled = false;
        w->loading = true; /* all lines are told again */
        enter(w);
        result = vpl011_resume(w->dev);
        leave(w, 1);
        w->loading = false;
        break;
    }
    require(result >= 0, "remind, room, resume");
}

static void step(struct world *w, struct input *in)
{
    switch (take(in) % 16) {
    case 0:
    case 1:
    case 2:
    case 3:
        op_write(w, in);
        break;
    case 4:
    case 5:
        op_read(w, in);
        break;
    case 6:
        op_type(w, in);
        break;
    case 7:
        if (take(in) % 2) {
            op_read_all(w, in);
        } else {
            op_other(w, in);
        }
        break;
    case 8:
    case 9:
        op_look_for_input(w, in);
        break;
    case 10:
    case 11:
        op_far_end(w, in);
        break;
    case 12:
        op_rx_push(w, in);
        break;
    case 13:
        op_set_modem(w, in);
        break;
    case 14:
        op_state(w, in);
        break;
    default:
        op_reset_attach_or_move(w, in);
        break;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct input in = {.data = data, .size = size};
    struct world *w = calloc(1, sizeof(*w));
    struct world_setup setup = {0};
    int ops = 0;

    if (!w) {
        return 0;
    }
    setup.shape = take(&in);
    setup.flags = take(&in);
    setup.policies = take(&in);
    setup.ops = take(&in);
    setup.backend = take(&in);
    if (world_init(w, &setup)) {
        check(w);
        while (in.at < in.size && ops++ < OPS_MAX) {
            step(w, &in);
            check(w);
        }
    }
    world_end(w);
    free(w);
    return 0;
}
