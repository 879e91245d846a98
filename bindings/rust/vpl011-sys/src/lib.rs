// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The core of libvpl011 as its C headers declare it, for the crate `vpl011`,
//! which is what a program uses. The headers say what everything means; a test
//! compares the two.
//!
//! `struct vpl011` is [`vpl011_device`] here, so that a glob import leaves the
//! name of that crate alone.
#![no_std]
#![allow(non_camel_case_types, non_upper_case_globals)]

mod constants;
pub mod regs;
pub use constants::*;

pub use core::ffi::c_void;

/// `core::ffi` has these only since Rust 1.64. They are right wherever Rust has
/// a C compiler that builds the core.
pub type c_int = i32;
pub type c_uint = u32;
pub type c_char = u8;

/// What `struct vpl011` takes at most (docs/abi.md), aligned as it is.
#[repr(C)]
pub struct vpl011_device {
    opaque: [u64; 74],
}

#[repr(C)]
pub struct vpl011_fifo {
    opaque: [u64; 53],
}

#[repr(C)]
pub struct vpl011_xencons {
    opaque: [u64; 15],
}

#[repr(C)]
pub struct vpl011_xencons_console {
    opaque: [u64; 9],
}

macro_rules! zeroed {
    ($($name:ident)*) => {
        $(impl $name {
            /// Memory for the library to initialise: until then its guard is
            /// zero, and it refuses every call.
            pub const fn zeroed() -> Self {
                Self { opaque: [0; core::mem::size_of::<Self>() / 8] }
            }
        })*
    };
}
zeroed!(vpl011_device vpl011_fifo vpl011_xencons vpl011_xencons_console);

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct vpl011_config {
    pub personality: u32,
    pub revision: u32,
    pub flags: u32,
    pub periph_id: u32,
    pub clock_hz: u32,
    pub baud: u32,
    pub on_stall: u32,
    pub on_gone: u32,
    pub reserved: [u32; 8],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct vpl011_guest_error {
    pub kind: u32,
    pub write: u32,
    pub offset: u64,
    pub size: u64,
    pub value: u64,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct vpl011_ops {
    pub ctx: *mut c_void,
    pub irq: Option<unsafe extern "C" fn(ctx: *mut c_void, lines: u32, changed: u32)>,
    pub irq_pending: Option<unsafe extern "C" fn(ctx: *mut c_void, bits: u32)>,
    pub notify: Option<unsafe extern "C" fn(ctx: *mut c_void, events: u32)>,
    pub lock: Option<unsafe extern "C" fn(ctx: *mut c_void) -> usize>,
    pub unlock: Option<unsafe extern "C" fn(ctx: *mut c_void, saved: usize)>,
    pub guest_error:
        Option<unsafe extern "C" fn(ctx: *mut c_void, error: *const vpl011_guest_error)>,
    /// With a `struct vpl011_trace`, which is not declared here.
    pub trace: Option<unsafe extern "C" fn(ctx: *mut c_void, trace: *const c_void)>,
    pub owner: Option<unsafe extern "C" fn(ctx: *mut c_void) -> bool>,
    pub reserved: [*mut c_void; 1],
}

#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub struct vpl011_backend_status {
    pub waiting: usize,
    pub room: usize,
    pub attached: bool,
    pub stopped: bool,
    pub reserved: [u32; 4],
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct vpl011_backend {
    pub ctx: *mut c_void,
    pub write: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            bytes: *const u8,
            count: usize,
            events: *mut u32,
        ) -> usize,
    >,
    pub read: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            bytes: *mut u8,
            count: usize,
            events: *mut u32,
        ) -> usize,
    >,
    pub poll: Option<
        unsafe extern "C" fn(
            ctx: *mut c_void,
            status: *mut vpl011_backend_status,
            events: *mut u32,
        ),
    >,
    pub send_break: Option<unsafe extern "C" fn(ctx: *mut c_void, on: bool)>,
    pub drop_oldest: Option<unsafe extern "C" fn(ctx: *mut c_void, count: usize) -> usize>,
    pub put: Option<unsafe extern "C" fn(ctx: *mut c_void, character: u8) -> u32>,
    pub reserved: [*mut c_void; 2],
}

