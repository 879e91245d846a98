/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Acknowledging in a model without time, where a character leaves and the next
 * one arrives at once: UARTICR, the two acknowledges of TXRIS, and handlers
 * that do not read.
 */
#include <vpl011/state.h>

#include "support.h"

#define RECEIVE (PL011_INT_RX | PL011_INT_RT)
#define MIS_OF(h, bits, expected) \
    assert_reg_bits(h, PL011_UARTMIS, bits, expected)

static void init_with_data(struct host *h)
{
    host_init(h, &host_enabled);
    guest_write(h, PL011_UARTIMSC, RECEIVE);
    far_end_types(h, "abc");
    MIS_OF(h, RECEIVE, PL011_INT_RT);
}

static void icr(struct host *h, uint32_t value)
{
    guest_write(h, PL011_UARTICR, value);
}

/* Reading, an arrival, an acknowledge: the new character is not left behind. */
static void one_acknowledge_never_hides_data(void)
{
    struct host h;

    init_with_data(&h);
    icr(&h, RECEIVE);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);
    guest_read(&h, PL011_UARTDR);
    icr(&h, RECEIVE);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

/* MicroPython with its ring full acknowledges and reads nothing: the interrupt
 * output must be lowered, or its main program never runs. */
static void a_second_acknowledge_with_nothing_read_puts_the_line_down(void)
{
    struct host h;

    init_with_data(&h);
    icr(&h, RECEIVE);
    icr(&h, RECEIVE);
    MIS_OF(&h, RECEIVE, 0);
    assert_lines(&h, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, 0);
}

/* Only what was acknowledged, and not by other bits. */
static void each_of_rx_and_rt_is_put_down_by_itself(void)
{
    struct host h;

    init_with_data(&h);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_write(&h, PL011_UARTIMSC, RECEIVE);
    far_end_types(&h, "d");
    MIS_OF(&h, RECEIVE, RECEIVE);
    icr(&h, PL011_INT_ALL & ~RECEIVE);
    icr(&h, PL011_INT_ALL & ~RECEIVE);
    MIS_OF(&h, RECEIVE, RECEIVE);
    icr(&h, PL011_INT_RT);
    icr(&h, PL011_INT_RT);
    MIS_OF(&h, RECEIVE, PL011_INT_RX);
    icr(&h, PL011_INT_RX);
    MIS_OF(&h, RECEIVE, 0);
}

static void put_down(struct host *h)
{
    init_with_data(h);
    icr(h, RECEIVE);
    icr(h, RECEIVE);
    MIS_OF(h, RECEIVE, 0);
}

/* Whatever may make the guest read raises them again. */
static void what_was_put_down_rises_again(void)
{
    const uint16_t entry = 'x';
    struct vpl011_state state;
    struct host to;
    struct host h;

    put_down(&h);
    guest_read(&h, PL011_UARTDR);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);

    put_down(&h);
    vpl011_rx_push(&h.uart, &entry, 1);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);

    /* A millisecond later, not at each call of the host, which would be one
     * interrupt for each call. */
    put_down(&h);
    vpl011_data_avail(&h.uart);
    MIS_OF(&h, RECEIVE, 0);
    vpl011_tick(&h.uart);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);

    put_down(&h);
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTIMSC, RECEIVE);
    MIS_OF(&h, RECEIVE, PL011_INT_RT);

    /* Each of the two by its own mask. */
    put_down(&h);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX);
    guest_write(&h, PL011_UARTIMSC, 0);
    MIS_OF(&h, RECEIVE, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX);
    MIS_OF(&h, RECEIVE, PL011_INT_RX);

    /* After a flush the next character raises them again. */
    put_down(&h);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    far_end_types(&h, "d");
    MIS_OF(&h, RECEIVE, RECEIVE);

    /* A move keeps them down. */
    put_down(&h);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    host_init(&to, &host_enabled);
    to.loads = true;
    assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
    MIS_OF(&to, RECEIVE, 0);
    to.loads = false;
    vpl011_tick(&to.uart);
    MIS_OF(&to, RECEIVE, PL011_INT_RT);
}

/* By the strict rules one acknowledge clears it. */
static void strict_interrupts_know_no_second_acknowledge(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_STRICT_INTERRUPTS},
                      .enabled = true});
    guest_write(&h, PL011_UARTIMSC, RECEIVE);
    far_end_types(&h, "abc");
    icr(&h, RECEIVE);
    MIS_OF(&h, RECEIVE, 0);
}

