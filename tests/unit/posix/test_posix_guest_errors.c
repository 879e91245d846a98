/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A guest's mistakes in a log that it cannot flood. */
#include <vpl011/guest_errors.h>

#include "support.h"

#define SECOND UINT64_C(1000000000)

/* The host is first: it is the ops' ctx. */
struct logged {
    struct host host;
    struct vpl011_guest_errors errors;
    uint64_t now;
    char line[VPL011_GUEST_ERROR_TEXT_MAX];
    unsigned int lines;
};

static void log_error(void *ctx, const struct vpl011_guest_error *what)
{
    struct logged *l = ctx;

    if (vpl011_guest_error_text(&l->errors, l->now, what, l->line,
                                sizeof(l->line)) > 0) {
        l->lines++;
    }
}

static void logged_begin(struct logged *l, uint32_t burst, uint32_t per_minute)
{
    static const struct host_options defaults;
    struct vpl011_ops ops;

    memset(l, 0, sizeof(*l));
    l->now = 100 * SECOND;
    host_init(&l->host, NULL);
    ops = host_ops(&l->host, &defaults);
    ops.guest_error = log_error;
    assert_result(vpl011_guest_errors_init(&l->errors, burst, per_minute),
                  VPL011_OK);
    assert_result(vpl011_init(&l->host.uart, NULL, &ops), VPL011_OK);
}

static void bad_read(struct logged *l)
{
    uint64_t value;

    (void)vpl011_mmio_read(&l->host.uart, 1, 8, &value);
}

static void each_mistake_has_its_line(void)
{
    struct logged l;

    logged_begin(&l, 10, 60);
    bad_read(&l);
    assert_string_equal(l.line, "guest read at 0x001, 8 bytes: "
                                "no access that a bus allows");
    guest_write(&l.host, 0x050, 0x1234);
    assert_string_equal(l.line, "guest write at 0x050, 4 bytes, 0x1234: "
                                "no register there");
    guest_write(&l.host, PL011_UARTRIS, 1);
    assert_string_equal(l.line, "guest write at 0x03c, 4 bytes, 0x1: "
                                "the register is read-only");
    guest_read(&l.host, PL011_UARTICR);
    assert_string_equal(l.line, "guest read at 0x044, 4 bytes: "
                                "the register is write-only");
    vpl011_attach(&l.host.uart, NULL);
    guest_write(&l.host, PL011_UARTTCR, PL011_TCR_TESTFIFO); /* holds TX */
    guest_sends_count(&l.host, 65);
    assert_string_equal(l.line, "guest write at 0x000, 1 byte, 0x6d: "
                                "the TX FIFO was full");
    assert_int_equal(l.lines, 5);
}

static void a_flood_is_a_burst_and_then_a_rate(void)
{
    struct logged l;
    unsigned int i;

    logged_begin(&l, 5, 30);
    for (i = 0; i < 100000; i++) {
        bad_read(&l);
    }
    assert_int_equal(l.lines, 5);
    l.now += 2 * SECOND - 1;
    bad_read(&l);
    assert_int_equal(l.lines, 5);
    l.now++;
    bad_read(&l);
    assert_int_equal(l.lines, 6);
    assert_string_equal(l.line, "guest read at 0x001, 8 bytes: no access that "
                                "a bus allows (99996 more before)");
    for (i = 0; i < 60 * 1000; i++) {
        bad_read(&l);
        l.now += SECOND / 1000;
    }
    assert_int_equal(l.lines, 6 + 29);
    l.now += 1000 * SECOND;
    for (i = 0; i < 10; i++) {
        bad_read(&l);
    }
    assert_int_equal(l.lines, 6 + 29 + 5);
}

static void one_kind_does_not_hide_another(void)
{
    struct logged l;
    unsigned int i;

    logged_begin(&l, 1, 1);
    for (i = 0; i < 10; i++) {
        bad_read(&l);
    }
    guest_read(&l.host, PL011_UARTICR);
    assert_int_equal(l.lines, 2);
}

/* A kind of a later version of the core. */
static void an_unknown_kind_is_a_mistake_too(void)
{
    const struct vpl011_guest_error what = {.kind = 99, .size = 4};
    struct logged l;

    logged_begin(&l, 1, 1);
    log_error(&l, &what);
    assert_string_equal(l.line, "guest read at 0x000, 4 bytes: a mistake");
}

static void host_mistakes_are_named(void)
{
    const struct vpl011_guest_error what = {.kind = 1};
    struct vpl011_guest_errors e;
    char line[8] = "";

    assert_result(vpl011_guest_errors_init(NULL, 1, 1), VPL011_ERR_NULL);
    assert_int_equal(vpl011_guest_errors_sizeof(), sizeof(e));
    assert_result(vpl011_guest_errors_init_sized(&e, sizeof(e) - 1, 1, 1),
                  VPL011_ERR_ABI);
    assert_result(vpl011_guest_errors_init(&e, 0, 1), VPL011_ERR_RANGE);
    assert_result(vpl011_guest_errors_init(&e, 1, 0), VPL011_ERR_RANGE);
    assert_result(
        vpl011_guest_errors_init(&e, VPL011_GUEST_ERROR_BURST_MAX + 1, 1),
        VPL011_ERR_RANGE);
    assert_result(vpl011_guest_errors_init(&e, VPL011_GUEST_ERROR_BURST_MAX, 1),
                  VPL011_OK);
    assert_result(vpl011_guest_error_text(NULL, 0, &what, line, 8),
                  VPL011_ERR_NULL);
    assert_result(vpl011_guest_error_text(&e, 0, NULL, line, 8),
                  VPL011_ERR_NULL);
    assert_result(vpl011_guest_error_text(&e, 0, &what, NULL, 8),
                  VPL011_ERR_NULL);
    assert_result(vpl011_guest_error_text(&e, 0, &what, line, 0),
                  VPL011_ERR_SIZE);
    assert_true(vpl011_guest_error_text(&e, 0, &what, line, 8) > 8);
    assert_string_equal(line, "guest r");
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_mistake_has_its_line),
        CASE(a_flood_is_a_burst_and_then_a_rate),
        CASE(one_kind_does_not_hide_another),
        CASE(an_unknown_kind_is_a_mistake_too),
        CASE(host_mistakes_are_named),
    };

    return run_cases(cases);
}
