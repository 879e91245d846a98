/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The device's side of a ring: the operations of a backend. Included once by
 * the file of a layout, which has said before
 *
 *     RING           the type of the context, with its own words in `device`
 *     ring_of()      where its ring lies
 *     is_attached()  whether anybody is at the far end
 */

/*
 * A window that no ring has. The peer's index is not repaired and the own is
 * not moved: to guess would alias old data as new (nothing sane can follow
 * until both sides agree to start again).
 */
static OUT_OF_LINE void ring_stop(struct vpl011_ring_device *d,
                                  uint32_t direction, uint32_t prod,
                                  uint32_t cons)
{
    struct vpl011_ring_corrupt what = {
        .direction = direction,
        .prod = prod,
        .cons = cons,
    };

    if (!(d->unusual & direction)) {
        vpl011_store_relaxed(&d->unusual, d->unusual | direction);
        ring_count(&d->corrupt[ring_index(direction)]);
        if (d->corrupted) {
            d->corrupted(d->ctx, &what);
        }
    }
}

/* What is in a direction; more than any ring has where it is stopped, as it is
 * from here on where its window is one that no ring has. */
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
    if (r.in_brk) {
        vpl011_store_relaxed(&r.in_brk->valid, 0);
        vpl011_store_relaxed(&r.out_brk->valid, 0);
    }
    vpl011_store_seq_cst(r.in_cons, in_prod);
    vpl011_store_seq_cst(r.out_prod, out_cons);
}

/* Asked for by any thread, done here, under the device lock. */
static OUT_OF_LINE void ring_resync(RING *x)
{
    const struct ring r = ring_of(x);

    if (vpl011_exchange_acquire(&x->device.resync, 0)) {
        ring_begin_empty(x, vpl011_load_acquire(r.out_cons),
                         vpl011_load_acquire(r.in_prod));
        ring_count(&x->device.resyncs);
    }
}

static inline void ring_resync_if_asked(RING *x)
{
    if (unlikely(vpl011_load_relaxed(&x->device.resync))) {
        ring_resync(x);
    }
}

/* An event, and what it told: how things stand while out_cons is this. */
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
    uint32_t cons = vpl011_load_acquire(r.out_cons);
    uint32_t used = ring_used(d, VPL011_RING_OUT, r.out_size, prod, cons);
    uint32_t taken = 0;

    if (likely(used <= r.out_size)) {
        taken = (uint32_t)byte_ring_min(wanted, r.out_size - used);
    }
    if (unlikely(taken < wanted)) {
        d->write_was_short = 1;
    }
    if (likely(taken > 0)) {
        byte_ring_put(r.out, r.out_size, prod, bytes, taken);
        d->out_prod = prod + taken;
        vpl011_store_seq_cst(r.out_prod, d->out_prod);
        cons = vpl011_load_seq_cst(r.out_cons);
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
 * One character into a ring with room, whose far end is awake, is the common
 * case, and done here. The index that sizes the transfer is loaded once; the
 * look after publishing is only compared: the far end had taken all there was,
 * and did not see this.
 */
static inline uint32_t ring_put(void *ctx, uint8_t character)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    const uint32_t prod = x->device.out_prod;

    if (unlikely(prod - vpl011_load_acquire(r.out_cons) >= r.out_size ||
                 x->device.unusual)) {
        return ring_put_any(x, character);
    }
    r.out[prod & (r.out_size - 1)] = character;
    x->device.out_prod = prod + 1;
    vpl011_store_seq_cst(r.out_prod, prod + 1);
    if (unlikely(vpl011_load_seq_cst(r.out_cons) == prod)) {
        return VPL011_BACKEND_TAKEN | ring_tell(&x->device, 1, prod);
    }
    return VPL011_BACKEND_TAKEN;
}

/*
 * Of a full ring the far end is told when half is free, not for each turn of
 * the guest's FIFO. What fills the other half is the guest's to take first.
 */
