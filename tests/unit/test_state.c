/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Saving, moving and restoring a device: state.h, docs/state-format.md. */
#include "support.h"

#include <stdlib.h>

#include <vpl011/state.h>

/* A device to load into. */
static void fresh(struct host *h, const struct host_options *options)
{
    host_init(h, options);
    h->loads = true;
}

/* A device in the middle of everything: both FIFOs part full, errors and an
 * overrun pending, TXRIS with its replay, every register different. */
static void host_in_mid_traffic(struct host *h)
{
    const uint16_t line[] = {'a', 'b' | PL011_DR_PE, PL011_DR_BE, 'c'};

    host_init(h, &(struct host_options){.enabled = true});
    guest_write(h, PL011_UARTIFLS, 0x08);
    guest_write(h, PL011_UARTIBRD, 13);
    guest_write(h, PL011_UARTFBRD, 1);
    guest_write(h, PL011_UARTLCR_H, 0x70);
    guest_write(h, PL011_UARTIBRD, 99);
    guest_write(h, PL011_UARTILPR, 0x5A);
    guest_write(h, PL011_UARTDMACR, 0x5);
    guest_write(h, PL011_UARTITOP, 0x1234);
    guest_sends(h, "sent");
    far_end_holds(h);
    guest_sends(h, "held back");
    assert_int_equal(vpl011_rx_push(&h->uart, line, 4), 4);
    assert_result(vpl011_set_modem(&h->uart, PL011_FR_RI), VPL011_OK);
    guest_write(h, PL011_UARTIMSC, PL011_INT_RT | PL011_INT_CTS);
}

static void state_moves_to_a_fresh_device_unchanged(void) /* P.C36 */
{
    struct host from, to;
    struct vpl011_state a, b;
    uint32_t reg;

    host_in_mid_traffic(&from);
    fresh(&to, NULL);
    far_end_holds(&to);
    assert_result(vpl011_state_get(&from.uart, &a), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &a), VPL011_OK);
    assert_result(vpl011_state_get(&to.uart, &b), VPL011_OK);
    assert_null(vpl011_state_diff(&a, &b));

    for (reg = PL011_UARTRSR; reg < PL011_WINDOW_SIZE; reg += 4) {
        assert_reg(&to, reg, guest_read(&from, reg));
    }
    assert_reg(&to, PL011_UARTDR, 'a');
    assert_reg(&to, PL011_UARTDR, 'b' | PL011_DR_PE);
    far_end_takes(&to, FAR_UNLIMITED);
    assert_sent(&to, "held back");
}

static void errors_and_overrun_move_with_their_characters(void)
{
    struct host from, to;
    struct vpl011_state s;
    uint16_t line[33];
    unsigned int i;

    for (i = 0; i < 33; i++) {
        line[i] = (uint16_t)i;
    }
    host_init(&from, &(struct host_options){
                         .enabled = true,
                         .config = {.flags = VPL011_CFG_UNTHROTTLED}});
    fresh(&to,
          &(struct host_options){.config = {.flags = VPL011_CFG_UNTHROTTLED}});
    line[3] |= PL011_DR_FE;
    vpl011_rx_push(&from.uart, line, 33);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_reg(&to, PL011_UARTRSR, PL011_RSR_OE);
    for (i = 0; i < 32; i++) {
        assert_reg(&to, PL011_UARTDR, line[i]);
    }
    vpl011_rx_push(&to.uart, line + 32, 1);
    assert_reg(&to, PL011_UARTDR, 32 | PL011_DR_OE);
}

/* The FIFO that the state is loaded into may stand anywhere in its memory. */
static void a_fifo_in_use_takes_the_loaded_characters_in_order(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, &(struct host_options){.enabled = true});
    far_end_types(&from, "loaded");
    far_end_types(&to, "before");
    assert_reg(&to, PL011_UARTDR, 'b');
    assert_reg(&to, PL011_UARTDR, 'e');
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_receives(&to, "loaded");
}

/* Whatever the device did before: here it let characters pass. */
static void held_characters_stay_held_in_a_device_in_use(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, &(struct host_options){.enabled = true});
    guest_write(&from, PL011_UARTCR, 0x301 | PL011_CR_CTSEN);
    assert_result(vpl011_set_modem(&from.uart, 0), VPL011_OK);
    guest_sends(&from, "held");
    guest_sends(&to, "passes");
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_sent(&to, "passes");
    assert_result(vpl011_set_modem(&to.uart, PL011_FR_CTS), VPL011_OK);
    assert_sent(&to, "passesheld");
}

