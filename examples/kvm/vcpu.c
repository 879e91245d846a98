/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* A vCPU and its thread: the guest runs, and exits for what KVM leaves to this
 * program. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vcpu.h"

/* Brings a thread out of KVM_RUN. */
#define SIGNAL_OUT SIGUSR1

#define REGISTER(member) \
    (KVM_REG_ARM64 | KVM_REG_SIZE_U64 | KVM_REG_ARM_CORE | \
     KVM_REG_ARM_CORE_REG(member))

bool vcpu_create(struct vm *vm, unsigned int number)
{
    struct vcpu *v = &vm->vcpu[number];
    struct kvm_vcpu_init init;

    memset(v, 0, sizeof(*v));
    v->vm = vm;
    v->number = number;
    v->fd = ioctl(vm->fd, KVM_CREATE_VCPU, number);
    if (v->fd < 0) {
        return false;
    }
    void *run =
        mmap(NULL, vm->run_size, PROT_READ | PROT_WRITE, MAP_SHARED, v->fd, 0);
    if (run == MAP_FAILED) {
        return false;
    }
    v->run = run;
    if (ioctl(vm->fd, KVM_ARM_PREFERRED_TARGET, &init) < 0) {
        return false;
    }
    init.features[0] |= 1u << KVM_ARM_VCPU_PSCI_0_2;
    if (number > 0) {
        init.features[0] |= 1u << KVM_ARM_VCPU_POWER_OFF;
    }
    return ioctl(v->fd, KVM_ARM_VCPU_INIT, &init) == 0;
}

static bool set_register(struct vcpu *v, uint64_t id, uint64_t value)
{
    struct kvm_one_reg reg = {.id = id, .addr = (uintptr_t)&value};

    return ioctl(v->fd, KVM_SET_ONE_REG, &reg) == 0;
}

bool vcpu_set_start(struct vcpu *v, uint64_t pc, uint64_t x0)
{
    return set_register(v, REGISTER(regs.pc), pc) &&
           set_register(v, REGISTER(regs.regs[0]), x0);
}

/*
 * Exits
 */

static struct uart *find_uart(struct vm *vm, uint64_t address)
{
    for (unsigned int i = 0; i < vm->uarts; i++) {
        struct uart *u = vm->uart[i];

        if (address >= u->base && address - u->base < VM_UART_SIZE) {
            return u;
        }
    }
    return NULL;
}

/* Where there is no device, the bus answers with an error. */
static void abort_access(struct vcpu *v)
{
    struct kvm_vcpu_events events;

    atomic_fetch_add(&v->vm->unmapped, 1);
    memset(v->run->mmio.data, 0, sizeof(v->run->mmio.data));
    memset(&events, 0, sizeof(events));
    events.exception.ext_dabt_pending = 1;
    (void)ioctl(v->fd, KVM_SET_VCPU_EVENTS, &events);
}

static void mmio_exit(struct vcpu *v)
{
    uint64_t address = v->run->mmio.phys_addr;
    struct uart *u = find_uart(v->vm, address);

    if (u) {
        uart_access(u, address - u->base, v->run->mmio.len,
                    v->run->mmio.is_write != 0, v->run->mmio.data);
    } else {
        abort_access(v);
    }
}

static void system_exit(struct vcpu *v)
{
    switch (v->run->system_event.type) {
    case KVM_SYSTEM_EVENT_SHUTDOWN:
        vm_end(v->vm, VM_OFF, NULL);
        break;
    case KVM_SYSTEM_EVENT_RESET:
        vm_end(v->vm, VM_RESET, NULL);
        break;
    default:
        vm_end(v->vm, VM_FAULT, "the guest crashed (system event %u)",
               v->run->system_event.type);
        break;
    }
}

