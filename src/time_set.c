/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The clock, as its embedder gives and answers it. */
#include <vpl011/time.h>

#include "internal.h"

#define KNOWN_BITS \
    (VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX | VPL011_TIME_RX | \
     VPL011_TIME_BUDGET)
/* [ns] The rest from input, where VPL011_TIME_RX is not set. */
#define REST 1000000u

static int check(const struct vpl011_time *memory,
                 const struct vpl011_time_config *c)
{
    if ((uintptr_t)memory % _Alignof(struct vpl011_time) != 0) {
        return VPL011_ERR_SIZE;
    }
    if (!c->now) {
        return VPL011_ERR_OP_MISSING;
    }
    if (c->what & ~KNOWN_BITS) {
        return VPL011_ERR_FLAGS;
    }
    if (c->over_budget > VPL011_POLICY_DROP_NEWEST) {
        return VPL011_ERR_POLICY;
    }
    return VPL011_OK;
}

static uint32_t flags_of(uint32_t what)
{
    return ((what & VPL011_TIME_RX_TIMEOUT) ? FLAG_TIMED_TIMEOUT : 0) |
           ((what & (VPL011_TIME_TX | VPL011_TIME_BUDGET)) ? FLAG_TIMED_TX
                                                           : 0) |
           ((what & VPL011_TIME_RX) ? FLAG_TIMED_RX : 0);
}

int vpl011_time_set_sized(struct vpl011 *d, struct vpl011_time *memory,
                          size_t memory_size,
                          const struct vpl011_time_config *config,
                          size_t config_size)
{
    struct vpl011_time_config c = {0};
    int err;

    if (memory) {
        if (!config) {
            return VPL011_ERR_NULL;
        }
        if (memory_size < sizeof(*memory) ||
            !vpl011_copy_sized_(&c, KNOWN(struct vpl011_time_config), config,
                                config_size)) {
            return VPL011_ERR_ABI;
        }
        err = check(memory, &c);
        if (err) {
            return err;
        }
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    d->time = memory;
    d->flags &= ~(FLAG_TIMED_TIMEOUT | FLAG_TIMED_TX | FLAG_TIMED_RX);
    d->todo &= ~(TODO_TIMED | TODO_RX_LATER);
    if (memory) {
        d->flags |= flags_of(c.what);
        d->todo |= TODO_TIMEOUT;
        vpl011_time_start_(d, &c);
    }
    vpl011_tied_(d);
    return vpl011_settle_(d);
}

int vpl011_time_next(struct vpl011 *d, uint64_t *when)
{
    struct vpl011_time *t;
    int result = vpl011_enter_(d);

    if (result) {
        return result;
    }
    t = d->time;
    if (!t) {
        result = VPL011_ERR_UNSUPPORTED;
    } else if (!when) {
        result = VPL011_ERR_NULL;
    } else {
        uint64_t at = t->when;

        if (d->tick_asked) {
            if (t->rest_of != d->counters.rx_read) {
                t->rest_of = d->counters.rx_read;
                t->rest = t->calls->now(d) + REST;
            }
            at = t->rest < at ? t->rest : at;
        }
        t->told = at;
        if (at != UINT64_MAX) {
            *when = at;
            result = 1;
        }
    }
    vpl011_settle_(d);
    return result;
}

size_t vpl011_time_sizeof(void)
{
    return sizeof(struct vpl011_time);
}
