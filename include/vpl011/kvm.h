/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * libvpl011-kvm: console output without exits, on Linux's KVM.
 *
 * A character costs a polling guest two exits: it reads UARTFR, and writes
 * UARTDR. Here the first becomes a read of memory (<vpl011/page.h>, as a memory
 * slot with KVM_MEM_READONLY over the register window), and the second an entry
 * in a ring of the kernel's (<vpl011/deferred.h>, as a coalesced MMIO zone over
 * UARTDR). Both are opened in a burst of output. On input the page is closed
 * before it is admitted, and the zone by the loop, drain_ns later. The zone is
 * also closed where writes may wait no longer, and when the guest falls silent:
 * an idle console needs no timer. What Linux writes after each piece of output,
 * UARTIMSC with the value that it has, is dropped by the kernel meanwhile.
 *
 * A monitor adds this to what it has, once for each VM and each UART:
 *
 *     vpl011_kvm_vm_init(&vm, &vm_config);
 *     vpl011_kvm_init(&kvm, &vm, &config);      a device that is complete
 *
 *     a vCPU exits with an access to the window:
 *         vpl011_kvm_exit(&kvm, offset, size, is_write, &value);
 *
 *     its loop, when the wake op asks for it, and then after each wait_ns:
 *         vpl011_kvm_serve(&vm, &wait_ns);
 *
 *     around what depends on the output: saving, reset, attach, power off:
 *         vpl011_kvm_before(&kvm);
 *         vpl011_state_save(...);
 *         vpl011_kvm_after(&kvm);
 *
 * All else stays as it is: input is told by vpl011_data_avail() and taken from
 * the backend, and the guest's other accesses come out and are applied in the
 * order in which they were made. What the kernel's ring holds is lost if the
 * monitor is killed.
 *
 * Threads. The VM has a mutex, under which the ring is emptied, what came out
 * is delivered, an exit's access is applied, and slots and zones change. It is
 * taken before the device lock, never after: a thread that holds the device
 * lock (in irq, in a backend) may not call a function of this header. The
 * exception is the library's own: where the device closes its page under its
 * lock, the mutex is tried for; if another thread has it, the page is closed
 * when that thread leaves, and input waits as long. Devices of a VM with
 * several threads need lock ops. Without lock ops the embedder's own lock has
 * to be held around these functions too.
 * A call from inside one of the callbacks of this header, or from notify while
 * a function of this header is under way in the same thread, returns
 * VPL011_ERR_REENTRY. notify may call the device.
 *
 * docs/exits.md says when this pays, and what could be wrong about it.
 */
#ifndef VPL011_KVM_H
#define VPL011_KVM_H

#include <pthread.h>

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The wait of vpl011_kvm_serve() where nothing has to be done. */
#define VPL011_KVM_NEVER UINT64_MAX

/** Guest physical addresses, [start, start + size). */
struct vpl011_kvm_range {
    uint64_t start; /**< the first address */
    uint64_t size;  /**< [bytes] */
};

/** In vpl011_kvm_vm_config.flags: do not change memory slots under the device
 * lock, which may be a spin lock. Then a register page is always closed by
 * whoever leaves this library next, or by the loop, which is woken for it. */
#define VPL011_KVM_CLOSE_LATER (1u << 0)

/**
 * What all UARTs of a VM have in common. Copied; zero what is not used.
 * Members are only ever added in place of `reserved`.
 */
struct vpl011_kvm_vm_config {
    /** First argument of every operation. */
    void *ctx;

    /** The VM's descriptor. It stays the monitor's. */
    int vm_fd;

    uint32_t flags; /**< VPL011_KVM_CLOSE_LATER */

    /** [bytes] of a host page: 4096, 16384 or 65536; 0: this system's. */
    size_t host_page;

    /**
     * The VM's coalesced ring: in the kvm_run mapping of any vCPU, so many host
     * pages from its start as KVM_CHECK_EXTENSION says of
     * KVM_CAP_COALESCED_MMIO. Valid until vpl011_kvm_vm_close(). NULL: the
     * monitor empties it (drain), or it is not used.
     */
    void *ring;

