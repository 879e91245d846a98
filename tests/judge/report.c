/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "report.h"

#include <string.h>
#include <time.h>

#define CELL_SIZE 120u

/* From bad to good, as a cell lists them. */
static const enum verdict order[] = {HANGS, LOSES, GARBLES, GIVES_UP};

static const char *const verdict_names[] = {
    [WORKS] = "works",     [LOSES] = "loses",       [HANGS] = "hangs",
    [GARBLES] = "garbles", [GIVES_UP] = "gives up", [NOT_TRIED] = "-",
};

#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define RED "\033[31m"
#define DIM "\033[2m"
#define PLAIN "\033[0m"

static const char *const verdict_colours[] = {
    [WORKS] = GREEN,    [LOSES] = YELLOW,    [HANGS] = RED,
    [GARBLES] = YELLOW, [GIVES_UP] = YELLOW, [NOT_TRIED] = DIM,
};

static void append(char *text, size_t size, const char *more)
{
    snprintf(text + strlen(text), size - strlen(text), "%s", more);
}

static void append_verdict(char *text, size_t size, enum verdict verdict,
                           const struct judgement *scenarios)
{
    uint32_t lost = 0;
    char number[24];
    const char *before = ": ";
    int s;

    for (s = 0; s < SCENARIOS; s++) {
        if (scenarios[s].verdict == verdict && scenarios[s].lost > lost) {
            lost = scenarios[s].lost;
        }
    }
    append(text, size, text[0] ? "; " : "");
    append(text, size, verdict_names[verdict]);
    if (verdict == LOSES) {
        snprintf(number, sizeof(number), " %u", lost);
        append(text, size, number);
    }
    for (s = 0; s < SCENARIOS; s++) {
        if (scenarios[s].verdict == verdict) {
            append(text, size, before);
            append(text, size, scenario_names[s]);
            before = ", ";
        }
    }
}

enum verdict report_guest(const struct report *r, size_t guest, char *text,
                          size_t size)
{
    const struct judgement *scenarios = r->guests[guest];
    enum verdict worst = NOT_TRIED;
    size_t i;
    int s;

    text[0] = '\0';
    for (i = 0; i < sizeof(order) / sizeof(order[0]); i++) {
        for (s = 0; s < SCENARIOS && scenarios[s].verdict != order[i]; s++) {
        }
        if (s < SCENARIOS) {
            append_verdict(text, size, order[i], scenarios);
            worst = worst == NOT_TRIED ? order[i] : worst;
        }
    }
    for (s = 0; s < SCENARIOS && worst == NOT_TRIED; s++) {
        worst = scenarios[s].verdict == WORKS ? WORKS : NOT_TRIED;
    }
    if (!text[0]) {
        append(text, size, verdict_names[worst]);
    }
    return worst;
}

static const char *behaviour_text(const struct behaviour *b)
{
    return !b->tried ? "-" : b->holds ? "as specified" : "differs";
}

static void cell(const char *text, size_t width, const char *colour, FILE *out)
{
    fprintf(out, "%s%s%s%*s", colour ? colour : "", text, colour ? PLAIN : "",
            (int)(width - strlen(text)) + 2, "");
}

/* How wide a model's column is. */
static size_t width_of(const struct report *r, const struct persona *only)
{
    size_t width = strlen(r->model->name);
    char text[CELL_SIZE];
    size_t i;

    for (i = 0; personas[i]; i++) {
        if (!only || only == personas[i]) {
            report_guest(r, i, text, sizeof(text));
            width = strlen(text) > width ? strlen(text) : width;
        }
    }
    return width > 12 ? width : 12;
}

static void head(const struct report *const *reports, size_t count,
                 const size_t *widths, FILE *out)
{
    size_t m;

    for (m = 0; m < count; m++) {
        cell(reports[m]->model->name, widths[m], NULL, out);
    }
}

static void guest_table(const struct report *const *reports, size_t count,
                        const size_t *widths, const struct persona *only,
                        bool coloured, FILE *out)
{
    char text[CELL_SIZE];
    enum verdict verdict;
    size_t i;
    size_t m;

    head(reports, count, widths, out);
    fprintf(out, "guest\n");
    for (i = 0; personas[i]; i++) {
        if (only && only != personas[i]) {
            continue;
        }
        for (m = 0; m < count; m++) {
            verdict = report_guest(reports[m], i, text, sizeof(text));
            cell(text, widths[m], coloured ? verdict_colours[verdict] : NULL,
                 out);
        }
        fprintf(out, "%s\n", personas[i]->name);
    }
}

void report_tables(const struct report *const *reports, size_t count,
                   const struct persona *only, bool coloured, FILE *out)
{
    size_t widths[16];
    size_t i;
    size_t m;

    for (m = 0; m < count; m++) {
        widths[m] = width_of(reports[m], only);
    }
    guest_table(reports, count, widths, only, coloured, out);
    if (only) {
        return;
    }
    fprintf(out, "\n");
    head(reports, count, widths, out);
    fprintf(out, "behaviour\n");
    for (i = 0; count > 0 && i < reports[0]->behaviour_count; i++) {
        for (m = 0; m < count; m++) {
            const struct behaviour *b = &reports[m]->behaviours[i];
            const char *colour = !b->tried ? DIM : b->holds ? GREEN : YELLOW;

            cell(behaviour_text(b), widths[m], coloured ? colour : NULL, out);
        }
        fprintf(out, "%s\n", reports[0]->behaviours[i].title);
    }
}

void report_markdown(const struct report *r, FILE *out)
{
    const time_t now = time(NULL);
    char text[CELL_SIZE];
    char date[16];
    unsigned int held = 0;
    unsigned int tried = 0;
    size_t works = 0;
    size_t i;

    strftime(date, sizeof(date), "%Y-%m-%d", gmtime(&now));
    fprintf(out, "## %s\n\nJudged on %s.\n\n| guest | verdict |\n|---|---|\n",
            r->model->name, date);
    for (i = 0; personas[i]; i++) {
        if (report_guest(r, i, text, sizeof(text)) == WORKS) {
            works++;
        } else {
            fprintf(out, "| %s | %s |\n", personas[i]->name, text);
        }
    }
    fprintf(out,
            "| the other %zu | works |\n\n| behaviour that differs |\n"
            "|---|\n",
            works);
    for (i = 0; i < r->behaviour_count; i++) {
        const struct behaviour *b = &r->behaviours[i];

        tried += b->tried;
        held += b->tried && b->holds;
        if (b->tried && !b->holds) {
            fprintf(out, "| %s |\n", b->title);
        }
    }
    fprintf(out,
            "\n%u of %u behaviours are as specified; %u more were not "
            "tried.\n",
            held, tried, r->behaviour_count - tried);
}

void report_differences(const struct report *r, FILE *out)
{
    unsigned int i;

    for (i = 0; i < r->behaviour_count; i++) {
        const struct behaviour *b = &r->behaviours[i];

        if (b->tried && !b->holds) {
            fprintf(out, "%s on %s\n    %s\n\n", b->title, r->model->name,
                    b->complaint);
        }
    }
}
