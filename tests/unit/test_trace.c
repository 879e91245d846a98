/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The trace op: what it is given, when, and that it changes nothing. */
#include "support.h"

#define RECORDS_MAX 64

/* A fake host that keeps a trace. The host is first: it is the ops' ctx. */
struct traced {
    struct host host;
    struct vpl011_trace records[RECORDS_MAX];
    struct vpl011_counters counters[RECORDS_MAX];
    size_t logged_before[RECORDS_MAX]; /* what the host had logged by then */
    bool was_locked[RECORDS_MAX];
    int reentry; /* what the device said to a call from the op */
    size_t count;
};

static void keep(void *ctx, const struct vpl011_trace *trace)
{
    struct traced *t = ctx;
    uint64_t value;

    if (t->count < RECORDS_MAX) {
        t->records[t->count] = *trace;
        t->counters[t->count] = *trace->counters;
        t->logged_before[t->count] = t->host.log_count;
        t->was_locked[t->count] = t->host.locked;
    }
    t->count++;
    if (!t->host.locks) {
        t->reentry = vpl011_mmio_read(&t->host.uart, PL011_UARTRIS, 4, &value);
    }
}

static void trace_begin(struct traced *t, const struct host_options *options)
{
    static const struct host_options defaults;
    struct vpl011_ops ops;

    options = options ? options : &defaults;
    memset(t, 0, sizeof(*t));
    host_init(&t->host, options);
    ops = host_ops(&t->host, options);
    ops.trace = keep;
    assert_result(vpl011_init(&t->host.uart, &options->config, &ops),
                  VPL011_OK);
    assert_result(vpl011_attach(&t->host.uart, &t->host.far_backend),
                  VPL011_OK);
    host_forget(&t->host);
    t->count = 0;
}

#define assert_record(t, i, wanted_kind, wanted_offset, wanted_value) \
    do { \
        assert_true((i) < (t)->count); \
        assert_int_equal((t)->records[i].kind, wanted_kind); \
        assert_int_equal((t)->records[i].offset, wanted_offset); \
        assert_int_equal((t)->records[i].value, wanted_value); \
    } while (0)

/* No access: what says which is 0. */
#define assert_settled(t, i, events) \
    do { \
        assert_record(t, i, VPL011_TRACE_SETTLED, 0, events); \
        assert_int_equal((t)->records[i].size, 0); \
        assert_int_equal((t)->records[i].reserved, 0); \
    } while (0)

