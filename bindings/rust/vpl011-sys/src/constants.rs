// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The constants of the headers, under their names.

use crate::c_int;

// <vpl011/vpl011.h>

pub const VPL011_OK: c_int = 0;
pub const VPL011_ERR_NULL: c_int = -1;
pub const VPL011_ERR_UNINIT: c_int = -2;
pub const VPL011_ERR_REENTRY: c_int = -3;
pub const VPL011_ERR_RANGE: c_int = -4;
pub const VPL011_ERR_SIZE: c_int = -5;
pub const VPL011_ERR_UNSUPPORTED: c_int = -6;
pub const VPL011_ERR_PERSONALITY: c_int = -10;
pub const VPL011_ERR_REVISION: c_int = -11;
pub const VPL011_ERR_FLAGS: c_int = -12;
pub const VPL011_ERR_PERIPH_ID: c_int = -13;
pub const VPL011_ERR_POLICY: c_int = -14;
pub const VPL011_ERR_OP_MISSING: c_int = -15;
pub const VPL011_ERR_LOCK_PAIR: c_int = -16;
pub const VPL011_ERR_ABI: c_int = -20;
pub const VPL011_ERR_ACCESS: c_int = -30;
pub const VPL011_ERR_RING: c_int = -40;
pub const VPL011_ERR_PAGE: c_int = -50;
pub const VPL011_ERR_STATE_TRUNCATED: c_int = -60;
pub const VPL011_ERR_STATE_MAGIC: c_int = -61;
pub const VPL011_ERR_STATE_VERSION: c_int = -62;
pub const VPL011_ERR_STATE_FORMAT: c_int = -63;
pub const VPL011_ERR_STATE_VALUE: c_int = -64;
pub const VPL011_ERR_STATE_MISMATCH: c_int = -65;
pub const VPL011_ERR_ACPI_NOSPACE: c_int = -80;
pub const VPL011_ERR_ACPI_REVISION: c_int = -81;
pub const VPL011_ERR_ACPI_ADDRESS: c_int = -82;
pub const VPL011_ERR_ACPI_NAME: c_int = -83;
pub const VPL011_ERR_ACPI_BAUD: c_int = -84;
pub const VPL011_ERR_ACPI_GSI: c_int = -85;
pub const VPL011_ERR_FDT_NOSPACE: c_int = -100;
pub const VPL011_ERR_FDT_BLOB: c_int = -101;
pub const VPL011_ERR_FDT_LAYOUT: c_int = -102;
pub const VPL011_ERR_FDT_STATE: c_int = -103;
pub const VPL011_ERR_FDT_NODE: c_int = -104;
pub const VPL011_ERR_FDT_EXISTS: c_int = -105;
pub const VPL011_ERR_FDT_PATH: c_int = -106;
pub const VPL011_ERR_FDT_FORM: c_int = -107;
pub const VPL011_ERR_FDT_NAME: c_int = -108;
pub const VPL011_ERR_FDT_COMPATIBLE: c_int = -109;
pub const VPL011_ERR_FDT_DISABLED: c_int = -110;
pub const VPL011_ERR_FDT_CELLS: c_int = -111;
pub const VPL011_ERR_FDT_REG: c_int = -112;
pub const VPL011_ERR_FDT_RANGES: c_int = -113;
pub const VPL011_ERR_FDT_ADDRESS: c_int = -114;
pub const VPL011_ERR_FDT_OVERLAP: c_int = -115;
pub const VPL011_ERR_FDT_NO_IRQ: c_int = -116;
pub const VPL011_ERR_FDT_IRQ: c_int = -117;
pub const VPL011_ERR_FDT_IRQ_PARENT: c_int = -118;
pub const VPL011_ERR_FDT_CLOCK: c_int = -119;
pub const VPL011_ERR_FDT_SPEED: c_int = -120;
pub const VPL011_ERR_FDT_PROPERTY: c_int = -121;
pub const VPL011_ERR_SYSTEM: c_int = -140;
pub const VPL011_ERR_KVM_WINDOW: c_int = -150;
pub const VPL011_ERR_KVM_QUEUE: c_int = -151;
pub const VPL011_ERR_KVM_ZONE: c_int = -152;

pub const VPL011_PL011: u32 = 0;
pub const VPL011_SBSA: u32 = 1;

pub const VPL011_R1P5: u32 = 0;
pub const VPL011_R1P4: u32 = 1;
pub const VPL011_R1P1: u32 = 2;

