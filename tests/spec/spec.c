/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "spec.h"

#include <string.h>

#define FIRMWARE_BAUD 115200
#define FIRMWARE_CLOCK 24000000
#define BURST 64 /* D14: characters in a row, and reads that end the rest */
#define REST 8
#define RECEIVE (PL011_INT_RX | PL011_INT_RT)
#define OUTPUTS (PL011_CR_DTR | PL011_CR_RTS | PL011_CR_OUT1 | PL011_CR_OUT2)

static bool sbsa(const struct spec *s)
{
    return s->config->personality == VPL011_SBSA;
}

static bool has(const struct spec *s, uint32_t flag)
{
    return (s->config->flags & flag) != 0;
}

static bool all(uint32_t value, uint32_t bits)
{
    return (value & bits) == bits;
}

/*
 * The FIFOs (TRM 2.4.3, 3.3.7, 3.3.9; D3)
 */

unsigned int spec_depth(const struct spec *s)
{
    if (sbsa(s)) {
        return PL011_DEPTH_SBSA;
    }
    if (!(s->lcr_h & PL011_LCR_H_FEN)) {
        return 1;
    }
    return s->config->revision == VPL011_R1P5 ? PL011_DEPTH_R1P5
                                              : PL011_DEPTH_R1P4;
}

unsigned int spec_store(const struct spec *s)
{
    return spec_depth(s) == 1 ? 64 : 2 * spec_depth(s);
}

/* The level of an IFLS field; a Generic UART has none, and is half full. */
static unsigned int level(const struct spec *s, unsigned int shift)
{
    static const unsigned int eighths[8] = {1, 2, 4, 6, 7, 7, 7, 7};

    return spec_depth(s) * (sbsa(s) ? 4 : eighths[s->ifls >> shift & 7]) / 8;
}

unsigned int spec_tx_trigger(const struct spec *s)
{
    if (spec_depth(s) == 1 || has(s, VPL011_CFG_TX_TRIGGER_EMPTY)) {
        return 0;
    }
    return level(s, PL011_IFLS_TX_SHIFT);
}

unsigned int spec_rx_trigger(const struct spec *s)
{
    return spec_depth(s) == 1 ? 1 : level(s, PL011_IFLS_RX_SHIFT);
}

/*
 * What the registers allow (TRM 3.3.8, 4.3.1; D7)
 */

static bool testing(const struct spec *s)
{
    return (s->tcr & PL011_TCR_TESTFIFO) != 0;
}

static bool looping(const struct spec *s)
{
    return !sbsa(s) && (s->cr & PL011_CR_LBE);
}

static bool receiver_on(const struct spec *s)
{
    return all(s->cr, PL011_CR_UARTEN | PL011_CR_RXE);
}

static bool receiving(const struct spec *s)
{
    if (s->paused || sbsa(s)) {
        return !s->paused;
    }
    return !looping(s) && !testing(s) &&
           (receiver_on(s) ||
            (!s->cr_written && !has(s, VPL011_CFG_STRICT_ENABLES)));
}

static bool sending(const struct spec *s)
{
    if (s->paused || sbsa(s)) {
        return !s->paused;
    }
    return !testing(s) && !(s->lcr_h & PL011_LCR_H_BRK) &&
           (all(s->cr, PL011_CR_UARTEN | PL011_CR_TXE) ||
            !has(s, VPL011_CFG_STRICT_ENABLES));
}

/* Under RTSEN the receive FIFO drives RTS. */
static uint32_t outputs(const struct spec *s)
{
    uint32_t out = s->cr & OUTPUTS;

    if (sbsa(s)) {
        return 0;
    }
    if (s->cr & PL011_CR_RTSEN) {
        out &= ~PL011_CR_RTS;
        out |= s->rx_count < spec_rx_trigger(s) ? PL011_CR_RTS : 0;
    }
    return out;
}

/* In loopback RTS feeds CTS, DTR DSR, OUT1 DCD and OUT2 RI (TRM 4.5.2). */
static uint32_t inputs(const struct spec *s)
{
    const uint32_t out = outputs(s);

    if (!looping(s)) {
        return s->inputs;
    }
    return ((out & PL011_CR_RTS) ? PL011_FR_CTS : 0u) |
           ((out & PL011_CR_DTR) ? PL011_FR_DSR : 0u) |
           ((out & PL011_CR_OUT1) ? PL011_FR_DCD : 0u) |
           ((out & PL011_CR_OUT2) ? PL011_FR_RI : 0u);
}

static bool cleared_to_send(const struct spec *s)
{
    return sbsa(s) || !(s->cr & PL011_CR_CTSEN) || (inputs(s) & PL011_FR_CTS);
}

/*
 * Events
 */

static void owe(struct spec *s, uint32_t events)
{
    s->counters.notifies += events && !s->events;
    s->events |= events;
}

