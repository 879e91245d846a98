/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The daemon's consoles as a table, as JSON, and as metrics. */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client.h"
#include "protocol.h"

enum {
    NAME,
    DEVICE,
    VIEWERS,
    KEPT,
    RATE,
    SENT,
    DROPPED,
    WAITED,
    UNLOGGED,
    TYPED,
    BREAKS,
    MISSED,
    BREAKS_LOST,
    FIELDS
};

/* Of more, those around this one are shown on a terminal. */
#define NAMES_SHOWN 20u

/* Of a daemon's text for one, which has more than that only if it lies, or if
 * what is behind is not known here. */
#define TEXT_MAX 512u

/* More consoles than a daemon keeps. */
#define ENTRIES_MAX (1u << 20)

/* What the table has. */
#define COLUMNS (UNLOGGED + 1)

/* A console; what an older daemon does not tell is NULL. */
struct entry {
    char *field[FIELDS];
    char text[];
};

struct entries {
    struct entry **all;
    size_t count;
};

/*
 * Forms
 */

static const char *text_of(const char *field)
{
    return field ? field : "?";
}

static void row(const char *const field[COLUMNS])
{
    printf("%-24s %-6s %7s %9s %10s %13s %10s %10s %9s\n", field[NAME],
           field[DEVICE], field[VIEWERS], field[KEPT], field[RATE], field[SENT],
           field[DROPPED], field[WAITED], field[UNLOGGED]);
}

static void table(const struct entries *e)
{
    static const char *const heading[COLUMNS] = {
        "CONSOLE", "DEVICE",  "VIEWERS", "KEPT",    "BYTES/S",
        "SENT",    "DROPPED", "WAITED",  "UNLOGGED"};
    size_t i;

    for (i = 0; i < e->count; i++) {
        const char *field[COLUMNS];
        size_t k;

        for (k = 0; k < COLUMNS; k++) {
            field[k] = text_of(e->all[i]->field[k]);
        }
        if (i == 0) {
            row(heading);
        }
        row(field);
    }
}

/* Names have no character that JSON quotes. */
static void json(const struct entries *e)
{
    static const char *const keys[FIELDS] = {
        "console", "device",  "viewers",    "kept",     "bytes_per_s",
        "sent",    "dropped", "waited",     "unlogged", "typed",
        "breaks",  "missed",  "breaks_lost"};
    size_t i;
    size_t k;

    printf("[");
    for (i = 0; i < e->count; i++) {
        for (k = 0; k < FIELDS; k++) {
            const char *field = e->all[i]->field[k];
            const char *quote = field && k <= DEVICE ? "\"" : "";

            printf("%s\"%s\": %s%s%s",
                   k > 0   ? ", "
                   : i > 0 ? ",\n {"
                           : "\n {",
                   keys[k], quote, field ? field : "null", quote);
        }
        printf("}");
    }
    printf("%s]\n", e->count > 0 ? "\n" : "");
}

struct metric {
    int field;
    const char *name;
    const char *type;
    const char *help;
};

static void sample(const struct metric *m, const struct entry *e)
{
    const char *value = e->field[m->field];

    if (!value) {
        return;
    }
    if (m->field == DEVICE) {
        value = strcmp(value, "up") == 0 ? "1" : "0";
    }
    printf("vpl011_console_%s{console=\"%s", m->name, e->field[NAME]);
    if (m->field == WAITED) {
        printf("\"} %.3f\n", (double)strtoull(value, NULL, 10) / 1000);
    } else {
        printf("\"} %s\n", value);
    }
}

static void metrics(const struct entries *e)
{
    static const struct metric all[] = {
        {DEVICE, "up", "gauge", "Whether the device is connected."},
        {VIEWERS, "viewers", "gauge", "Clients, sockets and ptys that look."},
        {KEPT, "kept_bytes", "gauge", "Output that is kept in memory."},
        {SENT, "sent_bytes_total", "counter", "Output of the guest."},
        {DROPPED, "dropped_bytes_total", "counter",
         "Output beyond the rate that was dropped."},
        {WAITED, "waited_seconds_total", "counter",
         "Time for which output waited for the rate."},
        {UNLOGGED, "unlogged_bytes_total", "counter",
         "Output that the log does not have."},
        {MISSED, "missed_bytes_total", "counter",
         "Output that viewers did not get because they were too slow."},
        {TYPED, "typed_bytes_total", "counter", "Input given to the guest."},
        {BREAKS, "breaks_total", "counter", "BREAKs given to the device."},
        {BREAKS_LOST, "breaks_lost_total", "counter",
         "BREAKs that the device had no room for."},
    };
    size_t i;
    size_t k;

    for (k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
        printf("# HELP vpl011_console_%s %s\n", all[k].name, all[k].help);
        printf("# TYPE vpl011_console_%s %s\n", all[k].name, all[k].type);
        for (i = 0; i < e->count; i++) {
            sample(&all[k], e->all[i]);
        }
    }
}

/*
 * What the daemon tells
 */

static bool is_number(const char *field)
{
    size_t length = strlen(field);

    return length > 0 && length <= 20 && strspn(field, "0123456789") == length;
}

/* A figure or word, or NULL where it is none: a terminal might obey it, and
 * other programs could not read it. */
static char *sound(char *field, size_t which)
{
    bool is =
        field && (which == DEVICE ? protocol_is_name(field) : is_number(field));

    return is ? field : NULL;
}

