/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The transmit interrupt: set by drains, cleared by filling and by ICR. */
#include "support.h"

#define TXRIS(h, expected) \
    assert_reg_bits(h, PL011_UARTRIS, PL011_INT_TX, \
                    (expected) ? PL011_INT_TX : 0)

static void clear_tx(struct host *h)
{
    guest_write(h, PL011_UARTICR, PL011_INT_TX);
    guest_write(h, PL011_UARTICR, PL011_INT_TX);
}

/* V.2 G.D2: before anything was written, enabling does not interrupt. */
static void enabling_without_data_does_not_set_txris(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_write(&h, PL011_UARTCR,
                PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    TXRIS(&h, false);
    guest_write(&h, PL011_UARTIFLS, 0x3F);
    guest_write(&h, PL011_UARTIFLS, 0);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    TXRIS(&h, false);
    assert_result(vpl011_data_avail(&h.uart), 0);
    TXRIS(&h, false);
    assert_lines(&h, 0);
    assert_int_equal(h.irqs, 0);
}

/* V.6 G.D1 P.C6: a single character that was never above the trigger
 * (FreeBSD, OpenBSD, the SBSA ACS, Linux <= 4.0). */
static void drain_of_one_character_sets_txris(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_sent(&h, "x");
    TXRIS(&h, true);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* V.6: the same with FEN=0; nothing stays on the way, so BUSY is clear. */
static void drain_of_one_character_sets_txris_without_fifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_sends(&h, "x");
    TXRIS(&h, true);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY | PL011_FR_TXFF, 0);
}

/* V.7: a far end that holds keeps the one-deep FIFO full. */
static void holding_register_that_is_full_clears_txris(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_sends(&h, "x");
    TXRIS(&h, true);
    far_end_holds(&h);
    guest_sends(&h, "y");
    TXRIS(&h, false);
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFF | PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_TXFF | PL011_FR_BUSY);
    far_end_takes(&h, 1);
    TXRIS(&h, true);
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFF | PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    assert_sent(&h, "xy");
}

/* V.3: the drain that leaves 16 sets it, those that leave 19, 18, 17 do not. */
static void txris_sets_at_the_drain_that_reaches_the_trigger(void)
{
    struct host h;
    unsigned int left;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends_count(&h, 20);
    TXRIS(&h, false);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    for (left = 19; left > 16; left--) {
        far_end_takes(&h, 1);
        TXRIS(&h, false);
    }
    far_end_takes(&h, 1);
    TXRIS(&h, true);
}

/* G.D2: below the trigger, too, it takes a drain, not a write. */
static void write_that_stays_in_the_fifo_does_not_set_txris(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    for (i = 0; i < 16; i++) {
        guest_sends(&h, "x");
        TXRIS(&h, false);
        vpl011_data_avail(&h.uart);
        TXRIS(&h, false);
    }
    far_end_takes(&h, 1);
    TXRIS(&h, true);
}

/* V.4 G.D6 P.C7: filling clears it at 17, not at 16. */
static void txris_clears_when_writes_exceed_the_trigger(void)
{
    struct host h;
    unsigned int fill;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    TXRIS(&h, true);
    far_end_holds(&h);
    for (fill = 1; fill <= 16; fill++) {
        guest_sends(&h, "y");
        TXRIS(&h, true);
    }
    guest_sends(&h, "y");
    TXRIS(&h, false);
}

/* V.5: the first ICR counts for the drain before, the second clears it; the
 * next drain sets it again without a new character. */
static void second_icr_clears_and_the_next_drain_sets_again(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends_count(&h, 10);
    far_end_takes(&h, 1);
    TXRIS(&h, true);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    TXRIS(&h, true);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    TXRIS(&h, false);
    far_end_takes(&h, 1);
    TXRIS(&h, true);
}

/* G.D3: with the FIFO empty and TXIM always set (OpenBSD 2018, 9front, seL4) it
 * stays clear until the next character, whatever else the guest does. */
static void txris_stays_clear_after_icr_until_the_next_character(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    clear_tx(&h);
    assert_lines(&h, 0);
    for (i = 0; i < 8; i++) {
        guest_read(&h, PL011_UARTFR);
        guest_read(&h, PL011_UARTDR);
        guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
        vpl011_data_avail(&h.uart);
    }
    assert_lines(&h, 0);
    guest_sends(&h, "y");
    TXRIS(&h, true);
}

/* G.D4: RTEMS and 9front write DR, then acknowledge, in one handler. The
 * drain of that character must be seen after the acknowledge. */
static void drain_before_icr_is_replayed_once(void)
{
    struct host h;
    unsigned int interrupts = 0;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    guest_sends(&h, "y");
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    /* Nothing more to send: at most one spurious interrupt, no storm. */
    while (vpl011_irq_lines(&h.uart) && interrupts < 10) {
        guest_write(&h, PL011_UARTICR, PL011_INT_TX);
        interrupts++;
    }
    assert_int_equal(interrupts, 1);
}

/* RTEMS with FEN=0: one write fills and empties the holding register. The
 * trigger is compared after the drain, or its next interrupt is lost. */
static void write_that_drains_at_once_leaves_txris_set(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_sends(&h, "x");
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    guest_sends(&h, "y");
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    TXRIS(&h, true);
}

