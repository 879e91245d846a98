/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * The coalesced ring: what guests wrote without an exit. The kernel appends at
 * `last`, user space takes at `first`. All of it is shared memory, so that each
 * index is read once and checked, and each entry copied before it is judged.
 */
#include "kvm_internal.h"

#include <linux/kvm.h>
#include <string.h>

/* Characters of one UART in a row, collected before they are delivered. */
#define RUN 128

struct run {
    struct vpl011_kvm *k;
    size_t count;
    uint8_t characters[RUN];
};

static struct kvm_coalesced_mmio_ring *ring_of(const struct vpl011_kvm_vm *vm)
{
    return vm->config.ring;
}

/* A ring keeps one entry free, to distinguish full from empty. */
uint32_t vpl011_kvm_capacity_(const struct vpl011_kvm_vm *vm)
{
    return vm->slots - 1;
}

/* Both indices, checked. How many entries wait; 0 too where they are wrong. */
static uint32_t waiting(struct vpl011_kvm_vm *vm, uint32_t *first)
{
    struct kvm_coalesced_mmio_ring *const ring = ring_of(vm);
    const uint32_t last = vpl011_load_acquire(&ring->last);

    *first = vpl011_load_relaxed(&ring->first);
    if (*first >= vm->slots || last >= vm->slots) {
        vm->ring_wrong = true;
        vm->refused++;
        return 0;
    }
    return last >= *first ? last - *first : last + vm->slots - *first;
}

static void deliver(struct run *run)
{
    if (run->count > 0) {
        (void)vpl011_write_deferred(run->k->config.device, run->characters,
                                    run->count);
        run->count = 0;
    }
}

static void add(struct run *run, struct vpl011_kvm *k, uint8_t character)
{
    if (run->k != k || run->count == RUN) {
        deliver(run);
        run->k = k;
    }
    run->characters[run->count++] = character;
    k->came++;
    k->gained++;
    k->status.deferred++;
    if (k->status.longest_wait < k->vm->waited) {
        k->status.longest_wait = k->vm->waited;
    }
}

/* The UART in whose zone a write lies, or NULL. */
static struct vpl011_kvm *owner(const struct vpl011_kvm_vm *vm,
                                uint64_t address, uint32_t size)
{
    struct vpl011_kvm *k;

    for (k = vm->uarts; k; k = k->next) {
        const uint64_t offset = address - (k->config.base + PL011_UARTDR);

        if (offset < 4 && size > 0 && size <= 4 - offset) {
            return k;
        }
    }
    return NULL;
}

/* A write to UARTDR. One that is misaligned or of a bad size is inside the zone
 * too: the device counts it, as it would have at an exit. */
static void take(struct run *run, struct vpl011_kvm *k, uint64_t address,
                 const uint8_t *data, uint32_t size)
{
    const uint64_t offset = address - k->config.base;
    uint32_t value = 0;
    uint32_t i;

    if (offset == PL011_UARTDR && size != 3) {
        add(run, k, data[0]);
        return;
    }
    deliver(run);
    for (i = 0; i < size; i++) {
        value |= (uint32_t)data[i] << (8 * i);
    }
    (void)vpl011_mmio_write(k->config.device, offset, size, value);
}

static void judge(struct vpl011_kvm_vm *vm, struct run *run,
                  const struct kvm_coalesced_mmio *entry)
{
    const bool is_port = entry->pio != 0;
    struct vpl011_kvm *const k =
        is_port ? NULL : owner(vm, entry->phys_addr, entry->len);

    if (k) {
        take(run, k, entry->phys_addr, entry->data, entry->len);
    } else if (vm->config.other && entry->len <= sizeof(entry->data)) {
        deliver(run);
        vm->config.other(vm->config.ctx, entry->phys_addr, entry->data,
                         entry->len, is_port);
    } else {
        vm->refused++;
    }
}

