// SPDX-License-Identifier: MIT
// Copyright (c) 2026 The libvpl011 authors
use core::marker::PhantomData;

use vpl011_sys::{self as sys, c_void};

use crate::call::{call, ctx};

/// The status of a far end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Status {
    /// \[bytes, or breaks] that a read would find now. 0 only if there are none.
    pub waiting: usize,
    /// \[bytes] that a write would take now; 0 if that is unknown.
    pub room: usize,
    /// Whether somebody is there: [`Config::on_stall`](crate::Config::on_stall)
    /// applies, otherwise [`Config::on_gone`](crate::Config::on_gone).
    pub attached: bool,
}

/// What a backend says beside its result, as a set.
#[derive(Debug, Default)]
pub struct Wake(u32);

impl Wake {
    /// The far end may be asleep and must be woken: the device raises
    /// [`Events::FAR_END`](crate::Events::FAR_END), outside its lock.
    pub fn far_end(&mut self) {
        self.0 |= sys::VPL011_EVENT_FAR_END;
    }

    /// In `read`: a BREAK follows the bytes given. It takes one of the places.
    pub fn break_follows(&mut self) {
        self.0 |= sys::VPL011_BACKEND_BREAK;
    }
}

/// A far end of one's own: a stream of bytes in each direction. The names are the
/// guest's.
///
/// The methods are called inside the device, by whichever thread is in it. They
/// must neither block nor call it.
pub trait Backend: Sync {
    /// Whether there is a `drop_oldest`, without which
    /// [`Policy::DropOldest`](crate::Policy::DropOldest) is refused.
    const DROPS_OLDEST: bool = false;

    /// Take characters that the guest sent, 1 to 64, oldest first. The result is
    /// how many were taken; fewer than all means "full now", and the rest is
    /// offered again at [`Device::data_avail`](crate::Device::data_avail).
    fn write(&self, bytes: &[u8], wake: &mut Wake) -> usize;

    /// Give characters for the guest to receive, oldest first: how many. They
    /// are zero before.
    fn read(&self, bytes: &mut [u8], wake: &mut Wake) -> usize;

    /// Report the status. Wake the far end if bytes wait that it does not know
    /// of; once, until something moved.
    fn poll(&self, wake: &mut Wake) -> Status;

    /// The guest began (`on`) or ended sending a BREAK.
    fn send_break(&self, on: bool) {
        let _ = on;
    }

    /// Discard up to `count` of the oldest characters that the far end has not
    /// taken yet: how many.
    fn drop_oldest(&self, count: usize) -> usize {
        let _ = count;
        0
    }
}

unsafe extern "C" fn write<B: Backend>(
    ctx: *mut c_void,
    bytes: *const u8,
    count: usize,
    events: *mut u32,
) -> usize {
    let mut wake = Wake::default();
    // SAFETY: the library passes at least one character, valid for the call.
    let bytes = unsafe { core::slice::from_raw_parts(bytes, count) };
    // SAFETY: `ctx` is that of Port::new() (here and below), which borrows the
    // backend as long as the device has it.
    let taken = unsafe { call(ctx, |backend: &B| backend.write(bytes, &mut wake)) };
    // SAFETY: a word of the caller's, valid for the call.
    unsafe { *events |= wake.0 };
    taken
}

unsafe extern "C" fn read<B: Backend>(
    ctx: *mut c_void,
    bytes: *mut u8,
    count: usize,
    events: *mut u32,
) -> usize {
    let mut wake = Wake::default();
    // SAFETY: the library passes room for at least one character, set to zero,
    // that it does not look at before the return.
    let bytes = unsafe { core::slice::from_raw_parts_mut(bytes, count) };
    // SAFETY: see write().
    let given = unsafe { call(ctx, |backend: &B| backend.read(bytes, &mut wake)) };
    // SAFETY: a word of the caller's, valid for the call.
    unsafe { *events |= wake.0 };
    given
}

unsafe extern "C" fn poll<B: Backend>(
    ctx: *mut c_void,
    status: *mut sys::vpl011_backend_status,
    events: *mut u32,
) {
    let mut wake = Wake::default();
    // SAFETY: see write().
    let told = unsafe { call(ctx, |backend: &B| backend.poll(&mut wake)) };
    // SAFETY: both are the caller's, valid for the call, and the status is zero
    // before.
    unsafe {
        (*status).waiting = told.waiting;
        (*status).room = told.room;
        (*status).attached = told.attached;
        *events |= wake.0;
    }
}

unsafe extern "C" fn send_break<B: Backend>(ctx: *mut c_void, on: bool) {
    // SAFETY: see write().
    unsafe { call(ctx, |backend: &B| backend.send_break(on)) }
}

unsafe extern "C" fn drop_oldest<B: Backend>(ctx: *mut c_void, count: usize) -> usize {
    // SAFETY: see write().
    unsafe { call(ctx, |backend: &B| backend.drop_oldest(count)) }
}

unsafe extern "C" fn put<B: Backend>(ctx: *mut c_void, character: u8) -> u32 {
    let mut wake = Wake::default();
    // SAFETY: see write().
    let taken = unsafe { call(ctx, |backend: &B| backend.write(&[character], &mut wake)) };
    wake.0 | if taken > 0 { sys::VPL011_BACKEND_TAKEN } else { 0 }
}

/// Something that can be attached to a device: the device's end of a far end,
/// which is borrowed for `'a`.
pub struct Port<'a> {
    pub(crate) raw: sys::vpl011_backend,
    borrowed: PhantomData<&'a ()>,
}

// SAFETY: what `raw` leads to may be used by the thread that has the device: a
// Backend is Sync, and of a FIFO or a ring page only one Port is made.
unsafe impl Send for Port<'_> {}

impl<'a> Port<'a> {
    /// A port to a backend of one's own.
    pub fn new<B: Backend>(backend: &'a B) -> Self {
        let raw = sys::vpl011_backend {
            ctx: ctx(backend),
            write: Some(write::<B>),
            read: Some(read::<B>),
            poll: Some(poll::<B>),
            send_break: Some(send_break::<B>),
            drop_oldest: if B::DROPS_OLDEST { Some(drop_oldest::<B>) } else { None },
            put: Some(put::<B>),
            reserved: [core::ptr::null_mut(); 2],
        };
        Self { raw, borrowed: PhantomData }
    }

    /// A port to a backend of the library.
    ///
    /// # Safety
    /// `fill` makes the structure one whose operations may be called during `'a`,
    /// by any thread, one at a time.
    pub(crate) unsafe fn of_library(fill: impl FnOnce(*mut sys::vpl011_backend) -> i32) -> Self {
        let mut raw = sys::vpl011_backend {
            ctx: core::ptr::null_mut(),
            write: None,
            read: None,
            poll: None,
            send_break: None,
            drop_oldest: None,
            put: None,
            reserved: [core::ptr::null_mut(); 2],
        };
        let result = fill(&mut raw);
        assert_eq!(result, sys::VPL011_OK, "it was initialised");
        Self { raw, borrowed: PhantomData }
    }
}
