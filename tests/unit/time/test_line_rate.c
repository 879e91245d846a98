/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Characters leave, and arrive, at the rate of the line: one frame each, of the
 * divisor and format that the last write of UARTLCR_H latched (TRM 3.3.6,
 * 3.3.7).
 */
#include "clock.h"

#define BUSY PL011_FR_BUSY
#define TXFE PL011_FR_TXFE

/* Whatever is asked of the device without time passing, nothing leaves. */
static void assert_sent_count(struct timed *t, size_t count)
{
    assert_int_equal(t->h.far.sent_count, count);
}

static void each_character_takes_a_frame(void)
{
    struct timed t;
    size_t i;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends_count(&t.h, 16);
    for (i = 1; i <= 16; i++) {
        assert_sent_count(&t, i);
        assert_reg_bits(&t.h, PL011_UARTFR, BUSY, BUSY);
        run_for(&t, FRAME);
    }
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, TXFE);
    assert_int_equal(next_in(&t), UINT64_MAX);
}

/* UARTFR is read without a tick in between: the read itself shows it. */
static void busy_ends_with_the_last_stop_bit(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "a");
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, BUSY | TXFE);
    t.now += FRAME - 2;
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, BUSY | TXFE);
    t.now += 2;
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, TXFE);
}

static void txris_is_set_when_the_fill_reaches_the_trigger(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends_count(&t.h, 32); /* one is in the shift register */
    guest_write(&t.h, PL011_UARTICR, PL011_INT_TX);
    guest_write(&t.h, PL011_UARTICR, PL011_INT_TX);
    run_for(&t, 14 * FRAME);
    assert_int_equal(vpl011_tx_waiting(&t.h.uart), 17);
    assert_lines(&t.h, 0);
    run_for(&t, FRAME);
    assert_int_equal(vpl011_tx_waiting(&t.h.uart), 16);
    assert_lines(&t.h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
}

/* TRM 3.3.3: the holding register is empty while the frame is sent. */
static void without_fifos_a_character_goes_to_the_shift_register(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_sends(&t.h, "a");
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE | PL011_FR_TXFF,
                    BUSY | TXFE);
    assert_reg(&t.h, PL011_UARTRIS, PL011_INT_TX);
    guest_sends(&t.h, "b");
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE | PL011_FR_TXFF,
                    BUSY | PL011_FR_TXFF);
    run_for(&t, FRAME);
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE | PL011_FR_TXFF,
                    BUSY | TXFE);
    assert_sent(&t.h, "ab");
}

static void txff_pushes_back_until_a_frame_has_ended(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends_count(&t.h, 33);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFF, PL011_FR_TXFF);
    t.now += FRAME;
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_TXFF, 0);
}

static void the_format_counts_start_data_parity_and_stop_bits(void)
{
    static const struct {
        uint32_t lcr_h;
        uint64_t bits;
    } formats[] = {
        {PL011_LCR_H_FEN, 7},
        {PL011_LCR_H_FEN | PL011_LCR_H_WLEN8, 10},
        {PL011_LCR_H_FEN | PL011_LCR_H_WLEN8 | PL011_LCR_H_PEN, 11},
        {PL011_LCR_H_FEN | PL011_LCR_H_WLEN8 | PL011_LCR_H_STP2, 11},
        {PL011_LCR_H_FEN | PL011_LCR_H_WLEN8 | PL011_LCR_H_PEN |
             PL011_LCR_H_STP2,
         12},
    };
    struct timed t;
    size_t i;

    timed_init(&t, VPL011_TIME_TX);
    for (i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        guest_write(&t.h, PL011_UARTLCR_H, formats[i].lcr_h);
        guest_sends(&t.h, "a");
        assert_in_range(next_in(&t), formats[i].bits * (BIT - 1),
                        formats[i].bits * BIT);
        run_for(&t, SECOND);
    }
}

static void a_new_divisor_is_that_of_the_next_frame(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "ab");
    guest_write(&t.h, PL011_UARTIBRD, 312); /* 4800 baud */
    guest_write(&t.h, PL011_UARTFBRD, 32);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    run_for(&t, FRAME);
    assert_sent(&t.h, "ab");
    assert_in_range(next_in(&t), 2 * FRAME - 2, 2 * FRAME);
}

