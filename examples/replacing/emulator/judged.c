/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The emulator's UART as a model for vpl011-judge, before and after: the judge
 * is its bus, its keyboard and its screen. NAME is what the judge calls it.
 * Each guide has a whole one, so that it can be read alone.
 */
#include "uart.h"

#include <string.h>

#include "../../../tests/judge/model.h"

static uint8_t keys[4096];
static size_t key_count;
static uint8_t screen[4096];
static size_t shown;
static uint32_t passed; /* [us] since the last millisecond was over */

int host_key(void)
{
    int key = -1;

    if (key_count > 0) {
        key = keys[0];
        memmove(keys, keys + 1, --key_count);
    }
    return key;
}

void host_emit(uint8_t character)
{
    if (shown < sizeof(screen)) {
        screen[shown++] = character;
    }
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
        config->revision != VPL011_R1P1 || config->flags) {
        return false;
    }
    key_count = 0;
    shown = 0;
    passed = 0;
    uart_reset();
    return true;
}

static uint64_t bus_read(void *ctx, uint64_t offset, unsigned int size)
{
    (void)ctx;
    return uart_read((uint32_t)offset, size);
}

static void bus_write(void *ctx, uint64_t offset, unsigned int size,
                      uint64_t value)
{
    (void)ctx;
    uart_write((uint32_t)offset, size, (uint32_t)value);
}

static uint32_t lines(void *ctx)
{
    (void)ctx;
    return uart_irq() ? VPL011_IRQ_UARTINTR : 0;
}

static size_t push(void *ctx, const uint16_t *entries, size_t count)
{
    size_t n;

    (void)ctx;
    for (n = 0; n < count && key_count < sizeof(keys); n++) {
        keys[key_count++] = (uint8_t)entries[n];
    }
    return n;
}

static size_t pop(void *ctx, uint8_t *bytes, size_t size)
{
    const size_t count = shown < size ? shown : size;

    (void)ctx;
    memcpy(bytes, screen, count);
    shown -= count;
    memmove(screen, screen + count, shown);
    return count;
}

static void pass(void *ctx, uint32_t us)
{
    (void)ctx;
    for (passed += us; passed >= 1000; passed -= 1000) {
        uart_poll();
    }
}

struct model vpl011_judge_model = {
    .name = NAME,
    .outputs = VPL011_IRQ_UARTINTR,
    .open = opened,
    .start = start,
    .read = bus_read,
    .write = bus_write,
    .lines = lines,
    .push = push,
    .pop = pop,
    .pass = pass,
};