    /**
     * The monitor has coalesced zones of its own and empties the ring itself,
     * only when it is called here. It gives each entry that is not its own to
     * vpl011_kvm_entry(), in order, and takes at least what was in the ring
     * when it was called. Used if `ring` is NULL. Called under the mutex.
     */
    void (*drain)(void *ctx);

    /**
     * With `ring`: an entry that belongs to no UART, for a monitor with
     * coalesced zones of its own. Optional: without it such an entry is counted
     * as refused. Called under the mutex.
     */
    void (*other)(void *ctx, uint64_t address, const uint8_t *data,
                  uint32_t size, bool is_port);

    /**
     * vpl011_kvm_serve() has to be called soon, although it has said later or
     * never. Required. Called under the mutex or the device lock: it wakes the
     * loop, for example by an eventfd, and calls neither device nor library.
     */
    void (*wake)(void *ctx);

    /** A clock that never goes back [ns]; NULL: CLOCK_MONOTONIC. Called under
     * the mutex and the device lock. */
    uint64_t (*now)(void *ctx);

    /**
     * ioctl(2) on vm_fd; NULL: that one. Called with
     * KVM_SET_USER_MEMORY_REGION, KVM_IOEVENTFD and the two requests for
     * coalesced zones, with their structures, and with KVM_CHECK_EXTENSION,
     * where `argument` points to an int.
     */
    int (*ioctl)(void *ctx, unsigned long request, void *argument);

    /**
     * Write `bytes` of the page at `start` back to memory, so that a guest
     * which reads past the caches finds them. NULL: on arm64 "dc cvac" for each
     * cache line and a "dsb", always, because user space cannot see whether the
     * CPU has FEAT_S2FWB, which makes them unnecessary; elsewhere nothing.
     * Called under the device lock.
     */
    void (*clean)(void *ctx, void *start, size_t bytes);

    /**
     * The monitor's own coalesced zones, not retained. KVM_UNREGISTER of a zone
     * removes every zone that contains the range: a UART with one of these over
     * its UARTDR has no zone, and the monitor must not make one there later.
     */
    const struct vpl011_kvm_range *zones;
    size_t zone_count; /**< how many */

    /** Zero. */
    void *reserved[4];
};

/** The zones of the monitor's that a VM can name. */
#define VPL011_KVM_ZONES_MAX 16

/**
 * A VM. Public so that it can be static or embedded, private in its members.
 * Neither moved nor copied until it is closed.
 */
struct vpl011_kvm_vm {
    /** @privatesection */
    uint32_t guard;
    uint32_t can; /**< what KVM offers: internal bits */
    struct vpl011_kvm_vm_config config;
    struct vpl011_kvm_range zones[VPL011_KVM_ZONES_MAX];
    pthread_mutex_t lock;
    uintptr_t owner; /**< who has it; atomic */
    struct vpl011_kvm *uarts;
    uint32_t slots;  /**< of the ring */
    uint32_t zoned;  /**< UARTs whose zone is open */
    bool draining;   /**< inside the drain op */
    bool ring_wrong; /**< it held indices that no ring has */
    uint64_t looked; /**< [ns] when the ring was last emptied */
    uint64_t waited; /**< [ns] from the time before to that one */
    uint64_t refused;
    uint64_t reserved[8];
};

/** In vpl011_kvm_config.flags: do not use the zone. */
#define VPL011_KVM_NO_ZONE (1u << 0)

/** A UART's configuration. Copied; zero what is not used. Members are only ever
 * added in place of `reserved`. */
struct vpl011_kvm_config {
    /** The device. Its ops and configuration stay as they are. */
    struct vpl011 *device;

    /**
     * A host page of memory, aligned as one, the monitor's, until
     * vpl011_kvm_close(). The library writes to it; the guest reads it. It is
     * in no dirty log: keep it out of what is migrated. NULL: no page.
     */
    void *memory;

    /** The guest physical address of the register window. */
    uint64_t base;

    /**
     * [bytes] from `base` in which the guest finds this UART and nothing else.
     * A slot is a whole host page: the page is used only where this is at least
     * one, and `base` a multiple of it.
     */
    uint64_t window;

    /** [bytes] that the backend can hold for the far end; 0: not known. */
    uint64_t backend_holds;

