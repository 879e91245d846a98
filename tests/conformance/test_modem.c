/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Modem inputs and outputs, and hardware flow control. */
#include "support.h"

#define FLOW_CR (PL011_UARTCR_FIRMWARE)

static const struct {
    uint32_t fr, ris;
} inputs[] = {
    {PL011_FR_CTS, PL011_INT_CTS},
    {PL011_FR_DSR, PL011_INT_DSR},
    {PL011_FR_DCD, PL011_INT_DCD},
    {PL011_FR_RI, PL011_INT_RI},
};

/* G.F2: FR |= 7, so that Linux crtscts and Zephyr never wait for a modem signal
 * that the embedder does not have. */
static void inputs_are_asserted_by_default_and_ctsen_does_not_stall(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM,
                    PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD);
    guest_write(&h, PL011_UARTCR, 0xCF01); /* what crtscts gives */
    guest_sends(&h, "flows");
    assert_sent(&h, "flows");
}

/* Every change of an input latches its own bit, in both directions; nothing
 * but ICR clears it (TRM 3.3.11). */
static void each_input_shows_in_fr_and_latches_its_own_bit(void)
{
    size_t i;

    for (i = 0; i < 4; i++) {
        struct host h;
        uint32_t other = PL011_FR_MODEM & ~inputs[i].fr;

        host_init(&h, &host_enabled);
        assert_result(vpl011_set_modem(&h.uart, other), VPL011_OK);
        guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
        guest_write(&h, PL011_UARTIMSC, PL011_INT_MODEM);
        assert_lines(&h, 0);

        assert_result(vpl011_set_modem(&h.uart, PL011_FR_MODEM), VPL011_OK);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, PL011_FR_MODEM);
        assert_reg(&h, PL011_UARTRIS, inputs[i].ris);
        assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTMSINTR);
        /* Setting the same inputs again is no change: the bits are not levels.
         */
        guest_write(&h, PL011_UARTICR, inputs[i].ris);
        assert_result(vpl011_set_modem(&h.uart, PL011_FR_MODEM), VPL011_OK);
        assert_reg(&h, PL011_UARTRIS, 0);

        assert_result(vpl011_set_modem(&h.uart, other), VPL011_OK);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, other);
        assert_result(vpl011_set_modem(&h.uart, PL011_FR_MODEM), VPL011_OK);
        assert_reg(&h, PL011_UARTRIS, inputs[i].ris);
        guest_read(&h, PL011_UARTFR);
        guest_write(&h, PL011_UARTECR, 0);
        assert_reg(&h, PL011_UARTRIS, inputs[i].ris);
    }
}

/* CTSEN: checked before each character; what waits goes when CTS comes. */
static void ctsen_holds_characters_while_cts_is_low(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    assert_result(vpl011_set_modem(&h.uart, 0), VPL011_OK);
    guest_sends(&h, "1");
    assert_sent(&h, "1"); /* without CTSEN it does not matter */
    guest_write(&h, PL011_UARTCR, FLOW_CR | PL011_CR_CTSEN);
    guest_sends(&h, "23");
    assert_sent(&h, "1");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY | PL011_FR_TXFE,
                    PL011_FR_BUSY);
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_CTS), VPL011_OK);
    assert_sent(&h, "123");
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
}

static uint32_t outputs(struct host *h)
{
    struct vpl011_line line;

    assert_result(vpl011_get_line(&h->uart, &line), VPL011_OK);
    return line.outputs;
}

/* The outputs as CR sets them; each change is told. */
static void outputs_follow_cr(void)
{
    static const uint32_t bits[] = {PL011_CR_DTR, PL011_CR_RTS, PL011_CR_OUT1,
                                    PL011_CR_OUT2};
    size_t i;

    for (i = 0; i < 4; i++) {
        struct host h;

        host_init(&h, &host_enabled);
        assert_int_equal(outputs(&h), 0);
        guest_write(&h, PL011_UARTCR, FLOW_CR | bits[i]);
        assert_int_equal(outputs(&h), bits[i]);
        assert_int_equal(h.notified, VPL011_EVENT_LINE);
        host_forget(&h);
        guest_write(&h, PL011_UARTCR, FLOW_CR | bits[i]);
        assert_int_equal(h.notified, 0);
        guest_write(&h, PL011_UARTCR, FLOW_CR);
        assert_int_equal(outputs(&h), 0);
        assert_int_equal(h.notified, VPL011_EVENT_LINE);
    }
}

/* RTSEN: asserted below the RX trigger, whatever CR.RTS says (TRM 2.4.4). */
static void rtsen_drives_rts_by_the_fill(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR, FLOW_CR | PL011_CR_RTSEN);
    assert_int_equal(outputs(&h), PL011_CR_RTS);
    far_end_types_count(&h, 15);
    assert_int_equal(outputs(&h), PL011_CR_RTS);
    host_forget(&h);
    far_end_types(&h, "x");
    assert_int_equal(outputs(&h), 0);
    assert_int_equal(h.notified, VPL011_EVENT_LINE);
    host_forget(&h);
    guest_read(&h, PL011_UARTDR);
    assert_int_equal(outputs(&h), PL011_CR_RTS);
    assert_int_equal(h.notified, VPL011_EVENT_LINE);

    far_end_types(&h, "x");
    guest_write(&h, PL011_UARTCR, FLOW_CR | PL011_CR_RTSEN | PL011_CR_RTS);
    assert_int_equal(outputs(&h), 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(inputs_are_asserted_by_default_and_ctsen_does_not_stall),
        CASE(each_input_shows_in_fr_and_latches_its_own_bit),
        CASE(ctsen_holds_characters_while_cts_is_low),
        CASE(outputs_follow_cr),
        CASE(rtsen_drives_rts_by_the_fill),
    };

    return run_cases(cases);
}
