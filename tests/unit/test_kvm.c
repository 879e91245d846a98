/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * libvpl011-kvm on a KVM that is none: when page and zone are opened and
 * closed, in which order what waits is delivered, and what happens where KVM
 * offers little or fails.
 */
#include "kvm_fake.h"

static struct fake *const f = &fake;

static uint64_t sent_count(void)
{
    return f->h.far.sent_count;
}

/* What is open was opened more often than closed. */
static void assert_counted(void)
{
    const struct vpl011_kvm_status s = fake_status(f);
    uint64_t closings = 0;
    size_t i;

    for (i = 0; i < VPL011_KVM_REASONS; i++) {
        closings += s.closings[i];
    }
    assert_int_equal(s.openings - closings,
                     (uint64_t)(s.page > 0) + (uint64_t)(s.zone > 0));
    assert_int_equal(s.page > 0, f->slot.memory_size > 0);
    assert_int_equal(s.zone > 0, f->zone);
}

static void assert_open(bool page, bool zone)
{
    assert_int_equal(f->slot.memory_size > 0, page);
    assert_int_equal(f->zone, zone);
    assert_counted();
}

/*
 * Opening
 */

static void a_burst_opens_page_and_zone(void)
{
    unsigned int i;

    fake_start(f);
    assert_int_equal(fake_serve(f), VPL011_KVM_NEVER);
    fake_sends_count(f, 63);
    assert_open(false, false);
    fake_sends_count(f, 1);
    assert_open(true, true);
    assert_int_equal(f->slot.slot, 7);
    assert_int_equal(f->slot.guest_phys_addr, BASE);
    assert_int_equal(f->wakes, 1);
    f->exits = 0;
    for (i = 0; i < 100; i++) {
        assert_int_equal(fake_read(f, PL011_UARTFR, 4) & PL011_FR_TXFF, 0);
        fake_sends_count(f, 1);
    }
    assert_int_equal(f->exits, 0);
    assert_int_equal(sent_count(), 64);
    assert_int_equal(fake_serve(f), MS);
    assert_int_equal(sent_count(), 164);
    assert_int_equal(fake_status(f).deferred, 100);
    assert_int_equal(fake_status(f).exits, 64);
}

static void a_full_ring_exits_and_keeps_the_order(void)
{
    size_t i;

    fake_open(f);
    fake_sends_count(f, 26 * 100);
    assert_int_equal(f->exits, 26 * 100 / 170);
    assert_int_equal(fake_status(f).exits_open, f->exits);
    assert_int_equal(fake_status(f).exits, 64 + f->exits);
    fake_serve(f);
    for (i = 0; i < 26 * 100; i++) {
        assert_int_equal(f->h.far.sent[64 + i], 'a' + i % 26);
    }
    assert_int_equal(sent_count(), 64 + 26 * 100);
}

/* Who reads its input is in a dialogue. */
static void a_read_of_uartdr_ends_a_burst(void)
{
    fake_start(f);
    fake_sends_count(f, 63);
    fake_read(f, PL011_UARTDR, 4);
    fake_sends_count(f, 63);
    assert_open(false, false);
    f->now += 1000 * MS;
    fake_sends_count(f, 1);
    assert_open(true, true);
}

static void it_is_not_opened_again_at_once(void)
{
    fake_open(f);
    far_end_types(&f->h, "k");
    fake_serve_after(f, MS);
    guest_drains(&f->h);
    f->now += 9 * MS - 1;
    fake_sends_count(f, 640);
    assert_open(false, false);
    f->now += 1;
    fake_sends_count(f, 1);
    assert_open(true, true);
}

static void the_waiting_times_are_the_configurations(void)
{
    struct vpl011_kvm_config config = fake_config();

    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->now = 1000 * MS;
    config.burst = 3;
    config.reopen_ns = 7;
    config.idle_ns = 100;
    config.busy = 2;
    config.drain_ns = 30;
    config.again = 2;
    fake_init(f, &host_enabled, config);
    fake_sends_count(f, 2);
    assert_open(false, false);
    fake_sends_count(f, 1);
    assert_open(true, true);
    assert_int_equal(fake_serve(f), 30);
    f->now += 50;
    fake_sends_count(f, 2);
    assert_int_equal(fake_serve(f), 30);
    f->now += 50;
    fake_serve(f);
    assert_open(true, true);
    fake_sends_count(f, 1);
    fake_serve_after(f, 30);
    fake_serve_after(f, 30);
    assert_int_equal(fake_serve_after(f, 40), VPL011_KVM_NEVER);
    assert_open(true, false);
    assert_int_equal(sent_count(), 6);
    f->now += 6;
    fake_sends_count(f, 2);
    assert_open(true, false);
    f->now += 1;
    fake_sends_count(f, 1);
    assert_open(true, true);
}

/* For so many milliseconds, with the loop at work. */
static void it_is_silent(unsigned int ms)
{
    for (; ms > 0; ms--) {
        fake_serve_after(f, MS);
    }
}

/* Messages of a booting kernel, with pauses between them: a few characters are
 * enough once an opening has paid for itself, and no longer when one has not.
 */
static void after_an_opening_that_paid_the_next_comes_soon(void)
{
    fake_open(f);
    fake_sends_count(f, 64);
    it_is_silent(40);
    assert_open(true, false);
    f->now += 100 * MS;
    fake_sends_count(f, 7);
    assert_open(true, false);
    fake_sends_count(f, 1);
    assert_open(true, true);
    fake_sends_count(f, 11);
    it_is_silent(20);
    assert_open(true, false);
    f->now += 100 * MS;
    fake_sends_count(f, 63);
    assert_open(true, false);
    fake_sends_count(f, 1);
    assert_open(true, true);
}

/* The rest of it is memory that the guest can read as well. */
static void the_page_is_cleaned_before_it_is_mapped_and_as_it_changes(void)
{
    fake_open(f);
    assert_false(f->slot_when_cleaned);
    assert_int_equal(f->cleaned, 4096);
    f->cleans = 0;
    fake_write(f, PL011_UARTIBRD, 4, 0x33);
    assert_int_equal(f->cleans, 1);
    assert_true(f->slot_when_cleaned);
    assert_true(f->cleaned < 4096);
    fake_write(f, PL011_UARTIBRD, 4, 0x33);
    assert_int_equal(f->cleans, 1);
    assert_int_equal(fake_read(f, PL011_UARTIBRD, 4), 0x33);
}

/*
 * Order
 */

