/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The host's side: backend, input, modem pins and events. */
#include "internal.h"

#include <string.h>

/* The backend of a device that has none: nobody is there. */
static size_t nobody_write(void *ctx, const uint8_t *bytes, size_t count,
                           uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    return 0;
}

static size_t nobody_read(void *ctx, uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    return nobody_write(ctx, bytes, count, events);
}

static void nobody_poll(void *ctx, struct vpl011_backend_status *status,
                        uint32_t *events)
{
    (void)ctx;
    (void)status;
    (void)events;
}

const struct vpl011_backend vpl011_nobody_ = {
    .write = nobody_write,
    .read = nobody_read,
    .poll = nobody_poll,
};

bool vpl011_is_nobody_(const struct vpl011_backend *backend)
{
    return backend->write == nobody_write;
}

/* Ask the backend how it stands, and whether somebody is to be told. */
static INLINE_FOR_SPEED void poll(struct vpl011 *d,
                                  struct vpl011_backend_status *status)
{
    uint32_t events = 0;

    *status = (struct vpl011_backend_status){0};
    d->backend.poll(d->backend.ctx, status, &events);
    if (unlikely(events)) {
        vpl011_asked_(d, events);
    }
}

void vpl011_poll_(struct vpl011 *d, struct vpl011_backend_status *status)
{
    poll(d, status);
}

static inline void look_for_input(struct vpl011 *d)
{
    struct vpl011_backend_status status;

    poll(d, &status);
    d->more_waits = status.waiting > 0;
}

/*
 * The far end or the embedder is new, or may have missed an event: look at the
 * backend, and raise everything again that is owed.
 */
void vpl011_owe_anew_(struct vpl011 *d)
{
    d->refill_asked = false;
    d->tick_asked = false;
    if (d->time) {
        d->time->told = UINT64_MAX;
    }
    vpl011_changed_(d);
    if (!(d->flags & FLAG_PAUSED)) {
        look_for_input(d);
        if (!vpl011_is_nobody_(&d->backend)) {
            vpl011_raise_(d, VPL011_EVENT_FAR_END);
        }
    }
}

int vpl011_attach_sized(struct vpl011 *d, const struct vpl011_backend *backend,
                        size_t backend_size)
{
    struct vpl011_backend b = {0};
    int err;

    if (!d) {
        return VPL011_ERR_NULL;
    }
    if (!backend) {
        backend = &vpl011_nobody_;
        backend_size = sizeof(b);
    }
    if (!vpl011_copy_sized_(&b, KNOWN(struct vpl011_backend), backend,
                            backend_size)) {
        return VPL011_ERR_ABI;
    }
    if (!b.write || !b.read || !b.poll) {
        return VPL011_ERR_OP_MISSING;
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (!b.drop_oldest && !vpl011_is_nobody_(&b) &&
        (d->on_stall == VPL011_POLICY_DROP_OLDEST ||
         d->on_gone == VPL011_POLICY_DROP_OLDEST)) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        if (d->latches & LATCH_BREAK_OUT) {
            d->latches &= (uint8_t)~LATCH_BREAK_OUT;
            if (d->backend.send_break) {
                d->backend.send_break(d->backend.ctx, false);
            }
        }
        d->backend = b;
        d->todo |= TODO_PINS;
        d->flags &= ~FLAG_UNATTACHED;
        vpl011_owe_anew_(d);
    }
    vpl011_settle_(d);
    return err;
}

/*
 * Input may have to wait although there is room: until the device is resumed,
 * until the serial line has brought it, and until the register page is closed.
 */
#define HELD_BACK (FLAG_PAUSED | FLAG_PAGE | FLAG_TIMED_RX)

/* Returns how much may come now. The register page is not closed where no input
 * waits. */