/* drivers.md R3, seL4 and MicroPython: TXIM stays on, one character is sent for
 * each interrupt, which is acknowledged. One interrupt for each. */
static void txim_left_on_takes_one_interrupt_for_a_character(void)
{
    struct host h;
    unsigned int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    for (i = 0; i < 100; i++) {
        guest_sends(&h, "x");
        MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
        icr(&h, 0x7F0);
        MIS_OF(&h, PL011_INT_TX, 0);
    }
    assert_counter(&h, irq_raises, 100);
}

/* RTEMS sends from its handler, and then acknowledges the interrupt that called
 * it: the new character's interrupt remains. */
static void what_a_handler_sends_before_it_acknowledges_is_not_forgotten(void)
{
    struct host h;
    unsigned int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "a");
    for (i = 0; i < 10; i++) {
        MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
        guest_sends(&h, "b");
        icr(&h, PL011_INT_TX);
    }
    icr(&h, PL011_INT_TX);
    MIS_OF(&h, PL011_INT_TX, 0);
}

/* A handler that was called to receive echoes, and acknowledges everything. */
static void an_echo_from_a_receive_handler_is_not_forgotten(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, RECEIVE | PL011_INT_TX);
    far_end_types(&h, "k");
    guest_read(&h, PL011_UARTDR);
    assert_lines(&h, 0);
    guest_sends(&h, "k");
    icr(&h, PL011_INT_ALL);
    MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
}

/* A driver that sends, acknowledges, and unmasks. */
static void a_drain_that_is_masked_is_replayed(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    icr(&h, PL011_INT_TX);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
}

/* The far end takes one character, the policy drops the other: one drain, with
 * an interrupt of its own, and one acknowledge. */
static void a_drain_in_pieces_is_one(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    guest_write(&h, PL011_UARTDR, 'a');
    guest_write(&h, PL011_UARTDR, 'b');
    h.far.attached = false;
    h.far.room = 1;
    h.loads = true; /* irq tells all six lines */
    assert_result(vpl011_resume(&h.uart), VPL011_OK);
    h.loads = false;
    assert_counter(&h, tx_bytes, 1);
    assert_counter(&h, tx_dropped, 1);
    assert_reg_bits(&h, PL011_UARTMIS, PL011_INT_TX, PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_reg_bits(&h, PL011_UARTMIS, PL011_INT_TX, 0);
}

/* An edge-triggered controller may still hold an earlier interrupt, whose
 * handler then acknowledges. */
static void edges_are_replayed_always(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .pending = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    icr(&h, PL011_INT_TX);
    MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
}

/* The handler acknowledges another interrupt, and then sends. */
static void what_an_acknowledge_leaves_pending_still_counts(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, RECEIVE | PL011_INT_TX);
    far_end_types(&h, "k");
    icr(&h, PL011_INT_TX);
    guest_sends(&h, "k");
    icr(&h, PL011_INT_ALL);
    MIS_OF(&h, PL011_INT_TX, PL011_INT_TX);
}

/* The handler of an error has acknowledged all that was pending: a character
 * sent then has an interrupt of its own. */
static void an_acknowledged_error_leaves_nothing_pending(void)
{
    const uint16_t entry = PL011_DR_FE | 'x';
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_FE | PL011_INT_TX);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    icr(&h, PL011_INT_FE);
    assert_lines(&h, 0);
    guest_sends(&h, "x");
    icr(&h, PL011_INT_TX);
    MIS_OF(&h, PL011_INT_TX, 0);
}

static void what_was_pending_before_a_reset_does_not_count(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "y");
    icr(&h, PL011_INT_TX);
    MIS_OF(&h, PL011_INT_TX, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(one_acknowledge_never_hides_data),
        CASE(a_second_acknowledge_with_nothing_read_puts_the_line_down),
        CASE(each_of_rx_and_rt_is_put_down_by_itself),
        CASE(what_was_put_down_rises_again),
        CASE(strict_interrupts_know_no_second_acknowledge),
        CASE(txim_left_on_takes_one_interrupt_for_a_character),
        CASE(what_a_handler_sends_before_it_acknowledges_is_not_forgotten),
        CASE(an_echo_from_a_receive_handler_is_not_forgotten),
        CASE(a_drain_that_is_masked_is_replayed),
        CASE(a_drain_in_pieces_is_one),
        CASE(edges_are_replayed_always),
        CASE(what_an_acknowledge_leaves_pending_still_counts),
        CASE(an_acknowledged_error_leaves_nothing_pending),
        CASE(what_was_pending_before_a_reset_does_not_count),
    };

    return run_cases(cases);
}