/* The embedder's own rate, also before the guest programs any. */
static void clock_of_0_and_divisor_of_0_take_no_time(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX | VPL011_TIME_RX);
    guest_write(&t.h, PL011_UARTIBRD, 0);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_sends_count(&t.h, 100);
    assert_sent_count(&t, 100);
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY, 0);
    assert_int_equal(far_end_types_count(&t.h, 30), 30);
    guest_write(&t.h, PL011_UARTIBRD, 156);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    guest_sends_count(&t.h, 2);
    assert_sent_count(&t, 101);
    assert_result(vpl011_set_clock(&t.h.uart, 0), VPL011_OK);
    t.now += FRAME;
    guest_sends_count(&t.h, 9);
    assert_sent_count(&t, 111);
}

#ifdef BRIEF
#define FRAMES 100000u
#else
#define FRAMES 1000000u
#endif

static const struct {
    uint32_t clock_hz;
    uint32_t ibrd;
    uint32_t fbrd;
} rates[] = {
    {24000000, 5000, 0}, /* 300 baud */
    {24000000, 13, 1},   /* 115246 */
    {64000000, 1, 0},    /* 4,000,000 */
    {UINT32_MAX, 1, 1},  /* 264 million: 3.8 ns a bit */
};

/* [ns] in floating point, which the device does without */
static double rate_init(struct timed *t, uint32_t what, size_t rate)
{
    timed_init(t, what);
    assert_result(vpl011_set_clock(&t->h.uart, rates[rate].clock_hz),
                  VPL011_OK);
    guest_write(&t->h, PL011_UARTIBRD, rates[rate].ibrd);
    guest_write(&t->h, PL011_UARTFBRD, rates[rate].fbrd);
    guest_write(&t->h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    return 1e9 * (rates[rate].ibrd * 64.0 + rates[rate].fbrd) /
           (4.0 * rates[rate].clock_hz);
}

/* When the n-th frame ends, as the device says. */
static uint64_t end_of(struct timed *t, uint32_t n, uint64_t begin, double bit)
{
    const double ideal = n * 10 * bit;
    uint64_t when = 0;

    (void)vpl011_time_next(&t->h.uart, &when);
    if ((double)(when - begin) > ideal + bit ||
        (double)(when - begin) < ideal - bit) {
        fail_msg("frame %u ends at %f, not at %f", n, (double)(when - begin),
                 ideal);
    }
    return when;
}

/* Each frame begins where the one before ended: no drift, at any rate. The
 * first are looked at one by one, the others with a tick for thirty: a
 * late tick does not shift them. */
static void all_frames_end_within_a_bit_of_their_time(void)
{
    struct timed t;
    size_t i;

    for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        const double bit = rate_init(&t, VPL011_TIME_TX, i);
        const uint64_t begin = t.now;
        uint32_t by = 1;
        uint32_t n;

        guest_sends(&t.h, "0");
        for (n = 1; n <= FRAMES; n += by) {
            const uint64_t when = end_of(&t, n, begin, bit);

            by = n < 200 ? 1 : 30;
            guest_sends_count(&t.h, by);
            t.h.far.sent_count = 0;
            t.now = when + (uint64_t)((by - 1) * 10 * bit + bit);
            if (vpl011_tick(&t.h.uart) != 0 || t.h.far.sent_count != by) {
                fail_msg("frame %u: %zu left", n, t.h.far.sent_count);
            }
        }
    }
}

/* So does the line that input comes from. */
static void all_input_arrives_within_a_bit_of_its_time(void)
{
    static const uint8_t waiting[64];
    struct timed t;
    size_t i;

    for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
        const double bit = rate_init(&t, VPL011_TIME_RX, i);
        const uint64_t begin = t.now;
        uint32_t by = 1;
        uint32_t n;

        assert_int_equal(far_end_types_bytes(&t.h, waiting, 64), 1);
        for (n = 1; n <= FRAMES; n += by) {
            const uint64_t when = end_of(&t, n, begin, bit);
            int arrived;

            by = n < 200 ? 1 : 30;
            t.h.far.input_first = t.h.far.input_end = 0;
            far_end_queues(&t.h, waiting, 64);
            guest_drains(&t.h);
            t.now = when + (uint64_t)((by - 1) * 10 * bit + bit);
            arrived = vpl011_tick(&t.h.uart);
            if (arrived != (int)by) {
                fail_msg("frame %u: %d arrived", n, arrived);
            }
        }
    }
}

