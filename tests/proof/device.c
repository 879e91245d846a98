/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A device in any state that satisfies the invariant below (check()), one call
 * with any arguments, and the invariant again. Since init establishes it, it
 * holds after any calls in any order.
 */
#include "any.h"

#include <vpl011/deferred.h>
#include <vpl011/page.h>
#include <vpl011/state.h>

#include "internal.h"

#include <string.h>

static struct vpl011 device;

/* Gives the device a clock or DMA request lines; NULL: it has neither. */
static void (*any_tied)(struct vpl011 *);

/* What a device is decides about its depth; told apart, each is exact. */
enum kind { SBSA, OFF_16, OFF_32, ON_16, ON_32, KINDS };

static enum kind kind;
static bool locking;
/* Told apart for a reset, which decides by it what the depth is. */
static enum { ANY_FLAGS, NO_FIRMWARE, FIRMWARE } firmware;
/* Of calls that change no register: told apart for what notify may do. */
static bool depth_stays;
static bool notified;
/* Told apart for writes of UARTDR. */
static enum { ANY_FILL, FULL, NOT_FULL } full;

/* A set that is exact in FEN, and in the rest anything. */
static uint8_t any_lcr_h(uint32_t fen)
{
    return (uint8_t)(any_upto(7) << 5 | fen | any_upto(15));
}

/* What decides about the depth, as vpl011_depth_() has it. */
static void any_identity(struct vpl011 *d)
{
    d->personality = kind == SBSA;
    d->revision = VPL011_R1P5;
    if (kind == OFF_16 || kind == ON_16) {
        d->revision = any_bool() ? VPL011_R1P4 : VPL011_R1P1;
    }
    d->present = kind == SBSA ? any_u8() : IN_SBSA | IN_CONFIG | IN_PL011;
    d->lcr_h = any_u8();
    if (kind == OFF_16 || kind == OFF_32) {
        d->lcr_h = any_lcr_h(0);
    } else if (kind != SBSA) {
        d->lcr_h = any_lcr_h(PL011_LCR_H_FEN);
    }
}

static uint8_t depth_of_kind(void)
{
    return kind == SBSA || kind == ON_32 ? 32 : kind == ON_16 ? 16 : 1;
}

/* As vpl011_store_() has it. */
static uint8_t store_of_kind(void)
{
    return kind == SBSA || kind == ON_32 ? 64 : kind == ON_16 ? 32 : 64;
}

/*
 * The host: any answer, and any time another thread's calls between two of
 * this one's, where the lock allows them.
 */
static void any_state(struct vpl011 *d);

/* All but what never changes after init. */
static void any_calls(void)
{
    const struct vpl011_ops ops = device.ops;

    any_state(&device);
    device.ops = ops;
}

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
}

static void on_bits(void *ctx, uint32_t bits)
{
    (void)ctx;
    (void)bits;
}

/* May call the device, without lock ops too, and so may others meanwhile. Not
 * where the call itself may have changed the depth: one kind of device has one
 * depth here. */
static void on_notify(void *ctx, uint32_t events)
{
    (void)ctx;
    /*@ assert owed: 1 <= events <= 31; */
    (void)events;
    if (depth_stays) {
        any_calls();
    }
    notified = true;
}

static uintptr_t on_lock(void *ctx)
{
    (void)ctx;
    if (depth_stays || !notified) {
        any_calls();
    }
    return any_size();
}

static bool on_owner(void *ctx)
{
    (void)ctx;
    return any_bool();
}

static void on_unlock(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
}

static void on_trace(void *ctx, const struct vpl011_trace *trace)
{
    struct vpl011_trace seen = *trace;
    struct vpl011_counters counters = *seen.counters;

    (void)ctx;
    (void)counters;
}

static void on_guest_error(void *ctx, const struct vpl011_guest_error *error)
{
    struct vpl011_guest_error seen = *error;

    (void)ctx;
    /*@ assert told: 1 <= seen.kind <= 5 && seen.write <= 1; */
    (void)seen;
}

/* Whatever a backend stores there. */
static void any_events(uint32_t *events)
{
    *events = any_u32();
}

/* Reads all that it was given, and may claim to have taken more. */
static size_t on_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    uint8_t copy[2 * PL011_DEPTH_MAX];

    (void)ctx;
    /*@ assert offered: count <= 64; */
    memcpy(copy, bytes, count);
    any_events(events);
    return any_size();
}