static void access_is_told_before_what_it_causes(void)
{
    struct traced t;

    trace_begin(&t, NULL);
    guest_write(&t.host, PL011_UARTIMSC, PL011_INT_TX);
    t.host.far.write_event = VPL011_EVENT_FAR_END;
    t.count = 0;
    guest_write(&t.host, PL011_UARTDR, 'x');
    assert_int_equal(t.count, 2);
    assert_record(&t, 0, VPL011_TRACE_WRITE, PL011_UARTDR, 'x');
    assert_int_equal(t.records[0].size, 4);
    assert_int_equal(t.logged_before[0], 0);
    /* The line is high and was reported; notify comes after this record. */
    assert_settled(&t, 1, VPL011_EVENT_FAR_END);
    assert_int_equal(t.records[1].irq_lines,
                     VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    assert_int_equal(t.logged_before[1], 1);
    assert_int_equal(t.host.log[0].call, HOST_IRQ);
    assert_int_equal(t.host.log[1].call, HOST_NOTIFY);
}

/* UARTFR reads take the short path only without a trace op. */
static void every_read_is_told_with_its_value(void)
{
    static const uint32_t regs[] = {
        PL011_UARTFR, PL011_UARTCR, PL011_UARTRIS, PL011_UARTDR,
        PL011_UARTFR, 0x010,        0xFE8,
    };
    struct traced t;
    size_t i;

    trace_begin(&t, NULL);
    for (i = 0; i < sizeof(regs) / sizeof(regs[0]); i++) {
        uint32_t value;

        t.count = 0;
        value = guest_read(&t.host, regs[i]);
        assert_int_equal(t.count, 2);
        assert_record(&t, 0, VPL011_TRACE_READ, regs[i], value);
        assert_settled(&t, 1, 0);
    }
}

/* Before anything was attached or settled too. */
static void first_read_of_a_device_is_told(void)
{
    static const struct host_options defaults;
    struct traced t;
    struct vpl011_ops ops;
    uint32_t value;

    memset(&t, 0, sizeof(t));
    host_init(&t.host, &defaults);
    ops = host_ops(&t.host, &defaults);
    ops.trace = keep;
    assert_result(vpl011_init(&t.host.uart, &defaults.config, &ops), VPL011_OK);
    t.count = 0;
    value = guest_read(&t.host, PL011_UARTFR);
    assert_int_equal(t.count, 2);
    assert_record(&t, 0, VPL011_TRACE_READ, PL011_UARTFR, value);
}

static void bad_access_is_told_as_it_was(void)
{
    struct traced t;
    uint64_t value;

    trace_begin(&t, NULL);
    assert_result(
        vpl011_mmio_write(&t.host.uart, UINT64_C(1) << 40, 8, UINT64_MAX),
        VPL011_ERR_ACCESS);
    assert_record(&t, 0, VPL011_TRACE_WRITE, UINT64_C(1) << 40, UINT64_MAX);
    assert_int_equal(t.records[0].size, 8);
    assert_int_equal(t.counters[1].bad_accesses, 1);
    assert_result(vpl011_mmio_read(&t.host.uart, 1, 1, &value),
                  VPL011_ERR_ACCESS);
    assert_record(&t, 2, VPL011_TRACE_READ, 1, 0);
    assert_int_equal(t.counters[3].bad_accesses, 2);
    assert_int_equal(t.count, 4);
}

/* What moved is the difference between one SETTLED and the next. */
static void settled_tells_what_moved_and_what_is_left(void)
{
    struct traced t;

    trace_begin(&t, &host_enabled);
    guest_write(&t.host, PL011_UARTLCR_H, 0x70);
    far_end_takes(&t.host, 3);
    t.count = 0;
    guest_sends(&t.host, "abcde");
    assert_int_equal(t.count, 10);
    assert_int_equal(t.counters[9].tx_bytes, 3);
    assert_int_equal(t.records[9].tx_fill, 2);
    t.count = 0;
    far_end_types(&t.host, "hello");
    assert_int_equal(t.count, 1);
    assert_settled(&t, 0, 0);
    assert_int_equal(t.records[0].rx_fill, 5);
    assert_int_equal(t.counters[0].rx_bytes, 5);
    t.count = 0;
    assert_result(vpl011_reset(&t.host.uart), VPL011_OK);
    assert_int_equal(t.count, 1);
    assert_int_equal(t.counters[0].tx_flushed, 2);
    assert_int_equal(t.counters[0].rx_flushed, 5);
}

/* Without a notify op the events stay, and each record shows them. */
static void events_that_nobody_took_are_told_again(void)
{
    static const struct host_options options = {.no_notify = true};
    struct traced t;

    trace_begin(&t, &options);
    vpl011_take_events(&t.host.uart);
    t.host.far.write_event = VPL011_EVENT_FAR_END;
    t.count = 0;
    guest_sends(&t.host, "x");
    t.host.far.write_event = 0;
    guest_read(&t.host, PL011_UARTRIS);
    assert_settled(&t, 1, VPL011_EVENT_FAR_END);
    assert_settled(&t, 3, VPL011_EVENT_FAR_END);
    assert_int_equal(vpl011_take_events(&t.host.uart), VPL011_EVENT_FAR_END);
    guest_read(&t.host, PL011_UARTRIS);
    assert_int_equal(t.records[t.count - 1].value, 0);
}

static void op_runs_under_the_lock_and_may_not_call_the_device(void)
{
    static const struct host_options locks = {.locks = true};
    struct traced t;
    size_t i;

    trace_begin(&t, &locks);
    guest_sends(&t.host, "x");
    guest_read(&t.host, PL011_UARTFR);
    assert_int_equal(t.count, 4);
    for (i = 0; i < t.count; i++) {
        assert_true(t.was_locked[i]);
    }
    assert_int_equal(t.host.lock_count, t.host.unlock_count);
    trace_begin(&t, NULL);
    guest_read(&t.host, PL011_UARTFR);
    assert_result(t.reentry, VPL011_ERR_REENTRY);
}

/* One random guest, once watched and once not: the same to everybody. */
static void tracing_changes_nothing_that_is_seen(void)
{
    static const uint32_t regs[] = {
        PL011_UARTDR,   PL011_UARTFR,  PL011_UARTLCR_H, PL011_UARTCR,
        PL011_UARTIFLS, PL011_UARTRIS, PL011_UARTIMSC,  PL011_UARTMIS,
        PL011_UARTICR,  PL011_UARTTCR, PL011_UARTRSR,   PL011_UARTTDR,
    };
    static struct traced watched;
    static struct host alone;
    struct vpl011_counters a;
    struct vpl011_counters b;
    uint32_t seed = 0x7AC3;
    unsigned int i;

    trace_begin(&watched, NULL);
    host_init(&alone, NULL);
    host_forget(&alone);
    for (i = 0; i < 20000; i++) {
        struct host *const both[2] = {&watched.host, &alone};
        const uint32_t r = next_random(&seed);
        const uint32_t reg = regs[(r >> 4) % 12];
        const uint32_t value = (r >> 8) & 0xFFFF;
        uint32_t seen[2] = {0, 0};
        unsigned int k;

        for (k = 0; k < 2; k++) {
            if (r % 16 == 0) {
                far_end_takes(both[k], r >> 27);
            } else if (r % 16 == 1 && far_end_waiting(both[k]) < 64) {
                both[k]->far.input_first = both[k]->far.input_end = 0;
                far_end_types_count(both[k], (r >> 26) + 1);
            } else if (r % 2 == 0) {
                guest_write(both[k], reg, value);
            } else {
                seen[k] = guest_read(both[k], reg);
            }
            both[k]->far.sent_count %= 4096;
        }
        assert_int_equal(seen[0], seen[1]);
        assert_int_equal(watched.host.lines, alone.lines);
        assert_int_equal(watched.host.irqs, alone.irqs);
        assert_int_equal(watched.host.notifies, alone.notifies);
    }
    assert_result(vpl011_get_counters(&watched.host.uart, &a), VPL011_OK);
    assert_result(vpl011_get_counters(&alone.uart, &b), VPL011_OK);
    assert_memory_equal(&a, &b, sizeof(a));
    assert_true(a.tx_bytes > 0 && a.rx_read > 0 && a.tx_flushed > 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(access_is_told_before_what_it_causes),
        CASE(every_read_is_told_with_its_value),
        CASE(first_read_of_a_device_is_told),
        CASE(bad_access_is_told_as_it_was),
        CASE(settled_tells_what_moved_and_what_is_left),
        CASE(events_that_nobody_took_are_told_again),
        CASE(op_runs_under_the_lock_and_may_not_call_the_device),
        CASE(tracing_changes_nothing_that_is_seen),
    };

    return run_cases(cases);
}
