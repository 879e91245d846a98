/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The SBSA / BSA Generic UART personality (BSA 1.0C appendix B). */
#include "support.h"

static const struct host_options stores = {
    .config = {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG},
};

/* G.B7: enabled from reset: Linux writes neither CR nor LCR_H. */
static void works_without_any_initialisation(void)
{
    struct host h;

    host_init(&h, &host_sbsa);
    assert_reg(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_RXFE);
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTICR, 0xFFFF);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    guest_sends(&h, "out");
    assert_sent(&h, "out");
    assert_int_equal(far_end_types(&h, "in"), 2);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    assert_receives(&h, "in");
}

/* G.B7: FIFOs on and 32 deep, whatever is written to LCR_H (OpenBSD). */
static void clearing_fen_is_ignored(void)
{
    struct host h;

    host_init(&h, &stores);
    far_end_types_count(&h, 20);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE | PL011_FR_RXFF, 0);
    assert_counter(&h, rx_flushed, 0);
    far_end_types_count(&h, 20);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFF, PL011_FR_RXFF);
    assert_counter(&h, rx_bytes, 32);
}

/* Each is reported, as it is written and as it is read. */
static void assert_raz_wi(struct host *h, const uint16_t *offsets, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        guest_write(h, offsets[i], 0xFFFFFFFFu);
        assert_int_equal(h->guest_error.kind, VPL011_GUEST_RESERVED);
        assert_int_equal(h->guest_error.offset, offsets[i]);
        assert_reg(h, offsets[i], 0);
    }
    assert_int_equal(h->guest_errors, 2 * count);
}

/* G.A2 P.C22: what a Generic UART does not have reads 0, is not written, and
 * does not fault: DMACR (Linux), LCR_H (OpenBSD), the whole PL011 init
 * (FreeBSD), the test registers. */
static void absent_registers_are_raz_wi(void)
{
    static const uint16_t absent[] = {
        PL011_UARTILPR, PL011_UARTIBRD, PL011_UARTFBRD,  PL011_UARTLCR_H,
        PL011_UARTCR,   PL011_UARTIFLS, PL011_UARTDMACR, PL011_UARTTCR,
        PL011_UARTITIP, PL011_UARTITOP, PL011_UARTTDR,
    };
    struct host h;

    host_init(&h, &host_sbsa);
    assert_raz_wi(&h, absent, sizeof(absent) / sizeof(absent[0]));
    guest_sends(&h, "still works");
    assert_sent(&h, "still works");
}

/* So that FreeBSD takes its 12-character batches. */
static void identification_reads_0(void)
{
    struct host h;
    uint32_t offset;

    host_init(&h, &host_sbsa);
    for (offset = PL011_UARTPeriphID0; offset < PL011_WINDOW_SIZE;
         offset += 4) {
        assert_reg(&h, offset, 0);
        guest_write(&h, offset, 0xFF);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_RESERVED);
    }
}

/* P.C25: CR and LCR_H writes are accepted, and switch nothing off. */
static void clearing_the_enables_changes_nothing(void)
{
    struct host h;

    host_init(&h, &stores);
    guest_write(&h, PL011_UARTCR, 0);
    guest_sends(&h, "x");
    assert_sent(&h, "x");
    assert_int_equal(far_end_types(&h, "y"), 1);
    guest_write(&h, PL011_UARTCR, PL011_CR_LBE);
    guest_sends(&h, "z");
    assert_sent(&h, "xz");
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    guest_sends(&h, "!");
    assert_sent(&h, "xz!");
    assert_int_equal(h.far.breaks_begun, 0);
    assert_receives(&h, "y");
}

/* G.B3: EDK2 compares what it wrote, and re-initialises where it differs. */
static void store_config_reads_back_what_is_written(void)
{
    static const struct {
        uint32_t offset, reset, mask;
    } registers[] = {
        {PL011_UARTILPR, 0, 0xFF},     {PL011_UARTIBRD, 13, 0xFFFF},
        {PL011_UARTFBRD, 1, 0x3F},     {PL011_UARTLCR_H, 0x70, 0xFF},
        {PL011_UARTCR, 0x301, 0xFF87}, {PL011_UARTIFLS, 0x12, 0x3F},
        {PL011_UARTDMACR, 0, 0x7},
    };
    struct host h;
    size_t i;

    host_init(&h, &stores);
    for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        assert_reg(&h, registers[i].offset, registers[i].reset);
        guest_write(&h, registers[i].offset, 0xFFFFFFFFu);
        assert_reg(&h, registers[i].offset, registers[i].mask);
        guest_write(&h, registers[i].offset, 0);
        assert_reg(&h, registers[i].offset, 0);
    }
    assert_int_equal(h.guest_errors, 0);
}

