/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Two devices side by side, with the same guest, the same far end and the same
 * host. The guest of one reads its registers from the register page while that
 * is open, and what it sends waits outside while the device says that it may.
 * Nothing that either guest can observe is different: values, interrupt
 * outputs, DMA requests, what is received, what is sent.
 */
#include <vpl011/deferred.h>
#include <vpl011/dma.h>
#include <vpl011/page.h>
#include <vpl011/time.h>

#include "support.h"

#define QUEUE \
    48u /* what waits outside, as a ring of the hypervisor's would \
         */

/* A guest without exits, as an embedder would serve it. */
struct outside {
    struct host h;
    uint32_t page[PL011_WINDOW_SIZE / 4];
    bool mapped;
    bool closing; /* close has said "not yet" */
    bool later;   /* it says so the next time */
    bool defers;
    uint8_t queue[QUEUE];
    size_t queued;
    unsigned int from_page;
    unsigned int deferred;
};

static struct host plain;
static struct vpl011_time times[2];
static uint64_t now; /* [ns] of both */
static struct outside out;
static uint32_t requests[2]; /* DMA requests of plain, and of out */
static uint32_t seed;

static uint32_t below(uint32_t count)
{
    return next_random(&seed) % count;
}

static bool on_close(void *ctx)
{
    struct outside *o = ctx;

    o->closing = o->later;
    o->mapped = o->later;
    return !o->later;
}

static void deliver(void)
{
    const size_t count = out.queued;

    out.queued = 0;
    assert_result(vpl011_write_deferred(&out.h.uart, out.queue, count),
                  VPL011_OK);
}

static void close_page(void)
{
    out.closing = false;
    out.mapped = false;
    assert_true(vpl011_page_closed(&out.h.uart) >= 0);
}

/* What an embedder does once it is out of the device: it ends the mapping that
 * was asked to end, which also takes input, and opens and defers where it may.
 */
static void after(void)
{
    if (out.closing) {
        close_page();
        vpl011_data_avail(&plain.uart);
    }
    out.defers = vpl011_deferrable(&out.h.uart) >= (int)QUEUE;
    if (!out.defers) {
        deliver();
    }
    if (!out.mapped && below(4) == 0) {
        out.later = below(2);
        out.mapped = true; /* close may be called before it returns */
        out.mapped &= vpl011_page_open(&out.h.uart) == 1;
    }
}

static uint64_t read_outside(uint64_t offset, unsigned int size)
{
    uint64_t value;

    if (out.mapped) {
        uint32_t word;

        memcpy(&word, (const uint8_t *)out.page + offset, sizeof(word));
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
        word = __builtin_bswap32(word);
#endif
        out.from_page++;
        return size == 1 ? word & 0xFF : size == 2 ? word & 0xFFFF : word;
    }
    deliver();
    vpl011_mmio_read(&out.h.uart, offset, size, &value);
    after();
    return value;
}

static void write_outside(uint64_t offset, unsigned int size, uint32_t value)
{
    if (offset == PL011_UARTDR && out.defers && out.queued < QUEUE) {
        out.queue[out.queued++] = (uint8_t)value;
        out.deferred++;
        return;
    }
    deliver();
    vpl011_mmio_write(&out.h.uart, offset, size, value);
    after();
}

static void on_request(void *ctx, uint32_t lines, uint32_t changed)
{
    *(uint32_t *)ctx ^= changed;
    assert_int_equal(*(uint32_t *)ctx, lines);
}

static void give_dma(struct host *h, uint32_t *lines)
{
    const struct vpl011_dma dma = {.ctx = lines, .request = on_request};

    *lines = 0;
    assert_result(vpl011_dma_set(&h->uart, &dma), VPL011_OK);
}

static const uint16_t readable[] = {
    PL011_UARTDR,   PL011_UARTRSR,  PL011_UARTFR,        PL011_UARTILPR,
    PL011_UARTIBRD, PL011_UARTFBRD, PL011_UARTLCR_H,     PL011_UARTCR,
    PL011_UARTIFLS, PL011_UARTIMSC, PL011_UARTRIS,       PL011_UARTMIS,
    PL011_UARTICR,  PL011_UARTITOP, PL011_UARTDMACR,     PL011_UARTTCR,
    PL011_UARTITIP, PL011_UARTTDR,  PL011_UARTPeriphID0, 0x020,
};

