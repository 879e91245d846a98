/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Invariants under any value in any register, any byte stream, any far end. */
#include "support.h"

/* What a guest may conclude from its registers, always. */
static void assert_consistent(struct host *h)
{
    /* An access offers again what the far end did not take: it goes first. */
    const uint32_t imsc = guest_read(h, PL011_UARTIMSC);
    const uint32_t fr = guest_read(h, PL011_UARTFR);
    const uint32_t mis = guest_read(h, PL011_UARTMIS);
    const uint32_t lines = vpl011_irq_lines(&h->uart);

    assert_int_equal(mis, guest_read(h, PL011_UARTRIS) & imsc);
    assert_int_equal((lines & VPL011_IRQ_UARTINTR) != 0, mis != 0);
    assert_int_equal((lines & ~VPL011_IRQ_UARTINTR) != 0, mis != 0);
    assert_lines(h, lines);
    /* BUSY is "not empty"; full and empty exclude each other. */
    assert_int_equal(!(fr & PL011_FR_TXFE), (fr & PL011_FR_BUSY) != 0);
    assert_int_not_equal(fr & (PL011_FR_TXFE | PL011_FR_TXFF),
                         PL011_FR_TXFE | PL011_FR_TXFF);
    assert_int_not_equal(fr & (PL011_FR_RXFE | PL011_FR_RXFF),
                         PL011_FR_RXFE | PL011_FR_RXFF);
    assert_int_equal(fr & ~0x1FFu, 0);
}

static void one_step(struct host *h, uint32_t *seed)
{
    static const unsigned int sizes[] = {1, 2, 4, 4, 4, 8, 3, 0};
    const unsigned int size = sizes[next_random(seed) % 8];
    uint64_t offset = next_random(seed) % 40 * 4;
    uint16_t entries[40];
    unsigned int calls = h->far.writes + h->far.reads + h->far.polls;
    uint64_t value;
    size_t i;

    h->far.sent_count = 0;
    h->far.input_first = 0;
    h->far.input_end = next_random(seed) % 80;
    h->far.room = next_random(seed) % 3 ? next_random(seed) % 70 : 0;
    h->far.attached = next_random(seed) % 4 != 0;
    if (next_random(seed) % 16 == 0) {
        h->far.break_after = next_random(seed) % 40;
    }
    switch (next_random(seed) % 10) {
    case 0:
        vpl011_data_avail(&h->uart);
        break;
    case 1:
        for (i = 0; i < 40; i++) {
            entries[i] = (uint16_t)(next_random(seed) & 0x7FF);
        }
        vpl011_rx_push(&h->uart, entries, next_random(seed) % 41);
        break;
    case 2:
        vpl011_set_modem(&h->uart, next_random(seed) & PL011_FR_MODEM);
        break;
    case 3:
        if (next_random(seed) % 16 == 0) {
            vpl011_reset(&h->uart);
        }
        if (next_random(seed) % 16 == 0) {
            vpl011_attach(&h->uart,
                          next_random(seed) % 4 ? &h->far_backend : NULL);
            if (h->far.breaking &&
                !(guest_read(h, PL011_UARTLCR_H) & PL011_LCR_H_BRK)) {
                fail_msg("a BREAK was left on a backend");
            }
        }
        break;
    case 4:
    case 5:
    case 6:
        if (next_random(seed) % 64 == 0) {
            offset = (uint64_t)next_random(seed) << 20 | next_random(seed);
        }
        vpl011_mmio_read(&h->uart, offset, size, &value);
        break;
    default:
        if (next_random(seed) % 2) {
            offset = PL011_UARTDR;
        }
        vpl011_mmio_write(&h->uart, offset, size, next_random(seed));
        break;
    }
    /* Nothing spins on a far end that takes or gives nothing. */
    assert_in_range(h->far.writes + h->far.reads + h->far.polls - calls, 0, 12);
}

static void run_random(uint32_t flags, uint32_t personality, uint32_t on_stall,
                       uint32_t seed)
{
    struct host h;
    int i;

    host_init(&h, &(struct host_options){
                      .config = {.flags = flags,
                                 .personality = personality,
                                 .on_stall = on_stall,
                                 .on_gone = on_stall},
                      .pending = true,
                      .locks = true,
                  });
    for (i = 0; i < 20000; i++) {
        one_step(&h, &seed);
        assert_consistent(&h);
        assert_int_equal(h.lock_count, h.unlock_count);
    }
}

static void pl011_stays_consistent(void)
{
    run_random(0, VPL011_PL011, VPL011_POLICY_DEFAULT, 1);
    run_random(VPL011_CFG_UNTHROTTLED, VPL011_PL011, VPL011_POLICY_STALL, 2);
}

static void pl011_with_strict_rules_stays_consistent(void)
{
    run_random(VPL011_CFG_STRICT_INTERRUPTS | VPL011_CFG_STRICT_ENABLES,
               VPL011_PL011, VPL011_POLICY_DROP_NEWEST, 3);
}

static void sbsa_stays_consistent(void)
{
    run_random(VPL011_CFG_STORE_CONFIG, VPL011_SBSA, VPL011_POLICY_DROP_NEWEST,
               4);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(pl011_stays_consistent),
        CASE(pl011_with_strict_rules_stays_consistent),
        CASE(sbsa_stays_consistent),
    };

    return run_cases(cases);
}
