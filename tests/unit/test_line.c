/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The line query: baud rate, frame format, break and outputs. */
#include "support.h"

static struct vpl011_line line_of(struct host *h)
{
    struct vpl011_line line;

    memset(&line, 0xFF, sizeof(line));
    assert_result(vpl011_get_line(&h->uart, &line), VPL011_OK);
    return line;
}

static void init_clock(struct host *h, uint32_t clock_hz)
{
    host_init(h, &(struct host_options){.config = {.clock_hz = clock_hz}});
}

static void set_divisor(struct host *h, uint32_t ibrd, uint32_t fbrd)
{
    guest_write(h, PL011_UARTIBRD, ibrd);
    guest_write(h, PL011_UARTFBRD, fbrd);
    guest_write(h, PL011_UARTLCR_H, 0x70);
}

/* The vectors of TRM 3.3.6 and of the drivers that round or truncate. */
static void baud_rates_of_known_divisors(void)
{
    static const struct {
        uint32_t clock_hz, ibrd, fbrd, baud;
    } vectors[] = {
        {24000000, 13, 1, 115246}, {24000000, 156, 16, 9600},
        {7372800, 4, 0, 115200},   {24000000, 1, 0, 1500000},
        {4000000, 1, 5, 231884},   {4000000, 2, 11, 115108},
        {4000000, 2, 10, 115942},  {48000000, 26, 3, 115177},
        {48000000, 26, 2, 115246}, {125000000, 67, 52, 115207},
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct host h;

        init_clock(&h, vectors[i].clock_hz);
        set_divisor(&h, vectors[i].ibrd, vectors[i].fbrd);
        assert_int_equal(line_of(&h).baud, vectors[i].baud);
        assert_int_equal(line_of(&h).divisor,
                         vectors[i].ibrd * 64 + vectors[i].fbrd);
    }
}

/* G.B4 P.C20: TF-A writes 0, U-Boot leaves it: no division by it. */
static void divisor_that_stops_the_line_gives_0(void)
{
    static const struct {
        uint32_t clock_hz, ibrd, fbrd;
    } stopped[] = {
        {24000000, 0, 0}, {24000000, 0, 63}, {UINT32_MAX, 0, 1},
        {0, 13, 1},       {0, 0, 0},
    };
    size_t i;

    for (i = 0; i < sizeof(stopped) / sizeof(stopped[0]); i++) {
        struct host h;

        init_clock(&h, stopped[i].clock_hz);
        set_divisor(&h, stopped[i].ibrd, stopped[i].fbrd);
        assert_int_equal(line_of(&h).baud, 0);
        guest_sends(&h, "still sends");
        assert_sent(&h, "still sends");
    }
}

/* The largest divisor is 65535.0: FBRD is ignored with it, and counts with
 * 65534. Clocks that are just enough for a rate, and one less. */
static void fbrd_is_ignored_beside_the_largest_ibrd(void)
{
    static const struct {
        uint32_t clock_hz, ibrd, fbrd, baud;
    } vectors[] = {
        {4194764280u, 0xFFFF, 0, 4001},  {4194764279u, 0xFFFF, 0, 4000},
        {4194764280u, 0xFFFF, 63, 4001}, {4194764279u, 0xFFFF, 63, 4000},
        {4194764279u, 0xFFFE, 63, 4001},
    };
    size_t i;

    for (i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
        struct host h;

        init_clock(&h, vectors[i].clock_hz);
        set_divisor(&h, vectors[i].ibrd, vectors[i].fbrd);
        assert_int_equal(line_of(&h).baud, vectors[i].baud);
    }
}

/* Against 64-bit arithmetic, which the core does without. */
static void baud_rate_is_the_rounded_quotient(void)
{
    uint32_t seed = 17;
    int i;

    for (i = 0; i < 3000; i++) {
        const uint32_t clock_hz = next_random(&seed) >> next_random(&seed) % 20;
        const uint32_t ibrd = 1 + next_random(&seed) % 0xFFFE;
        const uint32_t fbrd = next_random(&seed) % 64;
        const uint64_t divisor = ibrd * 64 + fbrd;
        struct host h;

        init_clock(&h, clock_hz);
        set_divisor(&h, ibrd, fbrd);
        assert_int_equal(line_of(&h).baud,
                         (4 * (uint64_t)clock_hz + divisor / 2) / divisor);
    }
}

static uint32_t firmware_divisor(uint32_t clock_hz, uint32_t baud)
{
    struct host h;

    host_init(
        &h, &(struct host_options){.config = {.flags = VPL011_CFG_FIRMWARE_INIT,
                                              .clock_hz = clock_hz,
                                              .baud = baud}});
    return line_of(&h).divisor;
}

/* And the divisor that "firmware" leaves for a baud rate, with its limits. */
static void firmware_divisor_is_the_rounded_quotient(void)
{
    uint32_t seed = 19;
    int i;

    for (i = 0; i < 3000; i++) {
        const uint32_t clock_hz =
            1 + (next_random(&seed) >> next_random(&seed) % 24);
        const uint32_t baud =
            1 + (next_random(&seed) >> next_random(&seed) % 31);
        uint64_t expected = (4 * (uint64_t)clock_hz + baud / 2) / baud;

        expected = expected < 64 ? 64 : expected;
        expected = expected > 0xFFFF * 64 ? 0xFFFF * 64 : expected;
        assert_int_equal(firmware_divisor(clock_hz, baud), expected);
    }
}

