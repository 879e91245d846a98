/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * States to and from QEMU's stream: qemu_state.h. tests/judge/moves.c does it
 * with QEMU itself.
 */
#include "support.h"

#include <vpl011/qemu_state.h>

static const struct vpl011_config like_qemu = {.revision = VPL011_R1P1};
static const struct host_options host_like_qemu = {
    .config = {.revision = VPL011_R1P1},
};

/* As QEMU 7.2 saves a guest with two characters, the older one in the last
 * place of its ring, and TX pending. */
static const struct vpl011_qemu_state busy = {
    .flags = PL011_FR_TXFE,
    .lcr = 0x70,
    .cr = 0x301,
    .int_enabled = PL011_INT_RX | PL011_INT_RT,
    .int_level = PL011_INT_RX | PL011_INT_TX,
    .read_fifo = {[15] = 'a', [0] = 'b', [1] = 'x'},
    .ibrd = 39,
    .fbrd = 4,
    .ifl = 0x12,
    .read_pos = 15,
    .read_count = 2,
    .read_trigger = 1,
};

static int from_qemu(const struct vpl011_config *config,
                     const struct vpl011_qemu_state *qemu,
                     struct vpl011_state *state)
{
    assert_result(vpl011_state_default(config, state), VPL011_OK);
    return vpl011_state_from_qemu(state, qemu);
}

static void load(struct host *h, const struct host_options *options,
                 const struct vpl011_qemu_state *qemu)
{
    struct vpl011_state state;

    host_init(h, options);
    h->loads = true;
    assert_result(vpl011_state_get(&h->uart, &state), VPL011_OK);
    assert_int_equal(vpl011_state_from_qemu(&state, qemu), 0);
    assert_result(vpl011_state_set(&h->uart, &state), VPL011_OK);
}

