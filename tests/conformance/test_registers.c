/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Register storage: widths, reserved bits, and what cannot be written. */
#include "support.h"

static const struct {
    uint32_t offset, mask;
} stored[] = {
    {PL011_UARTILPR, 0xFF},   {PL011_UARTIBRD, 0xFFFF}, {PL011_UARTFBRD, 0x3F},
    {PL011_UARTLCR_H, 0xFF},  {PL011_UARTCR, 0xFF87},   {PL011_UARTIFLS, 0x3F},
    {PL011_UARTIMSC, 0x7FF},  {PL011_UARTDMACR, 0x7},   {PL011_UARTTCR, 0x7},
    {PL011_UARTITOP, 0xFFFF},
};

/* G.B3 P.C20 P.C24: EDK2 compares, FreeBSD infers its clock, all drivers
 * read, modify and write. Bits that do not exist read 0. */
static void registers_read_back_as_written_within_their_width(void)
{
    size_t i;

    for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        struct host h;
        uint32_t bit;

        host_init(&h, NULL);
        guest_write(&h, stored[i].offset, 0xFFFFFFFFu);
        assert_reg(&h, stored[i].offset, stored[i].mask);
        guest_write(&h, stored[i].offset, 0);
        assert_reg(&h, stored[i].offset, 0);
        for (bit = 1; bit; bit <<= 1) {
            guest_write(&h, stored[i].offset, bit);
            assert_reg(&h, stored[i].offset, bit & stored[i].mask);
        }
        assert_int_equal(h.guest_errors, 0);
    }
}

/* No register is a view of another one. */
static void registers_do_not_alias(void)
{
    struct host h;
    size_t i;
    size_t j;

    for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        host_init(&h, NULL);
        for (j = 0; j < sizeof(stored) / sizeof(stored[0]); j++) {
            guest_write(&h, stored[j].offset, 0);
        }
        guest_write(&h, stored[i].offset, 0xFFFFFFFFu);
        for (j = 0; j < sizeof(stored) / sizeof(stored[0]); j++) {
            assert_reg(&h, stored[j].offset, i == j ? stored[j].mask : 0);
        }
    }
}

/* P.C21: offset 4 is ECR, not CR. */
static void ecr_is_not_cr(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTECR, 0xFFFF);
    assert_reg(&h, PL011_UARTCR, 0x301);
    assert_reg(&h, PL011_UARTRSR, 0);
}

/* V.21 G.A3: the ACS and Linux's ST variant write there. */
static void writes_to_read_only_registers_are_ignored(void)
{
    static const uint16_t read_only[] = {
        PL011_UARTFR,        PL011_UARTRIS,       PL011_UARTMIS,
        PL011_UARTPeriphID0, PL011_UARTPeriphID1, PL011_UARTPeriphID2,
        PL011_UARTPeriphID3, PL011_UARTPCellID0,  PL011_UARTPCellID1,
        PL011_UARTPCellID2,  PL011_UARTPCellID3,
    };
    static const unsigned int sizes[] = {1, 2, 4};
    struct host h;
    size_t i;
    size_t j;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    for (i = 0; i < sizeof(read_only) / sizeof(read_only[0]); i++) {
        const uint32_t before = guest_read(&h, read_only[i]);

        for (j = 0; j < 3; j++) {
            host_forget(&h);
            guest_write_sized(&h, read_only[i], sizes[j], 0xFFFFFFFFu);
            assert_int_equal(h.guest_error.kind, VPL011_GUEST_READ_ONLY);
            assert_int_equal(h.irqs, 0);
            assert_reg(&h, read_only[i], before);
        }
    }
}

/* V.21 P.C22: the whole window, every offset that has no register. */
static void reserved_offsets_read_0_and_ignore_writes(void)
{
    struct host h;
    uint32_t offset;
    uint64_t errors = 0;

    host_init(&h, &host_enabled);
    for (offset = 0; offset < PL011_WINDOW_SIZE; offset += 4) {
        if (offset >= PL011_UARTPeriphID0 ||
            (offset >= PL011_UARTTCR && offset <= PL011_UARTTDR) ||
            (offset >= PL011_UARTILPR && offset <= PL011_UARTDMACR) ||
            offset == PL011_UARTFR || offset <= PL011_UARTRSR) {
            continue;
        }
        guest_write(&h, offset, 0xFFFFFFFFu);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_RESERVED);
        assert_reg(&h, offset, 0);
        assert_int_equal(h.guest_error.offset, offset);
        assert_int_equal(h.guest_error.write, 0);
        errors += 2;
    }
    /* P.C26: each is told and counted; limiting is the embedder's. */
    assert_int_equal(h.guest_errors, errors);
    assert_counter(&h, guest_errors, errors);
    assert_counter(&h, bad_accesses, 0);
    assert_reg(&h, PL011_UARTCR, 0x301);
    assert_reg(&h, PL011_UARTLCR_H, 0x70);
    assert_reg(&h, PL011_UARTFR, 0x97);
    assert_reg(&h, PL011_UARTRIS, 0);
}

/* MIS is RIS and IMSC, bit by bit. */
static void mis_is_ris_and_imsc(void)
{
    const uint16_t entries[] = {PL011_DR_FE | 'x', PL011_DR_BE};
    struct host h;
    uint32_t imsc;

    host_init(&h, &host_enabled);
    guest_sends(&h, "x");
    assert_int_equal(vpl011_rx_push(&h.uart, entries, 2), 2);
    assert_result(vpl011_set_modem(&h.uart, 0), VPL011_OK);
    for (imsc = 0; imsc < 0x800; imsc++) {
        guest_write(&h, PL011_UARTIMSC, imsc);
        assert_reg(&h, PL011_UARTMIS, guest_read(&h, PL011_UARTRIS) & imsc);
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(registers_read_back_as_written_within_their_width),
        CASE(registers_do_not_alias),
        CASE(ecr_is_not_cr),
        CASE(writes_to_read_only_registers_are_ignored),
        CASE(reserved_offsets_read_0_and_ignore_writes),
        CASE(mis_is_ris_and_imsc),
    };

    return run_cases(cases);
}
