/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The register page: what it holds while it is open, when it may be, and that
 * nothing which a read would miss happens before it is closed.
 */
#include <vpl011/page.h>
#include <vpl011/state.h>

#include "support.h"

#define WORDS (PL011_WINDOW_SIZE / 4)

static uint32_t page[WORDS + 1];
static struct {
    unsigned int closes;
    bool later; /* close says "not yet" */
    size_t rx_count;
    unsigned int cleans;
    size_t clean_from;
    size_t clean_end;
    uint32_t lines; /* when it was cleaned */
} seen;

/* What the guest could read when the page was closed. */
static bool on_close(void *ctx)
{
    struct host *h = ctx;

    seen.closes++;
    seen.rx_count = h->uart.rx_fill;
    return !seen.later;
}

static void on_clean(void *ctx, void *start, size_t bytes)
{
    struct host *h = ctx;

    seen.cleans++;
    seen.clean_from = (size_t)((uint8_t *)start - (uint8_t *)page);
    seen.clean_end = seen.clean_from + bytes;
    seen.lines = vpl011_irq_lines(&h->uart);
}

static uint32_t in_page(uint32_t offset)
{
    const uint8_t *const b = (const uint8_t *)page + offset;

    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static void set_page(struct host *h)
{
    const struct vpl011_page p = {
        .ctx = h, .registers = page, .close = on_close, .clean = on_clean};

    memset(&seen, 0, sizeof(seen));
    memset(page, 0xA5, sizeof(page));
    assert_result(vpl011_page_set(&h->uart, &p), VPL011_OK);
}

static void init_open(struct host *h, const struct host_options *options)
{
    host_init(h, options);
    set_page(h);
    assert_result(vpl011_page_open(&h->uart), 1);
}

/* The page and the window, register by register. */
static void assert_page_is_window(struct host *h)
{
    struct vpl011 copy = h->uart;
    uint32_t offset;

    for (offset = 0; offset < PL011_WINDOW_SIZE; offset += 4) {
        uint64_t value = 0;
        const uint32_t shown = in_page(offset);

        if (offset != PL011_UARTDR) {
            copy.ops.guest_error = NULL;
            copy.page_clean = NULL;
            vpl011_mmio_read(&copy, offset, 4, &value);
        }
        if (shown != value) {
            fail_msg("%s: 0x%x in the page, 0x%x in the window",
                     reg_name(offset), shown, (unsigned int)value);
        }
    }
    assert_int_equal(page[WORDS], 0xA5A5A5A5u);
}

static void an_open_page_holds_each_register(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    assert_page_is_window(&h);
    assert_int_equal(in_page(PL011_UARTFR) & PL011_FR_RXFE, PL011_FR_RXFE);
    assert_int_equal(in_page(PL011_UARTPeriphID0), 0x11);
    init_open(&h, &host_sbsa);
    assert_page_is_window(&h);
    assert_int_equal(in_page(PL011_UARTPeriphID0), 0);
}

/* By the guest, by the host, and by what follows from either. */
static void what_changes_is_in_the_page_before_the_call_returns(void)
{
    static const uint32_t stored[] = {
        PL011_UARTILPR, PL011_UARTIBRD,  PL011_UARTFBRD, PL011_UARTLCR_H,
        PL011_UARTIFLS, PL011_UARTDMACR, PL011_UARTITIP, PL011_UARTITOP};
    struct host h;
    size_t i;

    init_open(&h, &host_enabled);
    for (i = 0; i < sizeof(stored) / sizeof(stored[0]); i++) {
        guest_write(&h, stored[i], 0x14);
        assert_int_equal(in_page(stored[i]), guest_read(&h, stored[i]));
        assert_page_is_window(&h);
    }
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_int_equal(in_page(PL011_UARTMIS), PL011_INT_TX);
    assert_page_is_window(&h);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_int_equal(in_page(PL011_UARTRIS), 0);
    far_end_holds(&h);
    guest_sends(&h, "full");
    assert_int_equal(in_page(PL011_UARTFR) & PL011_FR_BUSY, PL011_FR_BUSY);
    assert_page_is_window(&h);
    far_end_takes(&h, FAR_UNLIMITED);
    assert_int_equal(in_page(PL011_UARTFR) & PL011_FR_BUSY, 0);
    assert_result(vpl011_set_modem(&h.uart, PL011_FR_RI), VPL011_OK);
    assert_int_equal(in_page(PL011_UARTRIS) & PL011_INT_MODEM, PL011_INT_MODEM);
    assert_page_is_window(&h);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
    assert_page_is_window(&h);
    assert_int_equal(seen.closes, 0);
}

/* A vCPU that takes the interrupt reads UARTMIS from the page next. */
static void the_page_is_stored_and_cleaned_before_an_output_moves(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    guest_sends(&h, "x");
    seen.cleans = 0;
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    assert_int_equal(seen.cleans, 1);
    assert_int_equal(seen.lines, 0);
    assert_int_equal(seen.clean_from, PL011_UARTRSR);
    assert_int_equal(seen.clean_end, PL011_UARTITOP + 4);
    /* Nothing changed: nothing to clean. */
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    assert_int_equal(seen.cleans, 1);
}

static void a_closed_page_is_left_alone(void)
{
    struct host h;
    uint32_t ibrd;

    init_open(&h, &host_enabled);
    ibrd = in_page(PL011_UARTIBRD);
    assert_result(vpl011_page_closed(&h.uart), 0);
    guest_write(&h, PL011_UARTIBRD, ibrd + 1);
    assert_int_equal(in_page(PL011_UARTIBRD), ibrd);
    assert_result(vpl011_page_open(&h.uart), 1);
    assert_int_equal(in_page(PL011_UARTIBRD), ibrd + 1);
    assert_int_equal(seen.closes, 0);
}

static void input_closes_the_page_first(void)
{
    const uint16_t entry = 'x';
    struct host h;

    init_open(&h, &host_enabled);
    assert_result(far_end_types(&h, "k"), 1);
    assert_int_equal(seen.closes, 1);
    assert_int_equal(seen.rx_count, 0);
    assert_result(vpl011_page_open(&h.uart), 0);
    assert_receives(&h, "k");
    assert_result(vpl011_page_open(&h.uart), 1);

    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 1);
    assert_int_equal(seen.closes, 2);
    assert_int_equal(seen.rx_count, 0);
    guest_drains(&h);

    /* Loopback, and a BREAK that is looped. */
    assert_result(vpl011_page_open(&h.uart), 1);
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE);
    guest_sends(&h, "l");
    assert_int_equal(seen.closes, 3);
    assert_int_equal(seen.rx_count, 0);
    assert_receives(&h, "l");
    assert_result(vpl011_page_open(&h.uart), 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70 | PL011_LCR_H_BRK);
    assert_int_equal(seen.closes, 4);
    assert_int_equal(seen.rx_count, 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, 0);
}

