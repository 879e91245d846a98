/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The context: movable between calls, and sharing nothing with another. */
#include "support.h"

#include <vpl011/state.h>

static struct {
    unsigned int irqs;
    char sent[32];
    size_t count;
} seen;

static void irq(void *ctx, uint32_t lines, uint32_t changed)
{
    (void)ctx;
    (void)lines;
    (void)changed;
    seen.irqs++;
}

static size_t take(void *ctx, const uint8_t *bytes, size_t count,
                   uint32_t *events)
{
    (void)ctx;
    (void)events;
    /* The first two are taken at once, the others after a pause. */
    if (seen.count == 2 && count < 3) {
        return 0;
    }
    if (seen.count < 2) {
        count = 1;
    }
    memcpy(seen.sent + seen.count, bytes, count);
    seen.count += count;
    return count;
}

static size_t give(void *ctx, uint8_t *bytes, size_t count, uint32_t *events)
{
    (void)ctx;
    (void)events;
    memset(bytes, 'r', count < 2 ? count : 2);
    return count < 2 ? count : 2;
}

static void poll(void *ctx, struct vpl011_backend_status *status,
                 uint32_t *events)
{
    (void)ctx;
    (void)events;
    status->attached = true;
}

/* It holds no pointer into itself. */
static void device_is_moved_with_characters_in_both_fifos(void)
{
    const struct vpl011_ops ops = {.irq = irq};
    const struct vpl011_backend backend = {
        .write = take, .read = give, .poll = poll};
    struct vpl011 here;
    struct vpl011 there;
    uint64_t value;
    size_t i;

    memset(&seen, 0, sizeof(seen));
    assert_result(vpl011_init(&here, NULL, &ops), VPL011_OK);
    assert_result(vpl011_attach(&here, &backend), VPL011_OK);
    vpl011_mmio_write(&here, PL011_UARTLCR_H, 4, 0x70);
    vpl011_mmio_write(&here, PL011_UARTIMSC, 4, PL011_INT_RX | PL011_INT_RT);
    for (i = 0; i < 4; i++) {
        vpl011_mmio_write(&here, PL011_UARTDR, 4, '1' + i);
    }
    assert_int_equal(seen.count, 2);
    assert_result(vpl011_data_avail(&here), 2);
    memcpy(&there, &here, sizeof(there));
    memset(&here, 0xEE, sizeof(here));

    assert_int_equal(vpl011_irq_lines(&there),
                     VPL011_IRQ_UARTINTR | VPL011_IRQ_UARTRTINTR);
    vpl011_mmio_write(&there, PL011_UARTDR, 4, '5');
    assert_int_equal(seen.count, 5);
    assert_memory_equal(seen.sent, "12345", 5);
    for (i = 0; i < 2; i++) {
        assert_result(vpl011_mmio_read(&there, PL011_UARTDR, 4, &value),
                      VPL011_OK);
        assert_int_equal(value, 'r');
    }
    assert_int_equal(vpl011_irq_lines(&there), 0);
    assert_int_equal(seen.irqs, 2);
}

/* P.C38: what the far end sends while the device is on its way waits there,
 * behind what the guest was already given. */
static void input_that_arrives_during_a_move_is_held(void)
{
    struct host from;
    struct host to;
    struct vpl011_state state;

    host_init(&from, &host_enabled);
    far_end_types(&from, "before ");
    assert_result(vpl011_state_get(&from.uart, &state), VPL011_OK);
    far_end_queues(&from, "during", 6);

    host_init(&to, NULL);
    to.loads = true;
    to.far = from.far;
    assert_result(vpl011_state_set(&to.uart, &state), VPL011_OK);
    assert_int_equal(far_end_waiting(&to), 6);
    assert_int_equal(to.notified & VPL011_EVENT_REFILL, VPL011_EVENT_REFILL);
    /* What was told once is not told again. */
    host_forget(&to);
    guest_write(&to, PL011_UARTICR, 0);
    assert_int_equal(to.irqs, 0);
    assert_receives(&to, "before ");
    assert_result(vpl011_data_avail(&to.uart), 6);
    assert_receives(&to, "during");
}

/* G.H2: TF-A's crash console and FreeBSD's cuau1 use a second one. */
static void two_devices_are_independent(void)
{
    struct host a;
    struct host b;
    struct vpl011 before;

    host_init(&a, &host_enabled);
    host_init(&b,
              &(struct host_options){.config = {.personality = VPL011_SBSA}});
    before = b.uart;
    guest_write(&a, PL011_UARTIMSC, 0x7FF);
    guest_write(&a, PL011_UARTIBRD, 77);
    guest_sends(&a, "to a");
    far_end_types(&a, "from a");
    assert_result(vpl011_reset(&a.uart), VPL011_OK);
    assert_memory_equal(&b.uart, &before, sizeof(before));
    assert_int_equal(b.log_count, 0);

    guest_sends(&b, "to b");
    far_end_types(&b, "from b");
    assert_receives(&b, "from b");
    assert_sent(&a, "to a");
    assert_sent(&b, "to b");
    assert_lines(&b, 0);
    assert_counter(&a, tx_bytes, 4);
    assert_counter(&b, rx_bytes, 6);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(device_is_moved_with_characters_in_both_fifos),
        CASE(input_that_arrives_during_a_move_is_held),
        CASE(two_devices_are_independent),
    };

    return run_cases(cases);
}