static size_t on_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    size_t given = any_size();

    (void)ctx;
    /*@ assert wanted: 1 <= count <= 32; */
    /* All of them, so that none is left as it was. */
    any_bytes(bytes, PL011_DEPTH_MAX);
    any_events(events);
    return given;
}

static void on_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    (void)ctx;
    status->waiting = any_size();
    status->room = any_size();
    status->attached = any_bool();
    status->stopped = any_bool();
    any_events(events);
}

static void on_break(void *ctx, bool on)
{
    (void)ctx;
    (void)on;
}

static size_t on_drop(void *ctx, size_t count)
{
    (void)ctx;
    (void)count;
    return any_size();
}

static uint32_t on_put(void *ctx, uint8_t character)
{
    (void)ctx;
    (void)character;
    return any_u32();
}

static void any_backend(struct vpl011_backend *b)
{
    memset(b, 0, sizeof(*b));
    b->write = on_write;
    b->read = on_read;
    b->poll = on_poll;
    b->send_break = any_bool() ? on_break : NULL;
    b->drop_oldest = locking ? on_drop : NULL;
    b->put = on_put;
}

static void any_ops(struct vpl011_ops *o)
{
    memset(o, 0, sizeof(*o));
    o->irq = any_bool() ? on_irq : NULL;
    o->irq_pending = any_bool() ? on_bits : NULL;
    o->notify = any_bool() ? on_notify : NULL;
    o->lock = locking ? on_lock : NULL;
    o->unlock = locking ? on_unlock : NULL;
    o->owner = locking && any_bool() ? on_owner : NULL;
    o->trace = locking ? on_trace : NULL;
    o->guest_error = any_bool() ? on_guest_error : NULL;
}

static bool on_close(void *ctx)
{
    (void)ctx;
    return any_bool();
}

static void on_clean(void *ctx, void *start, size_t bytes)
{
    const uint8_t *const first = start;

    (void)ctx;
    /*@ assert stored: \valid_read(first + (0 .. bytes - 1)); */
    (void)first;
    (void)bytes;
}

/* Where there is no trace op, a register page: open, asked to close, closed. */
static void any_page(struct vpl011 *d)
{
    static uint32_t registers[PL011_WINDOW_SIZE / 4];

    d->flags &= ~(FLAG_PAGE | FLAG_PAGE_CLOSING);
    d->todo &= ~TODO_PAGE;
    d->page = registers;
    d->page_ctx = NULL;
    d->page_close = on_close;
    d->page_clean = any_bool() ? on_clean : NULL;
    if (!locking && any_bool()) {
        d->flags |= FLAG_PAGE | (any_bool() ? FLAG_PAGE_CLOSING : 0);
        d->todo |= TODO_PAGE;
        d->republish |= REPUBLISH_PAGE;
    }
}

/* Every state of this kind. Only what is set after the first line is not
 * just anything. */
static void any_state(struct vpl011 *d)
{
    any_bytes(d, sizeof(*d));
    any_identity(d);
    notified = false;
    if (firmware != ANY_FLAGS) {
        d->flags = any_upto(UINT32_MAX / 2) * 2;
        d->flags += firmware == FIRMWARE ? VPL011_CFG_FIRMWARE_INIT : 0;
    }
    d->depth = depth_of_kind();
    d->tx_store = store_of_kind();
    d->tx_fill = (uint8_t)(full == FULL       ? d->tx_store
                           : full == NOT_FULL ? any_upto(d->tx_store - 1u)
                                              : any_upto(d->tx_store));
    d->rx_fill = (uint8_t)any_upto(d->depth);
    if (!locking) {
        d->todo &= ~TODO_TRACED;
        d->on_stall = (uint8_t)any_upto(VPL011_POLICY_DROP_NEWEST);
        d->on_gone = (uint8_t)any_upto(VPL011_POLICY_DROP_NEWEST);
    }
    if (d->depth > 1) {
        d->latches &= (uint8_t)~LATCH_EARLY_RX;
    }
    d->more_waits = any_bool();
    d->refill_asked = any_bool();
    d->tick_asked = any_bool();
    d->push_waits = any_bool();
    d->room_owed = any_bool();
    d->notifying = any_bool();
    d->republish = (uint8_t)any_upto(REPUBLISH_LINES);
    any_backend(&d->backend);
    any_ops(&d->ops);
    any_page(d);
    d->flags &=
        ~(FLAG_TIED | FLAG_TIMED_TIMEOUT | FLAG_TIMED_TX | FLAG_TIMED_RX);
    d->todo &= ~(TODO_TIED | TODO_TIMED | TODO_RX_LATER);
    d->time = NULL;
    d->dma_settle = NULL;
    if (any_tied) {
        any_tied(d);
    }
    d->way = any_bool()
                 ? GUARD_WATCHED
                 : (locking ? GUARD_LOCKED_STEADY : GUARD_STEADY) + any_upto(1);
}

