/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The host's side of a world: three far ends, and when each of them acts. It
 * follows the contract strictly: it takes output only after FAR_END, until it
 * has seen the backend empty; it pushes again into a full backend only after
 * FAR_END; it answers REFILL with vpl011_data_avail(). A missing event
 * therefore shows as a stall.
 */
#include "world.h"

#include <string.h>

#include <vpl011/state.h>

#define ROOM_MAX 2048u

/*
 * The sink. Its queues never wrap, because a run is shorter than they are.
 */

static size_t sink_write(void *ctx, const uint8_t *bytes, size_t count,
                         uint32_t *events)
{
    struct host *h = &((struct world *)ctx)->host;
    size_t room = h->room - (h->out_tail - h->out_head);

    if (count > room) {
        count = room;
    }
    if (count > 0 && h->out_tail == h->out_head) {
        *events |= VPL011_EVENT_FAR_END;
    }
    memcpy(&h->out[h->out_tail], bytes, count);
    h->out_tail += count;
    return count;
}

static size_t sink_read(void *ctx, uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct host *h = &((struct world *)ctx)->host;
    size_t waiting = h->in_tail - h->in_head;

    if (waiting == h->room) {
        *events |= VPL011_EVENT_FAR_END;
    }
    if (count > waiting) {
        count = waiting;
    }
    memcpy(bytes, &h->in[h->in_head], count);
    h->in_head += count;
    return count;
}

static void sink_poll(void *ctx, struct vpl011_backend_status *status,
                      uint32_t *events)
{
    struct host *h = &((struct world *)ctx)->host;

    (void)events;
    status->waiting = h->in_tail - h->in_head;
    status->room = h->room - (h->out_tail - h->out_head);
    status->attached = !h->gone;
}

static size_t sink_drop_oldest(void *ctx, size_t count)
{
    struct host *h = &((struct world *)ctx)->host;
    size_t queued = h->out_tail - h->out_head;

    if (count > queued) {
        count = queued;
    }
    h->out_head += count;
    return count;
}

/*
 * The ring's console, in a few lines of its own. With less room than the ring
 * has, it publishes an index that lags behind by the rest; such a console is
 * not told of each arrival, and has to look by itself.
 */

static void ring_publish(struct host *h)
{
    h->page.out_cons =
        h->ring_cons - (VPL011_XENCONS_OUT_SIZE - (uint32_t)h->room);
}

static size_t ring_take(struct host *h, uint8_t *bytes, size_t count)
{
    size_t waiting = h->page.out_prod - h->ring_cons;
    size_t i;

    if (count > waiting) {
        count = waiting;
    }
    for (i = 0; i < count; i++) {
        bytes[i] = h->page.out[h->ring_cons++ % VPL011_XENCONS_OUT_SIZE];
    }
    ring_publish(h);
    return count;
}

static size_t ring_give(struct host *h, const uint8_t *bytes, size_t count)
{
    size_t size =
        h->room < VPL011_XENCONS_IN_SIZE ? h->room : VPL011_XENCONS_IN_SIZE;
    size_t room = size - (h->page.in_prod - h->page.in_cons);
    size_t i;

    if (count > room) {
        count = room;
    }
    for (i = 0; i < count; i++) {
        h->page.in[h->page.in_prod++ % VPL011_XENCONS_IN_SIZE] = bytes[i];
    }
    return count;
}

/*
 * All three alike
 */

int host_attach(struct world *w)
{
    struct host *h = &w->host;
    struct vpl011_backend backend = {
        .ctx = w,
        .write = sink_write,
        .read = sink_read,
        .poll = sink_poll,
        .drop_oldest = sink_drop_oldest,
    };

    switch (w->setup.far_end) {
    case FIFO:
        vpl011_fifo_init(&h->fifo, h->in, h->room, h->out, h->room);
        vpl011_fifo_backend(&h->fifo, &backend);
        break;
    case RING:
        memset(&h->page, 0, sizeof(h->page));
        h->ring_cons = 0;
        ring_publish(h);
        if (vpl011_xencons_init(&h->ring, &h->page, sizeof(h->page), NULL) ||
            vpl011_xencons_backend(&h->ring, &backend)) {
            return VPL011_ERR_SIZE;
        }
        break;
    default:
        break;
    }
    h->backend = backend;
    return vpl011_attach(w->dev, &backend);
}

