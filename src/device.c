/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Life cycle: init, reset, and what configuration and registers imply. */
#include "internal.h"

#include <string.h>

_Static_assert(sizeof(struct vpl011) <= 592, "a device fits in 592 bytes");
/* A cache line of 64 bytes that holds fr or irq_lines begins at most 56 bytes
 * before fr and ends at most 56 after irq_lines, wherever the device lies. What
 * a write of UARTDR stores must be outside: otherwise each write takes that
 * cache line away from every vCPU that polls UARTFR, and waits to get it back.
 */
_Static_assert(
    sizeof(void *) < 8 ||
        (offsetof(struct vpl011, fr) - offsetof(struct vpl011, backend) >= 56 &&
         offsetof(struct vpl011, more_waits) - offsetof(struct vpl011, ops) >=
             56),
    "FR's readers share no cache line with a writer of UARTDR");
_Static_assert(sizeof(void *) < 8 || offsetof(struct vpl011, backend.put) +
                                             sizeof(void *) -
                                             offsetof(struct vpl011, guard) <=
                                         64,
               "a character needs one line beside UARTFR's and the counter's");
_Static_assert(sizeof(struct vpl011_config) % 8 == 0, "no tail padding");
_Static_assert(sizeof(struct vpl011_ops) % sizeof(void *) == 0,
               "no tail padding");
_Static_assert(sizeof(struct vpl011_backend) % sizeof(void *) == 0,
               "no tail padding");

#define FLAGS_COMMON \
    (VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_TX_TRIGGER_EMPTY | \
     VPL011_CFG_TXFF_ONCE_PER_LOAD | VPL011_CFG_STRICT_INTERRUPTS | \
     VPL011_CFG_UNTHROTTLED | VPL011_CFG_NO_IRQ_OP | VPL011_CFG_NO_TICK)
#define FLAGS_PL011 (FLAGS_COMMON | VPL011_CFG_STRICT_ENABLES)
#define FLAGS_SBSA (FLAGS_COMMON | VPL011_CFG_STORE_CONFIG)

static unsigned int revision_depth(uint32_t revision)
{
    return revision == VPL011_R1P5 ? PL011_DEPTH_R1P5 : PL011_DEPTH_R1P4;
}

static uint32_t revision_id(uint32_t revision)
{
    switch (revision) {
    case VPL011_R1P1:
        return PL011_PERIPHID_R1P1;
    case VPL011_R1P4:
        return PL011_PERIPHID_R1P4;
    default:
        return PL011_PERIPHID_R1P5;
    }
}

/*
 * The depth that drivers infer from a peripheral ID. Arm's part is 32 deep
 * from revision 3 on, ST's variant 64; the others known (Luminary) are 16.
 */
static unsigned int claimed_depth(uint32_t id)
{
    switch (id & 0x000FFFFFu) {
    case 0x00041011u:
        return ((id >> 20) & 0xFu) >= 3 ? 32 : 16;
    case 0x00080802u:
        return 64;
    default:
        return 16;
    }
}

static int check_config(const struct vpl011_config *c)
{
    uint32_t known;

    if (c->personality != VPL011_PL011 && c->personality != VPL011_SBSA) {
        return VPL011_ERR_PERSONALITY;
    }
    if (c->revision >
        (c->personality == VPL011_SBSA ? VPL011_R1P5 : VPL011_R1P1)) {
        return VPL011_ERR_REVISION;
    }
    known = c->personality == VPL011_SBSA ? FLAGS_SBSA : FLAGS_PL011;
    if (c->flags & ~known) {
        return VPL011_ERR_FLAGS;
    }
    if (c->periph_id &&
        (c->personality == VPL011_SBSA ||
         claimed_depth(c->periph_id) > revision_depth(c->revision))) {
        return VPL011_ERR_PERIPH_ID;
    }
    if (c->on_stall > VPL011_POLICY_DROP_OLDEST ||
        c->on_gone > VPL011_POLICY_DROP_OLDEST) {
        return VPL011_ERR_POLICY;
    }
    return VPL011_OK;
}

static int check_ops(const struct vpl011_ops *ops, uint32_t flags)
{
    if (!ops->irq && !ops->irq_pending && !(flags & VPL011_CFG_NO_IRQ_OP)) {
        return VPL011_ERR_OP_MISSING;
    }
    if (!ops->lock != !ops->unlock) {
        return VPL011_ERR_LOCK_PAIR;
    }
    return VPL011_OK;
}

/* IFLS codes 0..4 are eighths 1, 2, 4, 6, 7; the reserved ones act as 7/8. */
static uint8_t trigger(uint32_t ifls, unsigned int shift, unsigned int depth)
{
    static const uint8_t eighths[8] = {1, 2, 4, 6, 7, 7, 7, 7};

    return (uint8_t)(eighths[(ifls >> shift) & PL011_IFLS_SEL] * depth / 8);
}

/* The depth of both FIFOs under a value of LCR_H. */
unsigned int vpl011_depth_(const struct vpl011 *d, uint32_t lcr_h)
{
    if (is_sbsa(d)) {
        return PL011_DEPTH_SBSA;
    }
    return (lcr_h & PL011_LCR_H_FEN) ? revision_depth(d->revision) : 1;
}

