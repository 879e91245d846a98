/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * What the libraries export.
 */
#ifndef VPL011_EXPORT_H
#define VPL011_EXPORT_H

/** Stands before each function that a library exports. */
#if defined(__GNUC__)
#define VPL011_API __attribute__((visibility("default")))
#else
#define VPL011_API
#endif

#endif