    /** [ns] after a closing of the page, or of the zone alone, without an
     * opening; 0: 10 ms */
    uint64_t reopen_ns;
    /** [ns] If fewer than `busy` characters come in this time, the zone is
     * closed; 0: 20 ms. The register page stays open, because it needs no
     * timer. */
    uint64_t idle_ns;
    /** [ns] after which the ring is emptied without an exit; 0: 1 ms. A guest
     * that waits for an interrupt does not exit: this is how long its last
     * character waits, and how long the zone stays where the page was closed
     * for input. */
    uint64_t drain_ns;

    /** Open after so many characters with exits, without a read of UARTDR among
     * them; 0: 64. */
    uint32_t burst;
    /** The same after an opening in which at least `burst` characters came, if
     * that is less; 0: 8. */
    uint32_t again;
    /** See idle_ns; 0: 12. */
    uint32_t busy;

    /** The memory slot's number, the monitor's to choose, and of no other use;
     * with the address space in the upper 16 bits where KVM has several. */
    uint32_t slot;

    uint32_t flags; /**< VPL011_KVM_NO_ZONE */

    /** Zero. */
    uint32_t reserved[9];
};

/** Why a page or a zone was closed: index of vpl011_kvm_status.closings. */
enum vpl011_kvm_reason {
    VPL011_KVM_INPUT = 0, /**< the device asked: input, loopback, FIFO test */
    VPL011_KVM_STATE = 1, /**< writes may wait no longer, or the backend may
                             soon have no room for all that could wait */
    VPL011_KVM_IDLE = 2,  /**< the guest sends little: the zone alone */
    VPL011_KVM_HOST = 3,  /**< vpl011_kvm_before(), vpl011_kvm_close() */
};
/** How many reasons there are. */
#define VPL011_KVM_REASONS 4

/**
 * What a UART makes of KVM. Members are only ever added at the end.
 */
struct vpl011_kvm_status {
    /**
     * The register page. 1: open, 0: closed; below zero why it never is opened:
     * VPL011_ERR_NULL: no memory was given.
     * VPL011_ERR_UNSUPPORTED: this KVM has no read-only slots.
     * VPL011_ERR_KVM_WINDOW: the window does not own its whole host page.
     */
    int32_t page;
    /**
     * The zone. 1: open, 0: closed; below zero why it is never opened:
     * VPL011_ERR_UNSUPPORTED: VPL011_KVM_NO_ZONE, no coalesced MMIO in this
     * KVM, or neither ring nor drain was given. VPL011_ERR_KVM_QUEUE: the
     * backend cannot hold twice what the ring can. VPL011_ERR_KVM_ZONE: the
     * monitor has a zone there. VPL011_ERR_RING: the ring held indices that no
     * ring has.
     */
    int32_t zone;
    uint64_t openings; /**< of page and zone, each counted */
    uint64_t closings[VPL011_KVM_REASONS]; /**< the same */
    uint64_t deferred;     /**< characters that came without an exit */
    uint64_t repeats;      /**< writes of UARTIMSC that changed nothing, and
                              caused no exit */
    uint64_t exits;        /**< calls of vpl011_kvm_exit() */
    uint64_t exits_open;   /**< of these, with page and zone open */
    uint64_t longest_wait; /**< [ns] of a character in the ring, at most */
    uint64_t failures;     /**< ioctls that failed */
    int32_t error;         /**< errno of the last of these; 0: none */
    uint32_t reserved;     /**< 0 */
    uint64_t refused; /**< of the whole VM: entries that no kernel would have
                         made, or that belong to nobody; wrong indices */
};

/**
 * A UART on KVM. Public so that it can be static or embedded, private in its
 * members. Neither moved nor copied until it is closed.
 */
