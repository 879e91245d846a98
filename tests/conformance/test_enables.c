/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* UARTEN, TXE and RXE: what they hold back, and what they must not. */
#include "support.h"

static const struct host_options strict = {
    .config = {.flags = VPL011_CFG_STRICT_ENABLES},
};

/* G.B1 P.C25: Linux earlycon sends thousands of characters with CR = 0x300;
 * illumos and others never set UARTEN. */
static void output_is_not_gated_by_default(void)
{
    static const uint32_t cr[] = {0x300, 0, PL011_CR_UARTEN, PL011_CR_TXE};
    size_t i;

    for (i = 0; i < sizeof(cr) / sizeof(cr[0]); i++) {
        struct host h;

        host_init(&h, NULL);
        guest_sends(&h, "a");
        guest_write(&h, PL011_UARTCR, cr[i]);
        guest_sends(&h, "b");
        assert_sent(&h, "ab");
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, 0);
        assert_int_equal(h.guest_errors, 0);
    }
}

/* V.8 P.C25: strict enables keep what is written, busy, until UARTEN. */
static void strict_enables_hold_output_until_uarten_and_txe(void)
{
    struct host h;

    host_init(&h, &strict);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_sends(&h, "12345");
    assert_sent(&h, "");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_BUSY);
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN);
    assert_sent(&h, "");
    guest_write(&h, PL011_UARTCR, PL011_CR_TXE);
    assert_sent(&h, "");
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE);
    assert_sent(&h, "12345");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
}

static void strict_enables_hold_input_until_uarten_and_rxe(void)
{
    struct host h;

    host_init(&h, &strict);
    assert_int_equal(far_end_types(&h, "x"), 0);
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN);
    assert_result(vpl011_data_avail(&h.uart), 0);
    guest_write(&h, PL011_UARTCR, PL011_CR_RXE);
    assert_result(vpl011_data_avail(&h.uart), 0);
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_RXE);
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_receives(&h, "x");
}

/* G.B2: Linux toggles CR for each line that printk writes. */
static void toggling_enables_drops_nothing_and_resets_nothing(void)
{
    static const uint32_t cr[] = {0x300, 0x301, 0, 0x301, 0x101, 0x301, 0x300};
    struct host h;
    size_t i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX | PL011_INT_RT);
    guest_sends(&h, "x");
    far_end_types(&h, "abc");
    far_end_holds(&h);
    guest_sends(&h, "yz");
    for (i = 0; i < sizeof(cr) / sizeof(cr[0]); i++) {
        guest_write(&h, PL011_UARTCR, cr[i]);
        assert_reg(&h, PL011_UARTCR, cr[i]);
        assert_reg(&h, PL011_UARTRIS, PL011_INT_TX | PL011_INT_RT);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_RXFE, 0);
    }
    assert_receives(&h, "abc");
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "xyz");
}

/* G.B9 P.C25: a guest that never programs CR gets input ... */
static void input_flows_until_cr_is_first_written(void)
{
    struct host h;

    host_init(&h, NULL);
    assert_int_equal(far_end_types(&h, "x"), 1);
    assert_receives(&h, "x");
}

/* G.B9: ... and later, while RXE or UARTEN is off, input is held, or the next
 * LCR_H write would flush it (Linux between close and open). */
static void input_is_held_while_the_receiver_is_off(void)
{
    static const uint32_t off[] = {0, PL011_CR_UARTEN, PL011_CR_RXE,
                                   PL011_CR_UARTEN | PL011_CR_TXE,
                                   PL011_UARTCR_RESET};
    size_t i;

    for (i = 0; i < sizeof(off) / sizeof(off[0]); i++) {
        struct host h;

        host_init(&h, NULL);
        guest_write(&h, PL011_UARTCR, off[i]);
        assert_int_equal(far_end_types(&h, "kept"), 0);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
        guest_write(&h, PL011_UARTLCR_H, 0x70);
        guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_RXE);
        assert_result(vpl011_data_avail(&h.uart), 4);
        assert_receives(&h, "kept");
    }
}

/* What the guest was already given stays readable. */
static void switching_the_receiver_off_keeps_what_was_received(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types(&h, "abc");
    guest_write(&h, PL011_UARTCR, 0);
    assert_receives(&h, "abc");
}

/* On an unthrottled line input is lost meanwhile, and counted. */
static void unthrottled_input_is_ignored_while_the_receiver_is_off(void)
{
    const uint16_t entry = 'x';
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_UNTHROTTLED},
                      .enabled = true,
                  });
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE);
    assert_int_equal(far_end_types(&h, "gone"), 4);
    assert_int_equal(far_end_waiting(&h), 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_counter(&h, rx_ignored, 4);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    h.far.break_after = 0;
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_counter(&h, rx_ignored, 6);
    assert_counter(&h, rx_bytes, 0);
}

/* G.H1: firmware, kernel and kexec hand over without a reset: each finds what
 * the one before left. */
static void nothing_resets_between_two_drivers(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTIBRD, 13);
    guest_write(&h, PL011_UARTFBRD, 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_write(&h, PL011_UARTCR, 0x301);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "typed");
    /* The next one masks, acknowledges and reads the registers. */
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
    assert_reg(&h, PL011_UARTCR, 0x301);
    assert_reg(&h, PL011_UARTLCR_H, 0x70);
    assert_reg(&h, PL011_UARTIBRD, 13);
    assert_reg(&h, PL011_UARTFBRD, 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_write(&h, PL011_UARTCR, 0x301);
    assert_receives(&h, "typed");
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(output_is_not_gated_by_default),
        CASE(strict_enables_hold_output_until_uarten_and_txe),
        CASE(strict_enables_hold_input_until_uarten_and_rxe),
        CASE(toggling_enables_drops_nothing_and_resets_nothing),
        CASE(input_flows_until_cr_is_first_written),
        CASE(input_is_held_while_the_receiver_is_off),
        CASE(switching_the_receiver_off_keeps_what_was_received),
        CASE(unthrottled_input_is_ignored_while_the_receiver_is_off),
        CASE(nothing_resets_between_two_drivers),
    };

    return run_cases(cases);
}
