/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "pair.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <vpl011/state.h>

#include "misuse.h"

#define TOLD (WITH_IRQ | WITH_NOTIFY | WITH_ERRORS)
#define NEWEST VPL011_POLICY_DROP_NEWEST
#define OLDEST VPL011_POLICY_DROP_OLDEST

/* Both personalities, each revision, flag, policy and operation. */
const struct setup setups[] = {
    {"pl011", {.clock_hz = 24000000}, TOLD},
    {"pl011, locked", {0}, TOLD | WITH_LOCK},
    {"pl011, untold", {0}, WITH_IRQ | WITH_NOTIFY},
    {"pl011, called back", {0}, TOLD | WITH_CALLS},
    {"pl011, called back, locked", {0}, TOLD | WITH_LOCK | WITH_CALLS},
    {"pl011, put", {0}, TOLD | WITH_PUT},
    {"pl011, put, locked", {0}, TOLD | WITH_LOCK | WITH_PUT | WITH_CALLS},
    {"pl011, edges", {0}, TOLD | WITH_EDGES},
    {"pl011, edges alone, locked", {0}, WITH_EDGES | WITH_NOTIFY | WITH_LOCK},
    {"pl011, events taken", {0}, WITH_IRQ},
    {"pl011, traced", {0}, TOLD | WITH_TRACE},
    {"pl011, traced, locked", {0}, TOLD | WITH_TRACE | WITH_LOCK},
    {"pl011, lines read", {.flags = VPL011_CFG_NO_IRQ_OP}, WITH_NOTIFY},
    {"pl011, 16 deep", {.revision = VPL011_R1P4}, TOLD},
    {"pl011, r1p1", {.revision = VPL011_R1P1, .baud = 9600}, TOLD},
    {"pl011, another id", {.periph_id = 0x00241011}, TOLD},
    {"pl011, firmware", {.flags = VPL011_CFG_FIRMWARE_INIT}, TOLD},
    {"pl011, firmware, the slowest but one",
     {.flags = VPL011_CFG_FIRMWARE_INIT, .clock_hz = 4194239, .baud = 4},
     TOLD},
    {"pl011, firmware, slower than a divisor goes",
     {.flags = VPL011_CFG_FIRMWARE_INIT, .clock_hz = UINT32_MAX, .baud = 1},
     TOLD},
    {"pl011, firmware, faster than a divisor goes",
     {.flags = VPL011_CFG_FIRMWARE_INIT, .clock_hz = 1, .baud = UINT32_MAX},
     TOLD},
    {"pl011, strict enables", {.flags = VPL011_CFG_STRICT_ENABLES}, TOLD},
    {"pl011, trigger empty", {.flags = VPL011_CFG_TX_TRIGGER_EMPTY}, TOLD},
    {"pl011, TXFF once", {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD}, TOLD},
    {"pl011, TXFF once, locked",
     {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD},
     TOLD | WITH_LOCK},
    {"pl011, strict interrupts", {.flags = VPL011_CFG_STRICT_INTERRUPTS}, TOLD},
    {"pl011, strict interrupts, edges",
     {.flags = VPL011_CFG_STRICT_INTERRUPTS},
     TOLD | WITH_EDGES},
    {"pl011, unthrottled", {.flags = VPL011_CFG_UNTHROTTLED}, TOLD},
    {"pl011, no tick", {.flags = VPL011_CFG_NO_TICK}, TOLD},
    {"pl011, newest", {.on_stall = NEWEST, .on_gone = NEWEST}, TOLD},
    {"pl011, oldest", {.on_stall = OLDEST, .on_gone = OLDEST}, TOLD},
    {"pl011, stall or oldest",
     {.on_stall = VPL011_POLICY_STALL, .on_gone = OLDEST},
     TOLD | WITH_LOCK},
    {"sbsa", {.personality = VPL011_SBSA}, TOLD},
    {"sbsa, locked", {.personality = VPL011_SBSA}, TOLD | WITH_LOCK},
    {"sbsa, edges", {.personality = VPL011_SBSA}, TOLD | WITH_EDGES},
    {"sbsa, stored",
     {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG},
     TOLD},
    {"sbsa, stored, TXFF once",
     {.personality = VPL011_SBSA,
      .flags = VPL011_CFG_STORE_CONFIG | VPL011_CFG_TXFF_ONCE_PER_LOAD},
     TOLD | WITH_LOCK},
    {"sbsa, strict interrupts",
     {.personality = VPL011_SBSA, .flags = VPL011_CFG_STRICT_INTERRUPTS},
     TOLD},
    {"sbsa, unthrottled",
     {.personality = VPL011_SBSA, .flags = VPL011_CFG_UNTHROTTLED},
     TOLD},
    {"sbsa, oldest",
     {.personality = VPL011_SBSA, .on_stall = OLDEST},
     TOLD | WITH_TRACE},
};
const unsigned int setup_count = sizeof(setups) / sizeof(setups[0]);