static OUT_OF_LINE int held_back(struct vpl011 *d, unsigned int wanted)
{
    unsigned int arrivals;

    if ((d->flags & FLAG_PAGE) && wanted > 0) {
        look_for_input(d);
        if (!d->more_waits) {
            return 0;
        }
        if (!vpl011_close_page_(d)) {
            d->refill_asked = true; /* vpl011_page_closed() looks again */
            return VPL011_ERR_PAGE;
        }
    }
    if (d->flags & FLAG_TIMED_RX) {
        arrivals = d->time->calls->arrivals(d);
        return (int)(wanted < arrivals ? wanted : arrivals);
    }
    return (int)wanted;
}

/*
 * Take what the backend has, and there is room for. Nothing while the guest is
 * being told to read: its handler reads until the FIFO is empty, without a
 * bound in FreeBSD, and what it cannot place it throws away in Linux, NetBSD
 * and Redox.
 */
static OUT_OF_LINE int read_input(struct vpl011 *d)
{
    uint8_t bytes[PL011_DEPTH_MAX] = {0};
    unsigned int wanted = vpl011_room_(d);
    uint32_t events = 0;
    size_t given = 0;

    if ((d->mis & (PL011_INT_RX | PL011_INT_RT)) &&
        !(d->flags & VPL011_CFG_UNTHROTTLED)) {
        wanted = 0;
    }
    if (unlikely(d->flags & HELD_BACK)) {
        const int held = (d->flags & FLAG_PAUSED) ? 0 : held_back(d, wanted);

        if (held < 0 || (d->flags & FLAG_PAUSED)) {
            return held;
        }
        wanted = (unsigned int)held;
    }
    if (wanted > 0) {
        given = d->backend.read(d->backend.ctx, bytes, wanted, &events);
        if (given > wanted) {
            given = wanted;
        }
        if (given > 0) {
            vpl011_text_in_(d, bytes, given);
        }
        if (events & VPL011_BACKEND_BREAK) {
            vpl011_line_in_(d, vpl011_break_entry_(d));
            given += given < wanted; /* otherwise it was lost */
        }
        vpl011_asked_(d, events);
        vpl011_admitted_(d, given);
    }
    /* A backend that says that input waits, and gives none when asked, is not
     * asked for again until something comes of it. */
    d->refill_asked = wanted > 0 && given == 0;
    look_for_input(d);
    if (d->more_waits) {
        vpl011_changed_(d); /* a refill may be asked for */
    }
    return (int)given;
}

/* Mostly an empty look follows another, as where the far end only took output.
 * So after one the backend is asked whether anything waits before it is read.
 */
static INLINE_FOR_SPEED int take_input(struct vpl011 *d)
{
    int taken;

    if (d->refill_asked && !d->more_waits && !(d->flags & HELD_BACK)) {
        look_for_input(d);
        if (!d->more_waits) {
            return vpl011_settle_(d);
        }
    }
    taken = read_input(d);
    vpl011_settle_(d);
    return taken;
}

int vpl011_data_avail(struct vpl011 *d)
{
    /* What the serial line has brought is taken at once. */
    const int err = vpl011_look_(d);

    return err ? err : take_input(d);
}

int vpl011_tick(struct vpl011 *d)
{
    const int err = vpl011_look_(d);

    if (err) {
        return err;
    }
    vpl011_rest_end_(d);
    return take_input(d);
}

int vpl011_set_modem(struct vpl011 *d, uint32_t inputs)
{
    int err;

    if (inputs & ~PL011_FR_MODEM) {
        return VPL011_ERR_RANGE;
    }
    err = vpl011_enter_(d);
    if (err) {
        return err;
    }
    if (is_sbsa(d)) {
        err = VPL011_ERR_UNSUPPORTED;
    } else {
        d->modem_inputs = (uint16_t)inputs;
        d->todo |= TODO_PINS;
    }
    vpl011_settle_(d);
    return err;
}

uint32_t vpl011_irq_lines(const struct vpl011 *d)
{
    return d ? vpl011_load_acquire(&d->irq_lines) : 0;
}

uint32_t vpl011_take_events(struct vpl011 *d)
{
    uint32_t events;

    if (vpl011_look_(d)) {
        return 0;
    }
    events = d->todo & TODO_EVENTS;
    d->todo &= ~TODO_EVENTS;
    vpl011_leave_(d);
    return events;
}