static void a_guest_of_qemu_goes_on_where_it_was(void)
{
    struct host h;

    load(&h, &host_like_qemu, &busy);
    assert_reg(&h, PL011_UARTLCR_H, 0x70);
    assert_reg(&h, PL011_UARTCR, 0x301);
    assert_reg(&h, PL011_UARTIBRD, 39);
    assert_reg(&h, PL011_UARTFBRD, 4);
    assert_reg(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    assert_true(vpl011_irq_lines(&h.uart) & VPL011_IRQ_UARTINTR);
    assert_reg(&h, PL011_UARTDR, 'a');
    assert_reg(&h, PL011_UARTDR, 'b');
    assert_true(guest_read(&h, PL011_UARTFR) & PL011_FR_RXFE);
    assert_int_equal(vpl011_irq_lines(&h.uart), 0);
}

static void the_divisor_that_was_written_is_in_use(void)
{
    struct vpl011_state state;

    assert_int_equal(from_qemu(&like_qemu, &busy, &state), 0);
    assert_int_equal(state.line_ibrd, 39);
    assert_int_equal(state.line_fbrd, 4);
}

static void a_pending_tx_is_pending_with_its_replay(void)
{
    struct host h;

    load(&h, &host_like_qemu, &busy);
    assert_true(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_true(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_false(guest_read(&h, PL011_UARTRIS) & PL011_INT_TX);
}

/* The fault of QEMU that silences a console: the library ends it. */
static void characters_that_were_acknowledged_unread_interrupt_again(void)
{
    struct vpl011_qemu_state deaf = busy;
    struct host h;

    deaf.int_level = 0;
    load(&h, &host_like_qemu, &deaf);
    assert_true(vpl011_irq_lines(&h.uart) & VPL011_IRQ_UARTINTR);
}

static void with_strict_interrupts_rx_is_as_latched_and_the_timeout_announces(
    void)
{
    static const struct host_options strict = {
        .config = {.revision = VPL011_R1P1,
                   .flags = VPL011_CFG_STRICT_INTERRUPTS},
    };
    struct vpl011_qemu_state q = busy;
    struct host h;

    q.read_count = 8; /* the level of UARTRXINTR */
    load(&h, &strict, &q);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_RX | PL011_INT_RT | PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_RX | PL011_INT_RT);
    q.int_level = 0;
    load(&h, &strict, &q);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_RT);
}

/* No two alike, and every bit that there is in one of two. */
static struct vpl011_qemu_state all_different(bool inverted)
{
    const uint32_t flip = inverted ? 0xFFFFFFFFu : 0;
    struct vpl011_qemu_state q = {
        .flags = PL011_FR_TXFE | PL011_FR_RXFE,
        .lcr = (0x35 ^ flip) & 0xFF,
        .rsr = (0xA ^ flip) & 0xF,
        .cr = (0x5281 ^ flip) & PL011_UARTCR_MASK,
        .dmacr = (0x5 ^ flip) & 0x7,
        .int_enabled = (0x2A5 ^ flip) & PL011_INT_ALL,
        .int_level = (0x505 ^ flip) & (PL011_INT_ERROR | PL011_INT_MODEM),
        .ilpr = (0x5B ^ flip) & 0xFF,
        .ibrd = (0x1234 ^ flip) & 0xFFFF,
        .fbrd = (0x2D ^ flip) & 0x3F,
        .ifl = (0x23 ^ flip) & 0x3F,
        .read_trigger = 1,
    };

    return q;
}

static void every_register_goes_there_and_back(void)
{
    struct vpl011_qemu_state back;
    struct vpl011_state state;
    int i;

    for (i = 0; i < 2; i++) {
        const struct vpl011_qemu_state q = all_different(i == 1);

        assert_int_equal(from_qemu(&like_qemu, &q, &state), 0);
        assert_int_equal(state.lcr_h, q.lcr);
        assert_int_equal(state.rsr, q.rsr);
        assert_int_equal(state.cr, q.cr);
        assert_int_equal(state.dmacr, q.dmacr);
        assert_int_equal(state.imsc, q.int_enabled);
        assert_int_equal(state.ris_latched, q.int_level);
        assert_int_equal(state.ilpr, q.ilpr);
        assert_int_equal(state.ibrd, q.ibrd);
        assert_int_equal(state.fbrd, q.fbrd);
        assert_int_equal(state.ifls, q.ifl);
        assert_int_equal(state.latches, VPL011_LATCH_CR_WRITTEN);
        assert_int_equal(state.txi, 0);
        assert_int_equal(vpl011_state_to_qemu(&state, &back), 0);
        assert_memory_equal(&back, &q, sizeof(q));
    }
}

static void a_generic_uart_has_no_modem_interrupts_and_always_its_fifo(void)
{
    static const struct vpl011_config sbsa = {.personality = VPL011_SBSA};
    struct vpl011_qemu_state q = all_different(false);
    struct vpl011_state before;
    struct vpl011_state state;

    q.lcr = 0;
    q.int_level = PL011_INT_ERROR | PL011_INT_MODEM;
    q.read_count = 16;
    assert_result(vpl011_state_default(&sbsa, &before), VPL011_OK);
    assert_int_equal(from_qemu(&sbsa, &q, &state), 0);
    assert_int_equal(state.rx_count, 16);
    assert_int_equal(state.ris_latched, PL011_INT_ERROR);
    assert_int_equal(state.cr, before.cr);
    assert_int_equal(state.lcr_h, before.lcr_h);
    assert_int_equal(state.ifls, before.ifls);
    assert_int_equal(state.ibrd, q.ibrd);
}

static void a_generic_uart_that_stores_settings_takes_them(void)
{
    static const struct vpl011_config stores = {
        .personality = VPL011_SBSA,
        .flags = VPL011_CFG_STORE_CONFIG,
    };
    struct vpl011_qemu_state q = all_different(false);
    struct vpl011_state state;

    q.lcr = 0;
    q.read_count = 16;
    assert_int_equal(from_qemu(&stores, &q, &state), 0);
    assert_int_equal(state.cr, q.cr);
    assert_int_equal(state.lcr_h, 0);
    assert_int_equal(state.rx_count, 16);
}

static void what_waits_is_latched_for_strict_interrupts(void)
{
    struct vpl011_qemu_state q = busy;
    struct vpl011_state state;

    q.cr = 0x300;
    q.read_count = 1;
    assert_int_equal(from_qemu(&like_qemu, &q, &state), 0);
    assert_int_equal(state.latches, VPL011_LATCH_RX | VPL011_LATCH_RT);
    q.read_count = 0;
    q.int_level = 0;
    assert_int_equal(from_qemu(&like_qemu, &q, &state), 0);
    assert_int_equal(state.latches, 0);
}

static void one_acknowledge_that_tx_takes_is_enough_for_qemu(void)
{
    struct vpl011_qemu_state q;
    struct vpl011_state state;

    assert_result(vpl011_state_default(&like_qemu, &state), VPL011_OK);
    state.txi = 1;
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.int_level, PL011_INT_TX);
}

