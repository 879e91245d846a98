/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device's side of a ring: the operations of a backend. Included once by
 * the file of a layout, which has said before
 *
 *     RING        the type of the context, with its own words in `device`
 *     ring_of()   where its ring lies
 *     READY       the guard of one that was set up
 */

/*
 * The peer's index is impossible: prod - cons exceeds the ring's size. It is
 * not repaired, and the own index is not moved, because a guess would take old
 * bytes for new ones. The direction rests until a resync.
 */
static OUT_OF_LINE void ring_stop(struct vpl011_ring_device *d,
                                  uint32_t direction, uint32_t prod,
                                  uint32_t cons)
{
    const struct vpl011_ring_corrupt what = {direction, prod, cons};

    if (!(d->unusual & direction)) {
        vpl011_store_relaxed(&d->unusual, d->unusual | direction);
        ring_count(&d->corrupt[ring_index(direction)]);
        if (d->corrupted) {
            d->corrupted(d->ctx, &what);
        }
    }
}

/* How much is in a direction; more than its size where it is stopped.
 * Impossible indices stop it from here on. */
static INLINE_FOR_SPEED uint32_t ring_used(struct vpl011_ring_device *d,
                                           uint32_t direction, uint32_t size,
                                           uint32_t prod, uint32_t cons)
{
    if (unlikely(d->unusual & direction || prod - cons > size)) {
        ring_stop(d, direction, prod, cons);
        return UINT32_MAX;
    }
    return prod - cons;
}

/* Both directions empty, by moving the own indices to the peer's. */
static void ring_begin_empty(RING *x, uint32_t out_cons, uint32_t in_prod)
{
    const struct ring r = ring_of(x);

    ring_begin(&x->device, out_cons, in_prod, 0);
    if (r.in.brk) {
        vpl011_store_relaxed(&r.in.brk->valid, 0);
        vpl011_store_relaxed(&r.out.brk->valid, 0);
    }
    vpl011_store_seq_cst(r.in.cons, in_prod);
    vpl011_store_seq_cst(r.out.prod, out_cons);
}

/* Asked for by any thread, done here, under the device lock. */
static OUT_OF_LINE void ring_resync(RING *x)
{
    const struct ring r = ring_of(x);

    if (vpl011_exchange_acquire(&x->device.resync, 0)) {
        ring_begin_empty(x, vpl011_load_acquire(r.out.cons),
                         vpl011_load_acquire(r.in.prod));
        ring_count(&x->device.resyncs);
    }
}

/* Raise an event, and remember what the far end was told by it (1: bytes wait,
 * 2: the ring is full) and where out_cons was. */
static OUT_OF_LINE uint32_t ring_tell(struct vpl011_ring_device *d,
                                      uint32_t level, uint32_t cons)
{
    d->told = level;
    d->told_cons = cons;
    vpl011_store_relaxed(&d->unusual, d->unusual & ~RING_OWED);
    ring_count(&d->events);
    return VPL011_EVENT_FAR_END;
}

static size_t ring_write(void *ctx, const uint8_t *bytes, size_t wanted,
                         uint32_t *events)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    struct vpl011_ring_device *d = &x->device;
    uint32_t prod = d->out_prod;
    uint32_t cons = vpl011_load_acquire(r.out.cons);
    uint32_t used = ring_used(d, VPL011_RING_OUT, r.out.size, prod, cons);
    uint32_t taken = 0;

    if (likely(used <= r.out.size)) {
        taken = (uint32_t)byte_ring_min(wanted, r.out.size - used);
    }
    if (unlikely(taken < wanted)) {
        d->write_was_short = 1;
    }
    if (likely(taken > 0)) {
        byte_ring_put(r.out.bytes, r.out.size, prod, bytes, taken);
        d->out_prod = prod + taken;
        vpl011_store_seq_cst(r.out.prod, d->out_prod);
        cons = vpl011_load_seq_cst(r.out.cons);
        if (cons == prod || d->unusual & (VPL011_RING_ALWAYS | RING_OWED)) {
            *events |= ring_tell(d, 1, cons);
        }
    }
    return taken;
}