static size_t out_waiting(const struct world *w)
{
    const struct host *h = &w->host;

    switch (w->setup.far_end) {
    case FIFO:
        return vpl011_fifo_pop_waiting(&h->fifo);
    case RING:
        return h->page.out_prod - h->ring_cons;
    default:
        return h->out_tail - h->out_head;
    }
}

static size_t take(struct world *w, size_t limit)
{
    struct host *h = &w->host;
    uint8_t bytes[ROOM_MAX];
    size_t i;
    size_t n = limit < ROOM_MAX ? limit : ROOM_MAX;

    switch (w->setup.far_end) {
    case FIFO:
        n = vpl011_fifo_pop(&h->fifo, bytes, n);
        break;
    case RING:
        n = ring_take(h, bytes, n);
        break;
    default:
        if (n > h->out_tail - h->out_head) {
            n = h->out_tail - h->out_head;
        }
        memcpy(bytes, &h->out[h->out_head], n);
        h->out_head += n;
        break;
    }
    for (i = 0; i < n; i++) {
        if (w->out_head >= w->out_tail) {
            fail(&w->cpu, WRONG,
                 "the far end got a character that was not sent");
        }
        if (bytes[i] != w->accepted[w->out_head++]) {
            fail(&w->cpu, WRONG, "the far end got another character");
        }
        w->cpu.result.checks++;
    }
    if (out_waiting(w) == 0) {
        h->armed = false;
    }
    if (n > 0) {
        w->cpu.naps = 0;
    }
    return n;
}

static size_t give(struct world *w, size_t limit)
{
    struct host *h = &w->host;
    uint8_t bytes[ROOM_MAX];
    size_t wanted = w->in_total - w->in_given;
    size_t given;
    size_t i;

    if (wanted > limit) {
        wanted = limit;
    }
    if (wanted > ROOM_MAX) {
        wanted = ROOM_MAX;
    }
    for (i = 0; i < wanted; i++) {
        bytes[i] = pattern_in(w->in_given + i);
    }
    switch (w->setup.far_end) {
    case FIFO:
        given = vpl011_fifo_push(&h->fifo, bytes, wanted);
        break;
    case RING:
        given = ring_give(h, bytes, wanted);
        break;
    default:
        given = h->room - (h->in_tail - h->in_head);
        if (given > wanted) {
            given = wanted;
        }
        memcpy(&h->in[h->in_tail], bytes, given);
        h->in_tail += given;
        break;
    }
    w->in_given += given;
    h->blocked = given < wanted;
    return given;
}

void host_data_avail(struct world *w)
{
    int n = vpl011_data_avail(w->dev);

    if (n < 0 && !outside_holds(w, n)) {
        fail(&w->cpu, BROKEN, "vpl011_data_avail() refused");
    }
    account(w);
    outside_after(w);
}

/* A millisecond, in accesses of the guest: of five microseconds each, which is
 * slow for an exit to user space. */
#define TICK_LASTS 200u

/* Returns the characters that the device took. */
static int host_tick(struct world *w)
{
    int n = vpl011_tick(w->dev);

    if (n < 0 && !outside_holds(w, n)) {
        fail(&w->cpu, BROKEN, "vpl011_tick() refused");
    }
    account(w);
    outside_after(w);
    return n;
}

/* [ns] that an access of the guest takes: the same as above. */
#define ACCESS_LASTS 5000u

static uint64_t clock_op(void *ctx)
{
    return ((struct world *)ctx)->host.clock;
}

bool host_has_clock(const struct world *w)
{
    return w->setup.pace == AT_9600 || w->setup.pace == AT_115200;
}

int host_give_clock(struct world *w)
{
    const struct vpl011_time_config config = {
        .ctx = w,
        .now = clock_op,
        .what = VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX | VPL011_TIME_RX,
    };

    return vpl011_time_set(w->dev, &w->time, &config);
}

/* Ticks come when the device asked for them; to a guest that sleeps, the next
 * comes at once. Returns whether one did. */
static bool keep_clock(struct world *w)
{
    uint64_t when;

    if (vpl011_time_next(w->dev, &when) != 1) {
        account(w);
        return false;
    }
    if (w->cpu.sleeps && w->host.clock < when) {
        w->host.clock = when;
    }
    if (w->host.clock < when) {
        account(w);
        return false;
    }
    host_tick(w);
    w->host.events &= ~VPL011_EVENT_TICK;
    return true;
}

/* A host with a timer: TICK is answered a millisecond later, or when the guest
 * sleeps, which lasts longer. */