static void modem_inputs_are_not_those_of_qemus_flags(void)
{
    struct vpl011_state state;

    assert_int_equal(from_qemu(&like_qemu, &busy, &state), 0);
    assert_int_equal(state.modem_inputs,
                     PL011_FR_CTS | PL011_FR_DSR | PL011_FR_DCD);
}

static void a_guest_that_wrote_no_cr_is_received_from_the_start(void)
{
    struct vpl011_qemu_state fresh = busy;
    struct vpl011_state state;

    assert_int_equal(from_qemu(&like_qemu, &busy, &state), 0);
    assert_true(state.latches & VPL011_LATCH_CR_WRITTEN);
    fresh.cr = 0x300;
    assert_int_equal(from_qemu(&like_qemu, &fresh, &state), 0);
    assert_false(state.latches & VPL011_LATCH_CR_WRITTEN);
}

static void reserved_bits_that_qemu_keeps_are_left_out(void)
{
    struct vpl011_qemu_state wild;
    struct vpl011_state state;
    struct host h;

    memset(&wild, 0xFF, sizeof(wild));
    wild.read_pos = 3;
    wild.read_count = 16;
    load(&h, &host_like_qemu, &wild);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(state.cr, PL011_UARTCR_MASK);
    assert_int_equal(state.imsc, PL011_INT_ALL);
    assert_int_equal(state.rx_count, 16);
    assert_int_equal(state.rx[15], 0xFFF);
}

static void more_characters_than_the_fifo_holds_are_counted(void)
{
    struct vpl011_qemu_state two = busy;
    struct vpl011_state state;

    two.lcr = 0x60;
    assert_int_equal(from_qemu(&like_qemu, &two, &state), 1);
    assert_int_equal(state.rx_count, 1);
    assert_int_equal(state.rx[0], 'a');
    assert_int_equal(state.rx[1], 0);
}

static void a_hostile_ring_is_refused_and_changes_nothing(void)
{
    static const int32_t bad[][2] = {
        {-1, 0}, {16, 0}, {0, -1}, {0, 17}, {INT32_MAX, INT32_MAX}};
    struct vpl011_state before;
    struct vpl011_state state;
    size_t i;

    assert_result(vpl011_state_default(&like_qemu, &before), VPL011_OK);
    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct vpl011_qemu_state q = busy;

        q.read_pos = bad[i][0];
        q.read_count = bad[i][1];
        state = before;
        assert_result(vpl011_state_from_qemu(&state, &q),
                      VPL011_ERR_STATE_VALUE);
        assert_memory_equal(&state, &before, sizeof(state));
    }
    assert_result(vpl011_state_from_qemu(NULL, &busy), VPL011_ERR_NULL);
    assert_result(vpl011_state_from_qemu(&state, NULL), VPL011_ERR_NULL);
}

static void whatever_qemu_saves_loads_into_every_kind_of_device(void)
{
    static const struct vpl011_config kinds[] = {
        {.revision = VPL011_R1P1},
        {.revision = VPL011_R1P4, .flags = VPL011_CFG_STRICT_INTERRUPTS},
        {.revision = VPL011_R1P5},
        {.revision = VPL011_R1P5, .flags = VPL011_CFG_FIRMWARE_INIT},
        {.personality = VPL011_SBSA},
        {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG},
    };
    const struct vpl011_ops ops = {0};
    uint32_t random = 1;
    struct vpl011 uart;
    size_t k;
    int round;
    size_t i;

    for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
        struct vpl011_config config = kinds[k];

        config.flags |= VPL011_CFG_NO_IRQ_OP;
        assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
        for (round = 0; round < 2000; round++) {
            struct vpl011_qemu_state q;
            struct vpl011_state state;
            uint32_t words[sizeof(q) / 4];
            int left;

            for (i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
                random = random * 1664525u + 1013904223u;
                words[i] = random;
            }
            memcpy(&q, words, sizeof(q));
            q.read_pos = (int32_t)(words[0] >> 28);
            q.read_count = (int32_t)(words[1] >> 16) % 17;
            left = from_qemu(&config, &q, &state);
            assert_int_equal(left, q.read_count - (int32_t)state.rx_count);
            assert_result(vpl011_state_set(&uart, &state), VPL011_OK);
        }
    }
}

