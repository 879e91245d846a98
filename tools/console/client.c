/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011-console: show a console of the daemon, and type into it. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <vpl011/version.h>

#include "client.h"
#include "filter.h"
#include "protocol.h"

/* [bytes] written to the terminal at once: a write of this size to a pipe that
 * poll() reports writable does not block. */
#define CHUNK 512

/* [ms] between attempts to reach a daemon that went away. */
#define RETRY_MS 200

/* [ms] for which the answer to a BREAK is waited for. */
#define BREAK_PATIENCE_MS 5000

struct client {
    const char *path;
    char name[PROTOCOL_NAME_MAX];
    char escape;
    unsigned int flags; /* PROTOCOL_ATTACH_* */
    int fd;             /* -1: no daemon now */
    bool until_gone;    /* end when the device goes */
    bool breaks;        /* begin with a BREAK, which is not sent yet */
    bool knows_break;   /* the daemon does */
    bool break_due;     /* what was typed waits for the answer to it */
    long long break_ms; /* when one was sent that is not answered; 0: none */
    bool filters;       /* shows no escape sequence that might do harm */
    bool follows;       /* leaves standard input alone */
    bool was_here;      /* attached once: a daemon that ends is waited for */
    int retries;        /* since the daemon went away */
    bool terminal;
    bool in_escape;
    bool input_ended;
    bool
        hung_up; /* the daemon is gone, and what it sent is still to be shown */
    bool to_pipe; /* standard output is one */
    bool leaves;
    int result;
    char typed[PROTOCOL_MAX]; /* not yet sent */
    size_t typed_count;
    struct filter filter;
    char shown[PROTOCOL_MAX + FILTER_HELD]; /* not yet on the terminal */
    size_t shown_count;
    size_t shown_done;
};

/*
 * Terminal
 */

static struct termios saved;
static volatile sig_atomic_t is_raw;
static volatile sig_atomic_t ended_by;

static void restore(void)
{
    if (is_raw) {
        is_raw = 0;
        tcsetattr(STDIN_FILENO, TCSADRAIN, &saved);
    }
}

static void on_signal(int number)
{
    ended_by = number;
}

