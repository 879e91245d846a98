/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The world around a device: a far end that consists of a few numbers, so that
 * a search can save and compare it, and a list of all calls that the device
 * made in one step. The library and the specification have one each.
 */
#ifndef SPEC_FAR_H
#define SPEC_FAR_H

#include <vpl011/vpl011.h>

#define FAR_ENDLESS 0xFFu /* room that no write uses up */

/* What the far end does that it need not. */
#define FAR_DETACHED (1u << 0)
#define FAR_STOPPED (1u << 1)
#define FAR_BUSY (1u << 2)       /* drop_oldest drops nothing */
#define FAR_SILENT (1u << 3)     /* says 0 of its room */
#define FAR_ASKS_WRITE (1u << 4) /* FAR_END from write, read or poll */
#define FAR_ASKS_READ (1u << 5)
#define FAR_ASKS_POLL (1u << 6)
#define FAR_LIES (1u << 7)   /* counts too high, events that are not its own */
#define FAR_KEEPS (1u << 8)  /* says that input waits, and gives none */
#define FAR_BOASTS (1u << 9) /* says that there is room */

struct far {
    uint16_t flags;
    uint8_t room;     /* [bytes] that a write may take */
    uint8_t held;     /* [bytes] that it took, and drop_oldest can discard */
    uint8_t waiting;  /* [bytes] of input */
    uint8_t breaking; /* a BREAK follows them */
};

enum call_kind {
    CALL_IRQ,
    CALL_EDGES,
    CALL_NOTIFY,
    CALL_ERROR,
    CALL_TRACE,
    CALL_WRITE,
    CALL_READ,
    CALL_POLL,
    CALL_BREAK,
    CALL_DROP,
};

struct call {
    uint32_t kind;
    uint32_t a, b, c;
    uint64_t d, e;
};

#define CALLS_MAX 48u

struct world {
    struct far far;
    unsigned int count; /* of calls; those beyond CALLS_MAX are counted only */
    struct call calls[CALLS_MAX];
    unsigned int locked;
    struct vpl011 *inside; /* the device that each callback calls, or NULL */
    const char *allowed;   /* which of those calls was not refused */
    struct vpl011_ops ops;
    struct vpl011_backend backend; /* with all operations */
    struct vpl011_backend plain;   /* without the optional ones */
};

enum world_ops {
    WITH_IRQ = 1,
    WITH_EDGES = 2,
    WITH_NOTIFY = 4,
    WITH_LOCK = 8,
    WITH_TRACE = 16,
    WITH_ERRORS = 32,
    WITH_PUT = 64,    /* the backend takes single characters by put */
    WITH_CALLS = 128, /* callbacks call the device, which must refuse it */
};

void world_init(struct world *w, unsigned int with);
/* One line for a call of the device. */
void call_describe(const struct call *c, char *to, size_t size);

#endif
