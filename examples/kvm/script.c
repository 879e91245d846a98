/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "script.h"

#define NUMBER_MAX 1000000000ul

enum argument { ARGUMENT_NONE, ARGUMENT_TEXT, ARGUMENT_NUMBER, ARGUMENT_FILE };

static const struct {
    const char *name;
    enum command_kind kind;
    enum argument argument;
} words[] = {
    {"expect", COMMAND_EXPECT, ARGUMENT_TEXT},
    {"send", COMMAND_SEND, ARGUMENT_TEXT},
    {"sendfile", COMMAND_SENDFILE, ARGUMENT_FILE},
    {"break", COMMAND_BREAK, ARGUMENT_NONE},
    {"sleep", COMMAND_SLEEP, ARGUMENT_NUMBER},
    {"rate", COMMAND_RATE, ARGUMENT_NUMBER},
    {"stall", COMMAND_STALL, ARGUMENT_NUMBER},
    {"full", COMMAND_FULL, ARGUMENT_NUMBER},
    {"gone", COMMAND_GONE, ARGUMENT_NONE},
    {"back", COMMAND_BACK, ARGUMENT_NONE},
    {"timeout", COMMAND_TIMEOUT, ARGUMENT_NUMBER},
    {"quit", COMMAND_QUIT, ARGUMENT_NONE},
};

static bool complain(const struct script *s, unsigned int line,
                     const char *what, const char *why)
{
    fprintf(stderr, "kvm: %s:%u: %s: %s\n", s->path, line, what, why);
    return false;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One escape, *text at its backslash; -1: unknown. */
static int unescape(const char **text)
{
    int high;
    int low;

    switch (*++*text) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    case '\\':
        return '\\';
    case 'x':
        high = hex_digit((*text)[1]);
        low = high < 0 ? -1 : hex_digit((*text)[2]);
        *text += 2;
        return low < 0 ? -1 : high << 4 | low;
    default:
        return -1;
    }
}

static bool parse_text(struct command *c, const char *text)
{
    int byte;

    c->text = malloc(strlen(text) + 1);
    if (!c->text) {
        return false;
    }
    for (; *text; text++) {
        byte = *text == '\\' ? unescape(&text) : (unsigned char)*text;
        if (byte < 0) {
            errno = EILSEQ;
            return false;
        }
        c->text[c->size++] = (uint8_t)byte;
    }
    errno = EINVAL;
    return c->size > 0;
}

static bool parse_number(struct command *c, const char *text)
{
    char *end;

    errno = EINVAL;
    if (*text < '0' || *text > '9') {
        return false;
    }
    c->number = strtoul(text, &end, 10);
    return *end == '\0' && c->number <= NUMBER_MAX;
}

static bool read_whole(struct command *c, const char *path)
{
    FILE *f = fopen(path, "rb");
    size_t room = 0;
    uint8_t *more;

    if (!f) {
        return false;
    }
    do {
        room += 65536;
        more = realloc(c->text, room);
        if (!more) {
            break;
        }
        c->text = more;
        c->size += fread(c->text + c->size, 1, room - c->size, f);
    } while (c->size == room);
    bool good = more && !ferror(f);
    (void)fclose(f);
    return good;
}

static bool parse_argument(struct command *c, enum argument kind,
                           const char *text)
{
    switch (kind) {
    case ARGUMENT_TEXT:
        return parse_text(c, text);
    case ARGUMENT_NUMBER:
        return parse_number(c, text);
    case ARGUMENT_FILE:
        return read_whole(c, text);
    default:
        errno = EINVAL;
        return *text == '\0';
    }
}

static bool parse_line(struct script *s, unsigned int number, char *line)
{
    struct command *more;
    char *text;

    line[strcspn(line, "\n")] = '\0';
    line += strspn(line, " \t");
    if (*line == '\0' || *line == '#') {
        return true;
    }
    text = line + strcspn(line, " ");
    if (*text) {
        *text++ = '\0';
    }
    more = realloc(s->commands, (s->count + 1) * sizeof(*more));
    if (!more) {
        return complain(s, number, line, strerror(errno));
    }
    s->commands = more;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(line, words[i].name) == 0) {
            struct command *c = &s->commands[s->count++];

            *c = (struct command){.kind = words[i].kind, .line = number};
            return parse_argument(c, words[i].argument, text) ||
                   complain(s, number, line, strerror(errno));
        }
    }
    return complain(s, number, line, "no such command");
}

bool script_read(struct script *s, const char *path)
{
    FILE *f = fopen(path, "r");
    char *line = NULL;
    size_t room = 0;
    unsigned int number = 0;
    bool good = true;

    *s = (struct script){.path = path};
    if (!f) {
        fprintf(stderr, "kvm: %s: %s\n", path, strerror(errno));
        return false;
    }
    while (good && getline(&line, &room, f) >= 0) {
        good = parse_line(s, ++number, line);
    }
    free(line);
    (void)fclose(f);
    if (!good) {
        script_free(s);
    }
    return good;
}

void script_free(struct script *s)
{
    for (size_t i = 0; i < s->count; i++) {
        free(s->commands[i].text);
    }
    free(s->commands);
    s->commands = NULL;
    s->count = 0;
}
