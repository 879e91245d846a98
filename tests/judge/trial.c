/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "trial.h"

#include <stdio.h>
#include <string.h>

#include "../personas/processor.h"
#include "../personas/setups.h"

#define TO_SEND 100u
#define TO_PASTE 500u /* more than any guest's ring holds */
#define DISTANCES 48u /* [accesses], more than a handler makes for one */
#define TO_TYPE (2 * DISTANCES)
#define SENT_MAX 1024u

#define ACCESS_US 5u /* an exit to user space, slow */
#define SLEEP_US 1000u
/* A guest that sleeps is given up after so many of these without anything, or
 * so many characters that do not wake it. */
#define PATIENCE 8u
#define UNHEARD 4u

const char *const scenario_names[SCENARIOS] = {
    [SENDS] = "sends", [SENDS_SLOW] = "sends slowly",
    [TYPED] = "typed", [PASTED] = "pasted",
    [BOTH] = "both",
};

const char *const scenario_texts[SCENARIOS] = {
    [SENDS] = "the guest sends, and the far end takes it at once",
    [SENDS_SLOW] = "the guest sends, and the far end takes one character "
                   "every five accesses",
    [TYPED] = "characters arrive in pairs, the second 0 to 47 accesses after "
              "the first",
    [PASTED] = "500 characters wait, and the device is given each as soon as "
               "it takes it",
    [BOTH] = "the guest sends, and a character arrives every seven accesses",
};

struct trial {
    struct processor cpu; /* first: a persona's guest is its trial */
    const struct model *model;
    enum scenario scenario;
    uint32_t tick;
    bool line;
    bool edge;   /* it rose since it was taken */
    bool looped; /* UARTCR.LBE, as the guest wrote it */

    uint8_t sent[SENT_MAX]; /* what UARTDR was given for the line */
    size_t sent_count;
    size_t shown; /* how much of it the far end got, or lost */
    size_t goal;  /* what the guest is to send */

    size_t in_total; /* to be sent to the guest */
    size_t in_given;
    size_t in_done; /* handed over or lost */
    uint32_t given_at;
    uint32_t unheard; /* given since the guest slept */

    uint32_t lost;
    struct trace trace;
};

static struct trial trial;

/* Neighbours differ, and every value comes. */
static uint8_t out_char(size_t i)
{
    return (uint8_t)(i + 1);
}

static uint8_t in_char(size_t i)
{
    return (uint8_t)(i + 78);
}

static void note(struct trial *t, enum event_kind kind, uint32_t offset,
                 uint32_t value)
{
    trace_add(&t->trace, (struct event){
                             .kind = kind,
                             .access = t->cpu.result.counts.accesses,
                             .handler = t->cpu.in_handler,
                             .offset = offset,
                             .value = value,
                         });
}

static void moved(struct trial *t)
{
    t->cpu.moved++;
    t->cpu.quiet = 0;
    t->cpu.fruitless = 0;
}

static void look_at_line(struct trial *t)
{
    const bool now =
        (t->model->lines(t->model->ctx) & VPL011_IRQ_UARTINTR) != 0;

    if (now != t->line) {
        t->line = now;
        t->edge = now;
        note(t, EVENT_LINE, 0, now);
    }
}

/*
 * The far end
 */

static void show(struct trial *t, uint8_t c)
{
    size_t at = t->shown;

    note(t, EVENT_SHOWN, 0, c);
    while (at < t->sent_count && t->sent[at] != c) {
        at++;
    }
    if (at == t->sent_count) {
        fail(&t->cpu, WRONG, "the far end got a character that was not sent");
    }
    t->lost += (uint32_t)(at - t->shown);
    t->shown = at + 1;
}

static bool take(struct trial *t)
{
    uint8_t bytes[256];
    const size_t n = t->model->pop(t->model->ctx, bytes, sizeof(bytes));
    size_t i;

    for (i = 0; i < n; i++) {
        show(t, bytes[i]);
    }
    if (n > 0) {
        moved(t);
    }
    return n > 0;
}

static bool give(struct trial *t, size_t most)
{
    uint16_t entries[32];
    size_t n = t->in_total - t->in_given;
    size_t i;

    n = n < most ? n : most;
    n = n < 32 ? n : 32;
    for (i = 0; i < n; i++) {
        entries[i] = in_char(t->in_given + i);
    }
    n = n > 0 ? t->model->push(t->model->ctx, entries, n) : 0;
    for (i = 0; i < n; i++) {
        note(t, EVENT_TYPED, 0, entries[i]);
    }
    if (n > 0) {
        t->in_given += n;
        t->given_at = t->tick;
        t->unheard++;
        moved(t);
    }
    return n > 0;
}

