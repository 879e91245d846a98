/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fdt.h>

#include "options.h"
#include "vm.h"

#define MEMORY_MIN 64ul    /* [MiB] */
#define MEMORY_MAX 4096ul  /* [MiB] */
#define MOVE_MAX 3600000ul /* [ms] */
#define BUDGET_MAX 4000000000ul

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
    "  -A, --acpi           describe the machine by ACPI, not by a device tree "
    "(kernel)\n"
    "  -u, --uart KIND      pl011 or sbsa (default: pl011)\n"
    "  -2, --second PATH    a second UART, at this terminal, FIFO or file\n"
    "  -X, --second-script FILE\n"
    "                       its far end is this program, by the commands in "
    "FILE;\n"
    "                       what the guest says there is appended to PATH\n"
    "  -g, --gone POLICY    what becomes of output while nobody is at the far "
    "end:\n"
    "                       drop-newest (default), drop-oldest or stall\n"
    "  -M, --move MS        every MS milliseconds, save the UARTs and go on "
    "with\n"
    "                       fresh ones that are loaded with that\n"
    "\n"
    "Who is at the first UART's far end:\n"
    "                       this terminal, by default\n"
    "  -x, --script FILE    this program, by the commands in FILE\n"
    "  -r, --ring SOCKET    vpl011-consoled at this socket, in another "
    "process\n"
    "  -n, --name NAME      the console's name there (default: kvm)\n"
    "  -l, --log FILE       append what the guest says to FILE too (terminal)\n"
    "\n"
    "  -C, --clock          the line takes its time: the rate that the guest "
    "sets,\n"
    "                       and the receive timeout\n"
    "  -b, --budget N       the guest may send N characters a second, and a "
    "second's\n"
    "                       worth at once\n"
    "  -e, --exits          an exit for each access to a UART, for comparison\n"
    "  -t, --no-tick        input is not paced, for comparison; Linux can "
    "take it\n"
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

static bool parse_policy(const char *text, struct options *o)
{
    static const struct {
        const char *name;
        uint32_t policy;
    } policies[] = {
        {"stall", VPL011_POLICY_STALL},
        {"drop-newest", VPL011_POLICY_DROP_NEWEST},
        {"drop-oldest", VPL011_POLICY_DROP_OLDEST},
    };

    for (size_t i = 0; i < sizeof(policies) / sizeof(policies[0]); i++) {
        if (strcmp(text, policies[i].name) == 0) {
            o->on_gone = policies[i].policy;
            return true;
        }
    }
    return false;
}

static enum options_result check(const struct options *o)
{
    if (!o->kernel == !o->firmware) {
        return bad("--kernel", "or --firmware is needed. Try --help.");
    }
    if (o->acpi && o->firmware) {
        return bad("--acpi", "is for a kernel; firmware gets a device tree");
    }
    if (o->ring && o->script) {
        return bad("--ring", "and --script are two far ends for one UART");
    }
    if (o->log && (o->ring || o->script)) {
        return bad("--log", "is for the terminal only");
    }
    if (o->second_script && !o->second) {
        return bad("--second-script", "needs --second");
    }
    /* Other far ends cannot be saved. */
    if (o->on_gone == VPL011_POLICY_DROP_OLDEST &&
        (!o->script || (o->second && !o->second_script))) {
        return bad("--gone", "drop-oldest is for scripts only");
    }
    return OPTIONS_RUN;
}

/*
 * One option; OPTIONS_RUN: go on. Some cases are also in the options of
 * examples/uboot: each example is to be read alone, and a parser for both would
 * be longer than the lines that it saves.
 */
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
    case 'A':
        o->acpi = true;
        break;
    case 'u':
        if (!parse_uart(optarg, o)) {
            return bad("--uart", "takes pl011 or sbsa");
        }
        break;
    case '2':
        o->second = optarg;
        break;
    case 'X':
        o->second_script = optarg;
        break;
    case 'g':
        if (!parse_policy(optarg, o)) {
            return bad("--gone", "takes drop-newest, drop-oldest or stall");
        }
        break;
    case 'M':
        if (!parse_number(optarg, 1, MOVE_MAX, &number)) {
            return bad("--move", "takes 1 to 3600000");
        }
        o->move = (unsigned int)number;
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
    case 'C':
        o->clock = true;
        break;
    case 'b':
        if (!parse_number(optarg, 1, BUDGET_MAX, &o->budget)) {
            return bad("--budget", "takes 1 to 4000000000");
        }
        break;
    case 'e':
        o->exits = true;
        break;
    case 't':
        o->no_tick = true;
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
        {"acpi", no_argument, NULL, 'A'},
        {"uart", required_argument, NULL, 'u'},
        {"second", required_argument, NULL, '2'},
        {"second-script", required_argument, NULL, 'X'},
        {"gone", required_argument, NULL, 'g'},
        {"move", required_argument, NULL, 'M'},
        {"script", required_argument, NULL, 'x'},
        {"ring", required_argument, NULL, 'r'},
        {"name", required_argument, NULL, 'n'},
        {"log", required_argument, NULL, 'l'},
        {"clock", no_argument, NULL, 'C'},
        {"budget", required_argument, NULL, 'b'},
        {"exits", no_argument, NULL, 'e'},
        {"no-tick", no_argument, NULL, 't'},
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
    while (
        (c = getopt_long(argc, argv, "k:f:i:a:c:m:Au:2:X:g:M:x:r:n:l:Cb:et1sqh",
                         longs, NULL)) != -1) {
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
