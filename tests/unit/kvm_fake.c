/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
#include "kvm_fake.h"

#include <sys/eventfd.h>

struct fake fake;
uint8_t fake_memory[2 * PAGE_MAX];

uint8_t *fake_page(const struct fake *f)
{
    const uintptr_t at = (uintptr_t)fake_memory % f->host_page;

    return fake_memory + (at ? f->host_page - at : 0);
}

struct kvm_coalesced_mmio_ring *fake_ring(struct fake *f)
{
    return (struct kvm_coalesced_mmio_ring *)(void *)f->ring;
}

static uint32_t slots(const struct fake *f)
{
    return (uint32_t)((f->host_page - 8) / 24);
}

uint32_t fake_waiting(struct fake *f)
{
    const struct kvm_coalesced_mmio_ring *const ring = fake_ring(f);

    return (ring->last + slots(f) - ring->first) % slots(f);
}

bool fake_push(struct fake *f, uint64_t address, uint32_t size, uint64_t data)
{
    struct kvm_coalesced_mmio_ring *const ring = fake_ring(f);
    const uint32_t last = ring->last;
    const uint32_t next = (last + 1) % slots(f);
    struct kvm_coalesced_mmio *const entry = &ring->coalesced_mmio[last];
    size_t i;

    if (next == __atomic_load_n(&ring->first, __ATOMIC_ACQUIRE)) {
        return false;
    }
    entry->phys_addr = address;
    entry->len = size;
    entry->pio = 0;
    for (i = 0; i < sizeof(entry->data); i++) {
        entry->data[i] = (uint8_t)(data >> (8 * i));
    }
    __atomic_store_n(&ring->last, next, __ATOMIC_RELEASE);
    return true;
}

static enum call call_of(unsigned long request, const void *argument)
{
    const struct kvm_userspace_memory_region *const slot = argument;

    const struct kvm_ioeventfd *const event = argument;

    if (request == KVM_SET_USER_MEMORY_REGION) {
        return slot->memory_size > 0 ? SLOT_ON : SLOT_OFF;
    }
    if (request == KVM_IOEVENTFD) {
        return event->flags & KVM_IOEVENTFD_FLAG_DEASSIGN ? REPEATS_OFF
                                                          : REPEATS_ON;
    }
    return request == KVM_REGISTER_COALESCED_MMIO ? ZONE_ON : ZONE_OFF;
}

static int check_extension(const struct fake *f, int capability)
{
    return capability == KVM_CAP_READONLY_MEM     ? !f->no_slots
           : capability == KVM_CAP_COALESCED_MMIO ? 2 * !f->no_zones
           : capability == KVM_CAP_IOEVENTFD      ? !f->no_repeats
                                                  : 0;
}

static int apply_event(struct fake *f, const struct kvm_ioeventfd *event)
{
    const bool on = (event->flags & KVM_IOEVENTFD_FLAG_DEASSIGN) == 0;

    if (!(event->flags & KVM_IOEVENTFD_FLAG_DATAMATCH) ||
        event->addr != BASE + PL011_UARTIMSC ||
        (event->len != 1 && event->len != 2 && event->len != 4)) {
        errno = EINVAL;
        return -1;
    }
    if (on ? f->repeats.len != 0
           : event->datamatch != f->repeats.datamatch ||
                 event->len != f->repeats.len || event->fd != f->repeats.fd) {
        errno = on ? EEXIST : ENOENT;
        return -1;
    }
    f->repeats = *event;
    f->repeats.len = on ? event->len : 0;
    return 0;
}

static int apply(struct fake *f, enum call call, const void *argument)
{
    const struct kvm_userspace_memory_region *const slot = argument;
    const struct kvm_coalesced_mmio_zone *const zone = argument;

    switch (call) {
    case SLOT_ON:
        /* An existing slot does not become read-only. */
        if (f->slot.memory_size > 0 || !(slot->flags & KVM_MEM_READONLY) ||
            slot->guest_phys_addr % f->host_page != 0 ||
            slot->userspace_addr % f->host_page != 0 ||
            slot->memory_size != f->host_page) {
            errno = EINVAL;
            return -1;
        }
        f->slot = *slot;
        return 0;
    case SLOT_OFF:
        if (f->slot.memory_size == 0 || slot->slot != f->slot.slot) {
            errno = EINVAL;
            return -1;
        }
        f->slot.memory_size = 0;
        f->rx_when_removed = f->h.uart.rx_fill;
        return 0;
    case REPEATS_ON:
    case REPEATS_OFF:
        return apply_event(f, argument);
    default:
        if (zone->size != 4 || zone->pio != 0 || zone->addr != BASE) {
            errno = EINVAL;
            return -1;
        }
        if (call == ZONE_ON && f->zone) {
            errno = EEXIST; /* KVM takes it; nobody may want it */
            return -1;
        }
        f->zone = call == ZONE_ON;
        return 0;
    }
}

static int on_ioctl(void *ctx, unsigned long request, void *argument)
{
    struct fake *const f = ctx;
    void (*during)(struct fake *);
    enum call call;
    int result;

    if (request == KVM_CHECK_EXTENSION) {
        return check_extension(f, *(const int *)argument);
    }
    call = call_of(request, argument);
    during = f->during[call];
    f->during[call] = NULL;
    if (during) {
        during(f);
    }
    pthread_mutex_lock(&f->kernel);
    f->calls[call]++;
    if (f->fail[call] > 0) {
        f->fail[call]--;
        errno = ENOMEM;
        result = -1;
    } else {
        result = apply(f, call, argument);
    }
    pthread_mutex_unlock(&f->kernel);
    return result;
}

