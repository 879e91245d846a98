/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "setups.h"

#include <string.h>

static const struct {
    const char *name;
    uint32_t flag;
} flags[] = {
    {"firmware", VPL011_CFG_FIRMWARE_INIT},
    {"strict-enables", VPL011_CFG_STRICT_ENABLES},
    {"trigger-empty", VPL011_CFG_TX_TRIGGER_EMPTY},
    {"txff-once", VPL011_CFG_TXFF_ONCE_PER_LOAD},
    {"strict-interrupts", VPL011_CFG_STRICT_INTERRUPTS},
    {"store", VPL011_CFG_STORE_CONFIG},
    {"unthrottled", VPL011_CFG_UNTHROTTLED},
    {"no-tick", VPL011_CFG_NO_TICK},
};

#define FLAGS (sizeof(flags) / sizeof(flags[0]))
/* BCM2835: claims 16 and has 32. */
#define ID_16 0x00241011u

void config_name(const struct vpl011_config *config, char *name, size_t size)
{
    size_t i;

    snprintf(name, size, "%s",
             config->personality == VPL011_SBSA ? "sbsa"
             : config->revision == VPL011_R1P5  ? "pl011-32"
             : config->revision == VPL011_R1P4  ? "pl011-16"
                                                : "pl011-r1p1");
    for (i = 0; i < FLAGS; i++) {
        if (config->flags & flags[i].flag) {
            snprintf(name + strlen(name), size - strlen(name), "+%s",
                     flags[i].name);
        }
    }
    if (config->periph_id) {
        snprintf(name + strlen(name), size - strlen(name), "+id-16");
    }
}

static bool part_parse(const char *part, size_t length,
                       struct vpl011_config *config)
{
    size_t i;

    for (i = 0; i < FLAGS; i++) {
        if (strlen(flags[i].name) == length &&
            strncmp(part, flags[i].name, length) == 0) {
            config->flags |= flags[i].flag;
            return true;
        }
    }
    if (length == 5 && strncmp(part, "id-16", length) == 0) {
        config->periph_id = ID_16;
        return true;
    }
    return false;
}

bool config_parse(const char *name, struct vpl011_config *config)
{
    static const struct {
        const char *name;
        uint32_t personality, revision;
    } bases[] = {
        {"pl011-32", VPL011_PL011, VPL011_R1P5},
        {"pl011-16", VPL011_PL011, VPL011_R1P4},
        {"pl011-r1p1", VPL011_PL011, VPL011_R1P1},
        {"sbsa", VPL011_SBSA, 0},
    };
    size_t length = strcspn(name, "+");
    size_t i;

    memset(config, 0, sizeof(*config));
    for (i = 0; i < sizeof(bases) / sizeof(bases[0]); i++) {
        if (strlen(bases[i].name) == length &&
            strncmp(name, bases[i].name, length) == 0) {
            break;
        }
    }
    if (i == sizeof(bases) / sizeof(bases[0])) {
        return false;
    }
    config->personality = bases[i].personality;
    config->revision = bases[i].revision;
    for (name += length; *name; name += length) {
        name++;
        length = strcspn(name, "+");
        if (!part_parse(name, length, config)) {
            return false;
        }
    }
    return true;
}

bool config_next(size_t *i, struct vpl011_config *config)
{
    static const char *const names[] = {
        "pl011-32",
        "pl011-16",
        "pl011-r1p1",
        "pl011-32+id-16",
        "pl011-32+firmware",
        "pl011-16+firmware",
        "pl011-32+strict-enables",
        "pl011-32+firmware+strict-enables",
        "pl011-32+trigger-empty",
        "pl011-16+trigger-empty",
        "pl011-32+txff-once",
        "pl011-16+txff-once",
        "pl011-32+firmware+trigger-empty+txff-once",
        "pl011-32+strict-interrupts",
        "pl011-16+strict-interrupts",
        "pl011-32+unthrottled",
        "pl011-16+unthrottled",
        "sbsa",
        "sbsa+store",
        "sbsa+trigger-empty",
        "sbsa+txff-once",
        "sbsa+trigger-empty+txff-once+store",
        "sbsa+strict-interrupts",
        "sbsa+unthrottled",
    };

    if (*i >= sizeof(names) / sizeof(names[0])) {
        return false;
    }
    config_parse(names[(*i)++], config);
    return true;
}

