// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The Arm PL011 / SBSA Generic UART for virtual machine monitors: safe bindings
//! of libvpl011, without `std` and without allocation.
//!
//! A guest's accesses enter through [`Device::read`] and [`Device::write`]. The
//! device calls the monitor's [`Ops`] for the interrupt lines, and moves bytes
//! through what is attached: a [`Fifo`](fifo::Fifo), a ring page that another
//! process shares ([`xencons`]), or a [`Backend`] of one's own.
//!
//! ```
//! use vpl011::{fifo::Fifo, regs::*, Config, Device, Irq, Ops, Personality};
//!
//! struct Board;
//!
//! impl Ops for Board {
//!     fn irq(&self, lines: Irq, _changed: Irq) {
//!         let _level = lines.contains(Irq::UARTINTR); // to the interrupt controller
//!     }
//! }
//!
//! # fn main() -> Result<(), vpl011::Error> {
//! let (mut input, mut output) = ([0; 64], [0; 64]); // powers of two
//! let mut fifo = Fifo::new(&mut input, &mut output)?;
//! let (port, mut keys, mut screen) = fifo.split();
//! let config = Config { personality: Personality::Sbsa, ..Config::default() };
//! let uart = Device::new(&config, &Board)?;
//! uart.attach(port)?;
//!
//! uart.write(PL011_UARTIMSC.into(), 4, PL011_INT_RT.into())?; // the guest
//! keys.push(b"x"); // the far end types
//! uart.data_avail()?;
//! assert!(uart.irq_lines().contains(Irq::UARTINTR));
//! let character = uart.read(PL011_UARTDR.into(), 4)?;
//! uart.write(PL011_UARTDR.into(), 4, character)?; // the guest echoes it
//! let mut text = [0; 8];
//! assert_eq!(screen.pop(&mut text), 1);
//! assert_eq!(text[0], b'x');
//! # Ok(())
//! # }
//! ```
//!
//! # Lifetimes in place of pins
//!
//! The C structure holds no pointer into itself, so a [`Device`] may be moved,
//! put into a `Mutex` or an `Arc`, and needs neither a pin nor a box. What must
//! stay in its place is what the device points to: the `Ops` and what is
//! attached. It borrows them for its lifetime `'a`, so that they cannot move or
//! go before it. Nothing needs to be undone: a device that is dropped, or
//! forgotten, calls nobody. Programs whose devices live as long as they do put
//! these into statics or `Box::leak()` them; others declare them before the
//! device, and share it by `std::thread::scope()`.
//!
//! `'a` is invariant: otherwise a device could be taken for one of a shorter
//! lifetime, and be given a backend that goes before it.
//!
//! ```compile_fail
//! # use vpl011::*;
//! fn shorten<'short>(device: &'short Device<'static>) -> &'short Device<'short> {
//!     device
//! }
//! ```
//!
//! # Threads
//!
//! A [`Device`] is `Send` and not `Sync`: one thread at a time uses it, for
//! instance from a `Mutex`. A [`SharedDevice`] is `Sync`: its `Ops` are in a
//! [`Locked`], which is the device's lock, and vCPUs and loops call it as they
//! are. A guest that polls UARTFR takes no lock there.
//!
//! ```compile_fail
//! # use vpl011::*;
//! fn share<T: Sync>() {}
//! share::<Device<'static>>();
//! ```
//!
//! # Panics
//!
//! A panic in a method of [`Ops`] or [`Backend`] that the device calls does not
//! unwind into C: it ends the process. Panics elsewhere leave the device as it
//! is.
#![no_std]
#![deny(missing_docs, unsafe_op_in_unsafe_fn)]

#[cfg(feature = "std")]
extern crate std;

mod backend;
mod bits;
mod call;
mod config;
mod device;
mod error;
pub mod fifo;
mod ops;
pub mod xencons;

pub use backend::{Backend, Port, Status, Wake};
pub use bits::{Events, Flags, Irq, RingFlags, Todo};
pub use config::{Config, Personality, Policy, Revision};
pub use device::{Device, SharedDevice, Synchronised, Unsynchronised, STATE_MAX};
pub use error::Error;
pub use ops::{GuestError, Locked, Mistake, Ops};
pub use vpl011_sys::{
    vpl011_counters as Counters, vpl011_line as Line, vpl011_ring_status as RingStatus,
};

/// Offsets and bits of the registers, with the names of the Technical Reference
/// Manual.
pub mod regs {
    pub use vpl011_sys::regs::*;
}
