/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The irq and irq_pending ops: order, and what "newly pending" means. */
#include "support.h"

static const struct host_options edges = {.pending = true, .enabled = true};

/* Levels are visible to the op itself, and falling is told as rising is. */
static void levels_are_told_in_order(void)
{
    static const uint32_t order[] = {
        VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR,
        VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR | VPL011_IRQ_UARTRTINTR,
        VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR,
        0,
    };
    struct host h;
    size_t i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX | PL011_INT_RT);
    guest_sends(&h, "x");
    far_end_types(&h, "y");
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    guest_drains(&h);
    assert_int_equal(host_logged(&h, HOST_IRQ), 4);
    for (i = 0; i < 4; i++) {
        assert_int_equal(h.log[i].a, order[i]);
    }
}

/* G.G2: an edge-only controller hears of each enabled bit that was not
 * pending before. */
static void pending_fires_for_new_enabled_bits(void)
{
    const uint16_t entry = PL011_DR_FE | 'x';
    struct host h;

    host_init(&h, &edges);
    guest_sends(&h, "x");
    assert_int_equal(h.pendings, 0);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_int_equal(h.pendings, 1);
    assert_int_equal(h.pending, PL011_INT_TX);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX | PL011_INT_FE);
    guest_read(&h, PL011_UARTMIS);
    assert_int_equal(h.pendings, 1);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    assert_int_equal(h.pendings, 2);
    assert_int_equal(h.pending, PL011_INT_FE);
    /* Masked and unmasked again: it is newly pending. */
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX | PL011_INT_FE);
    assert_int_equal(h.pendings, 3);
    assert_int_equal(h.pending, PL011_INT_FE);
}

/* The level stays high over further drains; each edge is reported. */
static void pending_fires_for_tx_at_each_drain(void)
{
    struct host h;

    host_init(&h, &edges);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "abc");
    assert_int_equal(h.pendings, 3);
    assert_int_equal(h.pending, PL011_INT_TX);
    assert_int_equal(h.irqs, 1);
}

static void pending_fires_for_rx_at_each_arrival(void)
{
    const uint16_t entry = 'x';
    struct host h;
    int i;

    host_init(&h, &edges);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_RX);
    far_end_types_count(&h, 20);
    assert_int_equal(h.pendings, 1);
    assert_int_equal(h.pending, PL011_INT_RX | PL011_INT_RT);
    for (i = 0; i < 3; i++) {
        guest_read(&h, PL011_UARTDR); /* takes away, adds nothing */
    }
    assert_result(vpl011_data_avail(&h.uart), 0); /* nor does this */
    assert_int_equal(h.pendings, 1);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    assert_int_equal(h.pendings, 2);
    assert_int_equal(h.pending, PL011_INT_RX | PL011_INT_RT);
}

/* Bits that are still pending after ICR are reported again. */
static void pending_fires_again_for_what_icr_leaves(void)
{
    struct host h;

    host_init(&h, &edges);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "ab");
    assert_int_equal(h.pendings, 1);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    assert_int_equal(h.pendings, 2);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_int_equal(h.pendings, 2);
    guest_drains(&h);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    assert_int_equal(h.pendings, 2);
}

/* It also works alone: levels are then read after the calls. */
static void pending_alone_is_enough(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.pending = true, .no_irq = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_int_equal(h.pendings, 1);
    assert_int_equal(h.irqs, 0);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* The level is reported before the edge, so that a handler finds it. */
static void level_comes_before_the_edge(void)
{
    struct host h;

    host_init(&h, &edges);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_int_equal(h.log_count, 2);
    assert_int_equal(h.log[0].call, HOST_IRQ);
    assert_int_equal(h.log[1].call, HOST_PENDING);
}

static void reset_forgets_what_was_pending(void)
{
    struct host h;

    host_init(&h, &edges);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_int_equal(h.pendings, 1);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_int_equal(h.pendings, 1);
    guest_sends(&h, "y");
    assert_int_equal(h.pendings, 2);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(levels_are_told_in_order),
        CASE(pending_fires_for_new_enabled_bits),
        CASE(pending_fires_for_tx_at_each_drain),
        CASE(pending_fires_for_rx_at_each_arrival),
        CASE(pending_fires_again_for_what_icr_leaves),
        CASE(pending_alone_is_enough),
        CASE(level_comes_before_the_edge),
        CASE(reset_forgets_what_was_pending),
    };

    return run_cases(cases);
}