static void an_exit_delivers_what_waits_first(void)
{
    fake_open(f);
    far_end_holds(&f->h);
    fake_serve(f); /* the zone is closed, because nothing may wait */
    assert_open(true, false);
    f->h.far.room = FAR_UNLIMITED;
    vpl011_data_avail(&f->h.uart);
    fake_sends_count(f, 64);
    f->now += 10 * MS;
    fake_sends_count(f, 1);
    assert_open(true, true);
    fake_sends(f, "before");
    assert_int_equal(sent_count(), 129);
    fake_write(f, PL011_UARTIMSC, 4, PL011_INT_TX);
    assert_int_equal(sent_count(), 135);
    fake_sends(f, "1");
    assert_result(vpl011_kvm_drain(&f->vm), VPL011_OK);
    assert_int_equal(sent_count(), 136);
}

static void another_vcpu_writes(struct fake *k)
{
    assert_true(fake_push(k, BASE, 1, 'z'));
}

/* The second acknowledgement takes TXRIS down: from now on a character raises
 * it, and may not wait. */
static void what_ends_the_steady_state_closes_the_zone_before_the_vcpu_goes_on(
    void)
{
    fake_open(f);
    fake_write(f, PL011_UARTICR, 4, PL011_INT_TX);
    assert_open(true, true);
    fake_sends(f, "y");
    f->during[ZONE_OFF] = another_vcpu_writes;
    fake_write(f, PL011_UARTICR, 4, PL011_INT_TX);
    if (f->zone) {
        fake_write(f, PL011_UARTICR, 4, PL011_INT_TX);
    }
    assert_open(true, false);
    assert_int_equal(fake_waiting(f), 0);
    assert_int_equal(sent_count(), 66);
    assert_memory_equal(f->h.far.sent + 64, "yz", 2);
    assert_int_equal(fake_status(f).closings[VPL011_KVM_STATE], 1);
    assert_int_equal(fake_read(f, PL011_UARTRIS, 4) & PL011_INT_TX,
                     PL011_INT_TX);
}

static void each_other_way_out_of_it_does(void)
{
    static const uint32_t writes[][2] = {
        {PL011_UARTCR, 0x301 | PL011_CR_LBE},
        {PL011_UARTCR, 0x301 | PL011_CR_CTSEN},
        {PL011_UARTLCR_H, 0x70 | PL011_LCR_H_BRK},
        {PL011_UARTTCR, PL011_TCR_TESTFIFO},
    };
    size_t i;

    for (i = 0; i < sizeof(writes) / sizeof(writes[0]); i++) {
        fake_open(f);
        fake_sends(f, "sent");
        fake_write(f, writes[i][0], 4, writes[i][1]);
        assert_false(f->zone);
        assert_int_equal(sent_count(), 68);
        assert_int_equal(fake_status(f).closings[VPL011_KVM_STATE], 1);
    }
}

static void another_vcpu_fills_the_ring(struct fake *k)
{
    while (fake_push(k, BASE, 1, 'z')) {
    }
}

/* The far end has room for 231; 100 wait, and another vCPU can write 69 more
 * and then 100 again, unless the zone is gone before they are taken. */
static void the_zone_is_closed_before_the_backend_has_no_room_for_a_full_ring(
    void)
{
    struct vpl011_counters counters;

    fake_start(f);
    f->h.far.room = 64 + 400;
    fake_sends_count(f, 64);
    assert_open(true, true);
    fake_sends_count(f, 169);
    fake_serve(f);
    assert_open(true, true);
    fake_sends_count(f, 100);
    assert_int_equal(vpl011_deferrable(&f->h.uart), 231);
    f->during[ZONE_OFF] = another_vcpu_fills_the_ring;
    fake_serve(f);
    assert_open(true, false);
    assert_int_equal(sent_count(), 64 + 2 * 169);
    assert_int_equal(fake_waiting(f), 0);
    assert_result(vpl011_get_counters(&f->h.uart, &counters), VPL011_OK);
    assert_int_equal(counters.tx_overflow, 0);
    /* And it is opened only where there is room for two. */
    f->now += 10 * MS;
    f->h.far.room = 337 + 8;
    fake_sends_count(f, 8);
    assert_open(true, false);
    f->h.far.room = 338 + 8;
    fake_sends_count(f, 8);
    assert_open(true, true);
}

/* A host call that nobody announced is found by the loop. */
static void the_loop_looks_whether_writes_may_still_wait(void)
{
    fake_open(f);
    fake_sends(f, "x");
    far_end_holds(&f->h);
    fake_serve(f);
    assert_open(true, false);
    assert_result(vpl011_tx_waiting(&f->h.uart), 1);
}

/*
 * Repeated writes of UARTIMSC
 */

static void write_mask(uint32_t value, unsigned int exits)
{
    const unsigned int before = f->exits;

    fake_write(f, PL011_UARTIMSC, 2, value);
    assert_int_equal(f->exits - before, exits);
    assert_int_equal(f->h.uart.imsc, value);
    assert_int_equal(fake_read(f, PL011_UARTIMSC, 2), value);
}

static void a_mask_that_is_written_again_does_not_exit(void)
{
    unsigned int i;

    fake_start(f);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 1);
    assert_int_equal(f->calls[REPEATS_ON], 0);
    fake_sends_count(f, 64);
    assert_open(true, true);
    write_mask(PL011_INT_RX, 1);
    for (i = 0; i < 10; i++) {
        write_mask(PL011_INT_RX, 0);
    }
    assert_int_equal(fake_status(f).repeats, 10);
    write_mask(PL011_INT_RX, 0);
    assert_int_equal(fake_status(f).repeats, 11);
    /* Of another size it may be another value. */
    fake_write(f, PL011_UARTIMSC, 1, PL011_INT_RX);
    assert_int_equal(f->repeats.len, 0);
    assert_open(true, true);
}

static void another_mask_is_applied_and_so_is_the_first_one_after_it(void)
{
    fake_open(f);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 0);
    write_mask(PL011_INT_TX, 1);
    assert_int_equal(f->h.lines & VPL011_IRQ_UARTINTR, VPL011_IRQ_UARTINTR);
    write_mask(PL011_INT_RX, 1);
    assert_int_equal(f->h.lines, 0);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 0);
    assert_int_equal(f->calls[REPEATS_ON], 2);
}

