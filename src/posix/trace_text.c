/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A trace as lines. */
#include <vpl011/text.h>

#include <inttypes.h>
#include <string.h>

#include "names.h"

#define COLOUR_READ "\033[36m"
#define COLOUR_WRITE "\033[33m"
#define COLOUR_SETTLED "\033[2m"
#define COLOUR_LOSS "\033[31m"
#define COLOUR_END "\033[0m"

/* What an increase of each counter is called; those that show in an access
 * already are left out. */
static const struct moved {
    size_t counter; /* offset in struct vpl011_counters */
    const char *says;
    bool loss;
} moves[] = {
#define MOVED(name, says, loss) \
    { \
        offsetof(struct vpl011_counters, name), says, loss \
    }
    MOVED(tx_bytes, "sent", false),
    MOVED(tx_looped, "looped back", false),
    MOVED(tx_dropped, "dropped by policy", true),
    MOVED(tx_dropped_oldest, "of the oldest dropped by policy", true),
    MOVED(tx_overflow, "lost: the TX FIFO was full", true),
    MOVED(tx_flushed, "flushed from the TX FIFO", true),
    MOVED(rx_bytes, "received", false),
    MOVED(rx_flushed, "flushed from the RX FIFO", true),
    MOVED(rx_overruns, "overrun", true),
    MOVED(rx_ignored, "ignored: the receiver is off", true),
    MOVED(bad_accesses, "bad access", true),
#undef MOVED
};

static uint64_t counter(const struct vpl011_counters *c, size_t offset)
{
    uint64_t value;

    memcpy(&value, (const uint8_t *)c + offset, sizeof(value));
    return value;
}

static void colour(const struct vpl011_trace_text *text, struct text *t,
                   const char *sequence)
{
    if (text->flags & VPL011_TEXT_COLOUR) {
        vpl011_text_add_(t, "%s", sequence);
    }
}

/* read   UARTFR     0x00000097  TXFE|RXFE|CTS|DSR|DCD */
static void access_text(const struct vpl011_trace_text *text, struct text *t,
                        const struct vpl011_trace *what)
{
    const bool write = what->kind == VPL011_TRACE_WRITE;
    const char *name = vpl011_register_name_(what->offset);
    size_t before;
    size_t blank;

    colour(text, t, write ? COLOUR_WRITE : COLOUR_READ);
    vpl011_text_add_(t, "%-6s ", write ? "write" : "read");
    colour(text, t, COLOUR_END);
    if (name) {
        vpl011_text_add_(t, "%-13s", name);
    } else {
        vpl011_text_add_(t, "0x%-11" PRIx64, what->offset);
    }
    vpl011_text_add_(t, " 0x%0*" PRIx64,
                     (int)(what->size < 8 ? what->size : 8) * 2, what->value);
    before = t->length;
    vpl011_text_add_(t, "%*s",
                     what->size < 4 ? (int)(2 + 2 * (4 - what->size)) : 2, "");
    blank = t->length;
    vpl011_text_register_(t, what->offset, (uint32_t)what->value);
    if (t->length == blank) {
        t->length = before; /* no more than its value */
        if (before < t->size) {
            t->out[before] = '\0';
        }
    }
}

/*   -> 1 sent, UARTINTR|UARTTXINTR raised, notify FAR_END */
static void settled_text(struct vpl011_trace_text *text, struct text *t,
                         const struct vpl011_trace *what)
{
    const uint32_t raised = what->irq_lines & ~text->irq_lines;
    const uint32_t lowered = ~what->irq_lines & text->irq_lines;
    const char *between = "  -> ";
    size_t i;

    for (i = 0; i < sizeof(moves) / sizeof(moves[0]); i++) {
        const uint64_t by = counter(what->counters, moves[i].counter) -
                            counter(&text->counters, moves[i].counter);

        if (by > 0) {
            vpl011_text_add_(t, "%s", between);
            colour(text, t, moves[i].loss ? COLOUR_LOSS : COLOUR_SETTLED);
            vpl011_text_add_(t, "%" PRIu64 " %s", by, moves[i].says);
            colour(text, t, COLOUR_END);
            between = ", ";
        }
    }
    if (what->tx_fill > 0 && t->length > 0) {
        vpl011_text_add_(t, "%s%" PRIu32 " in the TX FIFO", between,
                         what->tx_fill);
        between = ", ";
    }
    if (raised) {
        vpl011_text_add_(t, "%s", between);
        vpl011_text_bits_(t, &vpl011_irq_names_, raised);
        vpl011_text_add_(t, " raised");
        between = ", ";
    }
    if (lowered) {
        vpl011_text_add_(t, "%s", between);
        vpl011_text_bits_(t, &vpl011_irq_names_, lowered);
        vpl011_text_add_(t, " lowered");
        between = ", ";
    }
    if (what->value) {
        vpl011_text_add_(t, "%snotify ", between);
        vpl011_text_bits_(t, &vpl011_events_names_, (uint32_t)what->value);
    }
    text->counters = *what->counters;
    text->irq_lines = what->irq_lines;
}

size_t vpl011_trace_text_sizeof(void)
{
    return sizeof(struct vpl011_trace_text);
}

int vpl011_trace_text_init_sized(struct vpl011_trace_text *text,
                                 size_t text_size,
                                 const struct vpl011_counters *counters,
                                 size_t counters_size, uint32_t flags)
{
    if (!text) {
        return VPL011_ERR_NULL;
    }
    if (text_size < sizeof(*text)) {
        return VPL011_ERR_ABI;
    }
    if (flags & ~VPL011_TEXT_COLOUR) {
        return VPL011_ERR_FLAGS;
    }
    memset(text, 0, sizeof(*text));
    if (counters) {
        memcpy(&text->counters, counters,
               counters_size < sizeof(*counters) ? counters_size
                                                 : sizeof(*counters));
    }
    text->flags = flags;
    return VPL011_OK;
}

int vpl011_trace_text(struct vpl011_trace_text *text,
                      const struct vpl011_trace *what, char *line, size_t size)
{
    struct text t = {.out = line, .size = size};

    if (!text || !what || !line) {
        return VPL011_ERR_NULL;
    }
    if (size == 0) {
        return VPL011_ERR_SIZE;
    }
    line[0] = '\0';
    if (what->kind == VPL011_TRACE_SETTLED) {
        settled_text(text, &t, what);
    } else {
        access_text(text, &t, what);
    }
    return (int)t.length;
}
