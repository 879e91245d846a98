/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* RXRIS and RTRIS as levels: reading clears them, one ICR write does not. */
#include "support.h"

#define RIS(h, expected) \
    assert_reg_bits(h, PL011_UARTRIS, PL011_INT_RX | PL011_INT_RT, expected)

static void icr(struct host *h, uint32_t bits)
{
    guest_write(h, PL011_UARTICR, bits);
}

/* V.9 G.E1: 15 are below the half-full trigger, 16 are not. */
static void rxris_follows_the_trigger(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 15);
    RIS(&h, 0);
    far_end_types(&h, "p");
    RIS(&h, PL011_INT_RX);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
}

/* G.E4: FEN=0 has a trigger of one. */
static void rxris_shows_one_character_without_fifo(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    far_end_types(&h, "x");
    RIS(&h, PL011_INT_RX);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
}

/* V.10, as this model has it: RX is a level, and one ICR does not lower it. A
 * second one with nothing read does (test_acknowledge). */
static void icr_does_not_clear_rxris_while_the_trigger_is_reached(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types_count(&h, 16);
    icr(&h, PL011_INT_RX);
    RIS(&h, PL011_INT_RX | PL011_INT_RT);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, PL011_INT_RT);
}

/* V.11: without RTIM the raw bit cannot be set; with it, it is set at once. */
static void rtris_follows_its_mask_and_fires_at_once(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types(&h, "x");
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    RIS(&h, PL011_INT_RT);
    assert_reg(&h, PL011_UARTMIS, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
    assert_lines(&h, 0);
}

/* G.E2: any character that stays, for every depth and personality. */
static void rtris_shows_any_character(void)
{
    static const struct vpl011_config configs[] = {
        {0},
        {.revision = VPL011_R1P4},
        {.personality = VPL011_SBSA},
    };
    size_t i;

    for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        struct host h;

        host_init(
            &h, &(struct host_options){.config = configs[i], .enabled = true});
        guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
        assert_int_equal(far_end_types(&h, "k"), 1);
        RIS(&h, PL011_INT_RT);
        assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    }
}

/* G.E1: Linux, Xen, FreeBSD, NetBSD, Zephyr and Redox never write RXIC or
 * RTIC: both go away by reading alone. */
static void reading_alone_clears_both(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types_count(&h, 32);
    RIS(&h, PL011_INT_RX | PL011_INT_RT);
    guest_drains(&h);
    RIS(&h, 0);
    assert_lines(&h, 0);
}

/* G.E3 P.C1: a character between "RXFE seen" and ICR (rCore), a bounded drain
 * after ICR (RTEMS), MIS written to ICR before one read (Linux kgdb). */
static void icr_with_data_left_does_not_silence_the_receiver(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types(&h, "ab");
    icr(&h, guest_read(&h, PL011_UARTMIS));
    assert_reg(&h, PL011_UARTDR, 'a');
    RIS(&h, PL011_INT_RT);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);

    assert_reg(&h, PL011_UARTDR, 'b');
    far_end_types(&h, "c");
    icr(&h, PL011_INT_ALL);
    RIS(&h, PL011_INT_RT);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
}

/* P.C1: in no state does data wait while RX or RT is unmasked and UARTRIS shows
 * neither, except for a guest that has acknowledged twice and read nothing in
 * between. */
static void data_never_wait_in_silence(void)
{
    static const uint32_t masks[] = {PL011_INT_RX, PL011_INT_RT,
                                     PL011_INT_RX | PL011_INT_RT};
    struct host h;
    uint32_t seed = 11;
    uint32_t value;
    int unread = 0; /* acknowledges of RX or RT since anything happened */
    int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 5000; i++) {
        switch (next_random(&seed) % 5) {
        case 0:
            h.far.input_first = 0;
            h.far.input_end = 0;
            if (far_end_types_count(&h, next_random(&seed) % 40) > 0) {
                unread = 0;
            }
            break;
        case 1:
            guest_read(&h, PL011_UARTDR);
            unread = 0;
            break;
        case 2:
            value = next_random(&seed) & PL011_INT_ALL;
            icr(&h, value);
            unread += (value & (PL011_INT_RX | PL011_INT_RT)) != 0;
            break;
        case 3:
            guest_write(&h, PL011_UARTIMSC, masks[next_random(&seed) % 3]);
            break;
        default:
            guest_write(&h, PL011_UARTIFLS, next_random(&seed) & 0x3F);
            break;
        }
        if (!(guest_read(&h, PL011_UARTFR) & PL011_FR_RXFE) &&
            guest_read(&h, PL011_UARTIMSC) != 0 && unread < 2) {
            /* RX alone tells of any character, too. */
            assert_int_not_equal(guest_read(&h, PL011_UARTMIS), 0);
        }
    }
}

/* G.E5: 9front and ArceOS unmask RX only, and leave IFLS at half. */
static void rx_unmasked_alone_shows_any_character(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_TX);
    far_end_types(&h, "x");
    RIS(&h, PL011_INT_RX);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRXINTR);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX);
    guest_read(&h, PL011_UARTDR);
    RIS(&h, 0);
}

/* P.C3 G.G1: Linux masks RX and RT to throttle, and unmasks with data waiting
 * and nothing new arriving. */
static void unmasking_with_data_waiting_raises_the_line(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    guest_write(&h, PL011_UARTIMSC, 0);
    far_end_types_count(&h, 20);
    assert_lines(&h, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRXINTR |
                         VPL011_IRQ_UARTRTINTR);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(rxris_follows_the_trigger),
        CASE(rxris_shows_one_character_without_fifo),
        CASE(icr_does_not_clear_rxris_while_the_trigger_is_reached),
        CASE(rtris_follows_its_mask_and_fires_at_once),
        CASE(rtris_shows_any_character),
        CASE(reading_alone_clears_both),
        CASE(icr_with_data_left_does_not_silence_the_receiver),
        CASE(data_never_wait_in_silence),
        CASE(rx_unmasked_alone_shows_any_character),
        CASE(unmasking_with_data_waiting_raises_the_line),
    };

    return run_cases(cases);
}