static void with_the_zone_repeats_exit_again(void)
{
    fake_open(f);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 0);
    it_is_silent(20);
    assert_open(true, false);
    assert_int_equal(f->repeats.len, 0);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 1);
    assert_int_equal(f->calls[REPEATS_ON], 1);
    assert_int_equal(fake_status(f).repeats, 1);
}

/* Until KVM lets go of it, the zone stays too, and each write but that one
 * exits. */
static void repeats_that_kvm_goes_on_dropping_are_tried_again(void)
{
    fake_open(f);
    write_mask(PL011_INT_RX, 1);
    write_mask(PL011_INT_RX, 1);
    f->fail[REPEATS_OFF] = 2;
    write_mask(PL011_INT_TX, 1);
    assert_int_equal(f->repeats.len, 2);
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_ERR_SYSTEM);
    assert_open(false, true);
    assert_int_equal(fake_status(f).failures, 2);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
    write_mask(PL011_INT_TX, 1);
    assert_int_equal(f->repeats.len, 0);
    write_mask(PL011_INT_RX, 1);
}

static void where_kvm_drops_nothing_each_write_exits(void)
{
    unsigned int i;

    fake_open(f);
    f->fail[REPEATS_ON] = 1;
    for (i = 0; i < 10; i++) {
        write_mask(PL011_INT_RX, 1);
    }
    assert_int_equal(f->calls[REPEATS_ON], 1);
    assert_int_equal(fake_status(f).failures, 1);

    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->no_repeats = true;
    fake_init(f, &host_enabled, fake_config());
    fake_sends_count(f, 64);
    assert_open(true, true);
    for (i = 0; i < 10; i++) {
        write_mask(PL011_INT_RX, 1);
    }
    assert_int_equal(f->calls[REPEATS_ON], 0);
}

/*
 * Closing
 */

static void input_comes_when_the_page_is_gone(void)
{
    fake_open(f);
    fake_sends(f, "waits");
    assert_result(far_end_types(&f->h, "key"), 3);
    assert_int_equal(f->calls[SLOT_OFF], 1);
    assert_int_equal(f->rx_when_removed, 0);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
    assert_int_equal(sent_count(), 69);
    /* The zone follows, but not while this vCPU would wait for that. */
    assert_open(false, true);
    fake_sends(f, "k");
    assert_int_equal(fake_serve_after(f, MS - 1), MS);
    assert_int_equal(sent_count(), 70);
    assert_open(false, true);
    assert_int_equal(fake_serve_after(f, 1), VPL011_KVM_NEVER);
    assert_open(false, false);
    assert_int_equal(fake_status(f).closings[VPL011_KVM_INPUT], 2);
    assert_int_equal(fake_serve(f), VPL011_KVM_NEVER);
}

static void *type_in_thread(void *argument)
{
    struct fake *const k = argument;

    assert_result(far_end_types(&k->h, "k"), VPL011_ERR_PAGE);
    return NULL;
}

/* From another thread, while this one has the mutex. */
static void another_thread_types(struct fake *k)
{
    pthread_t thread;

    k->in_other = NULL;
    assert_int_equal(pthread_create(&thread, NULL, type_in_thread, k), 0);
    pthread_join(thread, NULL);
    assert_int_equal(k->calls[SLOT_OFF], 0);
}

/* The close op only tries for the mutex, here held by who empties the ring. */
static void input_waits_for_whoever_has_the_mutex(void)
{
    fake_open(f);
    f->wakes = 0;
    f->in_other = another_thread_types;
    assert_true(fake_push(f, BASE + 0x100000, 4, 1));
    assert_result(vpl011_kvm_drain(&f->vm), VPL011_OK);
    assert_int_equal(f->others, 1);
    assert_int_equal(f->wakes, 1);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    assert_int_equal(f->rx_when_removed, 0);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
}

static void type_a_key(struct fake *k)
{
    assert_result(far_end_types(&k->h, "k"), VPL011_ERR_PAGE);
}

/* Before the slot is there, the device wants it closed. */
static void input_during_the_opening_is_not_lost(void)
{
    static void (*const types[])(struct fake *) = {type_a_key,
                                                   another_thread_types};
    size_t i;

    for (i = 0; i < 2; i++) {
        fake_start(f);
        f->during[SLOT_ON] = types[i];
        fake_sends_count(f, 64);
        assert_int_equal(f->calls[SLOT_ON], 1);
        assert_open(false, true);
        fake_serve_after(f, MS);
        assert_open(false, false);
        assert_int_equal(f->rx_when_removed, 0);
        assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
    }
}

static void type_without_waiting(struct fake *k)
{
    k->in_other = NULL;
    assert_result(far_end_types(&k->h, "k"), 1);
    assert_int_equal(k->calls[SLOT_OFF], 1);
}

/* From a callback the mutex is this thread's already. */
static void who_has_the_mutex_closes_at_once(void)
{
    fake_open(f);
    f->wakes = 0;
    f->in_other = type_without_waiting;
    assert_true(fake_push(f, BASE + 0x100000, 4, 1));
    fake_sends(f, "x");
    assert_result(vpl011_kvm_drain(&f->vm), VPL011_OK);
    assert_int_equal(f->wakes, 0);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    assert_int_equal(sent_count(), 65);
}

static void type_at_once(struct fake *k)
{
    assert_result(far_end_types(&k->h, "k"), 1);
}

/* From notify, which the backend's poll may cause. */
static void input_between_page_and_zone_ends_the_zone_too(void)
{
    fake_open(f);
    far_end_types(&f->h, "k");
    fake_serve_after(f, MS);
    guest_drains(&f->h);
    f->now += 10 * MS;
    f->during[ZONE_ON] = type_at_once;
    fake_sends_count(f, 64);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    guest_drains(&f->h);
    f->now += 9 * MS - 1;
    fake_sends_count(f, 640);
    assert_open(false, false);
}

/* The vCPU's own access asks for it: loopback, or the test of the FIFOs. */
static void an_access_that_closes_the_page_has_closed_it_when_it_returns(void)
{
    fake_open(f);
    fake_write(f, PL011_UARTCR, 4, 0x301 | PL011_CR_LBE);
    fake_sends(f, "l");
    assert_open(false, false);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'l');
}

