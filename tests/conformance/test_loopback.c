/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Loopback of data, breaks and modem lines (TRM 2.4.4, 4.5.2). */
#include "support.h"

#define LOOP_CR (PL011_UARTCR_FIRMWARE | PL011_CR_LBE)

static void init_looped(struct host *h, uint32_t cr)
{
    host_init(h, &host_enabled);
    guest_write(h, PL011_UARTCR, cr);
    guest_write(h, PL011_UARTICR, PL011_INT_ALL);
    host_forget(h);
}

/* G.F1: looped characters are received, and never leave. */
static void characters_come_back_and_never_leave(void)
{
    struct host h;

    init_looped(&h, LOOP_CR);
    guest_sends(&h, "loop");
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFE | PL011_FR_BUSY | PL011_FR_RXFE,
                    PL011_FR_TXFE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    assert_receives(&h, "loop");
    assert_int_equal(h.far.writes, 0);
    assert_counter(&h, tx_looped, 4);
    assert_counter(&h, tx_bytes, 0);
    assert_counter(&h, rx_bytes, 4);
}

/* G.F1: with RXE off it vanishes (Linux <= 4.0 sends a NUL so at open, and
 * waits for TXRIS). */
static void without_rxe_the_character_vanishes_and_txris_comes(void)
{
    struct host h;

    init_looped(&h, PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_LBE);
    guest_write(&h, PL011_UARTDR, 0);
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFE | PL011_FR_BUSY | PL011_FR_RXFE,
                    PL011_FR_TXFE | PL011_FR_RXFE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    assert_int_equal(h.far.sent_count, 0);
}

/* Loopback transmits only what would be transmitted. */
static void held_characters_are_not_looped(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_STRICT_ENABLES}});
    guest_write(&h, PL011_UARTCR, PL011_CR_LBE | PL011_CR_TXE);
    guest_sends(&h, "x");
    assert_counter(&h, tx_looped, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    guest_write(&h, PL011_UARTCR, LOOP_CR);
    assert_receives(&h, "x");
}

/* Input from the serial line is not received, and not lost. */
static void far_end_input_is_held_during_loopback(void)
{
    struct host h;

    init_looped(&h, LOOP_CR);
    assert_int_equal(far_end_types(&h, "out"), 0);
    guest_sends(&h, "in");
    assert_receives(&h, "in");
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE);
    assert_result(vpl011_data_avail(&h.uart), 3);
    assert_receives(&h, "out");
}

/* P.C16: every insert is bounded: more than fits is an overrun. */
static void looped_overrun_is_bounded(void)
{
    static const uint32_t lcr_h[] = {0x70, 0x60};
    static const unsigned int depth[] = {32, 1};
    size_t i;
    unsigned int n;

    for (i = 0; i < 2; i++) {
        struct host h;

        init_looped(&h, LOOP_CR);
        guest_write(&h, PL011_UARTLCR_H, lcr_h[i]);
        guest_sends_count(&h, 100);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFF, PL011_FR_RXFF);
        assert_reg(&h, PL011_UARTRSR, PL011_RSR_OE);
        assert_counter(&h, rx_overruns, 100 - depth[i]);
        for (n = 0; n < depth[i]; n++) {
            assert_reg(&h, PL011_UARTDR, 'a' + n % 26);
        }
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    }
}

/* V.19 G.F3: each output feeds one input; the change is latched, not the
 * level. */
static void outputs_feed_inputs(void)
{
    static const struct {
        uint32_t cr, fr, ris;
    } pairs[] = {
        {PL011_CR_RTS, PL011_FR_CTS, PL011_INT_CTS},
        {PL011_CR_DTR, PL011_FR_DSR, PL011_INT_DSR},
        {PL011_CR_OUT1, PL011_FR_DCD, PL011_INT_DCD},
        {PL011_CR_OUT2, PL011_FR_RI, PL011_INT_RI},
    };
    size_t i;

    for (i = 0; i < 4; i++) {
        struct host h;

        init_looped(&h, LOOP_CR);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, 0);
        guest_write(&h, PL011_UARTCR, LOOP_CR | pairs[i].cr);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, pairs[i].fr);
        assert_reg(&h, PL011_UARTRIS, pairs[i].ris);
        guest_write(&h, PL011_UARTICR, pairs[i].ris);
        assert_reg(&h, PL011_UARTRIS, 0);
        guest_write(&h, PL011_UARTIMSC, 0);
        assert_reg(&h, PL011_UARTRIS, 0);
        guest_write(&h, PL011_UARTCR, LOOP_CR);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, 0);
        assert_reg(&h, PL011_UARTRIS, pairs[i].ris);
    }
}