static void a_replay_of_txris_survives_the_move(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, NULL);
    guest_sends(&from, "x");
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    guest_write(&to, PL011_UARTICR, PL011_INT_TX);
    assert_reg_bits(&to, PL011_UARTRIS, PL011_INT_TX, PL011_INT_TX);
    guest_write(&to, PL011_UARTICR, PL011_INT_TX);
    assert_reg_bits(&to, PL011_UARTRIS, PL011_INT_TX, 0);
}

/* P.C37: after a load all lines and events are reported again. */
static void load_republishes_levels_and_kicks_everybody(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_in_mid_traffic(&from);
    fresh(&to, &(struct host_options){.pending = true});
    far_end_queues(&to, "waiting", 7);
    host_forget(&to);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_int_equal(to.irqs, 1);
    assert_int_equal(to.log[0].b, VPL011_IRQ_ALL);
    assert_int_equal(to.lines, vpl011_irq_lines(&from.uart));
    assert_int_equal(to.pending, PL011_INT_RT | PL011_INT_CTS);
    assert_int_equal(to.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL |
                                      VPL011_EVENT_LINE);
}

/* The line and the interrupts are reported again even if they are the same. */
static void load_of_the_own_state_tells_everybody_again(void)
{
    struct host h;
    struct vpl011_state s;

    fresh(&h, &(struct host_options){.enabled = true, .pending = true});
    guest_write(&h, PL011_UARTIMSC, PL011_INT_RT);
    far_end_types(&h, "x");
    assert_int_equal(h.pending, PL011_INT_RT);
    assert_result(vpl011_state_get(&h.uart, &s), VPL011_OK);
    host_forget(&h);
    h.pending = 0;
    s.irq_edges = PL011_INT_ALL; /* says nothing of this controller */
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_OK);
    assert_int_equal(h.pending, PL011_INT_RT);
    assert_int_equal(h.notified, VPL011_EVENT_FAR_END | VPL011_EVENT_REFILL |
                                     VPL011_EVENT_LINE);
}

/* The load raised REFILL: reading what it brought does not raise it again. */
static void load_asks_for_more_input_once(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, &(struct host_options){.enabled = true});
    far_end_types(&from, "ab");
    assert_int_equal(far_end_types_count(&to, 40), PL011_DEPTH_R1P5);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_int_equal(to.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
    host_forget(&to);
    assert_receives(&to, "ab");
    assert_int_equal(to.notified, 0);
    assert_int_equal(vpl011_data_avail(&to.uart), 8);
}

static void low_levels_are_republished_too(void)
{
    struct host h;
    struct vpl011_state s;

    fresh(&h, NULL);
    assert_result(vpl011_state_get(&h.uart, &s), VPL011_OK);
    host_forget(&h);
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_OK);
    assert_int_equal(h.irqs, 1);
    assert_int_equal(h.lines, 0);
    assert_counter(&h, irq_raises, 0);
}

static void modem_inputs_move_without_an_interrupt(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, NULL);
    fresh(&to, NULL);
    assert_result(vpl011_set_modem(&from.uart, 0), VPL011_OK);
    guest_write(&from, PL011_UARTICR, PL011_INT_ALL);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_reg_bits(&to, PL011_UARTFR, PL011_FR_MODEM, 0);
    assert_reg(&to, PL011_UARTRIS, 0);
}

static void a_break_in_progress_is_told_to_the_new_far_end(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, NULL);
    guest_write(&from, PL011_UARTLCR_H, 0x71);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_int_equal(to.far.breaks_begun, 1);
    assert_true(to.far.breaking);
}

static void counters_say_what_a_load_discards_and_brings(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_in_mid_traffic(&from);
    fresh(&to, &(struct host_options){.enabled = true});
    far_end_holds(&to);
    guest_sends(&to, "lost");
    far_end_types(&to, "in");
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_counter(&to, tx_flushed, 4);
    assert_counter(&to, rx_flushed, 2);
    assert_counter(&to, rx_bytes, 2 + 4);
}

