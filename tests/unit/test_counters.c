/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Counters: what each counts, and the two equations that always hold. */
#include "support.h"

static uint64_t counted_writes;

static void write_dr(struct host *h, uint32_t *seed)
{
    static const unsigned int sizes[] = {1, 2, 4};

    guest_write_sized(h, PL011_UARTDR, sizes[next_random(seed) % 3],
                      next_random(seed));
    counted_writes++;
}

static void one_step(struct host *h, uint32_t *seed)
{
    uint16_t entries[8];
    size_t i;

    h->far.sent_count = 0;
    h->far.input_first = 0;
    h->far.input_end = next_random(seed) % 50;
    h->far.room = next_random(seed) % 20;
    h->far.attached = next_random(seed) % 2;
    switch (next_random(seed) % 12) {
    case 0:
        guest_write(h, PL011_UARTLCR_H, next_random(seed) & 0xFF);
        break;
    case 1:
        guest_write(h, PL011_UARTCR, next_random(seed));
        break;
    case 2:
        guest_write(h, PL011_UARTTCR, next_random(seed) % 4);
        break;
    case 3:
        guest_write(h, PL011_UARTTDR, next_random(seed));
        guest_read(h, PL011_UARTTDR);
        break;
    case 4:
        for (i = 0; i < 8; i++) {
            entries[i] = (uint16_t)(next_random(seed) & 0x7FF);
        }
        vpl011_rx_push(&h->uart, entries, next_random(seed) % 9);
        break;
    case 5:
        vpl011_data_avail(&h->uart);
        break;
    case 6:
        if (next_random(seed) % 20 == 0) {
            vpl011_reset(&h->uart);
        }
        break;
    case 7:
    case 8:
        guest_read(h, PL011_UARTDR);
        break;
    default:
        write_dr(h, seed);
        break;
    }
}

/* Let both FIFOs run empty, so that they do not count. */
static void run_empty(struct host *h)
{
    h->far.room = FAR_UNLIMITED;
    h->far.sent_count = 0;
    guest_write(h, PL011_UARTTCR, 0);
    guest_write(h, PL011_UARTCR, 0x301);
    guest_write(h, PL011_UARTLCR_H,
                guest_read(h, PL011_UARTLCR_H) & PL011_LCR_H_FEN);
    guest_drains(h);
    assert_reg_bits(h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_RXFE,
                    PL011_FR_TXFE | PL011_FR_RXFE);
}

static void assert_sums(struct host *h)
{
    struct vpl011_counters c;

    assert_result(vpl011_get_counters(&h->uart, &c), VPL011_OK);
    assert_true(counted_writes == c.tx_bytes + c.tx_dropped + c.tx_overflow +
                                      c.tx_flushed + c.tx_looped);
    assert_true(c.rx_bytes == c.rx_read + c.rx_flushed);
    assert_true(c.tx_dropped_oldest <= c.tx_bytes);
    assert_true(c.guest_errors >= c.bad_accesses);
}

static void sums_hold_after_any_operation(void)
{
    static const struct {
        uint32_t flags, on_stall, on_gone;
    } configs[] = {
        {0, 0, 0},
        {VPL011_CFG_UNTHROTTLED, VPL011_POLICY_DROP_NEWEST,
         VPL011_POLICY_STALL},
        {VPL011_CFG_STRICT_ENABLES, VPL011_POLICY_DROP_OLDEST,
         VPL011_POLICY_DROP_OLDEST},
    };
    uint32_t seed = 2026;
    size_t i;
    int n;

    for (i = 0; i < sizeof(configs) / sizeof(configs[0]); i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.flags = configs[i].flags,
                                     .on_stall = configs[i].on_stall,
                                     .on_gone = configs[i].on_gone},
                      });
        counted_writes = 0;
        for (n = 0; n < 50000; n++) {
            one_step(&h, &seed);
            if (n % 500 == 499) {
                run_empty(&h);
                assert_sums(&h);
            }
        }
    }
}

/* Each one exactly, in a session where each happens. */
static void each_counter_counts_its_own(void)
{
    const uint16_t error = PL011_DR_FE;
    struct vpl011_counters c;
    struct host h;
    uint64_t value;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    h.far.room = 5;
    guest_sends_count(&h, 5 + 64 + 1);      /* 5 sent, 64 kept, 1 too many */
    guest_write(&h, PL011_UARTLCR_H, 0x60); /* 64 flushed */
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    h.far.attached = false;
    guest_sends(&h, "xx"); /* 2 dropped */
    h.far.attached = true;
    far_end_types(&h, "abc"); /* 3 received, 2 read, 1 flushed; one raise */
    guest_read(&h, PL011_UARTDR);
    guest_read(&h, PL011_UARTDR);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE);
    guest_sends(&h, "l"); /* looped, received: another raise */
    assert_result(vpl011_rx_push(&h.uart, &error, 1), 0);
    vpl011_mmio_read(&h.uart, 1, 1, &value);
    guest_read(&h, PL011_UARTICR);

    assert_result(vpl011_get_counters(&h.uart, &c), VPL011_OK);
    assert_int_equal(c.tx_bytes, 5);
    assert_int_equal(c.tx_dropped, 2);
    assert_int_equal(c.tx_dropped_oldest, 0);
    assert_int_equal(c.tx_overflow, 1);
    assert_int_equal(c.tx_flushed, 64);
    assert_int_equal(c.tx_looped, 1);
    assert_int_equal(c.rx_bytes, 4);
    assert_int_equal(c.rx_read, 2);
    assert_int_equal(c.rx_flushed, 1);
    assert_int_equal(c.rx_overruns, 0);
    assert_int_equal(c.rx_ignored, 0);
    assert_int_equal(c.irq_raises, 2);
    assert_int_equal(c.bad_accesses, 1);
    assert_int_equal(c.guest_errors, 3);
}

/* The operator's totals outlive the guest's resets. */
static void reset_keeps_the_counters(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "abc");
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_counter(&h, tx_bytes, 3);
    host_init(&h, &host_enabled);
    far_end_types(&h, "xy");
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_counter(&h, rx_bytes, 2);
    assert_counter(&h, rx_flushed, 2);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(sums_hold_after_any_operation),
        CASE(each_counter_counts_its_own),
        CASE(reset_keeps_the_counters),
    };

    return run_cases(cases);
}
