/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Runs of UARTDR writes, and how many may wait outside unnoticed. */
#include <vpl011/deferred.h>
#include <vpl011/page.h>
#include <vpl011/state.h>

#include "support.h"

static int write_text(struct host *h, const char *text)
{
    return vpl011_write_deferred(&h->uart, (const uint8_t *)text, strlen(text));
}

/* TXRIS is set from the first character on. */
static void init_steady(struct host *h, const struct host_options *options)
{
    host_init(h, options);
    guest_sends(h, "x");
    h->far.room = 200;
    h->far.sent_count = 0;
    host_forget(h);
}

#define assert_deferrable(h, expected) \
    assert_result(vpl011_deferrable(&(h)->uart), expected)

static void in_the_steady_state_as_many_as_the_backend_takes_may_wait(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    assert_deferrable(&h, 0); /* the first one raises TXRIS */
    init_steady(&h, &host_enabled);
    assert_deferrable(&h, 200);
    h.far.room = FAR_UNLIMITED;
    assert_deferrable(&h, INT32_MAX);
    far_end_holds(&h);
    assert_deferrable(&h, 0);
    assert_result(vpl011_deferrable(NULL), VPL011_ERR_NULL);
}

static void assert_ends(uint32_t reg, uint32_t value)
{
    struct host h;

    init_steady(&h, &host_enabled);
    assert_deferrable(&h, 200);
    guest_write(&h, reg, value);
    assert_deferrable(&h, 0);
}

/* Each of them lets the guest see when a character leaves. */
static void an_access_may_end_it(void)
{
    struct host h;

    assert_ends(PL011_UARTCR, 0x301 | PL011_CR_LBE);
    assert_ends(PL011_UARTCR, 0x301 | PL011_CR_CTSEN);
    assert_ends(PL011_UARTLCR_H, 0x70 | PL011_LCR_H_BRK);
    assert_ends(PL011_UARTTCR, PL011_TCR_TESTFIFO);

    /* The second acknowledge lowers TXRIS, which the next character raises. */
    init_steady(&h, &host_enabled);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_deferrable(&h, 200);
    guest_write(&h, PL011_UARTICR, PL011_INT_TX);
    assert_deferrable(&h, 0);

    /* Characters that wait. */
    init_steady(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends(&h, "w");
    h.far.room = 200;
    assert_deferrable(&h, 0);
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    assert_deferrable(&h, 0);
}

/* What a driver does after each line of text. */
static void a_repeated_mask_changes_nothing(void)
{
    static const unsigned int sizes[] = {1, 2, 4};
    struct vpl011 before;
    struct host h;
    size_t i;

    for (i = 0; i < 3; i++) {
        init_steady(&h, &host_enabled);
        guest_write_sized(&h, PL011_UARTIMSC, sizes[i], 0x7FF);
        assert_deferrable(&h, 200);
        host_forget(&h);
        before = h.uart;
        guest_write_sized(&h, PL011_UARTIMSC, sizes[i], 0x7FF);
        assert_memory_equal(&h.uart, &before, sizeof(before));
        assert_int_equal(h.log_count, 0);
    }
}

/* A guest's accesses are what ends its rest, so that each must be seen. */
static void a_rest_from_input_ends_it(void)
{
    const uint16_t entries[64] = {0};
    struct host h;

    init_steady(&h, &host_enabled);
    vpl011_rx_push(&h.uart, entries, 32);
    guest_drains(&h);
    vpl011_rx_push(&h.uart, entries, 32);
    assert_deferrable(&h, 200);
    guest_drains(&h);
    assert_deferrable(&h, 0);
    vpl011_tick(&h.uart);
    assert_deferrable(&h, 200);
}

static void some_configurations_have_none(void)
{
    static const uint32_t flags[] = {VPL011_CFG_TXFF_ONCE_PER_LOAD,
                                     VPL011_CFG_STRICT_INTERRUPTS};
    struct host h;
    size_t i;

    for (i = 0; i < 2; i++) {
        init_steady(&h, &(struct host_options){.config = {.flags = flags[i]},
                                               .enabled = true});
        assert_deferrable(&h, 0);
    }
    init_steady(&h, &(struct host_options){.pending = true, .enabled = true});
    assert_deferrable(&h, 0);
    init_steady(&h, &host_sbsa);
    assert_deferrable(&h, 200);
}

static void a_run_is_one_call_of_the_backend(void)
{
    struct host h;

    init_steady(&h, &host_enabled);
    h.far.writes = 0;
    assert_result(write_text(&h, "a run of characters"), VPL011_OK);
    assert_sent(&h, "a run of characters");
    assert_int_equal(h.far.writes, 1);
    assert_counter(&h, tx_bytes, 20);
    assert_result(vpl011_write_deferred(&h.uart, NULL, 0), VPL011_OK);
    assert_result(vpl011_write_deferred(&h.uart, NULL, 1), VPL011_ERR_NULL);
    assert_result(write_text(&h, ""), VPL011_OK);
    assert_result(vpl011_write_deferred(NULL, (const uint8_t *)"x", 1),
                  VPL011_ERR_NULL);
}

/* One FIFO for each call: a backend has 64 bytes to take, not more. */
static void a_long_run_is_cut(void)
{
    uint8_t run[200];
    struct host h;

    init_steady(&h, &host_enabled);
    memset(run, 'r', sizeof(run));
    h.far.writes = 0;
    assert_result(vpl011_write_deferred(&h.uart, run, sizeof(run)), VPL011_OK);
    assert_sent_bytes(&h, run, sizeof(run));
    assert_int_equal(h.far.writes, 4);
    assert_int_equal(h.far.largest_write, 64);
}

/* From any state a run does what its characters do one by one. */
static void a_run_is_its_characters(void)
{
    static const struct host_options kinds[] = {
        {.enabled = true},
        {.enabled = true, .locks = true},
        {.enabled = true, .pending = true},
        {.enabled = true, .config = {.flags = VPL011_CFG_STRICT_INTERRUPTS}},
        {.enabled = true, .config = {.flags = VPL011_CFG_TXFF_ONCE_PER_LOAD}},
        {.config = {.personality = VPL011_SBSA}},
        {.no_put = true},
    };
    static struct host one;
    static struct host run;
    unsigned int kind;
    unsigned int room;
    unsigned int cr;

    for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
        for (room = 0; room < 70; room++) {
            for (cr = 0; cr < 4; cr++) {
                struct host *const both[2] = {&one, &run};
                unsigned int i;

                for (i = 0; i < 2; i++) {
                    host_init(both[i], &kinds[kind]);
                    guest_write(both[i], PL011_UARTIMSC, PL011_INT_TX);
                    guest_sends_count(both[i], cr & 1 ? 1 : 0);
                    guest_write(both[i], PL011_UARTCR,
                                0x301 | (cr & 2 ? PL011_CR_LBE : 0));
                    both[i]->far.room = room;
                    host_forget(both[i]);
                }
                guest_sends_count(&one, 100);
                for (i = 0; i < 100; i++) {
                    const uint8_t c = (uint8_t)('a' + i % 26);

                    if (one.far.sent_count > (cr & 1) &&
                        i < one.far.sent_count - (cr & 1)) {
                        assert_int_equal(one.far.sent[(cr & 1) + i], c);
                    }
                    run.far.input[i] = c;
                }
                assert_result(
                    vpl011_write_deferred(&run.uart, run.far.input, 100),
                    VPL011_OK);
                assert_memory_equal(one.far.sent, run.far.sent,
                                    one.far.sent_count);
                assert_int_equal(one.far.sent_count, run.far.sent_count);
                assert_int_equal(one.lines, run.lines);
                assert_int_equal(one.notified, run.notified);
                assert_int_equal(one.guest_errors, run.guest_errors);
                assert_int_equal(guest_read(&one, PL011_UARTFR),
                                 guest_read(&run, PL011_UARTFR));
                assert_int_equal(guest_read(&one, PL011_UARTRIS),
                                 guest_read(&run, PL011_UARTRIS));
                while (!(guest_read(&one, PL011_UARTFR) & PL011_FR_RXFE)) {
                    assert_int_equal(guest_read(&one, PL011_UARTDR),
                                     guest_read(&run, PL011_UARTDR));
                }
                guest_write(&one, PL011_UARTICR, PL011_INT_TX);
                guest_write(&run, PL011_UARTICR, PL011_INT_TX);
                assert_int_equal(guest_read(&one, PL011_UARTRIS),
                                 guest_read(&run, PL011_UARTRIS));
            }
        }
    }
}

