/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A transcript as a test of this library. */
#include "transcript.h"

static const char *file_name;
static unsigned int cases;
static unsigned int failures;

void transcript_complains(unsigned int line, const char *what, const char *text)
{
    fflush(stdout);
    fprintf(stderr, "%s:%u: %s%s\n", file_name, line, what, text);
}

void transcript_ended(const char *title, enum transcript_case how)
{
    cases++;
    failures += how == CASE_HOLDS ? 0 : 1;
    printf("%s %u - %s\n", how == CASE_HOLDS ? "ok" : "not ok", cases, title);
}

int main(int argc, char **argv)
{
    FILE *file;

    if (argc != 2 || !(file = fopen(argv[1], "r"))) {
        fprintf(stderr, "usage: transcript FILE.t\n");
        return 2;
    }
    file_name = argv[1];
    transcript_run(file);
    fclose(file);
    printf("1..%u\n", cases);
    if (cases == 0) {
        fprintf(stderr, "%s: there is no case in it\n", file_name);
    }
    return cases > 0 && failures == 0 ? 0 : 1;
}
