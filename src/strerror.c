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
        return "called from inside one of the device's own callbacks, or by "
               "two "
               "threads without lock ops";
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
    case VPL011_ERR_PAGE:
        return "the register page is not closed yet";
    case VPL011_ERR_RING:
        return "the shared page holds indices that no ring has";
    case VPL011_ERR_STATE_TRUNCATED:
        return "the saved state is shorter than it says";
    case VPL011_ERR_STATE_MAGIC:
        return "no saved state of this library";
    case VPL011_ERR_STATE_VERSION:
        return "the saved state is newer than this library can load";
    case VPL011_ERR_STATE_FORMAT:
        return "a record of the saved state is malformed, missing or repeated";
    case VPL011_ERR_STATE_VALUE:
        return "a value of the saved state is outside its range, or "
               "contradicts another";
    case VPL011_ERR_STATE_MISMATCH:
        return "the state was saved from a different kind of device";
    case VPL011_ERR_ACPI_NOSPACE:
        return "the buffer is too small for the ACPI table";
    case VPL011_ERR_ACPI_REVISION:
        return "unknown SPCR revision";
    case VPL011_ERR_ACPI_ADDRESS:
        return "the address range is empty, overflows, or exceeds 32 bits";
    case VPL011_ERR_ACPI_NAME:
        return "not an absolute ACPI namespace path";
    case VPL011_ERR_ACPI_BAUD:
        return "this speed has no code before SPCR revision 4";
    case VPL011_ERR_ACPI_GSI:
        return "not an interrupt that a UART can have";
    case VPL011_ERR_FDT_NOSPACE:
        return "no space left in the device tree";
    case VPL011_ERR_FDT_BLOB:
        return "not a device tree, or truncated or corrupt";
    case VPL011_ERR_FDT_LAYOUT:
        return "the device tree was not opened for writing";
    case VPL011_ERR_FDT_STATE:
        return "no node can be begun at this point of the device tree";
    case VPL011_ERR_FDT_NODE:
        return "not a node of the device tree";
    case VPL011_ERR_FDT_EXISTS:
        return "the node or alias is in the device tree already";
    case VPL011_ERR_FDT_PATH:
        return "device tree path too long, too deep, or leading to no node";
    case VPL011_ERR_FDT_FORM:
        return "unknown form of a device tree node";
    case VPL011_ERR_FDT_NAME:
        return "not a valid node name or console option";
    case VPL011_ERR_FDT_COMPATIBLE:
        return "compatible is missing, malformed, or of another device";
    case VPL011_ERR_FDT_DISABLED:
        return "the device tree node is disabled";
    case VPL011_ERR_FDT_CELLS:
        return "#address-cells or #size-cells is neither 1 nor 2";
    case VPL011_ERR_FDT_REG:
        return "reg is missing, malformed, or not one range";
    case VPL011_ERR_FDT_RANGES:
        return "the bus of the device tree node does not reach the address";
    case VPL011_ERR_FDT_ADDRESS:
        return "the address range overflows, or does not fit its cells";
    case VPL011_ERR_FDT_OVERLAP:
        return "the address range overlaps another node";
    case VPL011_ERR_FDT_NO_IRQ:
        return "the device tree node has no interrupt";
    case VPL011_ERR_FDT_IRQ:
        return "the interrupt is malformed, or its number out of range";
    case VPL011_ERR_FDT_IRQ_PARENT:
        return "no usable interrupt parent";
    case VPL011_ERR_FDT_CLOCK:
        return "no usable clock";
    case VPL011_ERR_FDT_SPEED:
        return "current-speed is missing or malformed";
    case VPL011_ERR_FDT_PROPERTY:
        return "an optional property of the device tree node is malformed";
    case VPL011_ERR_SYSTEM:
        return "a system call failed, errno says why";
    case VPL011_ERR_KVM_WINDOW:
        return "the register window shares its host page with something else";
    case VPL011_ERR_KVM_QUEUE:
        return "the backend cannot hold twice what KVM's coalesced ring can";
    case VPL011_ERR_KVM_ZONE:
        return "the monitor has a coalesced zone over UARTDR";
    default:
        return err > 0 ? "success" : "unknown error";
    }
}
