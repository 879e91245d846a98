/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Saved state from outside: the bytes are loaded into each kind of device. A
 * refused state changes nothing; one that loads is saved and loaded again
 * without a difference, and the device still works.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/state.h>
#include <vpl011/vpl011.h>

#include "stuck.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static uint32_t reg(struct vpl011 *dev, uint32_t offset)
{
    uint64_t value = 0;

    require(!vpl011_mmio_read(dev, offset, 4, &value), "a register");
    return (uint32_t)value;
}

static void check_interrupts(struct vpl011 *dev)
{
    uint32_t mis = reg(dev, PL011_UARTMIS);

    require(mis == (reg(dev, PL011_UARTRIS) & reg(dev, PL011_UARTIMSC)),
            "MIS is RIS & IMSC");
    require(!mis == !(vpl011_irq_lines(dev) & VPL011_IRQ_UARTINTR), "UARTINTR");
}

/* A guest goes on: it reads what there is, acknowledges, and writes. In
 * loopback what is read makes room for what was to be sent. */
static void use(struct vpl011 *dev)
{
    unsigned int i;

    for (i = 0; i <= 4 * PL011_DEPTH_MAX; i++) {
        check_interrupts(dev);
        reg(dev, PL011_UARTDR);
    }
    require(reg(dev, PL011_UARTFR) & PL011_FR_RXFE, "RX is read empty");
    for (i = 0; i <= 2 * PL011_DEPTH_MAX; i++) {
        require(!vpl011_mmio_write(dev, PL011_UARTDR, 4, i), "DR");
        check_interrupts(dev);
    }
    require(!vpl011_mmio_write(dev, PL011_UARTICR, 4, PL011_INT_ALL), "ICR");
    check_interrupts(dev);
    require(vpl011_data_avail(dev) == 0, "nothing to take");
    require(!vpl011_attach(dev, NULL), "detach");
    check_interrupts(dev);
    require(!vpl011_reset(dev) && vpl011_irq_lines(dev) == 0, "reset");
}

static void load(const struct vpl011_config *config, const uint8_t *data,
                 size_t size)
{
    const struct vpl011_backend stuck = {
        .write = stuck_write, .read = stuck_read, .poll = stuck_poll};
    const struct vpl011_ops ops = {0};
    uint8_t first[VPL011_STATE_BLOB_MAX];
    uint8_t second[VPL011_STATE_BLOB_MAX];
    struct vpl011_state before;
    struct vpl011_state after;
    struct vpl011 dev;
    int err;
    int length;

    require(!vpl011_init(&dev, config, &ops) && !vpl011_attach(&dev, &stuck) &&
                !vpl011_state_get(&dev, &before),
            "device");
    vpl011_take_events(&dev);
    err = vpl011_state_load(&dev, data, size);
    require(err <= 0, "result");
    require(!vpl011_state_get(&dev, &after), "state");
    if (err) {
        require(!vpl011_state_diff(&before, &after), "touched on error");
        require(vpl011_take_events(&dev) == 0, "events on error");
        return;
    }
    length = vpl011_state_save(&dev, first, sizeof(first));
    require(length > 0, "save");
    require(!vpl011_state_load(&dev, first, (size_t)length), "load again");
    require(vpl011_state_save(&dev, second, sizeof(second)) == length &&
                memcmp(first, second, (size_t)length) == 0,
            "save, load, save");
    require(!vpl011_state_set(&dev, &after) &&
                !vpl011_state_get(&dev, &before) &&
                !vpl011_state_diff(&before, &after),
            "get, set, get");
    use(&dev);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct vpl011_config kinds[] = {
        {.personality = VPL011_PL011},
        {.personality = VPL011_PL011,
         .revision = VPL011_R1P1,
         .flags = VPL011_CFG_STRICT_INTERRUPTS},
        {.personality = VPL011_PL011, .flags = VPL011_CFG_TXFF_ONCE_PER_LOAD},
        {.personality = VPL011_SBSA},
        {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG},
    };
    size_t i;

    for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct vpl011_config config = kinds[i];

        config.flags |= VPL011_CFG_NO_IRQ_OP;
        config.on_stall = VPL011_POLICY_STALL;
        load(&config, data, size);
    }
    return 0;
}
