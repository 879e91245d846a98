/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A state and the counters as a page. */
#include <vpl011/text.h>

#include <inttypes.h>

#include "names.h"

#define COLOUR_NAME "\033[36m"
#define COLOUR_LOSS "\033[31m"
#define COLOUR_END "\033[0m"

static void name_text(struct text *t, uint32_t flags, const char *sequence,
                      const char *name)
{
    const bool coloured = sequence && (flags & VPL011_TEXT_COLOUR);

    vpl011_text_add_(t, "%s%-18s%s", coloured ? sequence : "", name,
                     coloured ? COLOUR_END : "");
}

/*
 * What a member means beyond its value. There is one function for each name in
 * the field list, so that a new field does not compile without one.
 */
#define AS_NUMBER(name) \
    static void name##_means(struct text *t, uint32_t value) \
    { \
        vpl011_text_add_(t, "%" PRIu32, value); \
    }
#define AS_BITS(name, set) \
    static void name##_means(struct text *t, uint32_t value) \
    { \
        vpl011_text_bits_(t, &vpl011_##set##_names_, value); \
    }

static void personality_means(struct text *t, uint32_t value)
{
    vpl011_text_add_(t, "%s", value == VPL011_SBSA ? "SBSA" : "PL011");
}

static void revision_means(struct text *t, uint32_t value)
{
    static const char *const names[] = {"r1p5", "r1p4", "r1p1"};

    vpl011_text_add_(t, "%s", value < 3 ? names[value] : "unknown");
}

static void periph_id_means(struct text *t, uint32_t value)
{
    vpl011_text_add_(t, "part 0x%03" PRIx32 ", revision %" PRIu32,
                     value & 0xFFFu, (value >> 20) & 0xFu);
}

static void lcr_h_means(struct text *t, uint32_t value)
{
    vpl011_text_lcr_h_(t, value);
}

static void ifls_means(struct text *t, uint32_t value)
{
    vpl011_text_ifls_(t, value);
}

AS_BITS(flags, flags)
AS_BITS(cr, cr)
AS_BITS(imsc, int)
AS_BITS(ris_latched, int)
AS_NUMBER(ibrd)
AS_NUMBER(line_ibrd)
AS_NUMBER(fbrd)
AS_NUMBER(line_fbrd)
AS_NUMBER(ilpr)
AS_BITS(dmacr, dmacr)
AS_BITS(tcr, tcr)
AS_BITS(itip, itip)
AS_NUMBER(itop)
AS_BITS(rsr, rsr)
AS_BITS(modem_inputs, fr)
AS_NUMBER(txi)
AS_BITS(latches, latches)
AS_NUMBER(tx_load)
AS_BITS(irq_edges, int)
AS_BITS(acks, acks)
AS_NUMBER(rx_burst)
AS_NUMBER(rx_rest)
AS_NUMBER(tx_frame)
AS_NUMBER(rx_timeout)

int vpl011_state_text(const struct vpl011_state *state, uint32_t flags,
                      char *page, size_t size)
{
    struct text t = {.out = page, .size = size};
    uint32_t i;

    if (!state || !page) {
        return VPL011_ERR_NULL;
    }
    if (size == 0) {
        return VPL011_ERR_SIZE;
    }
    if (flags & ~VPL011_TEXT_COLOUR) {
        return VPL011_ERR_FLAGS;
    }
    page[0] = '\0';
#define FIELD(id, bits, name, mask) \
    name_text(&t, flags, COLOUR_NAME, #name); \
    vpl011_text_add_(&t, "0x%0*" PRIx32 "%*s", (bits) / 4, state->name, \
                     10 - (bits) / 4, ""); \
    name##_means(&t, state->name); \
    vpl011_text_add_(&t, "\n");
    VPL011_STATE_FIELDS(FIELD)
#undef FIELD
    name_text(&t, flags, COLOUR_NAME, "tx");
    vpl011_text_add_(&t, "%-12" PRIu32, state->tx_count);
    for (i = 0; i < state->tx_count && i < 2 * PL011_DEPTH_MAX; i++) {
        vpl011_text_add_(&t, "%s", i > 0 ? " " : "");
        vpl011_text_char_(&t, state->tx[i]);
    }
    vpl011_text_add_(&t, "\n");
    name_text(&t, flags, COLOUR_NAME, "rx");
    vpl011_text_add_(&t, "%-12" PRIu32, state->rx_count);
    for (i = 0; i < state->rx_count && i < PL011_DEPTH_MAX; i++) {
        vpl011_text_add_(&t, "%s", i > 0 ? " " : "");
        vpl011_text_entry_(&t, state->rx[i]);
    }
    vpl011_text_add_(&t, "\n");
    return (int)t.length;
}

int vpl011_counters_text(const struct vpl011_counters *counters, uint32_t flags,
                         char *page, size_t size)
{
    struct text t = {.out = page, .size = size};

    if (!counters || !page) {
        return VPL011_ERR_NULL;
    }
    if (size == 0) {
        return VPL011_ERR_SIZE;
    }
    if (flags & ~VPL011_TEXT_COLOUR) {
        return VPL011_ERR_FLAGS;
    }
    page[0] = '\0';
#define COUNTER(name, says, loss) \
    name_text(&t, flags, \
              (loss) && counters->name > 0 ? COLOUR_LOSS : COLOUR_NAME, \
              #name); \
    vpl011_text_add_(&t, "%12" PRIu64 "  %s\n", counters->name, says);
    COUNTER(tx_bytes, "characters taken by the backend", false)
    COUNTER(tx_dropped, "discarded by policy, newest", true)
    COUNTER(tx_dropped_oldest, "discarded by policy, oldest", true)
    COUNTER(tx_overflow, "UARTDR writes that found the store full", true)
    COUNTER(tx_flushed, "discarded by FEN or reset", true)
    COUNTER(tx_looped, "sent in loopback", false)
    COUNTER(rx_bytes, "put into the RX FIFO", false)
    COUNTER(rx_read, "taken out by UARTDR reads", false)
    COUNTER(rx_flushed, "discarded by FEN or reset", true)
    COUNTER(rx_overruns, "lost: the RX FIFO was full", true)
    COUNTER(rx_ignored, "arrived while receive was off", true)
    COUNTER(irq_raises, "times UARTINTR went high", false)
    COUNTER(notifies, "entries that produced events", false)
    COUNTER(bad_accesses, "size, alignment or window", true)
    COUNTER(guest_errors, "guest mistakes, bad accesses included", true)
#undef COUNTER
    return (int)t.length;
}
