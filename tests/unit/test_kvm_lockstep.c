/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Two devices side by side, with the same guest, the same far end and the same
 * host. One exits for each access; the other is on a KVM (that is none), with
 * libvpl011-kvm. Nothing that either guest can observe is different: values,
 * interrupt outputs, what is received, what is sent.
 */
#include <vpl011/time.h>

#include "kvm_fake.h"

static struct fake *const f = &fake;
static struct host plain;
static uint32_t seed;
static bool later;     /* VPL011_KVM_CLOSE_LATER */
static uint32_t timed; /* VPL011_TIME_*; 0: without a clock */
static struct vpl011_time plain_time, kvm_time;
static unsigned int from_page;
static unsigned int exits;
static unsigned int removed;
static uint64_t deferred;
static uint64_t repeats;

static uint32_t below(uint32_t count)
{
    return next_random(&seed) % count;
}

/* A page that the library closes, and not the device within the guest's access,
 * takes input, for which the other device is asked too. */
static void note_closings(bool guest)
{
    if (removed != f->calls[SLOT_OFF] && (later || !guest)) {
        vpl011_data_avail(&plain.uart);
    }
    removed = f->calls[SLOT_OFF];
}

static const uint16_t readable[] = {
    PL011_UARTDR,   PL011_UARTRSR,  PL011_UARTFR,        PL011_UARTILPR,
    PL011_UARTIBRD, PL011_UARTFBRD, PL011_UARTLCR_H,     PL011_UARTCR,
    PL011_UARTIFLS, PL011_UARTIMSC, PL011_UARTRIS,       PL011_UARTMIS,
    PL011_UARTICR,  PL011_UARTITOP, PL011_UARTDMACR,     PL011_UARTTCR,
    PL011_UARTITIP, PL011_UARTTDR,  PL011_UARTPeriphID0, 0x020,
};

static uint32_t both_read(uint32_t offset, unsigned int size)
{
    const bool mapped = f->slot.memory_size > 0;
    uint64_t value;
    uint32_t seen;

    vpl011_mmio_read(&plain.uart, offset, size, &value);
    seen = fake_read(f, offset, size);
    note_closings(true);
    if (seen != value) {
        fail_msg("%s, %u bytes%s: 0x%x, with exits 0x%x", reg_name(offset),
                 size, mapped ? " from the page" : "", seen,
                 (unsigned int)value);
    }
    return seen;
}

static void both_write(uint32_t offset, unsigned int size, uint32_t value)
{
    vpl011_mmio_write(&plain.uart, offset, size, value);
    fake_write(f, offset, size, value);
    note_closings(true);
}

static void guest_reads(void)
{
    static const unsigned int sizes[] = {1, 2, 4};

    both_read(readable[below(20)], sizes[below(3)]);
}

/* A driver: what came is read, and the UART is as it needs it. */
static void guest_handles(void)
{
    unsigned int i;

    for (i = 0; i < 40 && !(both_read(PL011_UARTFR, 4) & PL011_FR_RXFE); i++) {
        both_read(PL011_UARTDR, 4);
    }
    both_write(PL011_UARTTCR, 4, 0);
    both_write(PL011_UARTLCR_H, 4, 0x70);
    both_write(PL011_UARTCR, 4, 0x301);
}

/* Most of them repeat the one before. */
static void guest_masks(void)
{
    static uint32_t mask;
    static unsigned int size = 2;
    unsigned int i;

    if (below(3) == 0) {
        mask = next_random(&seed) & 0xFFFF;
        size = below(4) ? 2 : 4;
    }
    for (i = below(8); i < 8; i++) {
        both_write(PL011_UARTIMSC, size, mask);
    }
}

static void guest_writes(void)
{
    /* Where the page is closed after the access, and not within it, RTS follows
     * the FIFO before a looped character is in it, and CTS follows RTS. */
    const uint32_t control = later ? ~PL011_CR_RTSEN : ~0u;

    switch (below(12)) {
    case 0:
        both_write(PL011_UARTCR, 4,
                   below(3) ? 0x301 : next_random(&seed) & control);
        break;
    case 1:
        both_write(PL011_UARTLCR_H, 4, below(3) ? 0x70 : next_random(&seed));
        break;
    case 2:
        both_write(PL011_UARTTCR, 4, below(3) ? 0 : next_random(&seed));
        break;
    case 3:
        both_write(readable[below(20)], 4, next_random(&seed) & control);
        break;
    case 4:
        both_write(below(4), 1 + below(2), next_random(&seed) & 0xFFFF);
        break;
    case 5:
        guest_masks();
        break;
    default:
        both_write(PL011_UARTICR, 4, next_random(&seed));
        break;
    }
}