/* Whether the time has come for the next character; it has for who sleeps. */
static bool is_due(const struct trial *t)
{
    const uint32_t since = t->tick - t->given_at;

    if (t->cpu.sleeps && t->unheard >= UNHEARD) {
        return false;
    }
    switch (t->scenario) {
    case TYPED:
        return t->cpu.sleeps ||
               since >= (t->in_given % 2 ? t->in_given / 2 : 2 * DISTANCES);
    case BOTH:
        return t->cpu.sleeps || since >= 7;
    default:
        return true;
    }
}

static bool host_acts(struct trial *t, uint32_t us)
{
    const struct model *m = t->model;
    bool did = false;

    if (t->scenario == SENDS_SLOW && (t->cpu.sleeps || t->tick % 5 == 0)) {
        m->hold(m->ctx, 1);
    }
    if (t->cpu.bound && t->in_given < t->in_total && is_due(t)) {
        did = give(t, t->scenario == PASTED ? 32 : 1);
    }
    m->pass(m->ctx, us);
    did |= take(t);
    look_at_line(t);
    return did;
}

/*
 * The board
 */

static void board_boundary(struct processor *p)
{
    struct trial *t = (void *)p;

    t->tick++;
    t->unheard = 0;
    p->result.boundaries++;
    host_acts(t, ACCESS_US);
}

static uint32_t board_read(struct processor *p, unsigned int reg,
                           unsigned int size)
{
    struct trial *t = (void *)p;
    const uint32_t value = (uint32_t)t->model->read(t->model->ctx, reg, size);

    note(t, EVENT_READ, reg, value);
    look_at_line(t);
    return value;
}

static void board_write(struct processor *p, unsigned int reg,
                        unsigned int size, uint32_t value)
{
    struct trial *t = (void *)p;

    note(t, EVENT_WRITE, reg, value);
    if (reg == CR) {
        t->looped = (value & LBE) != 0;
    }
    if (reg == DR) {
        if (!t->looped) {
            if (t->sent_count == SENT_MAX) {
                fail(p, WRONG, "the guest does not stop to send");
            }
            t->sent[t->sent_count++] = (uint8_t)value;
        }
        moved(t);
    }
    t->model->write(t->model->ctx, reg, size, value);
    look_at_line(t);
}

static bool board_interrupts(const struct processor *p)
{
    const struct trial *t = (const void *)p;

    return (p->persona->traits & RISING) ? t->edge : t->line;
}

static void board_taken(struct processor *p)
{
    struct trial *t = (void *)p;

    t->edge = false;
}

static bool board_when_idle(struct processor *p)
{
    struct trial *t = (void *)p;
    bool did = false;
    unsigned int i;

    note(t, EVENT_SLEEP, 0, 0);
    p->sleeps = true;
    for (i = 0; i < PATIENCE && !did && !t->line; i++) {
        t->tick++;
        did = host_acts(t, SLEEP_US);
    }
    p->sleeps = false;
    return did;
}

static size_t board_wanted(struct processor *p)
{
    const struct trial *t = (void *)p;

    return t->in_total - t->in_done;
}

static void board_handed(struct processor *p, uint32_t c)
{
    struct trial *t = (void *)p;
    size_t at = t->in_done;

    while (at < t->in_given && in_char(at) != (uint8_t)c) {
        at++;
    }
    if (at == t->in_given) {
        fail(p, WRONG, "the guest got a character that was not sent to it");
    }
    t->lost += (uint32_t)(at - t->in_done);
    t->in_done = at + 1;
    moved(t);
}

static const struct board board = {
    .boundary = board_boundary,
    .read = board_read,
    .write = board_write,
    .interrupts = board_interrupts,
    .taken = board_taken,
    .when_idle = board_when_idle,
    .wanted = board_wanted,
    .handed = board_handed,
};

/*
 * Trials
 */

/*
 * The configuration that this guest is promised here: of those that the model
 * has, the most ordinary one with which the guest works by docs/guest-costs.md.
 */
