// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
//! A ring page: one page of memory that carries a console's bytes between the
//! device and a console, in the layout of Xen's consoles. The two may be in
//! different processes, and neither trusts the other.
use core::cell::UnsafeCell;
use core::marker::PhantomData;
use core::mem::size_of;
use core::ptr;

use vpl011_sys as sys;

use crate::error::check;
use crate::{Error, Port, RingFlags, RingStatus, Todo};

/// A page in this process, for a device and a console that are both in it.
pub struct Page(UnsafeCell<sys::vpl011_xencons_page>);

impl Default for Page {
    fn default() -> Self {
        Self::new()
    }
}

impl Page {
    /// An empty page.
    pub const fn new() -> Self {
        Self(UnsafeCell::new(sys::vpl011_xencons_page {
            in_: [0; 1024],
            out: [0; 2048],
            in_cons: 0,
            in_prod: 0,
            out_cons: 0,
            out_prod: 0,
            connection: 0,
        }))
    }

    /// Both sides of it.
    pub fn split(&mut self) -> Result<(Ring<'_>, Console<'_>), Error> {
        let page = self.0.get().cast();
        let size = size_of::<sys::vpl011_xencons_page>();
        // SAFETY: the page is borrowed mutably for the lifetime of both, and
        // there is one of each.
        unsafe {
            Ok((
                Ring::from_raw(page, size, RingFlags::CONNECTION)?,
                Console::from_raw(page, size, RingFlags::CONNECTION)?,
            ))
        }
    }
}

/// The device side of a page.
pub struct Ring<'p> {
    raw: UnsafeCell<sys::vpl011_xencons>,
    page: PhantomData<&'p Page>,
}

// SAFETY: it is memory, and a pointer to a page that any thread may use.
unsafe impl Send for Ring<'_> {}

impl<'p> Ring<'p> {
    /// Take over the device side of a page that is shared with another process.
    ///
    /// What waits in either direction is kept. [`Error::Ring`]: the page holds
    /// impossible indices; use [`RingFlags::EMPTY`], or wait for the peer.
    ///
    /// # Safety
    /// `page` leads to `size` bytes of ordinary memory that stay mapped for `'p`,
    /// and that this process uses in no other way, except by one [`Console`].
    /// What the other side writes there does not matter.
    pub unsafe fn from_raw(page: *mut u8, size: usize, flags: RingFlags) -> Result<Self, Error> {
        let ring = Self { raw: UnsafeCell::new(sys::vpl011_xencons::zeroed()), page: PhantomData };
        let config = sys::vpl011_ring_config {
            flags: flags.bits(),
            reserved0: 0,
            ctx: ptr::null_mut(),
            corrupt: None,
            reserved: [ptr::null_mut(); 4],
        };
        // SAFETY: the caller vouches for the page; the sizes are those of the
        // memory. The structure may be moved until a device uses it.
        check(unsafe {
            sys::vpl011_xencons_init_sized(
                ring.raw.get(),
                size_of::<sys::vpl011_xencons>(),
                page.cast(),
                size,
                &config,
            )
        })?;
        Ok(ring)
    }

    /// What the device gets, and what its host keeps.
    pub fn split(&mut self) -> (Port<'_>, Control<'_>) {
        let raw = self.raw.get();
        // SAFETY: the ring is borrowed mutably for the lifetime of both, so that
        // it stays in its place, and one Port is made.
        let port = unsafe { Port::of_library(|to| sys::vpl011_xencons_backend(raw, to)) };
        (port, Control { raw, borrowed: PhantomData })
    }
}

/// What the host of a device does with its side of a page.
#[derive(Clone, Copy)]
pub struct Control<'r> {
    raw: *mut sys::vpl011_xencons,
    borrowed: PhantomData<&'r ()>,
}

// SAFETY: any thread and any callback may call its functions, while the device
// uses the ring, too.
unsafe impl Send for Control<'_> {}
// SAFETY: as above.
unsafe impl Sync for Control<'_> {}

