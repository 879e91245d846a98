/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/*
 * libvpl011-posix: what a POSIX host needs around the device, one header for
 * each concept. A separate library, because unlike the core it makes system
 * calls. Nothing here allocates memory or lets a SIGPIPE through; and nothing
 * starts a thread or installs a signal handler, but for <vpl011/console.h>
 * where it is asked to run its loop, or to make a terminal raw.
 *
 * Functions that fail in a system call return VPL011_ERR_SYSTEM and leave
 * errno as that call set it.
 */
#ifndef VPL011_POSIX_H
#define VPL011_POSIX_H

#include <vpl011/console.h>
#include <vpl011/doorbell.h>
#include <vpl011/probes.h>
#include <vpl011/shm.h>
#include <vpl011/stream.h>
#include <vpl011/text.h>

#endif
