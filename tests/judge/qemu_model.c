/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The PL011 of the installed QEMU as a model: the machine "virt" without a
 * guest, through qtest. The far end is a socket, so that characters which were
 * accepted may wait there until the device has room.
 */
#include "model.h"

#include <stdio.h>

#include "../differential/qemu.h"

/* What is sent at once: more would make each round of QEMU's loop longer. */
#define BURST 4u

static struct qemu machine;

static uint64_t qemu_read(void *ctx, uint64_t offset, unsigned int size)
{
    struct qemu_reply reply;

    qemu_post_read(ctx, (uint32_t)offset, size);
    qemu_collect(ctx, &reply);
    return reply.value;
}

static void qemu_write(void *ctx, uint64_t offset, unsigned int size,
                       uint64_t value)
{
    struct qemu_reply reply;

    qemu_post_write(ctx, (uint32_t)offset, size, value);
    qemu_collect(ctx, &reply);
}

static const char *qemu_open(struct model *m)
{
    const char *missing = qemu_start(&machine);

    if (!missing) {
        snprintf(m->name, sizeof(m->name), "QEMU %.40s", machine.version);
    }
    return missing;
}

/* A reset of the machine leaves QEMU 7.2's UART as it is, and another process
 * for each guest would take a third of a second. */
static bool qemu_begin(void *ctx, const struct vpl011_config *config)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } reset[] = {
        {PL011_UARTIMSC, 0},    {PL011_UARTCR, 0x300}, {PL011_UARTIFLS, 0x12},
        {PL011_UARTIBRD, 0},    {PL011_UARTFBRD, 0},   {PL011_UARTILPR, 0},
        {PL011_UARTDMACR, 0},   {PL011_UARTECR, 0},    {PL011_UARTLCR_H, 0},
        {PL011_UARTICR, 0x7FF},
    };
    uint8_t sent[256];
    bool empty;
    size_t i;

    if (config->personality != VPL011_PL011 ||
        config->revision != VPL011_R1P1 || config->flags || config->periph_id) {
        return false;
    }
    /* By reading: emptying the FIFO with FEN leaves its flags as they are. */
    do {
        empty = qemu_serial_turn(ctx);
        while (!(qemu_read(ctx, PL011_UARTFR, 4) & PL011_FR_RXFE)) {
            qemu_read(ctx, PL011_UARTDR, 4);
        }
    } while (!empty);
    for (i = 0; i < sizeof(reset) / sizeof(reset[0]); i++) {
        qemu_write(ctx, reset[i].offset, 4, reset[i].value);
    }
    while (qemu_serial_take(ctx, sent, sizeof(sent)) > 0) {
    }
    return true;
}

static uint32_t qemu_lines(void *ctx)
{
    const struct qemu *q = ctx;

    return q->irq ? VPL011_IRQ_UARTINTR : 0;
}

static size_t qemu_push(void *ctx, const uint16_t *entries, size_t count)
{
    uint8_t bytes[BURST];
    size_t n;

    if (!qemu_serial_turn(ctx)) {
        return 0;
    }
    if (count > 0 && entries[0] == MODEL_BREAK) {
        qemu_serial_break(ctx);
        return 1;
    }
    for (n = 0; n < BURST && n < count && entries[n] != MODEL_BREAK; n++) {
        bytes[n] = (uint8_t)entries[n];
    }
    qemu_serial_send(ctx, bytes, n);
    qemu_serial_turn(ctx);
    return n;
}

static size_t qemu_pop(void *ctx, uint8_t *bytes, size_t size)
{
    return qemu_serial_take(ctx, bytes, size);
}

static void qemu_pass(void *ctx, uint32_t us)
{
    (void)us;
    qemu_serial_turn(ctx);
}

static void qemu_reset(void *ctx)
{
    qemu_system_reset(ctx);
}

struct model model_qemu = {
    .name = "QEMU",
    .ctx = &machine,
    .outputs = VPL011_IRQ_UARTINTR,
    .open = qemu_open,
    .start = qemu_begin,
    .read = qemu_read,
    .write = qemu_write,
    .lines = qemu_lines,
    .push = qemu_push,
    .pop = qemu_pop,
    .pass = qemu_pass,
    .reset = qemu_reset,
    .breaks = true,
};