static void nothing_changes_slots_under_the_device_lock_if_it_may_not(void)
{
    struct vpl011_kvm_vm_config vm;
    struct vpl011_kvm_config config = fake_config();

    fake_start(f);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    vm = fake_vm_config(f);
    vm.flags = VPL011_KVM_CLOSE_LATER;
    config.device = &f->h.uart;
    config.memory = fake_page(f);
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_OK);
    assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
    assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
    fake_sends_count(f, 64);
    assert_open(true, true);
    f->wakes = 0;
    assert_result(far_end_types(&f->h, "k"), VPL011_ERR_PAGE);
    assert_int_equal(f->calls[SLOT_OFF], 0);
    assert_int_equal(f->wakes, 1);
    assert_int_equal(fake_serve(f), MS);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
}

static void an_idle_console_needs_no_timer(void)
{
    fake_open(f);
    fake_sends(f, "the end");
    f->now += MS;
    assert_int_equal(fake_serve(f), MS);
    assert_int_equal(sent_count(), 71);
    assert_int_equal(fake_status(f).longest_wait, MS);
    it_is_silent(18);
    assert_open(true, true);
    assert_int_equal(fake_serve_after(f, MS), VPL011_KVM_NEVER);
    assert_open(true, false);
    assert_int_equal(fake_status(f).closings[VPL011_KVM_IDLE], 1);
    f->wakes = 0;
    fake_sends_count(f, 63);
    fake_read(f, PL011_UARTFR, 4);
    assert_int_equal(f->wakes, 0);
}

/* The loop did not run, so perhaps the guest did not either. */
static void a_busy_machine_is_no_silence(void)
{
    fake_open(f);
    fake_sends_count(f, 1);
    fake_serve_after(f, 100 * MS);
    assert_open(true, true);
    it_is_silent(18);
    assert_open(true, true);
    it_is_silent(1);
    assert_open(true, false);
}

/* A guest with a character each `every` ns for 10 s, and a loop that sleeps as
 * long as it was told. */
static void run_slowly(uint64_t every, unsigned int *served)
{
    const uint64_t end = 11000 * MS;
    uint64_t next_character;
    uint64_t next_call = UINT64_MAX;

    fake_start(f);
    *served = 0;
    for (next_character = f->now; next_character < end;) {
        if (next_call <= next_character) {
            f->now = next_call;
            (*served)++;
        } else {
            f->now = next_character;
            next_character += every;
            f->wakes = 0;
            f->h.far.sent_count = 0;
            fake_sends_count(f, 1);
            if (f->wakes == 0) {
                continue;
            }
            (*served)++;
        }
        next_call = fake_serve(f);
        next_call += next_call == VPL011_KVM_NEVER ? 0 : f->now;
    }
}

static void a_slow_guest_wakes_nobody_often(void)
{
    static const uint64_t intervals[] = {MS / 2, 2 * MS, 5 * MS, 20 * MS,
                                         100 * MS};
    size_t i;

    for (i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        const uint64_t characters = 10000 * MS / intervals[i];
        unsigned int served;

        run_slowly(intervals[i], &served);
        assert_true(served <= 2 * characters);
        assert_true(f->calls[SLOT_ON] * 50 <= characters);
        assert_true(f->calls[ZONE_ON] * 50 <= characters);
        assert_true(fake_status(f).longest_wait <= 2 * MS);
    }
}

/*
 * The host
 */

static void before_a_call_of_the_host_all_is_delivered_and_closed(void)
{
    fake_open(f);
    fake_sends(f, "output");
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    assert_open(false, false);
    assert_int_equal(sent_count(), 70);
    assert_int_equal(fake_status(f).closings[VPL011_KVM_HOST], 2);
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
    f->now += 1000 * MS;
    fake_sends_count(f, 640);
    assert_open(false, false);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
    fake_sends_count(f, 1);
    assert_open(true, true);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_ERR_RANGE);
}

/* As a monitor does that restores into a new device. */
static void the_device_may_be_made_anew_in_such_a_call(void)
{
    fake_open(f);
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    host_init(&f->h, &host_enabled);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
    f->now += 10 * MS;
    fake_sends_count(f, 64);
    assert_open(true, true);
    assert_int_equal(fake_read(f, PL011_UARTCR, 4), f->h.uart.cr);
    assert_result(far_end_types(&f->h, "k"), 1);
    fake_serve(f);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
}

static void it_is_left_as_it_was_found(void)
{
    fake_open(f);
    fake_sends(f, "output");
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_ERR_UNSUPPORTED);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    assert_false(f->zone);
    assert_int_equal(f->slot.memory_size, 0);
    assert_int_equal(sent_count(), 70);
    assert_result(vpl011_page_open(&f->h.uart), VPL011_ERR_OP_MISSING);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_ERR_UNINIT);
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_OK);
    assert_result(vpl011_kvm_drain(&f->vm), VPL011_ERR_UNINIT);
}

/*
 * What KVM has not
 */

static void assert_works_with_exits(void)
{
    fake_sends_count(f, 640);
    assert_int_equal(sent_count(), 640);
    assert_result(far_end_types(&f->h, "k"), 1);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
}

static void without_a_capability_the_rest_works(void)
{
    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->no_slots = true;
    f->no_zones = true;
    fake_init(f, &host_enabled, fake_config());
    assert_int_equal(fake_status(f).page, VPL011_ERR_UNSUPPORTED);
    assert_int_equal(fake_status(f).zone, VPL011_ERR_UNSUPPORTED);
    assert_works_with_exits();
    assert_int_equal(f->wakes, 0);

    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->no_slots = true;
    fake_init(f, &host_enabled, fake_config());
    fake_sends_count(f, 64);
    assert_open(false, true);

    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->no_zones = true;
    fake_init(f, &host_enabled, fake_config());
    fake_sends_count(f, 64);
    assert_open(true, false);
    assert_int_equal(fake_serve(f), VPL011_KVM_NEVER);
}

static void a_window_that_shares_its_host_page_has_no_page(void)
{
    static const struct {
        size_t host_page;
        uint64_t base;
        uint64_t window;
        int page;
    } cases[] = {
        {4096, BASE, 4096, 0},
        {16384, BASE, 16384, 0},
        {65536, BASE, 65536, 0},
        {16384, BASE, 4096, VPL011_ERR_KVM_WINDOW},
        {65536, BASE, 65535, VPL011_ERR_KVM_WINDOW},
        {65536, BASE + 0x1000, 65536, VPL011_ERR_KVM_WINDOW},
        {4096, BASE + 0x800, 4096, VPL011_ERR_KVM_WINDOW},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vpl011_kvm_config config = fake_config();

        memset(f, 0, sizeof(*f));
        f->host_page = cases[i].host_page;
        config.base = cases[i].base;
        config.window = cases[i].window;
        config.flags = VPL011_KVM_NO_ZONE;
        fake_init(f, &host_enabled, config);
        assert_int_equal(fake_status(f).page, cases[i].page);
        fake_sends_count(f, 64);
        assert_open(cases[i].page == 0, false);
        if (cases[i].page == 0) {
            assert_int_equal(f->slot.memory_size, cases[i].host_page);
            if (cases[i].host_page > 4096) {
                assert_int_equal(fake_page(f)[cases[i].host_page - 1], 0);
            }
        }
        fake_sends_count(f, 640 - 64);
        assert_int_equal(sent_count(), 640);
    }
}

