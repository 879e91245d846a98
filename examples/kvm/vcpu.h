/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* What the two files of the machine, vm.c and vcpu.c, share. */
#ifndef KVM_VCPU_H
#define KVM_VCPU_H

#include "vm.h"

/** Make a vCPU; those after the first are off until PSCI starts them. */
bool vcpu_create(struct vm *vm, unsigned int number);

/** Set where it begins, and its x0 there. */
bool vcpu_set_start(struct vcpu *vcpu, uint64_t pc, uint64_t x0);

/** Start its thread. */
bool vcpu_run(struct vcpu *vcpu);

/** Make the thread leave the guest; it checks vm->state before it enters again.
 */
void vcpu_bring_out(struct vcpu *vcpu);

/** Once vm->state says so: bring the thread out of the guest and join it. */
void vcpu_end(struct vcpu *vcpu);

void vcpu_destroy(struct vcpu *vcpu);

/** End the machine, for this reason. Any thread; the first call counts. */
void vm_end(struct vm *vm, enum vm_state state, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
