/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <semaphore.h>
#include <vpl011/console.h>

static struct vpl011_console console;

static void irq(void *ctx, bool high) /* to your interrupt controller */
{
    (void)(high ? sem_post(ctx) : 0);
}

static uint64_t on_mmio(bool is_write, uint64_t offset, uint64_t value)
{
    (void)(is_write ? vpl011_console_write(&console, offset, 4, value)
                    : vpl011_console_read(&console, offset, 4, &value));
    return value;
}

int main(void)
{
    sem_t wakes;
    struct vpl011_console_config config = {
        .ctx = &wakes, .irq = irq, .device = {.personality = VPL011_SBSA}};

    if (sem_init(&wakes, 0, 0) || vpl011_console_init(&console, &config) ||
        vpl011_console_start(&console)) {
        return 1;
    }
    /* In place of a guest: echo what is received, until Ctrl-D. */
    on_mmio(true, PL011_UARTIMSC, PL011_INT_RT);
    for (uint64_t c = 0; c != 4; on_mmio(true, PL011_UARTDR, c)) {
        while (on_mmio(false, PL011_UARTMIS, 0) == 0) {
            sem_wait(&wakes);
        }
        c = on_mmio(false, PL011_UARTDR, 0);
        while (on_mmio(false, PL011_UARTFR, 0) & PL011_FR_TXFF) {
        }
    }
    vpl011_console_drain(&console, 1000);
    return vpl011_console_close(&console);
}
