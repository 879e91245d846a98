/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011-judge: which guests a PL011 loses (docs/judge.md). */
#include <dlfcn.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "report.h"

#define MODELS_MAX 8u

static const char usage[] =
    "usage: vpl011-judge [--model M] [--guest G] [--trace G] [--markdown]\n"
    "\n"
    "Lets the guests of tests/personas run on models of the PL011, and the\n"
    "transcripts of tests/conformance, and says what becomes of them.\n"
    "\n"
    "  --model M      library, specification, qemu, or a shared object that\n"
    "                 exports vpl011_judge_model; may be repeated (default:\n"
    "                 the three)\n"
    "  --guest G      this guest only, and no behaviours\n"
    "  --trace G      the same, with the accesses that lead to its failure;\n"
    "                 'behaviours': what was expected where they differ\n"
    "  --lines N      of a trace: the last N (default: 40)\n"
    "  --markdown     each model as docs/judge.md has it\n"
    "  --list         the guests and scenarios\n"
    "\n"
    "Exit status: 0 if every guest works, 1 if not, 2 if nothing was judged.\n";

struct options {
    const struct persona *guest;
    bool trace;
    bool differences;
    bool markdown;
    unsigned long lines;
    struct model *models[MODELS_MAX];
    size_t model_count;
};

static void complain(const char *what, const char *value)
{
    fprintf(stderr, "vpl011-judge: %s: %s\n", what, value);
    exit(2);
}

/*
 * Progress, for who looks at a terminal for more than two seconds
 */

static struct timespec began;
static bool is_shown;

static void progress(const char *model, const char *guest, size_t done,
                     size_t all)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    if (isatty(STDERR_FILENO) && now.tv_sec - began.tv_sec >= 2) {
        fprintf(stderr, "\r\033[K%s: %zu of %zu, %s", model, done, all, guest);
        is_shown = true;
    }
}

static void progress_clear(void)
{
    if (is_shown) {
        fprintf(stderr, "\r\033[K");
        is_shown = false;
    }
}

/*
 * Judging
 */

static void judge_guest(struct report *r, size_t guest, const struct options *o)
{
    int s;

    for (s = 0; s < SCENARIOS; s++) {
        const struct judgement j =
            trial_run(r->model, personas[guest], (enum scenario)s);

        r->guests[guest][s] = j;
        if (o->trace && j.verdict != WORKS && j.verdict != NOT_TRIED) {
            progress_clear();
            printf("%s on %s, %s: %s\n%s.\n", personas[guest]->name,
                   r->model->name, scenario_names[s], j.why, scenario_texts[s]);
            trace_print(trial_trace(), o->lines, stdout);
            printf("\n");
        }
    }
}

/* Returns whether every guest works. */
static bool judge(struct report *r, struct model *m, const struct options *o,
                  const char *const *transcripts)
{
    char text[120];
    bool good = true;
    size_t count = 0;
    size_t i;
    int n;

    r->model = m;
    while (personas[count]) {
        count++;
    }
    for (i = 0; i < count; i++) {
        if (!o->guest || o->guest == personas[i]) {
            progress(m->name, personas[i]->name, i, count);
            judge_guest(r, i, o);
            good &= report_guest(r, i, text, sizeof(text)) == WORKS;
        }
    }
    progress_clear();
    if (!o->guest) {
        n = behaviours_run(m, transcripts, r->behaviours);
        if (n <= 0) {
            complain("cannot read transcripts at", JUDGE_TRANSCRIPTS);
        }
        r->behaviour_count = (unsigned int)n;
    }
    return good;
}

/*
 * The command line
 */

static struct model *plugged_in(const char *path)
{
    void *object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    struct model *m = object ? dlsym(object, "vpl011_judge_model") : NULL;

    if (!m) {
        complain("no model", dlerror());
    }
    return m;
}

static void add_model(struct options *o, const char *name)
{
    if (o->model_count == MODELS_MAX) {
        complain("too many models", name);
    }
    o->models[o->model_count++] =
        strcmp(name, "library") == 0         ? &model_library
        : strcmp(name, "specification") == 0 ? &model_specification
        : strcmp(name, "qemu") == 0          ? &model_qemu
                                             : plugged_in(name);
}

static void list(void)
{
    size_t i;

    for (i = 0; i < SCENARIOS; i++) {
        printf("%-12s  %s\n", scenario_names[i], scenario_texts[i]);
    }
    printf("\n");
    for (i = 0; personas[i]; i++) {
        printf("%s\n", personas[i]->name);
    }
}

static void take_value(struct options *o, const char *name, const char *value)
{
    if (!value) {
        complain("no value for", name);
    } else if (strcmp(name, "--model") == 0) {
        add_model(o, value);
    } else if (strcmp(name, "--lines") == 0) {
        o->lines = strtoul(value, NULL, 10);
    } else if (strcmp(name, "--trace") == 0 &&
               strcmp(value, "behaviours") == 0) {
        o->differences = true;
    } else if (strcmp(name, "--guest") == 0 || strcmp(name, "--trace") == 0) {
        o->trace = strcmp(name, "--trace") == 0;
        o->guest = persona_find(value);
        if (!o->guest) {
            complain("no such guest (--list names them)", value);
        }
    } else {
        complain("unknown option", name);
    }
}

static void take_options(struct options *o, int argc, char **argv)
{
    int i;

    o->lines = 40;
    for (i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0) {
            fputs(usage, stdout);
            exit(0);
        } else if (strcmp(argv[i], "--list") == 0) {
            list();
            exit(0);
        } else if (strcmp(argv[i], "--markdown") == 0) {
            o->markdown = true;
        } else {
            take_value(o, argv[i], argv[i + 1]);
            i++;
        }
    }
    if (o->model_count == 0) {
        add_model(o, "library");
        add_model(o, "specification");
        add_model(o, "qemu");
    }
}

/* Returns whether every guest works on each; leaves out what is not here. */
static bool judge_all(const struct options *o, struct report *reports,
                      const struct report **shown, size_t *count)
{
    glob_t transcripts;
    bool good = true;
    size_t i;

    if (glob(JUDGE_TRANSCRIPTS, 0, NULL, &transcripts)) {
        complain("no transcripts at", JUDGE_TRANSCRIPTS);
    }
    for (i = 0; i < o->model_count; i++) {
        struct model *m = o->models[i];
        const char *missing = m->open(m);

        if (missing) {
            fprintf(stderr, "vpl011-judge: without %s: %s\n", m->name, missing);
            continue;
        }
        shown[*count] = &reports[i];
        good &=
            judge(&reports[i], m, o, (const char *const *)transcripts.gl_pathv);
        (*count)++;
    }
    globfree(&transcripts);
    return good;
}

int main(int argc, char **argv)
{
    static struct report reports[MODELS_MAX];
    const struct report *shown[MODELS_MAX];
    struct options o = {0};
    size_t count = 0;
    size_t i;
    bool good;

    clock_gettime(CLOCK_MONOTONIC, &began);
    take_options(&o, argc, argv);
    good = judge_all(&o, reports, shown, &count);
    if (count == 0) {
        return 2;
    }
    if (o.markdown) {
        for (i = 0; i < count; i++) {
            report_markdown(shown[i], stdout);
        }
    } else {
        for (i = 0; i < count && o.differences; i++) {
            report_differences(shown[i], stdout);
        }
        report_tables(shown, count, o.guest, isatty(STDOUT_FILENO), stdout);
    }
    return good ? 0 : 1;
}
