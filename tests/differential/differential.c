/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The same random sequences in QEMU's PL011 and in libvpl011.
 *
 * Everything that a guest or the far end can see is compared at each step:
 * register values, UARTINTR, the characters sent. A difference must be one of
 * those in accepted.txt: the specification (tests/spec/), and the model without
 * them, must predict libvpl011 exactly, the model with them QEMU. An entry that
 * can be left out of the model without a wrong prediction is not needed any
 * more, and fails the test too.
 *
 * With --no-qemu libvpl011 is compared with these alone.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "differential.h"
#include "step.h"

#define BATCH 256
#define AGREE_SEQUENCE 2000
#define HISTORY 1024
#define SHOWN 16

/* What happened in one run, so that it does not agree on nothing. */
struct events {
    uint64_t read; /* characters, by the guest */
    uint64_t sent;
    uint64_t interrupts; /* changes of UARTINTR */
};

struct run run;
struct totals totals;
static struct events events;
bool with_qemu = true;
static struct qemu qemu;
struct probed probed;
static struct device device;
static struct device specified;      /* predicts libvpl011 */
static struct model plain;           /* does, too */
static struct model peer;            /* predicts QEMU */
static struct model without[QUIRKS]; /* QEMU, but for one difference */
static uint64_t now;                 /* step under way */
static struct step history[HISTORY];

/* Posted to QEMU, and not answered yet. */
static struct {
    uint64_t step;
    struct seen expected;
} batch[BATCH];
static unsigned int batch_fill;
static uint8_t to_be_sent[BATCH * MODEL_STORE_MAX];
static size_t to_be_sent_count;

__attribute__((noreturn)) static void fail(uint64_t step, const char *what)
{
    uint64_t i = step >= SHOWN ? step - SHOWN + 1 : 0;
    char text[96];

    fflush(stdout);
    fprintf(stderr,
            "FAIL: %s\n  profile %s, config %s, seed %" PRIu64 ", step %" PRIu64
            "; the steps that led there:\n",
            what, run.profile, run.config, run.seed, step);
    for (; i <= step; i++) {
        step_text(&history[i % HISTORY], text, sizeof(text));
        fprintf(stderr, "  %8" PRIu64 "  %s\n", i, text);
    }
    fprintf(stderr,
            "  again: --profile %s --config %s --seed %" PRIu64
            " --steps %" PRIu64 "\n",
            run.profile, run.config, run.seed, step + 1);
    exit(1);
}

__attribute__((noreturn)) static void fail_seen(uint64_t step, const char *who,
                                                const struct seen *expected,
                                                const struct seen *actual)
{
    char what[200];

    if (expected->value != actual->value) {
        snprintf(what, sizeof(what),
                 "%s read 0x%" PRIx64 ", expected 0x%" PRIx64, who,
                 actual->value, expected->value);
    } else if (expected->irq != actual->irq) {
        snprintf(what, sizeof(what), "%s has UARTINTR %s, expected %s", who,
                 actual->irq ? "high" : "low", expected->irq ? "high" : "low");
    } else if (expected->irq_after != actual->irq_after) {
        snprintf(what, sizeof(what),
                 "%s has UARTINTR %s after the line's characters, expected %s",
                 who, actual->irq_after ? "high" : "low",
                 expected->irq_after ? "high" : "low");
    } else {
        snprintf(what, sizeof(what),
                 "%s sent %u characters, expected %u, or others", who,
                 actual->sent_count, expected->sent_count);
    }
    fail(step, what);
}

/* Take QEMU's answers, and hold them against what the model said. */
static void collect(void)
{
    static struct qemu_reply replies[QEMU_POST_MAX];
    static uint8_t sent[sizeof(to_be_sent) + 1];
    unsigned int i;
    size_t count;

    if (!with_qemu) {
        return;
    }
    qemu_collect(&qemu, replies);
    for (i = 0; i < batch_fill; i++) {
        struct seen actual = batch[i].expected;

        actual.value = replies[i].value;
        actual.irq = replies[i].irq;
        if (actual.value != batch[i].expected.value ||
            actual.irq != batch[i].expected.irq) {
            fail_seen(batch[i].step, "QEMU", &batch[i].expected, &actual);
        }
    }
    count = qemu_serial_take(&qemu, sent, to_be_sent_count + 1);
    if (count != to_be_sent_count ||
        memcmp(sent, to_be_sent, to_be_sent_count) != 0) {
        char what[96];

        snprintf(what, sizeof(what),
                 "QEMU sent %zu characters in the last %u accesses, expected "
                 "%zu, or others",
                 count, batch_fill, to_be_sent_count);
        fail(now, what);
    }
    batch_fill = 0;
    to_be_sent_count = 0;
}

