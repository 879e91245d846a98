/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>

#define SHOWN 5

static unsigned int cases, failed_cases;
static uint64_t checks;
static unsigned int failures;
static char name[120];

void case_begin(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(name, sizeof(name), format, args);
    va_end(args);
    checks = 0;
    failures = 0;
}

void case_checked(uint64_t made)
{
    checks += made;
}

bool check(bool condition, const char *format, ...)
{
    va_list args;

    checks++;
    if (!condition && failures++ < SHOWN) {
        printf("# ");
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        printf("\n");
    }
    return condition;
}

void case_end(const char *format, ...)
{
    va_list args;
    bool passed = checks > 0 && failures == 0;

    cases++;
    failed_cases += passed ? 0 : 1;
    if (checks == 0) {
        printf("# nothing was checked\n");
    }
    if (failures > SHOWN) {
        printf("# and %u failures more\n", failures - SHOWN);
    }
    printf("%s %u - %s", passed ? "ok" : "not ok", cases, name);
    if (*format) {
        printf(" (");
        va_start(args, format);
        vprintf(format, args);
        va_end(args);
        printf(")");
    }
    printf("\n");
    fflush(stdout);
}

int tap_end(void)
{
    printf("1..%u\n", cases);
    return cases == 0 || failed_cases > 0 ? 1 : 0;
}
