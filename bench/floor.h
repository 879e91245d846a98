/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Lower bounds for the cost of a UART over a shared ring. Every figure is a
 * ratio to them, in the same program and the same run.
 *
 * A floor decodes the offset, keeps a register file and moves bytes between
 * DR and the ring. It has no FIFO depth, no receive interrupts, no policy, no
 * access rules, no checks of a hostile peer, no counters.
 *
 * Do not change the floors: ratios that were published before would no longer
 * be comparable.
 */
#ifndef BENCH_FLOOR_H
#define BENCH_FLOOR_H

#include <stdint.h>

#include <vpl011/xencons.h>

struct floor {
    struct vpl011_xencons_page *page;
    uint32_t out_prod;
    uint32_t in_cons;
    uint32_t regs[PL011_UARTDMACR / 4 + 1];
    uint32_t ris;
    uint32_t line;
    uint32_t events;
    void (*irq)(void *ctx, uint32_t line);
    uintptr_t (*lock)(void *ctx);
    void (*unlock)(void *ctx, uintptr_t saved);
    void *ctx; /* of lock and unlock */
};

void floor_init(struct floor *f, struct vpl011_xencons_page *page,
                uintptr_t (*lock)(void *ctx),
                void (*unlock)(void *ctx, uintptr_t saved), void *ctx);

/* Does nothing: the calls alone. */
int empty_read(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t *value);
int empty_write(struct floor *f, uint64_t offset, unsigned int size,
                uint64_t value);

/* A byte store and a release of the index. */
int plain_read(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t *value);
int plain_write(struct floor *f, uint64_t offset, unsigned int size,
                uint64_t value);

/* In addition TXRIS, the interrupt line, publish-then-look, and an event when
 * the ring becomes non-empty. */
int edge_read(struct floor *f, uint64_t offset, unsigned int size,
              uint64_t *value);
int edge_write(struct floor *f, uint64_t offset, unsigned int size,
               uint64_t value);

/* The same for several vCPUs: the model's lock around each access but a read of
 * FR. */
int edge_locked_read(struct floor *f, uint64_t offset, unsigned int size,
                     uint64_t *value);
int edge_locked_write(struct floor *f, uint64_t offset, unsigned int size,
                      uint64_t value);

#endif