/* A backend may raise FAR_END only. */
static void asked(struct spec *s, uint32_t events)
{
    owe(s, events & VPL011_EVENT_FAR_END);
}

static struct vpl011_backend_status poll(struct spec *s)
{
    struct vpl011_backend_status status = {0};
    uint32_t events = 0;

    if (s->backend) {
        s->backend->poll(s->backend->ctx, &status, &events);
    }
    asked(s, events);
    return status;
}

/* Somebody may have missed everything: it is all owed again. */
static void owe_anew(struct spec *s)
{
    s->refill_told = false;
    s->tick_told = false;
    if (!s->paused) {
        s->backend_waits = poll(s).waiting > 0;
        owe(s, s->backend ? VPL011_EVENT_FAR_END : 0);
    }
}

/*
 * Receiving (TRM 2.4.3; D2, D11, D13)
 */

static void put_up_again(struct spec *s)
{
    s->down = 0;
    s->unread = false;
}

static void receive(struct spec *s, uint32_t entry)
{
    if (s->rx_count == spec_depth(s)) {
        s->counters.rx_overruns++;
        s->overrun = true;
        s->latched |= (s->rsr & PL011_RSR_OE) ? 0 : PL011_INT_OE;
        s->rsr |= PL011_RSR_OE;
        return;
    }
    s->latched |= (entry & PL011_DR_FE) ? PL011_INT_FE : 0;
    s->latched |= (entry & PL011_DR_PE) ? PL011_INT_PE : 0;
    s->latched |= (entry & PL011_DR_BE) ? PL011_INT_BE : 0;
    entry |= s->overrun ? PL011_DR_OE : 0;
    s->overrun = false;
    s->rx[s->rx_count++] = (uint16_t)entry;
    s->counters.rx_bytes++;
    s->rx_latch = s->rx_latch || s->rx_count == spec_rx_trigger(s);
    s->rt_latch = true;
    s->typed_ahead = spec_depth(s) == 1 && !s->cr_written;
    s->edges &= ~(uint32_t)RECEIVE;
    put_up_again(s);
}

/* A break is a 0 with BE and FE; it is odd and mark parity that it gets wrong.
 */
static uint32_t break_entry(const struct spec *s)
{
    const bool even = (s->lcr_h & PL011_LCR_H_EPS) != 0;
    const bool wrong = !sbsa(s) && (s->lcr_h & PL011_LCR_H_PEN) && !even;

    return PL011_DR_BE | PL011_DR_FE | (wrong ? PL011_DR_PE : 0u);
}

static void line_in(struct spec *s, uint32_t entry)
{
    if (receiving(s)) {
        receive(s, entry);
    } else {
        s->counters.rx_ignored++;
    }
}

/* Pacing: what may come now, and how many came in a row (D14). */
static unsigned int room(const struct spec *s)
{
    if (has(s, VPL011_CFG_UNTHROTTLED)) {
        return spec_depth(s);
    }
    if (!receiving(s) || s->burst >= BURST) {
        return 0;
    }
    return spec_depth(s) - s->rx_count;
}

static void came(struct spec *s, size_t count)
{
    if (!has(s, VPL011_CFG_UNTHROTTLED | VPL011_CFG_NO_TICK)) {
        s->burst = (uint8_t)(s->burst + count);
    }
}

static void end_rest(struct spec *s)
{
    s->burst = 0;
    s->rest = 0;
    s->tick_told = false;
}

/* Where the last look found nothing, the backend is first asked how it stands.
 */
static bool nothing_came(struct spec *s)
{
    if (!s->refill_told || s->backend_waits) {
        return false;
    }
    s->backend_waits = poll(s).waiting > 0;
    return !s->backend_waits;
}

static int take_input(struct spec *s)
{
    uint8_t bytes[PL011_DEPTH_MAX] = {0};
    unsigned int wanted = room(s);
    uint32_t events = 0;
    size_t given = 0;
    size_t i;

    if (s->paused || nothing_came(s)) {
        return 0;
    }
    if ((s->mis & RECEIVE) && !has(s, VPL011_CFG_UNTHROTTLED)) {
        wanted = 0; /* the guest is being told to read */
    }
    if (wanted > 0 && s->backend) {
        given = s->backend->read(s->backend->ctx, bytes, wanted, &events);
        given = given < wanted ? given : wanted;
    }
    for (i = 0; i < given; i++) {
        line_in(s, bytes[i]);
    }
    if (events & VPL011_BACKEND_BREAK) {
        line_in(s, break_entry(s));
        given += given < wanted;
    }
    asked(s, events);
    came(s, given);
    s->refill_told = wanted > 0 && given == 0;
    s->backend_waits = poll(s).waiting > 0;
    return (int)given;
}

/*
 * Sending (TRM 2.4.3; D8, D10)
 */

