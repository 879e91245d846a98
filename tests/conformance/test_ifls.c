/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* UARTIFLS (TRM 3.3.9): the fills at which RX and TX interrupt, and what a
 * write of it does to a FIFO that is in use. */
#include "support.h"

#define RIS(h, expected) \
    assert_reg_bits(h, PL011_UARTRIS, PL011_INT_RX | PL011_INT_RT, expected)

#define TXRIS(h, expected) \
    assert_reg_bits(h, PL011_UARTRIS, PL011_INT_TX, \
                    (expected) ? PL011_INT_TX : 0)

/* By depth and code: eighths 1, 2, 4, 6, 7; the reserved codes act as 7/8. */
static const int triggers[2][8] = {
    [VPL011_R1P5] = {4, 8, 16, 24, 28, 28, 28, 28},
    [VPL011_R1P4] = {2, 4, 8, 12, 14, 14, 14, 14},
};

/* G.E4 P.C11: IFLS bits 5:3. */
static void each_code_is_an_rx_trigger(void)
{
    unsigned int revision;
    unsigned int code;

    for (revision = VPL011_R1P5; revision <= VPL011_R1P4; revision++) {
        for (code = 0; code < 8; code++) {
            struct host h;
            int fill = 0;

            host_init(&h, &(struct host_options){
                              .config = {.revision = revision},
                              .enabled = true,
                          });
            guest_write(&h, PL011_UARTIFLS, code << 3);
            do {
                far_end_types(&h, "x");
                fill++;
            } while (!(guest_read(&h, PL011_UARTRIS) & PL011_INT_RX) &&
                     fill < 40);
            assert_int_equal(fill, triggers[revision][code]);
        }
    }
}

/* P.C2: IFLS, FEN, IMSC and DR all re-evaluate; ICR is not the only way. */
static void a_write_re_evaluates_rxris(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types_count(&h, 10);
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTIFLS, 0x0A);
    RIS(&h, PL011_INT_RX | PL011_INT_RT);
    guest_write(&h, PL011_UARTIFLS, 0x12);
    RIS(&h, PL011_INT_RT);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    RIS(&h, 0);
    assert_lines(&h, 0);
}

/* IFLS bits 2:0. */
static void each_code_is_a_tx_trigger(void)
{
    unsigned int code;
    unsigned int revision;

    for (revision = VPL011_R1P5; revision <= VPL011_R1P4; revision++) {
        for (code = 0; code < 8; code++) {
            struct host h;
            unsigned int left = revision == VPL011_R1P5 ? 32 : 16;

            host_init(&h, &(struct host_options){
                              .config = {.revision = revision},
                              .enabled = true,
                          });
            guest_write(&h, PL011_UARTIFLS, code);
            far_end_holds(&h);
            guest_sends_count(&h, left);
            TXRIS(&h, false);
            do {
                far_end_takes(&h, 1);
                left--;
            } while (!(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX) && left);
            assert_int_equal(left, triggers[revision][code]);
        }
    }
}

/* A write of UARTIFLS never sets TXRIS, and clears it if the fill is now above
 * the trigger. */
static void a_write_clears_txris_and_never_sets_it(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIFLS, 0x10);
    far_end_holds(&h);
    guest_sends_count(&h, 10);
    guest_write(&h, PL011_UARTIFLS, 0x12);
    TXRIS(&h, false);
    far_end_takes(&h, 1);
    TXRIS(&h, true);
    guest_write(&h, PL011_UARTIFLS, 0x10);
    TXRIS(&h, false);
    guest_write(&h, PL011_UARTIFLS, 0x12);
    TXRIS(&h, false);
}

/* P.C19: IFLS is no flush. */
static void a_write_keeps_what_is_queued(void)
{
    struct host h;
    uint32_t ifls;

    host_init(&h, &host_enabled);
    far_end_types(&h, "12345");
    far_end_holds(&h);
    guest_sends(&h, "abcde");
    for (ifls = 0; ifls < 64; ifls++) {
        guest_write(&h, PL011_UARTIFLS, ifls);
    }
    assert_receives(&h, "12345");
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent(&h, "abcde");
}

/* With strict interrupts a write with data queued may clear RX, and never set
 * it. */
static void a_strict_write_clears_rxris_but_never_sets_it(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_STRICT_INTERRUPTS},
                      .enabled = true,
                  });
    far_end_types_count(&h, 10);
    guest_write(&h, PL011_UARTIFLS, 0);
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIFLS, 0x12);
    far_end_types_count(&h, 6);
    RIS(&h, PL011_INT_RX);
    guest_write(&h, PL011_UARTIFLS, 0x22);
    RIS(&h, 0);
    guest_write(&h, PL011_UARTIFLS, 0x12);
    RIS(&h, 0);
}

/* The SBSA personality has no IFLS: half of 32, whatever is written. */
static void without_ifls_the_trigger_is_half(void)
{
    struct host h;

    host_init(&h, &host_sbsa);
    guest_write(&h, PL011_UARTIFLS, 0);
    far_end_types_count(&h, 15);
    RIS(&h, 0);
    far_end_types(&h, "x");
    RIS(&h, PL011_INT_RX);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_code_is_an_rx_trigger),
        CASE(a_write_re_evaluates_rxris),
        CASE(each_code_is_a_tx_trigger),
        CASE(a_write_clears_txris_and_never_sets_it),
        CASE(a_write_keeps_what_is_queued),
        CASE(a_strict_write_clears_rxris_but_never_sets_it),
        CASE(without_ifls_the_trigger_is_half),
    };

    return run_cases(cases);
}