static bool close_at_once(void *ctx)
{
    (void)ctx;
    return true;
}

/* Loaded output waits for the first backend; what is sent later does not. With
 * an open register page the run takes the long way. */
static void a_run_waits_for_no_backend(void)
{
    static uint32_t registers[PL011_WINDOW_SIZE / 4];
    const struct vpl011_page page = {.registers = registers,
                                     .close = close_at_once};
    struct vpl011_state state;
    struct host from;
    struct host h;

    init_steady(&from, &host_enabled);
    far_end_holds(&from);
    guest_sends(&from, "old");
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    host_init(&h, &(struct host_options){.enabled = true, .no_backend = true});
    h.loads = true;
    assert_result(vpl011_state_set(&h.uart, &state), VPL011_OK);
    guest_write(&h, PL011_UARTLCR_H, 0x60);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_result(vpl011_page_set(&h.uart, &page), VPL011_OK);
    assert_result(vpl011_page_open(&h.uart), 1);
    assert_result(write_text(&h, "new"), VPL011_OK);
    assert_result(vpl011_tx_waiting(&h.uart), 0);
    assert_counter(&h, tx_dropped, 3);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(in_the_steady_state_as_many_as_the_backend_takes_may_wait),
        CASE(an_access_may_end_it),
        CASE(a_repeated_mask_changes_nothing),
        CASE(a_rest_from_input_ends_it),
        CASE(some_configurations_have_none),
        CASE(a_run_is_one_call_of_the_backend),
        CASE(a_long_run_is_cut),
        CASE(a_run_is_its_characters),
        CASE(a_run_waits_for_no_backend),
    };

    return run_cases(cases);
}
