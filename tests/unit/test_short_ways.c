/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The short paths have the effects of the long path. Four devices get the same
 * random accesses and host calls: one with a trace op, which always takes the
 * long path, one without ops, one with lock ops, and one whose backend has no
 * put op. After each step they have the same state, and the guest and the host
 * have seen the same.
 */
#include "support.h"

#include <vpl011/state.h>

enum kind { LONG_WAY, PLAIN, LOCKED, NO_PUT, KINDS };

struct one {
    struct vpl011 uart;
    struct vpl011_fifo fifo;
    uint8_t in[16];
    uint8_t out[8];
    uint32_t events;
    unsigned int notifies;
    uint32_t lines;
    unsigned int held;
};

static struct one ones[KINDS];

static void tell_lines(void *ctx, uint32_t lines, uint32_t changed)
{
    struct one *o = ctx;

    (void)changed;
    o->lines = lines;
}

static void tell_events(void *ctx, uint32_t events)
{
    struct one *o = ctx;

    assert_int_equal(o->held, 0);
    o->events |= events;
    o->notifies++;
}

static void look_on(void *ctx, const struct vpl011_trace *trace)
{
    (void)ctx;
    (void)trace;
}

static uintptr_t take(void *ctx)
{
    struct one *o = ctx;

    assert_int_equal(o->held++, 0);
    return 0x011;
}

static void drop(void *ctx, uintptr_t saved)
{
    struct one *o = ctx;

    assert_int_equal(saved, 0x011);
    assert_int_equal(--o->held, 0);
}

static void start(uint32_t flags)
{
    const struct vpl011_config config = {.flags = flags};
    int k;

    memset(ones, 0, sizeof(ones));
    for (k = 0; k < KINDS; k++) {
        struct one *o = &ones[k];
        const struct vpl011_ops ops = {
            .ctx = o,
            .irq = tell_lines,
            .notify = tell_events,
            .trace = k == LONG_WAY ? look_on : NULL,
            .lock = k == LOCKED ? take : NULL,
            .unlock = k == LOCKED ? drop : NULL,
        };
        struct vpl011_backend backend;

        assert_result(vpl011_fifo_init(&o->fifo, o->in, sizeof(o->in), o->out,
                                       sizeof(o->out)),
                      VPL011_OK);
        assert_result(vpl011_fifo_backend(&o->fifo, &backend), VPL011_OK);
        if (k == NO_PUT) {
            backend.put = NULL;
        }
        assert_result(vpl011_init(&o->uart, &config, &ops), VPL011_OK);
        assert_result(vpl011_attach(&o->uart, &backend), VPL011_OK);
    }
}

static uint32_t seed;

static uint32_t any(uint32_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 17;
    seed ^= seed << 5;
    return (seed >> 8) % below;
}

/* What one of them answered. */
struct answer {
    int result;
    uint64_t value;
    uint8_t bytes[8];
};

static void step(struct one *o, uint32_t what, uint32_t offset, uint32_t value,
                 struct answer *a)
{
    static const unsigned int sizes[] = {4, 4, 4, 2, 1, 8};
    const unsigned int size = sizes[value % 6];

    switch (what) {
    case 0:
    case 1:
    case 2:
        a->result = vpl011_mmio_read(&o->uart, offset, size, &a->value);
        break;
    case 3:
    case 4:
        a->result = vpl011_mmio_write(&o->uart, offset, size, value);
        break;
    case 5:
        a->result = vpl011_mmio_write(&o->uart, PL011_UARTDR, 4, value);
        break;
    case 6:
        a->result = (int)vpl011_fifo_push(&o->fifo, "abcdefgh", value % 9);
        break;
    case 7:
        a->result =
            (int)vpl011_fifo_pop(&o->fifo, a->bytes, value % 3 ? 8 : value % 9);
        break;
    case 8:
        a->result = vpl011_data_avail(&o->uart);
        break;
    case 9:
        a->result = vpl011_tick(&o->uart);
        break;
    default:
        a->result = value % 8 ? 0 : vpl011_reset(&o->uart);
        break;
    }
}

static void assert_same(const struct one *a, const struct one *b)
{
    struct vpl011_counters counters[2];
    struct vpl011_state state[2];
    const char *differs;

    assert_result(vpl011_state_get((struct vpl011 *)&a->uart, &state[0]),
                  VPL011_OK);
    assert_result(vpl011_state_get((struct vpl011 *)&b->uart, &state[1]),
                  VPL011_OK);
    differs = vpl011_state_diff(&state[0], &state[1]);
    assert_string_equal(differs ? differs : "", "");
    assert_result(vpl011_get_counters((struct vpl011 *)&a->uart, &counters[0]),
                  VPL011_OK);
    assert_result(vpl011_get_counters((struct vpl011 *)&b->uart, &counters[1]),
                  VPL011_OK);
    assert_memory_equal(&counters[0], &counters[1], sizeof(counters[0]));
    assert_int_equal(a->events, b->events);
    assert_int_equal(a->notifies, b->notifies);
    assert_int_equal(a->lines, b->lines);
    assert_int_equal(vpl011_irq_lines(&a->uart), vpl011_irq_lines(&b->uart));
}

