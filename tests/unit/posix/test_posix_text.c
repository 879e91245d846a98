/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The device as text: traces, states and counters. */
#include <vpl011/text.h>

#include <stdlib.h>

#include "support.h"

/* A fake host whose trace is lines. The host is first: it is the ops' ctx. */
struct told {
    struct host host;
    struct vpl011_trace_text text;
    char lines[16][VPL011_TRACE_TEXT_MAX];
    size_t count;
};

static void tell(void *ctx, const struct vpl011_trace *what)
{
    struct told *t = ctx;
    char *line = t->lines[t->count % 16];

    if (vpl011_trace_text(&t->text, what, line, sizeof(t->lines[0])) > 0) {
        t->count++;
    }
}

static void told_begin(struct told *t, uint32_t flags)
{
    static const struct host_options defaults;
    struct vpl011_ops ops;

    memset(t, 0, sizeof(*t));
    host_init(&t->host, NULL);
    ops = host_ops(&t->host, &defaults);
    ops.trace = tell;
    assert_result(vpl011_trace_text_init(&t->text, NULL, flags), VPL011_OK);
    assert_result(vpl011_init(&t->host.uart, NULL, &ops), VPL011_OK);
    assert_result(vpl011_attach(&t->host.uart, &t->host.far_backend),
                  VPL011_OK);
    host_forget(&t->host);
    t->count = 0;
}

#define assert_line(t, i, expected) \
    do { \
        assert_true((i) < (t)->count); \
        assert_string_equal((t)->lines[i], expected); \
    } while (0)

static void accesses_are_registers_and_bits(void)
{
    struct told t;

    told_begin(&t, 0);
    guest_read(&t.host, PL011_UARTFR);
    guest_write(&t.host, PL011_UARTLCR_H, 0x70);
    guest_write(&t.host, PL011_UARTLCR_H, 0x8F);
    guest_write(&t.host, PL011_UARTCR, 0x301);
    guest_write(&t.host, PL011_UARTIFLS, 0x0C);
    guest_write(&t.host, PL011_UARTIBRD, 13);
    guest_write_sized(&t.host, PL011_UARTICR, 2, 0x7F0);
    guest_read(&t.host, 0xFE8);
    assert_int_equal(t.count, 10);
    assert_line(&t, 0,
                "read   UARTFR        0x00000097  TXFE|RXFE|CTS|DSR|DCD");
    assert_line(&t, 1, "write  UARTLCR_H     0x00000070  8N1 FEN");
    assert_line(&t, 2, "  -> notify LINE");
    assert_line(&t, 3, "write  UARTLCR_H     0x0000008f  5S2 BRK");
    assert_line(&t, 4, "  -> notify LINE");
    assert_line(&t, 5, "write  UARTCR        0x00000301  UARTEN|TXE|RXE");
    assert_line(&t, 6, "write  UARTIFLS      0x0000000c  RX 1/4, TX 7/8");
    assert_line(&t, 7, "write  UARTIBRD      0x0000000d");
    assert_line(&t, 8, "write  UARTICR       0x07f0      TX|RX|RT|OE|BE|PE|FE");
    assert_line(&t, 9, "read   UARTPeriphID2 0x00000034");
}

static void characters_and_what_became_of_them(void)
{
    struct told t;

    told_begin(&t, 0);
    guest_write(&t.host, PL011_UARTIMSC, PL011_INT_TX | PL011_INT_RT);
    t.host.far.write_event = VPL011_EVENT_FAR_END;
    t.count = 0;
    guest_sends(&t.host, "\n");
    assert_line(&t, 0, "write  UARTDR        0x0a        '\\n'");
    assert_line(&t, 1,
                "  -> 1 sent, UARTINTR|UARTTXINTR raised, notify FAR_END");
    far_end_types(&t.host, "k");
    assert_line(&t, 2, "  -> 1 received, UARTRTINTR raised");
    guest_read(&t.host, PL011_UARTDR);
    assert_line(&t, 3, "read   UARTDR        0x0000006b  'k'");
    assert_line(&t, 4, "  -> UARTRTINTR lowered");
    assert_int_equal(t.count, 5);
}