/*
 * Telling
 */

static const char *register_name(uint64_t offset)
{
    static const char *const names[] = {
        [0x000 / 4] = "DR",    [0x004 / 4] = "RSR",   [0x018 / 4] = "FR",
        [0x020 / 4] = "ILPR",  [0x024 / 4] = "IBRD",  [0x028 / 4] = "FBRD",
        [0x02C / 4] = "LCR_H", [0x030 / 4] = "CR",    [0x034 / 4] = "IFLS",
        [0x038 / 4] = "IMSC",  [0x03C / 4] = "RIS",   [0x040 / 4] = "MIS",
        [0x044 / 4] = "ICR",   [0x048 / 4] = "DMACR", [0x080 / 4] = "TCR",
        [0x084 / 4] = "ITIP",  [0x088 / 4] = "ITOP",  [0x08C / 4] = "TDR",
    };
    static char other[24];

    if (offset % 4 == 0 && offset / 4 < sizeof(names) / sizeof(names[0]) &&
        names[offset / 4]) {
        return names[offset / 4];
    }
    snprintf(other, sizeof(other), "%03llX", (unsigned long long)offset);
    return other;
}

static void describe(const struct action *a, char *to, size_t size)
{
    static const char *const calls[ACTION_KINDS] = {
        [AVAIL] = "vpl011_data_avail",   [TICK] = "vpl011_tick",
        [REMIND] = "vpl011_remind",      [PAUSE] = "vpl011_pause",
        [RESUME] = "vpl011_resume",      [RESET] = "vpl011_reset",
        [ATTACH] = "vpl011_attach",      [CLOCK] = "vpl011_set_clock",
        [PINS] = "vpl011_set_modem",     [RELOAD] = "save and load the state",
        [EVENTS] = "vpl011_take_events", [MISUSE] = "calls that are mistakes",
    };
    unsigned long long value = (unsigned long long)a->value;

    if (a->kind == WRITE && a->size < 8) {
        value &= (1ull << 8 * a->size) - 1; /* all that is written */
    }
    switch (a->kind) {
    case READ:
        snprintf(to, size, "read  %-5s %2u", register_name(a->offset),
                 8u * a->size);
        break;
    case WRITE:
        snprintf(to, size, "write %-5s %2u  %04llX", register_name(a->offset),
                 8u * a->size, value);
        break;
    case FILL:
        snprintf(to, size, "write DR until %llu are queued", value);
        break;
    case RISE:
    case GET:
        snprintf(to, size, "%s until the trigger, +%llu",
                 a->kind == RISE ? "write DR" : "push", value);
        break;
    case FEED:
        snprintf(to, size, "push and read until %llu came", value);
        break;
    case SWEEP:
        snprintf(to, size, "store and read every other one");
        break;
    case PUSH:
        snprintf(to, size, "vpl011_rx_push %u x %03llX", a->size, value);
        break;
    case ROOM:
        snprintf(to, size, "far end: room for %llu", value);
        break;
    case INPUT:
        snprintf(to, size, "far end: %llu wait%s", value,
                 a->size ? ", then a BREAK" : "");
        break;
    case FAR:
        snprintf(to, size, "far end: is %03llX otherwise", value);
        break;
    case ATTACH:
    case CLOCK:
    case PINS:
        snprintf(to, size, "%s %llX", calls[a->kind], value);
        break;
    default:
        snprintf(to, size, "%s", calls[a->kind]);
        break;
    }
}

