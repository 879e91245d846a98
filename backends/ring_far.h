/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The far end's side of a ring. Included once by the file of a layout, which
 * has said before
 *
 *     FAR        the type of the context, with its own words in `far`
 *     ring_of()  where its ring lies
 */

static inline uint32_t far_stop(struct vpl011_ring_far *f, uint32_t direction)
{
    vpl011_store_relaxed(&f->stopped[ring_index(direction)], direction);
    ring_count(&f->corrupt[ring_index(direction)]);
    return VPL011_RING_TODO_RESYNC;
}

static inline uint32_t far_notify(struct vpl011_ring_far *f, uint32_t direction)
{
    ring_count(&f->events[ring_index(direction)]);
    return VPL011_RING_TODO_NOTIFY;
}

/*
 * Against a drop, which never waits either: who finds one under way leaves
 * word, looks once more, and is rung when the drop is done.
 */
static inline bool far_lock(FAR *x)
{
    const struct ring r = ring_of(x);

    if (!r.out_lock || !vpl011_exchange_acquire(r.out_lock, 1)) {
        return true;
    }
    vpl011_store_seq_cst(r.wanted, 1);
    return !vpl011_load_seq_cst(r.out_lock) &&
           !vpl011_exchange_acquire(r.out_lock, 1);
}

static inline void far_unlock(FAR *x)
{
    const struct ring r = ring_of(x);

    if (r.out_lock) {
        vpl011_store_release(r.out_lock, 0);
    }
}

/*
 * Where the far end is in OUT: `cons` is what the device was shown, `read` what
 * was read since. Drops have moved the former, perhaps past the latter. Returns
 * what is left to read, or more than the ring's size where out_prod, as loaded,
 * cannot be right for one of the two.
 */
static inline uint32_t far_place(const FAR *x, uint32_t prod, uint32_t *cons,
                                 uint32_t *read)
{
    const struct ring r = ring_of(x);

    *cons = r.out_lock ? vpl011_load_relaxed(r.out.cons) : x->far.out_cons;
    *read = x->far.out_read;
    if (r.out_lock && *read - *cons > prod - *cons) {
        *read = *cons;
    }
    return prod - *cons <= r.out.size ? prod - *read : UINT32_MAX;
}

/* Locked: copy from where reading is, to a BREAK where those are asked for. */
static inline size_t far_copy(FAR *x, void *bytes, size_t count, bool breaks)
{
    const struct ring r = ring_of(x);
    struct vpl011_ring_far *f = &x->far;
    uint32_t cons;
    uint32_t left =
        far_place(x, vpl011_load_seq_cst(r.out.prod), &cons, &f->out_read);

    if (unlikely(left > r.out.size)) {
        far_stop(f, VPL011_RING_OUT);
        return 0;
    }
    count = byte_ring_min(count, left);
    if (breaks && r.out.brk && vpl011_load_acquire(&r.out.brk->valid)) {
        count = byte_ring_min(count, r.out.brk->at - f->out_read);
    }
    if (likely(count > 0)) {
        byte_ring_get(r.out.bytes, r.out.size, f->out_read, bytes, count);
    }
    return count;
}

static inline uint32_t far_publish(FAR *x, uint32_t how)
{
    const struct ring r = ring_of(x);
    struct vpl011_ring_far *f = &x->far;
    uint32_t todo = 0;
    uint32_t left;
    uint32_t prod;
    uint32_t cons;

    if (f->stopped[0]) {
        return VPL011_RING_TODO_RESYNC;
    }
    if (!far_lock(x)) {
        return VPL011_RING_TODO_HELD;
    }
    prod = vpl011_load_acquire(r.out.prod);
    left = far_place(x, prod, &cons, &f->out_read);
    if (left <= r.out.size && f->out_read != cons) {
        if (!(how & VPL011_RING_NOW) && prod - cons < (r.out.size + 1) / 2) {
            far_unlock(x);
            return VPL011_RING_TODO_HELD;
        }
        /* Show the device what was read, and look what came before that. */
        f->out_cons = f->out_read;
        vpl011_store_seq_cst(r.out.cons, f->out_cons);
        prod = vpl011_load_seq_cst(r.out.prod);
        todo = far_notify(f, VPL011_RING_OUT);
    }
    left = far_place(x, prod, &cons, &f->out_read);
    if (unlikely(left > r.out.size)) {
        todo |= far_stop(f, VPL011_RING_OUT);
    } else if (r.out.brk && vpl011_load_acquire(&r.out.brk->valid) &&
               r.out.brk->at == f->out_read) {
        todo |= VPL011_RING_TODO_BREAK;
    } else if (left > 0) {
        todo |= VPL011_RING_TODO_MORE;
    }
    far_unlock(x);
    return todo;
}

