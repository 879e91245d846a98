/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The fake host with a device whose backend is the xencons ring. */
#ifndef TESTS_XENCONS_HOST_H
#define TESTS_XENCONS_HOST_H

#include "support.h"

#include <vpl011/xencons.h>

#define IN_SIZE VPL011_XENCONS_IN_SIZE
#define OUT_SIZE VPL011_XENCONS_OUT_SIZE

struct ring_host {
    struct host h;
    struct vpl011_xencons ring;
    struct vpl011_xencons_page page;
    struct vpl011_xencons_corrupt found;
    unsigned int founds;
};

static inline void ring_corrupt(void *ctx,
                                const struct vpl011_xencons_corrupt *what)
{
    struct ring_host *r = ctx;

    r->found = *what;
    r->founds++;
}

/* A page whose four indices all have one value. */
static inline void ring_page(struct vpl011_xencons_page *page, uint32_t index)
{
    memset(page, 0, sizeof(*page));
    page->in_cons = index;
    page->in_prod = index;
    page->out_cons = index;
    page->out_prod = index;
}

/* Attach a device with these options to r->page as it is. */
static inline void ring_attach_as(struct ring_host *r, uint32_t flags,
                                  struct host_options options)
{
    struct vpl011_xencons_config config = {
        .flags = flags,
        .ctx = r,
        .corrupt = ring_corrupt,
    };
    struct vpl011_backend backend;

    r->founds = 0;
    options.no_backend = true;
    options.config.flags |= VPL011_CFG_FIRMWARE_INIT;
    host_init(&r->h, &options);
    assert_result(
        vpl011_xencons_init(&r->ring, &r->page, sizeof(r->page), &config),
        VPL011_OK);
    assert_result(vpl011_xencons_backend(&r->ring, &backend), VPL011_OK);
    assert_result(vpl011_attach(&r->h.uart, &backend), VPL011_OK);
}

static inline void ring_attach(struct ring_host *r, uint32_t flags)
{
    ring_attach_as(r, flags, (struct host_options){0});
}

/* A device on an empty ring. */
static inline void ring_init(struct ring_host *r, uint32_t index)
{
    ring_page(&r->page, index);
    ring_attach(r, 0);
}

static inline struct vpl011_xencons_status ring_status(struct ring_host *r)
{
    struct vpl011_xencons_status status;

    assert_result(vpl011_xencons_get_status(&r->ring, &status), VPL011_OK);
    return status;
}

/* The peer: puts text into IN as a console does, without a doorbell. */
static inline void peer_puts(struct ring_host *r, const char *text)
{
    while (*text) {
        r->page.in[r->page.in_prod++ % IN_SIZE] = (uint8_t)*text++;
    }
}

/* The peer: takes count bytes from OUT and compares them. */
#define assert_peer_takes(r, text) \
    do { \
        const char *expected_ = (text); \
        for (; *expected_; expected_++) { \
            assert_int_not_equal((r)->page.out_cons, (r)->page.out_prod); \
            assert_int_equal((r)->page.out[(r)->page.out_cons++ % OUT_SIZE], \
                             *expected_); \
        } \
    } while (0)

#endif
