/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device with a clock that says anything at any time. The invariant of its
 * memory (check_clock()): the pointers are those that vpl011_time_set() stores,
 * and without a clock nothing waits for time. Moments, distances and remainders
 * may be anything.
 */
#include "device.c"

#include "../../src/time.c"

#define TIMED (FLAG_TIMED_TIMEOUT | FLAG_TIMED_TX | FLAG_TIMED_RX)
#define WAITING (TODO_TIMED | TODO_RX_LATER)

static struct vpl011_time memory;

static uint64_t on_now(void *ctx)
{
    (void)ctx;
    return any_u64(0, UINT64_MAX);
}

static void any_clock(struct vpl011 *d)
{
    any_bytes(&memory, sizeof(memory));
    memory.calls = &calls;
    memory.now = on_now;
    memory.timeout_runs = any_bool();
    memory.tx_waits = any_bool();
    memory.rx_waits = any_bool();
    memory.rx_taken = any_bool();
    memory.frame = any_bool();
    memory.drop = any_bool();
    d->time = &memory;
    d->flags |= FLAG_TIED | (any_u32() & TIMED);
    d->todo |= TODO_TIED | (any_u32() & (WAITING | TODO_TIMEOUT));
}

static void check_clock(const struct vpl011 *d)
{
    const uint32_t waiting = d->time ? 0 : d->todo & WAITING;
    const uint32_t timed = d->time ? 0 : d->flags & TIMED;

    /*@ assert memory: d->time == \null || d->time == &memory; */
    /*@ assert pointers: memory.calls == &calls && memory.now == on_now; */
    /*@ assert nothing_waits: waiting == 0; */
    /*@ assert nothing_timed: timed == 0; */
    (void)waiting;
    (void)timed;
    check(d);
}

static void call_set(struct vpl011 *d)
{
    struct vpl011_time_config config;
    uint8_t small[sizeof(memory) - 1];

    any_bytes(&config, sizeof(config));
    config.now = NULL;
    any_state(d);
    vpl011_time_set(d, &memory, &config);
    check_clock(d);
    config.now = on_now;
    any_state(d);
    vpl011_time_set(d, &memory, &config);
    check_clock(d);
    any_state(d);
    vpl011_time_set_sized(d, (struct vpl011_time *)small, sizeof(small),
                          &config, sizeof(config));
    any_state(d);
    d->ops.notify = NULL; /* meanwhile others would give it back */
    if (vpl011_time_set(d, NULL, NULL) == VPL011_OK) {
        check_clock(d);
    }
}

static void call_device(struct vpl011 *d)
{
    uint64_t value;

    any_state(d);
    switch (any_upto(3)) {
    case 0:
        vpl011_tick(d);
        break;
    case 1:
        vpl011_set_clock(d, any_u32());
        break;
    case 2:
        vpl011_mmio_read(d, PL011_UARTFR, 4, &value);
        break;
    default:
        vpl011_time_next(d, &value);
        break;
    }
    check_clock(d);
}

/* What a state says of time, within what docs/state-format.md allows. */
static void call_state(struct vpl011 *d)
{
    uint32_t frame;
    uint32_t timeout;

    any_state(d);
    calls.get(d, &frame, &timeout);
    /*@ assert frame: frame <= 192; */
    /*@ assert timeout: timeout <= 512; */
    calls.load(d, frame, timeout);
    check_clock(d);
}

static void call_clock(struct vpl011 *d)
{
    call_device(d);
    call_state(d);
}

void proof_clock(void)
{
    any_tied = any_clock;
    depth_stays = true;
    kind = ON_32;
    locking = true;
    call_set(&device);
    call_clock(&device);
    kind = SBSA;
    locking = false;
    call_clock(&device);
}