static void tell_calls(const struct pair *p)
{
    unsigned int most = p->world[0].count;
    unsigned int i;
    char one[64];
    char two[64];

    if (most < p->world[1].count) {
        most = p->world[1].count;
    }
    for (i = 0; i < most && i < CALLS_MAX; i++) {
        const struct call *a = &p->world[0].calls[i];
        const struct call *b = &p->world[1].calls[i];

        snprintf(one, sizeof(one), "nothing");
        snprintf(two, sizeof(two), "nothing");
        if (i < p->world[0].count) {
            call_describe(a, one, sizeof(one));
        }
        if (i < p->world[1].count) {
            call_describe(b, two, sizeof(two));
        }
        if (i < p->world[0].count && i < p->world[1].count &&
            memcmp(a, b, sizeof(*a)) == 0) {
            printf("#          %s\n", one);
        } else {
            printf("#          library: %-36s specification: %s\n", one, two);
        }
    }
}

static void tell(const struct pair *p, const struct action *a)
{
    char text[80];
    char result[32];

    describe(a, text, sizeof(text));
    snprintf(result, sizeof(result), "%d", p->result);
    if (p->result == VPL011_OK && (a->kind == READ || a->kind == EVENTS)) {
        snprintf(result, sizeof(result), "%04llX",
                 (unsigned long long)p->value);
    }
    printf("#    %3u  %-34s -> %s\n", p->steps, text, result);
    tell_calls(p);
    if (p->wrong[0]) {
        printf("#         %s\n", p->wrong);
    }
}

/*
 * Comparing
 */

static void differ(struct pair *p, const char *what, ...)
{
    va_list list;

    if (!p->wrong[0]) {
        va_start(list, what);
        vsnprintf(p->wrong, sizeof(p->wrong), what, list);
        va_end(list);
    }
}

static void compare(struct pair *p, const char *what, uint64_t library,
                    uint64_t specification)
{
    if (library != specification) {
        differ(p, "%s: library %llX, specification %llX", what,
               (unsigned long long)library, (unsigned long long)specification);
    }
}

static void compare_counters(struct pair *p, const struct vpl011_counters *a)
{
    static const char *const names[] = {
        "tx_bytes",   "tx_dropped",   "tx_dropped_oldest", "tx_overflow",
        "tx_flushed", "tx_looped",    "rx_bytes",          "rx_read",
        "rx_flushed", "rx_overruns",  "rx_ignored",        "irq_raises",
        "notifies",   "bad_accesses", "guest_errors",
    };
    const uint64_t *library = (const uint64_t *)a;
    const uint64_t *specification = (const uint64_t *)&p->spec.counters;
    unsigned int i;

    _Static_assert(sizeof(*a) == sizeof(names) / sizeof(names[0]) * 8,
                   "every counter has its name");
    if (memcmp(a, &p->spec.counters, sizeof(*a)) != 0) {
        for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
            compare(p, names[i], library[i], specification[i]);
        }
    }
}

static void compare_line(struct pair *p, struct vpl011 *copy)
{
    struct vpl011_line a;
    struct vpl011_line b;

    compare(p, "vpl011_get_line", (uint64_t)vpl011_get_line(copy, &a), 0);
    spec_get_line(&p->spec, &b);
    compare(p, "line.baud", a.baud, b.baud);
    compare(p, "line.divisor", a.divisor, b.divisor);
    compare(p, "line.outputs", a.outputs, b.outputs);
    compare(p, "line.data_bits", a.data_bits, b.data_bits);
    compare(p, "line.stop_bits", a.stop_bits, b.stop_bits);
    compare(p, "line.parity", a.parity, b.parity);
    compare(p, "line.send_break", a.send_break, b.send_break);
}

static void compare_fifos(struct pair *p)
{
    const struct vpl011 *d = &p->dev;
    unsigned int i;

    compare(p, "characters in the RX FIFO", d->rx_fill, p->spec.rx_count);
    if (p->wrong[0]) {
        return;
    }
    if (memcmp(d->tx_fifo, p->spec.tx, d->tx_fill) != 0) {
        differ(p, "the TX FIFO holds other characters");
    }
    for (i = 0; i < d->rx_fill; i++) {
        compare(p, "an entry of the RX FIFO", d->rx_fifo[d->rx_fill - 1 - i],
                p->spec.rx[i]);
    }
}

static void compare_calls(struct pair *p)
{
    const struct world *a = &p->world[0];
    const struct world *b = &p->world[1];
    const unsigned int told = a->count < CALLS_MAX ? a->count : CALLS_MAX;

    if (a->count != b->count ||
        memcmp(a->calls, b->calls, told * sizeof(a->calls[0])) != 0) {
        differ(p, "what the device called differs");
    }
    if (memcmp(&a->far, &b->far, sizeof(a->far)) != 0) {
        differ(p, "the far ends differ");
    }
    if (a->locked) {
        differ(p, "the lock is still held");
    }
    if (a->allowed) {
        differ(p, "not refused in a callback: %s", a->allowed);
    }
}