/* The terminal is restored however the program ends, except by SIGKILL. */
static void make_raw(void)
{
    static const int ends[] = {SIGTERM, SIGINT, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = on_signal};
    struct termios raw;
    size_t i;

    for (i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        sigaction(ends[i], &action, NULL);
    }
    if (tcgetattr(STDIN_FILENO, &saved) < 0) {
        return;
    }
    raw = saved;
    cfmakeraw(&raw);
    atexit(restore);
    is_raw = 1;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

void say(const char *format, ...)
{
    char text[512];
    va_list list;

    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    fprintf(stderr, is_raw ? "\r\n[" PROGRAM ": %s]\r\n" : PROGRAM ": %s\n",
            text);
}

static char printable(char escape)
{
    return (char)(escape | 0x40);
}

static void help(const struct client *c)
{
    char e = printable(c->escape);

    say("Ctrl-%c then q: detach, n: next console, p: previous, l: list them, "
        "t: take typing from another viewer, b: send a BREAK, Ctrl-%c: send "
        "it, anything else: this",
        e, e);
}

/*
 * Daemon
 */

const char *why_no_daemon(void)
{
    if (errno == EPERM) {
        return "the daemon there belongs to another user";
    }
    return errno == ENOENT || errno == ECONNREFUSED ? "no daemon is there"
                                                    : strerror(errno);
}

static bool attach(struct client *c)
{
    char request[1 + PROTOCOL_NAME_MAX];
    size_t length = strlen(c->name);

    c->fd = protocol_connect(c->path);
    if (c->fd < 0) {
        return false;
    }
    c->hung_up = false;
    c->break_ms = 0;
    request[0] = (char)c->flags;
    memcpy(request + 1, c->name, length);
    if (!protocol_send(c->fd, PROTOCOL_ATTACH, request, 1 + length, NULL, 0)) {
        close(c->fd);
        c->fd = -1;
        return false;
    }
    return true;
}

static void leave(struct client *c, int result)
{
    c->leaves = true;
    c->result = result;
}

/* There is room: nothing is taken from the daemon until all of it is shown. */
static void show(struct client *c, const char *bytes, size_t count)
{
    if (c->filters) {
        c->shown_count = filter_bytes(&c->filter, (const uint8_t *)bytes, count,
                                      (uint8_t *)c->shown);
    } else {
        memcpy(c->shown, bytes, count);
        c->shown_count = count;
    }
}

/* What was asked for with --break is a condition of all that is typed. */
static void no_break(struct client *c, const char *why)
{
    say("no BREAK: %s", why);
    if (c->break_due) {
        leave(c, 1);
    }
}

static long long now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (long long)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* Nothing else is under way yet, so that the socket takes it. */
static void begin_with_break(struct client *c)
{
    c->breaks = false;
    if (!c->knows_break) {
        no_break(c, "this daemon does not know it");
    } else if (!protocol_send(c->fd, PROTOCOL_BREAK, NULL, 0, NULL, 0)) {
        no_break(c, strerror(errno));
    } else {
        c->break_ms = now_ms();
    }
}

static void hear(struct client *c)
{
    char m[PROTOCOL_MAX + 1];
    ssize_t n = protocol_receive(c->fd, m, NULL, NULL);

    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
        return;
    }
    if (n <= 0) {
        close(c->fd);
        c->fd = -1;
        return;
    }
    switch (m[0]) {
    case PROTOCOL_DATA:
        show(c, m + 1, (size_t)n - 1);
        break;
    case PROTOCOL_OK:
        if (c->retries > 0) {
            say("attached again");
        }
        c->was_here = true;
        c->retries = 0;
        memset(&c->filter, 0, sizeof(c->filter));
        if (m[1] == 'r' && !(c->flags & PROTOCOL_ATTACH_READ_ONLY)) {
            say("another viewer types here: this one only looks");
        }
        c->knows_break = strchr(m + 1, PROTOCOL_BREAK) != NULL;
        if (c->breaks) {
            begin_with_break(c);
        }
        break;
    case PROTOCOL_BREAK:
        if (m[1] != '\0') {
            no_break(c, m + 1);
        }
        c->break_due = false;
        c->break_ms = 0;
        break;
    case PROTOCOL_SAY:
        say("the operator says: %s", m + 1);
        break;
    case PROTOCOL_MODE:
        say(m[1] == 'w' ? "this viewer types now"
            : (c->flags & PROTOCOL_ATTACH_READ_ONLY)
                ? "this viewer only looks: it was started so"
                : "another viewer types now: this one only looks");
        break;
    case PROTOCOL_LOST:
        memset(&c->filter, 0, sizeof(c->filter));
        say("too slow: %s bytes not shown", m + 1);
        break;
    case PROTOCOL_DEVICE:
        if (m[1] == '0') {
            say("%s: the device is not there", c->name);
            if (c->until_gone) {
                leave(c, 0);
            }
        }
        break;
    case PROTOCOL_ERROR:
        /* A daemon that has just started does not have the console yet. */
        if (c->was_here && c->retries > 0) {
            close(c->fd);
            c->fd = -1;
            break;
        }
        say("%s: %s", c->name, m + 1);
        leave(c, 1);
        break;
    default:
        break;
    }
}

/* The daemon ended or was killed: wait for the next one, which gets what the
 * ring still holds. */
static void wait_for_daemon(struct client *c)
{
    const struct timespec pause = {.tv_nsec = RETRY_MS * 1000000L};

    if (c->retries++ == 0) {
        say("the daemon went away; waiting for another");
        if (c->break_due && !c->breaks) {
            no_break(c, "the daemon may not have had it");
            return;
        }
    }
    if (c->retries > PATIENCE_MS / RETRY_MS) {
        say("%s: no daemon came", c->path);
        leave(c, 1);
        return;
    }
    nanosleep(&pause, NULL);
    (void)attach(c);
}

/*
 * Keys
 */

static void send_typed(struct client *c)
{
    if (c->flags & PROTOCOL_ATTACH_READ_ONLY) {
        c->typed_count = 0;
    }
    if (c->typed_count > 0 && c->fd >= 0 && !c->break_due &&
        protocol_send(c->fd, PROTOCOL_DATA, c->typed, c->typed_count, NULL,
                      0)) {
        c->typed_count = 0;
    }
}

/* Behind what was typed before: where that waits, no BREAK may pass it. */
static void type_break(struct client *c)
{
    send_typed(c);
    if (c->fd < 0 || !c->knows_break) {
        no_break(c, c->fd < 0 ? "no daemon is there"
                              : "this daemon does not know it");
    } else if (c->typed_count > 0 ||
               !protocol_send(c->fd, PROTOCOL_BREAK, NULL, 0, NULL, 0)) {
        no_break(c, "what was typed before is not taken yet");
    } else {
        c->break_ms = now_ms();
    }
}

