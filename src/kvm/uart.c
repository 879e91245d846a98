/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A UART of a VM: made and closed, its exits, and the calls of its host. */
#include "kvm_internal.h"

#include <errno.h>
#include <string.h>

#define MS UINT64_C(1000000) /* [ns] */

/* docs/abi.md: no padding at the end. */
_Static_assert(sizeof(struct vpl011_kvm_config) % 8 == 0 &&
                   sizeof(struct vpl011_kvm_config) ==
                       offsetof(struct vpl011_kvm_config, reserved) + 36 &&
                   sizeof(struct vpl011_kvm_status) % 8 == 0,
               "no tail padding");

static void set_defaults(struct vpl011_kvm_config *c)
{
    c->burst = c->burst ? c->burst : 64;
    c->again = c->again ? c->again : 8;
    c->again = c->again < c->burst ? c->again : c->burst;
    c->reopen_ns = c->reopen_ns ? c->reopen_ns : 10 * MS;
    c->idle_ns = c->idle_ns ? c->idle_ns : 20 * MS;
    c->busy = c->busy ? c->busy : 12;
    c->drain_ns = c->drain_ns ? c->drain_ns : MS;
}

static int page_result(const struct vpl011_kvm_vm *vm,
                       const struct vpl011_kvm_config *c)
{
    if (!c->memory) {
        return VPL011_ERR_NULL;
    }
    if (!(vm->can & CAN_READONLY)) {
        return VPL011_ERR_UNSUPPORTED;
    }
    if (c->window < vm->config.host_page ||
        c->base % vm->config.host_page != 0) {
        return VPL011_ERR_KVM_WINDOW;
    }
    return VPL011_OK;
}

static int zone_result(const struct vpl011_kvm_vm *vm,
                       const struct vpl011_kvm_config *c)
{
    const uint64_t start = c->base + PL011_UARTDR;
    size_t i;

    if ((c->flags & VPL011_KVM_NO_ZONE) || !(vm->can & CAN_COALESCE)) {
        return VPL011_ERR_UNSUPPORTED;
    }
    if (vm->ring_wrong) {
        return VPL011_ERR_RING;
    }
    if (c->backend_holds > 0 &&
        c->backend_holds < 2 * (uint64_t)vpl011_kvm_capacity_(vm)) {
        return VPL011_ERR_KVM_QUEUE;
    }
    for (i = 0; i < vm->config.zone_count; i++) {
        const struct vpl011_kvm_range *const z = &vm->zones[i];

        if (z->start < start + 4 &&
            (z->start >= start || start - z->start < z->size)) {
            return VPL011_ERR_KVM_ZONE;
        }
    }
    return VPL011_OK;
}

static int check(const struct vpl011_kvm_vm *vm,
                 const struct vpl011_kvm_config *c)
{
    if (!c->device) {
        return VPL011_ERR_NULL;
    }
    if (c->flags & ~VPL011_KVM_NO_ZONE) {
        return VPL011_ERR_FLAGS;
    }
    if (c->base % 4 != 0 || c->window < PL011_WINDOW_SIZE ||
        c->base > UINT64_MAX - c->window) {
        return VPL011_ERR_RANGE;
    }
    if ((uintptr_t)c->memory % vm->config.host_page != 0) {
        return VPL011_ERR_SIZE;
    }
    return VPL011_OK;
}

static void on_clean(void *ctx, void *start, size_t bytes)
{
    const struct vpl011_kvm *const k = ctx;

    k->vm->config.clean(k->vm->config.ctx, start, bytes);
}

/* The bytes behind the registers read as 0, too. */
static int give_page(struct vpl011_kvm *k, const struct vpl011_kvm_vm *vm,
                     const struct vpl011_kvm_config *c)
{
    const struct vpl011_page page = {
        .ctx = k,
        .registers = c->memory,
        .close = vpl011_kvm_on_close_,
        .clean = on_clean,
    };
    const int err = vpl011_page_set(c->device, &page);

    if (!err) {
        memset((uint8_t *)c->memory + PL011_WINDOW_SIZE, 0,
               vm->config.host_page - PL011_WINDOW_SIZE);
    }
    return err;
}

int vpl011_kvm_init_sized(struct vpl011_kvm *k, size_t kvm_size,
                          struct vpl011_kvm_vm *vm,
                          const struct vpl011_kvm_config *config,
                          size_t config_size)
{
    struct vpl011_kvm_config c = {0};
    int page = 0;
    int err;

    if (!k || !config) {
        return VPL011_ERR_NULL;
    }
    if (kvm_size < sizeof(*k) ||
        !vpl011_copy_sized_(&c, KNOWN(struct vpl011_kvm_config), config,
                            config_size)) {
        return VPL011_ERR_ABI;
    }
    err = vpl011_kvm_enter_(vm);
    if (err) {
        return err;
    }
    err = check(vm, &c);
    if (!err) {
        page = page_result(vm, &c);
        err = vpl011_deferrable(c.device);
    }
    if (err >= 0) {
        set_defaults(&c);
        memset(k, 0, sizeof(*k));
        k->vm = vm;
        err = page ? VPL011_OK : give_page(k, vm, &c);
    }
    if (!err) {
        k->config = c;
        k->status.page = page;
        k->status.zone = zone_result(vm, &c);
        k->next = vm->uarts;
        vm->uarts = k;
        k->needed = c.burst;
        vpl011_kvm_init_repeats_(k);
        k->guard = UART_READY;
    }
    vpl011_kvm_leave_(vm);
    return err;
}