static void guest_sends_some(void)
{
    static const unsigned int sizes[] = {1, 2, 4};
    uint32_t count = 1 + below(below(16) ? 20 : 190);

    while (count > 0) {
        both_write(PL011_UARTDR, sizes[count % 3], 'a' + count % 26);
        count--;
    }
    if (below(4) == 0) {
        guest_masks();
    }
}

static uint64_t on_now(void *ctx)
{
    (void)ctx;
    return f->now;
}

static void give_clock(struct host *h, struct vpl011_time *memory)
{
    const struct vpl011_time_config config = {.now = on_now, .what = timed};

    assert_result(vpl011_time_set(&h->uart, timed ? memory : NULL, &config),
                  VPL011_OK);
}

static void tick(struct host *h)
{
    uint64_t when;

    if (vpl011_time_next(&h->uart, &when) == 1 && when <= f->now) {
        vpl011_tick(&h->uart);
    }
}

/* A read lets time pass by itself; before all else the timer has run. */
static void time_passes(uint64_t ns, bool ticks)
{
    f->now += ns;
    if (ticks) {
        tick(&plain);
        tick(&f->h);
    }
}

static void loop_runs(void)
{
    time_passes(below(12) * MS, true);
    fake_serve(f);
    note_closings(false);
}

static void far_ends_take(size_t room)
{
    plain.far.room = room;
    f->h.far.room = room;
    vpl011_data_avail(&plain.uart);
    vpl011_data_avail(&f->h.uart);
}

/* What changes more than input is announced. */
static void host_acts(void)
{
    const uint32_t n = below(37);

    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    note_closings(false);
    switch (below(4)) {
    case 0:
        vpl011_set_modem(&plain.uart, n * 8 & PL011_FR_MODEM);
        vpl011_set_modem(&f->h.uart, n * 8 & PL011_FR_MODEM);
        break;
    case 1:
        far_ends_take(n * 16);
        break;
    case 2:
        if (n == 0) {
            vpl011_reset(&plain.uart);
            vpl011_reset(&f->h.uart);
        }
        break;
    default:
        far_ends_take(FAR_UNLIMITED);
        break;
    }
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
}

