/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The component's UART as a model for vpl011-judge, before and after: the judge
 * is the guest, and the serial component. NAME is what the judge calls it. Each
 * guide has a whole one, so that it can be read alone.
 */
#include "component.h"

#include <string.h>

#include "../../../tests/judge/model.h"

static struct queue out;
static struct queue in;
struct queue *to_serial = &out;
struct queue *from_serial = &in;
static bool line;
static uint32_t timer; /* [us]; 0: not running */

void signal_serial(void)
{
}

void timer_in(uint32_t us)
{
    timer = us;
}

/* The judge looks at the level. */
void virq_set(bool level)
{
    line = level;
}

static const char *opened(struct model *m)
{
    (void)m;
    return NULL;
}

static bool start(void *ctx, const struct vpl011_config *config)
{
    (void)ctx;
    if (config->personality != VPL011_PL011 ||
        config->revision != VPL011_R1P5 || config->flags) {
        return false;
    }
    memset(&out, 0, sizeof(out));
    memset(&in, 0, sizeof(in));
    timer = 0;
    uart_init();
    return true;
}

static uint64_t guest_reads(void *ctx, uint64_t offset, unsigned int size)
{
    uint64_t value = 0;

    (void)ctx;
    (void)uart_fault(offset, size, false, &value);
    return value;
}

static void guest_writes(void *ctx, uint64_t offset, unsigned int size,
                         uint64_t value)
{
    (void)ctx;
    (void)uart_fault(offset, size, true, &value);
}

static uint32_t lines(void *ctx)
{
    (void)ctx;
    return line ? VPL011_IRQ_UARTINTR : 0;
}

static size_t push(void *ctx, const uint16_t *entries, size_t count)
{
    size_t n;

    (void)ctx;
    for (n = 0; n < count; n++) {
        const uint8_t byte = (uint8_t)entries[n];

        if (queue_put(&in, &byte, 1) == 0) {
            break;
        }
    }
    uart_notified();
    return n;
}

static size_t pop(void *ctx, uint8_t *bytes, size_t size)
{
    const size_t n = queue_take(&out, bytes, size);

    (void)ctx;
    if (n > 0 && queue_wakes(&out.putter_waits)) {
        uart_notified();
    }
    return n;
}

static void pass(void *ctx, uint32_t us)
{
    (void)ctx;
    if (timer > us) {
        timer -= us;
    } else if (timer > 0) {
        timer = 0;
        uart_timeout();
    }
}

struct model vpl011_judge_model = {
    .name = NAME,
    .outputs = VPL011_IRQ_UARTINTR,
    .open = opened,
    .start = start,
    .read = guest_reads,
    .write = guest_writes,
    .lines = lines,
    .push = push,
    .pop = pop,
    .pass = pass,
};
