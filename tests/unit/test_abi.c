/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Extensible structures: an older caller's shorter one is zero-extended, a
 * newer caller's longer one is taken while its tail is zero. The short ones are
 * on the heap at their exact size, so that a sanitizer sees one byte too many.
 */
#include "support.h"

#include <stdlib.h>

static void *copy_of(const void *from, size_t have, size_t size)
{
    uint8_t *copy = calloc(1, size);

    assert_non_null(copy);
    memcpy(copy, from, have < size ? have : size);
    return copy;
}

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
}

static const struct vpl011_ops ops = {.irq = irq};

static int init_with_config_size(const struct vpl011_config *config,
                                 size_t size, struct vpl011 *uart)
{
    void *given = copy_of(config, sizeof(*config), size);
    int err =
        vpl011_init_sized(uart, sizeof(*uart), given, size, &ops, sizeof(ops));

    free(given);
    return err;
}

static void shorter_config_is_zero_extended(void)
{
    const struct vpl011_config config = {
        .revision = VPL011_R1P1,
        .flags = UINT32_MAX, /* beyond what the older caller had */
    };
    struct vpl011 uart;
    uint64_t value;

    assert_result(init_with_config_size(
                      &config, offsetof(struct vpl011_config, flags), &uart),
                  VPL011_OK);
    assert_result(vpl011_mmio_read(&uart, PL011_UARTPeriphID2, 4, &value),
                  VPL011_OK);
    assert_int_equal(value, 0x14);
    assert_result(init_with_config_size(&config, 4, &uart), VPL011_OK);
    assert_result(vpl011_mmio_read(&uart, PL011_UARTPeriphID2, 4, &value),
                  VPL011_OK);
    assert_int_equal(value, 0x34);
}

static void longer_config_needs_a_zero_tail(void)
{
    const size_t size = sizeof(struct vpl011_config) + 24;
    struct vpl011 uart;
    uint8_t *longer = calloc(1, size);
    size_t i;

    assert_non_null(longer);
    assert_result(vpl011_init_sized(&uart, sizeof(uart), (void *)longer, size,
                                    &ops, sizeof(ops)),
                  VPL011_OK);
    for (i = sizeof(struct vpl011_config); i < size; i++) {
        longer[i] = 1;
        assert_result(vpl011_init_sized(&uart, sizeof(uart), (void *)longer,
                                        size, &ops, sizeof(ops)),
                      VPL011_ERR_ABI);
        longer[i] = 0;
    }
    free(longer);
}

static void shorter_ops_are_zero_extended(void)
{
    const size_t size = offsetof(struct vpl011_ops, irq_pending);
    void *shorter = copy_of(&ops, sizeof(ops), size);
    struct vpl011 uart;

    assert_result(
        vpl011_init_sized(&uart, sizeof(uart), NULL, 0, shorter, size),
        VPL011_OK);
    free(shorter);
    assert_result(vpl011_mmio_write(&uart, PL011_UARTDR, 4, 'x'), VPL011_OK);
}

static void longer_ops_need_a_zero_tail(void)
{
    const size_t size = sizeof(ops) + sizeof(void *);
    uint8_t *longer = copy_of(&ops, sizeof(ops), size);
    struct vpl011 uart;

    assert_result(
        vpl011_init_sized(&uart, sizeof(uart), NULL, 0, (void *)longer, size),
        VPL011_OK);
    longer[size - 1] = 1;
    assert_result(
        vpl011_init_sized(&uart, sizeof(uart), NULL, 0, (void *)longer, size),
        VPL011_ERR_ABI);
    free(longer);
}

/* A caller whose struct vpl011 is smaller is refused, because the library would
 * write past its end. */
static void device_memory_of_another_version_is_refused(void)
{
    const size_t size = sizeof(struct vpl011) - 8;
    uint8_t *small = calloc(1, size);
    uint8_t *large = calloc(1, size + 72);

    assert_non_null(small);
    assert_non_null(large);
    assert_int_equal(vpl011_sizeof(), sizeof(struct vpl011));
    assert_result(
        vpl011_init_sized((void *)small, size, NULL, 0, &ops, sizeof(ops)),
        VPL011_ERR_ABI);
    assert_result(
        vpl011_init_sized((void *)large, size + 72, NULL, 0, &ops, sizeof(ops)),
        VPL011_OK);
    free(small);
    free(large);
}

