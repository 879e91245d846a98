/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The daemon's command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "daemon.h"

#define SCROLLBACK_DEFAULT 65536u
#define SCROLLBACK_MIN 4096u
#define SCROLLBACK_MAX (1u << 30)
#define RINGS_DEFAULT 16384u

static const char usage[] =
    "usage: " PROGRAM " [OPTION]...\n"
    "\n"
    "Serves the consoles of devices that hand it their xencons rings; see\n"
    "vpl011-console for looking at them. Stays in the foreground; SIGTERM\n"
    "ends it, and a new one goes on where it stopped.\n"
    "\n"
    "  --socket PATH       devices and viewers come here\n"
    "                      [$XDG_RUNTIME_DIR/" PROGRAM ".sock]\n"
    "  --scrollback BYTES  kept of each console; K, M; 4K at least [64K]\n"
    "  --log-dir DIR       append each console's output to DIR/NAME.log\n"
    "  --pty-dir DIR       give each console a pty, linked as DIR/NAME\n"
    "  --socket-dir DIR    give each console a plain socket DIR/NAME\n"
    "  --max-consoles N    refuse more than that [16384]\n"
    "  --verbose           say who comes and goes\n"
    "  --help              this text\n";

static bool number(const char *text, size_t least, size_t most, size_t *value)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(text, &end, 10);
    if (*end == 'K' || *end == 'M') {
        unsigned int shift = *end == 'K' ? 10 : 20;

        if (n > most >> shift) {
            return false;
        }
        n <<= shift;
        end++;
    }
    if (errno || end == text || *end || *text == '-' || n < least || n > most) {
        return false;
    }
    *value = n;
    return true;
}

static const char *directory(const char *option, const char *path)
{
    struct stat st;

    if (stat(path, &st) < 0) {
        report("%s: %s: %s", option, path, strerror(errno));
        exit(2);
    }
    if (!S_ISDIR(st.st_mode) || strlen(path) > 3900) {
        report("%s: %s is no directory that can be used", option, path);
        exit(2);
    }
    return path;
}

void options_parse(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"socket", required_argument, NULL, 's'},
        {"scrollback", required_argument, NULL, 'b'},
        {"log-dir", required_argument, NULL, 'l'},
        {"pty-dir", required_argument, NULL, 'p'},
        {"socket-dir", required_argument, NULL, 'u'},
        {"max-consoles", required_argument, NULL, 'n'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    int c;

    *o = (struct options){
        .socket = protocol_default_path(),
        .scrollback = SCROLLBACK_DEFAULT,
        .max_rings = RINGS_DEFAULT,
    };
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 's':
            o->socket = optarg;
            break;
        case 'b':
            if (!number(optarg, SCROLLBACK_MIN, SCROLLBACK_MAX,
                        &o->scrollback)) {
                report("--scrollback: \"%s\" is not 4K to 1024M", optarg);
                exit(2);
            }
            break;
        case 'l':
            o->log_dir = directory("--log-dir", optarg);
            break;
        case 'p':
            o->pty_dir = directory("--pty-dir", optarg);
            break;
        case 'u':
            o->socket_dir = directory("--socket-dir", optarg);
            break;
        case 'n':
            if (!number(optarg, 1, 1u << 20, &o->max_rings)) {
                report("--max-consoles: \"%s\" is not 1 to 1024K", optarg);
                exit(2);
            }
            break;
        case 'v':
            o->verbose = true;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        default:
            report("--help lists the options");
            exit(2);
        }
    }
    if (optind < argc) {
        report("\"%s\": options only; --help lists them", argv[optind]);
        exit(2);
    }
    /* A power of two, because positions are masked with it. */
    while (o->scrollback & (o->scrollback - 1)) {
        o->scrollback &= o->scrollback - 1;
    }
}
