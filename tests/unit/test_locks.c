/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Lock ops. The fake host checks at every call that irq and the backend are
 * called under the lock, notify outside it, and that lock and unlock pair up
 * with their saved value.
 */
#include "support.h"

static const struct host_options locked = {
    .locks = true, .pending = true, .enabled = true};

/* P.C5: level and publication are one step for other callers. */
static void every_call_takes_the_lock_once(void)
{
    const uint16_t entry = 'x';
    struct vpl011_counters counters;
    struct vpl011_line line;
    struct host h;
    unsigned int expected = 0;

    /* And once more if it called notify, to see whether further events are due.
     */
#define ONCE(call) \
    do { \
        h.notifies = 0; \
        (void)(call); \
        expected += 1 + h.notifies; \
        assert_int_equal(h.lock_count, expected); \
        assert_int_equal(h.unlock_count, expected); \
    } while (0)

    host_init(&h, &locked);
    h.lock_count = 0;
    h.unlock_count = 0;
    ONCE(vpl011_reset(&h.uart));
    ONCE(vpl011_attach(&h.uart, NULL));
    ONCE(vpl011_attach(&h.uart, &h.far_backend));
    ONCE(vpl011_tick(&h.uart));
    ONCE(vpl011_remind(&h.uart));
    ONCE(vpl011_rx_room(&h.uart));
    ONCE(vpl011_tx_waiting(&h.uart));
    ONCE(vpl011_pause(&h.uart));
    h.loads = true; /* irq tells all six lines */
    ONCE(vpl011_resume(&h.uart));
    h.loads = false;
    ONCE(vpl011_set_clock(&h.uart, 1));
    ONCE(vpl011_mmio_write(&h.uart, PL011_UARTIMSC, 4, 0x7FF));
    ONCE(vpl011_mmio_write(&h.uart, PL011_UARTDR, 4, 'x'));
    ONCE(guest_read(&h, PL011_UARTDR));
    ONCE(vpl011_mmio_write(&h.uart, 0x1001, 8, 0));
    ONCE(vpl011_data_avail(&h.uart));
    ONCE(vpl011_rx_push(&h.uart, &entry, 1));
    ONCE(vpl011_set_modem(&h.uart, 0));
    ONCE(vpl011_get_line(&h.uart, &line));
    ONCE(vpl011_get_counters(&h.uart, &counters));
    ONCE(vpl011_take_events(&h.uart));
    assert_int_not_equal(h.irqs, 0);
    assert_int_not_equal(h.pendings, 0);
#undef ONCE
}

/* FR and the levels are read without the lock, by any vCPU at any time. */
static void fr_and_levels_are_read_without_the_lock(void)
{
    struct host h;

    host_init(&h, &locked);
    h.lock_count = 0;
    guest_read(&h, PL011_UARTFR);
    (void)vpl011_irq_lines(&h.uart);
    assert_int_equal(h.lock_count, 0);
}

/* Nor need registers whose reading takes nothing. */
static void registers_are_read_without_the_lock(void)
{
    static const struct {
        uint32_t offset;
        uint32_t value;
    } quiet[] = {
        {PL011_UARTRSR, 0},
        {PL011_UARTIBRD, 0x123},
        {PL011_UARTLCR_H, 0x70},
        {PL011_UARTCR, 0x301},
        {PL011_UARTIMSC, 0x7FF},
        {PL011_UARTRIS, PL011_INT_TX},
        {PL011_UARTMIS, PL011_INT_TX},
    };
    struct host h;
    size_t i;

    host_init(&h, &locked);
    guest_write(&h, PL011_UARTIBRD, 0x123);
    guest_write(&h, PL011_UARTIMSC, 0x7FF);
    guest_write(&h, PL011_UARTDR, 'x');
    h.lock_count = 0;
    for (i = 0; i < sizeof(quiet) / sizeof(quiet[0]); i++) {
        assert_int_equal(guest_read(&h, quiet[i].offset), quiet[i].value);
    }
    assert_int_equal(h.lock_count, 0);
    /* A read of a write-only register is reported under the lock. */
    (void)guest_read(&h, PL011_UARTICR);
    assert_int_equal(h.lock_count, 1);
}

