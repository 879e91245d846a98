/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The host keeps the contract strictly: it takes output only after FAR_END,
 * until it has found none; it types into a full backend again only after
 * FAR_END; it answers REFILL with vpl011_data_avail(), and TICK with
 * vpl011_tick(). So a missing event is a console that dies. It never answers
 * at once, but at any time.
 */
#include "console.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../personas/list.h"
#include "../personas/setups.h"
#include "driver.h"

#define TYPED 'a'
#define SENT 'A'

/* What of the console changes, beside the device and the driver. */
struct around {
    uint16_t to_arrive; /* output that the far end has not got yet */
    uint8_t queued_out; /* in the backend */
    uint8_t to_type;    /* ENDLESS_INPUT: does not count down */
    uint8_t queued_in;  /* in the backend */
    uint8_t unread;     /* typed, and not read yet */
    uint8_t futile;     /* handlers since a character moved */
    bool in_hand;       /* read from DR, and not handed over yet */
    bool armed;         /* the far end knows of output */
    bool blocked;       /* somebody waits for room to type */
    bool owes_avail, owes_tick;
    bool line, edge, pending; /* the interrupt, as the ops told */
};

static struct vpl011 dev;
static struct around outside;
static struct scene scene;
static const struct persona *persona;
static char wrong[96];
static char told[64];
static bool moved;

static void goes_wrong(const char *why)
{
    if (!wrong[0]) {
        snprintf(wrong, sizeof(wrong), "%s", why);
    }
}

/*
 * The backend
 */

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    const size_t room = scene.out - outside.queued_out;
    const size_t taken = count < room ? count : room;
    size_t i;

    (void)ctx;
    for (i = 0; i < taken; i++) {
        if (bytes[i] != SENT) {
            goes_wrong("the far end gets what nobody sent");
        }
    }
    if (taken > 0 && outside.queued_out == 0) {
        *events |= VPL011_EVENT_FAR_END;
    }
    outside.queued_out = (uint8_t)(outside.queued_out + taken);
    return taken;
}

static uint32_t far_put(void *ctx, uint8_t character)
{
    uint32_t events = 0;

    return far_write(ctx, &character, 1, &events) > 0
               ? VPL011_BACKEND_TAKEN | events
               : 0;
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    const size_t given = count < outside.queued_in ? count : outside.queued_in;

    (void)ctx;
    if (outside.queued_in == scene.in) {
        *events |= VPL011_EVENT_FAR_END;
    }
    memset(bytes, TYPED, given);
    outside.queued_in = (uint8_t)(outside.queued_in - given);
    return given;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->waiting = outside.queued_in;
    status->room = scene.out - outside.queued_out;
    status->attached = true;
}

/*
 * The operations of the device
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    const bool line = (lines & VPL011_IRQ_UARTINTR) != 0;

    (void)ctx;
    (void)changed;
    outside.edge = outside.edge || (line && !outside.line);
    outside.line = line;
}

static void on_pending(void *ctx, uint32_t bits)
{
    (void)ctx;
    (void)bits;
    outside.pending = true;
}

static void on_notify(void *ctx, uint32_t events)
{
    (void)ctx;
    if (events & VPL011_EVENT_FAR_END) {
        outside.armed = true;
        outside.blocked = false;
    }
    if (events & VPL011_EVENT_REFILL) {
        outside.owes_avail = true;
    }
    if (events & VPL011_EVENT_TICK) {
        outside.owes_tick = true;
    }
}

/*
 * What a call of the device did, by its counters, which are cleared each time
 */

static bool may_discard(void)
{
    return !driver.bound || (persona->traits & (EATS | DISCARDS | FLUSHES));
}

static void took_from_dr(uint32_t value)
{
    if ((uint8_t)value != TYPED) {
        goes_wrong("a character that nobody typed");
    } else if (persona->traits & EATS) {
        outside.unread--;
    } else if (outside.in_hand) {
        goes_wrong("the driver throws input away");
    }
    outside.in_hand = !(persona->traits & EATS);
}

static void look_at_counters(void)
{
    const struct vpl011_counters c = dev.counters;

    if (c.tx_overflow || c.tx_dropped || c.tx_flushed) {
        goes_wrong("output is lost");
    }
    if (c.rx_overruns || c.rx_ignored || (c.rx_flushed && !may_discard())) {
        goes_wrong("input is lost");
    }
    if (c.rx_flushed > outside.unread) {
        goes_wrong("more input is lost than there was");
    } else {
        outside.unread = (uint8_t)(outside.unread - c.rx_flushed);
    }
    moved = moved || c.tx_bytes || c.rx_bytes || c.rx_read;
    memset(&dev.counters, 0, sizeof(dev.counters));
}