/* Let QEMU's line settle, where the model says that something moves. */
static void settle(const struct seen *expected)
{
    struct seen actual = *expected;

    qemu_serial_settle(&qemu, expected->taken, peer.line_fill);
    actual.irq_after = qemu.irq;
    if (actual.irq_after != expected->irq_after) {
        fail_seen(now, "QEMU", expected, &actual);
    }
}

static void step_qemu(const struct step *s, const struct seen *expected)
{
    uint8_t bytes[STEP_LINE_MAX];
    unsigned int i;

    if (s->kind == STEP_READ || s->kind == STEP_WRITE) {
        batch[batch_fill].step = now;
        batch[batch_fill].expected = *expected;
        batch_fill++;
        memcpy(to_be_sent + to_be_sent_count, expected->sent,
               expected->sent_count);
        to_be_sent_count += expected->sent_count;
        if (s->kind == STEP_READ) {
            qemu_post_read(&qemu, s->offset, s->size);
        } else {
            qemu_post_write(&qemu, s->offset, s->size, s->value);
        }
        if (expected->taken > 0) {
            collect();
            settle(expected);
        } else if (batch_fill == BATCH) {
            collect();
        }
        return;
    }
    if (s->kind == STEP_MOVE && expected->taken == 0) {
        return;
    }
    collect();
    switch (s->kind) {
    case STEP_MOVE:
        break;
    case STEP_LINE:
        for (i = 0; i < s->line_count; i++) {
            bytes[i] = (uint8_t)s->line[i];
        }
        qemu_serial_send(&qemu, bytes, s->line_count);
        break;
    case STEP_BREAK:
        qemu_serial_break(&qemu);
        break;
    default:
        qemu_system_reset(&qemu);
        break;
    }
    settle(expected);
}

static void note_left_out(const struct step *s, const struct seen *expected)
{
    unsigned int i;

    for (i = 0; i < QUIRKS; i++) {
        struct seen seen;

        if (totals.live[i] || !(probed.quirks & QUIRK(i))) {
            continue;
        }
        step_model(s, &without[i], &seen);
        if (!seen_same(&seen, expected)) {
            totals.live[i] = true;
            totals.first[i] = totals.steps;
        }
    }
}

static void count(const struct step *s, const struct seen *lib,
                  const struct seen *other, unsigned int rx_before)
{
    static bool irq;

    events.read += s->kind == STEP_READ && s->offset == PL011_UARTDR &&
                           s->size <= 4 && rx_before > 0
                       ? 1
                       : 0;
    events.sent += lib->sent_count;
    events.interrupts += irq != lib->irq_after ? 1 : 0;
    irq = lib->irq_after;
    totals.steps++;
    totals.observations += 2u + lib->sent_count;
    totals.observations += s->kind == STEP_READ ? 1 : 0;
    totals.explained += lib->irq != other->irq ? 1 : 0;
    totals.explained += lib->irq_after != other->irq_after ? 1 : 0;
    totals.explained += lib->value != other->value ? 1 : 0;
    totals.explained += lib->sent_count != other->sent_count ? 1 : 0;
}

static void do_step(const struct step *s)
{
    struct seen seen;
    struct seen expected_lib;
    struct seen without_quirks;
    struct seen expected_qemu;
    const unsigned int rx_before = plain.rx_fill;

    history[now % HISTORY] = *s;
    step_device(s, &specified, &expected_lib);
    step_model(s, &plain, &without_quirks);
    step_model(s, &peer, &expected_qemu);
    step_device(s, &device, &seen);
    if (!seen_same(&expected_lib, &seen)) {
        fail_seen(now, "libvpl011", &expected_lib, &seen);
    }
    if (!seen_same(&expected_lib, &without_quirks)) {
        fail_seen(now, "the model without differences", &expected_lib,
                  &without_quirks);
    }
    if (device.trouble || specified.trouble) {
        fail(now, device.trouble ? device.trouble : specified.trouble);
    }
    note_left_out(s, &expected_qemu);
    count(s, &seen, &expected_qemu, rx_before);
    if (with_qemu) {
        step_qemu(s, &expected_qemu);
    }
}

