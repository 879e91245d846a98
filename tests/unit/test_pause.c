/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Nothing is called between pause and resume; loading in any order. */
#include <vpl011/state.h>

#include "support.h"

static unsigned int calls(const struct host *h)
{
    return h->irqs + h->pendings + h->notifies + h->far.writes + h->far.reads +
           h->far.polls + h->far.breaks_begun + h->far.breaks_ended;
}

static void pause_and_owe_more(struct host *h, uint32_t events)
{
    (void)events;
    h->on_notify = NULL;
    assert_result(vpl011_pause(&h->uart), VPL011_OK);
    assert_result(vpl011_set_clock(&h->uart, 1), VPL011_OK);
}

/* Nor is notify called for events that are due since it paused the device. */
static void notify_that_pauses_is_not_called_again(void)
{
    int locks;

    for (locks = 0; locks < 2; locks++) {
        struct host h;

        host_init(&h, &(struct host_options){.enabled = true, .locks = locks});
        h.on_notify = pause_and_owe_more;
        h.far.write_event = VPL011_EVENT_FAR_END;
        guest_sends(&h, "x");
        assert_int_equal(h.notifies, 1);
        h.loads = true; /* irq tells all six lines */
        assert_result(vpl011_resume(&h.uart), VPL011_OK);
        assert_int_equal(h.notified & VPL011_EVENT_LINE, VPL011_EVENT_LINE);
    }
}

static void nothing_is_called_while_paused(void)
{
    const uint16_t entry = 'x';
    unsigned int before;
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .pending = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_ALL);
    assert_result(vpl011_data_avail(&h.uart), 0);
    far_end_queues(&h, "in", 2);
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    before = calls(&h);
    guest_sends(&h, "out");
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    guest_write(&h, PL011_UARTICR, PL011_INT_ALL);
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_result(vpl011_tick(&h.uart), 0);
    assert_result(vpl011_rx_push(&h.uart, &entry, 1), 0);
    assert_result(vpl011_remind(&h.uart), VPL011_OK);
    assert_result(vpl011_set_modem(&h.uart, 0), VPL011_OK);
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    assert_int_equal(calls(&h), before);
    assert_result(vpl011_tx_waiting(&h.uart), 3);
}

static void resume_tells_all_lines_and_events_and_moves_what_waits(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .pending = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    far_end_queues(&h, "in", 2);
    assert_result(vpl011_pause(&h.uart), VPL011_OK);
    guest_sends(&h, "out");
    host_forget(&h);
    h.loads = true;
    assert_result(vpl011_resume(&h.uart), VPL011_OK);
    h.loads = false;
    assert_int_equal(h.irqs, 1);
    assert_int_equal(h.log[0].b, VPL011_IRQ_ALL);
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    assert_int_equal(h.pending, PL011_INT_TX);
    assert_sent(&h, "out");
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL);
    /* A second one finds nothing to do. */
    host_forget(&h);
    assert_result(vpl011_resume(&h.uart), VPL011_OK);
    assert_int_equal(calls(&h) - h.far.writes - h.far.polls, 0);
}

static void a_break_is_told_at_resume(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    vpl011_pause(&h.uart);
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_false(h.far.breaking);
    h.loads = true;
    vpl011_resume(&h.uart);
    assert_true(h.far.breaking);
}

