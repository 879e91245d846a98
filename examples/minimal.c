/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A complete embedding: what a guest sends comes out, what is typed goes in. */
#include <stdio.h>
#include <stdlib.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    if (changed & VPL011_IRQ_UARTINTR) {
        printf("[UARTINTR %s]\n", lines & VPL011_IRQ_UARTINTR ? "high" : "low");
    }
}

static void check(int err)
{
    if (err < 0) {
        fprintf(stderr, "%s\n", vpl011_strerror(err));
        exit(1);
    }
}

int main(void)
{
    static struct vpl011 uart;
    static struct vpl011_fifo fifo;
    static char in[64], out[64];
    char text[64];
    struct vpl011_config config = {.personality = VPL011_SBSA};
    struct vpl011_ops ops = {.irq = irq};
    struct vpl011_backend backend;
    uint64_t value;
    size_t n;

    check(vpl011_init(&uart, &config, &ops));
    check(vpl011_fifo_init(&fifo, in, sizeof(in), out, sizeof(out)));
    check(vpl011_fifo_backend(&fifo, &backend));
    check(vpl011_attach(&uart, &backend));

    /* The guest enables receive interrupts and sends two characters. */
    check(vpl011_mmio_write(&uart, PL011_UARTIMSC, 4, PL011_INT_RT));
    check(vpl011_mmio_write(&uart, PL011_UARTDR, 1, 'o'));
    check(vpl011_mmio_write(&uart, PL011_UARTDR, 1, 'k'));

    /* The host takes them, and types an answer; the guest is interrupted. */
    n = vpl011_fifo_pop(&fifo, text, sizeof(text));
    printf("guest sent \"%.*s\"\n", (int)n, text);
    vpl011_fifo_push(&fifo, "!", 1);
    check(vpl011_data_avail(&uart));

    check(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value));
    printf("guest received '%c'\n", (int)value);
    return 0;
}
