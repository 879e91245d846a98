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
    assert_reg(h, PL011_UARTITOP, 0);
    assert_lines(h, 0);
}

/* V.1 G.B5 P.C12: FR = 0x90 plus modem inputs, all else as the TRM. */
static void registers_have_the_reset_values_of_the_trm(void)
{
    struct host h;

    host_init(&h, NULL);
    assert_reset_state(&h);
    assert_int_equal(h.irqs, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(registers_have_the_reset_values_of_the_trm),
    };

    return run_cases(cases);
}
