/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The DMA request lines (TRM 2.7), and a controller that lives on them. */
#include <vpl011/dma.h>
#include <vpl011/state.h>
#include <vpl011/time.h>

#include "support.h"

#define TXS VPL011_DMA_TXSREQ
#define TXB VPL011_DMA_TXBREQ
#define RXS VPL011_DMA_RXSREQ
#define RXB VPL011_DMA_RXBREQ

static struct {
    struct host *host;
    uint32_t lines;
    unsigned int calls;
} seen;

static void on_request(void *ctx, uint32_t lines, uint32_t changed)
{
    struct host *h = ctx;

    assert_ptr_equal(h, seen.host);
    assert_true(h->uart.guard == 0x80000005u); /* inside a call */
    assert_int_equal(lines ^ seen.lines, changed);
    assert_int_not_equal(changed, 0);
    assert_int_equal(vpl011_dma_lines(&h->uart), lines);
    seen.lines = lines;
    seen.calls++;
}

static void dma_give(struct host *h)
{
    const struct vpl011_dma dma = {.ctx = h, .request = on_request};

    seen.host = h;
    seen.lines = 0;
    seen.calls = 0;
    assert_result(vpl011_dma_set(&h->uart, &dma), VPL011_OK);
}

static void dma_init(struct host *h, uint32_t dmacr)
{
    host_init(h, &host_enabled);
    dma_give(h);
    guest_write(h, PL011_UARTDMACR, dmacr);
}

#define assert_requests(expected) assert_int_equal(seen.lines, expected)

static void tx_requests_follow_the_fifo(void)
{
    struct host h;

    dma_init(&h, 0);
    assert_requests(0);
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_TXDMAE);
    assert_requests(TXS | TXB);
    far_end_holds(&h);
    guest_sends_count(&h, 16); /* the trigger at reset: half of 32 */
    assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_TX), VPL011_OK);
    assert_requests(TXS | TXB);
    guest_sends_count(&h, 1);
    assert_requests(TXS | TXB); /* until it is cleared */
    assert_result(vpl011_dma_clear(&h.uart, TXB), VPL011_OK);
    assert_requests(TXS);
    guest_sends_count(&h, 15);
    assert_result(vpl011_dma_clear(&h.uart, TXS), VPL011_OK);
    assert_requests(0);
    far_end_takes(&h, 15);
    assert_requests(TXS);
    far_end_takes(&h, 1);
    assert_requests(TXS | TXB);
}

static void rx_requests_follow_the_fifo(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE);
    assert_requests(0);
    far_end_types(&h, "a");
    assert_requests(RXS);
    far_end_types_count(&h, 15);
    assert_requests(RXS | RXB);
    (void)guest_read(&h, PL011_UARTDR);
    assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_RX), VPL011_OK);
    assert_requests(RXS);
    guest_drains(&h);
    assert_requests(RXS);
    assert_result(vpl011_dma_clear(&h.uart, RXS), VPL011_OK);
    assert_requests(0);
}

/* The trigger is IFLS's, in both directions. */
static void bursts_are_those_of_the_trigger(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    guest_write(&h, PL011_UARTIFLS, 0); /* 1/8: 4 characters */
    far_end_holds(&h);
    guest_sends_count(&h, 5);
    assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_TX), VPL011_OK);
    assert_requests(TXS);
    far_end_takes(&h, 1);
    assert_requests(TXS | TXB);
    far_end_types_count(&h, 3);
    assert_requests(TXS | TXB | RXS);
    far_end_types_count(&h, 1);
    assert_requests(TXS | TXB | RXS | RXB);
}

static void without_fifos_only_single_requests_are_made(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    guest_write(&h, PL011_UARTDMACR, 0);
    guest_write(&h, PL011_UARTLCR_H, PL011_LCR_H_WLEN8);
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    assert_requests(TXS);
    far_end_types(&h, "a");
    assert_requests(TXS | RXS);
    far_end_holds(&h);
    guest_sends(&h, "b");
    assert_result(vpl011_dma_clear(&h.uart, TXS), VPL011_OK);
    assert_requests(RXS);
}

static void a_clear_is_a_pulse_of_its_direction(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    far_end_types(&h, "a");
    assert_requests(TXS | TXB | RXS);
    seen.calls = 0;
    assert_result(vpl011_dma_clear(&h.uart, RXS), VPL011_OK);
    assert_int_equal(seen.calls, 2); /* down, and up again */
    assert_result(vpl011_dma_clear(&h.uart, 0), VPL011_OK);
    assert_int_equal(seen.calls, 2);
    assert_requests(TXS | TXB | RXS);
    assert_result(vpl011_dma_clear(&h.uart, 1u << 4), VPL011_ERR_RANGE);
    assert_result(vpl011_dma_clear(NULL, 0), VPL011_ERR_NULL);
}

