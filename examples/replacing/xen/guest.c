/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A guest, whose interrupt handler sends back what was typed, and a console
 * daemon on the other side of the page. standin.c stands for Xen.
 */
#include "standin.h"

#include <stdio.h>
#include <stdlib.h>

#define BASE 0x22000000u

static struct xen_vpl011_xencons_page page;
static struct vuart vuart;
static struct xen_vpl011_xencons_console console;
static unsigned int typed;
static unsigned int received;
static unsigned int shown;

static register_t guest_reads(uint32_t offset)
{
    mmio_info_t info = {.gpa = BASE + offset, .dabt = {.size = 2}};
    register_t value = 0;

    if (!standin_handlers->read(NULL, &info, &value, &vuart)) {
        abort(); /* the guest crashes */
    }
    return value;
}

static void guest_writes(uint32_t offset, register_t value)
{
    mmio_info_t info = {.gpa = BASE + offset, .dabt = {.size = 2}};

    if (!standin_handlers->write(NULL, &info, value, &vuart)) {
        abort();
    }
}

static void guest_handles_interrupt(void)
{
    guest_writes(XEN_PL011_UARTICR, XEN_PL011_INT_RX | XEN_PL011_INT_RT);
    while (!(guest_reads(XEN_PL011_UARTFR) & XEN_PL011_FR_RXFE)) {
        const register_t character = guest_reads(XEN_PL011_UARTDR);

        received++;
        guest_writes(XEN_PL011_UARTDR, character & 0xFF);
    }
}

static bool console_daemon(void)
{
    static char line[64];
    static size_t waiting;
    char text[256];
    uint32_t todo = 0;
    size_t taken;
    size_t n;
    size_t i;

    while ((n = xen_vpl011_xencons_console_read(&console, text, sizeof(text))) >
           0) {
        fwrite(text, 1, n, stdout);
        shown += (unsigned int)n;
    }
    todo |= xen_vpl011_xencons_console_publish(&console, XEN_VPL011_RING_NOW);
    if (waiting == 0) {
        waiting = fread(line, 1, sizeof(line), stdin);
        typed += (unsigned int)waiting;
    }
    taken = xen_vpl011_xencons_console_write(&console, line, waiting, &todo);
    waiting -= taken;
    for (i = 0; i < waiting; i++) {
        line[i] = line[taken + i];
    }
    if (todo & XEN_VPL011_RING_TODO_NOTIFY) {
        vuart_notification(&vuart);
    }
    return waiting > 0 || shown < typed;
}

int main(void)
{
    unsigned int idle = 0;

    if (vuart_init(&vuart, NULL, &page, BASE, 32, 1) ||
        xen_vpl011_xencons_console_attach(&console, &page, sizeof(page), 0)) {
        return 1;
    }
    guest_writes(XEN_PL011_UARTIMSC, XEN_PL011_INT_RX | XEN_PL011_INT_RT);
    while (idle < 100) {
        idle = console_daemon() || standin_irq ? 0 : idle + 1;
        standin_pass(MILLISECS(1), &vuart.tick);
        while (standin_irq) {
#ifndef CONFIG_NEW_VGIC
            standin_irq = false; /* an edge */
#endif
            guest_handles_interrupt();
        }
    }
    vuart_deinit(&vuart);
    fprintf(stderr, "typed %u, received %u, shown %u, events %u\n", typed,
            received, shown, standin_events);
    return received != typed || shown != typed;
}
