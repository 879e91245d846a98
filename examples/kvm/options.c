/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fdt.h>

#include "options.h"
#include "vm.h"

#define MEMORY_MIN 64ul   /* [MiB] */
#define MEMORY_MAX 4096ul /* [MiB] */

static const char help[] =
    "Usage: vpl011-kvm [OPTION]... --kernel FILE\n"
    "       vpl011-kvm [OPTION]... --firmware FILE\n"
    "Run an arm64 guest under KVM, with libvpl011 as its UART.\n"
    "\n"
    "  -k, --kernel FILE    a Linux Image, not compressed\n"
    "  -f, --firmware FILE  a raw image that is started at address 0, as "
    "U-Boot\n"
    "  -i, --initrd FILE    for the kernel\n"
    "  -a, --append TEXT    the kernel's command line\n"
    "  -c, --cpus N         1 to 8 (default: 1)\n"
    "  -m, --memory MIB     64 to 4096 (default: 256)\n"
    "  -u, --uart KIND      pl011 or sbsa (default: pl011)\n"
    "  -2, --second PATH    a second UART, at this terminal, FIFO or file\n"
    "\n"
    "Who is at the first UART's far end:\n"
    "                       this terminal, by default\n"
    "  -x, --script FILE    this program, by the commands in FILE\n"
    "  -r, --ring SOCKET    vpl011-consoled at this socket, in another "
    "process\n"
    "  -n, --name NAME      the console's name there (default: kvm)\n"
    "  -l, --log FILE       append what the guest says to FILE too (terminal)\n"
    "\n"
    "  -1, --once           end when the guest resets, do not start it again\n"
    "  -s, --stats          print what was counted at the end\n"
    "  -q, --quiet          print only errors of this program's own\n"
    "  -h, --help           print this\n"
    "\n"
    "In a terminal every key goes to the guest, Ctrl-C too, except Ctrl-]:\n"
    "  Ctrl-] q   quit                 Ctrl-] b   send a BREAK\n"
    "  Ctrl-] r   reset the guest      Ctrl-] z   suspend this program\n"
    "  Ctrl-] s   print the counters   Ctrl-] ?   print these keys\n"
    "  Ctrl-] Ctrl-]   send one Ctrl-]\n"
    "\n"
    "Exit status: 0 the guest powered off, or Ctrl-] q; 1 an error;\n"
    "2 bad usage; 3 the guest was reset (--once); 4 the script failed.\n";

static enum options_result bad(const char *option, const char *why)
{
    fprintf(stderr, "kvm: %s %s\n", option, why);
    return OPTIONS_BAD;
}

static bool parse_number(const char *text, unsigned long least,
                         unsigned long most, unsigned long *number)
{
    char *end;

    /* strtoul() takes a minus. */
    if (*text < '0' || *text > '9') {
        return false;
    }
    *number = strtoul(text, &end, 10);
    return *end == '\0' && *number >= least && *number <= most;
}

static bool parse_uart(const char *text, struct options *o)
{
    if (strcmp(text, "pl011") == 0) {
        o->form = VPL011_FDT_PL011;
    } else if (strcmp(text, "sbsa") == 0) {
        o->form = VPL011_FDT_SBSA;
    } else {
        return false;
    }
    o->personality = vpl011_fdt_personality(o->form);
    return true;
}

static enum options_result check(const struct options *o)
{
    if (!o->kernel == !o->firmware) {
        return bad("--kernel", "or --firmware is needed. Try --help.");
    }
    if (o->ring && o->script) {
        return bad("--ring", "and --script are two far ends for one UART");
    }
    if (o->log && (o->ring || o->script)) {
        return bad("--log", "is for the terminal only");
    }
    return OPTIONS_RUN;
}

/* One option; OPTIONS_RUN: go on. */
static enum options_result take(struct options *o, int c)
{
    unsigned long number;

    switch (c) {
    case 'k':
        o->kernel = optarg;
        break;
    case 'f':
        o->firmware = optarg;
        break;
    case 'i':
        o->initrd = optarg;
        break;
    case 'a':
        o->append = optarg;
        break;
    case 'c':
        if (!parse_number(optarg, 1, VM_CPUS_MAX, &number)) {
            return bad("--cpus", "takes 1 to 8");
        }
        o->cpus = (unsigned int)number;
        break;
    case 'm':
        if (!parse_number(optarg, MEMORY_MIN, MEMORY_MAX, &number)) {
            return bad("--memory", "takes 64 to 4096");
        }
        o->memory = (size_t)number << 20;
        break;
    case 'u':
        if (!parse_uart(optarg, o)) {
            return bad("--uart", "takes pl011 or sbsa");
        }
        break;
    case '2':
        o->second = optarg;
        break;
    case 'x':
        o->script = optarg;
        break;
    case 'r':
        o->ring = optarg;
        break;
    case 'n':
        o->name = optarg;
        break;
    case 'l':
        o->log = optarg;
        break;
    case '1':
        o->once = true;
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
    return OPTIONS_RUN;
}

enum options_result options_parse(struct options *o, int argc, char **argv)
{
    static const struct option longs[] = {
        {"kernel", required_argument, NULL, 'k'},
        {"firmware", required_argument, NULL, 'f'},
        {"initrd", required_argument, NULL, 'i'},
        {"append", required_argument, NULL, 'a'},
        {"cpus", required_argument, NULL, 'c'},
        {"memory", required_argument, NULL, 'm'},
        {"uart", required_argument, NULL, 'u'},
        {"second", required_argument, NULL, '2'},
        {"script", required_argument, NULL, 'x'},
        {"ring", required_argument, NULL, 'r'},
        {"name", required_argument, NULL, 'n'},
        {"log", required_argument, NULL, 'l'},
        {"once", no_argument, NULL, '1'},
        {"stats", no_argument, NULL, 's'},
        {"quiet", no_argument, NULL, 'q'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    enum options_result result;
    int c;

    *o = (struct options){
        .append = "",
        .cpus = 1,
        .memory = (size_t)256 << 20,
        .personality = VPL011_PL011,
        .form = VPL011_FDT_PL011,
        .name = "kvm",
    };
    while ((c = getopt_long(argc, argv, "k:f:i:a:c:m:u:2:x:r:n:l:1sqh", longs,
                            NULL)) != -1) {
        result = take(o, c);
        if (result != OPTIONS_RUN) {
            return result;
        }
    }
    if (optind < argc) {
        fprintf(stderr, "kvm: what is \"%s\"? Try --help.\n", argv[optind]);
        return OPTIONS_BAD;
    }
    return check(o);
}
