/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Interrupts as the TRM words them, for testing drivers. */
#include "support.h"

static const struct host_options strict = {
    .config = {.flags = VPL011_CFG_STRICT_INTERRUPTS},
    .enabled = true,
};

#define RIS(h, expected) assert_reg(h, PL011_UARTRIS, expected)

/* P.C6: a burst that never was above the trigger does not interrupt. */
static void txris_needs_a_crossing_from_above(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_sends(&h, "x");
    RIS(&h, 0);
    far_end_holds(&h);
    guest_sends_count(&h, 16);
    far_end_takes(&h, FAR_UNLIMITED);
    RIS(&h, 0);
    far_end_holds(&h);
    guest_sends_count(&h, 17);
    far_end_takes(&h, FAR_UNLIMITED);
    RIS(&h, PL011_INT_TX);
}

/* V.3, strictly: the drain from 17 to 16; and V.5: one ICR clears it, further
 * drains do not bring it back. */
static void txris_sets_once_for_each_crossing(void)
{
    struct host h;
    int left;

    host_init(&h, &strict);
    far_end_holds(&h);
    guest_sends_count(&h, 20);
    for (left = 19; left > 16; left--) {
        far_end_takes(&h, 1);
        RIS(&h, 0);
    }
    far_end_takes(&h, 1);
    RIS(&h, PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    RIS(&h, 0);
    far_end_takes(&h, 1);
    RIS(&h, 0);
    far_end_takes(&h, FAR_UNLIMITED);
    RIS(&h, 0);
}

static void txris_clears_above_the_trigger(void)
{
    struct host h;

    host_init(&h, &strict);
    far_end_holds(&h);
    guest_sends_count(&h, 17);
    far_end_takes(&h, 1);
    RIS(&h, PL011_INT_TX);
    guest_sends(&h, "x");
    RIS(&h, 0);
}

/* FEN=0: the single location becoming empty is the crossing. */
static void txris_without_fifo_sets_on_each_character(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_sends(&h, "x");
    RIS(&h, PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    RIS(&h, 0);
    guest_sends(&h, "y");
    RIS(&h, PL011_INT_TX);
}

/* V.10: after a write of UARTICR one more character does not raise RX again; RT
 * reports it. */
static void rxris_is_latched_on_crossing_and_cleared_by_icr(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    far_end_types_count(&h, 15);
    RIS(&h, 0);
    far_end_types(&h, "x");
    RIS(&h, PL011_INT_RX);
    guest_write(&h, PL011_UARTICR, PL011_INT_RX);
    RIS(&h, 0);
    far_end_types(&h, "y");
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    RIS(&h, PL011_INT_RT);
    /* Below and above again: another crossing. */
    guest_read(&h, PL011_UARTDR);
    guest_read(&h, PL011_UARTDR);
    guest_write(&h, PL011_UARTIMSC, 0);
    far_end_types(&h, "z");
    RIS(&h, PL011_INT_RX);
}

static void rxris_clears_when_reads_go_below_the_trigger(void)
{
    struct host h;

    host_init(&h, &strict);
    far_end_types_count(&h, 17);
    RIS(&h, PL011_INT_RX);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, PL011_INT_RX);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
}

/* RX alone below the trigger is silent: 9front waits for 16 characters. */
static void rx_unmasked_alone_waits_for_the_trigger(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX);
    far_end_types_count(&h, 15);
    RIS(&h, 0);
}

/* ICR ends the timeout until something new comes; the mask restarts it. */
static void rtris_is_not_re_armed_by_icr(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "ab");
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    RIS(&h, 0);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
    assert_result(vpl011_data_avail(&h.uart), 0);
    RIS(&h, 0);
    assert_lines(&h, 0);
    far_end_types(&h, "c");
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    RIS(&h, PL011_INT_RT);
    guest_drains(&h);
    RIS(&h, 0);
}

/* The mask also powers the counter (TRM 3.3.11): the raw bit needs it. */
static void rtris_needs_its_mask(void)
{
    struct host h;

    host_init(&h, &strict);
    far_end_types(&h, "a");
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    RIS(&h, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(txris_needs_a_crossing_from_above),
        CASE(txris_sets_once_for_each_crossing),
        CASE(txris_clears_above_the_trigger),
        CASE(txris_without_fifo_sets_on_each_character),
        CASE(rxris_is_latched_on_crossing_and_cleared_by_icr),
        CASE(rxris_clears_when_reads_go_below_the_trigger),
        CASE(rx_unmasked_alone_waits_for_the_trigger),
        CASE(rtris_is_not_re_armed_by_icr),
        CASE(rtris_needs_its_mask),
    };

    return run_cases(cases);
}
