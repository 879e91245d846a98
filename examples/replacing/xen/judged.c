/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * vuart.c as a model for vpl011-judge, which is its guest and, at the other
 * side of the console page, its daemon. With CONFIG_NEW_VGIC: the judge sees
 * levels.
 */
#include "standin.h"

#include <string.h>

#include "../../../tests/judge/model.h"

static struct xen_vpl011_xencons_page page;
static struct xen_vpl011_xencons_console console;
static struct vuart vuart;

static const char *opened(struct model *m)
{
    (void)m;
    return NULL;
}

static bool start(void *ctx, const struct vpl011_config *config)
{
    (void)ctx;
    if (config->personality != VPL011_SBSA || config->flags) {
        return false;
    }
    standin_irq = false;
    memset(&page, 0, sizeof(page));
    return vuart_init(&vuart, NULL, &page, 0, 32, 1) == 0 &&
           xen_vpl011_xencons_console_attach(&console, &page, sizeof(page),
                                             0) == 0;
}

static mmio_info_t access_to(uint64_t offset, unsigned int size)
{
    mmio_info_t info = {.gpa = offset};

    while (1u << info.dabt.size < size) {
        info.dabt.size++;
    }
    return info;
}

static uint64_t guest_reads(void *ctx, uint64_t offset, unsigned int size)
{
    mmio_info_t info = access_to(offset, size);
    register_t value = 0;

    (void)ctx;
    (void)standin_handlers->read(NULL, &info, &value, &vuart);
    return value;
}

static void guest_writes(void *ctx, uint64_t offset, unsigned int size,
                         uint64_t value)
{
    mmio_info_t info = access_to(offset, size);

    (void)ctx;
    (void)standin_handlers->write(NULL, &info, value, &vuart);
}

static uint32_t lines(void *ctx)
{
    (void)ctx;
    return standin_irq ? VPL011_IRQ_UARTINTR : 0;
}

static size_t push(void *ctx, const uint16_t *entries, size_t count)
{
    uint32_t todo = 0;
    size_t n;

    (void)ctx;
    for (n = 0; n < count; n++) {
        const uint8_t byte = (uint8_t)entries[n];

        if (xen_vpl011_xencons_console_write(&console, &byte, 1, &todo) == 0) {
            break;
        }
    }
    vuart_notification(&vuart);
    return n;
}

static size_t pop(void *ctx, uint8_t *bytes, size_t size)
{
    const size_t n = xen_vpl011_xencons_console_read(&console, bytes, size);
    const uint32_t todo =
        xen_vpl011_xencons_console_publish(&console, XEN_VPL011_RING_NOW);

    (void)ctx;
    if (todo & XEN_VPL011_RING_TODO_NOTIFY) {
        vuart_notification(&vuart);
    }
    return n;
}

static void pass(void *ctx, uint32_t us)
{
    (void)ctx;
    standin_pass((s_time_t)us * 1000, &vuart.tick);
}

struct model vpl011_judge_model = {
    .name = "vuart",
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