/* The drain is over, and began with `before`: what that means for TXRIS. */
static void drained(struct spec *s, unsigned int before)
{
    const unsigned int trigger = spec_tx_trigger(s);
    const bool of_its_own =
        (s->imsc & PL011_INT_TX) && !s->pending && !s->ops->irq_pending;

    s->edges &= ~(uint32_t)PL011_INT_TX;
    if (s->tx_count > trigger) {
        return;
    }
    if (!has(s, VPL011_CFG_STRICT_INTERRUPTS)) {
        s->drains = of_its_own ? 1 : 2;
    } else if (before > trigger) {
        s->drains = 1;
    }
}

static void take_out(struct spec *s, size_t count)
{
    const size_t load = s->load + count;

    s->tx_count = (uint8_t)(s->tx_count - count);
    memmove(s->tx, s->tx + count, s->tx_count);
    s->load = (uint8_t)(load < spec_depth(s) ? load : spec_depth(s));
}

static void loop_all(struct spec *s)
{
    while (s->tx_count > 0 && cleared_to_send(s)) {
        if (receiver_on(s)) {
            receive(s, s->tx[0]);
        }
        take_out(s, 1);
        s->counters.tx_looped++;
    }
}

/* The policy for a far end that did not take all; whether to offer again. */
static bool not_all_taken(struct spec *s)
{
    const struct vpl011_backend_status status = poll(s);
    uint32_t policy =
        status.attached ? s->config->on_stall : s->config->on_gone;
    size_t wanted;
    size_t dropped;

    if (policy == VPL011_POLICY_DEFAULT) {
        policy =
            status.attached ? VPL011_POLICY_STALL : VPL011_POLICY_DROP_NEWEST;
    }
    if (policy == VPL011_POLICY_STALL) {
        return false;
    }
    if (policy == VPL011_POLICY_DROP_NEWEST || status.stopped || !s->backend) {
        s->counters.tx_dropped += s->tx_count;
        wanted = s->tx_count;
        take_out(s, wanted);
        return false;
    }
    if (s->tx_count <= status.room) {
        return true;
    }
    wanted = s->tx_count - status.room;
    dropped = s->backend->drop_oldest(s->backend->ctx, wanted);
    dropped = dropped < wanted ? dropped : wanted;
    s->counters.tx_dropped_oldest += dropped;
    return dropped > 0;
}

/* Each offer but the first needs that the one before it moved something. */
static void offer_all(struct spec *s)
{
    bool first = true;
    size_t taken;

    do {
        uint32_t events = 0;

        taken = s->backend ? s->backend->write(s->backend->ctx, s->tx,
                                               s->tx_count, &events)
                           : 0;
        asked(s, events);
        taken = taken < s->tx_count ? taken : s->tx_count;
        s->counters.tx_bytes += taken;
        take_out(s, taken);
        if (s->tx_count == 0 || (!first && taken == 0)) {
            return;
        }
        first = false;
    } while (not_all_taken(s));
}

static void drain(struct spec *s)
{
    const unsigned int before = s->tx_count;

    if (before == 0) {
        return;
    }
    if (sending(s) && looping(s)) {
        loop_all(s);
    } else if (sending(s) && !s->unattached && cleared_to_send(s)) {
        offer_all(s);
    }
    if (s->tx_count < before) {
        drained(s, before);
    }
    if (s->tx_count > spec_tx_trigger(s)) {
        s->drains = 0;
    }
}

/*
 * After each call: whatever can move moves, and everybody is told
 */

static void look_at_break(struct spec *s)
{
    const bool brk = !sbsa(s) && (s->lcr_h & PL011_LCR_H_BRK);
    const bool out = brk && !looping(s);

    if (out != s->break_told) {
        s->break_told = out;
        if (s->backend && s->backend->send_break) {
            s->backend->send_break(s->backend->ctx, out);
            poll(s);
        }
    }
    if (brk && looping(s) && !s->break_looped && receiver_on(s)) {
        receive(s, break_entry(s));
    }
    s->break_looped = brk && looping(s);
}

static void look_at_pins(struct spec *s)
{
    const uint32_t now = inputs(s);
    const uint32_t changed = now ^ s->seen;
    uint64_t line = 0;

    s->latched |= (changed & PL011_FR_CTS) ? PL011_INT_CTS : 0;
    s->latched |= (changed & PL011_FR_DSR) ? PL011_INT_DSR : 0;
    s->latched |= (changed & PL011_FR_DCD) ? PL011_INT_DCD : 0;
    s->latched |= (changed & PL011_FR_RI) ? PL011_INT_RI : 0;
    s->seen = (uint16_t)now;

    if (!sbsa(s)) {
        line = outputs(s) | (uint64_t)(s->lcr_h & ~PL011_LCR_H_FEN) << 16 |
               (uint64_t)s->line_fbrd << 24 | (uint64_t)s->line_ibrd << 32;
    }
    owe(s, line != s->line ? VPL011_EVENT_LINE : 0);
    s->line = line;
}

