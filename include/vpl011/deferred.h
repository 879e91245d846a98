/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Deferred writes: characters that the guest sends without an exit.
 *
 * While output flows freely a write of UARTDR changes nothing that the guest
 * can read. So it may wait outside the device, in a ring of the hypervisor's
 * (KVM's coalesced MMIO zone), and be handed over later with others in one
 * call. The device says how many may wait. Before any other access of the
 * guest, and before a call that depends on the output (saving, reset, attach),
 * all that waits is handed over first, in order.
 *
 *     at each exit of a vCPU, and each millisecond, under one lock:
 *         if (vpl011_deferrable(&uart) < count + what can wait) {
 *             stop deferring;      before: the guest goes on writing meanwhile
 *         }
 *         vpl011_write_deferred(&uart, waiting, count);
 *         vpl011_mmio_write(&uart, offset, size, value);    the exit's access
 *         if (vpl011_deferrable(&uart) < what can wait) {
 *             stop deferring, and hand over what came meanwhile;
 *         }
 *
 * An embedder that never defers profits too: a run of characters (from a
 * string instruction, or a hypercall) costs one call of the backend.
 */
#ifndef VPL011_DEFERRED_H
#define VPL011_DEFERRED_H

#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * How many writes of UARTDR may wait outside from now on, because handing them
 * over later cannot be noticed by the guest.
 *
 * Not 0 only in the steady state: characters leave at once, TXRIS is set, no
 * loopback, BREAK, CTSEN, test of the FIFOs, trace op, rest from input,
 * VPL011_CFG_TXFF_ONCE_PER_LOAD, VPL011_CFG_STRICT_INTERRUPTS or irq_pending op
 * stands in the way; then as many as the backend has room for. It holds until
 * the guest's next access other than a write of UARTDR, or the next call of the
 * host that changes something other than input. Characters that are handed over
 * use it up: ask again after that.
 *
 * While this is not 0, a write of UARTIMSC with the value and size of the last
 * one changes nothing either, and need not be handed over at all. Linux makes
 * up to three of them for each line that it prints.
 *
 * @return  characters, 0 to INT32_MAX
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY: dev
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_deferrable(struct vpl011 *dev);

/**
 * The guest has written these characters to UARTDR, oldest first: exactly the
 * effect of as many vpl011_mmio_write(). In the steady state the backend is
 * called once for each FIFO of them, and the events of a FIFO are told
 * together.
 *
 * @return  VPL011_OK
 * @errors  VPL011_ERR_NULL, _UNINIT, _REENTRY; then nothing was written
 * @context any thread, notify
 * @since   0.1
 */
VPL011_API int vpl011_write_deferred(struct vpl011 *dev,
                                     const uint8_t *characters, size_t count);

#ifdef __cplusplus
}
#endif

#endif