static bool start(const struct model *m, const struct persona *persona,
                  bool *sbsa)
{
    static const uint32_t flags[] = {0, VPL011_CFG_TX_TRIGGER_EMPTY, 0};
    static const uint32_t revisions[] = {VPL011_R1P5, VPL011_R1P4, VPL011_R1P1};
    struct vpl011_config config = {0};
    size_t f;
    size_t r;

    for (f = 0; f < 3; f++) {
        for (r = 0; r < 3; r++) {
            config.personality = VPL011_PL011;
            config.revision = revisions[r];
            config.flags = flags[f];
            if (f < 2 && exception_find(persona, &config)) {
                continue;
            }
            *sbsa = false;
            if ((persona->traits & ON_PL011) && m->start(m->ctx, &config)) {
                return true;
            }
            config.personality = VPL011_SBSA;
            config.revision = 0;
            *sbsa = true;
            if ((persona->traits & ON_SBSA) && m->start(m->ctx, &config)) {
                return true;
            }
        }
    }
    return false;
}

bool trial_fits(const struct model *m, const struct persona *persona,
                enum scenario scenario)
{
    switch (scenario) {
    case SENDS:
        return true;
    case SENDS_SLOW:
        return m->hold && !(persona->traits & BLIND);
    case BOTH:
        return !(persona->traits & (SEND_ONLY | EATS));
    default:
        return !(persona->traits & SEND_ONLY);
    }
}

/* The work of a guest, which may be left at any point. */
static void play(struct trial *t)
{
    uint8_t bytes[TO_SEND];
    const size_t part = t->goal / 3;
    size_t i;

    for (i = 0; i < t->goal; i++) {
        bytes[i] = out_char(i);
    }
    processor_open(&t->cpu);
    t->given_at = t->tick;
    t->in_total = t->scenario == PASTED  ? TO_PASTE
                  : t->scenario == TYPED ? TO_TYPE
                  : t->scenario == BOTH  ? TO_SEND
                                         : 0;
    /* Sent in two parts, because the second begins with what the first left
     * latched. */
    processor_send(&t->cpu, bytes, part);
    processor_send(&t->cpu, bytes + part, t->goal - part);
    processor_receive(&t->cpu);
    processor_rest(&t->cpu);
}

/* Characters that the device would still have given, had the guest looked. */
static size_t left_in_device(struct trial *t)
{
    const struct model *m = t->model;
    size_t count = 0;
    unsigned int rounds;

    for (rounds = 0; rounds < 2 * TO_PASTE; rounds++) {
        m->pass(m->ctx, SLEEP_US);
        if (!(m->read(m->ctx, FR, 4) & RXFE)) {
            m->read(m->ctx, DR, 4);
            count++;
        }
    }
    return count;
}

/* What a guest that is stuck, or done, has suffered. */
static struct judgement assess(struct trial *t)
{
    const struct result *r = &t->cpu.result;
    const size_t missing = t->in_given - t->in_done;
    struct judgement j = {WORKS, 0, ""};
    size_t left = 0;

    snprintf(j.why, sizeof(j.why), "%s", r->why);
    switch (r->outcome) {
    case OK:
        t->lost += (uint32_t)(t->sent_count - t->shown);
        break;
    case REFUSED:
        j.verdict = GIVES_UP;
        return j;
    case WRONG:
    case BROKEN:
        j.verdict = GARBLES;
        return j;
    default:
        j.verdict = HANGS;
        /* It may wait for what is no more. */
        left = missing > 0 ? left_in_device(t) : 0;
        if (left > 0) {
            snprintf(j.why + strlen(j.why), sizeof(j.why) - strlen(j.why),
                     "; %zu characters wait in the device", left);
        } else if (missing > 0 && t->in_given == t->in_total) {
            t->lost += (uint32_t)missing;
            j.verdict = LOSES;
        }
        break;
    }
    if (t->lost > 0 && j.verdict != HANGS) {
        j.verdict = LOSES;
        snprintf(j.why, sizeof(j.why), "%u characters are lost", t->lost);
    }
    j.lost = t->lost;
    return j;
}

struct judgement trial_run(const struct model *m, const struct persona *persona,
                           enum scenario scenario)
{
    struct trial *t = &trial;
    bool sbsa;

    memset(t, 0, offsetof(struct trial, trace));
    trace_clear(&t->trace);
    t->model = m;
    t->scenario = scenario;
    t->cpu.board = &board;
    if (!trial_fits(m, persona, scenario) || !start(m, persona, &sbsa)) {
        return (struct judgement){NOT_TRIED, 0, "there is no such device"};
    }
    if (scenario == SENDS_SLOW) {
        m->hold(m->ctx, 0);
    }
    t->goal = scenario == TYPED || scenario == PASTED ? 0 : TO_SEND;
    processor_begin(&t->cpu, persona, sbsa);
    if (setjmp(t->cpu.escape) == 0) {
        play(t);
    }
    return assess(t);
}

const struct trace *trial_trace(void)
{
    return &trial.trace;
}