static void another_kind_of_device_is_a_mismatch(void)
{
    static const struct vpl011_config others[] = {
        {.personality = VPL011_SBSA},
        {.revision = VPL011_R1P4},
        {.periph_id = 0x00241011},
        {.flags = VPL011_CFG_TX_TRIGGER_EMPTY},
    };
    struct host from, to;
    struct vpl011_state s, before, after;
    size_t i;

    host_in_mid_traffic(&from);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        fresh(&to, &(struct host_options){.config = others[i]});
        host_forget(&to);
        assert_result(vpl011_state_get(&to.uart, &before), VPL011_OK);
        assert_result(vpl011_state_set(&to.uart, &s),
                      VPL011_ERR_STATE_MISMATCH);
        assert_result(vpl011_state_get(&to.uart, &after), VPL011_OK);
        assert_null(vpl011_state_diff(&before, &after));
        assert_int_equal(to.irqs + to.notifies, 0);
    }
}

static void host_only_flags_may_differ(void)
{
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, NULL);
    host_init(
        &to, &(struct host_options){.no_irq = true,
                                    .config = {.flags = VPL011_CFG_NO_IRQ_OP}});
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
}

static void refuse(struct host *h, const struct vpl011_state *s, int expected)
{
    struct vpl011_state before, after;

    assert_result(vpl011_state_get(&h->uart, &before), VPL011_OK);
    assert_result(vpl011_state_set(&h->uart, s), expected);
    assert_result(vpl011_state_get(&h->uart, &after), VPL011_OK);
    assert_null(vpl011_state_diff(&before, &after));
}

static void values_out_of_range_change_nothing(void) /* P.C37 */
{
    struct host h;
    struct vpl011_state good, s;

    host_in_mid_traffic(&h);
    assert_result(vpl011_state_get(&h.uart, &good), VPL011_OK);
#define OUT_OF_RANGE(id, bits, name, mask) \
    if (~(uint32_t)(mask)) { \
        s = good; \
        s.name |= ~(uint32_t)(mask) & (0u - ~(uint32_t)(mask)); \
        refuse(&h, &s, VPL011_ERR_STATE_VALUE); \
    }
    VPL011_STATE_FIELDS(OUT_OF_RANGE)

    s = good;
    s.txi = 3;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx_count = 65;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.rx_count = 33;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx_load = 33;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.rx[0] |= 0x1000;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.rx[31] = 1; /* beyond rx_count */
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx[63] = 1;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.rx[s.rx_count] = 1;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx[s.tx_count] = 1;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tx_count = 0;
    memset(s.tx, 0, sizeof(s.tx));
    s.tx[0] = 1;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.lcr_h &= ~PL011_LCR_H_FEN; /* one deep now, and four are held */
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.reserved[3] = 1;
    refuse(&h, &s, VPL011_ERR_ABI);
    refuse(&h, NULL, VPL011_ERR_NULL);
}

/* TXFF is to be shown for a whole load. */
static void a_full_load_of_characters_moves(void)
{
    const struct host_options once = {
        .config = {.flags = VPL011_CFG_FIRMWARE_INIT |
                            VPL011_CFG_TXFF_ONCE_PER_LOAD}};
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &once);
    fresh(&to, &once);
    guest_sends_count(&from, 32);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_int_equal(s.tx_load, 32);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_reg_bits(&to, PL011_UARTFR, PL011_FR_TXFF, PL011_FR_TXFF);
    assert_reg_bits(&to, PL011_UARTFR, PL011_FR_TXFF, 0);
}

static void sbsa_state_has_no_modem_and_no_test_registers(void)
{
    struct host h;
    struct vpl011_state good, s;

    host_init(&h,
              &(struct host_options){.config = {.personality = VPL011_SBSA}});
    assert_result(vpl011_state_get(&h.uart, &good), VPL011_OK);
    s = good;
    s.modem_inputs = PL011_FR_CTS;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.ris_latched = PL011_INT_CTS;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.tcr = PL011_TCR_TESTFIFO;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.itip = PL011_ITIP_TXDMACLR;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
    s = good;
    s.itop = 1;
    refuse(&h, &s, VPL011_ERR_STATE_VALUE);
}

static void sbsa_state_moves_with_its_errors(void)
{
    const uint16_t bad = 'x' | PL011_DR_PE;
    struct host from, to;
    struct vpl011_state s;

    host_init(&from, &host_sbsa);
    fresh(&to, &host_sbsa);
    assert_int_equal(vpl011_rx_push(&from.uart, &bad, 1), 1);
    assert_result(vpl011_state_get(&from.uart, &s), VPL011_OK);
    assert_result(vpl011_state_set(&to.uart, &s), VPL011_OK);
    assert_reg(&to, PL011_UARTRIS, PL011_INT_PE);
    assert_reg(&to, PL011_UARTDR, bad);
}