static bool same_bytes(const void *a, const void *b, size_t size)
{
    return memcmp(a, b, size) == 0;
}

/* Make all calls that only look, on a copy, so that they cannot hide a mistake.
 * They may change nothing but the guard. */
static void compare_looks(struct pair *p)
{
    struct vpl011 copy = p->dev;
    struct vpl011_counters counters;

    compare(p, "vpl011_get_counters",
            (uint64_t)vpl011_get_counters(&copy, &counters), 0);
    compare_counters(p, &counters);
    compare(p, "vpl011_irq_lines", vpl011_irq_lines(&p->dev), p->spec.lines);
    compare(p, "vpl011_tx_waiting", (uint64_t)vpl011_tx_waiting(&copy),
            p->spec.tx_count);
    compare(p, "vpl011_rx_room", (uint64_t)vpl011_rx_room(&copy),
            (uint64_t)spec_rx_room(&p->spec));
    compare_line(p, &copy);
    copy.guard = p->dev.guard;
    copy.lock_saved = p->dev.lock_saved;
    if (!same_bytes(&copy, &p->dev, sizeof(copy))) {
        differ(p, "a call that only looks has changed the device");
    }
}

/*
 * Acting
 */

static int reload(struct vpl011 *d)
{
    struct vpl011_state state;
    const int err = vpl011_state_get(d, &state);

    return err ? err : vpl011_state_set(d, &state);
}

static int act_on_device(struct pair *p, const struct action *a,
                         const uint16_t *entries, uint64_t *value)
{
    struct vpl011 *d = &p->dev;
    struct world *w = &p->world[0];

    switch (a->kind) {
    case READ:
        return vpl011_mmio_read(d, a->offset, a->size, value);
    case WRITE:
        return vpl011_mmio_write(d, a->offset, a->size, a->value);
    case AVAIL:
        return vpl011_data_avail(d);
    case TICK:
        return vpl011_tick(d);
    case REMIND:
        return vpl011_remind(d);
    case PAUSE:
        return vpl011_pause(d);
    case RESUME:
        return vpl011_resume(d);
    case RESET:
        return vpl011_reset(d);
    case ATTACH:
        return vpl011_attach(d, a->value == 0   ? NULL
                                : a->value == 1 ? &w->backend
                                                : &w->plain);
    case CLOCK:
        return vpl011_set_clock(d, (uint32_t)a->value);
    case PINS:
        return vpl011_set_modem(d, (uint32_t)a->value);
    case PUSH:
        return vpl011_rx_push(d, a->size ? entries : NULL, a->size);
    case RELOAD:
        return reload(d);
    default:
        *value = vpl011_take_events(d);
        return VPL011_OK;
    }
}

static int act_on_spec(struct pair *p, const struct action *a,
                       const uint16_t *entries, uint64_t *value)
{
    struct spec *s = &p->spec;
    struct world *w = &p->world[1];

    switch (a->kind) {
    case READ:
        return spec_read(s, a->offset, a->size, value);
    case WRITE:
        return spec_write(s, a->offset, a->size, a->value);
    case AVAIL:
        return spec_data_avail(s);
    case TICK:
        return spec_tick(s);
    case REMIND:
        return spec_remind(s);
    case PAUSE:
        return spec_pause(s);
    case RESUME:
        return spec_resume(s);
    case RESET:
        return spec_reset(s);
    case ATTACH:
        return spec_attach(s, a->value == 0   ? NULL
                              : a->value == 1 ? &w->backend
                                              : &w->plain);
    case CLOCK:
        return spec_set_clock(s, (uint32_t)a->value);
    case PINS:
        return spec_set_modem(s, (uint32_t)a->value);
    case PUSH:
        return spec_rx_push(s, entries, a->size);
    case RELOAD:
        return spec_reload(s);
    default:
        *value = spec_take_events(s);
        return VPL011_OK;
    }
}

static void act_on_far(struct far *far, const struct action *a)
{
    switch (a->kind) {
    case ROOM:
        far->room = (uint8_t)a->value;
        far->held = 0;
        break;
    case INPUT:
        far->waiting = (uint8_t)a->value;
        far->breaking = a->size;
        break;
    default:
        far->flags ^= (uint16_t)a->value;
        break;
    }
}