/*
 * What the driver asks of its console
 */

size_t rx_wanted(struct guest *g)
{
    (void)g;
    return (size_t)outside.to_type + outside.unread;
}

void rx_char(struct guest *g, uint32_t c)
{
    (void)g;
    if (persona->traits & EATS) {
        return;
    }
    if ((uint8_t)c != TYPED || !outside.in_hand) {
        goes_wrong("the driver receives what nobody typed");
    }
    outside.in_hand = false;
    outside.unread--;
    moved = true;
}

/*
 * Moves
 */

static bool is_interrupted(void)
{
    if (!driver.bound || !persona->irq || driver.masked || driver.in_handler) {
        return false;
    }
    if (persona->traits & RISING) {
        return outside.edge;
    }
    return scene.edges && !(persona->traits & LEVELS) ? outside.pending
                                                      : outside.line;
}

static bool can_lower(void)
{
    return driver.lower_due && !driver.in_lower && !driver.in_handler &&
           !driver.masked;
}

/*
 * An interrupt may come late. But what the handler left to do comes before
 * anything else the driver does, and not while an interrupt is pending. A tick
 * comes a millisecond after it was asked for, when the handler and what it left
 * to do are over.
 */
uint32_t console_moves(void)
{
    const bool interrupted = is_interrupted();
    const bool lower = can_lower();
    uint32_t moves = 1u << LOOK;

    if (driver.request != IDLES && !lower && !(interrupted && scene.prompt)) {
        moves |= 1u << STEP;
    }
    if (interrupted) {
        moves |= 1u << HANDLER;
    } else if (lower) {
        moves |= 1u << LOWER;
    }
    if (outside.armed) {
        moves |= 1u << TAKE;
    }
    if (outside.to_type > 0 && !outside.blocked &&
        (driver.bound || scene.early)) {
        moves |= 1u << TYPE;
    }
    if (outside.owes_avail) {
        moves = (moves | 1u << AVAIL) & ~(1u << LOOK);
    }
    if (outside.owes_tick && !driver.in_handler && !driver.in_lower && !lower &&
        !interrupted) {
        moves |= 1u << TICK;
    }
    return moves;
}

static const char *name_of(unsigned int reg)
{
    static const char *const names[] = {
        [DR / 4] = "DR",       [RSR / 4] = "RSR",   [FR / 4] = "FR",
        [IBRD / 4] = "IBRD",   [FBRD / 4] = "FBRD", [LCR_H / 4] = "LCR_H",
        [CR / 4] = "CR",       [IFLS / 4] = "IFLS", [IMSC / 4] = "IMSC",
        [RIS / 4] = "RIS",     [MIS / 4] = "MIS",   [ICR / 4] = "ICR",
        [DMACR / 4] = "DMACR",
    };

    return reg / 4 < sizeof(names) / sizeof(names[0]) ? names[reg / 4] : "ID";
}

static void access(void)
{
    uint64_t value = 0;

    if (driver.request == READS) {
        if (vpl011_mmio_read(&dev, driver.reg, driver.size, &value)) {
            goes_wrong("a good read is refused");
        }
        snprintf(told, sizeof(told), "%s is %X", name_of(driver.reg),
                 (unsigned int)value);
        driver.value = (uint32_t)value;
        if (driver.reg == DR && dev.counters.rx_read > 0) {
            took_from_dr(driver.value);
        }
    } else if (driver.request == WRITES) {
        snprintf(told, sizeof(told), "%s=%X", name_of(driver.reg),
                 driver.value);
        moved = moved || driver.reg == DR;
        if (vpl011_mmio_write(&dev, driver.reg, driver.size, driver.value)) {
            goes_wrong("a good write is refused");
        }
    }
    look_at_counters();
}

static void interrupt(void)
{
    outside.edge = false;
    outside.pending = false;
    if (++outside.futile > scene.futile) {
        goes_wrong("the handler is called again and again, and nothing moved");
    }
    snprintf(told, sizeof(told), "[");
    driver_handle();
}

static void take(void)
{
    if (outside.queued_out == 0) {
        outside.armed = false;
        snprintf(told, sizeof(told), "(no output)");
        return;
    }
    if (outside.to_arrive == 0) {
        goes_wrong("the far end gets more than was sent");
    }
    outside.to_arrive--;
    outside.queued_out--;
    outside.armed = outside.queued_out > 0;
    outside.owes_avail = true;
    moved = true;
    snprintf(told, sizeof(told), "(taken)");
}

