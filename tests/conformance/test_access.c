/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Access rules: 8, 16 and 32 bits at the base; anything else is refused. */
#include "support.h"

/* Registers that can be read and written without a side effect. */
static const struct {
    uint32_t offset, mask;
} plain[] = {
    {PL011_UARTILPR, 0xFF},   {PL011_UARTIBRD, 0xFFFF}, {PL011_UARTFBRD, 0x3F},
    {PL011_UARTLCR_H, 0xFF},  {PL011_UARTCR, 0xFF87},   {PL011_UARTIFLS, 0x3F},
    {PL011_UARTIMSC, 0x7FF},  {PL011_UARTDMACR, 0x7},   {PL011_UARTTCR, 0x7},
    {PL011_UARTITOP, 0xFFFF},
};

/* G.A1 P.C23: one driver mixes all three (Linux earlycon and AMBA, NetBSD). */
static void reads_of_every_width_give_the_low_bytes(void)
{
    struct host h;
    uint32_t offset;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIBRD, 0xABCD);
    guest_write(&h, PL011_UARTIMSC, 0x7A5);
    guest_write(&h, PL011_UARTITOP, 0x1234);
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_RI), VPL011_OK);
    for (offset = 0; offset < PL011_WINDOW_SIZE; offset += 4) {
        const uint32_t whole = guest_read(&h, offset);

        assert_int_equal(guest_read_sized(&h, offset, 2), whole & 0xFFFF);
        assert_int_equal(guest_read_sized(&h, offset, 1), whole & 0xFF);
    }
}

/* G.A1: a narrow write changes the bytes that it addresses. */
static void narrow_writes_leave_the_other_bytes(void)
{
    size_t i;

    for (i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
        const uint32_t all = plain[i].mask;
        struct host h;

        host_init(&h, NULL);
        guest_write(&h, plain[i].offset, 0xFFFFFFFFu);
        guest_write_sized(&h, plain[i].offset, 1, 0);
        assert_reg(&h, plain[i].offset, all & 0xFF00);
        guest_write_sized(&h, plain[i].offset, 1, 0xFF);
        assert_reg(&h, plain[i].offset, all);
        guest_write_sized(&h, plain[i].offset, 2, 0);
        assert_reg(&h, plain[i].offset, 0);
        guest_write_sized(&h, plain[i].offset, 1, 0xFFFFFFFFu);
        assert_reg(&h, plain[i].offset, all & 0xFF);
    }
}

/* G.A1: DR in every width: one character. */
static void dr_access_of_any_width_is_one_character(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types(&h, "abc");
    assert_int_equal(guest_read_sized(&h, PL011_UARTDR, 1), 'a');
    assert_int_equal(guest_read_sized(&h, PL011_UARTDR, 2), 'b');
    assert_int_equal(guest_read_sized(&h, PL011_UARTDR, 4), 'c');
    guest_write_sized(&h, PL011_UARTDR, 1, 'x');
    guest_write_sized(&h, PL011_UARTDR, 2, 'y');
    guest_write_sized(&h, PL011_UARTDR, 4, 'z');
    assert_sent(&h, "xyz");
}

/* V.20: an 8-bit read pops; at 0x001 it does not. */
static void byte_read_of_dr_pops_and_beside_it_does_not(void)
{
    struct host h;
    uint64_t value = 99;

    host_init(&h, &host_enabled);
    far_end_types(&h, "ab");
    assert_int_equal(guest_read_sized(&h, PL011_UARTDR, 1), 'a');
    assert_result(vpl011_mmio_read(&h.uart, 1, 1, &value), VPL011_ERR_ACCESS);
    assert_int_equal(value, 0);
    assert_receives(&h, "b");
}