/* The invariant: what the state above is, said once more as a check. */
static void check(const struct vpl011 *d)
{
    unsigned int depth = vpl011_depth_(d, d->lcr_h);
    unsigned int store = vpl011_store_(depth);
    uint32_t untold = d->ops.trace ? 0 : d->todo & TODO_TRACED;
    uint32_t early = d->depth == 1 ? 0 : d->latches & LATCH_EARLY_RX;

    /*@ assert one_depth: d->depth == depth; */
    /*@ assert store: d->tx_store == store; */
    /*@ assert sent: d->tx_fill <= store; */
    /*@ assert received: d->rx_fill <= depth; */
    /*@ assert present: d->personality == 1 || d->present == 7; */
    /*@ assert traced: untold == 0; */
    /*@ assert typed_ahead: early == 0; */
    /*@ assert watched: d->rx_watch <= d->rx_fill; */
    (void)depth;
    (void)store;
    (void)untold;
    (void)early;
}

/*
 * Calls
 */

#ifndef KIND
#define KIND k
#endif

/* With lock and trace operations every path is taken that there is without
 * them, since the guard may read as idle; without them once, for what they are
 * not to be called for. */
static void each_kind(void (*call)(struct vpl011 *))
{
    int k;

    locking = true;
    /*@ loop unroll 5; */
    for (k = 0; k < KINDS; k++) {
        kind = (enum kind)KIND;
        call(&device);
    }
    locking = false;
    call(&device);
}

static void call_read(struct vpl011 *d)
{
    uint64_t value;

    any_state(d);
    vpl011_mmio_read(d, any_size(), any_u32(), &value);
    /*@ assert value: \initialized(&value) && value <= 0xFFFF; */
    (void)value;
    check(d);
}

void proof_read(void)
{
    depth_stays = true;
    each_kind(call_read);
}

static void write_at(struct vpl011 *d, uint64_t offset, uint64_t value)
{
    any_state(d);
    if (vpl011_mmio_write(d, offset, any_u32(), value)) {
        check(d);
    } else {
        check(d);
    }
}

/* All offsets there are, in groups: in each it is exact what is stored. */
static void call_write(struct vpl011 *d)
{
    static const uint8_t wide[4] = {
        PL011_UARTIBRD,
        PL011_UARTCR,
        PL011_UARTIMSC,
        PL011_UARTITOP,
    };
    static const uint8_t narrow[7] = {
        PL011_UARTRSR,   PL011_UARTILPR, PL011_UARTFBRD, PL011_UARTIFLS,
        PL011_UARTDMACR, PL011_UARTTCR,  PL011_UARTITIP,
    };
    static const uint8_t other[23] = {
        0x08,          0x0C,          0x10,          0x14, PL011_UARTFR,  0x1C,
        PL011_UARTRIS, PL011_UARTMIS, PL011_UARTICR, 0x4C, 0x50,          0x54,
        0x58,          0x5C,          0x60,          0x64, 0x68,          0x6C,
        0x70,          0x74,          0x78,          0x7C, PL011_UARTTDR,
    };
    const uint64_t aligned = 4 * any_upto(35);

    full = FULL;
    write_at(d, PL011_UARTDR, any_size());
    full = NOT_FULL;
    write_at(d, PL011_UARTDR, any_size());
    full = ANY_FILL;
    write_at(d, wide[any_upto(3)], any_size());
    write_at(d, narrow[any_upto(6)], any_size());
    write_at(d, other[any_upto(22)], any_size());
    /* What is above bit 7 is masked off; here it would cost the exactness. */
    write_at(d, PL011_UARTLCR_H, any_lcr_h(0));
    write_at(d, PL011_UARTLCR_H, any_lcr_h(PL011_LCR_H_FEN));
    write_at(d, aligned + 1, any_size());
    write_at(d, aligned + 2, any_size());
    write_at(d, aligned + 3, any_size());
    write_at(d, any_u64(PL011_UARTTDR + 1, UINT64_MAX), any_size());
}

void proof_write(void)
{
    each_kind(call_write);
}

/*
 * The host's calls.
 */

