/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The bare-metal guest on the example board, driven by RX, RT and TX interrupts
 * alone. The guest and the board count them independently.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "session.h"

static char *program;
static char *image;

struct counts {
    uint32_t interrupts;
    uint32_t rx;
    uint32_t rt;
    uint32_t tx;
    uint32_t spurious;
    uint32_t errors;
};

static void start(struct session *s)
{
    char *const arguments[] = {program, "--stats", "--image", image, NULL};

    session_start(s, SESSION_PIPES, arguments);
    session_expect(s, "guest on a PL011, PeriphID 00341011\n> ");
}

static void read_counts(struct session *s, struct counts *c)
{
    const char *line;
    int n;

    session_expect(s, "interrupts ");
    line = (const char *)s->out.bytes + s->mark;
    session_expect(s, "\n");
    n = sscanf(line,
               "%" SCNu32 " rx %" SCNu32 " rt %" SCNu32 " tx %" SCNu32
               " spurious %" SCNu32 " errors %" SCNu32,
               &c->interrupts, &c->rx, &c->rt, &c->tx, &c->spurious,
               &c->errors);
    assert_int_equal(n, 6);
}

/* The guest's last words, which have to agree with what the board delivered. */
static void finish(struct session *s, struct counts *c, const char *what)
{
    session_type(s, "off\n");
    read_counts(s, c);
    session_expect_exit(s, 0);
    session_print_figures(s, what);
    printf("# %s: guest saw %" PRIu32 " interrupts: rx %" PRIu32 " rt %" PRIu32
           " tx %" PRIu32 "\n",
           what, c->interrupts, c->rx, c->rt, c->tx);
    assert_int_equal(c->interrupts, session_stat(s, "interrupts taken"));
    assert_int_equal(c->spurious, 0);
    assert_int_equal(c->errors, 0);
    assert_int_equal(session_stat(s, "flushed unread"), 0);
}

/* The interrupts of a text that is sent in one piece: see guest/uart.h. */
static uint32_t tx_of(size_t count)
{
    return count > 0 ? (uint32_t)(count - 1) / 16 : 0;
}

static void echoes_by_interrupts(void)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog\n";
    struct counts c;
    struct session s;

    start(&s);
    session_type(&s, "echo ");
    session_type(&s, text);
    session_expect(&s, text);
    session_expect(&s, "> ");
    finish(&s, &c, "echo");
    assert_int_equal(c.tx,
                     tx_of(strlen("guest on a PL011, PeriphID 00341011\n")) +
                         tx_of(strlen(text)));
    assert_in_range(c.rx + c.rt, 2, strlen("echo off\n") + strlen(text));
}

/* Input that stays below the RX trigger: only RT reports it. */
static void short_input_arrives_by_the_receive_timeout(void)
{
    enum { LINES = 50 };
    struct counts c;
    struct session s;
    char line[32];

    start(&s);
    for (int i = 0; i < LINES; i++) {
        (void)sprintf(line, "echo %02d\n", i);
        session_type(&s, line);
        session_expect(&s, line + strlen("echo "));
        session_expect(&s, "> ");
    }
    finish(&s, &c, "short input");
    assert_int_equal(c.rx, 0);
    assert_in_range(c.rt, LINES + 1, LINES * strlen(line) + 4);
}

static void sink(size_t count)
{
    uint8_t *bytes = malloc(count);
    uint32_t seed = (uint32_t)count;
    struct counts c;
    struct session s;
    char line[64];
    int n;

    assert_non_null(bytes);
    for (size_t i = 0; i < count; i++) {
        bytes[i] = (uint8_t)next_random(&seed);
    }
    start(&s);
    n = sprintf(line, "sink %zu\n", count);
    session_type(&s, line);
    session_send(&s, bytes, count);
    (void)sprintf(line, "sank %zu crc32 %08" PRIx32 "\n> ", count,
                  session_crc32(bytes, count));
    session_expect(&s, line);
    (void)sprintf(line, "sink of %zu", count);
    finish(&s, &c, line);
    free(bytes);
    assert_int_equal(session_stat(&s, "bytes to guest"),
                     count + (size_t)n + strlen("off\n"));
    /* At best a FIFO for each; never more than characters. */
    assert_in_range(c.rt, (count + 31) / 32, count);
    assert_in_range(c.rx, count / 64, count / 16);
}