static void guest_reads(void)
{
    static const unsigned int sizes[] = {1, 2, 4};
    const uint32_t offset = readable[below(20)];
    const unsigned int size = sizes[below(3)];
    const bool from_page = out.mapped;
    uint64_t value;
    uint64_t seen;

    vpl011_mmio_read(&plain.uart, offset, size, &value);
    seen = read_outside(offset, size);
    if (seen != value) {
        fail_msg("%s, %u bytes%s: 0x%x, with exits 0x%x", reg_name(offset),
                 size, from_page ? " from the page" : "", (unsigned int)seen,
                 (unsigned int)value);
    }
}

static void both_write(uint32_t offset, uint32_t value)
{
    vpl011_mmio_write(&plain.uart, offset, 4, value);
    write_outside(offset, 4, value);
}

static void guest_writes(void)
{
    const uint32_t offset = readable[below(20)];
    const uint32_t value = next_random(&seed);

    switch (below(12)) {
    case 0:
        both_write(PL011_UARTCR, below(3) ? 0x301 : value);
        break;
    case 1:
        both_write(PL011_UARTLCR_H, below(3) ? 0x70 : value);
        break;
    case 2:
        both_write(PL011_UARTTCR, below(3) ? 0 : value);
        break;
    case 3:
        both_write(offset, value);
        break;
    case 4:
        both_write(PL011_UARTIMSC, value);
        break;
    case 5:
        both_write(below(2) ? PL011_UARTIMSC : PL011_UARTDMACR, value);
        break;
    default:
        both_write(PL011_UARTICR, value);
        break;
    }
}

static void guest_sends_some(void)
{
    uint32_t count = 1 + below(20);

    while (count > 0) {
        both_write(PL011_UARTDR, 'a' + count);
        count--;
    }
}

/* A call that takes input: what it left for the page is taken at once. */
static void both_take(int (*call)(struct vpl011 *))
{
    call(&plain.uart);
    if (call(&out.h.uart) == VPL011_ERR_PAGE) {
        close_page();
    }
}

static void both_far_ends_take(size_t room)
{
    plain.far.room = room;
    out.h.far.room = room;
    both_take(vpl011_data_avail);
}