static OUT_OF_LINE uint32_t ring_put_any(RING *x, uint8_t character)
{
    uint32_t events = 0;

    return ring_write(x, &character, 1, &events) ? events | VPL011_BACKEND_TAKEN
                                                 : events;
}

/*
 * One character into a ring with room is the common case, and done here.
 * out_cons is loaded once to see whether there is room, and again after
 * publishing, only to be compared: if the far end has taken all but this
 * character it may not have seen it, and is told.
 */
static inline uint32_t ring_put(void *ctx, uint8_t character)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    const uint32_t prod = x->device.out_prod;

    if (unlikely(prod - vpl011_load_acquire(r.out.cons) >= r.out.size ||
                 x->device.unusual)) {
        return ring_put_any(x, character);
    }
    r.out.bytes[prod & (r.out.size - 1)] = character;
    x->device.out_prod = prod + 1;
    vpl011_store_seq_cst(r.out.prod, prod + 1);
    if (unlikely(vpl011_load_seq_cst(r.out.cons) == prod)) {
        return VPL011_BACKEND_TAKEN | ring_tell(&x->device, 1, prod);
    }
    return VPL011_BACKEND_TAKEN;
}

/*
 * The far end of a full ring is told once half of it is free, and not each time
 * the guest has read its FIFO empty: until then the guest has the other half to
 * read.
 */
static void ring_tell_of_room(struct vpl011_ring_device *d, uint32_t size,
                              uint32_t prod, uint32_t cons, uint32_t *events)
{
    /* When the far end looked last the ring was full, and it may sleep until
     * there is room. Had it published more since, it would have looked again.
     */
    if (prod - cons == size) {
        d->in_was_full = 1;
    }
    if ((d->in_was_full && prod - d->in_cons <= size / 2) ||
        (d->unusual & VPL011_RING_ALWAYS)) {
        d->in_was_full = 0;
        *events |= VPL011_EVENT_FAR_END;
        ring_count(&d->events);
    }
}

static size_t ring_read(void *ctx, uint8_t *bytes, size_t wanted,
                        uint32_t *events)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    struct vpl011_ring_device *d = &x->device;
    uint32_t prod;
    uint32_t cons;
    uint32_t used;
    size_t given;
    bool brk;

    if (unlikely(vpl011_load_relaxed(&d->resync))) {
        ring_resync(x);
    }
    cons = d->in_cons;
    /* Loaded before the BREAK's flag: the peer publishes a BREAK before the
     * bytes behind it, so whoever sees those bytes sees the BREAK too. */
    prod = vpl011_load_acquire(r.in.prod);
    brk = r.in.brk && vpl011_load_acquire(&r.in.brk->valid);
    used = ring_used(d, VPL011_RING_IN, r.in.size, prod, cons);
    if (unlikely(used > r.in.size)) {
        return 0;
    }
    given = byte_ring_min(wanted, used);
    if (brk) {
        given = byte_ring_min(given, r.in.brk->at - cons);
    }
    if (likely(given > 0)) {
        byte_ring_get(r.in.bytes, r.in.size, cons, bytes, given);
        d->in_cons = cons + (uint32_t)given;
        vpl011_store_seq_cst(r.in.cons, d->in_cons);
        ring_tell_of_room(d, r.in.size, vpl011_load_seq_cst(r.in.prod), cons,
                          events);
    }
    if (brk && given < wanted && r.in.brk->at == d->in_cons) {
        *events |= VPL011_BACKEND_BREAK;
        vpl011_store_release(&r.in.brk->valid, 0);
    }
    return given;
}

/*
 * Raise an event where more waits than the far end was told since out_cons
 * moved last: it may have gone to sleep after an older look. A drop moves
 * out_cons, too, but the far end has not moved then, and is not told for each
 * write that finds the ring full.
 */
static void ring_remind(struct vpl011_ring_device *d, uint32_t level,
                        uint32_t cons, uint32_t *events)
{
    if (d->told_cons != cons || (d->dropped && !d->write_was_short)) {
        d->told = 0;
        d->told_cons = cons;
    }
    d->dropped &= d->write_was_short;
    d->write_was_short = 0;
    if (level > d->told || d->unusual & RING_OWED) {
        *events |= ring_tell(d, level, cons);
    }
}

