/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "transcript_host.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define BREAK 0x100u

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

static void note_sent(struct host *h, const uint8_t *bytes, size_t count)
{
    size_t i;

    for (i = 0; i < count && h->sent_count < FAR_END_SIZE; i++) {
        h->sent[h->sent_count++] = (char)bytes[i];
    }
}

/*
 * The far end
 */

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    struct host *h = ctx;

    (void)events;
    if (count > h->takes) {
        count = h->takes;
    }
    h->takes -= count;
    note_sent(h, bytes, count);
    return count;
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    struct host *h = ctx;
    size_t taken = 0;
    size_t given = 0;

    while (taken < count && taken < h->in_fill) {
        uint16_t entry = h->in[taken++];

        if (entry == BREAK) {
            *events |= VPL011_BACKEND_BREAK;
            break;
        }
        bytes[given++] = (uint8_t)entry;
    }
    h->in_fill -= taken;
    memmove(h->in, h->in + taken, h->in_fill * sizeof(h->in[0]));
    return given;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    struct host *h = ctx;

    (void)events;
    status->waiting = h->in_fill;
    status->room = h->takes;
    status->attached = h->attached;
}

static void far_break(void *ctx, bool on)
{
    host_effect(ctx, "break %s", on ? "on" : "off");
}

/* The ring's console side, as plain as it can be: it never holds anything. */
static void ring_take(struct host *h)
{
    while (h->page.out_cons != h->page.out_prod &&
           h->page.out_prod - h->page.out_cons <= VPL011_XENCONS_OUT_SIZE) {
        note_sent(h, &h->page.out[h->page.out_cons % VPL011_XENCONS_OUT_SIZE],
                  1);
        h->page.out_cons++;
    }
}

/*
 * The host
 */

static void on_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    static const char *const names[] = {"UARTINTR",   "UARTMSINTR",
                                        "UARTRXINTR", "UARTTXINTR",
                                        "UARTRTINTR", "UARTEINTR"};
    char text[EFFECT_SIZE] = "irq";
    unsigned int i;

    (void)changed;
    for (i = 0; i < 6; i++) {
        if (lines & 1u << i) {
            strcat(strcat(text, " "), names[i]);
        }
    }
    host_effect(ctx, "%s%s", text, lines ? "" : " none");
}

static void on_notify(void *ctx, uint32_t events)
{
    struct host *h = ctx;

    h->events |= events;
}

static void on_guest_error(void *ctx, const struct vpl011_guest_error *error)
{
    static const char *const kinds[] = {"?",         "bad-access", "reserved",
                                        "read-only", "write-only", "overflow"};

    host_effect(ctx, "mistake %s",
                error->kind < sizeof(kinds) / sizeof(kinds[0])
                    ? kinds[error->kind]
                    : "?");
}

int host_start(struct host *h)
{
    const struct vpl011_ops ops = {
        .ctx = h,
        .irq = on_irq,
        .notify = on_notify,
        .guest_error = on_guest_error,
    };
    struct vpl011_backend backend = {
        .ctx = h,
        .write = far_write,
        .read = far_read,
        .poll = far_poll,
        .send_break = far_break,
    };
    int err = vpl011_init(&h->uart, &h->config, &ops);

    h->takes = SIZE_MAX;
    h->attached = true;
    if (err == VPL011_OK && h->with_ring) {
        const struct vpl011_xencons_config config = {0};

        err = vpl011_xencons_init(&h->ring, &h->page, sizeof(h->page), &config);
        if (err == VPL011_OK) {
            err = vpl011_xencons_backend(&h->ring, &backend);
        }
    }
    if (err == VPL011_OK) {
        err = vpl011_attach(&h->uart, &backend);
    }
    host_begin(h);
    return err;
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

    if (h->with_ring) {
        ring_take(h);
    }
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
    if (h->events) {
        host_effect(h, "events%s%s%s",
                    h->events & VPL011_EVENT_FAR_END ? " FAR_END" : "",
                    h->events & VPL011_EVENT_REFILL ? " REFILL" : "",
                    h->events & VPL011_EVENT_LINE ? " LINE" : "");
    }
}

bool host_arrive(struct host *h, const uint16_t *entries, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        if (h->with_ring) {
            struct vpl011_xencons_page *p = &h->page;

            if (p->in_prod - p->in_cons >= VPL011_XENCONS_IN_SIZE ||
                entries[i] == BREAK) {
                return false;
            }
            p->in[p->in_prod % VPL011_XENCONS_IN_SIZE] = (uint8_t)entries[i];
            p->in_prod++;
        } else {
            if (h->in_fill == FAR_END_SIZE) {
                return false;
            }
            h->in[h->in_fill++] = entries[i];
        }
    }
    vpl011_data_avail(&h->uart);
    return true;
}

size_t host_waiting(const struct host *h)
{
    return h->with_ring ? h->page.in_prod - h->page.in_cons : h->in_fill;
}