static void backend_sizes_follow_the_same_rule(void)
{
    struct host h;
    const size_t old = offsetof(struct vpl011_backend, send_break);
    const size_t new = sizeof(struct vpl011_backend) + sizeof(void *);
    uint8_t *given;

    host_init(&h, &(struct host_options){.no_backend = true});
    given = copy_of(&h.far_backend, sizeof(h.far_backend), old);
    assert_result(vpl011_attach_sized(&h.uart, (void *)given, old), VPL011_OK);
    free(given);
    /* Without send_break a BREAK is not reported, and nothing crashes. */
    guest_write(&h, PL011_UARTLCR_H, 0x71);
    assert_int_equal(h.far.breaks_begun, 0);
    guest_write(&h, PL011_UARTLCR_H, 0x70);
    guest_sends(&h, "x");
    assert_sent(&h, "x");

    given = copy_of(&h.far_backend, sizeof(h.far_backend), new);
    assert_result(vpl011_attach_sized(&h.uart, (void *)given, new), VPL011_OK);
    given[new - 1] = 1;
    assert_result(vpl011_attach_sized(&h.uart, (void *)given, new),
                  VPL011_ERR_ABI);
    free(given);
    h.far_backend.reserved[0] = &h;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_ERR_ABI);
    h.far_backend.reserved[0] = NULL;
    h.far_backend.reserved[1] = &h;
    assert_result(vpl011_attach(&h.uart, &h.far_backend), VPL011_ERR_ABI);
}

static void counters_are_cut_or_zero_extended(void)
{
    struct host h;
    const size_t old = offsetof(struct vpl011_counters, tx_dropped);
    uint64_t *given = malloc(old);
    struct {
        struct vpl011_counters counters;
        uint64_t newer[2];
    } longer;

    assert_non_null(given);
    host_init(&h, NULL);
    guest_sends(&h, "abc");
    assert_result(vpl011_get_counters_sized(&h.uart, (void *)given, old),
                  VPL011_OK);
    assert_int_equal(given[0], 3);
    free(given);

    memset(&longer, 0xFF, sizeof(longer));
    assert_result(
        vpl011_get_counters_sized(&h.uart, &longer.counters, sizeof(longer)),
        VPL011_OK);
    assert_int_equal(longer.counters.tx_bytes, 3);
    assert_true(longer.newer[0] == 0);
    assert_true(longer.newer[1] == 0);
}

static void line_is_cut_or_zero_extended(void)
{
    struct host h;
    const size_t old = offsetof(struct vpl011_line, outputs);
    uint32_t *given = malloc(old);
    struct {
        struct vpl011_line line;
        uint32_t newer;
    } longer;

    assert_non_null(given);
    host_init(&h, &(struct host_options){
                      .config = {.clock_hz = 24000000,
                                 .flags = VPL011_CFG_FIRMWARE_INIT}});
    assert_result(vpl011_get_line_sized(&h.uart, (void *)given, old),
                  VPL011_OK);
    assert_int_equal(given[0], 115246);
    assert_int_equal(given[1], 13 * 64 + 1);
    free(given);
    memset(&longer, 0xFF, sizeof(longer));
    assert_result(vpl011_get_line_sized(&h.uart, &longer.line, sizeof(longer)),
                  VPL011_OK);
    assert_int_equal(longer.newer, 0);
    assert_int_equal(longer.line.data_bits, 8);
}

/* Sizes that callers have compiled in: changing one changes the ABI. */
static void structure_sizes_are_as_published(void)
{
    assert_int_equal(sizeof(struct vpl011_config), 64);
    assert_int_equal(sizeof(struct vpl011_counters), 15 * 8);
    assert_int_equal(sizeof(struct vpl011_line), 16);
    assert_int_equal(sizeof(struct vpl011_guest_error), 32);
    assert_int_equal(sizeof(struct vpl011_ops), 10 * sizeof(void *));
    assert_int_equal(sizeof(struct vpl011_backend), 9 * sizeof(void *));
    assert_in_range(sizeof(struct vpl011), 1, 592);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(shorter_config_is_zero_extended),
        CASE(longer_config_needs_a_zero_tail),
        CASE(shorter_ops_are_zero_extended),
        CASE(longer_ops_need_a_zero_tail),
        CASE(device_memory_of_another_version_is_refused),
        CASE(backend_sizes_follow_the_same_rule),
        CASE(counters_are_cut_or_zero_extended),
        CASE(line_is_cut_or_zero_extended),
        CASE(structure_sizes_are_as_published),
    };

    return run_cases(cases);
}
