/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The guests that need a deviation or a flag, each with it and without; and
 * exactly which characters are lost where a real part loses them too.
 */
#include "list.h"
#include "setups.h"
#include "suites.h"
#include "tap.h"

/* Written by netbsd while TXFF shows, of 1000, on 16 deep with a far end that
 * takes 8 at a time. */
#define BLIND_16 488u
/* By linux-sbsa with FIFOs off, under the same far end. */
#define BLIND_1 495u
/* Of 100 that come one by one while rtems-old sends 1000. */
#define RTEMS_EATS 100u

static struct result play(const char *persona, const char *config,
                          enum pace pace, size_t sends, size_t receives)
{
    struct setup s = {
        .persona = persona_find(persona),
        .pace = pace,
        .far_end = FIFO,
        .sends = sends,
        .receives = receives,
        .may_overrun = true,
        .whole = true,
    };
    struct result r;

    config_parse(config, &s.config);
    run(&s, &r);
    case_checked(r.checks);
    return r;
}

static void expect(struct result r, enum outcome outcome, const char *what)
{
    check(r.outcome == outcome, "%s: %s%s%s, expected %s", what,
          outcome_name(r.outcome), r.why[0] ? ": " : "", r.why,
          outcome_name(outcome));
}

/* A flag, and what happens without it. */
static void with_and_without(void)
{
    static const struct {
        const char *persona, *with, *without;
        enum pace pace;
        enum outcome otherwise;
    } rows[] = {
        {"xen", "pl011-32+trigger-empty", "pl011-32", STALLED, ENDLESS},
        {"xen", "pl011-16+trigger-empty", "pl011-16", STALLED, ENDLESS},
        {"xen", "sbsa+trigger-empty", "sbsa", STALLED, ENDLESS},
        {"linux-sbsa", "pl011-32+firmware+strict-enables",
         "pl011-32+strict-enables", IMMEDIATE, STALL},
        {"linux-earlycon-8", "pl011-32", "pl011-32+strict-enables", IMMEDIATE,
         HANG},
        {"linux-earlycon-32", "pl011-32+firmware+strict-enables",
         "pl011-32+strict-enables", IMMEDIATE, HANG},
        {"freebsd", "pl011-32", "pl011-32+strict-interrupts", IMMEDIATE, STALL},
        {"openbsd-now", "sbsa", "sbsa+strict-interrupts", IMMEDIATE, STALL},
        {"9front", "pl011-32", "pl011-32+strict-interrupts", IMMEDIATE, STALL},
        {"arceos", "pl011-32+firmware", "pl011-32+firmware+strict-interrupts",
         IMMEDIATE, STALL},
        {"linux-kgdb", "pl011-32", "pl011-32+strict-interrupts", IMMEDIATE,
         STALL},
    };
    size_t i;

    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        case_begin("%s works with %s, not with %s", rows[i].persona,
                   rows[i].with, rows[i].without);
        expect(play(rows[i].persona, rows[i].with, rows[i].pace, 33, 2), OK,
               rows[i].with);
        expect(play(rows[i].persona, rows[i].without, rows[i].pace, 33, 2),
               rows[i].otherwise, rows[i].without);
        case_end("%s", outcome_name(rows[i].otherwise));
    }
}

/*
 * NetBSD writes 16 where TXRIS promises 8 on a 16-deep part. What it writes
 * while TXFF shows is lost there; here the store takes it.
 */
static void netbsd_writes_blind(void)
{
    struct result r;

    case_begin("netbsd, 16 deep, under a held far end: loses 0 of 1000");
    r = play("netbsd", "pl011-16", STALLED, 1000, 0);
    expect(r, OK, "16 deep");
    check(r.lost == 0, "%u lost", r.lost);
    check(r.counts.blind == BLIND_16, "%u written while TXFF showed",
          r.counts.blind);
    case_end("a real part loses %u", r.counts.blind);

    case_begin("netbsd, 32 deep, under a held far end: loses 0 of 1000");
    r = play("netbsd", "pl011-32", STALLED, 1000, 0);
    expect(r, OK, "32 deep");
    check(r.lost == 0 && r.counts.blind == 0, "%u lost, %u blind", r.lost,
          r.counts.blind);
    case_end("as a real part");
}

/* Where TX is never masked each character is an interrupt, but one, not two. */
static void one_interrupt_each(void)
{
    static const char *const guests[] = {"sel4", "9front-console",
                                         "micropython", "openbsd-2018"};
    struct result r;
    size_t i;

    for (i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
        case_begin("%s takes one interrupt for each character", guests[i]);
        r = play(guests[i], "pl011-32", IMMEDIATE, 1000, 0);
        expect(r, OK, guests[i]);
        check(r.counts.irqs >= 1000 && r.counts.irqs <= 1001, "%u interrupts",
              r.counts.irqs);
        case_end("%u for 1000", r.counts.irqs);
    }
}