/* What a guest has done to the terminal: a sequence without an end (CAN), its
 * other screen, colours, the region that scrolls, a cursor that is hidden
 * (DECSTR), and what keys and the mouse send. The cursor stays where it is: it
 * is saved because leaving the other screen brings the saved one back. */
static void reset_screen(void)
{
    static const char reset[] =
        "\x18\x1b"
        "7\x1b[?1049l\x1b[!p"
        "\x1b[?1;9;1000;1002;1003;1004;1005;1006;1015;2004l\x1b>"
        "\x1b[<u\x1b[>4m";

    if (isatty(STDOUT_FILENO) == 1) {
        (void)!write(STDOUT_FILENO, reset, sizeof(reset) - 1);
    }
}

/* Go to the console beside this one. What it has not shown is kept there. */
static void switch_console(struct client *c, int step)
{
    char name[PROTOCOL_NAME_MAX];
    const char *why = list_beside(c->path, c->name, step, name);

    if (why) {
        say("%s", why);
        return;
    }
    send_typed(c);
    if (c->typed_count > 0) {
        say("%s: %zu typed bytes are not sent", c->name, c->typed_count);
        c->typed_count = 0;
    }
    if (c->break_due) {
        say("%s: left before it answered the BREAK", c->name);
        c->breaks = false;
        c->break_due = false;
    }
    close(c->fd);
    c->shown_count = 0;
    c->shown_done = 0;
    /* Both were asked for there, not here. */
    c->flags &= ~PROTOCOL_ATTACH_FORCE;
    c->until_gone = false;
    memcpy(c->name, name, sizeof(name));
    reset_screen();
    /* What it asked the terminal is not answered to the next guest. */
    (void)tcflush(STDIN_FILENO, TCIFLUSH);
    say("%s: Ctrl-%c then q detaches", c->name, printable(c->escape));
    /* Otherwise the daemon is waited for. */
    (void)attach(c);
}

static void list_consoles(const struct client *c)
{
    const char *why;

    say("consoles in their order:");
    why = list_names(c->path, c->name);
    if (why) {
        say("%s", why);
    }
}

static void obey(struct client *c, char key)
{
    if (key == 'q') {
        leave(c, 0);
    } else if (key == 't') {
        (void)protocol_send(c->fd, PROTOCOL_MODE, NULL, 0, NULL, 0);
    } else if (key == 'b') {
        type_break(c);
    } else if (key == 'n' || key == 'p') {
        switch_console(c, key == 'n' ? 1 : -1);
    } else if (key == 'l') {
        list_consoles(c);
    } else if (key == c->escape) {
        c->typed[c->typed_count++] = key;
    } else {
        help(c);
    }
}

static void take_keys(struct client *c)
{
    char keys[CHUNK];
    size_t room = sizeof(c->typed) - 1 - c->typed_count;
    ssize_t n = read(STDIN_FILENO, keys, room < CHUNK ? room : CHUNK);
    ssize_t i;

    if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
        return;
    }
    if (n <= 0) {
        c->input_ended = true;
        return;
    }
    for (i = 0; i < n && !c->leaves; i++) {
        if (c->in_escape) {
            c->in_escape = false;
            obey(c, keys[i]);
        } else if (c->terminal && keys[i] == c->escape) {
            c->in_escape = true;
        } else {
            c->typed[c->typed_count++] = keys[i];
        }
    }
}

static void put_shown(struct client *c)
{
    size_t left = c->shown_count - c->shown_done;
    ssize_t n = write(STDOUT_FILENO, c->shown + c->shown_done,
                      left < CHUNK ? left : CHUNK);

    if (n < 0) {
        if (errno != EINTR && errno != EAGAIN) {
            leave(c, 1);
        }
        return;
    }
    c->shown_done += (size_t)n;
    if (c->shown_done == c->shown_count) {
        c->shown_done = 0;
        c->shown_count = 0;
    }
}

/* How long the answer to a BREAK is waited for [ms]; -1: none is due. */
static int break_wait(const struct client *c)
{
    long long left = c->break_ms + BREAK_PATIENCE_MS - now_ms();

    /* An answer that has come is heard once all of this is shown. */
    if (c->break_ms == 0 || c->shown_count > 0) {
        return -1;
    }
    return left > 0 ? (int)left : 0;
}

/* While the terminal has no room nothing is taken from the daemon, which keeps
 * it, so that the escape key still works. */
