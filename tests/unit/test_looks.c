/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Calls that only look change no byte of the device and call no operation. And
 * what a backend or a guest is given is not the device's own memory.
 */
#include <vpl011/state.h>

#include "support.h"

/* A device with everything that a call might settle. */
static void init_unsettled(struct host *h)
{
    host_init(h, &(struct host_options){.enabled = true,
                                        .pending = true,
                                        .no_notify = true,
                                        .locks = true});
    far_end_holds(h);
    guest_sends_count(h, 20);
    guest_write(h, PL011_UARTIMSC, PL011_INT_ALL);
    far_end_types(h, "input");
    vpl011_take_events(&h->uart);
    guest_write(h, PL011_UARTLCR_H, 0x72);
    h->far.room = FAR_UNLIMITED;
    host_forget(h);
}

static void looking_changes_no_byte(void)
{
    static uint8_t blob[VPL011_STATE_BLOB_MAX];
    struct vpl011_counters counters;
    struct vpl011_state state;
    struct vpl011_line line;
    struct vpl011 before;
    struct host h;
    unsigned int calls;
    int i;

    init_unsettled(&h);
    calls = h.far.writes + h.far.reads + h.far.polls;
    for (i = 0; i < 6; i++) {
        before = h.uart;
        switch (i) {
        case 0:
            assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
            assert_int_equal(state.tx_count, 20);
            break;
        case 1:
            assert_true(vpl011_state_save(&h.uart, blob, sizeof(blob)) > 0);
            break;
        case 2:
            assert_result(vpl011_get_counters(&h.uart, &counters), VPL011_OK);
            break;
        case 3:
            assert_result(vpl011_get_line(&h.uart, &line), VPL011_OK);
            break;
        case 4:
            assert_result(vpl011_tx_waiting(&h.uart), 20);
            break;
        default:
            assert_true(vpl011_rx_room(&h.uart) >= 0);
            break;
        }
        before.lock_saved = h.uart.lock_saved;
        assert_memory_equal(&before, &h.uart, sizeof(before));
        assert_int_equal(h.far.writes + h.far.reads + h.far.polls, calls);
        assert_int_equal(h.log_count, 0);
    }
}

/* Events are cleared, and nothing else. */
static void taking_events_does_nothing_else(void)
{
    struct vpl011 before;
    struct host h;
    unsigned int calls;

    init_unsettled(&h);
    calls = h.far.writes + h.far.reads + h.far.polls;
    before = h.uart;
    assert_int_equal(vpl011_take_events(&h.uart), VPL011_EVENT_LINE);
    before.lock_saved = h.uart.lock_saved;
    before.todo &= ~(uint32_t)VPL011_EVENT_LINE;
    assert_memory_equal(&before, &h.uart, sizeof(before));
    assert_int_equal(h.far.writes + h.far.reads + h.far.polls, calls);
}

/* A saved guest continues elsewhere: the source must not send what it saved. */
static void a_save_sends_nothing(void)
{
    struct vpl011_state state;
    struct host h;

    init_unsettled(&h);
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_int_equal(h.far.sent_count, 0);
}

static uint32_t stored;

static size_t write_storing(void *ctx, const uint8_t *bytes, size_t count,
                            uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    *events = stored;
    return count;
}

static size_t read_storing(void *ctx, uint8_t *bytes, size_t count,
                           uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    *events = stored;
    return count; /* and has written none */
}

static void poll_storing(void *ctx, struct vpl011_backend_status *status,
                         uint32_t *events)
{
    (void)ctx;
    memset(status, stored ? 0xFF : 0, sizeof(*status));
    status->attached = true;
    *events = stored;
}

/* Nothing that a backend stores reaches the device's own words: it would keep
 * its lock, or open its short ways to a device that is locked. */
static void a_backend_has_words_of_its_own(void)
{
    const struct vpl011_backend backend = {
        .write = write_storing, .read = read_storing, .poll = poll_storing};
    struct host h;
    int i;

    for (i = 0; i < 2; i++) {
        host_init(&h, &(struct host_options){.enabled = true, .locks = true});
        stored = i ? UINT32_MAX : 0;
        assert_result(vpl011_attach(&h.uart, &backend), VPL011_OK);
        guest_sends(&h, "abc");
        vpl011_data_avail(&h.uart);
        guest_drains(&h);
        guest_sends(&h, "abc");
        assert_int_equal(h.lock_count, h.unlock_count);
        assert_false(h.locked);
        assert_int_equal(h.notified & ~(uint32_t)(VPL011_EVENT_FAR_END |
                                                  VPL011_EVENT_REFILL),
                         0);
        h.lock_count = 0;
        guest_sends(&h, "d");
        assert_in_range(h.lock_count, 1, 3);
    }
}

/* A backend that claims to have read gives the guest zeroes, not the host's
 * stack. */
static void input_that_was_not_written_is_zero(void)
{
    const struct vpl011_backend backend = {
        .write = write_storing, .read = read_storing, .poll = poll_storing};
    struct host h;
    int i;

    host_init(&h, &host_enabled);
    stored = 0;
    assert_result(vpl011_attach(&h.uart, &backend), VPL011_OK);
    assert_result(vpl011_data_avail(&h.uart), 32);
    for (i = 0; i < 32; i++) {
        assert_reg(&h, PL011_UARTDR, 0);
    }
}