/*
 * What the registers imply for the FIFOs and for what may move. Called when
 * one of them changes, so that the hot path only looks.
 */
void vpl011_configure_(struct vpl011 *d)
{
    const uint32_t cr = d->cr;
    const bool strict = (d->flags & VPL011_CFG_STRICT_ENABLES) != 0;
    const bool tx_on = (cr & PL011_CR_UARTEN) != 0 && (cr & PL011_CR_TXE) != 0;
    const bool rx_on = (cr & PL011_CR_UARTEN) != 0 && (cr & PL011_CR_RXE) != 0;
    const bool testing = (d->tcr & PL011_TCR_TESTFIFO) != 0;
    uint32_t gates = 0;

    d->depth = (uint8_t)vpl011_depth_(d, d->lcr_h);
    if (is_sbsa(d)) {
        /* Always on, 32 deep, half-full triggers, whatever is stored. */
        d->tx_trigger = PL011_DEPTH_SBSA / 2;
        d->rx_trigger = PL011_DEPTH_SBSA / 2;
        gates |= GATE_TX | GATE_RX;
    } else {
        if (d->lcr_h & PL011_LCR_H_FEN) {
            d->tx_trigger = trigger(d->ifls, PL011_IFLS_TX_SHIFT, d->depth);
            d->rx_trigger = trigger(d->ifls, PL011_IFLS_RX_SHIFT, d->depth);
        } else {
            d->tx_trigger = 0;
            d->rx_trigger = 1;
        }
        if ((tx_on || !strict) && !testing && !(d->lcr_h & PL011_LCR_H_BRK)) {
            gates |= GATE_TX;
        }
        if (cr & PL011_CR_LBE) {
            gates |= GATE_LOOP | (rx_on ? GATE_LOOP_RX : 0);
        } else if (!testing &&
                   (rx_on || (!strict && !(d->latches & LATCH_CR_WRITTEN)))) {
            gates |= GATE_RX;
        }
        gates |= (cr & PL011_CR_CTSEN) ? GATE_CTSEN : 0;
        gates |= (cr & PL011_CR_RTSEN) ? GATE_RTSEN : 0;
    }
    if (d->flags & VPL011_CFG_TX_TRIGGER_EMPTY) {
        d->tx_trigger = 0;
    }
    if (d->flags & FLAG_PAUSED) {
        gates &= ~(GATE_TX | GATE_RX);
    }
    if (d->ops.irq_pending ||
        (d->flags & (VPL011_CFG_TXFF_ONCE_PER_LOAD |
                     VPL011_CFG_STRICT_INTERRUPTS | FLAG_TIMED_TX))) {
        gates |= GATE_EVERY;
    }
    d->tx_store = (uint8_t)vpl011_store_(d->depth);
    d->gates = (uint8_t)gates;
    d->todo |= TODO_DERIVE | TODO_TIED;
    if (likely(!(gates & GATE_RTSEN) && !(d->flags & FLAG_TIED))) {
        d->todo &= ~TODO_TIED;
    }
}

/*
 * The divisor in 64ths for a baud rate (TRM 3.3.6): clock / (16 * baud) * 64,
 * rounded, within the legal 1 .. 65535. In two steps, because four times the
 * clock may not fit in 32 bits and there is no 64-bit division here.
 */
static uint32_t divisor_of(uint32_t clock_hz, uint32_t baud)
{
    const uint32_t least = 1u << 6;
    const uint32_t most = 0xFFFFu << 6;
    uint32_t divisor;

    if (clock_hz == 0) {
        clock_hz = 24000000; /* QEMU's and FVP's clock: 13, 1 for 115200 */
    }
    if (baud > clock_hz / 16) {
        return least;
    }
    if (baud <= clock_hz / (most / 4)) {
        return most;
    }
    divisor = 4 * (clock_hz / baud) + (4 * (clock_hz % baud) + baud / 2) / baud;
    return divisor > most ? most : divisor;
}

/* Empty the FIFOs, as a change of FEN does. TXRIS and errors stay. */
void vpl011_flush_tx_(struct vpl011 *d)
{
    d->counters.tx_flushed += d->tx_fill;
    d->tx_fill = 0;
    d->tx_load = 0;
}

void vpl011_flush_rx_(struct vpl011 *d)
{
    d->counters.rx_flushed += d->rx_fill;
    d->rx_fill = 0;
    d->latches &= (uint8_t)~LATCH_OVERRUN;
    /* No handler is busy with characters that it has read. */
    vpl011_rest_end_(d);
}

/* Input may be admitted again, and as much as before; and the guest may take
 * again what it acknowledged and left. */
void vpl011_rest_end_(struct vpl011 *d)
{
    d->acks &= (uint8_t)~ACK_RECEIVE;
    d->rx_burst = 0;
    d->rx_rest = 0;
    d->tick_asked = false;
    d->todo &= ~TODO_RESTING;
    vpl011_changed_(d);
}

