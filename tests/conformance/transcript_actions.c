/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "transcript_host.h"
#include "transcript_line.h"
#include "transcript_words.h"

/*
 * Actions. Each returns false if the line is invalid.
 */

static void refused(struct host *h, int err)
{
    if (err == VPL011_ERR_ACCESS) {
        host_effect(h, "refused");
    } else if (err != VPL011_OK) {
        host_effect(h, "error %s", vpl011_strerror(err));
    }
}

/* `read UARTDR`, or `read UARTDR 5` for that many, told as one text. */
static bool do_read(struct host *h, unsigned int size)
{
    char text[FAR_END_SIZE];
    uint32_t offset;
    uint64_t value = 0;
    uint64_t count = 0;
    uint64_t i;

    if (word_count < 2 || word_count > 3 ||
        !words_offset(words[1].text, &offset) ||
        (word_count == 3 && (!words_number(words[2].text, &count) ||
                             count == 0 || count >= sizeof(text)))) {
        return false;
    }
    if (count == 0) {
        refused(h, host_read(h, offset, size, &value));
        host_effect(h, "value 0x%03" PRIx64, value);
        return true;
    }
    for (i = 0; i < count; i++) {
        refused(h, host_read(h, offset, size, &value));
        if (value < ' ' || value > '~') {
            host_effect(h, "value 0x%03" PRIx64, value);
        }
        text[i] = (char)value;
    }
    text[count] = '\0';
    host_effect(h, "text \"%s\"", text);
    return true;
}

static bool do_write(struct host *h, unsigned int size)
{
    uint32_t offset;
    uint64_t value;
    const char *c;

    if (word_count < 3 || !words_offset(words[1].text, &offset)) {
        return false;
    }
    if (word_count == 3 && words[2].quoted) {
        for (c = words[2].text; *c; c++) {
            refused(h, host_write(h, offset, size, (unsigned char)*c));
        }
        return words[2].text[0] != '\0';
    }
    if (!line_value(2, offset, &value)) {
        return false;
    }
    refused(h, host_write(h, offset, size, value));
    return true;
}

static bool do_arrive(struct host *h)
{
    uint16_t entries[FAR_END_SIZE];
    uint64_t count;
    size_t i;

    if (word_count != 2) {
        return false;
    }
    if (words[1].quoted) {
        count = strlen(words[1].text);
        for (i = 0; i < count; i++) {
            entries[i] = (unsigned char)words[1].text[i];
        }
    } else if (line_is(1, "break")) {
        count = 1;
        entries[0] = HOST_BREAK;
    } else if (words_number(words[1].text, &count) && count <= FAR_END_SIZE) {
        for (i = 0; i < count; i++) {
            entries[i] = (uint16_t)('A' + i % 26);
        }
    } else {
        return false;
    }
    return count > 0 && host_arrive(h, entries, (size_t)count);
}

static bool do_line(struct host *h)
{
    uint64_t value;

    if (!line_value(1, PL011_UARTDR, &value) || value > 0xFFFF) {
        return false;
    }
    host_effect(h, "taken %d", host_rx_push(h, (uint16_t)value));
    return true;
}

static bool do_far_end(struct host *h)
{
    uint64_t count;

    if (h->with_ring) {
        return false;
    }
    if (word_count == 2 && line_is(1, "holds")) {
        host_far_takes(h, 0);
        return true;
    }
    if (word_count == 2 && (line_is(1, "goes") || line_is(1, "comes"))) {
        host_far_attached(h, line_is(1, "comes"));
    } else if (word_count == 3 && line_is(1, "takes") && line_is(2, "all")) {
        host_far_takes(h, SIZE_MAX);
    } else if (word_count == 3 && line_is(1, "takes") &&
               words_number(words[2].text, &count)) {
        host_far_takes(h, (size_t)count);
    } else {
        return false;
    }
    host_poll(h);
    return true;
}

static bool do_modem(struct host *h)
{
    uint64_t inputs = 0;
    int err;

    if (!line_value(1, PL011_UARTFR, &inputs)) {
        return false;
    }
    err = host_set_modem(h, (uint32_t)inputs);
    if (err) {
        host_effect(h, "error %s", vpl011_strerror(err));
    }
    return true;
}

static bool do_ring(struct host *h)
{
    uint64_t value;
    uint32_t *index =
        word_count == 3 ? host_ring_index(h, words[1].text) : NULL;

    if (!h->with_ring || !index || !words_number(words[2].text, &value)) {
        return false;
    }
    *index = (uint32_t)value;
    host_poll(h);
    return true;
}

static bool do_wait(struct host *h)
{
    uint64_t ns;

    if (word_count != 2 || !h->timed || !words_number(words[1].text, &ns)) {
        return false;
    }
    host_wait(h, ns);
    return true;
}

bool action_device(struct host *h)
{
    uint64_t value;
    unsigned int i;

    for (i = 1; i < word_count; i++) {
        if (line_is(i, "ring")) {
            h->with_ring = true;
        } else if (line_is(i, "timed-rt")) {
            h->timed |= VPL011_TIME_RX_TIMEOUT;
        } else if (line_is(i, "timed-tx")) {
            h->timed |= VPL011_TIME_TX;
        } else if (line_is(i, "timed-rx")) {
            h->timed |= VPL011_TIME_RX;
        } else if (line_is(i, "clock") && i + 1 < word_count &&
                   words_number(words[i + 1].text, &value)) {
            h->config.clock_hz = (uint32_t)value;
            i++;
        } else if (line_is(i, "index") && i + 1 < word_count &&
                   words_number(words[i + 1].text, &value)) {
            h->ring_index = (uint32_t)value;
            i++;
        } else if (!words_configure(words[i].text, &h->config)) {
            return false;
        }
    }
    return word_count > 1;
}

bool action_do(struct host *h)
{
    unsigned int size;

    if ((size = words_access(words[0].text, "read")) != 0) {
        return do_read(h, size);
    }
    if ((size = words_access(words[0].text, "write")) != 0) {
        return do_write(h, size);
    }
    if (line_is(0, "arrive")) {
        return do_arrive(h);
    }
    if (line_is(0, "line")) {
        return do_line(h);
    }
    if (line_is(0, "far-end")) {
        return do_far_end(h);
    }
    if (line_is(0, "modem")) {
        return do_modem(h);
    }
    if (line_is(0, "ring")) {
        return do_ring(h);
    }
    if (line_is(0, "wait")) {
        return do_wait(h);
    }
    if (line_is(0, "poll") && word_count == 1) {
        return host_poll(h) >= 0;
    }
    if (line_is(0, "reset") && word_count == 1) {
        return host_reset(h) == VPL011_OK;
    }
    return line_is(0, "nothing") && word_count == 1;
}
