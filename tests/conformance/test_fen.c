/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* LCR_H.FEN: a change empties both FIFOs, the same value disturbs nothing. */
#include "support.h"

/* 5 characters wait in each direction. */
static void init_queued(struct host *h)
{
    host_init(h, &host_enabled);
    guest_write(h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(h, "12345");
    guest_write(h, PL011_UARTIFLS, 0);
    far_end_holds(h);
    guest_sends(h, "abcde");
}

/* V.18 P.C18: queues, flags and interrupts together; TX is not set by it. */
static void clearing_fen_empties_both(void)
{
    struct host h;

    init_queued(&h);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_RX | PL011_INT_RT);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_reg_bits(&h, PL011_UARTFR, 0xF8, PL011_FR_TXFE | PL011_FR_RXFE);
    assert_reg(&h, PL011_UARTRIS, 0);
    assert_lines(&h, 0);
    assert_reg(&h, PL011_UARTDR, 0);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "");
    assert_counter(&h, tx_flushed, 5);
    assert_counter(&h, rx_flushed, 5);
}

/* G.B8: RTEMS, 9front and OP-TEE flush so; in the other direction too. */
static void setting_fen_empties_both(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    far_end_types(&h, "1");
    far_end_holds(&h);
    guest_sends(&h, "ab");
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, 0xF8, PL011_FR_TXFE | PL011_FR_RXFE);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "");
    assert_counter(&h, tx_flushed, 2);
    assert_counter(&h, rx_flushed, 1);
}

/* V.17 G.B8: Linux rewrites LCR_H with data queued (set_termios, BREAK). */
static void same_fen_keeps_both(void)
{
    static const uint32_t lcr_h[] = {0x71, 0x70, 0x10, 0xFE, 0x70};
    struct host h;
    size_t i;

    init_queued(&h);
    for (i = 0; i < sizeof(lcr_h) / sizeof(lcr_h[0]); i++) {
        guest_write(&h, PL011_UARTLCR_H, lcr_h[i]);
        assert_reg_bits(&h, PL011_UARTRIS,
                        PL011_INT_TX | PL011_INT_RX | PL011_INT_RT,
                        PL011_INT_RX | PL011_INT_RT);
    }
    assert_receives(&h, "12345");
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "abcde");
    assert_counter(&h, tx_flushed, 0);
    assert_counter(&h, rx_flushed, 0);
}

/* G.B8: Linux <= 4.0 relies on it. */
static void flush_keeps_txris_and_errors(void)
{
    const uint16_t entry = PL011_DR_PE | 'x';
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_TX | PL011_INT_PE);
}

/* P.C18: nor does it discard what is still in the backend. */
static void backend_input_survives_the_flush(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 34);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_int_equal(far_end_waiting(&h), 2);
    assert_result(vpl011_data_avail(&h.uart), 2);
    assert_counter(&h, rx_flushed, 32);
}

/* A pending overrun mark does not outlive the FIFO it belonged to. */
static void flush_drops_the_overrun_mark(void)
{
    uint16_t entries[3] = {'a', 'b', 'c'};
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_UNTHROTTLED},
                      .enabled = true,
                  });
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_int_equal(vpl011_rx_push(&h.uart, entries, 2), 2);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_int_equal(vpl011_rx_push(&h.uart, &entries[2], 1), 1);
    assert_reg(&h, PL011_UARTDR, 'c');
}

/* Toggled at any fill and head: the depth changes under the indices. */
static void toggling_at_any_fill_stays_consistent(void)
{
    struct host h;
    uint32_t seed = 3;
    int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 2000; i++) {
        h.far.sent_count = 0;
        h.far.input_first = 0;
        h.far.input_end = 0;
        h.far.room = next_random(&seed) % 8;
        guest_sends_count(&h, next_random(&seed) % 70);
        far_end_types_count(&h, next_random(&seed) % 40);
        guest_write(&h, PL011_UARTLCR_H, next_random(&seed) & 0xFF);
        guest_write(&h, PL011_UARTLCR_H,
                    guest_read(&h, PL011_UARTLCR_H) ^ PL011_LCR_H_FEN);
        assert_reg_bits(&h, PL011_UARTFR, 0xF8, PL011_FR_TXFE | PL011_FR_RXFE);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(clearing_fen_empties_both),
        CASE(setting_fen_empties_both),
        CASE(same_fen_keeps_both),
        CASE(flush_keeps_txris_and_errors),
        CASE(backend_input_survives_the_flush),
        CASE(flush_drops_the_overrun_mark),
        CASE(toggling_at_any_fill_stays_consistent),
    };

    return run_cases(cases);
}