static const char *const far_ends[FAR_ENDS] = {
    [SINK] = "sink",
    [FIFO] = "fifo",
    [RING] = "ring",
};

static const char *const paces[PACES] = {
    [IMMEDIATE] = "immediate", [SLOW] = "slow",           [STALLED] = "stalled",
    [TINY] = "tiny",           [LATENT] = "latent",       [TICKED] = "ticked",
    [ALWAYS] = "always",       [SCHEDULED] = "scheduled", [RANDOM] = "random",
    [AT_9600] = "at-9600",     [AT_115200] = "at-115200",
};

static bool find(const char *name, const char *const *names, size_t count,
                 size_t *at)
{
    for (*at = 0; *at < count; (*at)++) {
        if (strcmp(name, names[*at]) == 0) {
            return true;
        }
    }
    return false;
}

bool far_end_parse(const char *name, enum far_end *far_end)
{
    size_t at;
    bool found = find(name, far_ends, FAR_ENDS, &at);

    *far_end = found ? (enum far_end)at : SINK;
    return found;
}

bool pace_parse(const char *name, enum pace *pace)
{
    size_t at;
    bool found = find(name, paces, PACES, &at);

    *pace = found ? (enum pace)at : IMMEDIATE;
    return found;
}

const char *far_end_name(enum far_end far_end)
{
    return far_ends[far_end];
}

const char *pace_name(enum pace pace)
{
    return paces[pace];
}

const char *setup_line(const struct setup *s)
{
    static char line[SETUP_LINE];
    char config[120];
    size_t n;
    size_t i;

    config_name(&s->config, config, sizeof(config));
    n = (size_t)snprintf(line, sizeof(line),
                         "--persona %s --config %s --far-end %s --pace %s "
                         "--send %zu --receive %zu%s%s%s",
                         s->persona->name, config, far_end_name(s->far_end),
                         pace_name(s->pace), s->sends, s->receives,
                         s->both ? " --both" : "", s->early ? " --early" : "",
                         s->edges ? " --edges" : "");
    if (s->without_exits) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, " --without-exits");
    }
    if (s->room) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, " --room %zu",
                              s->room);
    }
    if (s->latency) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, " --latency %u",
                              s->latency);
    }
    if (s->config.on_gone) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, " --gone %u",
                              s->config.on_gone);
    }
    if (s->pace == RANDOM || s->without_exits) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, " --seed %llu",
                              (unsigned long long)s->seed);
    }
    for (i = 0; i < s->action_count && n + 16 < sizeof(line); i++) {
        n += (size_t)snprintf(line + n, sizeof(line) - n, "%s%c%u",
                              i ? "," : " --schedule ", s->actions[i].what,
                              s->actions[i].at);
    }
    return line;
}

/*
 * Exceptions
 */

#define ANY (ON_PL011 | ON_SBSA)
#define EMPTY VPL011_CFG_TX_TRIGGER_EMPTY
#define STRICT VPL011_CFG_STRICT_INTERRUPTS
#define ENABLES VPL011_CFG_STRICT_ENABLES
#define FIRMWARE VPL011_CFG_FIRMWARE_INIT

