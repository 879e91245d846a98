/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the files of libvpl011-kvm share; never installed. */
#ifndef VPL011_KVM_INTERNAL_H
#define VPL011_KVM_INTERNAL_H

#include <vpl011/atomic.h>
#include <vpl011/deferred.h>
#include <vpl011/kvm.h>
#include <vpl011/page.h>

#include "../../common/sized.h"

#define VM_READY 0x4B564D31u
#define UART_READY 0x4B565531u

/* vpl011_kvm_vm.can */
#define CAN_READONLY (1u << 0)
#define CAN_COALESCE (1u << 1)
#define CAN_DROP_REPEATS (1u << 2)

/* A call of KVM that failed is not made again before this. */
#define FAILED_OPENING_NS UINT64_C(1000000000)
#define FAILED_CLOSING_NS UINT64_C(1000000)

/* vm.c. Take the mutex, and leave it. Leaving first closes whatever devices
 * have asked to have closed meanwhile. */
int vpl011_kvm_enter_(struct vpl011_kvm_vm *vm);
int vpl011_kvm_enter_uart_(struct vpl011_kvm *k);
void vpl011_kvm_leave_(struct vpl011_kvm_vm *vm);
/* Leave the mutex without closing anything. */
void vpl011_kvm_unlock_(struct vpl011_kvm_vm *vm);
/* Whether the calling thread has the mutex. */
bool vpl011_kvm_is_own_(const struct vpl011_kvm_vm *vm);
uint64_t vpl011_kvm_now_(const struct vpl011_kvm_vm *vm);
int vpl011_kvm_ioctl_(const struct vpl011_kvm_vm *vm, unsigned long request,
                      void *argument);

/* clean.c. The default of the clean op. */
void vpl011_kvm_clean_(void *ctx, void *start, size_t bytes);

/* coalesced.c; under the mutex, as all of the following. */
void vpl011_kvm_drain_(struct vpl011_kvm_vm *vm);
uint32_t vpl011_kvm_capacity_(const struct vpl011_kvm_vm *vm);

/* repeats.c. Writes of UARTIMSC that repeat the last one: made with the UART,
 * and closed with it. */
void vpl011_kvm_init_repeats_(struct vpl011_kvm *k);
void vpl011_kvm_close_repeats_(struct vpl011_kvm *k);
/* An exit has written UARTIMSC, and its vCPU is about to go on. */
void vpl011_kvm_note_mask_(struct vpl011_kvm *k, unsigned int size,
                           uint64_t value);
/* Each write exits again. */
int vpl011_kvm_shut_repeats_(struct vpl011_kvm *k);
void vpl011_kvm_count_repeats_(struct vpl011_kvm *k);

/* open.c */
/* A call of KVM has failed, with errno: VPL011_ERR_SYSTEM. */
int vpl011_kvm_failed_(struct vpl011_kvm *k);
void vpl011_kvm_open_(struct vpl011_kvm *k, uint64_t now);
int vpl011_kvm_shut_page_(struct vpl011_kvm *k, enum vpl011_kvm_reason why);
/* Writes exit from now on; what waits is still to be delivered. */
int vpl011_kvm_shut_zone_(struct vpl011_kvm *k, enum vpl011_kvm_reason why);
/* Close the zone as above, and deliver what waits. */
int vpl011_kvm_end_zone_(struct vpl011_kvm *k, enum vpl011_kvm_reason why);
/* Close the zone if the device no longer allows writes to wait. */
void vpl011_kvm_check_zone_(struct vpl011_kvm *k);
/* Close the page if the device has asked for it. */
void vpl011_kvm_settle_(struct vpl011_kvm *k);
bool vpl011_kvm_on_close_(void *ctx);

#endif