/* The specification has none of these calls, since they change nothing. A call
 * that only took the lock may have kept what the lock op returned. */
static bool mistaken(struct pair *p, const struct action *a)
{
    const struct vpl011 before = p->dev;
    const char *allowed;

    p->steps++;
    p->world[0].count = 0;
    p->world[1].count = 0;
    allowed = misuse(&p->dev, &p->world[0].backend);
    p->result = VPL011_OK;
    p->dev.lock_saved = before.lock_saved;
    compare_calls(p);
    if (allowed) {
        differ(p, "not refused: %s", allowed);
    }
    if (!same_bytes(&before, &p->dev, sizeof(before))) {
        differ(p, "a call that is refused has changed the device");
    }
    if (p->tells) {
        tell(p, a);
    }
    return !p->wrong[0];
}

static bool step(struct pair *p, const struct action *a)
{
    const bool far = a->kind == ROOM || a->kind == INPUT || a->kind == FAR;
    uint16_t entries[64];
    uint64_t library = 0xBAD;
    uint64_t specification = 0xBAD;
    unsigned int i;

    p->result = VPL011_OK;
    p->value = 0;
    for (i = 0; i < a->size && i < 64; i++) {
        entries[i] = (uint16_t)(a->value + i % 8);
    }
    p->steps++;
    p->world[0].count = 0;
    p->world[1].count = 0;
    if (far) {
        act_on_far(&p->world[0].far, a);
        act_on_far(&p->world[1].far, a);
    } else {
        p->result = act_on_device(p, a, entries, &library);
        compare(p, "result", (uint64_t)(int64_t)p->result,
                (uint64_t)(int64_t)act_on_spec(p, a, entries, &specification));
        compare(p, "value", library, specification);
        p->value = library;
        compare_calls(p);
        compare_looks(p);
        compare_fifos(p);
    }
    if (p->tells && (!p->inside || p->wrong[0])) {
        tell(p, a);
    }
    return !p->wrong[0];
}

/*
 * Actions of several steps
 */

static uint32_t now_in(const struct spec *s, uint64_t offset)
{
    switch (offset) {
    case PL011_UARTILPR:
        return s->ilpr;
    case PL011_UARTIBRD:
        return s->ibrd;
    case PL011_UARTFBRD:
        return s->fbrd;
    case PL011_UARTLCR_H:
        return s->lcr_h;
    case PL011_UARTCR:
        return s->cr;
    case PL011_UARTIFLS:
        return s->ifls;
    case PL011_UARTIMSC:
        return s->imsc;
    case PL011_UARTDMACR:
        return s->dmacr;
    case PL011_UARTTCR:
        return s->tcr;
    case PL011_UARTITIP:
        return s->itip;
    case PL011_UARTITOP:
        return s->itop;
    default:
        return 0;
    }
}

/* Garbage above what an access of this size moves must not matter. */
static bool flip(struct pair *p, uint64_t offset, unsigned int size,
                 uint64_t bits)
{
    const uint64_t garbage = size == 1 ? ~0xFFull : ~0xFFFFull;
    const uint64_t now = now_in(&p->spec, offset) ^ bits;

    return step(p, &(struct action){WRITE, (uint8_t)size, offset,
                                    (now & ~garbage) | (garbage << 8)});
}

static bool send(struct pair *p, unsigned int size)
{
    return step(p, &(struct action){WRITE, (uint8_t)size, PL011_UARTDR,
                                    0xABCD00u + 0x10u + p->spec.tx_count});
}

static bool fill(struct pair *p, unsigned int until)
{
    while (p->spec.tx_count < until) {
        const unsigned int before = p->spec.tx_count;

        if (!send(p, 4)) {
            return false;
        }
        if (p->spec.tx_count == before) {
            break;
        }
    }
    return true;
}

static bool get(struct pair *p, unsigned int until)
{
    while (p->spec.rx_count < until && spec_rx_room(&p->spec) > 0 &&
           p->spec.rx_count < spec_depth(&p->spec)) {
        const unsigned int before = p->spec.rx_count;

        if (!step(p, &(struct action){PUSH, 1, 0, 0xC0})) {
            return false;
        }
        if (p->spec.rx_count == before) {
            break;
        }
    }
    return true;
}