static bool keep_time(struct world *w)
{
    struct host *h = &w->host;

    if ((h->events & VPL011_EVENT_TICK) && !h->tick_due) {
        h->tick_due = h->tick + TICK_LASTS;
    }
    h->events &= ~VPL011_EVENT_TICK;
    if (!h->tick_due || (h->tick < h->tick_due && !w->cpu.sleeps)) {
        return false;
    }
    h->tick_due = 0;
    host_tick(w);
    return true;
}

static void hear(struct world *w)
{
    struct host *h = &w->host;

    if (h->events & VPL011_EVENT_FAR_END) {
        h->armed = true;
        h->blocked = false;
    }
    h->events &= ~VPL011_EVENT_FAR_END;
    if (h->polls) {
        h->armed = out_waiting(w) > 0;
        h->blocked = false;
    }
}

static bool can_give(const struct world *w)
{
    return w->in_given < w->in_total && !w->host.blocked &&
           (w->cpu.bound || w->setup.early);
}

/* What the host has heard of, at most so many characters each way. */
static bool react(struct world *w, size_t out, size_t in)
{
    struct host *h = &w->host;
    bool avail;

    hear(w);
    avail = (h->events & VPL011_EVENT_REFILL) != 0;
    h->events &= VPL011_EVENT_TICK;
    if (h->armed && out > 0 && take(w, out) > 0) {
        avail = true;
    }
    if (in > 0 && can_give(w) && give(w, in) > 0) {
        avail = true;
    }
    if (avail) {
        host_data_avail(w);
    }
    return avail;
}

/* A host that acts once a millisecond and ignores events: REFILL is not
 * answered, and FAR_END is acted on only then. */
static bool look_each_tick(struct world *w)
{
    struct host *h = &w->host;
    bool did = false;

    if (h->tick % TICK_LASTS != 0 && !w->cpu.sleeps) {
        return false;
    }
    hear(w);
    h->events = 0;
    if (h->armed) {
        did |= take(w, ROOM_MAX) > 0;
    }
    if (can_give(w)) {
        did |= give(w, ROOM_MAX) > 0;
    }
    did |= host_tick(w) > 0;
    return did;
}

static struct vpl011 *other_slot(struct world *w)
{
    return w->dev == &w->slots[0] ? &w->slots[1] : &w->slots[0];
}

/* The device is in another place from now on; the old one is made useless. */
static void use(struct world *w, struct vpl011 *to)
{
    memset(w->dev, 0xA5, sizeof(*w->dev));
    w->dev = to;
}

/* A device may be moved between calls. */
static void move_device(struct world *w)
{
    struct vpl011 *to = other_slot(w);

    *to = *w->dev;
    use(w, to);
}

/* The machine is saved, and goes on in another process with the same far end
 * and interrupt controller. */
static void migrate(struct world *w)
{
    struct vpl011 *to = other_slot(w);
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    int size;

    outside_leave(w);
    size = vpl011_state_save(w->dev, blob, sizeof(blob));
    w->resumes = true;
    if (size < 0 || world_device(w, to) ||
        vpl011_attach(to, &w->host.backend) ||
        vpl011_state_load(to, blob, (size_t)size)) {
        fail(&w->cpu, BROKEN, "the state cannot be saved and loaded");
    }
    w->resumes = false;
    use(w, to);
    account_anew(w);
    outside_after(w);
}

static void set_gone(struct world *w, bool gone)
{
    struct host *h = &w->host;

    outside_deliver(w);
    h->gone = gone;
    if (w->setup.far_end == FIFO) {
        vpl011_fifo_set_attached(&h->fifo, !gone);
    } else if (w->setup.far_end == RING) {
        vpl011_xencons_set_attached(&h->ring, !gone);
    }
    host_data_avail(w);
}

/*
 * One action of a schedule:
 *   o O  take one character of output, or all
 *   i I  send one character of input, or all that fits
 *   r    answer the events      p  look without having been asked
 *   m    move the device        s    save it, load it into another
 *   g b  the far end goes, is back
 */
static void act(struct world *w, char what)
{
    switch (what) {
    case 'o':
        react(w, 1, 0);
        break;
    case 'O':
        react(w, ROOM_MAX, 0);
        break;
    case 'i':
        react(w, 0, 1);
        break;
    case 'I':
        react(w, 0, ROOM_MAX);
        break;
    case 'r':
        react(w, 0, 0);
        break;
    case 'm':
        move_device(w);
        break;
    case 's':
        migrate(w);
        break;
    case 'g':
        set_gone(w, true);
        break;
    case 'b':
        set_gone(w, false);
        break;
    default:
        host_data_avail(w);
        break;
    }
}

