// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! The far end in the same program: a FIFO of bytes in each direction.
//!
//! The device has one side, and the program the other, without a lock between
//! them. After a push, and after a pop, call
//! [`Device::data_avail`](crate::Device::data_avail).
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr;

use vpl011_sys as sys;

use crate::error::check;
use crate::{Error, Port};

/// A pair of FIFOs in the caller's memory.
pub struct Fifo<'s> {
    raw: UnsafeCell<sys::vpl011_fifo>,
    storage: PhantomData<&'s mut [u8]>,
}

impl<'s> Fifo<'s> {
    /// Make them, empty. Sizes are powers of two, and may differ.
    ///
    /// `input` is for what the program sends to the guest, `output` for what the
    /// guest sends. [`Error::Size`]: a size is not allowed.
    pub fn new(input: &'s mut [u8], output: &'s mut [u8]) -> Result<Self, Error> {
        let fifo = Self { raw: UnsafeCell::new(sys::vpl011_fifo::zeroed()), storage: PhantomData };
        // SAFETY: sizes are those of the memory, and the storage is borrowed as
        // long as the pair can be used. It may be moved until it is split.
        check(unsafe {
            sys::vpl011_fifo_init_sized(
                fifo.raw.get(),
                size_of::<sys::vpl011_fifo>(),
                input.as_mut_ptr().cast(),
                input.len(),
                output.as_mut_ptr().cast(),
                output.len(),
                ptr::null(),
            )
        })?;
        Ok(fifo)
    }

    /// The three who use it: the device, who sends to the guest, and who
    /// receives from it. Each may go to a thread of its own.
    pub fn split(&mut self) -> (Port<'_>, Sender<'_>, Receiver<'_>) {
        let end = End { raw: self.raw.get(), borrowed: PhantomData };
        // SAFETY: the pair is borrowed mutably for the lifetime of the three, so
        // that it stays in its place, and there is one of each.
        let port = unsafe { Port::of_library(|to| sys::vpl011_fifo_backend(end.raw, to)) };
        let other = End { raw: end.raw, borrowed: PhantomData };
        (port, Sender(end), Receiver(other))
    }
}

/// One of the two ends on the program's side.
///
/// What all calls below rest on: the pair stays as long as they do, and of each
/// kind of end there is one, whose methods that change something need it
/// mutably. So one thread at a time pushes, and one pops, as the library asks;
/// beside the device, whose thread the library expects.
struct End<'f> {
    raw: *mut sys::vpl011_fifo,
    borrowed: PhantomData<&'f ()>,
}

/// Sends to the guest.
pub struct Sender<'f>(End<'f>);

/// Receives from the guest.
pub struct Receiver<'f>(End<'f>);

// SAFETY: see End. Which thread it is does not matter.
unsafe impl Send for End<'_> {}

impl Sender<'_> {
    /// Send as many characters as fit: how many. [`Events::FAR_END`] is raised
    /// when half of the FIFO is free again.
    ///
    /// [`Events::FAR_END`]: crate::Events::FAR_END
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        // SAFETY: see End. `bytes` is valid for the call, and of that size.
        unsafe { sys::vpl011_fifo_push(self.0.raw, bytes.as_ptr().cast(), bytes.len()) }
    }

    /// Send a BREAK, in order with what was pushed before. False: an earlier one
    /// still waits.
    pub fn push_break(&mut self) -> bool {
        // SAFETY: see End.
        unsafe { sys::vpl011_fifo_push_break(self.0.raw) }
    }

    /// \[bytes] Room for `push`.
    pub fn room(&self) -> usize {
        // SAFETY: see End. The Sender is not Sync, so nobody pushes meanwhile.
        unsafe { sys::vpl011_fifo_push_room(self.0.raw) }
    }

    /// Say whether somebody reads the guest's output: it decides which policy
    /// applies once the FIFO is full. True in the beginning.
    pub fn set_attached(&mut self, attached: bool) {
        // SAFETY: see End. Any thread may say it.
        unsafe { sys::vpl011_fifo_set_attached(self.0.raw, attached) }
    }
}

impl Receiver<'_> {
    /// Take characters that the guest sent: how many.
    pub fn pop(&mut self, bytes: &mut [u8]) -> usize {
        // SAFETY: see End. `bytes` is valid for the call, and of that size.
        unsafe { sys::vpl011_fifo_pop(self.0.raw, bytes.as_mut_ptr().cast(), bytes.len()) }
    }

    /// Take a BREAK that the guest sent, if it comes before the next character.
    /// `pop` discards those before characters that it takes.
    pub fn pop_break(&mut self) -> bool {
        // SAFETY: see End.
        unsafe { sys::vpl011_fifo_pop_break(self.0.raw) }
    }

    /// \[bytes] How much `pop` would find now.
    pub fn waiting(&self) -> usize {
        // SAFETY: see End. The Receiver is not Sync, so nobody pops meanwhile.
        unsafe { sys::vpl011_fifo_pop_waiting(self.0.raw) }
    }
}
