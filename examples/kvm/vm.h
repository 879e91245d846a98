/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * A virtual machine of Linux's KVM on arm64: memory, a GICv3, PSCI, and a
 * thread for each vCPU.
 *
 *     0x00000000  128 MiB  memory, only for firmware, which starts at 0
 *     0x08000000           GICv3: distributor; redistributors at 0x080a0000
 *     0x09000000    4 KiB  the UART, SPI 1; a second one 64 KiB on, SPI 2
 *     0x40000000           memory
 *
 * A guest that resets gets a new machine: vm_stop(), vm_start(). The UARTs,
 * and who is at their far ends, stay.
 */
#ifndef KVM_VM_H
#define KVM_VM_H

#include <linux/kvm.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <vpl011/kvm.h>

#include "uart.h"

#define VM_CPUS_MAX 8u
#define VM_UARTS_MAX 2u

#define VM_FIRMWARE_BASE UINT64_C(0x00000000)
#define VM_FIRMWARE_SIZE UINT64_C(0x08000000) /* [bytes] */
#define VM_GIC_DIST_BASE UINT64_C(0x08000000)
#define VM_GIC_DIST_SIZE UINT64_C(0x00010000)
#define VM_GIC_REDIST_BASE UINT64_C(0x080a0000)
#define VM_GIC_REDIST_SIZE UINT64_C(0x00020000) /* [bytes] for each vCPU */
#define VM_UART_BASE UINT64_C(0x09000000)
#define VM_UART_STRIDE UINT64_C(0x00010000)
#define VM_UART_SIZE UINT64_C(0x1000)
#define VM_UART_SLOT 2u   /* of memory, after the memory itself */
#define VM_UART_INTID 33u /* SPI 1; the next UART has the next one */
#define VM_RAM_BASE UINT64_C(0x40000000)

enum vm_state {
    VM_RUNNING,
    VM_OFF,   /* the guest asked to be powered off */
    VM_RESET, /* the guest asked to be reset */
    VM_FAULT, /* the guest did what this machine cannot do: vm.fault */
};

struct vcpu {
    struct vm *vm;
    unsigned int number;
    int fd;
    struct kvm_run *run;
    pthread_t thread;
    bool has_thread;
};

struct vm {
    int kvm; /* /dev/kvm */
    int fd;
    int gic;
    size_t run_size;
    size_t ram_size; /* [bytes] */
    uint8_t *ram;
    bool has_firmware;
    uint8_t *firmware; /* NULL: no memory there */
    unsigned int cpus;
    struct vcpu vcpu[VM_CPUS_MAX];
    struct uart *uart[VM_UARTS_MAX];
    unsigned int uarts;
    bool exits; /* at each access to a UART */
    struct vpl011_kvm_vm kvm_vm;
    _Atomic int state; /* enum vm_state; wakes the console when it changes */
    /* vm_pause(); the lock is held for each change */
    pthread_mutex_t pause_lock;
    pthread_cond_t pause_changed;
    _Atomic bool is_paused;
    unsigned int running; /* threads that are not parked */
    pthread_mutex_t fault_lock;
    char fault[160];
    /* Guest accesses where there is no device, answered with an abort. */
    _Atomic uint64_t unmapped;
};

/** What vm_start() makes. */
struct vm_config {
    size_t ram_size;   /* [bytes] */
    bool has_firmware; /* memory at 0 too */
    unsigned int cpus; /* 1 .. VM_CPUS_MAX */
    bool exits;        /* at each access to a UART, even if KVM could do more */
};

/** Open /dev/kvm. False: vm->fault says why not. */
bool vm_open(struct vm *vm, const struct vm_config *config);

/** Add a UART, before vm_create(). */
void vm_add_uart(struct vm *vm, struct uart *uart);

/** Make the machine with zeroed memory. False: vm->fault. */
bool vm_create(struct vm *vm);

/** Run: the first vCPU begins at `entry` with `x0`, the others wait for PSCI.
 * False: vm->fault says why not. */
bool vm_start(struct vm *vm, uint64_t entry, uint64_t x0);

/** End the vCPUs' threads and free the machine; vm_create() makes another. */
void vm_stop(struct vm *vm);

/** vm_stop(), and /dev/kvm closed. */
void vm_close(struct vm *vm);

/** Bring every vCPU out of the guest, and keep it out until vm_resume(). Then
 * no other thread is in a UART. */
void vm_pause(struct vm *vm);
void vm_resume(struct vm *vm);

/** Set the level of an interrupt. */
void vm_set_irq(struct vm *vm, uint32_t intid, bool high);

/** The monitor's address of a guest physical one, for `size` bytes; NULL: not
 * all of that is memory. */
uint8_t *vm_memory(struct vm *vm, uint64_t address, uint64_t size);

#endif