/* Arguments are checked before the lock: a NULL costs nothing. */
static void refused_calls_leave_the_lock_free(void)
{
    struct host h;
    uint64_t value;

    host_init(&h, &locked);
    h.lock_count = 0;
    h.unlock_count = 0;
    assert_result(vpl011_get_line(&h.uart, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_mmio_read(&h.uart, 3, 8, &value), VPL011_ERR_ACCESS);
    assert_result(vpl011_set_modem(&h.uart, 0x10000), VPL011_ERR_RANGE);
    assert_int_equal(h.lock_count, h.unlock_count);
    assert_false(h.locked);
}

/*
 * A recursive lock: re-entry is still refused, and the lock is dropped as often
 * as it was taken.
 */

static struct {
    struct vpl011 uart;
    int depth;
    unsigned int refused;
} recursive;

static uintptr_t take_recursive(void *ctx)
{
    (void)ctx;
    return (uintptr_t)recursive.depth++;
}

static void drop_recursive(void *ctx, uintptr_t saved)
{
    (void)ctx;
    recursive.depth--;
    assert_int_equal(recursive.depth, saved);
}

static void irq_that_re_enters(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
    assert_int_equal(recursive.depth, 1);
    assert_result(vpl011_data_avail(&recursive.uart), VPL011_ERR_REENTRY);
    assert_int_equal(recursive.depth, 1);
    recursive.refused++;
}

static void re_entry_under_a_recursive_lock_is_refused(void)
{
    const struct vpl011_ops ops = {.irq = irq_that_re_enters,
                                   .lock = take_recursive,
                                   .unlock = drop_recursive};

    memset(&recursive, 0, sizeof(recursive));
    assert_result(vpl011_init(&recursive.uart, NULL, &ops), VPL011_OK);
    vpl011_mmio_write(&recursive.uart, PL011_UARTIMSC, 4, PL011_INT_TX);
    vpl011_mmio_write(&recursive.uart, PL011_UARTDR, 4, 'x');
    assert_int_equal(recursive.refused, 1);
    assert_int_equal(recursive.depth, 0);
    assert_result(vpl011_data_avail(&recursive.uart), 0);
}

/*
 * A lock that may be taken once, as most are, and an op that says who holds it:
 * then re-entry is refused, instead of waiting for itself.
 */
static struct {
    struct vpl011 uart;
    bool held;
    unsigned int asked;
    unsigned int refused;
} owned;

static uintptr_t take_once(void *ctx)
{
    (void)ctx;
    assert_false(owned.held); /* it would wait for itself */
    owned.held = true;
    return 0;
}

static void drop_it(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    owned.held = false;
}

static bool is_held(void *ctx)
{
    (void)ctx;
    owned.asked++;
    return owned.held;
}

static void irq_under_a_lock_with_an_owner(void *ctx, uint32_t lines,
                                           uint32_t changed)
{
    uint64_t value = 1;

    (void)ctx;
    (void)lines;
    (void)changed;
    assert_result(vpl011_data_avail(&owned.uart), VPL011_ERR_REENTRY);
    assert_result(vpl011_mmio_read(&owned.uart, PL011_UARTDR, 4, &value),
                  VPL011_ERR_REENTRY);
    assert_int_equal(value, 0);
    assert_result(vpl011_mmio_write(&owned.uart, PL011_UARTDR, 4, 'x'),
                  VPL011_ERR_REENTRY);
    assert_true(owned.held);
    owned.refused++;
}

static void re_entry_by_the_owner_of_the_lock_is_refused(void)
{
    const struct vpl011_ops ops = {.irq = irq_under_a_lock_with_an_owner,
                                   .lock = take_once,
                                   .unlock = drop_it,
                                   .owner = is_held};

    memset(&owned, 0, sizeof(owned));
    assert_result(vpl011_init(&owned.uart, NULL, &ops), VPL011_OK);
    vpl011_mmio_write(&owned.uart, PL011_UARTIMSC, 4, PL011_INT_TX);
    vpl011_mmio_write(&owned.uart, PL011_UARTDR, 4, 'x');
    assert_int_equal(owned.refused, 1);
    assert_int_equal(owned.asked, 3);
    assert_false(owned.held);
    /* Nobody is asked where the device is not busy. */
    assert_result(vpl011_data_avail(&owned.uart), 0);
    vpl011_mmio_write(&owned.uart, PL011_UARTDR, 4, 'x');
    assert_int_equal(owned.asked, 3);
}

static void answer_from_notify(struct host *h, uint32_t events)
{
    (void)events;
    /* Calls the device: the lock must be free. */
    assert_result(vpl011_data_avail(&h->uart), 0);
    assert_int_equal(vpl011_take_events(&h->uart), 0);
}

/* P.C34: notify runs with the lock dropped, and may call the device. */
static void notify_may_call_the_device(void)
{
    struct host h;

    host_init(&h, &locked);
    h.far.write_event = VPL011_EVENT_FAR_END;
    h.on_notify = answer_from_notify;
    guest_sends(&h, "x");
    assert_int_equal(h.notifies, 1);
    assert_int_equal(h.lock_count, h.unlock_count);
}

/* The same without lock ops. */
static void notify_may_call_the_device_without_locks(void)
{
    struct host h;

    host_init(&h, &host_enabled);
    h.far.write_event = VPL011_EVENT_FAR_END;
    h.on_notify = answer_from_notify;
    guest_sends(&h, "x");
    assert_int_equal(h.notifies, 1);
}

/*
 * Another thread is inside when the call begins, and out of it when the lock is
 * had: that is waiting, no re-entry.
 */
static struct vpl011 waited_for;
static uint32_t guard_between_calls;
static uint32_t guard_in_a_call;

static uintptr_t lock_had_once_it_left(void *ctx)
{
    (void)ctx;
    waited_for.guard = guard_between_calls;
    return 0;
}

static void unlock_nothing(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
}

static void look_at_the_guard(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
    guard_in_a_call = waited_for.guard;
}

static bool another_thread_owns_it(void *ctx)
{
    (void)ctx;
    return false;
}

static void waiting_for_another_call_is_no_reentry(void)
{
    const struct vpl011_ops ops = {.lock = lock_had_once_it_left,
                                   .unlock = unlock_nothing,
                                   .owner = another_thread_owns_it,
                                   .irq = look_at_the_guard};

    assert_result(vpl011_init(&waited_for, NULL, &ops), VPL011_OK);
    guard_between_calls = waited_for.guard;
    assert_result(
        vpl011_mmio_write(&waited_for, PL011_UARTIMSC, 4, PL011_INT_TX),
        VPL011_OK);
    assert_result(vpl011_mmio_write(&waited_for, PL011_UARTDR, 4, 'x'),
                  VPL011_OK);
    assert_int_not_equal(guard_in_a_call, guard_between_calls);
    waited_for.guard = guard_in_a_call;
    assert_result(vpl011_reset(&waited_for), VPL011_OK);
}

static struct vpl011 *raced;
static bool racing;

/* Another vCPU reads FR first, while this one waits for the lock. */
static uintptr_t lock_after_another(void *ctx)
{
    uint64_t value = 0;

    (void)ctx;
    if (racing) {
        racing = false;
        assert_result(vpl011_mmio_read(raced, PL011_UARTFR, 4, &value),
                      VPL011_OK);
        assert_int_equal(value & PL011_FR_TXFF, PL011_FR_TXFF);
    }
    return 0;
}

static void txff_of_a_load_is_shown_to_one_vcpu(void)
{
    const struct vpl011_config config = {
        .flags = VPL011_CFG_NO_IRQ_OP | VPL011_CFG_FIRMWARE_INIT |
                 VPL011_CFG_TXFF_ONCE_PER_LOAD};
    const struct vpl011_ops ops = {.lock = lock_after_another,
                                   .unlock = unlock_nothing};
    struct vpl011 uart;
    uint64_t value = 0;
    unsigned int i;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    for (i = 0; i < PL011_DEPTH_MAX; i++) {
        assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'),
                      VPL011_OK);
    }
    raced = &uart;
    racing = true;
    assert_result(vpl011_mmio_read(&uart, PL011_UARTFR, 4, &value), VPL011_OK);
    assert_false(racing);
    assert_int_equal(value & PL011_FR_TXFF, 0);
}

