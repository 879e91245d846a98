/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "device.h"

#include <string.h>

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct device *d = ctx;
    const bool irq = (lines & VPL011_IRQ_UARTINTR) != 0;

    if (changed == 0) {
        d->trouble = "irq was called without a change";
    }
    if (!d->loading &&
        ((changed & VPL011_IRQ_UARTINTR) != 0) != (irq != d->irq)) {
        d->trouble = "irq told a wrong change of UARTINTR";
    }
    if (irq != ((lines & ~VPL011_IRQ_UARTINTR) != 0)) {
        d->trouble = "UARTINTR is not the OR of the individual outputs";
    }
    d->irq = irq;
}

static size_t on_write(void *ctx, const uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct device *d = ctx;

    (void)events;
    if (d->out_fill + count > sizeof(d->out)) {
        d->trouble = "more was sent than was ever queued";
        return count;
    }
    memcpy(d->out + d->out_fill, bytes, count);
    d->out_fill += (unsigned int)count;
    return count;
}

static size_t on_read(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    struct device *d = ctx;
    unsigned int taken = 0;
    size_t given = 0;

    while (taken < d->line_fill && taken < count) {
        uint16_t entry = d->line[taken++];

        if (entry == MODEL_BREAK) {
            *events |= VPL011_BACKEND_BREAK;
            break;
        }
        bytes[given++] = (uint8_t)entry;
    }
    d->line_fill -= taken;
    memmove(d->line, d->line + taken, d->line_fill * sizeof(d->line[0]));
    return given;
}

static void on_poll(void *ctx, struct vpl011_backend_status *status,
                    uint32_t *events)
{
    struct device *d = ctx;

    (void)events;
    status->waiting = d->line_fill;
    status->room = sizeof(d->out) - d->out_fill;
    status->attached = true;
}

static int start(struct device *d, struct vpl011 *uart)
{
    const int err = vpl011_init(uart, &d->config, &d->ops);

    return err ? err : vpl011_attach(uart, &d->backend);
}

void device_init(struct device *d, bool is_spec, uint32_t flags)
{
    memset(d, 0, sizeof(*d));
    d->config.revision = VPL011_R1P1;
    d->config.flags = flags;
    d->ops = (struct vpl011_ops){.ctx = d, .irq = on_irq};
    d->backend = (struct vpl011_backend){
        .ctx = d,
        .write = on_write,
        .read = on_read,
        .poll = on_poll,
    };
    d->is_spec = is_spec;
    d->uart = &d->memory[0];
    if (is_spec) {
        spec_init(&d->spec, &d->config, &d->ops);
        (void)spec_attach(&d->spec, &d->backend);
        (void)spec_set_modem(&d->spec, 0);
    } else if (start(d, d->uart) || vpl011_set_modem(d->uart, 0)) {
        d->trouble = "libvpl011 refuses this configuration";
    }
    /* QEMU's pins never were asserted, so that they did not change. */
    device_write(d, PL011_UARTICR, 4, PL011_INT_MODEM);
}

static void check(struct device *d, uint32_t offset, unsigned int size, int err)
{
    const bool good = size <= 4 && offset % 4 == 0;

    if (err != (good ? VPL011_OK : VPL011_ERR_ACCESS)) {
        d->trouble = "an access returned the wrong result code";
    }
    if (!d->is_spec &&
        d->irq != ((vpl011_irq_lines(d->uart) & VPL011_IRQ_UARTINTR) != 0)) {
        d->trouble = "vpl011_irq_lines() does not say what irq was told";
    }
}

uint64_t device_read(struct device *d, uint32_t offset, unsigned int size)
{
    uint64_t value = UINT64_MAX;

    check(d, offset, size,
          d->is_spec ? spec_read(&d->spec, offset, size, &value)
                     : vpl011_mmio_read(d->uart, offset, size, &value));
    return value;
}

void device_write(struct device *d, uint32_t offset, unsigned int size,
                  uint64_t value)
{
    check(d, offset, size,
          d->is_spec ? spec_write(&d->spec, offset, size, value)
                     : vpl011_mmio_write(d->uart, offset, size, value));
    if (offset == PL011_UARTDR && size <= 4) {
        d->written++;
    }
}

void device_reset(struct device *d)
{
    if (d->is_spec ? spec_reset(&d->spec) : vpl011_reset(d->uart)) {
        d->trouble = "vpl011_reset() failed";
    }
}

void device_move(struct device *d)
{
    struct vpl011 *to = &d->memory[d->uart == &d->memory[0]];
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    struct vpl011_state before;
    struct vpl011_state after;
    int size;

    if (d->is_spec) {
        return;
    }
    size = vpl011_state_save(d->uart, blob, sizeof(blob));
    d->loading = true;
    if (size < 0 || vpl011_state_get(d->uart, &before) || start(d, to) ||
        vpl011_state_load(to, blob, (size_t)size)) {
        d->trouble = "a state that was saved does not load";
        return;
    }
    d->loading = false;
    if (vpl011_state_get(to, &after) || vpl011_state_diff(&before, &after)) {
        d->trouble = "a state that was loaded is not the one that was saved";
    }
    /* The counters stay behind, and add up there. */
    vpl011_attach(d->uart, NULL);
    if (!device_adds_up(d)) {
        d->trouble = "the counters do not add up";
    }
    d->uart = to;
    d->irq = (vpl011_irq_lines(to) & VPL011_IRQ_UARTINTR) != 0;
    d->written = after.tx_count;
}

void device_line_in(struct device *d, const uint16_t *entries,
                    unsigned int count)
{
    memcpy(d->line + d->line_fill, entries, count * sizeof(*entries));
    d->line_fill += count;
}

void device_tick(struct device *d)
{
    const unsigned int before = d->line_fill;
    const int taken = d->is_spec ? spec_tick(&d->spec) : vpl011_tick(d->uart);

    if (taken < 0 || (unsigned int)taken != before - d->line_fill) {
        d->trouble = "vpl011_tick() returned a wrong count";
    }
}

unsigned int device_sent(struct device *d, uint8_t *bytes)
{
    const unsigned int count = d->out_fill;

    memcpy(bytes, d->out, count);
    d->out_fill = 0;
    return count;
}

bool device_adds_up(struct device *d)
{
    struct vpl011_counters c;

    /* Switching FEN off and on empties both FIFOs, and counts what was in them
     * as flushed. FEN is switched on first, because characters that were typed
     * ahead survive one change. */
    device_write(d, PL011_UARTLCR_H, 4, PL011_LCR_H_FEN);
    device_write(d, PL011_UARTLCR_H, 4, 0);
    device_write(d, PL011_UARTLCR_H, 4, PL011_LCR_H_FEN);
    if (vpl011_get_counters(d->uart, &c)) {
        return false;
    }
    return d->written == c.tx_bytes + c.tx_dropped + c.tx_overflow +
                             c.tx_flushed + c.tx_looped &&
           c.rx_bytes == c.rx_read + c.rx_flushed;
}
