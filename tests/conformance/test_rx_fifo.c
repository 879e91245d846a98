/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The receive FIFO: flags, order, and how it is filled from the far end. */
#include "support.h"

#define RX_FLAGS (PL011_FR_RXFE | PL011_FR_RXFF)

static void characters_arrive_in_order_with_nothing_above_bit_7(void)
{
    struct host h;
    uint8_t all[32];
    unsigned int i;
    unsigned int j;

    /* G.E8: U-Boot takes any bit above 7 as an error. */
    host_init(&h, &host_enabled);
    for (j = 0; j < 256; j += 32) {
        for (i = 0; i < 32; i++) {
            all[i] = (uint8_t)(j + i);
        }
        far_end_queues(&h, all, 32);
        assert_int_equal(vpl011_tick(&h.uart), 32);
        for (i = 0; i < 32; i++) {
            assert_reg(&h, PL011_UARTDR, j + i);
        }
    }
    assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, PL011_FR_RXFE);
    assert_counter(&h, rx_bytes, 256);
    assert_counter(&h, rx_read, 256);
}

/* G.E7 P.C17: RTEMS reads DR before each character that it writes. */
static void reading_dr_empty_gives_0_and_touches_nothing(void)
{
    const uint16_t entry = PL011_DR_FE | 'x';
    struct host h;

    host_init(&h, &host_enabled);
    assert_int_equal(vpl011_rx_push(&h.uart, &entry, 1), 1);
    assert_reg(&h, PL011_UARTDR, PL011_DR_FE | 'x');
    host_forget(&h);
    assert_reg(&h, PL011_UARTDR, 0);
    assert_reg(&h, PL011_UARTDR, 0);
    assert_reg(&h, PL011_UARTRSR, PL011_RSR_FE);
    assert_reg(&h, PL011_UARTRIS, PL011_INT_FE);
    assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, PL011_FR_RXFE);
    assert_int_equal(h.log_count, 0);
    assert_counter(&h, rx_read, 1);
    /* The stale slot is not what comes next either. */
    far_end_types(&h, "y");
    assert_reg(&h, PL011_UARTDR, 'y');
    /* Nor behind a character without errors. */
    assert_reg(&h, PL011_UARTDR, 0);
    assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, PL011_FR_RXFE);
    assert_counter(&h, rx_read, 2);
}

static void rxff_shows_at_the_depth(void)
{
    static const struct {
        uint32_t revision, lcr_h;
        int depth;
    } parts[] = {
        {VPL011_R1P5, 0x70, 32},
        {VPL011_R1P4, 0x70, 16},
        {VPL011_R1P1, 0x70, 16},
        {VPL011_R1P5, 0x60, 1},
    };
    size_t i;
    int n;

    /* G.E4 P.C13: with FEN=0 one character fills it. */
    for (i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        struct host h;

        host_init(&h, &(struct host_options){
                          .config = {.revision = parts[i].revision},
                          .enabled = true,
                      });
        guest_write(&h, PL011_UARTLCR_H, parts[i].lcr_h);
        assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, PL011_FR_RXFE);
        for (n = 1; n < parts[i].depth; n++) {
            assert_int_equal(far_end_types(&h, "x"), 1);
            assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, 0);
        }
        assert_int_equal(far_end_types(&h, "z"), 1);
        assert_reg_bits(&h, PL011_UARTFR, RX_FLAGS, PL011_FR_RXFF);
        assert_int_equal(far_end_types(&h, "w"), 0);
        guest_read(&h, PL011_UARTDR);
        assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFF, 0);
    }
}

/* G.E11: what does not fit waits in the backend; nothing overruns. */
static void input_beyond_the_depth_is_held_not_lost(void)
{
    struct host h;
    char got[100];
    size_t count = 0;
    int rounds = 0;

    host_init(&h, &host_enabled);
    assert_int_equal(far_end_types_count(&h, 100), 32);
    assert_int_equal(far_end_waiting(&h), 68);
    while (count < 100 && rounds++ < 10) {
        count += guest_receives(&h, got + count, 100 - count);
        vpl011_tick(&h.uart);
    }
    assert_int_equal(count, 100);
    assert_memory_equal(got, h.far.input, 100);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_OE, 0);
    assert_counter(&h, rx_overruns, 0);
}

/* G.E6: reads never pull, or FreeBSD's unbounded handler never ends and Linux
 * throws away at open what a user pasted. */
static void reads_of_dr_and_fr_do_not_pull_from_the_backend(void)
{
    struct host h;
    char got[64];
    unsigned int reads;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 64);
    reads = h.far.reads;
    assert_int_equal(guest_receives(&h, got, 64), 32);
    assert_int_equal(h.far.reads, reads);
    assert_int_equal(far_end_waiting(&h), 32);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
}

/* G.E6: nor does vpl011_data_avail() while the guest is told to read. */
static void no_input_is_taken_while_a_receive_interrupt_shows(void)
{
    static const uint32_t masks[] = {PL011_INT_RX, PL011_INT_RT,
                                     PL011_INT_RX | PL011_INT_RT};
    size_t i;

    for (i = 0; i < sizeof(masks) / sizeof(masks[0]); i++) {
        struct host h;

        host_init(&h, &host_enabled);
        guest_write(&h, PL011_UARTIMSC, masks[i]);
        assert_int_equal(far_end_types(&h, "a"), 1);
        assert_int_equal(far_end_types(&h, "bc"), 0);
        assert_receives(&h, "a");
        assert_result(vpl011_data_avail(&h.uart), 2);
        assert_receives(&h, "bc");
    }
}

