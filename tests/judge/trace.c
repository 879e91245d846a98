/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "trace.h"

#include <ctype.h>

#include "../conformance/transcript_words.h"

void trace_clear(struct trace *t)
{
    t->cut = false;
    t->first = 0;
    t->count = 0;
}

/* A guest that polls would fill a trace with one line: it is counted. */
void trace_add(struct trace *t, struct event event)
{
    struct event *last;

    if (t->count > 0 && event.kind == EVENT_READ) {
        last = &t->events[(t->first + t->count - 1) % TRACE_MAX];
        if (last->kind == EVENT_READ && last->offset == event.offset &&
            last->value == event.value && last->handler == event.handler) {
            last->repeats++;
            return;
        }
    }
    if (t->count == TRACE_MAX) {
        t->first = (t->first + 1) % TRACE_MAX;
        t->count--;
        t->cut = true;
    }
    t->events[(t->first + t->count++) % TRACE_MAX] = event;
}

static void character(uint32_t c, char *text, size_t size)
{
    if (c < 0x80 && isprint((int)c)) {
        snprintf(text, size, "'%c'", (char)c);
    } else {
        snprintf(text, size, "0x%02x", c);
    }
}

static void print(const struct event *e, FILE *out)
{
    char text[160];

    switch (e->kind) {
    case EVENT_READ:
    case EVENT_WRITE:
        words_show(e->offset, e->value, text, sizeof(text));
        fprintf(out, "    %6u %s%s %s", e->access, e->handler ? "| " : "",
                e->kind == EVENT_READ ? "read " : "write", text);
        if (e->repeats > 0) {
            fprintf(out, "   (and %u times more)", e->repeats);
        }
        fprintf(out, "\n");
        return;
    case EVENT_TYPED:
    case EVENT_SHOWN:
        character(e->value, text, sizeof(text));
        fprintf(out, "           far end: %s %s\n",
                e->kind == EVENT_TYPED ? "sends" : "gets", text);
        return;
    case EVENT_LINE:
        fprintf(out, "           UARTINTR %s\n", e->value ? "rises" : "falls");
        return;
    default:
        fprintf(out, "           the guest waits for an interrupt\n");
        return;
    }
}

void trace_print(const struct trace *t, size_t lines, FILE *out)
{
    size_t i = t->count > lines ? t->count - lines : 0;

    if (i > 0 || t->cut) {
        fprintf(out, "           ...\n");
    }
    for (; i < t->count; i++) {
        print(&t->events[(t->first + i) % TRACE_MAX], out);
    }
}
