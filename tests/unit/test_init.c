/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* vpl011_init(): what it refuses by name, and that it then touches nothing. */
#include "support.h"

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
}

static void irq_pending(void *ctx, uint32_t bits)
{
    (void)ctx;
    (void)bits;
}

static uintptr_t lock(void *ctx)
{
    (void)ctx;
    return 0;
}

static void unlock(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
}

static const struct vpl011_ops good_ops = {.irq = irq};

static void assert_refused(const struct vpl011_config *config,
                           const struct vpl011_ops *ops, int expected)
{
    struct vpl011 uart;
    uint8_t before[sizeof(uart)];

    memset(&uart, 0xA5, sizeof(uart));
    memset(before, 0xA5, sizeof(before));
    assert_result(vpl011_init(&uart, config, ops), expected);
    assert_memory_equal(&uart, before, sizeof(uart));
}

/* P.C41: nothing is allocated, so nothing is leaked. */
static void each_bad_member_of_config_has_its_error(void)
{
    static const struct {
        struct vpl011_config config;
        int error;
    } bad[] = {
        {{.personality = 2}, VPL011_ERR_PERSONALITY},
        {{.personality = UINT32_MAX}, VPL011_ERR_PERSONALITY},
        {{.revision = 3}, VPL011_ERR_REVISION},
        {{.revision = UINT32_MAX}, VPL011_ERR_REVISION},
        {{.personality = VPL011_SBSA, .revision = VPL011_R1P4},
         VPL011_ERR_REVISION},
        {{.flags = 1u << 9}, VPL011_ERR_FLAGS},
        {{.flags = 1u << 31}, VPL011_ERR_FLAGS},
        {{.flags = VPL011_CFG_STORE_CONFIG}, VPL011_ERR_FLAGS},
        {{.personality = VPL011_SBSA, .flags = VPL011_CFG_STRICT_ENABLES},
         VPL011_ERR_FLAGS},
        {{.personality = VPL011_SBSA, .periph_id = PL011_PERIPHID_R1P4},
         VPL011_ERR_PERIPH_ID},
        {{.revision = VPL011_R1P4, .periph_id = PL011_PERIPHID_R1P5},
         VPL011_ERR_PERIPH_ID},
        {{.on_stall = 4}, VPL011_ERR_POLICY},
        {{.on_gone = 4}, VPL011_ERR_POLICY},
        {{.reserved = {1}}, VPL011_ERR_ABI},
        {{.reserved = {0, 0, 0, 0, 0, 0, 0, 1}}, VPL011_ERR_ABI},
    };
    size_t i;

    for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_refused(&bad[i].config, &good_ops, bad[i].error);
    }
}

static void each_bad_set_of_ops_has_its_error(void)
{
    struct vpl011_ops ops = {0};

    assert_refused(NULL, &ops, VPL011_ERR_OP_MISSING);
    ops = (struct vpl011_ops){.irq = irq, .lock = lock};
    assert_refused(NULL, &ops, VPL011_ERR_LOCK_PAIR);
    ops = (struct vpl011_ops){.irq = irq, .unlock = unlock};
    assert_refused(NULL, &ops, VPL011_ERR_LOCK_PAIR);
    ops = (struct vpl011_ops){.irq = irq, .reserved = {&ops}};
    assert_refused(NULL, &ops, VPL011_ERR_ABI);
    assert_refused(NULL, NULL, VPL011_ERR_NULL);
}

static void null_and_misaligned_devices_are_refused(void)
{
    uint64_t memory[sizeof(struct vpl011) / 8 + 1];
    uint8_t before[sizeof(memory)];
    struct vpl011 *odd = (struct vpl011 *)(void *)((uint8_t *)memory + 1);

    memset(memory, 0xA5, sizeof(memory));
    memset(before, 0xA5, sizeof(before));
    assert_result(vpl011_init(NULL, NULL, &good_ops), VPL011_ERR_NULL);
    assert_result(vpl011_init_sized(odd, sizeof(*odd), NULL, 0, &good_ops,
                                    sizeof(good_ops)),
                  VPL011_ERR_SIZE);
    assert_memory_equal(memory, before, sizeof(memory));
}

/* All that is allowed is accepted: each flag, policy, revision. */
static void every_valid_configuration_is_accepted(void)
{
    uint32_t personality, revision, stall, gone, bit;

    for (personality = 0; personality < 2; personality++) {
        for (revision = 0; revision < (personality ? 1u : 3u); revision++) {
            for (stall = 0; stall < 4; stall++) {
                for (gone = 0; gone < 4; gone++) {
                    for (bit = 1; bit <= VPL011_CFG_NO_IRQ_OP; bit <<= 1) {
                        const struct vpl011_config config = {
                            .personality = personality,
                            .revision = revision,
                            .flags = bit,
                            .on_stall = stall,
                            .on_gone = gone,
                        };
                        struct vpl011 uart;

                        if (bit == (personality ? VPL011_CFG_STRICT_ENABLES
                                                : VPL011_CFG_STORE_CONFIG)) {
                            continue;
                        }
                        assert_result(vpl011_init(&uart, &config, &good_ops),
                                      VPL011_OK);
                    }
                }
            }
        }
    }
}

