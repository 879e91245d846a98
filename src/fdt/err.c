/* SPDX-License-Identifier: MIT */
/* Copyright (c) 2026 The libvpl011 authors */
/* libfdt's errors in the library's own numbers. */
#include "fdt_internal.h"

int vpl011_fdt_err_(int fdt_err)
{
    if (fdt_err >= 0) {
        return VPL011_OK;
    }
    switch (-fdt_err) {
    case FDT_ERR_NOSPACE:
        return VPL011_ERR_FDT_NOSPACE;
    case FDT_ERR_EXISTS:
        return VPL011_ERR_FDT_EXISTS;
    case FDT_ERR_NOTFOUND:
    case FDT_ERR_BADOFFSET:
        return VPL011_ERR_FDT_NODE;
    case FDT_ERR_BADLAYOUT:
        return VPL011_ERR_FDT_LAYOUT;
    case FDT_ERR_BADSTATE:
        return VPL011_ERR_FDT_STATE;
    case FDT_ERR_BADNCELLS:
        return VPL011_ERR_FDT_CELLS;
    case FDT_ERR_NOPHANDLES:
        return VPL011_ERR_FDT_CLOCK;
    case FDT_ERR_ALIGNMENT:
        return VPL011_ERR_SIZE;
    default:
        return VPL011_ERR_FDT_BLOB;
    }
}