static inline size_t far_waiting(const FAR *x)
{
    const struct ring r = ring_of(x);
    uint32_t cons;
    uint32_t read;
    uint32_t left = far_place(x, vpl011_load_seq_cst(r.out.prod), &cons, &read);

    return x->far.stopped[0] || left > r.out.size ? 0 : left;
}

/* What is in IN, by an index that is loaded once. */
static inline uint32_t far_used(const FAR *x)
{
    return x->far.in_prod - vpl011_load_seq_cst(ring_of(x).in.cons);
}

static inline size_t far_room(const FAR *x)
{
    const uint32_t size = ring_of(x).in.size;
    const uint32_t used = far_used(x);

    return x->far.stopped[1] || used > size ? 0 : size - used;
}

/* Put in what fits, by one look. */
static inline size_t far_put(FAR *x, const uint8_t *bytes, size_t count)
{
    const struct ring r = ring_of(x);
    struct vpl011_ring_far *f = &x->far;
    size_t room = far_room(x);

    if (likely(count <= room)) {
        room = count;
    }
    if (likely(room > 0)) {
        byte_ring_put(r.in.bytes, r.in.size, f->in_prod, bytes, room);
        f->in_prod += (uint32_t)room;
        vpl011_store_seq_cst(r.in.prod, f->in_prod);
    }
    return room;
}

/*
 * Until nothing more fits, or there were as many as the limit. The device rings
 * for room that it makes where it sees the ring full, but not for what it took
 * before this was shown: to sleep is safe only after a look, behind the last
 * byte, that found none.
 */
static OUT_OF_LINE size_t far_put_rest(FAR *x, const uint8_t *bytes,
                                       size_t taken, size_t count, size_t limit,
                                       uint32_t *todo)
{
    const uint32_t size = ring_of(x).in.size;
    size_t part = 1;
    uint32_t used;

    while (part > 0 && taken < count && taken < limit) {
        part = far_put(x, bytes + taken, count - taken);
        taken += part;
    }
    if (taken < count) {
        used = far_used(x);
        if (x->far.stopped[1]) {
            *todo |= VPL011_RING_TODO_RESYNC;
        } else if (used > size) {
            *todo |= far_stop(&x->far, VPL011_RING_IN);
        } else {
            *todo |= VPL011_RING_TODO_FULL;
            *todo |= used < size ? VPL011_RING_TODO_MORE : 0;
        }
    }
    return taken;
}

static inline size_t far_write(FAR *x, const uint8_t *bytes, size_t count,
                               size_t limit, uint32_t *todo)
{
    size_t taken = far_put(x, bytes, count);

    if (unlikely(taken < count)) {
        taken = far_put_rest(x, bytes, taken, count, limit, todo);
    }
    if (taken > 0) {
        *todo |= far_notify(&x->far, VPL011_RING_IN);
    }
    return taken;
}

/* Both directions empty, by moving the own indices to the device's. */
static inline void far_begin_empty(FAR *x, uint32_t out_prod, uint32_t in_cons)
{
    const struct ring r = ring_of(x);
    struct vpl011_ring_far *f = &x->far;

    f->in_prod = in_cons;
    f->out_cons = out_prod;
    f->out_read = out_prod;
    vpl011_store_relaxed(&f->stopped[0], 0);
    vpl011_store_relaxed(&f->stopped[1], 0);
    vpl011_store_seq_cst(r.in.prod, in_cons);
    vpl011_store_seq_cst(r.out.cons, out_prod);
}

static inline void far_resync(FAR *x)
{
    const struct ring r = ring_of(x);

    far_begin_empty(x, vpl011_load_acquire(r.out.prod),
                    vpl011_load_acquire(r.in.cons));
    ring_count(&x->far.resyncs);
}
