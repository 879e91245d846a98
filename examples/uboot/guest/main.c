/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A bare-metal guest whose console is driven by interrupts alone. Its commands,
 * one in each line:
 *
 *     echo TEXT   answers TEXT
 *     sink N      takes the N characters that follow; their CRC-32
 *     source N    sends N characters, then their CRC-32
 *     counts      the interrupts so far, by kind
 *     reset       through PSCI
 *     off         power off through PSCI, after the final counts
 */
#include <stdbool.h>
#include <stdint.h>

#include "cpu.h"
#include "uart.h"

#define LINE_MAX 256u
#define SOURCE_MAX 65536u

static uint8_t source[SOURCE_MAX];

static void say(const char *text)
{
    uint32_t count = 0;

    while (text[count]) {
        count++;
    }
    uart_send((const uint8_t *)text, count);
}

/* A line is composed first, so that it is sent in one piece. */
static uint8_t out[LINE_MAX];
static uint32_t out_count;

static void put(char c)
{
    if (out_count < LINE_MAX) {
        out[out_count++] = (uint8_t)c;
    }
}

static void put_text(const char *text)
{
    while (*text) {
        put(*text++);
    }
}

static void put_number(uint32_t value, uint32_t base, uint32_t width)
{
    char digits[10];
    uint32_t count = 0;

    do {
        digits[count++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value > 0 || count < width);
    while (count > 0) {
        put(digits[--count]);
    }
}

static void put_item(const char *name, uint32_t value)
{
    put_text(name);
    put_number(value, 10, 1);
}

static void put_line(void)
{
    put('\n');
    uart_send(out, out_count);
    out_count = 0;
}

static uint32_t crc32_add(uint32_t crc, uint8_t byte)
{
    crc ^= byte;
    for (int i = 0; i < 8; i++) {
        crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320u : 0);
    }
    return crc;
}

static void put_crc(const char *what, uint32_t count, uint32_t crc)
{
    put_item(what, count);
    put_text(" crc32 ");
    put_number(~crc, 16, 8);
    put_line();
}

static void sink(uint32_t count)
{
    uint32_t crc = UINT32_MAX;

    for (uint32_t i = 0; i < count; i++) {
        crc = crc32_add(crc, uart_get());
    }
    put_crc("sank ", count, crc);
}

static void send_source(uint32_t count)
{
    uint32_t crc = UINT32_MAX;
    uint32_t state = 1;

    count = count > SOURCE_MAX ? SOURCE_MAX : count;
    for (uint32_t i = 0; i < count; i++) {
        state = state * 1664525u + 1013904223u;
        source[i] = (uint8_t)(state >> 24);
        crc = crc32_add(crc, source[i]);
    }
    uart_send(source, count);
    put('\n');
    put_crc("sent ", count, crc);
}

/* Polled, with interrupts disabled from here on, so that no more are taken
 * than the line says; or sent as every other line. */
static void put_counts(bool final)
{
    struct uart_counts now;

    if (final) {
        irq_disable();
    }
    now = uart_counts;
    put_item("interrupts ", now.interrupts);
    put_item(" rx ", now.rx);
    put_item(" rt ", now.rt);
    put_item(" tx ", now.tx);
    put_item(" spurious ", now.spurious);
    put_item(" errors ", now.errors);
    if (final) {
        put('\n');
        uart_send_polled(out, out_count);
    } else {
        put_line();
    }
}

/* What follows the word and a space, or NULL. */
static const char *after(const char *line, const char *word)
{
    while (*word && *line == *word) {
        line++;
        word++;
    }
    if (*word || (*line && *line != ' ')) {
        return 0;
    }
    return *line ? line + 1 : line;
}

static uint32_t number(const char *text)
{
    uint32_t value = 0;

    while (*text >= '0' && *text <= '9') {
        value = value * 10 + (uint32_t)(*text++ - '0');
    }
    return value;
}

static void obey(const char *line)
{
    const char *rest;

    if ((rest = after(line, "echo"))) {
        put_text(rest);
        put_line();
    } else if ((rest = after(line, "sink"))) {
        sink(number(rest));
    } else if ((rest = after(line, "source"))) {
        send_source(number(rest));
    } else if (after(line, "counts")) {
        put_counts(false);
    } else if (after(line, "reset")) {
        power_cycle();
    } else if (after(line, "off")) {
        put_counts(true);
        power_off();
    } else {
        say("what?\n");
    }
}

void guest_main(void)
{
    static char line[LINE_MAX];

    uart_start();
    put_text("guest on a PL011, PeriphID ");
    put_number(uart_id(), 16, 8);
    put_line();
    for (;;) {
        uint32_t count = 0;
        char c;

        say("> ");
        while ((c = (char)uart_get()) != '\n' && c != '\r') {
            if (count < LINE_MAX - 1) {
                line[count++] = c;
            }
        }
        line[count] = '\0';
        obey(line);
    }
}
