/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * libvpl011-posix: what a host with Linux's eventfd and memfd needs around the
 * device, one header for each concept. A separate library, because unlike the
 * core it makes system calls. Nothing here allocates memory or raises SIGPIPE.
 * Only <vpl011/console.h> starts a thread or installs signal handlers: when
 * asked to run its loop, or when it makes a terminal raw.
 *
 * Functions that fail in a system call return VPL011_ERR_SYSTEM and leave
 * errno as that call set it.
 */
#ifndef VPL011_POSIX_H
#define VPL011_POSIX_H

#include <vpl011/console.h>
#include <vpl011/doorbell.h>
#include <vpl011/guest_errors.h>
#include <vpl011/probes.h>
#include <vpl011/shm.h>
#include <vpl011/stream.h>
#include <vpl011/text.h>

#endif
