/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The transmit FIFO and its flags: TXFE, TXFF, BUSY, and overflow. */
#include "support.h"

#define TX_FLAGS (PL011_FR_TXFE | PL011_FR_TXFF | PL011_FR_BUSY)

static void characters_reach_the_far_end_in_order_at_once(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "one");
    assert_sent(&h, "one");
    guest_write(&h, PL011_UARTDR, 0xFFFFFF00u | '!');
    assert_sent(&h, "one!");
    assert_counter(&h, tx_bytes, 4);
}

/* G.C1 P.C12: earlycon and printk poll BUSY after each character with
 * interrupts off; it may not wait for the host. */
static void busy_is_clear_after_every_write_while_there_is_room(void)
{
    struct host h;
    int i;

    host_init(&h, NULL); /* nothing was ever programmed */
    for (i = 0; i < 200; i++) {
        guest_sends(&h, "e");
        assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_TXFE);
    }
}

/* G.C2 P.C12: TXFE comes back without the guest doing anything. */
static void txfe_returns_when_the_far_end_takes(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends(&h, "x");
    assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_BUSY);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_TXFE);
}

/* G.C2: nor does it need the host to say so: any access offers again, and FR
 * follows, whatever TXRIS was. */
static void any_access_offers_again_what_the_far_end_did_not_take(void)
{
    static const uint16_t registers[] = {
        PL011_UARTRIS, PL011_UARTIMSC, PL011_UARTRSR, PL011_UARTCR, 0x200,
    };
    size_t i;

    for (i = 0; i < sizeof(registers) / sizeof(registers[0]); i++) {
        struct host h;

        host_init(&h, &host_enabled);
        guest_sends(&h, "x");
        far_end_holds(&h);
        guest_sends(&h, "y");
        assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_BUSY);
        h.far.room = FAR_UNLIMITED;
        guest_read(&h, registers[i]);
        assert_sent(&h, "xy");
        assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_TXFE);
    }
}

/* TXFF shows at the depth, for each depth there is. */
static void assert_txff_at(const struct host_options *options, unsigned depth)
{
    struct host h;
    unsigned int i;

    host_init(&h, options);
    if (depth == 1) {
        guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    }
    far_end_holds(&h);
    for (i = 1; i <= depth; i++) {
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
        guest_sends(&h, "x");
    }
    assert_reg_bits(&h, PL011_UARTFR, TX_FLAGS, PL011_FR_TXFF | PL011_FR_BUSY);
    far_end_takes(&h, 1);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
}

static void txff_shows_at_the_depth(void)
{
    assert_txff_at(&host_enabled, 32);
    assert_txff_at(&(struct host_options){.enabled = true,
                                          .config = {.revision = VPL011_R1P4}},
                   16);
    assert_txff_at(&(struct host_options){.enabled = true,
                                          .config = {.revision = VPL011_R1P1}},
                   16);
    assert_txff_at(&host_enabled, 1);
    assert_txff_at(&host_sbsa, 32);
}

/* G.C4: a write beyond the store (twice the depth; all 64 places without FIFOs)
 * is dropped and counted: no fault, no wait, and what was queued stays in
 * order. */
static void overflow_drops_the_new_character_and_counts(void)
{
    static const struct {
        uint32_t revision, lcr_h, store;
    } parts[] = {
        {VPL011_R1P5, 0x70, 64},
        {VPL011_R1P4, 0x70, 32},
        {VPL011_R1P5, 0x60, 64},
    };
    size_t i;

    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct host h;
        uint8_t expected[64];
        uint32_t n;

        host_init(&h, &(struct host_options){
                          .config = {.revision = parts[i].revision},
                          .enabled = true,
                      });
        guest_write(&h, PL011_UARTLCR_H, parts[i].lcr_h);
        far_end_holds(&h);
        guest_sends_count(&h, parts[i].store);
        assert_int_equal(h.guest_errors, 0);
        guest_sends(&h, "!?");
        assert_int_equal(h.guest_errors, 2);
        assert_int_equal(h.guest_error.kind, VPL011_GUEST_TX_OVERFLOW);
        assert_int_equal(h.guest_error.value, '?');
        assert_counter(&h, tx_overflow, 2);
        far_end_takes(&h, FAR_UNLIMITED);
        for (n = 0; n < parts[i].store; n++) {
            expected[n] = (uint8_t)('a' + n % 26);
        }
        assert_sent_bytes(&h, expected, parts[i].store);
    }
}

/* G.C3: Xen takes TXFE as "16 characters fit". */
static void txfe_promises_sixteen_characters(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.config = {.revision = VPL011_R1P1},
                                         .enabled = true});
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    far_end_holds(&h);
    guest_sends_count(&h, 16);
    assert_counter(&h, tx_overflow, 0);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_counter(&h, tx_bytes, 16);
}

/* The store wraps: every head position, every fill. */
static void order_is_kept_across_the_wrap_of_the_store(void)
{
    struct host h;
    uint8_t expected[2048];
    uint32_t seed = 7;
    size_t sent = 0;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    while (sent + 40 < sizeof(expected)) {
        size_t burst = next_random(&seed) % 20;
        size_t i;

        for (i = 0; i < burst; i++) {
            expected[sent] = (uint8_t)next_random(&seed);
            guest_write(&h, PL011_UARTDR, expected[sent]);
            sent++;
        }
        far_end_takes(&h, burst);
    }
    far_end_takes(&h, FAR_UNLIMITED);
    assert_sent_bytes(&h, expected, sent);
    assert_counter(&h, tx_overflow, 0);
}

/* P.C35: a far end that never takes anything neither spins nor asserts. */
static void far_end_that_takes_nothing_is_asked_a_bounded_number_of_times(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    for (i = 0; i < 1000; i++) {
        unsigned int before = h.far.writes;

        guest_sends(&h, "x");
        assert_in_range(h.far.writes - before, 0, 4);
        assert_result(vpl011_data_avail(&h.uart), 0);
    }
    assert_counter(&h, tx_overflow, 1000 - 64);
    assert_counter(&h, tx_bytes, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(characters_reach_the_far_end_in_order_at_once),
        CASE(busy_is_clear_after_every_write_while_there_is_room),
        CASE(txfe_returns_when_the_far_end_takes),
        CASE(any_access_offers_again_what_the_far_end_did_not_take),
        CASE(txff_shows_at_the_depth),
        CASE(overflow_drops_the_new_character_and_counts),
        CASE(txfe_promises_sixteen_characters),
        CASE(order_is_kept_across_the_wrap_of_the_store),
        CASE(far_end_that_takes_nothing_is_asked_a_bounded_number_of_times),
    };

    return run_cases(cases);
}