static void host_calls(struct vpl011 *d)
{
    struct vpl011_line line;
    struct vpl011_counters counters;
    size_t size = any_upto(sizeof(line));

    switch (any_upto(17)) {
    case 0:
        vpl011_data_avail(d);
        break;
    case 1:
        vpl011_set_modem(d, any_u32());
        break;
    case 2:
        vpl011_take_events(d);
        break;
    case 3:
        vpl011_irq_lines(d);
        break;
    case 4:
        vpl011_get_line(d, &line);
        break;
    case 5:
        vpl011_get_counters(d, &counters);
        break;
    case 6:
        vpl011_tick(d);
        break;
    case 7:
        vpl011_remind(d);
        break;
    case 8: {
        int room = vpl011_rx_room(d);

        /*@ assert room: room <= 32 || room == 0x7FFFFFFF; */
        (void)room;
        break;
    }
    case 9: {
        int waiting = vpl011_tx_waiting(d);

        /*@ assert waiting: waiting <= 64; */
        (void)waiting;
        break;
    }
    case 10:
        vpl011_pause(d);
        break;
    case 11:
        vpl011_resume(d);
        break;
    case 12:
        vpl011_set_clock(d, any_u32());
        break;
    case 13:
        vpl011_page_open(d);
        break;
    case 14:
        vpl011_page_closed(d);
        break;
    case 15:
        vpl011_deferrable(d);
        break;
    case 16:
        /*@ split size; */
        vpl011_get_line_sized(d, &line, size);
        break;
    default:
        /*@ split size; */
        vpl011_get_counters_sized(d, &counters, size);
        break;
    }
}

static void call_host(struct vpl011 *d)
{
    static uint32_t registers[PL011_WINDOW_SIZE / 4];
    const struct vpl011_page page = {.registers = registers,
                                     .close = on_close,
                                     .clean = any_bool() ? on_clean : NULL};
    uint16_t entries[48];

    any_state(d);
    host_calls(d);
    check(d);

    any_state(d);
    any_bytes(entries, sizeof(entries));
    vpl011_rx_push(d, entries, sizeof(entries) / sizeof(entries[0]));
    check(d);

    full = FULL;
    any_state(d);
    vpl011_write_deferred(d, (const uint8_t *)entries, 1);
    check(d);
    full = NOT_FULL;
    any_state(d);
    vpl011_write_deferred(d, (const uint8_t *)entries, 1);
    check(d);
    full = ANY_FILL;

    any_state(d);
    vpl011_page_set(d, &page);
    check(d);
}

void proof_host(void)
{
    depth_stays = true;
    each_kind(call_host);
}

static void call_attach(struct vpl011 *d)
{
    struct vpl011_backend b;

    any_state(d);
    any_backend(&b);
    vpl011_attach(d, &b);
    check(d);
    any_state(d);
    vpl011_attach(d, NULL);
    check(d);
}

static void reset_once(struct vpl011 *d)
{
    any_state(d);
    if (vpl011_reset(d)) {
        check(d);
    } else {
        check(d);
    }
}

static void call_reset(struct vpl011 *d)
{
    firmware = NO_FIRMWARE;
    reset_once(d);
    firmware = FIRMWARE;
    reset_once(d);
    firmware = ANY_FLAGS;
}

/* No device yet: any configuration, any operations, any memory. */
static void init_with(uint32_t set_up, uint32_t personality, uint32_t revision)
{
    struct vpl011_config config;
    struct vpl011_ops ops;

    any_bytes(&device, sizeof(device));
    any_bytes(&config, sizeof(config));
    any_ops(&ops);
    config.personality = personality;
    config.revision = revision;
    config.flags = any_upto(UINT32_MAX / 2) * 2 + set_up;
    if (vpl011_init(&device, &config, &ops) == VPL011_OK) {
        check(&device);
    }
    vpl011_init(&device, NULL, &ops);
}

static void init_all(void)
{
    init_with(0, VPL011_PL011, VPL011_R1P5);
    init_with(1, VPL011_PL011, VPL011_R1P5);
    init_with(0, VPL011_PL011, (uint32_t)any_u64(VPL011_R1P4, UINT32_MAX));
    init_with(1, VPL011_PL011, (uint32_t)any_u64(VPL011_R1P4, UINT32_MAX));
    init_with(0, VPL011_SBSA, any_u32());
    init_with(1, VPL011_SBSA, any_u32());
    init_with(0, (uint32_t)any_u64(2, UINT32_MAX), any_u32());
}

void proof_init(void)
{
    locking = true;
    init_all();
    locking = false;
    init_all();
}

void proof_life(void)
{
    each_kind(call_attach);
    each_kind(call_reset);
}