static void losses_are_told(void)
{
    struct told t;

    told_begin(&t, VPL011_TEXT_COLOUR);
    far_end_holds(&t.host);
    guest_write(&t.host, PL011_UARTDR, 'a');
    t.count = 0;
    assert_result(vpl011_reset(&t.host.uart), VPL011_OK);
    assert_line(&t, 0, "  -> \033[31m1 flushed from the TX FIFO\033[0m");
    assert_int_equal(t.count, 1);
}

static void accesses_that_no_register_has(void)
{
    struct told t;
    uint64_t value;

    told_begin(&t, 0);
    vpl011_mmio_read(&t.host.uart, UINT64_MAX, UINT32_MAX, &value);
    vpl011_mmio_write(&t.host.uart, 1, 1, 0x41);
    assert_line(&t, 0, "read   0xffffffffffffffff 0x0000000000000000");
    assert_line(&t, 1, "  -> 1 bad access");
    assert_line(&t, 2, "write  0x1           0x41");
    assert_line(&t, 3, "  -> 1 bad access");
    assert_int_equal(t.count, 4);
}

/* A line that does not fit is cut, terminated, and says how long it is. */
static void short_memory_is_never_overrun(void)
{
    const struct vpl011_counters counters = {.tx_bytes = 5};
    const struct vpl011_trace what = {
        .kind = VPL011_TRACE_READ,
        .size = 4,
        .offset = PL011_UARTFR,
        .value = 0x97,
        .counters = &counters,
    };
    struct vpl011_trace_text text;
    char whole[VPL011_TRACE_TEXT_MAX];
    char line[VPL011_TRACE_TEXT_MAX];
    int length;
    size_t size;

    assert_result(vpl011_trace_text_init(&text, NULL, 0), VPL011_OK);
    length = vpl011_trace_text(&text, &what, whole, sizeof(whole));
    assert_int_equal(length, strlen(whole));
    for (size = 1; size <= (size_t)length; size++) {
        memset(line, '#', sizeof(line));
        assert_int_equal(vpl011_trace_text(&text, &what, line, size), length);
        assert_int_equal(strlen(line), size - 1);
        assert_memory_equal(line, whole, size - 1);
        assert_int_equal(line[size], '#');
    }
}

/* Everything at once stays within what the header promises. */
static void longest_line_and_pages_fit(void)
{
    struct vpl011_counters counters;
    struct vpl011_state state;
    struct vpl011_trace what = {.kind = VPL011_TRACE_SETTLED,
                                .value = UINT64_MAX,
                                .irq_lines = UINT32_MAX,
                                .tx_fill = UINT32_MAX,
                                .counters = &counters};
    struct vpl011_trace_text text;
    char page[VPL011_TEXT_MAX];
    int length;

    memset(&counters, 0xFF, sizeof(counters));
    memset(&state, 0xFF, sizeof(state));
    assert_result(vpl011_trace_text_init(&text, NULL, VPL011_TEXT_COLOUR),
                  VPL011_OK);
    length = vpl011_trace_text(&text, &what, page, sizeof(page));
    assert_in_range(length, 100, VPL011_TRACE_TEXT_MAX - 1);
    length = vpl011_state_text(&state, VPL011_TEXT_COLOUR, page, sizeof(page));
    assert_in_range(length, 100, VPL011_TEXT_MAX - 1);
    length =
        vpl011_counters_text(&counters, VPL011_TEXT_COLOUR, page, sizeof(page));
    assert_in_range(length, 100, VPL011_TEXT_MAX - 1);
}

/* The page has a line for each member of the field list, and the FIFOs. */
static void state_has_a_line_for_each_member(void)
{
    static const char *const names[] = {
#define NAME(id, bits, name, mask) #name,
        VPL011_STATE_FIELDS(NAME)
#undef NAME
    };
    struct vpl011_state state;
    struct host h;
    char page[VPL011_TEXT_MAX];
    const char *line = page;
    size_t i;

    host_init(&h, &host_enabled);
    far_end_holds(&h);
    guest_sends(&h, "ab\r");
    far_end_types(&h, "'");
    assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
    assert_in_range(vpl011_state_text(&state, 0, page, sizeof(page)), 1,
                    sizeof(page) - 1);
    for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        assert_int_equal(strncmp(line, names[i], strlen(names[i])), 0);
        line = strchr(line, '\n');
        assert_true(line != NULL);
        line++;
    }
    assert_string_equal(line, "tx                3           'a' 'b' '\\r'\n"
                              "rx                1           '\\''\n");
    assert_non_null(
        strstr(page, "cr                0x0301      UARTEN|TXE|RXE\n"));
    assert_non_null(strstr(page, "lcr_h             0x70        8N1 FEN\n"));
    assert_non_null(strstr(page, "revision          0x00        r1p5\n"));
}

