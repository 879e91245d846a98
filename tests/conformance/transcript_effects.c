/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "transcript_host.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>

void host_effect(struct host *h, const char *format, ...)
{
    va_list args;

    if (h->effect_count == EFFECTS_MAX) {
        return;
    }
    va_start(args, format);
    vsnprintf(h->effects[h->effect_count++], EFFECT_SIZE, format, args);
    va_end(args);
}

void host_sent(struct host *h, const uint8_t *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count && h->sent_count < FAR_END_SIZE; i++) {
        h->sent[h->sent_count++] = (char)bytes[i];
    }
}

void host_begin(struct host *h)
{
    h->effect_count = 0;
    h->sent_count = 0;
    h->events = 0;
}

void host_end(struct host *h)
{
    bool readable = true;
    size_t i;

    host_collect(h);
    if (h->sent_count > 0) {
        for (i = 0; i < h->sent_count; i++) {
            readable = readable && isprint((unsigned char)h->sent[i]);
        }
        h->sent[h->sent_count] = '\0';
        if (readable && h->sent_count < 100) {
            host_effect(h, "sent \"%s\"", h->sent);
        } else {
            host_effect(h, "sent %zu", h->sent_count);
        }
    }
    if (!h->timed) {
        h->events &= ~VPL011_EVENT_TICK; /* of the rest from input */
    }
    if (h->events) {
        host_effect(h, "events%s%s%s%s",
                    h->events & VPL011_EVENT_FAR_END ? " FAR_END" : "",
                    h->events & VPL011_EVENT_REFILL ? " REFILL" : "",
                    h->events & VPL011_EVENT_LINE ? " LINE" : "",
                    h->events & VPL011_EVENT_TICK ? " TICK" : "");
    }
}
