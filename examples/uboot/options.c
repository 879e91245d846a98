/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"

#define LINGER_MAX 86400ul

static const char help[] =
    "Usage: uboot [OPTION]...\n"
    "Run Debian's U-Boot on an emulated arm64 board whose UART is libvpl011.\n"
    "\n"
    "  -i, --image FILE      run this raw image, started at address 0, "
    "instead\n"
    "                        of " UBOOT_IMAGE "\n"
    "  -r, --raw             give input as fast as the guest takes it; always\n"
    "                        so with --image, but U-Boot gets each line when "
    "it\n"
    "                        shows its prompt, because its commands discard\n"
    "                        what they find when they look for Ctrl-C\n"
    "  -l, --linger SECONDS  leave a guest that waits for more input after "
    "its\n"
    "                        end for this time (default: 2)\n"
    "  -R, --ring SOCKET     the console is in another process: "
    "vpl011-consoled\n"
    "                        at this socket, and vpl011-console to look at "
    "it\n"
    "  -n, --name NAME       the console's name there (default: uboot)\n"
    "  -t, --trace FILE      write every access to the UART there, and what "
    "it\n"
    "                        caused, in words\n"
    "  -m, --move            save the UART and its far end whenever the guest "
    "is\n"
    "                        stopped, and go on with new ones made of that\n"
    "  -s, --stats           print what was counted at the end\n"
    "  -q, --quiet           print only errors of this program's own\n"
    "  -h, --help            print this\n"
    "\n"
    "In a terminal every key goes to the guest, Ctrl-C too, except Ctrl-]:\n"
    "  Ctrl-] q   quit                 Ctrl-] b   send a BREAK\n"
    "  Ctrl-] r   reset the board      Ctrl-] z   suspend this program\n"
    "  Ctrl-] s   print the counters   Ctrl-] d   print the UART's state\n"
    "  Ctrl-] ?   print these keys     Ctrl-] Ctrl-]   send one Ctrl-]\n"
    "\n"
    "Exit status: 0 the guest powered off, or Ctrl-] q; 1 an error;\n"
    "2 bad usage; 3 the input ended and the guest waited for more.\n"
    "\n"
    "Example:  printf 'version\\npoweroff\\n' | uboot\n";

static bool parse_seconds(const char *text, unsigned long *seconds)
{
    char *end;

    /* strtoul() takes a minus. */
    if (*text < '0' || *text > '9') {
        return false;
    }
    *seconds = strtoul(text, &end, 10);
    return *end == '\0' && *seconds <= LINGER_MAX;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"image", required_argument, NULL, 'i'},
        {"raw", no_argument, NULL, 'r'},
        {"linger", required_argument, NULL, 'l'},
        {"ring", required_argument, NULL, 'R'},
        {"name", required_argument, NULL, 'n'},
        {"trace", required_argument, NULL, 't'},
        {"move", no_argument, NULL, 'm'},
        {"stats", no_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    int c;

    *o = (struct options){
        .image = UBOOT_IMAGE,
        .name = "uboot",
        .paced = true,
        .linger_s = 2,
    };
    while ((c = getopt_long(argc, argv, "i:rl:R:n:mt:sqh", longs, NULL)) !=
           -1) {
        switch (c) {
        case 'i':
            o->image = optarg;
            o->paced = false;
            break;
        case 'r':
            o->paced = false;
            break;
        case 'l':
            if (!parse_seconds(optarg, &o->linger_s)) {
                fprintf(stderr, "uboot: --linger takes 0 to %lu seconds\n",
                        LINGER_MAX);
                return OPTIONS_BAD;
            }
            break;
        case 'R':
            o->ring = optarg;
            break;
        case 'n':
            o->name = optarg;
            break;
        case 't':
            o->trace = optarg;
            break;
        case 'm':
            o->moves = true;
            break;
        case 's':
            o->stats = true;
            break;
        case 'q':
            o->quiet = true;
            break;
        case 'h':
            fputs(help, stdout);
            return OPTIONS_DONE;
        default:
            fputs("Try --help.\n", stderr);
            return OPTIONS_BAD;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "uboot: what is \"%s\"? Try --help.\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}