/* The test port takes from one FIFO, and feeds the other. */
static void a_test_of_the_fifos_closes_it(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    assert_int_equal(seen.closes, 1);
    assert_result(vpl011_page_open(&h.uart), 0);
    guest_write(&h, PL011_UARTTDR, 't');
    assert_receives(&h, "t");
    guest_write(&h, PL011_UARTTCR, 0);
    assert_result(vpl011_page_open(&h.uart), 1);
}

/* It is polled for; a monitor that rings without need costs no opening. */
static void a_wake_without_input_closes_nothing(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_result(vpl011_tick(&h.uart), 0);
    assert_int_equal(seen.closes, 0);
    assert_int_equal(h.far.reads, 0);
    /* Nor does input that nobody listens to. */
    guest_write(&h, PL011_UARTCR, 0x101);
    far_end_types(&h, "k");
    assert_int_equal(seen.closes, 0);
}

/* Where close says "not yet", everything stays where it is until it says so. */
static void input_is_held_until_the_page_is_closed(void)
{
    const uint16_t entry = 'p';
    struct vpl011_state state;
    struct host h;

    init_open(&h, &host_enabled);
    seen.later = true;
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_result(far_end_types(&h, "key"), VPL011_ERR_PAGE);
    assert_result(vpl011_data_avail(&h.uart), VPL011_ERR_PAGE);
    assert_result(vpl011_tick(&h.uart), VPL011_ERR_PAGE);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), VPL011_ERR_PAGE);
    assert_result(vpl011_state_set(&h.uart, &state), VPL011_ERR_PAGE);
    assert_int_equal(seen.closes, 1);
    assert_int_equal(h.notified & VPL011_EVENT_REFILL, 0);
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, 0);
    assert_int_equal(far_end_waiting(&h), 3);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);

    /* The guest still reads from it. */
    guest_write(&h, PL011_UARTIBRD, 0x77);
    assert_page_is_window(&h);
    assert_result(vpl011_page_open(&h.uart), 0);

    assert_result(vpl011_page_closed(&h.uart), 3);
    assert_receives(&h, "key");
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, VPL011_EVENT_ROOM);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 1);
    h.loads = true;
    assert_result(vpl011_state_set(&h.uart, &state), VPL011_OK);
}