static void state_of_nothing_is_a_named_error(void)
{
    struct host h;
    struct vpl011 uninitialised;
    struct vpl011_state s;

    fresh(&h, NULL);
    memset(&uninitialised, 0, sizeof(uninitialised));
    assert_result(vpl011_state_get(&h.uart, &s), VPL011_OK);
    assert_result(vpl011_state_get(&h.uart, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_state_get(NULL, &s), VPL011_ERR_NULL);
    assert_result(vpl011_state_set(NULL, &s), VPL011_ERR_NULL);
    assert_result(vpl011_state_get(&uninitialised, &s), VPL011_ERR_UNINIT);
    assert_result(vpl011_state_set(&uninitialised, &s), VPL011_ERR_UNINIT);
    assert_result(vpl011_state_save(&uninitialised, NULL, 0),
                  VPL011_ERR_UNINIT);
}

static void difference_is_named_by_its_member(void)
{
    struct host h;
    struct vpl011_state a, b;

    host_in_mid_traffic(&h);
    assert_result(vpl011_state_get(&h.uart, &a), VPL011_OK);
    b = a;
    assert_null(vpl011_state_diff(&a, &b));
#define DIFFERENT(id, bits, member, mask) \
    b.member ^= 1; \
    assert_non_null(vpl011_state_diff(&a, &b)); \
    assert_string_equal(vpl011_state_diff(&a, &b), #member); \
    b.member ^= 1;
    VPL011_STATE_FIELDS(DIFFERENT)
    b.tx_count--;
    assert_string_equal(vpl011_state_diff(&a, &b), "tx");
    b.tx_count++;
    b.tx[63] = 1;
    assert_string_equal(vpl011_state_diff(&a, &b), "tx");
    b.tx[63] = 0;
    b.rx_count++;
    assert_string_equal(vpl011_state_diff(&a, &b), "rx");
    b.rx_count--;
    b.rx[31] = 1;
    assert_string_equal(vpl011_state_diff(&a, &b), "rx");
}

static void older_and_newer_structures(void)
{
    struct host h;
    struct {
        struct vpl011_state state;
        uint32_t added;
    } newer = {.added = 0};

    fresh(&h, NULL);
    assert_result(
        vpl011_state_get_sized(&h.uart, &newer.state, sizeof(newer.state) - 4),
        VPL011_ERR_ABI);
    assert_result(vpl011_state_get_sized(&h.uart, &newer.state, sizeof(newer)),
                  VPL011_OK);
    assert_result(vpl011_state_set_sized(&h.uart, &newer.state, sizeof(newer)),
                  VPL011_OK);
    newer.added = 1;
    assert_result(vpl011_state_set_sized(&h.uart, &newer.state, sizeof(newer)),
                  VPL011_ERR_ABI);
    assert_result(
        vpl011_state_set_sized(&h.uart, &newer.state, sizeof(newer.state) - 4),
        VPL011_ERR_ABI);
}

/*
 * The blob
 */

static void blob_moves_a_device_unchanged(void)
{
    struct host from, to;
    struct vpl011_state a, b;
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    int size;

    host_in_mid_traffic(&from);
    fresh(&to, NULL);
    far_end_holds(&to);
    size = vpl011_state_save(&from.uart, blob, sizeof(blob));
    assert_in_range(size, 1, VPL011_STATE_BLOB_MAX);
    assert_int_equal(vpl011_state_save(&from.uart, NULL, 0), size);
    assert_result(vpl011_state_load(&to.uart, blob, (size_t)size), VPL011_OK);
    assert_result(vpl011_state_get(&from.uart, &a), VPL011_OK);
    assert_result(vpl011_state_get(&to.uart, &b), VPL011_OK);
    assert_null(vpl011_state_diff(&a, &b));
}

/* The bytes are the format: another machine must find the same ones. */
static void blob_of_a_device_after_reset_is_these_bytes(void)
{
    static const uint8_t expected[] = {
        '1', '1', '0', 'S',  1,    0,  0,    0,    156,  0,    0,    0,  1,
        0,   1,   0,   0,    2,    0,  1,    0,    0,    3,    0,    4,  0,
        0,   0,   0,   0,    4,    0,  4,    0,    0x11, 0x10, 0x34, 0,  16,
        0,   2,   0,   0x00, 0x03, 17, 0,    2,    0,    0,    0,    18, 0,
        2,   0,   0,   0,    19,   0,  2,    0,    0,    0,    20,   0,  2,
        0,   0,   0,   21,   0,    1,  0,    0,    22,   0,    1,    0,  0,
        23,  0,   1,   0,    0,    24, 0,    1,    0,    0x12, 25,   0,  1,
        0,   0,   26,  0,    1,    0,  0,    27,   0,    1,    0,    0,  28,
        0,   1,   0,   0,    29,   0,  2,    0,    0,    0,    30,   0,  1,
        0,   0,   31,  0,    2,    0,  0x07, 0x00, 32,   0,    1,    0,  0,
        33,  0,   1,   0,    0,    34, 0,    1,    0,    0,    35,   0,  4,
        0,   0,   0,   0,    0,    64, 0,    0,    0,    65,   0,    0,  0,
    };
    struct host h;
    uint8_t blob[VPL011_STATE_BLOB_MAX];

    host_init(&h, NULL);
    assert_int_equal(vpl011_state_save(&h.uart, blob, sizeof(blob)),
                     sizeof(expected));
    assert_memory_equal(blob, expected, sizeof(expected));
}

static void a_blob_buffer_too_small_is_untouched(void)
{
    struct host h;
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    size_t i, size;

    host_in_mid_traffic(&h);
    size = (size_t)vpl011_state_save(&h.uart, NULL, 0);
    memset(blob, 0xEE, sizeof(blob));
    assert_result(vpl011_state_save(&h.uart, blob, size - 1), VPL011_ERR_SIZE);
    for (i = 0; i < sizeof(blob); i++) {
        assert_int_equal(blob[i], 0xEE);
    }
    assert_result(vpl011_state_save(&h.uart, NULL, 1), VPL011_ERR_NULL);
    assert_int_equal(vpl011_state_save(&h.uart, blob, size), size);
}

static void every_truncation_of_a_blob_is_refused(void)
{
    struct host from, to;
    struct vpl011_state before, after;
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    size_t size, cut;

    host_in_mid_traffic(&from);
    fresh(&to, NULL);
    size = (size_t)vpl011_state_save(&from.uart, blob, sizeof(blob));
    assert_result(vpl011_state_get(&to.uart, &before), VPL011_OK);
    for (cut = 0; cut < size; cut++) {
        /* On the heap, so that a sanitizer sees a read behind the end. */
        uint8_t *copy = malloc(cut ? cut : 1);

        memcpy(copy, blob, cut);
        assert_result(vpl011_state_load(&to.uart, copy, cut),
                      VPL011_ERR_STATE_TRUNCATED);
        free(copy);
    }
    assert_result(vpl011_state_get(&to.uart, &after), VPL011_OK);
    assert_null(vpl011_state_diff(&before, &after));
}

static size_t append_record(uint8_t *blob, size_t size, uint16_t id)
{
    blob[size] = (uint8_t)id;
    blob[size + 1] = (uint8_t)(id >> 8);
    blob[size + 2] = 3;
    blob[size + 3] = 0;
    memset(blob + size + 4, 0x77, 3);
    size += 7;
    blob[8] = (uint8_t)size;
    blob[9] = (uint8_t)(size >> 8);
    return size;
}

/* P.C39: the version says what a reader must understand. */
static void a_newer_minor_blob_loads_where_additions_may_be_skipped(void)
{
    struct host h;
    uint8_t blob[VPL011_STATE_BLOB_MAX + 16];
    size_t size;

    fresh(&h, NULL);
    size = (size_t)vpl011_state_save(&h.uart, blob, sizeof(blob));
    blob[6] = 9; /* minor */
    assert_result(
        vpl011_state_load(&h.uart, blob, append_record(blob, size, 0x8040)),
        VPL011_OK);
    assert_result(
        vpl011_state_load(&h.uart, blob, append_record(blob, size, 0x0042)),
        VPL011_ERR_STATE_VERSION);
}

static void only_the_highest_bit_of_a_number_lets_it_be_skipped(void)
{
    struct host h;
    uint8_t blob[VPL011_STATE_BLOB_MAX + 16];
    size_t size;
    uint32_t id;

    fresh(&h, NULL);
    size = (size_t)vpl011_state_save(&h.uart, blob, sizeof(blob));
    for (id = 66; id <= UINT16_MAX; id++) {
        size_t longer = append_record(blob, size, (uint16_t)id);

        assert_result(vpl011_state_load(&h.uart, blob, longer),
                      (id & 0x8000) ? VPL011_OK : VPL011_ERR_STATE_VERSION);
    }
}

/* A copy with the record at an offset left out, or there twice; its size. */
static size_t change_record(uint8_t *to, const uint8_t *blob, size_t size,
                            size_t at, bool twice)
{
    const size_t end = at + 4u + blob[at + 2];

    memcpy(to, blob, size);
    memcpy(to + (twice ? end : at), blob + (twice ? at : end),
           size - (twice ? at : end));
    size = twice ? size + (end - at) : size - (end - at);
    to[8] = (uint8_t)size;
    to[9] = (uint8_t)(size >> 8);
    return size;
}

/* What cannot be together is refused. */
static void acknowledges_without_characters_are_refused(void)
{
    struct vpl011_state s;
    struct host h;

    fresh(&h, NULL);
    assert_result(vpl011_state_get(&h.uart, &s), VPL011_OK);
    s.acks = VPL011_ACK_UNREAD;
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_ERR_STATE_VALUE);
    s.rx_count = 1;
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_OK);
    s.acks = PL011_INT_RT;
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_ERR_STATE_VALUE);
    s.acks = PL011_INT_RT | VPL011_ACK_UNREAD;
    assert_result(vpl011_state_set(&h.uart, &s), VPL011_OK);
}