static uint64_t on_now(void *ctx)
{
    const struct fake *const f = ctx;

    return __atomic_load_n(&f->now, __ATOMIC_RELAXED);
}

static void on_wake(void *ctx)
{
    struct fake *const f = ctx;

    __atomic_fetch_add(&f->wakes, 1, __ATOMIC_RELAXED);
}

static void on_clean(void *ctx, void *start, size_t bytes)
{
    struct fake *const f = ctx;

    assert_true((uint8_t *)start >= fake_page(f));
    assert_true((uint8_t *)start + bytes <= fake_page(f) + f->host_page);
    f->cleans++;
    f->cleaned = bytes;
    f->slot_when_cleaned = f->slot.memory_size > 0;
}

static void on_other(void *ctx, uint64_t address, const uint8_t *data,
                     uint32_t size, bool is_port)
{
    struct fake *const f = ctx;

    (void)data;
    (void)size;
    (void)is_port;
    f->others++;
    f->other_address = address;
    if (f->in_other) {
        f->in_other(f);
    }
}

struct vpl011_kvm_vm_config fake_vm_config(struct fake *f)
{
    return (struct vpl011_kvm_vm_config){
        .ctx = f,
        .vm_fd = -1,
        .host_page = f->host_page,
        .ring = f->ring,
        .other = on_other,
        .wake = on_wake,
        .now = on_now,
        .ioctl = on_ioctl,
        .clean = on_clean,
    };
}

struct vpl011_kvm_config fake_config(void)
{
    return (struct vpl011_kvm_config){
        .base = BASE,
        .window = 0x10000,
        .slot = 7,
    };
}

void fake_init(struct fake *f, const struct host_options *options,
               struct vpl011_kvm_config config)
{
    const struct vpl011_kvm_vm_config vm = fake_vm_config(f);

    pthread_mutex_init(&f->kernel, NULL);
    host_init(&f->h, options);
    memset(fake_memory, 0xA5, sizeof(fake_memory));
    config.device = &f->h.uart;
    config.memory = fake_page(f);
    assert_result(vpl011_kvm_vm_init(&f->vm, &vm), VPL011_OK);
    assert_result(vpl011_kvm_init(&f->kvm, &f->vm, &config), VPL011_OK);
}

void fake_start(struct fake *f)
{
    memset(f, 0, sizeof(*f));
    f->host_page = 4096;
    f->now = 1000 * MS;
    fake_init(f, &host_enabled, fake_config());
}

void fake_open(struct fake *f)
{
    fake_start(f);
    fake_sends_count(f, 64);
    assert_int_equal(f->slot.memory_size, f->host_page);
    assert_true(f->zone);
    f->exits = 0;
}

uint32_t fake_read(struct fake *f, uint32_t offset, unsigned int size)
{
    uint64_t value = 0;

    if (f->slot.memory_size > 0) {
        const uint8_t *const at = fake_page(f) + offset;
        unsigned int i;

        for (i = 0; i < size; i++) {
            value |= (uint64_t)at[i] << (8 * i);
        }
        f->from_page++;
        return (uint32_t)value;
    }
    f->exits++;
    vpl011_kvm_exit(&f->kvm, offset, size, false, &value);
    return (uint32_t)value;
}

void fake_write(struct fake *f, uint32_t offset, unsigned int size,
                uint32_t value)
{
    uint64_t wide = value;
    bool taken;

    pthread_mutex_lock(&f->kernel);
    taken = f->zone && offset + size <= 4 &&
            fake_push(f, BASE + offset, size, value);
    if (offset == PL011_UARTIMSC && size == f->repeats.len &&
        value == f->repeats.datamatch) {
        taken = eventfd_write(f->repeats.fd, 1) == 0;
    }
    pthread_mutex_unlock(&f->kernel);
    if (!taken) {
        __atomic_fetch_add(&f->exits, 1, __ATOMIC_RELAXED);
        vpl011_kvm_exit(&f->kvm, offset, size, true, &wide);
    }
}

void fake_sends(struct fake *f, const char *text)
{
    for (; *text; text++) {
        fake_write(f, PL011_UARTDR, 1, (uint8_t)*text);
    }
}

void fake_sends_count(struct fake *f, size_t count)
{
    size_t i;

    for (i = 0; i < count; i++) {
        fake_write(f, PL011_UARTDR, 1, (uint32_t)('a' + i % 26));
    }
}

uint64_t fake_serve(struct fake *f)
{
    uint64_t wait;

    assert_result(vpl011_kvm_serve(&f->vm, &wait), VPL011_OK);
    return wait;
}

uint64_t fake_serve_after(struct fake *f, uint64_t ns)
{
    f->now += ns;
    return fake_serve(f);
}

struct vpl011_kvm_status fake_status(struct fake *f)
{
    struct vpl011_kvm_status status;

    assert_result(vpl011_kvm_get_status(&f->kvm, &status), VPL011_OK);
    return status;
}