static void either_interrupt_op_or_the_flag_is_enough(void)
{
    const struct vpl011_config none = {.flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_ops pending = {.irq_pending = irq_pending};
    const struct vpl011_ops locked = {
        .irq = irq, .lock = lock, .unlock = unlock};
    const struct vpl011_ops empty = {0};
    struct vpl011 uart;

    assert_result(vpl011_init(&uart, NULL, &good_ops), VPL011_OK);
    assert_result(vpl011_init(&uart, NULL, &pending), VPL011_OK);
    assert_result(vpl011_init(&uart, NULL, &locked), VPL011_OK);
    assert_result(vpl011_init(&uart, &none, &empty), VPL011_OK);
}

/* init makes a device in any memory, even that of another device. */
static void init_again_gives_a_fresh_device(void)
{
    struct vpl011_counters counters;
    struct vpl011 once;
    struct vpl011 again;

    memset(&once, 0, sizeof(once));
    memset(&again, 0xFF, sizeof(again));
    assert_result(vpl011_init(&once, NULL, &good_ops), VPL011_OK);
    assert_result(vpl011_init(&again, NULL, &good_ops), VPL011_OK);
    assert_memory_equal(&once, &again, sizeof(once));
    assert_result(vpl011_mmio_write(&again, PL011_UARTDR, 4, 'x'), VPL011_OK);
    assert_result(vpl011_init(&again, NULL, &good_ops), VPL011_OK);
    assert_memory_equal(&once, &again, sizeof(once));
    assert_result(vpl011_get_counters(&again, &counters), VPL011_OK);
    assert_int_equal(counters.tx_dropped, 0);
}

/* ops and config are copied: the caller's may go. */
static void ops_and_config_are_copied(void)
{
    struct host h;
    struct host_options options = {.config = {.personality = VPL011_SBSA}};
    struct vpl011_ops ops;

    memset(&h, 0, sizeof(h));
    ops = host_ops(&h, &options);
    h.tells_irq = true;
    assert_result(vpl011_init(&h.uart, &options.config, &ops), VPL011_OK);
    memset(&ops, 0xFF, sizeof(ops));
    memset(&options, 0xFF, sizeof(options));
    guest_write(&h, PL011_UARTIMSC, PL011_INT_TX);
    guest_sends(&h, "x");
    assert_lines(&h, VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTTXINTR);
    assert_int_equal(h.irqs, 1);
}

static void init_calls_no_operation(void)
{
    struct host h;
    const struct host_options options = {.pending = true, .locks = true};
    struct vpl011_ops ops;

    memset(&h, 0, sizeof(h));
    ops = host_ops(&h, &options);
    assert_result(vpl011_init(&h.uart, NULL, &ops), VPL011_OK);
    assert_int_equal(h.log_count, 0);
    assert_int_equal(h.lock_count, 0);
}

/* Without a backend the far end is gone: output is dropped, and counted. */
static void device_without_a_backend_works(void)
{
    struct host h;

    host_init(&h, &(struct host_options){.no_backend = true});
    guest_sends(&h, "nobody hears");
    assert_reg_bits(&h, PL011_UARTFR, PL011_FR_TXFE, PL011_FR_TXFE);
    assert_counter(&h, tx_dropped, 12);
    assert_result(vpl011_data_avail(&h.uart), 0);
    assert_result(vpl011_reset(&h.uart), VPL011_OK);
}

/* Each error says what it is; results of 0 and above are no error. */
static void every_error_has_its_own_words(void)
{
    const char *const unknown = vpl011_strerror(INT32_MIN);
    unsigned int known = 0;
    int a, b;

    assert_non_null(unknown);
    assert_string_equal(vpl011_strerror(INT32_MAX), vpl011_strerror(0));
    assert_string_equal(vpl011_strerror(1), vpl011_strerror(0));
    for (a = 0; a > -200; a--) {
        assert_non_null(vpl011_strerror(a));
        assert_string_not_equal(vpl011_strerror(a), "");
        if (strcmp(vpl011_strerror(a), unknown) == 0) {
            continue;
        }
        known++;
        for (b = 0; b > a; b--) {
            assert_string_not_equal(vpl011_strerror(a), vpl011_strerror(b));
        }
    }
    assert_in_range(known, 16, 200);
    assert_string_not_equal(vpl011_strerror(VPL011_OK), unknown);
    assert_string_not_equal(vpl011_strerror(VPL011_ERR_ACCESS), unknown);
    assert_string_not_equal(vpl011_strerror(VPL011_ERR_SYSTEM), unknown);
    assert_string_not_equal(vpl011_strerror(VPL011_ERR_KVM_WINDOW), unknown);
    assert_string_not_equal(vpl011_strerror(VPL011_ERR_KVM_QUEUE), unknown);
    assert_string_not_equal(vpl011_strerror(VPL011_ERR_KVM_ZONE), unknown);
    assert_string_equal(vpl011_version(), VPL011_VERSION);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(each_bad_member_of_config_has_its_error),
        CASE(each_bad_set_of_ops_has_its_error),
        CASE(null_and_misaligned_devices_are_refused),
        CASE(every_valid_configuration_is_accepted),
        CASE(either_interrupt_op_or_the_flag_is_enough),
        CASE(init_again_gives_a_fresh_device),
        CASE(ops_and_config_are_copied),
        CASE(init_calls_no_operation),
        CASE(device_without_a_backend_works),
        CASE(every_error_has_its_own_words),
    };

    return run_cases(cases);
}