/// Counts since a device was made.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct vpl011_counters {
    /// Taken by the backend.
    pub tx_bytes: u64,
    /// Discarded by policy, the newest.
    pub tx_dropped: u64,
    /// Of `tx_bytes`, discarded by the backend.
    pub tx_dropped_oldest: u64,
    /// Writes of UARTDR that found no room.
    pub tx_overflow: u64,
    /// Discarded by a change of FEN, reset or a state load.
    pub tx_flushed: u64,
    /// Sent in loopback.
    pub tx_looped: u64,
    /// Put into the RX FIFO, breaks included.
    pub rx_bytes: u64,
    /// Read by the guest.
    pub rx_read: u64,
    /// Discarded by a change of FEN, reset or a state load.
    pub rx_flushed: u64,
    /// Lost because the RX FIFO was full.
    pub rx_overruns: u64,
    /// Arrived unthrottled while reception was off.
    pub rx_ignored: u64,
    /// UARTINTR, low to high.
    pub irq_raises: u64,
    /// Times that events were told or taken.
    pub notifies: u64,
    /// Of wrong size, alignment or window.
    pub bad_accesses: u64,
    /// All of the guest's mistakes, bad accesses included.
    pub guest_errors: u64,
}

/// A guest's line settings.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct vpl011_line {
    /// \[bit/s] 0: unknown or stopped.
    pub baud: u32,
    /// \[1/64] As latched.
    pub divisor: u32,
    /// Of `PL011_CR_DTR`, `_RTS`, `_OUT1` and `_OUT2`.
    pub outputs: u32,
    /// 5 to 8.
    pub data_bits: u8,
    /// 1 or 2.
    pub stop_bits: u8,
    /// `VPL011_PARITY_*`: none, odd, even, mark, space.
    pub parity: u8,
    /// 1 while the guest sends a BREAK.
    pub send_break: u8,
}

#[repr(C)]
#[derive(Clone, Copy)]
pub struct vpl011_ring_config {
    pub flags: u32,
    pub reserved0: u32,
    pub ctx: *mut c_void,
    /// With a `struct vpl011_ring_corrupt`, which is not declared here.
    pub corrupt: Option<unsafe extern "C" fn(ctx: *mut c_void, what: *const c_void)>,
    pub reserved: [*mut c_void; 4],
}

/// The status of one side of a ring.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct vpl011_ring_status {
    /// Directions that are stopped: 1 for output, 2 for input.
    pub broken: u32,
    /// Times that the other side was notified.
    pub events: u32,
    /// Times that output was stopped.
    pub corrupt_out: u32,
    /// Times that input was stopped.
    pub corrupt_in: u32,
    /// Resyncs done.
    pub resyncs: u32,
    /// Zero.
    pub reserved: [u32; 3],
}

#[repr(C)]
pub struct vpl011_xencons_page {
    pub in_: [u8; 1024],
    pub out: [u8; 2048],
    pub in_cons: u32,
    pub in_prod: u32,
    pub out_cons: u32,
    pub out_prod: u32,
    pub connection: u8,
}