static void ring_tell_of_room(struct vpl011_ring_device *d, uint32_t size,
                              uint32_t prod, uint32_t cons, uint32_t *events)
{
    /* It was full as the far end saw it, which may sleep until there is room:
     * one that published more since has looked since. */
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

    ring_resync_if_asked(x);
    cons = d->in_cons;
    /* Loaded before the BREAK's flag: the peer publishes a BREAK before the
     * bytes behind it, so whoever sees those bytes sees the BREAK too. */
    prod = vpl011_load_acquire(r.in_prod);
    brk = r.in_brk && vpl011_load_acquire(&r.in_brk->valid);
    used = ring_used(d, VPL011_RING_IN, r.in_size, prod, cons);
    if (unlikely(used > r.in_size)) {
        return 0;
    }
    given = byte_ring_min(wanted, used);
    if (brk) {
        given = byte_ring_min(given, r.in_brk->at - cons);
    }
    if (likely(given > 0)) {
        byte_ring_get(r.in, r.in_size, cons, bytes, given);
        d->in_cons = cons + (uint32_t)given;
        vpl011_store_seq_cst(r.in_cons, d->in_cons);
        ring_tell_of_room(d, r.in_size, vpl011_load_seq_cst(r.in_prod), cons,
                          events);
    }
    if (brk && given < wanted && r.in_brk->at == d->in_cons) {
        *events |= VPL011_BACKEND_BREAK;
        vpl011_store_release(&r.in_brk->valid, 0);
    }
    return given;
}

/*
 * Raise an event where more is to be told than was, while out_cons is this:
 * a far end that took some went to sleep after an index that was older than
 * what waits. A drop moves the index too, but a far end that does not move is
 * not told for each write that finds the ring full.
 */
static void ring_remind(struct vpl011_ring_device *d, uint32_t level,
                        uint32_t cons, uint32_t *events)
{
    bool forget = d->told_cons != cons;

    if (!d->write_was_short) {
        forget |= d->dropped != 0;
        d->dropped = 0;
    }
    d->write_was_short = 0;
    if (forget) {
        d->told = 0;
    }
    if (level > d->told || d->unusual & RING_OWED) {
        *events |= ring_tell(d, level, cons);
    }
}

static void ring_poll(void *ctx, struct vpl011_backend_status *status,
                      uint32_t *events)
{
    RING *x = ctx;
    const struct ring r = ring_of(x);
    struct vpl011_ring_device *d = &x->device;
    uint32_t level = 0;
    uint32_t prod;
    uint32_t cons;
    uint32_t used;

    ring_resync_if_asked(x);
    prod = vpl011_load_acquire(r.in_prod);
    cons = vpl011_load_acquire(r.out_cons);
    used = ring_used(d, VPL011_RING_IN, r.in_size, prod, d->in_cons);
    if (used <= r.in_size) {
        status->waiting = used;
        if (r.in_brk && vpl011_load_acquire(&r.in_brk->valid)) {
            status->waiting++;
        }
    }
    used = ring_used(d, VPL011_RING_OUT, r.out_size, d->out_prod, cons);
    status->stopped = used > r.out_size;
    if (used <= r.out_size) {
        status->room = r.out_size - used;
        level = used > 0;
        if (status->room == 0 && d->write_was_short) {
            level = 2;
        }
    }
    status->attached = !status->stopped && !vpl011_load_relaxed(&d->detached) &&
                       is_attached(x);
    ring_remind(d, level, cons, events);
}

static inline void ring_set_attached(struct vpl011_ring_device *d,
                                     bool attached)
{
    vpl011_store_relaxed(&d->detached, !attached);
}

/* Whether a configuration may be used; NULL is one that is all zero. */
static inline int ring_check(const struct vpl011_ring_config *config,
                             uint32_t known)
{
    if (config) {
        if (config->reserved0 || config->reserved[0] || config->reserved[1] ||
            config->reserved[2] || config->reserved[3]) {
            return VPL011_ERR_ABI;
        }
        if (config->flags & ~known) {
            return VPL011_ERR_FLAGS;
        }
    }
    return VPL011_OK;
}

/* What it says, into words that are all zero. */
static inline void ring_configure(struct vpl011_ring_device *d,
                                  const struct vpl011_ring_config *config)
{
    if (config) {
        d->unusual = config->flags & VPL011_RING_ALWAYS;
        d->ctx = config->ctx;
        d->corrupted = config->corrupt;
    }
}
