/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Receive errors, overrun and break: in DR, RSR and the error interrupts. */
#include "support.h"

static const struct host_options unthrottled = {
    .config = {.flags = VPL011_CFG_UNTHROTTLED},
    .enabled = true,
};

static void arrives(struct host *h, uint16_t entry)
{
    if (vpl011_rx_push(&h->uart, &entry, 1) != 1) {
        fail_msg("entry 0x%03x was not taken", entry);
    }
}

static void arrive_count(struct host *h, unsigned int count)
{
    unsigned int i;

    for (i = 0; i < count; i++) {
        arrives(h, (uint16_t)('A' + i));
    }
}

/* V.12 G.E10 P.C10 (a serial line that cannot be throttled): the FIFO stays as
 * it is, the newest are lost, and the next character that fits carries OE once.
 */
static void overrun_loses_the_newest_and_marks_the_next(void)
{
    struct host h;
    unsigned int i;

    host_init(&h, &unthrottled);
    arrive_count(&h, 32);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, 0);
    assert_reg(&h, PL011_UARTRSR, 0);
    arrives(&h, '!');
    arrives(&h, '?');
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFF, PL011_FR_RXFF);
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_OE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, PL011_INT_OE);
    for (i = 0; i < 32; i++) {
        assert_reg(&h, PL011_UARTDR, 'A' + i);
    }
    arrives(&h, 'n');
    arrives(&h, 'm');
    assert_reg(&h, PL011_UARTDR, PL011_DR_OE | 'n');
    assert_reg(&h, PL011_UARTDR, 'm');
    assert_counter(&h, rx_overruns, 2);
    assert_counter(&h, rx_bytes, 34);
}

/* V.12: the same through the backend. */
static void unthrottled_input_overruns_at_data_avail(void)
{
    struct host h;

    host_init(&h, &unthrottled);
    assert_int_equal(far_end_types_count(&h, 34), 32);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&h.uart), 2);
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_OE);
    assert_int_equal(far_end_waiting(&h), 0);
    assert_counter(&h, rx_overruns, 2);
}

static void overrun_of_the_holding_register(void)
{
    struct host h;

    host_init(&h, &unthrottled);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    arrives(&h, '1');
    arrives(&h, '2');
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, PL011_INT_OE);
    assert_reg(&h, PL011_UARTDR, '1');
    arrives(&h, '3');
    assert_reg(&h, PL011_UARTDR, PL011_DR_OE | '3');
}

/* V.13 P.C9: ECR clears RSR, ICR clears RIS; neither does the other's work. */
static void ecr_clears_rsr_and_icr_clears_ris(void)
{
    struct host h;

    host_init(&h, &unthrottled);
    arrive_count(&h, 33);
    guest_write(&h, PL011_UARTECR, 0);
    assert_reg(&h, PL011_UARTRSR, 0);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, PL011_INT_OE);
    guest_write(&h, PL011_UARTICR, PL011_INT_OE);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, 0);
}

/* G.E8: any width and any value (U-Boot ~0, EDK2 0, NetBSD a byte 0). */
static void any_write_to_ecr_clears_all_four(void)
{
    static const struct {
        unsigned int size;
        uint32_t value;
    } writes[] = {{4, 0xFFFFFFFFu}, {4, 0}, {1, 0}, {2, 0x1234}};
    size_t i;

    for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        struct host h;

        host_init(&h, &unthrottled);
        arrives(&h, PL011_DR_FE | PL011_DR_PE | 'x');
        arrive_count(&h, 32);
        guest_read(&h, PL011_UARTDR);
        assert_reg(&h, PL011_UARTRSR,
                   PL011_RSR_OE | PL011_RSR_FE | PL011_RSR_PE);
        guest_write_sized(&h, PL011_UARTECR, writes[i].size, writes[i].value);
        assert_reg(&h, PL011_UARTRSR, 0);
    }
}

/* RIS.OE comes with the onset of RSR.OE, as on silicon; and again once ECR
 * was written. */
static void overrun_interrupt_comes_at_the_onset_only(void)
{
    struct host h;

    host_init(&h, &unthrottled);
    arrive_count(&h, 33);
    guest_write(&h, PL011_UARTICR, PL011_INT_OE);
    arrives(&h, 'x');
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, 0);
    guest_write(&h, PL011_UARTECR, 0);
    arrives(&h, 'y');
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, PL011_INT_OE);
}

/* OE in RSR stays over DR reads until ECR (TRM 3.3.2). */
static void rsr_oe_is_sticky_over_reads(void)
{
    struct host h;

    host_init(&h, &unthrottled);
    arrive_count(&h, 33);
    guest_drains(&h);
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_OE);
}

/* V.14 G.E8 P.C9: each error with its own character; RSR follows the reads. */
static void errors_travel_with_their_character(void)
{
    static const struct {
        uint16_t entry;
        uint32_t rsr, ris;
    } errors[] = {
        {PL011_DR_FE | 'f', PL011_RSR_FE, PL011_INT_FE},
        {PL011_DR_PE | 'p', PL011_RSR_PE, PL011_INT_PE},
        {PL011_DR_FE | PL011_DR_PE | 'b', PL011_RSR_FE | PL011_RSR_PE,
         PL011_INT_FE | PL011_INT_PE},
    };
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct host h;

        host_init(&h, &host_enabled);
        arrives(&h, '1');
        assert_reg(&h, PL011_UARTRIS, 0);
        arrives(&h, errors[i].entry);
        arrives(&h, '2');
        /* The interrupt is there before the character is read. */
        assert_reg(&h, PL011_UARTRIS, errors[i].ris);
        assert_reg(&h, PL011_UARTRSR, 0);
        assert_reg(&h, PL011_UARTDR, '1');
        assert_reg(&h, PL011_UARTRSR, 0);
        assert_reg(&h, PL011_UARTDR, errors[i].entry);
        assert_reg(&h, PL011_UARTRSR, errors[i].rsr);
        assert_reg(&h, PL011_UARTDR, '2');
        assert_reg(&h, PL011_UARTRSR, 0);
        assert_reg(&h, PL011_UARTRIS, errors[i].ris);
        guest_write(&h, PL011_UARTECR, 0);
        assert_reg(&h, PL011_UARTRIS, errors[i].ris);
        guest_write(&h, PL011_UARTICR, errors[i].ris);
        assert_reg(&h, PL011_UARTRIS, 0);
    }
}