#[rustfmt::skip] // a test reads these: one declaration each line
extern "C" {
    pub fn vpl011_strerror(err: c_int) -> *const c_char;
    pub fn vpl011_version() -> *const c_char;

    pub fn vpl011_sizeof() -> usize;
    pub fn vpl011_init_sized(dev: *mut vpl011_device, dev_size: usize, config: *const vpl011_config, config_size: usize, ops: *const vpl011_ops, ops_size: usize) -> c_int;
    pub fn vpl011_reset(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_attach_sized(dev: *mut vpl011_device, backend: *const vpl011_backend, backend_size: usize) -> c_int;
    pub fn vpl011_mmio_read(dev: *mut vpl011_device, offset: u64, size: c_uint, value: *mut u64) -> c_int;
    pub fn vpl011_mmio_write(dev: *mut vpl011_device, offset: u64, size: c_uint, value: u64) -> c_int;
    pub fn vpl011_data_avail(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_tick(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_remind(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_tx_waiting(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_pause(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_resume(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_set_clock(dev: *mut vpl011_device, clock_hz: u32) -> c_int;
    pub fn vpl011_irq_lines(dev: *const vpl011_device) -> u32;
    pub fn vpl011_take_events(dev: *mut vpl011_device) -> u32;
    pub fn vpl011_rx_push(dev: *mut vpl011_device, entries: *const u16, count: usize) -> c_int;
    pub fn vpl011_rx_room(dev: *mut vpl011_device) -> c_int;
    pub fn vpl011_set_modem(dev: *mut vpl011_device, inputs: u32) -> c_int;
    pub fn vpl011_get_line_sized(dev: *mut vpl011_device, line: *mut vpl011_line, size: usize) -> c_int;
    pub fn vpl011_get_counters_sized(dev: *mut vpl011_device, counters: *mut vpl011_counters, size: usize) -> c_int;
    pub fn vpl011_state_save(dev: *mut vpl011_device, blob: *mut c_void, size: usize) -> c_int;
    pub fn vpl011_state_load(dev: *mut vpl011_device, blob: *const c_void, size: usize) -> c_int;

    pub fn vpl011_fifo_sizeof() -> usize;
    pub fn vpl011_fifo_init_sized(fifo: *mut vpl011_fifo, fifo_size: usize, in_storage: *mut c_void, in_size: usize, out_storage: *mut c_void, out_size: usize, config: *const vpl011_ring_config) -> c_int;
    pub fn vpl011_fifo_backend(fifo: *mut vpl011_fifo, to: *mut vpl011_backend) -> c_int;
    pub fn vpl011_fifo_push(fifo: *mut vpl011_fifo, bytes: *const c_void, count: usize) -> usize;
    pub fn vpl011_fifo_push_break(fifo: *mut vpl011_fifo) -> bool;
    pub fn vpl011_fifo_push_room(fifo: *const vpl011_fifo) -> usize;
    pub fn vpl011_fifo_pop(fifo: *mut vpl011_fifo, bytes: *mut c_void, count: usize) -> usize;
    pub fn vpl011_fifo_pop_break(fifo: *mut vpl011_fifo) -> bool;
    pub fn vpl011_fifo_pop_waiting(fifo: *const vpl011_fifo) -> usize;
    pub fn vpl011_fifo_set_attached(fifo: *mut vpl011_fifo, attached: bool);

    pub fn vpl011_xencons_sizeof() -> usize;
    pub fn vpl011_xencons_init_sized(x: *mut vpl011_xencons, x_size: usize, page: *mut c_void, size: usize, config: *const vpl011_ring_config) -> c_int;
    pub fn vpl011_xencons_backend(x: *mut vpl011_xencons, to: *mut vpl011_backend) -> c_int;
    pub fn vpl011_xencons_resync(x: *mut vpl011_xencons);
    pub fn vpl011_xencons_set_attached(x: *mut vpl011_xencons, attached: bool);
    pub fn vpl011_xencons_get_status_sized(x: *const vpl011_xencons, status: *mut vpl011_ring_status, size: usize) -> c_int;
    pub fn vpl011_xencons_console_sizeof() -> usize;
    pub fn vpl011_xencons_console_attach_sized(c: *mut vpl011_xencons_console, c_size: usize, page: *mut c_void, size: usize, flags: u32) -> c_int;
    pub fn vpl011_xencons_console_detach(c: *mut vpl011_xencons_console) -> u32;
    pub fn vpl011_xencons_console_read(c: *mut vpl011_xencons_console, bytes: *mut c_void, count: usize) -> usize;
    pub fn vpl011_xencons_console_publish(c: *mut vpl011_xencons_console, how: u32) -> u32;
    pub fn vpl011_xencons_console_write(c: *mut vpl011_xencons_console, bytes: *const c_void, count: usize, todo: *mut u32) -> usize;
    pub fn vpl011_xencons_console_waiting(c: *const vpl011_xencons_console) -> usize;
    pub fn vpl011_xencons_console_room(c: *const vpl011_xencons_console) -> usize;
    pub fn vpl011_xencons_console_resync(c: *mut vpl011_xencons_console);
    pub fn vpl011_xencons_console_get_status_sized(c: *const vpl011_xencons_console, status: *mut vpl011_ring_status, size: usize) -> c_int;
}