struct vpl011_kvm {
    /** @privatesection */
    uint32_t guard;
    uint32_t asked; /**< the device wants its page closed; atomic */
    struct vpl011_kvm_vm *vm;
    struct vpl011_kvm *next;
    struct vpl011_kvm_config config;
    struct vpl011_kvm_status status;
    uint32_t held;   /**< calls of vpl011_kvm_before() without their after */
    bool may_drop;   /**< KVM can drop writes of UARTIMSC */
    bool dropping;   /**< it does, if they are `mask` */
    uint32_t burst;  /**< characters with exits since one was read */
    uint32_t needed; /**< so many of them open */
    uint32_t came;   /**< characters since `since` */
    uint32_t looks;  /**< calls of vpl011_kvm_serve() since `since` */
    uint64_t gained; /**< characters since the opening */
    uint64_t mask;   /**< the last write of UARTIMSC with an exit */
    uint32_t mask_size;
    int event; /**< an eventfd; -1: none */
    uint64_t since;
    uint64_t zone_ends;  /**< [ns] when the zone follows the page; 0: not */
    uint64_t not_before; /**< [ns] of the next opening, at the earliest */
    uint64_t reserved[8];
};

/** [bytes] of the library's `struct vpl011_kvm_vm`, for bindings. */
VPL011_API size_t vpl011_kvm_vm_sizeof(void);

/** [bytes] of the library's `struct vpl011_kvm`, for bindings. */
VPL011_API size_t vpl011_kvm_sizeof(void);

/** vpl011_kvm_vm_init() with explicit structure sizes, for bindings. */
VPL011_API int vpl011_kvm_vm_init_sized(
    struct vpl011_kvm_vm *vm, size_t vm_size,
    const struct vpl011_kvm_vm_config *config, size_t config_size);

/**
 * Make a VM, which asks KVM what it can. That KVM can do little is no error: it
 * is told by the status of each UART, and everything works with exits.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL: vm or config, or zones with a zone_count.
 *          VPL011_ERR_OP_MISSING: wake.
 *          VPL011_ERR_FLAGS.
 *          VPL011_ERR_SIZE: host_page is no such size, or ring is misaligned.
 *          VPL011_ERR_RANGE: zone_count is above VPL011_KVM_ZONES_MAX.
 *          VPL011_ERR_SYSTEM: no mutex, errno says why.
 *          VPL011_ERR_ABI: a member that is not known is set.
 * @context any thread; nobody else may use vm yet
 * @since   0.1
 */
static inline int vpl011_kvm_vm_init(struct vpl011_kvm_vm *vm,
                                     const struct vpl011_kvm_vm_config *config)
{
    return vpl011_kvm_vm_init_sized(vm, sizeof(*vm), config, sizeof(*config));
}

/**
 * Free what a VM has. All its UARTs are closed before.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY.
 *          VPL011_ERR_UNSUPPORTED: a UART is not closed yet.
 * @context any thread; nobody else may use vm any more
 * @since   0.1
 */
VPL011_API int vpl011_kvm_vm_close(struct vpl011_kvm_vm *vm);

/** vpl011_kvm_init() with explicit structure sizes, for bindings. */
VPL011_API int vpl011_kvm_init_sized(struct vpl011_kvm *kvm, size_t kvm_size,
                                     struct vpl011_kvm_vm *vm,
                                     const struct vpl011_kvm_config *config,
                                     size_t config_size);

/**
 * Add a UART to a VM. Gives the device its register page: the monitor sets none
 * of its own. Nothing is open yet.
 *
 * @return  VPL011_OK, also where the status says that KVM is of no use
 * @errors  VPL011_ERR_NULL: kvm, vm, config or device. VPL011_ERR_UNINIT: vm or
 *          device. VPL011_ERR_REENTRY.
 *          VPL011_ERR_FLAGS.
 *          VPL011_ERR_SIZE: memory is not aligned to a host page.
 *          VPL011_ERR_RANGE: base is not a multiple of 4, or the window ends
 *          behind 2^64 or is smaller than PL011_WINDOW_SIZE.
 *          VPL011_ERR_PAGE: the device has an open page.
 *          VPL011_ERR_ABI: a member that is not known is set.
 *          On error nothing changes.
 * @context any thread, before the guest reaches the UART
 * @since   0.1
 */
static inline int vpl011_kvm_init(struct vpl011_kvm *kvm,
                                  struct vpl011_kvm_vm *vm,
                                  const struct vpl011_kvm_config *config)
{
    return vpl011_kvm_init_sized(kvm, sizeof(*kvm), vm, config,
                                 sizeof(*config));
}

