/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Another host for the reader of transcripts: it sees no more of the device
 * than its registers, its outputs and its far end.
 */
#include "behaviours.h"

#include <stdio.h>
#include <string.h>

#include "../conformance/transcript.h"
#include "../conformance/transcript_host.h"

/* The model whose turn it is, and the cases as they end. */
static struct model *model;
static struct vpl011_config config; /* that it was started with */
static bool looped;                 /* UARTCR.LBE, as it was written */
static struct behaviour *cases;
static const struct behaviour *again; /* the devices of another's cases */
static unsigned int case_count;
static char complaint[sizeof(((struct behaviour *)0)->complaint)];

static uint32_t lines;    /* of the outputs that the model shows */
static uint32_t expected; /* the same, as the transcript told last */

static const char *const outputs[] = {"UARTINTR",   "UARTMSINTR", "UARTRXINTR",
                                      "UARTTXINTR", "UARTRTINTR", "UARTEINTR"};

static void lines_text(uint32_t which, char *text, size_t size)
{
    unsigned int i;

    snprintf(text, size, "irq%s", which ? "" : " none");
    for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        if (which & 1u << i) {
            snprintf(text + strlen(text), size - strlen(text), " %s",
                     outputs[i]);
        }
    }
}

static void look(struct host *h)
{
    const uint32_t now = model->lines(model->ctx) & model->outputs;
    char text[EFFECT_SIZE];

    if (now != lines) {
        lines = now;
        lines_text(now, text, sizeof(text));
        host_effect(h, "%s", text);
    }
}

int host_start(struct host *h)
{
    static const uint32_t revisions[] = {VPL011_R1P5, VPL011_R1P4, VPL011_R1P1};
    size_t i;

    lines = 0;
    expected = 0;
    looped = false;
    config = again ? again[case_count].config : h->config;
    h->cannot = h->with_ring || h->timed || !model->start(model->ctx, &config);
    for (i = 0; i < 3 && h->cannot && !h->with_ring && !h->timed &&
                config.personality == VPL011_PL011;
         i++) {
        config.revision = revisions[i];
        h->cannot = !model->start(model->ctx, &config);
    }
    if (!h->cannot && model->modem) {
        /* All but RI are asserted by default. */
        model->modem(model->ctx,
                     config.personality == VPL011_PL011
                         ? PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD
                         : 0);
    }
    host_begin(h);
    return h->cannot ? VPL011_ERR_UNSUPPORTED : VPL011_OK;
}

int host_read(struct host *h, uint64_t offset, unsigned int size,
              uint64_t *value)
{
    *value = model->read(model->ctx, offset, size);
    look(h);
    return VPL011_OK;
}

int host_write(struct host *h, uint64_t offset, unsigned int size,
               uint64_t value)
{
    if (offset == PL011_UARTCR) {
        looped = (value & PL011_CR_LBE) != 0;
    }
    model->write(model->ctx, offset, size, value);
    look(h);
    return VPL011_OK;
}

uint64_t host_look(struct host *h, uint32_t offset)
{
    const uint64_t value = model->read(model->ctx, offset, 4);

    (void)h;
    if (offset == PL011_UARTFR && !model->modem && !looped &&
        config.personality == VPL011_PL011) {
        return value | PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD;
    }
    return value;
}

int host_rx_push(struct host *h, uint16_t entry)
{
    bool received;

    h->cannot = !model->receive;
    received = model->receive && model->receive(model->ctx, entry);
    look(h);
    return received ? 1 : 0;
}

int host_set_modem(struct host *h, uint32_t inputs)
{
    h->cannot = !model->modem;
    if (model->modem) {
        model->modem(model->ctx, inputs);
    }
    look(h);
    return VPL011_OK;
}

int host_poll(struct host *h)
{
    model->pass(model->ctx, 0);
    look(h);
    return 0;
}

int host_reset(struct host *h)
{
    h->cannot = !model->reset;
    if (model->reset) {
        model->reset(model->ctx);
    }
    look(h);
    return VPL011_OK;
}

/* Not called where there is no clock. */