/* A guest that polls gets as much as there is room for. */
static void input_fills_up_while_receive_interrupts_are_masked(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    for (i = 0; i < 32; i++) {
        assert_int_equal(far_end_types(&h, "x"), 1);
    }
    assert_int_equal(far_end_types(&h, "x"), 0);
    assert_int_equal(far_end_waiting(&h), 1);
    assert_in_range(h.far.largest_read, 1, 32);
}

/* Whatever empties the FIFO raises REFILL, once, if more waits. */
static void refill_is_asked_once_when_the_guest_has_read_everything(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    assert_int_equal(far_end_types_count(&h, 38), 32);
    assert_int_equal(h.notified, 0);
    for (i = 0; i < 31; i++) {
        guest_read(&h, PL011_UARTDR);
    }
    assert_int_equal(h.notified, 0);
    guest_read(&h, PL011_UARTDR);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
    assert_int_equal(h.notifies, 1);
    guest_read(&h, PL011_UARTDR);
    guest_write(&h, PL011_UARTIMSC, 0);
    assert_int_equal(h.notifies, 1);

    /* The answer clears the request: the next emptying asks again. */
    far_end_queues(&h, "another load, and one more", 27);
    assert_result(vpl011_data_avail(&h.uart), 32);
    far_end_queues(&h, "last", 4);
    guest_write(&h, PL011_UARTLCR_H, 0x60); /* a flush empties it too */
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_int_equal(h.notifies, 2);
}

static void poll_that_says_more_than_there_is(
    void *ctx, struct vpl011_backend_status *status, uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->waiting = 1;
    status->attached = true;
}

/* Otherwise a loop that answers each event would never sleep. Whoever sends
 * input after the read calls vpl011_data_avail() for it. */
static void a_backend_that_gives_nothing_is_asked_for_once(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    h.far_backend.poll = poll_that_says_more_than_there_is;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    assert_true(h.notified & VPL011_EVENT_REFILL);
    assert_int_equal(h.notifies, 1);
    for (i = 0; i < 1000; i++) {
        assert_result(vpl011_data_avail(&h.uart), 0);
    }
    assert_int_equal(h.notifies, 1);
    /* Until the backend gives some. */
    far_end_types(&h, "x");
    guest_drains(&h);
    assert_int_equal(h.notifies, 2);
}

static void no_refill_is_asked_while_nothing_waits(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types(&h, "abc");
    guest_drains(&h);
    assert_int_equal(h.notifies, 0);
}

/* P.C18: a flush makes room too, and never reaches into the backend. */
static void refill_is_asked_when_fen_flushes(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_types_count(&h, 40);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    assert_int_equal(h.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
    assert_int_equal(far_end_waiting(&h), 8);
    assert_result(vpl011_data_avail(&h.uart), 1);
    assert_reg(&h, PL011_UARTDR, 'a' + 32 % 26);
}

static void refill_is_asked_when_reset_flushes(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8 | PL011_LCR_H_FEN);
    far_end_types_count(&h, 40);
    host_forget(&h);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_int_equal(h.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
}

static void refill_is_asked_when_the_receiver_is_switched_on(void)
{
    struct host h;

    host_init(&h, NULL);
    guest_write(&h, PL011_UARTCR, PL011_CR_UARTEN | PL011_CR_TXE);
    host_forget(&h);
    assert_int_equal(far_end_types(&h, "early"), 0);
    assert_int_equal(h.notified, 0);
    guest_write(&h, PL011_UARTCR,
                PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_RXE);
    assert_int_equal(h.notified, VPL011_EVENT_REFILL);
}

static void refill_is_asked_when_loopback_ends(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE | PL011_CR_LBE);
    host_forget(&h);
    assert_int_equal(far_end_types(&h, "later"), 0);
    assert_int_equal(h.notified, 0);
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE);
    assert_int_equal(h.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
}

/* It may be called too often, as by an embedder that polls. */
static void data_avail_without_anything_new_is_harmless(void)
{
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTIMSC, PL011_INT_ALL);
    for (i = 0; i < 100; i++) {
        assert_result(vpl011_data_avail(&h.uart), 0);
    }
    assert_int_equal(h.log_count, 0);
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_ALL, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(characters_arrive_in_order_with_nothing_above_bit_7),
        CASE(reading_dr_empty_gives_0_and_touches_nothing),
        CASE(rxff_shows_at_the_depth),
        CASE(input_beyond_the_depth_is_held_not_lost),
        CASE(reads_of_dr_and_fr_do_not_pull_from_the_backend),
        CASE(no_input_is_taken_while_a_receive_interrupt_shows),
        CASE(input_fills_up_while_receive_interrupts_are_masked),
        CASE(refill_is_asked_once_when_the_guest_has_read_everything),
        CASE(a_backend_that_gives_nothing_is_asked_for_once),
        CASE(no_refill_is_asked_while_nothing_waits),
        CASE(refill_is_asked_when_fen_flushes),
        CASE(refill_is_asked_when_reset_flushes),
        CASE(refill_is_asked_when_the_receiver_is_switched_on),
        CASE(refill_is_asked_when_loopback_ends),
        CASE(data_avail_without_anything_new_is_harmless),
    };

    return run_cases(cases);
}
