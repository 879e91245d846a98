/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The core alone, as firmware or a kernel embeds it: no thread, no descriptor.
 * A line is pasted, and the guest echoes it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static struct vpl011 uart;
static struct vpl011_fifo fifo;
static bool line; /* the input of your interrupt controller */

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)changed;
    line = (lines & VPL011_IRQ_UARTINTR) != 0;
}

static void check(int err)
{
    if (err < 0) {
        fprintf(stderr, "%s\n", vpl011_strerror(err));
        exit(1);
    }
}

static uint64_t guest_reads(uint64_t offset)
{
    uint64_t value;

    check(vpl011_mmio_read(&uart, offset, 4, &value));
    return value;
}

/* The guest's interrupt handler. Returns how many characters it took. */
static size_t guest_runs(void)
{
    size_t count = 0;

    while (line && !(guest_reads(PL011_UARTFR) & PL011_FR_RXFE)) {
        uint64_t c = guest_reads(PL011_UARTDR);

        check(vpl011_mmio_write(&uart, PL011_UARTDR, 4, c));
        count++;
    }
    return count;
}

/* What your loop does whenever the guest has run. */
static void serve(void)
{
    uint32_t events = vpl011_take_events(&uart);
    char text[64];
    size_t n;

    if (events & VPL011_EVENT_FAR_END) {
        while ((n = vpl011_fifo_pop(&fifo, text, sizeof(text))) > 0) {
            fwrite(text, 1, n, stdout);
            check(vpl011_data_avail(&uart));
        }
    }
    if (events & VPL011_EVENT_REFILL) {
        check(vpl011_data_avail(&uart));
    }
    if (events & VPL011_EVENT_TICK) {
        /* At the earliest when the guest has left its handler, as here. Where
         * it runs in a thread of its own: from a timer, a millisecond later. */
        check(vpl011_tick(&uart));
    }
}

int main(void)
{
    static const char paste[] = "ls /usr/share/doc | while read package; do "
                                "echo \"$package: read it, some day\"; done "
                                "# in a hundred.\n";
    const struct vpl011_config config = {.personality = VPL011_SBSA};
    const struct vpl011_ops ops = {.irq = irq};
    static char in[64], out[64];
    struct vpl011_backend backend;
    size_t received = 0;
    size_t pasted = 0;

    check(vpl011_init(&uart, &config, &ops));
    check(vpl011_fifo_init(&fifo, in, sizeof(in), out, sizeof(out)));
    check(vpl011_fifo_backend(&fifo, &backend));
    check(vpl011_attach(&uart, &backend));
    check(vpl011_mmio_write(&uart, PL011_UARTIMSC, 4, PL011_INT_RT));

    while (received < strlen(paste)) {
        /* The far end: what does not fit is pushed again later. */
        size_t n =
            vpl011_fifo_push(&fifo, paste + pasted, strlen(paste) - pasted);

        pasted += n;
        if (n > 0) {
            check(vpl011_data_avail(&uart));
        }
        received += guest_runs();
        serve();
    }
    serve();
    printf("guest received %zu of %zu characters\n", received, strlen(paste));
    return 0;
}