/* More input is asked for once the guest has read all; in a rest, the time. */
static void ask_for_input(struct spec *s)
{
    const bool wanted =
        has(s, VPL011_CFG_UNTHROTTLED) || (s->rx_count == 0 && receiving(s));

    if (s->rx_count == 0 && s->burst >= BURST && s->rest == 0) {
        s->rest = REST;
    }
    if (!wanted || !(s->backend_waits || (s->push_waits && !s->room_told))) {
        return;
    }
    if (s->rest > 0) {
        owe(s, s->tick_told ? 0 : VPL011_EVENT_TICK);
        s->tick_told = true;
        return;
    }
    if (s->backend_waits) {
        owe(s, s->refill_told ? 0 : VPL011_EVENT_REFILL);
        s->refill_told = true;
    }
    if (s->push_waits && !s->room_told) {
        owe(s, VPL011_EVENT_ROOM);
        s->room_told = true;
    }
}

/* Receive interrupts are levels (D9, D11), or latches by the strict rules. */
static uint32_t receive_interrupts(struct spec *s)
{
    const bool full = s->rx_count >= spec_rx_trigger(s);
    const bool alone = (s->imsc & RECEIVE) == PL011_INT_RX;
    uint32_t ris = 0;

    if (has(s, VPL011_CFG_STRICT_INTERRUPTS)) {
        s->rx_latch = s->rx_latch && full;
        s->rt_latch = s->rt_latch && s->rx_count > 0;
        return (s->rx_latch ? PL011_INT_RX : 0) |
               (s->rt_latch ? s->imsc & PL011_INT_RT : 0);
    }
    if (s->rx_count > 0) {
        ris |= full || alone ? PL011_INT_RX : 0;
        ris |= s->imsc & PL011_INT_RT;
    }
    return ris & ~(uint32_t)s->down;
}

static void find_interrupts(struct spec *s)
{
    const uint32_t tx = s->drains > 0 ? PL011_INT_TX : 0;

    s->ris = (uint16_t)(s->latched | tx | receive_interrupts(s));
    s->mis = s->ris & s->imsc;
    s->pending = s->pending || s->mis;
}

/* The outputs (TRM 2.8), and the same for a controller of edges. */
static void tell_interrupts(struct spec *s)
{
    static const uint32_t shares[6] = {
        PL011_INT_ALL, PL011_INT_MODEM, PL011_INT_RX,
        PL011_INT_TX,  PL011_INT_RT,    PL011_INT_ERROR,
    };
    const uint32_t was = s->lines;
    const uint32_t edges = s->mis & ~s->edges;
    unsigned int i;

    s->lines = 0;
    for (i = 0; i < 6; i++) {
        s->lines |= (s->mis & shares[i]) ? 1u << i : 0;
    }
    s->counters.irq_raises += s->lines & ~was & VPL011_IRQ_UARTINTR;
    if (s->paused) {
        return;
    }
    if ((s->lines != was || s->anew) && s->ops->irq) {
        s->ops->irq(s->ops->ctx, s->lines,
                    s->anew ? VPL011_IRQ_ALL : s->lines ^ was);
    }
    s->anew = false;
    s->edges = s->mis;
    if (edges && s->ops->irq_pending) {
        s->ops->irq_pending(s->ops->ctx, edges);
    }
}

static void trace(struct spec *s, uint32_t kind, uint64_t offset,
                  unsigned int size, uint64_t value)
{
    const struct vpl011_trace what = {
        .kind = kind,
        .size = size,
        .offset = offset,
        .value = value,
        .irq_lines = s->lines,
        .tx_fill = s->tx_count,
        .rx_fill = s->rx_count,
        .counters = &s->counters,
    };

    if (s->ops->trace) {
        s->ops->trace(s->ops->ctx, &what);
    }
}

static void tell_events(struct spec *s)
{
    trace(s, VPL011_TRACE_SETTLED, 0, 0, s->events);
    if (!s->ops->notify || s->notifying) {
        return;
    }
    s->notifying = true;
    while (s->events && !s->paused) {
        const uint32_t events = s->events;

        s->events = 0;
        s->ops->notify(s->ops->ctx, events);
    }
    s->notifying = false;
}

static void settle(struct spec *s)
{
    drain(s);
    if (!s->paused) {
        look_at_break(s);
        look_at_pins(s);
    }
    ask_for_input(s);
    find_interrupts(s);
    tell_interrupts(s);
    tell_events(s);
}

/*
 * Registers (TRM chapters 3 and 4)
 */

enum kind { RESERVED, READ_WRITE, READ_ONLY, WRITE_ONLY };