/* P.C14: entry and exit both show what is true, and latch the changes. */
static void entry_and_exit_are_changes_like_any_other(void)
{
    const uint32_t pins = PL011_FR_CTS | PL011_FR_RI;
    struct host h;

    host_init(&h, &host_enabled);
    assert_result(vpl011_set_modem(&h.uart, pins), VPL011_OK);
    guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
    guest_write(&h, PL011_UARTCR, LOOP_CR | PL011_CR_RTS | PL011_CR_DTR);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM,
                    PL011_FR_CTS | PL011_FR_DSR);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_DSR | PL011_INT_RI);
    guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
    /* Pins that move meanwhile are not seen ... */
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_DCD), VPL011_OK);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM,
                    PL011_FR_CTS | PL011_FR_DSR);
    assert_reg(&h, PL011_UARTRIS, 0);
    /* ... until loopback ends. */
    guest_write(&h, PL011_UARTCR,
                PL011_UARTCR_FIRMWARE | PL011_CR_RTS | PL011_CR_DTR);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, PL011_FR_DCD);
    assert_reg(&h, PL011_UARTRIS,
               PL011_INT_CTS | PL011_INT_DSR | PL011_INT_DCD);
}

/* CTSEN looks at the device's own RTS; with RTSEN the sender stops at the
 * trigger and continues as the guest reads, so that nothing overruns. */
static void rtsen_and_ctsen_together_stall_at_the_watermark(void)
{
    struct host h;
    char got[64];
    size_t count = 0;

    init_looped(&h, LOOP_CR | PL011_CR_RTSEN | PL011_CR_CTSEN);
    guest_sends_count(&h, 40);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_RX, PL011_INT_RX);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY | PL011_FR_RXFF,
                    PL011_FR_BUSY);
    assert_counter(&h, tx_looped, 16);
    while (count < 40 && !(guest_read(&h, PL011_UARTFR) & PL011_FR_RXFE)) {
        got[count++] = (char)guest_read(&h, PL011_UARTDR);
    }
    assert_int_equal(count, 40);
    assert_int_equal(got[0], 'a');
    assert_int_equal(got[39], 'a' + 39 % 26);
    assert_counter(&h, rx_overruns, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, 0);
}

static void ctsen_waits_for_the_own_rts(void)
{
    struct host h;

    init_looped(&h, LOOP_CR | PL011_CR_CTSEN);
    guest_sends(&h, "x");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_reg(&h, PL011_UARTRIS, 0); /* nothing left the FIFO */
    guest_write(&h, PL011_UARTCR, LOOP_CR | PL011_CR_CTSEN | PL011_CR_RTS);
    assert_receives(&h, "x");
}

/* A BREAK in loopback is one entry, and does not reach the far end. */
static void break_is_looped_once(void)
{
    struct host h;

    init_looped(&h, LOOP_CR);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_reg(&h, PL011_UARTDR, 0x500);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(h.far.breaks_begun, 0);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_reg(&h, PL011_UARTDR, 0x500);
}

/* A BREAK that is being sent when loopback begins ends on the serial line. */
static void loopback_takes_a_break_off_the_line(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_true(h.far.breaking);
    guest_write(&h, PL011_UARTCR, LOOP_CR);
    assert_false(h.far.breaking);
    assert_reg(&h, PL011_UARTDR, 0x500);
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE);
    assert_true(h.far.breaking);
}

/* As a character that is looped then. */
static void looped_break_vanishes_with_the_receiver_off(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR,
                PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_LBE);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_BE | PL011_INT_FE, 0);
    assert_int_equal(h.far.breaks_begun, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(characters_come_back_and_never_leave),
        CASE(without_rxe_the_character_vanishes_and_txris_comes),
        CASE(held_characters_are_not_looped),
        CASE(far_end_input_is_held_during_loopback),
        CASE(looped_overrun_is_bounded),
        CASE(outputs_feed_inputs),
        CASE(entry_and_exit_are_changes_like_any_other),
        CASE(rtsen_and_ctsen_together_stall_at_the_watermark),
        CASE(ctsen_waits_for_the_own_rts),
        CASE(break_is_looped_once),
        CASE(loopback_takes_a_break_off_the_line),
        CASE(looped_break_vanishes_with_the_receiver_off),
    };

    return run_cases(cases);
}
