/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * Doorbells: eventfds by which two processes tell each other that a shared
 * ring moved. A doorbell is a plain descriptor, readable while it is rung:
 * poll() it, send it to another process, close() it.
 */
#ifndef VPL011_DOORBELL_H
#define VPL011_DOORBELL_H

#include <vpl011/export.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Make a doorbell: not rung, non-blocking, closed on exec.
 *
 * @return   a descriptor of the caller's, >= 0
 * @errors   VPL011_ERR_SYSTEM: EMFILE, ENFILE, ENOMEM
 * @context  any thread
 * @since    0.1
 */
VPL011_API int vpl011_doorbell_create(void);

/**
 * Take over a doorbell that another process sent: verify that it is an
 * eventfd, and make it non-blocking and closed on exec, so that neither
 * ringing nor answering it can hang.
 *
 * @param fd  stays the caller's, on failure too
 * @return    VPL011_OK
 * @errors    VPL011_ERR_UNSUPPORTED: not an eventfd; VPL011_ERR_SYSTEM: EBADF
 * @context   any thread
 * @since     0.1
 */
VPL011_API int vpl011_doorbell_adopt(int fd);

/**
 * Ring it. A doorbell that was rung already stays rung.
 *
 * @return   VPL011_OK
 * @errors   VPL011_ERR_SYSTEM: EBADF or EINVAL, not a doorbell
 * @context  any thread, notify, a signal handler
 * @since    0.1
 */
VPL011_API int vpl011_doorbell_ring(int fd);

/**
 * Answer it: it is not rung any more. Do this before looking at the ring, so
 * that what arrives in between rings again.
 *
 * @return   1: it was rung; 0: it was not
 * @errors   VPL011_ERR_SYSTEM: EBADF or EINVAL, not a doorbell
 * @context  any thread, a signal handler
 * @since    0.1
 */
VPL011_API int vpl011_doorbell_take(int fd);

#ifdef __cplusplus
}
#endif

#endif
