/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <vpl011/text.h>

#include "board.h"
#include "watch.h"

struct watch {
    FILE *file;
    bool raw; /* a terminal, which needs the returns */
    struct vpl011_trace_text text;
};

/* Colours on a terminal, unless the user does not want them. */
static uint32_t text_flags(FILE *file)
{
    const char *no_colour = getenv("NO_COLOR");

    return isatty(fileno(file)) && (!no_colour || !*no_colour)
               ? VPL011_TEXT_COLOUR
               : 0;
}

void *watch_open(const char *path)
{
    struct watch *w = calloc(1, sizeof(*w));

    if (w) {
        w->file = fopen(path, "w");
    }
    if (!w || !w->file) {
        fprintf(stderr, "uboot: %s: %s\n", path, strerror(errno));
        free(w);
        return NULL;
    }
    w->raw = isatty(fileno(w->file));
    (void)vpl011_trace_text_init(&w->text, NULL, text_flags(w->file));
    return w;
}

/* There is one thread and no lock, so a line may be written at once. */
void watch_trace(void *board, const struct vpl011_trace *what)
{
    const struct board *b = board;
    struct watch *w = b->trace_to;
    char line[VPL011_TRACE_TEXT_MAX];

    if (vpl011_trace_text(&w->text, what, line, sizeof(line)) > 0) {
        fprintf(w->file, "%s%s\n", line, w->raw ? "\r" : "");
    }
}

int watch_close(void *watch)
{
    struct watch *w = watch;
    int err = 0;

    if (w && (fclose(w->file) != 0)) {
        err = -1;
        fprintf(stderr, "uboot: the trace: %s\n", strerror(errno));
    }
    free(w);
    return err;
}

/* A terminal in raw mode needs the returns. */
static void print(const char *page)
{
    for (; *page; page++) {
        if (*page == '\n') {
            fputc('\r', stderr);
        }
        fputc(*page, stderr);
    }
}

void watch_dump(struct board *b)
{
    const uint32_t flags = text_flags(stderr);
    struct vpl011_counters counters;
    struct vpl011_state state;
    char page[VPL011_TEXT_MAX];

    if (vpl011_state_get(&b->uart, &state) ||
        vpl011_get_counters(&b->uart, &counters)) {
        return;
    }
    (void)vpl011_state_text(&state, flags, page, sizeof(page));
    print(page);
    (void)vpl011_counters_text(&counters, flags, page, sizeof(page));
    print(page);
}
