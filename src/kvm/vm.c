/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A VM: its mutex, its clock, and what its KVM can do. */
#include "kvm_internal.h"

#include <errno.h>
#include <linux/kvm.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

uint64_t vpl011_kvm_now_(const struct vpl011_kvm_vm *vm)
{
    struct timespec t = {0};

    if (vm->config.now) {
        return vm->config.now(vm->config.ctx);
    }
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}

int vpl011_kvm_ioctl_(const struct vpl011_kvm_vm *vm, unsigned long request,
                      void *argument)
{
    int result;

    do {
        if (vm->config.ioctl) {
            result = vm->config.ioctl(vm->config.ctx, request, argument);
        } else if (request == KVM_CHECK_EXTENSION) {
            result = ioctl(vm->config.vm_fd, request, *(const int *)argument);
        } else {
            result = ioctl(vm->config.vm_fd, request, argument);
        }
    } while (result < 0 && errno == EINTR);
    return result;
}

static bool has(const struct vpl011_kvm_vm *vm, int capability)
{
    return vpl011_kvm_ioctl_(vm, KVM_CHECK_EXTENSION, &capability) > 0;
}

/* A thread-local variable, so that its address identifies the thread: only the
 * owner finds its own address in vm->owner. */
static _Thread_local char here;

int vpl011_kvm_enter_(struct vpl011_kvm_vm *vm)
{
    if (!vm) {
        return VPL011_ERR_NULL;
    }
    if (vm->guard != VM_READY) {
        return VPL011_ERR_UNINIT;
    }
    if (pthread_mutex_lock(&vm->lock)) {
        return VPL011_ERR_REENTRY;
    }
    __atomic_store_n(&vm->owner, (uintptr_t)&here, __ATOMIC_RELAXED);
    return VPL011_OK;
}

bool vpl011_kvm_is_own_(const struct vpl011_kvm_vm *vm)
{
    return __atomic_load_n(&vm->owner, __ATOMIC_RELAXED) == (uintptr_t)&here;
}

void vpl011_kvm_unlock_(struct vpl011_kvm_vm *vm)
{
    __atomic_store_n(&vm->owner, 0, __ATOMIC_RELAXED);
    (void)pthread_mutex_unlock(&vm->lock);
}

int vpl011_kvm_enter_uart_(struct vpl011_kvm *k)
{
    if (!k) {
        return VPL011_ERR_NULL;
    }
    return k->guard == UART_READY ? vpl011_kvm_enter_(k->vm)
                                  : VPL011_ERR_UNINIT;
}

void vpl011_kvm_leave_(struct vpl011_kvm_vm *vm)
{
    struct vpl011_kvm *k;

    for (k = vm->uarts; k; k = k->next) {
        vpl011_kvm_settle_(k);
    }
    vpl011_kvm_unlock_(vm);
}

static int check(struct vpl011_kvm_vm_config *c)
{
    if (!c->wake) {
        return VPL011_ERR_OP_MISSING;
    }
    if (c->flags & ~VPL011_KVM_CLOSE_LATER) {
        return VPL011_ERR_FLAGS;
    }
    if (c->zone_count > VPL011_KVM_ZONES_MAX) {
        return VPL011_ERR_RANGE;
    }
    if (c->zone_count > 0 && !c->zones) {
        return VPL011_ERR_NULL;
    }
    if (c->host_page == 0) {
        c->host_page = (size_t)sysconf(_SC_PAGESIZE);
    }
    if ((c->host_page != 4096 && c->host_page != 16384 &&
         c->host_page != 65536) ||
        (uintptr_t)c->ring % sizeof(uint64_t) != 0) {
        return VPL011_ERR_SIZE;
    }
    return VPL011_OK;
}

static int init_lock(pthread_mutex_t *lock)
{
    pthread_mutexattr_t attributes;
    int err = pthread_mutexattr_init(&attributes);

    if (!err) {
        /* So that a call out of a callback is an error, and no deadlock. */
        (void)pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
        err = pthread_mutex_init(lock, &attributes);
        (void)pthread_mutexattr_destroy(&attributes);
    }
    errno = err;
    return err ? VPL011_ERR_SYSTEM : VPL011_OK;
}