/* What EDK2 compares, and no more: the test registers are absent as ever. */
static void store_config_brings_no_test_registers(void)
{
    static const uint16_t absent[] = {
        PL011_UARTTCR,
        PL011_UARTITIP,
        PL011_UARTITOP,
        PL011_UARTTDR,
    };
    struct host h;

    host_init(&h, &stores);
    assert_raz_wi(&h, absent, sizeof(absent) / sizeof(absent[0]));
}

/* V.22: IMSC bits 3:0 may be written as ones, without effect. */
static void modem_interrupts_can_be_unmasked_but_never_occur(void)
{
    struct host h;

    host_init(&h, &stores);
    guest_write(&h, PL011_UARTIMSC, 0x7FF);
    assert_reg(&h, PL011_UARTIMSC, 0x7FF);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, 0);
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_CTS),
                  VPL011_ERR_UNSUPPORTED);
    guest_write(&h, PL011_UARTCR, 0xFF87);
    guest_write(&h, PL011_UARTCR, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_MODEM, 0);
    assert_reg(&h, PL011_UARTRIS, 0);
    assert_lines(&h, 0);
}

/* Error bits are part of it: DR 11:8, RSR, interrupts 10:7. */
static void errors_are_part_of_it(void)
{
    const uint16_t entries[] = {PL011_DR_FE | 'f', PL011_DR_BE};
    struct host h;

    host_init(&h, &host_sbsa);
    assert_int_equal(vpl011_rx_push(&h.uart, entries, 2), 2);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_FE | PL011_INT_BE);
    assert_reg(&h, PL011_UARTDR, PL011_DR_FE | 'f');
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_FE);
    assert_reg(&h, PL011_UARTDR, 0x500);
    guest_write(&h, PL011_UARTECR, 0);
    assert_reg(&h, PL011_UARTRSR, 0);
    guest_write(&h, PL011_UARTICR, PL011_INT_ERROR);
    assert_reg(&h, PL011_UARTRIS, 0);
}

/* Stored configuration does not bring the test registers with it. */
static void store_config_has_no_test_registers(void)
{
    static const uint32_t absent[] = {PL011_UARTTCR, PL011_UARTITIP,
                                      PL011_UARTITOP, PL011_UARTTDR};
    struct host h;
    unsigned int i;

    host_init(&h, &stores);
    for (i = 0; i < 4; i++) {
        guest_write(&h, absent[i], 0xFFFFFFFFu);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_RESERVED);
        assert_reg(&h, absent[i], 0);
        assert_int_equal(h.guest_errors, 2 * (i + 1));
    }
}

/* The break of 8 data bits without parity, whatever is stored in LCR_H. */
static void break_has_no_parity_error(void)
{
    const uint16_t brk = PL011_DR_BE;
    struct host h;

    host_init(&h, &stores);
    guest_write(&h, PL011_UARTLCR_H, 0x70 | PL011_LCR_H_PEN);
    assert_int_equal(vpl011_rx_push(&h.uart, &brk, 1), 1);
    assert_reg(&h, PL011_UARTDR, 0x500);
}

static void identification_is_reserved(void)
{
    struct host h;
    uint32_t reg;

    host_init(&h, &host_sbsa);
    for (reg = PL011_UARTPeriphID0; reg < PL011_WINDOW_SIZE; reg += 4) {
        guest_read(&h, reg);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_RESERVED);
        h.guest_error.kind = 0;
        guest_write(&h, reg, 0);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_RESERVED);
        h.guest_error.kind = 0;
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(works_without_any_initialisation),
        CASE(clearing_fen_is_ignored),
        CASE(absent_registers_are_raz_wi),
        CASE(identification_reads_0),
        CASE(clearing_the_enables_changes_nothing),
        CASE(store_config_reads_back_what_is_written),
        CASE(store_config_brings_no_test_registers),
        CASE(modem_interrupts_can_be_unmasked_but_never_occur),
        CASE(errors_are_part_of_it),
        CASE(store_config_has_no_test_registers),
        CASE(break_has_no_parity_error),
        CASE(identification_is_reserved),
    };

    return run_cases(cases);
}