/* A ring of each page size, and the backend that holds twice as much. */
static void the_zone_needs_a_backend_for_two_rings(void)
{
    static const struct {
        size_t host_page;
        size_t entries;
    } cases[] = {{4096, 169}, {16384, 681}, {65536, 2729}};
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vpl011_kvm_config config = fake_config();

        memset(f, 0, sizeof(*f));
        f->host_page = cases[i].host_page;
        config.backend_holds = 2 * cases[i].entries - 1;
        fake_init(f, &host_enabled, config);
        assert_int_equal(fake_status(f).zone, VPL011_ERR_KVM_QUEUE);
        fake_sends_count(f, 64);
        assert_open(true, false);

        memset(f, 0, sizeof(*f));
        f->host_page = cases[i].host_page;
        config.backend_holds++;
        fake_init(f, &host_enabled, config);
        fake_sends_count(f, 64);
        assert_open(true, true);
        f->exits = 0;
        fake_sends_count(f, cases[i].entries);
        assert_int_equal(f->exits, 0);
        fake_sends_count(f, 1);
        assert_int_equal(f->exits, 1);
        assert_int_equal(sent_count(), 64 + cases[i].entries + 1);
    }
}

static void a_zone_of_the_monitors_is_not_unregistered(void)
{
    static const struct {
        struct vpl011_kvm_range zone;
        int result;
    } cases[] = {
        {{BASE - 4, 4}, 0},
        {{BASE + 4, 0x100}, 0},
        {{BASE, 4}, VPL011_ERR_KVM_ZONE},
        {{BASE + 3, 1}, VPL011_ERR_KVM_ZONE},
        {{BASE - 8, 9}, VPL011_ERR_KVM_ZONE},
        {{0, UINT64_MAX}, VPL011_ERR_KVM_ZONE},
    };
    size_t i;

    for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct vpl011_kvm_config config = fake_config();
        struct vpl011_kvm_vm_config vm;

        fake_start(f);
        vm = fake_vm_config(f);
        vm.zones = &cases[i].zone;
        vm.zone_count = 1;
        config.device = &f->h.uart;
        assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
        assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
        assert_int_equal(fake_status(f).page, VPL011_ERR_NULL);
        assert_int_equal(fake_status(f).zone, cases[i].result);
        fake_sends_count(f, 64);
        assert_int_equal(f->zone, cases[i].result == 0);
    }
}

/*
 * What fails
 */

static void an_opening_that_fails_is_not_tried_again_soon(void)
{
    fake_start(f);
    f->fail[SLOT_ON] = 1;
    fake_sends_count(f, 64);
    assert_open(false, false);
    assert_int_equal(fake_status(f).failures, 1);
    assert_int_equal(fake_status(f).error, ENOMEM);
    /* Nothing is held back. */
    assert_result(far_end_types(&f->h, "k"), 1);
    guest_drains(&f->h);
    f->now += 999 * MS;
    fake_sends_count(f, 200);
    assert_int_equal(f->calls[SLOT_ON], 1);
    f->now += MS;
    f->fail[ZONE_ON] = 1;
    fake_sends_count(f, 64);
    assert_open(true, false);
    fake_sends_count(f, 200);
    assert_int_equal(f->calls[ZONE_ON], 1);
    f->now += 1000 * MS;
    fake_sends_count(f, 1);
    assert_open(true, true);
    assert_int_equal(sent_count(), 64 + 200 + 64 + 200 + 1);
}

static void a_page_that_kvm_does_not_close_holds_input(void)
{
    fake_open(f);
    f->wakes = 0;
    f->fail[SLOT_OFF] = 2;
    assert_result(far_end_types(&f->h, "k"), VPL011_ERR_PAGE);
    assert_int_equal(f->wakes, 1);
    assert_int_equal(far_end_waiting(&f->h), 1);
    assert_int_equal(fake_serve(f), MS);
    assert_open(true, true);
    assert_int_equal(far_end_waiting(&f->h), 1);
    assert_int_equal(fake_serve(f), MS);
    assert_open(false, true);
    fake_serve_after(f, MS);
    assert_open(false, false);
    assert_int_equal(fake_status(f).failures, 2);
    assert_int_equal(fake_read(f, PL011_UARTDR, 4), 'k');
}

static void a_zone_that_kvm_does_not_close_goes_on_being_emptied(void)
{
    fake_open(f);
    f->fail[ZONE_OFF] = 2;
    fake_sends(f, "one");
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_ERR_SYSTEM);
    assert_open(false, true);
    assert_int_equal(sent_count(), 67);
    fake_sends(f, "two");
    fake_write(f, PL011_UARTCR, 4, 0x301 | PL011_CR_CTSEN);
    assert_open(false, true);
    assert_int_equal(sent_count(), 70);
    assert_int_equal(fake_serve(f), VPL011_KVM_NEVER);
    assert_open(false, false);
    assert_int_equal(fake_status(f).failures, 2);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
}

static void what_cannot_be_closed_is_not_left(void)
{
    fake_open(f);
    f->fail[SLOT_OFF] = 1;
    errno = 0;
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_ERR_SYSTEM);
    assert_int_equal(errno, ENOMEM);
    assert_open(true, false);
    assert_result(vpl011_kvm_after(&f->kvm), VPL011_OK);
    f->fail[SLOT_OFF] = 1;
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_ERR_SYSTEM);
    assert_open(true, false);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    assert_int_equal(f->slot.memory_size, 0);
}

/*
 * The ring
 */

