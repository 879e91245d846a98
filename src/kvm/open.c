/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Opening and closing the register page and the coalesced zone.
 *
 * Whoever opens a page has the mutex until the slot is there and it has looked
 * whether the device wants the page closed again. So the close op, which only
 * tries for the mutex, never finds a page half open: it leaves its wish in
 * `asked`, and whoever has the mutex answers it before leaving.
 */
#include "kvm_internal.h"

#include <errno.h>
#include <linux/kvm.h>

int vpl011_kvm_failed_(struct vpl011_kvm *k)
{
    k->status.failures++;
    k->status.error = errno;
    return VPL011_ERR_SYSTEM;
}

/* A slot that exists cannot be made read-only, nor back: it is created so, and
 * deleted. */
static int set_slot(struct vpl011_kvm *k, uint64_t bytes)
{
    struct kvm_userspace_memory_region slot = {
        .slot = k->config.slot,
        .flags = bytes > 0 ? KVM_MEM_READONLY : 0,
        .guest_phys_addr = k->config.base,
        .memory_size = bytes,
        .userspace_addr = (uintptr_t)k->config.memory,
    };

    return vpl011_kvm_ioctl_(k->vm, KVM_SET_USER_MEMORY_REGION, &slot) < 0
               ? vpl011_kvm_failed_(k)
               : VPL011_OK;
}

static int set_zone(struct vpl011_kvm *k, unsigned long request)
{
    struct kvm_coalesced_mmio_zone zone = {
        .addr = k->config.base + PL011_UARTDR,
        .size = 4,
    };

    return vpl011_kvm_ioctl_(k->vm, request, &zone) < 0 ? vpl011_kvm_failed_(k)
                                                        : VPL011_OK;
}

/* After an opening that saved enough exits, fewer characters in a row are
 * enough for the next one. */
static void closed(struct vpl011_kvm *k, enum vpl011_kvm_reason why)
{
    k->status.closings[why]++;
    if (k->zone_ends) {
        return; /* the pause runs since the page was closed */
    }
    k->burst = 0;
    k->needed = k->gained < k->config.burst ? k->config.burst : k->config.again;
    k->not_before = vpl011_kvm_now_(k->vm) + k->config.reopen_ns;
}

/*
 * After a closing for input the zone follows, at a later look of the loop. In
 * both calls KVM waits until no vCPU uses what was there, and if the second
 * comes at once it takes a millisecond or more, in which the vCPU that is to
 * read the input would wait for the mutex.
 */
static int remove_slot(struct vpl011_kvm *k, enum vpl011_kvm_reason why)
{
    const int err = set_slot(k, 0);

    if (!err) {
        k->status.page = 0;
        closed(k, why);
        k->zone_ends = vpl011_kvm_now_(k->vm) + k->config.drain_ns;
    }
    return err;
}

/* The register page is not used any more, so the device may take input. From
 * here on it asks for no closing until the page is opened again. */
static void page_is_closed(struct vpl011_kvm *k)
{
    (void)vpl011_page_closed(k->config.device);
    vpl011_store_release(&k->asked, 0);
}

int vpl011_kvm_shut_page_(struct vpl011_kvm *k, enum vpl011_kvm_reason why)
{
    int err;

    if (k->status.page <= 0) {
        return VPL011_OK;
    }
    err = remove_slot(k, why);
    if (!err) {
        page_is_closed(k);
    }
    return err;
}

int vpl011_kvm_shut_zone_(struct vpl011_kvm *k, enum vpl011_kvm_reason why)
{
    struct vpl011_kvm_vm *const vm = k->vm;

    if (k->status.zone <= 0) {
        return VPL011_OK;
    }
    if (vpl011_kvm_shut_repeats_(k) ||
        set_zone(k, KVM_UNREGISTER_COALESCED_MMIO)) {
        return VPL011_ERR_SYSTEM; /* it goes on being emptied */
    }
    k->status.zone = vm->ring_wrong ? VPL011_ERR_RING : 0;
    vm->zoned--;
    closed(k, why);
    return VPL011_OK;
}