static bool feed(struct pair *p, unsigned int until)
{
    while (p->spec.burst < until && spec_rx_room(&p->spec) > 0) {
        const unsigned int before = p->spec.burst;

        if (!step(p, &(struct action){PUSH, 1, 0, 0xC0}) ||
            !step(p, &(struct action){READ, 4, PL011_UARTDR, 0})) {
            return false;
        }
        if (p->spec.burst == before) {
            break;
        }
    }
    return true;
}

/* What the search does not vary is stored and read back here, from every state
 * that it comes to, and left as it was. */
static bool sweep(struct pair *p)
{
    static const uint16_t stored[] = {
        PL011_UARTILPR,  PL011_UARTIBRD, PL011_UARTFBRD,
        PL011_UARTDMACR, PL011_UARTITIP, PL011_UARTITOP,
    };
    static const uint16_t read[] = {
        0x004, 0x020, 0x024, 0x028, 0x02C, 0x030, 0x034, 0x038, 0x048,
        0x080, 0x084, 0x088, 0x008, 0x01C, 0x04C, 0x07C, 0x090, 0xFDC,
        0xFE0, 0xFE4, 0xFE8, 0xFEC, 0xFF0, 0xFF4, 0xFF8, 0xFFC,
    };
    static const uint8_t sizes[] = {1, 2, 4};
    unsigned int i;
    unsigned int k;

    for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        for (k = 0; k < 3; k++) {
            if (!flip(p, stored[i], sizes[k], 0xA5A5 >> k) ||
                !step(p, &(struct action){READ, 4, stored[i], 0}) ||
                !flip(p, stored[i], sizes[k], now_in(&p->spec, stored[i]))) {
                return false;
            }
        }
        if (!flip(p, stored[i], 4, now_in(&p->spec, stored[i]))) {
            return false;
        }
    }
    for (i = 0; i < sizeof(read) / sizeof(read[0]); i++) {
        for (k = 0; k < 3; k++) {
            if (!step(p, &(struct action){READ, sizes[k], read[i], 0})) {
                return false;
            }
        }
    }
    return true;
}

static bool several(struct pair *p, const struct action *a)
{
    const unsigned int value = (unsigned int)a->value;
    bool right;

    p->inside = true;
    switch (a->kind) {
    case FILL:
        right = fill(p, value);
        break;
    case RISE:
        right = fill(p, spec_tx_trigger(&p->spec) + value);
        break;
    case GET:
        right = get(p, spec_rx_trigger(&p->spec) + value);
        break;
    case FEED:
        right = feed(p, value);
        break;
    default:
        right = sweep(p);
        break;
    }
    p->inside = false;
    if (p->tells && right) {
        p->world[0].count = 0;
        p->world[1].count = 0;
        tell(p, a);
    }
    return right;
}

bool pair_do(struct pair *p, const struct action *a)
{
    p->wrong[0] = '\0';
    switch (a->kind) {
    case FLIP:
        return flip(p, a->offset, a->size, a->value);
    case FLIP_PIN:
        return step(p, &(struct action){PINS, 0, 0, p->spec.inputs ^ a->value});
    case SEND:
        return send(p, a->size);
    case MISUSE:
        return mistaken(p, a);
    case FILL:
    case RISE:
    case GET:
    case FEED:
    case SWEEP:
        return several(p, a);
    default:
        return step(p, a);
    }
}

void pair_init(struct pair *p, const struct setup *setup)
{
    int err;

    memset(p, 0, sizeof(*p));
    p->setup = setup;
    world_init(&p->world[0], setup->with);
    world_init(&p->world[1], setup->with);
    p->world[0].inside = (setup->with & WITH_CALLS) ? &p->dev : NULL;
    err = vpl011_init(&p->dev, &setup->config, &p->world[0].ops);
    spec_init(&p->spec, &setup->config, &p->world[1].ops);
    compare(p, "vpl011_init", (uint64_t)(int64_t)err, 0);
    compare_calls(p);
    compare_looks(p);
}

void pair_save(const struct pair *p, struct moment *m)
{
    m->dev = p->dev;
    m->spec = p->spec;
    m->far = p->world[0].far;
}

void pair_restore(struct pair *p, const struct moment *m)
{
    p->dev = m->dev;
    p->spec = m->spec;
    p->world[0].far = m->far;
    p->world[1].far = m->far;
    p->wrong[0] = '\0';
}
