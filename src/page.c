/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The register page: memory from which the guest's reads are served while none
 * of them has a side effect. What may change is stored in two places, both of
 * them part of settling: before an interrupt output moves, and before the
 * device is left. While the page is open every access and call settles but a
 * read of UARTFR (TODO_PAGE), and whoever wants to fill the RX FIFO has to
 * close it first, by vpl011_close_page_().
 */
#include "internal.h"

static uint32_t little_endian(uint32_t value)
{
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    return __builtin_bswap32(value);
#else
    return value;
#endif
}

/* UARTDR and UARTTDR, before the first and behind the last, read as 0 while the
 * page is open. */
void vpl011_page_store_range_(struct vpl011 *d, uint32_t from, uint32_t to)
{
    bool changed = false;
    uint32_t offset;

    for (offset = from; offset <= to; offset += 4) {
        const uint32_t value = little_endian(vpl011_peek_(d, offset));
        uint32_t *const word = d->page + offset / 4;

        if (*word != value) {
            vpl011_store_relaxed(word, value);
            changed = true;
        }
    }
    if (changed && d->page_clean) {
        d->page_clean(d->page_ctx, d->page + from / 4, to + 4 - from);
    }
}

void vpl011_page_store_(struct vpl011 *d)
{
    vpl011_page_store_range_(d, PL011_UARTRSR, PL011_UARTITOP);
}

/* The test registers read and write the FIFOs (TRM 4.3.4), and what waits for
 * time shows at each access. */
void vpl011_page_settle_(struct vpl011 *d)
{
    vpl011_page_store_(d);
    if ((d->tcr & PL011_TCR_TESTFIFO) || (d->todo & TODO_TIMED)) {
        (void)vpl011_close_page_(d);
    }
}

void vpl011_page_gone_(struct vpl011 *d)
{
    d->flags &= ~(FLAG_PAGE | FLAG_PAGE_CLOSING);
    d->todo &= ~TODO_PAGE;
    d->republish &= (uint8_t)~REPUBLISH_PAGE;
    vpl011_changed_(d);
}

bool vpl011_close_page_(struct vpl011 *d)
{
    if ((d->flags & (FLAG_PAGE | FLAG_PAGE_CLOSING)) == FLAG_PAGE) {
        d->flags |= FLAG_PAGE_CLOSING;
        if (d->page_close(d->page_ctx)) {
            vpl011_page_gone_(d);
        }
    }
    return !(d->flags & FLAG_PAGE);
}
