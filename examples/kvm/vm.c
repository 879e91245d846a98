/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The machine without its vCPUs: memory, interrupt controller, life cycle. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vcpu.h"
#include "vm.h"

/* SPIs 0 .. 31, after 32 interrupts that each vCPU has for itself */
#define NR_IRQS 64u

void vm_end(struct vm *vm, enum vm_state state, const char *format, ...)
{
    int running = VM_RUNNING;
    va_list list;

    (void)pthread_mutex_lock(&vm->fault_lock);
    /* The first one decides. */
    if (atomic_compare_exchange_strong(&vm->state, &running, (int)state) &&
        format) {
        va_start(list, format);
        (void)vsnprintf(vm->fault, sizeof(vm->fault), format, list);
        va_end(list);
    }
    (void)pthread_mutex_unlock(&vm->fault_lock);
    if (vm->uarts > 0) {
        vpl011_console_wake(&vm->uart[0]->console);
    }
}

static bool fail(struct vm *vm, const char *what)
{
    vm_end(vm, VM_FAULT, "%s: %s", what, strerror(errno));
    return false;
}

bool vm_open(struct vm *vm, const struct vm_config *config)
{
    memset(vm, 0, sizeof(*vm));
    (void)pthread_mutex_init(&vm->fault_lock, NULL);
    (void)pthread_mutex_init(&vm->pause_lock, NULL);
    (void)pthread_cond_init(&vm->pause_changed, NULL);
    vm->fd = -1;
    vm->gic = -1;
    vm->cpus = config->cpus;
    vm->ram_size = config->ram_size;
    vm->has_firmware = config->has_firmware;
    vm->exits = config->exits;
    vm->kvm = open("/dev/kvm", O_RDWR | O_CLOEXEC);
    if (vm->kvm < 0) {
        return fail(vm, errno == ENOENT
                            ? "/dev/kvm: this kernel has no virtualisation"
                            : "/dev/kvm");
    }
    int version = ioctl(vm->kvm, KVM_GET_API_VERSION, 0);
    int size = ioctl(vm->kvm, KVM_GET_VCPU_MMAP_SIZE, 0);
    if (version != KVM_API_VERSION || size <= 0) {
        errno = ENOSYS;
        return fail(vm, "/dev/kvm: not an API that this program knows");
    }
    vm->run_size = (size_t)size;
    return true;
}

void vm_add_uart(struct vm *vm, struct uart *uart)
{
    vm->uart[vm->uarts++] = uart;
}

/*
 * Memory
 */

static uint8_t *add_memory(struct vm *vm, uint32_t slot, uint64_t base,
                           size_t size)
{
    struct kvm_userspace_memory_region region = {
        .slot = slot,
        .guest_phys_addr = base,
        .memory_size = size,
    };
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

    if (memory == MAP_FAILED) {
        return NULL;
    }
    region.userspace_addr = (uintptr_t)memory;
    if (ioctl(vm->fd, KVM_SET_USER_MEMORY_REGION, &region) < 0) {
        (void)munmap(memory, size);
        return NULL;
    }
    return memory;
}

uint8_t *vm_memory(struct vm *vm, uint64_t address, uint64_t size)
{
    if (address >= VM_RAM_BASE && size <= vm->ram_size &&
        address - VM_RAM_BASE <= vm->ram_size - size) {
        return vm->ram + (address - VM_RAM_BASE);
    }
    if (vm->firmware && size <= VM_FIRMWARE_SIZE &&
        address <= VM_FIRMWARE_SIZE - size) {
        return vm->firmware + address;
    }
    return NULL;
}

/*
 * Interrupts
 */

static bool gic_set(struct vm *vm, uint32_t group, uint64_t attr,
                    const void *value)
{
    struct kvm_device_attr set = {
        .group = group,
        .attr = attr,
        .addr = (uintptr_t)value,
    };

    return ioctl(vm->gic, KVM_SET_DEVICE_ATTR, &set) == 0;
}

static bool gic_create(struct vm *vm)
{
    struct kvm_create_device create = {.type = KVM_DEV_TYPE_ARM_VGIC_V3};
    const uint64_t dist = VM_GIC_DIST_BASE;
    const uint64_t redist = VM_GIC_REDIST_BASE;
    const uint32_t irqs = NR_IRQS;

    if (ioctl(vm->fd, KVM_CREATE_DEVICE, &create) < 0) {
        return false;
    }
    vm->gic = (int)create.fd;
    return gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_DIST,
                   &dist) &&
           gic_set(vm, KVM_DEV_ARM_VGIC_GRP_ADDR, KVM_VGIC_V3_ADDR_TYPE_REDIST,
                   &redist) &&
           gic_set(vm, KVM_DEV_ARM_VGIC_GRP_NR_IRQS, 0, &irqs) &&
           gic_set(vm, KVM_DEV_ARM_VGIC_GRP_CTRL, KVM_DEV_ARM_VGIC_CTRL_INIT,
                   NULL);
}