static void (*first)(struct vpl011 *d);

/* Another vCPU makes an access first, while this one waits. */
static uintptr_t lock_after_what_came_first(void *ctx)
{
    void (*what)(struct vpl011 * d) = first;

    (void)ctx;
    first = NULL;
    if (what) {
        what(raced);
    }
    return 0;
}

static void loops_back(struct vpl011 *d)
{
    assert_result(vpl011_mmio_write(d, PL011_UARTCR, 4, 0x381), VPL011_OK);
}

static void reads_what_came(struct vpl011 *d)
{
    uint64_t value = 0;

    assert_result(vpl011_mmio_read(d, PL011_UARTDR, 4, &value), VPL011_OK);
    assert_int_equal(value, 'y');
}

static struct vpl011_fifo raced_fifo;

/* What it sends does not fit, and there is room right after that. */
static void sends_into_a_full_fifo(struct vpl011 *d)
{
    char bytes[16];

    assert_result(vpl011_mmio_write(d, PL011_UARTDR, 4, 'q'), VPL011_OK);
    assert_int_equal(vpl011_fifo_pop(&raced_fifo, bytes, 16), 16);
}

/* Whether an access has nothing to settle is decided under the lock. */
static void what_another_vcpu_did_first_counts(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {.lock = lock_after_what_came_first,
                                   .unlock = unlock_nothing};
    static uint8_t in[16];
    static uint8_t out[16];
    struct vpl011_backend backend;
    struct vpl011 uart;
    uint64_t value = 0;
    char bytes[16];

    raced = &uart;
    assert_result(vpl011_fifo_init(&raced_fifo, in, 16, out, 16), VPL011_OK);
    assert_result(vpl011_fifo_backend(&raced_fifo, &backend), VPL011_OK);
    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    assert_result(vpl011_attach(&uart, &backend), VPL011_OK);
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'), VPL011_OK);

    /* The transmitter was looped back: the character is received. */
    first = loops_back;
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'y'), VPL011_OK);
    assert_null(first);
    assert_int_equal(vpl011_fifo_pop(&raced_fifo, bytes, sizeof(bytes)), 1);
    assert_int_equal(bytes[0], 'x');

    /* The other vCPU took the character: none is left. */
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'z'), VPL011_OK);
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'w'), VPL011_OK);
    first = reads_what_came;
    assert_result(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value), VPL011_OK);
    assert_null(first);
    assert_int_equal(value, 'z');
    assert_result(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value), VPL011_OK);
    assert_int_equal(value, 'w');
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'y'), VPL011_OK);
    first = reads_what_came;
    assert_result(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value), VPL011_OK);
    assert_int_equal(value, 0);
    assert_result(vpl011_mmio_read(&uart, PL011_UARTFR, 4, &value), VPL011_OK);
    assert_int_equal(value & PL011_FR_RXFE, PL011_FR_RXFE);

    /* The other's character waits, and leaves with this read. */
    assert_int_equal(vpl011_fifo_push(&raced_fifo, "abc", 3), 3);
    assert_result(vpl011_mmio_write(&uart, PL011_UARTCR, 4, 0x301), VPL011_OK);
    assert_result(vpl011_data_avail(&uart), 3);
    while (vpl011_fifo_pop_waiting(&raced_fifo) < 16) {
        assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'),
                      VPL011_OK);
    }
    first = sends_into_a_full_fifo;
    assert_result(vpl011_mmio_read(&uart, PL011_UARTDR, 4, &value), VPL011_OK);
    assert_int_equal(value, 'a');
    assert_int_equal(vpl011_fifo_pop(&raced_fifo, bytes, sizeof(bytes)), 1);
    assert_int_equal(bytes[0], 'q');
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(every_call_takes_the_lock_once),
        CASE(fr_and_levels_are_read_without_the_lock),
        CASE(registers_are_read_without_the_lock),
        CASE(what_another_vcpu_did_first_counts),
        CASE(refused_calls_leave_the_lock_free),
        CASE(re_entry_under_a_recursive_lock_is_refused),
        CASE(re_entry_by_the_owner_of_the_lock_is_refused),
        CASE(notify_may_call_the_device),
        CASE(notify_may_call_the_device_without_locks),
        CASE(waiting_for_another_call_is_no_reentry),
        CASE(txff_of_a_load_is_shown_to_one_vcpu),
    };

    return run_cases(cases);
}
