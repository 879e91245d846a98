/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A PL011 as one is written in an afternoon, plugged into the judge: the
 * example of docs/judge.md. It has one character of room for input, and what
 * arrives meanwhile is gone.
 */
#include <string.h>

#include "model.h"

static struct toy {
    uint32_t lcr_h, cr, ifls, ibrd, fbrd, imsc, ris;
    uint8_t in;
    bool full;
    uint8_t out[4096];
    size_t out_count;
} toy;

static const char *toy_open(struct model *m)
{
    (void)m;
    return NULL;
}

static bool toy_start(void *ctx, const struct vpl011_config *config)
{
    struct toy *t = ctx;

    if (config->personality != VPL011_PL011 ||
        config->revision != VPL011_R1P1 || config->flags) {
        return false;
    }
    memset(t, 0, sizeof(*t));
    t->cr = 0x300;
    t->ifls = 0x12;
    return true;
}

static uint64_t toy_read(void *ctx, uint64_t offset, unsigned int size)
{
    static const uint8_t id[] = {0x11, 0x10, 0x14, 0x00,
                                 0x0D, 0xF0, 0x05, 0xB1};
    struct toy *t = ctx;

    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        t->full = false;
        t->ris &= ~PL011_INT_RX;
        return t->in;
    case PL011_UARTFR:
        return PL011_FR_TXFE | (t->full ? PL011_FR_RXFF : PL011_FR_RXFE);
    case PL011_UARTIBRD:
        return t->ibrd;
    case PL011_UARTFBRD:
        return t->fbrd;
    case PL011_UARTLCR_H:
        return t->lcr_h;
    case PL011_UARTCR:
        return t->cr;
    case PL011_UARTIFLS:
        return t->ifls;
    case PL011_UARTIMSC:
        return t->imsc;
    case PL011_UARTRIS:
        return t->ris;
    case PL011_UARTMIS:
        return t->ris & t->imsc;
    default:
        return offset >= PL011_UARTPeriphID0 && offset % 4 == 0
                   ? id[(offset - PL011_UARTPeriphID0) / 4 % 8]
                   : 0;
    }
}

static void toy_write(void *ctx, uint64_t offset, unsigned int size,
                      uint64_t value)
{
    struct toy *t = ctx;

    (void)size;
    switch (offset) {
    case PL011_UARTDR:
        if (t->out_count < sizeof(t->out)) {
            t->out[t->out_count++] = (uint8_t)value;
        }
        t->ris |= PL011_INT_TX;
        break;
    case PL011_UARTIBRD:
        t->ibrd = (uint32_t)value;
        break;
    case PL011_UARTFBRD:
        t->fbrd = (uint32_t)value;
        break;
    case PL011_UARTLCR_H:
        t->lcr_h = (uint32_t)value;
        break;
    case PL011_UARTCR:
        t->cr = (uint32_t)value;
        break;
    case PL011_UARTIFLS:
        t->ifls = (uint32_t)value;
        break;
    case PL011_UARTIMSC:
        t->imsc = (uint32_t)value;
        break;
    case PL011_UARTICR:
        t->ris &= ~(uint32_t)value;
        break;
    default:
        break;
    }
}

static uint32_t toy_lines(void *ctx)
{
    const struct toy *t = ctx;

    return (t->ris & t->imsc) ? VPL011_IRQ_UARTINTR : 0;
}

static size_t toy_push(void *ctx, const uint16_t *entries, size_t count)
{
    struct toy *t = ctx;
    size_t i;

    for (i = 0; i < count; i++) {
        if (!t->full) {
            t->in = (uint8_t)entries[i];
            t->full = true;
            t->ris |= PL011_INT_RX;
        }
    }
    return count;
}

static size_t toy_pop(void *ctx, uint8_t *bytes, size_t size)
{
    struct toy *t = ctx;
    const size_t count = t->out_count < size ? t->out_count : size;

    memcpy(bytes, t->out, count);
    t->out_count -= count;
    memmove(t->out, t->out + count, t->out_count);
    return count;
}

static void toy_pass(void *ctx, uint32_t us)
{
    (void)ctx;
    (void)us;
}

struct model vpl011_judge_model = {
    .name = "toy 1.0",
    .ctx = &toy,
    .outputs = VPL011_IRQ_UARTINTR,
    .open = toy_open,
    .start = toy_start,
    .read = toy_read,
    .write = toy_write,
    .lines = toy_lines,
    .push = toy_push,
    .pop = toy_pop,
    .pass = toy_pass,
};