/* A slot is free again once its entry was copied, and not before. */
static void take_all(struct vpl011_kvm_vm *vm, uint32_t first, uint32_t count)
{
    struct kvm_coalesced_mmio_ring *const ring = ring_of(vm);
    struct kvm_coalesced_mmio entry;
    struct run run = {0};

    while (count > 0) {
        memcpy(&entry, &ring->coalesced_mmio[first], sizeof(entry));
        first = first + 1 == vm->slots ? 0 : first + 1;
        vpl011_store_release(&ring->first, first);
        judge(vm, &run, &entry);
        count--;
    }
    deliver(&run);
}

/*
 * While a zone is open its device has room for a full ring. That must be so
 * after what waits was delivered as well, because the guest goes on writing: so
 * where it would not be, the zone is closed first, and not after. Otherwise a
 * guest that reads UARTFR from the page could write more than fits before it
 * sees TXFF.
 */
static bool shut_what_gets_full(struct vpl011_kvm_vm *vm, uint32_t coming)
{
    struct vpl011_kvm *k;
    bool shut = false;

    for (k = vm->uarts; k; k = k->next) {
        if (k->status.zone > 0 &&
            vpl011_deferrable(k->config.device) <
                (int)(coming + vpl011_kvm_capacity_(vm))) {
            shut |= vpl011_kvm_shut_zone_(k, VPL011_KVM_STATE) == VPL011_OK;
        }
    }
    return shut;
}

/* The longest time that what is delivered next can have waited. */
static void note_wait(struct vpl011_kvm_vm *vm)
{
    const uint64_t now = vpl011_kvm_now_(vm);

    vm->waited = now - vm->looked;
    vm->looked = now;
}

static void close_zones_for_good(struct vpl011_kvm_vm *vm)
{
    struct vpl011_kvm *k;

    for (k = vm->uarts; k; k = k->next) {
        if (k->status.zone == 0) {
            k->status.zone = VPL011_ERR_RING;
        }
        (void)vpl011_kvm_shut_zone_(k, VPL011_KVM_STATE);
    }
}

void vpl011_kvm_drain_(struct vpl011_kvm_vm *vm)
{
    uint32_t first;
    uint32_t count;

    if (!vm->config.ring) {
        if (vm->config.drain) {
            if (vm->zoned > 0) {
                note_wait(vm);
                (void)shut_what_gets_full(vm, vpl011_kvm_capacity_(vm));
            }
            vm->draining = true;
            vm->config.drain(vm->config.ctx);
            vm->draining = false;
        }
        return;
    }
    if (vm->ring_wrong) {
        return;
    }
    count = waiting(vm, &first);
    if (vm->zoned > 0) {
        note_wait(vm);
        if (count > 0 && shut_what_gets_full(vm, count)) {
            /* Now with all that was written before the zone was closed. */
            count = waiting(vm, &first);
        }
    }
    if (vm->ring_wrong) {
        close_zones_for_good(vm);
        return;
    }
    take_all(vm, first, count);
}

int vpl011_kvm_drain(struct vpl011_kvm_vm *vm)
{
    const int err = vpl011_kvm_enter_(vm);

    if (!err) {
        vpl011_kvm_drain_(vm);
        vpl011_kvm_leave_(vm);
    }
    return err;
}

int vpl011_kvm_entry(struct vpl011_kvm_vm *vm, uint64_t address,
                     const uint8_t *data, uint32_t size)
{
    struct vpl011_kvm *k;
    struct run run = {0};

    if (!vm || !data) {
        return VPL011_ERR_NULL;
    }
    if (vm->guard != VM_READY) {
        return VPL011_ERR_UNINIT;
    }
    if (!vm->draining) {
        return VPL011_ERR_REENTRY;
    }
    k = owner(vm, address, size);
    if (!k) {
        vm->refused++;
        return 0;
    }
    take(&run, k, address, data, size);
    deliver(&run);
    return 1;
}