/* G.D5: Zephyr, Xen and Linux <= 4.0 find it when they unmask. */
static void txris_is_latched_while_masked(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    assert_reg(&h, PL011_UARTMIS, 0);
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_reg(&h, PL011_UARTMIS, PL011_INT_TX);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* G.D5 G.B8: nor do CR, LCR_H and IFLS writes or reads disturb it. */
static void other_registers_leave_txris_alone(void)
{
    static const uint32_t lcr_h[] = {0x70, 0x60, 0x71, 0x70, 0x00, 0x70};
    struct host h;
    size_t i;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    for (i = 0; i < sizeof(lcr_h) / sizeof(lcr_h[0]); i++) {
        guest_write(&h, PL011_UARTLCR_H, lcr_h[i]);
        TXRIS(&h, true);
        guest_write(&h, PL011_UARTCR, i % 2 ? 0x301 : 0);
        TXRIS(&h, true);
        guest_write(&h, PL011_UARTIFLS, i * 9 % 0x40);
        TXRIS(&h, true);
        guest_read(&h, PL011_UARTDR);
        guest_read(&h, PL011_UARTRIS);
        guest_write(&h, PL011_UARTECR, 0);
        TXRIS(&h, true);
    }
}

/* G.C3 P.C7: while it shows, half a FIFO (Linux, NetBSD) or what the trigger
 * leaves (FreeBSD: 1/4, 24 characters) is accepted without looking at FR. */
static void txris_promises_room_for_blind_writers(void)
{
    static const struct {
        uint32_t revision, ifls, blind;
    } drivers[] = {
        {VPL011_R1P5, 0x12, 16}, {VPL011_R1P5, 0x19, 24},
        {VPL011_R1P4, 0x12, 8},  {VPL011_R1P4, 0x19, 12},
        {VPL011_R1P4, 0x12, 16}, /* NetBSD: a whole FIFO on the hint */
    };
    size_t i;

    for (i = 0; i < sizeof(drivers) / sizeof(drivers[0]); i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.revision = drivers[i].revision},
                          .enabled = true,
                      });
        guest_write(&h, PL011_UARTIFLS, drivers[i].ifls);
        far_end_holds(&h);
        while (!(guest_read(&h, PL011_UARTFR) & PL011_FR_TXFF)) {
            guest_sends(&h, "f");
        }
        while (!(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX)) {
            far_end_takes(&h, 1);
        }
        guest_sends_count(&h, drivers[i].blind);
        assert_counter(&h, tx_overflow, 0);
        far_end_takes(&h, FAR_UNLIMITED);
        assert_counter(&h, tx_overflow, 0);
    }
}

/* A register write that lets held characters go sets it by their drain. */
static void drain_that_a_register_write_allows_sets_txris(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H,
                PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN | PL011_LCR_H_BRK);
    guest_sends(&h, "held");
    TXRIS(&h, false);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    assert_sent(&h, "held");
    TXRIS(&h, true);
}

/* P.C8: what a policy discards has left the FIFO too. */
static void drain_that_discards_sets_txris(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .no_backend = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "lost");
    assert_counter(&h, tx_dropped, 4);
    TXRIS(&h, true);
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFE | PL011_FR_TXFF | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* P.C6: the permissive rule is the default, with it also in the SBSA
 * personality (ACS: IMSC.TX, then 46 characters by polling). */
static void sbsa_drain_sets_txris(void)
{
    struct host h;

    host_init(&h, &host_sbsa);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_lines(&h, 0);
    guest_sends(&h, "0");
    TXRIS(&h, true);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* G.C3: half a FIFO is free when it interrupts, IFLS or not. */
static void sbsa_trigger_is_half(void)
{
    struct host h;
    unsigned int left = 20;

    host_init(&h, &host_sbsa);
    guest_write(&h, PL011_UARTIFLS, 0);
    far_end_holds(&h);
    guest_sends_count(&h, left);
    while (!(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX) && left) {
        far_end_takes(&h, 1);
        left--;
    }
    assert_int_equal(left, 16);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(enabling_without_data_does_not_set_txris),
        CASE(drain_of_one_character_sets_txris),
        CASE(drain_of_one_character_sets_txris_without_fifo),
        CASE(holding_register_that_is_full_clears_txris),
        CASE(txris_sets_at_the_drain_that_reaches_the_trigger),
        CASE(write_that_stays_in_the_fifo_does_not_set_txris),
        CASE(txris_clears_when_writes_exceed_the_trigger),
        CASE(second_icr_clears_and_the_next_drain_sets_again),
        CASE(txris_stays_clear_after_icr_until_the_next_character),
        CASE(drain_before_icr_is_replayed_once),
        CASE(write_that_drains_at_once_leaves_txris_set),
        CASE(txris_is_latched_while_masked),
        CASE(other_registers_leave_txris_alone),
        CASE(txris_promises_room_for_blind_writers),
        CASE(drain_that_a_register_write_allows_sets_txris),
        CASE(drain_that_discards_sets_txris),
        CASE(sbsa_drain_sets_txris),
        CASE(sbsa_trigger_is_half),
    };

    return run_cases(cases);
}
