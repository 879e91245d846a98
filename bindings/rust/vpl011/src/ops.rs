// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use core::ops::Deref;
use core::sync::atomic::{AtomicBool, Ordering};

use vpl011_sys::{self as sys, c_void};

use crate::call::{call, ctx};
use crate::{Events, Irq};

/// What a guest did wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Size, alignment or window.
    BadAccess,
    /// An unknown, reserved or absent register.
    Reserved,
    /// A write to a read-only register.
    ReadOnly,
    /// A read of a write-only register.
    WriteOnly,
    /// A write of UARTDR that found no room: the character is lost.
    TxOverflow,
    /// One that a newer library knows.
    Other(u32),
}

/// A guest's mistake, as it happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuestError {
    /// What was wrong.
    pub mistake: Mistake,
    /// Whether it was a write.
    pub write: bool,
    /// \[bytes] from the start of the window.
    pub offset: u64,
    /// \[bytes] of the access.
    pub size: u64,
    /// What was written; 0 for reads.
    pub value: u64,
}

/// What the device calls: the operations of the monitor. They are called by
/// whichever thread is in the device, so `&self` is all they have.
///
/// All but `notify` and `relax` run inside the device and must not call it,
/// except for [`Device::irq_lines`](crate::Device::irq_lines): an
/// unsynchronised device answers [`Error::Reentry`](crate::Error::Reentry), a
/// shared one waits for itself for ever.
pub trait Ops: Sync {
    /// Whether `notify` is called. Where it is not, the events are kept for
    /// [`Device::take_events`](crate::Device::take_events).
    const NOTIFY: bool = false;

    /// Interrupt outputs changed: their levels, and which of them differ from
    /// the last call. Wire [`Irq::UARTINTR`] to a level-sensitive input.
    fn irq(&self, lines: Irq, changed: Irq);

    /// Events for the monitor to answer. May call the device, but neither
    /// `tick` nor `remind`.
    fn notify(&self, events: Events) {
        let _ = events;
    }

    /// The guest made a mistake. The monitor has to limit what it logs.
    fn guest_error(&self, error: &GuestError) {
        let _ = error;
    }

    /// Called again and again while another thread is in a shared device. With
    /// an operating system: `std::thread::yield_now()`.
    fn relax(&self) {
        core::hint::spin_loop();
    }
}

/// [`Ops`] together with the lock of a [`SharedDevice`](crate::SharedDevice).
///
/// It spins, because the device holds it for a bounded time; [`Ops::relax`] says
/// how. The lock is in here rather than in the `Ops`, because the device is sound
/// only with one that excludes.
#[derive(Debug, Default)]
pub struct Locked<O> {
    ops: O,
    held: AtomicBool,
}

impl<O> Locked<O> {
    /// Put a lock beside them.
    pub const fn new(ops: O) -> Self {
        Self { ops, held: AtomicBool::new(false) }
    }
}

impl<O> Deref for Locked<O> {
    type Target = O;

    fn deref(&self) -> &O {
        &self.ops
    }
}

unsafe extern "C" fn irq<O: Ops>(ctx: *mut c_void, lines: u32, changed: u32) {
    // SAFETY: `ctx` is that of `raw()` (here and below), whose caller keeps
    // what it borrows as long as the device calls.
    unsafe { call(ctx, |ops: &O| ops.irq(Irq(lines), Irq(changed))) }
}

unsafe extern "C" fn notify<O: Ops>(ctx: *mut c_void, events: u32) {
    // SAFETY: see irq().
    unsafe { call(ctx, |ops: &O| ops.notify(Events(events))) }
}

unsafe extern "C" fn guest_error<O: Ops>(ctx: *mut c_void, error: *const sys::vpl011_guest_error) {
    // SAFETY: the library passes a structure that is valid for the call.
    let error = unsafe { &*error };
    let error = GuestError {
        mistake: match error.kind {
            sys::VPL011_GUEST_BAD_ACCESS => Mistake::BadAccess,
            sys::VPL011_GUEST_RESERVED => Mistake::Reserved,
            sys::VPL011_GUEST_READ_ONLY => Mistake::ReadOnly,
            sys::VPL011_GUEST_WRITE_ONLY => Mistake::WriteOnly,
            sys::VPL011_GUEST_TX_OVERFLOW => Mistake::TxOverflow,
            kind => Mistake::Other(kind),
        },
        write: error.write != 0,
        offset: error.offset,
        size: error.size,
        value: error.value,
    };
    // SAFETY: see irq().
    unsafe { call(ctx, |ops: &O| ops.guest_error(&error)) }
}

unsafe extern "C" fn lock<O: Ops>(ctx: *mut c_void) -> usize {
    // SAFETY: see irq().
    unsafe {
        call(ctx, |locked: &Locked<O>| {
            let free = |held: &AtomicBool| {
                held.compare_exchange_weak(false, true, Ordering::Acquire, Ordering::Relaxed)
            };
            while free(&locked.held).is_err() {
                locked.relax();
            }
        });
    }
    0
}

unsafe extern "C" fn unlock<O: Ops>(ctx: *mut c_void, _saved: usize) {
    // SAFETY: see irq(). The library calls it where it holds the lock.
    unsafe { call(ctx, |locked: &Locked<O>| locked.held.store(false, Ordering::Release)) }
}

/// The operations of an unsynchronised device.
pub(crate) fn raw<O: Ops>(ops: &O) -> sys::vpl011_ops {
    sys::vpl011_ops {
        ctx: ctx(ops),
        irq: Some(irq::<O>),
        irq_pending: None,
        notify: if O::NOTIFY { Some(notify::<O>) } else { None },
        lock: None,
        unlock: None,
        guest_error: Some(guest_error::<O>),
        trace: None,
        owner: None,
        reserved: [core::ptr::null_mut()],
    }
}

/// Those of a shared one. All have the same `ctx`, so all are of the `Locked`.
pub(crate) fn raw_locked<O: Ops>(ops: &Locked<O>) -> sys::vpl011_ops {
    sys::vpl011_ops { lock: Some(lock::<O>), unlock: Some(unlock::<O>), ..raw(ops) }
}

impl<O: Ops> Ops for Locked<O> {
    const NOTIFY: bool = O::NOTIFY;

    fn irq(&self, lines: Irq, changed: Irq) {
        self.ops.irq(lines, changed);
    }

    fn notify(&self, events: Events) {
        self.ops.notify(events);
    }

    fn guest_error(&self, error: &GuestError) {
        self.ops.guest_error(error);
    }

    fn relax(&self) {
        self.ops.relax();
    }
}