static void type(void)
{
    const unsigned int room = scene.in - outside.queued_in;
    unsigned int count = room > 0 ? 1 : 0;

    if (outside.to_type == ENDLESS_INPUT) {
        count = room;
    } else {
        outside.to_type = (uint8_t)(outside.to_type - count);
    }
    outside.queued_in = (uint8_t)(outside.queued_in + count);
    outside.unread = (uint8_t)(outside.unread + count);
    outside.blocked = count == 0;
    outside.owes_avail = outside.owes_avail || count > 0;
    snprintf(told, sizeof(told), count ? "(%u typed)" : "(no room to type)",
             count);
}

static void call(enum move move)
{
    outside.owes_avail = false;
    if (move == TICK) {
        outside.owes_tick = false;
        snprintf(told, sizeof(told), "(tick)");
        if (vpl011_tick(&dev) < 0) {
            goes_wrong("vpl011_tick() is refused");
        }
    } else {
        snprintf(told, sizeof(told), "(data_avail)");
        if (vpl011_data_avail(&dev) < 0) {
            goes_wrong("vpl011_data_avail() is refused");
        }
    }
    look_at_counters();
}

bool console_do(enum move move)
{
    const bool was_in_handler = driver.in_handler;

    moved = false;
    switch (move) {
    case STEP:
        snprintf(told, sizeof(told), "goes on");
        access();
        driver_go_on();
        break;
    case HANDLER:
        interrupt();
        break;
    case LOWER:
        snprintf(told, sizeof(told), "lower:");
        driver_lower();
        break;
    case TAKE:
        take();
        break;
    case TYPE:
        type();
        break;
    default:
        call(move);
        break;
    }
    if (moved) {
        outside.futile = 0;
    }
    if (driver.gave_up) {
        goes_wrong("the driver gives up");
    }
    if ((was_in_handler || move == HANDLER) && !driver.in_handler) {
        snprintf(told + strlen(told), sizeof(told) - strlen(told), " ]");
    }
    return !wrong[0];
}

const char *console_wrong(void)
{
    return wrong;
}

bool console_moved(void)
{
    return moved;
}

bool console_has_work(void)
{
    return outside.to_arrive > 0 || outside.unread > 0 || outside.blocked ||
           !driver.sent;
}

bool console_in_handler(void)
{
    return driver.in_handler;
}

const char *console_told(void)
{
    return told;
}

/*
 * Beginning and copying
 */

bool console_start(const struct scene *s)
{
    static const struct vpl011_backend backend = {
        .write = far_write,
        .read = far_read,
        .poll = far_poll,
        .put = far_put,
    };
    const struct vpl011_ops ops = {
        .irq = on_irq,
        .irq_pending = s->edges ? on_pending : NULL,
        .notify = on_notify,
    };
    struct vpl011_config config;

    persona = persona_find(s->persona);
    if (!persona || !config_parse(s->config, &config) ||
        !config_fits(persona, &config) || exception_find(persona, &config)) {
        return false;
    }
    scene = *s;
    if (persona->traits & BLIND) {
        scene.out = scene.sends;
    }
    memset(&outside, 0, sizeof(outside));
    memset(&dev, 0, sizeof(dev));
    outside.to_arrive = (uint16_t)scene.sends;
    outside.to_type = (persona->traits & SEND_ONLY) ? 0 : (uint8_t)scene.types;
    wrong[0] = '\0';
    if (vpl011_init(&dev, &config, &ops) || vpl011_attach(&dev, &backend)) {
        goes_wrong("no such device");
    }
    look_at_counters();
    driver_start(persona, config.personality == VPL011_SBSA, scene.sends);
    return !wrong[0];
}

/* What the FIFOs hold beyond their fills is of no meaning. */
static void forget_the_unused(void)
{
    memset(dev.tx_fifo + dev.tx_fill, 0, sizeof(dev.tx_fifo) - dev.tx_fill);
    memset(dev.rx_fifo + dev.rx_fill, 0,
           sizeof(dev.rx_fifo) - dev.rx_fill * sizeof(dev.rx_fifo[0]));
    dev.tx_offered = 0;
}

size_t console_save(void *to)
{
    uint8_t *const at = to;

    if (sizeof(dev) + sizeof(outside) + driver_size() > CONSOLE_MAX) {
        abort();
    }
    forget_the_unused();
    memcpy(at, &dev, sizeof(dev));
    memcpy(at + sizeof(dev), &outside, sizeof(outside));
    driver_save(at + sizeof(dev) + sizeof(outside));
    return sizeof(dev) + sizeof(outside) + driver_size();
}

void console_restore(const void *from)
{
    const uint8_t *const at = from;

    memcpy(&dev, at, sizeof(dev));
    memcpy(&outside, at + sizeof(dev), sizeof(outside));
    driver_restore(at + sizeof(dev) + sizeof(outside));
    wrong[0] = '\0';
}