/* Ticks come late: what was due meanwhile leaves at once, and only that. */
static void a_late_tick_makes_good_what_was_due(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends_count(&t.h, 20);
    t.now += 5 * FRAME + FRAME / 2;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_sent_count(&t, 6);
    assert_in_range(next_in(&t), FRAME / 2 - 5, FRAME / 2 + 5);
}

/* However far it goes: the FIFO, and then the line is one that was idle. */
static void a_jump_of_the_clock_sends_a_fifo_at_most(void)
{
    static const uint64_t jumps[] = {3600 * SECOND, UINT64_MAX / 2};
    struct timed t;
    size_t i;

    timed_init(&t, VPL011_TIME_TX);
    for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
        t.h.far.sent_count = 0;
        guest_sends_count(&t.h, 33);
        assert_sent_count(&t, 1);
        t.now += jumps[i];
        t.asked = 0;
        assert_int_equal(vpl011_tick(&t.h.uart), 0);
        assert_sent_count(&t, 33);
        assert_in_range(t.asked, 1, 4); /* not once for each frame of it */
        guest_sends_count(&t.h, 10);
        assert_sent_count(&t, 34);
        assert_in_range(next_in(&t), FRAME - 1, FRAME);
        run_for(&t, SECOND);
    }
}

/* A frame takes two thirds of a nanosecond more than FRAME - 1. */
static void what_rounding_left_over_is_not_of_the_next_burst(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "a");
    assert_int_equal(next_in(&t), FRAME - 1);
    run_for(&t, SECOND);
    guest_sends(&t.h, "b");
    assert_int_equal(next_in(&t), FRAME - 1);
}

static void a_line_that_was_idle_makes_nothing_good(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "a");
    run_for(&t, SECOND);
    guest_sends(&t.h, "bcd");
    assert_sent_count(&t, 2);
    assert_in_range(next_in(&t), FRAME - 1, FRAME);

    /* Nor one whose FIFO was emptied, */
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    t.now += SECOND;
    guest_sends(&t.h, "efg");
    assert_sent_count(&t, 3);

    /* or that CTS held. */
    run_for(&t, SECOND);
    assert_sent_count(&t, 5);
    guest_write(&t.h, PL011_UARTCR, PL011_UARTCR_FIRMWARE | PL011_CR_CTSEN);
    guest_sends(&t.h, "hijk");
    assert_sent_count(&t, 6);
    assert_result(vpl011_set_modem(&t.h.uart, 0), VPL011_OK);
    t.now += SECOND;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_sent_count(&t, 6);
    t.now += SECOND;
    assert_result(vpl011_set_modem(&t.h.uart, PL011_FR_CTS), VPL011_OK);
    assert_sent_count(&t, 7);
    t.now += FRAME - 2;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_sent_count(&t, 7);
    t.now += 2;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
    assert_sent_count(&t, 8);
}

static void what_the_far_end_refuses_takes_no_time(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    far_end_holds(&t.h);
    guest_sends(&t.h, "ab");
    assert_sent_count(&t, 0);
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY, BUSY);
    assert_int_equal(next_in(&t), UINT64_MAX);
    t.now += SECOND;
    far_end_takes(&t.h, FAR_UNLIMITED);
    assert_sent_count(&t, 1);
    run_for(&t, FRAME);
    assert_sent_count(&t, 2);
}

static void loopback_takes_a_frame_for_each_character(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_write(&t.h, PL011_UARTCR, PL011_UARTCR_FIRMWARE | PL011_CR_LBE);
    guest_sends(&t.h, "abc");
    assert_receives(&t.h, "a");
    run_for(&t, 2 * FRAME);
    assert_receives(&t.h, "bc");
    assert_sent_count(&t, 0);
}

static void reset_ends_the_frame(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "abc");
    assert_result(vpl011_reset(&t.h.uart), VPL011_OK);
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, TXFE);
    assert_int_equal(next_in(&t), UINT64_MAX);
    guest_sends(&t.h, "d");
    assert_sent(&t.h, "ad");
}

static void a_change_of_fen_does_not_end_the_frame(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_TX);
    guest_sends(&t.h, "abc");
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, BUSY | TXFE);
    t.now += FRAME;
    assert_reg_bits(&t.h, PL011_UARTFR, BUSY | TXFE, TXFE);
    assert_sent(&t.h, "a");
}