/* What has no name is left out. NULL, or why it is not added. */
static const char *add(struct entries *e, const char *text)
{
    size_t size = strnlen(text, TEXT_MAX - 1) + 1;
    struct entry *one;
    char *rest;
    size_t k;

    if (e->count == ENTRIES_MAX) {
        return "the daemon lists too many consoles";
    }
    /* At each power of two there is no room for one more. */
    if ((e->count & (e->count - 1)) == 0) {
        size_t room = e->count > 0 ? 2 * e->count : 1;
        struct entry **all = realloc(e->all, room * sizeof(struct entry *));

        if (!all) {
            return strerror(ENOMEM);
        }
        e->all = all;
    }
    one = malloc(sizeof(*one) + size);
    if (!one) {
        return strerror(ENOMEM);
    }
    memcpy(one->text, text, size - 1);
    one->text[size - 1] = '\0';
    rest = one->text;
    for (k = 0; k < FIELDS; k++) {
        one->field[k] = strsep(&rest, " ");
        if (k != NAME) {
            one->field[k] = sound(one->field[k], k);
        }
    }
    if (protocol_is_name(one->field[NAME])) {
        e->all[e->count++] = one;
    } else {
        free(one);
    }
    return NULL;
}

/* All of them, so that nothing is shown of a list that is cut. Returns NULL, or
 * why not. */
static const char *receive(int fd, struct entries *e)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    static char m[PROTOCOL_MAX + 1];
    const char *why = NULL;

    while (poll(&p, 1, PATIENCE_MS) > 0) {
        ssize_t n = protocol_receive(fd, m, NULL, NULL);

        if (n <= 0) {
            break;
        }
        if (m[0] == PROTOCOL_END) {
            return NULL;
        }
        if (m[0] == PROTOCOL_ERROR) {
            return m + 1;
        }
        if (m[0] == PROTOCOL_ENTRY) {
            why = add(e, m + 1);
        }
        if (why) {
            return why;
        }
    }
    return "the daemon does not answer";
}

static const char *ask(const char *path, struct entries *e)
{
    int fd = protocol_connect(path);
    const char *why = NULL;

    if (fd < 0 || !protocol_send(fd, PROTOCOL_LIST, NULL, 0, NULL, 0)) {
        why = why_no_daemon();
    }
    if (!why) {
        why = receive(fd, e);
    }
    if (fd >= 0) {
        close(fd);
    }
    return why;
}

static void forget(struct entries *e)
{
    while (e->count > 0) {
        free(e->all[--e->count]);
    }
    free(e->all);
}

int list(const char *path, enum list_form form)
{
    struct entries e = {NULL, 0};
    const char *why = ask(path, &e);

    if (why) {
        say("%s: %s", path, why);
    } else if (form == LIST_TABLE) {
        table(&e);
    } else if (form == LIST_JSON) {
        json(&e);
    } else {
        metrics(&e);
    }
    forget(&e);
    if (!why && (fflush(stdout) != 0 || ferror(stdout))) {
        why = strerror(errno);
        say("standard output: %s", why);
    }
    return why ? 1 : 0;
}

/*
 * In order
 */

static int compare(const void *a, const void *b)
{
    const struct entry *const *x = a;
    const struct entry *const *y = b;

    return strcmp((*x)->field[NAME], (*y)->field[NAME]);
}

static const char *ask_in_order(const char *path, struct entries *e)
{
    const char *why = ask(path, e);

    if (e->count > 0) {
        qsort(e->all, e->count, sizeof(struct entry *), compare);
    }
    return why;
}

/* How many come before this name. */
static size_t place_of(const struct entries *e, const char *name)
{
    size_t i = 0;

    while (i < e->count && strcmp(e->all[i]->field[NAME], name) < 0) {
        i++;
    }
    return i;
}

const char *list_beside(const char *path, const char *name, int step,
                        char to[PROTOCOL_NAME_MAX])
{
    struct entries e = {NULL, 0};
    const char *why = ask_in_order(path, &e);
    size_t at = place_of(&e, name);
    const char *found;

    if (!why && e.count > 0) {
        if (step < 0) {
            at = (at > 0 ? at : e.count) - 1;
        } else if (at < e.count && strcmp(e.all[at]->field[NAME], name) == 0) {
            at++;
        }
        found = e.all[at % e.count]->field[NAME];
        memcpy(to, found, strlen(found) + 1);
    }
    if (!why && (e.count == 0 || strcmp(to, name) == 0)) {
        why = "there is no other console";
    }
    forget(&e);
    return why;
}

const char *list_names(const char *path, const char *here)
{
    struct entries e = {NULL, 0};
    const char *why = ask_in_order(path, &e);
    size_t first = place_of(&e, here);
    size_t i;

    first = first > NAMES_SHOWN / 2 ? first - NAMES_SHOWN / 2 : 0;
    for (i = first; !why && i < e.count && i < first + NAMES_SHOWN; i++) {
        const char *name = e.all[i]->field[NAME];

        fprintf(stderr, "%c %s%s\r\n", strcmp(name, here) == 0 ? '*' : ' ',
                name,
                strcmp(text_of(e.all[i]->field[DEVICE]), "up") == 0
                    ? ""
                    : " (the device is not there)");
    }
    if (!why && e.count > NAMES_SHOWN) {
        fprintf(stderr, "  of %zu; --list shows all\r\n", e.count);
    }
    forget(&e);
    return why;
}
