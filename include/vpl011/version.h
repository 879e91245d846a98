/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* The version of these headers; vpl011_version() is that of the library. It is
 * also in the first meson.build, which refuses another one here. */
#ifndef VPL011_VERSION_H
#define VPL011_VERSION_H

#define VPL011_VERSION_MAJOR 0
#define VPL011_VERSION_MINOR 1
#define VPL011_VERSION_PATCH 0
#define VPL011_VERSION "0.1.0"

#endif