static void input_arrives_a_frame_after_the_one_before(void)
{
    struct timed t;
    int i;

    timed_init(&t, VPL011_TIME_RX);
    assert_int_equal(far_end_types(&t.h, "abcdefgh"), 1);
    for (i = 2; i <= 8; i++) {
        assert_in_range(next_in(&t), FRAME - 4, FRAME);
        t.now += FRAME - 5;
        assert_int_equal(vpl011_data_avail(&t.h.uart), 0);
        t.now += 5;
        assert_int_equal(vpl011_tick(&t.h.uart), 1);
    }
    assert_receives(&t.h, "abcdefgh");
    assert_int_equal(next_in(&t), UINT64_MAX);
}

static void input_that_comes_within_a_frame_waits_for_its_end(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX);
    assert_int_equal(far_end_types(&t.h, "a"), 1);
    t.now += FRAME / 3;
    assert_int_equal(far_end_types(&t.h, "b"), 0);
    assert_in_range(next_in(&t), FRAME - FRAME / 3 - 1, FRAME - FRAME / 3);
    run_for(&t, FRAME);
    assert_receives(&t.h, "ab");
}

static void a_new_divisor_is_that_of_the_next_character(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX);
    assert_int_equal(far_end_types(&t.h, "abc"), 1);
    t.now += FRAME / 2;
    guest_write(&t.h, PL011_UARTIBRD, 312); /* 4800 baud */
    guest_write(&t.h, PL011_UARTFBRD, 32);
    guest_write(&t.h, PL011_UARTLCR_H, PL011_UARTLCR_H_FIRMWARE);
    assert_in_range(next_in(&t), FRAME - FRAME / 2 - 1, FRAME - FRAME / 2);
    run_for(&t, FRAME - FRAME / 2);
    assert_receives(&t.h, "ab");
    assert_in_range(next_in(&t), 2 * FRAME - 3, 2 * FRAME);
    run_for(&t, 2 * FRAME);
    assert_receives(&t.h, "c");
}

/* The FIFO is emptied, and what is on the line arrives when it would have. */
static void fen_and_reset_do_not_touch_what_is_on_the_line(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX | VPL011_TIME_RX_TIMEOUT);
    guest_write(&t.h, PL011_UARTIMSC, PL011_INT_RT);
    assert_int_equal(far_end_types(&t.h, "abc"), 1);
    t.now += FRAME / 2;
    guest_write(&t.h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_in_range(next_in(&t), FRAME - FRAME / 2 - 1, FRAME - FRAME / 2);
    run_for(&t, FRAME - FRAME / 2);
    assert_receives(&t.h, "b");
    t.now += FRAME / 2;
    assert_result(vpl011_reset(&t.h.uart), VPL011_OK);
    assert_in_range(next_in(&t), FRAME - FRAME / 2 - 3, FRAME - FRAME / 2);
    run_for(&t, FRAME - FRAME / 2);
    assert_receives(&t.h, "c");
    assert_int_equal(next_in(&t), UINT64_MAX);
}

/* They come past the line, and do not hold it up. */
static void pushed_characters_are_not_of_the_line(void)
{
    const uint16_t pushed[] = {'x', 'y', 'z'};
    struct timed t;
    uint64_t before;

    timed_init(&t, VPL011_TIME_RX);
    assert_int_equal(far_end_types(&t.h, "ab"), 1);
    before = next_in(&t);
    assert_int_equal(vpl011_rx_push(&t.h.uart, pushed, 3), 3);
    assert_int_equal(next_in(&t), before);
    run_for(&t, FRAME);
    assert_receives(&t.h, "axyzb");
}

/* A tick that is late, or an answer to REFILL: both take what has arrived. */
static void late_input_is_what_the_line_has_brought(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX);
    far_end_types_count(&t.h, 20);
    t.now += 4 * FRAME;
    host_forget(&t.h);
    guest_drains(&t.h); /* the guest's read lets time pass */
    assert_true(t.h.notified & VPL011_EVENT_REFILL);
    assert_int_equal(vpl011_data_avail(&t.h.uart), 4);
    assert_int_equal(vpl011_data_avail(&t.h.uart), 0);
    t.now += 1000 * SECOND;
    assert_int_equal(vpl011_tick(&t.h.uart), 15);
}