/* The interrupt controller of the destination is loaded after the UART. */
static void a_state_loads_quietly(void)
{
    struct vpl011_state state;
    struct host from;
    struct host to;

    host_init(&from, &host_enabled);
    far_end_holds(&from);
    guest_write(&from, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&from, "x");
    guest_sends(&from, "held");
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);

    host_init(&to, &(struct host_options){.no_backend = true});
    assert_result(vpl011_pause(&to.uart), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
    assert_result(vpl011_attach(&to.uart, &to.far_backend), VPL011_OK);
    assert_int_equal(calls(&to), 0);
    to.loads = true;
    assert_result(vpl011_resume(&to.uart), VPL011_OK);
    assert_int_equal(to.irqs, 1);
    assert_lines(&to, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    assert_sent(&to, "held");
    assert_true(to.notified & VPL011_EVENT_FAR_END);
}

/* Load and attach in either order; no saved character is dropped. */
static void loaded_waits(const char *output)
{
    struct vpl011_state state;
    struct host from;
    struct host to;
    int late;

    host_init(&from, &host_enabled);
    far_end_holds(&from);
    guest_sends(&from, output);
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    for (late = 0; late < 2; late++) {
        host_init(&to, &(struct host_options){.no_backend = late != 0});
        to.loads = true;
        assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
        to.loads = false;
        assert_result(vpl011_data_avail(&to.uart), 0);
        assert_reg_bits(&to, PL011_UARTFR, PL011_FR_TXFE,
                        late ? 0 : PL011_FR_TXFE);
        assert_result(vpl011_attach(&to.uart, &to.far_backend), VPL011_OK);
        assert_sent(&to, output);
        assert_counter(&to, tx_dropped, 0);
    }
}

static void loaded_output_waits_for_the_first_backend(void)
{
    loaded_waits("h");
    loaded_waits("held");
}

/* A guest that continues without a backend is not held up for ever. */
static void loaded_output_goes_with_the_next_character_or_attach_of_none(void)
{
    struct vpl011_state state;
    struct host from;
    struct host to;
    int how;

    host_init(&from, &host_enabled);
    far_end_holds(&from);
    guest_sends(&from, "held");
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    for (how = 0; how < 2; how++) {
        host_init(&to, &(struct host_options){.no_backend = true});
        to.loads = true;
        assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
        to.loads = false;
        if (how == 0) {
            guest_sends(&to, "!");
        } else {
            assert_result(vpl011_attach(&to.uart, NULL), VPL011_OK);
        }
        assert_reg_bits(&to, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
        assert_counter(&to, tx_dropped, how == 0 ? 5 : 4);
    }
}

/* Nor does a configuration without a device have to be guessed. */
static void the_default_state_is_that_of_a_new_device(void)
{
    const struct vpl011_config config = {.personality = VPL011_SBSA};
    struct vpl011_state expected;
    struct vpl011_state state;
    struct host h;

    host_init(&h, &host_sbsa);
    assert_result(vpl011_state_get(&h.uart, &expected), VPL011_OK);
    assert_result(vpl011_state_default(&config, &state), VPL011_OK);
    assert_memory_equal(&state, &expected, sizeof(state));
    assert_result(vpl011_state_default(NULL, NULL), VPL011_ERR_NULL);
    assert_result(
        vpl011_state_default(&(struct vpl011_config){.personality = 7}, &state),
        VPL011_ERR_PERSONALITY);
    assert_memory_equal(&state, &expected, sizeof(state));
}

static void a_clock_that_changes_is_a_new_line(void)
{
    struct vpl011_line line;
    struct host h;

    host_init(&h, &(struct host_options){.config = {.clock_hz = 24000000},
                                         .enabled = true});
    guest_write(&h, PL011_UARTIBRD, 13);
    guest_write(&h, PL011_UARTFBRD, 1);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    host_forget(&h);
    assert_result(vpl011_set_clock(&h.uart, 24000000), VPL011_OK);
    assert_int_equal(h.notified, 0);
    assert_result(vpl011_set_clock(&h.uart, 48000000), VPL011_OK);
    assert_int_equal(h.notified, VPL011_EVENT_LINE);
    assert_result(vpl011_get_line(&h.uart, &line), VPL011_OK);
    assert_int_equal(line.baud, 230492);
    assert_result(vpl011_set_clock(&h.uart, 0), VPL011_OK);
    assert_result(vpl011_get_line(&h.uart, &line), VPL011_OK);
    assert_int_equal(line.baud, 0);
}

static void edges_wait_for_resume(void)
{
    struct vpl011_state state;
    struct host h;

    host_init(&h, &(struct host_options){.enabled = true, .pending = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "x");
    assert_int_equal(h.pending, PL011_INT_RT);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(state.irq_edges, 0);
    host_forget(&h);
    h.loads = true;

    /* The controller may have forgotten what it was told. */
    vpl011_pause(&h.uart);
    vpl011_resume(&h.uart);
    assert_int_equal(h.pendings, 1);
    assert_int_equal(h.pending, PL011_INT_RT);

    /* An acknowledge makes what is left an edge again. */
    vpl011_pause(&h.uart);
    guest_write(&h, PL011_UARTICR, PL011_INT_RT);
    assert_int_equal(h.pendings, 1);
    vpl011_resume(&h.uart);
    assert_int_equal(h.pendings, 2);
}

static void a_generic_uart_has_no_new_line_with_a_clock(void)
{
    struct host h;

    host_init(&h, &host_sbsa);
    host_forget(&h);
    assert_result(vpl011_set_clock(&h.uart, 48000000), VPL011_OK);
    assert_int_equal(h.notified, 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(nothing_is_called_while_paused),
        CASE(notify_that_pauses_is_not_called_again),
        CASE(resume_tells_all_lines_and_events_and_moves_what_waits),
        CASE(a_break_is_told_at_resume),
        CASE(a_state_loads_quietly),
        CASE(loaded_output_waits_for_the_first_backend),
        CASE(loaded_output_goes_with_the_next_character_or_attach_of_none),
        CASE(the_default_state_is_that_of_a_new_device),
        CASE(a_clock_that_changes_is_a_new_line),
        CASE(edges_wait_for_resume),
        CASE(a_generic_uart_has_no_new_line_with_a_clock),
    };

    return run_cases(cases);
}