static void host_acts(void)
{
    static const char keys[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const uint16_t entry = (uint16_t)(below(4) << 8 | 'e');
    const uint32_t n = below(sizeof(keys));

    deliver();
    now += below(4) * 50000; /* a frame of 115200 baud lasts 87 us */
    switch (below(11)) {
    case 0:
    case 1:
    case 2:
        far_end_queues(&plain, keys, n);
        far_end_queues(&out.h, keys, n);
        both_take(vpl011_data_avail);
        break;
    case 3:
        both_take(vpl011_tick);
        break;
    case 4:
        vpl011_set_modem(&plain.uart, n * 8 & PL011_FR_MODEM);
        vpl011_set_modem(&out.h.uart, n * 8 & PL011_FR_MODEM);
        break;
    case 5:
        if (far_end_waiting(&plain) > 0 || plain.far.break_after != SIZE_MAX) {
            break; /* which of two sources comes first is not for the device to
                    * decide */
        }
        vpl011_rx_push(&plain.uart, &entry, 1);
        while (vpl011_rx_push(&out.h.uart, &entry, 1) == VPL011_ERR_PAGE) {
            close_page();
        }
        break;
    case 6:
        both_far_ends_take(n * 4);
        break;
    case 7:
        if (n == 0) {
            vpl011_reset(&plain.uart);
            vpl011_reset(&out.h.uart);
        }
        break;
    case 8:
        plain.far.break_after = 0;
        out.h.far.break_after = 0;
        both_take(vpl011_data_avail);
        break;
    case 9:
        assert_result(vpl011_dma_clear(&plain.uart, n % 16), VPL011_OK);
        assert_result(vpl011_dma_clear(&out.h.uart, n % 16), VPL011_OK);
        break;
    default:
        both_far_ends_take(FAR_UNLIMITED);
        break;
    }
    after();
    vpl011_deferrable(&plain.uart); /* time passes for both in each act */
}

static void the_same_was_sent(void)
{
    const size_t count = out.h.far.sent_count;

    assert_int_equal(plain.far.sent_count, count + out.queued);
    assert_memory_equal(plain.far.sent, out.h.far.sent, count);
    assert_memory_equal(plain.far.sent + count, out.queue, out.queued);
    assert_int_equal(far_end_waiting(&plain), far_end_waiting(&out.h));
}

static void forget_transfers(struct host *h)
{
    h->far.sent_count = 0;
    memmove(h->far.input, h->far.input + h->far.input_first,
            far_end_waiting(h));
    h->far.input_end -= h->far.input_first;
    h->far.input_first = 0;
    if (h->far.input_end > 4096) {
        h->far.input_end = 4096;
    }
    host_forget(h);
}

static uint64_t now_of(void *ctx)
{
    (void)ctx;
    return now;
}

struct kind {
    struct host_options host;
    uint32_t takes_time; /* VPL011_TIME_* */
};

static void walk(const struct kind *kind, unsigned int steps)
{
    const struct vpl011_page page = {
        .ctx = &out, .registers = out.page, .close = on_close};
    const struct vpl011_time_config time = {
        .now = now_of,
        .what = kind->takes_time,
        .budget = 20000,
        .burst = 100,
    };
    unsigned int from_page = out.from_page;
    unsigned int deferred = out.deferred;
    unsigned int step;

    memset(&out, 0, sizeof(out));
    host_init(&plain, &kind->host);
    host_init(&out.h, &kind->host);
    if (kind->takes_time) {
        assert_result(vpl011_time_set(&plain.uart, &times[0], &time),
                      VPL011_OK);
        assert_result(vpl011_time_set(&out.h.uart, &times[1], &time),
                      VPL011_OK);
    }
    if (kind->host.config.personality == VPL011_PL011) {
        give_dma(&plain, &requests[0]);
        give_dma(&out.h, &requests[1]);
    }
    assert_result(vpl011_page_set(&out.h.uart, &page), VPL011_OK);
    for (step = 0; step < steps; step++) {
        switch (below(8)) {
        case 0:
            guest_writes();
            break;
        case 1:
        case 2:
        case 3:
            guest_sends_some();
            break;
        case 4:
            host_acts();
            break;
        default:
            guest_reads();
            break;
        }
        assert_int_equal(plain.lines, out.h.lines);
        assert_int_equal(requests[0], requests[1]);
        the_same_was_sent();
        if (step % 64 == 0) {
            deliver();
            after();
            the_same_was_sent();
            forget_transfers(&plain);
            forget_transfers(&out.h);
        }
    }
    out.from_page += from_page;
    out.deferred += deferred;
}

#define FIRMWARE \
    { \
        .flags = VPL011_CFG_FIRMWARE_INIT, .clock_hz = 24000000 \
    }
#define ALL_OF_TIME \
    (VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX | VPL011_TIME_RX | \
     VPL011_TIME_BUDGET)

static const struct kind kinds[] = {
    {{.enabled = true}, 0},
    {{.enabled = true, .locks = true}, 0},
    {{.enabled = true, .no_put = true}, 0},
    {{.enabled = true, .pending = true}, 0},
    {{.enabled = true, .config = {.flags = VPL011_CFG_STRICT_INTERRUPTS}}, 0},
    {{.enabled = true, .config = {.flags = VPL011_CFG_UNTHROTTLED}}, 0},
    {{.enabled = true, .config = {.revision = VPL011_R1P4}}, 0},
    {{.config = {.flags = VPL011_CFG_FIRMWARE_INIT}}, 0},
    {{.config = {.personality = VPL011_SBSA}}, 0},
    {{.config = {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG}},
     0},
    {{.config = FIRMWARE}, VPL011_TIME_RX_TIMEOUT},
    {{.config = FIRMWARE}, VPL011_TIME_RX},
    {{.config = FIRMWARE}, ALL_OF_TIME},
    {{.config = {.personality = VPL011_SBSA}}, ALL_OF_TIME},
};

static void a_guest_without_exits_observes_the_same(void)
{
#ifdef BRIEF
    const unsigned int rounds = 3;
#else
    const unsigned int rounds = 15;
#endif
    unsigned int kind;
    unsigned int round;

    seed = 1;
    for (round = 0; round < rounds; round++) {
        for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            walk(&kinds[kind], 2000);
        }
    }
    /* And it does spare exits. */
    assert_true(out.from_page > 700 * rounds);
    assert_true(out.deferred > 7000 * rounds);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_guest_without_exits_observes_the_same),
    };

    return run_cases(cases);
}
