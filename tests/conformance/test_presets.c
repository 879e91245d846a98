/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The named configurations, each with the guest that needs it. */
#include "support.h"

/* G.B6: as firmware leaves it, for kernels that are booted without it. */
static void firmware_init_is_enabled_with_fifos_and_a_divisor(void)
{
    static const struct {
        uint32_t clock_hz, baud, ibrd, fbrd;
    } divisors[] = {
        {0, 0, 13, 1},
        {24000000, 115200, 13, 1},
        {24000000, 9600, 156, 16},
        {48000000, 0, 26, 3},
    };
    size_t i;

    for (i = 0; i < sizeof(divisors) / sizeof(divisors[0]); i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.flags = VPL011_CFG_FIRMWARE_INIT,
                                     .clock_hz = divisors[i].clock_hz,
                                     .baud = divisors[i].baud},
                      });
        assert_reg(&h, PL011_UARTCR, 0x301);
        assert_reg(&h, PL011_UARTLCR_H, 0x70);
        assert_reg(&h, PL011_UARTIBRD, divisors[i].ibrd);
        assert_reg(&h, PL011_UARTFBRD, divisors[i].fbrd);
        assert_reg(&h, PL011_UARTIFLS, 0x12);
        assert_reg(&h, PL011_UARTRIS, 0);
        guest_sends(&h, "x");
        assert_sent(&h, "x");
        assert_int_equal(far_end_types(&h, "yy"), 2);
    }
}

/* It stays so after a reset, and with strict enables it is on as well. */
static void firmware_init_survives_reset(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_FIRMWARE_INIT |
                                          VPL011_CFG_STRICT_ENABLES},
                  });
    guest_write(&h, PL011_UARTCR, 0);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_reg(&h, PL011_UARTCR, 0x301);
    guest_sends(&h, "x");
    assert_sent(&h, "x");
}

/* Xen as a guest takes TXRIS as "TXFE". */
static void tx_trigger_empty_ignores_ifls(void)
{
    static const struct vpl011_config configs[] = {
        {.flags = VPL011_CFG_TX_TRIGGER_EMPTY},
        {.flags = VPL011_CFG_TX_TRIGGER_EMPTY, .personality = VPL011_SBSA},
    };
    size_t i;

    for (i = 0; i < 2; i++) {
        struct host h;

        host_init(
            &h, &(struct host_options){.config = configs[i], .enabled = true});
        guest_write(&h, PL011_UARTIFLS, 0x04);
        far_end_holds(&h);
        guest_sends_count(&h, 3);
        far_end_takes(&h, 1);
        assert_reg(&h, PL011_UARTRIS, 0);
        far_end_takes(&h, 1);
        assert_reg(&h, PL011_UARTRIS, 0);
        far_end_takes(&h, 1);
        assert_reg(&h, PL011_UARTRIS, PL011_INT_TX);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
        far_end_holds(&h);
        guest_sends(&h, "x");
        assert_reg(&h, PL011_UARTRIS, 0);
    }
}

/* TXFF for one FR read after each depth of characters: Linux then sends from
 * its interrupt, half a FIFO at a time. */
static void txff_once_per_load_shows_for_one_read(void)
{
    static const struct {
        uint32_t lcr_h;
        unsigned int depth;
    } modes[] = {{0x70, 32}, {0x60, 1}};
    const uint32_t flags = PL011_FR_TXFF | PL011_FR_TXFE | PL011_FR_BUSY;
    size_t i;
    int round;

    for (i = 0; i < 2; i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD},
                          .enabled = true,
                      });
        guest_write(&h, PL011_UARTLCR_H, modes[i].lcr_h);
        for (round = 0; round < 3; round++) {
            guest_sends_count(&h, modes[i].depth - 1);
            assert_reg_bits(&h, PL011_UARTFR, flags, PL011_FR_TXFE);
            guest_sends(&h, "x");
            assert_reg_bits(&h, PL011_UARTFR, flags,
                            PL011_FR_TXFF | PL011_FR_BUSY);
            assert_reg_bits(&h, PL011_UARTFR, flags, PL011_FR_TXFE);
        }
        /* The flag holds no character back, and to write while TXFF shows is no
         * mistake. */
        assert_int_equal(h.guest_errors, 0);
        assert_counter(&h, tx_bytes, 3 * modes[i].depth);
        assert_counter(&h, tx_overflow, 0);
    }
}

/* However long the guest does not look: more than a byte can count. */
static void txff_once_per_load_waits_for_the_read(void)
{
    struct host h;
    size_t sent;

    for (sent = 32; sent < 600; sent += 32) {
        host_init(&h, &(struct host_options){
                          .config = {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD},
                          .enabled = true,
                      });
        guest_sends_count(&h, sent);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, PL011_FR_TXFF);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
    }
}

/* Only once: by a byte read as well; and not across a flush or reset. */
static void txff_once_per_load_starts_anew_after_a_flush(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD},
                      .enabled = true,
                  });
    guest_sends_count(&h, 32);
    assert_int_equal(guest_read_sized(&h, PL011_UARTFR, 1) & PL011_FR_TXFF,
                     PL011_FR_TXFF);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
    guest_sends_count(&h, 32);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
    guest_sends_count(&h, 1);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
}

/* Without the flag TXFF is never shown while the far end takes. */
static void txff_is_not_shown_per_load_by_default(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 100; i++) {
        guest_sends(&h, "x");
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFF, 0);
    }
}

/* An embedder without an irq op reads the levels after its calls. */
static void no_irq_op_leaves_the_levels_to_be_read(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_NO_IRQ_OP},
                      .no_irq = true,
                      .enabled = true,
                  });
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(firmware_init_is_enabled_with_fifos_and_a_divisor),
        CASE(firmware_init_survives_reset),
        CASE(tx_trigger_empty_ignores_ifls),
        CASE(txff_once_per_load_shows_for_one_read),
        CASE(txff_once_per_load_waits_for_the_read),
        CASE(txff_once_per_load_starts_anew_after_a_flush),
        CASE(txff_is_not_shown_per_load_by_default),
        CASE(no_irq_op_leaves_the_levels_to_be_read),
    };

    return run_cases(cases);
}
