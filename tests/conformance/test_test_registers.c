/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The test registers of TRM chapter 4: TCR, ITIP, ITOP and TDR. */
#include "support.h"

/* TESTFIFO: a TDR write is received, error bits included. */
static void tdr_write_feeds_the_rx_fifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    guest_write(&h, PL011_UARTTDR, 'a');
    guest_write(&h, PL011_UARTTDR, 0xFFFFF800u | PL011_DR_PE | 'b');
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_ERROR, PL011_INT_PE);
    assert_reg(&h, PL011_UARTDR, 'a');
    assert_reg(&h, PL011_UARTDR, PL011_DR_PE | 'b');
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
}

/* A read of UARTTDR takes what the guest sent; meanwhile nothing is sent on the
 * serial line. */
static void tdr_read_takes_from_the_tx_fifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    guest_sends(&h, "xyz");
    assert_sent(&h, "");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_reg(&h, PL011_UARTTDR, 'x');
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    assert_int_equal(guest_read_sized(&h, PL011_UARTTDR, 1), 'y');
    guest_write(&h, PL011_UARTTCR, 0);
    assert_sent(&h, "z");
    assert_counter(&h, tx_looped, 2);
}

/* To the last one. */
static void tdr_read_empties_the_tx_fifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    guest_sends(&h, "xy");
    assert_reg(&h, PL011_UARTTDR, 'x');
    assert_reg(&h, PL011_UARTTDR, 'y');
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    guest_write(&h, PL011_UARTTCR, 0);
    assert_sent(&h, "");
}

static void tdr_read_of_an_empty_fifo_gives_0(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    assert_reg(&h, PL011_UARTTDR, 0);
    assert_reg(&h, PL011_UARTRIS, 0);
    assert_counter(&h, tx_looped, 0);
}

/* P.C16: bounded as every insert. */
static void tdr_writes_beyond_the_depth_overrun(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    for (i = 0; i < 100; i++) {
        guest_write(&h, PL011_UARTTDR, 0x7FF);
    }
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_OE);
    assert_counter(&h, rx_bytes, 32);
    assert_counter(&h, rx_overruns, 68);
}

/* Input from the serial line waits; none of it is mixed into the test. */
static void line_input_is_held_during_testfifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    assert_int_equal(far_end_types(&h, "later"), 0);
    host_forget(&h);
    guest_write(&h, PL011_UARTTCR, 0);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&h.uart), 5);
}

static void tdr_does_nothing_without_testfifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTTDR, 'x');
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    far_end_holds(&h);
    guest_sends(&h, "y");
    assert_reg(&h, PL011_UARTTDR, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, 0);
}

/* ITIP shows the pins as they are, active low, with idle receive lines. */
static void itip_shows_the_pins(void)
{
    static const struct {
        uint32_t asserted, itip;
    } pins[] = {
        {0, 0x3F},
        {PL011_FR_CTS, 0x3F & ~PL011_ITIP_nCTS},
        {PL011_FR_DSR, 0x3F & ~PL011_ITIP_nDSR},
        {PL011_FR_DCD, 0x3F & ~PL011_ITIP_nDCD},
        {PL011_FR_RI, 0x3F & ~PL011_ITIP_nRI},
        {PL011_FR_MODEM, PL011_ITIP_RXD | PL011_ITIP_SIRIN},
    };
    struct host h;
    size_t i;

    host_init(&h, NULL);
    for (i = 0; i < sizeof(pins) / sizeof(pins[0]); i++) {
        assert_result(vpl011_set_modem(&h.uart, pins[i].asserted), VPL011_OK);
        assert_reg(&h, PL011_UARTITIP, pins[i].itip);
    }
    /* Bits 7:6 are stored, the pins cannot be written. */
    guest_write(&h, PL011_UARTITIP, 0xFFFFFFFFu);
    assert_reg(&h, PL011_UARTITIP, 0xC0 | PL011_ITIP_RXD | PL011_ITIP_SIRIN);
    guest_write(&h, PL011_UARTITIP, 0);
    assert_reg(&h, PL011_UARTITIP, PL011_ITIP_RXD | PL011_ITIP_SIRIN);
}

/* ITOP is storage: it never drives the interrupt line. */
static void itop_does_not_drive_the_interrupt_line(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_ITEN);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_ALL);
    guest_write(&h, PL011_UARTITOP, 0xFFFF);
    assert_lines(&h, 0);
    assert_reg(&h, PL011_UARTITOP, 0xFFFF);
    assert_reg(&h, PL011_UARTRIS, 0);
}

/* What test software does is no mistake. */
static void test_registers_are_used_without_a_guest_error(void)
{
    static const uint32_t regs[] = {PL011_UARTTCR, PL011_UARTITIP,
                                    PL011_UARTITOP, PL011_UARTTDR};
    struct host h;
    size_t i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 4; i++) {
        guest_read(&h, regs[i]);
        guest_write(&h, regs[i], 0);
    }
    assert_int_equal(h.guest_errors, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(tdr_write_feeds_the_rx_fifo),
        CASE(tdr_read_takes_from_the_tx_fifo),
        CASE(tdr_read_empties_the_tx_fifo),
        CASE(tdr_read_of_an_empty_fifo_gives_0),
        CASE(tdr_writes_beyond_the_depth_overrun),
        CASE(line_input_is_held_during_testfifo),
        CASE(tdr_does_nothing_without_testfifo),
        CASE(itip_shows_the_pins),
        CASE(itop_does_not_drive_the_interrupt_line),
        CASE(test_registers_are_used_without_a_guest_error),
    };

    return run_cases(cases);
}
