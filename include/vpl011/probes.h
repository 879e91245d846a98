/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Static probes (USDT) of libvpl011-posix, for perf, bpftrace, SystemTap and
 * gdb. A probe that nobody watches is a single nop. The library has them if it
 * was built with <sys/sdt.h> (`readelf -n` lists them); provider `libvpl011`.
 *
 *     stream_read    stream, fd, bytes    input was read from a descriptor
 *     stream_write   stream, fd, bytes    output was written to one
 *     stream_gone    stream, fd, errno    the far end went; 0: hung up
 *     doorbell_ring  fd                   the other side is being woken
 *     doorbell_take  fd, rung             a doorbell was answered; 1: it had
 *                                         been rung
 *     trace          kind, offset, size, value, irq lines
 *                                         vpl011_trace_probe() was called
 */
#ifndef VPL011_PROBES_H
#define VPL011_PROBES_H

#include <vpl011/export.h>
#include <vpl011/vpl011.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * A trace op (struct vpl011_ops) that passes each record to the probe `trace`,
 * and does nothing else.
 *
 * @param ctx   not looked at
 * @param what  as the device gives it
 * @context     the trace op; makes no system call
 * @since       0.1
 */
VPL011_API void vpl011_trace_probe(void *ctx, const struct vpl011_trace *what);

#ifdef __cplusplus
}
#endif

#endif
