/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* An embedder outside the tree, valid as C and as C++. */
#include <stdio.h>
#include <string.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

static int failures;

static void expect(bool good, const char *what)
{
    if (!good) {
        printf("wrong: %s\n", what);
        failures++;
    }
}

int main(void)
{
    static struct vpl011 uart;
    static struct vpl011_fifo fifo;
    static unsigned char in[16], out[16];
    struct vpl011_config config;
    struct vpl011_ops ops;
    struct vpl011_backend backend;
    char text[8];
    uint64_t value = 0;

    memset(&config, 0, sizeof(config));
    memset(&ops, 0, sizeof(ops));
    config.flags = VPL011_CFG_NO_IRQ_OP;

    expect(strcmp(vpl011_version(), VPL011_VERSION) == 0, "version");
    expect(vpl011_sizeof() == sizeof(uart), "size of the device");
    expect(vpl011_init(&uart, &config, &ops) == VPL011_OK, "init");
    expect(vpl011_fifo_init(&fifo, in, sizeof(in), out, sizeof(out)) ==
               VPL011_OK,
           "FIFO");
    expect(vpl011_fifo_backend(&fifo, &backend) == VPL011_OK, "backend");
    expect(vpl011_attach(&uart, &backend) == VPL011_OK, "attach");

    expect(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'o') == VPL011_OK, "DR");
    expect(vpl011_fifo_pop(&fifo, text, sizeof(text)) == 1, "pop");
    expect(text[0] == 'o', "character out");
    expect(vpl011_fifo_push(&fifo, "i", 1) == 1, "push");
    expect(vpl011_data_avail(&uart) == 1, "data_avail");
    expect(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value) == VPL011_OK, "DR");
    expect(value == 'i', "character in");

    printf("%s\n", vpl011_version());
    return failures != 0;
}