/* xorshift64*: the same on every machine. */
static uint32_t draw(struct host *h, uint32_t below)
{
    h->random ^= h->random >> 12;
    h->random ^= h->random << 25;
    h->random ^= h->random >> 27;
    return (uint32_t)((h->random * 0x2545F4914F6CDD1Du) >> 33) % below;
}

static void random_act(struct world *w)
{
    static const char quiet[] = "ooOiiIrrms";
    static const char busy[] = "ooOiiIrrmsgbbpp";

    if (w->host.polls) {
        act(w, busy[draw(&w->host, sizeof(busy) - 1)]);
    } else {
        act(w, quiet[draw(&w->host, sizeof(quiet) - 1)]);
    }
}

/* A guest that spins this long waits for the far end. The exhaustive schedules
 * have a place before each spin. */
#define SPUN 300u
#define SPUN_SCHEDULED 12u

/* [accesses] that the guest makes before a latent host answers. */
static uint32_t latency_of(const struct setup *setup)
{
    return setup->latency ? setup->latency : 99;
}

void host_boundary(struct world *w)
{
    struct host *h = &w->host;
    bool spins =
        !w->cpu.in_handler &&
        w->cpu.quiet >= (w->setup.pace == SCHEDULED ? SPUN_SCHEDULED : SPUN);

    h->tick++;
    h->clock += ACCESS_LASTS;
    w->cpu.result.boundaries++;
    if (host_has_clock(w)) {
        keep_clock(w);
        react(w, ROOM_MAX, ROOM_MAX);
        return;
    }
    if (w->setup.pace == TICKED) {
        look_each_tick(w);
        return;
    }
    keep_time(w);
    switch (w->setup.pace) {
    case IMMEDIATE:
        react(w, ROOM_MAX, ROOM_MAX);
        break;
    case SLOW:
        if (h->tick % 5 == 0) {
            react(w, 1, 1);
        }
        break;
    case STALLED:
        react(w, spins ? ROOM_MAX : 0, ROOM_MAX);
        break;
    case TINY:
        react(w, 1, 1);
        break;
    case ALWAYS:
        if (!react(w, ROOM_MAX, ROOM_MAX)) {
            host_data_avail(w);
        }
        break;
    case LATENT:
        hear(w);
        if (!h->events && !h->armed && !can_give(w)) {
            h->since = h->tick;
        } else if (h->tick - h->since > latency_of(&w->setup)) {
            react(w, ROOM_MAX, ROOM_MAX);
            h->since = h->tick;
        }
        break;
    case SCHEDULED:
        while (h->next_action < w->setup.action_count &&
               w->setup.actions[h->next_action].at == h->tick) {
            act(w, w->setup.actions[h->next_action++].what);
        }
        if (spins && !w->setup.never) {
            react(w, ROOM_MAX, ROOM_MAX);
        }
        break;
    default:
        if (draw(h, h->since) == 0) {
            random_act(w);
        }
        if (spins && draw(h, 16) == 0) {
            if (h->gone) {
                act(w, 'b');
            }
            react(w, 1 + draw(h, 8), 1 + draw(h, 8));
        }
        break;
    }
}

static bool when_idle(struct world *w)
{
    struct host *h = &w->host;
    bool ticked;

    if (host_has_clock(w)) {
        return react(w, ROOM_MAX, ROOM_MAX) || keep_clock(w);
    }
    if (w->setup.pace == TICKED) {
        return look_each_tick(w);
    }
    ticked = keep_time(w);
    if (w->setup.pace == RANDOM) {
        bool did = ticked;

        if (h->gone) {
            act(w, 'b');
            did = true;
        }
        return react(w, 1 + draw(h, 40), 1 + draw(h, 40)) || did;
    }
    if (w->setup.pace == SLOW || w->setup.pace == TINY) {
        return react(w, 1, 1) || ticked;
    }
    return react(w, ROOM_MAX, ROOM_MAX) || ticked;
}

/* Time passes for a guest that sleeps. */
bool host_when_idle(struct world *w)
{
    bool did;

    w->cpu.sleeps = true;
    did = when_idle(w);
    w->cpu.sleeps = false;
    return did;
}
