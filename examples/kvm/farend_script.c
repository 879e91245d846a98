/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The far end is a script that this program runs, over the in-process FIFO. The
 * guest's output also goes to standard output, or to a file. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <vpl011/backend_state.h>
#include <vpl011/fifo.h>

#include "farend.h"
#include "script.h"

#define SEEN_SIZE 16384u
#define STORE_SIZE 1024u
#define OUT_MAX 8192u         /* [bytes] of output, on the largest host pages */
#define FULL_TAKE 64u         /* [bytes] at a time where no more fits */
#define FULL_IDLE 3000        /* [ms] after which all is taken, full or not */
#define BITS_PER_CHARACTER 10 /* start, 8 bits, stop */

struct script_end {
    struct farend farend;
    struct vpl011_fifo fifo;
    struct script script;
    FILE *log; /* what the guest says */
    const char *log_name;
    size_t at;          /* the command that is being done */
    size_t sent;        /* of its text */
    int64_t since;      /* [ms] when it was begun; -1: it was not */
    int64_t timeout_ms; /* of each expect */
    /* How the guest's output is taken. */
    uint64_t rate;        /* [bit/s]; 0: at once */
    int64_t paced_since;  /* [ms] and how much since then */
    uint64_t paced_taken; /* [bytes] */
    int64_t stalled_till; /* [ms] */
    int64_t full_ms;      /* -1: whatever waits is taken */
    size_t full_waiting;  /* [bytes] that wait, and since when */
    int64_t full_since;   /* [ms] */
    bool is_gone;
    bool is_told; /* output has collected */
    /* Output that was not matched yet */
    size_t seen_count;
    uint8_t seen[SEEN_SIZE];
    uint64_t pushed;
    /* Memory of the FIFO: the set that it uses now, and another to move it to.
     */
    unsigned int store;
    uint32_t out_size;
    struct {
        uint8_t in[STORE_SIZE];
        uint8_t out[OUT_MAX];
    } stores[2];
};

static struct script_end *of(struct farend *f)
{
    return (struct script_end *)f;
}

