/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Input that is typed before the guest programs the UART. A PL011 comes out of
 * reset without FIFOs and, in this model, with its receiver open.
 */
#include <vpl011/state.h>

#include "support.h"

/* As Linux does at open. */
static void guest_opens(struct host *h)
{
    guest_write(h, PL011_UARTCR, 0);
    guest_write(h, PL011_UARTLCR_H, 0x70);
    guest_write(h, PL011_UARTCR, 0x301);
}

static void type_ahead_arrives_whole(void)
{
    struct host h;
    char got[8];
    size_t n;

    host_init(&h, NULL);
    assert_int_equal(far_end_types(&h, "hello"), 1);
    guest_opens(&h);
    n = guest_receives(&h, got, 8);
    vpl011_data_avail(&h.uart);
    n += guest_receives(&h, got + n, 8 - n);
    assert_int_equal(n, 5);
    assert_memory_equal(got, "hello", 5);
    assert_counter(&h, rx_flushed, 0);
}

/* It can be read, whatever was acknowledged before the guest began. */
static void what_was_put_down_rises_again_with_it(void)
{
    const uint16_t entry = 'h';
    struct host h;

    host_init(&h, NULL);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 1);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_RT, 0);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_FEN);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_RT, PL011_INT_RT);
}

/* A guest that turns FIFOs on before it writes UARTCR gets it as well. */
static void whichever_register_comes_first(void)
{
    struct host h;

    host_init(&h, NULL);
    far_end_types(&h, "h");
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_write(&h, PL011_UARTCR, 0x301);
    assert_receives(&h, "h");
}

/* What was typed ahead survives one change of FEN. The next one empties both
 * FIFOs, as drivers expect. */
static void the_second_change_of_fen_flushes(void)
{
    struct host h;

    host_init(&h, NULL);
    far_end_types(&h, "h");
    guest_opens(&h);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_counter(&h, rx_flushed, 1);
}

static void what_comes_after_cr_was_written_is_flushed(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTCR, 0x301);
    far_end_types(&h, "x");
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);

    /* The same where a character came before that, and was read. */
    host_init(&h, NULL);
    far_end_types(&h, "h");
    assert_reg(&h, PL011_UARTDR, 'h');
    guest_write(&h, PL011_UARTCR, 0x301);
    far_end_types(&h, "x");
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
}

static void output_is_flushed_all_the_same(void)
{
    struct host h;

    host_init(&h, NULL);
    far_end_holds(&h);
    far_end_types(&h, "h");
    guest_sends(&h, "o");
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_RXFE,
                    PL011_FR_TXFE);
}

static void it_survives_a_move_too(void)
{
    struct vpl011_state state;
    struct host from;
    struct host to;

    host_init(&from, NULL);
    far_end_types(&from, "h");
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    host_init(&to, NULL);
    to.loads = true;
    assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
    to.loads = false;
    guest_opens(&to);
    assert_receives(&to, "h");
}

/* An overrun mark belongs to the FIFO that was flushed, even if it was empty.
 */
static void an_overrun_before_the_change_marks_nothing_behind_it(void)
{
    const uint16_t entries[] = {'h', 'i'};
    const uint16_t later = 'x';
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_UNTHROTTLED}});
    assert_result(vpl011_rx_push(&h.uart, entries, 2), 2);
    assert_reg(&h, PL011_UARTDR, 'h');
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_result(vpl011_rx_push(&h.uart, &later, 1), 1);
    assert_reg(&h, PL011_UARTDR, 'x');
}

/* What was typed ahead waits in a FIFO of one. */
static void type_ahead_in_a_deep_fifo_is_no_state(void)
{
    struct vpl011_state state;
    struct host h;

    host_init(&h, NULL);
    far_end_types(&h, "h");
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_true(state.latches & VPL011_LATCH_EARLY_RX);
    state.lcr_h |= PL011_LCR_H_FEN;
    assert_result(vpl011_state_set(&h.uart, &state), VPL011_ERR_STATE_VALUE);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(type_ahead_arrives_whole),
        CASE(what_was_put_down_rises_again_with_it),
        CASE(whichever_register_comes_first),
        CASE(the_second_change_of_fen_flushes),
        CASE(what_comes_after_cr_was_written_is_flushed),
        CASE(output_is_flushed_all_the_same),
        CASE(it_survives_a_move_too),
        CASE(an_overrun_before_the_change_marks_nothing_behind_it),
        CASE(type_ahead_in_a_deep_fifo_is_no_state),
    };

    return run_cases(cases);
}