/*
 * Linux on ACPI writes 16 for each TXRIS without looking, into FIFOs that
 * nobody turned on: a real part that is 1 deep loses 15 of them.
 */
static void linux_sbsa_writes_blind(void)
{
    struct result r;

    case_begin("linux-sbsa with FIFOs off, under a held far end: loses 0 of "
               "1000");
    r = play("linux-sbsa", "pl011-32", STALLED, 1000, 0);
    expect(r, OK, "FIFOs off");
    check(r.lost == 0, "%u lost", r.lost);
    check(r.counts.blind == BLIND_1, "%u written while TXFF showed",
          r.counts.blind);
    case_end("a real part loses %u", r.counts.blind);
}

/* How often a register was written in a run. */
static uint32_t writes(const struct result *r, unsigned int reg)
{
    return r->counts.writes[reg / 4];
}

/* EDK2 programs CR twice each time that it finds other values than it wants. */
static void edk2_initialises(void)
{
    struct result r;

    case_begin("edk2 initialises once on sbsa+store, six times on sbsa");
    r = play("edk2", "sbsa+store", IMMEDIATE, 33, 33);
    expect(r, OK, "sbsa+store");
    check(writes(&r, CR) == 2, "%u writes of CR with it", writes(&r, CR));
    r = play("edk2", "sbsa", IMMEDIATE, 33, 33);
    expect(r, OK, "sbsa");
    check(writes(&r, CR) == 12, "%u writes of CR without", writes(&r, CR));
    case_end("works both ways");
}

/* IMSC is written twice for each batch: TXIM on, and off. */
static void freebsd_batches(void)
{
    static const struct {
        const char *config;
        uint32_t batch;
    } rows[] = {
        {"pl011-32", 24},
        {"pl011-16", 12},
        {"pl011-32+id-16", 12},
        {"sbsa", 12},
    };
    struct result r;
    uint32_t expected;
    size_t i;

    case_begin("freebsd takes its batch from the ID: 24, 12, 12, and 12 on "
               "sbsa");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        r = play("freebsd", rows[i].config, IMMEDIATE, 1000, 0);
        expect(r, OK, rows[i].config);
        expected = (1000 + rows[i].batch - 1) / rows[i].batch;
        check(r.counts.irqs == expected, "%s: %u interrupts, not %u",
              rows[i].config, r.counts.irqs, expected);
        check(r.counts.blind == 0, "%s: %u written while TXFF showed",
              rows[i].config, r.counts.blind);
    }
    case_end("%zu configurations", i);
}

/* With TXFF shown once Linux sends from its interrupt, without reading FR. */
static void linux_txff_once(void)
{
    struct result with;
    struct result without;

    case_begin("linux-amba with txff-once: 42 %% fewer accesses");
    with = play("linux-amba", "pl011-32+txff-once", IMMEDIATE, 1000, 0);
    without = play("linux-amba", "pl011-32", IMMEDIATE, 1000, 0);
    expect(with, OK, "with");
    expect(without, OK, "without");
    check((with.counts.accesses - with.open_accesses) * 100 <=
              (without.counts.accesses - without.open_accesses) * 58,
          "%u, without %u", with.counts.accesses - with.open_accesses,
          without.counts.accesses - without.open_accesses);
    check(with.counts.irqs == 1 && without.counts.irqs == 0,
          "%u interrupts, without %u", with.counts.irqs, without.counts.irqs);
    case_end("%u accesses, 1 interrupt; without %u",
             with.counts.accesses - with.open_accesses,
             without.counts.accesses - without.open_accesses);
}

/* A line that cannot be throttled overruns under a burst, and only then. */
static void unthrottled(void)
{
    static const char *const guests[] = {"linux-amba", "xen", "freebsd",
                                         "zephyr", "u-boot"};
    struct result r;
    uint32_t overruns = 0;
    size_t i;

    case_begin("unthrottled: a burst overruns, typing does not");
    for (i = 0; i < sizeof(guests) / sizeof(guests[0]); i++) {
        r = play(guests[i], "pl011-32+unthrottled+trigger-empty", IMMEDIATE, 0,
                 1000);
        expect(r, OK, guests[i]);
        check(r.overruns > 0, "%s: nothing overran", guests[i]);
        overruns += r.overruns;
        r = play(guests[i], "pl011-32+unthrottled+trigger-empty", SLOW, 0,
                 1000);
        expect(r, OK, guests[i]);
        check(r.overruns == 0, "%s: %u overran", guests[i], r.overruns);
        r = play(guests[i], "pl011-32+trigger-empty", IMMEDIATE, 0, 1000);
        expect(r, OK, guests[i]);
        check(r.overruns == 0, "%s: %u overran while held", guests[i],
              r.overruns);
    }
    case_end("%u of %zu overran", overruns, 1000 * i);
}