static int64_t now_ms(void)
{
    struct timespec t;

    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/*
 * The guest's output
 */

static size_t allowance_full(struct script_end *s, int64_t now)
{
    size_t waiting = vpl011_fifo_pop_waiting(&s->fifo);

    if (waiting != s->full_waiting) {
        s->full_waiting = waiting;
        s->full_since = now;
    }
    if (waiting == s->out_size) {
        return now - s->full_since >= s->full_ms ? FULL_TAKE : 0;
    }
    return now - s->full_since >= FULL_IDLE ? waiting : 0;
}

/* What may be taken now [bytes]. */
static size_t allowance(struct script_end *s, int64_t now)
{
    uint64_t due;

    if (s->is_gone || now < s->stalled_till) {
        return 0;
    }
    if (s->full_ms >= 0) {
        return allowance_full(s, now);
    }
    if (s->rate == 0) {
        return s->out_size;
    }
    due = (uint64_t)(now - s->paced_since) * s->rate /
          (1000 * BITS_PER_CHARACTER);
    if (due < s->paced_taken) {
        return 0;
    }
    /* A serial line does not catch up for the time that it was idle. */
    if (vpl011_fifo_pop_waiting(&s->fifo) == 0) {
        s->paced_since = now;
        s->paced_taken = 0;
        return 0;
    }
    due -= s->paced_taken;
    return due < s->out_size ? (size_t)due : s->out_size;
}

static void remember(struct script_end *s, const uint8_t *bytes, size_t count)
{
    size_t over = s->seen_count + count > SEEN_SIZE
                      ? s->seen_count + count - SEEN_SIZE
                      : 0;

    memmove(s->seen, s->seen + over, s->seen_count - over);
    s->seen_count -= over;
    memcpy(s->seen + s->seen_count, bytes, count);
    s->seen_count += count;
}

static bool take_output(struct script_end *s, int64_t now)
{
    uint8_t bytes[OUT_MAX];
    const size_t most = allowance(s, now);
    size_t n;

    if (!s->is_told) {
        return false;
    }
    n = vpl011_fifo_pop(&s->fifo, bytes, most);
    /* What comes from now on is told of again. */
    s->is_told = vpl011_fifo_pop_waiting(&s->fifo) > 0;
    if (n == 0) {
        return false;
    }
    s->paced_taken += n;
    remember(s, bytes, n);
    if (fwrite(bytes, 1, n, s->log) != n || fflush(s->log)) {
        (void)snprintf(s->farend.error, sizeof(s->farend.error), "%s: %s",
                       s->log_name, strerror(errno));
        s->farend.request = REQUEST_FAILED;
    }
    return true;
}

/*
 * The commands
 */

static bool matches(struct script_end *s, const struct command *c)
{
    const uint8_t *at = memmem(s->seen, s->seen_count, c->text, c->size);
    size_t end;

    if (!at) {
        return false;
    }
    end = (size_t)(at - s->seen) + c->size;
    memmove(s->seen, s->seen + end, s->seen_count - end);
    s->seen_count -= end;
    return true;
}

static bool expect(struct script_end *s, const struct command *c, int64_t now)
{
    if (matches(s, c)) {
        return true;
    }
    if (now - s->since >= s->timeout_ms) {
        (void)snprintf(s->farend.error, sizeof(s->farend.error),
                       "%s:%u: the guest did not say \"%.*s\" within %lld s",
                       s->script.path, c->line, (int)c->size,
                       (const char *)c->text, (long long)s->timeout_ms / 1000);
        s->farend.request = REQUEST_SCRIPT_FAILED;
    }
    return false;
}

static bool send(struct script_end *s, const struct command *c)
{
    size_t n = vpl011_fifo_push(&s->fifo, c->text + s->sent, c->size - s->sent);

    s->sent += n;
    s->pushed += n;
    return s->sent == c->size;
}

/* It takes one entry of the guest's FIFO, as a character does. */
static bool send_break(struct script_end *s)
{
    if (!vpl011_fifo_push_break(&s->fifo)) {
        return false;
    }
    s->pushed++;
    return true;
}

static void set_rate(struct script_end *s, uint64_t rate, int64_t now)
{
    s->rate = rate;
    s->full_ms = -1;
    s->paced_since = now;
    s->paced_taken = 0;
}

/* Whether the command is done. */
static bool perform(struct script_end *s, const struct command *c, int64_t now)
{
    switch (c->kind) {
    case COMMAND_EXPECT:
        return expect(s, c, now);
    case COMMAND_SEND:
    case COMMAND_SENDFILE:
        return send(s, c);
    case COMMAND_BREAK:
        return send_break(s);
    case COMMAND_SLEEP:
        return now - s->since >= (int64_t)c->number;
    case COMMAND_RATE:
        set_rate(s, c->number, now);
        return true;
    case COMMAND_STALL:
        s->stalled_till = now + (int64_t)c->number;
        return true;
    case COMMAND_FULL:
        s->full_ms = (int64_t)c->number;
        return true;
    case COMMAND_GONE:
    case COMMAND_BACK:
        s->is_gone = c->kind == COMMAND_GONE;
        vpl011_fifo_set_attached(&s->fifo, !s->is_gone);
        return true;
    case COMMAND_TIMEOUT:
        s->timeout_ms = (int64_t)c->number * 1000;
        return true;
    case COMMAND_QUIT:
        s->farend.request = REQUEST_QUIT;
        return true;
    }
    return true;
}

static bool advance(struct script_end *s, int64_t now)
{
    uint64_t before = s->pushed;
    size_t at = s->at;

    while (s->at < s->script.count && !s->farend.request) {
        if (s->since < 0) {
            s->since = now;
            s->sent = 0;
        }
        if (!perform(s, &s->script.commands[s->at], now)) {
            break;
        }
        s->at++;
        s->since = -1;
    }
    return s->at != at || s->pushed != before;
}

static void serve(struct farend *f, uint32_t events)
{
    struct script_end *s = of(f);
    int64_t now = now_ms();
    bool moved;

    s->is_told |= (events & VPL011_EVENT_FAR_END) != 0;
    moved = take_output(s, now);
    if (advance(s, now) || moved) {
        (void)vpl011_data_avail(uart_device(f->uart));
    }
}

/* When something is due by the clock. Output and room for input are events. */
static int wait_for(struct farend *f, struct pollfd *fds, int *timeout_ms)
{
    struct script_end *s = of(f);
    int64_t now = now_ms();

    (void)fds;
    if (!s->is_gone && s->is_told) {
        farend_wake_in(timeout_ms, s->stalled_till > now
                                       ? s->stalled_till - now
                                       : (s->rate || s->full_ms >= 0 ? 2 : 0));
    }
    if (s->at < s->script.count && s->since >= 0) {
        const struct command *c = &s->script.commands[s->at];

        switch (c->kind) {
        case COMMAND_EXPECT:
            farend_wake_in(timeout_ms, s->since + s->timeout_ms - now);
            break;
        case COMMAND_SLEEP:
            farend_wake_in(timeout_ms, s->since + (int64_t)c->number - now);
            break;
        case COMMAND_BREAK:
            farend_wake_in(timeout_ms, 10);
            break;
        default:
            break;
        }
    }
    return 0;
}

static bool has_output(struct farend *f)
{
    struct script_end *s = of(f);

    return !s->is_gone && vpl011_fifo_pop_waiting(&s->fifo) > 0;
}

static void count(struct farend *f, uint64_t *pushed, uint64_t *held)
{
    struct script_end *s = of(f);

    *pushed = s->pushed;
    *held = STORE_SIZE - vpl011_fifo_push_room(&s->fifo);
}

/* The kernel's ring is a host page, with 24 bytes for each character. What
 * waits in it has to find room twice (docs/exits.md). */
static uint32_t size_of_output(void)
{
    const long needed = sysconf(_SC_PAGESIZE) / 24 * 2;
    uint32_t size = STORE_SIZE;

    while (size < needed && size < OUT_MAX) {
        size *= 2;
    }
    return size;
}

/* Make the FIFO anew in the set of memory that it does not use. */
static int open_fifo(struct script_end *s)
{
    int err;

    s->store = !s->store;
    memset(&s->fifo, FRESH, sizeof(s->fifo));
    memset(&s->stores[s->store], FRESH, sizeof(s->stores[0]));
    err = vpl011_fifo_init(&s->fifo, s->stores[s->store].in, STORE_SIZE,
                           s->stores[s->store].out, s->out_size);
    vpl011_fifo_set_attached(&s->fifo, !s->is_gone);
    return err;
}

static int move(struct farend *f, struct vpl011_backend *backend)
{
    struct script_end *s = of(f);
    uint8_t blob[VPL011_FIFO_BLOB_MAX(STORE_SIZE, OUT_MAX)];
    int size = vpl011_fifo_save(&s->fifo, blob, sizeof(blob));
    int err = size < 0 ? size : open_fifo(s);

    if (err < 0) {
        return err;
    }
    err = vpl011_fifo_load(&s->fifo, blob, (size_t)size);
    return err < 0 ? err : vpl011_fifo_backend(&s->fifo, backend);
}

static void close_end(struct farend *f)
{
    struct script_end *s = of(f);

    if (s->log != stdout) {
        (void)fclose(s->log);
    }
    script_free(&s->script);
    free(s);
}

/* Much as in farend_ring.c: each is an example of a far end, to be read alone.
 */
static struct farend *make(struct uart *uart, const char *script, FILE *log,
                           const char *log_name)
{
    struct script_end *s = calloc(1, sizeof(*s));
    struct vpl011_backend backend;
    int err;

    if (!s) {
        fprintf(stderr, "kvm: %s\n", strerror(errno));
        return NULL;
    }
    s->farend = (struct farend){
        .uart = uart,
        .wait = wait_for,
        .serve = serve,
        .has_output = has_output,
        .count = count,
        .move = move,
        .close = close_end,
    };
    s->log = log;
    s->log_name = log_name;
    s->since = -1;
    s->full_ms = -1;
    s->timeout_ms = 120000;
    if (!script_read(&s->script, script)) {
        free(s);
        return NULL;
    }
    s->out_size = size_of_output();
    uart->holds = s->out_size;
    (void)open_fifo(s);
    (void)vpl011_fifo_backend(&s->fifo, &backend);
    err = uart_open(uart);
    if (!err) {
        err = vpl011_attach(uart_device(uart), &backend);
    }
    if (err) {
        fprintf(stderr, "kvm: UART: %s\n", vpl011_strerror(err));
        script_free(&s->script);
        free(s);
        return NULL;
    }
    return &s->farend;
}

struct farend *farend_script(struct uart *uart, const struct options *o)
{
    return make(uart, o->script, stdout, "standard output");
}

struct farend *farend_second_script(struct uart *uart, const struct options *o)
{
    FILE *log = fopen(o->second, "ae");
    struct farend *f;

    if (!log) {
        fprintf(stderr, "kvm: %s: %s\n", o->second, strerror(errno));
        return NULL;
    }
    f = make(uart, o->second_script, log, o->second);
    if (!f) {
        (void)fclose(log);
    }
    return f;
}