/* Exactly 1 is nobody: any other value, also one that no Xen writes, must not
 * make the guest's output vanish. */
static inline bool ring_is_connected(struct ring r)
{
    return !r.connection ||
           vpl011_load_relaxed_u8(r.connection) != VPL011_XENCONS_DISCONNECTED;
}

static OUT_OF_LINE void ring_poll_any(void *ctx,
                                      struct vpl011_backend_status *status,
                                      uint32_t *events)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    struct vpl011_ring_device *d = &x->device;
    uint32_t level = 0;
    uint32_t prod;
    uint32_t cons;
    uint32_t used;

    if (unlikely(vpl011_load_relaxed(&d->resync))) {
        ring_resync(x);
    }
    prod = vpl011_load_acquire(r.in.prod);
    cons = vpl011_load_acquire(r.out.cons);
    used = ring_used(d, VPL011_RING_IN, r.in.size, prod, d->in_cons);
    if (used <= r.in.size) {
        status->waiting =
            used + (r.in.brk && vpl011_load_acquire(&r.in.brk->valid));
    }
    used = ring_used(d, VPL011_RING_OUT, r.out.size, d->out_prod, cons);
    status->stopped = used > r.out.size;
    if (!status->stopped) {
        status->room = r.out.size - used;
        level = status->room == 0 && d->write_was_short ? 2 : used > 0;
    }
    status->attached = !status->stopped && !vpl011_load_relaxed(&d->detached) &&
                       ring_is_connected(r);
    ring_remind(d, level, cons, events);
}

/* Mostly nothing is unusual, and the far end is where it was when it was told
 * of what waits. */
static void ring_poll(void *ctx, struct vpl011_backend_status *status,
                      uint32_t *events)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    const struct vpl011_ring_device *d = &x->device;
    uint32_t cons;
    uint32_t out;
    uint32_t in;

    if (vpl011_load_relaxed(&d->resync) | vpl011_load_relaxed(&d->detached) |
        d->unusual | d->dropped | d->write_was_short) {
        ring_poll_any(x, status, events);
        return;
    }
    cons = vpl011_load_acquire(r.out.cons);
    out = d->out_prod - cons;
    in = vpl011_load_acquire(r.in.prod) - d->in_cons;
    if (in > r.in.size || out > r.out.size || d->told_cons != cons) {
        ring_poll_any(x, status, events);
        return;
    }
    status->waiting = in + (r.in.brk && vpl011_load_acquire(&r.in.brk->valid));
    status->room = r.out.size - out;
    status->attached = ring_is_connected(r);
}

static inline int ring_backend(RING *x, struct vpl011_backend *to)
{
    const int err = ring_usable(x, READY, to);

    if (!err) {
        *to = (struct vpl011_backend){
            .ctx = x,
            .write = ring_write,
            .put = FOR_SPEED ? ring_put : NULL,
            .read = ring_read,
            .poll = FOR_SPEED ? ring_poll : ring_poll_any,
        };
    }
    return err;
}

/* Whether a configuration may be used; NULL is one that is all zero. */
static inline int ring_check(const struct vpl011_ring_config *config,
                             uint32_t known)
{
    if (!config) {
        return VPL011_OK;
    }
    if (config->reserved0 || config->reserved[0] || config->reserved[1] ||
        config->reserved[2] || config->reserved[3]) {
        return VPL011_ERR_ABI;
    }
    return (config->flags & ~known) ? VPL011_ERR_FLAGS : VPL011_OK;
}

/* A context that is as the configuration says, and otherwise all zero. */
static inline void ring_configure(RING *x,
                                  const struct vpl011_ring_config *config)
{
    memset(x, 0, sizeof(*x));
    if (config) {
        x->device.unusual = config->flags & VPL011_RING_ALWAYS;
        x->device.ctx = config->ctx;
        x->device.corrupted = config->corrupt;
    }
}