const struct exception exceptions[] = {
    {"xen", ANY, STRICT, 0, 1u << STALL,
     "TXRIS may be gone for good when TXFE comes"},
    {"xen", ANY, 0, EMPTY, 1u << ENDLESS | 1u << STALL,
     "takes TXRIS as TXFE: spins, or masks TX with characters to come"},
    {"xen", ANY, EMPTY | VPL011_CFG_TXFF_ONCE_PER_LOAD, 0, 0,
     "masks TX, and then sees TXFF where the FIFO is empty: seldom"},
    {"linux-sbsa", ON_PL011, ENABLES, FIRMWARE, 1u << STALL,
     "never enables the device"},
    {"linux-earlycon-8", ON_PL011, ENABLES, FIRMWARE, 1u << HANG,
     "writes before anybody enabled the device"},
    {"linux-earlycon-32", ON_PL011, ENABLES, FIRMWARE, 1u << HANG,
     "writes before anybody enabled the device"},
    {"illumos", ON_PL011, ENABLES, FIRMWARE, 1u << HANG,
     "never enables the device"},
    {"sbsa-acs", ON_PL011, ENABLES, FIRMWARE, 1u << STALL | 1u << HANG,
     "never enables the device"},
    {"linux-kgdb", ON_PL011, STRICT, 0, 1u << STALL,
     "acknowledges RT while characters wait"},
    {"freebsd", ANY, STRICT, 0, 1u << STALL,
     "waits for TXRIS after a batch below the trigger"},
    {"netbsd", ANY, STRICT, 0, 1u << STALL,
     "waits for TXRIS after a batch below the trigger"},
    {"openbsd-2018", ON_PL011, STRICT, 0, 0,
     "acknowledges RX that came after it read RIS: seldom"},
    {"openbsd-2019", ON_PL011, STRICT, 0, 1u << STALL,
     "acknowledges TX before it writes while TXFE shows"},
    {"openbsd-now", ANY, STRICT, 0, 1u << STALL,
     "waits for TXRIS after a batch below the trigger"},
    {"freebsd", ANY, VPL011_CFG_UNTHROTTLED, 0, 1u << ENDLESS,
     "does not leave its handler with its ring full"},
    {"nuttx", ANY, VPL011_CFG_UNTHROTTLED, 0, 1u << LOST,
     "throws away what its ring cannot hold"},
    {"nuttx", ANY, VPL011_CFG_TXFF_ONCE_PER_LOAD, 0, 1u << LOST,
     "sends from its handler, which is called again before its ring is read"},
    {"openbsd-now", ANY, VPL011_CFG_UNTHROTTLED, 0, 0,
     "throws away what its ring cannot hold: seldom"},
    {"openbsd-now", ANY, VPL011_CFG_TXFF_ONCE_PER_LOAD, 0, 1u << LOST,
     "sends from its handler, which is called again before its ring is read"},
    {"zephyr", ANY, STRICT, 0, 1u << STALL,
     "relies on TXRIS of the output before, however short"},
    {"rtems-old", ON_PL011, STRICT, 0, 1u << STALL,
     "acknowledges TX after it wrote"},
    {"9front", ANY, STRICT, 0, 1u << STALL,
     "RX without RT: nothing below the trigger"},
    {"9front-console", ANY, STRICT, 0, 1u << STALL,
     "RX without RT: nothing below the trigger"},
    {"op-tee", ON_SBSA, STRICT, 0, 1u << STALL,
     "RX without RT, and FIFOs that it cannot turn off"},
    {"arceos", ANY, STRICT, 0, 1u << STALL,
     "acknowledges RX after the drain; no RT"},
    {"some-serial", ANY, STRICT, 0, 1u << STALL,
     "acknowledges RX and RT after the drain"},
    {"lk", ON_SBSA, STRICT, 0, 1u << STALL,
     "RX without RT: nothing below the trigger"},
    {"lk", ON_PL011, STRICT, 0, 0,
     "acknowledges RX that came before it opened: seldom"},
    {"osv", ON_PL011, ENABLES, FIRMWARE, 1u << STALL | 1u << LOST,
     "never enables the device"},
    {"osv", ON_SBSA, STRICT, 0, 1u << STALL,
     "RX without RT: nothing below the trigger"},
    {"osv", ON_PL011, STRICT, 0, 0,
     "acknowledges RX that came before its thread reads: seldom"},
    {"helenos-kernel", ON_PL011, STRICT, 0, 1u << STALL,
     "acknowledges RX and RT after the drain"},
    {"circle-one", ON_PL011, STRICT, 0, 1u << STALL,
     "acknowledges RX and RT with characters left"},
    {"sbsa-acs", ANY, STRICT, 0, 1u << STALL,
     "expects TXRIS after a string below the trigger"},
};

const size_t exception_count = sizeof(exceptions) / sizeof(exceptions[0]);

bool config_fits(const struct persona *persona,
                 const struct vpl011_config *config)
{
    return (persona->traits &
            (config->personality == VPL011_SBSA ? ON_SBSA : ON_PL011)) != 0;
}

bool exception_applies(const struct exception *e, const struct persona *persona,
                       const struct vpl011_config *config)
{
    uint32_t on = config->personality == VPL011_SBSA ? ON_SBSA : ON_PL011;

    return strcmp(e->persona, persona->name) == 0 && (e->on & on) &&
           (config->flags & e->with) == e->with &&
           (config->flags & e->without) == 0;
}

const struct exception *exception_find(const struct persona *persona,
                                       const struct vpl011_config *config)
{
    size_t i;

    for (i = 0; i < exception_count; i++) {
        if (exception_applies(&exceptions[i], persona, config)) {
            return &exceptions[i];
        }
    }
    return NULL;
}