pub const VPL011_POLICY_DEFAULT: u32 = 0;
pub const VPL011_POLICY_STALL: u32 = 1;
pub const VPL011_POLICY_DROP_NEWEST: u32 = 2;
pub const VPL011_POLICY_DROP_OLDEST: u32 = 3;

pub const VPL011_GUEST_BAD_ACCESS: u32 = 1;
pub const VPL011_GUEST_RESERVED: u32 = 2;
pub const VPL011_GUEST_READ_ONLY: u32 = 3;
pub const VPL011_GUEST_WRITE_ONLY: u32 = 4;
pub const VPL011_GUEST_TX_OVERFLOW: u32 = 5;

pub const VPL011_PARITY_NONE: u32 = 0;
pub const VPL011_PARITY_ODD: u32 = 1;
pub const VPL011_PARITY_EVEN: u32 = 2;
pub const VPL011_PARITY_MARK: u32 = 3;
pub const VPL011_PARITY_SPACE: u32 = 4;

pub const VPL011_CFG_FIRMWARE_INIT: u32 = 1 << 0;
pub const VPL011_CFG_STRICT_ENABLES: u32 = 1 << 1;
pub const VPL011_CFG_TX_TRIGGER_EMPTY: u32 = 1 << 2;
pub const VPL011_CFG_TXFF_ONCE_PER_LOAD: u32 = 1 << 3;
pub const VPL011_CFG_STRICT_INTERRUPTS: u32 = 1 << 4;
pub const VPL011_CFG_STORE_CONFIG: u32 = 1 << 5;
pub const VPL011_CFG_UNTHROTTLED: u32 = 1 << 6;
pub const VPL011_CFG_NO_IRQ_OP: u32 = 1 << 7;
pub const VPL011_CFG_NO_TICK: u32 = 1 << 8;
pub const VPL011_IRQ_UARTINTR: u32 = 1 << 0;
pub const VPL011_IRQ_UARTMSINTR: u32 = 1 << 1;
pub const VPL011_IRQ_UARTRXINTR: u32 = 1 << 2;
pub const VPL011_IRQ_UARTTXINTR: u32 = 1 << 3;
pub const VPL011_IRQ_UARTRTINTR: u32 = 1 << 4;
pub const VPL011_IRQ_UARTEINTR: u32 = 1 << 5;
pub const VPL011_IRQ_ALL: u32 = 0x3f;

// <vpl011/backend.h>

pub const VPL011_EVENT_FAR_END: u32 = 1 << 0;
pub const VPL011_EVENT_REFILL: u32 = 1 << 1;
pub const VPL011_EVENT_LINE: u32 = 1 << 2;
pub const VPL011_EVENT_TICK: u32 = 1 << 3;
pub const VPL011_EVENT_ROOM: u32 = 1 << 4;
pub const VPL011_BACKEND_BREAK: u32 = 1 << 31;
pub const VPL011_BACKEND_TAKEN: u32 = 1 << 30;

// <vpl011/ring.h> and <vpl011/xencons.h>

pub const VPL011_RING_OUT: u32 = 1 << 0;
pub const VPL011_RING_IN: u32 = 1 << 1;
pub const VPL011_RING_ALWAYS: u32 = 1 << 2;
pub const VPL011_RING_BATCH_US: u32 = 1000;
pub const VPL011_RING_NOW: u32 = 1 << 0;
pub const VPL011_RING_TODO_NOTIFY: u32 = 1 << 0;
pub const VPL011_RING_TODO_HELD: u32 = 1 << 1;
pub const VPL011_RING_TODO_MORE: u32 = 1 << 2;
pub const VPL011_RING_TODO_RESYNC: u32 = 1 << 3;
pub const VPL011_RING_TODO_FULL: u32 = 1 << 4;
pub const VPL011_RING_TODO_BREAK: u32 = 1 << 5;
pub const VPL011_XENCONS_IN_SIZE: u32 = 1024;
pub const VPL011_XENCONS_OUT_SIZE: u32 = 2048;
pub const VPL011_XENCONS_CONNECTED: u32 = 0;
pub const VPL011_XENCONS_DISCONNECTED: u32 = 1;
pub const VPL011_XENCONS_PAGE_OLD_SIZE: u32 = 3088;
pub const VPL011_XENCONS_CONNECTION: u32 = 1 << 0;
pub const VPL011_XENCONS_EMPTY: u32 = 1 << 1;

// <vpl011/state.h>

pub const VPL011_STATE_BLOB_MAX: u32 = 384;
