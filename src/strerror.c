/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* Errors in English. */
#include <vpl011/vpl011.h>

const char *vpl011_strerror(int err)
{
    switch (err) {
    case VPL011_OK:
        return "success";
    case VPL011_ERR_NULL:
        return "a pointer that must not be NULL is NULL";
    case VPL011_ERR_UNINIT:
        return "the device was never initialised";
    case VPL011_ERR_REENTRY:
        return "called from inside one of the device's own callbacks";
    case VPL011_ERR_RANGE:
        return "an argument is outside its range";
    case VPL011_ERR_SIZE:
        return "memory is too small or misaligned";
    case VPL011_ERR_UNSUPPORTED:
        return "not supported by this personality or backend";
    case VPL011_ERR_PERSONALITY:
        return "unknown personality";
    case VPL011_ERR_REVISION:
        return "unknown revision, or a revision given for SBSA";
    case VPL011_ERR_FLAGS:
        return "unknown configuration flag, or not for this personality";
    case VPL011_ERR_PERIPH_ID:
        return "the peripheral ID claims a deeper FIFO than there is, or SBSA "
               "has none";
    case VPL011_ERR_POLICY:
        return "unknown far-end policy";
    case VPL011_ERR_OP_MISSING:
        return "a required operation is NULL";
    case VPL011_ERR_LOCK_PAIR:
        return "lock and unlock must be given together";
    case VPL011_ERR_ABI:
        return "a structure sets members that this library does not know, or "
               "is too small for it";
    case VPL011_ERR_ACCESS:
        return "guest access of a bad size, unaligned or outside the window";
    default:
        return err > 0 ? "success" : "unknown error";
    }
}