impl Control<'_> {
    /// Request a new start after the peer was replaced or a direction was
    /// stopped; the next [`Device::data_avail`](crate::Device::data_avail)
    /// performs it.
    pub fn resync(&self) {
        // SAFETY: the ring is borrowed as long as `self` can be used.
        unsafe { sys::vpl011_xencons_resync(self.raw) }
    }

    /// Say whether the peer is there, where the host knows more than the page
    /// says.
    pub fn set_attached(&self, attached: bool) {
        // SAFETY: as above.
        unsafe { sys::vpl011_xencons_set_attached(self.raw, attached) }
    }

    /// The status of the device side.
    pub fn status(&self) -> RingStatus {
        let mut status = RingStatus::default();
        // SAFETY: as above; the status is valid for the call, and of that size.
        unsafe {
            sys::vpl011_xencons_get_status_sized(self.raw, &mut status, size_of::<RingStatus>())
        };
        status
    }
}

/// The console side of a page.
///
/// One pass, on its doorbell and a millisecond after [`Todo::HELD`]: `read` until
/// nothing is left, `publish`, `write`, and do what the results ask for.
pub struct Console<'p> {
    raw: UnsafeCell<sys::vpl011_xencons_console>,
    page: PhantomData<&'p Page>,
}

// SAFETY: it is memory, and a pointer to a page that any thread may use.
unsafe impl Send for Console<'_> {}

impl<'p> Console<'p> {
    /// Take over the console side of a page that is shared with another process.
    /// Make a pass and ring the device's doorbell afterwards.
    ///
    /// # Safety
    /// As for [`Ring::from_raw`], with one `Ring` as the exception.
    pub unsafe fn from_raw(page: *mut u8, size: usize, flags: RingFlags) -> Result<Self, Error> {
        let console =
            Self { raw: UnsafeCell::new(sys::vpl011_xencons_console::zeroed()), page: PhantomData };
        // SAFETY: the caller vouches for the page; the sizes are those of the
        // memory. The structure may be moved between calls.
        check(unsafe {
            sys::vpl011_xencons_console_attach_sized(
                console.raw.get(),
                size_of::<sys::vpl011_xencons_console>(),
                page.cast(),
                size,
                flags.bits(),
            )
        })?;
        Ok(console)
    }

    // What all calls below rest on: the page is there for 'p, and `self` is not
    // Sync, so that one thread at a time is here.

    /// Read what the guest sent: how many bytes. `publish` releases them.
    pub fn read(&mut self, bytes: &mut [u8]) -> usize {
        // SAFETY: see above. `bytes` is valid for the call, and of that size.
        unsafe {
            sys::vpl011_xencons_console_read(self.raw.get(), bytes.as_mut_ptr().cast(), bytes.len())
        }
    }

    /// Release what was read, when due, or `now`.
    pub fn publish(&mut self, now: bool) -> Todo {
        let how = if now { sys::VPL011_RING_NOW } else { 0 };
        // SAFETY: see above.
        Todo(unsafe { sys::vpl011_xencons_console_publish(self.raw.get(), how) })
    }

    /// Send as many bytes to the guest as fit: how many, and what to do then.
    pub fn write(&mut self, bytes: &[u8]) -> (usize, Todo) {
        let mut todo = 0;
        // SAFETY: see above. `bytes` is valid for the call, and of that size.
        let taken = unsafe {
            sys::vpl011_xencons_console_write(
                self.raw.get(),
                bytes.as_ptr().cast(),
                bytes.len(),
                &mut todo,
            )
        };
        (taken, Todo(todo))
    }

    /// \[bytes] How much `read` would give now.
    pub fn waiting(&self) -> usize {
        // SAFETY: see above.
        unsafe { sys::vpl011_xencons_console_waiting(self.raw.get()) }
    }

    /// \[bytes] How much `write` would take now.
    pub fn room(&self) -> usize {
        // SAFETY: see above.
        unsafe { sys::vpl011_xencons_console_room(self.raw.get()) }
    }

    /// Start again after a direction was stopped, or the device was replaced.
    pub fn resync(&mut self) {
        // SAFETY: see above.
        unsafe { sys::vpl011_xencons_console_resync(self.raw.get()) }
    }

    /// Publish what was read, and leave.
    pub fn detach(self) -> Todo {
        // SAFETY: see above.
        Todo(unsafe { sys::vpl011_xencons_console_detach(self.raw.get()) })
    }

    /// The status of the console side.
    pub fn status(&self) -> RingStatus {
        let mut status = RingStatus::default();
        // SAFETY: see above. The status is valid for the call, and of that size.
        unsafe {
            sys::vpl011_xencons_console_get_status_sized(
                self.raw.get(),
                &mut status,
                size_of::<RingStatus>(),
            )
        };
        status
    }
}