static void reset_registers(struct vpl011 *d)
{
    const bool firmware =
        is_sbsa(d) || (d->flags & VPL011_CFG_FIRMWARE_INIT) != 0;
    uint32_t divisor = 0;

    vpl011_flush_tx_(d);
    vpl011_flush_rx_(d);
    if (firmware) {
        divisor = divisor_of(d->clock_hz, d->baud);
    }
    /* Each is stored once, because another vCPU may read it meanwhile. */
    vpl011_store_relaxed_u16(&d->cr, firmware ? PL011_UARTCR_FIRMWARE
                                              : PL011_UARTCR_RESET);
    vpl011_store_relaxed_u16(&d->lcr_h,
                             firmware ? PL011_UARTLCR_H_FIRMWARE : 0);
    vpl011_store_relaxed_u16(&d->ibrd, (uint16_t)(divisor >> 6));
    vpl011_store_relaxed_u16(&d->fbrd,
                             (uint16_t)(divisor & PL011_UARTFBRD_MASK));
    d->line_ibrd = d->ibrd;
    d->line_fbrd = (uint8_t)d->fbrd;
    vpl011_store_relaxed_u16(&d->ifls, PL011_UARTIFLS_RESET);
    vpl011_store_relaxed_u16(&d->imsc, 0);
    d->ris_latched = 0;
    vpl011_store_relaxed_u16(&d->itop, 0);
    vpl011_store_relaxed_u16(&d->ilpr, 0);
    vpl011_store_relaxed_u16(&d->dmacr, 0);
    vpl011_store_relaxed_u16(&d->tcr, 0);
    d->itip = 0;
    vpl011_store_relaxed_u16(&d->rsr, 0);
    d->txi = 0;
    d->acks = 0;
    /* What the backend was told outlives the reset; settle takes it back. */
    d->latches &= LATCH_BREAK_OUT;
    /* Pins that were hidden by loopback show again, without an interrupt. */
    d->modem_seen = d->modem_inputs;
    d->todo |= TODO_PINS;
    if (d->time) {
        d->time->tx.at = 0; /* nothing is being sent */
    }
    vpl011_configure_(d);
}

int vpl011_init_sized(struct vpl011 *d, size_t dev_size,
                      const struct vpl011_config *config, size_t config_size,
                      const struct vpl011_ops *ops, size_t ops_size)
{
    struct vpl011_config c = {0};
    struct vpl011_ops o = {0};
    int err;

    if (!d || !ops) {
        return VPL011_ERR_NULL;
    }
    if ((uintptr_t)d % _Alignof(struct vpl011) != 0) {
        return VPL011_ERR_SIZE;
    }
    if (dev_size < sizeof(*d) ||
        (config && !vpl011_copy_sized_(&c, KNOWN(struct vpl011_config), config,
                                       config_size)) ||
        !vpl011_copy_sized_(&o, KNOWN(struct vpl011_ops), ops, ops_size)) {
        return VPL011_ERR_ABI;
    }
    err = check_config(&c);
    if (err == VPL011_OK) {
        err = check_ops(&o, c.flags);
    }
    if (err != VPL011_OK) {
        return err;
    }

    memset(d, 0, sizeof(*d));
    d->personality = (uint8_t)c.personality;
    d->revision = (uint8_t)c.revision;
    d->flags = c.flags;
    d->periph_id = c.periph_id ? c.periph_id : revision_id(c.revision);
    d->clock_hz = c.clock_hz;
    d->baud = c.baud ? c.baud : 115200;
    d->on_stall = (uint8_t)(c.on_stall ? c.on_stall : VPL011_POLICY_STALL);
    d->on_gone = (uint8_t)(c.on_gone ? c.on_gone : VPL011_POLICY_DROP_NEWEST);
    d->present = IN_SBSA;
    if (d->flags & VPL011_CFG_STORE_CONFIG) {
        d->present |= IN_CONFIG;
    }
    if (!is_sbsa(d)) {
        d->present = IN_SBSA | IN_CONFIG | IN_PL011;
        d->modem_inputs = PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD;
    }
    d->backend = vpl011_nobody_;
    reset_registers(d);
    /* Settle once before there are ops: the first levels and line settings are
     * where the device begins, and no change that anybody should be told of. */
    vpl011_settle_(d);
    d->todo &= ~TODO_EVENTS;
    d->counters.notifies = 0;
    d->ops = o;
    vpl011_configure_(d);
    if (o.trace) {
        d->todo |= TODO_TRACED;
        d->fr &= FR_VALUE;
    }
    d->way = vpl011_way_(d);
    vpl011_store_relaxed(&d->guard, d->way);
    return VPL011_OK;
}

size_t vpl011_sizeof(void)
{
    return sizeof(struct vpl011);
}

const char *vpl011_version(void)
{
    return VPL011_VERSION;
}

int vpl011_reset(struct vpl011 *d)
{
    int err = vpl011_enter_(d);

    if (err) {
        return err;
    }
    reset_registers(d);
    return vpl011_settle_(d);
}
