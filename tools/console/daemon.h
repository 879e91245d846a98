/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The console daemon's objects. All of it is one thread around one epoll set.
 *
 *     device process ── connection ──┐
 *       page, doorbells ──────────▶ ring ── history ◀── viewer ── terminal
 *                                    └── log                └── pty, socket
 *
 * A ring outlives its device: the last words of a guest can still be read.
 */
#ifndef CONSOLE_DAEMON_H
#define CONSOLE_DAEMON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/xencons.h>

#include "bucket.h"
#include "filter.h"
#include "history.h"
#include "log.h"
#include "protocol.h"

#define PROGRAM "vpl011-consoled"

/* [bytes] for typed input that does not fit into the ring yet. */
#define RING_INPUT_SIZE 8192u

/* [ms] for which a viewer that takes nothing may hold its guest up. */
#define VIEWER_PATIENCE_MS 1000

/* [bytes] of a log file at least, where it is bounded. */
#define LOG_SIZE_MIN 65536u

/* [ms] for which the end waits for the logs. */
#define LOG_END_MS 5000

struct daemon;

/* What an epoll event belongs to: the first member of each such structure. */
enum source_kind {
    SOURCE_LISTENER,
    SOURCE_SIGNAL,
    SOURCE_LOG,        /* something was written */
    SOURCE_PTYS,       /* inotify on /dev/pts */
    SOURCE_CONNECTION, /* unknown yet, a device, or a client that lists */
    SOURCE_RING,       /* its doorbell, or its own listening socket */
    SOURCE_PORT,
    SOURCE_VIEWER,
};

struct source {
    enum source_kind kind;
    int fd;
    uint32_t interest; /* what epoll was told; 0: not in the set */
    bool dead;         /* freed after the events of this round */
    struct source *next_dead;
};

struct connection {
    struct source source;
    struct connection *next; /* in daemon.connections */
    struct connection **at;  /* what points to it there */
    struct ring *rings;      /* of this device process */
    bool lists;
    size_t list_bucket; /* where a list that did not fit continues */
    size_t list_skip;
};

enum viewer_kind { VIEWER_CLIENT, VIEWER_STREAM, VIEWER_PTY };

struct viewer {
    struct source source;
    enum viewer_kind kind;
    struct ring *ring;
    struct viewer *next;
    uint64_t position; /* in the history */
    uint64_t live;     /* what comes before this is replayed: filtered */
    struct filter filter;
    uint8_t *rest; /* of what was filtered, and not taken yet; NULL: none */
    size_t rest_count;
    long long progress_ms; /* when it last took something, or caught up */
    bool away;             /* a pty that nobody has open */
    bool behind;           /* it could not take everything */
    bool looks;            /* it asked to look only */
    bool left; /* it typed and went, and what it sent is still to be taken */
    struct viewer *after; /* which comes before this one's; NULL: none */
    bool owes_mode;       /* who types is not sent yet */
    char device;          /* what it was told of the device; 0: nothing */
    bool owes_end;        /* that this one went is not sent yet, */
    uint64_t end_at;      /* and comes behind its last words, here */
    const char *answer;   /* to its BREAK, and not sent yet; NULL: none */
    char *said;           /* by the operator, and not sent yet; NULL: nothing */
    bool input_ended;
    bool output_ended;
    unsigned int pty;
};

/* A BREAK for the guest: one at a time, and no input is taken meanwhile. */
enum break_state {
    BREAK_NONE,
    BREAK_WANTED, /* what was typed before has to be in the ring first */
    BREAK_SENT,   /* until the device has answered */
};

struct ring {
    struct source source; /* fd: the device's doorbell to here; -1: no device */
    struct source port;   /* fd: own listening socket; -1: none */
    struct vpl011_xencons_console console;
    char name[PROTOCOL_NAME_MAX];
    void *page;
    int call; /* doorbell to the device */
    struct connection *device;
    struct ring *next_of_device;
    struct ring *next_in_bucket;

    struct history history;
    struct viewer *viewers;
    struct viewer *writer; /* the client that may type; ptys always may */
    uint8_t *input;        /* none until something is typed */
    size_t input_head;
    size_t input_count;
    enum break_state breaks;
    bool takes_break;       /* the device does */
    struct viewer *breaker; /* is to be told what became of it; NULL: nobody */
    long long break_until_us; /* that nothing did, by then */

    long long gone_us; /* when its device went */
    struct ring *next_timed;
    struct ring *next_queued;
    struct ring *next_unlogged;
    bool timed;    /* in daemon.timed, until deadline */
    bool queued;   /* in daemon.queue, for a part of the common rate */
    bool unlogged; /* in daemon.unlogged, until it is in the log */
    bool turn;     /* it is first in the queue */
    bool leaving;  /* what is left is taken, whatever the rate */
    uint32_t resyncs;
    long long deadline_us;

    struct bucket bucket;
    uint64_t dropped;     /* [bytes] beyond the rate */
    uint64_t typed;       /* [bytes] put into the ring */
    uint64_t broken;      /* BREAKs that the device has */
    uint64_t breaks_lost; /* BREAKs that it had no room for */
    uint64_t missed;      /* [bytes] that viewers did, together */
    long long rest_until_us;
    long long rests_us;     /* since when output waits for the rate; 0: none */
    long long rested_us;    /* how long it did before */
    long long measured_us;  /* when the measured second began, */
    uint64_t measured_from; /* where in the history, */
    uint64_t measured;      /* [bytes/s] and what came of the one before */

    struct log log;
};

struct pty_slot {
    struct viewer *viewer;
};

#define RING_BUCKETS 4096u