/* Which registers there are: a Generic UART has those of BSA table 19 (D6). */
static enum kind kind_of(const struct spec *s, uint64_t offset)
{
    switch (offset) {
    case PL011_UARTDR:
    case PL011_UARTRSR:
    case PL011_UARTIMSC:
        return READ_WRITE;
    case PL011_UARTFR:
    case PL011_UARTRIS:
    case PL011_UARTMIS:
        return READ_ONLY;
    case PL011_UARTICR:
        return WRITE_ONLY;
    case PL011_UARTILPR:
    case PL011_UARTIBRD:
    case PL011_UARTFBRD:
    case PL011_UARTLCR_H:
    case PL011_UARTCR:
    case PL011_UARTIFLS:
    case PL011_UARTDMACR:
        return !sbsa(s) || has(s, VPL011_CFG_STORE_CONFIG) ? READ_WRITE
                                                           : RESERVED;
    case PL011_UARTTCR:
    case PL011_UARTITIP:
    case PL011_UARTITOP:
    case PL011_UARTTDR:
        return sbsa(s) ? RESERVED : READ_WRITE;
    default:
        return offset >= PL011_UARTPeriphID0 && !sbsa(s) ? READ_ONLY : RESERVED;
    }
}

/* A register of which a write is stored, and the bits that it has. */
static uint16_t *stored(struct spec *s, uint64_t offset, uint32_t *bits)
{
    const struct {
        uint32_t offset, bits;
        uint16_t *value;
    } registers[] = {
        {PL011_UARTILPR, 0xFF, &s->ilpr},   {PL011_UARTIBRD, 0xFFFF, &s->ibrd},
        {PL011_UARTFBRD, 0x3F, &s->fbrd},   {PL011_UARTLCR_H, 0xFF, &s->lcr_h},
        {PL011_UARTCR, 0xFF87, &s->cr},     {PL011_UARTIFLS, 0x3F, &s->ifls},
        {PL011_UARTIMSC, 0x7FF, &s->imsc},  {PL011_UARTDMACR, 0x7, &s->dmacr},
        {PL011_UARTTCR, 0x7, &s->tcr},      {PL011_UARTITIP, 0xC0, &s->itip},
        {PL011_UARTITOP, 0xFFFF, &s->itop},
    };
    size_t i;

    for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        if (registers[i].offset == offset) {
            *bits = registers[i].bits;
            return registers[i].value;
        }
    }
    return NULL;
}

/* BUSY is "characters are queued" (D4); TXFF may be shown once for a load. */
static bool load_shown(const struct spec *s)
{
    return has(s, VPL011_CFG_TXFF_ONCE_PER_LOAD) && s->load >= spec_depth(s);
}

static uint32_t read_fr(struct spec *s)
{
    const bool queued = s->tx_count > 0 || load_shown(s);
    const bool full = s->tx_count >= spec_depth(s) || load_shown(s);
    uint32_t fr = s->seen;

    fr |= queued ? PL011_FR_BUSY : PL011_FR_TXFE;
    fr |= full ? PL011_FR_TXFF : 0;
    fr |= s->rx_count == 0 ? PL011_FR_RXFE : 0;
    fr |= s->rx_count == spec_depth(s) ? PL011_FR_RXFF : 0;
    if (load_shown(s)) {
        s->load = 0;
        drained(s, s->tx_count); /* who stopped for it waits for TXRIS */
    }
    return fr;
}

static uint32_t read_dr(struct spec *s)
{
    const uint32_t entry = s->rx[0];

    if (s->rx_count == 0) {
        return 0;
    }
    s->rx_count--;
    memmove(s->rx, s->rx + 1, s->rx_count * sizeof(s->rx[0]));
    s->rsr = (uint16_t)((s->rsr & PL011_RSR_OE) | (entry >> 8 & 7));
    s->counters.rx_read++;
    put_up_again(s);
    return entry;
}

/* With TESTFIFO the test port is the other end of both FIFOs (TRM 4.3.4). */
static uint32_t read_tdr(struct spec *s)
{
    const unsigned int before = s->tx_count;
    const uint32_t c = s->tx[0];

    if (!testing(s) || before == 0) {
        return 0;
    }
    take_out(s, 1);
    drained(s, before);
    s->counters.tx_looped++;
    return c;
}

/* Pins are active low, and both receive lines idle. */
static uint32_t read_itip(const struct spec *s)
{
    return s->itip | PL011_ITIP_RXD | PL011_ITIP_SIRIN |
           ((s->inputs & PL011_FR_CTS) ? 0 : PL011_ITIP_nCTS) |
           ((s->inputs & PL011_FR_DSR) ? 0 : PL011_ITIP_nDSR) |
           ((s->inputs & PL011_FR_DCD) ? 0 : PL011_ITIP_nDCD) |
           ((s->inputs & PL011_FR_RI) ? 0 : PL011_ITIP_nRI);
}