static void the_default_state_takes_a_configuration_of_any_version(void)
{
    struct {
        struct vpl011_config config;
        uint32_t later;
    } newer = {.later = 1};
    struct vpl011_state s;

    assert_result(vpl011_state_default_sized(NULL, 0, &s, sizeof(s)),
                  VPL011_OK);
    assert_int_equal(s.periph_id, PL011_PERIPHID_R1P5);
    assert_result(
        vpl011_state_default_sized(&newer.config, sizeof(newer), &s, sizeof(s)),
        VPL011_ERR_ABI);
    newer.later = 0;
    assert_result(
        vpl011_state_default_sized(&newer.config, sizeof(newer), &s, sizeof(s)),
        VPL011_OK);
}

static void every_record_is_there_once(void)
{
    struct host from, to;
    uint8_t blob[VPL011_STATE_BLOB_MAX];
    uint8_t changed[2 * VPL011_STATE_BLOB_MAX];
    unsigned int records = 0;
    size_t size, at;

    host_in_mid_traffic(&from);
    fresh(&to, NULL);
    size = (size_t)vpl011_state_save(&from.uart, blob, sizeof(blob));
    for (at = 12; at < size; at += 4u + blob[at + 2]) {
        size_t other = change_record(changed, blob, size, at, false);
        /* What came after the first version may be missing. */
        bool optional = blob[at] >= 36 && blob[at] < 64;

        assert_result(vpl011_state_load(&to.uart, changed, other),
                      optional ? VPL011_OK : VPL011_ERR_STATE_FORMAT);
        other = change_record(changed, blob, size, at, true);
        assert_result(vpl011_state_load(&to.uart, changed, other),
                      VPL011_ERR_STATE_FORMAT);
        records++;
    }
    /* Of the three that came later, two say something here. */
    assert_int_equal(records, 4 + 20 + 2 + 2);
    /* On the heap, so that a sanitizer sees a read behind the end. */
    {
        uint8_t *copy = malloc(size);

        memcpy(copy, blob, size);
        assert_result(vpl011_state_load(&to.uart, copy, size), VPL011_OK);
        free(copy);
    }
}