static void turn(struct client *c)
{
    enum { KEYS, DAEMON, SCREEN, FDS };
    struct pollfd fds[FDS] = {
        {.fd = STDIN_FILENO, .events = POLLIN},
        {.fd = c->fd, .events = 0},
        {.fd = -1, .events = 0},
    };

    if (c->input_ended || c->typed_count > 0) {
        fds[KEYS].fd = -1;
    }
    if (c->shown_count == 0) {
        fds[DAEMON].events |= POLLIN;
    } else {
        fds[SCREEN].fd = STDOUT_FILENO;
        fds[SCREEN].events = POLLOUT;
    }
    /* Who only looks has no more to do once nobody reads what it shows. */
    if (c->to_pipe && (c->flags & PROTOCOL_ATTACH_READ_ONLY)) {
        fds[SCREEN].fd = STDOUT_FILENO;
    }
    if (c->typed_count > 0) {
        fds[DAEMON].events |= c->break_due || c->hung_up ? 0 : POLLOUT;
        /* The escape key is still looked for while a paste is held up. */
        if (c->terminal && !c->input_ended &&
            c->typed_count < sizeof(c->typed) - CHUNK) {
            fds[KEYS].fd = STDIN_FILENO;
        }
    }
    /* Its hang-up is reported whether it is asked for or not. */
    if (fds[DAEMON].events == 0) {
        fds[DAEMON].fd = -1;
    }
    if (poll(fds, FDS, break_wait(c)) < 0) {
        return;
    }
    if (!fds[DAEMON].revents && break_wait(c) == 0) {
        c->break_ms = 0;
        no_break(c, "no answer within 5 s; it may still come");
    }
    if (fds[KEYS].revents) {
        take_keys(c);
    }
    if (c->shown_count > 0 && fds[SCREEN].revents) {
        put_shown(c);
    } else if (fds[SCREEN].revents & POLLERR) {
        leave(c, 1);
    }
    c->hung_up = (fds[DAEMON].revents & (POLLHUP | POLLERR)) != 0;
    if (c->shown_count == 0 && (fds[DAEMON].revents & ~POLLOUT)) {
        hear(c);
    }
    if (c->fd >= 0) {
        send_typed(c);
    }
}

static int run(struct client *c)
{
    struct stat out;

    c->to_pipe = fstat(STDOUT_FILENO, &out) == 0 && S_ISFIFO(out.st_mode);
    c->terminal = !c->follows && isatty(STDIN_FILENO) == 1;
    c->input_ended = c->follows;
    if (!attach(c)) {
        say("%s: %s", c->path, why_no_daemon());
        return 1;
    }
    if (c->terminal) {
        make_raw();
        say("%s: Ctrl-%c then q detaches", c->name, printable(c->escape));
    }
    while (!c->leaves && !ended_by) {
        if (c->fd < 0) {
            wait_for_daemon(c);
            continue;
        }
        turn(c);
        /* Input from a script has ended, and the daemon has all of it. */
        if (c->input_ended && c->was_here && !c->until_gone &&
            c->typed_count == 0 && c->shown_count == 0 && !c->break_due &&
            !(c->flags & PROTOCOL_ATTACH_READ_ONLY)) {
            leave(c, 0);
        }
    }
    if (c->was_here) {
        reset_screen();
    }
    if (is_raw) {
        say("detached");
    }
    restore();
    return ended_by ? 128 + ended_by : c->result;
}

/*
 * To other viewers
 */

static int tell(const char *path, const char *name, const char *message)
{
    char request[PROTOCOL_NAME_MAX + PROTOCOL_SAY_MAX + 1];
    char m[PROTOCOL_MAX + 1] = "";
    struct pollfd p = {.events = POLLIN};
    int n = snprintf(request, sizeof(request), "%s%c%s", name, '\0', message);

    p.fd = protocol_connect(path);
    if (p.fd < 0 ||
        !protocol_send(p.fd, PROTOCOL_SAY, request, (size_t)n, NULL, 0)) {
        say("%s: %s", path, why_no_daemon());
        return 1;
    }
    if (poll(&p, 1, PATIENCE_MS) <= 0 ||
        protocol_receive(p.fd, m, NULL, NULL) <= 0) {
        say("%s: the daemon does not answer", path);
        return 1;
    }
    say(m[0] == PROTOCOL_OK ? "viewers who were told: %s" : "%s", m + 1);
    return m[0] == PROTOCOL_OK ? 0 : 1;
}

/*
 * Options
 */

