/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The console's loop: what to wait for, and what to do then; in the embedder's
 * thread, in one of its own, or while it is drained. */
#include "console_internal.h"

#include <vpl011/doorbell.h>

#include <errno.h>
#include <signal.h>

/* How long output is collected before it is moved. Otherwise the loop would be
 * woken for each character of a guest that is slower than the far end. */
#define BATCH (1 * MS)
/* What VPL011_EVENT_TICK asks for. */
#define TICK (1 * MS)

/* Lower a timeout [ms; -1: for ever] to the time that is left, rounded up. */
static void wake_at(int *timeout_ms, uint64_t at, uint64_t time)
{
    uint64_t left = at > time ? (at - time + MS - 1) / MS : 0;

    if (*timeout_ms < 0 || left < (uint64_t)*timeout_ms) {
        *timeout_ms = (int)left;
    }
}

/* Take the events to answer; FAR_END only when output is no longer collected.
 */
static uint32_t take_events(struct vpl011_console *c, uint64_t time)
{
    uint32_t taken;

    (void)vpl011_doorbell_take(c->doorbell);
    (void)pthread_mutex_lock(&c->events_lock);
    if ((c->events & VPL011_EVENT_FAR_END) && c->batch_until == 0) {
        c->batch_until = time + BATCH;
    }
    taken = c->events;
    if (time < c->batch_until) {
        taken &= ~VPL011_EVENT_FAR_END;
    } else {
        c->batch_until = 0;
    }
    c->events &= ~taken;
    (void)pthread_mutex_unlock(&c->events_lock);
    return taken;
}

/* Locked. */
static int fill(struct vpl011_console *c, struct pollfd *fds, int *timeout_ms)
{
    const uint64_t time = console_now();
    int stream_ms = -1;
    int count = 1;

    fds[0] = (struct pollfd){.fd = c->doorbell, .events = POLLIN};
    if (c->tick_at) {
        wake_at(timeout_ms, c->tick_at, time);
    }
    /* Even if the time is over: FAR_END is still recorded, and would not ring
     * the doorbell a second time. */
    if (c->batch_until) {
        wake_at(timeout_ms, c->batch_until, time);
        return count;
    }
    count += vpl011_stream_wait(&c->stream, &fds[1], &stream_ms);
    if (stream_ms >= 0) {
        wake_at(timeout_ms, time + (uint64_t)stream_ms * MS, time);
    }
    if (c->listener >= 0 && vpl011_console_has_place_(c)) {
        if (time < c->listen_at) {
            wake_at(timeout_ms, c->listen_at, time);
        } else {
            fds[count++] = (struct pollfd){.fd = c->listener, .events = POLLIN};
        }
    }
    return count;
}

/* With a clock the device names the moment. */
static void plan_tick(struct vpl011_console *c, uint64_t time)
{
    uint64_t when;

    if (vpl011_time_next(&c->device, &when) == 1) {
        c->tick_at = when;
    } else if (!c->tick_at) {
        c->tick_at = time + TICK;
    }
}

/* Locked. */
static void serve(struct vpl011_console *c)
{
    const uint64_t time = console_now();
    const uint32_t events = take_events(c, time);
    bool moved = (events & (VPL011_EVENT_REFILL | VPL011_EVENT_ROOM)) != 0;

    if (events && c->told) {
        c->told(c->ctx, events);
    }
    if (time >= c->batch_until) {
        vpl011_console_look_after_reader_(c);
        moved |= vpl011_console_accept_(c, time);
        moved |= vpl011_stream_pump(&c->stream) > 0;
        vpl011_console_look_after_reader_(c);
    }
    if (events & VPL011_EVENT_TICK) {
        plan_tick(c, time);
    }
    if (c->tick_at && time >= c->tick_at) {
        c->tick_at = 0;
        (void)vpl011_tick(&c->device);
    } else if (moved) {
        (void)vpl011_data_avail(&c->device);
    }
}

