/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A board with one arm64 processor, memory, PSCI and one UART: Unicorn is the
 * processor, libvpl011 the UART.
 *
 *     0x00000000  128 MiB  memory; the image is put at 0 and started there
 *     0x09000000    4 KiB  PL011 r1p5; UARTINTR is the processor's IRQ
 *     0x40000000  128 MiB  memory; the device tree is at its start (x0)
 *
 * The caller's loop is the board's only thread:
 *
 *     board_run()      runs the guest until the loop has something to do
 *     (the console)    moves input into board.fifo, and output out of it
 *     board_serve()    tells the UART, and answers its events
 */
#ifndef UBOOT_BOARD_H
#define UBOOT_BOARD_H

#include <stdbool.h>
#include <stdint.h>

#include <unicorn/unicorn.h>

#include <vpl011/fifo.h>
#include <vpl011/vpl011.h>

#define BOARD_IMAGE_BASE 0x00000000u
#define BOARD_UART_BASE 0x09000000u
#define BOARD_UART_CLOCK 24000000u /* [Hz] */
#define BOARD_RAM_BASE 0x40000000u
#define BOARD_RAM_SIZE 0x08000000u /* [bytes], of each of the two */

#define BOARD_INPUT_SIZE 4096u
#define BOARD_OUTPUT_SIZE 8192u

enum board_state {
    BOARD_RUNNING,
    BOARD_OFF,   /* the guest asked to be powered off */
    BOARD_RESET, /* the guest asked to be reset: board_reset() */
    BOARD_FAULT, /* the guest did what this board cannot: board.fault */
};

struct board_stats {
    uint64_t uart_reads;
    uint64_t uart_writes;
    uint64_t interrupts; /* taken by the guest */
    uint64_t runs;       /* board_run() calls that started the guest */
    uint64_t resets;
    uint64_t moves;
    uint64_t moves_in_fifo; /* with input in the UART */
};

struct board {
    uc_engine *uc;
    void (*trace)(void *board, const struct vpl011_trace *what);
    void *trace_to; /* the trace op's */
    struct vpl011 uart;
    struct vpl011_fifo fifo;
    enum board_state state;
    char fault[160];

    uint64_t fault_address;

    /* What the guest does while it waits. */
    bool in_wfi;
    unsigned int fr_polls; /* FR reads since the last character */

    /* Passed from the UART's operations to the loop. */
    uint32_t events;
    bool irq;

    /* Why and when the guest is stopped for the loop. */
    bool stopping;
    unsigned int blocks;
    unsigned int stop_every; /* accesses, but to UARTFR; 0: never for that */
    unsigned int accesses;   /* of these, since the last stop */

    const uint8_t *image;
    size_t image_size;
    uint8_t device_tree[4096];
    struct board_stats stats;
    struct vpl011_counters before_moves; /* of the UARTs that are no more */
    uint8_t input[BOARD_INPUT_SIZE];
    uint8_t output[BOARD_OUTPUT_SIZE];
};

/**
 * Make a board, out of any memory, that is about to start its image.
 *
 * @param image  must live as long as the board
 * @param trace  the UART's trace op, given the board, or NULL
 * @param to     board.trace_to, for it
 * @return       true; false: board.fault says why
 */
bool board_init(struct board *board, const void *image, size_t image_size,
                void (*trace)(void *board, const struct vpl011_trace *what),
                void *to);

/** Make the UART, in its reset state, with nothing at its far end. */
int board_make_uart(struct board *board);

/** Power cycle. Input that the guest has not received yet stays. */
bool board_reset(struct board *board);

/** Run the guest until it stops, waits, or the loop has something to do. */
void board_run(struct board *board);

/** Whether the guest waits for input, as far as the board can tell, and there
 * is none for it in the FIFO. */
bool board_waits(const struct board *board);

/** Answer the UART's events, and tell it that the FIFO changed. */
void board_serve(struct board *board);

void board_destroy(struct board *board);

/**
 * Write the board's device tree.
 *
 * @return  true; false: it does not fit
 */
bool board_write_device_tree(void *to, size_t size);

#endif