static const char usage[] =
    "usage: " PROGRAM " [OPTION]... NAME\n"
    "       " PROGRAM " [--socket PATH] --list|--json|--metrics\n"
    "       " PROGRAM " [--socket PATH] --say TEXT [NAME]\n"
    "\n"
    "Shows what console NAME of vpl011-consoled keeps and says, and types\n"
    "into it. One viewer types; more may look. Ctrl-] then q detaches. With\n"
    "input from a file or pipe it ends when that was sent.\n"
    "\n"
    "  --socket PATH    where the daemon is\n"
    "                   [$XDG_RUNTIME_DIR/vpl011-consoled.sock]\n"
    "  --list           which consoles there are\n"
    "  --json           list them as JSON\n"
    "  --metrics        list them as Prometheus reads it\n"
    "  --say TEXT       to all who look at a console, or at any\n"
    "  --follow         look only, and leave standard input alone\n"
    "  --read-only      look only\n"
    "  --break          send a BREAK first, before what is typed\n"
    "  --force          type, also where another viewer does\n"
    "  --no-replay      show only what comes from now on\n"
    "  --filter         show no escape sequences but colours and movement\n"
    "  --until-gone     end when the device ends, not with the input\n"
    "  --escape LETTER  Ctrl-LETTER instead of Ctrl-]\n"
    "  --help           this text\n"
    "  --version        and which version this is\n";

static int bad(const char *text)
{
    fprintf(stderr, PROGRAM ": %s; --help tells more\n", text);
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option known[] = {
        {"socket", required_argument, NULL, 's'},
        {"list", no_argument, NULL, 'l'},
        {"json", no_argument, NULL, 'j'},
        {"metrics", no_argument, NULL, 'm'},
        {"say", required_argument, NULL, 'S'},
        {"follow", no_argument, NULL, 'F'},
        {"read-only", no_argument, NULL, 'r'},
        {"break", no_argument, NULL, 'b'},
        {"force", no_argument, NULL, 'f'},
        {"no-replay", no_argument, NULL, 'n'},
        {"filter", no_argument, NULL, 'i'},
        {"until-gone", no_argument, NULL, 'g'},
        {"escape", required_argument, NULL, 'e'},
        {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'V'},
        {0},
    };
    static struct client client = {.escape = 0x1d, .fd = -1};
    enum list_form form = LIST_NONE;
    const char *message = NULL;
    const char *name;
    int c;

    client.path = protocol_default_path();
    while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (c) {
        case 's':
            client.path = optarg;
            break;
        case 'l':
            form = LIST_TABLE;
            break;
        case 'j':
            form = LIST_JSON;
            break;
        case 'm':
            form = LIST_METRICS;
            break;
        case 'S':
            if (!*optarg || strlen(optarg) > PROTOCOL_SAY_MAX) {
                return bad("--say takes 1 to 400 bytes");
            }
            message = optarg;
            break;
        case 'F':
            client.follows = true;
            client.flags |= PROTOCOL_ATTACH_READ_ONLY;
            break;
        case 'r':
            client.flags |= PROTOCOL_ATTACH_READ_ONLY;
            break;
        case 'b':
            client.breaks = true;
            client.break_due = true;
            break;
        case 'f':
            client.flags |= PROTOCOL_ATTACH_FORCE;
            break;
        case 'n':
            client.flags |= PROTOCOL_ATTACH_NO_REPLAY;
            break;
        case 'i':
            client.filters = true;
            break;
        case 'g':
            client.until_gone = true;
            break;
        case 'e':
            /* Not Ctrl-H, I, J or M, which other keys of a terminal send. */
            if (strlen(optarg) != 1 || strchr("hijmHIJM", optarg[0]) ||
                (unsigned char)(optarg[0] & 0xdf) < 'A' ||
                (unsigned char)(optarg[0] & 0xdf) > '_') {
                return bad("--escape takes one letter, or one of []\\^_");
            }
            client.escape = (char)(optarg[0] & 0x1f);
            break;
        case 'h':
            fputs(usage, stdout);
            return 0;
        case 'V':
            puts(PROGRAM " " VPL011_VERSION);
            return 0;
        default:
            return bad("unknown option");
        }
    }
    signal(SIGPIPE, SIG_IGN);
    if (form != LIST_NONE) {
        return optind < argc ? bad("a list takes no name")
                             : list(client.path, form);
    }
    if (optind + 1 != argc && !(message && optind == argc)) {
        return bad("one console's name is needed");
    }
    name = optind < argc ? argv[optind] : "";
    if (optind < argc && !protocol_is_name(name)) {
        return bad("this is no console's name");
    }
    if (message) {
        return tell(client.path, name, message);
    }
    snprintf(client.name, sizeof(client.name), "%s", name);
    return run(&client);
}