static void wrong_indices_are_refused(void)
{
    static const uint32_t wrong[][2] = {
        {170, 0}, {0, 170}, {UINT32_MAX, UINT32_MAX}, {0, UINT32_MAX}};
    size_t i;

    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        fake_open(f);
        fake_sends(f, "lost");
        fake_ring(f)->first = wrong[i][0];
        fake_ring(f)->last = wrong[i][1];
        fake_serve(f);
        assert_int_equal(sent_count(), 64);
        assert_int_equal(fake_status(f).refused, 1);
        assert_int_equal(fake_status(f).zone, VPL011_ERR_RING);
        assert_open(true, false);
        /* And with exits it goes on. */
        f->now += 20 * MS;
        fake_sends_count(f, 64);
        assert_int_equal(sent_count(), 128);
        assert_open(true, false);
    }
}

static void entries_are_checked(void)
{
    static const struct {
        uint64_t address;
        uint32_t size;
    } wrong[] = {
        {BASE, 0},     {BASE, 5},     {BASE, 8},     {BASE, UINT32_MAX},
        {BASE + 4, 4}, {BASE + 2, 4}, {BASE - 1, 4}, {UINT64_MAX, 4},
        {0, 4},        {BASE + 3, 2},
    };
    const unsigned int count = sizeof(wrong) / sizeof(wrong[0]);
    struct vpl011_kvm_config config = fake_config();
    struct vpl011_kvm_vm_config vm;
    unsigned int i;

    fake_start(f);
    vm = fake_vm_config(f);
    vm.other = NULL;
    config.device = &f->h.uart;
    assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
    assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
    fake_sends_count(f, 64);
    fake_sends(f, "a");
    for (i = 0; i < count; i++) {
        assert_true(fake_push(f, wrong[i].address, wrong[i].size, 'w'));
    }
    assert_true(fake_push(f, BASE, 1, 'p'));
    fake_ring(f)->coalesced_mmio[fake_ring(f)->last - 1].pio = 1;
    fake_write(f, PL011_UARTDR, 2, 0x4162);
    fake_write(f, PL011_UARTDR, 4, 0x41424363);
    fake_serve(f);
    assert_int_equal(fake_status(f).refused, count + 1);
    assert_int_equal(sent_count(), 67);
    assert_memory_equal(f->h.far.sent + 64, "abc", 3);
}

/* The zone takes these too: they are mistakes of the guest's, as at an exit. */
static void a_write_beside_uartdr_is_the_guests_mistake(void)
{
    fake_open(f);
    fake_sends(f, "1");
    fake_write(f, PL011_UARTDR + 1, 1, 'x');
    fake_write(f, PL011_UARTDR + 2, 2, 'x');
    fake_write(f, PL011_UARTDR, 3, 'x');
    fake_sends(f, "2");
    fake_serve(f);
    assert_counter(&f->h, bad_accesses, 3);
    assert_int_equal(fake_status(f).refused, 0);
    assert_int_equal(sent_count(), 66);
    assert_memory_equal(f->h.far.sent + 64, "12", 2);
}

static void look_at_first(struct fake *k)
{
    /* Two entries were copied, and no more. */
    assert_int_equal(fake_waiting(k), 1);
    assert_int_equal(k->h.far.sent_count, 65);
}

static void an_entry_is_free_once_it_was_copied(void)
{
    fake_open(f);
    fake_sends(f, "1");
    assert_true(fake_push(f, BASE + 0x5000, 4, 5));
    fake_sends(f, "2");
    f->in_other = look_at_first;
    fake_serve(f);
    assert_int_equal(f->others, 1);
    assert_int_equal(f->other_address, BASE + 0x5000);
    assert_int_equal(fake_waiting(f), 0);
    assert_memory_equal(f->h.far.sent + 64, "12", 2);
}

/* A monitor with zones of its own that empties the ring itself. */
static void monitor_drains(void *ctx)
{
    struct fake *const k = ctx;
    struct kvm_coalesced_mmio_ring *const ring = fake_ring(k);

    while (ring->first != ring->last) {
        const struct kvm_coalesced_mmio entry =
            ring->coalesced_mmio[ring->first];

        ring->first = (ring->first + 1) % 170;
        if (vpl011_kvm_entry(&k->vm, entry.phys_addr, entry.data, entry.len) !=
            1) {
            k->others++;
        }
    }
}

static void the_monitor_may_empty_the_ring_itself(void)
{
    struct vpl011_kvm_config config = fake_config();
    struct vpl011_kvm_vm_config vm;
    const uint8_t data[8] = {'d'};

    fake_start(f);
    vm = fake_vm_config(f);
    vm.ring = NULL;
    vm.drain = monitor_drains;
    config.device = &f->h.uart;
    config.memory = fake_page(f);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
    assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
    fake_sends_count(f, 64);
    assert_open(true, true);
    fake_sends(f, "1");
    assert_true(fake_push(f, BASE + 0x5000, 4, 5));
    fake_sends(f, "2");
    fake_write(f, PL011_UARTIMSC, 4, 0);
    assert_int_equal(f->others, 1);
    assert_int_equal(sent_count(), 66);
    assert_result(vpl011_kvm_entry(&f->vm, BASE, data, 1), VPL011_ERR_REENTRY);
    assert_int_equal(sent_count(), 66);
    /* Here it is not known how much comes: room for two rings is asked for. */
    f->h.far.room = 337;
    fake_sends(f, "3");
    fake_serve(f);
    assert_open(true, false);
    assert_int_equal(sent_count(), 67);
}

/* Each finds its own, in one ring and under one mutex. */
static void two_uarts_share_the_ring(void)
{
    static struct fake second;
    struct vpl011_kvm_config config = fake_config();
    struct vpl011_kvm other;

    fake_open(f);
    host_init(&second.h, &host_enabled);
    config.device = &second.h.uart;
    config.base = BASE + 0x10000;
    assert_result(vpl011_kvm_init(&other, &f->vm, &config), VPL011_OK);
    assert_true(fake_push(f, BASE, 1, '1'));
    assert_true(fake_push(f, BASE + 0x10000, 1, 'A'));
    assert_true(fake_push(f, BASE, 1, '2'));
    assert_true(fake_push(f, BASE + 0x10000, 1, 'B'));
    fake_serve(f);
    assert_memory_equal(f->h.far.sent + 64, "12", 2);
    assert_sent(&second.h, "AB");
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_ERR_UNSUPPORTED);
    assert_result(vpl011_kvm_close(&other), VPL011_OK);
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_OK);
}

/*
 * Mistakes of the monitor's
 */