/* P.C23: 64 bits, odd sizes, unaligned, straddling, outside: one result. */
static void bad_accesses_have_no_effect_but_their_count(void)
{
    static const unsigned int sizes[] = {0, 1, 2, 3,  4,  5,
                                         6, 7, 8, 16, 32, 0x80000000u};
    static const uint64_t offsets[] = {
        0x000,          0x001,      0x002,      0x003,        0x018,
        0x019,          0x02D,      0x030,      0x032,        0x044,
        0xFFC,          0xFFD,      0xFFE,      0xFFF,        0x1000,
        0x1018,         0x8000,     0xFFFFFFFF, 0x100000000u, 0x100000018u,
        UINT64_MAX - 3, UINT64_MAX,
    };
    struct host h;
    uint64_t bad = 0;
    size_t i;
    size_t j;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_TX);
    far_end_types(&h, "kept");
    host_forget(&h);
    for (i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        for (j = 0; j < sizeof(sizes) / sizeof(sizes[0]); j++) {
            const uint64_t offset = offsets[i];
            const unsigned int size = sizes[j];
            uint64_t value = 0xAA55;

            if ((size == 1 || size == 2 || size == 4) && offset % 4 == 0 &&
                offset < 0x1000) {
                continue;
            }
            assert_result(vpl011_mmio_read(&h.uart, offset, size, &value),
                          VPL011_ERR_ACCESS);
            assert_int_equal(value, 0);
            assert_int_equal(h.guest_error.kind, VPL011_GUEST_BAD_ACCESS);
            assert_int_equal(h.guest_error.write, 0);
            assert_true(h.guest_error.value == 0);
            assert_result(vpl011_mmio_write(&h.uart, offset, size, UINT64_MAX),
                          VPL011_ERR_ACCESS);
            assert_int_equal(h.guest_error.write, 1);
            assert_true(h.guest_error.offset == offset);
            assert_int_equal(h.guest_error.size, size);
            assert_true(h.guest_error.value == UINT64_MAX);
            bad += 2;
        }
    }
    assert_int_equal(h.guest_errors, bad);
    assert_counter(&h, bad_accesses, bad);
    assert_counter(&h, guest_errors, bad);
    assert_int_equal(h.irqs, 0);
    assert_sent(&h, "");
    assert_reg(&h, PL011_UARTCR, 0x301);
    assert_reg(&h, PL011_UARTLCR_H, 0x70);
    assert_reg(&h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_TX);
    assert_receives(&h, "kept");
}

/* FR without the lock obeys the same rules. */
static void fr_is_read_by_the_same_rules(void)
{
    struct host h;
    uint64_t value;

    host_init(&h, &(struct host_options){.locks = true});
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_MODEM), VPL011_OK);
    h.lock_count = 0;
    h.unlock_count = 0;
    assert_int_equal(guest_read_sized(&h, PL011_UARTFR, 4), 0x197);
    assert_int_equal(guest_read_sized(&h, PL011_UARTFR, 2), 0x197);
    assert_int_equal(guest_read_sized(&h, PL011_UARTFR, 1), 0x97);
    assert_int_equal(h.lock_count, 0);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTFR, 8, &value),
                  VPL011_ERR_ACCESS);
    assert_result(vpl011_mmio_read(&h.uart, PL011_UARTFR + 1, 1, &value),
                  VPL011_ERR_ACCESS);
    assert_int_equal(h.lock_count, 2);
}

/* P.C26: mistakes are counted even without a guest_error op. */
static void mistakes_are_counted_without_a_guest_error_op(void)
{
    struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP};
    struct vpl011_counters counters;
    struct vpl011_ops ops = {0};
    struct vpl011 uart;
    uint64_t value;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_mmio_read(&uart, 3, 8, &value), VPL011_ERR_ACCESS);
    assert_result(vpl011_mmio_read(&uart, PL011_UARTICR, 4, &value), VPL011_OK);
    assert_result(vpl011_get_counters(&uart, &counters), VPL011_OK);
    assert_int_equal(counters.bad_accesses, 1);
    assert_int_equal(counters.guest_errors, 2);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(reads_of_every_width_give_the_low_bytes),
        CASE(narrow_writes_leave_the_other_bytes),
        CASE(dr_access_of_any_width_is_one_character),
        CASE(byte_read_of_dr_pops_and_beside_it_does_not),
        CASE(bad_accesses_have_no_effect_but_their_count),
        CASE(fr_is_read_by_the_same_rules),
        CASE(mistakes_are_counted_without_a_guest_error_op),
    };

    return run_cases(cases);
}
