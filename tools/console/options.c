/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The daemon's command line. */
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <vpl011/version.h>

#include "daemon.h"

#define SCROLLBACK_DEFAULT 65536u
#define SCROLLBACK_MIN 4096u
#define SCROLLBACK_MAX (1u << 30)
#define RINGS_DEFAULT 16384u
#define LOG_SIZE_DEFAULT (16u << 20)
#define LOG_FILES_DEFAULT 3u
#define LOG_FILES_MAX 1000u
#define BURST_MIN 4096u
/* [1/s] A console is not looked at more often. */
#define BURSTS_MAX 100u

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
    "  --log-size BYTES    of a log file at most; 0: any [16M]\n"
    "  --log-files N       older ones kept, as NAME.log.1 ... [3]\n"
    "  --log-timestamps    begin each line with the time\n"
    "  --log-raw           with all escape sequences\n"
    "  --pty-dir DIR       give each console a pty, linked as DIR/NAME\n"
    "  --socket-dir DIR    give each console a plain socket DIR/NAME\n"
    "  --max-consoles N    refuse more than that [16384]\n"
    "  --rate BYTES        taken of each console a second; K, M [no limit]\n"
    "  --burst BYTES       taken at once beyond that [4K, or what 100 ms "
    "bring]\n"
    "  --over-rate WHAT    wait: the guest does; drop: what exceeds is [wait]\n"
    "  --common-rate BYTES taken of all consoles a second [no limit]\n"
    "  --verbose           say who comes and goes\n"
    "  --help              this text\n"
    "  --version           and which version this is\n";

static bool number(const char *text, size_t least, size_t most, size_t *value)
{
    char *end;
    unsigned long n;

    errno = 0;
    n = strtoul(text, &end, 10);
    if (*end && strchr("KkMm", *end)) {
        unsigned int shift = *end == 'K' || *end == 'k' ? 10 : 20;

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
    if (strlen(path) > 0) {
        char inside[4096];

        snprintf(inside, sizeof(inside), "%s/x", path);
        if (!protocol_is_safe_place(inside)) {
            report("%s: %s belongs to another user, or others can write to it",
                   option, path);
            exit(2);
        }
    }
    return path;
}

/* [bytes] or [bytes/s] */
static uint32_t rate(const char *option, const char *text)
{
    size_t value;

    if (!number(text, 1, BUCKET_MAX, &value)) {
        report("%s: \"%s\" is not 1 to 1024M", option, text);
        exit(2);
    }
    return (uint32_t)value;
}

/* What is not looked at in time is lost to a rate: the burst has to be more
 * than comes between two looks on a busy host. */
static uint32_t burst_of(uint32_t rate_of)
{
    return rate_of / 10 > BURST_MIN ? rate_of / 10 : BURST_MIN;
}

void options_parse(struct options *o, int argc, char **argv)
{
    static const struct option known[] = {
        {"socket", required_argument, NULL, 's'},
        {"scrollback", required_argument, NULL, 'b'},
        {"log-dir", required_argument, NULL, 'l'},
        {"log-size", required_argument, NULL, 'S'},
        {"log-files", required_argument, NULL, 'F'},
        {"log-timestamps", no_argument, NULL, 'T'},
        {"log-raw", no_argument, NULL, 'R'},
        {"pty-dir", required_argument, NULL, 'p'},
        {"socket-dir", required_argument, NULL, 'u'},
        {"max-consoles", required_argument, NULL, 'n'},
        {"rate", required_argument, NULL, 'r'},
        {"burst", required_argument, NULL, 'B'},
        {"over-rate", required_argument, NULL, 'o'},
        {"common-rate", required_argument, NULL, 'c'},
        {"verbose", no_argument, NULL, 'v'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    size_t files;
    int c;

    *o = (struct options){
        .socket = protocol_default_path(),
        .scrollback = SCROLLBACK_DEFAULT,
        .max_rings = RINGS_DEFAULT,
        .log = {.size = LOG_SIZE_DEFAULT, .files = LOG_FILES_DEFAULT},
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
            o->log.dir = directory("--log-dir", optarg);
            break;
        case 'S':
            if (strcmp(optarg, "0") == 0) {
                o->log.size = 0;
            } else if (!number(optarg, LOG_SIZE_MIN, SIZE_MAX / 2,
                               &o->log.size)) {
                report("--log-size: \"%s\" is neither 0 nor at least 64K",
                       optarg);
                exit(2);
            }
            break;
        case 'F':
            if (!number(optarg, 0, LOG_FILES_MAX, &files)) {
                report("--log-files: \"%s\" is not 0 to 1000", optarg);
                exit(2);
            }
            o->log.files = (unsigned int)files;
            break;
        case 'T':
            o->log.timestamps = true;
            break;
        case 'R':
            o->log.raw = true;
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
        case 'r':
            o->rate = rate("--rate", optarg);
            break;
        case 'B':
            o->burst = rate("--burst", optarg);
            break;
        case 'o':
            o->drops = strcmp(optarg, "drop") == 0;
            if (!o->drops && strcmp(optarg, "wait") != 0) {
                report("--over-rate: \"%s\" is neither wait nor drop", optarg);
                exit(2);
            }
            break;
        case 'c':
            o->common_rate = rate("--common-rate", optarg);
            break;
        case 'v':
            o->verbose = true;
            break;
        case 'h':
            fputs(usage, stdout);
            exit(0);
        case 'V':
            puts(PROGRAM " " VPL011_VERSION);
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
    if (o->burst > 0 && o->burst < o->rate / BURSTS_MAX) {
        report("--burst: %u is less than --rate brings in 10 ms", o->burst);
        exit(2);
    }
    if (o->burst == 0) {
        o->burst = burst_of(o->rate);
    }
    o->common_burst = burst_of(o->common_rate);
    /* A power of two, because positions are masked with it. */
    while (o->scrollback & (o->scrollback - 1)) {
        o->scrollback &= o->scrollback - 1;
    }
}