static void call_in(struct fake *k)
{
    uint64_t value = 0;

    assert_result(vpl011_kvm_drain(&k->vm), VPL011_ERR_REENTRY);
    assert_result(vpl011_kvm_serve(&k->vm, &value), VPL011_ERR_REENTRY);
    assert_result(vpl011_kvm_exit(&k->kvm, 0, 1, true, &value),
                  VPL011_ERR_REENTRY);
    assert_result(vpl011_kvm_before(&k->kvm), VPL011_ERR_REENTRY);
    assert_result(vpl011_kvm_after(&k->kvm), VPL011_ERR_REENTRY);
    assert_result(vpl011_kvm_close(&k->kvm), VPL011_ERR_REENTRY);
}

static void a_call_from_a_callback_is_refused(void)
{
    fake_open(f);
    f->in_other = call_in;
    assert_true(fake_push(f, BASE + 0x5000, 4, 5));
    fake_serve(f);
    assert_int_equal(f->others, 1);
    assert_open(true, true);
}

static void a_vm_is_checked(void)
{
    static const struct vpl011_kvm_range zones[17];
    struct vpl011_kvm_vm_config c;
    struct vpl011_kvm_vm vm;

    fake_start(f);
    memset(&vm, 0, sizeof(vm));
    c = fake_vm_config(f);
    assert_result(vpl011_kvm_vm_init(NULL, &c), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_vm_init(&vm, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_vm_init_sized(&vm, sizeof(vm) - 1, &c, sizeof(c)),
                  VPL011_ERR_ABI);
    c.reserved[3] = &c;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_ABI);
    c.reserved[3] = NULL;
    c.wake = NULL;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_OP_MISSING);
    c = fake_vm_config(f);
    c.flags = 2;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_FLAGS);
    c = fake_vm_config(f);
    c.host_page = 8192;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_SIZE);
    c = fake_vm_config(f);
    c.ring = (uint8_t *)c.ring + 4;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_SIZE);
    c = fake_vm_config(f);
    c.zone_count = 1;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_NULL);
    c.zones = zones;
    c.zone_count = 17;
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_ERR_RANGE);
    assert_result(vpl011_kvm_vm_close(&vm), VPL011_ERR_UNINIT);
    assert_result(vpl011_kvm_vm_close(NULL), VPL011_ERR_NULL);
    /* Nothing but what is required: this system's KVM, clock and page. */
    c = (struct vpl011_kvm_vm_config){.wake = c.wake, .vm_fd = -1};
    assert_result(vpl011_kvm_vm_init(&vm, &c), VPL011_OK);
    assert_result(vpl011_kvm_vm_close(&vm), VPL011_OK);
    assert_int_equal(vpl011_kvm_vm_sizeof(), sizeof(vm));
}