static void what_goes_to_qemu_comes_back(void)
{
    struct vpl011_qemu_state there;
    struct vpl011_state again;
    struct vpl011_state state;

    assert_int_equal(from_qemu(&like_qemu, &busy, &state), 0);
    assert_int_equal(vpl011_state_to_qemu(&state, &there), 0);
    assert_int_equal(there.read_pos, 0);
    assert_int_equal(there.read_count, 2);
    assert_int_equal(there.read_fifo[0], 'a');
    assert_int_equal(there.read_fifo[1], 'b');
    assert_int_equal(there.read_fifo[2], 0);
    assert_int_equal(there.flags, busy.flags);
    assert_int_equal(there.read_trigger, 1);
    assert_int_equal(from_qemu(&like_qemu, &there, &again), 0);
    assert_null(vpl011_state_diff(&state, &again));
}

static void flags_for_qemu_are_those_of_its_fifo(void)
{
    struct vpl011_qemu_state q;
    struct vpl011_state state;

    assert_result(vpl011_state_default(&like_qemu, &state), VPL011_OK);
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.flags, PL011_FR_TXFE | PL011_FR_RXFE);
    assert_int_equal(q.int_level, 0);
    state.rx_count = 1; /* without FIFOs one is all */
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.flags, PL011_FR_TXFE | PL011_FR_RXFF);
    state.lcr_h = PL011_LCR_H_FEN;
    state.rx_count = 15;
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.flags, PL011_FR_TXFE);
    state.rx_count = 16;
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.flags, PL011_FR_TXFE | PL011_FR_RXFF);
}

/* QEMU clears RT by an acknowledge only, which Linux does not write. */
static void rt_does_not_go_to_qemu_and_one_character_is_rx_there(void)
{
    struct vpl011_qemu_state q;
    struct vpl011_state state;
    struct host h;

    host_init(&h, &host_like_qemu);
    guest_write(&h, PL011_UARTCR, 0x301);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RX | PL011_INT_RT);
    far_end_types(&h, "k");
    assert_reg(&h, PL011_UARTRIS, PL011_INT_RT);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 0);
    assert_int_equal(q.int_level, PL011_INT_RX);
}

static void output_that_is_held_has_no_place_in_qemu(void)
{
    struct vpl011_qemu_state q;
    struct vpl011_state state;
    struct host h;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends(&h, "held");
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(vpl011_state_to_qemu(&state, &q), 4);
}

static void more_than_qemu_holds_is_a_named_error(void)
{
    struct vpl011_qemu_state q = busy;
    struct vpl011_state state;

    assert_result(vpl011_state_default(NULL, &state), VPL011_OK);
    state.rx_count = 17;
    assert_result(vpl011_state_to_qemu(&state, &q), VPL011_ERR_SIZE);
    assert_memory_equal(&q, &busy, sizeof(q));
    assert_result(vpl011_state_to_qemu(NULL, &q), VPL011_ERR_NULL);
    assert_result(vpl011_state_to_qemu(&state, NULL), VPL011_ERR_NULL);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_guest_of_qemu_goes_on_where_it_was),
        CASE(the_divisor_that_was_written_is_in_use),
        CASE(a_pending_tx_is_pending_with_its_replay),
        CASE(characters_that_were_acknowledged_unread_interrupt_again),
        CASE(with_strict_interrupts_rx_is_as_latched_and_the_timeout_announces),
        CASE(every_register_goes_there_and_back),
        CASE(a_generic_uart_has_no_modem_interrupts_and_always_its_fifo),
        CASE(a_generic_uart_that_stores_settings_takes_them),
        CASE(what_waits_is_latched_for_strict_interrupts),
        CASE(one_acknowledge_that_tx_takes_is_enough_for_qemu),
        CASE(modem_inputs_are_not_those_of_qemus_flags),
        CASE(a_guest_that_wrote_no_cr_is_received_from_the_start),
        CASE(reserved_bits_that_qemu_keeps_are_left_out),
        CASE(more_characters_than_the_fifo_holds_are_counted),
        CASE(a_hostile_ring_is_refused_and_changes_nothing),
        CASE(whatever_qemu_saves_loads_into_every_kind_of_device),
        CASE(what_goes_to_qemu_comes_back),
        CASE(flags_for_qemu_are_those_of_its_fifo),
        CASE(rt_does_not_go_to_qemu_and_one_character_is_rx_there),
        CASE(output_that_is_held_has_no_place_in_qemu),
        CASE(more_than_qemu_holds_is_a_named_error),
    };

    return run_cases(cases);
}