struct options {
    const char *socket;
    struct log_options log;
    const char *pty_dir;
    const char *socket_dir;
    size_t scrollback;
    size_t max_rings;
    uint32_t rate; /* [bytes/s] of each console; 0: no limit */
    uint32_t burst;
    uint32_t common_rate; /* of all together */
    uint32_t common_burst;
    bool drops; /* what exceeds rate, in place of pushing back */
    bool verbose;
};

struct daemon {
    struct options options;
    int epoll;
    int lock;  /* of the socket's path */
    int spare; /* closed to answer a connection beyond the limit */
    struct connection *connections;
    struct source listener;
    struct source signals;
    struct source log;
    struct ring *unlogged;
    struct source ptys;
    struct ring *buckets[RING_BUCKETS];
    size_t ring_count;
    struct ring *timed;
    struct bucket common;
    struct bucket messages; /* of the operator */
    struct ring *queue;
    struct ring **queue_end;
    long long rest_until_us; /* when the queue goes on */
    struct source *dead;
    struct pty_slot *ptys_by_number;
    size_t pty_count;
    bool stop;
};

/* options.c: ends the program if they are wrong. */
void options_parse(struct options *options, int argc, char **argv);

/* report.c */
/* An error, which guests and clients may cause: so many a second at most. */
void report(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* That one was refused, which tries again: each once in ten seconds. */
void report_refusal(const char *who, const char *why);
/* What --verbose asks for. */
void remark(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The reason of an error, and for limits how to raise them. */
const char *why_text(int why);

/* consoled.c */
long long clock_us(void);
/* Tell epoll what to wait for, if it changed; 0 takes it out of the set. */
bool watch(struct daemon *d, struct source *source, uint32_t interest);
/* Take out of the set, close, and free `owner` after this round. */
void bury(struct daemon *d, struct source *source);

/* ring.c */
uint32_t hash_of(const char *text);
struct ring *ring_find(struct daemon *d, const char *name);
/* NULL: errno says why. */
struct ring *ring_create(struct daemon *d, const char *name);
/* Forget a ring that has no device, and all that it kept. */
void ring_forget(struct daemon *d, struct ring *ring);
/* Connect a device to a ring; NULL, or why not. Takes over the descriptors. */
const char *ring_connect(struct daemon *d, struct ring *ring,
                         struct connection *device, int fds[PROTOCOL_FDS],
                         bool takes_break);
/* The device is gone: take what is still in the page. */
void ring_disconnect(struct daemon *d, struct ring *ring);
/* One pass: output to the history and its viewers, input to the device. */
void ring_serve(struct daemon *d, struct ring *ring, uint32_t how);
size_t ring_input_room(const struct ring *ring);
void ring_type(struct ring *ring, const void *bytes, size_t count);
/* Send the guest a BREAK of this viewer; NULL, or why not. */
const char *ring_break(struct ring *ring, struct viewer *from);
/* The device has it, or had no room for it. */
void ring_break_taken(struct daemon *d, struct ring *ring, bool lost);
/* Of those whose log was waited for, make a pass. */
void ring_serve_logged(struct daemon *d);
/* Publish what was read and leave, so that the device knows. */
void ring_leave(struct ring *ring);

/* pace.c */
void pace_init(struct daemon *d);
void pace_begin(struct daemon *d, struct ring *ring);
/* It is forgotten. */
void pace_end(struct daemon *d, const struct ring *ring);
/* How much of a ring may be read now. */
size_t pace_room(struct daemon *d, struct ring *ring, long long now_us);
/* So much was read; returns how much of it is kept. */
size_t pace_take(struct daemon *d, struct ring *ring, size_t count,
                 long long now_us);
/* So much is left. True: it has to wait, and another pass is arranged for. */
bool pace_rest(struct daemon *d, struct ring *ring, size_t waiting,
               long long now_us);
/* Bring ring->measured up to date. */
void pace_measure(struct ring *ring, long long now_us);
/* Make a pass at this moment, or before. */
void pace_at(struct daemon *d, struct ring *ring, long long deadline_us);
/* Make the passes that are due; returns how long to sleep [ms], -1: for ever.
 */
int pace_serve(struct daemon *d);

/* viewer.c */
/* NULL: no memory; fd then stays the caller's. */
struct viewer *viewer_add(struct daemon *d, struct ring *ring,
                          enum viewer_kind kind, int fd,
                          unsigned int attach_flags);
void viewer_remove(struct daemon *d, struct viewer *viewer);
void viewer_event(struct daemon *d, struct viewer *viewer, uint32_t events);
/* Send it what it has not seen, as far as it takes it. */
void viewer_feed(struct daemon *d, struct viewer *viewer);
/* Begin with what was kept, which must not make its terminal answer: what a
 * guest has asked before is not asked now. */
void viewer_replay(struct viewer *viewer);
/* The device goes: what is in the history now is the last of it. */
void viewer_end(struct viewer *viewer);
/* Have epoll wait for what this viewer waits for. */
void viewer_watch(struct daemon *d, struct viewer *viewer);
/* Tell it what becomes of its BREAK: "", it is on the way, or why it is not. */
void viewer_answer(struct daemon *d, struct viewer *viewer, const char *text);
/* Tell the clients of a ring what the operator says; returns how many. */
size_t viewer_say(struct daemon *d, struct ring *ring, const char *text);
bool viewer_types(const struct viewer *viewer);

/* port.c: the pty and the plain socket of a ring. */
void port_open(struct daemon *d, struct ring *ring);
void port_accept(struct daemon *d, struct ring *ring);
bool port_watch_ptys(struct daemon *d);
void port_ptys_event(struct daemon *d);
/* The pty was closed by its last user, unless it was opened again. */
void port_pty_closed(struct daemon *d, struct viewer *viewer);
void port_close(struct daemon *d, struct ring *ring);

#endif
