/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * The version of these headers; vpl011_version() is that of the library. It is
 * also in the first meson.build, which refuses another one here.
 */
#ifndef VPL011_VERSION_H
#define VPL011_VERSION_H

/** Counts incompatible versions. */
#define VPL011_VERSION_MAJOR 0
/** Counts additions and, while the major version is 0, incompatible versions.
 */
#define VPL011_VERSION_MINOR 1
/** Counts corrections. */
#define VPL011_VERSION_PATCH 0
/** The three of them, as vpl011_version() gives those of the library. */
#define VPL011_VERSION "0.1.0"

#endif