int vpl011_kvm_end_zone_(struct vpl011_kvm *k, enum vpl011_kvm_reason why)
{
    const int err = vpl011_kvm_shut_zone_(k, why);

    vpl011_kvm_drain_(k->vm);
    return err;
}

void vpl011_kvm_check_zone_(struct vpl011_kvm *k)
{
    if (k->status.zone > 0 &&
        (k->vm->ring_wrong || vpl011_deferrable(k->config.device) <
                                  (int)vpl011_kvm_capacity_(k->vm))) {
        (void)vpl011_kvm_end_zone_(k, VPL011_KVM_STATE);
    }
}

/*
 * Under the device lock, from any thread. It may not call the device, so that
 * the zone stays until the loop comes. A page that is
 * being opened has no slot yet: then whoever opens it finds the wish.
 */
bool vpl011_kvm_on_close_(void *ctx)
{
    struct vpl011_kvm *const k = ctx;
    struct vpl011_kvm_vm *const vm = k->vm;
    const bool own = vpl011_kvm_is_own_(vm);
    bool done = false;

    vpl011_store_release(&k->asked, 1);
    if (!(vm->config.flags & VPL011_KVM_CLOSE_LATER) &&
        (own || pthread_mutex_trylock(&vm->lock) == 0)) {
        if (k->status.page > 0 &&
            remove_slot(k, VPL011_KVM_INPUT) == VPL011_OK) {
            done = true;
            vpl011_store_release(&k->asked, 0);
        }
        if (!own) {
            (void)pthread_mutex_unlock(&vm->lock);
        }
    }
    if (!done) {
        vm->config.wake(vm->config.ctx);
    }
    return done;
}

void vpl011_kvm_settle_(struct vpl011_kvm *k)
{
    if (vpl011_load_acquire(&k->asked)) {
        (void)vpl011_kvm_shut_page_(k, VPL011_KVM_INPUT);
    }
}

static bool open_page(struct vpl011_kvm *k, uint64_t now)
{
    const struct vpl011_kvm_vm *const vm = k->vm;

    if (vpl011_page_open(k->config.device) != 1) {
        return false;
    }
    if (vpl011_load_acquire(&k->asked)) {
        page_is_closed(k); /* there is no slot yet */
        return false;
    }
    /* The device cleans what it changes from here on; the rest of the page was
     * never cleaned. */
    vm->config.clean(vm->config.ctx, k->config.memory, vm->config.host_page);
    if (set_slot(k, vm->config.host_page)) {
        k->not_before = now + FAILED_OPENING_NS;
        page_is_closed(k);
        return false;
    }
    k->status.page = 1;
    k->status.openings++;
    k->zone_ends = 0;
    return true;
}

/* Room is asked for twice: once for what will wait, once for what comes while
 * that is delivered. */
static bool open_zone(struct vpl011_kvm *k, uint64_t now)
{
    if (vpl011_deferrable(k->config.device) <
        2 * (int)vpl011_kvm_capacity_(k->vm)) {
        return false;
    }
    if (k->vm->zoned == 0) {
        k->vm->looked = now;
    }
    if (set_zone(k, KVM_REGISTER_COALESCED_MMIO)) {
        k->not_before = now + FAILED_OPENING_NS;
        return false;
    }
    k->status.zone = 1;
    k->vm->zoned++;
    k->status.openings++;
    return true;
}

void vpl011_kvm_open_(struct vpl011_kvm *k, uint64_t now)
{
    bool opened = false;

    k->burst = 0;
    if (k->status.page == 0) {
        opened = open_page(k, now);
    }
    /* Where there is a page that could not be opened, input is under way: then
     * the zone is not opened either. */
    if (k->status.page != 0 && k->status.zone == 0 && now >= k->not_before) {
        opened |= open_zone(k, now);
    }
    if (opened) {
        k->since = now;
        k->came = 0;
        k->looks = 0;
        k->gained = 0;
        k->vm->config.wake(k->vm->config.ctx);
    }
}