static struct host *inside;

static size_t read_inside(void *ctx, uint8_t *bytes, size_t count,
                          uint32_t *events)
{
    uint64_t value = 0x5EC8E7;

    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    assert_result(vpl011_mmio_read(&inside->uart, PL011_UARTRIS, 4, &value),
                  VPL011_ERR_REENTRY);
    assert_int_equal(value, 0);
    /* What takes no lock is allowed. */
    value = 0x5EC8E7;
    assert_result(vpl011_mmio_read(&inside->uart, PL011_UARTFR, 4, &value),
                  VPL011_OK);
    assert_int_equal(value & PL011_FR_TXFE, PL011_FR_TXFE);
    assert_int_equal(vpl011_irq_lines(&inside->uart), 0);
    return 0;
}

/* An embedder that ignores the result passes a 0 to the guest, not its own
 * stack. */
static void a_refused_read_is_zero(void)
{
    static const uint8_t patterns[] = {0x00, 0x5A, 0xA5, 0xCC, 0xFF};
    struct vpl011 never;
    uint64_t value;
    struct host h;
    size_t i;

    for (i = 0; i < sizeof(patterns); i++) {
        memset(&never, patterns[i], sizeof(never));
        value = 0x5EC8E7;
        assert_result(vpl011_mmio_read(&never, PL011_UARTFR, 4, &value),
                      VPL011_ERR_UNINIT);
        assert_int_equal(value, 0);
        value = 0x5EC8E7;
        assert_result(vpl011_mmio_read(&never, PL011_UARTDR, 4, &value),
                      VPL011_ERR_UNINIT);
        assert_int_equal(value, 0);
    }
    value = 0x5EC8E7;
    assert_result(vpl011_mmio_read(NULL, PL011_UARTFR, 4, &value),
                  VPL011_ERR_NULL);
    assert_int_equal(value, 0);

    host_init(&h, &host_enabled);
    inside = &h;
    h.far_backend.read = read_inside;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_OK);
    assert_result(vpl011_data_avail(&h.uart), 0);
}

/* Characters that a full far end refused are offered once in each call. */
static void a_refused_character_is_offered_once(void)
{
    struct host h;
    unsigned int writes;

    host_init(&h, &host_enabled);
    guest_sends(&h, "steady");
    far_end_holds(&h);
    writes = h.far.writes;
    guest_sends(&h, "x");
    assert_int_equal(h.far.writes, writes + 1);
    guest_read(&h, PL011_UARTRIS);
    assert_int_equal(h.far.writes, writes + 2);
}

static size_t write_refusing(void *ctx, const uint8_t *bytes, size_t count,
                             uint32_t *events)
{
    (void)ctx;
    (void)bytes;
    (void)count;
    (void)events;
    return 0;
}

/* Polled after a short write it has, too. */
static void a_full_backend_has_words_of_its_own(void)
{
    const struct vpl011_backend backend = {
        .write = write_refusing, .read = read_storing, .poll = poll_storing};
    struct host h;
    int i;

    for (i = 0; i < 2; i++) {
        host_init(&h, &(struct host_options){.enabled = true, .locks = true});
        stored = 0;
        assert_result(vpl011_attach(&h.uart, &backend), VPL011_OK);
        host_forget(&h);
        stored = i ? UINT32_MAX : 0;
        guest_sends(&h, "abc");
        assert_int_equal(h.lock_count, h.unlock_count);
        assert_false(h.locked);
        assert_int_equal(h.notified, i ? VPL011_EVENT_FAR_END : 0);
    }
}

static uint64_t fr_in_irq;

static void read_fr_in_irq(void *ctx, uint32_t lines, uint32_t changed)
{
    struct vpl011 *uart = ctx;

    (void)changed;
    assert_int_equal(vpl011_irq_lines(uart), lines);
    assert_result(vpl011_mmio_read(uart, PL011_UARTFR, 4, &fr_in_irq),
                  VPL011_OK);
}

/* A vCPU that sees the line reads UARTFR next. */
static void fr_is_there_before_the_lines(void)
{
    const uint16_t entry = 'x';
    static struct vpl011 uart;
    const struct vpl011_ops ops = {.ctx = &uart, .irq = read_fr_in_irq};

    assert_result(vpl011_init(&uart, NULL, &ops), VPL011_OK);
    assert_result(vpl011_mmio_write(&uart, PL011_UARTIMSC, 4, PL011_INT_RX),
                  VPL011_OK);
    fr_in_irq = PL011_FR_RXFE;
    assert_result(vpl011_rx_push(&uart, &entry, 1), 1);
    assert_int_equal(fr_in_irq & (PL011_FR_RXFE | PL011_FR_RXFF),
                     PL011_FR_RXFF);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(looking_changes_no_byte),
        CASE(taking_events_does_nothing_else),
        CASE(a_save_sends_nothing),
        CASE(a_backend_has_words_of_its_own),
        CASE(input_that_was_not_written_is_zero),
        CASE(a_refused_read_is_zero),
        CASE(a_refused_character_is_offered_once),
        CASE(a_full_backend_has_words_of_its_own),
        CASE(fr_is_there_before_the_lines),
    };

    return run_cases(cases);
}
