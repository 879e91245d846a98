/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The interrupt outputs: levels, reported on change, each from its own bits. */
#include "support.h"

/* G.G4: five individual outputs and the combined one (TRM 2.6). */
static void each_output_follows_its_own_bits(void)
{
    static const struct {
        uint32_t bit, line;
    } outputs[] = {
        {PL011_INT_OE, VPL011_IRQ_UARTEINTR},
        {PL011_INT_BE, VPL011_IRQ_UARTEINTR},
        {PL011_INT_PE, VPL011_IRQ_UARTEINTR},
        {PL011_INT_FE, VPL011_IRQ_UARTEINTR},
        {PL011_INT_RT, VPL011_IRQ_UARTRTINTR},
        {PL011_INT_TX, VPL011_IRQ_UARTTXINTR},
        {PL011_INT_RX, VPL011_IRQ_UARTRXINTR},
        {PL011_INT_DSR, VPL011_IRQ_UARTMSINTR},
        {PL011_INT_DCD, VPL011_IRQ_UARTMSINTR},
        {PL011_INT_CTS, VPL011_IRQ_UARTMSINTR},
        {PL011_INT_RI, VPL011_IRQ_UARTMSINTR},
    };
    const uint16_t entries[] = {PL011_DR_PE | 'x', PL011_DR_BE};
    const uint16_t filler[40] = {0};
    struct host h;
    size_t i;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_UNTHROTTLED},
                      .enabled = true,
                  });
    guest_sends(&h, "t");
    vpl011_rx_push(&h.uart, entries, 2);
    vpl011_rx_push(&h.uart, filler, 40);
    vpl011_set_modem(&h.uart, PL011_FR_RI);
    for (i = 0; i < sizeof(outputs) / sizeof(outputs[0]); i++) {
        guest_write(&h, PL011_UARTIMSC, outputs[i].bit);
        assert_lines(&h, VPL011_IRQ_UARTINTR | outputs[i].line);
        guest_write(&h, PL011_UARTIMSC, 0);
        assert_lines(&h, 0);
    }
}

/* G.G1 P.C4: RIS and IMSC, evaluated at everything that can move either. */
static void line_is_re_evaluated_at_every_cause(void)
{
    const uint32_t rt = VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR;
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "ab"); /* host event */
    assert_lines(&h, rt);
    guest_write(&h, PL011_UARTIMSC, 0); /* IMSC, down */
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT); /* and up */
    assert_lines(&h, rt);
    guest_read(&h, PL011_UARTDR);
    assert_lines(&h, rt);
    guest_read(&h, PL011_UARTDR); /* DR read */
    assert_lines(&h, 0);
    far_end_types(&h, "c");
    assert_lines(&h, rt);
    guest_write(&h, PL011_UARTLCR_H, 0x60); /* LCR_H: FEN flush */
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x"); /* DR write */
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX); /* ICR */
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_lines(&h, 0);
}

/* G.G2 P.C4: once for each change, and not for what changes nothing. */
static void irq_is_called_on_change_only(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_TX);
    far_end_types(&h, "a");
    assert_int_equal(h.irqs, 1);
    for (i = 0; i < 10; i++) {
        guest_write(&h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_TX);
        guest_write(&h, PL011_UARTICR, 0);
        guest_read(&h, PL011_UARTMIS);
        vpl011_data_avail(&h.uart);
    }
    assert_int_equal(h.irqs, 1);
    guest_sends(&h, "x"); /* UARTINTR stays high, UARTTXINTR rises */
    assert_int_equal(h.irqs, 2);
    assert_int_equal(h.log[h.log_count - 1].b, VPL011_IRQ_UARTTXINTR);
    guest_write(&h, PL011_UARTIMSC, 0); /* all fall together: one call */
    assert_int_equal(h.irqs, 3);
    assert_counter(&h, irq_raises, 1);
}

/* G.G2: a second bit of an interrupt output that is high already is no change.
 */
static void second_bit_behind_a_high_line_is_no_change(void)
{
    const uint16_t entries[] = {PL011_DR_FE | 'x', PL011_DR_PE | 'y'};
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_ERROR);
    assert_int_equal(vpl011_rx_push(&h.uart, &entries[0], 1), 1);
    assert_int_equal(h.irqs, 1);
    assert_int_equal(vpl011_rx_push(&h.uart, &entries[1], 1), 1);
    assert_reg(&h, PL011_UARTMIS, PL011_INT_FE | PL011_INT_PE);
    guest_write(&h, PL011_UARTICR, PL011_INT_FE);
    assert_int_equal(h.irqs, 1);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTEINTR);
}

/* P.C3: a condition that is latched raises at unmasking (Xen start_tx). */
static void unmasking_a_latched_condition_raises_at_once(void)
{
    const uint16_t entry = PL011_DR_FE | 'x';
    struct host h;

    host_init(&h, &host_enabled);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_FE);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTEINTR);
    guest_write(&h, PL011_UARTIMSC, 0);
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_FE);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTEINTR);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_output_follows_its_own_bits),
        CASE(line_is_re_evaluated_at_every_cause),
        CASE(irq_is_called_on_change_only),
        CASE(second_bit_behind_a_high_line_is_no_change),
        CASE(unmasking_a_latched_condition_raises_at_once),
    };

    return run_cases(cases);
}
