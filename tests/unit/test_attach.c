/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Attaching, replacing and detaching the backend at run time. */
#include "support.h"

/* A second far end: another host whose device is not used. */
static void init_two(struct host *h, struct host *other)
{
    host_init(other, NULL);
    host_init(h, &host_enabled);
    other->locks = false;
}

static void output_goes_to_the_new_backend(void)
{
    struct host h;
    struct host other;
    unsigned int calls;

    init_two(&h, &other);
    guest_sends(&h, "old");
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    calls = h.far.writes + h.far.reads + h.far.polls;
    guest_sends(&h, "new");
    vpl011_data_avail(&h.uart);
    assert_sent(&h, "old");
    assert_sent(&other, "new");
    assert_int_equal(h.far.writes + h.far.reads + h.far.polls, calls);
}

/* Output that a full backend left in the TX FIFO goes to the new one at once.
 */
static void held_output_goes_to_the_new_backend_at_once(void)
{
    struct host h;
    struct host other;

    init_two(&h, &other);
    h.far.room = 2;
    guest_sends(&h, "abcde");
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    assert_sent(&h, "ab");
    assert_sent(&other, "cde");
    assert_reg_bits(&h, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, 0);
}

static void received_input_stays_with_the_guest(void)
{
    struct host h;
    struct host other;

    init_two(&h, &other);
    far_end_types(&h, "one");
    far_end_queues(&other, "two", 3);
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END);
    assert_receives(&h, "one");
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL);
    assert_result(vpl011_data_avail(&h.uart), 3);
    assert_receives(&h, "two");
}

/* REFILL is raised for input in the new backend, without a doorbell. */
static void waiting_input_of_the_new_backend_asks_for_a_refill(void)
{
    struct host h;
    struct host other;

    init_two(&h, &other);
    far_end_queues(&other, "x", 1);
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL);
}

/* A request that the old backend's input made is no answer for the new one's */
static void refill_is_asked_anew_for_the_new_backend(void)
{
    struct host h;
    struct host other;

    init_two(&h, &other);
    far_end_types_count(&h, 40);
    guest_drains(&h);
    assert_int_equal(h.notifies, 1);
    far_end_queues(&other, "x", 1);
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    assert_int_equal(h.notifies, 2);
}

static void break_moves_to_the_new_backend(void)
{
    struct host h;
    struct host other;

    init_two(&h, &other);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_true(h.far.breaking);
    assert_result(vpl011_attach(&h.uart, &other.far_backend), VPL011_OK);
    assert_false(h.far.breaking);
    assert_true(other.far.breaking);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    assert_false(other.far.breaking);
    assert_int_equal(h.far.breaks_ended, 1);
}

/* After a detach the far end is gone, and it can return. */
static void detaching_and_coming_back(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    guest_sends(&h, "a");
    assert_result(vpl011_attach_sized(&h.uart, NULL, 0), VPL011_OK);
    guest_sends(&h, "b");
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE | PL011_FR_BUSY,
                    PL011_FR_TXFE);
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    guest_sends(&h, "c");
    assert_sent(&h, "ac");
    assert_counter(&h, tx_dropped, 1);
}

/* Detached with the policy STALL: output is sent when a backend is attached. */
static void output_kept_while_detached_is_sent_at_attach(void)
{
    struct host h;

    host_init(&h, &(struct host_options){
                      .config = {.on_gone = VPL011_POLICY_STALL},
                      .enabled = true,
                  });
    assert_result(vpl011_attach(&h.uart, NULL), VPL011_OK);
    guest_sends(&h, "kept");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_BUSY, PL011_FR_BUSY);
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    assert_sent(&h, "kept");
}

static void refused_backends_change_nothing(void)
{
    struct host h;
    struct vpl011_backend backend;

    host_init(&h, &host_enabled);
    backend = h.far_backend;
    backend.write = NULL;
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_ERR_OP_MISSING);
    backend = h.far_backend;
    backend.read = NULL;
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_ERR_OP_MISSING);
    backend = h.far_backend;
    backend.poll = NULL;
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_ERR_OP_MISSING);
    guest_sends(&h, "x");
    assert_sent(&h, "x");
}

/* A policy that needs drop_oldest refuses a backend without it. */
static void backend_without_drop_oldest_is_refused_by_policy(void)
{
    static const struct vpl011_config configs[] = {
        {.on_stall = VPL011_POLICY_DROP_OLDEST},
        {.on_gone = VPL011_POLICY_DROP_OLDEST},
    };
    size_t i;

    for (i = 0; i < 2; i++) {
        struct host h;
        struct vpl011_backend backend;

        host_init(&h, &(struct host_options){.config = configs[i]});
        guest_write(&h, PL011_UARTLCR_H, 1);
        backend = h.far_backend;
        backend.drop_oldest = NULL;
        assert_result(vpl011_attach(&h.uart, &backend), VPL011_ERR_UNSUPPORTED);
        assert_true(h.far.breaking);
        assert_result(vpl011_attach(&h.uart, NULL), VPL011_OK);
    }
}

/* P.C35: one that claims more than it was asked for is believed no more than
 * that. */
static void results_beyond_the_request_are_cut(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends_count(&h, 5);
    h.far.overstates = true;
    far_end_queues(&h, "0123456789012345678901234567890123456789", 40);
    assert_result(vpl011_data_avail(&h.uart), 32);
    assert_counter(&h, tx_bytes, 5);
    assert_counter(&h, rx_bytes, 32);
    assert_counter(&h, rx_overruns, 0);
    assert_reg_bits(&h, PL011_UARTFR,
                    PL011_FR_TXFE | PL011_FR_RXFF | PL011_FR_BUSY,
                    PL011_FR_TXFE | PL011_FR_RXFF);
}

static void no_device_is_told_before_a_bad_backend(void)
{
    const struct vpl011_backend empty = {0};

    assert_result(vpl011_attach(NULL, &empty), VPL011_ERR_NULL);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(output_goes_to_the_new_backend),
        CASE(held_output_goes_to_the_new_backend_at_once),
        CASE(received_input_stays_with_the_guest),
        CASE(waiting_input_of_the_new_backend_asks_for_a_refill),
        CASE(refill_is_asked_anew_for_the_new_backend),
        CASE(break_moves_to_the_new_backend),
        CASE(detaching_and_coming_back),
        CASE(output_kept_while_detached_is_sent_at_attach),
        CASE(refused_backends_change_nothing),
        CASE(backend_without_drop_oldest_is_refused_by_policy),
        CASE(results_beyond_the_request_are_cut),
        CASE(no_device_is_told_before_a_bad_backend),
    };

    return run_cases(cases);
}