/* At the limits: 16 clocks for a bit, and values that exceed 32 bits. */
static void firmware_divisor_is_right_at_its_limits(void)
{
    assert_int_equal(firmware_divisor(175, 10), 70);
    assert_int_equal(firmware_divisor(160, 10), 64);
    assert_int_equal(firmware_divisor(159, 10), 64);
    assert_int_equal(firmware_divisor(1u << 30, 1), 0xFFFF * 64);
    assert_int_equal(firmware_divisor(UINT32_MAX, 1), 0xFFFF * 64);
}

/* Rates that 1 Hz more or less would round to another divisor. */
static void firmware_without_a_clock_has_24_mhz(void)
{
    assert_int_equal(firmware_divisor(0, 128), 750000);
    assert_int_equal(firmware_divisor(0, 27), 3555556);
    assert_int_equal(firmware_divisor(0, 28), 3428571);
}

/* V.16: read back at once, effective with the LCR_H write (TRM 3.3.6). */
static void divisor_is_latched_by_lcr_h(void)
{
    struct host h;

    init_clock(&h, 24000000);
    set_divisor(&h, 13, 1);
    host_forget(&h);
    guest_write(&h, PL011_UARTIBRD, 156);
    guest_write(&h, PL011_UARTFBRD, 16);
    assert_reg(&h, PL011_UARTIBRD, 156);
    assert_reg(&h, PL011_UARTFBRD, 16);
    assert_int_equal(line_of(&h).baud, 115246);
    assert_int_equal(h.notified, 0);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_int_equal(line_of(&h).baud, 9600);
    assert_int_equal(h.notified, VPL011_EVENT_LINE);
}

/* Each bit by itself, beside none and beside all of the others. */
static void each_change_of_the_line_is_told(void)
{
    struct host h;
    uint32_t others;
    unsigned int bit;

    init_clock(&h, 24000000);
    for (others = 0; others < 2; others++) {
        const uint32_t ibrd = others ? 0xFFFF : 0;
        const uint32_t fbrd = others ? 0x3F : 0;
        const uint32_t lcr_h = (others ? 0xFF : 0) & ~PL011_LCR_H_FEN;

        for (bit = 0; bit < 16 + 6 + 8; bit++) {
            guest_write(&h, PL011_UARTIBRD, ibrd);
            guest_write(&h, PL011_UARTFBRD, fbrd);
            guest_write(&h, PL011_UARTLCR_H, lcr_h);
            host_forget(&h);
            if (bit < 16) {
                guest_write(&h, PL011_UARTIBRD, ibrd ^ 1u << bit);
            } else if (bit < 22) {
                guest_write(&h, PL011_UARTFBRD, fbrd ^ 1u << (bit - 16));
            }
            assert_int_equal(h.notified, 0);
            guest_write(&h, PL011_UARTLCR_H,
                        bit < 22 ? lcr_h : lcr_h ^ 1u << (bit - 22));
            /* All but FEN, which is the device's own. */
            assert_int_equal(h.notified, bit == 22 + 4 ? 0 : VPL011_EVENT_LINE);
        }
    }
}

/* Every LCR_H value; mark is EPS=0 and space EPS=1, as the TRM, not EDK2. */
static void frame_format_follows_lcr_h(void)
{
    struct host h;
    uint32_t lcr_h;

    init_clock(&h, 24000000);
    for (lcr_h = 0; lcr_h < 256; lcr_h++) {
        struct vpl011_line line;
        uint8_t parity = VPL011_PARITY_NONE;

        guest_write(&h, PL011_UARTLCR_H, lcr_h);
        line = line_of(&h);
        if (lcr_h & 0x02) {
            switch (lcr_h & 0x84) {
            case 0x00:
                parity = VPL011_PARITY_ODD;
                break;
            case 0x04:
                parity = VPL011_PARITY_EVEN;
                break;
            case 0x80:
                parity = VPL011_PARITY_MARK;
                break;
            default:
                parity = VPL011_PARITY_SPACE;
                break;
            }
        }
        assert_int_equal(line.data_bits, 5 + (lcr_h >> 5 & 3));
        assert_int_equal(line.stop_bits, lcr_h & 0x08 ? 2 : 1);
        assert_int_equal(line.parity, parity);
        assert_int_equal(line.send_break, lcr_h & 1);
    }
}

/* SBSA: firmware's, out of the guest's reach, even where LCR_H is stored. */
static void sbsa_line_is_fixed(void)
{
    struct host h;
    struct vpl011_line line;

    host_init(
        &h, &(struct host_options){.config = {.personality = VPL011_SBSA,
                                              .flags = VPL011_CFG_STORE_CONFIG,
                                              .baud = 9600}});
    guest_write(&h, PL011_UARTLCR_H, 0xFF);
    guest_write(&h, PL011_UARTCR, 0xFF87);
    line = line_of(&h);
    assert_int_equal(line.baud, 9600);
    assert_int_equal(line.data_bits, 8);
    assert_int_equal(line.stop_bits, 1);
    assert_int_equal(line.parity, VPL011_PARITY_NONE);
    assert_int_equal(line.send_break, 0);
    assert_int_equal(line.outputs, 0);
    assert_int_equal(h.notified, 0);
    host_init(&h, &host_sbsa);
    assert_int_equal(line_of(&h).baud, 115200);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(baud_rates_of_known_divisors),
        CASE(divisor_that_stops_the_line_gives_0),
        CASE(fbrd_is_ignored_beside_the_largest_ibrd),
        CASE(baud_rate_is_the_rounded_quotient),
        CASE(firmware_divisor_is_the_rounded_quotient),
        CASE(firmware_divisor_is_right_at_its_limits),
        CASE(firmware_without_a_clock_has_24_mhz),
        CASE(divisor_is_latched_by_lcr_h),
        CASE(each_change_of_the_line_is_told),
        CASE(frame_format_follows_lcr_h),
        CASE(sbsa_line_is_fixed),
    };

    return run_cases(cases);
}
