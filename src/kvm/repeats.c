/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * Linux writes UARTIMSC up to three times for each line that it prints, each
 * time with the value that is there already. In the steady state such a write
 * changes nothing, so KVM may drop it: that is what an ioeventfd does with a
 * write of one value and size. Nobody waits for the eventfd; its counter tells
 * how many writes were dropped. It is removed before a vCPU that has written
 * another value goes on, and with the zone.
 */
#include "kvm_internal.h"

#include <linux/kvm.h>
#include <sys/eventfd.h>
#include <unistd.h>

static int set_repeats(struct vpl011_kvm *k, uint32_t flags)
{
    struct kvm_ioeventfd event = {
        .datamatch = k->mask,
        .addr = k->config.base + PL011_UARTIMSC,
        .len = k->mask_size,
        .fd = k->event,
        .flags = KVM_IOEVENTFD_FLAG_DATAMATCH | flags,
    };

    return vpl011_kvm_ioctl_(k->vm, KVM_IOEVENTFD, &event) < 0
               ? vpl011_kvm_failed_(k)
               : VPL011_OK;
}

void vpl011_kvm_init_repeats_(struct vpl011_kvm *k)
{
    k->event = -1;
    k->may_drop = (k->vm->can & CAN_DROP_REPEATS) != 0;
}

void vpl011_kvm_close_repeats_(struct vpl011_kvm *k)
{
    if (k->event >= 0) {
        (void)close(k->event);
    }
    k->event = -1;
}

static int drop_repeats(struct vpl011_kvm *k)
{
    if (k->event < 0) {
        k->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    }
    return k->event < 0 ? vpl011_kvm_failed_(k) : set_repeats(k, 0);
}

int vpl011_kvm_shut_repeats_(struct vpl011_kvm *k)
{
    if (k->dropping && set_repeats(k, KVM_IOEVENTFD_FLAG_DEASSIGN)) {
        return VPL011_ERR_SYSTEM;
    }
    k->dropping = false;
    return VPL011_OK;
}

/* As long as KVM goes on dropping the old value because it could not be
 * removed, that value stays the one to compare with, so that the next write
 * tries again to remove it. */
void vpl011_kvm_note_mask_(struct vpl011_kvm *k, unsigned int size,
                           uint64_t value)
{
    if (size != k->mask_size || value != k->mask) {
        if (vpl011_kvm_shut_repeats_(k) == VPL011_OK) {
            k->mask_size = size;
            k->mask = value;
        }
    } else if (k->status.zone > 0 && !k->dropping && k->may_drop) {
        k->dropping = drop_repeats(k) == VPL011_OK;
        k->may_drop = k->dropping; /* not tried again and again */
    }
}

void vpl011_kvm_count_repeats_(struct vpl011_kvm *k)
{
    uint64_t count;

    if (k->event >= 0 && read(k->event, &count, sizeof(count)) > 0) {
        k->status.repeats += count;
    }
}