static uint32_t read_id(const struct spec *s, uint64_t offset)
{
    static const uint32_t revisions[] = {0x00341011, 0x00241011, 0x00141011};
    uint32_t id = s->config->periph_id ? s->config->periph_id
                                       : revisions[s->config->revision];

    if (offset >= PL011_UARTPCellID0) {
        id = PL011_PCELLID;
    }
    return id >> 8 * (offset / 4 % 4) & 0xFF;
}

static uint32_t read_register(struct spec *s, uint64_t offset)
{
    uint32_t bits;

    switch (offset) {
    case PL011_UARTDR:
        return read_dr(s);
    case PL011_UARTRSR:
        return s->rsr;
    case PL011_UARTFR:
        return read_fr(s);
    case PL011_UARTRIS:
        return s->ris;
    case PL011_UARTMIS:
        return s->mis;
    case PL011_UARTITIP:
        return read_itip(s);
    case PL011_UARTTDR:
        return read_tdr(s);
    default:
        return offset >= PL011_UARTPeriphID0 ? read_id(s, offset)
                                             : *stored(s, offset, &bits);
    }
}

static void flush(struct spec *s)
{
    s->counters.tx_flushed += s->tx_count;
    s->tx_count = 0;
    s->load = 0;
    if (s->typed_ahead && s->rx_count > 0) {
        s->typed_ahead = false; /* once only (D13) */
        put_up_again(s);
        return;
    }
    s->counters.rx_flushed += s->rx_count;
    s->rx_count = 0;
    s->overrun = false;
    s->typed_ahead = false;
    put_up_again(s);
    end_rest(s);
}

static void write_imsc(struct spec *s, uint32_t before)
{
    const uint32_t unmasked = s->imsc & ~before;

    s->rt_latch = s->rt_latch || (unmasked & PL011_INT_RT);
    s->down &= (uint8_t)~unmasked;
}

/* TX takes one step of two (D10); RX and RT the second time (D11). */
static void write_icr(struct spec *s, uint32_t value)
{
    const uint32_t receive = value & RECEIVE;

    s->latched &= (uint16_t)~value;
    s->edges &= ~value;
    if ((value & PL011_INT_TX) && s->drains > 0) {
        s->drains--;
    }
    s->rx_latch = s->rx_latch && !(value & PL011_INT_RX);
    s->rt_latch = s->rt_latch && !(value & PL011_INT_RT);
    if (receive && s->rx_count > 0) {
        s->down |= (uint8_t)(s->unread ? receive : 0);
        s->unread = true;
    }
    s->pending = false;
    find_interrupts(s);
}

static void write_register(struct spec *s, uint64_t offset, uint32_t value,
                           uint32_t mask)
{
    uint32_t bits = 0;
    uint16_t *const at = stored(s, offset, &bits);
    const uint32_t before = at ? *at : 0;

    if (at) {
        *at = (uint16_t)(((before & ~mask) | (value & mask)) & bits);
    }
    value &= mask;
    switch (offset) {
    case PL011_UARTECR:
        s->rsr = 0;
        break;
    case PL011_UARTLCR_H:
        s->line_ibrd = s->ibrd;
        s->line_fbrd = s->fbrd;
        if (((before ^ s->lcr_h) & PL011_LCR_H_FEN) && !sbsa(s)) {
            flush(s);
        }
        break;
    case PL011_UARTCR:
        s->cr_written = true;
        break;
    case PL011_UARTIMSC:
        write_imsc(s, before);
        break;
    case PL011_UARTICR:
        write_icr(s, value);
        break;
    case PL011_UARTTDR:
        if (testing(s)) {
            receive(s, value & 0x7FF);
        }
        break;
    default:
        break;
    }
}

/*
 * The bus: 8, 16 and 32 bits at a register's base address
 */

static uint32_t bytes_of(uint64_t offset, unsigned int size)
{
    if (offset % 4 || offset >= PL011_WINDOW_SIZE) {
        return 0;
    }
    return size == 1 ? 0xFF : size == 2 ? 0xFFFF : size == 4 ? 0xFFFFFFFF : 0;
}

/* An access during the guest's rest from input. Eight reads in a row while
 * nothing is pending end it; otherwise it starts again. */
static void in_rest(struct spec *s, bool write)
{
    if (s->rest == 0) {
        return;
    }
    if (write || s->mis || s->ops->irq_pending) {
        s->rest = REST;
    } else if (s->rest == 1) {
        end_rest(s);
        put_up_again(s);
    } else {
        s->rest--;
    }
}

static int finish(struct spec *s, uint32_t mistake, bool write, uint64_t offset,
                  unsigned int size, uint64_t value)
{
    const bool bad = mistake == VPL011_GUEST_BAD_ACCESS;
    const struct vpl011_guest_error error = {
        .kind = mistake,
        .write = write,
        .offset = offset,
        .size = size,
        .value = value,
    };

    trace(s, write ? VPL011_TRACE_WRITE : VPL011_TRACE_READ, offset, size,
          value);
    if (!bad) {
        in_rest(s, write);
    }
    s->counters.bad_accesses += bad;
    s->counters.guest_errors += mistake != 0;
    if (mistake && s->ops->guest_error) {
        s->ops->guest_error(s->ops->ctx, &error);
    }
    settle(s);
    return bad ? VPL011_ERR_ACCESS : VPL011_OK;
}