static void a_jump_of_the_clock_brings_a_fifo_at_most(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX);
    far_end_types_count(&t.h, 100);
    guest_drains(&t.h);
    t.now += 1000 * SECOND;
    assert_int_equal(vpl011_tick(&t.h.uart), 32);
    guest_drains(&t.h);
    t.now += FRAME / 2;
    assert_int_equal(vpl011_tick(&t.h.uart), 1);
    t.now += FRAME / 2 - 10;
    assert_int_equal(vpl011_tick(&t.h.uart), 0);
}

/* What a full FIFO held back is not made up for: one frame each afterwards. */
static void a_line_that_was_held_back_goes_on_from_now(void)
{
    struct timed t;

    timed_init(&t, VPL011_TIME_RX);
    guest_write(&t.h, PL011_UARTIMSC, 0);
    far_end_types_count(&t.h, 60);
    run_for(&t, 100 * FRAME);
    assert_reg_bits(&t.h, PL011_UARTFR, PL011_FR_RXFF, PL011_FR_RXFF);
    (void)guest_read(&t.h, PL011_UARTDR);
    (void)guest_read(&t.h, PL011_UARTDR);
    assert_int_equal(vpl011_data_avail(&t.h.uart), 1);
    assert_int_equal(vpl011_data_avail(&t.h.uart), 0);
    t.now += FRAME;
    assert_int_equal(vpl011_data_avail(&t.h.uart), 1);
}

/* TRM 2.4.3: nobody holds a line that cannot be throttled. */
static void a_line_that_cannot_be_throttled_overruns(void)
{
    const struct host_options options = {
        .config = {.flags = VPL011_CFG_FIRMWARE_INIT | VPL011_CFG_UNTHROTTLED,
                   .clock_hz = 24000000,
                   .baud = 9600}};
    struct timed t = {.now = SECOND};

    host_init(&t.h, &options);
    timed_give(&t, (struct vpl011_time_config){.what = VPL011_TIME_RX});
    far_end_types_count(&t.h, 40);
    run_for(&t, 31 * FRAME);
    assert_counter(&t.h, rx_overruns, 0);
    run_for(&t, 8 * FRAME);
    assert_counter(&t.h, rx_bytes, 32);
    assert_counter(&t.h, rx_overruns, 8);
    assert_reg_bits(&t.h, PL011_UARTRIS, PL011_INT_OE, PL011_INT_OE);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_character_takes_a_frame),
        CASE(busy_ends_with_the_last_stop_bit),
        CASE(txris_is_set_when_the_fill_reaches_the_trigger),
        CASE(without_fifos_a_character_goes_to_the_shift_register),
        CASE(txff_pushes_back_until_a_frame_has_ended),
        CASE(the_format_counts_start_data_parity_and_stop_bits),
        CASE(a_new_divisor_is_that_of_the_next_frame),
        CASE(clock_of_0_and_divisor_of_0_take_no_time),
        CASE(all_frames_end_within_a_bit_of_their_time),
        CASE(all_input_arrives_within_a_bit_of_its_time),
        CASE(a_late_tick_makes_good_what_was_due),
        CASE(a_jump_of_the_clock_sends_a_fifo_at_most),
        CASE(what_rounding_left_over_is_not_of_the_next_burst),
        CASE(a_line_that_was_idle_makes_nothing_good),
        CASE(what_the_far_end_refuses_takes_no_time),
        CASE(loopback_takes_a_frame_for_each_character),
        CASE(reset_ends_the_frame),
        CASE(a_change_of_fen_does_not_end_the_frame),
        CASE(input_arrives_a_frame_after_the_one_before),
        CASE(input_that_comes_within_a_frame_waits_for_its_end),
        CASE(a_new_divisor_is_that_of_the_next_character),
        CASE(fen_and_reset_do_not_touch_what_is_on_the_line),
        CASE(pushed_characters_are_not_of_the_line),
        CASE(late_input_is_what_the_line_has_brought),
        CASE(a_jump_of_the_clock_brings_a_fifo_at_most),
        CASE(a_line_that_was_held_back_goes_on_from_now),
        CASE(a_line_that_cannot_be_throttled_overruns),
    };

    return run_cases(cases);
}
