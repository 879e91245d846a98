/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <string.h>

#include <vpl011/atomic.h>
#include <vpl011/vpl011.h>

#include "floor.h"

#define OUT_MASK (VPL011_XENCONS_OUT_SIZE - 1)
#define IN_MASK (VPL011_XENCONS_IN_SIZE - 1)

static void no_irq(void *ctx, uint32_t line)
{
    (void)ctx;
    (void)line;
}

void floor_init(struct floor *f, struct vpl011_xencons_page *page,
                uintptr_t (*lock)(void *ctx),
                void (*unlock)(void *ctx, uintptr_t saved), void *ctx)
{
    memset(f, 0, sizeof(*f));
    f->page = page;
    f->irq = no_irq;
    f->lock = lock;
    f->unlock = unlock;
    f->ctx = ctx;
}

int empty_read(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t *value)
{
    (void)f;
    (void)offset;
    (void)size;
    *value = 0;
    return 0;
}

int empty_write(struct floor *f, uint64_t offset, unsigned int size,
                uint64_t value)
{
    (void)f;
    (void)offset;
    (void)size;
    (void)value;
    return 0;
}

/* FR is computed from the rings, which are the FIFOs here. */
static inline uint32_t flags(const struct floor *f)
{
    uint32_t out = f->out_prod - vpl011_load_acquire(&f->page->out_cons);
    uint32_t fr = 0;

    if (out == 0) {
        fr |= PL011_FR_TXFE;
    } else if (out == VPL011_XENCONS_OUT_SIZE) {
        fr |= PL011_FR_TXFF | PL011_FR_BUSY;
    }
    if (vpl011_load_acquire(&f->page->in_prod) == f->in_cons) {
        fr |= PL011_FR_RXFE;
    }
    return fr;
}

static inline uint32_t receive(struct floor *f)
{
    uint32_t byte = 0;

    if (vpl011_load_acquire(&f->page->in_prod) != f->in_cons) {
        byte = f->page->in[f->in_cons & IN_MASK];
        f->in_cons++;
        vpl011_store_release(&f->page->in_cons, f->in_cons);
    }
    return byte;
}

/* Wake a console that found the ring full, or it would sleep for ever. */
static inline uint32_t receive_and_tell(struct floor *f)
{
    uint32_t cons = f->in_cons;
    uint32_t byte = 0;

    if (vpl011_load_acquire(&f->page->in_prod) != cons) {
        byte = f->page->in[cons & IN_MASK];
        f->in_cons = cons + 1;
        vpl011_store_seq_cst(&f->page->in_cons, cons + 1);
        if (vpl011_load_seq_cst(&f->page->in_prod) - cons ==
            VPL011_XENCONS_IN_SIZE) {
            f->events++;
        }
    }
    return byte;
}

static inline int read_any(struct floor *f, uint64_t offset, uint64_t *value)
{
    switch (offset) {
    case PL011_UARTFR:
        *value = flags(f);
        break;
    case PL011_UARTRIS:
        *value = f->ris;
        break;
    case PL011_UARTMIS:
        *value = f->ris & f->regs[PL011_UARTIMSC / 4];
        break;
    default:
        *value = offset <= PL011_UARTDMACR ? f->regs[offset / 4] : 0;
        break;
    }
    return 0;
}

int plain_read(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t *value)
{
    (void)size;
    if (offset == PL011_UARTDR) {
        *value = receive(f);
        return 0;
    }
    return read_any(f, offset, value);
}

int plain_write(struct floor *f, uint64_t offset, unsigned int size,
                uint64_t value)
{
    (void)size;
    if (offset == PL011_UARTDR) {
        f->page->out[f->out_prod & OUT_MASK] = (uint8_t)value;
        f->out_prod++;
        vpl011_store_release(&f->page->out_prod, f->out_prod);
    } else if (offset <= PL011_UARTDMACR) {
        f->regs[offset / 4] = (uint32_t)value;
    }
    return 0;
}

static inline void publish_line(struct floor *f)
{
    uint32_t line = (f->ris & f->regs[PL011_UARTIMSC / 4]) != 0;

    if (line != f->line) {
        f->line = line;
        f->irq(f, line);
    }
}

static inline int edge_read_body(struct floor *f, uint64_t offset,
                                 uint64_t *value)
{
    if (offset == PL011_UARTDR) {
        *value = receive_and_tell(f);
        return 0;
    }
    return read_any(f, offset, value);
}

static inline int edge_write_body(struct floor *f, uint64_t offset,
                                  uint64_t value)
{
    uint32_t prod = f->out_prod;
    uint32_t room;

    if (offset == PL011_UARTDR) {
        room = VPL011_XENCONS_OUT_SIZE -
               (prod - vpl011_load_acquire(&f->page->out_cons));
        if (room == 0) {
            return 0;
        }
        f->page->out[prod & OUT_MASK] = (uint8_t)value;
        f->out_prod = prod + 1;
        vpl011_store_seq_cst(&f->page->out_prod, prod + 1);
        if (vpl011_load_seq_cst(&f->page->out_cons) == prod) {
            f->events++;
        }
        /* TXRIS promises room for half a FIFO, which drivers write without
         * reading FR. */
        if (room > PL011_DEPTH_MAX / 2) {
            f->ris |= PL011_INT_TX;
        } else {
            f->ris &= ~PL011_INT_TX;
        }
    } else if (offset == PL011_UARTICR) {
        f->ris &= ~(uint32_t)value;
    } else if (offset <= PL011_UARTDMACR) {
        f->regs[offset / 4] = (uint32_t)value;
    }
    publish_line(f);
    return 0;
}

int edge_read(struct floor *f, uint64_t offset, unsigned int size,
              uint64_t *value)
{
    (void)size;
    return edge_read_body(f, offset, value);
}

int edge_write(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t value)
{
    (void)size;
    return edge_write_body(f, offset, value);
}

int edge_locked_read(struct floor *f, uint64_t offset, unsigned int size,
                     uint64_t *value)
{
    uintptr_t saved;

    (void)size;
    if (offset == PL011_UARTFR) {
        *value = flags(f);
        return 0;
    }
    saved = f->lock(f->ctx);
    edge_read_body(f, offset, value);
    f->unlock(f->ctx, saved);
    return 0;
}

int edge_locked_write(struct floor *f, uint64_t offset, unsigned int size,
                      uint64_t value)
{
    uintptr_t saved = f->lock(f->ctx);

    (void)size;
    edge_write_body(f, offset, value);
    f->unlock(f->ctx, saved);
    return 0;
}