static void requests_end_with_the_uart_or_their_enable(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    far_end_types(&h, "a");
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_TXDMAE);
    assert_requests(TXS | TXB);
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE & ~PL011_CR_UARTEN);
    assert_requests(0);
    guest_write(&h, PL011_UARTCR, PL011_UARTCR_FIRMWARE);
    assert_requests(TXS | TXB);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_requests(0);
}

static void dmaonerr_masks_the_receiver_while_an_error_interrupts(void)
{
    const uint16_t bad = 'x' | PL011_DR_FE;
    struct host h;

    dma_init(&h,
             PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE | PL011_DMACR_DMAONERR);
    assert_int_equal(vpl011_rx_push(&h.uart, &bad, 1), 1);
    assert_requests(TXS | TXB | RXS); /* the error is masked */
    guest_write(&h, PL011_UARTIMSC, PL011_INT_FE);
    assert_requests(TXS | TXB);
    guest_write(&h, PL011_UARTICR, PL011_INT_FE);
    assert_requests(TXS | TXB | RXS);
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_RXDMAE);
    guest_drains(&h);
    assert_int_equal(vpl011_rx_push(&h.uart, &bad, 1), 1);
    assert_requests(RXS);
}

static void a_paused_device_tells_at_resume(void)
{
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE);
    h.loads = true;
    far_end_types(&h, "a");
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    seen.calls = 0;
    guest_drains(&h);
    assert_result(vpl011_dma_clear(&h.uart, RXS), VPL011_OK);
    assert_int_equal(seen.calls, 0);
    assert_requests(RXS);
    assert_result(vpl011_resume(&h.uart), VPL011_OK);
    assert_requests(0);
}

static void requests_follow_from_a_loaded_state(void)
{
    struct host h;
    struct vpl011_state empty;

    dma_init(&h, PL011_DMACR_RXDMAE);
    h.loads = true;
    assert_result(vpl011_state_get(&h.uart, &empty), VPL011_OK);
    far_end_types(&h, "a");
    assert_requests(RXS);
    assert_result(vpl011_state_set(&h.uart, &empty), VPL011_OK);
    assert_requests(0);
}

static void lines_may_be_given_and_taken_at_any_time(void)
{
    struct host h;
    struct vpl011_dma bad = {.ctx = &h};

    dma_init(&h, PL011_DMACR_TXDMAE);
    assert_result(vpl011_dma_set(&h.uart, NULL), VPL011_OK);
    assert_int_equal(vpl011_dma_lines(&h.uart), 0);
    seen.calls = 0;
    dma_give(&h);
    assert_requests(TXS | TXB); /* what is up now is told at once */
    assert_result(vpl011_dma_set(&h.uart, NULL), VPL011_OK);
    seen.calls = 0;
    far_end_holds(&h);
    guest_sends_count(&h, 40);
    assert_int_equal(seen.calls, 0);
    dma_give(&h);
    assert_requests(0);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_requests(TXS | TXB);

    assert_result(vpl011_dma_set(&h.uart, &bad), VPL011_ERR_OP_MISSING);
    bad.request = on_request;
    bad.reserved[1] = &h;
    assert_result(vpl011_dma_set(&h.uart, &bad), VPL011_ERR_ABI);
    assert_result(vpl011_dma_set(NULL, NULL), VPL011_ERR_NULL);
    assert_int_equal(vpl011_dma_lines(NULL), 0);
    assert_requests(TXS | TXB);
}

static uint64_t now; /* [ns] */

static uint64_t now_of(void *ctx)
{
    (void)ctx;
    return now;
}

/* With a clock places become free, and characters come, frame by frame: a tick
 * tells the controller. */
static void requests_come_at_the_rate_of_the_line(void)
{
    enum { FRAME = 1041667 }; /* [ns] 10 bits at 9600 baud, rounded up */
    const struct host_options options = {
        .config = {.flags = VPL011_CFG_FIRMWARE_INIT,
                   .clock_hz = 24000000,
                   .baud = 9600}};
    const struct vpl011_time_config line = {
        .now = now_of, .what = VPL011_TIME_TX | VPL011_TIME_RX};
    struct vpl011_time time;
    struct host h;
    int i;

    now = 0;
    host_init(&h, &options);
    assert_result(vpl011_time_set(&h.uart, &time, &line), VPL011_OK);
    dma_give(&h);
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    guest_sends_count(&h, 33); /* one of them is on the line */
    assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_TX), VPL011_OK);
    assert_requests(0);
    far_end_types_count(&h, 20);
    assert_requests(RXS);
    for (i = 1; i <= 16; i++) {
        assert_requests(i == 1 ? RXS : i <= 15 ? RXS | TXS : RXS | TXS | RXB);
        now += FRAME;
        assert_int_equal(vpl011_tick(&h.uart), 1);
    }
    assert_requests(RXS | RXB | TXS | TXB);
}