static void short_ways_do_what_the_long_way_does(void)
{
    static const uint32_t flags[] = {0, VPL011_CFG_FIRMWARE_INIT,
                                     VPL011_CFG_STRICT_INTERRUPTS,
                                     VPL011_CFG_TXFF_ONCE_PER_LOAD};
    static const uint16_t offsets[] = {
        PL011_UARTDR,    PL011_UARTDR,    PL011_UARTDR,   PL011_UARTFR,
        PL011_UARTFR,    PL011_UARTRSR,   PL011_UARTIBRD, PL011_UARTFBRD,
        PL011_UARTLCR_H, PL011_UARTCR,    PL011_UARTIFLS, PL011_UARTIMSC,
        PL011_UARTIMSC,  PL011_UARTRIS,   PL011_UARTMIS,  PL011_UARTICR,
        PL011_UARTICR,   PL011_UARTDMACR, PL011_UARTTCR,  PL011_UARTITIP,
        PL011_UARTTDR,   0xFE0,           0x001,          0x050};
    unsigned int course;
    unsigned int i;
    int k;

    for (course = 0; course < 64; course++) {
        seed = 0x011 + course * 0x9E3779B9u;
        start(flags[course % 4]);
        for (i = 0; i < 500; i++) {
            const uint32_t what = any(11);
            const uint32_t offset = offsets[any(sizeof(offsets) / 2)];
            uint32_t value = any(0x10000);
            struct answer answers[KINDS];

            /* Mostly on, with FIFOs, and neither a BREAK nor a test mode. */
            if (offset == PL011_UARTCR && value % 8) {
                value = 0x301 | (value & 0x80 & (value >> 4));
            } else if (offset == PL011_UARTLCR_H && value % 8) {
                value = 0x70;
            } else if (offset == PL011_UARTTCR) {
                value &= value >> 8;
            }
            memset(answers, 0, sizeof(answers));
            for (k = 0; k < KINDS; k++) {
                step(&ones[k], what, offset, value, &answers[k]);
                assert_memory_equal(&answers[k], &answers[0],
                                    sizeof(answers[0]));
            }
            assert_same(&ones[PLAIN], &ones[LONG_WAY]);
            assert_same(&ones[LOCKED], &ones[LONG_WAY]);
            assert_same(&ones[NO_PUT], &ones[LONG_WAY]);
        }
    }
}

static int reentries;
static int puts_;

/* A backend that reads the device while it is given a character. */
static size_t write_and_enter(void *ctx, const uint8_t *bytes, size_t count,
                              uint32_t *events)
{
    uint64_t value = 1;

    (void)bytes;
    (void)events;
    assert_result(vpl011_mmio_read(ctx, PL011_UARTDR, 4, &value),
                  VPL011_ERR_REENTRY);
    assert_int_equal(value, 0);
    reentries++;
    return count;
}

static uint32_t put_and_enter(void *ctx, uint8_t character)
{
    uint32_t events = 0;

    (void)write_and_enter(ctx, &character, 1, &events);
    puts_++;
    return VPL011_BACKEND_TAKEN;
}

static void a_backend_is_refused_on_the_short_way_too(void)
{
    const struct vpl011_config config = {.flags = VPL011_CFG_NO_IRQ_OP |
                                                  VPL011_CFG_FIRMWARE_INIT};
    const struct vpl011_ops ops = {0};
    struct vpl011 uart;
    struct vpl011_backend backend;
    int i;

    assert_result(vpl011_init(&uart, &config, &ops), VPL011_OK);
    backend = uart.backend;
    backend.write = write_and_enter;
    backend.put = put_and_enter;
    backend.ctx = &uart;
    assert_result(vpl011_attach(&uart, &backend), VPL011_OK);
    (void)vpl011_take_events(&uart);
    reentries = 0;
    puts_ = 0;
    for (i = 1; i <= 3; i++) {
        assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'),
                      VPL011_OK);
        assert_int_equal(reentries, i);
    }
    assert_int_equal(puts_, 2); /* the first sets TXRIS, and is written */
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(short_ways_do_what_the_long_way_does),
        CASE(a_backend_is_refused_on_the_short_way_too),
    };

    return run_cases(cases);
}