int spec_read(struct spec *s, uint64_t offset, unsigned int size,
              uint64_t *value)
{
    const uint32_t mask = bytes_of(offset, size);
    /* UARTFR is one load, but where it has more to do. */
    const bool a_load = mask && offset == PL011_UARTFR && !load_shown(s) &&
                        !s->rest && !s->ops->trace;
    uint32_t mistake = 0;

    *value = 0;
    if (!mask) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (kind_of(s, offset) == RESERVED) {
        mistake = VPL011_GUEST_RESERVED;
    } else if (kind_of(s, offset) == WRITE_ONLY) {
        mistake = VPL011_GUEST_WRITE_ONLY;
    } else {
        *value = read_register(s, offset) & mask;
    }
    return a_load ? VPL011_OK : finish(s, mistake, false, offset, size, *value);
}

int spec_write(struct spec *s, uint64_t offset, unsigned int size,
               uint64_t value)
{
    const uint32_t mask = bytes_of(offset, size);
    uint32_t mistake = 0;

    if (!mask) {
        mistake = VPL011_GUEST_BAD_ACCESS;
    } else if (kind_of(s, offset) == RESERVED) {
        mistake = VPL011_GUEST_RESERVED;
    } else if (kind_of(s, offset) == READ_ONLY) {
        mistake = VPL011_GUEST_READ_ONLY;
    } else if (offset != PL011_UARTDR) {
        write_register(s, offset, (uint32_t)value, mask);
    } else if (s->tx_count < spec_store(s)) {
        s->tx[s->tx_count++] = (uint8_t)value;
    } else {
        s->counters.tx_overflow++;
        mistake = VPL011_GUEST_TX_OVERFLOW;
    }
    if (mask && offset == PL011_UARTDR) {
        s->unattached = false; /* it waits for no backend any more */
    }
    return finish(s, mistake, true, offset, size, value);
}

/*
 * The host's calls
 */

/* TRM 3.3.6: clock / (16 * baud) in 64ths, of which 1 to 65535 are legal. */
static uint32_t firmware_divisor(const struct spec *s)
{
    const uint64_t clock = s->clock_hz ? s->clock_hz : FIRMWARE_CLOCK;
    const uint64_t baud = s->config->baud ? s->config->baud : FIRMWARE_BAUD;
    const uint64_t divisor = (4 * clock + baud / 2) / baud;

    return (uint32_t)(divisor < 64             ? 64
                      : divisor > 0xFFFFu * 64 ? 0xFFFFu * 64
                                               : divisor);
}

static void reset(struct spec *s)
{
    const bool firmware = sbsa(s) || has(s, VPL011_CFG_FIRMWARE_INIT);
    const uint32_t divisor = firmware ? firmware_divisor(s) : 0;

    s->typed_ahead = false;
    flush(s);
    s->ilpr = s->imsc = s->dmacr = s->tcr = s->itip = s->itop = s->rsr = 0;
    s->cr = firmware ? 0x301 : 0x300;
    s->lcr_h = firmware ? 0x70 : 0;
    s->ifls = 0x12;
    s->ibrd = s->line_ibrd = (uint16_t)(divisor / 64);
    s->fbrd = s->line_fbrd = (uint16_t)(divisor % 64);
    s->latched = 0;
    s->drains = 0;
    s->pending = s->rx_latch = s->rt_latch = false;
    s->cr_written = s->break_looped = false;
    s->seen = s->inputs; /* pins that loopback hid are no change */
}

void spec_init(struct spec *s, const struct vpl011_config *config,
               const struct vpl011_ops *ops)
{
    static const struct vpl011_ops nobody;

    memset(s, 0, sizeof(*s));
    s->config = config;
    s->clock_hz = config->clock_hz;
    if (!sbsa(s)) {
        s->inputs = PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD;
    }
    s->ops = &nobody; /* a device is born as reset leaves it: nothing changed */
    reset(s);
    settle(s);
    s->ops = ops;
    s->events = 0;
    s->counters.notifies = 0;
}

int spec_reset(struct spec *s)
{
    reset(s);
    settle(s);
    return VPL011_OK;
}

int spec_attach(struct spec *s, const struct vpl011_backend *backend)
{
    const bool drops = s->config->on_stall == VPL011_POLICY_DROP_OLDEST ||
                       s->config->on_gone == VPL011_POLICY_DROP_OLDEST;

    if (backend && !backend->drop_oldest && drops) {
        settle(s);
        return VPL011_ERR_UNSUPPORTED;
    }
    if (s->break_told && s->backend && s->backend->send_break) {
        s->backend->send_break(s->backend->ctx, false);
    }
    s->break_told = false;
    s->backend = backend;
    s->unattached = false;
    owe_anew(s);
    settle(s);
    return VPL011_OK;
}