/* A record that may be skipped, cut short anywhere, behind all the others. */
static void what_follows_is_a_whole_record(void)
{
    static const uint8_t record[] = {0x40, 0x80, 3, 0, 1, 2, 3};
    struct host h;
    uint8_t blob[VPL011_STATE_BLOB_MAX + sizeof(record)];
    size_t size, cut;

    fresh(&h, NULL);
    size = (size_t)vpl011_state_save(&h.uart, blob, sizeof(blob));
    memcpy(blob + size, record, sizeof(record));
    for (cut = 0; cut <= sizeof(record); cut++) {
        blob[8] = (uint8_t)(size + cut);
        assert_result(vpl011_state_load(&h.uart, blob, size + cut),
                      cut == 0 || cut == sizeof(record)
                          ? VPL011_OK
                          : VPL011_ERR_STATE_FORMAT);
    }
}

/* Both FIFOs of a device after reset, with so many bytes instead. */
static int load_with_fifos(struct host *h, size_t tx_bytes, size_t rx_bytes)
{
    uint8_t blob[2 * VPL011_STATE_BLOB_MAX] = {0};
    size_t size = (size_t)vpl011_state_save(&h->uart, blob, sizeof(blob));

    blob[size - 6] = (uint8_t)tx_bytes;
    blob[size - 4 + tx_bytes] = 65;
    blob[size - 3 + tx_bytes] = 0;
    blob[size - 2 + tx_bytes] = (uint8_t)rx_bytes;
    blob[size - 4] = tx_bytes ? 0 : 65;
    size += tx_bytes + rx_bytes;
    blob[8] = (uint8_t)size;
    blob[9] = (uint8_t)(size >> 8);
    return vpl011_state_load(&h->uart, blob, size);
}