/* One line for each counter, in the order of the structure. */
static void counters_have_a_line_each(void)
{
    struct vpl011_counters counters;
    uint64_t *const each = (uint64_t *)&counters;
    const size_t count = sizeof(counters) / sizeof(uint64_t);
    char page[VPL011_TEXT_MAX];
    char *line = page;
    size_t i;

    for (i = 0; i < count; i++) {
        each[i] = 1000 + i;
    }
    assert_true(vpl011_counters_text(&counters, 0, page, sizeof(page)) > 0);
    for (i = 0; i < count; i++) {
        assert_int_equal(strtoul(line + 18, &line, 10), 1000 + i);
        line = strchr(line, '\n') + 1;
    }
    assert_int_equal(*line, '\0');
}

static void misuse_is_named_and_writes_nothing(void)
{
    struct vpl011_counters counters = {0};
    struct vpl011_state state = {0};
    struct vpl011_trace what = {.counters = &counters};
    struct vpl011_trace_text text;
    char c = '#';

    assert_result(vpl011_trace_text_init(NULL, NULL, 0), VPL011_ERR_NULL);
    assert_int_equal(vpl011_trace_text_sizeof(), sizeof(text));
    assert_result(
        vpl011_trace_text_init_sized(&text, sizeof(text) - 1, NULL, 0, 0),
        VPL011_ERR_ABI);
    /* A caller that knows fewer counters has the others at 0. */
    memset(&counters, 0xA5, sizeof(counters));
    assert_result(
        vpl011_trace_text_init_sized(&text, sizeof(text), &counters, 8, 0),
        VPL011_OK);
    assert_true(text.counters.tx_bytes == counters.tx_bytes);
    assert_true(text.counters.tx_dropped == 0);
    assert_result(vpl011_trace_text_init(&text, NULL, 2), VPL011_ERR_FLAGS);
    assert_result(vpl011_trace_text_init(&text, &counters, 0), VPL011_OK);
    assert_result(vpl011_trace_text(NULL, &what, &c, 1), VPL011_ERR_NULL);
    assert_result(vpl011_trace_text(&text, NULL, &c, 1), VPL011_ERR_NULL);
    assert_result(vpl011_trace_text(&text, &what, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_trace_text(&text, &what, &c, 0), VPL011_ERR_SIZE);
    assert_result(vpl011_state_text(NULL, 0, &c, 1), VPL011_ERR_NULL);
    assert_result(vpl011_state_text(&state, 0, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_state_text(&state, 0, &c, 0), VPL011_ERR_SIZE);
    assert_result(vpl011_state_text(&state, 2, &c, 1), VPL011_ERR_FLAGS);
    assert_result(vpl011_counters_text(NULL, 0, &c, 1), VPL011_ERR_NULL);
    assert_result(vpl011_counters_text(&counters, 0, NULL, 1), VPL011_ERR_NULL);
    assert_result(vpl011_counters_text(&counters, 0, &c, 0), VPL011_ERR_SIZE);
    assert_result(vpl011_counters_text(&counters, 2, &c, 1), VPL011_ERR_FLAGS);
    assert_int_equal(c, '#');
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(accesses_are_registers_and_bits),
        CASE(characters_and_what_became_of_them),
        CASE(losses_are_told),
        CASE(accesses_that_no_register_has),
        CASE(short_memory_is_never_overrun),
        CASE(longest_line_and_pages_fit),
        CASE(state_has_a_line_for_each_member),
        CASE(counters_have_a_line_each),
        CASE(misuse_is_named_and_writes_nothing),
    };

    return run_cases(cases);
}