/* A guest boots although nobody is at the far end: what the policy says. */
static void nobody_there(void)
{
    static const struct {
        enum vpl011_policy policy;
        enum outcome outcome;
        uint32_t lost;
    } rows[] = {
        {VPL011_POLICY_DEFAULT, OK, 92},
        {VPL011_POLICY_DROP_NEWEST, OK, 92},
        {VPL011_POLICY_DROP_OLDEST, OK, 92},
        {VPL011_POLICY_STALL, HANG, 0},
    };
    static const struct action gone = {1, 'g'};
    struct setup s = {
        .persona = persona_find("linux-earlycon-8"),
        .far_end = FIFO,
        .pace = SCHEDULED,
        .actions = &gone,
        .action_count = 1,
        .room = 8,
        .sends = 100,
        .may_lose = true,
    };
    struct result r;
    size_t i;

    case_begin("linux-earlycon-8 boots with nobody there, unless told to "
               "stall");
    for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        s.config.on_gone = rows[i].policy;
        s.never = true;
        run(&s, &r);
        check(r.outcome == rows[i].outcome && r.lost == rows[i].lost,
              "policy %zu: %s, %u lost (%s)", i, outcome_name(r.outcome),
              r.lost, r.why);
    }
    case_end("92 of 100 dropped, 8 kept");
}

/* A guest bug that shows on a real part too: DR is read before it is written.
 */
static void rtems_eats(void)
{
    struct setup s = {
        .persona = persona_find("rtems-old"),
        .pace = TINY,
        .far_end = SINK,
        .sends = 1000,
        .receives = 100,
        .both = true,
    };
    struct result r;

    case_begin("rtems-old eats input that arrives while it sends");
    run(&s, &r);
    case_checked(r.checks);
    check(r.outcome == OK, "%s: %s", outcome_name(r.outcome), r.why);
    check(r.discarded == RTEMS_EATS, "%u eaten", r.discarded);
    case_end("%u of 100, as on a real part", r.discarded);
}

/*
 * TXFF that is shown for a FIFO with room stops RTEMS, which then waits for a
 * TXRIS that its late acknowledges have used up: the read has to raise it.
 */
static void rtems_txff_once(void)
{
    struct setup s = {
        .persona = persona_find("rtems-old"),
        .pace = RANDOM,
        .far_end = SINK,
        .room = 4,
        .sends = 98,
        .receives = 23,
        .both = true,
        .may_lose = true,
    };
    struct result r;

    case_begin("rtems-old with txff-once is woken after each TXFF");
    config_parse("pl011-16+txff-once", &s.config);
    s.config.on_gone = VPL011_POLICY_DROP_OLDEST;
    for (s.seed = 1000400; s.seed < 1000480; s.seed++) {
        run(&s, &r);
        case_checked(r.checks);
        check(r.outcome == OK, "%s: %s: %s", setup_line(&s),
              outcome_name(r.outcome), r.why);
    }
    case_end("80 schedules");
}

/*
 * Xen masks TX when it has nothing to send. A TXFF that is shown for an empty
 * FIFO then makes it queue what comes next, and nothing unmasks TX again.
 */
static void xen_txff_once(void)
{
    struct setup s = {
        .persona = persona_find("xen"),
        .pace = RANDOM,
        .far_end = SINK,
        .room = 32,
        .sends = 96,
        .receives = 7,
        .both = true,
        .early = true,
        .seed = 7000039,
    };
    struct result r;

    case_begin("xen works with trigger-empty, not with txff-once beside it");
    config_parse("sbsa+trigger-empty+txff-once+store", &s.config);
    s.config.on_gone = VPL011_POLICY_STALL;
    run(&s, &r);
    expect(r, STALL, "with txff-once");
    s.config.flags &= ~VPL011_CFG_TXFF_ONCE_PER_LOAD;
    run(&s, &r);
    expect(r, OK, "without");
    case_end("stall");
}

void suite_quirks(const struct suite_options *options)
{
    (void)options;
    with_and_without();
    netbsd_writes_blind();
    one_interrupt_each();
    linux_sbsa_writes_blind();
    edk2_initialises();
    freebsd_batches();
    linux_txff_once();
    unthrottled();
    nobody_there();
    rtems_eats();
    rtems_txff_once();
    xen_txff_once();
}
