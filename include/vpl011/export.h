/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/**
 * @file
 * VPL011_API marks the functions that the libraries export.
 */
#ifndef VPL011_EXPORT_H
#define VPL011_EXPORT_H

#if defined(__GNUC__)
#define VPL011_API __attribute__((visibility("default")))
#else
#define VPL011_API
#endif

#endif