/* Locked; sleeps unlocked. */
static void pass(struct vpl011_console *c, int timeout_ms)
{
    struct pollfd fds[VPL011_CONSOLE_FDS];
    int count = fill(c, fds, &timeout_ms);

    c->inside++;
    vpl011_console_leave_(c);
    (void)poll(fds, (nfds_t)count, timeout_ms);
    (void)pthread_mutex_lock(&c->lock);
    c->inside--;
    if (c->state == OPEN) {
        serve(c);
    } else {
        (void)pthread_cond_broadcast(&c->left);
    }
}

static void *run(void *ctx)
{
    struct vpl011_console *c = ctx;

    (void)pthread_mutex_lock(&c->lock);
    while (c->state == OPEN) {
        pass(c, -1);
    }
    vpl011_console_leave_(c);
    return NULL;
}

int vpl011_console_pollfds(struct vpl011_console *c, struct pollfd *fds,
                           size_t count, int *timeout_ms)
{
    int filled;
    int err;

    if (!fds || !timeout_ms) {
        return VPL011_ERR_NULL;
    }
    if (count < VPL011_CONSOLE_FDS) {
        return VPL011_ERR_SIZE;
    }
    err = vpl011_console_enter_(c);
    if (err) {
        return err;
    }
    filled = fill(c, fds, timeout_ms);
    c->polling = 1;
    c->poller = pthread_self();
    vpl011_console_leave_(c);
    return filled;
}

int vpl011_console_serve(struct vpl011_console *c)
{
    int err = check_console(c);

    if (err) {
        return err;
    }
    (void)pthread_mutex_lock(&c->lock);
    c->polling = 0;
    if (c->state == OPEN) {
        serve(c);
    } else {
        err = VPL011_ERR_UNINIT;
        (void)pthread_cond_broadcast(&c->left);
    }
    vpl011_console_leave_(c);
    return err;
}

void vpl011_console_wake(struct vpl011_console *c)
{
    if (check_console(c)) {
        return;
    }
    (void)pthread_mutex_lock(&c->events_lock);
    if (c->doorbell >= 0) {
        (void)vpl011_doorbell_ring(c->doorbell);
    }
    (void)pthread_mutex_unlock(&c->events_lock);
}

int vpl011_console_start(struct vpl011_console *c)
{
    sigset_t before;
    sigset_t all;
    int err = vpl011_console_enter_(c);
    int why = 0;

    if (err) {
        return err;
    }
    if (c->started) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        why = pthread_create(&c->thread, NULL, run, c);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        c->started = why == 0;
        err = why ? VPL011_ERR_SYSTEM : VPL011_OK;
    }
    vpl011_console_leave_(c);
    if (why) {
        errno = why;
    }
    return err;
}

/* The device is asked first, so that a character which moves from it to the
 * stream meanwhile is still counted. */
size_t vpl011_console_waiting_(struct vpl011_console *c)
{
    int held = vpl011_tx_waiting(&c->device);

    return (held > 0 ? (size_t)held : 0) + vpl011_stream_waiting(&c->stream);
}

int vpl011_console_drain(struct vpl011_console *c, int timeout_ms)
{
    struct vpl011_stream_status status;
    uint64_t deadline;
    int result;

    if (timeout_ms < 0) {
        return VPL011_ERR_RANGE;
    }
    result = vpl011_console_enter_(c);
    if (result) {
        return result;
    }
    deadline = console_now() + (uint64_t)timeout_ms * MS;
    for (;;) {
        uint64_t time = console_now();
        int wait_ms = -1;

        if (c->state != OPEN) {
            result = VPL011_ERR_UNINIT;
            break;
        }
        serve(c);
        (void)vpl011_stream_get_status(&c->stream, &status);
        if (vpl011_console_waiting_(c) == 0) {
            result = VPL011_CONSOLE_DRAIN_DONE;
            break;
        }
        if (!status.attached) {
            result = VPL011_CONSOLE_DRAIN_NOBODY;
            break;
        }
        if (time >= deadline) {
            result = VPL011_CONSOLE_DRAIN_DEADLINE;
            break;
        }
        wake_at(&wait_ms, deadline, time);
        pass(c, wait_ms);
    }
    /* A loop may be asleep since before this call, and what was moved here may
     * need it soon, or when there is room. */
    vpl011_console_wake(c);
    vpl011_console_leave_(c);
    return result;
}
