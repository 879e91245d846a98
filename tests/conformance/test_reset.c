/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The state after reset (TRM table 3-1), and what a reset clears. */
#include "support.h"

/* Every register that a guest may read without side effects. */
static void assert_reset_state(struct host *h)
{
    assert_reg(h, PL011_UARTRSR, 0);
    /* TXFE and RXFE, and CTS, DSR and DCD asserted by default. */
    assert_reg(h, PL011_UARTFR, 0x097);
    assert_reg(h, PL011_UARTILPR, 0);
    assert_reg(h, PL011_UARTIBRD, 0);
    assert_reg(h, PL011_UARTFBRD, 0);
    assert_reg(h, PL011_UARTLCR_H, 0);
    assert_reg(h, PL011_UARTCR, 0x0300);
    assert_reg(h, PL011_UARTIFLS, 0x12);
    assert_reg(h, PL011_UARTIMSC, 0);
    assert_reg(h, PL011_UARTRIS, 0);
    assert_reg(h, PL011_UARTMIS, 0);
    assert_reg(h, PL011_UARTDMACR, 0);
    assert_reg(h, PL011_UARTTCR, 0);
    assert_reg(h, PL011_UARTITIP, 0x23);
    assert_reg(h, PL011_UARTITOP, 0);
    assert_lines(h, 0);
}

/* V.1 G.B5 P.C12: FR = 0x90 plus modem inputs, all else as in the TRM. */
static void registers_have_the_reset_values_of_the_trm(void)
{
    struct host h;

    host_init(&h, NULL);
    assert_reset_state(&h);
    assert_int_equal(h.irqs, 0);
}

/* As much state as a guest can make. */
static void make_state(struct host *h)
{
    const uint16_t entries[] = {PL011_DR_PE | 'x', PL011_DR_BE, 'y'};
    uint32_t offset;

    guest_write(h, PL011_UARTLCR_H, 0x71);
    guest_write(h, PL011_UARTCR, 0x301);
    guest_write(h, PL011_UARTIMSC, 0x7FF);
    guest_sends(h, "before");
    vpl011_rx_push(&h->uart, entries, 3);
    guest_read(h, PL011_UARTDR);
    for (offset = PL011_UARTILPR; offset <= PL011_UARTITOP; offset += 4) {
        if (offset != PL011_UARTICR) {
            guest_write(h, offset, 0xFFFFFFFFu);
        }
    }
    guest_write(h, PL011_UARTCR, 0xFB01);
}

/* P.C40: everything, IMSC, RIS and the FIFOs included. */
static void reset_clears_everything(void)
{
    struct host h;

    host_init(&h, NULL);
    make_state(&h);
    assert_int_not_equal(h.lines, 0);
    host_forget(&h);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_reset_state(&h);
    assert_int_equal(h.irqs, 1);
    assert_reg(&h, PL011_UARTDR, 0);
    assert_sent(&h, "");
    /* And nothing of it comes back. */
    guest_write(&h, PL011_UARTIMSC, 0x7FF);
    vpl011_data_avail(&h.uart);
    assert_lines(&h, 0);
}

/* P.C40: a reset does not touch the backend and what it holds. */
static void reset_keeps_backend_pins_and_counters(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_sends(&h, "1");
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_RI | PL011_FR_CTS),
                  VPL011_OK);
    far_end_queues(&h, "kept", 4);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_reg(&h, PL011_UARTFR, 0x191);
    assert_reg(&h, PL011_UARTRIS, 0);
    assert_int_equal(far_end_waiting(&h), 4);
    guest_sends(&h, "2");
    assert_sent(&h, "12");
    assert_counter(&h, tx_bytes, 2);
    assert_result(vpl011_data_avail(&h.uart), 1);
}

/* A receiver that CR had switched off is open again, as at first. */
static void reset_forgets_that_cr_was_written(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTCR, 0);
    assert_int_equal(far_end_types(&h, "x"), 0);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_result(vpl011_data_avail(&h.uart), 1);
}

/* In the middle of a BREAK: it is ended on the line. */
static void reset_ends_a_break(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_true(h.far.breaking);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_false(h.far.breaking);
    assert_int_equal(h.far.breaks_ended, 1);
}

/* In the middle of loopback: the pins show again, without an interrupt. */
static void reset_leaves_loopback_quietly(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE | PL011_CR_OUT2);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_reset_state(&h);
}

/* In the middle of anything: equal to a device that was just made. */
static void reset_at_any_moment_equals_init(void)
{
    static const uint32_t flags[] = {0, VPL011_CFG_FIRMWARE_INIT,
                                     VPL011_CFG_STRICT_INTERRUPTS,
                                     VPL011_CFG_TXFF_ONCE_PER_LOAD};
    uint32_t seed = 5;
    size_t i;
    int round;
    int n;

    for (i = 0; i < 4; i++) {
        struct host_options options = {.config = {.flags = flags[i]}};
        struct host h;
        struct host fresh;

        host_init(&fresh, &options);
        host_init(&h, &options);
        for (round = 0; round < 50; round++) {
            uint32_t offset;

            h.far.input_first = 0;
            h.far.input_end = 0;
            h.far.sent_count = 0;
            for (n = 0; n < 100; n++) {
                h.far.room = next_random(&seed) % 4;
                if (next_random(&seed) % 8 == 0) {
                    far_end_types_count(&h, next_random(&seed) % 40);
                }
                guest_write(&h, next_random(&seed) % 36 * 4,
                            next_random(&seed));
            }
            assert_result(vpl011_reset(&h.uart), VPL011_OK);
            for (offset = 0; offset < PL011_WINDOW_SIZE; offset += 4) {
                assert_reg(&h, offset, guest_read(&fresh, offset));
            }
            assert_lines(&h, 0);
            assert_false(h.far.breaking);
        }
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(registers_have_the_reset_values_of_the_trm),
        CASE(reset_clears_everything),
        CASE(reset_keeps_backend_pins_and_counters),
        CASE(reset_forgets_that_cr_was_written),
        CASE(reset_ends_a_break),
        CASE(reset_leaves_loopback_quietly),
        CASE(reset_at_any_moment_equals_init),
    };

    return run_cases(cases);
}