static void handle_exit(struct vcpu *v)
{
    switch (v->run->exit_reason) {
    case KVM_EXIT_MMIO:
        mmio_exit(v);
        break;
    case KVM_EXIT_SYSTEM_EVENT:
        system_exit(v);
        break;
    case KVM_EXIT_INTR:
        break;
    case KVM_EXIT_ARM_NISV:
        vm_end(v->vm, VM_FAULT,
               "vCPU %u: an instruction that cannot be emulated, at a device "
               "at 0x%" PRIx64,
               v->number, (uint64_t)v->run->arm_nisv.fault_ipa);
        break;
    case KVM_EXIT_FAIL_ENTRY:
        vm_end(v->vm, VM_FAULT, "vCPU %u cannot run (reason 0x%" PRIx64 ")",
               v->number,
               (uint64_t)v->run->fail_entry.hardware_entry_failure_reason);
        break;
    default:
        vm_end(v->vm, VM_FAULT,
               "vCPU %u: exit %u, which this program does "
               "not know",
               v->number, v->run->exit_reason);
        break;
    }
}

/* One fewer thread may be in the guest, or in a UART. */
static void leave(struct vm *vm)
{
    vm->running--;
    (void)pthread_cond_broadcast(&vm->pause_changed);
}

static void park(struct vcpu *v)
{
    struct vm *vm = v->vm;

    (void)pthread_mutex_lock(&vm->pause_lock);
    leave(vm);
    while (atomic_load(&vm->is_paused)) {
        (void)pthread_cond_wait(&vm->pause_changed, &vm->pause_lock);
    }
    vm->running++;
    __atomic_store_n(&v->run->immediate_exit, 0, __ATOMIC_SEQ_CST);
    (void)pthread_mutex_unlock(&vm->pause_lock);
}

static void *run_thread(void *arg)
{
    struct vcpu *v = arg;

    while (atomic_load(&v->vm->state) == VM_RUNNING) {
        if (atomic_load(&v->vm->is_paused)) {
            park(v);
        } else if (ioctl(v->fd, KVM_RUN, 0) == 0) {
            handle_exit(v);
        } else if (errno != EINTR && errno != EAGAIN) {
            vm_end(v->vm, VM_FAULT, "vCPU %u: %s", v->number, strerror(errno));
        }
    }
    (void)pthread_mutex_lock(&v->vm->pause_lock);
    leave(v->vm);
    (void)pthread_mutex_unlock(&v->vm->pause_lock);
    return NULL;
}

/*
 * The thread
 */

static void on_signal(int number)
{
    (void)number;
}

bool vcpu_run(struct vcpu *v)
{
    struct sigaction action;
    sigset_t others;
    sigset_t before;
    int err;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_signal;
    (void)sigaction(SIGNAL_OUT, &action, NULL);
    /* The console thread gets every other signal. */
    (void)sigfillset(&others);
    (void)sigdelset(&others, SIGNAL_OUT);
    (void)sigdelset(&others, SIGSEGV);
    (void)sigdelset(&others, SIGBUS);
    (void)pthread_sigmask(SIG_SETMASK, &others, &before);
    (void)pthread_mutex_lock(&v->vm->pause_lock);
    v->vm->running++;
    (void)pthread_mutex_unlock(&v->vm->pause_lock);
    err = pthread_create(&v->thread, NULL, run_thread, v);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    v->has_thread = err == 0;
    if (err) {
        (void)pthread_mutex_lock(&v->vm->pause_lock);
        leave(v->vm);
        (void)pthread_mutex_unlock(&v->vm->pause_lock);
    }
    errno = err;
    return err == 0;
}

void vcpu_bring_out(struct vcpu *v)
{
    if (!v->has_thread) {
        return;
    }
    /* A signal that comes just before KVM_RUN would be lost without this. */
    __atomic_store_n(&v->run->immediate_exit, 1, __ATOMIC_SEQ_CST);
    (void)pthread_kill(v->thread, SIGNAL_OUT);
}

void vcpu_end(struct vcpu *v)
{
    if (!v->has_thread) {
        return;
    }
    vcpu_bring_out(v);
    (void)pthread_join(v->thread, NULL);
    v->has_thread = false;
}

void vcpu_destroy(struct vcpu *v)
{
    if (v->run) {
        (void)munmap(v->run, v->vm->run_size);
        v->run = NULL;
    }
    if (v->vm && v->fd >= 0) {
        (void)close(v->fd);
        v->fd = -1;
    }
}