static void fifos_larger_than_any_are_a_wrong_value(void)
{
    struct host h;

    fresh(&h, &(struct host_options){.enabled = true});
    far_end_holds(&h);
    assert_result(load_with_fifos(&h, 0, 0), VPL011_OK);
    assert_result(load_with_fifos(&h, 65, 0), VPL011_ERR_STATE_VALUE);
    assert_result(load_with_fifos(&h, 0, 66), VPL011_ERR_STATE_VALUE);
    assert_result(load_with_fifos(&h, 0, 65), VPL011_ERR_STATE_FORMAT);
    assert_result(load_with_fifos(&h, 0, 1), VPL011_ERR_STATE_FORMAT);
    assert_result(load_with_fifos(&h, 0, 64), VPL011_OK);
    guest_drains(&h);
    assert_result(load_with_fifos(&h, 64, 0), VPL011_OK);
}

static void wrong_headers_and_records_are_named(void)
{
    struct host h;
    uint8_t good[VPL011_STATE_BLOB_MAX + 16];
    uint8_t blob[sizeof(good)];
    size_t size;

    fresh(&h, NULL);
    size = (size_t)vpl011_state_save(&h.uart, good, sizeof(good));
#define BAD(at, value, expected) \
    memcpy(blob, good, sizeof(blob)); \
    blob[at] = (value); \
    assert_result(vpl011_state_load(&h.uart, blob, size), expected)
    BAD(0, 'x', VPL011_ERR_STATE_MAGIC);
    BAD(4, 2, VPL011_ERR_STATE_VERSION);
    BAD(5, 1, VPL011_ERR_STATE_VERSION);
    BAD(11, 1, VPL011_ERR_STATE_TRUNCATED);
    BAD(8, 11, VPL011_ERR_STATE_FORMAT);
    BAD(8, (uint8_t)(size - 1), VPL011_ERR_STATE_FORMAT);
    BAD(12, 2, VPL011_ERR_STATE_FORMAT);       /* twice */
    BAD(14, 2, VPL011_ERR_STATE_FORMAT);       /* not its width */
    BAD(16, 2, VPL011_ERR_STATE_VALUE);        /* no such personality */
    BAD(15, 9, VPL011_ERR_STATE_FORMAT);       /* longer than the blob */
    BAD(13, 0x80, VPL011_ERR_STATE_FORMAT);    /* a record is missing */
    BAD(size - 2, 1, VPL011_ERR_STATE_FORMAT); /* half an entry */
    BAD(size - 2, 2, VPL011_ERR_STATE_FORMAT); /* one behind the end */
    memcpy(blob, good, 12);                    /* a header, and no record */
    blob[8] = 12;
    assert_result(vpl011_state_load(&h.uart, blob, 12),
                  VPL011_ERR_STATE_FORMAT);
    assert_result(vpl011_state_load(&h.uart, NULL, 0), VPL011_ERR_NULL);
    assert_result(vpl011_state_load(NULL, good, size), VPL011_ERR_NULL);
    assert_result(vpl011_state_load(NULL, good, 0), VPL011_ERR_NULL);
}