void vm_set_irq(struct vm *vm, uint32_t intid, bool high)
{
    struct kvm_irq_level line = {
        .irq = (uint32_t)KVM_ARM_IRQ_TYPE_SPI << KVM_ARM_IRQ_TYPE_SHIFT | intid,
        .level = high,
    };

    /* Between two machines there is no interrupt controller. */
    if (vm->fd >= 0) {
        (void)ioctl(vm->fd, KVM_IRQ_LINE, &line);
    }
}

/*
 * Output without exits
 */

static void wake(void *ctx)
{
    const struct vm *vm = ctx;

    vpl011_console_wake(&vm->uart[0]->console);
}

/* After the first vCPU is there: the kernel's ring is in its mapping. */
static int join_uarts(struct vm *vm)
{
    const int page =
        ioctl(vm->kvm, KVM_CHECK_EXTENSION, KVM_CAP_COALESCED_MMIO);
    const struct vpl011_kvm_vm_config config = {
        .ctx = vm,
        .vm_fd = vm->fd,
        .ring = page > 0
                    ? (uint8_t *)vm->vcpu[0].run + page * sysconf(_SC_PAGESIZE)
                    : NULL,
        .wake = wake,
    };
    int err = vpl011_kvm_vm_init(&vm->kvm_vm, &config);

    for (unsigned int i = 0; i < vm->uarts && !err; i++) {
        err = uart_join(vm->uart[i]);
    }
    return err;
}

static void leave_uarts(struct vm *vm)
{
    for (unsigned int i = 0; i < vm->uarts; i++) {
        uart_leave(vm->uart[i]);
    }
    (void)vpl011_kvm_vm_close(&vm->kvm_vm);
}

/*
 * Life cycle
 */

bool vm_create(struct vm *vm)
{
    int err;

    atomic_store(&vm->state, VM_RUNNING);
    vm->fd = ioctl(vm->kvm, KVM_CREATE_VM, 0);
    if (vm->fd < 0) {
        return fail(vm, "KVM_CREATE_VM");
    }
    vm->ram = add_memory(vm, 0, VM_RAM_BASE, vm->ram_size);
    if (!vm->ram) {
        return fail(vm, "the machine's memory");
    }
    if (vm->has_firmware) {
        vm->firmware = add_memory(vm, 1, VM_FIRMWARE_BASE, VM_FIRMWARE_SIZE);
        if (!vm->firmware) {
            return fail(vm, "memory for firmware");
        }
    }
    for (unsigned int i = 0; i < vm->cpus; i++) {
        if (!vcpu_create(vm, i)) {
            return fail(vm, "a vCPU");
        }
    }
    /* After the vCPUs, because it has to know how many there are. */
    if (!gic_create(vm)) {
        return fail(vm, "a GICv3");
    }
    err = join_uarts(vm);
    if (err) {
        vm_end(vm, VM_FAULT, "the UARTs: %s", vpl011_strerror(err));
    }
    return err == VPL011_OK;
}

bool vm_start(struct vm *vm, uint64_t entry, uint64_t x0)
{
    if (!vcpu_set_start(&vm->vcpu[0], entry, x0)) {
        return fail(vm, "the first vCPU");
    }
    for (unsigned int i = 0; i < vm->cpus; i++) {
        if (!vcpu_run(&vm->vcpu[i])) {
            return fail(vm, "a thread");
        }
    }
    return true;
}

void vm_pause(struct vm *vm)
{
    (void)pthread_mutex_lock(&vm->pause_lock);
    atomic_store(&vm->is_paused, true);
    for (unsigned int i = 0; i < vm->cpus; i++) {
        vcpu_bring_out(&vm->vcpu[i]);
    }
    while (vm->running > 0) {
        (void)pthread_cond_wait(&vm->pause_changed, &vm->pause_lock);
    }
    (void)pthread_mutex_unlock(&vm->pause_lock);
}

void vm_resume(struct vm *vm)
{
    (void)pthread_mutex_lock(&vm->pause_lock);
    atomic_store(&vm->is_paused, false);
    (void)pthread_cond_broadcast(&vm->pause_changed);
    (void)pthread_mutex_unlock(&vm->pause_lock);
}

static void close_if_open(int *fd)
{
    if (*fd >= 0) {
        (void)close(*fd);
    }
    *fd = -1;
}

void vm_stop(struct vm *vm)
{
    /* Threads that are in the guest check it when they come out. */
    vm_end(vm, VM_OFF, NULL);
    for (unsigned int i = 0; i < vm->cpus; i++) {
        vcpu_end(&vm->vcpu[i]);
    }
    leave_uarts(vm);
    for (unsigned int i = 0; i < vm->cpus; i++) {
        vcpu_destroy(&vm->vcpu[i]);
    }
    close_if_open(&vm->gic);
    close_if_open(&vm->fd);
    if (vm->ram) {
        (void)munmap(vm->ram, vm->ram_size);
        vm->ram = NULL;
    }
    if (vm->firmware) {
        (void)munmap(vm->firmware, VM_FIRMWARE_SIZE);
        vm->firmware = NULL;
    }
}

void vm_close(struct vm *vm)
{
    vm_stop(vm);
    close_if_open(&vm->kvm);
}