static void a_uart_is_checked(void)
{
    struct vpl011_kvm_config good = fake_config();
    struct vpl011_kvm_config c;
    struct vpl011_kvm k = {0};
    struct vpl011 blank = {0};
    uint64_t value = 0;

    fake_start(f);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    good.device = &f->h.uart;
    good.memory = fake_page(f);
    assert_result(vpl011_kvm_init(NULL, &f->vm, &good), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_init(&k, NULL, &good), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_init(&k, &f->vm, NULL), VPL011_ERR_NULL);
    assert_result(
        vpl011_kvm_init_sized(&k, sizeof(k) - 1, &f->vm, &good, sizeof(good)),
        VPL011_ERR_ABI);
    c = good;
    c.reserved[0] = 1;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_ABI);
    c = good;
    c.device = NULL;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_NULL);
    c.device = &blank;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_UNINIT);
    c = good;
    c.flags = 2;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_FLAGS);
    c = good;
    c.memory = fake_page(f) + 2048;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_SIZE);
    c = good;
    c.window = 4095;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_RANGE);
    c.window = 4096;
    c.base = UINT64_MAX - 4095;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_RANGE);
    c.base = BASE + 2;
    assert_result(vpl011_kvm_init(&k, &f->vm, &c), VPL011_ERR_RANGE);
    assert_result(vpl011_kvm_exit(&k, 0, 1, false, &value), VPL011_ERR_UNINIT);
    assert_result(vpl011_kvm_exit(NULL, 0, 1, false, &value), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_init(&k, &f->vm, &good), VPL011_OK);
    assert_result(vpl011_kvm_exit(&k, 0, 1, false, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_exit(&k, 1, 1, false, &value), VPL011_ERR_ACCESS);
    assert_result(vpl011_kvm_get_status(&k, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_serve(&f->vm, NULL), VPL011_ERR_NULL);
    assert_result(vpl011_kvm_entry(&f->vm, 0, NULL, 0), VPL011_ERR_NULL);
    assert_int_equal(vpl011_kvm_sizeof(), sizeof(k));
    assert_result(vpl011_kvm_close(&k), VPL011_OK);
}

/*
 * Threads: two vCPUs that send, one that does what closes the zone, input, and
 * the loop. Everything arrives, each vCPU's in its order.
 */

#define EACH 20000u

static uint32_t in_order[2];
static unsigned int wrong_order;
static uint32_t stop;

static size_t far_write(void *ctx, const uint8_t *bytes, size_t count,
                        uint32_t *events)
{
    size_t i;

    (void)ctx;
    (void)events;
    for (i = 0; i < count; i++) {
        const unsigned int vcpu = bytes[i] >> 7;

        wrong_order += (bytes[i] & 0x7F) != (in_order[vcpu]++ & 0x7F);
    }
    return count;
}

static size_t far_read(void *ctx, uint8_t *bytes, size_t count,
                       uint32_t *events)
{
    uint32_t *const queued = ctx;

    (void)events;
    if (count == 0 || __atomic_load_n(queued, __ATOMIC_RELAXED) == 0) {
        return 0;
    }
    __atomic_fetch_sub(queued, 1, __ATOMIC_RELAXED);
    bytes[0] = 'i';
    return 1;
}

static void far_poll(void *ctx, struct vpl011_backend_status *status,
                     uint32_t *events)
{
    const uint32_t *const queued = ctx;

    (void)events;
    status->attached = true;
    status->room = 1000;
    status->waiting = __atomic_load_n(queued, __ATOMIC_RELAXED);
}

static pthread_mutex_t device_lock = PTHREAD_MUTEX_INITIALIZER;

static uintptr_t lock_device(void *ctx)
{
    (void)ctx;
    pthread_mutex_lock(&device_lock);
    return 0;
}

static void unlock_device(void *ctx, uintptr_t saved)
{
    (void)ctx;
    (void)saved;
    pthread_mutex_unlock(&device_lock);
}

static void *vcpu_sends(void *argument)
{
    const uint32_t mark = *(const uint32_t *)argument;
    uint32_t i;

    for (i = 0; i < EACH; i++) {
        fake_write(f, PL011_UARTDR, 1, mark | (i & 0x7F));
        if (i % 128 == 0) {
            fake_write(f, PL011_UARTIMSC, 4, i & 0x600);
        }
    }
    return NULL;
}

static void *loop_runs(void *argument)
{
    uint64_t wait;

    (void)argument;
    while (!__atomic_load_n(&stop, __ATOMIC_RELAXED)) {
        __atomic_fetch_add(&f->now, MS, __ATOMIC_RELAXED);
        vpl011_kvm_serve(&f->vm, &wait);
    }
    return NULL;
}

static void *input_comes(void *argument)
{
    uint32_t *const queued = argument;
    uint64_t value;
    unsigned int i;

    for (i = 0; i < 300; i++) {
        __atomic_fetch_add(queued, 1, __ATOMIC_RELAXED);
        (void)vpl011_data_avail(&f->h.uart);
        /* A guest that reads it. */
        (void)vpl011_kvm_exit(&f->kvm, PL011_UARTDR, 4, false, &value);
        if (i % 20 == 0) {
            (void)vpl011_kvm_before(&f->kvm);
            (void)vpl011_kvm_after(&f->kvm);
        }
    }
    return NULL;
}

static void threads_lose_nothing_and_do_not_deadlock(void)
{
    static uint32_t marks[2] = {0, 0x80};
    static uint32_t queued;
    const struct vpl011_ops ops = {.lock = lock_device,
                                   .unlock = unlock_device};
    const struct vpl011_config no_irq = {.flags = VPL011_CFG_NO_IRQ_OP};
    const struct vpl011_backend far = {
        .ctx = &queued, .write = far_write, .read = far_read, .poll = far_poll};
    struct vpl011_kvm_config config = fake_config();
    struct vpl011_kvm_vm_config vm;
    pthread_t threads[4];
    size_t i;

    fake_start(f);
    assert_result(vpl011_kvm_close(&f->kvm), VPL011_OK);
    assert_result(vpl011_kvm_vm_close(&f->vm), VPL011_OK);
    assert_result(vpl011_init(&f->h.uart, &no_irq, &ops), VPL011_OK);
    assert_result(vpl011_attach(&f->h.uart, &far), VPL011_OK);
    vm = fake_vm_config(f);
    vm.clean = NULL;
    config.device = &f->h.uart;
    config.memory = fake_page(f);
    config.reopen_ns = 1;
    assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
    assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
    pthread_create(&threads[0], NULL, vcpu_sends, &marks[0]);
    pthread_create(&threads[1], NULL, vcpu_sends, &marks[1]);
    pthread_create(&threads[2], NULL, input_comes, &queued);
    pthread_create(&threads[3], NULL, loop_runs, NULL);
    for (i = 0; i < 3; i++) {
        pthread_join(threads[i], NULL);
    }
    __atomic_store_n(&stop, 1, __ATOMIC_RELAXED);
    pthread_join(threads[3], NULL);
    assert_result(vpl011_kvm_before(&f->kvm), VPL011_OK);
    assert_int_equal(in_order[0], EACH);
    assert_int_equal(in_order[1], EACH);
    assert_int_equal(wrong_order, 0);
    assert_counted();
    assert_true(fake_status(f).deferred > 0);
    assert_true(f->calls[REPEATS_ON] > 0);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        CASE(a_burst_opens_page_and_zone),
        CASE(a_full_ring_exits_and_keeps_the_order),
        CASE(a_read_of_uartdr_ends_a_burst),
        CASE(it_is_not_opened_again_at_once),
        CASE(the_waiting_times_are_the_configurations),
        CASE(after_an_opening_that_paid_the_next_comes_soon),
        CASE(the_page_is_cleaned_before_it_is_mapped_and_as_it_changes),
        CASE(an_exit_delivers_what_waits_first),
        CASE(
            what_ends_the_steady_state_closes_the_zone_before_the_vcpu_goes_on),
        CASE(each_other_way_out_of_it_does),
        CASE(the_zone_is_closed_before_the_backend_has_no_room_for_a_full_ring),
        CASE(the_loop_looks_whether_writes_may_still_wait),
        CASE(a_mask_that_is_written_again_does_not_exit),
        CASE(another_mask_is_applied_and_so_is_the_first_one_after_it),
        CASE(with_the_zone_repeats_exit_again),
        CASE(repeats_that_kvm_goes_on_dropping_are_tried_again),
        CASE(where_kvm_drops_nothing_each_write_exits),
        CASE(input_comes_when_the_page_is_gone),
        CASE(input_waits_for_whoever_has_the_mutex),
        CASE(input_during_the_opening_is_not_lost),
        CASE(who_has_the_mutex_closes_at_once),
        CASE(input_between_page_and_zone_ends_the_zone_too),
        CASE(an_access_that_closes_the_page_has_closed_it_when_it_returns),
        CASE(nothing_changes_slots_under_the_device_lock_if_it_may_not),
        CASE(an_idle_console_needs_no_timer),
        CASE(a_busy_machine_is_no_silence),
        CASE(a_slow_guest_wakes_nobody_often),
        CASE(before_a_call_of_the_host_all_is_delivered_and_closed),
        CASE(the_device_may_be_made_anew_in_such_a_call),
        CASE(it_is_left_as_it_was_found),
        CASE(without_a_capability_the_rest_works),
        CASE(a_window_that_shares_its_host_page_has_no_page),
        CASE(the_zone_needs_a_backend_for_two_rings),
        CASE(a_zone_of_the_monitors_is_not_unregistered),
        CASE(an_opening_that_fails_is_not_tried_again_soon),
        CASE(a_page_that_kvm_does_not_close_holds_input),
        CASE(a_zone_that_kvm_does_not_close_goes_on_being_emptied),
        CASE(what_cannot_be_closed_is_not_left),
        CASE(wrong_indices_are_refused),
        CASE(entries_are_checked),
        CASE(a_write_beside_uartdr_is_the_guests_mistake),
        CASE(an_entry_is_free_once_it_was_copied),
        CASE(the_monitor_may_empty_the_ring_itself),
        CASE(two_uarts_share_the_ring),
        CASE(a_call_from_a_callback_is_refused),
        CASE(a_vm_is_checked),
        CASE(a_uart_is_checked),
        CASE(threads_lose_nothing_and_do_not_deadlock),
    };

    return run_cases(cases);
}