/* G.E10: Zephyr wedges and NetBSD loops where an error bit comes by itself. */
static void error_bits_never_come_without_an_error(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_ERROR | PL011_INT_MODEM);
    for (i = 0; i < 100; i++) {
        far_end_types(&h, "good");
        guest_sends(&h, "good");
        guest_drains(&h);
        guest_write(&h, PL011_UARTCR, i % 2 ? 0x301 : 0x300);
    }
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_ERROR | PL011_INT_MODEM, 0);
    assert_int_equal(h.irqs, 0);
}

/* Each error raises UARTEINTR through its own mask bit only. */
static void error_interrupts_have_their_own_masks(void)
{
    static const struct {
        uint16_t entry;
        uint32_t ris;
    } errors[] = {
        {PL011_DR_FE, PL011_INT_FE},
        {PL011_DR_PE, PL011_INT_PE},
        {PL011_DR_BE, PL011_INT_BE},
    };
    size_t i;

    for (i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
        struct host h;

        host_init(&h, &host_enabled);
        guest_write(&h, PL011_UARTIMSC, PL011_INT_ERROR & ~errors[i].ris);
        if (errors[i].entry != PL011_DR_BE) { /* a break has FE, too */
            arrives(&h, errors[i].entry);
            assert_lines(&h, 0);
        }
        guest_write(&h, PL011_UARTIMSC, errors[i].ris);
        arrives(&h, errors[i].entry);
        assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTEINTR);
        assert_reg(&h, PL011_UARTMIS, errors[i].ris);
        guest_write(&h, PL011_UARTICR, errors[i].ris);
        assert_lines(&h, 0);
    }
}

/* V.15 G.E9: BE and FE with a character of 0 (Linux SysRq, OpenBSD ddb). */
static void break_input_is_one_entry_0x500(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_queues(&h, "a", 1);
    h.far.break_after = 1;
    assert_result(vpl011_data_avail(&h.uart), 2);
    far_end_types(&h, "z");
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_ERROR,
                    PL011_INT_BE | PL011_INT_FE);
    assert_reg(&h, PL011_UARTDR, 'a');
    assert_reg(&h, PL011_UARTDR, 0x500);
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_BE | PL011_RSR_FE);
    assert_reg(&h, PL011_UARTDR, 'z');
    assert_reg(&h, PL011_UARTRSR, 0);
}

/* The parity bit of an all-zero frame is wrong for odd and for mark. */
static void break_has_pe_where_the_parity_mismatches(void)
{
    static const struct {
        uint32_t lcr_h;
        uint32_t entry;
    } formats[] = {
        {0, 0x500},
        {PL011_LCR_H_PEN, 0x700},
        {PL011_LCR_H_PEN | PL011_LCR_H_EPS, 0x500},
        {PL011_LCR_H_PEN | PL011_LCR_H_SPS, 0x700},
        {PL011_LCR_H_PEN | PL011_LCR_H_SPS | PL011_LCR_H_EPS, 0x500},
        {PL011_LCR_H_SPS, 0x500},
    };
    size_t i;

    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        struct host h;

        host_init(&h, &host_enabled);
        guest_write(&h, PL011_UARTLCR_H, 0x70 | formats[i].lcr_h);
        arrives(&h, PL011_DR_BE | 'x');
        assert_reg(&h, PL011_UARTDR, formats[i].entry);
    }
}

/* A break needs a place in the FIFO like any entry: it waits for one. */
static void break_waits_for_room(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.break_after = 32;
    assert_int_equal(far_end_types_count(&h, 32), 32);
    assert_counter(&h, rx_overruns, 0);
    guest_drains(&h);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_reg(&h, PL011_UARTDR, 0x500);
}

/* LCR_H.BRK: the backend is told of begin and end; characters wait. */
static void break_output_is_told_and_holds_characters(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "a");
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_true(h.far.breaking);
    guest_sends(&h, "b");
    assert_sent(&h, "a");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_int_equal(h.far.breaks_begun, 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_false(h.far.breaking);
    assert_int_equal(h.far.breaks_ended, 1);
    assert_sent(&h, "ab");
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(overrun_loses_the_newest_and_marks_the_next),
        CASE(unthrottled_input_overruns_at_data_avail),
        CASE(overrun_of_the_holding_register),
        CASE(ecr_clears_rsr_and_icr_clears_ris),
        CASE(any_write_to_ecr_clears_all_four),
        CASE(overrun_interrupt_comes_at_the_onset_only),
        CASE(rsr_oe_is_sticky_over_reads),
        CASE(errors_travel_with_their_character),
        CASE(error_bits_never_come_without_an_error),
        CASE(error_interrupts_have_their_own_masks),
        CASE(break_input_is_one_entry_0x500),
        CASE(break_has_pe_where_the_parity_mismatches),
        CASE(break_waits_for_room),
        CASE(break_output_is_told_and_holds_characters),
    };

    return run_cases(cases);
}
