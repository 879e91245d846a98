/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* UARTICR: write 1 to clear, and only what is latched. */
#include "support.h"

/* Every latched bit set: four errors, four modem changes, and TX. */
static void init_latched(struct host *h)
{
    const uint16_t entries[] = {PL011_DR_PE | 'x', PL011_DR_BE};
    uint16_t filler[40] = {0};

    host_init(h, &(struct host_options){
                     .config = {.flags = VPL011_CFG_UNTHROTTLED},
                     .enabled = true,
                 });
    guest_sends(h, "t");
    guest_write(h, PL011_UARTICR, PL011_INT_TX); /* one step is left */
    vpl011_rx_push(&h->uart, entries, 2);
    vpl011_rx_push(&h->uart, filler, 40);
    guest_drains(h);
    vpl011_set_modem(&h->uart, PL011_FR_RI);
    if (guest_read(h, PL011_UARTRIS) !=
        (PL011_INT_ERROR | PL011_INT_MODEM | PL011_INT_TX)) {
        fail_msg("the set-up latched 0x%03x", guest_read(h, PL011_UARTRIS));
    }
}

/* P.C9: each latched bit by its own 1, the others stay. */
static void each_bit_clears_itself_alone(void)
{
    const uint32_t latched = PL011_INT_ERROR | PL011_INT_MODEM | PL011_INT_TX;
    uint32_t bit;

    for (bit = 1; bit < 0x800; bit <<= 1) {
        struct host h;

        init_latched(&h);
        guest_write(&h, PL011_UARTICR, bit);
        assert_reg(&h, PL011_UARTRIS, latched & ~bit);
    }
}

static void zeros_clear_nothing(void)
{
    struct host h;

    init_latched(&h);
    guest_write(&h, PL011_UARTICR, 0);
    guest_write(&h, PL011_UARTICR, 0xFFFFF800u);
    assert_reg(&h, PL011_UARTRIS,
               PL011_INT_ERROR | PL011_INT_MODEM | PL011_INT_TX);
}

/* A byte write clears bits 7:0 only: the others count as 0. */
static void narrow_write_clears_the_low_bits_only(void)
{
    struct host h;

    init_latched(&h);
    guest_write_sized(&h, PL011_UARTICR, 1, 0xFF);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_PE | PL011_INT_BE | PL011_INT_OE);
    guest_write_sized(&h, PL011_UARTICR, 2, 0xFFFF);
    assert_reg(&h, PL011_UARTRIS, 0);
}

/* G.A3: UARTICR reads as 0, and reading it is no fault (Xen's vpl011 aborts the
 * guest there). */
static void reads_as_zero(void)
{
    struct host h;

    init_latched(&h);
    assert_reg(&h, PL011_UARTICR, 0);
    assert_int_equal(h.guest_error.kind, VPL011_GUEST_WRITE_ONLY);
    assert_reg(&h, PL011_UARTRIS,
               PL011_INT_ERROR | PL011_INT_MODEM | PL011_INT_TX);
}

/* P.C9 G.E10: errors and modem bits go by ICR alone. */
static void nothing_else_clears_error_and_modem_bits(void)
{
    const uint32_t latched = PL011_INT_ERROR | PL011_INT_MODEM;
    struct host h;

    init_latched(&h);
    guest_read(&h, PL011_UARTDR);
    guest_read(&h, PL011_UARTFR);
    guest_read(&h, PL011_UARTRSR);
    guest_write(&h, PL011_UARTECR, 0);
    guest_write(&h, PL011_UARTIMSC, 0x7FF);
    guest_write(&h, PL011_UARTIMSC, 0);
    guest_write(&h, PL011_UARTCR, 0);
    guest_write(&h, PL011_UARTLCR_H, 0);
    guest_write(&h, PL011_UARTIFLS, 0);
    guest_write(&h, PL011_UARTRIS, 0x7FF);
    guest_write(&h, PL011_UARTMIS, 0x7FF);
    assert_reg_bits(&h, PL011_UARTRIS, latched, latched);
}

/* The interrupt output falls with the last enabled bit, in the same access. */
static void line_falls_with_the_last_enabled_bit(void)
{
    struct host h;

    init_latched(&h);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_OE | PL011_INT_CTS);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTEINTR |
                         VPL011_IRQ_UARTMSINTR);
    guest_write(&h, PL011_UARTICR, PL011_INT_OE);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTMSINTR);
    guest_write(&h, PL011_UARTICR, PL011_INT_CTS);
    assert_lines(&h, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_bit_clears_itself_alone),
        CASE(zeros_clear_nothing),
        CASE(narrow_write_clears_the_low_bits_only),
        CASE(reads_as_zero),
        CASE(nothing_else_clears_error_and_modem_bits),
        CASE(line_falls_with_the_last_enabled_bit),
    };

    return run_cases(cases);
}