static void loopback_is_held_until_the_page_is_closed(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    seen.later = true;
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE);
    guest_sends(&h, "loop");
    guest_write(&h, PL011_UARTLCR_H, 0x70 | PL011_LCR_H_BRK);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_RXFE, PL011_FR_RXFE);
    assert_result(vpl011_tx_waiting(&h.uart), 4);
    guest_write(&h, PL011_UARTTCR, PL011_TCR_TESTFIFO);
    guest_write(&h, PL011_UARTTDR, 't');
    guest_write(&h, PL011_UARTTCR, 0);
    assert_int_equal(seen.closes, 1);
    assert_result(vpl011_page_closed(&h.uart), 0);
    /* The BREAK is on the line, and holds the characters (TRM 3.3.7). */
    assert_reg(&h, PL011_UARTDR, PL011_DR_BE | PL011_DR_FE);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_receives(&h, "loop");
}

static void loopback_that_begins_while_a_close_is_awaited_is_held_too(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    seen.later = true;
    assert_result(far_end_types(&h, "k"), VPL011_ERR_PAGE);
    guest_write(&h, PL011_UARTCR, 0x301 | PL011_CR_LBE);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_CTS, PL011_FR_CTS);
    assert_true(vpl011_page_closed(&h.uart) >= 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_CTS, 0);
}

/* A rest is counted by the guest's accesses. */
static void a_rest_keeps_it_closed(void)
{
    const uint16_t entries[64] = {0};
    struct host h;

    host_init(&h, &host_enabled);
    set_page(&h);
    assert_result(vpl011_rx_push(&h.uart, entries, 32), 32);
    guest_drains(&h);
    assert_result(vpl011_rx_push(&h.uart, entries, 32), 32);
    guest_drains(&h);
    assert_result(vpl011_page_open(&h.uart), 0);
    vpl011_tick(&h.uart);
    assert_result(vpl011_page_open(&h.uart), 1);
}

static void on_trace(void *ctx, const struct vpl011_trace *trace)
{
    (void)ctx;
    (void)trace;
}

static void who_never_may_is_told_so(void)
{
    struct vpl011_ops ops;
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD}});
    assert_result(vpl011_page_open(&h.uart), VPL011_ERR_OP_MISSING);
    set_page(&h);
    assert_result(vpl011_page_open(&h.uart), VPL011_ERR_UNSUPPORTED);
    assert_result(vpl011_page_open(NULL), VPL011_ERR_NULL);
    assert_result(vpl011_page_closed(NULL), VPL011_ERR_NULL);

    /* Every access is traced, so that every access is an exit. */
    host_init(&h, &host_enabled);
    ops = host_ops(&h, &host_enabled);
    ops.trace = on_trace;
    assert_result(vpl011_init(&h.uart, NULL, &ops), VPL011_OK);
    set_page(&h);
    assert_result(vpl011_page_open(&h.uart), VPL011_ERR_UNSUPPORTED);
}

static void a_page_is_checked_and_can_be_taken_back(void)
{
    struct vpl011_page p = {.registers = page, .close = on_close};
    struct host h;

    host_init(&h, &host_enabled);
    p.ctx = &h;
    memset(&seen, 0, sizeof(seen));
    assert_result(vpl011_page_set(NULL, &p), VPL011_ERR_NULL);
    p.registers = NULL;
    assert_result(vpl011_page_set(&h.uart, &p), VPL011_ERR_NULL);
    p.registers = (uint32_t *)(void *)((uint8_t *)page + 2);
    assert_result(vpl011_page_set(&h.uart, &p), VPL011_ERR_SIZE);
    p.registers = page;
    p.close = NULL;
    assert_result(vpl011_page_set(&h.uart, &p), VPL011_ERR_OP_MISSING);
    p.close = on_close;
    p.reserved[1] = &h;
    assert_result(vpl011_page_set(&h.uart, &p), VPL011_ERR_ABI);
    p.reserved[1] = NULL;
    assert_result(vpl011_page_set(&h.uart, &p), VPL011_OK);
    assert_result(vpl011_page_open(&h.uart), 1);
    assert_result(vpl011_page_open(&h.uart), 1);
    seen.later = true;
    assert_result(vpl011_page_set(&h.uart, NULL), VPL011_ERR_PAGE);
    assert_result(vpl011_page_closed(&h.uart), 0);
    assert_result(vpl011_page_set(&h.uart, NULL), VPL011_OK);
    assert_result(vpl011_page_open(&h.uart), VPL011_ERR_OP_MISSING);
    guest_write(&h, PL011_UARTIBRD, 0x3FF);
    assert_int_equal(in_page(PL011_UARTIBRD), 0);
}