/* A page that is closed here stays so, because the mutex is held. errno is that
 * of KVM, whatever the backend did with it meanwhile. */
static int shut_all(struct vpl011_kvm *k)
{
    const int page = vpl011_kvm_shut_page_(k, VPL011_KVM_HOST);
    const int zone = vpl011_kvm_end_zone_(k, VPL011_KVM_HOST);

    if (page || zone) {
        errno = k->status.error;
        return VPL011_ERR_SYSTEM;
    }
    return VPL011_OK;
}

static void leave_list(struct vpl011_kvm *k)
{
    struct vpl011_kvm **at = &k->vm->uarts;

    while (*at != k) {
        at = &(*at)->next;
    }
    *at = k->next;
}

int vpl011_kvm_close(struct vpl011_kvm *k)
{
    int err = vpl011_kvm_enter_uart_(k);

    if (err) {
        return err;
    }
    err = shut_all(k);
    if (!err && k->status.page == 0) {
        err = vpl011_page_set(k->config.device, NULL);
    }
    if (!err) {
        leave_list(k);
        vpl011_kvm_close_repeats_(k);
        k->guard = 0;
    }
    vpl011_kvm_leave_(k->vm);
    return err;
}

size_t vpl011_kvm_sizeof(void)
{
    return sizeof(struct vpl011_kvm);
}

/* A burst consists of output only, so that a read of UARTDR ends it. */
static void note_access(struct vpl011_kvm *k, bool is_write)
{
    uint64_t now;

    if (!is_write) {
        k->burst = 0;
        return;
    }
    k->came++;
    k->gained++;
    if (k->status.page != 0 && k->status.zone != 0) {
        return; /* both are open, or never will be */
    }
    k->burst++;
    if (k->burst >= k->needed && k->held == 0) {
        now = vpl011_kvm_now_(k->vm);
        if (now >= k->not_before) {
            vpl011_kvm_open_(k, now);
        }
    }
}

int vpl011_kvm_exit(struct vpl011_kvm *k, uint64_t offset, unsigned int size,
                    bool is_write, uint64_t *value)
{
    struct vpl011 *device;
    int result;

    if (!value) {
        return VPL011_ERR_NULL;
    }
    result = vpl011_kvm_enter_uart_(k);
    if (result) {
        return result;
    }
    device = k->config.device;
    k->status.exits++;
    k->status.exits_open += k->status.page > 0 && k->status.zone > 0;
    if (k->vm->zoned > 0) {
        vpl011_kvm_drain_(k->vm);
    }
    if (is_write) {
        result = vpl011_mmio_write(device, offset, size, *value);
    } else {
        result = vpl011_mmio_read(device, offset, size, value);
    }
    /* Done before this vCPU goes on, because another one may have written
     * meanwhile and left less room. */
    vpl011_kvm_check_zone_(k);
    if (is_write && offset == PL011_UARTIMSC) {
        vpl011_kvm_note_mask_(k, size, *value);
    } else if (offset == PL011_UARTDR) {
        note_access(k, is_write);
    }
    vpl011_kvm_leave_(k->vm);
    return result;
}

int vpl011_kvm_before(struct vpl011_kvm *k)
{
    int err = vpl011_kvm_enter_uart_(k);

    if (err) {
        return err;
    }
    k->held++;
    err = shut_all(k);
    vpl011_kvm_leave_(k->vm);
    return err;
}

int vpl011_kvm_after(struct vpl011_kvm *k)
{
    int err = vpl011_kvm_enter_uart_(k);

    if (err) {
        return err;
    }
    if (k->held == 0) {
        err = VPL011_ERR_RANGE;
    } else {
        k->held--;
        /* A device that was made anew meanwhile has no page. */
        if (k->held == 0 && k->status.page == 0) {
            err = give_page(k, k->vm, &k->config);
        }
    }
    vpl011_kvm_leave_(k->vm);
    return err;
}

int vpl011_kvm_get_status_sized(struct vpl011_kvm *k,
                                struct vpl011_kvm_status *status,
                                size_t status_size)
{
    struct vpl011_kvm_status s;
    int err;

    if (!status) {
        return VPL011_ERR_NULL;
    }
    err = vpl011_kvm_enter_uart_(k);
    if (err) {
        return err;
    }
    vpl011_kvm_count_repeats_(k);
    s = k->status;
    s.refused = k->vm->refused;
    vpl011_give_sized_(status, status_size, &s, sizeof(s));
    /* This call only looks: it does not close what was asked for meanwhile,
     * because the loop has been woken for that. */
    vpl011_kvm_unlock_(k->vm);
    return VPL011_OK;
}