/* Save, load, save: the same bytes, wherever the traffic was. */
static void save_load_save_is_identical_at_every_step(void)
{
    struct host from, to;
    uint8_t a[VPL011_STATE_BLOB_MAX], b[VPL011_STATE_BLOB_MAX];
    uint32_t seed = 0x5EED;
    unsigned int i;

    host_init(&from, &(struct host_options){.enabled = true});
    fresh(&to, NULL);
    far_end_holds(&to);
    for (i = 0; i < 3000; i++) {
        uint32_t what = next_random(&seed) % 8;
        uint32_t reg = next_random(&seed) % 0x90;
        int size;

        if (what == 0) {
            far_end_types_count(&from, next_random(&seed) % 40);
        } else if (what == 1) {
            from.far.room = next_random(&seed) % 3 ? FAR_UNLIMITED : 0;
            from.far.sent_count = 0;
        } else if (what == 2) {
            guest_sends_count(&from, next_random(&seed) % 40);
        } else if (what < 6) {
            guest_write(&from, reg & ~3u, next_random(&seed));
        } else {
            guest_read(&from, reg & ~3u);
        }
        from.far.input_first = from.far.input_end = 0;
        size = vpl011_state_save(&from.uart, a, sizeof(a));
        assert_result(vpl011_state_load(&to.uart, a, (size_t)size), VPL011_OK);
        if ((guest_read(&to, PL011_UARTCR) & PL011_CR_LBE) ||
            (guest_read(&to, PL011_UARTTCR) & PL011_TCR_TESTFIFO)) {
            continue; /* loading lets what was held by the far end move on */
        }
        assert_int_equal(vpl011_state_save(&to.uart, b, sizeof(b)), size);
        assert_memory_equal(a, b, (size_t)size);
    }
}

/* Firmware set it up, and no guest can change that, unless it may store. */
static void sbsa_state_has_the_settings_of_reset_unless_they_are_stored(void)
{
    const struct host_options storing = {
        .config = {.personality = VPL011_SBSA,
                   .flags = VPL011_CFG_STORE_CONFIG}};
    struct vpl011_state state;
    struct host h;
    int i;
    int stores;

    for (stores = 0; stores < 2; stores++) {
        for (i = 0; i < 5; i++) {
            host_init(&h, stores ? &storing : &host_sbsa);
            h.loads = true;
            assert_result(vpl011_state_get(&h.uart, &state), VPL011_OK);
            state.cr ^= i == 0 ? PL011_CR_RTS : 0;
            state.lcr_h ^= i == 1 ? PL011_LCR_H_STP2 : 0;
            state.ifls ^= i == 2;
            state.ilpr ^= i == 3;
            state.dmacr ^= i == 4;
            assert_result(vpl011_state_set(&h.uart, &state),
                          stores ? VPL011_OK : VPL011_ERR_STATE_VALUE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(state_moves_to_a_fresh_device_unchanged),
        CASE(errors_and_overrun_move_with_their_characters),
        CASE(a_fifo_in_use_takes_the_loaded_characters_in_order),
        CASE(held_characters_stay_held_in_a_device_in_use),
        CASE(a_replay_of_txris_survives_the_move),
        CASE(load_republishes_levels_and_kicks_everybody),
        CASE(load_of_the_own_state_tells_everybody_again),
        CASE(load_asks_for_more_input_once),
        CASE(low_levels_are_republished_too),
        CASE(modem_inputs_move_without_an_interrupt),
        CASE(a_break_in_progress_is_told_to_the_new_far_end),
        CASE(counters_say_what_a_load_discards_and_brings),
        CASE(another_kind_of_device_is_a_mismatch),
        CASE(host_only_flags_may_differ),
        CASE(values_out_of_range_change_nothing),
        CASE(a_full_load_of_characters_moves),
        CASE(sbsa_state_has_no_modem_and_no_test_registers),
        CASE(sbsa_state_moves_with_its_errors),
        CASE(state_of_nothing_is_a_named_error),
        CASE(difference_is_named_by_its_member),
        CASE(older_and_newer_structures),
        CASE(blob_moves_a_device_unchanged),
        CASE(blob_of_a_device_after_reset_is_these_bytes),
        CASE(a_blob_buffer_too_small_is_untouched),
        CASE(every_truncation_of_a_blob_is_refused),
        CASE(a_newer_minor_blob_loads_where_additions_may_be_skipped),
        CASE(only_the_highest_bit_of_a_number_lets_it_be_skipped),
        CASE(acknowledges_without_characters_are_refused),
        CASE(the_default_state_takes_a_configuration_of_any_version),
        CASE(every_record_is_there_once),
        CASE(fifos_larger_than_any_are_a_wrong_value),
        CASE(what_follows_is_a_whole_record),
        CASE(wrong_headers_and_records_are_named),
        CASE(save_load_save_is_identical_at_every_step),
        CASE(sbsa_state_has_the_settings_of_reset_unless_they_are_stored),
    };

    return run_cases(cases);
}