/**
 * Close page and zone, deliver what waits, take the page from the device, and
 * leave the VM. The device works on, with exits.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY.
 *          VPL011_ERR_SYSTEM: KVM does not close it, errno says why. Then the
 *          UART stays: call again, or free the VM in the kernel first.
 * @context any thread but a callback; best after the vCPUs have stopped
 * @since   0.1
 */
VPL011_API int vpl011_kvm_close(struct vpl011_kvm *kvm);

/**
 * The guest accesses the window, and has exited for it: in place of
 * vpl011_mmio_read() and vpl011_mmio_write().
 *
 * First delivers what waits in the ring, because it was written before. Where
 * the access ends what allows writes to wait, the zone is closed and what came
 * meanwhile delivered before this returns.
 *
 * @param offset  [bytes] from base
 * @param size    [bytes] of the access
 * @param value   what the guest writes, or receives what it reads
 * @return        as vpl011_mmio_read() or vpl011_mmio_write()
 * @errors        as these, and VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context       a vCPU's thread
 * @since         0.1
 */
VPL011_API int vpl011_kvm_exit(struct vpl011_kvm *kvm, uint64_t offset,
                               unsigned int size, bool is_write,
                               uint64_t *value);

/**
 * Empty the ring, close zones that are idle or whose page is gone, and what
 * could not be closed before.
 *
 * @param wait_ns  receives [ns] from now until it has to be called again;
 *                 VPL011_KVM_NEVER: not before wake is called
 * @return         VPL011_OK
 * @errors         VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context        any thread, one at a time: the monitor's loop
 * @since          0.1
 */
VPL011_API int vpl011_kvm_serve(struct vpl011_kvm_vm *vm, uint64_t *wait_ns);

/**
 * Empty the ring: for a monitor that wants its own entries now. It does this
 * instead of touching the ring itself.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread
 * @since   0.1
 */
VPL011_API int vpl011_kvm_drain(struct vpl011_kvm_vm *vm);

/**
 * An entry of the ring, from inside the drain op.
 *
 * @param address  guest physical
 * @param data     what was written, as the kernel has it
 * @param size     [bytes] of that
 * @return         1: it was a UART's. 0: it belongs to none, or is malformed
 *                 and was counted as refused.
 * @errors         VPL011_ERR_NULL, _UNINIT.
 *                 VPL011_ERR_REENTRY: not inside the drain op.
 * @context        the drain op
 * @since          0.1
 */
VPL011_API int vpl011_kvm_entry(struct vpl011_kvm_vm *vm, uint64_t address,
                                const uint8_t *data, uint32_t size);

/**
 * A call of the host comes that depends on the output or changes more than
 * input: saving, reset, attach, a pause, the end of the guest. Closes page and
 * zone, delivers what waits, and keeps both closed until vpl011_kvm_after().
 * Calls nest. Where this has returned VPL011_OK, the device may be made anew
 * before vpl011_kvm_after(), in the same memory. The page has to be closed for
 * saving: what the host stores there is in no dirty log.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY: nothing happened.
 *          VPL011_ERR_SYSTEM: what waited is delivered, but KVM does not close
 *          page or zone, errno says why. vpl011_kvm_after() is due.
 * @context any thread but a callback
 * @since   0.1
 */
VPL011_API int vpl011_kvm_before(struct vpl011_kvm *kvm);

/**
 * That call has returned.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY; VPL011_ERR_UNINIT too if the
 *          device is none any more.
 *          VPL011_ERR_RANGE: there was no vpl011_kvm_before().
 * @context any thread but a callback
 * @since   0.1
 */
VPL011_API int vpl011_kvm_after(struct vpl011_kvm *kvm);

/** vpl011_kvm_get_status() with the size of the caller's structure. */
VPL011_API int vpl011_kvm_get_status_sized(struct vpl011_kvm *kvm,
                                           struct vpl011_kvm_status *status,
                                           size_t status_size);

/**
 * What is open, and what was saved.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY
 * @context any thread
 * @since   0.1
 */
static inline int vpl011_kvm_get_status(struct vpl011_kvm *kvm,
                                        struct vpl011_kvm_status *status)
{
    return vpl011_kvm_get_status_sized(kvm, status, sizeof(*status));
}

#ifdef __cplusplus
}
#endif

#endif