static void a_generic_uart_has_no_request_lines(void)
{
    const struct vpl011_dma dma = {.request = on_request};
    const struct host_options stores = {
        .config = {.personality = VPL011_SBSA,
                   .flags = VPL011_CFG_STORE_CONFIG}};
    struct host h;

    host_init(&h, &stores);
    assert_result(vpl011_dma_set(&h.uart, &dma), VPL011_ERR_UNSUPPORTED);
    guest_write(&h, PL011_UARTDMACR, PL011_DMACR_TXDMAE);
    assert_int_equal(vpl011_dma_lines(&h.uart), 0);
}

/* A controller: a burst is half a FIFO, and each transfer ends with a clear. */
static void a_controller_moves_64_kib_each_way_by_requests_alone(void)
{
    enum { TOTAL = 65536, CHUNK = 4096 };
    uint32_t seed = 7;
    uint32_t sent = 0, taken = 0, received = 0, typed = 0;
    struct host h;

    dma_init(&h, PL011_DMACR_RXDMAE | PL011_DMACR_TXDMAE);
    guest_write(&h, PL011_UARTIMSC, 0);
    while (taken < TOTAL || received < TOTAL) {
        const uint32_t lines = vpl011_dma_lines(&h.uart);
        uint32_t i;

        if (typed < TOTAL && far_end_waiting(&h) == 0) {
            uint8_t bytes[CHUNK];

            h.far.input_first = h.far.input_end = 0;
            for (i = 0; i < CHUNK; i++) {
                bytes[i] = (uint8_t)((typed + i) * 31 >> 3);
            }
            far_end_queues(&h, bytes, CHUNK);
            typed += CHUNK;
        }
        switch (next_random(&seed) % 4) {
        case 0:
            (void)vpl011_data_avail(&h.uart);
            break;
        case 1:
            (void)vpl011_tick(&h.uart);
            break;
        default:
            far_end_takes(&h, next_random(&seed) % 20);
            break;
        }
        if ((lines & VPL011_DMA_TX) && sent < TOTAL) {
            const uint32_t count = (lines & TXB) && TOTAL - sent >= 16 ? 16 : 1;

            for (i = 0; i < count; i++) {
                guest_write(&h, PL011_UARTDR, (uint8_t)(sent * 7 >> 2));
                sent++;
            }
            assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_TX), VPL011_OK);
        }
        if (lines & VPL011_DMA_RX) {
            const uint32_t count = (lines & RXB) ? 16 : 1;

            for (i = 0; i < count; i++) {
                assert_reg(&h, PL011_UARTDR, (uint8_t)(received * 31 >> 3));
                received++;
            }
            assert_result(vpl011_dma_clear(&h.uart, VPL011_DMA_RX), VPL011_OK);
        }
        for (i = 0; i < h.far.sent_count; i++) {
            assert_int_equal(h.far.sent[i], (uint8_t)(taken * 7 >> 2));
            taken++;
        }
        h.far.sent_count = 0;
    }
    assert_int_equal(sent, TOTAL);
    assert_int_equal(received, TOTAL);
    assert_counter(&h, rx_overruns, 0);
    assert_counter(&h, tx_overflow, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(tx_requests_follow_the_fifo),
        CASE(rx_requests_follow_the_fifo),
        CASE(bursts_are_those_of_the_trigger),
        CASE(without_fifos_only_single_requests_are_made),
        CASE(a_clear_is_a_pulse_of_its_direction),
        CASE(requests_end_with_the_uart_or_their_enable),
        CASE(dmaonerr_masks_the_receiver_while_an_error_interrupts),
        CASE(a_paused_device_tells_at_resume),
        CASE(requests_follow_from_a_loaded_state),
        CASE(lines_may_be_given_and_taken_at_any_time),
        CASE(requests_come_at_the_rate_of_the_line),
        CASE(a_generic_uart_has_no_request_lines),
        CASE(a_controller_moves_64_kib_each_way_by_requests_alone),
    };

    return run_cases(cases);
}
