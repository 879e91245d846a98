/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The far end of the UART: standard input and output, through the FIFO. The
 * descriptors and the escape key are libvpl011-posix's; what is here is the
 * window, and its pacing.
 *
 *     standard input -> stream -> window -> FIFO -> UART -> guest
 *     standard output <- stream <--------- FIFO <- UART <- guest
 *
 * Nothing is discarded here. Standard input is read only while the window has
 * room, and the guest's output is taken only while standard output takes it: a
 * sender that is too fast is held up, as by flow control on a line.
 *
 * Pacing is for a guest that discards input itself: U-Boot's commands look for
 * Ctrl-C, and discard whatever else they find. A line is then given only when
 * the guest waits at a prompt, that is, polls for input and has not ended the
 * line of its output. Ctrl-C never waits, nor does what is before it.
 */
#ifndef UBOOT_CONSOLE_H
#define UBOOT_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/stream.h>

/* A paste of this size is taken at once, so that an escape key after it is
 * seen, whatever the guest does. A power of two. */
#define CONSOLE_WINDOW 65536u

/* What the user asked for with the escape key. */
enum console_request {
    CONSOLE_NOTHING,
    CONSOLE_QUIT,
    CONSOLE_RESET,
    CONSOLE_STATS,
    CONSOLE_DUMP,
    CONSOLE_SUSPEND,
    CONSOLE_HELP,
};

struct console {
    struct vpl011_fifo *fifo;
    size_t fifo_size;
    struct vpl011_stream stream; /* standard input and output */
    struct vpl011_backend ends;  /* its operations */
    bool paced;
    bool has_escape; /* standard input is a terminal, so Ctrl-] is special */
    bool at_end;     /* of standard input */
    bool broken;     /* standard output is gone */
    bool moved;      /* the last console_pump() moved something */
    bool line_given; /* what follows is held until the guest prompts */
    bool in_line;    /* the guest's last character did not end a line */
    enum console_request request;
    size_t window_head;
    size_t window_count;
    size_t free_count; /* of these, up to the last Ctrl-C: not held */
    uint8_t input[1024];
    uint8_t output[1024];
    uint8_t window[CONSOLE_WINDOW];
};

/** Make a console of an empty FIFO. It must not be moved. */
void console_init(struct console *console, struct vpl011_fifo *fifo, bool paced,
                  bool has_escape);

/**
 * Move what can be moved: input to the guest, output from it.
 *
 * @param guest_waits  it polls, or sleeps until an interrupt
 * @param wait_ms      [ms] to wait where nothing can be moved now
 */
void console_pump(struct console *console, bool guest_waits, int wait_ms);

/** Read no more of standard input. */
void console_end_input(struct console *console);

/** Whether the input has ended and all of it was given to the UART. */
bool console_input_done(const struct console *console);

/** Whether output waits that standard output may still take. */
bool console_has_output(const struct console *console);

/** What was asked for since the last call. */
enum console_request console_take_request(struct console *console);

#endif