/* Whether both would look the same after this step. */
static bool agrees(const struct step *s)
{
    static struct model a;
    static struct model b;
    struct seen x;
    struct seen y;

    a = plain;
    b = peer;
    step_model(s, &a, &x);
    step_model(s, &b, &y);
    return seen_same(&x, &y) && x.taken == y.taken && model_looks_same(&a, &b);
}

static unsigned int line_room(bool agree)
{
    unsigned int fill =
        plain.line_fill > peer.line_fill ? plain.line_fill : peer.line_fill;

    /* More than the FIFO takes would have to wait, and each part feeds what
     * waits in its own way. */
    if (agree && (fill > 0 || plain.rx_fill > 0)) {
        return 0;
    }
    return MODEL_LINE_MAX - fill;
}

/*
 * A BREAK goes into QEMU's FIFO even where that is full. The index is brought
 * back into the array only once: one BREAK too many is written behind it, into
 * UARTILPR first. The sequences stop short of that.
 */
static bool break_fits(void)
{
    return peer.rx_head + peer.rx_fill < 2 * MODEL_DEPTH;
}

static void progress(bool last)
{
    static time_t shown;
    const time_t t = time(NULL);

    if (!isatty(STDERR_FILENO) || (t == shown && !last)) {
        return;
    }
    shown = t;
    fprintf(stderr, last ? "\r%40s\r" : "\r%s %s: %" PRIu64 " of %" PRIu64,
            last ? "" : run.profile, run.config, now, run.steps);
}

/* Both parts as they come up. */
static void begin_sequence(bool strict)
{
    const char *missing = with_qemu ? qemu_start(&qemu) : NULL;
    const uint32_t flags =
        strict ? VPL011_CFG_STRICT_INTERRUPTS | VPL011_CFG_STRICT_ENABLES : 0;
    unsigned int i;

    if (missing) {
        fprintf(stderr, "differential: %s any more\n", missing);
        exit(1);
    }
    device_init(&device, false, flags);
    device_init(&specified, true, flags);
    model_init(&plain, 0, strict, false);
    model_init(&peer, probed.quirks, strict, probed.one_slot);
    for (i = 0; i < QUIRKS; i++) {
        model_init(&without[i], probed.quirks & ~QUIRK(i), strict,
                   probed.one_slot);
    }
    batch_fill = 0;
    to_be_sent_count = 0;
}

static void end_sequence(void)
{
    collect();
    if (!device_adds_up(&device)) {
        fail(now, "libvpl011's counters do not add up");
    }
    if (with_qemu) {
        qemu_stop(&qemu);
    }
}

/*
 * How a sequence with all differences begins: a character is typed ahead, and
 * the guest turns FIFOs on. The dice write UARTCR too soon for that.
 */
static bool opening(uint64_t at, struct step *s)
{
    static const struct step steps[] = {
        {.kind = STEP_LINE, .line = {'h'}, .line_count = 1},
        {.kind = STEP_WRITE,
         .offset = PL011_UARTLCR_H,
         .size = 4,
         .value = PL011_LCR_H_FEN},
        {.kind = STEP_READ, .offset = PL011_UARTFR, .size = 4},
    };

    if (at >= sizeof(steps) / sizeof(steps[0])) {
        return false;
    }
    *s = steps[at];
    return true;
}

void do_run(void)
{
    const bool strict = strcmp(run.config, "strict") == 0;
    const bool agree = strcmp(run.profile, "agree") == 0;
    struct dice dice = {.state = run.seed};

    events = (struct events){0};
    for (now = 0; now < run.steps; now++) {
        struct step s;

        /* Without differences a sequence may come to where little is left to
         * be done: a new one begins before long. */
        if (now == 0 || (agree && now % AGREE_SEQUENCE == 0)) {
            if (now > 0) {
                end_sequence();
            }
            begin_sequence(strict);
        }
        if (agree || !opening(now, &s)) {
            do {
                step_choose(&s, &dice, line_room(agree), break_fits());
            } while (agree && !agrees(&s));
        }
        do_step(&s);
        progress(false);
    }
    progress(true);
    if (run.steps == 0) {
        return;
    }
    now--;
    end_sequence();
    printf("  the guest read %" PRIu64 " characters and sent %" PRIu64
           "; UARTINTR changed %" PRIu64 " times\n",
           events.read, events.sent, events.interrupts);
    if (run.steps >= 10000 &&
        (events.read < 100 || events.sent < 100 || events.interrupts < 100)) {
        fail(now, "these sequences compare next to nothing");
    }
}

const char *do_probe(void)
{
    return probe(&qemu, &probed);
}