void host_wait(struct host *h, uint64_t ns)
{
    (void)h;
    (void)ns;
}

uint64_t host_next(struct host *h)
{
    (void)h;
    return UINT64_MAX;
}

/* What host_shows() hides is not asked for: these three are. */

int host_get_line(struct host *h, struct vpl011_line *line)
{
    (void)h;
    memset(line, 0, sizeof(*line));
    return VPL011_OK;
}

void host_far_takes(struct host *h, size_t takes)
{
    h->cannot = !model->hold;
    if (model->hold) {
        model->hold(model->ctx, takes);
    }
    look(h);
}

void host_far_attached(struct host *h, bool attached)
{
    (void)attached;
    h->cannot = true;
}

bool host_arrive(struct host *h, const uint16_t *entries, size_t count)
{
    size_t pushed = 0;
    unsigned int idle = 0;

    h->cannot = entries[0] == HOST_BREAK && !model->breaks;
    /* What the device does not take may wait on its way to it. */
    while (!h->cannot && pushed < count && idle < 8) {
        const size_t n =
            model->push(model->ctx, entries + pushed, count - pushed);

        pushed += n;
        idle = n > 0 ? 0 : idle + 1;
        look(h);
    }
    return true;
}

size_t host_waiting(struct host *h)
{
    (void)h;
    return 0;
}

uint32_t *host_ring_index(struct host *h, const char *name)
{
    (void)name;
    h->cannot = true;
    return NULL;
}

void host_collect(struct host *h)
{
    uint8_t bytes[256];
    size_t n;

    while ((n = model->pop(model->ctx, bytes, sizeof(bytes))) > 0) {
        host_sent(h, bytes, n);
    }
    look(h);
}

/* Not what only this library tells its embedder. Of the outputs, those that the
 * model has, where they change. */
bool host_shows(struct host *h, char *text, size_t size)
{
    static const char *const hidden[] = {"events", "mistake", "refused",
                                         "error",  "break",   "waiting",
                                         "baud",   "format",  "ring"};
    uint32_t told = 0;
    size_t i;

    (void)h;
    for (i = 0; i < sizeof(hidden) / sizeof(hidden[0]); i++) {
        if (strncmp(text, hidden[i], strlen(hidden[i])) == 0) {
            return false;
        }
    }
    if (strncmp(text, "irq", 3) != 0) {
        return true;
    }
    for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        told |= strstr(text, outputs[i]) ? 1u << i : 0;
    }
    told &= model->outputs;
    if (told == expected) {
        return false;
    }
    expected = told;
    lines_text(told, text, size);
    return true;
}

/*
 * The reader's caller
 */

void transcript_complains(unsigned int line, const char *what, const char *text)
{
    if (complaint[0] == '\0') {
        snprintf(complaint, sizeof(complaint), "line %u: %s%s", line, what,
                 text);
    }
}

void transcript_ended(const char *title, enum transcript_case how)
{
    struct behaviour *b = &cases[case_count];

    if (case_count < BEHAVIOURS_MAX) {
        snprintf(b->title, sizeof(b->title), "%s", title);
        b->tried = how != CASE_CANNOT;
        b->holds = how == CASE_HOLDS;
        b->config = config;
        memcpy(b->complaint, complaint, sizeof(complaint));
        case_count++;
    }
    complaint[0] = '\0';
}

static bool run_files(struct model *m, const char *const *files,
                      struct behaviour *found)
{
    model = m;
    cases = found;
    case_count = 0;
    for (; *files; files++) {
        FILE *file = fopen(*files, "r");

        if (!file) {
            return false;
        }
        transcript_run(file);
        fclose(file);
    }
    return true;
}

int behaviours_run(struct model *m, const char *const *files,
                   struct behaviour *found)
{
    static struct behaviour specified[BEHAVIOURS_MAX];
    unsigned int i;

    again = NULL;
    if (!run_files(m, files, found)) {
        return -1;
    }
    again = found;
    run_files(&model_specification, files, specified);
    again = NULL;
    for (i = 0; i < case_count; i++) {
        found[i].tried = found[i].tried && specified[i].holds;
    }
    return (int)case_count;
}