int spec_data_avail(struct spec *s)
{
    const int taken = take_input(s);

    settle(s);
    return taken;
}

int spec_tick(struct spec *s)
{
    int taken;

    end_rest(s);
    put_up_again(s);
    taken = take_input(s);
    settle(s);
    return taken;
}

int spec_remind(struct spec *s)
{
    s->room_told = false;
    owe_anew(s);
    settle(s);
    return VPL011_OK;
}

int spec_pause(struct spec *s)
{
    s->paused = true;
    settle(s);
    return VPL011_OK;
}

int spec_resume(struct spec *s)
{
    if (s->paused) {
        s->paused = false;
        s->anew = true;
        s->edges = 0;
        owe_anew(s);
    }
    settle(s);
    return VPL011_OK;
}

int spec_set_clock(struct spec *s, uint32_t clock_hz)
{
    owe(s, clock_hz != s->clock_hz && !sbsa(s) ? VPL011_EVENT_LINE : 0);
    s->clock_hz = clock_hz;
    settle(s);
    return VPL011_OK;
}

int spec_set_modem(struct spec *s, uint32_t now)
{
    if (now & ~(uint32_t)PL011_FR_MODEM) {
        return VPL011_ERR_RANGE;
    }
    if (!sbsa(s)) {
        s->inputs = (uint16_t)now;
    }
    settle(s);
    return sbsa(s) ? VPL011_ERR_UNSUPPORTED : VPL011_OK;
}

int spec_rx_push(struct spec *s, const uint16_t *entries, size_t count)
{
    size_t taken = count;
    size_t i;

    for (i = 0; i < count; i++) {
        if (entries[i] & 0xF800) {
            return VPL011_ERR_RANGE;
        }
    }
    if (!has(s, VPL011_CFG_UNTHROTTLED)) {
        taken = count < room(s) ? count : room(s);
        s->push_waits = taken < count;
        s->room_told = false;
    }
    for (i = 0; i < taken; i++) {
        line_in(s, (entries[i] & PL011_DR_BE) ? break_entry(s) : entries[i]);
    }
    came(s, taken);
    settle(s);
    return (int)taken;
}

/* What was in the FIFOs counts as flushed, what is loaded as received; the
 * other sides may have missed anything, and are told all again. */
int spec_reload(struct spec *s)
{
    s->counters.tx_flushed += s->tx_count;
    s->counters.rx_flushed += s->rx_count;
    s->counters.rx_bytes += s->rx_count;
    s->unattached = s->unattached || (s->tx_count > 0 && !s->backend);
    s->seen = (uint16_t)inputs(s);
    s->anew = true;
    s->edges = 0;
    s->tick_told = false;
    s->refill_told = true;
    owe(s, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL | VPL011_EVENT_LINE);
    settle(s);
    return VPL011_OK;
}

uint32_t spec_take_events(struct spec *s)
{
    const uint32_t events = s->events;

    s->events = 0;
    return events;
}

int spec_rx_room(const struct spec *s)
{
    return has(s, VPL011_CFG_UNTHROTTLED) ? INT32_MAX : (int)room(s);
}

/* TRM 3.3.6, and table 3-11 for the parity. */
void spec_get_line(const struct spec *s, struct vpl011_line *line)
{
    const bool stick = (s->lcr_h & PL011_LCR_H_SPS) != 0;
    const bool even = (s->lcr_h & PL011_LCR_H_EPS) != 0;
    uint64_t divisor = s->line_ibrd * 64u + s->line_fbrd;

    memset(line, 0, sizeof(*line));
    if (sbsa(s)) {
        line->baud = s->config->baud ? s->config->baud : FIRMWARE_BAUD;
        line->data_bits = 8;
        line->stop_bits = 1;
        return;
    }
    line->divisor = (uint32_t)divisor;
    divisor = s->line_ibrd == 0xFFFF ? 0xFFFFu * 64 : divisor;
    if (s->line_ibrd > 0) {
        line->baud = (uint32_t)((4ull * s->clock_hz + divisor / 2) / divisor);
    }
    line->outputs = outputs(s);
    line->data_bits = (uint8_t)(5 + (s->lcr_h >> 5 & 3));
    line->stop_bits = (s->lcr_h & PL011_LCR_H_STP2) ? 2 : 1;
    line->send_break = s->lcr_h & PL011_LCR_H_BRK;
    if (s->lcr_h & PL011_LCR_H_PEN) {
        line->parity = stick ? (even ? VPL011_PARITY_SPACE : VPL011_PARITY_MARK)
                             : (even ? VPL011_PARITY_EVEN : VPL011_PARITY_ODD);
    }
}