/* 6000 characters at once, into a driver whose own buffer is 1024. */
static void a_paste_arrives_with_its_checksum(void)
{
    sink(6000);
}

/* Long enough for an instruction that is run twice, or not at all, to show. */
static void two_hundred_thousand_bytes_arrive(void)
{
    sink(200000);
}

static void source(size_t count, unsigned int stall_ms)
{
    struct counts before, after;
    struct session s;
    const char *sent;
    char line[64];
    size_t at;
    uint32_t state = 1;
    uint32_t crc;

    start(&s);
    session_type(&s, "counts\n");
    read_counts(&s, &before);
    session_expect(&s, "> ");
    (void)sprintf(line, "source %zu\n", count);
    session_type(&s, line);
    at = s.mark;
    /* A pipe and the FIFOs fill, and hold the guest. */
    session_stall(stall_ms);
    (void)sprintf(line, "\nsent %zu crc32 ", count);
    session_expect(&s, line);
    sent = (const char *)s.out.bytes + at;
    assert_ptr_equal(sent + count + strlen(line),
                     (const char *)s.out.bytes + s.mark);
    for (size_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        if ((uint8_t)sent[i] != (uint8_t)(state >> 24)) {
            fail_msg("character %zu is wrong", i);
        }
    }
    crc = session_crc32((const uint8_t *)sent, count);
    (void)sprintf(line, "%08" PRIx32 "\n> ", crc);
    session_expect(&s, line);
    (void)sprintf(line, "source of %zu", count);
    finish(&s, &after, line);
    /* Earlier counts do not include the interrupts of their own line. */
    (void)sprintf(line, "interrupts %u rx %u rt %u tx %u spurious 0 errors 0\n",
                  before.interrupts, before.rx, before.rt, before.tx);
    at = tx_of(strlen(line)) + tx_of(count);
    (void)sprintf(line, "\nsent %zu crc32 %08" PRIx32 "\n", count, crc);
    assert_int_equal(after.tx - before.tx, at + tx_of(strlen(line)));
}

static void sends_half_a_fifo_for_each_tx_interrupt(void)
{
    source(1000, 0);
}

static void a_stalled_reader_costs_nothing_but_time(void)
{
    source(65536, 500);
}

static void reset_starts_it_again(void)
{
    struct counts c;
    struct session s;

    start(&s);
    session_type(&s, "reset\n");
    session_expect(&s, "guest on a PL011, PeriphID 00341011\n> ");
    session_type(&s, "echo again\n");
    session_expect(&s, "again\n> ");
    session_type(&s, "off\n");
    read_counts(&s, &c);
    session_expect_exit(&s, 0);
    assert_int_equal(session_stat(&s, "resets"), 1);
    /* It has forgotten those before. */
    assert_true(c.interrupts < session_stat(&s, "interrupts taken"));
}

/* WFI until an interrupt comes: the processor sleeps. */
static void waiting_for_an_interrupt_costs_no_time(void)
{
    struct counts c;
    struct session s;

    start(&s);
    session_stall(2000);
    finish(&s, &c, "2 s in WFI");
    assert_true(s.cpu_ms < 1000);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(echoes_by_interrupts),
        CASE(short_input_arrives_by_the_receive_timeout),
        CASE(a_paste_arrives_with_its_checksum),
        CASE(two_hundred_thousand_bytes_arrive),
        CASE(sends_half_a_fifo_for_each_tx_interrupt),
        CASE(a_stalled_reader_costs_nothing_but_time),
        CASE(reset_starts_it_again),
        CASE(waiting_for_an_interrupt_costs_no_time),
    };

    program = session_program("UBOOT_PROGRAM", "no Unicorn or no libfdt");
    image = session_program("IRQ_GUEST_IMAGE", "no aarch64-linux-gnu-gcc");
    return run_cases(cases);
}