int vpl011_kvm_vm_init_sized(struct vpl011_kvm_vm *vm, size_t vm_size,
                             const struct vpl011_kvm_vm_config *config,
                             size_t config_size)
{
    struct vpl011_kvm_vm_config c = {0};
    int err;

    if (!vm || !config) {
        return VPL011_ERR_NULL;
    }
    if (vm_size < sizeof(*vm) ||
        !vpl011_copy_sized_(&c, KNOWN(struct vpl011_kvm_vm_config), config,
                            config_size)) {
        return VPL011_ERR_ABI;
    }
    err = check(&c);
    if (err) {
        return err;
    }
    memset(vm, 0, sizeof(*vm));
    if (init_lock(&vm->lock)) {
        return VPL011_ERR_SYSTEM;
    }
    vm->config = c;
    if (c.zone_count > 0) {
        memcpy(vm->zones, c.zones, c.zone_count * sizeof(*c.zones));
    }
    vm->config.zones = NULL;
    if (!c.clean) {
        vm->config.clean = vpl011_kvm_clean_;
    }
    /* Two indices, then 24 bytes for each. */
    vm->slots =
        (uint32_t)((c.host_page - sizeof(struct kvm_coalesced_mmio_ring)) /
                   sizeof(struct kvm_coalesced_mmio));
    vm->can =
        (has(vm, KVM_CAP_READONLY_MEM) ? CAN_READONLY : 0) |
        (has(vm, KVM_CAP_IOEVENTFD) ? CAN_DROP_REPEATS : 0) |
        ((c.ring || c.drain) && has(vm, KVM_CAP_COALESCED_MMIO) ? CAN_COALESCE
                                                                : 0);
    vm->guard = VM_READY;
    return VPL011_OK;
}

int vpl011_kvm_vm_close(struct vpl011_kvm_vm *vm)
{
    int err = vpl011_kvm_enter_(vm);

    if (err) {
        return err;
    }
    err = vm->uarts ? VPL011_ERR_UNSUPPORTED : VPL011_OK;
    if (!err) {
        vm->guard = 0;
    }
    vpl011_kvm_unlock_(vm);
    if (!err) {
        (void)pthread_mutex_destroy(&vm->lock);
    }
    return err;
}

size_t vpl011_kvm_vm_sizeof(void)
{
    return sizeof(struct vpl011_kvm_vm);
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* [ns] until this UART has to be looked at again. */
static uint64_t next_call(const struct vpl011_kvm *k)
{
    uint64_t wait = VPL011_KVM_NEVER;

    if (vpl011_load_acquire(&k->asked)) {
        wait = FAILED_CLOSING_NS;
    }
    if (k->status.zone > 0) {
        wait = least(wait, k->config.drain_ns);
    }
    return wait;
}

/* The page was closed for input, long enough ago (remove_slot()). The zone
 * alone spares little, and what the guest echoes would wait in it. */
static bool is_left_alone(const struct vpl011_kvm *k, uint64_t now)
{
    return k->zone_ends != 0 && now >= k->zone_ends;
}

/* That time has passed is not enough: on a busy machine neither the guest nor
 * the loop may have run. So the loop must have looked often enough, too. */
static void end_in_silence(struct vpl011_kvm *k, uint64_t now)
{
    k->looks++;
    if (now - k->since < k->config.idle_ns ||
        k->looks < k->config.idle_ns / k->config.drain_ns) {
        return;
    }
    if (k->came < k->config.busy) {
        (void)vpl011_kvm_end_zone_(k, VPL011_KVM_IDLE);
    }
    k->since = now;
    k->came = 0;
    k->looks = 0;
}

int vpl011_kvm_serve(struct vpl011_kvm_vm *vm, uint64_t *wait_ns)
{
    struct vpl011_kvm *k;
    uint64_t now;
    uint64_t wait = VPL011_KVM_NEVER;
    int err;

    if (!wait_ns) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_kvm_enter_(vm);
    if (err) {
        return err;
    }
    vpl011_kvm_drain_(vm);
    now = vpl011_kvm_now_(vm);
    for (k = vm->uarts; k; k = k->next) {
        vpl011_kvm_settle_(k);
        vpl011_kvm_check_zone_(k);
        if (k->status.zone > 0 && is_left_alone(k, now)) {
            (void)vpl011_kvm_end_zone_(k, VPL011_KVM_INPUT);
        } else if (k->status.zone > 0) {
            end_in_silence(k, now);
        }
        wait = least(wait, next_call(k));
    }
    /* The other calls close what is asked for as they leave; this one does not.
     * What could not be closed above is tried again after the wait, and for
     * what the device asks from here on the loop is woken. */
    vpl011_kvm_unlock_(vm);
    *wait_ns = wait;
    return VPL011_OK;
}