/* Input is not: it may come while output waits. */
static void input_comes(void)
{
    static const char keys[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    const uint16_t entry = (uint16_t)(below(4) << 8 | 'e');
    const uint32_t n = below(sizeof(keys));
    const uint64_t idle = fake_status(f).closings[VPL011_KVM_IDLE];

    switch (below(5)) {
    case 0:
    case 1:
        far_end_queues(&plain, keys, n);
        far_end_queues(&f->h, keys, n);
        vpl011_data_avail(&plain.uart);
        vpl011_data_avail(&f->h.uart);
        break;
    case 2:
        vpl011_tick(&plain.uart);
        vpl011_tick(&f->h.uart);
        break;
    case 3:
        if (far_end_waiting(&plain) > 0 || plain.far.break_after != SIZE_MAX) {
            break; /* which of two sources is first is not the device's */
        }
        vpl011_rx_push(&plain.uart, &entry, 1);
        while (vpl011_rx_push(&f->h.uart, &entry, 1) == VPL011_ERR_PAGE) {
            fake_serve(f);
        }
        break;
    default:
        plain.far.break_after = 0;
        f->h.far.break_after = 0;
        vpl011_data_avail(&plain.uart);
        vpl011_data_avail(&f->h.uart);
        break;
    }
    if (later) {
        fake_serve(f);
        if (idle != fake_status(f).closings[VPL011_KVM_IDLE]) {
            vpl011_data_avail(&plain.uart);
        }
    }
    removed = f->calls[SLOT_OFF];
}

/* What waits is compared when it is delivered: LCR_H says how much of a
 * character is sent. */
static void the_same_was_sent(void)
{
    const struct kvm_coalesced_mmio_ring *const ring = fake_ring(f);
    size_t count = f->h.far.sent_count;
    uint32_t i;

    assert_memory_equal(plain.far.sent, f->h.far.sent, count);
    for (i = ring->first; i != ring->last; i = (i + 1) % 170) {
        count += ring->coalesced_mmio[i].phys_addr == BASE;
    }
    assert_int_equal(plain.far.sent_count, count);
    assert_int_equal(far_end_waiting(&plain), far_end_waiting(&f->h));
}

static void forget_transfers(struct host *h)
{
    h->far.sent_count = 0;
    memmove(h->far.input, h->far.input + h->far.input_first,
            far_end_waiting(h));
    h->far.input_end -= h->far.input_first;
    h->far.input_first = 0;
    if (h->far.input_end > 4096) {
        h->far.input_end = 4096;
    }
    host_forget(h);
}

/* At 115200 baud. */
static void start(struct host_options options)
{
    struct vpl011_kvm_config config = fake_config();

    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->now = 1000 * MS;
    config.burst = 1 + below(8);
    config.reopen_ns = 1;
    config.idle_ns = 10 * MS;
    options.config.clock_hz = 24000000;
    options.config.baud = 115200;
    host_init(&plain, &options);
    fake_init(f, &options, config);
    f->vm.config.flags = later ? VPL011_KVM_CLOSE_LATER : 0;
    give_clock(&plain, &plain_time);
    give_clock(&f->h, &kvm_time);
    removed = 0;
    both_write(PL011_UARTIBRD, 4, 13);
    both_write(PL011_UARTFBRD, 4, 1);
    both_write(PL011_UARTLCR_H, 4, 0x70);
}

static void walk(const struct host_options *options, unsigned int steps)
{
    unsigned int step;
    uint32_t what;

    start(*options);
    for (step = 0; step < steps; step++) {
        what = below(10);
        time_passes(timed && below(4) == 0 ? below(400000) : 1, what < 6);
        switch (what) {
        case 0:
            if (below(2)) {
                guest_handles();
                break;
            }
            guest_writes();
            break;
        case 1:
        case 2:
        case 3:
            guest_sends_some();
            break;
        case 4:
            loop_runs();
            break;
        case 5:
            if (below(8) == 0) {
                host_acts();
            } else {
                input_comes();
            }
            break;
        default:
            guest_reads();
            break;
        }
        assert_int_equal(plain.lines, f->h.lines);
        the_same_was_sent();
        if (step % 64 == 0) {
            fake_serve(f);
            note_closings(false);
            the_same_was_sent();
            forget_transfers(&plain);
            forget_transfers(&f->h);
        }
    }
    from_page += f->from_page;
    exits += f->exits;
    deferred += fake_status(f).deferred;
    repeats += fake_status(f).repeats;
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
}

static const struct host_options kinds[] = {
    {.enabled = true},
    {.enabled = true, .locks = true},
    {.enabled = true, .no_put = true},
    {.enabled = true, .config = {.flags = VPL011_CFG_UNTHROTTLED}},
    {.enabled = true, .config = {.revision = VPL011_R1P4}},
    {.config = {.flags = VPL011_CFG_FIRMWARE_INIT}},
    {.config = {.personality = VPL011_SBSA}},
    {.config = {.personality = VPL011_SBSA, .flags = VPL011_CFG_STORE_CONFIG}},
};

static void a_guest_on_kvm_observes_the_same(void)
{
    /* Input at the rate of the line is in test_without_exits: here it matters
     * who asks for it first. */
    static const uint32_t clocks[] = {
        0,
        VPL011_TIME_RX_TIMEOUT,
        VPL011_TIME_RX_TIMEOUT | VPL011_TIME_TX,
    };
    unsigned int kind;
    unsigned int round;

    seed = 1;
    for (round = 0; round < 20; round++) {
        later = round % 2 > 0;
        timed = clocks[round / 2 % 3];
        for (kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
            walk(&kinds[kind], 2000);
        }
    }
    /* And it does spare exits. */
    print_message("# %u exits, %u reads from the page, %u characters from the "
                  "ring, %u repeats\n",
                  exits, from_page, (unsigned int)deferred,
                  (unsigned int)repeats);
    assert_true(from_page > 10000);
    assert_true(deferred > 100000);
    assert_true(repeats > 1000);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_guest_on_kvm_observes_the_same),
    };

    return run_cases(cases);
}