/* Said of a page that is not open, it asks for nothing again. */
static void closing_a_closed_page_raises_nothing(void)
{
    const uint16_t entries[40] = {0};
    struct host h;

    host_init(&h, &host_enabled);
    set_page(&h);
    assert_result(vpl011_rx_push(&h.uart, entries, 40), 32);
    guest_drains(&h);
    host_forget(&h);
    assert_result(vpl011_page_closed(&h.uart), 0);
    assert_int_equal(h.notified, 0);
}

/* The guard is that of a device that settles at each access, and back. */
static void an_open_page_is_used_under_the_lock(void)
{
    struct host h;

    init_open(&h, &(struct host_options){.enabled = true, .locks = true});
    guest_sends(&h, "locked");
    guest_write(&h, PL011_UARTIBRD, 0x123);
    assert_int_equal(in_page(PL011_UARTIBRD), 0x123);
    assert_int_equal(h.lock_count, h.unlock_count);
    assert_result(far_end_types(&h, "k"), 1);
    assert_receives(&h, "k");
    assert_sent(&h, "locked");
    assert_int_equal(seen.closes, 1);
}

static void what_needs_no_close_leaves_it_open(void)
{
    struct host h;

    init_open(&h, &host_enabled);
    assert_int_equal(vpl011_rx_push(&h.uart, NULL, 0), 0);
    assert_int_equal(seen.closes, 0);

    host_init(&h, &host_enabled);
    guest_write(&h, PL011_UARTCR,
                PL011_CR_UARTEN | PL011_CR_TXE | PL011_CR_LBE);
    set_page(&h);
    assert_result(vpl011_page_open(&h.uart), 1);
    guest_sends(&h, "a");
    assert_counter(&h, tx_looped, 1);
    assert_int_equal(seen.closes, 0);
}

static void while_a_close_is_awaited_only_its_own_event_waits(void)
{
    const uint16_t entries[40] = {'x'};
    struct host h;

    init_open(&h, &host_enabled);
    seen.later = true;
    host_forget(&h);
    assert_int_equal(vpl011_rx_push(&h.uart, entries, 40), VPL011_ERR_PAGE);
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, 0);
    guest_write(&h, PL011_UARTLCR_H, 0x78);
    assert_int_equal(h.notified & VPL011_EVENT_LINE, VPL011_EVENT_LINE);
    assert_true(vpl011_page_closed(&h.uart) >= 0);
    assert_int_equal(h.notified & VPL011_EVENT_ROOM, VPL011_EVENT_ROOM);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(an_open_page_holds_each_register),
        CASE(what_changes_is_in_the_page_before_the_call_returns),
        CASE(the_page_is_stored_and_cleaned_before_an_output_moves),
        CASE(a_closed_page_is_left_alone),
        CASE(input_closes_the_page_first),
        CASE(a_test_of_the_fifos_closes_it),
        CASE(a_wake_without_input_closes_nothing),
        CASE(input_is_held_until_the_page_is_closed),
        CASE(loopback_is_held_until_the_page_is_closed),
        CASE(loopback_that_begins_while_a_close_is_awaited_is_held_too),
        CASE(a_rest_keeps_it_closed),
        CASE(who_never_may_is_told_so),
        CASE(a_page_is_checked_and_can_be_taken_back),
        CASE(closing_a_closed_page_raises_nothing),
        CASE(an_open_page_is_used_under_the_lock),
        CASE(what_needs_no_close_leaves_it_open),
        CASE(while_a_close_is_awaited_only_its_own_event_waits),
    };

    return run_cases(cases);
}
